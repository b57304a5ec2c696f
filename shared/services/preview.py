"""What would registering this do? Told without registering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown
from shared.domain.disclosure import Viewer
from shared.domain.errors import AskedTooOften, NoLongerKept, NotPermitted, OutOfCoverage, VersionMismatch, refusal_code
from shared.domain.likeness import likenesses
from shared.domain.matching import decide, would_help
from shared.domain.outcomes import Outcome
from shared.domain.postcode import district
from shared.domain.preview import LEGAL_BASIS, PURPOSE, Preview, Would
from shared.domain.quality import quality_of
from shared.domain.targeting import tells_what_is_held

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.directory import Caller
    from shared.domain.involvement import Registration
    from shared.domain.matching import Candidate, Finding
    from shared.domain.ports import AccessLog, Limits, Together
    from shared.domain.targeting import Decided
    from shared.services.compartments import Compartments, Lying
    from shared.services.cover import Told
    from shared.services.register import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRegistration:
    """The use case, and what it works with."""

    registering: Compartments
    access_log: AccessLog
    limits: Limits
    together: Together

    def __call__(
        self,
        registration: Registration,
        *,
        caller: Caller,
        access_id: str,
        request_id: str,
        if_match: int | None = None,
    ) -> Preview:
        """Decides by what the caller may see, and writes nothing but its access record. Nothing is told without that.

        So it may say that a child would be new where a registration, which decides by all that is held, knows it. Of a
        sensitive service it tells what a lookup would, and what becomes of the caller's own involvement.

        Raises NotPermitted, NoLongerKept, OutOfCoverage, VersionMismatch and AskedTooOften (recorded as refused),
        RegisterClosed, AccessNotRecorded and Unavailable.
        """
        asked_at = self.registering.gate.open_at()
        record = _Record(registration, caller, access_id, request_id, asked_at)
        told = _Told()
        try:
            disclosure.require_registration(caller, registration.service)
            candidates, lying = self._read(registration, caller, asked_at)
            plan = self._plan(registration, lying, candidates, asked_at, caller=caller, if_match=if_match, told=told)
            finding = self._find(registration, candidates)
        except (NotPermitted, NoLongerKept, OutOfCoverage, VersionMismatch, AskedTooOften) as refusal:
            refused = record(Answered.REFUSED, refusal_code(refusal), told.child_id)
            tells = isinstance(refusal, OutOfCoverage) and tells_what_is_held(refusal)
            self.together(
                lambda: self.access_log.append(refused),
                lambda: self.limits.charge(caller.client_id, None, asked_at) if tells else None,
            )
            raise
        answered = record(Answered.ANSWERED, finding.outcome, _of_whom(registration, plan, finding))
        finds_nothing = finding.outcome is Outcome.NO_MATCH
        self.together(
            lambda: self.access_log.append(answered),
            lambda: self.limits.charge(caller.client_id, None, asked_at) if finds_nothing else None,
        )
        self.registering.gate.open_at()
        return Preview(
            outcome=finding.outcome,
            would=_would(registration, lying, plan),
            would_help=would_help(registration.child, finding.outcome),
            data=quality_of(registration.child, asked_at.date()),
        )

    def _read(self, registration: Registration, caller: Caller, now: datetime) -> tuple[list[Candidate], Lying]:
        """What the caller may see of what is known, and where its reference lies; one more question of its client."""
        ordinary = self.registering.ordinary
        (candidates, lying), _ = self.together(
            lambda: self.together(
                lambda: ordinary.register.candidates(registration.child, now),
                lambda: self.registering.lying([registration], caller=caller, now=now),
            ),
            lambda: self.limits.spend(caller.client_id, None, now),
        )
        viewer = Viewer(caller, None, None, now)
        there = disclosure.led_to(viewer, candidates, ordinary.pseudonyms)
        return there, lying[registration.source_reference]

    def _plan(
        self,
        registration: Registration,
        lying: Lying,
        candidates: Sequence[Candidate],
        now: datetime,
        *,
        caller: Caller,
        if_match: int | None,
        told: Told,
    ) -> Plan:
        """As the compartment of its service would; what is known of sensitive services nobody is told."""
        is_sensitive = registration.service.service_type.is_sensitive
        pointer = lying.elsewhere if lying.has_moved else lying.here
        here = self.registering.of(registration)
        known = () if is_sensitive else candidates
        return here.plan(registration, pointer, known, now, if_match, caller=caller, told=told)

    def _find(self, registration: Registration, candidates: Sequence[Candidate]) -> Finding:
        """What a lookup of the same details by this caller would find."""
        ordinary = self.registering.ordinary
        return decide(likenesses(registration.child, ordinary.pseudonyms), candidates, ordinary.thresholds)


def _would(registration: Registration, lying: Lying, plan: Plan) -> Would:
    if lying.has_moved:
        return Would.REPLACE
    if plan.changes_nothing:
        return Would.CHANGE_NOTHING
    if registration.service.service_type.is_sensitive:
        return Would.REPLACE if lying.is_held else Would.MAKE_NEW_CHILD
    if plan.child_is_new:
        return Would.MAKE_NEW_CHILD_FOR_REVIEW if plan.close_calls else Would.MAKE_NEW_CHILD
    if plan.held and plan.held.child_id == plan.child_id:
        return Would.REPLACE
    return Would.JOIN_KNOWN_CHILD


def _of_whom(registration: Registration, plan: Plan, finding: Finding) -> str | None:
    """The child that the caller may know it to be about.

    None for a sensitive service: its authority's auditors read who asked about a child, and would learn of the service.
    """
    if registration.service.service_type.is_sensitive:
        return None
    return finding.child_id if plan.child_is_new else plan.child_id


@dataclass(slots=True)
class _Told:
    """Who asks whether the register is for a child by a preview, which counts and records it itself."""

    child_id: str | None = None

    def ask(self, _registration: Registration, _now: datetime) -> None:
        """See `cover.Told`."""

    def record(self, _registration: Registration, decided: Decided, _now: datetime) -> None:
        """See `cover.Told`."""
        self.child_id = decided.child_id


@dataclass(frozen=True, slots=True)
class _Record:
    """An access record but for how the question ended. The involvement's practitioner is not who asks."""

    registration: Registration
    caller: Caller
    access_id: str
    request_id: str
    at: datetime

    def __call__(self, answered: Answered, outcome: str, child_id: str | None) -> AccessRecord:
        postcode = self.registration.child.postcode
        return AccessRecord(
            access_id=self.access_id,
            at=self.at,
            request_id=self.request_id,
            organisation=self.caller.organisation.code,
            client_id=self.caller.client_id,
            answered=answered,
            outcome=outcome,
            shown=Shown.NOTHING,
            purpose=PURPOSE,
            legal_basis=LEGAL_BASIS,
            child_id=child_id,
            policy=disclosure.policy_of(self.caller),
            asked_district=district(postcode) if postcode else None,
        )
