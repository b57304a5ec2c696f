"""One drop, from the bucket to its receipt. Stopped anywhere and run again, it ends in the same state."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.api.encoding import UnknownEncoding, encoding_of
from shared.api.extracts import UnreadableExtract, open_extract
from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown
from shared.domain.accesses import FEED
from shared.domain.directory import Caller, Capability
from shared.domain.errors import NotPermitted, RegisterClosed
from shared.domain.extract import Receipt, ReceiptStatus
from shared.domain.targeting import DECIDED_OF_AN_EXTRACT, LEGAL_BASIS, PURPOSE
from shared.runtime.drops import Drop, DropGone

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.ports import AccessLog, DirectoryKeeper
    from shared.runtime.drops import FeedBucket, Version
    from shared.services.gate import Gate
    from shared.services.take_in_extract import TakeInExtract, Tally

MISPLACED = "not_where_drops_belong"
"""The outcome of a key that no drop may have: left alone, for the bucket deletes it in time."""

_COUNTS = (
    *("rows", "created", "updated", "unchanged"),
    *("no_longer_kept", "out_of_coverage", "rejected", "with_warnings"),
)
"""Of a receipt, for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeding:
    """The whole of it, and what it works with."""

    bucket: FeedBucket
    keeper: DirectoryKeeper
    take_in: TakeInExtract
    access_log: AccessLog
    gate: Gate

    def __call__(self, key: str) -> dict[str, Any]:
        """Takes in what was dropped under a key: codes and counts for the log. Raises Unavailable; the drop then stays.

        A receipt that tells of what is held of a child is left only once that is recorded.

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
            if receipt.rows > receipt.rejected and receipt.status is not ReceiptStatus.TRUNCATED:
                self.keeper.feed_received(drop.organisation, receipt.current_as_of or version.dropped_on)
            self.bucket.delete(drop, version)
        except RegisterClosed:
            self.bucket.delete_unread(key)
            return {**of, "outcome": "deleted_after_closure"}
        except DropGone:
            return {**of, "outcome": "taken_in_before"}
        return {**of, "outcome": receipt.status.value, "counts": {name: getattr(receipt, name) for name in _COUNTS}}

    def _take_in(self, drop: Drop, version: Version, now: datetime) -> Receipt:
        organisation = self.keeper.organisation(drop.organisation)
        if organisation is None:
            return _refused(drop, now, "this organisation is not enrolled")
        caller = Caller(FEED, organisation)
        try:
            disclosure.require_capability(caller, Capability.REGISTER)
            encoding = encoding_of(self.bucket.chunks(drop, version))
            extract = open_extract(self.bucket.lines(drop, version, encoding), now.date())
        except NotPermitted as refusal:
            return _refused(drop, now, refusal.what)
        except UnknownEncoding:
            return _refused(drop, now, "the file is text neither in UTF-8, UTF-16 nor in Windows-1252")
        except UnreadableExtract as unreadable:
            return _refused(drop, now, unreadable.reason)
        tally = self.take_in(extract.rows(), caller=caller)
        if tally.tells_what_is_held:
            self.access_log.append(_record(caller, tally, self.gate.open_at()))
        return tally.receipt(
            organisation=drop.organisation,
            name=drop.name,
            received_at=now,
            layout=extract.layout.name,
            encoding=encoding,
            current_as_of=extract.current_as_of,
            truncated_at=extract.truncated_at,
        )


def _record(caller: Caller, tally: Tally, now: datetime) -> AccessRecord:
    """That a receipt tells of the children in an extract whether another service works with them, and of how many."""
    access_id = uuid.uuid4().hex
    return AccessRecord(
        access_id=access_id,
        at=now,
        request_id=access_id,
        organisation=caller.organisation.code,
        client_id=caller.client_id,
        answered=Answered.ANSWERED,
        outcome=DECIDED_OF_AN_EXTRACT,
        shown=Shown.NOTHING,
        purpose=PURPOSE,
        legal_basis=LEGAL_BASIS,
        note=f"covered {tally.counts['covered']}, not covered {tally.counts['not_covered']}",
        policy=disclosure.policy_of(caller),
    )


def _refused(drop: Drop, now: datetime, reason: str) -> Receipt:
    return Receipt(
        organisation=drop.organisation,
        name=drop.name,
        received_at=now,
        status=ReceiptStatus.REFUSED,
        reason=reason,
    )
