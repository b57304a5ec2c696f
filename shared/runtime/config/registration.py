"""What the registration function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import RecordingConfig
from shared.runtime.config.coverage import CoverageConfig
from shared.runtime.config.limits import LimitedConfig
from shared.runtime.config.matching import MatchingConfig
from shared.runtime.config.retention import RetentionConfig


@dataclass(frozen=True)
class RegistrationConfig(MatchingConfig, RecordingConfig, RetentionConfig, CoverageConfig, LimitedConfig):
    """Of the registration function."""
