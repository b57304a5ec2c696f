"""A coverage is narrowed: what no longer belongs goes as if it had ended that day, and nothing that belongs ever does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.duration import start_of_day
from shared.domain.errors import InvolvementNotFound, OutOfCoverage
from shared.domain.in_force import COVERAGE
from shared.domain.involvement import Registration, ServiceType, Standing
from shared.domain.retention import Retention
from shared.domain.targeting import Targeting
from tests.support.builders import COUNCIL, NOW, SCHOOL, TRUST, a_child, a_registration
from tests.support.closing import Killed, killed, plenty
from tests.support.expiring import ExpiryWorld
from tests.support.worlds import in_confidence

EVERY = Targeting()
ADDITIONAL = Targeting.configured("all", "additional")
NO_POLICE = Targeting(frozenset(ServiceType) - {ServiceType.POLICE})
NO_POLICE_OR_HOSPITALS = Targeting(NO_POLICE.service_types - {ServiceType.HOSPITAL})
DAY = timedelta(days=1)
LAST = Retention().left_due(NOW.date()) - timedelta(seconds=1)
"""The last instant at which what the coverage left on the first day is kept: a year."""


def police(reference: str = "P-1") -> Registration:
    return a_registration(reference, service_type=ServiceType.POLICE)


def at_school(reference: str = "PUPIL-9") -> Registration:
    return a_registration(reference, service_type=ServiceType.EDUCATION)


def help_early(**said: Standing) -> Registration:
    return a_registration("EH-1", service_type=ServiceType.EARLY_HELP, **said)


def a_world(*held: Registration) -> ExpiryWorld:
    """With a register for all that has been swept once."""
    world = ExpiryWorld()
    for registration in held:
        world.world.put(registration)
    assert not world.retain(plenty)["out_of_coverage"]
    return world


def narrow(world: ExpiryWorld, targeting: Targeting) -> dict[str, int]:
    """A deployment with another coverage, and the next day's sweep."""
    world.world.targeting = targeting
    world.clock.move(DAY)
    return dict(world.retain(plenty))


def sweep_at(world: ExpiryWorld, at: object) -> dict[str, int]:
    world.clock.at = at  # type: ignore[assignment]  # an instant
    return dict(world.retain(plenty))


def live(world: ExpiryWorld) -> set[str]:
    held = [*world.world.register.held.values(), *world.world.sensitive.held.values()]
    return {one.involvement.source_reference for one in held if one.is_live}


# Services


def test_what_the_coverage_has_left_goes_a_year_after_that_day_and_not_before() -> None:
    world = a_world(police(), help_early())
    assert narrow(world, NO_POLICE)["leaving_coverage"] == 1
    assert sweep_at(world, LAST + DAY)["leaving_coverage"] == 1
    assert live(world) == {"P-1", "EH-1"}
    told = sweep_at(world, LAST + DAY + DAY)
    assert told["out_of_coverage"] == 1
    assert not told.get("leaving_coverage")
    assert live(world) == {"EH-1"}


def test_a_coverage_that_is_widened_again_forgets_and_one_that_is_narrowed_anew_starts_anew() -> None:
    world = a_world(police())
    narrow(world, NO_POLICE)
    assert "leaving_coverage" not in narrow(world, EVERY)
    sweep_at(world, LAST + 5 * DAY)
    assert live(world) == {"P-1"}
    assert narrow(world, NO_POLICE)["leaving_coverage"] == 1
    assert sweep_at(world, world.clock.at + 364 * DAY)["leaving_coverage"] == 1
    assert live(world) == {"P-1"}
    assert sweep_at(world, world.clock.at + 3 * DAY)["out_of_coverage"] == 1  # one of the years is a leap year


def test_a_coverage_that_is_changed_otherwise_starts_anew_for_all_that_is_out_of_it() -> None:
    world = a_world(police(), a_registration("H-1", service_type=ServiceType.HOSPITAL))
    narrow(world, NO_POLICE)
    sweep_at(world, world.clock.at + 300 * DAY)
    assert narrow(world, NO_POLICE_OR_HOSPITALS)["leaving_coverage"] == 2
    assert sweep_at(world, world.clock.at + 364 * DAY)["leaving_coverage"] == 2
    assert sweep_at(world, world.clock.at + 2 * DAY)["out_of_coverage"] == 2


