"""Who has looked: for the child's own authority, and each look is on record before it is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from shared.domain.access import AccessRecord, Answered, Shown
from shared.domain.alerts import Alert, AlertKind, AlertPage
from shared.domain.directory import NOBODY, Caller, Capability
from shared.domain.errors import AccessNotRecorded, ChildNotFound, NotPermitted, RegisterClosed, Unavailable
from shared.domain.held import HeldChild
from shared.domain.lifecycle import Lifecycle
from shared.domain.shield import Shield, ShieldReason
from shared.services.audit import Accesses, Audit
from shared.services.gate import Gate
from tests.support.builders import COUNCIL, NOW, TRUST, a_caller, an_involvement, permissions
from tests.support.fakes import Clock, FakeAccessLog, FakeAlerts, Faults, together
from tests.support.sealing import FakeLog, a_record
from tests.support.shielding import HeldChildren

CHILD, FORMER = "child-1", "child-0"
NORTH, SOUTH = frozenset({"N"}), frozenset({"SE"})
CALLS = ["register.held_by_id", "access_log.append"]


def auditors(code: str = COUNCIL, **said: object) -> Caller:
    return a_caller(code, **{"area": NORTH, **said})


def a_shield(code: str = COUNCIL, until: datetime = NOW + timedelta(days=9)) -> Shield:
    return Shield(organisation=code, reason=ShieldReason.COURT_ORDER, since=NOW, until=until)


@dataclass
class Desk:
    """An authority's auditors; three looks at a child of theirs, one under the id that it had before."""

    faults: Faults = field(default_factory=Faults)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.register = HeldChildren(self.faults)
        self.access_log, self.alerts = FakeAccessLog(self.faults), FakeAlerts(self.faults)
        self.reading = FakeLog()
        for number, child_id in enumerate((CHILD, FORMER, CHILD, "another")):
            self.reading.append(a_record(number, NOW - timedelta(hours=9 - number), child_id=child_id))
        self.hold()

    def hold(self, shield: Shield | None = None, **said: object) -> None:
        held = an_involvement(**said)
        self.register.held[CHILD] = HeldChild(
            child_id=CHILD, involvements=[held], shield=shield, formerly=frozenset({FORMER})
        )

    @property
    def audit(self) -> Audit:
        return Audit(
            register=self.register,  # type: ignore[arg-type]  # all of the Register that this is about
            reading=self.reading,
            alerts=self.alerts,
            access_log=self.access_log,
            together=together,
            gate=Gate(self.lifecycle, self.clock),
        )

    def look(
        self, caller: Caller | None = None, child_id: str = CHILD, after: str | None = None, limit: int = 50
    ) -> Accesses:
        return self.audit.accesses(
            child_id,
            after,
            limit,
            caller=caller or auditors(),
            practitioner_id="AUD-3",
            access_id="a" * 32,
            request_id="r",
        )

    def alerts_of(self, caller: Caller) -> AlertPage:
        return self.audit.alerts_of(
            None, 50, caller=caller, practitioner_id="AUD-3", access_id="a" * 32, request_id="r"
        )

    def recorded(self) -> AccessRecord:
        (record,) = self.access_log.records
        return record


def test_everybody_who_asked_about_the_child_is_told_the_latest_first() -> None:
    found = Desk().look()
    assert [record.access_id[-1] for record in found.page.records] == ["2", "1", "0"]
    assert (found.child_id, found.page.next) == (CHILD, None)


def test_a_page_goes_on_where_the_one_before_ended() -> None:
    desk = Desk()
    first = desk.look(limit=2)
    assert first.page.next is not None
    desk.access_log.records.clear()
    rest = desk.look(after=first.page.next, limit=2)
    assert [record.access_id[-1] for page in (first, rest) for record in page.page.records] == ["2", "1", "0"]
    assert rest.page.next is None


def test_the_look_itself_is_on_record_with_the_child() -> None:
    desk = Desk()
    desk.look()
    record = desk.recorded()
    assert (record.purpose, record.legal_basis) == ("audit", "uk_gdpr_article_5_2")
    assert (record.shown, record.outcome, record.child_id) == (Shown.ACCESSES, "accesses_read", CHILD)
    assert (record.answered, record.organisation, record.policy) == (Answered.ANSWERED, COUNCIL, "1/1")


