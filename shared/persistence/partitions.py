"""A child's partition: that there is such a child, its involvements, and whom it was found to be different from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from shared.domain.conflicts import Conflict
from shared.persistence import codec, keys
from shared.persistence.models import ChildItem, DifferenceItem, InvolvementItem, RegisterItem
from shared.persistence.reading import HIDDEN_BY, MOST_OF_A_BATCH, get, is_live, live, partition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.persistence.lines import Line
    from shared.persistence.reading import SideBySide


type Kept = dict[str, Any]
"""A shield as items keep it (`codec.shield_to`)."""


@dataclass(frozen=True, slots=True)
class Partition:
    """All of one partition, what is hidden included."""

    child_id: str
    child: ChildItem | None
    involvements: tuple[InvolvementItem, ...]
    differences: tuple[DifferenceItem, ...]

    @classmethod
    def of(cls, child_id: str, items: Iterable[RegisterItem]) -> Partition:
        """Sorted out."""
        items = list(items)
        return cls(
            child_id=child_id,
            child=next((item for item in items if isinstance(item, ChildItem)), None),
            involvements=tuple(item for item in items if isinstance(item, InvolvementItem)),
            differences=tuple(item for item in items if isinstance(item, DifferenceItem)),
        )

    @property
    def version(self) -> int:
        """How often the child has changed; 0 if nothing is known of it (any more)."""
        return int(self.child.version) if self.child else 0

    @property
    def joined_into(self) -> str | None:
        """The child that this one is part of."""
        return self.child.joined_into if self.child else None

    @property
    def busy_with(self) -> str | None:
        """The other one, while the two are being joined or their join is being undone."""
        return self.child.busy_with if self.child else None

    @property
    def shield(self) -> Kept | None:
        """The child's, as items keep it."""
        return self.child.shield if self.child else None

    @property
    def unshielded_at(self) -> str | None:
        """When the last of the child's shields ended that are not there any more."""
        return self.child.unshielded_at if self.child else None

    @property
    def kept_claims(self) -> list[str]:
        """The partitions of claims that nobody states any more and that may still lead to the child."""
        return list(self.child.kept_claims or ()) if self.child else []

    def live(self, now: datetime) -> list[InvolvementItem]:
        """The involvements that are not hidden."""
        return live(self.involvements, now)

    def line(self, involvement: InvolvementItem) -> Line:
        """From the child as which this involvement was registered to the one that is meant."""
        line = (*(involvement.moved_from or ()), self.child_id)
        return (*line, self.joined_into) if self.joined_into else line


def read(child_id: str) -> Partition:
    """One partition, strongly consistent."""
    return Partition.of(child_id, partition(keys.child(child_id)))


def read_all(child_ids: Sequence[str], side_by_side: SideBySide) -> list[Partition]:
    """Several partitions, side by side."""
    found = side_by_side([lambda child_id=child_id: partition(keys.child(child_id)) for child_id in child_ids])  # type: ignore[misc]  # mypy cannot infer a lambda's default
    return [Partition.of(child_id, items) for child_id, items in zip(child_ids, found, strict=True)]


def whole(child_id: str) -> list[Partition]:
    """A child's partition, and that of the child it is just being joined with: what the one leaves the other may say."""
    own = read(child_id)
    return [own, read(own.busy_with)] if own.busy_with else [own]


def read_to_change(child_id: str) -> Partition:
    """One partition, from which it is decided what nobody says any more, at the version that it has.

    A query that meets a transaction may see some of its items and others not yet: the child's version, and not the
    involvement that was counted by it
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html). So the version is read before,
    by itself, and has to be the same: what it counts had begun to be written by then. That it had been written whole
    nothing promises; see docs/limits.md. Raises Conflict if the child goes on changing.
    """
    for _ in range(_READS_OF_ONE_THAT_CHANGES):
        counted = children([child_id]).get(child_id)
        found = read(child_id)
        if found.version == (int(counted.version) if counted else 0):
            return found
    raise Conflict


