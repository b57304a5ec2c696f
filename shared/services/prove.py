"""Proof that one record is in the seal of its hour, for somebody who is not to see any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.errors import AccessNotFound
from shared.domain.hash_tree import leaf_hash, proof_of, root_of
from shared.domain.sealing import Leaf, Proof

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.accesses import AccessReading
    from shared.domain.sealing import Seals


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveRecord:
    """The use case and its ports. It changes nothing."""

    reading: AccessReading
    seals: Seals

    def __call__(self, hour: datetime, access_id: str) -> Proof:
        """The proof of a record of an hour.

        Raises AccessNotFound if there is no such record in that hour, or the hour is not sealed; and Unavailable. That
        the hour is as it was sealed is another question: where it is not, the proof does not lead to the seal's root.
        """
        sealed = next(self.seals.between(hour, hour), None)
        digests: list[bytes] = []
        found: tuple[int, bytes] | None = None
        for logged in self.reading.logged_in(hour):
            if not logged.in_place:
                continue
            digest = leaf_hash(logged.content)
            if Leaf(logged.key, digest).access_id == access_id:
                found = len(digests), logged.content
            digests.append(digest)
        if sealed is None or found is None:
            raise AccessNotFound
        index, content = found
        return Proof(
            content=content,
            index=index,
            count=len(digests),
            beside=proof_of(digests, index),
            root=root_of(digests),
            sealed=sealed,
        )
