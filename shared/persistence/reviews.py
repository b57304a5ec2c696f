"""The review list in DynamoDB, and the decisions. What follows from them step by step is in `joins`."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from shared.domain.errors import FoundDifferentBefore, JoinedSince
from shared.domain.ports import Conflict, UnderWay
from shared.domain.review import HeldSide, Page, State
from shared.persistence import codec, joins, keys
from shared.persistence.cases import case_from, decided_to, open_key
from shared.persistence.change import HIDDEN_BY, Change
from shared.persistence.failures import translated
from shared.persistence.models import CaseItem, ChildItem, OpenCaseItem, RegisterItem, WorkItem
from shared.persistence.partitions import Partition, are_different, gathered, read_all, resolved
from shared.persistence.reading import get, is_not_expired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.review import Case, Decided
    from shared.persistence.reading import SideBySide


@dataclass(frozen=True, slots=True)
class DynamoReviews:
    """Implements `ports.Reviews`. `side_by_side` does reads side by side and gives their results in order.

    `lives_until` is the `expires_at` of what is written: `Lifecycle.latest_stamp`.
    """

    pseudonyms: Pseudonyms
    side_by_side: SideBySide
    lives_until: datetime | None = None
    keys: keys.RegisterKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", keys.RegisterKeys(self.pseudonyms))

    def open_cases(self, after: str | None, limit: int, now: datetime) -> Page:
        """See the port."""
        most = limit + 1  # one more tells whether there is a rest
        found = self.side_by_side([_reading(shard, after, most, now) for shard in range(keys.CASE_SHARDS)])
        oldest = list(islice(heapq.merge(*found, key=lambda item: item.sk), most))
        cases = [case_from(item) for item in oldest[:limit] if isinstance(item, OpenCaseItem)]
        return Page(cases, oldest[limit - 1].sk if len(oldest) > limit else None)

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
        return (
            HeldSide(newer, [codec.involvement_from(item) for item in came]),
            HeldSide(older, [codec.involvement_from(item) for item in rest]),
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
        busy = {"busy_for": case.case_id}
        _put_child(change, goes, joined_into=stays.child_id, busy_with=stays.child_id, expires_at=None, **busy)
        is_worked_with = goes.live(decided.at) or stays.live(decided.at)
        hidden = stays.child.expires_at if stays.child else decided.at - HIDDEN_BY
        _put_child(change, stays, busy_with=goes.child_id, expires_at=None if is_worked_with else hidden, **busy)
        self._decide(change, case, decided, State.JOINING, (goes.child_id, stays.child_id))
        change.commit()

    def begin_undoing(self, case: Case, decided: Decided) -> None:
        """See the port."""
        if case.goes is None or case.stays is None:
            raise JoinedSince
        goes, stays = read_all([case.goes, case.stays], self.side_by_side)
        _raise_if_busy(goes, stays)
        if stays.joined_into is not None or goes.joined_into != stays.child_id:
            raise JoinedSince
        change = Change(decided.at, self.lives_until)
        for part, other in ((goes, stays), (stays, goes)):
            _put_child(change, part, busy_with=other.child_id, busy_for=case.case_id)
        _put_differences(change, case, goes, stays)
        self._decide(change, case, decided, State.UNDOING, (goes.child_id, stays.child_id))
        change.commit()

    def tell_apart(self, case: Case, decided: Decided) -> None:
        """See the port."""
        goes, stays = self._apart(case)
        if goes is None or stays is None:
            raise JoinedSince
        change = Change(decided.at, self.lives_until)
        _put_child(change, goes)
        _put_child(change, stays)
        _put_differences(change, case, goes, stays)
        self._decide(change, case, decided, State.DIFFERENT)
        change.commit()

    def step(self, case: Case, now: datetime) -> bool:
        """See the port."""
        return joins.step(self.keys, case, now, lives_until=self.lives_until)

    def under_way(self, now: datetime) -> Sequence[str]:
        """See the port."""
        with translated():
            work = WorkItem.query(keys.WORK, filter_condition=is_not_expired(now), consistent_read=True)
            return [item.case_id for item in work]

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
        newer, older, parts = self._pair(case)
        by_id = {part.child_id: part for part in parts}
        _raise_if_busy(by_id[newer], by_id[older])
        if by_id[newer].joined_into or by_id[older].joined_into:
            raise Conflict  # between the two reads
        return (by_id[newer], by_id[older]) if newer != older else (None, None)

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
    }
    item = ChildItem(
        keys.child(part.child_id), keys.CHILD, child_id=part.child_id, version=part.version + 1, **(kept | said)
    )
    change.put(item, ChildItem.version == part.version if child else ChildItem.pk.does_not_exist())


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
    return HeldSide(child_id, [codec.involvement_from(item) for item in gathered(own, now)])
