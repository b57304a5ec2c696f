"""Between what the domain holds and what an item keeps. What is not known takes no room."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from shared.domain.child import ChildDetails, FormerName, Sex
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.involvement import (
    Dispute,
    Disputed,
    Involvement,
    SensitiveBasis,
    Service,
    ServiceType,
    Standing,
)
from shared.domain.likeness import Likeness
from shared.domain.shield import Shield, ShieldReason

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
    "sensitive_basis": SensitiveBasis,
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


def stated_by(item: InvolvementItem) -> tuple[ChildDetails, ServiceType]:
    """What an involvement says of its child, and as which type of service."""
    return details_from(item.child), ServiceType(item.service["service_type"])


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
        disputed=disputed_from(item.disputed),
    )


def disputed_to(disputed: Disputed) -> dict[str, str]:
    """That, and since when, an involvement is disputed."""
    return {"dispute": disputed.dispute, "since": text_of(disputed.since)}


def disputed_from(kept: Mapping[str, str] | None) -> Disputed | None:
    """The reverse of `disputed_to`; None for None."""
    return Disputed(Dispute(kept["dispute"]), instant(kept["since"])) if kept else None


def shield_to(shield: Shield) -> dict[str, Any]:
    """A shield as every item that leads to its child carries it. Equal for equal shields: conditions compare it."""
    return {
        "organisation": shield.organisation,
        "reason": shield.reason,
        "since": text_of(shield.since),
        "until": text_of(shield.until),
        "names": sorted(shield.names),
        **({"inherited": True} if shield.inherited else {}),
    }


def shield_from(kept: Mapping[str, Any] | None) -> Shield | None:
    """The reverse of `shield_to`; None for None."""
    if kept is None:
        return None
    return Shield(
        organisation=kept["organisation"],
        reason=ShieldReason(kept["reason"]),
        since=instant(kept["since"]),
        until=instant(kept["until"]),
        names=frozenset(kept["names"]),
        inherited=kept.get("inherited", False),
    )


def _known(value: Any) -> dict[str, Any]:  # any of our dataclasses
    found = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in found if v is not None}


def _parsed(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _READ[name](value) if name in _READ else value for name, value in kept.items()}
