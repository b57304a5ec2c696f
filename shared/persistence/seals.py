"""The seals of the access log, beside the records that they seal."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from shared.domain.certificate_bytes import canonical
from shared.domain.conflicts import Conflict
from shared.domain.sealing import Signed
from shared.persistence import keys
from shared.persistence.failures import translated
from shared.persistence.models import SealItem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


class DynamoSeals:
    """Implements `sealing.Seals`. `models.bind` comes first."""

    def last(self) -> Signed | None:
        """See the port."""
        with translated():
            latest = list(SealItem.query(keys.SEALS, scan_index_forward=False, limit=1, consistent_read=True))
        return _signed(latest[0]) if latest else None

    def between(self, first: datetime | None, last: datetime) -> Iterator[Signed]:
        """See the port."""
        until = (
            SealItem.sk <= keys.seal(last) if first is None else SealItem.sk.between(keys.seal(first), keys.seal(last))
        )
        found = SealItem.query(keys.SEALS, until, consistent_read=True)
        while True:
            with translated():
                item = next(found, None)
            if item is None:
                return
            yield _signed(item)

    def put(self, sealed: Signed) -> None:
        """See the port. The key must not exist."""
        item = SealItem(
            keys.SEALS,
            sealed.hour,
            seal=json.loads(sealed.written),
            signature=sealed.signature,
            key_id=sealed.key_id,
        )
        with suppress(Conflict), translated():
            item.save(condition=SealItem.pk.does_not_exist())


def _signed(item: SealItem) -> Signed:
    return Signed(hour=item.sk, written=canonical(item.seal), signature=item.signature, key_id=item.key_id)
