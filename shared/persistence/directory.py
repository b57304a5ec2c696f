"""The Directory in DynamoDB: as callers' requests read it (at most 60 seconds old), and as operators change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.access import Purpose, Role
from shared.domain.directory import (
    Caller,
    Capability,
    Coverage,
    Credential,
    CredentialState,
    Organisation,
    Permissions,
)
from shared.domain.errors import AlreadyExists, CredentialNotFound
from shared.domain.involvement import ServiceType
from shared.domain.ports import Conflict
from shared.domain.webhooks import Webhook
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import ClientItem, CredentialItem, OrganisationItem

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
            self._organisations = (now, {o.code: o for o in _all_organisations()})
        return self._organisations[1]


class DynamoDirectoryKeeper:
    """Implements `ports.DirectoryKeeper`."""

    def organisation(self, code: str) -> Organisation | None:
        """See the port."""
        with translated():
            items = list(
                OrganisationItem.query(
                    keys.ORGANISATIONS, OrganisationItem.sk == keys.organisation(code), consistent_read=True
                )
            )
        return _organisation(items[0]) if items else None

    def organisations(self) -> Sequence[Organisation]:
        """See the port."""
        return _all_organisations()

    def enrol(self, organisation: Organisation) -> None:
        """See the port."""
        try:
            with translated():
                _item(organisation).save(condition=OrganisationItem.pk.does_not_exist())
        except Conflict as error:
            raise AlreadyExists from error

    def amend(self, organisation: Organisation) -> None:
        """See the port."""
        item = _item(organisation)
        changed = ("name", "permissions", "districts", "covered_service_types", "area", "suspended", "version")
        # not how current its data are: a feed may be telling that at this moment
        actions = [getattr(OrganisationItem, name).set(getattr(item, name)) for name in changed]
        if item.webhook is not None:  # once it had one it has one, cleared or not
            actions.append(OrganisationItem.webhook.set(item.webhook))
        with translated():
            item.update(
                actions=actions,
                condition=OrganisationItem.version == organisation.version - 1,
            )

    def feed_received(self, code: str, current_as_of: date) -> None:
        """See the port."""
        item = OrganisationItem(keys.ORGANISATIONS, keys.organisation(code))
        day = current_as_of.isoformat()
        older = OrganisationItem.current_as_of.does_not_exist() | (OrganisationItem.current_as_of < day)
        try:
            with translated():
                item.update(
                    actions=[OrganisationItem.current_as_of.set(day)], condition=OrganisationItem.pk.exists() & older
                )
        except Conflict:
            return  # a later extract has been received before: what is known is newer

    def credentials(self, code: str) -> Sequence[Credential]:
        """See the port."""
        with translated():
            return [_credential(item) for item in CredentialItem.query(keys.credentials(code), consistent_read=True)]

    def add_credential(self, credential: Credential) -> None:
        """See the port. The client works from here on, not before."""
        with translated():
            _credential_item(credential).save()
            _client_item(credential).save()

    def end_credential(self, credential: Credential) -> None:
        """See the port. The client stops working first, so that a failure in between leaves it outstanding."""
        try:
            with translated():
                _client_item(credential).save()
                _credential_item(credential).save(condition=CredentialItem.pk.exists())
        except Conflict as error:
            raise CredentialNotFound from error


def _organisation_of(client_id: str) -> str | None:
    with translated():
        items = list(ClientItem.query(keys.client(client_id), consistent_read=True))
    valid = [item for item in items if item.state == CredentialState.ISSUED]
    return valid[0].organisation if valid else None


def _all_organisations() -> list[Organisation]:
    with translated():
        return [_organisation(i) for i in OrganisationItem.query(keys.ORGANISATIONS, consistent_read=True)]


def _organisation(item: OrganisationItem) -> Organisation:
    permissions = item.permissions
    return Organisation(
        code=item.code,
        name=item.name,
        permissions=Permissions(
            capabilities=_known(Capability, permissions["capabilities"]),
            purposes=_known(Purpose, permissions["purposes"]),
            roles=_known(Role, permissions["roles"]),
            service_types=_known(ServiceType, permissions["service_types"]),
            sees=_known(ServiceType, permissions.get("sees", ())),
        ),
        coverage=Coverage(
            districts=frozenset(item.districts),
            service_types=_known(ServiceType, item.covered_service_types),
            current_as_of=date.fromisoformat(item.current_as_of) if item.current_as_of else None,
        ),
        area=frozenset(item.area or ()),
        suspended=bool(item.suspended),
        webhook=_webhook(item.webhook) if item.webhook else None,
        version=int(item.version),
    )


def _known[V: (Capability, Purpose, Role, ServiceType)](kind: type[V], values: Sequence[str]) -> frozenset[V]:
    """A code that this version does not know permits nothing."""
    return frozenset(member for member in kind if member.value in values)


def _item(organisation: Organisation) -> OrganisationItem:
    permissions, coverage = organisation.permissions, organisation.coverage
    return OrganisationItem(
        keys.ORGANISATIONS,
        keys.organisation(organisation.code),
        code=organisation.code,
        name=organisation.name,
        permissions={
            "capabilities": sorted(permissions.capabilities),
            "purposes": sorted(permissions.purposes),
            "roles": sorted(permissions.roles),
            "service_types": sorted(permissions.service_types),
            "sees": sorted(permissions.sees),
        },
        districts=sorted(coverage.districts),
        covered_service_types=sorted(coverage.service_types),
        area=sorted(organisation.area),
        current_as_of=coverage.current_as_of.isoformat() if coverage.current_as_of else None,
        suspended=organisation.suspended,
        webhook=_webhook_item(organisation.webhook) if organisation.webhook else None,
        version=organisation.version,
    )


def _webhook(kept: Mapping[str, Any]) -> Webhook:
    rotated_at = kept.get("rotated_at")
    return Webhook(
        url=kept.get("url"),
        generation=kept["generation"],
        rotated_at=codec.instant(rotated_at) if rotated_at else None,
    )


def _webhook_item(webhook: Webhook) -> dict[str, Any]:
    rotated_at = codec.text_of(webhook.rotated_at) if webhook.rotated_at else None
    return {"url": webhook.url, "generation": webhook.generation, "rotated_at": rotated_at}


def _credential(item: CredentialItem) -> Credential:
    return Credential(
        client_id=item.client_id,
        organisation=item.organisation,
        label=item.label,
        state=CredentialState(item.state),
        issued_at=codec.instant(item.issued_at),
        ended_at=codec.instant(item.ended_at) if item.ended_at else None,
        capabilities=None if item.capabilities is None else _known(Capability, item.capabilities),
    )


def _credential_item(credential: Credential) -> CredentialItem:
    return CredentialItem(
        keys.credentials(credential.organisation),
        keys.client(credential.client_id),
        client_id=credential.client_id,
        organisation=credential.organisation,
        label=credential.label,
        state=credential.state,
        issued_at=codec.text_of(credential.issued_at),
        ended_at=codec.text_of(credential.ended_at) if credential.ended_at else None,
        capabilities=None if credential.capabilities is None else sorted(credential.capabilities),
    )


def _client_item(credential: Credential) -> ClientItem:
    return ClientItem(
        keys.client(credential.client_id),
        keys.CLIENT,
        organisation=credential.organisation,
        state=credential.state,
    )
