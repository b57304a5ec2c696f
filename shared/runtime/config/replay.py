"""What the replay function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import GatedConfig


@dataclass(frozen=True)
class ReplayConfig(GatedConfig):
    """Of the replay function, which takes up again what was put aside."""

    failed_feeds_url: str
    unread_changes_url: str
    undelivered_notices_url: str
    notices_to_deliver_url: str
    feed_function: str
    """The name of the function, or its ARN."""
    notify_function: str
    """The same of the other."""