def test_a_change_and_back_within_a_day_is_noted_though_the_sweep_of_the_day_is_done() -> None:
    world = a_world(police())
    narrow(world, NO_POLICE)
    first = world.in_force.kept[COVERAGE][1]
    for coverage in (EVERY, NO_POLICE):
        world.world.targeting = coverage
        world.clock.move(timedelta(minutes=5))
        assert world.retain(plenty) == {}
    assert world.in_force.kept[COVERAGE][1] == first + timedelta(minutes=10)


def test_what_ended_goes_when_it_would_have_gone_anyway_and_is_not_counted_twice() -> None:
    over = a_registration("P-1", service_type=ServiceType.POLICE, standing=Standing.ENDED, ended=NOW.date())
    world = a_world(over)
    narrow(world, NO_POLICE)
    told = sweep_at(world, LAST + timedelta(seconds=1))
    assert (told["withdrawn"], told.get("out_of_coverage"), told.get("leaving_coverage")) == (1, None, None)


# Children


def test_a_child_without_more_leaves_a_year_after_the_sweep_found_it_and_one_with_more_stays() -> None:
    ben = a_child(given_name="Ben", family_name="Stone", postcode="LS1 4AP")
    world = a_world(at_school(), help_early())
    world.world.put(a_registration("PUPIL-1", child=ben, service_type=ServiceType.EDUCATION))
    assert narrow(world, ADDITIONAL)["leaving_coverage"] == 1
    assert sweep_at(world, LAST + 3 * DAY)["out_of_coverage"] == 1
    assert live(world) == {"PUPIL-9", "EH-1"}


def test_a_sensitive_service_makes_no_child_covered() -> None:
    world = a_world(at_school())
    world.world.put(in_confidence())
    assert narrow(world, ADDITIONAL)["leaving_coverage"] == 1


def test_a_service_behind_a_shield_keeps_the_entry_of_a_school_that_does_not_know_of_it() -> None:
    world = a_world(at_school(), help_early())
    world.world.shield(world.world.child_of("EH-1"))
    assert "leaving_coverage" not in narrow(world, ADDITIONAL)


def test_nobodys_entry_goes_because_another_was_withdrawn_and_sent_again() -> None:
    world = a_world(at_school(), help_early())
    narrow(world, ADDITIONAL)
    sweep_at(world, LAST + 30 * DAY)
    world.world.withdraw("EH-1")
    world.clock.move(DAY)
    assert world.retain(plenty)["leaving_coverage"] == 1
    assert live(world) == {"PUPIL-9"}
    world.world.put(help_early())
    world.clock.move(DAY)
    assert not world.retain(plenty)["leaving_coverage"]
    assert not world.sweeping.uncovered
    world.world.withdraw("EH-1")
    sweep_at(world, world.clock.at + DAY)
    assert sweep_at(world, world.clock.at + 364 * DAY)["leaving_coverage"] == 1
    assert sweep_at(world, world.clock.at + 3 * DAY)["out_of_coverage"] == 1


def test_what_was_noted_under_another_coverage_does_not_count() -> None:
    world = a_world(at_school())
    narrow(world, ADDITIONAL)
    narrow(world, EVERY)
    sweep_at(world, world.clock.at + 400 * DAY)
    assert narrow(world, ADDITIONAL) == {"seen": 2, "leaving_coverage": 1}


def test_a_service_that_steps_down_keeps_its_entry_for_a_year() -> None:
    world = a_world(help_early())
    narrow(world, ADDITIONAL)
    world.world.put(a_registration("EH-1", service_type=ServiceType.EDUCATION))
    assert sweep_at(world, world.clock.at + DAY)["leaving_coverage"] == 1


# What stops it


def test_a_sweep_that_is_killed_at_any_call_comes_to_the_same() -> None:
    ben = a_child(given_name="Ben", family_name="Stone", postcode="LS1 4AP")

    def narrowed() -> ExpiryWorld:
        world = a_world(police(), at_school(), help_early())
        world.world.put(a_registration("PUPIL-1", child=ben, service_type=ServiceType.EDUCATION))
        narrow(world, Targeting(NO_POLICE.service_types, ADDITIONAL.children))
        world.clock.at = LAST + 3 * DAY
        return world

    whole = narrowed()
    whole.script.calls.clear()
    whole.world.register.faults.calls.clear()
    whole.retain(plenty)
    assert live(whole) == {"PUPIL-9", "EH-1"}
    of_sweep, of_register = len(whole.script.calls), len(whole.world.register.faults.calls)
    assert of_sweep > 5
    assert of_register > 1
    for position in range(of_sweep + of_register):
        world = narrowed()
        world.script.calls.clear()
        faults = world.world.register.faults
        faults.calls.clear()
        if position < of_sweep:
            world.script.before = {position: killed}
        else:
            faults.position, faults.error = position - of_sweep, Killed
        with pytest.raises(Killed):
            world.retain(plenty)
        faults.position = None
        world.retain(plenty)
        assert live(world) == live(whole)
        told = world.leave_coverage.tell()
        assert (told.is_done, told.waiting) == (True, 0)


