"""The Register in DynamoDB. What must agree is written in one transaction, and the database decides who was first."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.conflicts import Conflict, Joined
from shared.domain.errors import InvolvementNotFound
from shared.domain.held import Pointer
from shared.persistence import codec, keys, partitions
from shared.persistence.change import Change
from shared.persistence.children import DynamoChildren, candidates_of, leading, reading
from shared.persistence.leaving import leave
from shared.persistence.lines import Lines, line_of
from shared.persistence.models import ClaimItem, InvolvementItem, MatchKeyItem, PointerItem, RegisterItem
from shared.persistence.reading import HIDDEN_BY, get, is_live, is_not_expired, live
from shared.persistence.registering import Registering, Surveyed
from shared.persistence.shielding import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.involvement import Disputed, Involvement, Registration
    from shared.domain.ports import Survey
    from shared.domain.review import CloseCall
    from shared.persistence.partitions import Kept
    from shared.persistence.reading import Key

_READS_OF_ONE_THAT_MOVES = 3
"""How often an involvement is looked for where its pointer says, if it has moved on each time."""


@dataclass(frozen=True, slots=True)
class DynamoRegister(DynamoChildren):
    """Implements `ports.Register`.

    `lives_until` is the `expires_at` of what is written: `Lifecycle.latest_stamp`. The register of what sensitive
    services say has the pseudonyms of a compartment of its own, and puts nobody on the review list.
    """

    lives_until: datetime | None = None
    keeps_review_list: bool = True

    def dispute(self, organisation: str, source_reference: str, disputed: Disputed | None, now: datetime) -> None:
        """See the port."""
        key = (self.keys.pointer(organisation, source_reference), keys.POINTER)
        pointer = next((item for item in live(get([key]), now) if isinstance(item, PointerItem)), None)
        if pointer is None:
            raise InvolvementNotFound
        involvement = InvolvementItem(
            keys.child(pointer.child_id), self.keys.involvement(organisation, source_reference)
        )
        change = Change(now, self.lives_until)
        for item in (pointer, involvement):
            said = (
                InvolvementItem.disputed.set(codec.disputed_to(disputed))
                if disputed
                else InvolvementItem.disputed.remove()
            )
            as_read = (InvolvementItem.version == int(pointer.version)) & (InvolvementItem.child_id == pointer.child_id)
            change.update(item, [said, InvolvementItem.version.add(1)], as_read & is_not_expired(now))
        change.commit()

    def involvement(self, organisation: str, source_reference: str, now: datetime) -> Involvement | None:
        """See the port."""
        lay: str | None = None
        for _ in range(_READS_OF_ONE_THAT_MOVES):
            pointer = self.pointers(organisation, [source_reference], now).get(source_reference)
            if pointer is None or not pointer.is_live or pointer.child_id == lay:
                return None
            lay = pointer.child_id
            key = (keys.child(lay), self.keys.involvement(organisation, source_reference))
            for item in live(get([key]), now):
                if isinstance(item, InvolvementItem):
                    return codec.involvement_from(item)
        return None

    def pointers(self, organisation: str, source_references: Iterable[str], now: datetime) -> Mapping[str, Pointer]:
        """See the port."""
        by_key = {self.keys.pointer(organisation, reference): reference for reference in source_references}
        items = get([(key, keys.POINTER) for key in by_key])
        return {by_key[item.pk]: _pointer(item, now) for item in items if isinstance(item, PointerItem)}

    def survey(self, organisation: str, registration: Registration, now: datetime) -> Survey:
        """See the port."""
        key = self.keys.pointer(organisation, registration.source_reference)
        found = self._found(registration.child, ((key, keys.POINTER),), now)
        pointer = next((item for item in found if isinstance(item, PointerItem)), None)
        led = leading(live(found, now))
        claims = [item for item in led if isinstance(item, ClaimItem)]
        return Surveyed(
            pointer=_pointer(pointer, now) if pointer else None,
            moved_from=tuple(pointer.moved_from or ()) if pointer else (),
            statement=pointer.statement if pointer else None,
            disputed=pointer.disputed if pointer else None,
            candidates=candidates_of(led, self.keys.asked(registration.child)),
            claims={item.pk: item for item in claims},
            rows={(item.pk, item.sk): item for item in led if isinstance(item, MatchKeyItem)},
            lines=(lines := Lines(map(line_of, led))),
            shields={lines.whole(line_of(item))[-1]: item.shield for item in led if item.shield},
            now=now,
            doubt_is_over=pointer is not None
            and bool(pointer.in_doubt)
            and all(pointer.child_id in line_of(item) for item in claims),
        )

    def write(
        self,
        survey: Survey,
        involvement: Involvement,
        content: str,
        *,
        child_is_new: bool,
        close_calls: Sequence[CloseCall] = (),
    ) -> None:
        """See the port. One transaction; a statement that it replaces takes two reads of its child before."""
        if not isinstance(survey, Surveyed):
            message = "a survey is written by the register that made it"
            raise TypeError(message)
        shields: Mapping[str, Kept | None] = {}
        while True:
            writing = Registering(
                self.keys,
                self.side_by_side,
                survey,
                involvement,
                child_is_new=child_is_new,
                lives_until=self.lives_until,
                shields=shields,
            )
            try:
                writing.change(content, close_calls, raises_cases=self.keeps_review_list).commit()
            except Conflict:
                children = partitions.children({*writing.relied_on, involvement.child_id})
                child = children.get(involvement.child_id)
                if child and child.joined_into and not child_is_new:
                    raise Joined(involvement.child_id, child.joined_into) from None
                own = {
                    child_id: children[child_id].shield if child_id in children else None
                    for child_id in writing.relied_on
                }
                if shields or own == writing.relied_on:
                    raise
                shields = own  # somebody is setting one, or was stopped while they did
            else:
                break
        if writing.inherits:
            self._spread(involvement.child_id, survey.now)

    def withdraw(
        self, organisation: str, source_reference: str, version: int, now: datetime, *, by_rule: bool = False
    ) -> None:
        """See the port."""
        key = (self.keys.pointer(organisation, source_reference), keys.POINTER)
        pointer = next((item for item in live(get([key]), now) if isinstance(item, PointerItem)), None)
        if pointer is None or pointer.version != version:
            raise Conflict
        left = leave(self.keys, pointer.child_id, self.keys.involvement(organisation, source_reference), now)
        change = Change(now, self.lives_until)
        change.let_go(left.orphans, left.kept_until)
        change.stamp([left.involvement], *([InvolvementItem.by_rule.set(value=True)] if by_rule else []))
        change.restate(left.restated)
        change.say_only_as(left.resaid)
        for row in left.unled:
            change.say_as(row)
        for part in left.parts:
            change.child_is_left(
                part, by_the_last=not left.others, kept_claims=left.kept_claims, kept_until=left.kept_until
            )
        change.update(
            pointer,
            [PointerItem.expires_at.set(now - HIDDEN_BY)],
            (PointerItem.version == version) & (PointerItem.child_id == pointer.child_id) & is_not_expired(now),
        )
        change.commit()

    def _spread(self, child_id: str, now: datetime) -> None:
        """Whatever else leads to a child that has inherited a shield says so. What is left undone, step two hides."""
        with suppress(Conflict):
            while True:
                parts = partitions.whole_to_change(child_id)
                if not spread(self.keys, parts, now, self.lives_until):
                    break

    def _found(self, details: ChildDetails, also: Iterable[Key], now: datetime) -> list[RegisterItem]:
        """What lies under `also`, the claims and the match keys of these details; of rows only the live. One trip."""
        singles = [*also, *((claim, keys.CLAIM) for claim in self.keys.claims(details))]
        reads = [reading(key, now) for key in self.keys.match_keys(details)]
        if singles:
            reads.append(lambda: get(singles))
        return [item for items in self.side_by_side(reads) for item in items]


def _pointer(item: PointerItem, now: datetime) -> Pointer:
    return Pointer(
        child_id=item.child_id,
        content=item.content,
        likeness=codec.likeness_from(item.likeness),
        version=int(item.version),
        recorded_at=codec.instant(item.recorded_at),
        refreshed_at=codec.instant(item.refreshed_at),
        is_live=is_live(item, now),
        in_doubt=bool(item.in_doubt),
        disputed=codec.disputed_from(item.disputed),
    )
