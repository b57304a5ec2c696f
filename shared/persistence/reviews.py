"""The review list in DynamoDB, and the decisions. What follows from them step by step is in `joins`."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from shared.domain.conflicts import Conflict, UnderWay
from shared.domain.errors import FoundDifferentBefore, JoinedSince
from shared.domain.review import HeldSide, Page, State
from shared.persistence import codec, joins, keys
from shared.persistence.cases import case_from, decided_to, open_key
from shared.persistence.change import Change, ended_at
from shared.persistence.failures import translated
from shared.persistence.hashed_keys import RegisterKeys
from shared.persistence.models import CaseItem, ChildItem, DifferenceItem, OpenCaseItem, RegisterItem, WorkItem
from shared.persistence.partitions import (
    Partition,
    are_different,
    gathered,
    now_of,
    read_all,
    read_to_change,
    resolved,
    whole_to_change,
)
from shared.persistence.reading import HIDDEN_BY, get, is_not_expired
from shared.persistence.shielding import kept_for_claims, say, spread, strongest, unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.review import Case, Decided
    from shared.domain.shield import Shield
    from shared.persistence.reading import SideBySide


@dataclass(frozen=True, slots=True)
class DynamoReviews:
    """Implements `ports.Reviews`. `side_by_side` does reads side by side and gives their results in order.

    `lives_until` is the `expires_at` of what is written: `Lifecycle.latest_stamp`.
    """

    pseudonyms: Pseudonyms
    side_by_side: SideBySide
    lives_until: datetime | None = None
    keys: RegisterKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", RegisterKeys(self.pseudonyms))

    def open_cases(self, after: str | None, limit: int, now: datetime, *, organisation: str) -> Page:
        """See the port. One round trip for the list, one for the shields; more for a page that has to be filled up.

        More is read than shown, so that what is left out makes no further trip as a rule: time tells nothing.
        """
        most = limit + _SPARE
        shown: list[OpenCaseItem] = []
        while True:
            found = self.side_by_side([_reading(shard, after, most, now) for shard in range(keys.CASE_SHARDS)])
            oldest = list(islice(heapq.merge(*found, key=lambda item: item.sk), most))
            waiting = [item for item in oldest if isinstance(item, OpenCaseItem)]
            shown += _of_visible(waiting, organisation, now)
            if len(shown) > limit or len(oldest) < most:
                break
            after = oldest[-1].sk
        page = shown[:limit]
        return Page([case_from(item) for item in page], page[-1].sk if len(shown) > limit else None)

    def case(self, case_id: str) -> Case | None:
        """See the port."""
        items = get([(keys.case(case_id), keys.CASE)])
        return next((case_from(item) for item in items if isinstance(item, CaseItem)), None)

    def sides(self, case: Case, now: datetime) -> tuple[HeldSide, HeldSide]:
        """See the port."""
        newer, older, parts = self._pair(case)
        if newer != older:
            return _side(newer, parts, now), _side(older, parts, now)
        went = case.goes or case.newer
        everything = gathered(parts, now)
        came = [item for item in everything if went in (item.child_id, *(item.moved_from or ()))]
        rest = [item for item in everything if item not in came]
        shield = _shield_of(newer, parts)
        return (
            HeldSide(newer, [codec.involvement_from(item) for item in came], shield),
            HeldSide(older, [codec.involvement_from(item) for item in rest], shield),
        )

    def begin_join(self, case: Case, decided: Decided) -> None:
        """See the port."""
        goes, stays = self._apart(case)
        if goes is None or stays is None:
            if case.state is State.OPEN:
                change = Change(decided.at, self.lives_until)
                self._decide(change, case, decided, State.SAME)
                change.commit()
            return
        if are_different([goes], stays.child_id, decided.at) or are_different([stays], goes.child_id, decided.at):
            raise FoundDifferentBefore
        change = Change(decided.at, self.lives_until)
        busy: dict[str, Any] = {"busy_for": case.case_id}
        busy |= _shielded_together(goes, stays, decided.at)
        busy |= _kept_together(goes, stays)
        lives: dict[str, Any] = {"expires_at": None, "lapses_at": None}
        _put_child(change, goes, joined_into=stays.child_id, busy_with=stays.child_id, **busy, **lives)
        is_worked_with = goes.live(decided.at) or stays.live(decided.at)
        kept_until = None if is_worked_with else kept_for_claims((goes, stays), busy["shield"], decided.at)
        hidden = stays.child.expires_at if stays.child else decided.at - HIDDEN_BY
        busy |= {
            "expires_at": None if is_worked_with or kept_until else hidden,
            "lapses_at": codec.text_of(kept_until) if kept_until else None,
        }
        _put_child(change, stays, busy_with=goes.child_id, **busy)
        for one, other in ((goes, stays), (stays, goes)):  # a difference may have been put since the version was read
            change.check_none(DifferenceItem, (keys.child(one.child_id), keys.difference(other.child_id, None)))
        self._decide(change, case, decided, State.JOINING, (goes.child_id, stays.child_id))
        change.commit()

    def begin_undoing(self, case: Case, decided: Decided) -> None:
        """See the port."""
        if case.goes is None or case.stays is None:
            raise JoinedSince
        goes, stays = read_to_change(case.goes), read_to_change(case.stays)
        _raise_if_busy(goes, stays)
        if stays.joined_into is not None or goes.joined_into != stays.child_id:
            raise JoinedSince
        change = Change(decided.at, self.lives_until)
        busy: dict[str, Any] = {"busy_for": case.case_id, "shield": stays.shield}  # `goes` says what it was when joined
        busy |= {"inherits_from": stays.child.inherits_from if stays.child else None} | _kept_together(goes, stays)
        busy |= _unshielded_together(goes, stays)
        for part, other in ((goes, stays), (stays, goes)):
            _put_child(change, part, busy_with=other.child_id, **busy)
        _put_differences(change, case, goes, stays)
        self._decide(change, case, decided, State.UNDOING, (goes.child_id, stays.child_id))
        change.commit()

    def tell_apart(self, case: Case, decided: Decided) -> None:
        """See the port."""
        goes, stays = self._apart(case)
        if goes is None or stays is None:
            raise JoinedSince
        change = Change(decided.at, self.lives_until)
        lifted = []
        for part, other in ((goes, stays), (stays, goes)):
            said = _no_longer_inherited(part, {case.newer, case.older, other.child_id}, decided.at)
            _put_child(change, part, **said)
            if "shield" in said:
                lifted.append(part)
        _put_differences(change, case, goes, stays)
        self._decide(change, case, decided, State.DIFFERENT)
        for part in lifted:
            say(change, unlike(self.keys, [part], None, decided.at), None)
        change.commit()
        for part in lifted:  # as a rule there was room for all of it
            self._spread(part.child_id, decided.at)

    def go_on_apart(self, case: Case, now: datetime) -> None:
        """See the port."""
        for child_id in dict.fromkeys(resolved((case.newer, case.older)).values()):
            self._spread(child_id, now)

    def step(self, case: Case, now: datetime) -> bool:
        """See the port."""
        return joins.step(self.keys, case, now, lives_until=self.lives_until)

    def under_way(self, now: datetime) -> Sequence[str]:
        """See the port."""
        with translated():
            work = WorkItem.query(keys.WORK, filter_condition=is_not_expired(now), consistent_read=True)
            return [item.case_id for item in work]

    def _spread(self, child_id: str, now: datetime) -> None:
        """All that leads to a child says what the child says."""
        while spread(self.keys, whole_to_change(child_id), now, self.lives_until):
            pass

    def _pair(self, case: Case) -> tuple[str, str, list[Partition]]:
        """What the newer and the older child are now, and every partition in which something of them may lie."""
        now = resolved((case.newer, case.older))
        newer, older = now[case.newer], now[case.older]
        wanted = dict.fromkeys(filter(None, (newer, older, case.goes, case.stays)))
        parts = read_all(list(wanted), self.side_by_side)
        partners = dict.fromkeys(part.busy_with for part in parts if part.busy_with and part.busy_with not in wanted)
        return newer, older, [*parts, *read_all(list(partners), self.side_by_side)]

    def _apart(self, case: Case) -> tuple[Partition, Partition] | tuple[None, None]:
        """Both children as they now are, as long as they are two. Raises UnderWay if something is going on with one."""
        now = resolved((case.newer, case.older))
        newer, older = (read_to_change(now[child_id]) for child_id in (case.newer, case.older))
        _raise_if_busy(newer, older)
        if newer.joined_into or older.joined_into:
            raise Conflict  # between the two reads
        return (newer, older) if newer.child_id != older.child_id else (None, None)

    def _decide(
        self,
        change: Change,
        case: Case,
        decided: Decided,
        state: State,
        into: tuple[str, str] | None = None,
    ) -> None:
        """The case says so; it is on the list no more; and if there are steps to take, they are remembered."""
        item = CaseItem(
            keys.case(case.case_id),
            keys.CASE,
            case_id=case.case_id,
            newer=case.newer,
            older=case.older,
            cause=case.cause,
            sureness=case.sureness,
            raised_at=codec.text_of(case.raised_at),
            state=state,
            goes=into[0] if into else None,
            stays=into[1] if into else None,
            decided=decided_to([*case.decisions, decided]),
        )
        change.put(item, CaseItem.state == case.state)
        if case.state is State.OPEN:
            listed = OpenCaseItem(*open_key(case.case_id, case.raised_at))
            change.update(listed, [change.hiding()], OpenCaseItem.pk.exists())
        if state in (State.JOINING, State.UNDOING):
            change.put(WorkItem(keys.WORK, keys.work(case.case_id), case_id=case.case_id))


_SPARE = 20
"""Cases read beyond those of a page: one more tells whether there is a rest, the others stand in for those hidden."""


def _of_visible(cases: Sequence[OpenCaseItem], organisation: str, now: datetime) -> list[OpenCaseItem]:
    """The cases of which neither child is shielded by the team of another organisation. One read, even of none."""
    children = now_of({child_id for case in cases for child_id in (case.newer, case.older)} or {_NOBODY})
    return [
        case
        for case in cases
        if not any(_is_hidden(children[child_id][1], organisation, now) for child_id in (case.newer, case.older))
    ]


_NOBODY = "nobody"
"""An id that no child has, to be read where there is none to read."""


def _is_hidden(child: ChildItem | None, organisation: str, now: datetime) -> bool:
    shield = codec.shield_from(child.shield) if child else None
    return shield is not None and shield.holds(now) and shield.organisation != organisation


def _reading(shard: int, after: str | None, most: int, now: datetime) -> Callable[[], list[RegisterItem]]:
    def read() -> list[RegisterItem]:
        later = OpenCaseItem.sk > after if after else None
        with translated():
            return list(
                OpenCaseItem.query(keys.open_cases(shard), later, is_not_expired(now), consistent_read=True, limit=most)
            )

    return read


def _put_child(change: Change, part: Partition, **said: Any) -> None:
    """A child as it was read but for what is said; one that its removal has taken away already comes back as hidden."""
    child = part.child
    kept: dict[str, Any] = {
        "created_at": child.created_at if child else codec.text_of(change.now),
        "joined_into": part.joined_into,
        "busy_with": part.busy_with,
        "busy_for": child.busy_for if child else None,
        "expires_at": child.expires_at if child else change.now - HIDDEN_BY,
        "shield": part.shield,
        "unshielded_at": child.unshielded_at if child else None,
        "inherits_from": child.inherits_from if child else None,
        "kept_claims": part.kept_claims or None,
        "lapses_at": child.lapses_at if child else None,
    }
    item = ChildItem(
        keys.child(part.child_id), keys.CHILD, child_id=part.child_id, version=part.version + 1, **(kept | said)
    )
    change.put(item, ChildItem.version == part.version if child else ChildItem.pk.does_not_exist())


def _shielded_together(one: Partition, other: Partition, now: datetime) -> dict[str, Any]:
    """Of two that become one: they are shielded if either is."""
    from_both = [child_id for part in (one, other) if part.child for child_id in part.child.inherits_from or ()]
    from_others = [child_id for child_id in dict.fromkeys(from_both) if child_id not in (one.child_id, other.child_id)]
    shield = strongest((one.shield, other.shield), now)
    ended = filter(None, (ended_at(part.shield, shield, now) for part in (one, other)))
    return {"shield": shield, "inherits_from": from_others or None} | _unshielded_together(one, other, *ended)


def _unshielded_together(one: Partition, other: Partition, *ended: str) -> dict[str, Any]:
    """When the last shield ended of two that become one, or two again."""
    before = [part.child.unshielded_at for part in (one, other) if part.child and part.child.unshielded_at]
    return {"unshielded_at": max((*before, *ended), default=None)}


def _kept_together(one: Partition, other: Partition) -> dict[str, Any]:
    """Of two that become one, or two again: what is kept of either is looked for with both."""
    return {"kept_claims": sorted({*one.kept_claims, *other.kept_claims}) or None}


def _no_longer_inherited(part: Partition, others: AbstractSet[str], now: datetime) -> dict[str, Any]:
    """A shield that a child has inherited of these others, and of none beside them, is lifted."""
    if part.child is None or part.shield is None or not part.shield.get("inherited"):
        return {}
    still = [child_id for child_id in part.child.inherits_from or () if child_id not in others]
    if still:
        return {"inherits_from": still}
    return {"inherits_from": None, "shield": None, "unshielded_at": ended_at(part.shield, None, now)}


def _put_differences(change: Change, case: Case, one: Partition, other: Partition) -> None:
    """Each is not the other; nor are the two of the case, should they come out of these again."""
    for left, right in {(one.child_id, other.child_id), (case.newer, case.older)}:
        change.put(joins.difference(left, right, change.now))
        change.put(joins.difference(right, left, change.now))


def _raise_if_busy(*parts: Partition) -> None:
    for part in parts:
        if part.child and part.child.busy_for:
            raise UnderWay(part.child.busy_for)


def _side(child_id: str, parts: Sequence[Partition], now: datetime) -> HeldSide:
    """From the child's own partition, and from that of another with which it is just being joined."""
    busy_with = next((part.busy_with for part in parts if part.child_id == child_id), None)
    own = [part for part in parts if part.child_id in (child_id, busy_with)]
    involvements = [codec.involvement_from(item) for item in gathered(own, now)]
    return HeldSide(child_id, involvements, _shield_of(child_id, parts))


def _shield_of(child_id: str, parts: Sequence[Partition]) -> Shield | None:
    return next((codec.shield_from(part.shield) for part in parts if part.child_id == child_id), None)
