"""What is due is withdrawn, whatever stops the sweep; and while a closure is set all that lives expires in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.conflicts import Conflict
from shared.domain.duration import Duration
from shared.domain.involvement import Registration, Standing
from shared.domain.lifecycle import Lifecycle
from shared.services.retain import LONGEST_SLICE
from tests.support.builders import COUNCIL, NOW, TRUST, a_child, a_registration, an_unborn_child
from tests.support.closing import Killed, killed, plenty
from tests.support.expiring import ExpiryWorld

CLOSURE = Lifecycle(NOW + timedelta(days=30))
GROWN_UP = a_child(date_of_birth=date(2008, 3, 1), given_name="Noah")
LONG_AGO = date(2025, 2, 28)
"""More than a year before `NOW`."""


def live(world: ExpiryWorld) -> list[str]:
    return sorted(held.involvement.source_reference for held in world.world.register.held.values() if held.is_live)


def ended(reference: str, day: date = LONG_AGO) -> Registration:
    return a_registration(reference, standing=Standing.ENDED, started=date(2020, 1, 1), ended=day)


def join(world: ExpiryWorld, reference: str, child_id: str) -> None:
    """As if a person had found the trust's involvement to be of that child."""
    held = world.world.register.held[TRUST, reference]
    world.world.register.held[TRUST, reference] = replace(
        held, involvement=replace(held.involvement, child_id=child_id)
    )


def child_of(world: ExpiryWorld, reference: str) -> str:
    return world.world.register.held[COUNCIL, reference].involvement.child_id


def a_world(lifecycle: Lifecycle | None = None, *, of: int = 0) -> ExpiryWorld:
    """With so many involvements of as many children."""
    world = ExpiryWorld(lifecycle or Lifecycle())
    for number in range(of):
        child = a_child(
            given_name=f"Child{number}", family_name=f"Family{number}", date_of_birth=date(2016, 1, 1 + number)
        )
        world.world.put(a_registration(f"CASE-{number}", child=child))
    return world


def a_page(world: ExpiryWorld) -> Mapping[str, int]:
    """One slice that has time for no more."""
    looks = iter([timedelta(1), timedelta()])
    return world.retain(lambda: next(looks))


# What is due


def test_an_involvement_that_ended_longer_ago_than_it_is_kept_is_withdrawn_and_a_later_one_is_not() -> None:
    world = a_world()
    world.world.put(ended("old"))
    world.world.put(ended("new", date(2025, 3, 3)))
    world.world.put(a_registration("current"))
    assert world.retain(plenty)["withdrawn"] == 1
    assert live(world) == ["current", "new"]


def test_what_lives_is_stamped_though_something_due_on_its_page_cannot_be_withdrawn() -> None:
    world = a_world(CLOSURE)
    world.world.put(ended("old"))
    world.world.put(a_registration("current"))
    world.world.register.faults.meanwhile["register.withdraw"] = killed
    with pytest.raises(Killed):
        world.retain(plenty)
    assert world.sweeping.stamps[COUNCIL, "current"] == CLOSURE.latest_stamp


def test_all_that_is_known_of_a_child_who_has_grown_up_is_withdrawn() -> None:
    world = a_world(of=1)
    world.world.put(a_registration("school", child=GROWN_UP))
    world.world.put(a_registration("trust", child=GROWN_UP), by=TRUST)
    assert world.retain(plenty)["withdrawn"] == 2
    assert live(world) == ["CASE-0"]


@pytest.mark.parametrize("slip_is_first", [True, False])
def test_a_wrong_day_of_birth_takes_away_nothing_but_what_says_so_itself(*, slip_is_first: bool) -> None:
    world = a_world()
    slip = a_registration("slip", child=GROWN_UP)
    right = a_registration("right", child=a_child(date_of_birth=date(2018, 3, 1), given_name="Noah"))
    silent = a_registration("silent", child=a_child(date_of_birth=None, given_name="Ann"))
    first, second = (slip, right) if slip_is_first else (right, slip)
    world.world.put(first)
    world.world.put(silent, by=TRUST)
    join(world, "silent", child_of(world, first.source_reference))
    world.world.put(second, by=TRUST)
    join(world, second.source_reference, child_of(world, first.source_reference))
    assert world.retain(plenty)["withdrawn"] == 1
    assert live(world) == ["right", "silent"]


def test_a_birth_that_is_yet_expected_is_as_good_a_word_against_it() -> None:
    world = a_world()
    world.world.put(a_registration("slip", child=GROWN_UP))
    world.world.put(a_registration("expected", child=an_unborn_child()), by=TRUST)
    join(world, "expected", child_of(world, "slip"))
    assert world.retain(plenty)["withdrawn"] == 1
    assert live(world) == ["expected"]


