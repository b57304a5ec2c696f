"""Shields in DynamoDB, and the overrides that open them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pynamodb.transactions import TransactWrite

from shared.domain.conflicts import Conflict
from shared.domain.errors import AccessNotRecorded, ChildNotFound, Contended, Unavailable
from shared.domain.likeness import likenesses
from shared.domain.names import comparable
from shared.domain.shield import Override, name_hash
from shared.persistence import access_log, alerts, codec, keys
from shared.persistence.change import Change, shielding_anew
from shared.persistence.failures import translated
from shared.persistence.hashed_keys import RegisterKeys
from shared.persistence.inheriting import inherit
from shared.persistence.models import ChildItem, OverrideItem, RegisterItem
from shared.persistence.overrides import DynamoOverrides
from shared.persistence.partitions import resolved, whole_to_change
from shared.persistence.reading import is_not_expired
from shared.persistence.shielding import say, spread, unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from shared.domain.access import AccessRecord
    from shared.domain.alerts import Alert
    from shared.domain.child import FormerName
    from shared.domain.likeness import Likeness
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.review import CloseCall
    from shared.domain.shield import Shield
    from shared.persistence.partitions import Kept, Partition

_ATTEMPTS = 25
"""How often a step is taken anew that others overtake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoShields(DynamoOverrides):
    """Implements `ports.Shields`. `models.bind` of the Register and the AccessLog comes first.

    `records_kept_for` is how long access records and alerts are kept; `lives_until` the `expires_at` of what is written
    (`Lifecycle.latest_stamp`); `pause(attempt)` waits before a step is taken anew.
    """

    pseudonyms: Pseudonyms
    records_kept_for: timedelta
    pause: Callable[[int], None]
    lives_until: datetime | None = None
    keys: RegisterKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", RegisterKeys(self.pseudonyms))

    def put(self, child_id: str, shield: Shield, hidden: Sequence[FormerName], now: datetime) -> Shield:
        """See the port. One transaction as a rule; where more leads to the child than it takes, the child comes first.

        A name that has come to a child since its shield was set stays hidden when that shield is replaced.
        """
        known: list[Shield] = []

        def wanted(parts: Sequence[Partition]) -> Kept:
            before = _holding(parts, now)
            if before and not before.inherited and before.organisation != shield.organisation:
                raise ChildNotFound
            names = before.names if before else self._names(parts, now)
            known[:] = [replace(shield, names=names - self._hidden(parts, hidden, now))]
            return codec.shield_to(known[0])

        self._take_steps(child_id, wanted, now)
        return known[0]

    def lift(self, child_id: str, now: datetime, *, organisation: str) -> None:
        """See the port. The child comes first here, too: what leads to it is hidden for a moment longer."""

        def none(parts: Sequence[Partition]) -> None:
            before = _holding(parts, now)
            if before and before.organisation != organisation:
                raise ChildNotFound

        self._take_steps(child_id, none, now)

    def inherit(self, child_id: str, call: CloseCall, now: datetime) -> bool:
        """See the port."""
        for attempt in range(_ATTEMPTS):
            try:
                return inherit(self.keys, child_id, call, now, self.lives_until)
            except Conflict:
                self.pause(attempt)
        raise Contended

    def open(self, override: Override, record: AccessRecord, alert: Alert) -> None:
        """See the port."""
        item = OverrideItem(
            keys.override(override.override_id),
            keys.OVERRIDE,
            child_id=override.child_id,
            organisation=override.organisation,
            practitioner_id=override.practitioner_id,
            until=codec.text_of(override.until),
            expires_at=override.until,
        )
        connection = RegisterItem._get_connection().connection  # noqa: SLF001  # the one made by models.bind
        written: tuple[Any, ...] = (
            item,
            access_log.item_of(record, self.records_kept_for),
            alerts.item_of(alert, self.records_kept_for),
        )
        try:
            with translated(), TransactWrite(connection=connection) as transaction:
                for one in written:
                    transaction.save(one, type(one).pk.does_not_exist())
        except (Unavailable, Conflict) as error:
            raise AccessNotRecorded from error

    def _take_steps(self, child_id: str, wanted: Callable[[Sequence[Partition]], Kept | None], now: datetime) -> None:
        """Marks the child, and everything that leads to it, until there is nothing more to mark."""
        marked: Kept | None = None
        is_marked = False
        attempt = 0
        while attempt < _ATTEMPTS:
            try:
                parts = self._parts(child_id, now)
                if is_marked and parts[0].shield != marked:
                    return  # somebody has set or lifted it since, and sees to the rest
                if is_marked and not spread(self.keys, parts, now, self.lives_until):
                    return
                if not is_marked:
                    marked = wanted(parts)
                    self._mark(parts, marked, now)
                    is_marked = True
            except Conflict:
                self.pause(attempt)
                attempt += 1
        raise Contended

    def _mark(self, parts: Sequence[Partition], shield: Kept | None, now: datetime) -> None:
        """The child, also as it lies in two places while it is being joined; and of what leads to it what there is room for."""
        change = Change(now, self.lives_until)
        for part in parts:
            change.update(
                ChildItem(keys.child(part.child_id), keys.CHILD),
                [
                    ChildItem.version.add(1),
                    ChildItem.inherits_from.remove(),
                    *shielding_anew(part.shield, shield, now),
                ],
                (ChildItem.version == part.version) & is_not_expired(now),
            )
        say(change, unlike(self.keys, parts, shield, now), shield)
        change.commit()

    def _parts(self, child_id: str, now: datetime) -> Sequence[Partition]:
        """Raises ChildNotFound unless an ordinary service works with the child."""
        parts = whole_to_change(resolved([child_id])[child_id])
        types = [codec.stated_by(item)[1] for part in parts for item in part.live(now)]
        if all(service_type.is_sensitive for service_type in types):
            raise ChildNotFound
        return parts

    def _names(self, parts: Sequence[Partition], now: datetime) -> frozenset[str]:
        """Every name that is held of the child, hashed."""
        return frozenset(name_hash(known, self.pseudonyms) for known in _held(parts, self.pseudonyms, now))

    def _hidden(self, parts: Sequence[Partition], hidden: Sequence[FormerName], now: datetime) -> frozenset[str]:
        """Those of them that are to be hidden. A family name alone hides it beside whatever given name is held."""
        return frozenset(
            name_hash(known, self.pseudonyms)
            for known in _held(parts, self.pseudonyms, now)
            if any(
                _is_said(name.given_name, known.given_name) and _is_said(name.family_name, known.family_name)
                for name in hidden
            )
        )


def _holding(parts: Sequence[Partition], now: datetime) -> Shield | None:
    """The child's shield, unless it has ended."""
    shield = codec.shield_from(parts[0].shield)
    return shield if shield and shield.holds(now) else None


def _held(parts: Sequence[Partition], pseudonyms: Pseudonyms, now: datetime) -> Iterator[Likeness]:
    for part in parts:
        for item in part.live(now):
            yield from likenesses(codec.details_from(item.child), pseudonyms)


def _is_said(hidden: str | None, held: str | None) -> bool:
    """Whether a part of a name is meant; what is left out is any."""
    return hidden is None or comparable(hidden) == comparable(held or "")
