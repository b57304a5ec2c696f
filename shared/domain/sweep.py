"""Going through the whole of an open register, a slice at a time, with a saved place in each of its segments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from shared.domain.involvement import Involvement

type Position = tuple[str, str]
"""Where a page ended, as the store says it."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far one segment was swept: by the sweep that began on this day, with this `expires_at` for all that lives."""

    day: date
    lives_until: datetime | None
    position: Position | None = None
    is_done: bool = False
    version: int = 0
    """Counts how often it was moved; 0 if it never was."""
    is_weekly: bool = False
    """Whether this sweep is the first one of its week, which is Monday's, unless that of Sunday was still going on; or
    follows such a one that could not tell everybody."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What this sweep has come to until now, each page once."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something live that the register holds. `involvement` if that is what it is.

    `lapses_at` if it has an end of its own, as what is only kept for a shield, or a notice: at the latest, to the second.
    """

    position: Position
    expires_at: datetime | None
    involvement: Involvement | None = None
    lapses_at: datetime | None = None
    uncovered: Uncovered | None = None
    """If it is a child of which that was noted."""

    def lives_until(self, latest: datetime | None) -> datetime | None:
        """The `expires_at` that it should have, where all that lives on has `latest`."""
        lapses_at = self.lapses_at.replace(microsecond=0) if self.lapses_at else None
        return min((at for at in (lapses_at, latest) if at), default=None)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A child that no additional or specialist service has worked with since this day, in London."""

    child_id: str
    since: date


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a segment; `after` is None if it was the last."""

    seen: Sequence[Seen]
    after: Position | None


class Sweeping(Protocol):
    """The register, to be gone through. Methods raise Unavailable if the store does not answer."""

    @property
    def segments(self) -> int:
        """How many there are, to be swept side by side."""

    def bookmark(self, segment: int) -> Bookmark | None:
        """How far this segment was swept. None if it never was."""

    def turn_to(self, segment: int, bookmark: Bookmark) -> Bookmark:
        """Moves the bookmark; what is returned is to be handed back next. Raises Conflict if somebody else moved it."""

    def page(self, segment: int, after: Position | None, now: datetime) -> Page:
        """What is live of the next part of a segment, as it is now."""

    def stamp(self, seen: Sequence[Seen], lives_until: datetime | None) -> int:
        """Gives these that `expires_at`, and says to how many: what was hidden or written anew meanwhile is left."""

    def of_child(self, child_id: str, now: datetime) -> Sequence[Involvement]:
        """Every live involvement of a child, also while it is being joined with another."""

    def note_uncovered(self, child_id: str, day: date, not_before: date) -> date:
        """Notes that the coverage does not reach a child since `day`, unless an earlier day is noted: says which one is.

        One before `not_before` is of another coverage, and does not count.
        """

    def note_covered(self, child_id: str) -> None:
        """Forgets that the coverage did not reach a child."""

    def forget(self) -> None:
        """Removes every bookmark: the register may be destroyed, and where its items lay is to be kept nowhere."""
