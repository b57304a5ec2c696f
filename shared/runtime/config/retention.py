"""What has had its time."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.retention import Retention
from shared.runtime.config import Config


@dataclass(frozen=True)
class RetentionConfig(Config):
    """Of a function that has to know what has had its time."""

    ended_involvement_kept: str
    grown_up_at: str

    @property
    def retention(self) -> Retention:
        """How long an open register keeps things. Raises ValueError."""
        return Retention.configured(self.ended_involvement_kept, self.grown_up_at)
