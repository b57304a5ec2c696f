"""A child's whereabouts must not be found: its authority's shield team sets, reads and lifts the shield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown, note_names_somebody
from shared.domain.directory import Capability
from shared.domain.errors import ChildNotFound, NotPermitted, refusal_code
from shared.domain.likeness import likenesses
from shared.domain.review import (
    MOST_CASES_OF_A_REGISTRATION,
    MOST_CLOSE_CALLS,
    Cause,
    CloseCall,
    likely_meant,
    pressing,
)
from shared.domain.shield import LEGAL_BASIS, PURPOSE, Shield

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.access import Practitioner
    from shared.domain.child import ChildDetails, FormerName
    from shared.domain.directory import Caller
    from shared.domain.held import HeldChild
    from shared.domain.matching import Candidate, Thresholds
    from shared.domain.ports import AccessLog, Shields
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.shield import ShieldReason
    from shared.services.gate import Gate

SET, READ, LIFTED = "shield_set", "shield_read", "shield_lifted"
"""What the access record says was done; what was not, it says as a refusal."""


class Children(Protocol):
    """All that shields need of the Register."""

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        """See `ports.Register`."""

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See `ports.Register`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who of a shield team acts, for whom, and under which ids. Of who only reads a shield, the id is known alone."""

    caller: Caller
    access_id: str
    request_id: str
    practitioner: Practitioner | None = None
    practitioner_id: str | None = None
    on_behalf_of: Practitioner | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShieldChildren:
    """The use cases of a shield team, and their ports.

    Each writes an access record, refused or not, before anything is done or told. Each raises NotPermitted and
    ChildNotFound (for a child that is not this authority's, or that another team shields, as for one that is not
    there), RegisterClosed, AccessNotRecorded and Unavailable.
    """

    register: Children
    pseudonyms: Pseudonyms
    thresholds: Thresholds
    shields: Shields
    access_log: AccessLog
    gate: Gate

    def put(
        self, child_id: str, reason: ShieldReason, until: datetime, hidden: Sequence[FormerName], acting: Acting
    ) -> Shield:
        """Shields a child, or replaces its shield; returns once everything that leads to the child says so.

        Those that are there already and much like it inherit the shield, as those do that come afterwards.
        `hidden` are names, of those held, that must not find it any more. What was shielded before is so since then.
        Raises Contended, too; trying again is safe, and goes on.
        """
        held = self._own(child_id, acting, SET)
        now = self.gate.open_at()
        before = held.shield if held.shield and held.shield.holds(now) and not held.shield.inherited else None
        shield = Shield(
            organisation=acting.caller.organisation.code,
            reason=reason,
            since=before.since if before else now,
            until=until,
        )
        shield = self.shields.put(held.child_id, shield, hidden, now)
        heirs = 0
        for call in self._much_like(held, now):
            heirs += self.shields.inherit(held.child_id, call, now)
            if heirs == MOST_CASES_OF_A_REGISTRATION:
                break
        self.gate.open_at()
        return shield

    def get(self, child_id: str, acting: Acting) -> Shield | None:
        """The shield of a child as it holds now; None for a child that has none."""
        held = self._own(child_id, acting, READ)
        now = self.gate.open_at()
        return held.shield if held.shield and held.shield.holds(now) else None

    def lift(self, child_id: str, acting: Acting) -> None:
        """The child can be found again as any other. Lifting twice is lifting once. Raises Contended, too."""
        held = self._own(child_id, acting, LIFTED)
        self.shields.lift(held.child_id, self.gate.open_at(), organisation=acting.caller.organisation.code)
        self.gate.open_at()

    def _much_like(self, held: HeldChild, now: datetime) -> list[CloseCall]:
        """Other children that may be this one by anything that is said of it, the likeliest first."""
        likely: dict[str, float] = {}
        for details in dict.fromkeys(involvement.child for involvement in held.involvements):
            others = [c for c in self.register.candidates(details, now) if c.meant != held.child_id]
            found = likely_meant(likenesses(details, self.pseudonyms), others, self.thresholds)
            likely |= {child_id: max(sureness, likely.get(child_id, 0.0)) for child_id, sureness in found.items()}
        calls = [CloseCall(child_id, Cause.ALIKE, sureness) for child_id, sureness in likely.items()]
        return pressing(calls, {})[:MOST_CLOSE_CALLS]

    def _own(self, child_id: str, acting: Acting, outcome: str) -> HeldChild:
        """What is held of the child, if this team may shield it. Recorded."""
        now = self.gate.open_at()
        caller, practitioner = acting.caller, acting.practitioner
        try:
            disclosure.require_capability(caller, Capability.SHIELD)
            for person, pointer in (
                (practitioner, "/practitioner/role"),
                (acting.on_behalf_of, "/practitioner/on_behalf_of/role"),
            ):
                if person:
                    disclosure.require_role(caller, person, pointer)
            held = self._there(child_id, now)
            disclosure.require_authority(caller, held.involvements, held.shield, now)
        except (NotPermitted, ChildNotFound) as refusal:
            self.access_log.append(_record(acting, now, Answered.REFUSED, refusal_code(refusal)))
            raise
        viewer = disclosure.Viewer(caller, practitioner.role if practitioner else None, None, now)
        known = disclosure.visible(viewer, held.involvements, held.shield, held.child_id)
        if acting.note and any(note_names_somebody(acting.note, involvement.child) for involvement in known):
            named = NotPermitted("the note repeats what identifies the child: give a case reference instead", "/note")
            self.access_log.append(_record(acting, now, Answered.REFUSED, refusal_code(named), keeps_note=False))
            raise named
        self.access_log.append(_record(acting, now, Answered.ANSWERED, outcome, held.child_id))
        return held

    def _there(self, child_id: str, now: datetime) -> HeldChild:
        held = self.register.held_by_id(child_id, now)
        if held is None:
            raise ChildNotFound
        return held


def _record(
    acting: Acting,
    at: datetime,
    answered: Answered,
    outcome: str,
    child_id: str | None = None,
    *,
    keeps_note: bool = True,
) -> AccessRecord:
    practitioner, behalf = acting.practitioner, acting.on_behalf_of
    return AccessRecord(
        access_id=acting.access_id,
        at=at,
        request_id=acting.request_id,
        organisation=acting.caller.organisation.code,
        client_id=acting.caller.client_id,
        answered=answered,
        outcome=outcome,
        shown=Shown.NOTHING,
        practitioner_id=practitioner.practitioner_id if practitioner else acting.practitioner_id,
        practitioner_role=practitioner.role if practitioner else None,
        on_behalf_of_id=behalf.practitioner_id if behalf else None,
        on_behalf_of_role=behalf.role if behalf else None,
        purpose=PURPOSE,
        legal_basis=LEGAL_BASIS,
        note=acting.note if keeps_note else None,
        child_id=child_id,
        policy=disclosure.policy_of(acting.caller),
    )
