"""What organisations have to be told, in the Register: each notice once, in the order in which it was put.

An organisation's notices are numbered. Its head says which number was the last; one transaction moves the head on, puts
the notices under the next numbers, and puts beside each a marker under its id, on condition that the head is where it was
read and that there is no such marker. So a notice is put once whoever is killed or repeated when, and none is ever put
before another that may have been read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched, islice
from typing import TYPE_CHECKING

from shared.domain.conflicts import Conflict
from shared.domain.errors import Contended, NoticeNotFound
from shared.domain.notices import KEPT, Notice, NoticeKind, NoticePage
from shared.persistence import codec, keys
from shared.persistence.change import MOST_OF_A_TRANSACTION, Change
from shared.persistence.failures import translated
from shared.persistence.models import NoticeHeadItem, NoticeItem, NoticeMarkerItem
from shared.persistence.reading import get, is_live, is_not_expired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from shared.domain.ports import Clock
    from shared.persistence.reading import Key

MOST_AT_ONCE = (MOST_OF_A_TRANSACTION - 1) // 2
"""Notices of one transaction: each with its marker, and one head."""

BECOMES_VISIBLE = timedelta(minutes=1)
"""Longer than the items of one transaction take to be seen, all of them, by a query."""

MOST_READ = 2_000
"""Items that are read for one page, at most: those that were acknowledged lie between the others."""

_ATTEMPTS = 25
"""How often a transaction is tried that others overtake."""
_FIRST_READ, _READ_ON = 100, 1_000
"""Items of the first query of a page, at least, and of each that follows because most of them were acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoNotices:
    """Implements `notices.Notices`. `models.bind` of the Register comes first.

    `lives_until` is `Lifecycle.latest_stamp`; `pause(attempt)` waits before a transaction is tried anew.
    """

    clock: Clock
    pause: Callable[[int], None]
    lives_until: datetime | None = None

    def put(self, notices: Sequence[Notice]) -> int:
        """See the port. One transaction for an organisation, or for each 49 of its notices. Raises Contended, too."""
        of_each = defaultdict[str, dict[str, Notice]](dict)
        for notice in notices:
            of_each[notice.organisation].setdefault(notice.notice_id, notice)
        return sum(
            self._put(organisation, some)
            for organisation, its in of_each.items()
            for some in batched(its.values(), MOST_AT_ONCE, strict=False)
        )

    def of(self, organisation: str, after: str | None, limit: int) -> NoticePage:
        """See the port. The cursor is the sort key of the last notice that was looked at."""
        now, found, last = self.clock(), list[Notice](), after
        with translated():
            for item in islice(_readable(organisation, after, limit, now), MOST_READ):
                last = item.sk
                if item.acknowledged_at is None and is_live(item, now):
                    found.append(notice_from(item))
                    if len(found) == limit:
                        break
        return NoticePage(found, last)

    def notice(self, organisation: str, notice_id: str) -> Notice:
        """See the port. Two reads: where it is, and what it is."""
        return notice_from(self._item(organisation, notice_id))

    def acknowledge(self, organisation: str, notice_id: str, at: datetime) -> None:
        """See the port. The first time stands."""
        for attempt in range(_ATTEMPTS):
            item = self._item(organisation, notice_id)
            if item.acknowledged_at is not None:
                return
            try:
                with translated():
                    item.update(
                        [NoticeItem.acknowledged_at.set(codec.text_of(at))],
                        NoticeItem.pk.exists()
                        & NoticeItem.acknowledged_at.does_not_exist()
                        & is_not_expired(self.clock()),
                    )
            except Conflict:
                self.pause(attempt)
            else:
                return
        raise Contended

    def _put(self, organisation: str, notices: Sequence[Notice]) -> int:
        head_key = (keys.notices(organisation), keys.HEAD)
        for attempt in range(_ATTEMPTS):
            now = self.clock()
            found = get([head_key, *(_marker_key(notice.notice_id) for notice in notices)])
            known = {item.pk for item in found if isinstance(item, NoticeMarkerItem) and is_live(item, now)}
            new = [notice for notice in notices if keys.notice(notice.notice_id) not in known]
            if not new:
                return 0
            head = next((item for item in found if isinstance(item, NoticeHeadItem)), None)
            last = max(int(head.last) if head else 0, _last_listed(organisation) if attempt else 0)
            try:
                self._change(head, last, new, now).commit()
            except Conflict:
                self.pause(attempt)
            else:
                return len(new)
        raise Contended

    def _change(self, head: NoticeHeadItem | None, last: int, new: Sequence[Notice], now: datetime) -> Change:
        change = Change(now, self.lives_until)
        as_read = NoticeHeadItem.last == int(head.last) if head else NoticeHeadItem.pk.does_not_exist()
        change.put(_moved_on(head, new[0].organisation, last + len(new), now), as_read)
        lapses_at = codec.text_of(now + KEPT)
        for number, notice in enumerate(new, last + 1):
            change.put(_item(notice, number, lapses_at), NoticeItem.pk.does_not_exist())
            marker = NoticeMarkerItem(
                *_marker_key(notice.notice_id), organisation=notice.organisation, number=number, lapses_at=lapses_at
            )
            is_unknown = NoticeMarkerItem.pk.does_not_exist() | (NoticeMarkerItem.expires_at <= now)
            change.put(marker, is_unknown)
        return change

    def _item(self, organisation: str, notice_id: str) -> NoticeItem:
        """Raises NoticeNotFound."""
        now = self.clock()
        for marker in get([_marker_key(notice_id)]):
            if isinstance(marker, NoticeMarkerItem) and marker.organisation == organisation and is_live(marker, now):
                place = (keys.notices(organisation), keys.notice_place(int(marker.number)))
                for item in get([place]):
                    if isinstance(item, NoticeItem) and item.notice_id == notice_id and is_live(item, now):
                        return item
        raise NoticeNotFound


