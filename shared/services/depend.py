"""Who relies on the register: operators write it down, and its owners say that they know of a closure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown
from shared.domain.conflicts import Conflict
from shared.domain.dependents import Acknowledgement, Dependent, Known
from shared.domain.directory import Capability
from shared.domain.errors import (
    AlreadyExists,
    CredentialNotFound,
    DependentNotFound,
    NothingToAcknowledge,
    NotPermitted,
    OrganisationNotFound,
    Unavailable,
    refusal_code,
)
from shared.domain.readers import may_be_told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from shared.domain.access import Practitioner
    from shared.domain.dependents import Callers, Dependents, Readiness
    from shared.domain.directory import Caller
    from shared.domain.ports import AccessLog, DirectoryKeeper
    from shared.services.gate import Gate

ACKNOWLEDGED = "closure_acknowledged"
"""What the access record says was done."""
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Depend:
    """The use cases of operators, and their ports."""

    keeper: DirectoryKeeper
    dependents: Dependents
    callers: Callers
    gate: Gate

    def register(self, dependent: Dependent, readiness: Readiness | None = None) -> Dependent:
        """Writes it down. The same again is once; one that had ended is taken up again, and its owner told anew.

        Raises AlreadyExists for one that is registered otherwise, also if it is not as far as is said (if that is given):
        to amend it is another instruction. OrganisationNotFound, CredentialNotFound for a client that is not its owner's,
        Conflict and RegisterClosed.
        """
        self.gate.open_at()
        self._check(dependent)
        dependent = replace(dependent, readiness=readiness or dependent.readiness)
        try:
            self.dependents.add(dependent)
        except AlreadyExists:
            before = self.dependents.dependent(dependent.dependent_id)
            if before is None or (before.ended_at is None and not _says_the_same(dependent, readiness, before)):
                raise
            if before.ended_at is None:
                return before
            dependent = replace(dependent, tenure=before.tenure + 1, version=before.version + 1)
            self.dependents.replace(dependent)
        return dependent

    def amend(self, changed: Dependent, readiness: Readiness | None) -> Dependent:
        """Replaces what is said of it; how far it is only if that is given. What another owner acknowledged is no more.

        Raises DependentNotFound, OrganisationNotFound, CredentialNotFound, Conflict and RegisterClosed.
        """
        self.gate.open_at()
        before = self._dependent(changed.dependent_id)
        self._check(changed)
        is_anothers = changed.owner != before.owner
        amended = replace(
            changed,
            readiness=readiness or before.readiness,
            acknowledgement=None if is_anothers else before.acknowledgement,
            tenure=before.tenure + 1 if is_anothers else before.tenure,
            version=before.version + 1,
        )
        self.dependents.replace(amended)
        return amended

    def end(self, dependent_id: str) -> Dependent:
        """It does not rely on the register any more. Raises DependentNotFound and Conflict."""
        before = self._dependent(dependent_id)
        ended = replace(before, ended_at=self.gate.clock(), version=before.version + 1)
        self.dependents.replace(ended)
        return ended

    def known(self) -> Known:
        """All that rely on it, and all that call it without being written down, with credentials that have not ended."""
        known = Known.of(self.dependents.all(), self.callers.callers())
        organisations = {caller.organisation for caller in known.unregistered}
        return known.without(
            {c.client_id for code in organisations for c in self.keeper.credentials(code) if not c.is_outstanding}
        )

    def unreachable(self, known: Known) -> frozenset[str]:
        """The owners that get no notices: suspended, or not permitted to. Somebody has to tell them otherwise."""
        reached = {o.code for o in self.keeper.organisations() if may_be_told(o)}
        return frozenset(dependent.owner for dependent in known.dependents) - reached

    def _check(self, dependent: Dependent) -> None:
        if self.keeper.organisation(dependent.owner) is None:
            raise OrganisationNotFound
        if not dependent.client_ids <= {c.client_id for c in self.keeper.credentials(dependent.owner)}:
            raise CredentialNotFound

    def _dependent(self, dependent_id: str) -> Dependent:
        dependent = self.dependents.dependent(dependent_id)
        if dependent is None or dependent.ended_at is not None:
            raise DependentNotFound
        return dependent


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeClosure:
    """The use case of who answers for a dependent system, and its ports."""

    dependents: Dependents
    access_log: AccessLog
    gate: Gate
    pause: Callable[[int], None]

    def __call__(
        self,
        dependent_id: str,
        readiness: Readiness,
        ready_by: date | None,
        practitioner: Practitioner,
        *,
        caller: Caller,
        access_id: str,
        request_id: str,
    ) -> Dependent:
        """Notes that its owner knows of the closure that is set now, and how far it is. The same again changes nothing.

        Who said so is in the access record, which is written first. Raises NotPermitted, DependentNotFound, also for
        another organisation's, and NothingToAcknowledge while no closure is set, all recorded as refused; RegisterClosed,
        AccessNotRecorded and Unavailable.
        """
        now = self.gate.open_at()
        record = _record(caller, practitioner, access_id, request_id, now)
        try:
            disclosure.require_capability(caller, Capability.NOTICES)
            self._own(dependent_id, caller)
            closes_at = self._closes_at()
        except (NotPermitted, DependentNotFound, NothingToAcknowledge) as refusal:
            self.access_log.append(replace(record, answered=Answered.REFUSED, outcome=refusal_code(refusal)))
            raise
        self.access_log.append(record)
        said = Acknowledgement(closes_at=closes_at, at=now, readiness=readiness, ready_by=ready_by)
        acknowledged = self._write(dependent_id, said, caller)
        self.gate.open_at()
        return acknowledged

    def _closes_at(self) -> datetime:
        closes_at = self.gate.lifecycle.closes_at
        if closes_at is None:
            raise NothingToAcknowledge
        return closes_at

    def _write(self, dependent_id: str, said: Acknowledgement, caller: Caller) -> Dependent:
        for attempt in range(_TRIES):
            before = self._own(dependent_id, caller)
            said = replace(said, number=before.number_of(said.closes_at))
            held = before.acknowledgement
            if held and replace(said, at=held.at) == held and before.readiness is said.readiness:
                return before
            acknowledged = replace(before, readiness=said.readiness, acknowledgement=said, version=before.version + 1)
            try:
                self.dependents.replace(acknowledged)
            except Conflict:
                self.pause(attempt)
                continue
            return acknowledged
        raise Unavailable(dependent_id)

    def _own(self, dependent_id: str, caller: Caller) -> Dependent:
        dependent = self.dependents.dependent(dependent_id)
        if dependent is None or dependent.ended_at is not None or dependent.owner != caller.organisation.code:
            raise DependentNotFound
        return dependent


def _says_the_same(dependent: Dependent, readiness: Readiness | None, before: Dependent) -> bool:
    """Whether registering it again would change nothing: what was acknowledged since does not count."""
    return before == replace(
        dependent,
        readiness=readiness or before.readiness,
        acknowledgement=before.acknowledgement,
        informed=before.informed,
        tenure=before.tenure,
        version=before.version,
    )


def _record(caller: Caller, practitioner: Practitioner, access_id: str, request_id: str, at: datetime) -> AccessRecord:
    return AccessRecord(
        access_id=access_id,
        at=at,
        request_id=request_id,
        organisation=caller.organisation.code,
        client_id=caller.client_id,
        answered=Answered.ANSWERED,
        outcome=ACKNOWLEDGED,
        shown=Shown.NOTHING,
        practitioner_id=practitioner.practitioner_id,
        practitioner_role=practitioner.role,
        policy=disclosure.policy_of(caller),
    )
