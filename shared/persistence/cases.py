"""Cases on the review list, as a registration raises them and as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.review import Case, Cause, Decided, Decision, State
from shared.persistence import codec, keys
from shared.persistence.models import CaseItem, OpenCaseItem
from shared.persistence.partitions import are_different, read_all
from shared.persistence.reading import get

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from shared.domain.review import CloseCall
    from shared.persistence.change import Change
    from shared.persistence.hashed_keys import RegisterKeys
    from shared.persistence.partitions import Partition
    from shared.persistence.reading import SideBySide


class Pair(NamedTuple):
    """A close call that is to be put on the list, unless it is there: which child is the newer one, and which the older."""

    call: CloseCall
    newer: str
    older: str
    is_listed: bool = False


def pairs_of_new_child(child_id: str, calls: Iterable[CloseCall]) -> list[Pair]:
    """A child that the same transaction makes, beside others: no such pair can have been there."""
    return [Pair(call, newer=child_id, older=call.child_id) for call in calls]


def pairs_of_known_child(
    keys_of: RegisterKeys,
    child_id: str,
    calls: Iterable[CloseCall],
    now: datetime,
    side_by_side: SideBySide,
    *,
    to_tell: AbstractSet[str],
) -> list[Pair]:
    """The same for a child that was there before: those that nobody has found different, on the list already or not.

    Takes a read to tell; and, of pairs that are not on the list, and of those with children `to_tell` surely, one more
    to see which child is the newer, and that nobody has found them different as parts of other children.
    """
    by_id = {keys_of.case_id(child_id, call.child_id): call for call in calls}
    if not by_id:
        return []
    known = {
        item.case_id: State(item.state)
        for item in get([(keys.case(case_id), keys.CASE) for case_id in by_id])
        if isinstance(item, CaseItem)
    }
    waiting = [call for case_id, call in by_id.items() if known.get(case_id) not in _APART]
    listed = {call.child_id for case_id, call in by_id.items() if case_id in known}
    wanted = [call.child_id for call in waiting if call.child_id not in listed or call.child_id in to_tell]
    own, *others = read_all([child_id, *wanted], side_by_side) if wanted else [None]
    read = {other.child_id: other for other in others if other}
    pairs = []
    for call in waiting:
        other = read.get(call.child_id)
        if own is None or other is None:
            pairs.append(Pair(call, child_id, call.child_id, is_listed=True))
        elif not are_different([own], other.child_id, now) and not are_different([other], child_id, now):
            newer, older = sorted((own, other), key=made_at, reverse=True)
            pairs.append(Pair(call, newer.child_id, older.child_id, is_listed=call.child_id in listed))
    return pairs


_APART = (State.UNDOING, State.DIFFERENT)


def raise_cases(change: Change, keys_of: RegisterKeys, pairs: Iterable[Pair]) -> None:
    """Puts pairs on the list, as many as there is room for."""
    for call, newer, older, _ in pairs:
        if change.room < _ITEMS_OF_A_CASE:
            return
        case_id = keys_of.case_id(newer, older)
        said: dict[str, Any] = {
            "case_id": case_id,
            "newer": newer,
            "older": older,
            "cause": call.cause,
            "sureness": call.sureness,
            "raised_at": codec.text_of(change.now),
        }
        change.put(CaseItem(keys.case(case_id), keys.CASE, state=State.OPEN, **said), CaseItem.pk.does_not_exist())
        change.put(OpenCaseItem(*open_key(case_id, change.now), **said))


_ITEMS_OF_A_CASE = 2


def case_from(item: CaseItem | OpenCaseItem) -> Case:
    """A case as it is held."""
    decided = [
        Decided(Decision(decision), codec.instant(at), by, organisation)
        for decision, at, by, organisation in (item.decided or () if isinstance(item, CaseItem) else ())
    ]
    return Case(
        case_id=item.case_id,
        newer=item.newer,
        older=item.older,
        cause=Cause(item.cause),
        sureness=_fraction(item.sureness),
        raised_at=codec.instant(item.raised_at),
        state=State(item.state) if isinstance(item, CaseItem) else State.OPEN,
        goes=item.goes if isinstance(item, CaseItem) else None,
        stays=item.stays if isinstance(item, CaseItem) else None,
        decisions=tuple(decided),
    )


def decided_to(decisions: Iterable[Decided]) -> list[list[str]]:
    """What an item keeps of the decisions on a case."""
    return [[said.decision, codec.text_of(said.at), said.by, said.organisation] for said in decisions]


def _fraction(number: float | None) -> float | None:
    return None if number is None else float(number)


def made_at(part: Partition) -> str:
    """When the child was registered first, to be sorted by."""
    return part.child.created_at if part.child else ""


def open_key(case_id: str, raised_at: datetime) -> tuple[str, str]:
    """Where a case stands in the list of open ones."""
    return keys.open_cases(keys.case_shard(case_id)), keys.open_case(raised_at, case_id)
