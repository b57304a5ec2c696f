"""How long an open register keeps what it holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.child import Child
from shared.domain.duration import Duration, day_of
from shared.domain.involvement import Involvement, Standing
from shared.domain.retention import TTL_FORGETS, Retention, stamp
from tests.support.builders import NOW, a_service, an_involvement

LONDON = ZoneInfo("Europe/London")
KEPT = Retention()
MICROSECOND = timedelta(microseconds=1)

kept_for = st.builds(Duration, months=st.integers(0, 100), days=st.integers(0, 400), seconds=st.integers(0, 10**6))
days = st.dates(date(2001, 1, 1), date(2100, 1, 1))
# aware ones: the zone is there
instants = st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def midnight(year: int, month: int, day: int) -> datetime:
    """At which the day begins in London."""
    return datetime(year, month, day, tzinfo=LONDON).astimezone(UTC)


def ended(on: date | None, *, refreshed_at: datetime = NOW) -> Involvement:
    return an_involvement(service=a_service(standing=Standing.ENDED, ended=on), refreshed_at=refreshed_at)


def born(on: date | None, *, expected: date | None = None) -> Child:
    return Child(child_id="child", date_of_birth=on, expected_date=expected)


# ------------------------------------------------------------------------------------------------- involvements


@pytest.mark.parametrize("standing", [Standing.CURRENT, Standing.NOT_KNOWN])
def test_an_involvement_that_has_not_ended_is_never_due(standing: Standing) -> None:
    assert KEPT.involvement_due(an_involvement(service=a_service(standing=standing))) is None


def test_an_involvement_is_kept_for_a_year_after_the_day_on_which_it_ended() -> None:
    assert KEPT.involvement_due(ended(date(2025, 3, 14))) == midnight(2026, 3, 15)


def test_midnight_is_londons() -> None:
    assert KEPT.involvement_due(ended(date(2025, 7, 14))) == datetime(2026, 7, 14, 23, tzinfo=UTC)


def test_an_involvement_that_ended_nobody_knows_when_had_ended_when_that_was_said() -> None:
    # eleven in the evening in UTC is the next day in London's summer
    said = datetime(2025, 7, 13, 23, 30, tzinfo=UTC)
    assert KEPT.involvement_due(ended(None, refreshed_at=said)) == midnight(2026, 7, 15)


def test_how_long_an_ended_involvement_is_kept_is_configured() -> None:
    kept = Retention.configured(ended_involvement_kept="P6M")
    assert kept.involvement_due(ended(date(2025, 3, 14))) == midnight(2025, 9, 15)


def test_an_involvement_that_ended_on_the_eve_of_29_february_is_kept_for_the_whole_year() -> None:
    assert KEPT.involvement_due(ended(date(2028, 2, 28))) == midnight(2029, 3, 1)
    assert KEPT.involvement_due(ended(date(2028, 2, 29))) == midnight(2029, 3, 1)


@given(days, st.times(), kept_for)
def test_no_involvement_goes_before_its_time_has_run_out_whenever_on_that_day_it_ended(
    day: date, at: time, kept: Duration
) -> None:
    due = Retention(ended_involvement_kept=kept).involvement_due(ended(day))
    assert due is not None
    assert due > kept.added_to(datetime.combine(day, at, LONDON))


@given(days, days, kept_for)
def test_what_ended_later_never_goes_first(one: date, other: date, kept: Duration) -> None:
    earlier, later = (
        Retention(ended_involvement_kept=kept).involvement_due(ended(day)) for day in sorted((one, other))
    )
    assert earlier is not None
    assert later is not None
    assert earlier <= later


# ------------------------------------------------------------------------------------------------- children


def test_a_child_is_grown_up_as_the_eighteenth_birthday_begins() -> None:
    assert KEPT.child_due(born(date(2008, 5, 9))) == midnight(2026, 5, 9)


def test_a_young_person_may_be_kept_to_25_by_configuration() -> None:
    assert Retention.configured(grown_up_at="P25Y").child_due(born(date(2008, 5, 9))) == midnight(2033, 5, 9)


@pytest.mark.parametrize(
    ("years", "due"), [("P18Y", midnight(2026, 3, 1)), ("P20Y", midnight(2028, 2, 29)), ("P25Y", midnight(2033, 3, 1))]
)
def test_who_was_born_on_29_february_is_grown_up_no_sooner_than_1_march(years: str, due: datetime) -> None:
    assert Retention.configured(grown_up_at=years).child_due(born(date(2008, 2, 29))) == due


def test_a_child_whose_birth_was_never_told_was_born_six_weeks_late_at_the_latest() -> None:
    assert KEPT.child_due(born(None, expected=date(2026, 5, 4))) == midnight(2044, 6, 15)


def test_the_day_of_birth_counts_and_not_the_day_on_which_it_was_expected() -> None:
    assert KEPT.child_due(born(date(2026, 5, 1), expected=date(2026, 5, 4))) == midnight(2044, 5, 1)


def test_of_a_child_without_any_date_nobody_can_tell() -> None:
    assert KEPT.child_due(born(None)) is None


def test_a_child_who_died_is_kept_as_long_as_an_involvement_that_ended_that_day() -> None:
    due = KEPT.child_due(born(date(2017, 5, 9)), died=date(2025, 3, 14))
    assert due == KEPT.involvement_due(ended(date(2025, 3, 14))) == midnight(2026, 3, 15)


def test_a_child_who_died_is_kept_no_longer_than_one_who_did_not() -> None:
    assert KEPT.child_due(born(date(2008, 5, 9)), died=date(2026, 1, 1)) == midnight(2026, 5, 9)


def test_a_child_who_died_needs_no_day_of_birth() -> None:
    assert KEPT.child_due(born(None), died=date(2025, 3, 14)) == midnight(2026, 3, 15)


@given(days, st.integers(18, 25))
def test_nobody_is_grown_up_before_the_birthday(day: date, years: int) -> None:
    due = Retention(grown_up_at=Duration(months=12 * years)).child_due(born(day))
    assert due is not None
    grown_up, eve = day_of(due), day_of(due - MICROSECOND)
    assert (grown_up.year - day.year, grown_up.month, grown_up.day) >= (years, day.month, day.day)
    assert (eve.year - day.year, eve.month, eve.day) < (years, day.month, day.day)


# ------------------------------------------------------------------------------------------------- configuration


def test_what_is_not_configured_is_a_year_and_eighteen_years() -> None:
    assert Retention.configured() == Retention()
    assert Retention().parameters() == {"ended_involvement_kept": "P1Y", "grown_up_at": "P18Y"}


@given(kept_for, st.integers(18, 25))
def test_retention_is_made_again_from_its_own_parameters(kept: Duration, years: int) -> None:
    retention = Retention(ended_involvement_kept=kept, grown_up_at=Duration(months=12 * years))
    assert Retention.configured(**retention.parameters()) == retention


@pytest.mark.parametrize("age", ["P17Y", "P26Y", "P18Y6M", "P6570D", "P18Y1D", "P18YT1S", "P0D"])
def test_an_age_is_in_years_from_18_to_25(age: str) -> None:
    with pytest.raises(ValueError, match="GrownUpAt is a number of years from P18Y to P25Y"):
        Retention.configured(grown_up_at=age)


@pytest.mark.parametrize(
    ("parameter", "name"), [("ended_involvement_kept", "EndedInvolvementKept"), ("grown_up_at", "GrownUpAt")]
)
def test_what_cannot_be_read_is_named(parameter: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} cannot be read"):
        Retention.configured(**{parameter: "a year"})


# ------------------------------------------------------------------------------------------------- stamps


@given(instants, instants)
def test_a_stamp_is_a_whole_second_and_never_before_its_time(due: datetime, now: datetime) -> None:
    stamped = stamp(due, now)
    assert stamped.microsecond == 0
    assert stamped >= due


@given(instants, instants)
def test_no_stamp_is_so_old_that_dynamodb_would_keep_the_item_for_ever(due: datetime, now: datetime) -> None:
    assert now - stamp(due, now) < TTL_FORGETS


def test_what_was_due_lately_is_stamped_with_when_it_was_due() -> None:
    assert stamp(NOW - timedelta(days=400), NOW) == NOW - timedelta(days=400)
    assert stamp(NOW - TTL_FORGETS, NOW) == NOW
