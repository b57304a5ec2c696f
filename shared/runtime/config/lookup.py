"""What the lookup function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import RecordingConfig
from shared.runtime.config.limits import LimitedConfig
from shared.runtime.config.matching import MatchingConfig


@dataclass(frozen=True)
class LookupConfig(MatchingConfig, RecordingConfig, LimitedConfig):
    """Of the lookup function."""
