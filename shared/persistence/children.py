"""Children in DynamoDB, as they are read: who is led to by what is asked, and what is held of a child."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shared.domain.held import HeldChild
from shared.domain.involvement import ServiceType
from shared.domain.matching import Candidate
from shared.persistence import codec, keys, partitions
from shared.persistence.hashed_keys import RegisterKeys
from shared.persistence.lines import Lines, line_of
from shared.persistence.models import ClaimItem, MatchKeyItem, RegisterItem
from shared.persistence.reading import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.pseudonym import Pseudonyms
    from shared.persistence.lines import Leading
    from shared.persistence.partitions import Partition
    from shared.persistence.reading import SideBySide


@dataclass(frozen=True, slots=True)
class DynamoChildren:
    """Implements `ports.Children`. `side_by_side` does reads side by side and gives their results in order.

    What sensitive services say is found with the pseudonyms of a compartment of its own.
    """

    pseudonyms: Pseudonyms
    side_by_side: SideBySide
    keys: RegisterKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", RegisterKeys(self.pseudonyms))

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        """See the port."""
        keys_asked = self.keys.asked(asked)
        found = self.side_by_side([reading(key, now) for key in keys_asked])
        return candidates_of(leading(item for items in found for item in items), keys_asked)

    def held_of(self, lies_in: Sequence[str], now: datetime) -> HeldChild:
        """See the port."""
        return _held(lies_in[0], partitions.read_all(lies_in, self.side_by_side), now)

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See the port. A read for every join that it has been through, and one or two more."""
        known = self.known_by_id(child_id, now)
        return known if known and known.involvements else None

    def known_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See the port."""
        meant = partitions.resolved([child_id])[child_id]
        parts = partitions.whole(meant)
        held = _held(meant, parts, now)
        ordinary = [one for one in held.involvements if not one.service.service_type.is_sensitive]
        return replace(held, involvements=ordinary) if ordinary or parts[0].child else None


def reading(key: str, now: datetime) -> Callable[[], list[RegisterItem]]:
    """Reads the live rows of one key."""
    return lambda: rows_of(key, now)


def leading(items: Iterable[RegisterItem]) -> list[Leading]:
    """Those that lead to a child."""
    return [item for item in items if isinstance(item, ClaimItem | MatchKeyItem)]


def candidates_of(leading: Sequence[Leading], by_place: Mapping[str, bool]) -> list[Candidate]:
    """Each child that is led to; if it is part of another, once for each of those that lie on the way there.

    So whoever reads what is held of the child reads all the places where it may just be. `by_place` says of the
    partitions of rows whether the postcode led there.
    """
    lines = Lines(map(line_of, leading))
    found = []
    for item in leading:
        *parts, meant = lines.whole(line_of(item))
        known = Candidate(
            meant,
            codec.likeness_from(item.likeness),
            by_identifier=_is_number(item),
            by_place=by_place.get(item.pk, False),
            service_types=_types_of(item),
            shield=codec.shield_from(item.shield),
        )
        found += [replace(known, child_id=part, joined_into=meant) for part in parts] or [known]
    return found


def _held(child_id: str, parts: Sequence[Partition], now: datetime) -> HeldChild:
    """From its own partition, the first, and those that are being joined with it: these are shielded as it is."""
    items = partitions.gathered(parts, now)
    came_with: dict[str, set[tuple[str, str]]] = {}
    for item in items:
        for former in {*(item.moved_from or ()), item.child_id} - {child_id}:
            came_with.setdefault(former, set()).add((item.organisation, item.source_reference))
    return HeldChild(
        child_id=child_id,
        involvements=[codec.involvement_from(item) for item in items],
        shield=codec.shield_from(parts[0].shield),
        unshielded_at=codec.instant(parts[0].unshielded_at) if parts[0].unshielded_at else None,
        formerly=frozenset(came_with),
        came_with={former: frozenset(those) for former, those in came_with.items()},
    )


def _types_of(item: Leading) -> frozenset[ServiceType]:
    said = item.service_types if isinstance(item, MatchKeyItem) else None
    return frozenset(map(ServiceType, said or ()))


def _is_number(item: Leading) -> bool:
    return item.pk.startswith(keys.NUMBERS) and not item.pk.startswith(keys.DETAILS_CLAIM)
