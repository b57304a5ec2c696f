"""Overrides in DynamoDB, as lookups read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.shield import Override
from shared.persistence import codec, keys
from shared.persistence.models import OverrideItem
from shared.persistence.reading import get

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoOverrides:
    """Implements `ports.Overrides`. `models.bind` of the Register comes first."""

    def override(self, override_id: str, now: datetime) -> Override | None:
        """See the port."""
        for item in get([(keys.override(override_id), keys.OVERRIDE)]):
            if isinstance(item, OverrideItem) and now < (until := codec.instant(item.until)):
                return Override(
                    override_id=override_id,
                    child_id=item.child_id,
                    organisation=item.organisation,
                    practitioner_id=item.practitioner_id,
                    until=until,
                )
        return None
