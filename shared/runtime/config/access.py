"""What the access function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import RecordingConfig
from shared.runtime.config.matching import MatchingConfig


@dataclass(frozen=True)
class AccessConfig(MatchingConfig, RecordingConfig):
    """Of the access function, which seals and reads the access log."""

    sealing_key_id: str
    """The ARN of the key that signs the seals."""
    certificate_bucket: str
