"""The plan, worked backwards from the deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain.duration import Duration
from shared.domain.lifecycle import STAMPED_BEFORE_DEADLINE, STAMPS_TAKE, Lifecycle
from shared.domain.plan import KEY_WAITS, RULES, TTL_TAKES, Plan, StepName

NOON = "2010-08-06T12:00:00+01:00"
ANNOUNCED = datetime(2010, 5, 12, 9, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# aware ones: the zone is there
instants = st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
durations = st.builds(Duration, months=st.integers(0, 6), days=st.integers(0, 60), seconds=st.integers(0, 10**6))
closures = st.builds(Lifecycle, instants, window=durations, starts_after=durations)
offsets = st.timedeltas(timedelta(days=-400), timedelta(days=400))


def closing(**parameters: str) -> Lifecycle:
    """ContactPoint's closure."""
    return Lifecycle.configured(**({"closes_at": NOON} | parameters))


def seen(closure: Lifecycle, offset: timedelta) -> Plan:
    """The plan as it looks so long after closure."""
    assert closure.closes_at is not None
    return Plan.of(closure, closure.closes_at + offset)


def latest(plan: Plan, name: StepName) -> datetime:
    found = plan.latest(name)
    assert found is not None
    return found


def test_contactpoints_plan_could_be_kept() -> None:
    plan = Plan.of(closing(), ANNOUNCED)
    assert plan.can_be_kept
    assert plan.short_by == timedelta()
    assert plan.days_short == 0
    assert plan.refusal() is None


def test_without_a_closure_there_is_no_plan_and_nothing_is_refused() -> None:
    plan = Plan.of(Lifecycle(), ANNOUNCED)
    assert plan.steps == ()
    assert plan.can_be_kept
    assert plan.refusal() is None
    assert plan.begins is None
    assert plan.spare == timedelta()
    assert plan.latest(StepName.KEY) is None
    assert plan.as_table() == "No closure is set: nothing is planned, and nothing may be destroyed."


def test_the_key_is_scheduled_early_enough_to_be_gone_by_the_deadline() -> None:
    plan = Plan.of(closing(), ANNOUNCED)
    assert plan.lifecycle.deadline is not None
    # seven days, the day more that AWS may take, and the hour to make the call in
    assert latest(plan, StepName.KEY) == plan.lifecycle.deadline - KEY_WAITS - DAY - HOUR


def test_log_groups_go_three_days_before_the_deadline_at_the_latest() -> None:
    plan = Plan.of(closing(), ANNOUNCED)
    assert plan.lifecycle.deadline is not None
    assert latest(plan, StepName.LOGS) <= plan.lifecycle.deadline - 3 * DAY


def test_steps_come_in_the_order_in_which_destruction_is_safe() -> None:
    assert [rule.name for rule in RULES] == list(StepName)
    order = list(StepName)
    assert order.index(StepName.RECOVERY) < order.index(StepName.BACKUPS) < order.index(StepName.ITEMS)
    assert order.index(StepName.ITEMS) < order.index(StepName.VERIFICATION) < order.index(StepName.KEY)


def test_every_rule_says_why_and_where_aws_says_so() -> None:
    for rule in RULES:
        assert rule.why
        assert rule.source is None or rule.source.startswith("https://docs.aws.amazon.com/")
        assert rule.source or not rule.lingers, "what AWS keeps is AWS's to say"


@given(closures, offsets)
def test_every_step_has_time_to_be_finished_before_the_next_has_to_begin(closure: Lifecycle, offset: timedelta) -> None:
    plan = seen(closure, offset)
    for step, following in pairwise(plan.steps):
        assert step.latest + step.rule.works <= following.latest


@given(closures, offsets)
def test_what_a_step_leaves_is_gone_by_the_deadline(closure: Lifecycle, offset: timedelta) -> None:
    plan = seen(closure, offset)
    assert plan.lifecycle.deadline is not None
    for step in plan.steps:
        assert step.latest <= plan.lifecycle.deadline
        assert step.latest + step.rule.works + step.rule.lingers <= plan.lifecycle.deadline


@given(closures)
def test_items_that_expire_by_themselves_are_gone_when_all_is_read_for_the_last_time(closure: Lifecycle) -> None:
    plan = seen(closure, -DAY)
    assume(plan.can_be_kept)
    assert closure.closes_at is not None
    assert closure.deadline is not None
    assert closure.latest_stamp is not None
    # in a shorter window they are deleted before, and only that: a closure that is cleared in time needs its stamps late
    assume(closure.deadline - closure.closes_at >= STAMPED_BEFORE_DEADLINE + STAMPS_TAKE)
    assert closure.latest_stamp <= latest(plan, StepName.STAMPS) + timedelta(seconds=1)
    assert closure.latest_stamp + TTL_TAKES < latest(plan, StepName.VERIFICATION)


@given(closures, offsets)
def test_a_plan_is_short_exactly_if_its_first_step_could_only_begin_late(closure: Lifecycle, offset: timedelta) -> None:
    plan = seen(closure, offset)
    assert plan.begins is not None
    assert plan.can_be_kept == (plan.begins <= plan.steps[0].latest)
    assert plan.can_be_kept == (plan.short_by == timedelta())
    assert plan.short_by == timedelta() or plan.spare == timedelta()


