"""One transaction on the Register in the making, and the conditions that have names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pynamodb.transactions import TransactWrite

from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.lines import joined_into, line_of
from shared.persistence.models import (
    ChildItem,
    ClaimItem,
    InvolvementItem,
    Lapsing,
    MatchKeyItem,
    PointerItem,
    RegisterItem,
)
from shared.persistence.reading import HIDDEN_BY, is_live, is_not_expired

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from pynamodb.expressions.condition import Condition

    from shared.domain.held import Pointer
    from shared.persistence.lines import Leading, Line
    from shared.persistence.partitions import Kept, Partition
    from shared.persistence.reading import Key

MOST_OF_A_TRANSACTION = 100
"""Items of one TransactWriteItems."""


@dataclass(slots=True)
class Change:
    """One transaction: all of it is written, or nothing."""

    now: datetime
    lives_until: datetime | None = None
    """The `expires_at` of all that is written live: the closure's, or none while no date is set."""
    _size: int = field(init=False, default=0)
    _transaction: TransactWrite = field(init=False)

    def __post_init__(self) -> None:
        connection = RegisterItem._get_connection().connection  # noqa: SLF001  # the one made by models.bind
        self._transaction = TransactWrite(connection=connection)

    @property
    def room(self) -> int:
        """How many more items the transaction takes."""
        return MOST_OF_A_TRANSACTION - self._size

    def put(self, item: RegisterItem, condition: Condition | None = None) -> None:
        """Writes an item whole. What is hidden stays so; what lapses does; all else lives as long as things live now."""
        if is_live(item, self.now):
            item.expires_at = self.lives_until
            if isinstance(item, Lapsing) and item.lapses_at:
                lapses_at = codec.instant(item.lapses_at)
                item.expires_at = min(lapses_at, self.lives_until or lapses_at)
        self._size += 1
        self._transaction.save(item, condition)

    def update(self, item: RegisterItem, actions: list[Any], condition: Condition) -> None:
        """Changes some of an item."""
        self._size += 1
        self._transaction.update(item, actions=actions, condition=condition)

    def check(self, model: type[RegisterItem], key: Key, condition: Condition) -> None:
        """The item is as `condition` says, and live."""
        self._size += 1
        self._transaction.condition_check(model, *key, condition=condition & is_not_expired(self.now))

    def check_none(self, model: type[RegisterItem], key: Key) -> None:
        """There is no such item, or a hidden one."""
        self._size += 1
        self._transaction.condition_check(model, *key, condition=model.pk.does_not_exist() | ~is_not_expired(self.now))

    def stamp(self, items: Iterable[RegisterItem], *also: Any) -> None:
        """Hides items at once; the table's TTL removes them later. `also` are other actions on each."""
        for item in items:
            unsaid = [MatchKeyItem.service_types.remove()] if isinstance(item, MatchKeyItem) else []
            self.update(item, [self.hiding(), *unsaid, *also], RegisterItem.pk.exists() & has_same_owner(item))

    def say_as(self, row: MatchKeyItem) -> None:
        """Writes a match row, or adds to the one that is there that these types of service say so, too.

        Others may do so at the same time. Whoever takes one away reads the child's version (`say_only_as`), which each
        change of a child counts. A row that is hidden has no types, and comes back with these alone.
        """
        actions: list[Any] = [
            MatchKeyItem.kind.set(MatchKeyItem),
            MatchKeyItem.likeness.set(row.likeness),
            MatchKeyItem.service_types.add(row.service_types),
            *_leading_by(line_of(row)),
            shielding(row.shield),
            _kept(RegisterItem.expires_at, self.lives_until),
        ]
        self.update(row, actions, MatchKeyItem.service_types.does_not_exist() | is_not_expired(self.now))

    def say_only_as(self, resaid: Iterable[tuple[MatchKeyItem, AbstractSet[str], Line]]) -> None:
        """Match rows that stay are said by these types of service, and by no others any more, and stand by this line."""
        for row, service_types, line in resaid:
            said = MatchKeyItem.service_types.set({*service_types})
            self.update(row, [said, *_leading_by(line)], leads_as_read(row) & is_not_expired(self.now))

    def let_go(self, orphans: Iterable[Leading], kept_until: datetime | None) -> None:
        """Hides what nobody says any more, at once; of a child whose shield holds until then, the claims stay."""
        for item in orphans:
            if kept_until and isinstance(item, ClaimItem):
                self.update(item, self.lapsing(kept_until), leads_as_read(item) & is_not_expired(self.now))
            else:
                self.stamp([item])

    def moved_away(self, involvement: InvolvementItem, to: str) -> None:
        """Hides an involvement where it lay; for a short while the copy tells where it went."""
        actions = [
            self.hiding(),
            InvolvementItem.moved_to.set(to),
            InvolvementItem.moved_at.set(codec.text_of(self.now)),
        ]
        as_read = (InvolvementItem.version == int(involvement.version)) & is_not_expired(self.now)
        self.update(involvement, actions, as_read)

    def lead(self, item: Leading, line: Line) -> None:
        """What leads to a child now does so by this line."""
        self.update(item, _leading_by(line), leads_as_read(item) & is_not_expired(self.now))

    def shield(self, item: Leading, shield: Kept | None) -> None:
        """What leads to a child now says that it has this shield, or none. What is only kept for a shield goes with it."""
        actions, as_read = [shielding(shield)], leads_as_read(item) & is_not_expired(self.now)
        if isinstance(item, ClaimItem) and item.lapses_at:
            kept = codec.shield_from(shield)
            actions += self.lapsing(kept.until) if kept else [self.hiding()]
            as_read &= ClaimItem.lapses_at == item.lapses_at
        self.update(item, actions, as_read)

    def restate(self, claims: Iterable[tuple[ClaimItem, dict[str, Any], Line]]) -> None:
        """Claims that stay now repeat what somebody who still says it said, and stand by that one's line."""
        for claim, likeness, line in claims:
            actions = [ClaimItem.likeness.set(likeness), *_leading_by(line)]
            self.update(claim, actions, has_same_owner(claim) & is_not_expired(self.now))

    def child_grows(self, child_id: str, seen_version: int | None, seen_shield: Kept | None, *also: Any) -> None:
        """Counts a change of a live child that is no part of another: with the shield, and at the version if given, seen.

        `also` are other actions on it. It lives as long as things live now, also if it was only kept for its claims.
        """
        condition = ChildItem.pk.exists() & ChildItem.joined_into.does_not_exist() & is_not_expired(self.now)
        if seen_version is not None:
            condition &= ChildItem.version == seen_version
        child = ChildItem(keys.child(child_id), keys.CHILD)
        actions = [ChildItem.version.add(1), *self.living(), *also]
        self.update(child, actions, condition & is_shielded_as(seen_shield))

    def child_is_left(
        self, part: Partition, *, by_the_last: bool, kept_claims: Sequence[str] = (), kept_until: datetime | None = None
    ) -> None:
        """Counts a change of a child as it was read; hides it if nobody is left. What is part of another stays.

        So does what leads nobody there but for these claims, which stay until then.
        """
        actions: list[Any] = [ChildItem.version.add(1)]
        if kept_claims and kept_until:
            actions.append(ChildItem.kept_claims.set(sorted({*kept_claims, *part.kept_claims})))
        if by_the_last and part.joined_into is None:
            actions += self.lapsing(kept_until) if kept_claims and kept_until else [self.hiding()]
        child = ChildItem(keys.child(part.child_id), keys.CHILD)
        self.update(child, actions, (ChildItem.version == part.version) & is_not_expired(self.now))

    def commit(self) -> None:
        """Raises Conflict if any condition failed; then nothing was written."""
        with translated(), self._transaction:
            pass

    def hiding(self) -> Any:
        """The action that hides an item at once."""
        return RegisterItem.expires_at.set(self.now - HIDDEN_BY)

    def living(self) -> list[Any]:
        """The actions by which a child lives as long as things live now, also if it was only kept for its claims."""
        return [_kept(RegisterItem.expires_at, self.lives_until), ChildItem.lapses_at.remove()]

    def lapsing(self, kept_until: datetime) -> list[Any]:
        """The actions that keep a child, or a claim, until then, and never longer than things live now."""
        return [
            RegisterItem.expires_at.set(min(kept_until, self.lives_until or kept_until)),
            ClaimItem.lapses_at.set(codec.text_of(kept_until)),
        ]


