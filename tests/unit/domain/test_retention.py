"""How long an open register keeps what it holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.child import Child
from shared.domain.duration import Duration, day_of
from shared.domain.involvement import Involvement, Registration, Standing
from shared.domain.retention import Retention
from tests.support.builders import NOW, a_child, a_registration, a_service, an_involvement, an_unborn_child

LONDON = ZoneInfo("Europe/London")
KEPT = Retention()
MICROSECOND = timedelta(microseconds=1)

kept_for = st.builds(Duration, months=st.integers(1, 100), days=st.integers(0, 400), seconds=st.integers(0, 10**6))
days = st.dates(date(2001, 1, 1), date(2100, 1, 1))


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


def died(on: date, **said: date) -> Involvement:
    return an_involvement(child=a_child(date_of_death=on, **said))


def test_an_involvement_that_says_that_the_child_died_is_kept_as_if_it_had_ended_that_day() -> None:
    due = KEPT.involvement_due(died(date(2025, 3, 14)))
    assert due == KEPT.involvement_due(ended(date(2025, 3, 14))) == midnight(2026, 3, 15)
    assert Retention.configured(ended_involvement_kept="P6M").involvement_due(died(date(2025, 3, 14))) == midnight(
        2025, 9, 15
    )


@pytest.mark.parametrize(
    ("ended_on", "died_on"), [(date(2025, 3, 14), date(2025, 6, 1)), (date(2025, 6, 1), date(2025, 3, 14))]
)
def test_what_ended_and_says_that_the_child_died_is_kept_from_what_came_first(ended_on: date, died_on: date) -> None:
    service = a_service(standing=Standing.ENDED, ended=ended_on)
    both = an_involvement(service=service, child=a_child(date_of_death=died_on))
    assert KEPT.involvement_due(both) == midnight(2026, 3, 15)


def test_a_death_needs_no_day_of_birth() -> None:
    unborn = an_involvement(child=an_unborn_child(date_of_death=date(2025, 3, 14)))
    assert KEPT.involvement_due(unborn) == midnight(2026, 3, 15)


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


def test_when_a_child_has_grown_up_a_death_says_nothing_of() -> None:
    child = a_child(date_of_birth=date(2008, 5, 9), date_of_death=date(2020, 1, 1))
    assert KEPT.child_due(child) == midnight(2026, 5, 9)


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


@pytest.mark.parametrize("kept", ["P0D", "PT1S", "P1D", "P1W", "P27D", "P27DT23H59M59S", "PT671H"])
def test_what_ended_is_never_kept_for_less_than_a_month(kept: str) -> None:
    with pytest.raises(
        ValueError, match=f"EndedInvolvementKept is a month at least, P1M or P28D, not {Duration.parse(kept)}"
    ):
        Retention.configured(ended_involvement_kept=kept)


@pytest.mark.parametrize("kept", ["P1M", "P28D", "P4W", "P27DT24H", "P1Y"])
def test_what_ended_may_be_kept_for_a_month(kept: str) -> None:
    assert Retention.configured(ended_involvement_kept=kept).ended_involvement_kept == Duration.parse(kept)


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


# ------------------------------------------------------------------------------------------------- what is sent now


def refused_at(registration: Registration, now: datetime) -> str | None:
    refusal = KEPT.refusal(registration, now)
    return refusal.pointer if refusal else None


@pytest.mark.parametrize(
    ("registration", "due", "pointer"),
    [
        pytest.param(
            a_registration(standing=Standing.ENDED, ended=date(2025, 3, 14)),
            midnight(2026, 3, 15),
            "/ended",
            id="ended",
        ),
        pytest.param(
            a_registration(child=a_child(date_of_birth=date(2008, 7, 14))),
            midnight(2026, 7, 14),
            "/child/date_of_birth",
            id="grown up",
        ),
        pytest.param(
            a_registration(child=a_child(date_of_death=date(2025, 3, 14))),
            midnight(2026, 3, 15),
            "/child/date_of_death",
            id="died",
        ),
    ],
)
def test_what_is_sent_is_refused_from_the_instant_at_which_the_sweep_would_withdraw_it(
    registration: Registration, due: datetime, pointer: str
) -> None:
    assert refused_at(registration, due - MICROSECOND) is None
    assert refused_at(registration, due) == pointer


@pytest.mark.parametrize(
    "registration",
    [
        a_registration(),
        a_registration(standing=Standing.ENDED),  # nobody says when: by now
        a_registration(child=an_unborn_child()),
        a_registration(child=a_child(date_of_birth=None)),
        a_registration(child=a_child(date_of_death=NOW.date())),
    ],
)
def test_what_nobody_can_tell_to_have_had_its_time_is_taken_in(registration: Registration) -> None:
    assert refused_at(registration, NOW) is None


@pytest.mark.parametrize("detail", ["date_of_birth", "date_of_death"])
def test_a_refusal_says_how_to_mend_it_and_nothing_of_the_child(detail: str) -> None:
    refusal = KEPT.refusal(a_registration(child=a_child(**{detail: date(2001, 7, 14)})), NOW)
    assert refusal is not None
    assert "do not send it any more, or put the date right" in refusal.what
    assert "2001" not in str(refusal)


perhaps_a_day = st.none() | st.dates(date(2001, 1, 1), date(2030, 1, 1))


@given(perhaps_a_day, perhaps_a_day, st.dates(date(2000, 1, 1), date(2030, 1, 1)), kept_for)
def test_nothing_is_taken_in_that_the_sweep_would_withdraw_at_once(
    ended_on: date | None, died_on: date | None, born_on: date, kept: Duration
) -> None:
    retention = Retention(ended_involvement_kept=kept)
    standing = Standing.ENDED if ended_on else Standing.CURRENT
    sent = a_registration(
        child=a_child(date_of_birth=born_on, date_of_death=died_on), standing=standing, ended=ended_on
    )
    dues = [
        retention.involvement_due(an_involvement(child=sent.child, service=sent.service)),
        retention.child_due(sent.child),
    ]
    is_due = any(due is not None and due <= NOW for due in dues)
    assert (retention.refusal(sent, NOW) is not None) is is_due
