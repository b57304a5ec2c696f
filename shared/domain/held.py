"""What the register holds of a child, as it is handed to the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.domain.involvement import Disputed, Involvement
    from shared.domain.likeness import Likeness
    from shared.domain.shield import Shield


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where an organisation's involvement lies. `content` is a keyed hash of what it last sent.

    `in_doubt` if a number or the details it stated were another child's when it was written.
    """

    child_id: str
    content: str
    likeness: Likeness
    version: int
    recorded_at: datetime
    refreshed_at: datetime
    is_live: bool
    in_doubt: bool = False
    disputed: Disputed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChild:
    """All that is held of a child, ordinary services only, and its shield, whether it still holds or not."""

    child_id: str
    involvements: Sequence[Involvement]
    shield: Shield | None = None
    unshielded_at: datetime | None = None
    """When the last of its shields ended that are not there any more."""
    formerly: frozenset[str] = frozenset()
    """The ids of children that have become part of it, and whose involvements it has: they have been looked at, too."""
    came_with: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """With which of them which involvements came, by organisation and source reference."""

    def was_shielded(self, at: datetime, now: datetime) -> bool:
        """Whether a shield that holds no more may have held at an instant: its last one ended later, in another second.

        Changes are known to the second in which they were written.
        """
        ran_out = self.shield.until if self.shield and not self.shield.holds(now) else None
        ended = (end.replace(microsecond=0) for end in (self.unshielded_at, ran_out) if end)
        return any(at < end for end in ended)