def _readable(organisation: str, after: str | None, limit: int, now: datetime) -> Iterator[NoticeItem]:
    """All that lie behind the cursor, as far as nothing can come before them any more.

    A query that meets a transaction may see some of its items and others not yet. Numbers have no gaps but where the
    oldest expired; so what comes after a gap, and was put a moment ago, waits until all of it is there, unless all that
    may have been in the gap was there long ago.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation
    """
    expected = _number(after) + 1
    for item in _listed(organisation, after, max(limit, _FIRST_READ)):
        number = _number(item.sk)
        is_young = codec.instant(item.lapses_at) - KEPT > now - BECOMES_VISIBLE
        if number > expected and is_young and number > _settled(organisation) + 1:
            return
        yield item
        expected = number + 1


def _listed(organisation: str, after: str | None, size: int) -> Iterator[NoticeItem]:
    """All that lie behind the cursor. Who reads on beyond the first of them meets what was acknowledged: more at once."""
    while True:
        behind = NoticeItem.sk > after if after else None
        items = list(NoticeItem.query(keys.notices(organisation), behind, consistent_read=True, limit=size))
        yield from items
        if len(items) < size:
            return
        after, size = items[-1].sk, _READ_ON


def _settled(organisation: str) -> int:
    """See `NoticeHeadItem.settled`; 0 if it does not say."""
    found = get([(keys.notices(organisation), keys.HEAD)])
    return next((int(item.settled) for item in found if isinstance(item, NoticeHeadItem)), 0)


def _last_listed(organisation: str) -> int:
    """The number of the last notice that lies there: behind the head, if the table was restored and the head is older."""
    with translated():
        last = NoticeItem.query(
            keys.notices(organisation),
            NoticeItem.sk < keys.HEAD,
            scan_index_forward=False,
            consistent_read=True,
            limit=1,
        )
        return max((_number(item.sk) for item in last), default=0)


def _moved_on(head: NoticeHeadItem | None, organisation: str, last: int, now: datetime) -> NoticeHeadItem:
    """The head, once this is the last number. What was the last one has settled if it was put long enough ago."""
    settled = 0
    if head:
        was_quiet = codec.instant(head.at) <= now - BECOMES_VISIBLE
        settled = int(head.last if was_quiet else head.settled)
    return NoticeHeadItem(keys.notices(organisation), keys.HEAD, last=last, at=codec.text_of(now), settled=settled)


def _number(sort: str | None) -> int:
    """Of a sort key; 0 for a cursor that is none."""
    return int(sort) if sort and sort.isascii() and sort.isdigit() else 0


def _marker_key(notice_id: str) -> Key:
    return keys.notice(notice_id), keys.NOTICE


def _item(notice: Notice, number: int, lapses_at: str) -> NoticeItem:
    return NoticeItem(
        keys.notices(notice.organisation),
        keys.notice_place(number),
        notice_id=notice.notice_id,
        organisation=notice.organisation,
        notice=notice.kind,
        at=codec.text_of(notice.at),
        child_id=notice.child_id,
        about=dict(notice.about) or None,
        lapses_at=lapses_at,
    )


def notice_from(item: NoticeItem) -> Notice:
    """A notice as it was put."""
    return Notice(
        notice_id=item.notice_id,
        kind=NoticeKind(item.notice),
        at=codec.instant(item.at),
        organisation=item.organisation,
        child_id=item.child_id,
        about=item.about or {},
        acknowledged_at=codec.instant(item.acknowledged_at) if item.acknowledged_at else None,
    )
