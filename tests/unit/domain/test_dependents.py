"""Who relies on the register learns of its closure in due course: once of each thing, and of the latest in any case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.announcement import Announcement
from shared.domain.dependents import (
    REMINDED,
    Acknowledgement,
    Count,
    Dependent,
    Due,
    Known,
    Readiness,
    due,
    reminder_due,
)
from shared.domain.duration import day_of, start_of_day
from shared.domain.notices import NoticeKind
from tests.support.depending import ANNOUNCED, CLOSES, a_caller_seen, a_dependent

LONDON = ZoneInfo("Europe/London")
CLOSURE = Announcement(ANNOUNCED, CLOSES)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)


def acknowledged(dependent: Dependent, readiness: Readiness, closes_at: datetime = CLOSES) -> Dependent:
    said = Acknowledgement(closes_at=closes_at, at=ANNOUNCED, readiness=readiness, ready_by=None)
    return replace(dependent, readiness=readiness, acknowledgement=said)


def told(dependent: Dependent, now: datetime, closure: Announcement = CLOSURE) -> tuple[Dependent, Due | None]:
    """As it is once its owner has been told what is due."""
    found = due(dependent, closure, now)
    return (replace(dependent, informed=found.informed) if found else dependent), found


# Which reminder


@pytest.mark.parametrize(
    ("at", "days"),
    [
        ("2010-07-06T23:59:59.999999+01:00", None),
        ("2010-07-07T00:00:00+01:00", 30),
        ("2010-07-22T23:59:59.999999+01:00", 30),
        ("2010-07-23T00:00:00+01:00", 14),
        ("2010-07-30T00:00:00+01:00", 7),
        ("2010-08-04T12:00:00+01:00", 7),
        ("2010-08-04T23:30:00+00:00", 1),
        ("2010-08-05T00:00:00+01:00", 1),
        ("2010-08-06T11:59:59+01:00", 1),
    ],
)
def test_a_reminder_falls_due_when_its_day_begins_in_london(at: str, days: int | None) -> None:
    assert reminder_due(CLOSES, datetime.fromisoformat(at)) == days


@given(
    st.dates(date(2001, 1, 1), date(2100, 1, 1)),
    st.times(),
    st.sampled_from(REMINDED),
)
@example(date(2027, 3, 31), time(12), 7)
@example(date(2027, 11, 1), time(0, 30), 1)
@example(date(2027, 3, 28), time(1, 30), 30)
def test_a_reminder_is_of_the_calendar_of_london_whatever_the_clocks_do(day: date, at: time, days: int) -> None:
    closes_at = datetime.combine(day, at, LONDON).astimezone(UTC)
    begins = start_of_day(day_of(closes_at) - timedelta(days=days))
    assert reminder_due(closes_at, begins) == days
    assert reminder_due(closes_at, begins - MICROSECOND) != days


# What is told


def test_an_announcement_is_told_first_and_names_the_system_and_the_date() -> None:
    _, found = told(a_dependent(), ANNOUNCED)
    assert found
    assert found.cause.kind is NoticeKind.CLOSING
    assert found.cause.child_id is None
    assert found.cause.about == {"dependent": "e-caf", "closes_at": CLOSES.isoformat()}


def test_what_was_told_is_not_told_again() -> None:
    dependent, _ = told(a_dependent(), ANNOUNCED)
    assert due(dependent, CLOSURE, ANNOUNCED + DAY) is None


def test_the_same_that_is_told_again_before_it_is_noted_has_the_same_cause() -> None:
    """Whoever was killed in between tells it again, a little later."""
    once, again = (due(a_dependent(), CLOSURE, at) for at in (ANNOUNCED, ANNOUNCED + timedelta(minutes=5)))
    assert once
    assert again
    assert once.cause.what == again.cause.what


def test_a_system_that_was_written_down_within_the_last_week_is_told_at_once_and_reminded_on_the_last_day() -> None:
    dependent, announced = told(a_dependent(), CLOSES - 5 * DAY)
    assert announced
    assert "days" not in announced.cause.about
    dependent, nothing = told(dependent, CLOSES - 4 * DAY)
    assert nothing is None
    _, reminded = told(dependent, CLOSES - DAY)
    assert reminded
    assert reminded.cause.about["days"] == "1"


@pytest.mark.parametrize("readiness", [Readiness.NOT_STARTED, Readiness.ADAPTING, Readiness.WILL_BREAK])
def test_who_has_acknowledged_and_is_not_ready_is_reminded(readiness: Readiness) -> None:
    dependent, _ = told(acknowledged(a_dependent(), readiness), ANNOUNCED)
    assert due(dependent, CLOSURE, CLOSES - 30 * DAY)


def test_who_is_ready_is_told_of_the_closure_and_not_reminded() -> None:
    dependent, announced = told(acknowledged(a_dependent(), Readiness.READY), ANNOUNCED)
    assert announced
    assert due(dependent, CLOSURE, CLOSES - DAY) is None


def test_who_is_called_ready_and_has_not_acknowledged_is_reminded() -> None:
    dependent, _ = told(a_dependent(readiness=Readiness.READY), ANNOUNCED)
    assert due(dependent, CLOSURE, CLOSES - DAY)


def test_who_is_ready_no_more_gets_the_reminder_that_was_due_last() -> None:
    dependent, _ = told(acknowledged(a_dependent(), Readiness.READY), ANNOUNCED)
    found = due(acknowledged(dependent, Readiness.WILL_BREAK), CLOSURE, CLOSES - 10 * DAY)
    assert found
    assert found.cause.about["days"] == "14"


@pytest.mark.parametrize("moved", [CLOSES + 60 * DAY, CLOSES - 7 * DAY])
def test_a_date_that_moved_is_told_and_asks_again(moved: datetime) -> None:
    dependent, _ = told(acknowledged(a_dependent(), Readiness.READY), ANNOUNCED)
    closure = Announcement(ANNOUNCED, moved)
    dependent, found = told(dependent, ANNOUNCED + DAY, closure)
    assert found
    assert not dependent.has_acknowledged(moved)
    assert due(dependent, closure, moved - DAY), "it is asked anew, and so it is reminded"


def test_a_date_that_moved_back_is_told_once_more() -> None:
    there, back = Announcement(ANNOUNCED, CLOSES + DAY), CLOSURE
    dependent, first = told(a_dependent(), ANNOUNCED)
    dependent, second = told(dependent, ANNOUNCED + DAY, there)
    _, third = told(dependent, ANNOUNCED + 2 * DAY, back)
    assert first
    assert second
    assert third
    assert len({first.cause.what, second.cause.what, third.cause.what}) == 3


def test_a_closure_that_was_cleared_and_announced_anew_is_told_anew() -> None:
    dependent, _ = told(a_dependent(), ANNOUNCED)
    assert due(dependent, Announcement(ANNOUNCED + DAY, CLOSES), ANNOUNCED + DAY)


def test_the_same_instant_with_another_offset_is_the_same_closure() -> None:
    dependent, _ = told(a_dependent(), ANNOUNCED)
    assert due(dependent, Announcement(ANNOUNCED, CLOSES.astimezone(UTC)), ANNOUNCED + DAY) is None


def test_whoever_answers_for_it_next_is_told_what_the_one_before_was_told() -> None:
    dependent, _ = told(a_dependent(), ANNOUNCED)
    assert due(replace(dependent, tenure=2), CLOSURE, ANNOUNCED + DAY)


@pytest.mark.parametrize("late", [timedelta(0), MICROSECOND, DAY])
def test_from_the_closure_on_nobody_is_told_anything(late: timedelta) -> None:
    assert due(a_dependent(), CLOSURE, CLOSES + late) is None


runs = st.lists(
    st.integers(0, 120 * 24 * 12),  # five minutes each, of the last 120 days
    max_size=40,
)


@given(st.dates(date(2027, 1, 1), date(2028, 12, 31)), st.times(), runs)
@example(date(2027, 4, 3), time(12), [120 * 24 * 12])
@example(date(2027, 3, 29), time(0, 1), list(range(0, 40 * 288, 288)))
def test_each_reminder_comes_at_most_once_and_the_latest_is_never_lost(day: date, at: time, ticks: list[int]) -> None:
    """Whatever runs are missed: after each that happened, the owner knows the latest that was due."""
    closes_at = datetime.combine(day, at, LONDON).astimezone(UTC)
    closure = Announcement(closes_at - 200 * DAY, closes_at)
    dependent, causes, days_told = a_dependent(), [], list[int]()
    for back in sorted(ticks, reverse=True):
        now = closes_at - back * timedelta(minutes=5)
        dependent, found = told(dependent, now, closure)
        if found:
            causes.append(found.cause.what)
            days_told += [int(found.cause.about["days"])] if "days" in found.cause.about else []
        if now < closes_at:
            assert dependent.informed
            assert dependent.informed.days == reminder_due(closes_at, now)
            assert due(dependent, closure, now) is None
    assert len(causes) == len(set(causes))
    assert days_told == sorted(set(days_told), reverse=True)


# How many


def test_who_has_acknowledged_another_date_is_outstanding() -> None:
    dependents = [
        acknowledged(a_dependent("one"), Readiness.READY),
        acknowledged(a_dependent("two"), Readiness.ADAPTING),
        acknowledged(a_dependent("three"), Readiness.READY, CLOSES - DAY),
        a_dependent("four", readiness=Readiness.READY),
    ]
    assert Count.of(dependents, CLOSES) == Count(registered=4, acknowledged=2, ready=1, outstanding=2)


def test_a_client_of_no_dependent_is_listed_and_the_last_that_called_first() -> None:
    callers = [
        a_caller_seen("known"),
        a_caller_seen("older", last=ANNOUNCED),
        a_caller_seen("newer", last=ANNOUNCED + DAY),
    ]
    known = Known.of([a_dependent(client_ids=frozenset({"known"}))], callers)
    assert [caller.client_id for caller in known.unregistered] == ["newer", "older"]
