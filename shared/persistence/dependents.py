"""Who relies on the register, and who calls it, in the Directory."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from shared.domain.accesses import hour_text, read_hour
from shared.domain.conflicts import Conflict
from shared.domain.dependents import Acknowledgement, CallerSeen, Dependent, Informed, Readiness
from shared.domain.errors import AlreadyExists
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import CallerItem, CallersNotedItem, DependentItem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_REPLACED = (
    "name",
    "owner",
    "contact",
    "calls",
    "client_ids",
    "readiness",
    "acknowledgement",
    "tenure",
    "ended_at",
    "version",
)
"""All but what its owner was told: expiry may be noting that at this moment."""


class DynamoDependents:
    """Implements `dependents.Dependents`. `models.bind` comes first."""

    def all(self) -> Sequence[Dependent]:
        """See the port."""
        with translated():
            found = [_dependent(item) for item in DependentItem.query(keys.DEPENDENTS, consistent_read=True)]
        return [dependent for dependent in found if dependent.ended_at is None]

    def dependent(self, dependent_id: str) -> Dependent | None:
        """See the port."""
        with translated():
            items = list(
                DependentItem.query(
                    keys.DEPENDENTS, DependentItem.sk == keys.dependent(dependent_id), consistent_read=True
                )
            )
        return _dependent(items[0]) if items else None

    def add(self, dependent: Dependent) -> None:
        """See the port."""
        try:
            with translated():
                _item(dependent).save(condition=DependentItem.pk.does_not_exist())
        except Conflict as error:
            raise AlreadyExists from error

    def replace(self, dependent: Dependent) -> None:
        """See the port."""
        item = _item(dependent)
        told = {name: getattr(item, name) for name in _REPLACED}
        actions = [
            getattr(DependentItem, name).remove() if value is None else getattr(DependentItem, name).set(value)
            for name, value in told.items()
        ]
        with translated():
            item.update(actions=actions, condition=DependentItem.version == dependent.version - 1)

    def note_informed(self, dependent_id: str, informed: Informed) -> None:
        """See the port."""
        item = DependentItem(keys.DEPENDENTS, keys.dependent(dependent_id))
        with translated():
            item.update(
                actions=[DependentItem.informed.set(_informed_to(informed))], condition=DependentItem.pk.exists()
            )


class DynamoCallers:
    """Implements `dependents.Callers`. `models.bind` comes first."""

    def noted_through(self) -> datetime | None:
        """See the port."""
        with translated():
            items = list(
                CallersNotedItem.query(keys.CALLERS, CallersNotedItem.sk == keys.CALLERS, consistent_read=True)
            )
        return read_hour(items[0].through) if items else None

    def note_through(self, hour: datetime) -> None:
        """See the port."""
        with translated():
            CallersNotedItem(keys.CALLERS, keys.CALLERS).update(
                actions=[
                    CallersNotedItem.kind.set(CallersNotedItem),
                    CallersNotedItem.through.set(hour_text(hour)),
                ]
            )

    def note_callers(self, seen: Sequence[CallerSeen]) -> None:
        """See the port."""
        for caller in seen:
            _note(caller)

    def callers(self) -> Sequence[CallerSeen]:
        """See the port."""
        with translated():
            items = CallerItem.query(keys.CALLERS, CallerItem.sk.startswith(keys.client("")), consistent_read=True)
            return [
                CallerSeen(
                    client_id=item.client_id,
                    organisation=item.organisation,
                    first=codec.instant(item.first),
                    last=codec.instant(item.last),
                )
                for item in items
            ]


def _note(caller: CallerSeen) -> None:
    item = CallerItem(keys.CALLERS, keys.client(caller.client_id))
    first, last = codec.text_of(caller.first), codec.text_of(caller.last)
    try:
        with translated():
            item.update(
                actions=[
                    CallerItem.kind.set(CallerItem),
                    CallerItem.client_id.set(caller.client_id),
                    CallerItem.organisation.set(caller.organisation),
                    CallerItem.first.set(CallerItem.first | first),
                    CallerItem.last.set(last),
                ],
                condition=CallerItem.last.does_not_exist() | (CallerItem.last < last),
            )
    except Conflict:  # it has called since, or this was noted before
        with suppress(Conflict), translated():
            item.update(actions=[CallerItem.first.set(first)], condition=CallerItem.first > first)


def _dependent(item: DependentItem) -> Dependent:
    return Dependent(
        dependent_id=item.dependent_id,
        name=item.name,
        owner=item.owner,
        contact=item.contact,
        calls=frozenset(item.calls),
        client_ids=frozenset(item.client_ids),
        readiness=Readiness(item.readiness),
        acknowledgement=_acknowledgement(item.acknowledgement) if item.acknowledgement else None,
        informed=_informed(item.informed) if item.informed else None,
        tenure=int(item.tenure),
        ended_at=codec.instant(item.ended_at) if item.ended_at else None,
        version=int(item.version),
    )


def _item(dependent: Dependent) -> DependentItem:
    acknowledgement, informed = dependent.acknowledgement, dependent.informed
    return DependentItem(
        keys.DEPENDENTS,
        keys.dependent(dependent.dependent_id),
        dependent_id=dependent.dependent_id,
        name=dependent.name,
        owner=dependent.owner,
        contact=dependent.contact,
        calls=sorted(dependent.calls),
        client_ids=sorted(dependent.client_ids),
        readiness=dependent.readiness,
        acknowledgement=_acknowledgement_to(acknowledgement) if acknowledgement else None,
        informed=_informed_to(informed) if informed else None,
        tenure=dependent.tenure,
        ended_at=codec.text_of(dependent.ended_at) if dependent.ended_at else None,
        version=dependent.version,
    )


def _acknowledgement_to(acknowledgement: Acknowledgement) -> dict[str, Any]:
    ready_by = acknowledgement.ready_by
    return {
        "closes_at": codec.text_of(acknowledgement.closes_at),
        "at": codec.text_of(acknowledgement.at),
        "readiness": acknowledgement.readiness,
        "ready_by": ready_by.isoformat() if ready_by else None,
        "number": acknowledgement.number,
    }


def _acknowledgement(kept: Mapping[str, Any]) -> Acknowledgement:
    return Acknowledgement(
        closes_at=codec.instant(kept["closes_at"]),
        at=codec.instant(kept["at"]),
        readiness=Readiness(kept["readiness"]),
        ready_by=date.fromisoformat(kept["ready_by"]) if kept["ready_by"] else None,
        number=kept["number"],
    )


def _informed_to(informed: Informed) -> dict[str, Any]:
    return {
        "tenure": informed.tenure,
        "announced_at": codec.text_of(informed.announced_at),
        "closes_at": codec.text_of(informed.closes_at),
        "days": informed.days,
        "number": informed.number,
    }


def _informed(kept: Mapping[str, Any]) -> Informed:
    return Informed(
        tenure=kept["tenure"],
        announced_at=codec.instant(kept["announced_at"]),
        closes_at=codec.instant(kept["closes_at"]),
        days=kept["days"],
        number=kept["number"],
    )
