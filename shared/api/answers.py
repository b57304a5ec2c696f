"""What callers get, as JSON. What is not known is left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel

from shared.api import cursors
from shared.domain import lookup, review
from shared.domain.child import ChildDetails, Sex
from shared.domain.closure import Progress
from shared.domain.dependents import Count
from shared.domain.identifiers import IdentifierKind, upn_is_doubtful
from shared.domain.involvement import Dispute, Disputed, Involvement, SensitiveBasis, ServiceType, Standing
from shared.domain.lifecycle import Lifecycle, Phase
from shared.domain.matching import Outcome
from shared.domain.milestones import MilestoneName, milestones
from shared.domain.preview import Preview, Would
from shared.domain.quality import Quality
from shared.domain.shield import WARNING


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
            **_service(involvement),
        )


class SensitiveAnswer(SignpostAnswer):
    """A sensitive service: ring it, say who asks and why, and let it decide. Tell nobody else that it is there."""

    sensitive_basis: SensitiveBasis | None = Field(default=None, description="Why it may be recorded at all.")


class ShieldedAnswer(AnswerBody):
    """This child's whereabouts must not be found."""

    how: str = (
        "If you need to know who works with this child, open its shield for a quarter of an hour with POST "
        "/children/{child_id}/overrides, and type the warning. Its shield team is alerted at once."
    )
    warning: str = Field(default=WARNING, description="What has to be typed, word by word.")


class ChildAnswer(AnswerBody):
    """Enough to know that it is the right child; never an address or a number."""

    child_id: str = Field(description="The register's own id: an opaque pseudonym.")
    given_name: str | None = None
    family_name: str | None = None
    date_of_birth: date | None = None
    expected_date: date | None = None
    sex: Sex | None = None


class SourceAnswer(AnswerBody):
    """An organisation that feeds the register from the place asked about."""

    organisation: str
    name: str
    current_as_of: date | None = None


class CoverageAnswer(AnswerBody):
    """Whether anybody feeds the register from there: no record where nobody does is not no involvement."""

    district: str | None = Field(default=None, description="Of the postcode in the question, if it had one.")
    covered: bool | None = Field(default=None, description="Left out if the question had no postcode.")
    sources: list[SourceAnswer] = []


class LookupAnswer(AnswerBody):
    """For `match` the child and who works with it; for any other outcome neither."""

    lookup_id: str = Field(description="The id of the access record of this lookup.")
    outcome: Outcome
    child: ChildAnswer | None = None
    involvements: list[SignpostAnswer] | None = Field(
        default=None,
        description="A lead professional who still works with the child first, then current before ended, then latest contact.",
    )
    shielded: ShieldedAnswer | None = Field(
        default=None, description="For those who may open the shield, and for its team: nobody else finds the child."
    )
    sensitive: list[SensitiveAnswer] | None = Field(
        default=None, description="For the brokering team of the child's own authority, and for nobody else."
    )
    would_help: list[str] | None = Field(
        default=None, description="Details of the child that were not given and would make another try surer."
    )
    coverage: CoverageAnswer

    @classmethod
    def of(cls, answer: lookup.Answer) -> Self:
        """From the domain."""
        is_match = answer.outcome is Outcome.MATCH
        sources = {source.organisation: source for source in answer.sources}
        child = answer.child
        return cls(
            lookup_id=answer.access_id,
            outcome=answer.outcome,
            child=ChildAnswer.model_validate(child, from_attributes=True) if child else None,
            involvements=[SignpostAnswer.of(i, sources.get(i.organisation)) for i in answer.involvements]
            if is_match
            else None,
            shielded=ShieldedAnswer() if answer.is_shielded else None,
            sensitive=[_sensitive(i, sources.get(i.organisation)) for i in answer.sensitive] or None,
            would_help=list(answer.would_help) if not is_match else None,
            coverage=CoverageAnswer(
                district=answer.coverage.district,
                covered=bool(answer.coverage.sources) if answer.coverage.district else None,
                sources=[
                    SourceAnswer(organisation=s.organisation, name=s.name, current_as_of=s.current_as_of)
                    for s in answer.coverage.sources
                ],
            ),
        )


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
    warnings: list[WarningAnswer] = []

    @classmethod
    def of(cls, involvement: Involvement) -> Self:
        """From the domain."""
        return cls(
            source_reference=involvement.source_reference,
            sensitive_basis=involvement.service.sensitive_basis,
            child=_stated(involvement.child),
            warnings=_warnings(involvement.child),
            **_service(involvement),
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


class DependentsAnswer(AnswerBody):
    """How many systems rely on the register, and how far they are with the closure that is set."""

    registered: int
    acknowledged: int
    ready: int = Field(description="Of those that have acknowledged.")
    outstanding: int = Field(description="Those that have not acknowledged.")

    @classmethod
    def of(cls, count: Count) -> Self:
        """From the domain."""
        return cls(
            registered=count.registered,
            acknowledged=count.acknowledged,
            ready=count.ready,
            outstanding=count.outstanding,
        )


class MilestoneAnswer(AnswerBody):
    """A date of the closure."""

    name: MilestoneName
    at: datetime


class StatusAnswer(AnswerBody):
    """Is it open, when does it close, what replaces it."""

    service: str
    version: str
    environment: str
    phase: Phase
    closes_at: datetime | None = Field(None, description="From then on nobody has access.")
    destroyed_by: datetime | None = Field(None, description="By then nothing is left.")
    successor: str | None = None
    credentials_due: datetime | None = Field(
        None, description="By then every organisation has returned its credentials, or had them reset."
    )
    credentials_outstanding: int | None = Field(
        None, description="How many had not come back at the last count. Told once they are due."
    )
    certificate: str | None = Field(None, description="Where the certificate of destruction is.")
    milestones: list[MilestoneAnswer] | None = Field(
        None, description="Of the closure that is set, the earliest first."
    )
    dependents: DependentsAnswer | None = Field(
        None, description="Systems that rely on the register, while a closure is set."
    )

    @classmethod
    def of(
        cls,
        lifecycle: Lifecycle,
        now: datetime,
        *,
        version: str,
        environment: str,
        announced_at: datetime | None = None,
        progress: Progress | None = None,
        dependents: Count | None = None,
        certificate: str = "/certificate",
    ) -> Self:
        """At an instant. `certificate` is where it is answered, told when `progress` knows of one."""
        progress = progress or Progress()
        is_certified = progress.certified is not None
        return cls(
            service="signpost",
            version=version,
            environment=environment,
            phase=lifecycle.phase(now, destroyed=is_certified),
            closes_at=lifecycle.closes_at,
            destroyed_by=lifecycle.deadline,
            successor=lifecycle.successor_url,
            credentials_due=lifecycle.credentials_due,
            credentials_outstanding=progress.outstanding,
            certificate=certificate if is_certified else None,
            milestones=[MilestoneAnswer(name=m.name, at=m.at) for m in milestones(lifecycle, announced_at)] or None,
            dependents=DependentsAnswer.of(dependents) if dependents else None,
        )


def _sensitive(involvement: Involvement, source: lookup.Source | None) -> SensitiveAnswer:
    signpost = SignpostAnswer.of(involvement, source)
    return SensitiveAnswer(sensitive_basis=involvement.service.sensitive_basis, **dict(signpost))


def _service(involvement: Involvement) -> dict[str, Any]:
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