# Told


def test_operators_are_told_the_coverage_since_when_and_what_the_last_sweep_found() -> None:
    world = a_world(police(), help_early())
    narrow(world, NO_POLICE)
    told = world.leave_coverage.tell()
    assert (told.targeting, told.since, told.gone, told.waiting) == (NO_POLICE, world.clock.at, 0, 1)
    assert told.leaving_from == LAST + DAY + timedelta(seconds=1)
    assert (told.swept_on, told.is_done) == (world.clock.at.date(), True)
    sweep_at(world, LAST + 2 * DAY)
    told = world.leave_coverage.tell()
    assert (told.gone, told.waiting) == (1, 0)


def test_before_the_schedule_has_noted_a_coverage_nobody_knows_since_when_it_is() -> None:
    world = a_world(police())
    world.world.targeting = NO_POLICE
    told = world.leave_coverage.tell()
    assert (told.since, told.leaving_from) == (None, None)


# Whatever happens

COVERAGES = [EVERY, NO_POLICE, ADDITIONAL, Targeting(NO_POLICE.service_types, ADDITIONAL.children)]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deploy"), st.sampled_from(COVERAGES)),
        st.tuples(st.just("wait"), st.sampled_from([1, 40, 200, 366])),
        st.tuples(
            st.just("put"),
            st.tuples(
                st.sampled_from([COUNCIL, TRUST, SCHOOL]),
                st.sampled_from([ServiceType.EDUCATION, ServiceType.POLICE, ServiceType.EARLY_HELP]),
                st.sampled_from(["Amelia", "Ben"]),
            ),
        ),
        st.tuples(st.just("withdraw"), st.sampled_from([COUNCIL, TRUST, SCHOOL])),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_narrowing_and_widening_never_loses_what_is_in_the_coverage_nor_anything_before_its_year(
    steps: list[tuple[str, object]],
) -> None:
    world = ExpiryWorld()
    changed_at = world.clock.at
    for what, detail in [*steps, ("wait", 1)]:
        match what, detail:
            case "deploy", Targeting() as targeting:
                world.world.targeting = targeting
                changed_at = world.clock.at
                world.retain(plenty)
            case "put", (str(by), ServiceType() as service_type, str(name)):
                child = a_child(given_name=name, family_name=f"Of {name}", postcode=f"N{len(name)} 0AB")
                state = world.world.register.state()
                try:
                    world.world.put(a_registration(f"R-{by}", child=child, service_type=service_type), by=by)
                except OutOfCoverage:
                    state.pop((by, f"R-{by}"), None)  # what it does not say any more
                    assert unnumbered(world.world.register.state()) == unnumbered(state)
            case "withdraw", str(by):
                try:
                    world.world.withdraw(f"R-{by}", by=by)
                except InvolvementNotFound:
                    continue
            case _, int(days):
                world.clock.move(days * DAY)
                before = world.world.register.state()
                belong = {key for key in before if belongs(world, key)}
                world.retain(plenty)
                after = world.world.register.state()
                assert belong <= after.keys()
                assert {key: before[key] for key in belong} == {key: after[key] for key in belong}
                if world.clock.at < start_of_day(changed_at.date()) + 365 * DAY:
                    assert before == after
            case _:
                pytest.fail(f"no such step: {what}")


def unnumbered(state: Mapping[tuple[str, str], tuple[object, ...]]) -> dict[tuple[str, str], tuple[object, ...]]:
    """Without the numbers of the children, which others get if one goes."""
    return {key: said[1:] for key, said in state.items()}


def belongs(world: ExpiryWorld, key: tuple[str, str]) -> bool:
    """Whether an involvement is in the coverage, by all that is held of its child."""
    held = {k: one.involvement for k, one in world.world.register.held.items() if one.is_live}
    of_child = [one.service.service_type for one in held.values() if one.child_id == held[key].child_id]
    return world.targeting.covers(held[key].service.service_type, of_child)
