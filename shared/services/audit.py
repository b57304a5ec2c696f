"""Who has looked at a child? For the auditors of the child's authority; and what they have to look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown
from shared.domain.accesses import AUDIT, AccessPage, for_auditor
from shared.domain.directory import Capability
from shared.domain.errors import ChildNotFound, NotPermitted, refusal_code

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.accesses import AccessReading
    from shared.domain.alerts import AlertPage
    from shared.domain.directory import Caller
    from shared.domain.held import HeldChild
    from shared.domain.ports import AccessLog, Alerts, Register, Together
    from shared.services.gate import Gate

READ = "accesses_read"
ALERTS_READ = "alerts_read"
"""What the access record says was done."""


@dataclass(frozen=True, slots=True)
class Accesses:
    """Who has looked at the child, and as whom it is known now."""

    child_id: str
    page: AccessPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The use cases of auditors, and their ports. Each look at the log is itself recorded before it is answered."""

    register: Register
    reading: AccessReading
    alerts: Alerts
    access_log: AccessLog
    together: Together
    gate: Gate

    def accesses(
        self,
        child_id: str,
        after: str | None,
        limit: int,
        *,
        caller: Caller,
        practitioner_id: str,
        access_id: str,
        request_id: str,
    ) -> Accesses:
        """Every question about a child that was answered or refused, the latest first.

        Raises NotPermitted and ChildNotFound, both recorded as refused, the latter for a child that is not this
        authority's as for one that is not there; RegisterClosed, AccessNotRecorded and Unavailable.
        """
        now = self.gate.open_at()
        record = _record(caller, practitioner_id, access_id, request_id, now)
        try:
            disclosure.require_capability(caller, Capability.AUDIT)
            held = self._own(child_id, caller, now)
        except (NotPermitted, ChildNotFound) as refusal:
            self.access_log.append(replace(record, answered=Answered.REFUSED, outcome=refusal_code(refusal)))
            raise
        looked = replace(record, outcome=READ, shown=Shown.ACCESSES, child_id=held.child_id)
        known_as = sorted({child_id, held.child_id, *held.formerly})
        _, page = self.together(
            lambda: self.access_log.append(looked),
            lambda: self.reading.of_child(known_as, after, limit),
        )
        self.gate.open_at()
        return Accesses(held.child_id, AccessPage([for_auditor(record, caller) for record in page.records], page.next))

    def alerts_of(
        self,
        after: str | None,
        limit: int,
        *,
        caller: Caller,
        practitioner_id: str,
        access_id: str,
        request_id: str,
    ) -> AlertPage:
        """What this organisation has to look at, the latest first.

        Raises NotPermitted (recorded as refused), RegisterClosed, AccessNotRecorded and Unavailable.
        """
        record = _record(caller, practitioner_id, access_id, request_id, self.gate.open_at())
        try:
            disclosure.require_capability(caller, Capability.AUDIT)
        except NotPermitted as refusal:
            self.access_log.append(replace(record, answered=Answered.REFUSED, outcome=refusal_code(refusal)))
            raise
        _, page = self.together(
            lambda: self.access_log.append(replace(record, outcome=ALERTS_READ, shown=Shown.ALERTS)),
            lambda: self.alerts.of(caller.organisation.code, after, limit),
        )
        self.gate.open_at()
        return page

    def _own(self, child_id: str, caller: Caller, now: datetime) -> HeldChild:
        held = self.register.held_by_id(child_id, now)
        if held is None:
            raise ChildNotFound
        disclosure.require_authority(caller, held.involvements, held.shield, now)
        return held


def _record(caller: Caller, practitioner_id: str, access_id: str, request_id: str, now: datetime) -> AccessRecord:
    """An auditor's, but for how it ended."""
    purpose, legal_basis = AUDIT
    return AccessRecord(
        access_id=access_id,
        at=now,
        request_id=request_id,
        organisation=caller.organisation.code,
        client_id=caller.client_id,
        answered=Answered.ANSWERED,
        outcome="",
        shown=Shown.NOTHING,
        practitioner_id=practitioner_id,
        purpose=purpose,
        legal_basis=legal_basis,
        policy=disclosure.policy_of(caller),
    )
