"""A child that was there before, and is much like one that is shielded now, is shielded as that one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.conflicts import Conflict
from shared.domain.shield import inherited, stronger
from shared.persistence import codec, keys
from shared.persistence.cases import Pair, made_at, raise_cases
from shared.persistence.change import Change, is_shielded_as, shielding_anew
from shared.persistence.models import ChildItem
from shared.persistence.partitions import are_different, resolved, whole_to_change
from shared.persistence.reading import get, is_live, is_not_expired
from shared.persistence.shielding import say, spread, unlike

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.review import CloseCall
    from shared.domain.shield import Shield
    from shared.persistence.hashed_keys import RegisterKeys
    from shared.persistence.partitions import Partition


def inherit(keys_of: RegisterKeys, child_id: str, call: CloseCall, now: datetime, lives_until: datetime | None) -> bool:
    """The child of this close call has the shield of `child_id`; the pair is on the review list, unless it was there.

    Whether it has it: not if a person has found the two different, if they are one, or if it has a shield of its own.
    Returns once all that leads to it says so. Raises Conflict if anything changes meanwhile; taken up again it goes on.
    """
    meant = resolved([child_id, call.child_id])
    of, to = whole_to_change(meant[child_id]), whole_to_change(meant[call.child_id])
    if any(part.joined_into for part in (of[0], to[0])):
        raise Conflict  # between the two reads
    is_one = {part.child_id for part in of} & {part.child_id for part in to}
    shield, own = _holding(of[0], now), _holding(to[0], now)
    is_there = to[0].child is not None and is_live(to[0].child, now)
    if is_one or not shield or not is_there or (own and not own.inherited):
        return False
    if are_different(of, to[0].child_id, now) or are_different(to, of[0].child_id, now):
        return False
    before = (to[0].child.inherits_from or []) if own and to[0].child else []
    if of[0].child_id not in before:
        taken = stronger(own, inherited(shield, now, lives_until))
        if taken:
            _mark(keys_of, (of, to), call, (taken, [*before, of[0].child_id]), Change(now, lives_until))
    while spread(keys_of, whole_to_change(to[0].child_id), now, lives_until):
        pass
    return True


def _mark(
    keys_of: RegisterKeys,
    pair: tuple[Sequence[Partition], Sequence[Partition]],
    call: CloseCall,
    taken: tuple[Shield, list[str]],
    change: Change,
) -> None:
    """The child, the case, and of what leads to the child what there is room for: one transaction."""
    (of, to), kept, now = pair, codec.shield_to(taken[0]), change.now
    for part in to:
        change.update(
            ChildItem(keys.child(part.child_id), keys.CHILD),
            [
                ChildItem.version.add(1),
                *shielding_anew(part.shield, kept, now),
                ChildItem.inherits_from.set(taken[1]),
            ],
            (ChildItem.version == part.version) & is_not_expired(now),
        )
    change.check(ChildItem, (keys.child(of[0].child_id), keys.CHILD), is_shielded_as(of[0].shield))
    newer, older = sorted((to[0], of[0]), key=made_at, reverse=True)
    if not get([(keys.case(keys_of.case_id(newer.child_id, older.child_id)), keys.CASE)]):
        raise_cases(change, keys_of, [Pair(call, newer.child_id, older.child_id)])
    say(change, unlike(keys_of, to, kept, now), kept)
    change.commit()


def _holding(part: Partition, now: datetime) -> Shield | None:
    shield = codec.shield_from(part.shield)
    return shield if shield and shield.holds(now) else None
