"""One registration as one transaction: the involvement, all that leads to it, and what it replaces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from shared.domain.conflicts import FoundDifferent, Joined
from shared.domain.likeness import likeness
from shared.domain.review import MOST_CASES_OF_A_REGISTRATION, MOST_CLOSE_CALLS, Cause, CloseCall, pressing
from shared.domain.shield import inherited, stronger
from shared.persistence import codec, keys
from shared.persistence.cases import pairs_of_known_child, pairs_of_new_child, raise_cases
from shared.persistence.change import Change, is_as_seen, is_shielded_as, leads_as_read, leads_by, shielding_anew
from shared.persistence.leaving import leave
from shared.persistence.lines import joined_into, line_of, match_row
from shared.persistence.models import ChildItem, ClaimItem, InvolvementItem, MatchKeyItem, PointerItem
from shared.persistence.partitions import are_different, children

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.held import Pointer
    from shared.domain.involvement import Involvement
    from shared.domain.likeness import Likeness
    from shared.domain.matching import Candidate
    from shared.domain.shield import Shield
    from shared.persistence.cases import Pair
    from shared.persistence.hashed_keys import RegisterKeys
    from shared.persistence.leaving import Left
    from shared.persistence.lines import Line, Lines
    from shared.persistence.partitions import Kept, Partition
    from shared.persistence.reading import Key, SideBySide


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was read, at `now`, when a registration came. Implements `ports.Survey`."""

    pointer: Pointer | None
    moved_from: tuple[str, ...]
    """The children that the involvement came through by joins."""
    statement: str | None
    disputed: dict[str, str] | None
    """As items keep it."""
    candidates: Sequence[Candidate]
    claims: Mapping[str, ClaimItem]
    """The live claims by their partitions."""
    rows: Mapping[Key, MatchKeyItem]
    """The live match rows, those of numbers not among them."""
    lines: Lines
    shields: Mapping[str, Kept]
    """The shields of children, as what leads to them says."""
    now: datetime
    doubt_is_over: bool


