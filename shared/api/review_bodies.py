"""What is sent about the review list, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, Self

from pydantic import (
    Field,
    field_validator,
)

from shared.api import cursors
from shared.api.answers import (
    AnswerBody,
    ChildAnswer,
    DisputedAnswer,
)
from shared.api.fields import (
    Body,
    Note,
)
from shared.api.requests import (
    PERSONAL_NOTE,
    PersonAskingBody,
)
from shared.domain import review
from shared.domain.access import note_names_somebody
from shared.domain.child import (
    ChildDetails,
)
from shared.domain.involvement import (
    ServiceType,
    Standing,
)
from shared.domain.review import Decision


class ComparisonRequest(Body):
    """Who wants to see both children of a case."""

    practitioner: PersonAskingBody
    note: Note | None = Field(default=None, description="Such as a case reference; never a name or number of a child.")

    @field_validator("note")
    @classmethod
    def _names_nobody(cls, note: str | None) -> str | None:
        # whom a case is about is not known here: what can be told is that it holds an NHS number
        if note and note_names_somebody(note, ChildDetails()):
            raise ValueError(PERSONAL_NOTE)
        return note


class DecisionRequest(Body):
    """What a person found: whether both children of a case are one."""

    practitioner: PersonAskingBody
    decision: Decision


class CaseAnswer(AnswerBody):
    """Two children that may be one, on the review list. Ids and codes only."""

    case_id: str
    cause: review.Cause = Field(
        description="`alike`: a new child was much like one that was there. `number`: one is said to have the other's."
    )
    sureness: float | None = Field(default=None, description="From 0 to 1, how likely they are one; if reckoned.")
    raised_at: datetime
    state: review.State = Field(description="`joining` and `undoing` go on by themselves until they are done.")
    decided_at: datetime | None = None
    decided_for: str | None = Field(default=None, description="The organisation whose practitioner decided.")

    @classmethod
    def of(cls, case: review.Case) -> Self:
        """From the domain."""
        return cls(
            case_id=case.case_id,
            cause=case.cause,
            sureness=None if case.sureness is None else round(case.sureness, 2),
            raised_at=case.raised_at,
            state=case.state,
            decided_at=case.decided_at,
            decided_for=case.decided_for,
        )


class ReviewsAnswer(AnswerBody):
    """Cases that wait for a decision, the oldest first."""

    cases: list[CaseAnswer]
    next: str | None = Field(default=None, description="Give it as `after` to get the rest; left out at the end.")

    @classmethod
    def of(cls, page: review.Page) -> Self:
        """From the domain."""
        return cls(
            cases=[CaseAnswer.of(case) for case in page.cases],
            next=cursors.written(page.next) if page.next else None,
        )


class WhomToRing(AnswerBody):
    """A service that works, or worked, with a child of the pair, and how to reach it."""

    organisation: str = Field(description="ODS or local-authority code.")
    organisation_name: str | None = None
    service_type: ServiceType
    standing: Standing
    team: str | None = None
    duty_phone: str | None = None
    duty_email: str | None = None
    last_contact: date | None = None
    disputed: DisputedAnswer | None = None


class SideAnswer(AnswerBody):
    """One child of the pair."""

    child: ChildAnswer
    involvements: list[WhomToRing]
    access_id: str = Field(description="The id of the access record of this disclosure.")

    @classmethod
    def of(cls, side: review.Side, access_id: str, names: Mapping[str, str]) -> Self:
        """From the domain; `names` are those of organisations by their codes."""
        return cls(
            child=ChildAnswer.model_validate(side.child, from_attributes=True),
            involvements=[
                WhomToRing(
                    organisation=involvement.organisation,
                    organisation_name=names.get(involvement.organisation),
                    service_type=involvement.service.service_type,
                    standing=involvement.service.standing,
                    team=involvement.service.team,
                    duty_phone=involvement.service.duty_phone,
                    duty_email=involvement.service.duty_email,
                    last_contact=involvement.service.last_contact,
                    disputed=DisputedAnswer.of(involvement.disputed),
                )
                for involvement in side.involvements
            ],
            access_id=access_id,
        )


class ComparisonAnswer(AnswerBody):
    """Both children of a case. Deciding `same` joins the newer into the older."""

    case: CaseAnswer
    newer: SideAnswer
    older: SideAnswer
    agreement: dict[str, Literal["same", "close", "different", "not_known"]] = Field(
        description="How the details agree, where a lookup would not show them too: a postcode, a number."
    )

    @classmethod
    def of(cls, comparison: review.Comparison, names: Mapping[str, str]) -> Self:
        """From the domain; `names` are those of organisations by their codes."""
        newer, older = comparison.access_ids
        return cls.model_validate(
            {
                "case": CaseAnswer.of(comparison.case),
                "newer": SideAnswer.of(comparison.newer, newer, names),
                "older": SideAnswer.of(comparison.older, older, names),
                "agreement": dict(comparison.agreement),
            }
        )
