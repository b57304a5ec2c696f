"""What the notices function is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
from shared.runtime.config import RecordingConfig
from shared.runtime.config.limits import LimitedConfig


@dataclass(frozen=True)
class NoticesConfig(RecordingConfig, LimitedConfig):
    """Of the notices function."""