def test_what_says_that_the_child_died_longer_ago_than_that_is_kept_is_withdrawn_and_a_later_death_is_not() -> None:
    world = a_world()
    world.world.put(a_registration("old", child=a_child(date_of_death=LONG_AGO)))
    world.world.put(a_registration("new", child=a_child(date_of_death=date(2025, 3, 3))))
    assert world.retain(plenty)["withdrawn"] == 1
    assert live(world) == ["new"]


def test_a_death_that_one_organisation_states_takes_away_nothing_that_another_says() -> None:
    world = a_world()
    world.world.put(a_registration("died", child=a_child(date_of_death=LONG_AGO)))
    world.world.put(a_registration("silent"), by=TRUST)
    join(world, "silent", child_of(world, "died"))
    assert world.retain(plenty)["withdrawn"] == 1
    assert live(world) == ["silent"]


@pytest.mark.parametrize("stopped_at", [0, 1])
def test_whoever_says_that_a_child_has_grown_up_goes_last_so_that_a_run_that_is_killed_is_taken_up(
    stopped_at: int,
) -> None:
    world = a_world()
    world.world.put(a_registration("says-so", child=GROWN_UP))
    world.world.put(a_registration("silent", child=a_child(date_of_birth=None)), by=TRUST)
    join(world, "silent", child_of(world, "says-so"))
    faults = world.world.register.faults
    faults.calls.clear()
    faults.position, faults.error = stopped_at, Killed
    with pytest.raises(Killed):
        world.retain(plenty)
    assert "says-so" in live(world)
    world.retain(plenty)
    assert live(world) == []


def test_a_withdrawal_that_others_overtake_is_tried_again() -> None:
    world = a_world()
    world.world.put(ended("old"))
    faults = world.world.register.faults
    faults.calls.clear()
    faults.position, faults.error = 0, Conflict
    assert world.retain(plenty)["withdrawn"] == 1
    assert live(world) == []


def test_what_an_organisation_says_anew_meanwhile_is_left_for_the_next_sweep() -> None:
    world = a_world()
    world.world.put(ended("old"))
    page = world.sweeping.page

    def overtaken(segment: int, after: tuple[str, str] | None, now: datetime) -> object:
        found = page(segment, after, now)
        world.world.put(a_registration("old"))
        return found

    world.sweeping.page = overtaken  # type: ignore[assignment,method-assign]  # the fake's own
    assert not world.retain(plenty)["withdrawn"]
    assert live(world) == ["old"]


# Stamps


def test_nothing_is_stamped_while_no_date_is_set() -> None:
    world = a_world(of=3)
    assert world.retain(plenty) == {"seen": 3}
    assert not world.sweeping.stamps


def test_all_that_lives_is_stamped_once_a_date_is_set_and_once_only() -> None:
    world = a_world(CLOSURE, of=5)
    assert world.retain(plenty)["stamped"] == 5
    assert {*world.sweeping.stamps.values()} == {CLOSURE.latest_stamp}
    world.clock.move(timedelta(days=1))
    assert not world.retain(plenty)["stamped"]


@pytest.mark.parametrize("moved", [Lifecycle(NOW + timedelta(days=300)), Lifecycle()])
def test_a_closure_that_is_moved_or_cleared_is_at_once_put_right_everywhere(moved: Lifecycle) -> None:
    world = a_world(CLOSURE, of=5)
    world.retain(plenty)
    world.clock.move()
    world.deploy(moved)
    assert world.retain(plenty)["stamped"] == 5
    assert {*world.sweeping.stamps.values()} == {moved.latest_stamp}


def test_a_closure_that_is_moved_in_the_middle_of_a_sweep_goes_on_and_begins_another() -> None:
    world = a_world(CLOSURE, of=5)
    assert a_page(world)["stamped"] == 2
    moved = Lifecycle(NOW + timedelta(days=300))
    world.deploy(moved)
    assert world.retain(plenty) == {"seen": 3, "stamped": 3}
    assert world.retain(plenty) == {"seen": 5, "stamped": 2}
    assert {*world.sweeping.stamps.values()} == {moved.latest_stamp}


def test_a_closure_that_is_moved_at_every_page_keeps_the_sweep_from_nothing() -> None:
    world = a_world(CLOSURE, of=5)
    world.retain(plenty)
    for days in range(3):
        world.deploy(Lifecycle(NOW + timedelta(days=300 + days)))
        a_page(world)
    assert CLOSURE.latest_stamp not in world.sweeping.stamps.values()


