"""Whoever answers for a system that relies on the register is told of its closure, and reminded as the day comes near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.announcement import Announcement
from shared.domain.dependents import due
from shared.domain.notices import notice_of
from shared.domain.readers import may_be_told

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.dependents import Dependents
    from shared.domain.notices import Notices
    from shared.domain.ports import Clock, DirectoryKeeper
    from shared.domain.pseudonym import Pseudonyms


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Stopped between telling and noting that, it tells again, which puts nothing new: each owner is told once."""

    dependents: Dependents
    keeper: DirectoryKeeper
    notices: Notices
    pseudonyms: Pseudonyms
    clock: Clock

    def __call__(self, announced_at: datetime, closes_at: datetime) -> int:
        """Tells every owner what is due by now: that this closure is set, or the latest reminder. How many were told.

        An owner that may read no notices is told once it may. Nobody is told once the register is closed. Raises
        Unavailable: the next run goes on.
        """
        now, announcement = self.clock(), Announcement(announced_at, closes_at)
        if now >= closes_at:
            return 0
        told = 0
        waiting = [(d, found) for d in self.dependents.all() if (found := due(d, announcement, now))]
        reached = {o.code for o in self.keeper.organisations() if may_be_told(o)} if waiting else set()
        for dependent, found in waiting:
            if dependent.owner in reached:
                told += self.notices.put([notice_of(found.cause, dependent.owner, self.pseudonyms)])
                self.dependents.note_informed(dependent.dependent_id, found.informed)
        return told
