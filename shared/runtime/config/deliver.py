"""What the deliver function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import GatedConfig


@dataclass(frozen=True)
class DeliverConfig(GatedConfig):
    """Of the deliver function, which tells organisations of their notices."""

    directory_table: str
    hashing_secret_id: str
    notices_to_deliver_url: str
    undelivered_notices_url: str
