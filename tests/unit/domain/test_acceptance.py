"""What is refused before it takes effect, and what never is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.acceptance import ACCEPTANCE_TAKES, CONFIRMATION, deletion_refusal, refusals
from shared.domain.duration import Duration
from shared.domain.lifecycle import STAMPS_TAKE, Lifecycle

NOON = "2010-08-06T12:00:00+01:00"
CLOSES = datetime.fromisoformat(NOON)
ANNOUNCED = datetime(2010, 5, 12, 9, tzinfo=UTC)
BEGINS = datetime.fromisoformat("2010-08-13T12:00:00+01:00")
TOO_LATE = BEGINS - ACCEPTANCE_TAKES
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


@dataclass(frozen=True)
class Wish:
    """What somebody deploys some hours after the deployment before, with dates counted from then; None clears."""

    hours_later: int
    closes_in: int | None
    window: int
    starts_after: int

    def at(self, now: datetime) -> Lifecycle:
        """The closure that is wished for."""
        return Lifecycle(
            None if self.closes_in is None else now + timedelta(hours=self.closes_in),
            window=Duration(days=self.window),
            starts_after=Duration(days=self.starts_after),
        )


wishes = st.builds(
    Wish,
    hours_later=st.integers(0, 24 * 40),
    closes_in=st.none() | st.integers(-24 * 60, 24 * 90),
    window=st.integers(19, 120),
    starts_after=st.integers(0, 90),
)


def wanted(**parameters: str) -> dict[str, str]:
    """ContactPoint's closure, as the template gives it."""
    return {
        "closes_at": NOON,
        "successor_url": "",
        "destruction_window": "P2M",
        "destruction_starts_after": "P7D",
        "credentials_return_by": "",
        "destruction_authority": "",
        "support_ends_at": "",
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
        ("support_ends_at", "SupportEndsAt", "the end of August"),
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


def test_whoever_closes_at_once_is_told_if_destruction_would_begin_too() -> None:
    (reason,) = refused(at=BEGINS - MICROSECOND)
    assert "destruction would begin" not in reason
    (reason,) = refused(at=BEGINS)
    assert reason.startswith("ClosesAt is in the past")
    assert "destruction would begin at once and cannot be undone. If that is meant, confirm it" in reason
    assert refused(at=BEGINS, confirmed=True) == ()


def test_destruction_that_would_begin_at_once_is_confirmed_though_the_date_of_closure_stays() -> None:
    sooner = {"destruction_starts_after": "P1D"}
    assert refused(sooner, accepted=ACCEPTED, at=CLOSES + DAY - MICROSECOND) == ()
    (reason,) = refused(sooner, accepted=ACCEPTED, at=CLOSES + DAY)
    assert reason.startswith("Destruction may start at Sat 7 Aug 2010 12:00:00 +01:00")
    assert "destruction would begin at once and cannot be undone" in reason
    assert refused(sooner, accepted=ACCEPTED, at=CLOSES + DAY, confirmed=True) == ()


@pytest.mark.parametrize(
    ("accepted", "parameters"),
    [
        (OPEN, {}),
        (ACCEPTED, {"destruction_window": "P3M"}),
        (ACCEPTED, {"closes_at": ""}),
    ],
)
def test_a_confirmation_that_confirms_nothing_is_to_be_taken_back(
    accepted: Lifecycle, parameters: dict[str, str]
) -> None:
    assert refused(parameters, accepted=accepted) == ()
    (reason,) = refused(parameters, accepted=accepted, confirmed=True)
    assert "ConfirmClosesAtInThePast=yes confirms nothing" in reason
    assert "Set it back to no" in reason


def test_a_confirmation_may_stay_while_no_date_changes() -> None:
    assert refused({"successor_url": "https://a.example"}, accepted=ACCEPTED, at=CLOSES + DAY, confirmed=True) == ()
    assert refused({"closes_at": ""}, accepted=OPEN, confirmed=True) == ()


def test_confirming_the_past_does_not_make_a_plan_that_cannot_be_kept() -> None:
    (reason,) = refused(at=CLOSES + 45 * DAY, confirmed=True)
    assert reason.startswith("The plan is 3 days short: ")
    assert len(refused(at=CLOSES + 45 * DAY)) == 2


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
    answers = [
        refused(parameters, accepted=ACCEPTED, at=TOO_LATE - MICROSECOND, confirmed=yes) for yes in (False, True)
    ]
    assert () in answers


@moved
@pytest.mark.parametrize("confirmed", [False, True])
def test_once_destruction_may_have_begun_no_date_is_moved(parameters: dict[str, str], *, confirmed: bool) -> None:
    (reason,) = refused(parameters, accepted=ACCEPTED, at=TOO_LATE, confirmed=confirmed)
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
        "support_ends_at": "2010-09-30",
    }
    assert refused(corrected, accepted=ACCEPTED, at=BEGINS + DAY) == ()


# ------------------------------------------------------------------------------------------------- credentials


def test_credentials_cannot_be_due_while_they_are_in_use() -> None:
    (reason,) = refused({"credentials_return_by": "2010-08-05"})
    assert reason.startswith("CredentialsReturnBy ends at Fri 6 Aug 2010 00:00:00 +01:00, before ClosesAt")


def test_credentials_may_be_due_on_the_day_of_closure() -> None:
    assert refused({"credentials_return_by": "2010-08-06"}) == ()


# ------------------------------------------------------------------------------------------------- support


