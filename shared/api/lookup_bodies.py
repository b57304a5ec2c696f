"""What is sent with a lookup, and what it is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Self

from pydantic import (
    Field,
)

from shared.api.answers import (
    AnswerBody,
    ChildAnswer,
    SignpostAnswer,
)
from shared.api.fields import (
    Body,
    OverrideId,
)
from shared.api.requests import (
    ChildBody,
    PractitionerBody,
    ReasonBody,
    question_of,
)
from shared.domain import lookup
from shared.domain.involvement import (
    Involvement,
    SensitiveBasis,
)
from shared.domain.lookup import Question
from shared.domain.outcomes import Outcome
from shared.domain.shield import WARNING


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
        asked = question_of(self.reason, self.practitioner, self.child, "/reason/note")
        return replace(asked, override_id=self.override)


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


class SourceAnswer(AnswerBody):
    """An organisation that feeds the register from the place asked about."""

    organisation: str
    name: str
    current_as_of: date | None = None


class CoverageAnswer(AnswerBody):
    """Whether anybody feeds the register from there: no record where nobody does is not no involvement."""

    district: str | None = Field(default=None, description="Of the postcode in the question, if it had one.")
    covered: bool | None = Field(default=None, description="Left out if the question had no postcode.")
    sources: list[SourceAnswer] = Field(default=[])


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


def _sensitive(involvement: Involvement, source: lookup.Source | None) -> SensitiveAnswer:
    signpost = SignpostAnswer.of(involvement, source)
    return SensitiveAnswer(sensitive_basis=involvement.service.sensitive_basis, **dict(signpost))
