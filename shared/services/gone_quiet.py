"""What has gone quiet is told of: to whose involvement it is, and once a week to the child's authority.

Found by the daily sweep, which may be killed, repeated or met by another: a notice is put once whatever happens, because
its cause is the last contact, or the week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.domain.notices import notice_of
from shared.domain.quiet import (
    GONE_QUIET_AFTER,
    cause_of,
    hears_of_its_children,
    hears_of_its_own,
    weekly_cause_of,
)
from shared.domain.readers import may_be_told, reader_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.disclosure import Viewer
    from shared.domain.held import HeldChild
    from shared.domain.in_force import InForce
    from shared.domain.involvement import Involvement
    from shared.domain.notices import Notice, Notices
    from shared.domain.ports import Clock, Directory
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.quiet import GoneQuiet


class Children(Protocol):
    """All that is needed of the Register."""

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See `ports.Register`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellOfQuiet:
    """The use case and its ports."""

    rule: GoneQuiet
    register: Children
    directory: Directory
    notices: Notices
    in_force: InForce
    pseudonyms: Pseudonyms
    clock: Clock

    def __call__(self, involvements: Sequence[Involvement], *, is_weekly: bool) -> int:
        """Puts the notices of those of these that have gone quiet: how many were new.

        Each child is read once, as it is now, and only if somebody may have to be told. Raises Unavailable.
        """
        now = self.clock()
        since = self.in_force.since(GONE_QUIET_AFTER, str(self.rule.after), now)
        quiet = [one for one in involvements if self.rule.is_quiet(one, now)]
        to_tell = [one for one in quiet if is_weekly or self.rule.is_to_be_told(one, now, since)]
        if not to_tell:
            return 0
        readers = [reader_of(one, now) for one in self.directory.organisations() if may_be_told(one)]
        if not readers:
            return 0
        notices: dict[str, Notice] = {}
        for child_id in dict.fromkeys(one.child_id for one in to_tell):
            held = self.register.held_by_id(child_id, now)
            if held is None:
                continue
            found = self._of_child(held, readers, now, since, is_weekly=is_weekly)
            notices.update((notice.notice_id, notice) for notice in found)
        return self.notices.put(list(notices.values())) if notices else 0

    def _of_child(
        self, held: HeldChild, readers: Sequence[Viewer], now: datetime, since: datetime, *, is_weekly: bool
    ) -> list[Notice]:
        found = []
        for reader in readers:
            code = reader.caller.organisation.code
            found += [
                notice_of(cause_of(one, held, now, self.pseudonyms), code, self.pseudonyms)
                for one in held.involvements
                if self.rule.is_to_be_told(one, now, since) and hears_of_its_own(reader, one, held)
            ]
            if is_weekly and hears_of_its_children(reader, held, self.rule):
                found.append(notice_of(weekly_cause_of(held, now), code, self.pseudonyms))
        return found
