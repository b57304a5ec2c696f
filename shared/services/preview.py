"""What would registering this do? Told without registering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.access import AccessRecord, Answered
from shared.domain.errors import NoLongerKept, NotPermitted, VersionMismatch
from shared.domain.matching import would_help
from shared.domain.preview import LEGAL_BASIS, PURPOSE, Preview, Would
from shared.domain.quality import quality_of
from shared.services.look_up import refusal_code

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.directory import Caller
    from shared.domain.involvement import Registration
    from shared.domain.ports import AccessLog
    from shared.services.register import Plan, RegisterInvolvement


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRegistration:
    """The use case, and what it works with."""

    registering: RegisterInvolvement
    access_log: AccessLog

    def __call__(
        self,
        registration: Registration,
        *,
        caller: Caller,
        access_id: str,
        request_id: str,
        if_match: int | None = None,
    ) -> Preview:
        """Decides as a registration would, and writes nothing but its access record. Nothing is told without that.

        Raises NotPermitted, NoLongerKept and VersionMismatch (recorded as refused), RegisterClosed,
        AccessNotRecorded and Unavailable.
        """
        asked_at = self.registering.gate.open_at()
        record = _Record(caller, access_id, request_id, asked_at)
        try:
            plan = self.registering.plan(registration, caller=caller, now=asked_at, if_match=if_match)
        except (NotPermitted, NoLongerKept, VersionMismatch) as refusal:
            self.access_log.append(record(Answered.REFUSED, refusal_code(refusal), None))
            raise
        finding = plan.finding
        child_id = None if plan.child_is_new else plan.child_id
        self.access_log.append(record(Answered.ANSWERED, finding.outcome, child_id))
        self.registering.gate.open_at()
        return Preview(
            outcome=finding.outcome,
            would=_would(plan),
            would_help=would_help(registration.child, finding.outcome),
            data=quality_of(registration.child, asked_at.date()),
        )


def _would(plan: Plan) -> Would:
    if plan.changes_nothing:
        return Would.CHANGE_NOTHING
    if plan.child_is_new:
        return Would.MAKE_NEW_CHILD_FOR_REVIEW if plan.close_calls else Would.MAKE_NEW_CHILD
    if plan.held and plan.held.child_id == plan.child_id:
        return Would.REPLACE
    return Would.JOIN_KNOWN_CHILD


@dataclass(frozen=True, slots=True)
class _Record:
    """An access record but for how the question ended. The involvement's practitioner is not who asks."""

    caller: Caller
    access_id: str
    request_id: str
    at: datetime

    def __call__(self, answered: Answered, outcome: str, child_id: str | None) -> AccessRecord:
        return AccessRecord(
            access_id=self.access_id,
            at=self.at,
            request_id=self.request_id,
            organisation=self.caller.organisation.code,
            client_id=self.caller.client_id,
            answered=answered,
            outcome=outcome,
            shown="nothing",
            purpose=PURPOSE,
            legal_basis=LEGAL_BASIS,
            child_id=child_id,
        )
