"""The hourly look through the log: whom it tells, and that a run that is killed anywhere tells them once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.domain.alerts import AlertKind
from shared.domain.directory import Capability
from shared.domain.errors import Unavailable
from shared.domain.involvement import ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.signs import Sign
from tests.support.builders import COUNCIL, SCHOOL, TRUST, an_organisation, permissions
from tests.support.watching import DAY, HOUR, MONDAY_NINE, PLENTY, Watch, working_weeks

if TYPE_CHECKING:
    from shared.domain.alerts import Alert

MOST_CALLS = 400


@pytest.fixture
def watch() -> Watch:
    world = Watch()
    world.remember(working_weeks(MONDAY_NINE))
    return world


def test_who_asks_far_more_than_ever_is_put_on_the_auditors_list(watch: Watch) -> None:
    watch.ask(60)
    watched = watch.run()
    assert (watched.hours, watched.alerts, watched.unread) == ((MONDAY_NINE,), 1, 0)
    (alert,) = watch.made
    assert (alert.organisation, alert.kind, alert.by_organisation, alert.by_practitioner) == (
        COUNCIL,
        AlertKind.UNUSUAL_USE,
        COUNCIL,
        "SWE-1",
    )
    assert (alert.at, alert.child_id) == (MONDAY_NINE + HOUR, None)
    assert Sign.FAR_ABOVE_HABIT in alert.signs
    assert alert.score is not None
    assert 0.5 <= alert.score < 1


def test_who_asks_what_they_always_ask_is_on_no_list(watch: Watch) -> None:
    watch.ask(2)
    assert watch.run().alerts == 0
    assert watch.made == []


def test_the_next_hour_of_the_same_tells_nobody_again(watch: Watch) -> None:
    watch.ask(60)
    watch.ask(60, MONDAY_NINE + HOUR)
    watch.run()
    watch.run(MONDAY_NINE + HOUR)
    assert len(watch.made) == 1


def test_hours_that_were_missed_are_looked_through_in_order(watch: Watch) -> None:
    watch.run(MONDAY_NINE - HOUR * 3)
    watch.ask(60)
    assert watch.run(MONDAY_NINE + HOUR).hours == tuple(MONDAY_NINE + HOUR * n for n in (-2, -1, 0, 1))
    assert watch.run(MONDAY_NINE + HOUR).hours == ()
    assert len(watch.made) == 1


def test_a_run_without_time_leaves_the_hour_to_the_next(watch: Watch) -> None:
    watch.ask(60)
    assert watch.run(time_left=timedelta(0)).hours == ()
    assert watch.made == []
    assert watch.run(time_left=PLENTY).hours == (MONDAY_NINE,)
    assert len(watch.made) == 1


def test_an_hour_that_is_too_much_for_one_run_is_gone_on_with_where_it_stopped(watch: Watch) -> None:
    for n in range(450):
        watch.ask(1, practitioner_id=f"SWE-{n:03}", access_id=f"{n:032x}")
    done = []
    for _ in range(3):
        left = iter([PLENTY])
        done.append(watch.use(MONDAY_NINE, lambda left=left: next(left, timedelta(0))).hours)  # type: ignore[misc]  # mypy cannot infer a lambda's default
    assert done == [(), (), (MONDAY_NINE,)]
    assert watch.faults.calls.count("past") == 450
    assert sum(hour == MONDAY_NINE for _, _, hour in watch.habits.uses) == 450


def test_nothing_is_looked_through_once_the_register_is_closed(watch: Watch) -> None:
    watch.ask(60)
    watch.lifecycle = Lifecycle(closes_at=watch.clock.at)
    assert watch.run().hours == ()
    assert watch.faults.calls == ["done_through"]


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_and_run_again_each_alert_is_made_once(*, after: bool) -> None:
    def world() -> Watch:
        made = Watch()
        made.remember(working_weeks(MONDAY_NINE))
        made.ask(60, child_id="child-1")
        made.ask(50, MONDAY_NINE + HOUR, practitioner_id="SWE-2")
        made.habits.done.add(MONDAY_NINE - HOUR)
        return made

    whole = world()
    whole.run(MONDAY_NINE + HOUR)
    assert len(whole.made) == 2
    for position in range(MOST_CALLS):
        watch = world()
        watch.faults.position, watch.faults.after = position, after
        try:
            watch.run(MONDAY_NINE + HOUR)
        except Unavailable:
            watch.clock.move(timedelta(hours=1))
            watch.run(MONDAY_NINE + HOUR)
        else:
            assert position > 10
            return
        assert watch.made == whole.made
        assert (watch.habits.uses, watch.habits.told) == (whole.habits.uses, whole.habits.told)
        assert watch.habits.done == whole.habits.done
    pytest.fail(f"more than {MOST_CALLS} calls")


def test_a_run_that_is_repeated_after_the_hour_was_done_changes_nothing(watch: Watch) -> None:
    watch.ask(60)
    watch.run()
    before = watch.made
    watch.habits.done.clear()
    watch.run()
    assert watch.made == before


def test_two_alerts_of_one_hour_are_of_two_practitioners(watch: Watch) -> None:
    watch.ask(60)
    watch.ask(60, MONDAY_NINE + timedelta(minutes=30), practitioner_id="SWE-2")
    watch.run()
    assert sorted(alert.by_practitioner for alert in watch.made) == ["SWE-1", "SWE-2"]


# Who is told


def told(watch: Watch) -> list[Alert]:
    watch.ask(60, organisation=TRUST, practitioner_id="N-1", practitioner_role="nurse")
    watch.run()
    return watch.made


def test_where_nobody_audits_the_authorities_whose_children_were_asked_about_are_told() -> None:
    (alert,) = told(Watch())
    assert (alert.organisation, alert.by_organisation) == (COUNCIL, TRUST)


def test_an_authority_of_another_area_is_not_told() -> None:
    watch = Watch()
    elsewhere = an_organisation(SCHOOL, area=frozenset({"LS"}))
    watch.directory.enrolled = [*watch.directory.enrolled, elsewhere]
    assert [alert.organisation for alert in told(watch)] == [COUNCIL]


def test_every_authority_whose_children_were_asked_about_has_an_alert_of_its_own() -> None:
    watch = Watch()
    another = an_organisation(SCHOOL, area=frozenset({"N12"}))
    watch.directory.enrolled = [*watch.directory.enrolled, another]
    alerts = told(watch)
    assert [alert.organisation for alert in alerts] == sorted([COUNCIL, SCHOOL])
    assert len({alert.alert_id for alert in alerts}) == 2


@pytest.mark.parametrize("suspended", [True, False])
def test_where_nobody_is_there_to_be_told_the_run_says_so(*, suspended: bool) -> None:
    watch = Watch()
    council = watch.directory.enrolled[0]
    nobody = replace(council, suspended=True) if suspended else replace(council, area=frozenset({"LS"}))
    watch.directory.enrolled = [nobody, watch.directory.enrolled[1]]
    watch.ask(60, organisation=TRUST, practitioner_id="N-1", practitioner_role="nurse")
    watched = watch.run()
    assert (watched.alerts, watched.unread, watch.made) == (0, 1, [])


# Whether anybody works with the child


def again_and_again(watch: Watch) -> tuple[str, ...]:
    """One child on four mornings, and the signs that were told of it."""
    watch.habits.done.add(MONDAY_NINE - HOUR)
    for day in range(4):
        watch.ask(1, MONDAY_NINE + DAY * day, child_id="child-1")
    watch.run(MONDAY_NINE + DAY * 3)
    return watch.made[-1].signs if watch.made else ()


def permitted(watch: Watch, **given: object) -> None:
    council = watch.directory.enrolled[0]
    watch.directory.enrolled = [replace(council, permissions=permissions(**given)), watch.directory.enrolled[1]]


def test_the_register_is_asked_whether_the_organisation_works_with_a_child(watch: Watch) -> None:
    permitted(watch, service_types=frozenset({ServiceType.SOCIAL_CARE}))
    assert again_and_again(watch) == (Sign.ONE_CHILD_AGAIN,)
    assert "register.held_by_id" in watch.faults.calls


@pytest.mark.parametrize(
    "given",
    [
        {"service_types": frozenset({ServiceType.SOCIAL_CARE, ServiceType.MENTAL_HEALTH})},
        {"service_types": frozenset()},
        {"capabilities": frozenset({Capability.LOOKUP, Capability.AUDIT})},
    ],
)
def test_it_is_not_asked_where_its_answer_would_be_untrue_or_a_hint(watch: Watch, given: dict[str, object]) -> None:
    permitted(watch, **given)
    again_and_again(watch)
    assert "register.held_by_id" not in watch.faults.calls
