"""One signpost: this organisation's service works, or worked, with this child."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from shared.domain.child import ChildDetails


class ServiceType(StrEnum):
    """The closed list of services that may be signposted."""

    SOCIAL_CARE = "social_care"
    EARLY_HELP = "early_help"
    EDUCATION = "education"
    EARLY_YEARS = "early_years"
    SPECIAL_EDUCATIONAL_NEEDS = "special_educational_needs"
    EDUCATION_WELFARE = "education_welfare"
    GENERAL_PRACTICE = "general_practice"
    MIDWIFERY = "midwifery"
    HEALTH_VISITING = "health_visiting"
    SCHOOL_NURSING = "school_nursing"
    COMMUNITY_PAEDIATRICS = "community_paediatrics"
    SPEECH_AND_LANGUAGE = "speech_and_language"
    HOSPITAL = "hospital"
    POLICE = "police"
    YOUTH_JUSTICE = "youth_justice"
    PROBATION = "probation"
    HOUSING = "housing"
    VOLUNTARY = "voluntary"
    SEXUAL_HEALTH = "sexual_health"
    MENTAL_HEALTH = "mental_health"
    SUBSTANCE_MISUSE = "substance_misuse"

    @property
    def is_sensitive(self) -> bool:
        """Whether the mere fact of involvement tells what is wrong (product words: sensitive service)."""
        return self in _SENSITIVE


_SENSITIVE = frozenset({ServiceType.SEXUAL_HEALTH, ServiceType.MENTAL_HEALTH, ServiceType.SUBSTANCE_MISUSE})


class Standing(StrEnum):
    """Whether the service works with the child now. Extracts may say that it ended without saying when."""

    CURRENT = "current"
    ENDED = "ended"
    NOT_KNOWN = "not_known"


class SensitiveBasis(StrEnum):
    """Why a sensitive service may be recorded at all. There is no other reason."""

    CONSENT = "consent"
    SUSPECTED_SIGNIFICANT_HARM = "suspected_significant_harm"


class Dispute(StrEnum):
    """What somebody whom an involvement is about has said against it."""

    CORRECTION = "correction"
    """It is said to be wrong (UK GDPR, article 16)."""
    OBJECTION = "objection"
    """It is objected to that it is held (UK GDPR, article 21)."""


@dataclass(frozen=True, slots=True)
class Disputed:
    """An involvement is disputed since this instant, until its organisation has dealt with it."""

    dispute: Dispute
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Who works with the child, how to ring them, and since when: all that a signpost says."""

    service_type: ServiceType
    standing: Standing
    team: str | None = None
    practitioner_name: str | None = None
    practitioner_role: str | None = None
    duty_phone: str | None = None
    duty_email: str | None = None
    started: date | None = None
    ended: date | None = None
    last_contact: date | None = None
    lead_professional: bool = False
    assessment_held: bool = False
    source_system: str | None = None
    sensitive_basis: SensitiveBasis | None = None
    """Of a sensitive service, and of no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What an organisation sends: its own reference, what it says of the child, and the service."""

    source_reference: str
    child: ChildDetails
    service: Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Involvement:
    """A registration as the register holds it.

    `version` counts the changes from 1. `refreshed_at` is when the organisation last changed what it says.
    """

    organisation: str
    source_reference: str
    child_id: str
    child: ChildDetails
    service: Service
    recorded_at: datetime
    refreshed_at: datetime
    version: int
    disputed: Disputed | None = None


def in_order_of_use(involvement: Involvement) -> tuple[int, int, int, str, str]:
    """A sort key: lead professional first, current before ended, then the latest contact."""
    service = involvement.service
    last_contact = service.last_contact or service.started
    return (
        0 if service.lead_professional and service.standing is not Standing.ENDED else 1,
        {Standing.CURRENT: 0, Standing.NOT_KNOWN: 1, Standing.ENDED: 2}[service.standing],
        -(last_contact.toordinal() if last_contact else 0),
        involvement.organisation,
        involvement.source_reference,
    )


def check_past(day: date, today: date) -> None:
    """Raises ValueError for a day in the future."""
    if day > today:
        message = "this date is in the future: register it when it has come"
        raise ValueError(message)


def check_ended(started: date | None, ended: date, today: date) -> None:
    """Raises ValueError for an end in the future or before the start."""
    check_past(ended, today)
    if started is not None and ended < started:
        message = "an involvement cannot end before it started"
        raise ValueError(message)


def standing_of(standing: Standing | None, ended: date | None) -> Standing:
    """Whether the service works with the child now: as stated, or else ended if an end is given.

    Raises ValueError if a current involvement is said to have ended.
    """
    if ended is None:
        return standing or Standing.CURRENT
    if standing not in (None, Standing.ENDED):
        message = "an involvement with an end is not current: leave out standing, or the end"
        raise ValueError(message)
    return Standing.ENDED
