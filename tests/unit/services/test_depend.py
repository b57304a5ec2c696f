"""Operators write down who relies on the register, and its owners acknowledge that it will close."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from shared.domain.access import Answered, Shown
from shared.domain.announcement import Announcement
from shared.domain.dependents import Acknowledgement, Count, Dependent, Due, Readiness, due
from shared.domain.directory import Caller, Credential, CredentialState
from shared.domain.errors import (
    AccessNotRecorded,
    AlreadyExists,
    CredentialNotFound,
    DependentNotFound,
    NothingToAcknowledge,
    NotPermitted,
    OrganisationNotFound,
    RegisterClosed,
    SignpostError,
    Unavailable,
)
from shared.domain.lifecycle import Lifecycle
from shared.services.depend import ACKNOWLEDGED, AcknowledgeClosure, Depend
from shared.services.gate import Gate
from tests.support.builders import COUNCIL, SCHOOL, TRUST, a_caller, a_practitioner, an_organisation, permissions
from tests.support.depending import (
    ANNOUNCED,
    CLOSES,
    FakeCallers,
    FakeDependents,
    a_caller_seen,
    a_dependent,
)
from tests.support.fakes import Clock, FakeAccessLog, FakeKeeper, Faults

CLOSURE = Lifecycle(CLOSES)
ANNOUNCEMENT = Announcement(ANNOUNCED, CLOSES)
READY_BY = date(2010, 7, 30)


@dataclass
class World:
    """The council and the school are enrolled; the council has a client, and answers for e-CAF."""

    lifecycle: Lifecycle = CLOSURE
    faults: Faults = field(default_factory=Faults)
    clock: Clock = field(default_factory=lambda: Clock(ANNOUNCED))

    def __post_init__(self) -> None:
        self.keeper = FakeKeeper(enrolled={code: an_organisation(code) for code in (COUNCIL, SCHOOL)})
        self.keeper.held["c1"] = Credential(
            client_id="c1", organisation=COUNCIL, label="e-caf", state=CredentialState.ISSUED, issued_at=ANNOUNCED
        )
        self.dependents, self.callers = FakeDependents(self.faults), FakeCallers()
        self.log = FakeAccessLog(self.faults)
        self.pauses: list[int] = []

    @property
    def gate(self) -> Gate:
        return Gate(self.lifecycle, self.clock)

    @property
    def depend(self) -> Depend:
        return Depend(keeper=self.keeper, dependents=self.dependents, callers=self.callers, gate=self.gate)

    def acknowledge(
        self,
        readiness: Readiness = Readiness.ADAPTING,
        *,
        dependent_id: str = "e-caf",
        caller: Caller | None = None,
    ) -> Dependent:
        acknowledge = AcknowledgeClosure(
            dependents=self.dependents, access_log=self.log, gate=self.gate, pause=self.pauses.append
        )
        return acknowledge(
            dependent_id,
            readiness,
            READY_BY,
            a_practitioner(),
            caller=caller or a_caller(),
            access_id=f"access-{len(self.log.records)}",
            request_id="request-1",
        )

    @property
    def held(self) -> Dependent:
        return self.dependents.held["e-caf"]


def a_world(lifecycle: Lifecycle = CLOSURE) -> World:
    world = World(lifecycle)
    world.depend.register(a_dependent(client_ids=frozenset({"c1"})))
    world.faults.calls.clear()
    return world


# Operators


def test_a_system_is_written_down_once() -> None:
    world = a_world()
    again = a_dependent(client_ids=frozenset({"c1"}))
    assert world.depend.register(again) == again
    with pytest.raises(AlreadyExists):
        world.depend.register(replace(again, name="Another"))
    assert world.held.version == 1


def test_how_far_it_is_is_taken_when_it_is_written_down_and_refused_if_it_is_another_later() -> None:
    world = a_world()
    other = a_dependent("other")
    written = world.depend.register(other, Readiness.ADAPTING)
    assert written.readiness is Readiness.ADAPTING
    for said in (None, Readiness.ADAPTING):
        assert world.depend.register(other, said) == written
    with pytest.raises(AlreadyExists):
        world.depend.register(other, Readiness.READY)
    assert world.dependents.held["other"] == written


def test_writing_it_down_again_takes_nothing_of_what_was_acknowledged() -> None:
    world = a_world()
    acknowledged = world.acknowledge()
    assert world.depend.register(a_dependent(client_ids=frozenset({"c1"}))) == acknowledged


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"owner": TRUST}, OrganisationNotFound),
        ({"client_ids": frozenset({"another"})}, CredentialNotFound),
        ({"owner": SCHOOL, "client_ids": frozenset({"c1"})}, CredentialNotFound),
    ],
)
def test_a_system_has_an_owner_that_is_enrolled_and_clients_of_that_owner(
    wrong: dict[str, object], error: type[SignpostError]
) -> None:
    world = a_world()
    with pytest.raises(error):
        world.depend.register(replace(a_dependent("other"), **wrong))  # type: ignore[arg-type]  # as parametrized
    with pytest.raises(error):
        world.depend.amend(replace(a_dependent(), **wrong), None)  # type: ignore[arg-type]  # likewise
    assert list(world.dependents.held) == ["e-caf"]
    assert world.held.version == 1


def test_an_amendment_keeps_what_was_acknowledged_and_how_far_it_is() -> None:
    world = a_world()
    acknowledged = world.acknowledge()
    amended = world.depend.amend(a_dependent(name="e-CAF 2"), None)
    assert (amended.name, amended.readiness, amended.acknowledgement, amended.version) == (
        "e-CAF 2",
        Readiness.ADAPTING,
        acknowledged.acknowledgement,
        acknowledged.version + 1,
    )
    assert world.depend.amend(a_dependent(), Readiness.WILL_BREAK).readiness is Readiness.WILL_BREAK


def test_what_one_owner_acknowledged_does_not_count_for_the_next() -> None:
    world = a_world()
    world.acknowledge()
    assert world.depend.amend(a_dependent(owner=SCHOOL), None).acknowledgement is None


def test_a_system_that_has_ended_is_listed_no_more_and_can_be_taken_up_again() -> None:
    world = a_world()
    world.acknowledge()
    world.depend.end("e-caf")
    assert world.depend.known().dependents == []
    refusals: list[Callable[[], object]] = [
        lambda: world.depend.end("e-caf"),
        lambda: world.depend.amend(a_dependent(), None),
        world.acknowledge,
    ]
    for refused in refusals:
        with pytest.raises(DependentNotFound):
            refused()
    again = world.depend.register(a_dependent(name="Another"))
    assert world.depend.known().dependents == [again]
    assert (again.version, again.acknowledgement) == (4, None)


def told(world: World, closure: Announcement = ANNOUNCEMENT) -> Due | None:
    """What expiry tells its owner now, and notes."""
    if found := due(world.held, closure, world.clock()):
        world.dependents.note_informed("e-caf", found.informed)
    return found


def taken_up_again(world: World) -> None:
    world.depend.end("e-caf")
    world.depend.register(a_dependent())


def given_away_and_back(world: World) -> None:
    world.depend.amend(a_dependent(owner=SCHOOL), None)
    world.depend.amend(a_dependent(), None)


def given_away(world: World) -> None:
    world.depend.amend(a_dependent(owner=SCHOOL), None)


@pytest.mark.parametrize("changed", [taken_up_again, given_away, given_away_and_back])
def test_whoever_answers_for_it_from_now_on_is_told_and_asked_anew_of_the_closure_that_is_set(
    changed: Callable[[World], None],
) -> None:
    world = a_world()
    before = told(world)
    world.acknowledge(Readiness.READY)
    changed(world)
    assert not world.held.has_acknowledged(CLOSES)
    again = told(world)
    assert before
    assert again
    assert again.cause.what != before.cause.what, "or no notice would be put"
    assert told(world) is None


def test_a_run_that_began_before_it_was_taken_up_again_takes_no_notice_away() -> None:
    """It notes what it told last."""
    world = a_world()
    found = told(world)
    taken_up_again(world)
    assert found
    world.dependents.note_informed("e-caf", found.informed)
    assert told(world)


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_acknowledged_before_it_was_told_counts_when_it_is_told(*, is_first: bool) -> None:
    world = a_world()
    if not is_first:
        told(world)
        taken_up_again(world)
    world.acknowledge()
    assert told(world)
    assert world.held.has_acknowledged(CLOSES)


def test_a_date_that_moved_and_moved_back_is_acknowledged_and_reminded_of_anew() -> None:
    world, later = a_world(), CLOSES + timedelta(days=30)
    told(world)
    first = world.acknowledge(Readiness.READY)
    assert told(world, Announcement(ANNOUNCED, later))
    assert not world.held.has_acknowledged(CLOSES), "already before it is told"
    assert told(world)
    assert Count.of([world.held], CLOSES) == Count(registered=1, acknowledged=0, ready=0, outstanding=1)
    world.clock.at = CLOSES - timedelta(days=30)
    assert told(world), "who was ready is reminded as well"
    second = world.acknowledge(Readiness.READY)
    assert second.version == first.version + 1, "it is not the same again"
    assert world.held.is_ready(CLOSES)
    world.clock.at = CLOSES - timedelta(days=14)
    assert told(world) is None


def test_a_system_that_nobody_wrote_down_is_not_amended() -> None:
    with pytest.raises(DependentNotFound):
        a_world().depend.amend(a_dependent("other"), None)


def test_clients_that_call_and_are_of_no_system_are_listed() -> None:
    world = a_world()
    world.callers.note_callers([a_caller_seen("c1"), a_caller_seen("stranger")])
    assert [caller.client_id for caller in world.depend.known().unregistered] == ["stranger"]


@pytest.mark.parametrize("ended", [CredentialState.RESET, CredentialState.RETURNED])
def test_clients_that_cannot_call_any_more_are_not_listed(ended: CredentialState) -> None:
    world = a_world()
    for client_id, organisation, state in (
        ("old", SCHOOL, ended),
        ("new", SCHOOL, CredentialState.ISSUED),
        ("older", COUNCIL, ended),
    ):
        world.keeper.held[client_id] = Credential(
            client_id=client_id, organisation=organisation, label="x", state=state, issued_at=ANNOUNCED
        )
        world.callers.note_callers([a_caller_seen(client_id, organisation=organisation)])
    world.callers.note_callers([a_caller_seen("nobody's", organisation=TRUST)])
    assert {caller.client_id for caller in world.depend.known().unregistered} == {"new", "nobody's"}


def test_owners_that_get_no_notices_are_named() -> None:
    world = a_world()
    world.depend.register(a_dependent("other", owner=SCHOOL))
    assert world.depend.unreachable(world.depend.known()) == frozenset()
    world.keeper.enrolled[SCHOOL] = an_organisation(SCHOOL, permissions=permissions(capabilities=frozenset()))
    assert world.depend.unreachable(world.depend.known()) == {SCHOOL}


def test_a_closed_register_takes_in_no_more_and_still_ends_and_lists() -> None:
    world = a_world()
    world.clock.at = CLOSES
    refusals: list[Callable[[], object]] = [
        lambda: world.depend.register(a_dependent("other")),
        lambda: world.depend.amend(a_dependent(name="Another"), None),
        world.acknowledge,
    ]
    for refused in refusals:
        with pytest.raises(RegisterClosed):
            refused()
    assert [d.dependent_id for d in world.depend.known().dependents] == ["e-caf"]
    assert world.depend.end("e-caf").ended_at == CLOSES
    assert not world.log.records


# Acknowledgement


def test_an_acknowledgement_counts_for_the_closure_that_is_set() -> None:
    world = a_world()
    acknowledged = world.acknowledge()
    assert acknowledged.acknowledgement == Acknowledgement(
        closes_at=CLOSES, at=ANNOUNCED, readiness=Readiness.ADAPTING, ready_by=READY_BY
    )
    assert acknowledged.readiness is Readiness.ADAPTING
    assert world.held.has_acknowledged(CLOSES)
    assert not world.held.has_acknowledged(CLOSES + timedelta(days=1))


def test_the_same_again_changes_nothing_not_even_when_it_was_said() -> None:
    world = a_world()
    first = world.acknowledge()
    world.clock.move()
    assert world.acknowledge() == first
    assert world.held.version == 2


def test_who_says_more_later_is_believed() -> None:
    world = a_world()
    world.acknowledge()
    world.clock.move()
    assert world.acknowledge(Readiness.READY).is_ready(CLOSES)


def test_a_date_that_moved_is_acknowledged_anew() -> None:
    world = a_world()
    world.acknowledge()
    world.lifecycle = Lifecycle(CLOSES + timedelta(days=30))
    assert world.acknowledge().has_acknowledged(CLOSES + timedelta(days=30))


def test_acknowledging_takes_nothing_of_what_expiry_notes_meanwhile() -> None:
    world = a_world()
    found = due(world.held, Announcement(ANNOUNCED, CLOSES), ANNOUNCED)
    assert found
    world.faults.meanwhile["dependents.replace"] = lambda: world.dependents.held.update(
        {"e-caf": replace(world.held, informed=found.informed)}
    )
    world.acknowledge()
    assert world.held.informed == found.informed
    assert world.held.acknowledgement


def test_who_acknowledged_is_in_the_access_log_which_shows_nothing() -> None:
    world = a_world()
    world.acknowledge()
    (record,) = world.log.records
    assert (record.outcome, record.answered, record.shown) == (ACKNOWLEDGED, Answered.ANSWERED, Shown.NOTHING)
    assert (record.organisation, record.practitioner_id) == (COUNCIL, "NMC-12A3456E")


@pytest.mark.parametrize(
    ("dependent_id", "caller", "lifecycle", "error", "outcome"),
    [
        ("e-caf", a_caller(SCHOOL), CLOSURE, DependentNotFound, "dependent_not_found"),
        ("other", a_caller(), CLOSURE, DependentNotFound, "dependent_not_found"),
        ("e-caf", a_caller(), Lifecycle(), NothingToAcknowledge, "nothing_to_acknowledge"),
        ("e-caf", a_caller(permissions=permissions(capabilities=frozenset())), CLOSURE, NotPermitted, "not_permitted"),
        ("e-caf", a_caller(suspended=True), CLOSURE, NotPermitted, "not_permitted"),
    ],
)
def test_what_is_refused_is_recorded_and_changes_nothing(
    dependent_id: str, caller: Caller, lifecycle: Lifecycle, error: type[SignpostError], outcome: str
) -> None:
    world = a_world(lifecycle)
    with pytest.raises(error):
        world.acknowledge(dependent_id=dependent_id, caller=caller)
    (record,) = world.log.records
    assert (record.outcome, record.answered) == (outcome, Answered.REFUSED)
    assert world.held.version == 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("position", range(4))
def test_whatever_fails_nothing_is_written_without_a_record_and_asking_again_mends_it(
    position: int, *, after: bool
) -> None:
    world = a_world()
    world.faults.position, world.faults.after = position, after
    with pytest.raises((Unavailable, AccessNotRecorded)):
        world.acknowledge()
    assert world.log.records or not world.held.acknowledgement
    world.faults.position = None
    world.log.records.clear()
    assert world.acknowledge().has_acknowledged(CLOSES)


def test_who_is_overtaken_by_an_operator_reads_again() -> None:
    world = a_world()

    def amended_meanwhile() -> None:
        world.faults.meanwhile.clear()
        world.dependents.held["e-caf"] = replace(world.held, name="Renamed", version=2)

    world.faults.meanwhile["dependents.replace"] = amended_meanwhile
    acknowledged = world.acknowledge()
    assert (acknowledged.name, acknowledged.version) == ("Renamed", 3)
    assert world.pauses == [0]


def test_who_is_overtaken_time_and_again_is_asked_to_try_later() -> None:
    world = a_world()
    overtaken: Callable[[], object] = lambda: world.dependents.held.update(  # noqa: E731  # it is passed on
        {"e-caf": replace(world.held, version=world.held.version + 1)}
    )
    world.faults.meanwhile["dependents.replace"] = overtaken
    with pytest.raises(Unavailable):
        world.acknowledge()
    assert world.pauses == [0, 1, 2, 3, 4]


def test_an_acknowledgement_that_is_written_as_the_register_closes_is_not_answered() -> None:
    world = a_world()
    world.faults.meanwhile["dependents.replace"] = lambda: world.clock.move(CLOSES - ANNOUNCED)
    with pytest.raises(RegisterClosed):
        world.acknowledge()
