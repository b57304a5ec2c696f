"""An involvement is disputed: noted where it lies, on record, and safe to note again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from shared.domain.access import Answered
from shared.domain.conflicts import Conflict
from shared.domain.disputing import Noted
from shared.domain.errors import AccessNotRecorded, Contended, InvolvementNotFound, NotPermitted, Unavailable
from shared.domain.involvement import Dispute, Disputed, Involvement
from shared.domain.lifecycle import Lifecycle
from shared.services.dispute import DisputeInvolvements
from shared.services.gate import Gate
from tests.support.builders import COUNCIL, NOW, TRUST, an_involvement
from tests.support.fakes import Clock, FakeAccessLog, Faults

IDS = {"access_id": "a" * 32, "request_id": "r"}
BOTH = pytest.mark.parametrize("action", ["dispute", "settle"])


def noted(**said: str) -> Noted:
    known = {"organisation": COUNCIL, "source_reference": "CASE-1", "operator": "op-7", "reference": "OBJ-3"}
    return Noted(dispute=Dispute.OBJECTION, **(known | said))


@dataclass
class Held:
    """The involvements of one compartment."""

    faults: Faults
    held: dict[tuple[str, str], Involvement]
    conflicts: int = 0

    def involvement(self, organisation: str, source_reference: str, now: datetime) -> Involvement | None:
        assert now.tzinfo
        return self.faults.run("involvement", lambda: self.held.get((organisation, source_reference)))

    def dispute(self, organisation: str, source_reference: str, disputed: Disputed | None, now: datetime) -> None:
        assert now.tzinfo
        if self.conflicts:
            self.conflicts -= 1
            raise Conflict
        key = (organisation, source_reference)
        self.faults.run("dispute", lambda: self.held.update({key: replace(self.held[key], disputed=disputed)}))


@dataclass
class Desk:
    """One involvement among ordinary services, and one among the others."""

    faults: Faults = field(default_factory=Faults)
    waited: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.access_log = FakeAccessLog(self.faults)
        ordinary = an_involvement(organisation=COUNCIL, source_reference="CASE-1")
        sensitive = an_involvement(organisation=TRUST, source_reference="CASE-2", child_id="child-9")
        self.ordinary = Held(self.faults, {(COUNCIL, "CASE-1"): ordinary})
        self.sensitive = Held(self.faults, {(TRUST, "CASE-2"): sensitive})
        self.disputes = DisputeInvolvements(
            registers=(self.ordinary, self.sensitive),  # type: ignore[arg-type]  # all of it that this is about
            access_log=self.access_log,
            gate=Gate(Lifecycle(), Clock(NOW)),
            pause=self.waited.append,
        )

    def do(self, action: str, what: Noted | None = None) -> None:
        if action == "dispute":
            self.disputes.dispute((what or noted()), **IDS)
        else:
            self.disputes.settle(what or noted(), **IDS)

    @property
    def disputed(self) -> Disputed | None:
        return self.ordinary.held[COUNCIL, "CASE-1"].disputed


def test_a_dispute_is_noted_until_it_is_settled_and_both_are_on_record() -> None:
    desk = Desk()
    desk.do("dispute")
    assert desk.disputed == Disputed(Dispute.OBJECTION, NOW)
    desk.disputes.settle(noted(), access_id="b" * 32, request_id="r")
    assert desk.disputed is None
    assert [(r.outcome, r.purpose, r.legal_basis, r.child_id) for r in desk.access_log.records] == [
        ("disputed", "dispute", "uk_gdpr_article_21", "child-1"),
        ("settled", "dispute", "uk_gdpr_article_21", "child-1"),
    ]
    assert {(r.organisation, r.practitioner_id, r.note) for r in desk.access_log.records} == {
        ("operator", "op-7", "OBJ-3")
    }


def test_a_dispute_is_noted_wherever_the_involvement_lies() -> None:
    desk = Desk()
    desk.do("dispute", noted(organisation=TRUST, source_reference="CASE-2"))
    assert desk.sensitive.held[TRUST, "CASE-2"].disputed
    assert desk.disputed is None


@BOTH
def test_an_involvement_that_is_not_there_is_refused_and_recorded(action: str) -> None:
    desk = Desk()
    with pytest.raises(InvolvementNotFound):
        desk.do(action, noted(source_reference="CASE-2"))
    (record,) = desk.access_log.records
    assert (record.answered, record.outcome, record.child_id) == (Answered.REFUSED, "involvement_not_found", None)


@BOTH
def test_a_reference_that_names_the_child_is_refused_and_not_kept(action: str) -> None:
    desk = Desk()
    with pytest.raises(NotPermitted):
        desk.do(action, noted(reference="Amelia"))
    (record,) = desk.access_log.records
    assert (record.outcome, record.note) == ("not_permitted", None)
    assert desk.disputed is None


@BOTH
@pytest.mark.parametrize("after", [False, True])
def test_what_failed_anywhere_is_not_acknowledged_and_goes_through_the_next_time(action: str, *, after: bool) -> None:
    for position in range(9):
        desk = Desk(Faults(position, after=after))
        try:
            desk.do(action)
        except (Unavailable, AccessNotRecorded):
            desk.access_log.records.clear()
            desk.do(action)
        else:
            assert position == 3
            return
        assert (desk.disputed is not None) == (action == "dispute")
        assert len(desk.access_log.records) == 1
    pytest.fail("more calls than that")


def test_others_who_change_the_same_involvement_are_waited_for() -> None:
    desk = Desk()
    desk.ordinary.conflicts = 2
    desk.do("dispute")
    assert desk.disputed
    assert desk.waited == [0, 1]


def test_who_is_never_first_is_told_to_try_again() -> None:
    desk = Desk()
    desk.ordinary.conflicts = 1000
    with pytest.raises(Contended):
        desk.do("dispute")
    assert desk.disputed is None


@BOTH
def test_nothing_is_marked_that_is_not_on_record(action: str) -> None:
    desk = Desk(Faults(1))
    before = desk.disputed
    with pytest.raises(AccessNotRecorded):
        desk.do(action)
    assert (desk.disputed, desk.access_log.records) == (before, [])


def test_what_is_withdrawn_meanwhile_is_not_there_any_more() -> None:
    desk = Desk()
    desk.ordinary.conflicts = 1
    desk.disputes = replace(desk.disputes, pause=lambda _: desk.ordinary.held.clear())
    with pytest.raises(InvolvementNotFound):
        desk.do("dispute")


def test_a_dispute_that_was_noted_before_keeps_going_from_the_latest() -> None:
    desk = Desk()
    before = Disputed(Dispute.CORRECTION, NOW - timedelta(days=3))
    key = (COUNCIL, "CASE-1")
    desk.ordinary.held[key] = replace(desk.ordinary.held[key], disputed=before)
    desk.do("dispute")
    assert desk.disputed == Disputed(Dispute.OBJECTION, NOW)
