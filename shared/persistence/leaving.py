"""What an involvement leaves behind when it goes, or says something else, and what only it led to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.likeness import likeness
from shared.domain.ports import Conflict
from shared.persistence import codec
from shared.persistence.lines import line_of
from shared.persistence.models import ClaimItem, MatchKeyItem
from shared.persistence.partitions import whole
from shared.persistence.reading import get, live

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.persistence.keys import RegisterKeys
    from shared.persistence.lines import Leading, Line
    from shared.persistence.models import InvolvementItem
    from shared.persistence.partitions import Partition
    from shared.persistence.reading import Key


class Statement(NamedTuple):
    """What one involvement says of its child, and by which line it leads there."""

    details: ChildDetails
    line: Line


@dataclass(frozen=True, slots=True)
class Left:
    """What an involvement leaves behind in its child."""

    parts: Sequence[Partition]
    """Where it lies; and, while that child is being joined with another, the other."""
    involvement: InvolvementItem
    others: bool
    """Whether anybody else works with the child."""
    orphans: list[Leading]
    restated: list[tuple[ClaimItem, dict[str, Any], Line]]
    """The claims that stay, each with what a remaining involvement says, and its line."""

    @property
    def ids(self) -> set[str]:
        """All that is one child."""
        return {part.child_id for part in self.parts}

    def version_of(self, child_id: str) -> int | None:
        """As it was read; None if it was not."""
        return next((part.version for part in self.parts if part.child_id == child_id), None)


def leave(
    keys: RegisterKeys,
    child_id: str,
    sort: str,
    now: datetime,
    *,
    says: ChildDetails | None = None,
    to: str | None = None,
) -> Left:
    """What goes when an involvement, by its sort key, leaves its child or says something else of it.

    `says` is what it says from now on, lying with the child `to`: it stays with its child if that is where it lies now
    or what this is being joined into. Raises Conflict if it does not lie here.
    """
    parts = whole(child_id)
    own = parts[0]
    leaving = next((item for item in own.live(now) if item.sk == sort), None)
    if leaving is None or own.child is None:
        raise Conflict
    others = [
        Statement(codec.details_from(item.child), part.line(item))
        for part in parts
        for item in part.live(now)
        if item.sk != sort
    ]
    stays = says is not None and to in (own.child_id, own.joined_into)
    remaining = [*others, Statement(says, own.line(leaving))] if says is not None and stays else others
    kept: dict[Key, list[Statement]] = defaultdict(list)
    for statement in remaining:
        for key in keys.leading(statement.line[0], statement.details):
            kept[key].append(statement)
    ids = {part.child_id for part in parts}
    led = keys.leading(own.line(leaving)[0], codec.details_from(leaving.child))
    found = [
        item for item in live(get(led), now) if isinstance(item, ClaimItem | MatchKeyItem) and ids & {*line_of(item)}
    ]
    return Left(
        parts=parts,
        involvement=leaving,
        others=bool(others),
        orphans=[item for item in found if (item.pk, item.sk) not in kept],
        restated=[
            _restated(keys, item, kept[item.pk, item.sk])
            for item in found
            if isinstance(item, ClaimItem) and (item.pk, item.sk) in kept
        ],
    )


def _restated(keys: RegisterKeys, claim: ClaimItem, by: Sequence[Statement]) -> tuple[ClaimItem, dict[str, Any], Line]:
    """By somebody who registered it with the child by whose id the claim stands, if anybody is left who did."""
    statement = next((said for said in by if said.line[0] == claim.child_id), by[0])
    return claim, codec.likeness_to(likeness(statement.details, keys.pseudonyms)), statement.line
