"""Is the register open, and what may be destroyed when? One date, and what else is configured, decide."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.duration import Duration, check_aware, next_whole_second, start_of_day

if TYPE_CHECKING:
    from collections.abc import Callable

STAMPED_BEFORE_DEADLINE = timedelta(days=18)
"""How long before the deadline the last item expires by itself: time for DynamoDB to remove it, which it does within
days that it does not count, before the tables are read for the last time and their key goes (shared/domain/plan.py).
"""

STAMPS_TAKE = timedelta(days=14)
"""How long the sweep may take to put right what is stamped for a closure that was moved or cleared.

Reckoned: 100 million items, one update each, in slices of 4 minutes of every 5: 105 updates a second, of which one function
makes some hundreds; the rest is for what was read of the sweep under way and is read once more. The 430 million items of a
national register need 450 a second (docs/limits.md): whoever runs one moves its closure earlier than at the last moment.
"""

_WINDOW = Duration(months=2)
_STARTS_AFTER = Duration(days=7)
_RETURNED_WITHIN = Duration(days=7)
_YEARS = range(2000, 3000)
_ONE_DAY = timedelta(days=1)


class Phase(StrEnum):
    """`open`, then `closing` once a date is set, `closed` from that date on, and `destroyed` when it is certified."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    DESTROYED = "destroyed"


