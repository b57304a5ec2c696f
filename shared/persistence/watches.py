"""Who watches whom, in the Register: beside each child's id, one item an organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.conflicts import Conflict
from shared.domain.errors import Contended
from shared.domain.notices import Watch, WatchReason
from shared.persistence import codec, keys
from shared.persistence.change import Change
from shared.persistence.failures import translated
from shared.persistence.models import WatchItem
from shared.persistence.reading import get, is_live, is_not_expired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

_ATTEMPTS = 25
"""How often an item is written that others are writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoWatches:
    """Implements `notices.Watches`. `models.bind` of the Register comes first.

    `lives_until` is `Lifecycle.latest_stamp`; `pause(attempt)` waits before an item is written anew.
    """

    pause: Callable[[int], None]
    lives_until: datetime | None = None

    def put(self, watch: Watch) -> None:
        """See the port. It expires when it ends."""
        item = WatchItem(
            keys.watches(watch.child_id),
            keys.organisation(watch.organisation),
            child_id=watch.child_id,
            organisation=watch.organisation,
            reason=watch.reason,
            since=codec.text_of(watch.since),
            lapses_at=codec.text_of(watch.until),
        )

        def replacing() -> Change:
            change = Change(watch.since, self.lives_until)
            change.put(item)
            return change

        self._commit(replacing)

    def end(self, child_id: str, organisation: str, now: datetime) -> None:
        """See the port. It is hidden at once; the table's TTL removes it later."""
        key = (keys.watches(child_id), keys.organisation(organisation))

        def hiding() -> Change | None:
            change = Change(now, self.lives_until)
            there = [item for item in get([key]) if is_live(item, now)]
            for item in there:
                change.update(item, [change.hiding()], WatchItem.pk.exists() & is_not_expired(now))
            return change if there else None

        self._commit(hiding)

    def of(self, child_ids: Sequence[str], now: datetime) -> Sequence[Watch]:
        """See the port. One query for each id."""
        found: list[WatchItem] = []
        with translated():
            for child_id in dict.fromkeys(child_ids):
                found += WatchItem.query(
                    keys.watches(child_id), filter_condition=is_not_expired(now), consistent_read=True
                )
        return [watch for watch in map(_watch, found) if now < watch.until]

    def _commit(self, attempted: Callable[[], Change | None]) -> None:
        for attempt in range(_ATTEMPTS):
            change = attempted()
            if change is None:
                return
            try:
                change.commit()
            except Conflict:
                self.pause(attempt)
            else:
                return
        raise Contended


def _watch(item: WatchItem) -> Watch:
    return Watch(
        child_id=item.child_id,
        organisation=item.organisation,
        reason=WatchReason(item.reason),
        since=codec.instant(item.since),
        until=codec.instant(item.lapses_at),
    )
