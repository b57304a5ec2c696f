"""Who reads notices: an organisation, as whoever works there.

It is no practitioner, so that no shield is open to it but its own team's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.causes import is_current
from shared.domain.directory import Caller, Capability
from shared.domain.disclosure import Viewer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.directory import Organisation
    from shared.domain.held import HeldChild
    from shared.domain.involvement import Involvement
    from shared.domain.notices import Watch
    from shared.domain.pseudonym import Pseudonyms


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that it takes to say who is told: the child as it is now, and who there is.

    `parted` is, where a join was undone, the child that went, as it is now. `watches` are on the child by any id it had.
    """

    held: HeldChild
    organisations: Mapping[str, Organisation]
    now: datetime
    pseudonyms: Pseudonyms
    watches: Sequence[Watch] = ()
    parted: HeldChild | None = None


def may_be_told(organisation: Organisation) -> bool:
    """Whether an organisation is told of anything at all: if it may be, and is not suspended."""
    return Caller("", organisation).may(Capability.NOTICES)


def reader_of(organisation: Organisation, now: datetime) -> Viewer:
    """An organisation as a reader of notices."""
    return Viewer(Caller("", organisation), None, None, now)


def seen(reader: Viewer, held: HeldChild) -> list[Involvement]:
    """What the reader may see of a child: nothing behind a shield that is closed to it."""
    return disclosure.visible(reader, held.involvements, held.shield, held.child_id)


def works_with(reader: Viewer, involvements: Iterable[Involvement]) -> bool:
    """Whether the reader works with the child now."""
    return any(is_current(one) and is_of(reader, one) for one in involvements)


def is_of(reader: Viewer, involvement: Involvement) -> bool:
    """Whether it is the reader's own."""
    return involvement.organisation == reader.caller.organisation.code


def recorded_by(then: datetime, involvements: Iterable[Involvement]) -> list[Involvement]:
    """Those that were there at an instant already: so that who is told does not depend on how late that is found out."""
    return [one for one in involvements if one.recorded_at <= then]


def is_same(one: Involvement, other: Involvement) -> bool:
    """Whether these are one involvement, whatever it says."""
    return named(one) == named(other)


def named(involvement: Involvement) -> tuple[str, str]:
    """By organisation and source reference."""
    return involvement.organisation, involvement.source_reference
