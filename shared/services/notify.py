"""Something has happened: who has to know of it is told. Never on the way of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.domain.causes import ChildrenJoined, causes_of
from shared.domain.errors import RegisterClosed
from shared.domain.notices import NoticeKind, notice_of
from shared.domain.noticing import receivers
from shared.domain.readers import Known, may_be_told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.domain.causes import Event
    from shared.domain.directory import Organisation
    from shared.domain.held import HeldChild
    from shared.domain.notices import Cause, Notice, Notices, Watch, Watches
    from shared.domain.ports import Directory
    from shared.domain.pseudonym import Pseudonyms
    from shared.services.gate import Gate


class Children(Protocol):
    """All that notices need of the Register."""

    def known_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See `ports.Register`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """The use case and its ports. Killed anywhere, handed the same again, or by two at once, it tells everybody once."""

    register: Children
    directory: Directory
    notices: Notices
    watches: Watches
    pseudonyms: Pseudonyms
    gate: Gate

    def __call__(self, event: Event) -> int:
        """Puts the notices of an event: how many were new. Raises what `made_of` and `put` do."""
        return self.put(self.made_of(event))

    def made_of(self, event: Event) -> Sequence[Notice]:
        """The notices of an event, which nobody has been told yet.

        Each child is read once, and not at all if nobody could be told. Of a child that the store has forgotten nothing
        is told, because nobody knows whether it was shielded. Nothing is done once the register is closed.
        Raises Unavailable: the same event may come again.
        """
        causes = causes_of(event, self.pseudonyms)
        if not causes:
            return []
        try:
            now = self.gate.open_at()
        except RegisterClosed:
            return []
        organisations = {organisation.code: organisation for organisation in self.directory.organisations()}
        if not any(map(may_be_told, organisations.values())):
            return []
        known = self._known(event, causes, organisations, now)
        return self._notices(event, causes, known) if known else []

    def put(self, made: Sequence[Notice]) -> int:
        """Puts the notices of some events, made in their order: how many were new.

        Those of children that are sought go first, with all that is told of them: of one child all stays in order.
        Raises Unavailable and Contended: the same may be put again.
        """
        if self.gate.is_closed:
            return 0
        sought = {notice.child_id for notice in made if notice.kind is NoticeKind.WATCHED}
        at_once = [notice for notice in made if notice.child_id in sought]
        others = [notice for notice in made if notice.child_id not in sought]
        return sum(self.notices.put(some) for some in (at_once, others) if some)

    def _known(
        self, event: Event, causes: Sequence[Cause], organisations: Mapping[str, Organisation], now: datetime
    ) -> Known | None:
        """All causes of an event are about one child; if a join was undone, about two."""
        child_id = causes[0].child_id  # the one that stays, of two
        held = self.register.known_by_id(child_id, now) if child_id else None
        if held is None:
            return None
        parted = None
        if isinstance(event, ChildrenJoined) and event.undone:
            parted = self.register.known_by_id(event.goes, now)
        return Known(
            held=held,
            organisations=organisations,
            now=now,
            pseudonyms=self.pseudonyms,
            watches=self._watches(child_id, held, causes, now),
            parted=parted,
        )

    def _watches(
        self, child_id: str | None, held: HeldChild, causes: Sequence[Cause], now: datetime
    ) -> Sequence[Watch]:
        """Who watches the child, by any id that it ever had."""
        if all(cause.kind is not NoticeKind.WATCHED for cause in causes):
            return ()
        known_as = {held.child_id, *held.formerly, *([child_id] if child_id else ())}
        return self.watches.of(sorted(known_as), now)

    def _notices(self, event: Event, causes: Sequence[Cause], known: Known) -> list[Notice]:
        return [
            notice_of(cause, organisation, self.pseudonyms)
            for cause in causes
            for organisation in receivers(cause, event, known)
        ]
