"""The closure as configured: its phases, and what may be destroyed when."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.duration import Duration, day_of
from shared.domain.lifecycle import STAMPED_BEFORE_DEADLINE, STAMPS_TAKE, Lifecycle, Phase, UnreadableLifecycle

NOON = "2010-08-06T12:00:00+01:00"
CLOSES = datetime(2010, 8, 6, 11, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

zones = st.one_of(
    st.sampled_from([UTC, ZoneInfo("Europe/London"), ZoneInfo("America/St_Johns")]),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
# aware ones: the zone is there, and is chosen as well
instants = st.datetimes(datetime(2001, 1, 1), datetime(2200, 1, 1), timezones=zones)  # noqa: DTZ001
durations = st.builds(Duration, months=st.integers(0, 36), days=st.integers(0, 60), seconds=st.integers(0, 10**6))
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
closures = st.builds(
    Lifecycle,
    instants,
    st.none() | st.just("https://successor.example"),
    window=durations,
    starts_after=durations,
    credentials_return_by=st.none() | st.dates(date(2001, 1, 1), date(2200, 1, 1)) | instants,
    support_ends_at=st.none() | st.dates(date(2001, 1, 1), date(2200, 1, 1)) | instants,
    authority=st.none() | words,
)
lifecycles = closures | closures.map(lambda closure: replace(closure, closes_at=None))


def closing(**parameters: str) -> Lifecycle:
    """ContactPoint's closure."""
    return Lifecycle.configured(**({"closes_at": NOON} | parameters))


# ------------------------------------------------------------------------------------------------- phases


def test_while_no_date_is_set_the_register_is_open() -> None:
    assert Lifecycle.configured("", "").phase(CLOSES) is Phase.OPEN


def test_once_a_date_is_set_the_register_is_closing_until_the_last_microsecond() -> None:
    assert Lifecycle.configured(NOON, "").phase(CLOSES - MICROSECOND) is Phase.CLOSING


def test_at_the_instant_itself_the_register_is_closed() -> None:
    assert Lifecycle.configured(NOON, "").phase(CLOSES) is Phase.CLOSED


def test_a_closed_register_stays_closed() -> None:
    assert Lifecycle.configured(NOON, "").phase(CLOSES + timedelta(days=36_500)) is Phase.CLOSED


def test_a_certificate_makes_a_closed_register_a_destroyed_one() -> None:
    assert closing().phase(CLOSES, destroyed=True) is Phase.DESTROYED


def test_no_certificate_closes_a_register_that_is_not_closed() -> None:
    assert closing().phase(CLOSES - MICROSECOND, destroyed=True) is Phase.CLOSING
    assert Lifecycle().phase(CLOSES, destroyed=True) is Phase.OPEN


@given(closures, zones)
def test_access_ends_to_the_microsecond_wherever_now_is_told(closure: Lifecycle, zone: timezone) -> None:
    assert closure.closes_at is not None
    closes = closure.closes_at.astimezone(UTC)
    assert closure.phase((closes - MICROSECOND).astimezone(zone)) is Phase.CLOSING
    assert closure.phase(closes.astimezone(zone)) is Phase.CLOSED
    assert closure.phase((closes + MICROSECOND).astimezone(zone)) is Phase.CLOSED


# ------------------------------------------------------------------------------------------------- destruction


def test_contactpoint_closed_at_noon_on_6_august_and_was_destroyed_by_noon_on_6_october() -> None:
    assert closing().deadline == datetime.fromisoformat("2010-10-06T12:00:00+01:00")


@pytest.mark.parametrize(("year", "last"), [(2009, "2010-02-28"), (2011, "2012-02-29")])
def test_a_closure_on_31_december_ends_on_the_last_day_of_february(year: int, last: str) -> None:
    closure = closing(closes_at=f"{year}-12-31T12:00:00+00:00")
    assert closure.deadline == datetime.fromisoformat(f"{last}T12:00:00+00:00")


def test_noon_stays_noon_when_the_clocks_change_within_the_window() -> None:
    closure = closing(closes_at="2010-09-06T12:00:00+01:00")
    assert closure.deadline == datetime.fromisoformat("2010-11-06T12:00:00+00:00")


def test_nothing_is_destroyed_for_seven_days_unless_configured() -> None:
    assert closing().destruction_starts == datetime.fromisoformat("2010-08-13T12:00:00+01:00")
    assert closing(destruction_starts_after="PT10S").destruction_starts == CLOSES + timedelta(seconds=10)


