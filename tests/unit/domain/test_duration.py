"""Durations on London's wall clock."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.domain.duration import (
    Duration,
    day_of,
    london_text,
    next_whole_second,
    start_of_day,
)

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)

zones = st.one_of(
    st.sampled_from([UTC, LONDON, ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Kiritimati")]),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
instants = st.datetimes(datetime(2000, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # made aware
durations = st.builds(
    Duration, months=st.integers(0, 1200), days=st.integers(0, 36_600), seconds=st.integers(0, 36_600 * 86_400)
)
calendar_durations = st.builds(Duration, months=st.integers(0, 1200), days=st.integers(0, 3000))


def in_london(*clock: int, fold: int = 0) -> datetime:
    """What London's clock shows, as an instant."""
    year, month, day, *rest = clock
    hour, minute, second = (*rest, 0, 0, 0)[:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON, fold=fold).astimezone(UTC)


def wall(instant: datetime) -> datetime:
    """What London's clock shows at an instant, without a zone."""
    return instant.astimezone(LONDON).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "months", "days", "seconds"),
    [
        ("P2M", 2, 0, 0),
        ("P1Y", 12, 0, 0),
        ("P1Y6M", 18, 0, 0),
        ("P2W", 0, 14, 0),
        ("P7D", 0, 7, 0),
        ("P1M2W3D", 1, 17, 0),
        ("PT60S", 0, 0, 60),
        ("PT90M", 0, 0, 5400),
        ("P1DT12H", 0, 1, 43_200),
        ("P1Y2M3W4DT5H6M7S", 14, 25, 18_367),
        ("P0D", 0, 0, 0),
        ("PT0S", 0, 0, 0),
        ("P100Y", 1200, 0, 0),
        ("P007D", 0, 7, 0),
    ],
)
def test_what_iso_8601_writes_is_read(text: str, months: int, days: int, seconds: int) -> None:
    assert Duration.parse(text) == Duration(months, days, seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1",
        "2M",
        "p2m",
        "P2m",
        "P1YT",
        "P1DT1",
        "PT1D",
        "P1H",
        "P1M1Y",
        "P-2M",
        "-P2M",
        "+P2M",
        "P1.5M",
        "P1,5D",
        "PT0.5S",
        " P2M",
        "P2M ",
        "P2M\n",
        "P2M/P1D",
        "P٢M",
        "P2Months",
        "two months",
        "60",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration such as"):
        Duration.parse(text)


@pytest.mark.parametrize(
    "text", ["P101Y", "P1201M", "P9999W", "P36601D", "PT999999999H", "P100Y1M", "P" + "9" * 5000 + "D"]
)
def test_more_than_a_hundred_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than 100 years"):
        Duration.parse(text)


@pytest.mark.parametrize(("months", "days", "seconds"), [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (2, -1, 0)])
def test_a_duration_is_never_negative(months: int, days: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="never negative"):
        Duration(months, days, seconds)


@given(durations)
def test_a_duration_is_read_back_as_it_was_written(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize(
    ("text", "written"),
    [("P14M", "P1Y2M"), ("P2W", "P14D"), ("PT60S", "PT1M"), ("PT0S", "P0D"), ("PT3661S", "PT1H1M1S"), ("P2M", "P2M")],
)
def test_a_duration_is_written_in_one_way(text: str, written: str) -> None:
    assert str(Duration.parse(text)) == written


def test_durations_that_differ_in_words_alone_are_equal() -> None:
    assert {Duration.parse(text) for text in ("P1W", "P7D")} == {Duration(days=7)}
    assert {Duration.parse(text) for text in ("P1Y", "P12M")} == {Duration(months=12)}


def test_a_day_is_not_24_hours() -> None:
    assert Duration.parse("P1D") != Duration.parse("PT24H")


def test_noon_on_6_august_and_two_months_is_noon_on_6_october() -> None:
    assert Duration.parse("P2M").added_to(in_london(2010, 8, 6, 12)) == in_london(2010, 10, 6, 12)


@pytest.mark.parametrize(("year", "last"), [(2009, 28), (2010, 28), (2011, 29), (2099, 28), (2023, 29)])
def test_31_december_and_two_months_is_the_last_day_of_february(year: int, last: int) -> None:
    assert Duration.parse("P2M").added_to(in_london(year, 12, 31, 12)) == in_london(year + 1, 2, last, 12)


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        pytest.param((2010, 9, 6, 12), "P2M", (2010, 11, 6, 12), id="out of summer time"),
        pytest.param((2010, 2, 6, 12), "P2M", (2010, 4, 6, 12), id="into summer time"),
        pytest.param((2010, 10, 30, 12), "P1D", (2010, 10, 31, 12), id="a day of 25 hours"),
        pytest.param((2010, 3, 27, 12), "P1D", (2010, 3, 28, 12), id="a day of 23 hours"),
    ],
)
def test_noon_stays_noon_when_the_clocks_change(start: tuple[int, ...], text: str, end: tuple[int, ...]) -> None:
    assert Duration.parse(text).added_to(in_london(*start)) == in_london(*end)


def test_hours_are_exact_when_the_clocks_change() -> None:
    assert Duration.parse("PT24H").added_to(in_london(2010, 10, 30, 12)) == in_london(2010, 10, 31, 11)


def test_a_time_that_the_clocks_jump_over_is_shown_one_hour_later() -> None:
    assert Duration.parse("P1D").added_to(in_london(2010, 3, 27, 1, 30)) == in_london(2010, 3, 28, 2, 30)


