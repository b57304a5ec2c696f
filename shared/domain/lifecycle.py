"""Is the register open? One date decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """`open`, then `closing` once a date is set, then `closed` from that date on."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The closure as configured. `closes_at` is an aware instant, or None while no closure is set."""

    closes_at: datetime | None = None
    successor_url: str | None = None

    @classmethod
    def configured(cls, closes_at: str, successor_url: str) -> Lifecycle:
        """From the template's parameters; empty text means that none is set.

        Raises ValueError for a date that cannot be read or that has no offset: noon where?
        """
        instant = datetime.fromisoformat(closes_at) if closes_at else None
        if instant is not None and instant.tzinfo is None:
            message = "ClosesAt needs an offset, such as 2010-08-06T12:00:00+01:00"
            raise ValueError(message)
        return cls(instant, successor_url or None)

    def phase(self, now: datetime) -> Phase:
        """The phase at an aware instant; closed from `closes_at` itself on."""
        if self.closes_at is None:
            return Phase.OPEN
        return Phase.CLOSED if now >= self.closes_at else Phase.CLOSING
