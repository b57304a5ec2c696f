"""Since when rules are what they are, kept in the Directory beside what else expiry remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.conflicts import Conflict
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import InForceItem

if TYPE_CHECKING:
    from datetime import datetime


class DynamoInForce:
    """Implements `in_force.InForce`. `models.bind` comes first."""

    def since(self, rule: str, value: str, now: datetime) -> datetime:
        """See the port. Of two at the same instant, one notes it, and the other reads that."""
        while True:
            item = _item(rule)
            if item and item.value == value:
                return codec.instant(item.since)
            as_read = InForceItem.value == item.value if item else InForceItem.pk.does_not_exist()
            try:
                with translated():
                    InForceItem(keys.EXPIRY, keys.in_force(rule), value=value, since=codec.text_of(now)).save(as_read)
            except Conflict:
                continue
            return now

    def noted(self, rule: str) -> tuple[str, datetime] | None:
        """See the port."""
        item = _item(rule)
        return (item.value, codec.instant(item.since)) if item else None


def _item(rule: str) -> InForceItem | None:
    with translated():
        items = list(InForceItem.query(keys.EXPIRY, InForceItem.sk == keys.in_force(rule), consistent_read=True))
    return items[0] if items else None
