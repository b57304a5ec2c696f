"""One registration as one transaction: the involvement, all that leads to it, and what it replaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.likeness import likeness
from shared.domain.ports import FoundDifferent
from shared.domain.review import Cause, CloseCall
from shared.persistence import codec, keys
from shared.persistence.cases import most_pressing, raise_with_known_child, raise_with_new_child
from shared.persistence.change import Change, is_as_seen, leads_as_read, leads_by
from shared.persistence.leaving import leave
from shared.persistence.lines import joined_into, line_of
from shared.persistence.models import ChildItem, ClaimItem, InvolvementItem, MatchKeyItem, PointerItem
from shared.persistence.partitions import are_different

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.domain.involvement import Involvement
    from shared.domain.matching import Candidate
    from shared.domain.ports import Pointer
    from shared.persistence.keys import RegisterKeys
    from shared.persistence.leaving import Left
    from shared.persistence.lines import Line, Lines
    from shared.persistence.reading import Key, SideBySide


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was read, at `now`, when a registration came. Implements `ports.Survey`."""

    pointer: Pointer | None
    moved_from: tuple[str, ...]
    """The children that the involvement came through by joins."""
    statement: str | None
    candidates: Sequence[Candidate]
    claims: Mapping[str, ClaimItem]
    """The live claims by their partitions."""
    rows: Mapping[Key, MatchKeyItem]
    """The live match rows."""
    lines: Lines
    now: datetime
    doubt_is_over: bool


