"""A child that is sought: its organisation is told at once when the child is looked up or registered anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from shared.domain import disclosure, reasons
from shared.domain.access import AccessRecord, Answered, Shown, note_names_somebody
from shared.domain.directory import Capability
from shared.domain.errors import AskedTooOften, ChildNotFound, NotPermitted, refusal_code
from shared.domain.notices import Watch
from shared.domain.watches import LEGAL_BASIS

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.access import Practitioner
    from shared.domain.directory import Caller
    from shared.domain.held import HeldChild
    from shared.domain.involvement import Involvement
    from shared.domain.notices import Watches, WatchReason
    from shared.domain.ports import AccessLog, Limits, Together
    from shared.services.gate import Gate

SET, ENDED = "watch_set", "watch_ended"
"""What the access record says was done; what was not, it says as a refusal."""

_ENDING = "ending"
"""Why somebody comes who seeks the child no more; whoever sets a watch comes for the reason of the watch."""


class Children(Protocol):
    """All that watches need of the Register."""

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See `ports.Register`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeking:
    """Who seeks, for whom, and under which ids."""

    caller: Caller
    practitioner: Practitioner
    on_behalf_of: Practitioner | None
    note: str | None
    access_id: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchChildren:
    """The use cases of those who seek children, and their ports.

    Each writes an access record, refused or not, before anything is done or told. Each raises NotPermitted, AskedTooOften
    and ChildNotFound (for a child of which the caller may see nothing, as for one that is not there), RegisterClosed,
    AccessNotRecorded, Contended and Unavailable.
    """

    register: Children
    watches: Watches
    access_log: AccessLog
    limits: Limits
    together: Together
    gate: Gate

    def put(self, child_id: str, reason: WatchReason, until: datetime, seeking: Seeking) -> Watch:
        """Watches a child, in place of what this organisation has set before. Set again, it goes on from where it began.

        It lies under the id that is asked for, and under each other under which it was set before the child was joined:
        whichever of them the child has once a join is undone, it is watched as long as was said last.
        """
        held = self._seen(child_id, reason, SET, seeking)
        organisation = seeking.caller.organisation.code
        now = self.gate.open_at()
        lying = self.watches.of(_ids(child_id, held), now)
        began = {one.child_id: one.since for one in lying if one.organisation == organisation}
        for watched, since in ({child_id: now} | began).items():
            self.watches.put(
                Watch(child_id=watched, organisation=organisation, reason=reason, since=since, until=until)
            )
        self.gate.open_at()
        since = min([now, *began.values()])
        return Watch(child_id=held.child_id, organisation=organisation, reason=reason, since=since, until=until)

    def end(self, child_id: str, seeking: Seeking) -> None:
        """Nobody of this organisation is told any more. Ending twice is ending once."""
        held = self._seen(child_id, _ENDING, ENDED, seeking)
        organisation = seeking.caller.organisation.code
        now = self.gate.open_at()
        for watched in _ids(child_id, held):
            self.watches.end(watched, organisation, now)
        self.gate.open_at()

    def _seen(self, child_id: str, why: str, outcome: str, seeking: Seeking) -> HeldChild:
        """What is held of the child, if the caller may see any of it. Recorded."""
        now = self.gate.open_at()
        client_id, practitioner_id = seeking.caller.client_id, seeking.practitioner.practitioner_id
        record = _record(seeking, why, now)
        try:
            _require_seeker(seeking)
            found, _ = self.together(
                lambda: self.register.held_by_id(child_id, now),
                lambda: self.limits.spend(client_id, practitioner_id, now),
            )
            held, known = _shown_of(found, seeking, now)
        except (NotPermitted, AskedTooOften, ChildNotFound) as refusal:
            self.access_log.append(replace(record, answered=Answered.REFUSED, outcome=refusal_code(refusal)))
            raise
        if seeking.note and any(note_names_somebody(seeking.note, involvement.child) for involvement in known):
            named = NotPermitted("the note repeats what identifies the child: give a case reference instead", "/note")
            refused = replace(record, answered=Answered.REFUSED, outcome=refusal_code(named), note=None)
            self.access_log.append(refused)
            raise named
        self.access_log.append(replace(record, outcome=outcome, child_id=held.child_id))
        return held


def _require_seeker(seeking: Seeking) -> None:
    """Raises NotPermitted unless both are of roles that may ask here, and that act under the basis of a watch."""
    disclosure.require_capability(seeking.caller, Capability.WATCH)
    for person, pointer in (
        (seeking.practitioner, "/practitioner/role"),
        (seeking.on_behalf_of, "/practitioner/on_behalf_of/role"),
    ):
        if person is None:
            continue
        disclosure.require_role(seeking.caller, person, pointer)
        if person.role not in reasons.CITATIONS[LEGAL_BASIS].roles:
            message = "practitioners of this role ask after no child"
            raise NotPermitted(message, pointer)


def _shown_of(found: HeldChild | None, seeking: Seeking, now: datetime) -> tuple[HeldChild, list[Involvement]]:
    """The child, and what the caller may see of it. Raises ChildNotFound if that is nothing."""
    practitioner = seeking.practitioner
    viewer = disclosure.Viewer(seeking.caller, practitioner.role, practitioner.practitioner_id, now)
    known = disclosure.visible(viewer, found.involvements, found.shield, found.child_id) if found else []
    if found is None or not known:
        raise ChildNotFound
    return found, known


def _ids(asked: str, held: HeldChild) -> list[str]:
    """All under which a watch on the child may lie: it lies where it was set, and holds on through joins."""
    return sorted({asked, held.child_id, *held.formerly})


def _record(seeking: Seeking, why: str, at: datetime) -> AccessRecord:
    """But for how it ended. Its purpose is not one of a lookup, or it would count as one, and be told of as one."""
    practitioner, behalf = seeking.practitioner, seeking.on_behalf_of
    return AccessRecord(
        access_id=seeking.access_id,
        at=at,
        request_id=seeking.request_id,
        organisation=seeking.caller.organisation.code,
        client_id=seeking.caller.client_id,
        answered=Answered.ANSWERED,
        outcome="",
        shown=Shown.NOTHING,
        practitioner_id=practitioner.practitioner_id,
        practitioner_role=practitioner.role,
        on_behalf_of_id=behalf.practitioner_id if behalf else None,
        on_behalf_of_role=behalf.role if behalf else None,
        purpose=f"watch_{why}",
        legal_basis=LEGAL_BASIS,
        note=seeking.note,
        policy=disclosure.policy_of(seeking.caller),
    )
