"""Two children become one, or two again: in steps, each a transaction that holds only while the case is where it was.

Joining A into B:
    begun     A says that it is part of B, so nothing is added to it any more; both say that they are busy
    marked    every claim and match row of A says that B is meant: lookups read both partitions, and so miss nothing
    moved     one involvement after the other lies with B, and remembers A; its version and times stay
    settled   what was in doubt between the two is no more
    done      both are free; A stays behind as a sign to B

Undoing it: begun (the difference is remembered, both are busy), moved back, unmarked, settled, done. Up to the unmarking
whoever finds A still means B, and reads both.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from shared.domain.ports import Conflict
from shared.domain.review import State
from shared.persistence import codec, keys
from shared.persistence.change import MOST_OF_A_TRANSACTION, Change
from shared.persistence.lines import line_of
from shared.persistence.models import (
    CaseItem,
    ChildItem,
    ClaimItem,
    DifferenceItem,
    InvolvementItem,
    MatchKeyItem,
    PointerItem,
    WorkItem,
)
from shared.persistence.partitions import read
from shared.persistence.reading import MOST_OF_A_BATCH, get, is_not_expired, live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.domain.review import Case
    from shared.persistence.keys import RegisterKeys
    from shared.persistence.lines import Leading, Line
    from shared.persistence.models import RegisterItem
    from shared.persistence.partitions import Partition
    from shared.persistence.reading import Key

_BESIDES = 4
"""Items of a step's transaction besides those that it is about: the case, and both children."""


def step(keys_of: RegisterKeys, case: Case, now: datetime, *, lives_until: datetime | None) -> bool:
    """The next step of a join or an undoing. False if that was the last. Raises Conflict if it was overtaken."""
    if case.goes is None or case.stays is None or case.state not in (State.JOINING, State.UNDOING):
        raise Conflict
    taking = _Step(keys_of, case, read(case.goes), read(case.stays), now, lives_until=lives_until)
    return taking.of_join() if case.state is State.JOINING else taking.of_undoing()


@dataclass(frozen=True, slots=True)
class _Stated:
    """What was read of the pointers of some involvements, and of the claims that they state."""

    pointers: Mapping[Key, PointerItem]
    """By the child where each leads, and its partition."""
    claims: Mapping[str, ClaimItem]
    key_of: Callable[[InvolvementItem], Key]

    def pointer_of(self, involvement: InvolvementItem) -> PointerItem:
        """Where an involvement's organisation finds it. Raises Conflict if that is elsewhere by now."""
        pointer = self.pointers.get((involvement.child_id, self.key_of(involvement)[0]))
        if pointer is None:
            raise Conflict
        return pointer


