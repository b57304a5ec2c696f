"""The Register in DynamoDB. What must agree is written in one transaction, and the database decides who was first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.domain.matching import Candidate
from shared.domain.ports import Conflict, Joined, Pointer
from shared.persistence import codec, keys, partitions
from shared.persistence.change import HIDDEN_BY, Change
from shared.persistence.leaving import leave
from shared.persistence.lines import Lines, line_of
from shared.persistence.models import ChildItem, ClaimItem, InvolvementItem, MatchKeyItem, PointerItem, RegisterItem
from shared.persistence.reading import get, is_live, is_not_expired, live, rows_of
from shared.persistence.registering import Registering, Surveyed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.involvement import Involvement, Registration
    from shared.domain.ports import Survey
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.review import CloseCall
    from shared.persistence.lines import Leading
    from shared.persistence.reading import Key, SideBySide

_READS_OF_ONE_THAT_MOVES = 3
"""How often an involvement is looked for where its pointer says, if it has moved on each time."""


@dataclass(frozen=True, slots=True)
class DynamoRegister:
    """Implements `ports.Register`. `side_by_side` does reads side by side and gives their results in order.

    `lives_until` is the `expires_at` of what is written: `Lifecycle.latest_stamp`.
    """

    pseudonyms: Pseudonyms
    side_by_side: SideBySide
    lives_until: datetime | None = None
    keys: keys.RegisterKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", keys.RegisterKeys(self.pseudonyms))

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        """See the port."""
        return _candidates(_leading(live(self._found(asked, (), now), now)))

    def involvements_of(self, lies_in: Sequence[str], now: datetime) -> Sequence[Involvement]:
        """See the port."""
        parts = partitions.read_all(lies_in, self.side_by_side)
        return [codec.involvement_from(item) for item in partitions.gathered(parts, now)]

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
            candidates=_candidates(leading),
            claims={item.pk: item for item in claims},
            rows={(item.pk, item.sk): item for item in leading if isinstance(item, MatchKeyItem)},
            lines=Lines(map(line_of, leading)),
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
        writing = Registering(
            self.keys,
            self.side_by_side,
            survey,
            involvement,
            child_is_new=child_is_new,
            lives_until=self.lives_until,
        )
        try:
            writing.change(content, close_calls).commit()
        except Conflict:
            into = None if child_is_new else _joined_into(involvement.child_id)
            if into:
                raise Joined(involvement.child_id, into) from None
            raise

    def withdraw(self, organisation: str, source_reference: str, version: int, now: datetime) -> None:
        """See the port."""
        key = (self.keys.pointer(organisation, source_reference), keys.POINTER)
        pointer = next((item for item in live(get([key]), now) if isinstance(item, PointerItem)), None)
        if pointer is None or pointer.version != version:
            raise Conflict
        left = leave(self.keys, pointer.child_id, self.keys.involvement(organisation, source_reference), now)
        change = Change(now, self.lives_until)
        change.stamp([*left.orphans, left.involvement])
        change.restate(left.restated)
        for part in left.parts:
            change.child_is_left(part, by_the_last=not left.others)
        change.update(
            pointer,
            [PointerItem.expires_at.set(now - HIDDEN_BY)],
            (PointerItem.version == version) & (PointerItem.child_id == pointer.child_id) & is_not_expired(now),
        )
        change.commit()

    def _found(self, details: ChildDetails, also: Iterable[Key], now: datetime) -> list[RegisterItem]:
        """What lies under `also`, the claims and the match keys of these details; of match rows only the live. One trip."""
        singles = [*also, *((claim, keys.CLAIM) for claim in self.keys.claims(details))]
        reads = [_reading(key, now) for key in self.keys.match_keys(details)]
        if singles:
            reads.append(lambda: get(singles))
        return [item for items in self.side_by_side(reads) for item in items]


def _reading(key: str, now: datetime) -> Callable[[], list[RegisterItem]]:
    return lambda: rows_of(key, now)


def _leading(items: Iterable[RegisterItem]) -> list[Leading]:
    return [item for item in items if isinstance(item, ClaimItem | MatchKeyItem)]


def _candidates(leading: Sequence[Leading]) -> list[Candidate]:
    """Each child that is led to; if it is part of another, once for each of those that lie on the way there.

    So whoever reads what is held of the child reads all the places where it may just be.
    """
    lines = Lines(map(line_of, leading))
    found = []
    for item in leading:
        known, by_number = codec.likeness_from(item.likeness), _is_number(item)
        *parts, meant = lines.whole(line_of(item))
        if not parts:
            found.append(Candidate(meant, known, by_identifier=by_number))
        found += [Candidate(part, known, by_identifier=by_number, joined_into=meant) for part in parts]
    return found


def _is_number(item: Leading) -> bool:
    return isinstance(item, ClaimItem) and not item.pk.startswith(keys.DETAILS_CLAIM)


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
    )


def _joined_into(child_id: str) -> str | None:
    children = get([(keys.child(child_id), keys.CHILD)])
    return next((item.joined_into for item in children if isinstance(item, ChildItem)), None)
