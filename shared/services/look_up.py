"""Who is working with this child?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered
from shared.domain.blocking import enough_to_search
from shared.domain.child import compose
from shared.domain.directory import Capability
from shared.domain.errors import NotEnoughToSearch, NotPermitted
from shared.domain.likeness import likenesses
from shared.domain.lookup import Answer, AreaCoverage, Question, Source
from shared.domain.matching import Finding, Outcome, decide, would_help
from shared.domain.postcode import district

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.domain.child import ChildDetails
    from shared.domain.directory import Caller, Organisation
    from shared.domain.errors import SignpostError
    from shared.domain.involvement import Involvement
    from shared.domain.matching import Thresholds
    from shared.domain.ports import AccessLog, Directory, Register, Together
    from shared.domain.pseudonym import Pseudonyms
    from shared.services.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """The use case and its ports."""

    register: Register
    access_log: AccessLog
    directory: Directory
    pseudonyms: Pseudonyms
    thresholds: Thresholds
    together: Together
    gate: Gate

    def __call__(self, question: Question, *, caller: Caller, access_id: str, request_id: str) -> Answer:
        """Two round trips: find the child; then read it while the access record is being written.

        Nothing is returned before the record is durable. Raises NotPermitted and NotEnoughToSearch (recorded as
        refused), RegisterClosed, AccessNotRecorded and Unavailable.
        """
        asked_at = self.gate.open_at()
        record = _Record(question, caller, access_id, request_id, asked_at)
        try:
            disclosure.require_capability(caller, Capability.LOOKUP)
            disclosure.require_question(caller, question.reason, question.practitioner, question.on_behalf_of)
            _require_something_to_search(question.child)
        except (NotPermitted, NotEnoughToSearch) as refusal:
            self.access_log.append(record(Answered.REFUSED, refusal_code(refusal), None))
            raise
        candidates = self.register.candidates(question.child, asked_at)
        finding = decide(likenesses(question.child, self.pseudonyms), candidates, self.thresholds)
        answered = record(Answered.ANSWERED, finding.outcome, finding.child_id)
        involvements, _ = self.together(
            lambda: self._read(finding, asked_at),
            lambda: self.access_log.append(answered),
        )
        answer = self._answer(question.child, finding, involvements, access_id)
        self.gate.open_at()
        return answer

    def _read(self, finding: Finding, now: datetime) -> Sequence[Involvement]:
        return self.register.involvements_of(finding.lies_in, now) if finding.child_id else ()

    def _answer(
        self, asked: ChildDetails, finding: Finding, involvements: Sequence[Involvement], access_id: str
    ) -> Answer:
        shown = disclosure.visible(involvements)
        if finding.child_id and not shown:  # withdrawn between the two round trips
            finding = Finding(Outcome.NO_MATCH)
        organisations = {organisation.code: organisation for organisation in self.directory.organisations()}
        return Answer(
            access_id=access_id,
            outcome=finding.outcome,
            child=compose(finding.child_id, shown) if finding.child_id else None,
            involvements=tuple(shown),
            sources=tuple(
                _source(organisations[code]) for code in sorted({i.organisation for i in shown} & organisations.keys())
            ),
            would_help=would_help(asked, finding.outcome),
            coverage=_coverage(asked.postcode, organisations.values()),
        )


def refusal_code(refusal: SignpostError) -> str:
    """How a refusal is named in the access log: `not_permitted`, `not_enough_to_search`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(refusal).__name__).lower()


def _require_something_to_search(asked: ChildDetails) -> None:
    if not enough_to_search(asked):
        raise NotEnoughToSearch


@dataclass(frozen=True, slots=True)
class _Record:
    """An access record but for how the question ended."""

    question: Question
    caller: Caller
    access_id: str
    request_id: str
    at: datetime

    def __call__(self, answered: Answered, outcome: str, child_id: str | None) -> AccessRecord:
        question, behalf = self.question, self.question.on_behalf_of
        return AccessRecord(
            access_id=self.access_id,
            at=self.at,
            request_id=self.request_id,
            organisation=self.caller.organisation.code,
            client_id=self.caller.client_id,
            answered=answered,
            outcome=outcome,
            shown="child_and_involvements" if child_id else "nothing",
            practitioner_id=question.practitioner.practitioner_id,
            practitioner_role=question.practitioner.role,
            on_behalf_of_id=behalf.practitioner_id if behalf else None,
            on_behalf_of_role=behalf.role if behalf else None,
            purpose=question.reason.purpose,
            legal_basis=question.reason.legal_basis,
            note=question.reason.note,
            child_id=child_id,
        )


def _source(organisation: Organisation) -> Source:
    return Source(
        organisation=organisation.code,
        name=organisation.name,
        current_as_of=organisation.coverage.current_as_of,
    )


def _coverage(postcode: str | None, organisations: Iterable[Organisation]) -> AreaCoverage:
    if postcode is None:
        return AreaCoverage(district=None, sources=())
    asked = district(postcode)
    covering = (o for o in organisations if o.coverage.covers(asked) and not o.suspended)
    return AreaCoverage(district=asked, sources=tuple(_source(o) for o in sorted(covering, key=lambda o: o.code)))
