"""What an involvement leaves behind when it goes, or says something else, and what only it led to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.conflicts import Conflict
from shared.domain.likeness import likeness
from shared.persistence import codec
from shared.persistence.keys import CLAIM
from shared.persistence.lines import match_row
from shared.persistence.models import ClaimItem, MatchKeyItem
from shared.persistence.partitions import whole_to_change
from shared.persistence.shielding import leading_to

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.involvement import ServiceType
    from shared.persistence.hashed_keys import RegisterKeys
    from shared.persistence.lines import Leading, Line
    from shared.persistence.models import InvolvementItem
    from shared.persistence.partitions import Kept, Partition
    from shared.persistence.reading import Key


class Statement(NamedTuple):
    """What one involvement says of its child, as which type of service, and by which line it leads there."""

    details: ChildDetails
    service_type: ServiceType
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
    resaid: list[tuple[MatchKeyItem, AbstractSet[str], Line]]
    """The match rows that stay and of which not all types of service say so any more that did: each with those that do,
    and the line of one of them."""
    unled: list[MatchKeyItem]
    """Rows of remaining involvements under numbers that stay, which these have stated while they were in doubt."""
    kept_until: datetime | None
    """The end of the child's shield, if it holds and the involvement goes: until then, claims among the orphans stay, so
    that whoever states one of them comes behind the shield."""

    @property
    def ids(self) -> set[str]:
        """All that is one child."""
        return {part.child_id for part in self.parts}

    @property
    def kept_claims(self) -> list[str]:
        """The partitions of the claims that stay."""
        return [item.pk for item in self.orphans if isinstance(item, ClaimItem)] if self.kept_until else []

    def version_of(self, child_id: str) -> int | None:
        """As it was read; None if it was not."""
        return next((part.version for part in self.parts if part.child_id == child_id), None)


def leave(
    keys: RegisterKeys,
    child_id: str,
    sort: str,
    now: datetime,
    *,
    says: tuple[ChildDetails, ServiceType] | None = None,
    to: str | None = None,
) -> Left:
    """What goes when an involvement, by its sort key, leaves its child or says something else of it.

    `says` is what it says from now on, lying with the child `to`: it stays with its child if that is where it lies now
    or what this is being joined into. Raises Conflict if it does not lie here.
    """
    parts = whole_to_change(child_id)
    own = parts[0]
    leaving = next((item for item in own.live(now) if item.sk == sort), None)
    if leaving is None or own.child is None:
        raise Conflict
    others = [
        Statement(*codec.stated_by(item), part.line(item))
        for part in parts
        for item in part.live(now)
        if item.sk != sort
    ]
    stays = says is not None and to in (own.child_id, own.joined_into)
    remaining = [*others, Statement(*says, own.line(leaving))] if says is not None and stays else others
    kept: dict[Key, list[Statement]] = defaultdict(list)
    for statement in remaining:
        for key in keys.leading(statement.line[0], statement.details):
            kept[key].append(statement)
    ids = {part.child_id for part in parts}
    led = keys.leading(own.line(leaving)[0], codec.details_from(leaving.child))
    if not remaining:  # what was kept before goes, or stays on, with the rest
        led = list(dict.fromkeys([*led, *((claim, CLAIM) for part in parts for claim in part.kept_claims)]))
    shield = codec.shield_from(own.shield)
    said = _under_numbers(keys, [pk for pk, sk in led if sk == CLAIM], others, own.shield)
    found = leading_to(ids, [*led, *said], now)
    there = {(item.pk, item.sk): item for item in found}
    return Left(
        parts=parts,
        involvement=leaving,
        others=bool(others),
        orphans=[there[key] for key in led if key in there and key not in kept],
        restated=[
            _restated(keys, item, kept[item.pk, item.sk])
            for item in found
            if isinstance(item, ClaimItem) and (item.pk, item.sk) in kept
        ],
        resaid=[
            (item, said_as, kept[item.pk, item.sk][0].line)
            for item in found
            if isinstance(item, MatchKeyItem)
            and (said_as := {statement.service_type for statement in kept.get((item.pk, item.sk), ())})
            and said_as != item.service_types
        ],
        unled=[row for key, row in said.items() if key not in there and (row.pk, CLAIM) in there],
        kept_until=shield.until if shield and shield.holds(now) and not stays else None,
    )


def _under_numbers(
    keys: RegisterKeys, claims: Sequence[str], by: Sequence[Statement], shield: Kept | None
) -> dict[Key, MatchKeyItem]:
    """The rows that those who state these numbers, too, should have there."""
    rows: dict[Key, MatchKeyItem] = {}
    for said in by:
        for claim in claims:
            for key, stated in keys.rows_of_number(claim, said.line[0], said.details).items():
                row = rows.setdefault(key, match_row(key, said.line, stated, (), shield))
                row.service_types = {*row.service_types, said.service_type}
    return rows


def _restated(keys: RegisterKeys, claim: ClaimItem, by: Sequence[Statement]) -> tuple[ClaimItem, dict[str, Any], Line]:
    """By somebody who registered it with the child by whose id the claim stands, if anybody is left who did."""
    statement = next((said for said in by if said.line[0] == claim.child_id), by[0])
    return claim, codec.likeness_to(likeness(statement.details, keys.pseudonyms)), statement.line
