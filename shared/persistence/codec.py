"""Between what the domain holds and what an item keeps. What is not known takes no room."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from shared.domain.child import ChildDetails, FormerName, Sex
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.involvement import Involvement, Service, ServiceType, Standing
from shared.domain.likeness import Likeness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.persistence.models import InvolvementItem

_READ = {
    "date_of_birth": date.fromisoformat,
    "expected_date": date.fromisoformat,
    "date_of_death": date.fromisoformat,
    "started": date.fromisoformat,
    "ended": date.fromisoformat,
    "last_contact": date.fromisoformat,
    "sex": Sex,
    "service_type": ServiceType,
    "standing": Standing,
}

_LISTS = ("identifiers", "former_names")


def instant(text: str) -> datetime:
    """An aware instant, as `text_of` wrote it."""
    return datetime.fromisoformat(text)


def text_of(at: datetime) -> str:
    """An instant in UTC, to the microsecond; such texts sort by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def likeness_to(likeness: Likeness) -> dict[str, Any]:
    """What a match key or claim keeps."""
    return _known(likeness)


def likeness_from(kept: Mapping[str, Any]) -> Likeness:
    """The reverse of `likeness_to`."""
    return Likeness(**_parsed(kept))


def details_to(details: ChildDetails) -> dict[str, Any]:
    """What an organisation said of a child."""
    kept = {name: value for name, value in _known(details).items() if name not in _LISTS}
    if details.identifiers:
        kept["identifiers"] = [[i.kind, i.value, i.authority] for i in details.identifiers]
    if details.former_names:
        kept["former_names"] = [_known(name) for name in details.former_names]
    return kept


def details_from(kept: Mapping[str, Any]) -> ChildDetails:
    """The reverse of `details_to`."""
    identifiers = tuple(
        Identifier(IdentifierKind(kind), value, authority) for kind, value, authority in kept.get("identifiers", ())
    )
    former_names = tuple(FormerName(**name) for name in kept.get("former_names", ()))
    single = _parsed({name: value for name, value in kept.items() if name not in _LISTS})
    return ChildDetails(**single, identifiers=identifiers, former_names=former_names)


def service_to(service: Service) -> dict[str, Any]:
    """The signpost itself."""
    return {name: value for name, value in _known(service).items() if value is not False}


def service_from(kept: Mapping[str, Any]) -> Service:
    """The reverse of `service_to`."""
    return Service(**_parsed(kept))


def involvement_from(item: InvolvementItem) -> Involvement:
    """An involvement as it is held."""
    return Involvement(
        organisation=item.organisation,
        source_reference=item.source_reference,
        child_id=item.child_id,
        child=details_from(item.child),
        service=service_from(item.service),
        recorded_at=instant(item.recorded_at),
        refreshed_at=instant(item.refreshed_at),
        version=int(item.version),
    )


def _known(value: Any) -> dict[str, Any]:  # any of our dataclasses
    found = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in found if v is not None}


def _parsed(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _READ[name](value) if name in _READ else value for name, value in kept.items()}