@given(closures, zones)
def test_nothing_may_be_destroyed_one_microsecond_early(closure: Lifecycle, zone: timezone) -> None:
    starts = closure.destruction_starts
    assert starts is not None
    assert not closure.may_destroy((starts - MICROSECOND).astimezone(zone))
    assert closure.may_destroy(starts.astimezone(zone))


@given(closures)
def test_nothing_is_destroyed_before_the_register_is_closed(closure: Lifecycle) -> None:
    assert closure.closes_at is not None
    assert not closure.may_destroy(closure.closes_at.astimezone(UTC) - MICROSECOND)


@given(instants)
def test_an_open_register_has_no_deadline_and_destroys_nothing(now: datetime) -> None:
    lifecycle = Lifecycle.configured("", credentials_return_by="2010-08-13")
    assert not lifecycle.may_destroy(now)
    assert [lifecycle.deadline, lifecycle.destruction_starts, lifecycle.credentials_due, lifecycle.latest_stamp] == [
        None
    ] * 4
    assert Lifecycle.configured("", support_ends_at="2010-08-31").support_ends is None


@given(instants, instants, durations)
def test_closing_on_a_later_day_never_brings_the_deadline_to_an_earlier_one(
    one: datetime, other: datetime, window: Duration
) -> None:
    earlier, later = (
        Lifecycle(at, window=replace(window, seconds=0)).deadline for at in sorted((one, other), key=datetime.timestamp)
    )
    assert earlier is not None
    assert later is not None
    assert day_of(earlier) <= day_of(later)


@given(st.dates(date(2001, 1, 1), date(2100, 1, 1)), st.integers(0, 10_000), st.times(), durations)
def test_closing_later_at_the_same_time_of_day_never_brings_the_deadline_forward(
    day: date, days: int, at: time, window: Duration
) -> None:
    london = ZoneInfo("Europe/London")
    deadlines = [
        Lifecycle(datetime.combine(closes_on, at, london), window=window).deadline
        for closes_on in (day, day + timedelta(days=days))
    ]
    earlier, later = deadlines
    assert earlier is not None
    assert later is not None
    assert earlier <= later


# ------------------------------------------------------------------------------------------------- credentials


def test_credentials_are_due_seven_days_after_closure_unless_configured() -> None:
    assert closing().credentials_due == datetime.fromisoformat("2010-08-13T12:00:00+01:00")


def test_a_day_for_credentials_is_theirs_to_its_end_in_london() -> None:
    due = closing(credentials_return_by="2010-08-13").credentials_due
    assert due == datetime.fromisoformat("2010-08-14T00:00:00+01:00")


def test_credentials_may_be_due_at_an_instant() -> None:
    due = closing(credentials_return_by="2010-08-13T17:00:00+01:00").credentials_due
    assert due == datetime.fromisoformat("2010-08-13T17:00:00+01:00")


def test_a_day_until_which_users_are_supported_is_theirs_to_its_end_in_london() -> None:
    assert closing(support_ends_at="2010-08-31").support_ends == datetime.fromisoformat("2010-09-01T00:00:00+01:00")


def test_support_may_end_at_an_instant_or_nobody_says_when() -> None:
    noon = "2010-08-31T12:00:00+01:00"
    assert closing(support_ends_at=noon).support_ends == datetime.fromisoformat(noon)
    assert closing().support_ends is None


# ------------------------------------------------------------------------------------------------- stamps


def test_what_is_written_while_closing_expires_in_time_for_the_deadline() -> None:
    closure = closing()
    assert closure.deadline is not None
    assert closure.latest_stamp == closure.deadline - STAMPED_BEFORE_DEADLINE


def test_if_destruction_starts_late_nothing_expires_before() -> None:
    closure = closing(destruction_window="P20D", destruction_starts_after="P15D")
    assert closure.latest_stamp == closure.destruction_starts


def test_in_a_short_window_nothing_expires_before_a_closure_cleared_in_time_could_be_put_right() -> None:
    closure = closing(destruction_window="P20D")
    assert closure.closes_at is not None
    assert closure.latest_stamp == closure.closes_at + STAMPS_TAKE
    assert closure.stamps_fixed_from == closure.closes_at


def test_with_what_nobody_configures_stamps_can_be_put_right_until_destruction_starts() -> None:
    closure = closing()
    assert closure.stamps_fixed_from is not None
    assert closure.destruction_starts is not None
    assert closure.stamps_fixed_from > closure.destruction_starts


@given(closures)
def test_stamps_can_be_put_right_until_the_register_closes_at_the_least(closure: Lifecycle) -> None:
    assert closure.closes_at is not None
    assert closure.stamps_fixed_from is not None
    assert closure.stamps_fixed_from >= closure.closes_at


