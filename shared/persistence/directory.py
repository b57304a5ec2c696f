"""The Directory in DynamoDB, as callers' requests read it: at most 60 seconds old."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.access import Purpose, Role
from shared.domain.directory import (
    Caller,
    Capability,
    Coverage,
    CredentialState,
    Organisation,
    Permissions,
    Webhook,
)
from shared.domain.involvement import ServiceType
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import ClientItem, OrganisationItem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.domain.ports import Clock


FRESH_FOR = timedelta(seconds=55)
"""A change of the Directory takes effect everywhere within 60 seconds: this, and the time that a request takes."""
_MOST_CLIENTS = 10_000


@dataclass(slots=True)
class CachedDirectory:
    """Implements `ports.Directory`."""

    clock: Clock
    _organisations: tuple[datetime, dict[str, Organisation]] | None = field(default=None, init=False)
    _clients: dict[str, tuple[datetime, str | None]] = field(default_factory=dict, init=False)

    def caller(self, client_id: str) -> Caller | None:
        """See the port."""
        now = self.clock()
        held = self._clients.get(client_id)
        if held is None or now - held[0] >= FRESH_FOR:
            if len(self._clients) >= _MOST_CLIENTS:
                self._clients.clear()
            held = self._clients[client_id] = (now, _organisation_of(client_id))
        code = held[1]
        organisation = self._by_code().get(code) if code else None
        return Caller(client_id, organisation) if organisation else None

    def organisations(self) -> Sequence[Organisation]:
        """See the port."""
        return tuple(self._by_code().values())

    def _by_code(self) -> dict[str, Organisation]:
        now = self.clock()
        if self._organisations is None or now - self._organisations[0] >= FRESH_FOR:
            self._organisations = (now, {o.code: o for o in all_organisations()})
        return self._organisations[1]


def _organisation_of(client_id: str) -> str | None:
    with translated():
        items = list(ClientItem.query(keys.client(client_id), consistent_read=True))
    valid = [item for item in items if item.state == CredentialState.ISSUED]
    return valid[0].organisation if valid else None


def all_organisations() -> list[Organisation]:
    """As they are now. Raises Unavailable."""
    with translated():
        return [organisation_from(i) for i in OrganisationItem.query(keys.ORGANISATIONS, consistent_read=True)]


def organisation_from(item: OrganisationItem) -> Organisation:
    """As the item keeps it."""
    permissions = item.permissions
    return Organisation(
        code=item.code,
        name=item.name,
        permissions=Permissions(
            capabilities=known_codes(Capability, permissions["capabilities"]),
            purposes=known_codes(Purpose, permissions["purposes"]),
            roles=known_codes(Role, permissions["roles"]),
            service_types=known_codes(ServiceType, permissions["service_types"]),
            sees=known_codes(ServiceType, permissions.get("sees", ())),
        ),
        coverage=Coverage(
            districts=frozenset(item.districts),
            service_types=known_codes(ServiceType, item.covered_service_types),
            current_as_of=date.fromisoformat(item.current_as_of) if item.current_as_of else None,
        ),
        area=frozenset(item.area or ()),
        suspended=bool(item.suspended),
        webhook=_webhook(item.webhook) if item.webhook else None,
        version=int(item.version),
    )


def known_codes[V: (Capability, Purpose, Role, ServiceType)](kind: type[V], values: Sequence[str]) -> frozenset[V]:
    """A code that this version does not know permits nothing."""
    return frozenset(member for member in kind if member.value in values)


def _webhook(kept: Mapping[str, Any]) -> Webhook:
    rotated_at = kept.get("rotated_at")
    return Webhook(
        url=kept.get("url"),
        generation=kept["generation"],
        rotated_at=codec.instant(rotated_at) if rotated_at else None,
    )
