"""What the status function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.lifecycle import Lifecycle
from shared.runtime.config import GatedConfig


@dataclass(frozen=True)
class StatusConfig(GatedConfig):
    """Of the status function."""

    directory_table: str
    certificate_bucket: str
    credentials_return_by: str
    support_ends_at: str

    @property
    def lifecycle(self) -> Lifecycle:
        """With the other milestones, too. Raises ValueError."""
        return Lifecycle.configured(
            self.closes_at,
            self.successor_url,
            destruction_window=self.destruction_window,
            destruction_starts_after=self.destruction_starts_after,
            credentials_return_by=self.credentials_return_by,
            support_ends_at=self.support_ends_at,
        )
