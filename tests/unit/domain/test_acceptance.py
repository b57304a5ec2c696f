"""What is refused before it takes effect, and what never is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.acceptance import CONFIRMATION, refusals
from shared.domain.lifecycle import Lifecycle

NOON = "2010-08-06T12:00:00+01:00"
CLOSES = datetime.fromisoformat(NOON)
ANNOUNCED = datetime(2010, 5, 12, 9, tzinfo=UTC)
BEGINS = datetime.fromisoformat("2010-08-13T12:00:00+01:00")
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)

ACCEPTED = Lifecycle.configured(NOON)
OPEN = Lifecycle()

# aware ones: the zone is there
instants = st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
closures = st.builds(
    lambda at, window, starts_after, due: Lifecycle.configured(
        at.isoformat(),
        destruction_window=f"P{window}D",
        destruction_starts_after=f"P{starts_after}D",
        credentials_return_by=due,
    ),
    instants,
    st.integers(0, 90),
    st.integers(0, 90),
    st.sampled_from(["", "2001-01-01", "2099-12-31"]),
)
lifecycles = closures | st.just(OPEN)


def wanted(**parameters: str) -> dict[str, str]:
    """ContactPoint's closure, as the template gives it."""
    return {
        "closes_at": NOON,
        "successor_url": "",
        "destruction_window": "P2M",
        "destruction_starts_after": "P7D",
        "credentials_return_by": "",
        "destruction_authority": "",
    } | parameters


def refused(
    parameters: Mapping[str, str] = MappingProxyType({}),
    *,
    accepted: Lifecycle | None = None,
    at: datetime = ANNOUNCED,
    confirmed: bool = False,
) -> tuple[str, ...]:
    return refusals(wanted(**parameters), accepted, at, past_confirmed=confirmed)


def test_a_first_deployment_without_a_closure_is_accepted() -> None:
    assert refused({"closes_at": ""}) == ()


def test_a_closure_whose_plan_can_be_kept_is_accepted() -> None:
    assert refused() == ()
    assert refused(accepted=OPEN) == ()


# ------------------------------------------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    ("parameter", "name", "text"),
    [
        ("closes_at", "ClosesAt", "noon"),
        ("closes_at", "ClosesAt", "2010-08-06T12:00:00"),
        ("closes_at", "ClosesAt", "2010-02-30T12:00:00Z"),
        ("destruction_window", "DestructionWindow", "2 months"),
        ("destruction_starts_after", "DestructionStartsAfter", "P-7D"),
        ("credentials_return_by", "CredentialsReturnBy", "2010-08-13T12:00:00"),
    ],
)
@pytest.mark.parametrize("accepted", [None, ACCEPTED])
def test_what_cannot_be_read_is_refused_by_name(
    accepted: Lifecycle | None, parameter: str, name: str, text: str
) -> None:
    (reason,) = refused({parameter: text}, accepted=accepted)
    assert reason.startswith(f"{name} cannot be read: ")


def test_a_date_without_an_offset_is_refused_with_an_example() -> None:
    (reason,) = refused({"closes_at": "2010-08-06T12:00:00"})
    assert reason == "ClosesAt cannot be read: an instant needs an offset, such as 2010-08-06T12:00:00+01:00."


def test_all_that_cannot_be_read_is_told_at_once() -> None:
    assert len(refused({"closes_at": "noon", "destruction_window": "long"})) == 2


# ------------------------------------------------------------------------------------------------- dates in the past


def test_a_date_in_the_past_is_refused() -> None:
    (reason,) = refused(at=CLOSES + MICROSECOND)
    assert reason.startswith("ClosesAt is in the past: Fri 6 Aug 2010 12:00:00 +01:00")
    assert CONFIRMATION in reason


def test_now_is_already_past() -> None:
    assert len(refused(at=CLOSES)) == 1
    assert refused(at=CLOSES - MICROSECOND) == ()


def test_a_date_in_the_past_is_accepted_if_confirmed() -> None:
    assert refused(at=CLOSES + DAY, confirmed=True) == ()


def test_confirming_the_past_does_not_make_a_plan_that_cannot_be_kept() -> None:
    (reason,) = refused(at=CLOSES + 45 * DAY, confirmed=True)
    assert reason.startswith("The plan is 3 days short: ")


def test_no_confirmation_is_asked_for_a_date_that_is_not_changed() -> None:
    assert refused({"destruction_window": "P3M"}, accepted=ACCEPTED, at=CLOSES + DAY) == ()


# ------------------------------------------------------------------------------------------------- plans


