"""What operators send to the access function: `sam remote invoke AccessFunction`."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from shared.api.fields import Body, CaseId, Cursor, Note, OrganisationCode, PractitionerId, SourceReference
from shared.api.instructions import without_kind
from shared.api.requests import ChildBody
from shared.api.validation import InvalidRequest, problems_in
from shared.domain.accesses import hour_text, read_hour
from shared.domain.disputing import Noted
from shared.domain.involvement import Dispute
from shared.domain.report import Wanted
from shared.domain.sealing import Proof
from shared.domain.verifying import Verified


def _hour(value: Any) -> datetime:  # whatever came, before it is known to be text
    return read_hour(value if isinstance(value, str) else "")


Hour = Annotated[datetime, BeforeValidator(_hour)]
"""An hour of the access log, as 2026-11-20T09 (UTC)."""


class Seal(Body):
    """Seal what is due: what the schedule does."""

    action: Literal["seal"]


class Verify(Body):
    """Is the log as it was sealed? All of it, or the hours from the first to the last."""

    action: Literal["verify"]
    first: Hour | None = None
    last: Hour | None = None


class Prove(Body):
    """Proof that one record is in the seal of its hour, without any other."""

    action: Literal["prove"]
    hour: Hour
    access_id: CaseId


class ReportOf(Body):
    """A subject-access report, about a child by its id or by its details."""

    action: Literal["report"]
    child_id: CaseId | None = None
    child: ChildBody | None = None
    operator: PractitionerId
    reference: Note = Field(description="The number of the request; no name.")
    shield_team: OrganisationCode | None = Field(
        default=None, description="Of a shielded child: the organisation whose shield team has agreed."
    )
    after: Cursor | None = None
    format: Literal["json", "text"] = "json"

    @model_validator(mode="after")
    def _is_about_one(self) -> Self:
        if (self.child_id is None) == (self.child is None):
            message = "give either child_id or child"
            raise ValueError(message)
        return self

    def to_domain(self) -> Wanted:
        """In the words of the domain."""
        about = self.child.details() if self.child else self.child_id or ""
        return Wanted(
            about=about,
            operator=self.operator,
            reference=self.reference,
            shield_team=self.shield_team,
            after=self.after,
        )


class DisputeBody(Body):
    """Somebody says that an involvement is wrong, or objects to it."""

    action: Literal["dispute", "settle"]
    dispute: Dispute
    organisation: OrganisationCode
    source_reference: SourceReference
    operator: PractitionerId
    reference: Note = Field(description="The number of the request; no name.")

    def to_domain(self) -> Noted:
        """In the words of the domain."""
        return Noted(
            dispute=self.dispute,
            organisation=self.organisation,
            source_reference=self.source_reference,
            operator=self.operator,
            reference=self.reference,
        )


type Instruction = Seal | Verify | Prove | ReportOf | DisputeBody

_INSTRUCTION: TypeAdapter[Instruction] = TypeAdapter(Annotated[Instruction, Field(discriminator="action")])


def read_instruction(event: Any, today: date) -> Instruction:
    """Raises InvalidRequest, whose problems name what to mend and hold nothing that was sent."""
    try:
        return _INSTRUCTION.validate_python(event, strict=False, context={"today": today})
    except ValidationError as error:
        problems = problems_in(error)
    raise InvalidRequest([replace(problem, pointer=without_kind(problem.pointer)) for problem in problems])


def verified_answer(verified: Verified) -> dict[str, Any]:
    """What was looked at, and what is wrong, for operators."""
    return {
        "is_as_sealed": not verified.discrepancies and verified.next is None,
        "hours": verified.hours,
        "records": verified.records,
        "hours_removed_by_retention": verified.removed_by_retention,
        "wrong": [
            {
                "wrong": found.wrong.value,
                "hour": hour_text(found.hour),
                **({"access_id": found.access_id} if found.access_id else {}),
            }
            for found in verified.discrepancies
        ],
        **({"go_on_from": hour_text(verified.next)} if verified.next else {}),
    }


def proof_answer(proof: Proof) -> dict[str, Any]:
    """What shows that a record was sealed, for whoever checks it without this program."""
    return {
        "record": proof.content.decode(),
        "index": proof.index,
        "count": proof.count,
        "beside": [part.hex() for part in proof.beside],
        "root": proof.root.hex(),
        "seal": proof.sealed.written.decode(),
        "signature": b64encode(proof.sealed.signature).decode(),
        "key_id": proof.sealed.key_id,
    }
