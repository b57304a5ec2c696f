"""What the notify function is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
from shared.runtime.config import RegisterConfig


@dataclass(frozen=True)
class NotifyConfig(RegisterConfig):
    """Of the notify function, which makes notices of what the tables' streams tell."""

    event_bus: str
    unread_changes_url: str
