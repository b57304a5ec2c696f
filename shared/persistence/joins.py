"""Two children become one, or two again: in steps, each a transaction that holds only while the case is where it was.

Joining A into B:
    begun     A says that it is part of B, so nothing is added to it any more; both say that they are busy, and
              that they are shielded if either is
    shielded  and so does all that leads to them
    marked    every claim and match row of A says that B is meant: lookups read both partitions, and so miss nothing
    moved     one involvement after the other lies with B, and remembers A; its version and times stay
    settled   what was in doubt between the two is no more
    done      both are free; A stays behind as a sign to B

Undoing it: begun (the difference is remembered, both are busy), moved back, numbers that are the other's taken away,
unmarked, settled, done. Up to the unmarking
whoever finds A still means B, and reads both. Shielded as one, both stay so until the shield team lifts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from shared.domain.conflicts import Conflict
from shared.domain.review import State
from shared.persistence import codec, keys
from shared.persistence.change import MOST_OF_A_TRANSACTION, Change, shielding
from shared.persistence.lines import line_of, match_row
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
from shared.persistence.partitions import read_to_change
from shared.persistence.reading import MOST_OF_A_BATCH, get, is_not_expired, live
from shared.persistence.shielding import kept_for_claims, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.domain.review import Case
    from shared.persistence.hashed_keys import RegisterKeys
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
    taking = _Step(keys_of, case, read_to_change(case.goes), read_to_change(case.stays), now, lives_until=lives_until)
    return taking.of_join() if case.state is State.JOINING else taking.of_undoing()


@dataclass(frozen=True, slots=True)
class _Stated:
    """What was read of the pointers of some involvements, and of the claims that they state."""

    pointers: Mapping[Key, PointerItem]
    """By the child where each leads, and its partition."""
    claims: Mapping[str, ClaimItem]
    rows: Mapping[Key, MatchKeyItem]
    """Those of numbers."""
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
        if self._shield():
            return True
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
        if self._shield():
            return True
        for involvement in self._stays.live(self._now):
            if _moved_from(involvement)[-1:] == [self._goes.child_id]:
                self._move(involvement, self._stays, self._goes, moved_from=_moved_from(involvement)[:-1])
                return True
        if self._lead_no_more() or self._unmark(self._goes.live(self._now)) or self._take_differences_back():
            return True
        if self._settle(self._goes, self._stays):
            return True
        self._done(State.DIFFERENT, is_one=False)
        return False

    # Shielding

    def _shield(self) -> bool:
        """What leads to either says that it is shielded as the one that stays, before anything else moves."""
        if self._stays.shield is None and self._goes.shield is None:
            return False
        return spread(self._keys, (self._stays, self._goes), self._now, self._lives_until)

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
        """What leads to these, or is kept although nobody states it, with its line; claims of other children among it."""
        wanted: dict[Key, None] = {}
        for involvement in involvements:
            home = (*_moved_from(involvement), self._goes.child_id)[0]
            wanted |= dict.fromkeys(self._keys.leading(home, codec.details_from(involvement.child)))
        for part in (self._goes, self._stays):
            wanted |= dict.fromkeys((claim, keys.CLAIM) for claim in part.kept_claims)
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
            disputed=involvement.disputed,
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
        for row in self._led_by_numbers(to, to.line(moved), moved, stated)[0]:
            change.say_as(row)
        for part in (of, to):
            child = ChildItem(keys.child(part.child_id), keys.CHILD)
            change.update(child, [ChildItem.version.add(1)], ChildItem.version == part.version)
        change.commit()

    # Settling

    def _settle(self, *parts: Partition) -> bool:
        """What was in doubt, or is, as it now is: pointers say so, and numbers lead accordingly. Whether one was not so."""
        lying = [(part, involvement) for part in parts for involvement in part.live(self._now)]
        stated = self._stated([involvement for _, involvement in lying])
        for part, involvement in lying:
            pointer = stated.pointer_of(involvement)
            is_in_doubt = self._is_in_doubt(involvement, part.child_id, stated)
            missing, wrong = self._led_by_numbers(part, self._settled(part, involvement), involvement, stated)
            if not missing and not wrong and bool(pointer.in_doubt) == is_in_doubt:
                continue
            change = self._begin()
            change.update(pointer, _doubt(is_in_doubt=is_in_doubt), self._is_pointer_of(involvement, part.child_id))
            child = ChildItem(keys.child(part.child_id), keys.CHILD)
            change.update(child, [ChildItem.version.add(1)], ChildItem.version == part.version)
            for row in missing:
                change.say_as(row)
            change.stamp(wrong)
            change.commit()
            return True
        return False

    def _lead_no_more(self) -> bool:
        """Numbers of the child that stays do not lead to the one that goes, before that is another again."""
        leaving = self._goes.live(self._now)
        stated = self._stated(leaving)
        goes = self._goes
        wrong = [row for one in leaving for row in self._led_by_numbers(goes, goes.line(one), one, stated)[1]]
        if not wrong:
            return False
        change = self._begin()
        change.check(ChildItem, (keys.child(self._goes.child_id), keys.CHILD), ChildItem.version == self._goes.version)
        change.stamp({(row.pk, row.sk): row for row in wrong[: MOST_OF_A_TRANSACTION - _BESIDES]}.values())
        change.commit()
        return True

    def _settled(self, part: Partition, involvement: InvolvementItem) -> Line:
        """The line of an involvement once this is done: of an undone join, that of a child which is no part any more."""
        return (*_moved_from(involvement), part.child_id)

    def _led_by_numbers(
        self, part: Partition, line: Line, involvement: InvolvementItem, stated: _Stated
    ) -> tuple[list[MatchKeyItem], list[MatchKeyItem]]:
        """The rows of this line by which an involvement's numbers should lead to its child and do not; those which should not.

        Whoever registered the same with the child shares a row: what is wrong of one is of all.
        """
        missing, wrong = [], []
        details, service_type = codec.stated_by(involvement)
        one = self._one(part.child_id)
        for number in self._keys.numbers(details):
            claim = stated.claims.get(number)
            is_its_own = claim is not None and bool(one & self._will_lead_to(claim))
            for key, said in self._keys.rows_of_number(number, line[0], details).items():
                row = stated.rows.get(key)
                if is_its_own and (row is None or service_type not in row.service_types):
                    missing.append(match_row(key, line, said, [service_type], part.shield))
                elif row is not None and not is_its_own:
                    wrong.append(row)
        return missing, wrong

    def _stated(self, involvements: Sequence[InvolvementItem]) -> _Stated:
        """The pointers of these involvements, and the claims that they state."""
        wanted: dict[Key, None] = {}
        for involvement in involvements:
            wanted[self._pointer_key(involvement)] = None
            home = (*_moved_from(involvement), involvement.child_id)[0]
            details = codec.details_from(involvement.child)
            wanted |= dict.fromkeys((claim, keys.CLAIM) for claim in self._keys.claims(details))
            for number in self._keys.numbers(details):
                wanted |= dict.fromkeys(self._keys.rows_of_number(number, home, details))
        found = live(_get_all(list(wanted)), self._now)
        return _Stated(
            pointers={(i.child_id, i.pk): i for i in found if isinstance(i, PointerItem)},
            claims={i.pk: i for i in found if isinstance(i, ClaimItem)},
            rows={(i.pk, i.sk): i for i in found if isinstance(i, MatchKeyItem)},
            key_of=self._pointer_key,
        )

    def _is_in_doubt(self, involvement: InvolvementItem, lies_with: str, stated: _Stated) -> bool:
        """Whether something that it states is another child's, or nobody's, so that to state it again may claim it.

        Once an undoing has begun, that is also what leads to the child that stays without coming from the one that goes.
        """
        one = self._one(lies_with)
        claims = [stated.claims.get(claim) for claim in self._claims(involvement)]
        return not all(claim and one & self._will_lead_to(claim) for claim in claims)

    def _one(self, lies_with: str) -> set[str]:
        """The children that are one with this one, or will be."""
        return {self._goes.child_id, self._stays.child_id} if self._case.state is State.JOINING else {lies_with}

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
                actions += [ChildItem.joined_into.remove(), shielding(self._stays.shield)]
            if not stays_joined and not part.live(self._now):
                kept_until = kept_for_claims((part,), self._stays.shield, self._now)
                actions += change.lapsing(kept_until) if kept_until else [change.hiding()]
            elif not stays_joined:
                actions += change.living()
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
