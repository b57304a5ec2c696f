"""What time it is."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The instant now: the one place that reads the clock."""
    return datetime.now(UTC)
