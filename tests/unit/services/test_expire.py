"""A run is a function of the time, the configuration and what is there: killed, repeated or refused, it loses only time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from shared.domain.closure import Progress
from shared.domain.destruction import Remains
from shared.domain.duration import Duration
from shared.domain.errors import Unavailable
from shared.domain.involvement import Standing
from shared.domain.lifecycle import Lifecycle, Phase
from shared.domain.notices import NoticeKind
from shared.services.destroy import Stance
from tests.support.builders import COUNCIL, NOW, a_registration, an_organisation
from tests.support.closing import Killed, killed
from tests.support.depending import a_dependent
from tests.support.expiring import ExpiryWorld, a_credential

CLOSES_AT = NOW + timedelta(days=30)
CLOSURE = Lifecycle(CLOSES_AT)
STARTS, DEADLINE = CLOSURE.destruction_starts, CLOSURE.deadline
assert STARTS
assert DEADLINE


def a_world(lifecycle: Lifecycle = CLOSURE) -> ExpiryWorld:
    """One involvement that is due, one that is not, two clients, and a credential that has not come back."""
    world = ExpiryWorld(lifecycle)
    world.world.put(a_registration("old", standing=Standing.ENDED, started=date(2020, 1, 1), ended=date(2025, 1, 1)))
    world.world.put(a_registration("new"))
    world.clients.ids = ["one", "two"]
    world.chaser.held = [a_credential()]
    return world


def live(world: ExpiryWorld) -> list[str]:
    return sorted(held.involvement.source_reference for held in world.world.register.held.values() if held.is_live)


# The story


def test_the_whole_story_from_open_to_destroyed() -> None:
    world = a_world(Lifecycle())
    assert world.tick().phase is Phase.OPEN
    assert live(world) == ["new"]
    assert not world.bus.events

    world.clock.move()
    world.deploy(CLOSURE)
    assert world.tick().phase is Phase.CLOSING
    assert {*world.sweeping.stamps.values()} == {CLOSURE.latest_stamp}
    assert world.clients.ids

    world.clock.at = CLOSES_AT
    assert world.tick().phase is Phase.CLOSED
    assert not world.clients.ids
    assert world.sweeping.bookmarks
    assert world.keeper.held.started_at is None

    assert STARTS
    world.clock.at = STARTS
    phases = []
    for _ in range(3):
        phases.append(world.tick().phase)
        world.clock.move(timedelta(minutes=5))
    assert phases == [Phase.CLOSED, Phase.DESTROYED, Phase.DESTROYED]
    assert not world.sweeping.bookmarks
    assert world.bus.kinds == [
        "ClosureAnnounced",
        "RegisterClosed",
        "CredentialsOutstanding",
        "DestructionStarted",
        "RegisterDestroyed",
    ]
    assert {*world.gauges.shown} == {(False, False)}


def test_closed_by_dates_that_are_moved_all_is_stamped_anew_though_clients_cannot_be_deleted() -> None:
    world = a_world()
    world.tick()
    world.clock.at = CLOSES_AT
    moved = replace(CLOSURE, starts_after=Duration(months=3), window=Duration(months=6))
    world.deploy(moved)
    world.clients.stubborn = {"one"}
    with pytest.raises(Unavailable):
        world.tick()
    stamps = {reference: stamp for (_, reference), stamp in world.sweeping.stamps.items()}
    assert {stamps[reference] for reference in live(world)} == {moved.latest_stamp}


def test_nothing_is_destroyed_a_microsecond_early() -> None:
    world = a_world()
    assert STARTS
    world.clock.at = STARTS - timedelta(microseconds=1)
    ticked = world.tick()
    assert ticked.destruction.stance is Stance.WAITING
    assert world.keeper.held.started_at is None
    assert not world.certifying


def test_what_has_been_destroyed_is_looked_at_again_at_every_tick_for_ever() -> None:
    world = a_world()
    assert DEADLINE
    world.destroy.left = 0
    world.clock.at = DEADLINE + timedelta(days=400)
    world.tick()
    ticks = world.destroy.ticks
    assert not world.tick().overdue
    assert world.destroy.ticks == ticks + 1
    world.destroy.left = 1
    world.destroy.ticks = 0
    assert world.tick().overdue
    assert world.gauges.shown[-1] == (False, True)
    assert world.bus.kinds.count("RegisterDestroyed") == 1


def test_a_certificate_is_asked_for_only_by_a_run_that_has_itself_found_nothing() -> None:
    world = a_world()
    assert STARTS
    world.clock.at = STARTS
    world.tick()
    assert not world.certifying
    world.destroy.left = 0
    world.tick()
    assert world.certifying == [STARTS]


# Another closure than the one accepted


OTHERS = {
    "moved": replace(CLOSURE, closes_at=CLOSES_AT - timedelta(days=60)),
    "window": replace(CLOSURE, window=CLOSURE.window.longer_by(1)),
    "authority": replace(CLOSURE, authority="somebody"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_unless_this_closure_was_accepted_nothing_is_stamped_told_closed_or_destroyed(other: Lifecycle) -> None:
    world = a_world()
    world.deploy(other, accepted=False)
    assert DEADLINE
    for at in (NOW, CLOSES_AT, DEADLINE):
        world.clock.at = at
        ticked = world.tick()
        assert (ticked.is_accepted, ticked.at_risk) == (False, True)
    assert live(world) == ["new", "old"]
    assert not world.sweeping.stamps
    assert not world.bus.events
    assert world.clients.ids == ["one", "two"]
    assert world.keeper.held == Progress()


def test_a_closure_that_was_accepted_and_is_configured_nowhere_is_at_risk_from_the_first_tick_on() -> None:
    world = a_world()
    world.deploy(Lifecycle(), accepted=False)
    assert world.tick().at_risk
    assert DEADLINE
    world.clock.at = DEADLINE
    world.tick()
    assert not world.bus.events
    world.clock.move(timedelta(microseconds=1))
    assert world.tick().overdue
    assert world.gauges.shown == [(True, False), (True, False), (True, True)]
    # whoever depends on the register was promised the one that was accepted
    ((kind, detail),) = world.bus.events
    assert (kind, detail["destroyed_by"]) == ("DestructionOverdue", DEADLINE.isoformat())


def test_a_closure_that_is_configured_and_was_never_accepted_is_at_risk_from_the_first_tick_on() -> None:
    world = a_world()
    world.keeper.agreed = None
    assert world.tick().at_risk
    assert world.gauges.shown == [(True, False)]


def test_what_was_accepted_is_feared_to_be_another_when_nobody_can_say() -> None:
    world = a_world()

    def out_of_order() -> None:
        raise Unavailable

    world.script.before[len(world.script.calls)] = out_of_order
    with pytest.raises(Unavailable):
        world.tick()
    world.tick()
    assert world.gauges.shown == [(True, False), (False, False)]


def test_while_no_date_is_set_nothing_else_of_a_closure_keeps_retention_waiting() -> None:
    world = a_world(Lifecycle())
    world.deploy(Lifecycle(authority="somebody", window=CLOSURE.window.longer_by(1)), accepted=False)
    ticked = world.tick()
    assert (ticked.is_accepted, ticked.at_risk) == (True, False)
    assert live(world) == ["new"]


def test_before_the_first_deployment_has_been_accepted_an_open_register_is_retained_and_a_closure_is_not() -> None:
    world = a_world(Lifecycle())
    world.keeper.agreed = None
    world.tick()
    assert live(world) == ["new"]
    world = a_world()
    world.keeper.agreed = None
    assert not world.tick().is_accepted
    assert live(world) == ["new", "old"]


# What goes wrong


def test_whatever_fails_the_rest_is_done_and_the_alarms_are_fed() -> None:
    world = a_world()
    assert STARTS
    world.clock.at = STARTS
    world.clients.stubborn = {"one"}
    with pytest.raises(Unavailable):
        world.tick()
    assert world.clients.ids == ["one"]
    assert world.destroy.ticks == 1
    assert len(world.gauges.shown) == 1


def test_even_what_nobody_foresaw_in_one_part_does_not_keep_another_from_destroying() -> None:
    world = a_world()
    assert STARTS
    world.clock.at = STARTS

    def broken() -> None:
        raise ZeroDivisionError

    world.script.before[len(world.script.calls) + 1] = broken
    with pytest.raises(ZeroDivisionError):
        world.tick()
    assert world.destroy.ticks == 1
    assert len(world.gauges.shown) == 1


def test_a_destruction_that_cannot_be_told_of_is_feared_late_by_the_calendar() -> None:
    world = a_world()
    world.destroy.broken = Unavailable
    plan = world.expire.plan()
    begins = plan.steps[0].latest
    assert DEADLINE
    for at, shown in (
        (begins, (False, False)),
        (begins + timedelta(microseconds=1), (True, False)),
        (DEADLINE, (True, False)),
        (DEADLINE + timedelta(microseconds=1), (True, True)),
    ):
        world.clock.at = at
        with pytest.raises(Unavailable):
            world.tick()
        assert world.gauges.shown[-1] == shown


def test_what_is_gone_and_not_certified_by_the_deadline_is_overdue() -> None:
    world = a_world()
    world.destroy.left = 0
    assert DEADLINE
    world.clock.at = DEADLINE + timedelta(microseconds=1)
    expire = replace(world.expire, certify=lambda _at: None)
    assert expire.tick(lambda: timedelta(minutes=1)).overdue


def test_dependent_systems_are_told_each_day_that_the_deadline_has_passed_until_it_is_certified() -> None:
    world = a_world()
    world.chaser.held = []
    world.destroy.left = 6
    assert DEADLINE
    world.clock.at = DEADLINE
    world.tick()
    assert "DestructionOverdue" not in world.bus.kinds
    for _ in range(3):
        world.clock.move(timedelta(hours=16))
        world.tick()
        world.tick()
    told = [detail for kind, detail in world.bus.events if kind == "DestructionOverdue"]
    assert [detail["destroyed_by"] for detail in told] == [DEADLINE.isoformat()] * 2
    assert world.gauges.shown[-1] == (False, False)
    world.clock.move(timedelta(days=9))
    world.tick()
    assert world.bus.kinds.count("DestructionOverdue") == 2


def test_who_hears_of_a_deadline_that_has_passed_hears_how_much_was_found() -> None:
    world = a_world()
    assert DEADLINE
    world.clock.at = DEADLINE + timedelta(microseconds=1)
    remains = (Remains(place="clients", name="one", count=1), Remains(place="register-items", name="Register", count=7))
    world.destroy.found = remains
    world.tick()
    assert dict(world.bus.events)["DestructionOverdue"]["left"] == 2


@pytest.mark.parametrize("at", [NOW, CLOSES_AT, STARTS, DEADLINE], ids=["closing", "closed", "destruction", "deadline"])
def test_a_tick_that_is_killed_at_any_call_changes_nothing_but_time(at: object) -> None:
    def run(stopped_at: int | None) -> tuple[object, ...]:
        world = a_world()
        world.clock.at = at  # type: ignore[assignment]  # an instant
        world.script.calls.clear()
        if stopped_at is not None:
            world.script.after[stopped_at] = killed
            with pytest.raises(Killed):
                world.tick()
        for _ in range(3):
            world.tick()
        calls = len(world.script.calls)
        return (
            live(world),
            {key: stamp for key, stamp in world.sweeping.stamps.items() if key[1] == "new"},
            world.clients.ids,
            {*world.bus.kinds},
            world.keeper.held.closed_at,
            world.keeper.held.started_at,
            world.keeper.held.outstanding,
            world.keeper.held.certified,
            calls,
        )

    *whole, calls = run(None)
    for stopped_at in range(int(str(calls)) // 3):
        assert list(run(stopped_at)[:-1]) == whole, stopped_at


# Asked by operators


def test_the_plan_is_of_the_closure_as_it_is_now() -> None:
    world = a_world()
    assert world.expire.plan().can_be_kept
    assert a_world(Lifecycle()).expire.plan().steps == ()


def test_what_is_left_can_be_asked_without_changing_anything() -> None:
    world = a_world()
    assert STARTS
    world.clock.at = STARTS
    assert not world.expire.remains().everything_gone
    assert world.expire.phase() is Phase.CLOSED
    assert world.keeper.held == Progress()


# Those who depend on it


def with_a_dependent(lifecycle: Lifecycle = CLOSURE) -> ExpiryWorld:
    world = a_world(lifecycle)
    world.world.direct.enrol(an_organisation(COUNCIL))
    world.dependents.add(a_dependent())
    return world


def test_a_closure_that_is_accepted_is_told_to_those_who_depend_on_the_register_once() -> None:
    world = with_a_dependent()
    assert [world.tick().reminded for _ in range(3)] == [1, 0, 0]
    (notice,) = world.notices.put_once.values()
    assert (notice.organisation, notice.kind) == (COUNCIL, NoticeKind.CLOSING)


def test_a_closure_that_was_not_accepted_is_told_to_nobody() -> None:
    world = with_a_dependent(Lifecycle())
    world.deploy(CLOSURE, accepted=False)
    assert world.tick().reminded == 0
    assert not world.notices.put_once


@pytest.mark.parametrize("at", [NOW, CLOSES_AT])
def test_an_open_register_and_one_that_is_closed_tell_nobody(at: datetime) -> None:
    world = with_a_dependent(Lifecycle() if at == NOW else CLOSURE)
    world.clock.at = at
    assert world.tick().reminded == 0
    assert not world.notices.put_once


def test_notices_that_cannot_be_put_hold_up_nothing_else_and_are_put_by_the_next_run() -> None:
    world = with_a_dependent()
    world.notices.faults.position = 0
    with pytest.raises(Unavailable):
        world.tick()
    assert live(world) == ["new"]
    assert world.tick().reminded == 1


@pytest.mark.parametrize("calls", range(20))
def test_whoever_is_killed_while_telling_tells_each_owner_once(calls: int) -> None:
    world = with_a_dependent()
    world.script.after[len(world.script.calls) + calls] = killed
    for _ in range(4):
        with suppress(Killed):
            world.tick()
    assert len(world.notices.put_once) == 1
    assert world.dependents.held["e-caf"].informed


def test_the_days_to_closure_are_shown_and_then_what_is_left_of_it() -> None:
    world = a_world()
    world.tick()
    assert world.gauges.closes_in == CLOSES_AT - world.clock.at > timedelta()
    assert world.gauges.left is None
    world.clock.at = CLOSES_AT
    world.tick()
    assert (world.gauges.closes_in, world.gauges.left) == (timedelta(), None)
    assert STARTS
    world.clock.at = STARTS
    world.destroy.left = 2
    world.destroy.found = (
        Remains(place="register-items", name="Register", count=40),
        Remains(place="register-backups", name="one"),
        Remains(place="register-backups", name="another"),
    )
    world.tick()
    assert world.gauges.left == {"register-items": 40, "register-backups": 2}
    world.destroy.left, world.destroy.found = 0, ()
    world.tick()
    assert world.gauges.left == {}


def test_a_register_that_was_never_to_close_has_no_days_left() -> None:
    world = ExpiryWorld()
    world.tick()
    assert (world.gauges.closes_in, world.gauges.left) == (None, None)


def test_how_old_feeds_are_is_shown_until_the_register_has_closed_and_nobody_feeds_it() -> None:
    world = a_world()
    world.tick()
    assert len(world.gauges.feeds) == 1
    world.clock.at = CLOSES_AT
    world.tick()
    assert len(world.gauges.feeds) == 1
