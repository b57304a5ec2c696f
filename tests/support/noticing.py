"""What it takes to tell who has to know, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.causes import InvolvementChanged
from shared.domain.errors import NoticeNotFound
from shared.domain.involvement import ServiceType, Standing
from shared.domain.notices import Notice, NoticePage, Watch, WatchReason
from tests.support.builders import COUNCIL, NOW, SCHOOL, an_involvement
from tests.support.fakes import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.domain.held import HeldChild
    from shared.domain.involvement import Involvement

LEEDS = "E08000035"
"""Another authority, of the postcode areas LS and WF."""
HOUR = timedelta(hours=1)


def a_watch(organisation: str = COUNCIL, child_id: str = "child-1", **said: Any) -> Watch:
    """For a month, because the child is missing."""
    known: dict[str, Any] = {
        "reason": WatchReason.MISSING_CHILD,
        "since": NOW,
        "until": NOW + timedelta(days=30),
    }
    return Watch(organisation=organisation, child_id=child_id, **(known | said))


def at_school(**said: Any) -> Involvement:
    """The school's, an hour ago, of the child whom the council knows."""
    known: dict[str, Any] = {
        "organisation": SCHOOL,
        "source_reference": "PUPIL-9",
        "service_type": ServiceType.EDUCATION,
        "recorded_at": NOW - HOUR,
        "refreshed_at": NOW - HOUR,
    }
    return an_involvement(**(known | said))


def changed(before: Involvement | None, after: Involvement | None, **said: Any) -> InvolvementChanged:
    """Now."""
    return InvolvementChanged(before, after, **({"at": NOW} | said))


def ended(involvement: Involvement) -> Involvement:
    """The same, a version later, since its organisation has said now that it ended."""
    service = replace(involvement.service, standing=Standing.ENDED)
    return replace(involvement, service=service, version=involvement.version + 1, refreshed_at=NOW)


@dataclass
class FakeNotices:
    """Implements `notices.Notices`. The cursor counts what was put for the organisation."""

    faults: Faults = field(default_factory=Faults)
    put_once: dict[str, Notice] = field(default_factory=dict)
    """In the order in which they were put."""

    def put(self, notices: Sequence[Notice]) -> int:
        return self.faults.run("notices.put", lambda: self._put(notices))

    def of(self, organisation: str, after: str | None, limit: int) -> NoticePage:
        def page() -> NoticePage:
            rest = [(n, one) for n, one in enumerate(self._of(organisation), 1) if n > int(after or 0)]
            some = [(n, one) for n, one in rest if one.acknowledged_at is None][:limit]
            looked_at = some if len(some) == limit else rest
            return NoticePage([one for _, one in some], str(looked_at[-1][0]) if looked_at else after)

        return self.faults.run("notices.of", page)

    def notice(self, organisation: str, notice_id: str) -> Notice:
        return self.faults.run("notices.notice", lambda: self._own(organisation, notice_id))

    def acknowledge(self, organisation: str, notice_id: str, at: datetime) -> None:
        def mark() -> None:
            own = self._own(organisation, notice_id)
            self.put_once[notice_id] = replace(own, acknowledged_at=own.acknowledged_at or at)

        self.faults.run("notices.acknowledge", mark)

    def _put(self, notices: Sequence[Notice]) -> int:
        before = len(self.put_once)
        for notice in notices:
            self.put_once.setdefault(notice.notice_id, notice)
        return len(self.put_once) - before

    def _of(self, organisation: str) -> Iterator[Notice]:
        return (one for one in self.put_once.values() if one.organisation == organisation)

    def _own(self, organisation: str, notice_id: str) -> Notice:
        found = self.put_once.get(notice_id)
        if found is None or found.organisation != organisation:
            raise NoticeNotFound
        return found


@dataclass
class FakeWatches:
    """Implements `notices.Watches`."""

    faults: Faults = field(default_factory=Faults)
    kept: dict[tuple[str, str], Watch] = field(default_factory=dict)
    """By child and organisation."""

    def put(self, watch: Watch) -> None:
        self.faults.run("watches.put", lambda: self.kept.update({(watch.child_id, watch.organisation): watch}))

    def end(self, child_id: str, organisation: str, now: datetime) -> None:
        assert now.tzinfo
        self.faults.run("watches.end", lambda: self.kept.pop((child_id, organisation), None))

    def of(self, child_ids: Sequence[str], now: datetime) -> Sequence[Watch]:
        def those() -> list[Watch]:
            return [one for (child, _), one in sorted(self.kept.items()) if child in child_ids and now < one.until]

        return self.faults.run("watches.of", those)


@dataclass
class FakeChildren:
    """Implements `notify.Children`: children as they are now, by every id that they have had."""

    faults: Faults = field(default_factory=Faults)
    known: dict[str, HeldChild] = field(default_factory=dict)

    def known_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        assert now.tzinfo
        return self.faults.run("register.known_by_id", lambda: self.known.get(child_id))