class _Step:
    """One step, from what both partitions hold now."""

    def __init__(
        self,
        keys_of: RegisterKeys,
        case: Case,
        goes: Partition,
        stays: Partition,
        now: datetime,
        *,
        lives_until: datetime | None,
    ) -> None:
        self._keys = keys_of
        self._case = case
        self._goes = goes
        self._stays = stays
        self._now = now
        self._lives_until = lives_until

    def of_join(self) -> bool:
        """Mark, move, settle, or be done."""
        leaving = self._goes.live(self._now)
        if self._mark(leaving) or self._bring_differences():
            return True
        if leaving:
            self._move(leaving[0], self._goes, self._stays, moved_from=[*_moved_from(leaving[0]), self._goes.child_id])
            return True
        if self._settle(self._stays):
            return True
        self._done(State.SAME, is_one=True)
        return False

    def of_undoing(self) -> bool:
        """Move back, unmark, settle, or be done."""
        for involvement in self._stays.live(self._now):
            if _moved_from(involvement)[-1:] == [self._goes.child_id]:
                self._move(involvement, self._stays, self._goes, moved_from=_moved_from(involvement)[:-1])
                return True
        if self._unmark(self._goes.live(self._now)) or self._take_differences_back():
            return True
        if self._settle(self._goes, self._stays):
            return True
        self._done(State.DIFFERENT, is_one=False)
        return False

    # Marking

    def _mark(self, involvements: Sequence[InvolvementItem]) -> bool:
        """What leads to the child that goes now leads on to the one that stays. Whether there was any."""
        goes, stays = self._goes.child_id, self._stays.child_id
        unmarked = [(item, (*line, stays)) for item, line in self._leading(involvements) if line[-1] == goes]
        return self._lead(unmarked)

    def _unmark(self, involvements: Sequence[InvolvementItem]) -> bool:
        """What leads through the child that goes leads to that one again. Whether there was any."""
        goes, stays = self._goes.child_id, self._stays.child_id
        marked = [(item, line[:-1]) for item, line in self._leading(involvements) if line[-2:] == (goes, stays)]
        return self._lead(marked)

    def _lead(self, items: Sequence[tuple[Leading, Line]]) -> bool:
        """The first of these, as many as a transaction takes. The child must be as it was read: see `_done`."""
        if not items:
            return False
        change = self._begin()
        change.check(ChildItem, (keys.child(self._goes.child_id), keys.CHILD), ChildItem.version == self._goes.version)
        for item, line in items[: MOST_OF_A_TRANSACTION - _BESIDES]:
            change.lead(item, line)
        change.commit()
        return True

    def _leading(self, involvements: Iterable[InvolvementItem]) -> Iterator[tuple[Leading, Line]]:
        """What leads to these, with its line; claims of other children among it."""
        wanted: dict[Key, None] = {}
        for involvement in involvements:
            home = (*_moved_from(involvement), self._goes.child_id)[0]
            wanted |= dict.fromkeys(self._keys.leading(home, codec.details_from(involvement.child)))
        for item in live(_get_all(list(wanted)), self._now):
            if isinstance(item, ClaimItem | MatchKeyItem):
                yield item, line_of(item)

    # Moving

    def _move(self, involvement: InvolvementItem, of: Partition, to: Partition, *, moved_from: list[str]) -> None:
        """An involvement lies with the other child. Its organisation sees no difference."""
        moved = InvolvementItem(
            keys.child(to.child_id),
            involvement.sk,
            child_id=to.child_id,
            organisation=involvement.organisation,
            source_reference=involvement.source_reference,
            child=involvement.child,
            service=involvement.service,
            recorded_at=involvement.recorded_at,
            refreshed_at=involvement.refreshed_at,
            version=involvement.version,
            moved_from=moved_from or None,
        )
        stated = self._stated([involvement])
        change = self._begin()
        change.moved_away(involvement, to.child_id)
        change.put(moved)
        change.update(
            stated.pointer_of(involvement),
            [
                PointerItem.child_id.set(to.child_id),
                PointerItem.moved_from.set(moved_from) if moved_from else PointerItem.moved_from.remove(),
                *_doubt(is_in_doubt=self._is_in_doubt(involvement, to.child_id, stated)),
            ],
            self._is_pointer_of(involvement, of.child_id),
        )
        for part in (of, to):
            child = ChildItem(keys.child(part.child_id), keys.CHILD)
            change.update(child, [ChildItem.version.add(1)], ChildItem.version == part.version)
        change.commit()

    # Settling

    def _settle(self, *parts: Partition) -> bool:
        """Pointers say whether what they state is in doubt, as it now is. Whether one had to be told otherwise."""
        lying = {part.child_id: part.live(self._now) for part in parts}
        stated = self._stated([involvement for involvements in lying.values() for involvement in involvements])
        for child_id, involvements in lying.items():
            for involvement in involvements:
                pointer = stated.pointer_of(involvement)
                is_in_doubt = self._is_in_doubt(involvement, child_id, stated)
                if bool(pointer.in_doubt) != is_in_doubt:
                    change = self._begin()
                    as_read = self._is_pointer_of(involvement, child_id)
                    change.update(pointer, _doubt(is_in_doubt=is_in_doubt), as_read)
                    change.commit()
                    return True
        return False

    def _stated(self, involvements: Sequence[InvolvementItem]) -> _Stated:
        """The pointers of these involvements, and the claims that they state."""
        wanted: dict[Key, None] = {}
        for involvement in involvements:
            wanted[self._pointer_key(involvement)] = None
            wanted |= dict.fromkeys((claim, keys.CLAIM) for claim in self._claims(involvement))
        found = live(_get_all(list(wanted)), self._now)
        return _Stated(
            pointers={(i.child_id, i.pk): i for i in found if isinstance(i, PointerItem)},
            claims={i.pk: i for i in found if isinstance(i, ClaimItem)},
            key_of=self._pointer_key,
        )

    def _is_in_doubt(self, involvement: InvolvementItem, lies_with: str, stated: _Stated) -> bool:
        """Whether something that it states is another child's, or nobody's, so that to state it again may claim it.

        Once an undoing has begun, that is also what leads to the child that stays without coming from the one that goes.
        """
        one = {self._goes.child_id, self._stays.child_id} if self._case.state is State.JOINING else {lies_with}
        claims = [stated.claims.get(claim) for claim in self._claims(involvement)]
        return not all(claim and one & self._will_lead_to(claim) for claim in claims)

    def _will_lead_to(self, claim: ClaimItem) -> set[str]:
        """The children by whose line a claim stands; those of an undone join without the one that stays."""
        line = line_of(claim)
        is_undone = self._case.state is State.UNDOING and line[-2:] == (self._goes.child_id, self._stays.child_id)
        return {*(line[:-1] if is_undone else line)}

    def _claims(self, involvement: InvolvementItem) -> list[str]:
        return self._keys.claims(codec.details_from(involvement.child))

    def _pointer_key(self, involvement: InvolvementItem) -> Key:
        return self._keys.pointer(involvement.organisation, involvement.source_reference), keys.POINTER

    # Differences

    def _bring_differences(self) -> bool:
        """Whoever was found to be another than the child that goes is another than the one that stays."""
        goes, stays = self._goes, self._stays
        known = {(item.other, item.via) for item in live(stays.differences, self._now)}
        others = {item.other for item in live(goes.differences, self._now)}
        missing = sorted(other for other in others if (other, goes.child_id) not in known)
        if not missing:
            return False
        change = self._begin()
        for other in missing[: MOST_OF_A_TRANSACTION - _BESIDES]:
            change.put(difference(stays.child_id, other, self._now, via=goes.child_id))
        child = ChildItem(keys.child(stays.child_id), keys.CHILD)
        change.update(child, [ChildItem.version.add(1)], ChildItem.version == stays.version)
        change.commit()
        return True

    def _take_differences_back(self) -> bool:
        brought = [item for item in live(self._stays.differences, self._now) if item.via == self._goes.child_id]
        if not brought:
            return False
        change = self._begin()
        change.stamp(brought[: MOST_OF_A_TRANSACTION - _BESIDES])
        change.commit()
        return True

    # Beginning and end of a transaction

    def _begin(self) -> Change:
        """A transaction that holds only while the case is where it was."""
        change = Change(self._now, self._lives_until)
        change.check(CaseItem, (keys.case(self._case.case_id), keys.CASE), CaseItem.state == self._case.state)
        return change

    def _done(self, state: State, *, is_one: bool) -> None:
        """Both children are free, as they were read: whatever came to them since has made another step."""
        change = Change(self._now, self._lives_until)
        for part in (self._goes, self._stays):
            child = ChildItem(keys.child(part.child_id), keys.CHILD)
            actions: list[Any] = [
                ChildItem.version.add(1),
                ChildItem.busy_with.remove(),
                ChildItem.busy_for.remove(),
            ]
            stays_joined = is_one and part is self._goes
            if part is self._goes and not is_one:
                actions.append(ChildItem.joined_into.remove())
            if not stays_joined and not part.live(self._now):
                actions.append(change.hiding())
            change.update(child, actions, ChildItem.version == part.version)
        change.update(
            CaseItem(keys.case(self._case.case_id), keys.CASE),
            [CaseItem.state.set(state)],
            CaseItem.state == self._case.state,
        )
        change.update(WorkItem(keys.WORK, keys.work(self._case.case_id)), [change.hiding()], WorkItem.pk.exists())
        change.commit()

    def _is_pointer_of(self, involvement: InvolvementItem, child_id: str) -> Any:
        return (
            (PointerItem.child_id == child_id)
            & (PointerItem.version == int(involvement.version))
            & is_not_expired(self._now)
        )


def difference(child_id: str, other: str, found_at: datetime, via: str | None = None) -> DifferenceItem:
    """That a child is not another one; of what another child brought along, `via` is that one."""
    return DifferenceItem(
        keys.child(child_id),
        keys.difference(other, via),
        child_id=child_id,
        other=other,
        via=via,
        found_at=codec.text_of(found_at),
    )


def _moved_from(involvement: InvolvementItem) -> list[str]:
    return list(involvement.moved_from or ())


def _doubt(*, is_in_doubt: bool) -> list[Any]:
    return [PointerItem.in_doubt.set(value=True) if is_in_doubt else PointerItem.in_doubt.remove()]


def _get_all(wanted: Sequence[Key]) -> list[RegisterItem]:
    return [item for some in batched(wanted, MOST_OF_A_BATCH, strict=False) for item in get(some)]
