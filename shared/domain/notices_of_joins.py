"""Who is told that two children became one, or two again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain.notices_of_changes import authorities, stated_last
from shared.domain.readers import is_of, named, recorded_by, seen, works_with

if TYPE_CHECKING:
    from shared.domain.causes import ChildrenJoined
    from shared.domain.disclosure import Viewer
    from shared.domain.held import HeldChild
    from shared.domain.notices import Cause
    from shared.domain.readers import Known


def hears_of_join(reader: Viewer, cause: Cause, joined: ChildrenJoined, known: Known) -> bool:
    """`joined`: whose involvement lies in either, if it may see something of both.

    Of two that are two again it hears for each side in which one of its own lies.
    """
    goes, stays = (seen(reader, side) for side in _sides(joined, known))
    if not goes or not stays:
        return False
    about = [*goes, *stays] if not joined.undone else goes if cause.child_id == joined.goes else stays
    return any(is_of(reader, one) for one in about)


def hears_of_move_by_join(reader: Viewer, _cause: Cause, joined: ChildrenJoined, known: Known) -> bool:
    """`moved`: whose child one was said to be, or the other, by what was stated of each last; and who works with it."""
    goes, stays = (stated_last(recorded_by(joined.at, seen(reader, side))) for side in _sides(joined, known))
    if goes is None or stays is None:
        return False
    one, other = (authorities(district, known.organisations.values()) for district in (goes, stays))
    if one == other:
        return False
    involved = recorded_by(joined.at, known.held.involvements)
    return reader.caller.organisation.code in one | other or works_with(reader, involved)


def _sides(joined: ChildrenJoined, known: Known) -> tuple[HeldChild, HeldChild]:
    """The child that goes and the one that stays, in what is held of them now.

    Of one that is not told apart any more, or again, nothing.
    """
    held, parted = known.held, known.parted
    if joined.undone:
        if parted is None or parted.child_id == held.child_id:
            return replace(held, involvements=()), held
        return parted, held
    came = held.came_with.get(joined.goes, frozenset())
    of_stays = None if held.child_id == joined.stays else held.came_with.get(joined.stays, frozenset())
    return (
        replace(held, involvements=[one for one in held.involvements if named(one) in came]),
        replace(
            held,
            involvements=[
                one
                for one in held.involvements
                if named(one) not in came and (of_stays is None or named(one) in of_stays)
            ],
        ),
    )