def test_a_plan_that_cannot_be_kept_is_refused_with_the_days_that_it_is_short() -> None:
    (reason,) = refused({"destruction_window": "P20D"})
    assert reason.startswith("The plan is 6 days short: ")
    assert "DestructionWindow P26D" in reason


def test_the_window_that_the_refusal_names_is_accepted() -> None:
    assert refused({"destruction_window": "P26D"}) == ()
    assert refused({"destruction_window": "P25D"}) != ()


def test_a_date_in_the_past_whose_plan_cannot_be_kept_either_is_refused_for_both() -> None:
    assert len(refused(at=CLOSES + 90 * DAY)) == 2


# ------------------------------------------------------------------------------------------------- once it has begun

MOVED = {
    "cleared": {"closes_at": ""},
    "moved on": {"closes_at": "2011-08-06T12:00:00+01:00"},
    "moved by a second": {"closes_at": "2010-08-06T12:00:01+01:00"},
    "a longer window": {"destruction_window": "P3M"},
    "a shorter window": {"destruction_window": "P45D"},
    "a later start": {"destruction_starts_after": "P14D"},
}
moved = pytest.mark.parametrize("parameters", MOVED.values(), ids=MOVED.keys())


@moved
def test_until_destruction_may_begin_every_date_can_be_moved(parameters: dict[str, str]) -> None:
    assert refused(parameters, accepted=ACCEPTED, at=BEGINS - MICROSECOND, confirmed=True) == ()


@moved
@pytest.mark.parametrize("confirmed", [False, True])
def test_once_destruction_may_have_begun_no_date_is_moved(parameters: dict[str, str], *, confirmed: bool) -> None:
    (reason,) = refused(parameters, accepted=ACCEPTED, at=BEGINS, confirmed=confirmed)
    assert reason.startswith("Destruction may have begun at Fri 13 Aug 2010 12:00:00 +01:00")
    assert f"ClosesAt={NOON} DestructionWindow=P2M DestructionStartsAfter=P7D" in reason


def test_dates_that_mean_the_same_are_not_moved() -> None:
    same = {"closes_at": "2010-08-06T11:00:00Z", "destruction_window": "P61D", "destruction_starts_after": "P1W"}
    assert refused(same, accepted=ACCEPTED, at=BEGINS) == ()


def test_what_is_no_date_can_be_corrected_even_then() -> None:
    corrected = {
        "successor_url": "https://successor.example",
        "destruction_authority": "Secretary of State",
        "credentials_return_by": "2010-09-01",
    }
    assert refused(corrected, accepted=ACCEPTED, at=BEGINS + DAY) == ()


# ------------------------------------------------------------------------------------------------- credentials


def test_credentials_cannot_be_due_while_they_are_in_use() -> None:
    (reason,) = refused({"credentials_return_by": "2010-08-05"})
    assert reason.startswith("CredentialsReturnBy ends at Fri 6 Aug 2010 00:00:00 +01:00, before ClosesAt")


def test_credentials_may_be_due_on_the_day_of_closure() -> None:
    assert refused({"credentials_return_by": "2010-08-06"}) == ()


# ------------------------------------------------------------------------------------------------- always


@given(lifecycles, instants)
def test_what_was_accepted_is_accepted_again_however_late_it_is(accepted: Lifecycle, now: datetime) -> None:
    assert refusals(accepted.parameters(), accepted, now, past_confirmed=False) == ()


@given(lifecycles, lifecycles, instants)
def test_nothing_moves_once_destruction_may_have_begun(before: Lifecycle, after: Lifecycle, now: datetime) -> None:
    if before.may_destroy(now) and not refusals(after.parameters(), before, now, past_confirmed=True):
        assert (after.closes_at, after.destruction_starts, after.deadline) == (
            before.closes_at,
            before.destruction_starts,
            before.deadline,
        )


@given(closures, instants)
def test_no_register_is_closed_by_a_date_in_the_past_that_nobody_confirmed(closure: Lifecycle, now: datetime) -> None:
    assert closure.closes_at is not None
    if not refusals(closure.parameters(), None, now, past_confirmed=False):
        assert closure.closes_at > now


def test_no_date_is_cleared_so_shortly_before_items_expire_that_they_could_not_be_stamped_anew() -> None:
    tight = Lifecycle.configured(NOON, destruction_window="P26D")
    assert tight.latest_stamp is not None
    assert tight.destruction_starts is not None
    too_late = tight.latest_stamp - timedelta(days=2)
    assert too_late < tight.destruction_starts
    assert not refused({"closes_at": ""}, accepted=tight, at=too_late - MICROSECOND)
    (reason,) = refused({"closes_at": ""}, accepted=tight, at=too_late)
    assert "Items expire by themselves" in reason
