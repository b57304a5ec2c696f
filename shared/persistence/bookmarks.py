"""How far a scan in segments has come, kept in the Directory, so that a run that was killed is taken up by the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.domain.conflicts import Conflict
from shared.persistence import keys
from shared.persistence.failures import translated
from shared.persistence.models import BookmarkItem

if TYPE_CHECKING:
    from collections.abc import Mapping

type Position = tuple[str, str]
"""The key of the last item that was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment of a scan. `position` is None at the beginning, and again when it is done."""

    number: int
    position: Position | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    is_done: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class Bookmarks:
    """Those of one piece of work. Another number of segments is another scan, and begins anew."""

    work: str
    segments: int

    def read(self, number: int) -> Segment:
        """How far it has come. Raises Unavailable."""
        with translated():
            sort = keys.bookmark(self.work, number, self.segments)
            items = list(BookmarkItem.query(keys.CLOSURE, BookmarkItem.sk == sort, consistent_read=True))
        return _segment(number, items[0]) if items else Segment(number=number)

    def move(
        self, segment: Segment, position: Position | None, counts: Mapping[str, int], *, is_done: bool = False
    ) -> Segment:
        """On from where `segment` was, position and counts in one write; says where it is then. Raises Unavailable.

        If another run has moved it meanwhile, nothing is written, and it is where that one left it: so each page is
        counted once, however many runs there are and wherever one of them stops.
        """
        item = BookmarkItem(
            keys.CLOSURE,
            keys.bookmark(self.work, segment.number, self.segments),
            position=list(position) if position else None,
            counts=dict(counts),
            is_done=is_done,
            version=segment.version + 1,
        )
        unmoved = BookmarkItem.version == segment.version if segment.version else BookmarkItem.version.does_not_exist()
        try:
            with translated():
                item.save(condition=unmoved)
        except Conflict:
            return self.read(segment.number)
        return _segment(segment.number, item)


def positions() -> int:
    """How many positions are kept, of whatever work: each is a key of the Register. Raises Unavailable."""
    return len(_with_positions())


def forget_positions() -> None:
    """Of work that is done, and of work that was given up for another number of segments. Raises Unavailable."""
    for item in _with_positions():
        with translated():
            item.update(actions=[BookmarkItem.position.remove()])


def _with_positions() -> list[BookmarkItem]:
    with translated():
        bookmarks = BookmarkItem.query(keys.CLOSURE, BookmarkItem.sk.startswith(keys.BOOKMARKS), consistent_read=True)
        return [item for item in bookmarks if item.position]


def _segment(number: int, item: BookmarkItem) -> Segment:
    pk, sk = item.position or (None, None)
    return Segment(
        number=number,
        position=(pk, sk) if pk is not None and sk is not None else None,
        counts={what: int(count) for what, count in item.counts.items()},
        is_done=bool(item.is_done),
        version=int(item.version),
    )