class Registering:
    """Makes the transaction, for one involvement, of what was surveyed.

    `shields` are the children's own, where they were read because what the survey saw of them was not so.
    """

    def __init__(
        self,
        keys_of: RegisterKeys,
        side_by_side: SideBySide,
        survey: Surveyed,
        involvement: Involvement,
        *,
        child_is_new: bool,
        lives_until: datetime | None,
        shields: Mapping[str, Kept | None],
    ) -> None:
        self._keys = keys_of
        self._side_by_side = side_by_side
        self._survey = survey
        self._involvement = involvement
        self._says = (involvement.child, involvement.service.service_type)
        self._child_id = involvement.child_id
        self._child_is_new = child_is_new
        self._sort = keys_of.involvement(involvement.organisation, involvement.source_reference)
        self._statement = keys_of.pseudonyms.of_content(
            "statement", {**codec.details_to(involvement.child), "service_type": involvement.service.service_type}
        )
        self._stated = codec.likeness_to(likeness(involvement.child, keys_of.pseudonyms))
        self._change = Change(survey.now, lives_until)
        self._left = self._leave()
        self._is_same_child = self._left is None or self._child_id in self._left.ids
        """What it leaves is the child it comes to: the same, or one that is just being joined with it."""
        self._moved_from = self._comes_from()
        self._shields = shields
        self.relied_on: dict[str, Kept | None] = {}
        """The shields that were taken to be so, of children that the transaction does not make."""
        self._shield = None if child_is_new else self._shield_of(self._child_id)
        """Of the child to which the involvement comes; all that leads there says so."""
        self._read: ChildItem | None = None
        """The child, where it was read to know from whom it has inherited."""
        self.inherits = False
        """Whether a child that was there before is shielded now."""

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
    def _left_behind(self) -> set[str]:
        """The child that the reference named until now: under another name this may still be that child."""
        return self._left.ids if self._left and not self._is_same_child else set()

    @property
    def _line(self) -> Line:
        return (*self._moved_from, self._child_id)

    @property
    def shield(self) -> Kept | None:
        """The child's, once this is written."""
        return self._shield

    def change(self, content: str, close_calls: Sequence[CloseCall], *, raises_cases: bool) -> Change:
        """All of it, to be committed. Raises Conflict, and FoundDifferent (see `ports.Register.write`)."""
        doubts = self._doubts()
        pairs = self._pairs(self._pressing(close_calls, doubts.values()) if raises_cases else ())
        may_be = [pair.call.child_id for pair in pairs]
        inherited = self._inherit(dict.fromkeys([*may_be, *sorted(self._left_behind)]))
        self._put_children(inherited)
        claimed = self._put_claims(doubts)
        if self._left:
            self._change.let_go(
                [item for item in self._left.orphans if (item.pk, item.sk) not in claimed], self._left.kept_until
            )
            self._change.restate(
                restated for restated in self._left.restated if (restated[0].pk, restated[0].sk) not in claimed
            )
            if not self._stays and self._is_same_child:
                self._change.moved_away(self._left.involvement, self._child_id)
            elif not self._stays:
                self._change.stamp([self._left.involvement])
        self._put_match_rows(doubts)
        self._put_involvement(content, in_doubt=bool(doubts))
        self._check_shields(may_be[:MOST_CASES_OF_A_REGISTRATION])
        fresh = [pair for pair in pairs if not pair.is_listed]
        raise_cases(self._change, self._keys, fresh[:MOST_CASES_OF_A_REGISTRATION])
        return self._change

    def _leave(self) -> Left | None:
        """What it leaves, if it lay elsewhere or said something else of the child.

        Raises Joined if it is to come to a child that is part of the one where it lies, or was until just now.
        """
        before, now = self._survey.pointer, self._survey.now
        if before is None or not before.is_live or (self._stays and self._survey.statement == self._statement):
            return None
        left = leave(self._keys, before.child_id, self._sort, now, says=self._says, to=self._child_id)
        if any(part.child_id == self._child_id and part.joined_into == before.child_id for part in left.parts):
            raise Joined(self._child_id, before.child_id)
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

    # Shields

    def _shield_of(self, child_id: str) -> Kept | None:
        """As the child itself says, if it was read; else as what leads there does."""
        if child_id in self._shields:
            shield = self._shields[child_id]
        elif part := next((part for part in self._parts if part.child_id == child_id), None):
            shield = part.shield
        else:
            shield = self._survey.shields.get(child_id)
        self.relied_on[child_id] = shield
        return shield

    def _holding(self, child_ids: Iterable[str]) -> dict[str, Shield]:
        """Those of these children whose shield holds, and the shield."""
        kept = {child_id: codec.shield_from(self._shield_of(child_id)) for child_id in child_ids}
        return {child_id: shield for child_id, shield in kept.items() if shield and shield.holds(self._survey.now)}

    @property
    def _own(self) -> Shield | None:
        """The child's, if it holds."""
        shield = codec.shield_from(self._shield)
        return shield if shield and shield.holds(self._survey.now) else None

    @property
    def _may_inherit(self) -> bool:
        """Whether it has no shield of its own, set for this very child."""
        return self._own is None or self._own.inherited

    def _inherited_from(self) -> set[str]:
        """From whom it has its shield, if it has inherited it: one read more, of children that have."""
        if self._own is None or not self._own.inherited:
            return set()
        if self._read is None:
            self._read = children([self._child_id]).get(self._child_id)
        return {*((self._read.inherits_from or ()) if self._read else ())}

    def _inherit(self, may_be: Iterable[str]) -> list[str]:
        """A child that may be one that is shielded is shielded, too, until a person has found them different.

        Returns from whom, those before included; nobody if that has not changed.
        """
        holding = self._holding(may_be) if self._may_inherit else {}
        if not holding:
            return []
        before, own, now = self._inherited_from(), self._own, self._survey.now
        if holding.keys() <= before:
            return []
        of_all = reduce(stronger, holding.values(), None)
        shield = stronger(own, inherited(of_all, now, self._change.lives_until)) if of_all else own
        self._shield = codec.shield_to(shield) if shield else None
        self.inherits = not self._child_is_new
        return sorted(before | holding.keys())

    def _check_shields(self, alike: Iterable[str]) -> None:
        """What was inherited, or not, is so while this is written. Children that it leaves are as they were read."""
        read = {part.child_id for part in self._parts}
        for child_id in sorted({*alike} - read):
            self._change.check(ChildItem, (keys.child(child_id), keys.CHILD), is_shielded_as(self._shield_of(child_id)))

    # Children and cases

    @property
    def _parts(self) -> Sequence[Partition]:
        return self._left.parts if self._left else ()

    def _pressing(self, close_calls: Iterable[CloseCall], doubts: Iterable[CloseCall]) -> list[CloseCall]:
        """Whom the child is held against. A known one is held against those that it is like only to inherit.

        Not if nothing else is said of it than before: then it has inherited already, at the latest when the shield was set.
        """
        if not self._child_is_new:
            says_the_same = self._stays and self._left is None
            holding = self._holding(c.child_id for c in close_calls) if self._may_inherit and not says_the_same else {}
            close_calls = [call for call in close_calls if call.child_id in holding]
        left = [CloseCall(child_id, Cause.ALIKE) for child_id in self._holding(self._left_behind)]
        calls = [call for call in (*close_calls, *doubts, *left) if call.child_id not in self._emptied]
        return pressing(calls, self._holding(call.child_id for call in calls))[:MOST_CLOSE_CALLS]

    def _pairs(self, calls: Sequence[CloseCall]) -> list[Pair]:
        """Which of these are new to the review list."""
        if self._child_is_new:
            return pairs_of_new_child(self._child_id, calls)
        holding = self._holding(call.child_id for call in calls) if self._may_inherit else {}
        to_tell = holding.keys() - self._inherited_from() if holding else set()
        now, side_by_side = self._survey.now, self._side_by_side
        return pairs_of_known_child(self._keys, self._child_id, calls, now, side_by_side, to_tell=to_tell)

    def _put_children(self, inherits_from: list[str]) -> None:
        left = self._left
        for part in self._parts:
            if part.child_id != self._child_id:
                self._change.child_is_left(
                    part,
                    by_the_last=part.child_id in self._emptied,
                    kept_claims=left.kept_claims if left else (),
                    kept_until=left.kept_until if left else None,
                )
        if not self._child_is_new:
            seen = self._shield_of(self._child_id)
            also: list[Any] = []
            if inherits_from:
                also = shielding_anew(seen, self._shield, self._survey.now)
                also.append(ChildItem.inherits_from.set(inherits_from))
            version = left.version_of(self._child_id) if left else None
            if also and version is None and self._read:
                version = int(self._read.version)
            self._change.child_grows(self._child_id, version, seen, *also)
            return
        item = ChildItem(
            keys.child(self._child_id),
            keys.CHILD,
            child_id=self._child_id,
            version=1,
            created_at=codec.text_of(self._involvement.refreshed_at),
            shield=self._shield,
            inherits_from=inherits_from or None,
        )
        self._change.put(item, ChildItem.pk.does_not_exist())

    # Claims

    @property
    def _ours(self) -> set[str]:
        """Whose claims are this involvement's to state."""
        return self._left.ids if self._left and self._is_same_child else {self._child_id}

    def _doubts(self) -> dict[str, CloseCall]:
        """The claims that another child has, and keeps: it leads to the one that had it first until that is corrected."""
        freed = {item.pk for item in self._left.orphans if isinstance(item, ClaimItem)} if self._left else set[str]()
        doubts = {}
        for claim in self._keys.claims(self._involvement.child):
            held = self._survey.claims.get(claim)
            if held is None or claim in freed:
                continue
            line = self._survey.lines.whole(line_of(held))
            if not self._ours & {*line}:
                cause = Cause.ALIKE if claim.startswith(keys.DETAILS_CLAIM) else Cause.NUMBER
                doubts[claim] = CloseCall(line[-1], cause)
        return doubts

    def _put_claims(self, doubts: Mapping[str, CloseCall]) -> set[Key]:
        """Claims what nobody else has, and what the same involvement claimed for another child until now.

        A claim that the child has already is only checked, unless the involvement says something else than before:
        then the claim says so, too; or nobody stated it any more. Returns what was claimed.
        """
        claimed = set[tuple[str, str]]()
        is_restated = self._left is not None and self._is_same_child
        for claim in self._keys.claims(self._involvement.child):
            if claim in doubts:
                continue
            held = self._survey.claims.get(claim)
            if held is None or not self._ours & {*(line := self._survey.lines.whole(line_of(held)))}:
                self._claim(claim, self._line, held)
            elif not is_restated and self._led_here(line) == line_of(held) and held.lapses_at is None:
                self._change.check(ClaimItem, (claim, keys.CLAIM), leads_as_read(held))
                continue
            else:
                self._claim(claim, self._led_here(line), held)
            claimed.add((claim, keys.CLAIM))
        return claimed

    def _claim(self, claim: str, line: Line, held: ClaimItem | None) -> None:
        is_free = ClaimItem.pk.does_not_exist() | (ClaimItem.expires_at <= self._survey.now) | leads_by(line)
        if held is not None:
            is_free |= leads_as_read(held)
        item = ClaimItem(
            claim,
            keys.CLAIM,
            child_id=line[0],
            joined_into=joined_into(line),
            likeness=self._stated,
            shield=self._shield,
        )
        self._change.put(item, is_free)

    def _led_here(self, line: Line) -> Line:
        """The line, up to the child with which the involvement now lies."""
        return line[: line.index(self._child_id) + 1] if self._child_id in line else (*line, self._child_id)

    def _put_match_rows(self, doubts: Mapping[str, CloseCall]) -> None:
        """Adds the rows of this statement; where they are there already, makes sure that one still is.

        Rows under one name are changed all together (see `leaving`), so one stands for all. Rows of numbers were not
        surveyed: they are added, unless this very involvement has said the same before. A number that another child
        has leads to that one alone. What it leaves and others say still, says so.
        """
        before, (details, service_type) = self._survey.pointer, self._says
        said_before = before is not None and self._stays and self._left is None and not before.in_doubt
        rows: dict[Key, MatchKeyItem] = {}
        resaid = self._left.resaid if self._left else []
        changed = {(row.pk, row.sk) for row, _, _ in resaid}
        for stated, wanted in self._keys.match_rows(self._line[0], details).items():
            if not self._are_held(wanted.by_likeness):
                rows |= {key: self._row(key, stated) for key in wanted.by_likeness}
            elif wanted.by_likeness[0] not in changed:
                is_as_held = leads_by(self._line) & MatchKeyItem.service_types.contains(service_type)
                self._change.check(MatchKeyItem, wanted.by_likeness[0], is_as_held)
            if not said_before:
                rows |= {key: self._row(key, stated) for key in wanted.by_number if key[0] not in doubts}
        for unled in self._left.unled if self._left else ():
            row = rows.setdefault((unled.pk, unled.sk), unled)
            row.service_types = {*row.service_types, *unled.service_types}
        self._change.say_only_as(resaid)
        for key in rows.keys() - changed:
            self._change.say_as(rows[key])

    def _are_held(self, wanted: Sequence[Key]) -> bool:
        """Whether there are such rows, and these are there, lead to the child, and say this type of service, too."""
        rows = [row for key in wanted if (row := self._survey.rows.get(key))]
        return 0 < len(rows) == len(wanted) and all(
            line_of(row) == self._line and self._says[1] in row.service_types for row in rows
        )

    def _row(self, key: Key, stated: Likeness) -> MatchKeyItem:
        return match_row(key, self._line, stated, [self._says[1]], self._shield)

    def _put_involvement(self, content: str, *, in_doubt: bool) -> None:
        involvement, before = self._involvement, self._survey.pointer
        same: dict[str, Any] = {
            "recorded_at": codec.text_of(involvement.recorded_at),
            "refreshed_at": codec.text_of(involvement.refreshed_at),
            "version": involvement.version,
            "child_id": self._child_id,
            "moved_from": list(self._moved_from) or None,
            "disputed": self._survey.disputed if before and before.is_live else None,
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
