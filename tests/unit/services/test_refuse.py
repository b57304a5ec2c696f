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
            policy="1/1",
        )
    ]


UNREAD: list[tuple[str, object, tuple[str | None, ...]]] = [
    ("who asked", {"practitioner": {"id": "NMC-1", "role": "nurse"}}, ("NMC-1", "nurse", None, None)),
    (
        "for whom",
        {"practitioner": {"id": "NMC-1", "role": "nurse", "on_behalf_of": {"id": "GMC-7", "role": "doctor"}}},
        ("NMC-1", "nurse", "GMC-7", "doctor"),
    ),
    ("a role that there is not", {"practitioner": {"id": "NMC-1", "role": "Amelia"}}, ("NMC-1", None, None, None)),
    ("a name for an id", {"practitioner": {"id": "Rosa Quill", "role": "nurse"}}, (None, "nurse", None, None)),
    ("an id that is too long", {"practitioner": {"id": "x" * 65}}, (None, None, None, None)),
    ("a line break in an id", {"practitioner": {"id": "NMC-1\n"}}, (None, None, None, None)),
    ("a number for an id", {"practitioner": {"id": 7, "role": ["nurse"]}}, (None, None, None, None)),
    ("no practitioner", {"child": {"given_name": "Amelia"}}, (None, None, None, None)),
    ("a practitioner that is none", {"practitioner": "NMC-1"}, (None, None, None, None)),
    ("a list", [{"practitioner": {"id": "NMC-1"}}], (None, None, None, None)),
    ("nothing that is JSON", None, (None, None, None, None)),
]


@pytest.mark.parametrize(("said", "recorded"), [pytest.param(*row, id=name) for name, *row in UNREAD])
def test_of_what_could_not_be_read_who_asked_is_recorded_if_it_has_the_form(
    said: object, recorded: tuple[str | None, ...]
) -> None:
    log = FakeAccessLog()
    Refuse(log, Clock())("invalid", caller=a_caller(TRUST), access_id="a1", request_id="r1", said=said)
    (record,) = log.records
    of_whom = (
        record.practitioner_id,
        record.practitioner_role,
        record.on_behalf_of_id,
        record.on_behalf_of_role,
    )
    assert of_whom == recorded
    assert "Amelia" not in repr(record)


def test_a_refusal_that_cannot_be_recorded_says_so() -> None:
    log = FakeAccessLog(Faults(position=0))
    with pytest.raises(AccessNotRecorded):
        Refuse(log, Clock())("invalid", caller=a_caller(TRUST), access_id="a1", request_id="r1")
