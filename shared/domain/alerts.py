"""What an organisation's auditors and its shield team have to look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class AlertKind(StrEnum):
    """What has happened."""

    SHIELD_OPENED = "shield_opened"
    UNUSUAL_USE = "unusual_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Ids and codes only. `organisation` is who has to look at it; `by` are those whom it is about.

    `signs` are codes of what looks wrong (`signs.Sign`); `score` how wrong, from 0 to 1.
    """

    alert_id: str
    at: datetime
    organisation: str
    kind: AlertKind
    by_organisation: str
    by_practitioner: str
    child_id: str | None = None
    access_id: str | None = None
    signs: tuple[str, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts, the latest first. `next` asks for the rest, None at the end."""

    alerts: Sequence[Alert]
    next: str | None
