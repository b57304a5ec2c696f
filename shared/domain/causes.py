"""What happens in the register, as whoever tells of it is handed it, and what of it may be worth telling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.access import Answered, Purpose, Role, Shown
from shared.domain.involvement import Standing
from shared.domain.notices import Cause, NoticeKind
from shared.domain.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.domain.access import AccessRecord
    from shared.domain.involvement import Involvement
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.shield import Shield


@dataclass(frozen=True, slots=True)
class InvolvementChanged:
    """One involvement of one child, before and after one write. What is hidden, has expired or moved away is None.

    `at` is when the change was written, by the clock of the store. `by_join` if it lies with another child, and says
    what it said: by a join, or by its undoing. `by_rule` if retention or coverage has hidden it.
    """

    before: Involvement | None
    after: Involvement | None
    at: datetime
    by_join: bool = False
    by_rule: bool = False

    @property
    def involvement(self) -> Involvement:
        """As it is now, or as it was last. Raises ValueError if it was neither."""
        if last := self.after or self.before:
            return last
        message = "an involvement that was not there, and is not, has not changed"
        raise ValueError(message)

    @property
    def is_sensitive(self) -> bool:
        """Whether a sensitive service says it, or said it."""
        return any(one.service.service_type.is_sensitive for one in (self.before, self.after) if one)

    @property
    def begins(self) -> bool:
        """Whether the service works with the child from now on, for whoever may not have seen before that it does."""
        return is_current(self.after) and (not is_current(self.before) or self._is_of_another_type)

    @property
    def ends(self) -> bool:
        """Whether the service works with the child no more, for whoever may not see that it still does."""
        return is_current(self.before) and (not is_current(self.after) or self._is_of_another_type)

    @property
    def stops_leading(self) -> bool:
        """Whether its practitioner leads no more, though the service goes on working with the child."""
        before, after = self.before, self.after
        if before is None or after is None or not (is_current(before) and is_current(after)):
            return False
        return before.service.lead_professional and not after.service.lead_professional

    @property
    def is_stated(self) -> bool:
        """Whether the organisation says something else than before, or nothing any more; an operator's word is not its own."""
        return self.before is None or self.after is None or self.before.refreshed_at != self.after.refreshed_at

    @property
    def is_disputed_anew(self) -> bool:
        """Whether a dispute began or ended. What comes with a dispute from elsewhere has been disputed before."""
        before, after = self.before, self.after
        return before is not None and after is not None and (before.disputed is None) != (after.disputed is None)

    @property
    def _is_of_another_type(self) -> bool:
        types = {one.service.service_type for one in (self.before, self.after) if one}
        return len(types) > 1


@dataclass(frozen=True, slots=True)
class ChildShielded:
    """A child's shield before and after one write; `version` is the child's, after it. Of a hidden child it is None."""

    child_id: str
    before: Shield | None
    after: Shield | None
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ChildrenJoined:
    """Two children have become one, at last, by a case; or the join was undone. `at` is when that was decided."""

    goes: str
    stays: str
    at: datetime
    undone: bool
    case_id: str


@dataclass(frozen=True, slots=True)
class Questioned:
    """Somebody has asked: the access record, as it was written."""

    record: AccessRecord

    @property
    def at(self) -> datetime:
        """When."""
        return self.record.at


type Event = InvolvementChanged | ChildShielded | ChildrenJoined | Questioned


def is_current(involvement: Involvement | None) -> bool:
    """Whether this service works with the child now."""
    return involvement is not None and involvement.service.standing is Standing.CURRENT


def causes_of(event: Event, pseudonyms: Pseudonyms) -> tuple[Cause, ...]:
    """What of an event may have to be told; to whom, if to anybody, `noticing` decides.

    The same event gives the same causes for ever: they are named by what was written, not by when it was read. Nothing
    of what sensitive services say, or of questions about it, is the cause of anything.
    """
    match event:
        case InvolvementChanged():
            return _of_involvement(event, pseudonyms)
        case ChildShielded():
            return _of_shield(event)
        case ChildrenJoined():
            return _of_join(event)
        case Questioned():
            return _of_question(event.record)


