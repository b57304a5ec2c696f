"""Who is told what. Nobody is told of what a lookup would not show; closed by default.

What a rule asks of a child, it asks of what the reader may see of it, and of nothing else: so that neither a notice, nor
that there is none, tells of a service that may not be known, or of a child behind a shield. Only whose child it is, all
that is held of it says (see `disclosure.brokered`). The rules stand in `notices_of_changes`, `notices_of_questions` and
`notices_of_joins`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.causes import ChildrenJoined, ChildShielded, InvolvementChanged, Questioned
from shared.domain.directory import Capability
from shared.domain.disclosure import MAY_OVERRIDE
from shared.domain.notices import NoticeKind
from shared.domain.notices_of_changes import (
    hears_of_dispute,
    hears_of_move,
    hears_of_newcomer,
    hears_that_nobody_is_left,
)
from shared.domain.notices_of_joins import hears_of_join, hears_of_move_by_join
from shared.domain.notices_of_questions import hears_of_urgent_question, may_know_that_it_asked
from shared.domain.readers import is_of, may_be_told, reader_of, seen

if TYPE_CHECKING:
    from shared.domain.causes import Event
    from shared.domain.disclosure import Viewer
    from shared.domain.notices import Cause
    from shared.domain.readers import Known

_ALSO_TO_WHOSE_DOING_IT_WAS = frozenset(
    {NoticeKind.JOINED, NoticeKind.DISPUTED, NoticeKind.NOBODY_LEFT, NoticeKind.MOVED}
)
"""Of a move the authorities alone (`hears_of_move`)."""


def receivers(cause: Cause, event: Event, known: Known) -> list[str]:
    """The codes of the organisations that are told of a cause of this event, in their order.

    What has happened behind a shield is not told once that has ended, either, should it be found out so late.
    """
    if cause.kind is not NoticeKind.SHIELDED and _was_behind_a_shield(event, known):
        return []
    told = []
    for code, organisation in sorted(known.organisations.items()):
        if not may_be_told(organisation):
            continue
        if code == _whose_doing(event) and cause.kind not in _ALSO_TO_WHOSE_DOING_IT_WAS:
            continue
        if _hears(reader_of(organisation, known.now), cause, event, known):
            told.append(code)
    return told


def _was_behind_a_shield(event: Event, known: Known) -> bool:
    return any(side and side.was_shielded(event.at, known.now) for side in (known.held, known.parted))


def _whose_doing(event: Event) -> str | None:
    """The organisation that knows already. Who shields one child does not know which others inherit it."""
    match event:
        case InvolvementChanged():
            return event.involvement.organisation
        case Questioned():
            return event.record.organisation
        case ChildShielded():
            shield = event.after or event.before
            return shield.organisation if shield and not shield.inherited else None
        case ChildrenJoined():
            return None


def _hears(reader: Viewer, cause: Cause, event: Event, known: Known) -> bool:
    """A table: a rule for each kind of each event."""
    match event:
        case InvolvementChanged():
            return _hears_of_change(reader, cause.kind, event, known)
        case Questioned():
            return may_know_that_it_asked(reader, event, known) and (
                hears_of_urgent_question(reader, known)
                if cause.kind is NoticeKind.LOOKED_UP
                else hears_of_whom_it_watches(reader, event, known)
            )
        case ChildrenJoined():
            rule = hears_of_move_by_join if cause.kind is NoticeKind.MOVED else hears_of_join
            return rule(reader, cause, event, known)
        case ChildShielded():
            return hears_of_shield(reader, event, known)


def _hears_of_change(reader: Viewer, kind: NoticeKind, change: InvolvementChanged, known: Known) -> bool:
    match kind:
        case NoticeKind.INVOLVEMENT_ELSEWHERE:
            return hears_of_newcomer(reader, change, known)
        case NoticeKind.MOVED:
            return hears_of_move(reader, change, known)
        case NoticeKind.NOBODY_LEFT:
            return hears_that_nobody_is_left(reader, change, known)
        case NoticeKind.DISPUTED:
            return hears_of_dispute(reader, change, known)
        case _:
            return hears_of_whom_it_watches(reader, change, known)


def hears_of_whom_it_watches(reader: Viewer, event: InvolvementChanged | Questioned, known: Known) -> bool:
    """`watched`: who watches the child, of a question about it, and of what another service says, or no longer says.

    Not of what had happened before it began to.
    """
    code = reader.caller.organisation.code
    watches = any(one.organisation == code and one.covers(event.at) for one in known.watches)
    if not watches or not reader.caller.may(Capability.WATCH):
        return False
    if isinstance(event, Questioned):
        return bool(seen(reader, known.held))
    said = [one for one in (event.before, event.after) if one]
    return bool(seen(reader, replace(known.held, involvements=said)))


def hears_of_shield(reader: Viewer, shielded: ChildShielded, known: Known) -> bool:
    """`shielded`: whose involvement of the child there is, if it is the shield's own team, or may open it.

    But not by a name that is to be hidden: who could not have found the child does not learn that it is shielded.
    """
    held, shield = known.held, shielded.after or shielded.before
    is_involved = any(is_of(reader, one) and reader.sees_type(one.service.service_type) for one in held.involvements)
    if shield is None or not is_involved or held.child_id != shielded.child_id:
        return False  # what has become part of another is told of as that one
    if reader.sees_through(shield, held.child_id):
        return True
    roles = sorted(MAY_OVERRIDE & reader.caller.organisation.permissions.roles)
    return any(
        disclosure.could_be_found(replace(reader, role=role), held.involvements, shield, known.pseudonyms)
        for role in roles
    )
