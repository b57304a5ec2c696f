"""The coverage has been narrowed: what no longer belongs leaves by the ordinary path, as if it had ended that day.

A service that the register is not for any more leaves counted from the day on which that was configured. A service that
every child has leaves counted from the day on which the daily sweep found that no other works with the child; that day is
noted on the child, and forgotten once one does. So nobody's entry goes because another was withdrawn by mistake and sent
again, and a coverage that is widened again before anything has gone loses nothing.

Here all that is held of the child decides, hidden or not, and not what its organisation may see: an entry that is held is
not taken away from a child whose other services are behind a shield.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.duration import day_of
from shared.domain.in_force import COVERAGE
from shared.domain.targeting import makes_covered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from shared.domain.in_force import InForce
    from shared.domain.involvement import Involvement
    from shared.domain.ports import Clock
    from shared.domain.retention import Retention
    from shared.domain.sweep import Seen, Sweeping
    from shared.domain.targeting import Targeting


GONE, WAITING = "out_of_coverage", "leaving_coverage"
"""By which names a sweep counts what it withdraws because it is out of the coverage, and what is not due yet."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """An involvement that is out of the coverage, and when it is due to go."""

    involvement: Involvement
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a coverage stands. `gone` and `waiting` are counts of the sweep of `swept_on`, whole once it `is_done`."""

    targeting: Targeting
    since: datetime | None
    """None until the schedule has noted it, within minutes of a deployment."""
    leaving_from: datetime | None
    """When the first that it has left are due to go."""
    swept_on: date | None
    is_done: bool
    gone: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCoverage:
    """The use case and its ports."""

    targeting: Targeting
    retention: Retention
    sweeping: Sweeping
    in_force: InForce
    clock: Clock

    def since(self) -> date:
        """The day, in London, since which the coverage is what it is; from today on, if it was another. Raises Unavailable."""
        return day_of(self.in_force.since(COVERAGE, str(self.targeting), self.clock()))

    def __call__(self, page: Sequence[Seen], since: date) -> Sequence[Leaving]:
        """What of a page is out of the coverage. Of children that may be, one read each. Raises Unavailable."""
        if self.targeting.covers_all:
            return ()
        involvements = [seen.involvement for seen in page if seen.involvement]
        gone = self.retention.left_due(since)
        leaving = [Leaving(i, gone) for i in involvements if not self.targeting.takes(i.service.service_type)]
        in_doubt = [
            involvement
            for involvement in involvements
            if self.targeting.takes(involvement.service.service_type)
            and self.targeting.asks_for_more(involvement.service.service_type)
        ]
        uncovered = self._uncovered(in_doubt, involvements, page, since)
        return [
            *leaving,
            *(
                Leaving(involvement, self.retention.left_due(uncovered[involvement.child_id]))
                for involvement in in_doubt
                if involvement.child_id in uncovered
            ),
        ]

    def _uncovered(
        self, in_doubt: Iterable[Involvement], seen: Iterable[Involvement], page: Iterable[Seen], since: date
    ) -> dict[str, date]:
        """Since when which of these children are not covered. What was noted of one that is, is forgotten."""
        noted = {one.uncovered.child_id: one.uncovered.since for one in page if one.uncovered}
        covered = {one.child_id for one in seen if makes_covered(one.service.service_type)}
        uncovered = {}
        for child_id in dict.fromkeys([*(one.child_id for one in in_doubt), *noted]):
            if child_id in covered or self._is_covered(child_id):
                if child_id in noted:
                    self.sweeping.note_covered(child_id)
                continue
            day = noted.get(child_id)
            if day is None or day < since:
                day = self.sweeping.note_uncovered(child_id, day_of(self.clock()), since)
            uncovered[child_id] = day
        return uncovered

    def tell(self) -> Told:
        """The coverage as it is, and what of it the last sweep found. Nothing is noted. Raises Unavailable."""
        noted = self.in_force.noted(COVERAGE)
        is_noted = noted is not None and noted[0] == str(self.targeting)
        sweeps = [bookmark for n in range(self.sweeping.segments) if (bookmark := self.sweeping.bookmark(n))]
        return Told(
            targeting=self.targeting,
            since=noted[1] if noted and is_noted else None,
            leaving_from=self.retention.left_due(day_of(noted[1])) if noted and is_noted else None,
            swept_on=max((bookmark.day for bookmark in sweeps), default=None),
            is_done=len(sweeps) == self.sweeping.segments and all(bookmark.is_done for bookmark in sweeps),
            gone=sum(bookmark.counts.get(GONE, 0) for bookmark in sweeps),
            waiting=sum(bookmark.counts.get(WAITING, 0) for bookmark in sweeps),
        )

    def _is_covered(self, child_id: str) -> bool:
        held = self.sweeping.of_child(child_id, self.clock())
        return any(makes_covered(involvement.service.service_type) for involvement in held)