def test_of_a_time_that_comes_twice_the_first_counts() -> None:
    reached = Duration.parse("P1D").added_to(in_london(2010, 10, 30, 1, 30))
    assert reached == datetime(2010, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("fold", [0, 1])
def test_either_time_that_came_twice_is_left_by_the_clock(fold: int) -> None:
    assert Duration.parse("P1D").added_to(in_london(2010, 10, 31, 1, 30, fold=fold)) == in_london(2010, 11, 1, 1, 30)


@pytest.mark.parametrize("fold", [0, 1])
def test_nothing_added_changes_nothing_even_to_a_time_that_comes_twice(fold: int) -> None:
    instant = in_london(2010, 10, 31, 1, 30, fold=fold)
    assert Duration().added_to(instant) == instant


def test_29_february_and_a_year_is_the_28th() -> None:
    assert Duration.parse("P1Y").added_to(in_london(2008, 2, 29, 12)) == in_london(2009, 2, 28, 12)


def test_months_are_counted_before_days() -> None:
    assert Duration.parse("P1M1D").added_to(in_london(2010, 1, 31, 12)) == in_london(2010, 3, 1, 12)


def test_the_day_is_that_of_london_and_not_that_of_utc() -> None:
    just_after_midnight = datetime(2010, 7, 31, 23, 30, tzinfo=UTC)  # 1 August in London
    assert Duration.parse("P1M").added_to(just_after_midnight) == in_london(2010, 9, 1, 0, 30)


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an offset"):
        Duration.parse("P2M").added_to(datetime(2010, 8, 6, 12))  # noqa: DTZ001  # that is the point


@given(instants, zones, durations)
def test_where_an_instant_was_told_makes_no_difference(instant: datetime, zone: timezone, duration: Duration) -> None:
    reached = duration.added_to(instant)
    assert duration.added_to(instant.astimezone(zone)) == reached
    assert reached.tzinfo is UTC


@given(instants, st.integers(0, 10**9))
def test_seconds_are_exact_anywhere(instant: datetime, seconds: int) -> None:
    assert Duration(seconds=seconds).added_to(instant) - instant == timedelta(seconds=seconds)


@given(instants, calendar_durations)
@example(datetime(2010, 3, 27, 1, 30, tzinfo=UTC), Duration(days=1))
def test_the_clock_shows_the_same_time_unless_it_jumps_over_it(instant: datetime, duration: Duration) -> None:
    before, after = wall(instant), wall(duration.added_to(instant))
    jumped = after - datetime.combine(after.date(), before.time())
    assert jumped == timedelta() or (jumped == HOUR and after.hour == 2 and after.month == 3)


@given(instants, st.integers(0, 1200))
def test_months_reach_the_month_and_never_the_one_after(instant: datetime, months: int) -> None:
    before, after = wall(instant), wall(Duration(months=months).added_to(instant))
    assert after.year * 12 + after.month - (before.year * 12 + before.month) == months
    assert after.day == before.day or (after + timedelta(days=1)).month != after.month


@given(instants, st.integers(0, 3000))
def test_days_are_days_of_the_calendar(instant: datetime, days: int) -> None:
    assert day_of(Duration(days=days).added_to(instant)) == day_of(instant) + timedelta(days=days)


@given(instants, durations)
def test_time_never_runs_backwards(instant: datetime, duration: Duration) -> None:
    assume(duration != Duration())
    # an hour that comes twice is left by the first: the least that a day can be is 23 hours
    assert duration.added_to(instant) > instant


@given(instants, instants, calendar_durations)
def test_a_later_day_never_ends_on_an_earlier_one(one: datetime, other: datetime, duration: Duration) -> None:
    earlier, later = sorted((one, other))
    assert day_of(duration.added_to(earlier)) <= day_of(duration.added_to(later))


@given(instants, calendar_durations, st.integers(0, 400))
def test_a_window_longer_by_days_ends_so_many_days_later(instant: datetime, duration: Duration, days: int) -> None:
    longer = duration.longer_by(days)
    assert day_of(longer.added_to(instant)) == day_of(duration.added_to(instant)) + timedelta(days=days)


@given(st.dates(date(2000, 1, 2), date(2200, 1, 1)))
def test_a_day_starts_at_midnight_in_london(day: date) -> None:
    starts = start_of_day(day)
    assert wall(starts) == datetime.combine(day, datetime.min.time())
    assert day_of(starts) == day
    assert day_of(starts - timedelta(microseconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2010, 10, 6, 11, tzinfo=UTC), "Wed 6 Oct 2010 12:00:00 +01:00"),
        (datetime(2010, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "Fri 31 Dec 2010 23:59:59 +00:00"),
    ],
)
def test_an_instant_is_told_as_londons_clock_shows_it(instant: datetime, text: str) -> None:
    assert london_text(instant) == text


@given(instants)
def test_the_next_whole_second_is_never_before(instant: datetime) -> None:
    whole = next_whole_second(instant)
    assert whole.microsecond == 0
    assert timedelta() <= whole - instant < timedelta(seconds=1)


def test_time_zones_are_not_loaded_before_they_are_needed() -> None:
    asks = "import sys; from shared.domain.lifecycle import Lifecycle; Lifecycle(); print('zoneinfo' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_london_is_known_where_the_system_has_no_time_zones() -> None:
    asks = (
        "import zoneinfo; zoneinfo.reset_tzpath(to=[]); from shared.domain.duration import *; "
        "print(Duration.parse('P2M').added_to(datetime.fromisoformat('2010-09-06T12:00:00+01:00')))"
    )
    answer = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "2010-11-06 12:00:00+00:00"