@given(closures, offsets)
def test_a_plan_short_by_days_is_kept_with_a_window_so_many_days_longer_and_with_none_shorter(
    closure: Lifecycle, offset: timedelta
) -> None:
    plan = seen(closure, offset)
    assume(not plan.can_be_kept)

    def with_days_more(days: int) -> Plan:
        return Plan.of(replace(closure, window=closure.window.longer_by(days)), plan.now)

    assert with_days_more(plan.days_short).can_be_kept
    assert not with_days_more(plan.days_short - 1).can_be_kept


@given(closures)
def test_a_plan_can_be_kept_to_the_microsecond(closure: Lifecycle) -> None:
    first = seen(closure, -DAY).steps[0].latest
    assume(closure.destruction_starts is not None and first >= closure.destruction_starts)
    assert Plan.of(closure, first).can_be_kept
    late = Plan.of(closure, first + MICROSECOND)
    assert (late.short_by, late.days_short) == (MICROSECOND, 1)


def test_a_day_of_23_hours_is_not_counted_as_a_whole_one() -> None:
    # two days are missing, and from noon of Friday to noon of Sunday, over the change of the clocks, are 47 hours
    closure = Lifecycle.configured(
        "2010-03-08T12:00:00+00:00", destruction_window="P18D", destruction_starts_after="P1DT18H"
    )
    plan = Plan.of(closure, ANNOUNCED - 365 * DAY)
    assert plan.short_by == 2 * DAY
    assert plan.days_short == 3


def test_a_day_of_25_hours_makes_up_for_an_hour() -> None:
    # 24 and a half hours are missing, and from noon of Saturday, over the change of the clocks, one day brings 25
    closure = Lifecycle.configured(
        "2010-10-12T12:00:00+01:00", destruction_window="P18D", destruction_starts_after="PT18H30M"
    )
    plan = Plan.of(closure, ANNOUNCED)
    assert plan.short_by == DAY + HOUR / 2
    assert plan.days_short == 1


# ------------------------------------------------------------------------------------------------- for people


def test_a_refusal_says_how_many_days_are_missing_and_what_would_help() -> None:
    refusal = Plan.of(closing(destruction_window="P20D"), ANNOUNCED).refusal()
    assert refusal == (
        "The plan is 6 days short: to leave nothing by Thu 26 Aug 2010 12:00:00 +01:00, destruction would have to "
        "begin by Sun 8 Aug 2010 06:00:00 +01:00, and it cannot before Fri 13 Aug 2010 12:00:00 +01:00. Make "
        "DestructionWindow P26D or longer, DestructionStartsAfter shorter, or ClosesAt later."
    )


def test_one_day_short_is_one_day() -> None:
    assert "1 day short" in str(Plan.of(closing(destruction_window="P25D"), ANNOUNCED).refusal())


def test_the_table_tells_the_dates_and_of_every_step_what_it_takes_by_when_and_why() -> None:
    table = Plan.of(closing(destruction_authority="Secretary of State for Education"), ANNOUNCED).as_table()
    lines = table.splitlines()
    for told in (
        "now                    Wed 12 May 2010 10:00:00 +01:00",
        "closes                 Fri 6 Aug 2010 12:00:00 +01:00",
        "destruction may start  Fri 13 Aug 2010 12:00:00 +01:00",
        "nothing left by        Wed 6 Oct 2010 12:00:00 +01:00",
        "ordered by             Secretary of State for Education",
        "The plan can be kept, with 35 days to spare before the first step has to begin.",
        " 1 switch the stream off              1 hour, then up to 1 day   Sat 18 Sep 2010 06:00:00 +01:00",
        "11 schedule the key for deletion      1 hour, then up to 8 days  Tue 28 Sep 2010 11:00:00 +01:00",
        "   https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    ):
        assert told in lines
    assert max(map(len, lines)) <= 120
    assert all(line == line.rstrip() for line in lines)


def test_the_table_says_first_that_a_plan_cannot_be_kept() -> None:
    lines = Plan.of(closing(destruction_window="P20D"), ANNOUNCED).as_table().splitlines()
    verdict = next(line for line in lines if "CANNOT BE KEPT" in line)
    assert lines.index(verdict) < lines.index(next(line for line in lines if line.startswith("   step")))
    assert "ordered by             nobody yet: set DestructionAuthority" in lines


def test_once_destruction_may_have_begun_the_table_does_not_pretend_to_know_what_was_done() -> None:
    table = Plan.of(closing(), datetime(2010, 9, 27, tzinfo=UTC)).as_table()
    words = " ".join(table.split())
    assert "a plan does not know what has been done: ask for what remains" in words
    assert "Make DestructionWindow" not in words
    passed = [line for line in table.splitlines() if line.endswith(" - passed")]
    assert len(passed) == 7


@pytest.mark.parametrize("window", ["P0D", "PT60S", "P18D"])
def test_a_window_shorter_than_aws_takes_to_delete_cannot_be_kept(window: str) -> None:
    assert not Plan.of(closing(destruction_window=window, destruction_starts_after="P0D"), ANNOUNCED).can_be_kept