class UnreadableLifecycle(ValueError):
    """Configuration that cannot be read. `reasons` holds a sentence for each parameter that is wrong, naming it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The closure as configured. `closes_at` is an aware instant, or None while no closure is set.

    Two are equal if they mean the same: an instant may be told with another offset, a week as seven days. Raises
    ValueError for an instant without an offset. Whether the plan can be kept is for `shared.domain.plan` to say.
    """

    closes_at: datetime | None = None
    successor_url: str | None = None
    _: KW_ONLY
    window: Duration = _WINDOW
    """From `closes_at` to the deadline."""
    starts_after: Duration = _STARTS_AFTER
    """From `closes_at` to the first instant at which anything may be destroyed: for appeals and subject access."""
    credentials_return_by: date | datetime | None = None
    """The last day in London, or the instant; None is seven days after `closes_at`."""
    authority: str | None = None
    """Who orders the destruction, as the certificate prints it."""
    support_ends_at: date | datetime | None = None
    """The last day in London, or the instant, on which users of the register are supported; None if that is not told."""

    def __post_init__(self) -> None:
        # two instants of one time zone are compared by the clock, which shows some times twice: only offsets are kept
        if self.closes_at is not None:
            object.__setattr__(self, "closes_at", _with_fixed_offset(self.closes_at))
        for name in ("credentials_return_by", "support_ends_at"):
            if isinstance(told := getattr(self, name), datetime):
                object.__setattr__(self, name, _with_fixed_offset(told))

    @classmethod
    def configured(
        cls,
        closes_at: str = "",
        successor_url: str = "",
        *,
        destruction_window: str = "",
        destruction_starts_after: str = "",
        credentials_return_by: str = "",
        destruction_authority: str = "",
        support_ends_at: str = "",
    ) -> Lifecycle:
        """From the template's parameters, each by its name in snake case; empty text means none, or the default.

        Raises UnreadableLifecycle, a ValueError, with a sentence for each that cannot be read.
        """
        reasons: list[str] = []
        lifecycle = cls(
            _read(reasons, "ClosesAt", closes_at, _instant),
            successor_url or None,
            window=_read(reasons, "DestructionWindow", destruction_window, Duration.parse) or _WINDOW,
            starts_after=_read(reasons, "DestructionStartsAfter", destruction_starts_after, Duration.parse)
            or _STARTS_AFTER,
            credentials_return_by=_read(reasons, "CredentialsReturnBy", credentials_return_by, _day_or_instant),
            authority=destruction_authority or None,
            support_ends_at=_read(reasons, "SupportEndsAt", support_ends_at, _day_or_instant),
        )
        if reasons:
            raise UnreadableLifecycle(tuple(reasons))
        return lifecycle

    def parameters(self) -> dict[str, str]:
        """What `configured` reads as the same: `Lifecycle.configured(**lifecycle.parameters()) == lifecycle`."""
        return {
            "closes_at": self.closes_at.isoformat() if self.closes_at else "",
            "successor_url": self.successor_url or "",
            "destruction_window": str(self.window),
            "destruction_starts_after": str(self.starts_after),
            "credentials_return_by": self.credentials_return_by.isoformat() if self.credentials_return_by else "",
            "destruction_authority": self.authority or "",
            "support_ends_at": self.support_ends_at.isoformat() if self.support_ends_at else "",
        }

    def phase(self, now: datetime, *, destroyed: bool = False) -> Phase:
        """The phase at an aware instant; closed from `closes_at` itself on.

        `destroyed` is whether the certificate has been issued: time alone destroys nothing. Access depends on `now`
        alone, and so the gate does not ask.
        """
        if self.closes_at is None:
            return Phase.OPEN
        if now < self.closes_at:
            return Phase.CLOSING
        return Phase.DESTROYED if destroyed else Phase.CLOSED

    def may_destroy(self, now: datetime) -> bool:
        """Whether anything may be destroyed at an aware instant: from `destruction_starts` itself on, and never before."""
        starts = self.destruction_starts
        return starts is not None and now >= starts

    @property
    def deadline(self) -> datetime | None:
        """The instant in UTC by which nothing may be left; None while no closure is set."""
        return self.window.added_to(self.closes_at) if self.closes_at else None

    @property
    def destruction_starts(self) -> datetime | None:
        """The first instant in UTC at which anything may be destroyed; None while no closure is set."""
        return self.starts_after.added_to(self.closes_at) if self.closes_at else None

    @property
    def credentials_due(self) -> datetime | None:
        """The instant in UTC from which credentials that have not come back are outstanding; None if none is set.

        A day that was named is theirs to the end: midnight in London after it.
        """
        if self.closes_at is None:
            return None
        if self.credentials_return_by is None:
            return _RETURNED_WITHIN.added_to(self.closes_at)
        return _end_of(self.credentials_return_by)

    @property
    def support_ends(self) -> datetime | None:
        """The instant in UTC from which nobody is supported any more; None if that is not told, or no date is set.

        A day that was named is supported to the end: midnight in London after it.
        """
        if self.closes_at is None or self.support_ends_at is None:
            return None
        return _end_of(self.support_ends_at)

    @property
    def latest_stamp(self) -> datetime | None:
        """The latest `expires_at`, in UTC, of an item written while the register is closing; None while no date is set.

        Before the deadline by `STAMPED_BEFORE_DEADLINE`, in a whole second as DynamoDB's expiry has it, and never
        before `destruction_starts`: from its stamp on an item may be gone. Nor earlier than `STAMPS_TAKE` after
        `closes_at`, so that until then the closure can be cleared and every stamp be put right in time. In a window
        below 32 days that leaves DynamoDB less than its week before all is read for the last time. Nothing relies on
        that week: expiry deletes the items itself, from `destruction_starts` on.
        """
        closes_at, deadline, starts = self.closes_at, self.deadline, self.destruction_starts
        if closes_at is None or deadline is None or starts is None:
            return None
        return next_whole_second(
            max(starts, deadline - STAMPED_BEFORE_DEADLINE, closes_at.astimezone(UTC) + STAMPS_TAKE)
        )

    @property
    def stamps_fixed_from(self) -> datetime | None:
        """From when on, in UTC, what is stamped can no longer be put right in time; never before `closes_at`.

        The stamps of a closure that allows a later one are given anew before they come due only if it is set before
        this instant. None while no date is set.
        """
        return self.latest_stamp - STAMPS_TAKE if self.latest_stamp else None


def _read[Value](reasons: list[str], parameter: str, text: str, read: Callable[[str], Value]) -> Value | None:
    """What a parameter says; None if it is empty, or if it cannot be read, and then the reason is added."""
    if not text:
        return None
    try:
        return read(text)
    except ValueError as error:
        reasons.append(f"{parameter} cannot be read: {error}.")
        return None


def _end_of(told: date | datetime) -> datetime:
    """An instant itself, and of a day the midnight in London after it, in UTC."""
    return told.astimezone(UTC) if isinstance(told, datetime) else start_of_day(told + _ONE_DAY)


def _with_fixed_offset(instant: datetime) -> datetime:
    check_aware(instant)
    return instant.replace(tzinfo=timezone(instant.utcoffset() or timedelta()), fold=0)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    check_aware(instant)
    _check_year(instant)
    return instant


def _day_or_instant(text: str) -> date | datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _instant(text)
    _check_year(day)
    return day


def _check_year(day: date) -> None:
    if day.year not in _YEARS:
        raise ValueError(f"the year {day.year} is not between {_YEARS[0]} and {_YEARS[-1]}")
