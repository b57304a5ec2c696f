"""An open register's retention: what is due is withdrawn, and while a closure is set all that lives expires in time.

Once a day the whole register is gone through, a slice at a time. What is due is hidden at once, as if its organisation
had withdrawn it; DynamoDB removes it later, by itself. While the register is open nothing is deleted by a call. What ended,
and what says that the child died, goes by itself; only of a child grown up all goes, if all who state a birth say so.
What the coverage has left goes as if it had ended that day. What has gone quiet is handed over to whoever tells of it.

Closed, it is still gone through until it may be destroyed, for its dates can still be moved: stamps are put right, so that
nothing expires before its time. Nothing is withdrawn any more, and nobody asks what is due.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from shared.domain.conflicts import Conflict
from shared.domain.duration import day_of
from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Phase
from shared.domain.sweep import Bookmark
from shared.services.leave_coverage import GONE, WAITING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from shared.domain.destruction import TimeLeft
    from shared.domain.involvement import Involvement
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.ports import Clock, Register, SideBySide
    from shared.domain.retention import Retention
    from shared.domain.sweep import Seen, Sweeping
    from shared.services.leave_coverage import LeaveCoverage

LONGEST_SLICE = timedelta(minutes=4)
"""Less than lies between two runs, so that none waits for another."""

UNTOLD = "quiet_untold"
"""By which name a sweep counts the pages of which nobody could be told what has gone quiet."""

_NONE_LEFT = timedelta()
_ATTEMPTS = 5
"""How often a withdrawal is tried that others overtake; then it is left for the next day."""


class TellOfQuiet(Protocol):
    """`services.gone_quiet.TellOfQuiet`, as a sweep needs it."""

    def __call__(self, involvements: Sequence[Involvement], *, is_weekly: bool) -> int:
        """Puts notices of those that have gone quiet: how many were new. Raises Unavailable, and Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retain:
    """The use case and its ports. `pause(attempt)` waits between two attempts at a withdrawal."""

    lifecycle: Lifecycle
    retention: Retention
    sweeping: Sweeping
    register: Register
    sensitive: Register
    """What sensitive services say, in a compartment of its own."""
    leave_coverage: LeaveCoverage
    gone_quiet: TellOfQuiet
    clock: Clock
    pause: Callable[[int], None]
    side_by_side: SideBySide

    def __call__(self, time_left: TimeLeft) -> Mapping[str, int]:
        """One slice: how many were `seen`, `withdrawn` and `stamped`. Nothing, if the day's sweep is done.

        And `out_of_coverage`: withdrawn because the coverage has left them; `leaving_coverage`: out of it, and not due
        yet; `gone_quiet`: how many notices were put of what has; `quiet_untold`: of how many pages nobody could be
        told, for the store of notices did not answer. Retention goes on without that; the next day's sweep tells.

        It goes on where the last slice stopped, and a sweep is finished before the next one begins, though it take
        longer than a day. When a closure is set, moved or cleared, the one under way goes on with the new stamp, and
        another begins as soon as it is done, if not at once. None is ever broken off: or dates moved every few days
        would keep the sweep from what comes last, and it would expire by a closure of long ago. Raises Unavailable.
        """
        until = self.clock() + LONGEST_SLICE
        slice_left: TimeLeft = lambda: min(time_left(), until - self.clock())  # noqa: E731  # one condition of two
        covered_since = self.leave_coverage.since()  # even if nothing is swept: a coverage may be changed twice a day
        tallies = self.side_by_side(
            lambda segment: self._sweep(segment, slice_left, covered_since), range(self.sweeping.segments)
        )
        return sum(tallies, Counter[str]())

    def _sweep(self, segment: int, time_left: TimeLeft, covered_since: date) -> Counter[str]:
        tally = Counter[str]()
        bookmark = self._bookmark(segment)
        lives_until = self.lifecycle.latest_stamp
        while not bookmark.is_done and time_left() > _NONE_LEFT:
            now = self.clock()
            if self.lifecycle.may_destroy(now):
                break
            page = self.sweeping.page(segment, bookmark.position, now)
            of_page = Counter(seen=len(page.seen), stamped=self._stamp(page.seen, lives_until))
            if self.lifecycle.phase(now) is not Phase.CLOSED:
                of_page.update(self._retain(page.seen, covered_since, is_weekly=bookmark.is_weekly))
            tally.update(of_page)
            try:
                counts = Counter(bookmark.counts) + of_page
                moved = replace(bookmark, position=page.after, is_done=page.after is None, counts=counts)
                bookmark = self.sweeping.turn_to(segment, moved)
            except Conflict:
                break  # another run is at it: what both did is done once
        return tally

    def _bookmark(self, segment: int) -> Bookmark:
        """Where to go on; at the beginning, if the last sweep is done, and was another day's or for another closure.

        What a weekly one could not tell, the next one tells: it is weekly, too. Each notice is put once in a week.
        """
        today, lives_until = day_of(self.clock()), self.lifecycle.latest_stamp
        last = self.sweeping.bookmark(segment)
        if last is None:
            return Bookmark(today, lives_until, is_weekly=True)
        if last.is_done and (last.day != today or last.lives_until != lives_until):
            is_new_week = last.day.isocalendar()[:2] != today.isocalendar()[:2]
            is_weekly = is_new_week or (last.is_weekly and last.counts.get(UNTOLD, 0) > 0)
            return Bookmark(today, lives_until, version=last.version, is_weekly=is_weekly)
        return last

    def _stamp(self, seen: Sequence[Seen], lives_until: datetime | None) -> int:
        wrong = [one for one in seen if one.expires_at != one.lives_until(lives_until)]
        return self.sweeping.stamp(wrong, lives_until) if wrong else 0

    # What is due

    def _retain(self, seen: Sequence[Seen], covered_since: date, *, is_weekly: bool) -> Counter[str]:
        """Withdraws what is due of a page, and has told of what is quiet of the rest."""
        involvements = [one.involvement for one in seen if one.involvement]
        tally = Counter(withdrawn=self._withdraw_due(involvements))
        stay = {(i.organisation, i.source_reference): i for i in involvements if not self._has_had_its_time(i)}
        for leaving in self.leave_coverage(seen, covered_since):
            reference = (leaving.involvement.organisation, leaving.involvement.source_reference)
            if reference not in stay:
                continue
            if not self._is_due(leaving.due):
                tally[WAITING] += 1
            elif self._withdraw(stay.pop(reference)):
                tally[GONE] += 1
        try:
            tally["gone_quiet"] += self.gone_quiet(list(stay.values()), is_weekly=is_weekly)
        except (Unavailable, Conflict):
            tally[UNTOLD] += 1
        return tally

    def _has_had_its_time(self, involvement: Involvement) -> bool:
        return self._is_due(self.retention.involvement_due(involvement)) or self._says_grown_up(involvement)

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
                register.withdraw(organisation, reference, due.version, self.clock(), by_rule=True)
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
