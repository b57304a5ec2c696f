"""A lookup: the question, and what may be answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from shared.domain.involvement import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from shared.domain.access import Practitioner, Reason
    from shared.domain.child import Child, ChildDetails
    from shared.domain.directory import Organisation
    from shared.domain.involvement import Involvement
    from shared.domain.outcomes import Outcome


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

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        """As the Directory says."""
        coverage = organisation.coverage
        return cls(organisation=organisation.code, name=organisation.name, current_as_of=coverage.current_as_of)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Who else works with a child that an organisation has just registered, in the order of a lookup.

    `lead` is the one to ring first: the lead professional, if one of them is and still works with the child.
    """

    access_id: str
    involvements: tuple[Involvement, ...]
    lead: Involvement | None
    sources: tuple[Source, ...]


def lead_of(involvements: Iterable[Involvement]) -> Involvement | None:
    """The first whose practitioner is the lead professional and still works with the child."""
    leads = (i for i in involvements if i.service.lead_professional and i.service.standing is not Standing.ENDED)
    return next(leads, None)
