"""The Directory in DynamoDB, as operators change it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from shared.domain.conflicts import Conflict
from shared.domain.directory import (
    Capability,
    Credential,
    CredentialState,
    Organisation,
    Webhook,
)
from shared.domain.errors import AlreadyExists, CredentialNotFound
from shared.persistence import codec, keys
from shared.persistence.failures import translated
from shared.persistence.models import ClientItem, CredentialItem, OrganisationItem

if TYPE_CHECKING:
    from collections.abc import Sequence

from shared.persistence.directory import all_organisations, known_codes, organisation_from


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
        return organisation_from(items[0]) if items else None

    def organisations(self) -> Sequence[Organisation]:
        """See the port."""
        return all_organisations()

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
        capabilities=None if item.capabilities is None else known_codes(Capability, item.capabilities),
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
