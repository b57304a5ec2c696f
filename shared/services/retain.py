"""An open register's retention: what is due is withdrawn, and while a closure is set all that lives expires in time.

Once a day the whole register is gone through, a slice at a time. What is due is hidden at once, as if its organisation
had withdrawn it; DynamoDB removes it later, by itself. While the register is open nothing is deleted by a call. What ended,
and what says that the child died, goes by itself; only of a child grown up all goes, if all who state a birth say so.

Closed, it is still gone through until it may be destroyed, for its dates can still be moved: stamps are put right, so that
nothing expires before its time. Nothing is withdrawn any more, and nobody asks what is due.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.duration import day_of
from shared.domain.lifecycle import Phase
from shared.domain.ports import Conflict
from shared.domain.sweep import Bookmark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.destruction import TimeLeft
    from shared.domain.involvement import Involvement
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.ports import Clock, Register, SideBySide
    from shared.domain.retention import Retention
    from shared.domain.sweep import Seen, Sweeping

LONGEST_SLICE = timedelta(minutes=4)
"""Less than lies between two runs, so that none waits for another."""

_NONE_LEFT = timedelta()
_ATTEMPTS = 5
"""How often a withdrawal is tried that others overtake; then it is left for the next day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retain:
    """The use case and its ports. `pause(attempt)` waits between two attempts at a withdrawal."""

    lifecycle: Lifecycle
    retention: Retention
    sweeping: Sweeping
    register: Register
    sensitive: Register
    """What sensitive services say, in a compartment of its own."""
    clock: Clock
    pause: Callable[[int], None]
    side_by_side: SideBySide

    def __call__(self, time_left: TimeLeft) -> Mapping[str, int]:
        """One slice: how many were `seen`, `withdrawn` and `stamped`. Nothing, if the day's sweep is done.

        It goes on where the last slice stopped, and a sweep is finished before the next one begins, though it take
        longer than a day. When a closure is set, moved or cleared, the one under way goes on with the new stamp, and
        another begins as soon as it is done, if not at once. None is ever broken off: or dates moved every few days
        would keep the sweep from what comes last, and it would expire by a closure of long ago. Raises Unavailable.
        """
        until = self.clock() + LONGEST_SLICE
        slice_left: TimeLeft = lambda: min(time_left(), until - self.clock())  # noqa: E731  # one condition of two
        tallies = self.side_by_side(lambda segment: self._sweep(segment, slice_left), range(self.sweeping.segments))
        return sum(tallies, Counter[str]())

    def _sweep(self, segment: int, time_left: TimeLeft) -> Counter[str]:
        tally = Counter[str]()
        bookmark = self._bookmark(segment)
        lives_until = self.lifecycle.latest_stamp
        while not bookmark.is_done and time_left() > _NONE_LEFT:
            now = self.clock()
            if self.lifecycle.may_destroy(now):
                break
            page = self.sweeping.page(segment, bookmark.position, now)
            tally["seen"] += len(page.seen)
            if self.lifecycle.phase(now) is not Phase.CLOSED:
                tally["withdrawn"] += self._withdraw_due([seen.involvement for seen in page.seen if seen.involvement])
            tally["stamped"] += self._stamp(page.seen, lives_until)
            try:
                moved = replace(bookmark, position=page.after, is_done=page.after is None)
                bookmark = self.sweeping.turn_to(segment, moved)
            except Conflict:
                break  # another run is at it: what both did is done once
        return tally

    def _bookmark(self, segment: int) -> Bookmark:
        """Where to go on; at the beginning, if the last sweep is done, and was another day's or for another closure."""
        today, lives_until = day_of(self.clock()), self.lifecycle.latest_stamp
        last = self.sweeping.bookmark(segment)
        if last is None:
            return Bookmark(today, lives_until)
        if last.is_done and (last.day != today or last.lives_until != lives_until):
            return Bookmark(today, lives_until, version=last.version)
        return last

    def _stamp(self, seen: Sequence[Seen], lives_until: datetime | None) -> int:
        wrong = [one for one in seen if one.expires_at != one.lives_until(lives_until)]
        return self.sweeping.stamp(wrong, lives_until) if wrong else 0

    # What is due

    def _withdraw_due(self, involvements: Sequence[Involvement]) -> int:
        withdrawn = 0
        grown_up: dict[str, None] = {}
        for involvement in involvements:
            if self._is_due(self.retention.involvement_due(involvement)):
                withdrawn += self._withdraw(involvement)
            elif self._says_grown_up(involvement):
                grown_up[involvement.child_id] = None
        return withdrawn + sum(map(self._withdraw_child, grown_up))

    def _withdraw_child(self, child_id: str) -> int:
        """All that is known of a child, if all who say when it was born say that it has grown up.

        If anybody says otherwise, one of them errs, and nobody's slip takes away what others say: only what itself
        says that the child has grown up goes, as it would be refused if it were sent now. Whoever says so goes last:
        if this is stopped in between, what is left still says it.
        """
        everything = self.sweeping.of_child(child_id, self.clock())
        stating = [one for one in everything if self.retention.child_due(one.child)]
        if all(map(self._says_grown_up, stating)):
            return sum(map(self._withdraw, sorted(everything, key=self._says_grown_up)))
        return sum(map(self._withdraw, filter(self._says_grown_up, stating)))

    def _withdraw(self, due: Involvement) -> bool:
        """As its organisation would; not if that has said something else meanwhile: the next sweep looks at it again."""
        organisation, reference = due.organisation, due.source_reference
        register = self.sensitive if due.service.service_type.is_sensitive else self.register
        for attempt in range(_ATTEMPTS):
            try:
                register.withdraw(organisation, reference, due.version, self.clock())
            except Conflict:
                held = register.involvement(organisation, reference, self.clock())
                if held is None or held.version != due.version:
                    return False
                self.pause(attempt)
            else:
                return True
        return False

    def _says_grown_up(self, involvement: Involvement) -> bool:
        return self._is_due(self.retention.child_due(involvement.child))

    def _is_due(self, due: datetime | None) -> bool:
        return due is not None and due <= self.clock()
