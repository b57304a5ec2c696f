"""What the feed function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import RecordingConfig
from shared.runtime.config.coverage import CoverageConfig
from shared.runtime.config.matching import MatchingConfig
from shared.runtime.config.retention import RetentionConfig


@dataclass(frozen=True)
class FeedConfig(MatchingConfig, RecordingConfig, RetentionConfig, CoverageConfig):
    """Of the feed function."""

    feed_bucket: str