@pytest.mark.parametrize("position", range(2))
@pytest.mark.parametrize("after", [False, True])
def test_nothing_is_told_unless_it_is_on_record(*, position: int, after: bool) -> None:
    desk = Desk(Faults(position, after=after))
    with pytest.raises((Unavailable, AccessNotRecorded)):
        desk.look()


# Whose children


NOT_THERE: dict[str, tuple[Caller, Shield | None, dict[str, object], str]] = {
    "no such child": (auditors(), None, {}, "no-such-child"),
    "a child of another area": (auditors(area=SOUTH), None, {}, CHILD),
    "an organisation without an area": (auditors(area=frozenset()), None, {}, CHILD),
    "shielded by another authority": (auditors(), a_shield(TRUST), {}, CHILD),
}


@pytest.mark.parametrize(("caller", "shield", "said", "child_id"), NOT_THERE.values(), ids=NOT_THERE)
def test_what_is_not_the_authoritys_is_as_if_it_were_not_there(
    caller: Caller, shield: Shield | None, said: dict[str, object], child_id: str
) -> None:
    desk = Desk()
    desk.hold(shield, **said)
    with pytest.raises(ChildNotFound):
        desk.look(caller, child_id)
    record = desk.recorded()
    assert (record.answered, record.outcome, record.child_id) == (Answered.REFUSED, "child_not_found", None)
    assert desk.faults.calls == CALLS


@pytest.mark.parametrize(
    ("caller", "shield"),
    [
        (auditors(area=SOUTH), a_shield()),  # shielded by this authority, wherever the child is
        (auditors(), a_shield(TRUST, until=NOW)),  # the shield has ended
    ],
)
def test_a_shielded_childs_log_is_for_the_authority_that_shields_it(caller: Caller, shield: Shield) -> None:
    desk = Desk()
    desk.hold(shield)
    assert len(desk.look(caller).page.records) == 3


NO_AUDITORS = {
    "no capability": auditors(permissions=permissions(capabilities=frozenset(Capability) - {Capability.AUDIT})),
    "a token without the scope": Caller("c", auditors().organisation, frozenset({Capability.LOOKUP})),
    "suspended": auditors(suspended=True),
    "not enrolled": Caller("c", NOBODY),
}


@pytest.mark.parametrize("caller", NO_AUDITORS.values(), ids=NO_AUDITORS)
def test_who_may_not_audit_is_refused_and_recorded(caller: Caller) -> None:
    for ask in (Desk.look, Desk.alerts_of):
        desk = Desk()
        with pytest.raises(NotPermitted):
            ask(desk, caller)
        assert (desk.recorded().answered, desk.recorded().outcome) == (Answered.REFUSED, "not_permitted")
        assert desk.faults.calls == ["access_log.append"]


def test_a_register_that_is_closed_tells_nobody_who_has_looked() -> None:
    for reads in (0, 1):
        desk = Desk(lifecycle=Lifecycle(NOW + timedelta(seconds=1)))
        desk.clock.moves_after(reads, NOW + timedelta(seconds=2))
        with pytest.raises(RegisterClosed):
            desk.look()


# Alerts


def an_alert(number: int, organisation: str = COUNCIL) -> Alert:
    return Alert(
        alert_id=f"alert-{number}",
        at=NOW + timedelta(minutes=number),
        organisation=organisation,
        kind=AlertKind.SHIELD_OPENED,
        by_organisation="RX9",
        by_practitioner="PC-1",
        child_id=CHILD,
    )


def test_auditors_see_what_they_have_to_look_at_and_no_other_organisations() -> None:
    desk = Desk()
    for number in range(3):
        desk.alerts.put(an_alert(number))
    desk.alerts.put(an_alert(9, TRUST))
    found = desk.alerts_of(auditors())
    assert [alert.alert_id for alert in found.alerts] == ["alert-2", "alert-1", "alert-0"]
    record = desk.recorded()
    assert (record.outcome, record.shown, record.child_id) == ("alerts_read", Shown.ALERTS, None)


@pytest.mark.parametrize("position", range(2))
@pytest.mark.parametrize("after", [False, True])
def test_no_alert_is_told_unless_it_is_on_record(*, position: int, after: bool) -> None:
    desk = Desk(Faults(position, after=after))
    with pytest.raises((Unavailable, AccessNotRecorded)):
        desk.alerts_of(auditors())