def test_support_cannot_end_while_the_register_is_in_use() -> None:
    (reason,) = refused({"support_ends_at": "2010-08-05"})
    assert reason.startswith("SupportEndsAt ends at Fri 6 Aug 2010 00:00:00 +01:00, before ClosesAt")
    (reason,) = refused({"support_ends_at": "2010-08-06T11:59:59+01:00"})
    assert reason.startswith("SupportEndsAt ends at")


@pytest.mark.parametrize("ends", ["2010-08-06", NOON, "2010-08-31", "2011-03-31"])
def test_support_may_end_with_access_or_at_any_time_after_it(ends: str) -> None:
    assert refused({"support_ends_at": ends}) == ()


def test_support_without_a_closure_is_not_asked_about() -> None:
    assert refused({"closes_at": "", "support_ends_at": "2010-08-05"}) == ()


# ------------------------------------------------------------------------------------------------- always


@given(lifecycles, instants)
def test_what_was_accepted_is_accepted_again_however_late_it_is(accepted: Lifecycle, now: datetime) -> None:
    assert refusals(accepted.parameters(), accepted, now, past_confirmed=False) == ()


@given(lifecycles, lifecycles, instants)
def test_nothing_moves_once_destruction_may_have_begun(before: Lifecycle, after: Lifecycle, now: datetime) -> None:
    accepted = any(not refusals(after.parameters(), before, now, past_confirmed=yes) for yes in (False, True))
    if before.may_destroy(now) and accepted:
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


@given(lifecycles, closures, instants)
def test_no_destruction_begins_at_once_that_nobody_confirmed(
    before: Lifecycle, closure: Lifecycle, now: datetime
) -> None:
    if not refusals(closure.parameters(), before, now, past_confirmed=False):
        assert not closure.may_destroy(now) or before.may_destroy(now)


# ------------------------------------------------------------------------------------------------- stamps

TIGHT = Lifecycle.configured(NOON, destruction_window="P26D")


@pytest.mark.parametrize(
    "parameters",
    [{"closes_at": ""}, {"destruction_window": "P3M"}, {"closes_at": "2011-08-06T12:00:00+01:00"}],
    ids=["cleared", "a longer window", "moved on"],
)
def test_nothing_lives_longer_so_shortly_before_it_expires_that_it_could_not_be_stamped_anew(
    parameters: dict[str, str],
) -> None:
    # the shortest window: from closure on, and not before
    assert TIGHT.stamps_fixed_from == CLOSES
    assert not refused(parameters, accepted=TIGHT, at=CLOSES - MICROSECOND)
    (reason,) = refused(parameters, accepted=TIGHT, at=CLOSES)
    assert reason.startswith("Items expire by themselves from Fri 20 Aug 2010 12:00:00 +01:00 on")
    assert "takes up to 14 days" in reason


def test_what_expires_no_later_than_before_may_be_deployed_even_then() -> None:
    assert not refused(
        {"destruction_window": "P26D", "destruction_starts_after": "P6D"}, accepted=TIGHT, at=CLOSES + DAY
    )


def test_with_what_nobody_configures_stamps_never_hold_a_date_back() -> None:
    assert not refused({"closes_at": ""}, accepted=ACCEPTED, at=TOO_LATE - MICROSECOND)


CHAIN = [
    Wish(hours_later=0, closes_in=24 * 10, window=38, starts_after=15),
    Wish(hours_later=24 * 20, closes_in=-24 * 10, window=138, starts_after=15),
    Wish(hours_later=24, closes_in=-24 * 11, window=138, starts_after=50),
]
"""Nothing would be destroyed later by the second, and so nothing shows in the third how soon the first's stamps are due."""


@example(CHAIN)
@given(st.lists(wishes, min_size=2, max_size=6))
def test_whatever_is_deployed_nothing_expires_before_the_destruction_that_is_in_force_then(wished: list[Wish]) -> None:
    """Of a sweep that keeps up this is assumed: it comes to every item within the time that stamps take."""
    now, history = ANNOUNCED, [(ANNOUNCED, OPEN)]
    for wish in wished:
        now += timedelta(hours=wish.hours_later)
        wanted, (_, before) = wish.at(now), history[-1]
        if any(not refusals(wanted.parameters(), before, now, past_confirmed=yes) for yes in (False, True)):
            history.append((now, wanted))
    for number, (_, stamped_for) in enumerate(history):
        expires_at = stamped_for.latest_stamp
        replaced_at = history[number + 1][0] if number + 1 < len(history) else None
        if expires_at is None or (replaced_at and expires_at >= replaced_at + STAMPS_TAKE):
            continue  # it is stamped anew before
        in_force = [lifecycle for since, lifecycle in history if since <= max(expires_at, history[number][0])][-1]
        assert in_force.may_destroy(expires_at)


# ------------------------------------------------------------------------------------------------- deleting the stack


def test_a_stack_whose_closure_is_not_certified_is_not_to_be_deleted() -> None:
    reason = deletion_refusal(ACCEPTED, is_certified=False)
    assert reason is not None
    assert "Let it be destroyed, by Wed 6 Oct 2010 12:00:00 +01:00 at the latest" in reason
    assert 'ClosesAt=""' in reason


@pytest.mark.parametrize(("accepted", "is_certified"), [(None, False), (OPEN, False), (OPEN, True), (ACCEPTED, True)])
def test_any_other_stack_may_be_deleted(accepted: Lifecycle | None, *, is_certified: bool) -> None:
    assert deletion_refusal(accepted, is_certified=is_certified) is None
