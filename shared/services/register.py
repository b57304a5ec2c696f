"""This organisation's service is working with this child."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.directory import Capability
from shared.domain.errors import Contended, InvolvementNotFound, VersionMismatch
from shared.domain.involvement import Involvement
from shared.domain.matching import decide, likeness, score
from shared.domain.ports import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.domain.directory import Caller
    from shared.domain.involvement import Registration
    from shared.domain.matching import Likeness, Thresholds
    from shared.domain.ports import Pointer, Register, Survey
    from shared.domain.pseudonym import Pseudonyms
    from shared.services.gate import Gate

_ATTEMPTS = 25
"""Enough for 32 first registrations of one child at the same instant: each round at least one of them lands."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The involvement as it is now held; whether it is new, and whether this request changed anything."""

    involvement: Involvement
    created: bool
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterInvolvement:
    """The use cases of an organisation about its own involvements, and their ports.

    `pause(attempt)` waits between two attempts at a contended child.
    """

    register: Register
    pseudonyms: Pseudonyms
    thresholds: Thresholds
    gate: Gate
    pause: Callable[[int], None]

    def put(self, registration: Registration, *, caller: Caller, if_match: int | None = None) -> Registered:
        """Creates or replaces. The same registration again changes nothing and gives the same answer.

        Raises NotPermitted, VersionMismatch, RegisterClosed, Contended and Unavailable; nothing is written then.
        """
        disclosure.require_capability(caller, Capability.REGISTER)
        disclosure.require_service(caller, registration.service.service_type)
        organisation = caller.organisation.code
        content = content_of(registration, self.pseudonyms)
        for attempt in range(_ATTEMPTS):
            now = self.gate.open_at()
            survey = self.register.survey(organisation, registration, now)
            held = survey.pointer if survey.pointer and survey.pointer.is_live else None
            if held and held.content == content and not survey.doubt_is_over:
                self.gate.open_at()
                return Registered(_involvement(registration, organisation, held), created=False, changed=False)
            if if_match is not None and (held is None or held.version != if_match):
                raise VersionMismatch
            child_id, child_is_new = self._child(registration, survey, held)
            involvement = _involvement(registration, organisation, _Next.after(survey.pointer, child_id, now))
            try:
                self.register.write(survey, involvement, content, child_is_new=child_is_new)
            except Conflict:
                self.pause(attempt)
            else:
                self.gate.open_at()
                return Registered(involvement, created=held is None, changed=True)
        raise Contended

    def get(self, source_reference: str, *, caller: Caller) -> Involvement:
        """The caller's own. Raises InvolvementNotFound, also for another organisation's reference."""
        disclosure.require_capability(caller, Capability.REGISTER)
        now = self.gate.open_at()
        involvement = self.register.involvement(caller.organisation.code, source_reference, now)
        if involvement is None:
            raise InvolvementNotFound
        self.gate.open_at()
        return involvement

    def withdraw(self, source_reference: str, *, caller: Caller, if_match: int | None = None) -> None:
        """Hides the caller's own involvement at once; the store removes it later, by itself.

        Raises InvolvementNotFound (also for one withdrawn before), VersionMismatch, Contended and Unavailable.
        """
        disclosure.require_capability(caller, Capability.REGISTER)
        organisation = caller.organisation.code
        for attempt in range(_ATTEMPTS):
            now = self.gate.open_at()
            held = self.register.pointers(organisation, [source_reference], now).get(source_reference)
            if held is None or not held.is_live:
                raise InvolvementNotFound
            if if_match is not None and held.version != if_match:
                raise VersionMismatch
            try:
                self.register.withdraw(organisation, source_reference, held.version, now)
            except Conflict:
                self.pause(attempt)
            else:
                self.gate.open_at()
                return
        raise Contended

    def _child(self, registration: Registration, survey: Survey, held: Pointer | None) -> tuple[str, bool]:
        """The child this registration is about, and whether the register meets it for the first time."""
        stated = likeness(registration.child, self.pseudonyms)
        finding = decide(stated, survey.candidates, self.thresholds)
        if finding.child_id:
            return finding.child_id, False
        if held and (stated == held.likeness or self._is_corrected(stated, held.likeness)):
            return held.child_id, False  # the service has changed, or a detail was corrected
        # If the reference named another child until now, that speaks neither for nor against.
        others = [c for c in survey.candidates if held is None or c.child_id != held.child_id]
        # A number that leads to the wrong child must not make yet another child of each who states it.
        described = [candidate for candidate in others if not candidate.by_identifier]
        for considered in (others, described):
            finding = decide(stated, considered, self.thresholds)
            if finding.child_id:
                return finding.child_id, False
        return str(uuid.uuid4()), True

    def _is_corrected(self, stated: Likeness, held: Likeness) -> bool:
        """Whether the same child is meant. With another NHS number all else must agree but for one detail.

        Or a reference that is used again for a child's twin would leave the one's services with the other.
        """
        is_renumbered = stated.nhs_number and held.nhs_number and stated.nhs_number != held.nhs_number
        return score(stated, held) >= (self.thresholds.potential if is_renumbered else self.thresholds.low)


def content_of(registration: Registration, pseudonyms: Pseudonyms) -> str:
    """A keyed hash of all that a registration says: equal if and only if nothing in it has changed."""
    return pseudonyms.of_content("registration", asdict(registration))


@dataclass(frozen=True, slots=True)
class _Next:
    """What a pointer will say once a change is written."""

    child_id: str
    recorded_at: datetime
    refreshed_at: datetime
    version: int

    @classmethod
    def after(cls, before: Pointer | None, child_id: str, now: datetime) -> _Next:
        recorded_at = before.recorded_at if before and before.is_live else now
        return cls(child_id, recorded_at, now, before.version + 1 if before else 1)


def _involvement(registration: Registration, organisation: str, held: Pointer | _Next) -> Involvement:
    return Involvement(
        organisation=organisation,
        source_reference=registration.source_reference,
        child_id=held.child_id,
        child=registration.child,
        service=registration.service,
        recorded_at=held.recorded_at,
        refreshed_at=held.refreshed_at,
        version=held.version,
    )
