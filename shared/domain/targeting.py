"""For whom the register is: for all children, or for those with more than every child has. A parameter, not code.

The successor of ContactPoint was to be targeted, not universal. What is out of the coverage is not taken in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.errors import OutOfCoverage
from shared.domain.involvement import ServiceType

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVICE_TYPES, CHILDREN = "CoverageServiceTypes", "CoverageChildren"
"""The template's parameters, by which a refusal names its rule."""

PURPOSE, LEGAL_BASIS = "registration_coverage", "uk_gdpr_article_5_1_c"
"""Why it is asked whether the register is for a child: what is held is limited to what is necessary (UK GDPR, article
5(1)(c)). Closed to lookups."""

COVERED, DECIDED_OF_AN_EXTRACT = "covered", "coverage_decided"
"""Outcomes in the access log: of one child that the register is for, and of all rows of an extract."""

_ALL = "all"
_WITHDRAWN = "what your reference named until now, if that was another service or child, is withdrawn"


class Level(StrEnum):
    """Whether every child has a service like this, some do, or few."""

    UNIVERSAL = "universal"
    ADDITIONAL = "additional"
    SPECIALIST = "specialist"


LEVELS = {
    ServiceType.EDUCATION: Level.UNIVERSAL,
    ServiceType.EARLY_YEARS: Level.UNIVERSAL,
    ServiceType.GENERAL_PRACTICE: Level.UNIVERSAL,
    ServiceType.MIDWIFERY: Level.UNIVERSAL,
    ServiceType.HEALTH_VISITING: Level.UNIVERSAL,
    ServiceType.SCHOOL_NURSING: Level.UNIVERSAL,
    ServiceType.HOSPITAL: Level.UNIVERSAL,
    ServiceType.EARLY_HELP: Level.ADDITIONAL,
    ServiceType.SPECIAL_EDUCATIONAL_NEEDS: Level.ADDITIONAL,
    ServiceType.EDUCATION_WELFARE: Level.ADDITIONAL,
    ServiceType.COMMUNITY_PAEDIATRICS: Level.ADDITIONAL,
    ServiceType.SPEECH_AND_LANGUAGE: Level.ADDITIONAL,
    ServiceType.HOUSING: Level.ADDITIONAL,
    ServiceType.VOLUNTARY: Level.ADDITIONAL,
    ServiceType.POLICE: Level.ADDITIONAL,
    ServiceType.SOCIAL_CARE: Level.SPECIALIST,
    ServiceType.YOUTH_JUSTICE: Level.SPECIALIST,
    ServiceType.PROBATION: Level.SPECIALIST,
    ServiceType.SEXUAL_HEALTH: Level.SPECIALIST,
    ServiceType.MENTAL_HEALTH: Level.SPECIALIST,
    ServiceType.SUBSTANCE_MISUSE: Level.SPECIALIST,
}
"""The three tiers by which children's services were described at the time; which service is of which, is assumed, type by
type, with the reasons in docs/coverage.md."""


def level_of(service_type: ServiceType) -> Level:
    """Whether every child has such a service, some do, or few."""
    return LEVELS[service_type]


def makes_covered(service_type: ServiceType) -> bool:
    """Whether a child with such a service has more than every child has.

    Never a sensitive one: that a child is covered would tell of it.
    """
    return level_of(service_type) is not Level.UNIVERSAL and not service_type.is_sensitive


class CoveredChildren(StrEnum):
    """Which children may be registered."""

    ALL = "all"
    ADDITIONAL = "additional"
    """Those with at least one additional or specialist service."""


