"""Hash trees: one hash over many records in their order, and proof that a record is among them.

The tree is that of Certificate Transparency, RFC 6962, section 2.1: https://www.rfc-editor.org/rfc/rfc6962#section-2.1
Hashes are SHA-256. A leaf and a node are hashed with different first bytes, so that none can pass for the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def leaf_hash(content: bytes) -> bytes:
    """Of one record."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of two parts of a tree."""
    return sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    """How many of so many leaves (two at least) are in the left part: the largest power of two that leaves some over."""
    return 1 << (count - 1).bit_length() - 1


@dataclass(slots=True)
class Tree:
    """A tree that grows leaf by leaf. It remembers one hash for each whole part, and not the leaves."""

    count: int = 0
    _parts: list[bytes] = field(default_factory=list)
    """One for each bit of `count` that is set, the largest part first."""

    def add(self, leaf: bytes) -> None:
        """One more leaf, on the right, by its hash."""
        count, part = self.count, leaf
        while count & 1:
            part = node_hash(self._parts.pop(), part)
            count >>= 1
        self._parts.append(part)
        self.count += 1

    def root(self) -> bytes:
        """The hash over all of it; of no leaves, that of nothing at all."""
        if not self._parts:
            return sha256().digest()
        root = self._parts[-1]
        for part in reversed(self._parts[:-1]):
            root = node_hash(part, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The hash over these leaves, by their hashes, in this order."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def proof_of(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What shows, with the leaf alone, that it is in the tree (RFC 6962, section 2.1.1): the parts beside it, upwards."""
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    left, right = leaves[:middle], leaves[middle:]
    if index < middle:
        return [*proof_of(left, index), root_of(right)]
    return [*proof_of(right, index - middle), root_of(left)]


def proves(leaf: bytes, index: int, count: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that this leaf is the one at `index` of the tree of `count` leaves with this root."""
    if not 0 <= index < count:
        return False
    is_left: list[bool] = []
    first, size = 0, count
    while size > 1:
        middle = _split(size)
        is_left.append(index - first < middle)
        first, size = (first, middle) if is_left[-1] else (first + middle, size - middle)
    if len(proof) != len(is_left):
        return False
    part = leaf
    for beside, goes_left in zip(proof, reversed(is_left), strict=True):
        part = node_hash(part, beside) if goes_left else node_hash(beside, part)
    return part == root
