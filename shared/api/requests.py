"""What requests of several calls are made of, and what it means in the domain.

Validation takes the day of today from its context: `Model.model_validate_json(body, context={"today": today})`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from shared.api.fields import (
    Body,
    Day,
    LocalId,
    Name,
    NhsNumber,
    Note,
    OrganisationCode,
    Postcode,
    PractitionerId,
    Upn,
)
from shared.api.validation import FieldProblem, InvalidRequest
from shared.domain.access import LegalBasis, Practitioner, Purpose, Reason, Role, note_names_somebody
from shared.domain.child import (
    MOST_FORMER_NAMES,
    ChildDetails,
    FormerName,
    Sex,
    check_date_of_birth,
    check_expected_date,
)
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.lookup import Question

PERSONAL_NOTE = "this repeats what identifies the child: give a case reference instead"


class LocalAuthorityChildId(Body):
    """An authority's own id for a child; it means nothing without the authority."""

    authority: OrganisationCode
    id: LocalId


class FormerNameBody(Body):
    """A name that the child had before, or goes by: a given name, a family name, or both. What is left out is as now."""

    given_name: Name | None = None
    family_name: Name | None = None

    @model_validator(mode="after")
    def _is_a_name(self) -> Self:
        if not (self.given_name or self.family_name):
            message = "give a given name, a family name, or both"
            raise ValueError(message)
        return self


class ChildBody(Body):
    """What the caller knows of the child. Any detail may be left out."""

    nhs_number: NhsNumber | None = None
    upn: Upn | None = None
    local_authority_child_id: LocalAuthorityChildId | None = None
    given_name: Name | None = None
    family_name: Name | None = None
    date_of_birth: Day | None = None
    expected_date: Day | None = Field(default=None, description="Of an unborn child: when it is due.")
    sex: Sex | None = None
    postcode: Postcode | None = None
    former_names: Annotated[list[FormerNameBody], Field(max_length=MOST_FORMER_NAMES)] = Field(
        default=[], description="Names that the child had before or goes by; it is found by each of them."
    )

    def details(self) -> ChildDetails:
        """In the words of the domain."""
        local = self.local_authority_child_id
        numbers = (
            (IdentifierKind.NHS_NUMBER, self.nhs_number, ""),
            (IdentifierKind.UPN, self.upn, ""),
            (IdentifierKind.LOCAL_AUTHORITY_CHILD_ID, local and local.id, local.authority if local else ""),
        )
        return ChildDetails(
            given_name=self.given_name,
            family_name=self.family_name,
            date_of_birth=self.date_of_birth,
            expected_date=self.expected_date,
            sex=self.sex,
            postcode=self.postcode,
            identifiers=tuple(Identifier(kind, value, authority) for kind, value, authority in numbers if value),
            former_names=tuple(FormerName(name.given_name, name.family_name) for name in self.former_names),
        )

    @field_validator("date_of_birth")
    @classmethod
    def _can_be_born_then(cls, born: date | None, info: ValidationInfo) -> date | None:
        if born is not None:
            check_date_of_birth(born, day_of_asking(info))
        return born

    @field_validator("expected_date")
    @classmethod
    def _can_be_due_then(cls, expected: date | None, info: ValidationInfo) -> date | None:
        if expected is not None:
            check_expected_date(expected, day_of_asking(info))
        return expected


class ReasonBody(Body):
    """Why the question is asked."""

    purpose: Purpose
    legal_basis: LegalBasis
    note: Note | None = Field(default=None, description="Such as a case reference; never a name or number of a child.")


class PersonAskingBody(Body):
    """A professional."""

    id: PractitionerId = Field(description="The organisation's own id of the practitioner, or a registration number.")
    name: Name
    role: Role

    def practitioner(self) -> Practitioner:
        """In the words of the domain."""
        return Practitioner(self.id, self.name, self.role)


class PractitionerBody(PersonAskingBody):
    """The professional who asks, perhaps for a colleague."""

    on_behalf_of: PersonAskingBody | None = None


def question_of(reason: ReasonBody, practitioner: PractitionerBody, child: ChildBody, note_stands: str) -> Question:
    """In the words of the domain. Raises InvalidRequest for a note that says whom the question is about.

    `note_stands` is the pointer to the note in the body.
    """
    if reason.note and note_names_somebody(reason.note, child.details()):
        raise InvalidRequest([FieldProblem(note_stands, "personal", PERSONAL_NOTE)])
    behalf = practitioner.on_behalf_of
    return Question(
        reason=Reason(reason.purpose, reason.legal_basis, reason.note),
        practitioner=practitioner.practitioner(),
        on_behalf_of=behalf.practitioner() if behalf else None,
        child=child.details(),
    )


def day_of_asking(info: ValidationInfo) -> date:
    """The day of today, from the context of the validation."""
    if info.context is None:
        message = "validation needs its context: today"
        raise RuntimeError(message)
    today: date = info.context["today"]
    return today
