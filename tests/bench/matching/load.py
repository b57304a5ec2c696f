"""The national peak, and what it asks of the hottest match key. Every number that is assumed stands here."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from shared.persistence.reading import MOST_ROWS_OF_A_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

PRACTITIONERS = 330_000
"""As many as were to use ContactPoint."""
LOOKUPS_A_DAY = 2
"""Each practitioner's on a working day; assumed, and high: most would ask a few times a month."""
PEAK_HOUR = 0.2
"""Share of a day's lookups from 9 to 10; assumed."""
BUSIEST_SECOND = 3
"""The busiest second against the mean of its hour; assumed."""
AUTHORITIES = 150
INVOLVEMENTS_A_CHILD = 4
CHANGED_A_NIGHT = 0.02
"""Share of all involvements that the nightly extracts of the authorities and of others bring anew; assumed."""
FEED_SECONDS = 2 * 3600
"""They all come within two hours, and late, so that the peak of lookups meets them; assumed."""

READS_A_PARTITION, WRITES_A_PARTITION = 3_000, 1_000
"""Units a second of one DynamoDB partition, on demand or not."""
UNITS_OF_A_WRITE = 2
"""A row of less than 1 KB in a transaction."""
UNIT = 4096
"""Bytes of one consistent read unit."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A match key: of which kind, the rows under it, and the share of lookups and registrations that use it."""

    kind: str
    rows: int
    share: float
    units: int
    """Read units of reading it once."""


def lookups_a_second() -> float:
    """At the national peak."""
    return PRACTITIONERS * LOOKUPS_A_DAY * PEAK_HOUR / 3600 * BUSIEST_SECOND


def registrations_a_second(children: int) -> float:
    """While extracts are taken in."""
    return children * INVOLVEMENTS_A_CHILD * CHANGED_A_NIGHT / FEED_SECONDS


def units(rows: int, bytes_a_row: float) -> int:
    """Read units of one consistent query for a key, which reads no more than the product asks for."""
    return max(1, ceil(min(rows, MOST_ROWS_OF_A_KEY) * bytes_a_row / UNIT))


def hottest(rows_of: Iterable[tuple[tuple[str, ...], float]], statements: int, bytes_a_row: float) -> list[KeyUse]:
    """Of each kind of key, the one of these that costs a partition most reads."""
    worst: dict[str, KeyUse] = {}
    for key, rows in rows_of:
        used = KeyUse(key[0], round(rows), rows / statements, units(round(rows), bytes_a_row))
        if key[0] not in worst or used.share * used.units > worst[key[0]].share * worst[key[0]].units:
            worst[key[0]] = used
    return list(worst.values())


def reads_a_second(use: KeyUse, children: int) -> float:
    """Of its partition at the peak; a registration looks before it writes."""
    return (lookups_a_second() + registrations_a_second(children)) * use.share * use.units


def writes_a_second(use: KeyUse, children: int) -> float:
    """Of its partition while extracts are taken in."""
    return registrations_a_second(children) * use.share * UNITS_OF_A_WRITE
