"""What answers of several calls are made of, as JSON. What is not known is left out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from shared.domain import lookup
from shared.domain.child import Sex
from shared.domain.involvement import Dispute, Disputed, Involvement, ServiceType, Standing


class AnswerBody(BaseModel):
    """The base of every answer."""

    model_config = ConfigDict(frozen=True)


class PractitionerAnswer(AnswerBody):
    """The professional who works with the child, as far as the organisation names one."""

    name: str | None = None
    role: str | None = None


class DisputedAnswer(AnswerBody):
    """Somebody whom this is about says that it is wrong, or objects to its being held; it is being dealt with."""

    dispute: Dispute
    since: datetime

    @classmethod
    def of(cls, disputed: Disputed | None) -> Self | None:
        """From the domain."""
        return cls(dispute=disputed.dispute, since=disputed.since) if disputed else None


class ServiceAnswer(AnswerBody):
    """Who works with the child, how to ring them, since when."""

    service_type: ServiceType
    standing: Standing = Field(description="`not_known` where the organisation's own records do not say.")
    team: str | None = None
    practitioner: PractitionerAnswer | None = None
    duty_phone: str | None = None
    duty_email: str | None = None
    started: date | None = None
    ended: date | None = None
    last_contact: date | None = None
    lead_professional: bool = False
    assessment_held: bool = False
    source_system: str | None = None
    disputed: DisputedAnswer | None = None
    recorded_at: datetime = Field(description="When the register first heard of it.")
    refreshed_at: datetime = Field(description="When the organisation last changed what it says.")


class SignpostAnswer(ServiceAnswer):
    """One row of the answer to a lookup."""

    organisation: str = Field(description="ODS or local-authority code.")
    organisation_name: str | None = None
    data_current_as_of: date | None = Field(
        default=None, description="How current the organisation's data are, by its last extract."
    )

    @classmethod
    def of(cls, involvement: Involvement, source: lookup.Source | None) -> Self:
        """From the domain."""
        return cls(
            organisation=involvement.organisation,
            organisation_name=source.name if source else None,
            data_current_as_of=source.current_as_of if source else None,
            **said_of(involvement),
        )


class ChildAnswer(AnswerBody):
    """Enough to know that it is the right child; never an address or a number."""

    child_id: str = Field(description="The register's own id: an opaque pseudonym.")
    given_name: str | None = None
    family_name: str | None = None
    date_of_birth: date | None = None
    expected_date: date | None = None
    sex: Sex | None = None


def said_of(involvement: Involvement) -> dict[str, Any]:
    """The fields of a ServiceAnswer, from the domain."""
    service = involvement.service
    practitioner = PractitionerAnswer(name=service.practitioner_name, role=service.practitioner_role)
    return {
        "service_type": service.service_type,
        "standing": service.standing,
        "team": service.team,
        "practitioner": practitioner if practitioner.name or practitioner.role else None,
        "duty_phone": service.duty_phone,
        "duty_email": service.duty_email,
        "started": service.started,
        "ended": service.ended,
        "last_contact": service.last_contact,
        "lead_professional": service.lead_professional,
        "assessment_held": service.assessment_held,
        "source_system": service.source_system,
        "disputed": DisputedAnswer.of(involvement.disputed),
        "recorded_at": involvement.recorded_at,
        "refreshed_at": involvement.refreshed_at,
    }
