"""A shield is opened, for one practitioner and a quarter of an hour; its team is alerted at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown, note_names_somebody
from shared.domain.alerts import Alert, AlertKind
from shared.domain.child import ChildDetails
from shared.domain.errors import (
    AskedTooOften,
    ChildNotFound,
    IllMatchedReason,
    NotPermitted,
    WarningNotAccepted,
    refusal_code,
)
from shared.domain.likeness import likenesses
from shared.domain.shield import OPENED, OVERRIDE_LASTS, WARNING, Override

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.access import Practitioner, Reason
    from shared.domain.closure import Bus
    from shared.domain.directory import Caller
    from shared.domain.held import HeldChild
    from shared.domain.ports import AccessLog, Limits, Shields, Together
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.shield import Shield
    from shared.services.gate import Gate
    from shared.services.shield import Children

EVENT = "ShieldOpened"
"""The event that tells the shield team, wherever it looks: ids and codes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Who asks to open a shield, for whom, why, what was typed, and under which ids. The override's is told last."""

    caller: Caller
    practitioner: Practitioner
    on_behalf_of: Practitioner | None
    reason: Reason
    warning: str
    access_id: str
    override_id: str
    alert_id: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenShield:
    """The use case and its ports."""

    register: Children
    shields: Shields
    access_log: AccessLog
    limits: Limits
    bus: Bus
    pseudonyms: Pseudonyms
    together: Together
    gate: Gate

    def __call__(self, child_id: str, opening: Opening) -> Override:
        """Opens the shield of a child that this practitioner could have found, behind which lookups see from now on.

        The override, its access record and the alert to the shield team are written together, and the team is told
        before the override is: whoever holds one has been reported. Asking twice makes two of each.

        Raises NotPermitted, IllMatchedReason, WarningNotAccepted, AskedTooOften and ChildNotFound (all recorded as
        refused; the last for a child that is not there, is not shielded or could not have been found, alike),
        RegisterClosed, AccessNotRecorded and Unavailable.
        """
        now = self.gate.open_at()
        try:
            held, shield = self._may_be_opened(child_id, opening, now)
        except (NotPermitted, IllMatchedReason, WarningNotAccepted, AskedTooOften, ChildNotFound) as refusal:
            keeps_note = not (isinstance(refusal, NotPermitted) and refusal.pointer == _NOTE)
            refused = _record(opening, now, Answered.REFUSED, refusal_code(refusal), keeps_note=keeps_note)
            self.access_log.append(refused)
            raise
        organisation, practitioner_id = opening.caller.organisation.code, opening.practitioner.practitioner_id
        override = Override(
            override_id=opening.override_id,
            child_id=held.child_id,
            organisation=organisation,
            practitioner_id=practitioner_id,
            until=now + OVERRIDE_LASTS,
        )
        alert = Alert(
            alert_id=opening.alert_id,
            at=now,
            organisation=shield.organisation,
            kind=AlertKind.SHIELD_OPENED,
            by_organisation=organisation,
            by_practitioner=practitioner_id,
            child_id=held.child_id,
            access_id=opening.access_id,
        )
        self.shields.open(override, _record(opening, now, Answered.ANSWERED, OPENED, override=override), alert)
        self.bus.tell(EVENT, _told(alert))
        self.gate.open_at()
        return override

    def _may_be_opened(self, child_id: str, opening: Opening, now: datetime) -> tuple[HeldChild, Shield]:
        caller, practitioner = opening.caller, opening.practitioner
        disclosure.require_overrider(caller, practitioner, opening.on_behalf_of)
        disclosure.require_question(caller, opening.reason, practitioner, opening.on_behalf_of)
        if opening.warning != WARNING:
            raise WarningNotAccepted
        held, _ = self.together(
            lambda: self.register.held_by_id(child_id, now),
            lambda: self.limits.spend(caller.client_id, practitioner.practitioner_id, now),
        )
        if held is None or held.shield is None or not held.shield.holds(now):
            raise ChildNotFound
        viewer = disclosure.Viewer(caller, practitioner.role, practitioner.practitioner_id, now)
        if not disclosure.could_be_found(viewer, held.involvements, held.shield, self.pseudonyms):
            raise ChildNotFound
        note = opening.reason.note
        if note and any(note_names_somebody(note, named) for named in self._known_by(viewer, held, held.shield)):
            raise NotPermitted("the note repeats what identifies the child: give a case reference instead", _NOTE)
        return held, held.shield

    def _known_by(self, viewer: disclosure.Viewer, held: HeldChild, shield: Shield) -> list[ChildDetails]:
        """The names that led the viewer to the child, and no other: that a note was refused must not tell a new one."""
        return [
            ChildDetails(given_name=known.given_name, family_name=known.family_name)
            for involvement in held.involvements
            if viewer.sees_type(involvement.service.service_type)
            for known in likenesses(involvement.child, self.pseudonyms)
            if not shield.hides_name(known, self.pseudonyms)
        ]


_NOTE = "/reason/note"


def _told(alert: Alert) -> dict[str, str | int | None]:
    return {
        "alert_id": alert.alert_id,
        "at": alert.at.isoformat(),
        "organisation": alert.organisation,
        "by_organisation": alert.by_organisation,
        "by_practitioner": alert.by_practitioner,
        "child_id": alert.child_id,
        "access_id": alert.access_id,
    }


def _record(
    opening: Opening,
    at: datetime,
    answered: Answered,
    outcome: str,
    *,
    override: Override | None = None,
    keeps_note: bool = True,
) -> AccessRecord:
    behalf = opening.on_behalf_of
    return AccessRecord(
        access_id=opening.access_id,
        at=at,
        request_id=opening.request_id,
        organisation=opening.caller.organisation.code,
        client_id=opening.caller.client_id,
        answered=answered,
        outcome=outcome,
        shown=Shown.NOTHING,
        practitioner_id=opening.practitioner.practitioner_id,
        practitioner_role=opening.practitioner.role,
        on_behalf_of_id=behalf.practitioner_id if behalf else None,
        on_behalf_of_role=behalf.role if behalf else None,
        purpose=opening.reason.purpose,
        legal_basis=opening.reason.legal_basis,
        note=opening.reason.note if keeps_note else None,
        child_id=override.child_id if override else None,
        policy=disclosure.policy_of(opening.caller),
        override_id=override.override_id if override else None,
    )
