"""Is the register open at this instant?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.errors import RegisterClosed
from shared.domain.lifecycle import Phase

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.lifecycle import Lifecycle
    from shared.domain.ports import Clock


@dataclass(frozen=True, slots=True)
class Gate:
    """Asked on the way in, and again just before anything is disclosed or acknowledged."""

    lifecycle: Lifecycle
    clock: Clock

    @property
    def is_closed(self) -> bool:
        """Whether access has ended."""
        return self.lifecycle.phase(self.clock()) is Phase.CLOSED

    def open_at(self) -> datetime:
        """The instant now. Raises RegisterClosed from `ClosesAt` on."""
        now = self.clock()
        if self.lifecycle.phase(now) is Phase.CLOSED:
            raise RegisterClosed(self.lifecycle.successor_url)
        return now
