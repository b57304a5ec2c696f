"""The access log in DynamoDB, read: by the hour as it was written, and by the child through the index."""

from __future__ import annotations

import heapq
import json
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from shared.domain.accesses import AccessPage, Logged, hour_of, read_hour
from shared.persistence import keys
from shared.persistence.access_log import record_in
from shared.persistence.failures import translated
from shared.persistence.models import AccessItem, SealItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pynamodb.pagination import ResultIterator

    from shared.domain.access import AccessRecord

type Stored = dict[str, dict[str, Any]]
"""An item as DynamoDB has it: each attribute with its type."""


class DynamoAccessReading:
    """Implements `accesses.AccessReading`. `models.bind` comes first."""

    def of_hour(self, hour: datetime) -> Iterator[AccessRecord]:
        """See the port."""
        for stored in _of_hour(hour):
            if record := record_in(stored):
                yield record

    def logged_in(self, hour: datetime) -> Iterator[Logged]:
        """See the port."""
        for stored in _of_hour(hour):
            yield Logged(
                stored["sk"]["S"],
                canonical(stored),
                _kept_until(stored),
                in_place=_is_in_place(stored),
                is_record=record_in(stored) is not None,
            )

    def first_hour(self) -> datetime | None:
        """See the port."""
        hours = (
            read_hour(stored["pk"]["S"].removeprefix(keys.HOURS).rpartition("#")[0])
            for stored in _pages(
                AccessItem.scan(
                    AccessItem.pk.startswith(keys.HOURS), attributes_to_get=["pk", "sk"], consistent_read=True
                )
            )
            if _is_in_place(stored)
        )
        return min(hours, default=None)

    def of_child(self, child_ids: Sequence[str], after: str | None, limit: int) -> AccessPage:
        """See the port. `after` is the sort key of the last record that was given."""
        since = _first_sealed()
        merged = heapq.merge(
            *(_of_child(child_id, after, limit + 1, since) for child_id in child_ids), key=_key_of, reverse=True
        )
        found = list(islice(merged, limit + 1))
        return AccessPage(records=found[:limit], next=_key_of(found[limit - 1]) if len(found) > limit else None)


def canonical(stored: Stored) -> bytes:
    """Every attribute of an item with its type, in JSON without spaces, keys sorted, in UTF-8.

    The same as `aws dynamodb query … | jq -cS '.Items[]'` gives, so that nobody needs this program to check a seal.
    """
    written = json.dumps(stored, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_in_base64)
    return written.encode("utf-8", "backslashreplace")


def _in_base64(value: bytes) -> str:
    """Of bytes, which no record of ours has, but one may that somebody else put there."""
    return b64encode(value).decode()


def _of_hour(hour: datetime) -> Iterator[Stored]:
    """From all shards, in the order of sort keys."""
    shards = (
        _pages(AccessItem.query(partition, consistent_read=True)) for partition in keys.access_partitions(hour_of(hour))
    )
    return heapq.merge(*shards, key=_sort_key)


def _of_child(child_id: str, after: str | None, limit: int, since: datetime | None) -> Iterator[AccessRecord]:
    """The index takes in whatever names a child, wherever it lies in the table: only what is verified may pass."""
    before = AccessItem.sk < after if after else None
    found = AccessItem.by_child.query(child_id, before, scan_index_forward=False, page_size=limit)
    for stored in _pages(found):
        record = record_in(stored)
        if record and (since is None or record.at >= since):
            yield record


def _first_sealed() -> datetime | None:
    """The hour of the oldest seal: before it nothing was recorded."""
    for stored in _pages(SealItem.query(keys.SEALS, attributes_to_get=["sk"], page_size=10)):
        with suppress(ValueError):
            return read_hour(stored["sk"]["S"])
    return None


def _pages(found: ResultIterator[Any]) -> Iterator[Stored]:
    """Item by item, a page at a time, just as they are stored. Raises Unavailable."""
    pages = found.page_iter
    while True:
        with translated():
            page = next(pages, None)
        if page is None:
            return
        yield from page["Items"]


def _is_in_place(stored: Stored) -> bool:
    return keys.is_access_key(stored["pk"]["S"], stored["sk"]["S"])


def _kept_until(stored: Stored) -> datetime | None:
    """When TTL removes an item; None for what it never removes."""
    expires_at = stored.get("expires_at", {}).get("N")
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(float(expires_at), UTC) if expires_at else None
    return None


def _key_of(record: AccessRecord) -> str:
    return keys.access_sort(record.at, record.access_id)


def _sort_key(stored: Stored) -> str:
    key: str = stored["sk"]["S"]
    return key
