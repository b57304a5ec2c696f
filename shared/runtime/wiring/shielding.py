"""Shields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.persistence.register import DynamoRegister
from shared.persistence.shields import DynamoShields

if TYPE_CHECKING:
    from shared.runtime.config import RecordingConfig
from shared.runtime.wiring.pauses import pause


def dynamo_shields(register: DynamoRegister, config: RecordingConfig) -> DynamoShields:
    """Shields, and what opens them. `models.bind` comes first."""
    return DynamoShields(
        pseudonyms=register.pseudonyms,
        records_kept_for=config.access_records_kept_for,
        pause=pause,
        lives_until=register.lives_until,
    )