@dataclass(frozen=True, slots=True)
class Targeting:
    """The coverage as configured: `CoverageServiceTypes` and `CoverageChildren`.

    Raises ValueError if it covers no service, or if no child could ever be covered.
    """

    service_types: frozenset[ServiceType] = frozenset(ServiceType)
    children: CoveredChildren = CoveredChildren.ALL

    def __post_init__(self) -> None:
        if not self.service_types:
            raise ValueError(f"{SERVICE_TYPES} names no service: a register for none is a slip")
        if self.children is CoveredChildren.ADDITIONAL and not any(map(makes_covered, self.service_types)):
            raise ValueError(
                f"{CHILDREN} is {self.children}, but {SERVICE_TYPES} names no additional or specialist service that "
                "makes a child covered (a sensitive one never does): nothing could be registered"
            )

    @classmethod
    def configured(cls, coverage_service_types: str = "", coverage_children: str = "") -> Targeting:
        """From the template's parameters: `all`, or service types with commas; `all` or `additional`. Empty means all.

        Raises ValueError, naming the parameter, for what is no service type, or no such choice.
        """
        return cls(_service_types(coverage_service_types), _children(coverage_children))

    def parameters(self) -> dict[str, str]:
        """What `configured` reads as the same; equal coverages say it in equal words."""
        is_every = self.service_types == frozenset(ServiceType)
        return {
            "coverage_service_types": _ALL if is_every else ",".join(sorted(self.service_types)),
            "coverage_children": self.children.value,
        }

    def __str__(self) -> str:
        """Both parameters, on one line."""
        told = self.parameters()
        return f"{SERVICE_TYPES}={told['coverage_service_types']} {CHILDREN}={told['coverage_children']}"

    @property
    def covers_all(self) -> bool:
        """Whether nothing is out of it."""
        return self == Targeting()

    def takes(self, service_type: ServiceType) -> bool:
        """Whether the register is for this service at all."""
        return service_type in self.service_types

    def asks_for_more(self, service_type: ServiceType) -> bool:
        """Whether a child with this service is covered only if another service works with it, too."""
        return self.children is CoveredChildren.ADDITIONAL and level_of(service_type) is Level.UNIVERSAL

    def is_decided_by_child(self, service_type: ServiceType) -> bool:
        """Whether it depends on what is held of the child whether this service is taken in."""
        return self.takes(service_type) and self.asks_for_more(service_type)

    def covers(self, service_type: ServiceType, with_child: Iterable[ServiceType | None]) -> bool:
        """Whether this service is in the coverage, for a child with these services (None where nobody says which)."""
        if not self.takes(service_type):
            return False
        return not self.asks_for_more(service_type) or any(map(makes_covered, filter(None, with_child)))

    def refusal(self, service_type: ServiceType) -> OutOfCoverage | None:
        """Why this service may not be registered for any child; None if it may. It depends on nothing that is held."""
        if self.takes(service_type):
            return None
        return OutOfCoverage(
            f"this register is not for this service ({SERVICE_TYPES}): do not send it; {_WITHDRAWN}",
            SERVICE_TYPES,
            "/service_type",
        )


def refusal_of_child() -> OutOfCoverage:
    """Why a service that every child has may not be registered for a child that is not known to have more.

    It says the same of a child that is not held, that is held with universal services alone, and of which the caller
    may not know, and to who may not look up: word by word.
    """
    return OutOfCoverage(
        f"this register is for children with an additional or specialist service ({CHILDREN}), and it knows of none for "
        f"this child that you may see: send it again once there is one; {_WITHDRAWN}",
        CHILDREN,
        "/child",
    )


def tells_what_is_held(refusal: OutOfCoverage) -> bool:
    """Whether a refusal says something of what is held of a child."""
    return refusal.rule == CHILDREN


@dataclass(frozen=True, slots=True)
class Decided:
    """Whether the register is for the child of a service that every child has.

    `child_id` is the child that the organisation may know it to be about, None if there is none.
    """

    child_id: str | None
    refusal: OutOfCoverage | None


def _service_types(text: str) -> frozenset[ServiceType]:
    if text.strip() in ("", _ALL):
        return frozenset(ServiceType)
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in set(ServiceType)]:
        raise ValueError(f"{SERVICE_TYPES} names no service type that there is: {', '.join(map(repr, unknown))}")
    return frozenset(map(ServiceType, names))


def _children(text: str) -> CoveredChildren:
    if not text:
        return CoveredChildren.ALL
    try:
        return CoveredChildren(text)
    except ValueError:
        raise ValueError(f"{CHILDREN} is all or additional, not {text!r}") from None