def test_closed_and_not_to_be_destroyed_yet_stamps_are_put_right_and_nothing_is_withdrawn() -> None:
    world = a_world(CLOSURE, of=3)
    world.world.put(ended("old"))
    world.world.put(a_registration("grown-up", child=GROWN_UP))
    assert CLOSURE.closes_at
    assert CLOSURE.destruction_starts
    world.clock.at = CLOSURE.closes_at
    assert world.retain(plenty) == {"seen": 5, "stamped": 5}
    assert {*world.sweeping.stamps.values()} == {CLOSURE.latest_stamp}
    assert "of_child" not in world.script.calls
    moved = replace(CLOSURE, starts_after=Duration(months=3), window=Duration(months=6))
    world.deploy(moved)
    world.clock.at = CLOSURE.destruction_starts
    assert world.retain(plenty)["stamped"] == 5
    assert {*world.sweeping.stamps.values()} == {moved.latest_stamp}
    assert live(world) == ["CASE-0", "CASE-1", "CASE-2", "grown-up", "old"]


def test_nothing_is_stamped_or_even_read_from_the_instant_at_which_it_may_be_destroyed() -> None:
    world = a_world(CLOSURE, of=5)
    assert CLOSURE.destruction_starts
    world.clock.at = CLOSURE.destruction_starts
    assert world.retain(plenty) == {}
    assert not world.sweeping.stamps
    assert "page" not in world.script.calls


# Slices


def test_the_register_is_swept_once_a_day_of_london() -> None:
    world = a_world(of=3)
    world.clock.at = datetime(2026, 7, 1, 22, 59, tzinfo=UTC)
    assert world.retain(plenty)["seen"] == 3
    assert not world.retain(plenty)
    world.clock.move(timedelta(minutes=1))
    assert world.retain(plenty)["seen"] == 3


def test_a_slice_ends_with_its_time_and_the_next_goes_on() -> None:
    world = a_world(CLOSURE, of=5)
    seen = []
    for _ in range(4):
        looks = iter([timedelta(1), timedelta()])
        seen.append(world.retain(lambda looks=looks: next(looks)).get("seen", 0))  # type: ignore[misc]
    assert seen == [2, 2, 1, 0]
    assert len(world.sweeping.stamps) == 5


def test_no_slice_takes_longer_than_lies_between_two_runs() -> None:
    world = a_world(of=5)
    page = world.sweeping.page

    def slow(segment: int, after: tuple[str, str] | None, now: datetime) -> object:
        world.clock.move(LONGEST_SLICE)
        return page(segment, after, now)

    world.sweeping.page = slow  # type: ignore[assignment,method-assign]  # the fake's own
    assert world.retain(plenty) == {"seen": 2}


def test_a_sweep_that_takes_more_than_a_day_is_finished_before_another_begins() -> None:
    world = a_world(of=3)
    looks = iter([timedelta(1), timedelta()])
    assert world.retain(lambda: next(looks))["seen"] == 2
    world.clock.move(timedelta(days=1))
    assert world.retain(plenty)["seen"] == 1
    assert world.retain(plenty)["seen"] == 3


def test_a_sweep_that_is_killed_anywhere_ends_as_one_that_is_not() -> None:
    def run(stopped_at: int | None) -> tuple[list[str], dict[tuple[str, str], datetime | None], int]:
        world = a_world(CLOSURE, of=4)
        world.world.put(ended("old"))
        world.world.put(a_registration("grown-up", child=GROWN_UP))
        world.script.calls.clear()
        if stopped_at is not None:
            world.script.after[stopped_at] = killed
            with pytest.raises(Killed):
                world.retain(plenty)
        world.retain(plenty)
        held = {key: stamp for key, stamp in world.sweeping.stamps.items() if key[1] in live(world)}
        return live(world), held, len(world.script.calls)

    whole = run(None)
    assert whole[0] == [f"CASE-{number}" for number in range(4)]
    for stopped_at in range(whole[2]):
        assert run(stopped_at)[:2] == whole[:2]


def test_two_sweeps_at_once_do_no_more_than_one() -> None:
    world = a_world(CLOSURE, of=5)
    other = {"ran": False}

    def meanwhile() -> None:
        if not other["ran"]:
            other["ran"] = True
            world.retain(plenty)

    world.script.after[1] = meanwhile  # after the first page was read
    world.retain(plenty)
    assert len(world.sweeping.stamps) == 5
    assert world.sweeping.bookmarks[0].is_done
