"""What the directory function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import GatedConfig


@dataclass(frozen=True)
class DirectoryConfig(GatedConfig):
    """Of the directory function."""

    directory_table: str
    hashing_secret_id: str
    user_pool_id: str
    token_url: str
