"""What callers send, as JSON (and, row by row, as extracts), and what it means in the domain.

Validation takes the day of today from its context: `Model.model_validate_json(body, context={"today": today})`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, ValidationInfo, field_validator, model_validator

from shared.api.fields import (
    Body,
    Cursor,
    Day,
    Email,
    LocalId,
    Name,
    NhsNumber,
    Note,
    OrganisationCode,
    OverrideId,
    PageSize,
    Phone,
    Postcode,
    PractitionerId,
    ShortText,
    SourceReference,
    Text,
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
    check_date_of_death,
    check_expected_date,
)
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.involvement import (
    Registration,
    SensitiveBasis,
    Service,
    ServiceType,
    Standing,
    check_ended,
    check_past,
    standing_of,
)
from shared.domain.lookup import Question
from shared.domain.review import Decision

_PERSONAL_REFERENCE = "this is the child's own NHS number or UPN, and would stand in addresses: use a key of your own"

_PERSONAL_NOTE = "this repeats what identifies the child: give a case reference instead"
_NO_BASIS = (
    "a sensitive service is recorded only with consent, or on suspicion of significant harm: give consent or "
    "suspected_significant_harm, or do not register it"
)
_NO_NEED_OF_BASIS = "only a sensitive service has this: leave it out"
_NOTHING_ELSEWHERE = "a preview, or the registration of a sensitive service, tells nothing of others: leave it out"
_RESERVED_REFERENCE = "/involvements/batch is the address of batches: use another key"

BATCH_SIZE = 100
"""How many involvements one batch may hold."""


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
            check_date_of_birth(born, _today(info))
        return born

    @field_validator("expected_date")
    @classmethod
    def _can_be_due_then(cls, expected: date | None, info: ValidationInfo) -> date | None:
        if expected is not None:
            check_expected_date(expected, _today(info))
        return expected


class StatedChildBody(ChildBody):
    """What an organisation states of a child that it registers."""

    date_of_death: Day | None = Field(
        default=None, description="If the child has died. Only this involvement is kept by it, and nobody else sees it."
    )

    def details(self) -> ChildDetails:
        """In the words of the domain."""
        return replace(super().details(), date_of_death=self.date_of_death)

    @field_validator("date_of_death")
    @classmethod
    def _can_have_died_then(cls, died: date | None, info: ValidationInfo) -> date | None:
        if died is not None:
            check_date_of_death(info.data.get("date_of_birth"), died, _today(info))
        return died


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


class LookupRequest(Body):
    """A question about one child."""

    reason: ReasonBody
    practitioner: PractitionerBody
    child: ChildBody
    override: OverrideId | None = Field(
        default=None, description="Of a shield that you have opened: this lookup sees behind it."
    )

    def question(self) -> Question:
        """In the words of the domain. Raises InvalidRequest for a note that says whom the question is about."""
        asked = _question(self.reason, self.practitioner, self.child, "/reason/note")
        return replace(asked, override_id=self.override)


def _question(reason: ReasonBody, practitioner: PractitionerBody, child: ChildBody, note_stands: str) -> Question:
    if reason.note and note_names_somebody(reason.note, child.details()):
        raise InvalidRequest([FieldProblem(note_stands, "personal", _PERSONAL_NOTE)])
    behalf = practitioner.on_behalf_of
    return Question(
        reason=Reason(reason.purpose, reason.legal_basis, reason.note),
        practitioner=practitioner.practitioner(),
        on_behalf_of=behalf.practitioner() if behalf else None,
        child=child.details(),
    )


class ServicePractitioner(Body):
    """The professional who works with the child."""

    name: Name | None = None
    role: ShortText | None = None


class InvolvementRequest(Body):
    """This organisation's service works, or worked, with this child."""

    child: StatedChildBody
    service_type: ServiceType
    standing: Standing | None = Field(default=None, description="If left out: ended if `ended` is given, else current.")
    team: Text | None = None
    practitioner: ServicePractitioner | None = None
    duty_phone: Phone | None = None
    duty_email: Email | None = None
    started: Day | None = None
    ended: Day | None = None
    last_contact: Day | None = None
    lead_professional: bool = False
    assessment_held: bool = False
    source_system: ShortText | None = None
    sensitive_basis: SensitiveBasis | None = Field(
        default=None,
        description="Why a sensitive service (sexual health, mental health, substance misuse) may be recorded at all. "
        "Of such a service it must be given, of any other it must not.",
    )

    @field_validator("child")
    @classmethod
    def _is_somebody(cls, child: StatedChildBody) -> StatedChildBody:
        named = child.given_name or child.family_name
        if not (child.details().identifiers or (named and (child.date_of_birth or child.expected_date))):
            message = "give a number (NHS, UPN or local authority), or a name and a date of birth or expected date"
            raise ValueError(message)
        return child

    @field_validator("started", "last_contact")
    @classmethod
    def _is_past(cls, day: date | None, info: ValidationInfo) -> date | None:
        if day is not None:
            check_past(day, _today(info))
        return day

    @field_validator("ended")
    @classmethod
    def _ends_after_start(cls, ended: date | None, info: ValidationInfo) -> date | None:
        if ended is not None:
            check_ended(info.data.get("started"), ended, _today(info))
            standing_of(info.data.get("standing"), ended)
        return ended

    def registration(self, source_reference: str) -> Registration:
        """In the words of the domain.

        Raises InvalidRequest for a reference that no address can or may hold, and for a sensitive service without its
        basis, or a basis without such a service.
        """
        if self.service_type.is_sensitive and self.sensitive_basis is None:
            raise InvalidRequest([FieldProblem("/sensitive_basis", "missing", _NO_BASIS)])
        if self.sensitive_basis and not self.service_type.is_sensitive:
            raise InvalidRequest([FieldProblem("/sensitive_basis", "not_sensitive", _NO_NEED_OF_BASIS)])
        if source_reference == "batch":
            raise InvalidRequest([FieldProblem("/source_reference", "reserved", _RESERVED_REFERENCE)])
        if source_reference in {self.child.nhs_number, self.child.upn}:
            raise InvalidRequest([FieldProblem("/source_reference", "personal", _PERSONAL_REFERENCE)])
        practitioner = self.practitioner or ServicePractitioner()
        return Registration(
            source_reference=source_reference,
            child=self.child.details(),
            service=Service(
                service_type=self.service_type,
                standing=standing_of(self.standing, self.ended),
                team=self.team,
                practitioner_name=practitioner.name,
                practitioner_role=practitioner.role,
                duty_phone=self.duty_phone,
                duty_email=self.duty_email,
                started=self.started,
                ended=self.ended,
                last_contact=self.last_contact,
                lead_professional=self.lead_professional,
                assessment_held=self.assessment_held,
                source_system=self.source_system,
                sensitive_basis=self.sensitive_basis,
            ),
        )


