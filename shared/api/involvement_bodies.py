"""What organisations send of their involvements, as JSON and, row by row, as extracts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from shared.api.fields import (
    Body,
    Day,
    Name,
    ShortText,
    SourceReference,
    Text,
)
from shared.api.requests import (
    ChildBody,
    PractitionerBody,
    ReasonBody,
    day_of_asking,
    question_of,
)
from shared.api.validation import FieldProblem, InvalidRequest
from shared.domain import contact
from shared.domain.child import (
    ChildDetails,
    check_date_of_death,
)
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

_PERSONAL_REFERENCE = "this is the child's own NHS number or UPN, and would stand in addresses: use a key of your own"
_NO_BASIS = (
    "a sensitive service is recorded only with consent, or on suspicion of significant harm: give consent or "
    "suspected_significant_harm, or do not register it"
)
_NO_NEED_OF_BASIS = "only a sensitive service has this: leave it out"
_NOTHING_ELSEWHERE = "a preview, or the registration of a sensitive service, tells nothing of others: leave it out"
_RESERVED_REFERENCE = "/involvements/batch is the address of batches: use another key"
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(contact.parse_phone)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(contact.parse_email)]

BATCH_SIZE = 100
"""How many involvements one batch may hold."""


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
            check_date_of_death(info.data.get("date_of_birth"), died, day_of_asking(info))
        return died


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
            check_past(day, day_of_asking(info))
        return day

    @field_validator("ended")
    @classmethod
    def _ends_after_start(cls, ended: date | None, info: ValidationInfo) -> date | None:
        if ended is not None:
            check_ended(info.data.get("started"), ended, day_of_asking(info))
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
        return question_of(self.asking.reason, self.asking.practitioner, self.child, "/asking/reason/note")


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
