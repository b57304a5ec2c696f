"""The review list: pairs that may be one child, for a person to decide. It holds ids and codes, never details."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.domain.child import Child
    from shared.domain.involvement import Involvement

PURPOSE, LEGAL_BASIS = "record_review", "uk_gdpr_article_5_1_d"
"""Why a reviewer sees two children: data must be accurate (UK GDPR, article 5(1)(d)). Closed to ordinary lookups."""

MOST_CASES_OF_A_REGISTRATION = 5
"""How many children one registration is held against for review; the likeliest come first."""


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
