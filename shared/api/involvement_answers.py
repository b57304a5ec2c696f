"""What organisations are answered when they register, change, read or preview their involvements."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import (
    Field,
    RootModel,
)

from shared.api.answers import (
    AnswerBody,
    ServiceAnswer,
    SignpostAnswer,
    said_of,
)
from shared.domain import lookup
from shared.domain.child import (
    ChildDetails,
    Sex,
)
from shared.domain.identifiers import IdentifierKind, upn_is_doubtful
from shared.domain.involvement import (
    Involvement,
    SensitiveBasis,
)
from shared.domain.outcomes import Outcome
from shared.domain.preview import Preview, Would
from shared.domain.quality import Quality


class PreviewDatum(AnswerBody):
    """How good one detail is for telling the child from others, by what was sent alone."""

    detail: str
    quality: Quality
    remark: str | None = None


class PreviewAnswer(AnswerBody):
    """What a registration would do. Nothing was registered; that it was asked is recorded."""

    preview: Literal[True] = True
    outcome: Outcome
    would: Would
    would_help: list[str] = Field(description="Details of the child that were not given and would make it surer.")
    data: list[PreviewDatum]

    @classmethod
    def of(cls, preview: Preview) -> Self:
        """From the domain."""
        return cls(
            outcome=preview.outcome,
            would=preview.would,
            would_help=list(preview.would_help),
            data=[PreviewDatum.model_validate(datum, from_attributes=True) for datum in preview.data],
        )


class LocalIdAnswer(AnswerBody):
    """An authority's own id for a child."""

    authority: str
    id: str


class FormerNameAnswer(AnswerBody):
    """A name that the child had before."""

    given_name: str | None = None
    family_name: str | None = None


class StatedChildAnswer(AnswerBody):
    """The child as this organisation stated it."""

    nhs_number: str | None = None
    upn: str | None = None
    local_authority_child_id: LocalIdAnswer | None = None
    given_name: str | None = None
    family_name: str | None = None
    date_of_birth: date | None = None
    expected_date: date | None = None
    sex: Sex | None = None
    postcode: str | None = None
    former_names: list[FormerNameAnswer] | None = None
    date_of_death: date | None = None


class WarningAnswer(AnswerBody):
    """Something that was accepted but is doubtful."""

    pointer: str
    code: str
    detail: str


class InvolvementAnswer(ServiceAnswer):
    """An organisation's own involvement, as it is held. The ETag header is its version, for If-Match."""

    source_reference: str
    sensitive_basis: SensitiveBasis | None = None
    child: StatedChildAnswer
    warnings: list[WarningAnswer] = Field(default=[])

    @classmethod
    def of(cls, involvement: Involvement) -> Self:
        """From the domain."""
        return cls(
            source_reference=involvement.source_reference,
            sensitive_basis=involvement.service.sensitive_basis,
            child=_stated(involvement.child),
            warnings=_warnings(involvement.child),
            **said_of(involvement),
        )


class ElsewhereAnswer(AnswerBody):
    """Who else works with the child: what a lookup of these details shows, but for this very involvement."""

    lookup_id: str = Field(description="The id of the access record of this lookup.")
    involvements: list[SignpostAnswer] = Field(description="In the order of a lookup; none if it would not match.")
    lead_professional: SignpostAnswer | None = Field(
        default=None, description="Whom to ring first: the lead professional who still works with the child."
    )

    @classmethod
    def of(cls, found: lookup.Elsewhere) -> Self:
        """From the domain."""
        sources = {source.organisation: source for source in found.sources}
        lead = found.lead
        return cls(
            lookup_id=found.access_id,
            involvements=[SignpostAnswer.of(i, sources.get(i.organisation)) for i in found.involvements],
            lead_professional=SignpostAnswer.of(lead, sources.get(lead.organisation)) if lead else None,
        )


class RegisteredAnswer(InvolvementAnswer):
    """The involvement as it is held; and who else works with the child, if that was asked."""

    elsewhere: ElsewhereAnswer | None = Field(default=None, description="Only of a request with `asking`.")

    @classmethod
    def with_others(cls, involvement: Involvement, found: lookup.Elsewhere | None) -> Self:
        """From the domain."""
        elsewhere = ElsewhereAnswer.of(found) if found else None
        return cls(**dict(InvolvementAnswer.of(involvement)), elsewhere=elsewhere)


class PutAnswer(RootModel[RegisteredAnswer | PreviewAnswer]):
    """The involvement as it is held; or, of a preview, what would happen."""


class BatchItemAnswer(AnswerBody):
    """How one involvement of a batch fared: what it would have been answered alone."""

    source_reference: str | None = Field(default=None, description="Left out where none could be read.")
    status: int
    etag: str | None = None
    involvement: InvolvementAnswer | None = None
    problem: dict[str, object] | None = Field(default=None, description="A problem detail (RFC 9457).")


class BatchAnswer(AnswerBody):
    """One result for each involvement sent, in the order in which they were sent."""

    results: list[BatchItemAnswer]


def _stated(child: ChildDetails) -> StatedChildAnswer:
    numbers = {identifier.kind: identifier for identifier in child.identifiers}
    nhs, upn = numbers.get(IdentifierKind.NHS_NUMBER), numbers.get(IdentifierKind.UPN)
    local = numbers.get(IdentifierKind.LOCAL_AUTHORITY_CHILD_ID)
    return StatedChildAnswer(
        nhs_number=nhs.value if nhs else None,
        upn=upn.value if upn else None,
        local_authority_child_id=LocalIdAnswer(authority=local.authority, id=local.value) if local else None,
        given_name=child.given_name,
        family_name=child.family_name,
        date_of_birth=child.date_of_birth,
        expected_date=child.expected_date,
        sex=child.sex,
        postcode=child.postcode,
        former_names=[FormerNameAnswer.model_validate(name, from_attributes=True) for name in child.former_names]
        or None,
        date_of_death=child.date_of_death,
    )


def _warnings(child: ChildDetails) -> list[WarningAnswer]:
    return [
        WarningAnswer(
            pointer="/child/upn",
            code="upn_check_letter",
            detail="the check letter or the authority within this UPN is wrong: look for a mistyped character",
        )
        for identifier in child.identifiers
        if identifier.kind is IdentifierKind.UPN and upn_is_doubtful(identifier.value)
    ]