def _of_involvement(event: InvolvementChanged, pseudonyms: Pseudonyms) -> tuple[Cause, ...]:
    """Of what goes by a rule of the register's own nothing is told, not even that nobody is left.

    It ended long ago, and was told of then; or the child has grown up, or the coverage was narrowed: nobody has stopped
    working with a child who needs it.
    """
    if event.by_join or event.by_rule or event.is_sensitive or event.before == event.after:
        return ()
    involvement = event.involvement
    organisation = involvement.organisation
    reference = pseudonyms.of("source_reference", involvement.source_reference)
    written = f"{involvement.recorded_at.isoformat()}#{involvement.version}"
    withdrawn = "" if event.after else "#withdrawn"
    by_whom = {"organisation": organisation}

    def cause(kind: NoticeKind, about: Mapping[str, str]) -> Cause:
        return Cause(
            kind=kind,
            what=f"{organisation}#{reference}#{written}{withdrawn}",
            at=event.at,
            child_id=involvement.child_id,
            about=about,
        )

    causes = []
    if event.begins:
        causes.append(cause(NoticeKind.INVOLVEMENT_ELSEWHERE, by_whom))
    if event.is_stated:
        if event.after:
            causes.append(cause(NoticeKind.MOVED, by_whom))
        causes.append(cause(NoticeKind.WATCHED, by_whom))
    if event.ends or event.stops_leading:
        causes.append(cause(NoticeKind.NOBODY_LEFT, by_whom))
    if event.is_disputed_anew:
        state = "disputed" if event.after and event.after.disputed else "settled"
        causes.append(cause(NoticeKind.DISPUTED, {"state": state}))
    return tuple(causes)


def _of_shield(event: ChildShielded) -> tuple[Cause, ...]:
    """Of one that takes another's place, or has run out by itself, there is nothing to tell."""
    before, after = (shield if shield and shield.holds(event.at) else None for shield in (event.before, event.after))
    if (before is None) == (after is None):
        return ()
    state = "set" if after else "lifted"
    return (
        Cause(
            kind=NoticeKind.SHIELDED,
            what=f"{event.child_id}#{event.version}",
            at=event.at,
            child_id=event.child_id,
            about={"state": state},
        ),
    )


def _of_join(event: ChildrenJoined) -> tuple[Cause, ...]:
    """Of one that is undone one cause for each side: who reads of it later is shown that child, and not the other."""
    what = f"{event.case_id}#{event.at.isoformat()}"

    def joined(child_id: str, other: str, undone: str) -> Cause:
        about = {"child_id": other, "undone": undone}
        kind = NoticeKind.JOINED
        return Cause(kind=kind, what=f"{what}#{child_id}", at=event.at, child_id=child_id, about=about)

    if event.undone:
        return joined(event.stays, event.goes, "true"), joined(event.goes, event.stays, "true")
    moved = Cause(kind=NoticeKind.MOVED, what=what, at=event.at, child_id=event.stays)
    return joined(event.stays, event.goes, "false"), moved


_SHOWN = frozenset({Shown.CHILD_AND_INVOLVEMENTS, Shown.SHIELDED_CHILD_AND_INVOLVEMENTS})


def _of_question(record: AccessRecord) -> tuple[Cause, ...]:
    """A question that a practitioner has asked about a child who was found: not what serves the register itself.

    Or whoever reads that a child was asked about would have asked about it, and be told of, without end.
    """
    is_a_lookup = record.answered == Answered.ANSWERED and record.purpose in set(Purpose)
    if not is_a_lookup or record.child_id is None or record.shown == Shown.WITH_SENSITIVE_SERVICES:
        return ()
    about = {"organisation": record.organisation}
    if record.practitioner_role:
        about["practitioner_role"] = record.practitioner_role

    def cause(kind: NoticeKind) -> Cause:
        return Cause(kind=kind, what=record.access_id, at=record.at, child_id=record.child_id, about=about)

    if is_urgent(record) and record.outcome == Outcome.MATCH and record.shown in _SHOWN:
        return cause(NoticeKind.LOOKED_UP), cause(NoticeKind.WATCHED)
    return (cause(NoticeKind.WATCHED),)


def is_urgent(record: AccessRecord) -> bool:
    """Whether an emergency department has asked, or the police, be it through a colleague."""
    by_police = Role.POLICE_OFFICER in (record.practitioner_role, record.on_behalf_of_role)
    return by_police or record.purpose == Purpose.EMERGENCY_CARE