@given(closures)
def test_no_stamp_lets_an_item_go_before_destruction_may_start(closure: Lifecycle) -> None:
    stamp, starts = closure.latest_stamp, closure.destruction_starts
    assert stamp is not None
    assert starts is not None
    # what DynamoDB sees of it: whole seconds
    assert datetime.fromtimestamp(int(stamp.timestamp()), UTC) >= starts


# ------------------------------------------------------------------------------------------------- configuration


@pytest.mark.parametrize("closes_at", ["2010-08-06T12:00:00", "2010-08-06"])
def test_a_date_without_an_offset_is_refused(closes_at: str) -> None:
    with pytest.raises(ValueError, match=r"ClosesAt .*offset"):
        Lifecycle.configured(closes_at, "")


@pytest.mark.parametrize("closes_at", ["noon", "2010-13-06T12:00:00Z", " "])
def test_a_date_that_cannot_be_read_is_refused(closes_at: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat|month must be"):
        Lifecycle.configured(closes_at, "")


@pytest.mark.parametrize("closes_at", ["0001-01-01T00:00:00+01:00", "1999-12-31T23:59:59Z", "3000-01-01T00:00:00Z"])
def test_a_year_that_nobody_can_mean_is_refused(closes_at: str) -> None:
    with pytest.raises(UnreadableLifecycle, match="is not between 2000 and 2999"):
        Lifecycle.configured(closes_at)


def test_a_date_may_be_told_in_utc() -> None:
    assert Lifecycle.configured("2010-08-06T11:00:00Z", "").closes_at == CLOSES


def test_an_empty_successor_is_none() -> None:
    assert Lifecycle.configured("", "").successor_url is None


def test_what_is_not_configured_is_the_default() -> None:
    assert Lifecycle.configured() == Lifecycle()
    assert str(Lifecycle().window) == "P2M"
    assert str(Lifecycle().starts_after) == "P7D"


def test_every_parameter_that_cannot_be_read_is_named() -> None:
    with pytest.raises(UnreadableLifecycle) as unreadable:
        closing(
            closes_at="noon",
            destruction_window="two months",
            destruction_starts_after="P-1D",
            credentials_return_by="Friday",
            support_ends_at="Tuesday",
        )
    assert [reason.split()[0] for reason in unreadable.value.reasons] == [
        "ClosesAt",
        "DestructionWindow",
        "DestructionStartsAfter",
        "CredentialsReturnBy",
        "SupportEndsAt",
    ]


def test_credentials_due_at_an_instant_without_an_offset_are_refused() -> None:
    with pytest.raises(UnreadableLifecycle, match=r"CredentialsReturnBy .*offset"):
        closing(credentials_return_by="2010-08-13T17:00:00")


def test_no_lifecycle_is_made_of_an_instant_without_an_offset() -> None:
    noon = datetime(2010, 8, 6, 12)  # noqa: DTZ001  # that is the point
    with pytest.raises(ValueError, match="offset"):
        Lifecycle(noon)
    with pytest.raises(ValueError, match="offset"):
        Lifecycle(CLOSES, credentials_return_by=noon)


@given(lifecycles)
def test_a_lifecycle_is_made_again_from_its_own_parameters(lifecycle: Lifecycle) -> None:
    again = Lifecycle.configured(**lifecycle.parameters())
    assert again == lifecycle
    assert hash(again) == hash(lifecycle)
    assert (again.deadline, again.destruction_starts, again.credentials_due, again.support_ends) == (
        lifecycle.deadline,
        lifecycle.destruction_starts,
        lifecycle.credentials_due,
        lifecycle.support_ends,
    )


def test_parameters_are_named_as_the_template_names_them_in_snake_case() -> None:
    closure = closing(
        successor_url="https://s.example",
        credentials_return_by="2010-08-13",
        destruction_authority="DfE",
        support_ends_at="2010-08-31",
    )
    assert closure.parameters() == {
        "closes_at": NOON,
        "successor_url": "https://s.example",
        "destruction_window": "P2M",
        "destruction_starts_after": "P7D",
        "credentials_return_by": "2010-08-13",
        "destruction_authority": "DfE",
        "support_ends_at": "2010-08-31",
    }


def test_one_instant_told_twice_makes_one_lifecycle() -> None:
    told = {closing(), closing(closes_at="2010-08-06T11:00:00Z"), closing(destruction_starts_after="P1W")}
    assert len(told) == 1


def test_a_lifecycle_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        closing().closes_at = None  # type: ignore[misc]  # that is the point
