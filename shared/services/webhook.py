"""What operators do with an organisation's webhook: set where its notices are sent, give it a new secret, clear it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shared.domain.directory import Capability, Webhook
from shared.domain.errors import NotTold, OrganisationNotFound, WebhookNotFound
from shared.domain.webhooks import check_url, secret_of, secret_text

if TYPE_CHECKING:
    from shared.domain.directory import Organisation
    from shared.domain.ports import DirectoryKeeper
    from shared.domain.pseudonym import Pseudonyms
    from shared.services.gate import Gate


@dataclass(frozen=True, slots=True)
class WithSecret:
    """A webhook as it is now, with the secret that its receiver verifies with. The secret is kept nowhere."""

    webhook: Webhook
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepWebhooks:
    """The use cases and their ports. All raise OrganisationNotFound; those that change something, Conflict.

    `anywhere` is for one machine (`webhooks.check_url`).
    """

    keeper: DirectoryKeeper
    pseudonyms: Pseudonyms
    gate: Gate
    anywhere: bool = False

    def webhook(self, code: str) -> Webhook | None:
        """None if the organisation never had one."""
        return self._organisation(code).webhook

    def set(self, code: str, url: str) -> WithSecret:
        """From now on notices go there. The same address again changes nothing, and tells the same secret.

        Another address has a secret of its own, so that whoever answered at the old one cannot speak for us at the new.
        Raises AddressRefused, NotTold and RegisterClosed.
        """
        now = self.gate.open_at()
        check_url(url, anywhere=self.anywhere)
        organisation = self._organisation(code)
        if Capability.NOTICES not in organisation.permissions.capabilities:
            raise NotTold
        before = organisation.webhook
        if before is None:
            return self._changed(organisation, Webhook(url=url))
        if before.url == url:
            return self._told(organisation, before)
        # what was cleared may have been cleared because its secret was known: that one does not sign any more
        replaced_at = now if before.url else None
        return self._changed(organisation, Webhook(url=url, generation=before.generation + 1, rotated_at=replaced_at))

    def rotate(self, code: str) -> WithSecret:
        """A new secret; the one before signs beside it for 24 hours. Raises WebhookNotFound and RegisterClosed."""
        now = self.gate.open_at()
        organisation = self._organisation(code)
        before = organisation.webhook
        if before is None or before.url is None:
            raise WebhookNotFound
        return self._changed(organisation, replace(before, generation=before.generation + 1, rotated_at=now))

    def clear(self, code: str) -> Webhook | None:
        """Within 60 seconds nothing is sent any more; notices are still there to be read. Twice is once."""
        organisation = self._organisation(code)
        before = organisation.webhook
        if before is None or before.url is None:
            return before
        return self._changed(organisation, replace(before, url=None, rotated_at=None)).webhook

    def _organisation(self, code: str) -> Organisation:
        organisation = self.keeper.organisation(code)
        if organisation is None:
            raise OrganisationNotFound
        return organisation

    def _changed(self, organisation: Organisation, webhook: Webhook) -> WithSecret:
        self.keeper.amend(replace(organisation, webhook=webhook, version=organisation.version + 1))
        return self._told(organisation, webhook)

    def _told(self, organisation: Organisation, webhook: Webhook) -> WithSecret:
        return WithSecret(webhook, secret_text(secret_of(self.pseudonyms, organisation.code, webhook.generation)))
