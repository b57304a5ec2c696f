"""A shielded child: one whose whereabouts must not be found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.duration import Duration
from shared.domain.names import comparable

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.likeness import Likeness
    from shared.domain.pseudonym import Pseudonyms

OVERRIDE_LASTS = timedelta(minutes=15)
"""How long a shield stands open to the practitioner who has accepted the warning: time to ring whom one needs to."""

WARNING = "I need to know where this child is, and I know that the shield team is told of it now."
"""What has to be typed, word by word, before a shield opens. Whoever has typed it did not do it by mistake."""


LONGEST = Duration(months=60)
"""How far ahead a shield may end. A team that forgets one leaves a child unfindable, so it has to look again by then."""

INHERITED_LASTS = timedelta(days=5 * 366)
"""An inherited shield ends when its case is decided, not when the shield ends that it comes from, which may be set again;
and if nobody decides, no sooner than any shield that holds now."""

PURPOSE, LEGAL_BASIS = "shielding", "children_act_2004_s11"
"""Why a shield team sets, reads or lifts a shield: to safeguard the child (Children Act 2004, section 11)."""

OPENED = "shield_opened"
"""What the access record says of an override."""


class ShieldReason(StrEnum):
    """Why whereabouts must not be found: the closed list. It says nothing of what has happened."""

    RISK_OF_HARM = "risk_of_harm"
    COURT_ORDER = "court_order"
    PROTECTED_PERSON = "protected_person"
    PLACED_FOR_ADOPTION = "placed_for_adoption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shield:
    """Whose team set it, since when, until when, and by which names the child may still be known.

    Everything that leads to the child carries it. `names` are keyed hashes (`name_hash`) of those that were held when it
    was set, but for those that are to be hidden; any other is new, and finds nothing. `inherited` if the child is only
    much like a shielded one, or states its number, and nobody has found the two different yet.
    """

    organisation: str
    reason: ShieldReason
    since: datetime
    until: datetime
    names: frozenset[str] = frozenset()
    inherited: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether it still hides the child."""
        return now < self.until

    def hides_name(self, known: Likeness, pseudonyms: Pseudonyms) -> bool:
        """Whether this name of the child is one that must not find it."""
        return name_hash(known, pseudonyms) not in self.names


def check_end(until: datetime, now: datetime) -> None:
    """Raises ValueError for an end that is not ahead, or further ahead than `LONGEST` and a day."""
    if not now < until <= replace(LONGEST, days=1).added_to(now):
        message = "a shield ends in the future, and at most five years ahead: it can be set again before it ends"
        raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A shield opened for one practitioner of one organisation, for a quarter of an hour, about one child."""

    override_id: str
    child_id: str
    organisation: str
    practitioner_id: str
    until: datetime


def name_hash(known: Likeness, pseudonyms: Pseudonyms) -> str:
    """Of a name as it is compared."""
    return pseudonyms.of("name", comparable(known.given_name or ""), comparable(known.family_name or ""))


def inherited(shield: Shield, now: datetime, lives_until: datetime | None) -> Shield:
    """As a child has it, from now on, that may be the shielded one. `lives_until` is when the register ends, if it does."""
    until = now + INHERITED_LASTS
    return replace(shield, since=now, until=min(until, lives_until) if lives_until else until, inherited=True)


def stronger(one: Shield | None, other: Shield | None) -> Shield | None:
    """Of two shields of what is, or may be, one child: one that was set before one that is inherited, then the longer."""
    held = [shield for shield in (one, other) if shield]
    return max(held, key=lambda shield: (not shield.inherited, shield.until), default=None)
