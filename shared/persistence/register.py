"""The Register in DynamoDB. What must agree is written in one transaction, and the database decides who was first."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shared.domain.errors import InvolvementNotFound
from shared.domain.involvement import ServiceType
from shared.domain.matching import Candidate
from shared.domain.ports import Conflict, HeldChild, Joined, Pointer
from shared.persistence import codec, keys, partitions
from shared.persistence.change import HIDDEN_BY, Change
from shared.persistence.leaving import leave
from shared.persistence.lines import Lines, line_of
from shared.persistence.models import ClaimItem, InvolvementItem, MatchKeyItem, PointerItem, RegisterItem
from shared.persistence.reading import get, is_live, is_not_expired, live, rows_of
from shared.persistence.registering import Registering, Surveyed
from shared.persistence.shielding import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.involvement import Disputed, Involvement, Registration
    from shared.domain.ports import Survey
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.review import CloseCall
    from shared.persistence.lines import Leading
    from shared.persistence.partitions import Kept, Partition
    from shared.persistence.reading import Key, SideBySide

_READS_OF_ONE_THAT_MOVES = 3
"""How often an involvement is looked for where its pointer says, if it has moved on each time."""


@dataclass(frozen=True, slots=True)
class DynamoRegister:
    """Implements `ports.Register`. `side_by_side` does reads side by side and gives their results in order.

    `lives_until` is the `expires_at` of what is written: `Lifecycle.latest_stamp`. The register of what sensitive
    services say has the pseudonyms of a compartment of its own, and puts nobody on the review list.
    """

    pseudonyms: Pseudonyms
    side_by_side: SideBySide
    lives_until: datetime | None = None
    keeps_review_list: bool = True
    keys: keys.RegisterKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", keys.RegisterKeys(self.pseudonyms))

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        """See the port."""
        keys_asked = self.keys.asked(asked)
        found = self.side_by_side([_reading(key, now) for key in keys_asked])
        return _candidates(_leading(item for items in found for item in items), keys_asked)

    def held_of(self, lies_in: Sequence[str], now: datetime) -> HeldChild:
        """See the port."""
        return _held(lies_in[0], partitions.read_all(lies_in, self.side_by_side), now)

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See the port. A read for every join that it has been through, and one or two more."""
        known = self.known_by_id(child_id, now)
        return known if known and known.involvements else None

    def known_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See the port."""
        meant = partitions.resolved([child_id])[child_id]
        parts = partitions.whole(meant)
        held = _held(meant, parts, now)
        ordinary = [one for one in held.involvements if not one.service.service_type.is_sensitive]
        return replace(held, involvements=ordinary) if ordinary or parts[0].child else None

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
        leading = _leading(live(found, now))
        claims = [item for item in leading if isinstance(item, ClaimItem)]
        return Surveyed(
            pointer=_pointer(pointer, now) if pointer else None,
            moved_from=tuple(pointer.moved_from or ()) if pointer else (),
            statement=pointer.statement if pointer else None,
            disputed=pointer.disputed if pointer else None,
            candidates=_candidates(leading, self.keys.asked(registration.child)),
            claims={item.pk: item for item in claims},
            rows={(item.pk, item.sk): item for item in leading if isinstance(item, MatchKeyItem)},
            lines=(lines := Lines(map(line_of, leading))),
            shields={lines.whole(line_of(item))[-1]: item.shield for item in leading if item.shield},
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
        """See the port. One transaction; a statement that it replaces takes a read of its child before."""
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
        for row in left.unled:
            change.put(row)
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
                parts = partitions.whole(child_id)
                if not spread(self.keys, parts, now, self.lives_until):
                    break

    def _found(self, details: ChildDetails, also: Iterable[Key], now: datetime) -> list[RegisterItem]:
        """What lies under `also`, the claims and the match keys of these details; of rows only the live. One trip."""
        singles = [*also, *((claim, keys.CLAIM) for claim in self.keys.claims(details))]
        reads = [_reading(key, now) for key in self.keys.match_keys(details)]
        if singles:
            reads.append(lambda: get(singles))
        return [item for items in self.side_by_side(reads) for item in items]


def _reading(key: str, now: datetime) -> Callable[[], list[RegisterItem]]:
    return lambda: rows_of(key, now)


def _leading(items: Iterable[RegisterItem]) -> list[Leading]:
    return [item for item in items if isinstance(item, ClaimItem | MatchKeyItem)]


def _candidates(leading: Sequence[Leading], by_place: Mapping[str, bool]) -> list[Candidate]:
    """Each child that is led to; if it is part of another, once for each of those that lie on the way there.

    So whoever reads what is held of the child reads all the places where it may just be. `by_place` says of the
    partitions of rows whether the postcode led there.
    """
    lines = Lines(map(line_of, leading))
    found = []
    for item in leading:
        *parts, meant = lines.whole(line_of(item))
        known = Candidate(
            meant,
            codec.likeness_from(item.likeness),
            by_identifier=_is_number(item),
            by_place=by_place.get(item.pk, False),
            service_type=ServiceType(item.service_type) if isinstance(item, MatchKeyItem) else None,
            shield=codec.shield_from(item.shield),
        )
        found += [replace(known, child_id=part, joined_into=meant) for part in parts] or [known]
    return found


def _held(child_id: str, parts: Sequence[Partition], now: datetime) -> HeldChild:
    """From its own partition, the first, and those that are being joined with it: these are shielded as it is."""
    items = partitions.gathered(parts, now)
    came_with: dict[str, set[tuple[str, str]]] = {}
    for item in items:
        for former in {*(item.moved_from or ()), item.child_id} - {child_id}:
            came_with.setdefault(former, set()).add((item.organisation, item.source_reference))
    return HeldChild(
        child_id=child_id,
        involvements=[codec.involvement_from(item) for item in items],
        shield=codec.shield_from(parts[0].shield),
        unshielded_at=codec.instant(parts[0].unshielded_at) if parts[0].unshielded_at else None,
        formerly=frozenset(came_with),
        came_with={former: frozenset(those) for former, those in came_with.items()},
    )


def _is_number(item: Leading) -> bool:
    return item.pk.startswith(keys.NUMBERS) and not item.pk.startswith(keys.DETAILS_CLAIM)


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
