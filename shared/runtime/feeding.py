"""One drop, from the bucket to its receipt. Stopped anywhere and run again, it ends in the same state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.api.encoding import UnknownEncoding, encoding_of
from shared.api.extracts import UnreadableExtract, open_extract
from shared.domain.directory import Caller, Capability
from shared.domain.disclosure import require_capability
from shared.domain.errors import NotPermitted, RegisterClosed
from shared.domain.extract import Receipt, ReceiptStatus
from shared.runtime.drops import Drop, DropGone

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.ports import DirectoryKeeper
    from shared.runtime.drops import FeedBucket, Version
    from shared.services.gate import Gate
    from shared.services.take_in_extract import TakeInExtract

FEED_CLIENT = "feed"
MISPLACED = "not_where_drops_belong"
"""The outcome of a key that no drop may have: left alone, for the bucket deletes it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeding:
    """The whole of it, and what it works with."""

    bucket: FeedBucket
    keeper: DirectoryKeeper
    take_in: TakeInExtract
    gate: Gate

    def __call__(self, key: str) -> dict[str, Any]:
        """Takes in what was dropped under a key: codes and counts for the log. Raises Unavailable; the drop then stays.

        From closure on a drop is deleted, unread or as far as it was read, and nothing is acknowledged.
        """
        drop = Drop.at(key)
        of = {"organisation": drop.organisation} if drop else {}
        try:
            now = self.gate.open_at()
            if drop is None:
                return {"outcome": MISPLACED}
            version = self.bucket.version(drop)
            receipt = self._take_in(drop, version, now)
            self.gate.open_at()
            self.bucket.leave(drop, receipt)
            if (receipt.accepted or receipt.no_longer_kept) and receipt.status is not ReceiptStatus.TRUNCATED:
                self.keeper.feed_received(drop.organisation, receipt.current_as_of or version.dropped_on)
            self.bucket.delete(drop, version)
        except RegisterClosed:
            self.bucket.delete_unread(key)
            return {**of, "outcome": "deleted_after_closure"}
        except DropGone:
            return {**of, "outcome": "taken_in_before"}
        counts = ("rows", "created", "updated", "unchanged", "no_longer_kept", "rejected", "with_warnings")
        return {**of, "outcome": receipt.status.value, "counts": {name: getattr(receipt, name) for name in counts}}

    def _take_in(self, drop: Drop, version: Version, now: datetime) -> Receipt:
        organisation = self.keeper.organisation(drop.organisation)
        if organisation is None:
            return _refused(drop, now, "this organisation is not enrolled")
        caller = Caller(FEED_CLIENT, organisation)
        try:
            require_capability(caller, Capability.REGISTER)
            encoding = encoding_of(self.bucket.chunks(drop, version))
            extract = open_extract(self.bucket.lines(drop, version, encoding), now.date())
        except NotPermitted as refusal:
            return _refused(drop, now, refusal.what)
        except UnknownEncoding:
            return _refused(drop, now, "the file is text neither in UTF-8, UTF-16 nor in Windows-1252")
        except UnreadableExtract as unreadable:
            return _refused(drop, now, unreadable.reason)
        tally = self.take_in(extract.rows(), caller=caller)
        return tally.receipt(
            organisation=drop.organisation,
            name=drop.name,
            received_at=now,
            layout=extract.layout.name,
            encoding=encoding,
            current_as_of=extract.current_as_of,
            truncated_at=extract.truncated_at,
        )


def _refused(drop: Drop, now: datetime, reason: str) -> Receipt:
    return Receipt(
        organisation=drop.organisation,
        name=drop.name,
        received_at=now,
        status=ReceiptStatus.REFUSED,
        reason=reason,
    )
