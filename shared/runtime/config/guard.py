"""What the guard function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import Config


@dataclass(frozen=True)
class GuardConfig(Config):
    """Of the guard function. What it is asked about, each deployment says anew."""

    directory_table: str