def shielding(shield: Kept | None) -> Any:
    """The action that gives an item this shield, or takes it away."""
    return _kept(ChildItem.shield, shield)


def _leading_by(line: Line) -> list[Any]:
    """The actions by which a claim or match row leads to a child by this line."""
    return [MatchKeyItem.child_id.set(line[0]), _kept(MatchKeyItem.joined_into, joined_into(line))]


def _kept(attribute: Any, value: object) -> Any:
    """The action that keeps a value, or none."""
    return attribute.set(value) if value else attribute.remove()


def shielding_anew(before: Kept | None, after: Kept | None, now: datetime) -> list[Any]:
    """The actions that give a child this shield, or none, and keep when the one ended that it had."""
    ended = ended_at(before, after, now)
    return [shielding(after), *([ChildItem.unshielded_at.set(ended)] if ended else [])]


def ended_at(before: Kept | None, after: Kept | None, now: datetime) -> str | None:
    """When a shield ended that is lifted now, or had run out before another took its place; None if it goes on."""
    shield = codec.shield_from(before)
    if shield is None or (shield.holds(now) and after):
        return None
    return codec.text_of(min(shield.until, now))


def is_shielded_as(seen: Kept | None) -> Condition:
    """A child has the shield that was seen, or none."""
    condition: Condition = ChildItem.shield == seen if seen else ChildItem.shield.does_not_exist()
    return condition


def is_as_seen(before: Pointer, now: datetime) -> Condition:
    """Neither changed, nor moved, nor withdrawn or registered anew, since it was surveyed."""
    unexpired = is_not_expired(now)
    as_seen: Condition = (
        (PointerItem.version == before.version)
        & (PointerItem.child_id == before.child_id)
        & (unexpired if before.is_live else ~unexpired)
    )
    return as_seen


def has_same_owner(item: RegisterItem) -> Condition:
    """It belongs to the child to which it belonged when it was read."""
    same: Condition = ClaimItem.child_id == getattr(item, "child_id", None)
    return same


def leads_as_read(item: Leading) -> Condition:
    """A claim or match row leads to a child by the line by which it did when it was read."""
    return leads_by((item.child_id, *(item.joined_into or ())))


def leads_by(line: Line) -> Condition:
    """A claim or match row leads to a child by this line."""
    into = joined_into(line)
    as_said = MatchKeyItem.joined_into == into if into else MatchKeyItem.joined_into.does_not_exist()
    condition: Condition = (MatchKeyItem.child_id == line[0]) & as_said
    return condition
