"""What operators do with the Directory: enrol organisations, issue, reset and return their credentials.

From closure on nobody is let in any more: what would do so is refused. What was let in is still ended and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shared.domain.directory import OPENED_AT_FIRST, Credential, CredentialState
from shared.domain.errors import (
    AlreadyExists,
    CredentialEnded,
    CredentialNotFound,
    MoreThanPermitted,
    NothingPermitted,
    OrganisationNotFound,
    RegisterClosed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.domain.directory import Capability, Organisation
    from shared.domain.ports import CredentialIssuer, DirectoryKeeper
    from shared.services.gate import Gate


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential. The secret is shown this once and kept nowhere."""

    credential: Credential
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """The use cases and their ports."""

    keeper: DirectoryKeeper
    issuer: CredentialIssuer
    gate: Gate

    def enrol(self, organisation: Organisation) -> Organisation:
        """Enrolling twice alike is enrolling once. Raises AlreadyExists for one that is enrolled otherwise.

        Raises RegisterClosed.
        """
        self.gate.open_at()
        try:
            self.keeper.enrol(organisation)
        except AlreadyExists:
            if self.keeper.organisation(organisation.code) != organisation:
                raise
        return organisation

    def amend(self, code: str, changed: Organisation) -> Organisation:
        """Replaces what the organisation is called, may do and covers.

        Raises OrganisationNotFound, Conflict and RegisterClosed.
        """
        self.gate.open_at()
        before = self._organisation(code)
        amended = replace(
            changed,
            code=code,
            suspended=before.suspended,
            webhook=before.webhook,
            coverage=replace(changed.coverage, current_as_of=before.coverage.current_as_of),
            version=before.version + 1,
        )
        self.keeper.amend(amended)
        return amended

    def suspend(self, code: str, *, suspended: bool) -> Organisation:
        """Ends, or gives back, all that the organisation may do, within 60 seconds.

        Raises OrganisationNotFound, and RegisterClosed where something would be given back.
        """
        if not suspended:
            self.gate.open_at()
        before = self._organisation(code)
        changed = replace(before, suspended=suspended, version=before.version + 1)
        self.keeper.amend(changed)
        return changed

    def organisations(self) -> Sequence[Organisation]:
        """Every organisation."""
        return self.keeper.organisations()

    def issue(self, code: str, label: str, capabilities: frozenset[Capability] | None = None) -> Issued:
        """A credential for one client system of the organisation: for all that the organisation may do now, or a part.

        Raises OrganisationNotFound, NothingPermitted for one that would open nothing, MoreThanPermitted, and RegisterClosed.

        The client is made first: should the Directory not take it in, it exists but may do nothing.
        """
        issued_at = self.gate.open_at()
        organisation = self._organisation(code)
        permitted = organisation.permissions.capabilities
        opens = permitted if capabilities is None else capabilities
        if not opens:
            raise NothingPermitted
        if not opens <= permitted:
            raise MoreThanPermitted
        client_id, secret = self.issuer.issue(f"{code} {label}", sorted(opens))
        credential = Credential(
            client_id=client_id,
            organisation=code,
            label=label,
            state=CredentialState.ISSUED,
            issued_at=issued_at,
            capabilities=opens,
        )
        self.keeper.add_credential(credential)
        return Issued(credential, secret)

    def reset(self, code: str, client_id: str) -> Issued | Credential:
        """A new credential in place of one that may be known to others; the old one ends at once, whatever follows.

        It is for what the old one opened, as far as the organisation may still do it. From closure on there is no new
        one: the old one as it ended is what is returned. Raises OrganisationNotFound, CredentialNotFound, CredentialEnded
        for one that was reset or returned before, and NothingPermitted if nothing is left to open.
        """
        before = self._credential(code, client_id)
        if not before.is_outstanding:
            raise CredentialEnded
        ended = self._end(before, CredentialState.RESET)
        permitted = self._organisation(code).permissions.capabilities
        opened = OPENED_AT_FIRST if before.capabilities is None else before.capabilities
        try:
            return self.issue(code, before.label, opened & permitted)
        except RegisterClosed:
            return ended

    def returned(self, code: str, client_id: str) -> Credential:
        """The organisation has handed this credential back: it ends, and is outstanding no more."""
        return self._end(self._credential(code, client_id), CredentialState.RETURNED)

    def credentials(self, code: str) -> Sequence[Credential]:
        """All credentials of an organisation, whatever their state. Raises OrganisationNotFound."""
        return self.keeper.credentials(self._organisation(code).code)

    def outstanding(self) -> Sequence[Credential]:
        """Every credential that its organisation still has to return, oldest first."""
        held = (credential for o in self.keeper.organisations() for credential in self.keeper.credentials(o.code))
        return sorted((c for c in held if c.is_outstanding), key=lambda c: (c.issued_at, c.client_id))

    def _organisation(self, code: str) -> Organisation:
        organisation = self.keeper.organisation(code)
        if organisation is None:
            raise OrganisationNotFound
        return organisation

    def _credential(self, code: str, client_id: str) -> Credential:
        for credential in self.credentials(code):
            if credential.client_id == client_id:
                return credential
        raise CredentialNotFound

    def _end(self, credential: Credential, state: CredentialState) -> Credential:
        ended = replace(credential, state=state, ended_at=credential.ended_at or self.gate.clock())
        self.keeper.end_credential(ended)
        self.issuer.revoke(credential.client_id)
        return ended
