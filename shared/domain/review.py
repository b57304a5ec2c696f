"""The review list: pairs that may be one child, for a person to decide. It holds ids and codes, never details."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.matching import decide

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.child import Child
    from shared.domain.involvement import Involvement
    from shared.domain.likeness import Likeness
    from shared.domain.matching import Candidate, Thresholds
    from shared.domain.shield import Shield

PURPOSE, LEGAL_BASIS = "record_review", "uk_gdpr_article_5_1_d"
"""Why a reviewer sees two children: data must be accurate (UK GDPR, article 5(1)(d)). Closed to ordinary lookups."""

MOST_CASES_OF_A_REGISTRATION = 5
"""How many children one registration is held against for review; the likeliest come first."""

MOST_CLOSE_CALLS = 20
"""How many it is held against for the sake of their shields, if so many of those that it is like are shielded."""


class Cause(StrEnum):
    """Why a pair is on the list."""

    ALIKE = "alike"
    """A new child is much like one that was there already, and not sure to be it."""
    NUMBER = "number"
    """What is said of one child holds a number that is the other's."""


class Decision(StrEnum):
    """What a person finds."""

    SAME = "same"
    DIFFERENT = "different"


class State(StrEnum):
    """How far a case has come. Joining and undoing take steps, and go on by themselves after a crash."""

    OPEN = "open"
    JOINING = "joining"
    SAME = "same"
    UNDOING = "undoing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class CloseCall:
    """A child that a registration's child is not sure to be, or not to be. `sureness` is from 0 to 1, if reckoned."""

    child_id: str
    cause: Cause
    sureness: float | None = None


def pressing(calls: Iterable[CloseCall], shields: Mapping[str, Shield]) -> list[CloseCall]:
    """One for each child, the likeliest first; a claim that another child has is as sure as can be.

    But shielded ones come before all others, and of these the ones that have not inherited it: `shields`, by child.
    """
    of_each: dict[str, list[CloseCall]] = {}
    for call in calls:
        of_each.setdefault(call.child_id, []).append(call)

    def rank(child_id: str) -> tuple[int, bool, float, str]:
        shield = shields.get(child_id)
        reckoned = [call.sureness for call in of_each[child_id] if call.sureness is not None]
        is_sure = len(reckoned) < len(of_each[child_id])
        return 2 if shield is None else int(shield.inherited), not is_sure, -max(reckoned, default=0.0), child_id

    return [
        min(of_each[child_id], key=lambda call: (call.cause is not Cause.NUMBER, -(call.sureness or 0.0)))
        for child_id in sorted(of_each, key=rank)
    ]


def likely_meant(
    asked: Sequence[Likeness], candidates: Iterable[Candidate], thresholds: Thresholds
) -> dict[str, float]:
    """Each child that may be meant, and how sure that is: of at least the potential threshold, were it the only one.

    So a child that is surely meant takes nothing from another that is much like it, too.
    """
    of_each: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        of_each.setdefault(candidate.meant, []).append(candidate)
    found = {child_id: decide(asked, alone, thresholds) for child_id, alone in of_each.items()}
    return {child_id: one.sureness for child_id, one in found.items() if one.child_id or one.alike}


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision: when, by which practitioner (its id), for which organisation (its code)."""

    decision: Decision
    at: datetime
    by: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pair on the list. `newer` is the child that would be joined into `older`."""

    case_id: str
    newer: str
    older: str
    cause: Cause
    sureness: float | None
    raised_at: datetime
    state: State
    goes: str | None = None
    """The child that was joined into `stays`. They are the newer and the older, or what those had become part of by
    then; None if the two had been joined by other cases."""
    stays: str | None = None
    decisions: tuple[Decided, ...] = ()
    """All there were, the last one last."""

    @property
    def decided_at(self) -> datetime | None:
        """When it was decided as it now is."""
        return self.decisions[-1].at if self.decisions else None

    @property
    def decided_by(self) -> str | None:
        """The id of the practitioner who decided so."""
        return self.decisions[-1].by if self.decisions else None

    @property
    def decided_for(self) -> str | None:
        """The code of that practitioner's organisation."""
        return self.decisions[-1].organisation if self.decisions else None


@dataclass(frozen=True, slots=True)
class Page:
    """Cases awaiting a decision, the oldest first. `next` asks for the rest, None at the end."""

    cases: Sequence[Case]
    next: str | None


@dataclass(frozen=True, slots=True)
class HeldSide:
    """All that is held of one child of a pair, sensitive services included, and the id of the child it is now."""

    child_id: str
    involvements: Sequence[Involvement]
    shield: Shield | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One child of a pair as a reviewer sees it: who it is said to be, and whom to ring. Never an address or number."""

    child: Child
    involvements: Sequence[Involvement]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both children of a case, and how they agree: from a detail's name to same, close, different or not_known."""

    case: Case
    newer: Side
    older: Side
    agreement: Mapping[str, str]
    access_ids: tuple[str, str]
    """The access records of this disclosure, one for each child."""