_READS_OF_ONE_THAT_CHANGES = 3


def whole_to_change(child_id: str) -> list[Partition]:
    """As `whole`, each read to be changed. Raises Conflict."""
    own = read_to_change(child_id)
    return [own, read_to_change(own.busy_with)] if own.busy_with else [own]


def gathered(parts: Sequence[Partition], now: datetime) -> list[InvolvementItem]:
    """The involvements of partitions that were read side by side, each once.

    Two reads are not of one instant, so an involvement that moved meanwhile may be seen in both, or hidden in both. Of
    one that left a short while ago the copy counts, unless the partition that it went to knows what became of it. If
    that one was not read, the question was asked before the child began to be joined, and the copy counts; but one
    that went back from a child it had been joined into is that child's no more.
    """
    read = {part.child_id: part for part in parts}
    copies = defaultdict[str, list[Copy]](list)
    for part in parts:
        for item in part.involvements:
            copies[item.sk].append((part, item))
    shown = (_of_one(of_one, read, now) for _, of_one in sorted(copies.items()))
    return [item for item in shown if item]


type Copy = tuple[Partition, InvolvementItem]


def _of_one(copies: Sequence[Copy], read: Mapping[str, Partition], now: datetime) -> InvolvementItem | None:
    """The one copy that counts, if any does."""
    version = max(item.version for _, item in copies)
    latest = [(part, item) for part, item in copies if item.version == version]
    here = [item for _, item in latest if is_live(item, now)]
    moved = [(part, item) for part, item in latest if item.moved_to and not is_live(item, now)]
    if len(here) + len(moved) < len(latest):
        return None  # withdrawn, wherever it may still be seen
    counting = [*here, *(item for part, item in moved if _counts(part, item, latest, read, now))]
    return counting[0] if counting else None


def _counts(
    part: Partition, copy: InvolvementItem, latest: Sequence[Copy], read: Mapping[str, Partition], now: datetime
) -> bool:
    """Whether a copy that was left behind stands for an involvement that is on its way."""
    if codec.instant(copy.moved_at) <= now - HIDDEN_BY:
        return False
    if copy.moved_to in read:
        return all(other.child_id != copy.moved_to for other, _ in latest)
    is_apart = any(found.other == copy.moved_to for found in live(part.differences, now))  # its undoing has begun
    return part.joined_into is not None and not is_apart


def resolved(child_ids: Iterable[str]) -> dict[str, str]:
    """Each child's id, and that of the child it is now: one read for every join that lies between."""
    return {child_id: meant for child_id, (meant, _) in now_of(child_ids).items()}


def now_of(child_ids: Iterable[str]) -> dict[str, tuple[str, ChildItem | None]]:
    """The same, with the item of the child it is now, if there is one yet or still. No child is joined in a circle."""
    found: dict[str, tuple[str, ChildItem | None]] = {child_id: (child_id, None) for child_id in child_ids}
    wanted = {*found}
    while wanted:
        read = children(wanted)
        wanted = set()
        for child_id, (meant, _) in found.items():
            item = read.get(meant)
            if item is None:
                continue
            if item.joined_into:
                wanted.add(item.joined_into)
            found[child_id] = item.joined_into or meant, item
    return found


def children(child_ids: Iterable[str]) -> dict[str, ChildItem]:
    """That there are such children: those of them that there are, one read for a hundred."""
    wanted = [(keys.child(child_id), keys.CHILD) for child_id in sorted(child_ids)]
    items = [item for some in batched(wanted, MOST_OF_A_BATCH, strict=False) for item in get(some)]
    return {item.child_id: item for item in items if isinstance(item, ChildItem)}


def are_different(parts: Iterable[Partition], other: str, now: datetime) -> bool:
    """Whether a person has found a child, in whichever of these partitions, to be another than `other`."""
    others = {found.other for part in parts for found in live(part.differences, now)}
    return other in others or other in resolved(others).values()
