"""Cases on the review list, as a registration raises them and as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.domain.review import MOST_CASES_OF_A_REGISTRATION, Case, Cause, Decided, Decision, State
from shared.persistence import codec, keys
from shared.persistence.models import CaseItem, OpenCaseItem
from shared.persistence.partitions import are_different, read_all
from shared.persistence.reading import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.domain.review import CloseCall
    from shared.persistence.change import Change
    from shared.persistence.keys import RegisterKeys
    from shared.persistence.partitions import Partition
    from shared.persistence.reading import SideBySide


def most_pressing(close_calls: Iterable[CloseCall]) -> list[CloseCall]:
    """One for each child, the likeliest first, as many as a registration may raise; a number in doubt is sure to be."""
    of_each: dict[str, CloseCall] = {}
    for call in sorted(close_calls, key=lambda call: (call.cause is not Cause.NUMBER, -(call.sureness or 0))):
        of_each.setdefault(call.child_id, call)
    return list(of_each.values())[:MOST_CASES_OF_A_REGISTRATION]


def raise_with_new_child(change: Change, keys_of: RegisterKeys, child_id: str, calls: Sequence[CloseCall]) -> None:
    """Puts a child that the same transaction makes on the list beside others: no such pair can have been there."""
    for call in calls:
        _put(change, keys_of, call, newer=child_id, older=call.child_id)


def raise_with_known_child(
    change: Change, keys_of: RegisterKeys, child_id: str, calls: Sequence[CloseCall], side_by_side: SideBySide
) -> None:
    """The same for a child that was there before: a pair that is on the list, or was decided, stays as it is.

    Takes a read to tell; and, of pairs that are not on the list, one more to see which child is the newer, and that
    nobody has found them different as parts of other children.
    """
    by_id = {keys_of.case_id(child_id, call.child_id): call for call in calls}
    known = {
        item.case_id
        for item in get([(keys.case(case_id), keys.CASE) for case_id in by_id])
        if isinstance(item, CaseItem)
    }
    fresh = [call for case_id, call in by_id.items() if case_id not in known]
    if not fresh:
        return
    own, *others = read_all([child_id, *(call.child_id for call in fresh)], side_by_side)
    for call, other in zip(fresh, others, strict=True):
        if are_different([own], other.child_id, change.now) or are_different([other], child_id, change.now):
            continue
        newer, older = sorted((own, other), key=_made_at, reverse=True)
        _put(change, keys_of, call, newer=newer.child_id, older=older.child_id)


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


def _made_at(part: Partition) -> str:
    return part.child.created_at if part.child else ""


def _put(change: Change, keys_of: RegisterKeys, call: CloseCall, *, newer: str, older: str) -> None:
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


def open_key(case_id: str, raised_at: datetime) -> tuple[str, str]:
    """Where a case stands in the list of open ones."""
    return keys.open_cases(keys.case_shard(case_id)), keys.open_case(raised_at, case_id)
