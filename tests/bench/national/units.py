"""What a call to DynamoDB costs in read and write units, computed from the sizes of its items.

moto, like other emulators, tells a flat number. Rules: "DynamoDB read and write operations" and "item sizes and formats",
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

READ, WRITE = 4096, 1024
"""Bytes of one unit."""
STORED = 100
"""Bytes that DynamoDB adds to each item that it stores, and bills with the storage alone."""
TRANSACTED = 2
"""Units of a transaction for each one of a plain write."""

type Item = Mapping[str, Mapping[str, Any]]
"""As DynamoDB has it: each attribute with its type."""


def size(item: Item) -> int:
    """Bytes of an item: the names of its attributes and their values."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Mapping[str, Any]) -> int:
    (kind, held), *_ = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return ceil(len(held.lstrip("-").replace(".", "")) / 2) + 1
        case "B":
            return len(held) * 3 // 4  # base64
        case "L":
            return 3 + sum(1 + _value(one) for one in held)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value(one) for name, one in held.items())
        case _:
            return 1  # a truth value, or nothing


def written(item: Item) -> int:
    """Units of a plain write: of the larger one, if it takes another's place."""
    return max(1, ceil(size(item) / WRITE))


def got(items: Iterable[Item], wanted: int) -> int:
    """Units of reading so many items by their keys, consistently. What is not there costs as the smallest does."""
    sizes = [size(item) for item in items]
    return sum(max(1, ceil(one / READ)) for one in sizes) + wanted - len(sizes)


def queried(items: Iterable[Item], *, consistent: bool) -> float:
    """Units of a query, or of a page of a scan: all that it reads counts together."""
    units = max(1, ceil(sum(map(size, items)) / READ))
    return units if consistent else units / 2
