"""A lookup: the question, and what may be answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from shared.domain.access import Practitioner, Reason
    from shared.domain.child import Child, ChildDetails
    from shared.domain.involvement import Involvement
    from shared.domain.matching import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who asks, for whom, why, and about which child."""

    reason: Reason
    practitioner: Practitioner
    on_behalf_of: Practitioner | None
    child: ChildDetails
    override_id: str | None = None
    """Of the override through which a shielded child is to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An organisation that feeds the register, and how current its data are (None before its first extract)."""

    organisation: str
    name: str
    current_as_of: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaCoverage:
    """Who feeds the register from the place that was asked about.

    `district` is that of the postcode in the question, never of one that is held; None if none was given.
    """

    district: str | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """For `match` the child and its involvements; for every other outcome neither, only what would help."""

    access_id: str
    outcome: Outcome
    child: Child | None = None
    is_shielded: bool = False
    """The child's whereabouts must not be found. Told to those who may open the shield, and to its team."""
    involvements: tuple[Involvement, ...] = ()
    sensitive: tuple[Involvement, ...] = ()
    """Sensitive services, to be rung: for the brokering team of the child's authority only."""
    sources: tuple[Source, ...] = ()
    would_help: tuple[str, ...] = ()
    coverage: AreaCoverage
