"""The open register, gone through by a consistent scan in segments; the places are kept in the Directory."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.domain.conflicts import Conflict
from shared.domain.sweep import Bookmark, Page, Seen, Uncovered
from shared.persistence import codec, keys, partitions
from shared.persistence.failures import translated
from shared.persistence.models import (
    ChildItem,
    DirectoryItem,
    InvolvementItem,
    Lapsing,
    MatchKeyItem,
    OverrideItem,
    PointerItem,
    RegisterItem,
    SweepItem,
)
from shared.persistence.reading import is_not_expired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.domain.involvement import Involvement
    from shared.domain.sweep import Position

SEGMENTS = 4
"""Read side by side."""
MOST_OF_A_PAGE = 500
"""Items read between two looks at the time that is left."""

_OF_ITS_STAMP_ALONE = frozenset(map(RegisterItem.kind.get_discriminator, (MatchKeyItem, PointerItem)))
"""Kinds of which nothing but the stamp is looked at: four in five of all items."""

type AllOf = Callable[[Sequence[Callable[[], bool]]], Sequence[bool]]


@dataclass(frozen=True, slots=True)
class DynamoSweeping:
    """Implements `sweep.Sweeping`. `side_by_side` does writes side by side. `models.bind` comes first."""

    side_by_side: AllOf
    segments: int = SEGMENTS
    page_size: int = MOST_OF_A_PAGE

    def bookmark(self, segment: int) -> Bookmark | None:
        """See the port."""
        place = SweepItem.sk == keys.sweep(segment, self.segments)
        with translated():
            items = list(SweepItem.query(keys.EXPIRY, place, consistent_read=True))
        return _bookmark(items[0]) if items else None

    def turn_to(self, segment: int, bookmark: Bookmark) -> Bookmark:
        """See the port."""
        moved = replace(bookmark, version=bookmark.version + 1)
        as_read = SweepItem.version == bookmark.version if bookmark.version else SweepItem.pk.does_not_exist()
        with translated():
            _item(keys.sweep(segment, self.segments), moved).save(as_read)
        return moved

    def page(self, segment: int, after: Position | None, now: datetime) -> Page:
        """See the port."""
        connection = RegisterItem._get_connection()  # noqa: SLF001  # the one made by models.bind
        with translated():
            answer = connection.scan(
                filter_condition=is_not_expired(now),
                limit=self.page_size,
                exclusive_start_key=_as_key(after) if after else None,
                segment=segment,
                total_segments=self.segments,
                consistent_read=True,
            )
        last = answer.get("LastEvaluatedKey")
        return Page(
            [seen for seen in map(_seen, answer["Items"]) if seen],
            (last["pk"]["S"], last["sk"]["S"]) if last else None,
        )

    def stamp(self, seen: Sequence[Seen], lives_until: datetime | None) -> int:
        """See the port."""
        return sum(self.side_by_side([partial(_stamp, one, lives_until) for one in seen]))

    def of_child(self, child_id: str, now: datetime) -> Sequence[Involvement]:
        """See the port."""
        return [codec.involvement_from(item) for item in partitions.gathered(partitions.whole(child_id), now)]

    def note_uncovered(self, child_id: str, day: date, not_before: date) -> date:
        """See the port. It changes nothing that a registration relies on, and so not the child's version."""
        noted = ChildItem.uncovered_since
        try:
            _of_child(
                child_id,
                noted.set(day.isoformat()),
                noted.does_not_exist() | (noted < not_before.isoformat()) | (noted > day.isoformat()),
            )
        except Conflict:
            child = partitions.children([child_id]).get(child_id)
            return date.fromisoformat(child.uncovered_since) if child and child.uncovered_since else day
        return day

    def note_covered(self, child_id: str) -> None:
        """See the port."""
        with suppress(Conflict):
            _of_child(child_id, ChildItem.uncovered_since.remove(), ChildItem.uncovered_since.exists())

    def forget(self) -> None:
        """See the port."""
        with translated():
            for item in DirectoryItem.query(keys.EXPIRY, SweepItem.sk.startswith(keys.SWEEPS), consistent_read=True):
                item.delete()


def _of_child(child_id: str, action: Any, condition: Any) -> None:
    connection = RegisterItem._get_connection()  # noqa: SLF001  # a model would want its item back, whole
    with translated():
        connection.update_item(
            keys.child(child_id),
            range_key=keys.CHILD,
            actions=[action],
            condition=RegisterItem.pk.exists() & condition,
        )


def _stamp(seen: Seen, lives_until: datetime | None) -> bool:
    pk, sk = seen.position
    stamp, until = RegisterItem.expires_at, seen.lives_until(lives_until)
    as_read = stamp == seen.expires_at if seen.expires_at else stamp.does_not_exist()
    connection = RegisterItem._get_connection()  # noqa: SLF001  # a model would want its item back, whole
    try:
        with translated():
            connection.update_item(
                pk,
                range_key=sk,
                actions=[stamp.set(until) if until else stamp.remove()],
                condition=RegisterItem.pk.exists() & as_read,
            )
    except Conflict:
        return False
    return True


def _seen(raw: dict[str, Any]) -> Seen | None:
    """What the sweep has to know of an item; None of an override, which has an end of its own, a quarter of an hour away."""
    if raw["kind"]["S"] in _OF_ITS_STAMP_ALONE:
        stamp = raw.get("expires_at", {}).get("N")
        expires_at = datetime.fromtimestamp(int(stamp), UTC) if stamp else None
        return Seen((raw["pk"]["S"], raw["sk"]["S"]), expires_at)
    item = RegisterItem.from_raw_data(raw)
    if isinstance(item, OverrideItem):
        return None
    involvement = codec.involvement_from(item) if isinstance(item, InvolvementItem) else None
    lapses_at = item.lapses_at if isinstance(item, Lapsing) else None
    uncovered = None
    if isinstance(item, ChildItem) and item.uncovered_since:
        uncovered = Uncovered(item.child_id, date.fromisoformat(item.uncovered_since))
    lapses = codec.instant(lapses_at) if lapses_at else None
    return Seen((item.pk, item.sk), item.expires_at, involvement, lapses, uncovered)


def _as_key(position: Position) -> Any:
    pk, sk = position
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _bookmark(item: SweepItem) -> Bookmark:
    return Bookmark(
        day=date.fromisoformat(item.day),
        lives_until=codec.instant(item.lives_until) if item.lives_until else None,
        position=(item.position[0], item.position[1]) if item.position else None,
        is_done=item.is_done,
        version=int(item.version),
        is_weekly=bool(item.is_weekly),
        counts={what: int(count) for what, count in (item.counts or {}).items()},
    )


def _item(sort: str, bookmark: Bookmark) -> SweepItem:
    return SweepItem(
        keys.EXPIRY,
        sort,
        day=bookmark.day.isoformat(),
        lives_until=codec.text_of(bookmark.lives_until) if bookmark.lives_until else None,
        position=list(bookmark.position) if bookmark.position else None,
        is_done=bookmark.is_done,
        version=bookmark.version,
        is_weekly=bookmark.is_weekly,
        counts=dict(bookmark.counts),
    )
