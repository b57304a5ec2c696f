"""What whoever answers for a dependent system sends, and gets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import Field, ValidationInfo, field_validator

from shared.api.answers import AnswerBody
from shared.api.fields import Body, Day
from shared.api.requests import PersonAskingBody
from shared.domain.dependents import Dependent, Readiness


class AcknowledgementRequest(Body):
    """We know that the register will close."""

    practitioner: PersonAskingBody = Field(description="Who says so for the organisation.")
    state: Readiness = Field(description="How far the system is with doing without the register.")
    ready_by: Day | None = Field(
        default=None,
        validate_default=True,
        description="The day by which it will be. To be given while it is `not started` or `adapting`.",
    )

    @field_validator("ready_by")
    @classmethod
    def _is_said(cls, ready_by: date | None, info: ValidationInfo) -> date | None:
        if ready_by is None and info.data.get("state") in (Readiness.NOT_STARTED, Readiness.ADAPTING):
            message = "say by which day the system will be ready"
            raise ValueError(message)
        return ready_by


class AcknowledgementAnswer(AnswerBody):
    """What is written down of it."""

    dependent_id: str
    name: str
    closes_at: datetime | None = Field(
        None, description="Of the closure that was acknowledged: if it moves, you are asked again."
    )
    acknowledged_at: datetime | None = None
    state: Readiness
    ready_by: date | None = None

    @classmethod
    def of(cls, dependent: Dependent) -> Self:
        """From the domain."""
        said = dependent.acknowledgement
        return cls(
            dependent_id=dependent.dependent_id,
            name=dependent.name,
            closes_at=said.closes_at if said else None,
            acknowledged_at=said.at if said else None,
            state=dependent.readiness,
            ready_by=said.ready_by if said else None,
        )
