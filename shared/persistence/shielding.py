"""A shield stands on the child, and on everything that leads to it: so that nothing leads there unawares.

The child is marked first. Nothing is added to it from then on that does not say so, because every registration is written
on condition that the child's shield is as it was seen; and whoever was led there before the rest is marked reads the
child's own shield in the second step of a lookup, and is shown nothing.
"""

from __future__ import annotations

from functools import reduce
from itertools import batched
from typing import TYPE_CHECKING

from shared.domain.shield import stronger
from shared.persistence import codec
from shared.persistence.change import Change, is_shielded_as
from shared.persistence.keys import CLAIM
from shared.persistence.lines import line_of
from shared.persistence.models import ChildItem, ClaimItem, MatchKeyItem
from shared.persistence.reading import MOST_OF_A_BATCH, get, live

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from shared.persistence.hashed_keys import RegisterKeys
    from shared.persistence.lines import Leading
    from shared.persistence.partitions import Kept, Partition
    from shared.persistence.reading import Key


def leading_to(ids: AbstractSet[str], wanted: Iterable[Key], now: datetime) -> list[Leading]:
    """The live claims and match rows under these keys that lead to one of these children: one read for a hundred."""
    found = [item for some in batched(dict.fromkeys(wanted), MOST_OF_A_BATCH, strict=False) for item in get(some)]
    leading = [item for item in live(found, now) if isinstance(item, ClaimItem | MatchKeyItem)]
    return [item for item in leading if ids & {*line_of(item)}]


def unlike(keys_of: RegisterKeys, parts: Sequence[Partition], shield: Kept | None, now: datetime) -> list[Leading]:
    """All that leads to the child in these partitions and does not say that it has this shield."""
    wanted = [
        key
        for part in parts
        for item in part.live(now)
        for key in keys_of.leading(part.line(item)[0], codec.details_from(item.child))
    ]
    wanted += [(claim, CLAIM) for part in parts for claim in part.kept_claims]
    leading = leading_to({part.child_id for part in parts}, wanted, now)
    return [item for item in leading if item.shield != shield]


def say(change: Change, items: Sequence[Leading], shield: Kept | None) -> Sequence[Leading]:
    """What leads to a child says so, as much of it as there is room for. Returns the rest."""
    room = change.room
    for item in items[:room]:
        change.shield(item, shield)
    return items[room:]


def spread(keys_of: RegisterKeys, parts: Sequence[Partition], now: datetime, lives_until: datetime | None) -> bool:
    """A transaction of what leads to a child and does not say yet what the child says. Whether there was any.

    The first of the partitions is the child's own; nothing is added to another that it is being joined with. Raises
    Conflict if the child's shield is another by now, or something leads elsewhere.
    """
    own = parts[0]
    rest = unlike(keys_of, parts, own.shield, now)
    if not rest:
        return False
    change = Change(now, lives_until)
    if own.child:
        change.update(
            own.child, [ChildItem.version.add(1)], (ChildItem.version == own.version) & is_shielded_as(own.shield)
        )
    say(change, rest, own.shield)
    change.commit()
    return True


def strongest(shields: Iterable[Kept | None], now: datetime) -> Kept | None:
    """Of several shields of what is, or may be, one child: of those that hold, if any does."""
    all_of_them = [shield for kept in shields if (shield := codec.shield_from(kept))]
    holding = [shield for shield in all_of_them if shield.holds(now)]
    one = reduce(stronger, holding or all_of_them, None)
    return codec.shield_to(one) if one else None


def kept_for_claims(parts: Iterable[Partition], shield: Kept | None, now: datetime) -> datetime | None:
    """Until when a child that nobody works with is kept, for its shield and the claims left of it; None: not at all."""
    held = codec.shield_from(shield)
    is_kept = held is not None and held.holds(now) and any(part.kept_claims for part in parts)
    return held.until if held and is_kept else None