class Registering:
    """Makes the transaction, for one involvement, of what was surveyed."""

    def __init__(
        self,
        keys_of: RegisterKeys,
        side_by_side: SideBySide,
        survey: Surveyed,
        involvement: Involvement,
        *,
        child_is_new: bool,
        lives_until: datetime | None,
    ) -> None:
        self._keys = keys_of
        self._side_by_side = side_by_side
        self._survey = survey
        self._involvement = involvement
        self._child_id = involvement.child_id
        self._child_is_new = child_is_new
        self._sort = keys_of.involvement(involvement.organisation, involvement.source_reference)
        self._statement = keys_of.pseudonyms.of_content("statement", codec.details_to(involvement.child))
        self._stated = codec.likeness_to(likeness(involvement.child, keys_of.pseudonyms))
        self._change = Change(survey.now, lives_until)
        self._left = self._leave()
        self._is_same_child = self._left is None or self._child_id in self._left.ids
        """What it leaves is the child it comes to: the same, or one that is just being joined with it."""
        self._moved_from = self._comes_from()

    @property
    def _stays(self) -> bool:
        """Whether it lies with the child already."""
        before = self._survey.pointer
        return before is not None and before.is_live and before.child_id == self._child_id

    @property
    def _emptied(self) -> set[str]:
        """The child that nobody works with any more once this involvement has left it: nobody to be taken for."""
        return self._left.ids if self._left and not self._left.others and not self._is_same_child else set()

    @property
    def _line(self) -> Line:
        return (*self._moved_from, self._child_id)

    def change(self, content: str, close_calls: Sequence[CloseCall]) -> Change:
        """All of it, to be committed. Raises Conflict, and FoundDifferent (see `ports.Register.write`)."""
        self._put_children()
        claimed, doubts = self._put_claims()
        if self._left:
            self._change.stamp(item for item in self._left.orphans if item.pk not in claimed)
            self._change.restate(claim for claim in self._left.restated if claim[0].pk not in claimed)
            if not self._stays and self._is_same_child:
                self._change.moved_away(self._left.involvement, self._child_id)
            elif not self._stays:
                self._change.stamp([self._left.involvement])
        self._put_match_rows()
        self._put_involvement(content, in_doubt=bool(doubts))
        calls = most_pressing(call for call in (*close_calls, *doubts) if call.child_id not in self._emptied)
        if self._child_is_new:
            raise_with_new_child(self._change, self._keys, self._child_id, calls)
        elif calls:
            raise_with_known_child(self._change, self._keys, self._child_id, calls, self._side_by_side)
        return self._change

    def _leave(self) -> Left | None:
        """What it leaves, if it lay elsewhere or said something else of the child."""
        before, now = self._survey.pointer, self._survey.now
        if before is None or not before.is_live or (self._stays and self._survey.statement == self._statement):
            return None
        left = leave(self._keys, before.child_id, self._sort, now, says=self._involvement.child, to=self._child_id)
        is_elsewhere = not self._child_is_new and self._child_id not in left.ids
        if is_elsewhere and are_different(left.parts, self._child_id, now):
            raise FoundDifferent
        return left

    def _comes_from(self) -> tuple[str, ...]:
        """The children that it came through, if it stays with what they have become."""
        before = self._survey.pointer
        if before is None or not before.is_live or not self._is_same_child:
            return ()
        return self._survey.moved_from if self._stays else (*self._survey.moved_from, before.child_id)

    def _put_children(self) -> None:
        left = self._left
        for part in left.parts if left else ():
            if part.child_id != self._child_id:
                self._change.child_is_left(part, by_the_last=part.child_id in self._emptied)
        if not self._child_is_new:
            self._change.child_grows(self._child_id, left.version_of(self._child_id) if left else None)
            return
        item = ChildItem(
            keys.child(self._child_id),
            keys.CHILD,
            child_id=self._child_id,
            version=1,
            created_at=codec.text_of(self._involvement.refreshed_at),
        )
        self._change.put(item, ChildItem.pk.does_not_exist())

    def _put_claims(self) -> tuple[set[str], list[CloseCall]]:
        """Claims what nobody else has, and what the same involvement claimed for another child until now.

        A claim that the child has already is only checked, unless the involvement says something else than before:
        then the claim says so, too. Returns what was claimed, and of which children the others are.
        """
        claimed, doubts = set[str](), list[CloseCall]()
        freed = {item.pk for item in self._left.orphans} if self._left else set[str]()
        is_restated = self._left is not None and self._is_same_child
        ours = self._left.ids if is_restated and self._left else {self._child_id}
        for claim in self._keys.claims(self._involvement.child):
            held = self._survey.claims.get(claim)
            if held is None:
                self._claim(claim, self._line, held)
            elif not ours & {*(line := self._survey.lines.whole(line_of(held)))}:
                if claim not in freed:  # it leads to the one that had it first until that is corrected
                    cause = Cause.ALIKE if claim.startswith(keys.DETAILS_CLAIM) else Cause.NUMBER
                    doubts.append(CloseCall(line[-1], cause))
                    continue
                self._claim(claim, self._line, held)
            elif not is_restated and self._led_here(line) == line_of(held):
                self._change.check(ClaimItem, (claim, keys.CLAIM), leads_as_read(held))
                continue
            else:
                self._claim(claim, self._led_here(line), held)
            claimed.add(claim)
        return claimed, doubts

    def _claim(self, claim: str, line: Line, held: ClaimItem | None) -> None:
        is_free = ClaimItem.pk.does_not_exist() | (ClaimItem.expires_at <= self._survey.now) | leads_by(line)
        if held is not None:
            is_free |= leads_as_read(held)
        item = ClaimItem(claim, keys.CLAIM, child_id=line[0], joined_into=joined_into(line), likeness=self._stated)
        self._change.put(item, is_free)

    def _led_here(self, line: Line) -> Line:
        """The line, up to the child with which the involvement now lies."""
        return line[: line.index(self._child_id) + 1] if self._child_id in line else (*line, self._child_id)

    def _put_match_rows(self) -> None:
        """Adds the rows of this statement; where they are there already, makes sure that one still is.

        Rows under one name are hidden all together (see `leaving`), so one stands for all.
        """
        for stated, wanted in self._keys.match_rows(self._line[0], self._involvement.child).items():
            held = [row for key in wanted if (row := self._survey.rows.get(key))]
            if wanted and len(held) == len(wanted) and all(line_of(row) == self._line for row in held):
                self._change.check(MatchKeyItem, wanted[0], leads_by(self._line))
                continue
            for key, sort in wanted:
                item = MatchKeyItem(
                    key,
                    sort,
                    child_id=self._line[0],
                    joined_into=joined_into(self._line),
                    likeness=codec.likeness_to(stated),
                )
                self._change.put(item)

    def _put_involvement(self, content: str, *, in_doubt: bool) -> None:
        involvement, before = self._involvement, self._survey.pointer
        same: dict[str, Any] = {
            "recorded_at": codec.text_of(involvement.recorded_at),
            "refreshed_at": codec.text_of(involvement.refreshed_at),
            "version": involvement.version,
            "child_id": self._child_id,
            "moved_from": list(self._moved_from) or None,
        }
        self._change.put(
            InvolvementItem(
                keys.child(self._child_id),
                self._sort,
                organisation=involvement.organisation,
                source_reference=involvement.source_reference,
                child=codec.details_to(involvement.child),
                service=codec.service_to(involvement.service),
                **same,
            )
        )
        self._change.put(
            PointerItem(
                self._keys.pointer(involvement.organisation, involvement.source_reference),
                keys.POINTER,
                content=content,
                statement=self._statement,
                likeness=self._stated,
                in_doubt=in_doubt or None,
                **same,
            ),
            is_as_seen(before, self._survey.now) if before else PointerItem.pk.does_not_exist(),
        )
