"""A report of what is held: of whom, for whom, and never without a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from shared.domain.access import AccessRecord, Answered, Shown
from shared.domain.child import ChildDetails
from shared.domain.errors import AccessNotRecorded, ChildNotFound, NotPermitted, RegisterClosed, Unavailable
from shared.domain.held import HeldChild
from shared.domain.involvement import ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.likeness import likeness
from shared.domain.matching import Candidate, Thresholds
from shared.domain.report import Report, Wanted
from shared.domain.shield import Shield, ShieldReason
from shared.services.gate import Gate
from shared.services.report import MakeReport
from tests.support.builders import (
    COUNCIL,
    NOW,
    PSEUDONYMS,
    TRUST,
    a_child,
    an_involvement,
    an_organisation,
    nhs_number,
    permissions,
)
from tests.support.fakes import Clock, FakeAccessLog, FakeDirectory, Faults
from tests.support.sealing import FakeLog, a_record
from tests.support.shielding import HeldChildren

CHILD = "child-1"
ENDED = NOW - timedelta(days=1)
CLINIC = an_organisation("CLI", permissions=permissions(service_types=frozenset({ServiceType.SEXUAL_HEALTH})))


@dataclass
class Held(HeldChildren):
    """Children that are found by whatever leads to them, too."""

    def candidates(self, _asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        assert now.tzinfo
        return self.faults.run("register.candidates", self._candidates)

    def held_of(self, lies_in: Sequence[str], now: datetime) -> HeldChild:
        assert now.tzinfo
        return self.faults.run("register.held_of", lambda: self.held[lies_in[0]])

    def _candidates(self) -> list[Candidate]:
        return [
            Candidate(
                child_id=held.child_id,
                likeness=likeness(involvement.child, PSEUDONYMS),
                by_identifier=False,
                service_types=frozenset({involvement.service.service_type}),
                shield=held.shield,
            )
            for held in self.held.values()
            for involvement in held.involvements
        ]


@dataclass
class Desk:
    """An operator, and Amelia, whom the nurse of a trust has looked up, and the clinic."""

    faults: Faults = field(default_factory=Faults)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.register, self.access_log, self.reading = Held(self.faults), FakeAccessLog(self.faults), FakeLog()
        self.reading.append(a_record(1, NOW - timedelta(hours=2), note="ED 4471"))
        self.reading.append(a_record(2, NOW - timedelta(hours=1), organisation="CLI"))
        self.hold()

    def hold(self, shield: Shield | None = None, child_id: str = CHILD, **said: object) -> None:
        held = an_involvement(child_id=child_id, **said)
        self.register.held[child_id] = HeldChild(child_id=child_id, involvements=[held], shield=shield)

    def report(self, about: str | ChildDetails = CHILD, **said: str) -> Report:
        make = MakeReport(
            register=self.register,  # type: ignore[arg-type]  # all of the Register that this is about
            reading=self.reading,
            access_log=self.access_log,
            directory=FakeDirectory([an_organisation(), CLINIC], faults=self.faults),
            pseudonyms=PSEUDONYMS,
            thresholds=Thresholds(),
            gate=Gate(self.lifecycle, self.clock),
        )
        wanted = Wanted(about=about, **{"operator": "op-7", "reference": "SAR-12", **said})
        return make(wanted, access_id="a" * 32, request_id="r")

    def recorded(self) -> AccessRecord:
        (record,) = self.access_log.records
        return record


def a_shield(code: str = COUNCIL, until: datetime = NOW + timedelta(days=9)) -> Shield:
    return Shield(organisation=code, reason=ShieldReason.COURT_ORDER, since=ENDED, until=until)


def test_a_report_says_what_is_held_and_who_has_looked() -> None:
    report = Desk().report()
    assert [i.organisation for i in report.involvements] == [COUNCIL]
    assert report.involvements[0].child == a_child()
    assert [(record.access_id[-1], record.note) for record in report.accesses] == [("1", None)]
    assert report.names[COUNCIL] == "The organisation E09000003"


@pytest.mark.parametrize("about", [CHILD, a_child()], ids=["by its id", "by its details"])
def test_that_a_report_was_made_is_on_record_with_who_asked_for_it(about: str | ChildDetails) -> None:
    desk = Desk()
    desk.report(about)
    record = desk.recorded()
    assert (record.organisation, record.client_id, record.practitioner_id) == ("operator", "operator", "op-7")
    assert (record.purpose, record.legal_basis, record.note) == ("subject_access", "uk_gdpr_article_15", "SAR-12")
    assert (record.shown, record.outcome, record.child_id) == (Shown.REPORT, "report_made", CHILD)


@pytest.mark.parametrize("about", [CHILD, a_child()], ids=["by its id", "by its details"])
@pytest.mark.parametrize("after", [False, True])
def test_whatever_fails_nothing_is_reported_that_is_not_on_record(about: str | ChildDetails, *, after: bool) -> None:
    for position in range(9):
        desk = Desk(Faults(position, after=after))
        try:
            desk.report(about)
        except (Unavailable, AccessNotRecorded):
            continue
        assert position > 2
        return
    pytest.fail("more calls than that")


UNSURE = a_child(date_of_birth=None, sex=None, postcode=None, family_name=None)
OTHER = a_child(given_name="Noor", family_name="Haddad", date_of_birth=a_child().date_of_birth, postcode="SE1 1AA")


@pytest.mark.parametrize("about", ["no-such-child", UNSURE, OTHER], ids=["no such child", "unsure", "another child"])
def test_of_a_child_that_is_not_surely_meant_there_is_no_report(about: str | ChildDetails) -> None:
    desk = Desk()
    with pytest.raises(ChildNotFound):
        desk.report(about)
    record = desk.recorded()
    assert (record.answered, record.outcome, record.shown) == (Answered.REFUSED, "child_not_found", Shown.NOTHING)
    assert record.child_id is None


@pytest.mark.parametrize("about", [CHILD, a_child()], ids=["by its id", "by its details"])
@pytest.mark.parametrize("shield", [a_shield(), a_shield(until=ENDED)], ids=["shielded", "was shielded"])
def test_a_shielded_child_is_reported_only_if_its_own_shield_team_has_agreed(
    about: str | ChildDetails, shield: Shield
) -> None:
    for team in ({}, {"shield_team": TRUST}):
        desk = Desk()
        desk.hold(shield)
        with pytest.raises(ChildNotFound):
            desk.report(about, **team)
        assert desk.recorded().child_id is None
    desk = Desk()
    desk.hold(shield)
    assert desk.report(about, shield_team=COUNCIL).child_id == CHILD


def test_a_shielded_twin_changes_nothing_of_the_report_of_another() -> None:
    alone, beside = Desk(), Desk()
    beside.hold(a_shield(), child_id="child-2")
    assert alone.report(a_child()) == beside.report(a_child())


def test_a_sensitive_service_is_not_there_however_it_may_have_got_into_the_ordinary_register() -> None:
    desk = Desk()
    desk.hold(service_type=ServiceType.MENTAL_HEALTH)
    for about in (a_child(), CHILD):
        desk.access_log.records.clear()
        with pytest.raises(ChildNotFound):
            desk.report(about)


@pytest.mark.parametrize("reference", ["Amelia", "SAR Okafor", "N12 0AB", nhs_number().value])
def test_a_reference_that_names_the_child_is_refused_and_not_kept(reference: str) -> None:
    desk = Desk()
    with pytest.raises(NotPermitted):
        desk.report(reference=reference)
    assert (desk.recorded().outcome, desk.recorded().note) == ("not_permitted", None)


def test_a_closed_register_reports_nothing() -> None:
    for reads in (0, 1):
        desk = Desk(lifecycle=Lifecycle(NOW + timedelta(seconds=1)))
        desk.clock.moves_after(reads, NOW + timedelta(seconds=2))
        with pytest.raises(RegisterClosed):
            desk.report()
