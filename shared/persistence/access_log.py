"""The access log in DynamoDB: only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.errors import AccessNotRecorded, Unavailable
from shared.domain.ports import Conflict
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import AccessItem

if TYPE_CHECKING:
    from shared.domain.access import AccessRecord


@dataclass(frozen=True, slots=True)
class DynamoAccessLog:
    """Implements `ports.AccessLog`. Records are kept for `kept_for`, then removed by TTL."""

    kept_for: timedelta

    def append(self, record: AccessRecord) -> None:
        """See the port. Never replaces: the key must not exist."""
        item = AccessItem(
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
            practitioner_id=record.practitioner_id,
            practitioner_role=record.practitioner_role,
            on_behalf_of_id=record.on_behalf_of_id,
            on_behalf_of_role=record.on_behalf_of_role,
            purpose=record.purpose,
            legal_basis=record.legal_basis,
            note=record.note,
            child_id=record.child_id,
            expires_at=record.at + self.kept_for,
        )
        try:
            with translated():
                item.save(condition=AccessItem.pk.does_not_exist())
        except (Unavailable, Conflict) as error:
            raise AccessNotRecorded from error
