"""Is the access log as it was sealed? Names every record that was changed, removed or slipped in since."""

from __future__ import annotations

from base64 import decodebytes
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from shared.domain.accesses import HOUR, hour_of, hour_text, read_hour
from shared.domain.hash_tree import leaf_hash, root_of
from shared.domain.sealing import (
    SETTLED,
    Leaf,
    Signed,
    leaves_name,
    read_leaves,
    seal_name,
    signature_name,
)
from shared.domain.verifying import Discrepancy, Verified, Wrong, differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.domain.accesses import AccessReading, Logged
    from shared.domain.destruction import TimeLeft
    from shared.domain.ports import Clock
    from shared.domain.sealing import Seal, SealArchive, SealingKey, Seals

MOST_DISCREPANCIES = 1000
"""How many are named in one answer. Whoever finds as many has to look at the whole log."""

_NONE = timedelta(0)
_ANYTHING = b""
"""Stands for the digest of a seal that nobody knows, because there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyLog:
    """The use case and its ports. It changes nothing."""

    reading: AccessReading
    seals: Seals
    archive: SealArchive
    key: SealingKey
    clock: Clock

    def __call__(self, first: datetime | None, last: datetime | None, time_left: TimeLeft) -> Verified:
        """Looks at the hours from the first to the last, both included: from the oldest on, to the latest that is due.

        It stops, and says where to go on, when no time is left or too much is wrong. Raises Unavailable.
        """
        now = self.clock()
        due = hour_of(now - SETTLED) - HOUR
        last = min(last, due) if last else due
        stored = {signed.hour: signed for signed in self.seals.between(first, last)}
        hour = first or self._oldest(stored)
        verified = Verified()
        if hour is None:
            return verified
        before = self._archived(seal_name(hour - HOUR))
        chained = sha256(before).digest() if before is not None else None
        while hour <= last:
            if time_left() <= _NONE or len(verified.discrepancies) >= MOST_DISCREPANCIES:
                verified.next = hour
                break
            chained = self._look_at(_Hour(hour, stored.get(hour_text(hour)), now), chained, verified)
            hour += HOUR
        return verified

    def _oldest(self, stored: dict[str, Signed]) -> datetime | None:
        """The hour of the first seal, beside the log or in the archive; where there is none, that of the first record."""
        hours = []
        for text in stored:
            with suppress(ValueError):
                hours.append(read_hour(text))
        oldest = min(hours, default=None) or self.reading.first_hour()
        while oldest and self.archive.first(seal_name(oldest - HOUR)):
            oldest -= HOUR
        return oldest

    def _look_at(self, of: _Hour, chained: bytes | None, verified: Verified) -> bytes | None:
        """Notes what is wrong with an hour. `chained` is what its seal has to name as the one before; returns its own."""
        verified.hours += 1
        archived = self._archived(seal_name(of.hour))
        written = archived if archived is not None else of.stored.written if of.stored else None
        if written is None:
            verified.discrepancies.append(Discrepancy(Wrong.UNSEALED, of.hour))
            return _ANYTHING
        wrong = [*self._wrong_beside(of, archived)]
        try:
            seal = Signed(hour=hour_text(of.hour), written=written, signature=b"", key_id="").seal
        except ValueError:
            seal = None
            wrong.append(Wrong.NOT_SIGNED)  # whatever it is, we sign no such thing
        found = [Discrepancy(kind, of.hour) for kind in wrong]
        if seal:
            if chained not in (seal.previous, _ANYTHING):
                found.append(Discrepancy(Wrong.CHAIN_BROKEN, of.hour))
            if seal.kept_until and seal.kept_until <= of.now:
                verified.removed_by_retention += 1
            else:
                verified.records += seal.count
                found += self._wrong_with_records(of.hour, seal)
        verified.discrepancies += found
        return sha256(written).digest()

    def _wrong_beside(self, of: _Hour, archived: bytes | None) -> Iterator[Wrong]:
        """What is wrong with the seal beside the log, as against that in the archive, and with their signatures."""
        stored, text = of.stored, self._archived(signature_name(of.hour))
        signature = _decoded(text) if text is not None else None
        if archived is None or signature is None:
            yield Wrong.NOT_ARCHIVED
        elif stored is None:
            yield Wrong.SEAL_REMOVED
        elif (stored.written, stored.signature) != (archived, signature):
            yield Wrong.SEAL_REPLACED
        if archived is not None and signature is not None:
            is_signed = self.key.has_signed(archived, signature)
        else:
            is_signed = stored is not None and self.key.has_signed(stored.written, stored.signature)
        if not is_signed:
            yield Wrong.NOT_SIGNED

    def _wrong_with_records(self, hour: datetime, seal: Seal) -> Iterator[Discrepancy]:
        """Which records are not as they were sealed."""
        odd: list[Discrepancy] = []
        found = self._found(hour, seal, odd)
        sealed = self._leaves(hour, seal)
        if sealed is not None:
            for wrong, access_id in differences(sealed, found):
                yield Discrepancy(wrong, hour, access_id)
        else:
            yield Discrepancy(Wrong.LEAVES_MISSING, hour)
            if root_of(leaf.digest for leaf in found) != seal.root:
                yield Discrepancy(Wrong.HOUR_DIFFERS, hour)
        yield from odd

    def _found(self, hour: datetime, seal: Seal, odd: list[Discrepancy]) -> Iterator[Leaf]:
        """The leaves of what may have been sealed. Notes on the way what can be no record as we write them."""
        for logged in self.reading.logged_in(hour):
            leaf = Leaf(logged.key, leaf_hash(logged.content))
            wrong = _wrong_with(logged, seal)
            if wrong and len(odd) < MOST_DISCREPANCIES:
                odd.append(Discrepancy(wrong, hour, leaf.access_id))
            if logged.in_place:
                yield leaf

    def _leaves(self, hour: datetime, seal: Seal) -> list[Leaf] | None:
        """The list of the hour's leaves, if it is the one that was sealed."""
        listed = self._archived(leaves_name(hour))
        if listed is None:
            return None
        try:
            leaves = list(read_leaves(listed))
        except ValueError:
            return None
        is_sealed = len(leaves) == seal.count and root_of(leaf.digest for leaf in leaves) == seal.root
        return leaves if is_sealed else None

    def _archived(self, name: str) -> bytes | None:
        version = self.archive.first(name)
        return self.archive.get(name, version) if version else None


@dataclass(frozen=True, slots=True)
class _Hour:
    """An hour, its seal beside the log, and the instant at which both are looked at."""

    hour: datetime
    stored: Signed | None
    now: datetime


def _wrong_with(logged: Logged, seal: Seal) -> Wrong | None:
    """What is wrong with an item, whether it was sealed or not."""
    if not logged.in_place:
        return Wrong.SLIPPED_IN
    if not logged.is_record:
        return Wrong.NO_RECORD
    if seal.kept_until and logged.kept_until and logged.kept_until < seal.kept_until:
        return Wrong.EXPIRES_EARLY
    return None


def _decoded(text: bytes) -> bytes | None:
    """A signature from base64; None for what is none."""
    try:
        return decodebytes(text)
    except ValueError:
        return None
