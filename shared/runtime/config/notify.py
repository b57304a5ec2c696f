"""What the notify function is told."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.config import RegisterConfig


@dataclass(frozen=True)
class NotifyConfig(RegisterConfig):
    """Of the notify function, which makes notices of what the tables' streams tell."""

    event_bus: str
    unread_changes_url: str
