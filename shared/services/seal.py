"""Seals the access log, hour by hour: what was recorded in an hour that has ended cannot be changed unnoticed."""

from __future__ import annotations

from base64 import decodebytes, encodebytes
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from shared.domain.accesses import HOUR, hour_text
from shared.domain.errors import NotOurDocument
from shared.domain.hash_tree import Tree, leaf_hash
from shared.domain.sealing import (
    SETTLED,
    Leaf,
    Seal,
    Signed,
    leaves_name,
    public_key_name,
    read_leaves,
    seal_name,
    signature_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from shared.domain.accesses import AccessReading
    from shared.domain.destruction import TimeLeft
    from shared.domain.ports import Clock
    from shared.domain.sealing import SealArchive, SealingKey, Seals

_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run has done: the hours that it sealed, and whether none is left that should be.

    `behind` is how long ago the last hour that is sealed ended; zero while there is nothing to seal. `odd` is how many
    items lie in these hours that are no records of ours: `verify` names them.
    """

    hours: tuple[datetime, ...]
    is_up_to_date: bool
    behind: timedelta
    odd: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SealHours:
    """Killed anywhere, run again, or by two at once, it ends in the same seals: of each document the first one counts.

    The archive comes first and the seal beside the log last: an hour that has one is done. `kept_for` is how long
    records are kept; what a record says of it decides nothing.
    """

    reading: AccessReading
    seals: Seals
    archive: SealArchive
    key: SealingKey
    clock: Clock
    kept_for: timedelta

    def __call__(self, time_left: TimeLeft) -> Sealed:
        """Seals every hour that ended ten minutes ago and has no seal yet, the oldest first, while time is left.

        Hours without a record are sealed, too, or an hour could be made to vanish. The first hour of all is that of the
        oldest record. Raises Unavailable; and NotOurDocument if something lies where a seal should that is none of ours:
        a person has to look.
        """
        now = self.clock()
        last = self._last()
        hour = last.hour + HOUR if last else self.reading.first_hour()
        done: list[datetime] = []
        odd = 0
        while hour is not None and hour + HOUR <= now - SETTLED and time_left() > _NONE:
            if not done:
                self._archive_public_key()
            last, more = self._seal(hour, last)
            odd += more
            done.append(hour)
            hour += HOUR
        behind = max(now - hour, _NONE) if hour else _NONE
        return Sealed(tuple(done), is_up_to_date=behind < HOUR + SETTLED, behind=behind, odd=odd)

    def _last(self) -> Seal | None:
        """The latest seal. What was planted in its place must not decide where to go on."""
        last = self.seals.last()
        if last is None:
            return None
        try:
            seal = last.seal
        except ValueError:
            raise NotOurDocument(last.hour) from None
        if not self.key.has_signed(last.written, last.signature):
            raise NotOurDocument(last.hour)
        return seal

    def _archive_public_key(self) -> None:
        """Under the same lock, for whoever verifies seals without an account."""
        name = public_key_name(self.key.key_id)
        self._archived(name, self.key.public_key().encode(), "application/x-pem-file", lambda _: False)

    def _seal(self, hour: datetime, last: Seal | None) -> tuple[Seal, int]:
        """The seal of an hour, and how many items lie there that are no records."""
        listed, odd = self._listed(hour)
        leaves = self._archived(leaves_name(hour), listed, "text/plain", lambda it: _are_leaves_of(hour, it))
        tree = Tree()
        for leaf in read_leaves(leaves):
            tree.add(leaf.digest)
        own = Seal(
            hour=hour,
            count=tree.count,
            root=tree.root(),
            previous=last.digest if last else None,
            kept_until=hour + self.kept_for if tree.count else None,
            made_at=self.clock(),
        )
        written = self._archived(seal_name(hour), own.to_bytes(), "application/json", own.is_said_by)
        signature = self._archived(
            signature_name(hour),
            encodebytes(self.key.sign(written)),
            "text/plain",
            lambda it: self._signs(written, it),
        )
        self.seals.put(
            Signed(hour=hour_text(hour), written=written, signature=decodebytes(signature), key_id=self.key.key_id)
        )
        return Seal.from_bytes(written), odd

    def _listed(self, hour: datetime) -> tuple[bytes, int]:
        """The list of an hour's leaves, and how many items are no records. One line is held a record.

        What lies under a key that no record has is left out: `verify` names it for as long as it lies there.
        """
        listed, odd = BytesIO(), 0
        for logged in self.reading.logged_in(hour):
            if logged.in_place:
                listed.write(Leaf(logged.key, leaf_hash(logged.content)).line())
            odd += not (logged.in_place and logged.is_record)
        return listed.getvalue(), odd

    def _archived(self, name: str, content: bytes, content_type: str, is_ours: Callable[[bytes], bool]) -> bytes:
        """What lies there: the content, or what counts as ours in its place."""
        written = self.archive.get(name, self.archive.put(name, content, content_type))
        if written != content and not is_ours(written):
            raise NotOurDocument(name)
        return written

    def _signs(self, written: bytes, text: bytes) -> bool:
        """Whether this is the signature that another run made of the same bytes."""
        try:
            signature = decodebytes(text)
        except ValueError:
            return False
        return encodebytes(signature) == text and self.key.has_signed(written, signature)


def _are_leaves_of(hour: datetime, written: bytes) -> bool:
    """Whether this is a list that an earlier run of ours may have made of the hour.

    It may differ from the log of now, which then has been tampered with in between: `verify` says how.
    """
    try:
        leaves: Iterable[Leaf] = read_leaves(written)
        return all(leaf.key.startswith(hour_text(hour)) for leaf in leaves)
    except ValueError:
        return False
