"""Whoever answers for a dependent system is told once of each thing, whatever is repeated or fails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from shared.domain.dependents import Acknowledgement, Readiness
from shared.domain.errors import Unavailable
from shared.services.remind import Remind
from tests.support.builders import COUNCIL, PSEUDONYMS, SCHOOL, an_organisation, permissions
from tests.support.depending import ANNOUNCED, CLOSES, FakeDependents, a_dependent
from tests.support.fakes import Clock, FakeKeeper, Faults
from tests.support.noticing import FakeNotices

DAY = timedelta(days=1)
UNPERMITTED = an_organisation(SCHOOL, permissions=permissions(capabilities=frozenset()))


@dataclass
class World:
    """e-CAF is the council's, and a second system the school's."""

    faults: Faults = field(default_factory=Faults)
    clock: Clock = field(default_factory=lambda: Clock(ANNOUNCED))
    closes_at: datetime = CLOSES

    def __post_init__(self) -> None:
        self.dependents, self.notices = FakeDependents(self.faults), FakeNotices(self.faults)
        self.keeper = FakeKeeper(self.faults, {code: an_organisation(code) for code in (COUNCIL, SCHOOL)})
        self.dependents.held = {
            "e-caf": a_dependent(),
            "school-portal": a_dependent("school-portal", owner=SCHOOL),
        }

    def run(self, at: datetime | None = None) -> int:
        """One run of expiry, as far as it goes."""
        self.clock.at = at or self.clock.at
        remind = Remind(
            dependents=self.dependents,
            keeper=self.keeper,
            notices=self.notices,
            pseudonyms=PSEUDONYMS,
            clock=self.clock,
        )
        return remind(ANNOUNCED, self.closes_at)

    @property
    def told(self) -> list[tuple[str, str | None]]:
        """Who was told, and of which reminder."""
        return [(one.organisation, one.about.get("days")) for one in self.notices.put_once.values()]


def test_every_owner_is_told_of_the_closure_and_then_of_each_reminder() -> None:
    world = World()
    world.dependents.held.pop("school-portal")
    ran = [world.run(CLOSES - back * DAY) for back in (85, 84, 30, 29, 14, 13, 7, 6, 1)]
    assert ran == [1, 0, 1, 0, 1, 0, 1, 0, 1]
    assert world.told == [(COUNCIL, days) for days in (None, "30", "14", "7", "1")]


def test_after_a_pause_only_the_latest_reminder_is_sent() -> None:
    world = World()
    world.run()
    world.run(CLOSES - 6 * DAY)
    assert world.told == [(COUNCIL, None), (SCHOOL, None), (COUNCIL, "7"), (SCHOOL, "7")]


def test_who_is_ready_is_left_in_peace() -> None:
    world = World()
    world.run()
    said = Acknowledgement(closes_at=CLOSES, at=ANNOUNCED, readiness=Readiness.READY, ready_by=None)
    ready = replace(world.dependents.held["e-caf"], readiness=Readiness.READY, acknowledgement=said)
    world.dependents.held["e-caf"] = ready
    assert world.run(CLOSES - 30 * DAY) == 1
    assert world.told[-1] == (SCHOOL, "30")


def test_a_system_that_is_written_down_later_is_told_at_the_next_run() -> None:
    world = World()
    world.run()
    world.dependents.add(a_dependent("late"))
    assert world.run(ANNOUNCED + DAY) == 1
    (notice,) = (one for one in world.notices.put_once.values() if one.about["dependent"] == "late")
    assert notice.organisation == COUNCIL


@pytest.mark.parametrize("deaf", [UNPERMITTED, replace(an_organisation(SCHOOL), suspended=True)])
def test_an_owner_that_may_read_no_notices_is_told_once_it_may(deaf: object) -> None:
    world = World()
    world.keeper.enrolled[SCHOOL] = deaf  # type: ignore[assignment]  # an organisation
    assert world.run() == 1
    world.keeper.enrolled[SCHOOL] = an_organisation(SCHOOL)
    assert world.run(ANNOUNCED + DAY) == 1
    assert world.told == [(COUNCIL, None), (SCHOOL, None)]


def test_a_closed_register_tells_nobody_and_asks_nothing() -> None:
    world = World()
    assert world.run(CLOSES) == 0
    assert not world.faults.calls


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("position", range(6))
def test_a_run_that_fails_anywhere_leaves_nobody_untold_and_tells_nobody_twice(position: int, *, after: bool) -> None:
    world = World()
    world.faults.position, world.faults.after = position, after
    with pytest.raises(Unavailable):
        world.run()
    world.faults.position = None
    world.run(ANNOUNCED + DAY)
    assert sorted(world.told) == [(COUNCIL, None), (SCHOOL, None)]
    assert all(dependent.informed for dependent in world.dependents.held.values())


def test_two_runs_at_once_tell_once() -> None:
    """The slower one has read before the faster one noted anything."""
    world = World()

    def the_other() -> None:
        world.faults.meanwhile.clear()
        world.run()

    world.faults.meanwhile["notices.put"] = the_other
    world.run()
    assert sorted(world.told) == [(COUNCIL, None), (SCHOOL, None)]
