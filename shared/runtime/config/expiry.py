"""What the expiry function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.lifecycle import Lifecycle
from shared.domain.quiet import GoneQuiet
from shared.runtime.config import RegisterConfig
from shared.runtime.config.coverage import CoverageConfig
from shared.runtime.config.retention import RetentionConfig


@dataclass(frozen=True)
class ExpiryConfig(RegisterConfig, RetentionConfig, CoverageConfig):
    """Of the expiry function, which closes, destroys and proves it, and until then keeps the rules of retention."""

    credentials_return_by: str
    support_ends_at: str
    destruction_authority: str
    destruction_rate: str
    feed_bucket: str
    failed_feeds_url: str
    unread_changes_url: str
    notices_to_deliver_url: str
    undelivered_notices_url: str
    user_pool_id: str
    key_id: str
    """The ARN of the key that is destroyed."""
    signing_key_id: str
    """The ARN of the key that signs the certificate."""
    certificate_bucket: str
    event_bus: str
    log_groups: str
    """The names of those that are destroyed, with commas."""
    gone_quiet_after: str

    @property
    def lifecycle(self) -> Lifecycle:
        """The whole of it, as the guard accepted it. Raises ValueError."""
        return Lifecycle.configured(
            self.closes_at,
            self.successor_url,
            destruction_window=self.destruction_window,
            destruction_starts_after=self.destruction_starts_after,
            credentials_return_by=self.credentials_return_by,
            destruction_authority=self.destruction_authority,
            support_ends_at=self.support_ends_at,
        )

    @property
    def gone_quiet(self) -> GoneQuiet:
        """After how long without contact an involvement has gone quiet. Raises ValueError."""
        return GoneQuiet.configured(self.gone_quiet_after)

    @property
    def items_a_second(self) -> int:
        """How many items are deleted in a second, at the most. Raises ValueError."""
        return int(self.destruction_rate)

    @property
    def log_group_names(self) -> tuple[str, ...]:
        """Of the log groups that are destroyed."""
        return tuple(self.log_groups.split(","))
