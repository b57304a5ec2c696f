"""What the review function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import RecordingConfig
from shared.runtime.config.limits import LimitedConfig


@dataclass(frozen=True)
class ReviewConfig(RecordingConfig, LimitedConfig):
    """Of the review function."""
