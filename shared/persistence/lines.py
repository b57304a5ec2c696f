"""Which child is meant: the line of children from the one by whose id something stands to the one it is now.

A child that was joined into another keeps its claims and match rows: each says into which child that was, and into which
that one was joined later. So an undone join needs nothing back but its last step.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from shared.persistence import codec
from shared.persistence.models import ClaimItem, MatchKeyItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.domain.involvement import ServiceType
    from shared.domain.likeness import Likeness

type Line = tuple[str, ...]
"""Children, each joined into the next; the first is the one whose id a thing stands by, the last is meant."""
type Leading = ClaimItem | MatchKeyItem
"""What leads to a child."""


def line_of(item: Leading) -> Line:
    """As the item itself says."""
    return item.child_id, *(item.joined_into or ())


def joined_into(line: Line) -> list[str] | None:
    """What an item of this line keeps beside the first id."""
    return list(line[1:]) or None


def match_row(
    key: tuple[str, str],
    line: Line,
    stated: Likeness,
    service_types: Iterable[ServiceType],
    shield: dict[str, Any] | None,
) -> MatchKeyItem:
    """A row that leads to a child by this line."""
    return MatchKeyItem(
        *key,
        child_id=line[0],
        joined_into=joined_into(line),
        service_types=set(service_types),
        likeness=codec.likeness_to(stated),
        shield=shield,
    )


class Lines:
    """What all the items of one reading say together of who was joined into whom.

    While a join is on its way some of a child's items say so and others not yet: one that does speaks for all.
    """

    def __init__(self, said: Iterable[Line]) -> None:
        self._next: dict[str, str] = {child: into for line in said for child, into in pairwise(line)}

    def whole(self, line: Line) -> Line:
        """The line, continued as far as is known."""
        while (into := self._next.get(line[-1])) and into not in line:
            line = (*line, into)
        return line
