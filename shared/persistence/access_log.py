"""The access log in DynamoDB: only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.access import AccessRecord, Answered
from shared.domain.conflicts import Conflict
from shared.domain.errors import AccessNotRecorded, Unavailable
from shared.persistence import codec, keys
from shared.persistence.client import client_of
from shared.persistence.failures import translated
from shared.persistence.models import AccessItem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta


_NOT_SAID = (
    "practitioner_id",
    "practitioner_role",
    "on_behalf_of_id",
    "on_behalf_of_role",
    "purpose",
    "legal_basis",
    "note",
    "child_id",
    "policy",
    "asked_district",
    "override_id",
)
"""What a record may lack. It has the same name in the record and in the item."""

_SAID = ("request_id", "organisation", "client_id", "outcome", "shown")
_LONGEST = 500
"""No text of a record has so many characters: the longest is a note, of 200."""


@dataclass(frozen=True, slots=True)
class DynamoAccessLog:
    """Implements `ports.AccessLog`. Records are kept for `kept_for`, then removed by TTL."""

    kept_for: timedelta

    def append(self, record: AccessRecord) -> None:
        """See the port. Never replaces: the key must not exist."""
        try:
            with translated():
                _put(item_of(record, self.kept_for))
        except (Unavailable, Conflict) as error:
            raise AccessNotRecorded from error


def _put(item: AccessItem) -> None:
    """Writes what is new. That this very record is there already means that a try wrote it whose answer was lost."""
    # by the client itself: PynamoDB has no way to ask what an item was like that failed a condition
    said, client = item.serialize(), client_of(AccessItem)
    try:
        client.put_item(
            TableName=AccessItem.Meta.table_name,
            Item=said,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except client.exceptions.ConditionalCheckFailedException as error:
        if dict(error.response).get("Item") != said:
            raise


def item_of(record: AccessRecord, kept_for: timedelta) -> AccessItem:
    """A record as it is kept."""
    return AccessItem(
        keys.access_partition(record.at, record.access_id),
        keys.access_sort(record.at, record.access_id),
        access_id=record.access_id,
        at=codec.text_of(record.at),
        request_id=record.request_id,
        organisation=record.organisation,
        client_id=record.client_id,
        answered=record.answered,
        outcome=record.outcome,
        shown=record.shown,
        own_surname=record.own_surname or None,
        expires_at=record.at + kept_for,
        **{name: getattr(record, name) for name in _NOT_SAID},
    )


def record_of(item: AccessItem) -> AccessRecord:
    """A record as it was written."""
    return AccessRecord(
        access_id=item.access_id,
        at=codec.instant(item.at),
        request_id=item.request_id,
        organisation=item.organisation,
        client_id=item.client_id,
        answered=Answered(item.answered),
        outcome=item.outcome,
        shown=item.shown,
        own_surname=bool(item.own_surname),
        **{name: getattr(item, name) for name in _NOT_SAID},
    )


def record_in(stored: Mapping[str, Mapping[str, Any]]) -> AccessRecord | None:
    """The record that an item is, as DynamoDB has it; None for whatever no record of ours can be.

    Whoever can write to the table can put anything there: it must stop nobody who reads the log.
    """
    try:
        # of when it expires a record says nothing, and what is said there may be no instant
        record = record_of(AccessItem.from_raw_data({k: dict(v) for k, v in stored.items() if k != "expires_at"}))
        own = keys.access_partition(record.at, record.access_id), keys.access_sort(record.at, record.access_id)
        at = codec.text_of(record.at)
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError):
        return None
    texts = [getattr(record, name) for name in (*_SAID, *_NOT_SAID)]
    is_one = (
        own == (stored["pk"]["S"], stored["sk"]["S"])
        and keys.is_access_key(*own)
        and stored["at"] == {"S": at}
        and all(texts[: len(_SAID)])
        and all(text is None or len(text) <= _LONGEST for text in texts)
    )
    return record if is_one else None
