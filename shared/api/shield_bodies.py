"""What shield teams, police and social work send about shields, and what they get."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, field_validator

from shared.api.answers import AnswerBody
from shared.api.fields import Body, Note
from shared.api.requests import FormerNameBody, PractitionerBody, ReasonBody
from shared.api.validation import FieldProblem, InvalidRequest
from shared.domain.access import Reason, note_names_somebody
from shared.domain.child import ChildDetails, FormerName
from shared.domain.duration import start_of_day
from shared.domain.shield import OVERRIDE_LASTS, WARNING, Override, Shield, ShieldReason, check_end

MOST_HIDDEN_NAMES = 10
"""How many names one shield may hide."""

_PERSONAL_NOTE = "this repeats what identifies the child: give a case reference instead"
_MINUTES = OVERRIDE_LASTS // timedelta(minutes=1)


def _end(value: Any) -> datetime:  # whatever came, before it is known to be text
    if isinstance(value, str):
        with suppress(ValueError):
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                return start_of_day(date.fromisoformat(value) + timedelta(days=1))
            if re.fullmatch(
                r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})", value
            ):
                return datetime.fromisoformat(value).astimezone(UTC)
    message = "give a day as YYYY-MM-DD, or an instant with its offset as YYYY-MM-DDThh:mm:ss+01:00"
    raise ValueError(message)


End = Annotated[datetime, BeforeValidator(_end, json_schema_input_type=Annotated[str, Field(max_length=40)])]


class ActingBody(Body):
    """Who of the shield team acts."""

    practitioner: PractitionerBody
    note: Note | None = Field(default=None, description="Such as a case reference; never a name or number of a child.")

    @field_validator("note")
    @classmethod
    def _names_nobody(cls, note: str | None) -> str | None:
        # the names of the child are not known here: what can be told is that it holds an NHS number
        if note and note_names_somebody(note, ChildDetails()):
            raise ValueError(_PERSONAL_NOTE)
        return note


class ShieldRequest(ActingBody):
    """A child whose whereabouts must not be found."""

    reason: ShieldReason
    ends: End = Field(
        description="The last day on which it holds, to its end in London; or an instant. At most five years ahead."
    )
    hide_names: Annotated[list[FormerNameBody], Field(max_length=MOST_HIDDEN_NAMES)] = Field(
        default=[],
        description="Names of the child that must not find it any more: a given name, a family name, or both. Names that "
        "are registered after the shield was set find it for nobody, and need not be given.",
    )

    def until(self, now: datetime) -> datetime:
        """The instant from which it does not hold any more. Raises InvalidRequest for one that is out of range."""
        try:
            check_end(self.ends, now)
        except ValueError as error:
            raise InvalidRequest([FieldProblem("/ends", "out_of_range", str(error))]) from error
        return self.ends

    def hidden(self) -> tuple[FormerName, ...]:
        """In the words of the domain. Raises InvalidRequest for a note that repeats one of them."""
        names = tuple(FormerName(name.given_name, name.family_name) for name in self.hide_names)
        if self.note and note_names_somebody(self.note, ChildDetails(former_names=names)):
            raise InvalidRequest([FieldProblem("/note", "personal", _PERSONAL_NOTE)])
        return names


class LiftingRequest(ActingBody):
    """The whereabouts of a child may be found again."""


class OverrideRequest(Body):
    """A shield that somebody has to see behind, now."""

    practitioner: PractitionerBody
    reason: ReasonBody
    warning: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description=f"Typed word by word: {WARNING!r}", examples=[WARNING]
    )

    def asked(self) -> Reason:
        """Why, in the words of the domain. Raises InvalidRequest for a note that holds an NHS number."""
        note = self.reason.note
        if note and note_names_somebody(note, ChildDetails()):
            raise InvalidRequest([FieldProblem("/reason/note", "personal", _PERSONAL_NOTE)])
        return Reason(self.reason.purpose, self.reason.legal_basis, note)


class ShieldAnswer(AnswerBody):
    """Whether a child is shielded and, if so, why and until when."""

    child_id: str = Field(description="The register's own id: an opaque pseudonym.")
    shielded: bool
    reason: ShieldReason | None = None
    since: datetime | None = None
    until: datetime | None = Field(default=None, description="From this instant on the child is found as any other.")
    inherited: bool | None = Field(
        default=None,
        description="`true` if nobody shielded this child, but it may be one that is: decide the case on the review list.",
    )

    @classmethod
    def of(cls, child_id: str, shield: Shield | None) -> Self:
        """From the domain."""
        if shield is None:
            return cls(child_id=child_id, shielded=False)
        return cls(
            child_id=child_id,
            shielded=True,
            reason=shield.reason,
            since=shield.since,
            until=shield.until,
            inherited=shield.inherited,
        )


class OverrideAnswer(AnswerBody):
    """A shield that stands open, for this practitioner alone."""

    override_id: str = Field(description="Give it as `override` with lookups: the shield hides nothing from them.")
    until: datetime = Field(description=f"{_MINUTES} minutes from now.")

    @classmethod
    def of(cls, override: Override) -> Self:
        """From the domain."""
        return cls(override_id=override.override_id, until=override.until)
