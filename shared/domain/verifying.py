"""What is found when the access log is held against its seals."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from shared.domain.sealing import Leaf


class Wrong(StrEnum):
    """What is not as it was sealed."""

    CHANGED = "changed"
    """A record says something else than when its hour was sealed."""
    REMOVED = "removed"
    """A record that was sealed is not there, and retention was not to remove it yet."""
    SLIPPED_IN = "slipped_in"
    """A record is there that was not when its hour was sealed, or something under a key that no record has."""
    NO_RECORD = "no_record"
    """Something lies under the key of a record that is none of ours; sealed or not, nobody is told of it."""
    EXPIRES_EARLY = "expires_early"
    """A record is to be removed before its time."""
    UNSEALED = "unsealed"
    """An hour that should be sealed is not."""
    SEAL_REMOVED = "seal_removed"
    """The seal beside the log is gone; it still lies in the archive."""
    SEAL_REPLACED = "seal_replaced"
    """The seal beside the log is not the one in the archive."""
    NOT_ARCHIVED = "not_archived"
    """The seal beside the log does not lie in the archive."""
    NOT_SIGNED = "not_signed"
    """The sealing key has not signed this seal."""
    CHAIN_BROKEN = "chain_broken"
    """The seal does not follow on that of the hour before."""
    LEAVES_MISSING = "leaves_missing"
    """The list of the hour's leaves is not in the archive, or is not the one that was sealed."""
    HOUR_DIFFERS = "hour_differs"
    """The hour is not as it was sealed; without the list of its leaves nobody can say which record."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that is wrong: in which hour, and with which record, if it is one."""

    wrong: Wrong
    hour: datetime
    access_id: str | None = None


@dataclass(slots=True)
class Verified:
    """What was looked at, and what was found.

    `hours` and `records` are how many were held against their seals. `removed_by_retention` are hours of which only the
    seal was checked: records of theirs have had their time. `next` is the hour to go on from, None if all was looked at.
    """

    hours: int = 0
    records: int = 0
    removed_by_retention: int = 0
    discrepancies: list[Discrepancy] = field(default_factory=list)
    next: datetime | None = None


def differences(sealed: Iterable[Leaf], found: Iterable[Leaf]) -> Iterator[tuple[Wrong, str]]:
    """What was changed, removed or slipped in, by access id. Both in the order of their keys; read once, side by side."""
    ours, theirs = iter(sealed), iter(found)
    one, other = next(ours, None), next(theirs, None)
    while one or other:
        if one and (other is None or one.key < other.key):
            yield Wrong.REMOVED, one.access_id
            one = next(ours, None)
        elif other and (one is None or other.key < one.key):
            yield Wrong.SLIPPED_IN, other.access_id
            other = next(theirs, None)
        else:
            if one and other and one.digest != other.digest:
                yield Wrong.CHANGED, one.access_id
            one, other = next(ours, None), next(theirs, None)
