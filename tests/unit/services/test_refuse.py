import pytest

from shared.domain.access import AccessRecord, Answered
from shared.domain.errors import AccessNotRecorded
from shared.services.refuse import Refuse
from tests.support.builders import NOW, TRUST, a_caller
from tests.support.fakes import Clock, FakeAccessLog, Faults


def test_a_question_that_could_not_be_read_is_recorded_as_refused() -> None:
    log = FakeAccessLog()
    Refuse(log, Clock())("invalid", caller=a_caller(TRUST), access_id="a1", request_id="r1")
    assert log.records == [
        AccessRecord(
            access_id="a1",
            at=NOW,
            request_id="r1",
            organisation=TRUST,
            client_id=f"client-of-{TRUST}",
            answered=Answered.REFUSED,
            outcome="invalid",
            shown="nothing",
        )
    ]


def test_a_refusal_that_cannot_be_recorded_says_so() -> None:
    log = FakeAccessLog(Faults(position=0))
    with pytest.raises(AccessNotRecorded):
        Refuse(log, Clock())("invalid", caller=a_caller(TRUST), access_id="a1", request_id="r1")