class AskingBody(Body):
    """Who asks, and why."""

    reason: ReasonBody
    practitioner: PractitionerBody


class PutRequest(InvolvementRequest):
    """An involvement to be put, or only to be tried."""

    preview: bool = Field(
        default=False, description="`true`: tells what would happen and how good the data are, and registers nothing."
    )
    asking: AskingBody | None = Field(
        default=None,
        description="If it is given, the answer says who else works with the child. That is a lookup: it is permitted, "
        "limited and recorded as one. Not with a preview, nor with a sensitive service.",
    )

    def question(self) -> Question | None:
        """What is asked with it, in the words of the domain; None if nothing is.

        Raises InvalidRequest where nothing may be asked, and for a note that says whom the question is about.
        """
        if self.asking is None:
            return None
        if self.preview or self.service_type.is_sensitive:
            raise InvalidRequest([FieldProblem("/asking", "not_here", _NOTHING_ELSEWHERE)])
        return _question(self.asking.reason, self.asking.practitioner, self.child, "/asking/reason/note")


class BatchItem(InvolvementRequest):
    """One involvement of a batch."""

    source_reference: SourceReference
    preview: Literal[False] = Field(default=False, description="There is none in a batch: put the involvement alone.")

    @field_validator("preview", mode="before")
    @classmethod
    def _is_none(cls, preview: object) -> object:
        if preview is True:
            message = "there is no preview in a batch: put the involvement alone"
            raise ValueError(message)
        return preview


class BatchRequest(Body):
    """Up to 100 involvements. Each is checked by itself, so that one that is wrong does not fail the others."""

    involvements: Annotated[list[JsonValue], Field(min_length=1, max_length=BATCH_SIZE)]


class ComparisonRequest(Body):
    """Who wants to see both children of a case."""

    practitioner: PersonAskingBody
    note: Note | None = Field(default=None, description="Such as a case reference; never a name or number of a child.")

    @field_validator("note")
    @classmethod
    def _names_nobody(cls, note: str | None) -> str | None:
        # whom a case is about is not known here: what can be told is that it holds an NHS number
        if note and note_names_somebody(note, ChildDetails()):
            raise ValueError(_PERSONAL_NOTE)
        return note


class DecisionRequest(Body):
    """What a person found: whether both children of a case are one."""

    practitioner: PersonAskingBody
    decision: Decision


class PageQuery(Body):
    """Which part of a list is asked for."""

    limit: PageSize = Field(default=50, description="How many rows to list at most.")
    after: Cursor | None = Field(default=None, description="The `next` of the page before.")


def _today(info: ValidationInfo) -> date:
    if info.context is None:
        message = "validation needs its context: today"
        raise RuntimeError(message)
    today: date = info.context["today"]
    return today
