"""What the bus was told, kept in the Directory."""

from __future__ import annotations

from shared.persistence import keys
from shared.persistence.failures import translated
from shared.persistence.models import ToldItem


class DynamoTold:
    """Implements `closure.Told`. `models.bind` comes first."""

    def last(self, kind: str) -> str | None:
        """See the port."""
        with translated():
            items = list(ToldItem.query(keys.EXPIRY, ToldItem.sk == keys.told(kind), consistent_read=True))
        return items[0].what if items else None

    def note(self, kind: str, what: str) -> None:
        """See the port."""
        with translated():
            ToldItem(keys.EXPIRY, keys.told(kind), what=what).save()
