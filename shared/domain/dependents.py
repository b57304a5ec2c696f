"""Systems that rely on this register, as e-CAF did on ContactPoint: who must not learn of its closure in due course."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from shared.domain.duration import day_of
from shared.domain.notices import Cause, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime

    from shared.domain.announcement import Announcement

REMINDED = (30, 14, 7, 1)
"""How many days before the register closes a dependent that is not ready is reminded: from midnight in London on."""


class Readiness(StrEnum):
    """How far a dependent system is with doing without the register."""

    NOT_STARTED = "not started"
    ADAPTING = "adapting"
    READY = "ready"
    WILL_BREAK = "will break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What its owner says of one closure: that it knows of it, how far it is, and by which day it will be ready."""

    closes_at: datetime
    at: datetime
    readiness: Readiness
    ready_by: date | None
    number: int = 1
    """Of the announcement that it answers: `Informed.number`. A date that was moved and moved back is asked of anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Informed:
    """What the owner of a dependent was told of a closure last."""

    tenure: int
    """In which it was told: `Dependent.tenure`."""
    announced_at: datetime
    closes_at: datetime
    days: int | None = None
    """The reminder that was due last when it was told: `REMINDED`. None if none was due yet."""
    number: int = 1
    """Of the announcement: how often one was made to this dependent. A date may be moved, and be moved back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """A system that calls the register. `contact` is of a team, not of a person; `calls` are ids of operations."""

    dependent_id: str
    name: str
    owner: str
    """The code of the organisation that answers for it."""
    contact: str
    calls: frozenset[str] = frozenset()
    client_ids: frozenset[str] = frozenset()
    readiness: Readiness = Readiness.NOT_STARTED
    acknowledgement: Acknowledgement | None = None
    informed: Informed | None = None
    """Kept apart from all else: `Dependents.note_informed` alone changes it."""
    tenure: int = 1
    """One more whenever it gets another owner, and whenever it is taken up again after it had ended: each is told anew."""
    ended_at: datetime | None = None
    """When it was taken off the register of dependents."""
    version: int = 1

    def number_of(self, closes_at: datetime) -> int:
        """Of the announcement of this closure, which its owner was told of last or is to be told of next."""
        before = self.informed
        if before is None:
            return 1
        is_told = (before.tenure, before.closes_at) == (self.tenure, closes_at)
        return before.number if is_told else before.number + 1

    def has_acknowledged(self, closes_at: datetime) -> bool:
        """Whether its owner has said that it knows of this very closure, and has not been told of another since."""
        said = self.acknowledgement
        return said is not None and (said.closes_at, said.number) == (closes_at, self.number_of(closes_at))

    def is_ready(self, closes_at: datetime) -> bool:
        """Whether its owner has said of this very closure that it can do without the register."""
        return self.has_acknowledged(closes_at) and self.readiness is Readiness.READY


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSeen:
    """A client that the access log knows: since when, and when it called last (to the hour)."""

    client_id: str
    organisation: str
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many dependents there are, and how far they are with the closure that is set."""

    registered: int
    acknowledged: int
    ready: int
    """Of those that have acknowledged."""
    outstanding: int
    """Those that have not acknowledged."""

    @classmethod
    def of(cls, dependents: Sequence[Dependent], closes_at: datetime) -> Count:
        """How they are with the closure at this instant."""
        acknowledged = sum(dependent.has_acknowledged(closes_at) for dependent in dependents)
        return cls(
            registered=len(dependents),
            acknowledged=acknowledged,
            ready=sum(dependent.is_ready(closes_at) for dependent in dependents),
            outstanding=len(dependents) - acknowledged,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """All that depends on the register: what is registered, and who calls without being so."""

    dependents: Sequence[Dependent]
    unregistered: Sequence[CallerSeen] = field(default=())

    @classmethod
    def of(cls, dependents: Sequence[Dependent], callers: Iterable[CallerSeen]) -> Known:
        """Of all who have called, those of no dependent: who called last comes first."""
        registered = {client_id for dependent in dependents for client_id in dependent.client_ids}
        strangers = [caller for caller in callers if caller.client_id not in registered]
        return cls(dependents, sorted(strangers, key=lambda caller: (caller.last, caller.client_id), reverse=True))

    def without(self, ended: Collection[str]) -> Known:
        """Without clients that cannot call any more, whoever has called with them."""
        return Known(self.dependents, [caller for caller in self.unregistered if caller.client_id not in ended])


@dataclass(frozen=True, slots=True)
class Due:
    """What the owner of a dependent is to be told now, and what it was told last once that is done."""

    cause: Cause
    informed: Informed


def reminder_due(closes_at: datetime, now: datetime) -> int | None:
    """Of `REMINDED`, the one that fell due last: days before the day, in London, on which the register closes.

    None before the first of them. One that nobody sent in its time is not sent any more once the next is due.
    """
    left = (day_of(closes_at) - day_of(now)).days
    return min((days for days in REMINDED if left <= days), default=None)


def due(dependent: Dependent, announcement: Announcement, now: datetime) -> Due | None:
    """What its owner is to be told of this closure now; None if nothing, as from the closure itself on.

    First that it is announced, or moved, whatever was acknowledged: even to an owner that has been told of another. Then
    the reminder that fell due last, if that was after the announcement was told, and it is not ready. The same again,
    until it is noted, has the same cause.
    """
    announced_at, closes_at = announcement.announced_at, announcement.closes_at
    if now >= closes_at:
        return None
    before, days = dependent.informed, reminder_due(closes_at, now)
    closure = (dependent.tenure, announced_at, closes_at)
    if before is None or (before.tenure, before.announced_at, before.closes_at) != closure:
        informed = Informed(
            tenure=dependent.tenure,
            announced_at=announced_at,
            closes_at=closes_at,
            days=days,
            number=before.number + 1 if before else 1,
        )
        return Due(_cause(dependent, informed, now), informed)
    is_new = days is not None and (before.days is None or days < before.days)
    if not is_new or dependent.is_ready(closes_at):
        return None
    informed = Informed(
        tenure=before.tenure, announced_at=announced_at, closes_at=closes_at, days=days, number=before.number
    )
    return Due(_cause(dependent, informed, now, days), informed)


def _cause(dependent: Dependent, informed: Informed, now: datetime, days: int | None = None) -> Cause:
    """The announcement; or the reminder, if it is so many days before."""
    about = {"dependent": dependent.dependent_id, "closes_at": informed.closes_at.isoformat()}
    closure = f"{_utc(informed.announced_at)} {_utc(informed.closes_at)}"
    what = f"{dependent.dependent_id} {informed.number} {closure}"
    if days is None:
        return Cause(kind=NoticeKind.CLOSING, what=what, at=now, about=about)
    return Cause(kind=NoticeKind.CLOSING, what=f"{what} {days}", at=now, about={**about, "days": str(days)})


def _utc(instant: datetime) -> str:
    """The same for the same instant, with whichever offset it was told."""
    return instant.astimezone(UTC).isoformat()


class Dependents(Protocol):
    """The register of dependents, in the Directory. Methods raise Unavailable."""

    def all(self) -> Sequence[Dependent]:
        """Those that have not ended: always fresh, in the order of their ids."""

    def dependent(self, dependent_id: str) -> Dependent | None:
        """Ended or not; None if there never was one."""

    def add(self, dependent: Dependent) -> None:
        """Raises AlreadyExists."""

    def replace(self, dependent: Dependent) -> None:
        """In place of version `dependent.version - 1`, but for `informed`. Raises Conflict if that is not the current one."""

    def note_informed(self, dependent_id: str, informed: Informed) -> None:
        """Its owner has been told. Changes nothing else, and no version."""


class Callers(Protocol):
    """Who has called, by the access log, kept in the Directory. Methods raise Unavailable."""

    def noted_through(self) -> datetime | None:
        """The last hour of the log whose callers are all noted; None before the first."""

    def note_through(self, hour: datetime) -> None:
        """All of this hour are."""

    def note_callers(self, seen: Sequence[CallerSeen]) -> None:
        """Who has called: the earliest `first` and the latest `last` of each are kept."""

    def callers(self) -> Sequence[CallerSeen]:
        """Every client that was ever noted."""
