"""Who is working with this child?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown, shares_family_name
from shared.domain.blocking import enough_to_search
from shared.domain.child import compose
from shared.domain.directory import Capability
from shared.domain.errors import AskedTooOften, NotEnoughToSearch, NotPermitted, OverrideNotFound, refusal_code
from shared.domain.finding import find
from shared.domain.lookup import Answer, AreaCoverage, Question, Source
from shared.domain.matching import would_help
from shared.domain.outcomes import Outcome
from shared.domain.postcode import district

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from shared.domain.directory import Caller, Organisation
    from shared.domain.disclosure import Viewer
    from shared.domain.errors import SignpostError
    from shared.domain.finding import Found
    from shared.domain.held import HeldChild
    from shared.domain.matching import Thresholds
    from shared.domain.ports import AccessLog, Children, Directory, Limits, Overrides, Together
    from shared.domain.pseudonym import Pseudonyms
    from shared.services.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """The use case and its ports. `sensitive` is the register of sensitive services, with a secret of its own."""

    register: Children
    sensitive: Children
    shields: Overrides
    limits: Limits
    access_log: AccessLog
    directory: Directory
    pseudonyms: Pseudonyms
    sensitive_pseudonyms: Pseudonyms
    thresholds: Thresholds
    together: Together
    gate: Gate

    def __call__(self, question: Question, *, caller: Caller, access_id: str, request_id: str) -> Answer:
        """Two round trips: find the child; then read it while the access record is being written.

        Nothing is returned before the record is durable. Raises NotPermitted, IllMatchedReason, NotEnoughToSearch,
        AskedTooOften and OverrideNotFound (recorded as refused), RegisterClosed, AccessNotRecorded and Unavailable.
        """
        asked_at = self.gate.open_at()
        record = QuestionRecord(question, caller, access_id, request_id, asked_at)
        try:
            require_question(question, caller)
            viewer, found = self._find(question, caller, asked_at)
        except (NotPermitted, NotEnoughToSearch, AskedTooOften, OverrideNotFound) as refusal:
            self.access_log.append(record.refused(refusal))
            raise
        read = self._read(question, viewer, found, record.answered(viewer, found))
        answer = self._answer(question, viewer, found, read, access_id)
        self.gate.open_at()
        return answer

    def _find(self, question: Question, caller: Caller, now: datetime) -> tuple[Viewer, Found]:
        """The first round trip: what leads to the child, whether it may be asked now, and through which override."""
        asked = question.child
        viewer = disclosure.viewer_of(caller, question, now)
        override_id, is_broker = question.override_id, caller.may(Capability.BROKER)
        ((ordinary, _), override), sensitive = self._beside(
            lambda: self._beside(
                lambda: self.together(
                    lambda: self.register.candidates(asked, now),
                    lambda: self.limits.spend(caller.client_id, question.practitioner.practitioner_id, now),
                ),
                (lambda: self.shields.override(override_id, now)) if override_id else None,
            ),
            (lambda: self.sensitive.candidates(asked, now)) if is_broker else None,
        )
        if question.override_id:
            viewer = disclosure.viewer_of(caller, question, now, override)
            disclosure.require_override(viewer)
        found = find(
            asked,
            viewer,
            ordinary,
            sensitive or (),
            pseudonyms=self.pseudonyms,
            sensitive_pseudonyms=self.sensitive_pseudonyms,
            thresholds=self.thresholds,
        )
        return viewer, found

    def _read(
        self, question: Question, viewer: Viewer, found: Found, record: AccessRecord
    ) -> tuple[HeldChild | None, HeldChild | None]:
        """The second round trip: what is held of the child that was found, while the record is being written.

        A broker's asks for sensitive services whether there are any or not, so that the calls tell nothing.
        """
        caller, now = viewer.caller, viewer.now
        finds_nothing = found.finding.outcome is Outcome.NO_MATCH
        practitioner_id = question.practitioner.practitioner_id

        def read_and_record() -> tuple[HeldChild | None, None]:
            if not found.lies_in:
                self.access_log.append(record)
                return None, None
            return self.together(
                lambda: self.register.held_of(found.lies_in, now), lambda: self.access_log.append(record)
            )

        ((held, _), _), sensitive = self._beside(
            lambda: self._beside(
                read_and_record,
                (lambda: self.limits.charge(caller.client_id, practitioner_id, now)) if finds_nothing else None,
            ),
            (lambda: self.sensitive.held_of(found.sensitive_lies_in, now)) if caller.may(Capability.BROKER) else None,
        )
        return held, sensitive

    def _beside[A, B](self, first: Callable[[], A], second: Callable[[], B] | None) -> tuple[A, B | None]:
        """Both side by side; where there is no second, the first alone: a thread with nothing to do costs time as well."""
        return self.together(first, second) if second else (first(), None)

    def _answer(
        self,
        question: Question,
        viewer: Viewer,
        found: Found,
        read: tuple[HeldChild | None, HeldChild | None],
        access_id: str,
    ) -> Answer:
        shown, brokered = found.shown(viewer, *read)
        child = found.child
        if shown and found.finding.child_id:
            child = compose(found.finding.child_id, shown)
        elif brokered and found.sensitive_id:
            child = compose(found.sensitive_id, brokered)
        outcome = found.finding.outcome
        if child:
            outcome = Outcome.MATCH
        elif outcome is Outcome.MATCH:  # withdrawn, or shielded, between the two round trips
            outcome = Outcome.NO_MATCH
        organisations = self.directory.organisations()
        told = {involvement.organisation for involvement in (*shown, *brokered)}
        return Answer(
            access_id=access_id,
            outcome=outcome,
            child=child,
            is_shielded=child is not None and found.is_shielded,
            involvements=shown,
            sensitive=brokered,
            sources=_sources(o for o in organisations if o.code in told),
            would_help=would_help(question.child, outcome),
            coverage=_coverage(viewer, question.child.postcode, organisations),
        )


def require_question(question: Question, caller: Caller) -> None:
    """What can be refused before anything is read. Raises NotPermitted, IllMatchedReason and NotEnoughToSearch."""
    disclosure.require_capability(caller, Capability.LOOKUP)
    disclosure.require_question(caller, question.reason, question.practitioner, question.on_behalf_of)
    if not enough_to_search(question.child):
        raise NotEnoughToSearch


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """An access record but for how the question ended."""

    question: Question
    caller: Caller
    access_id: str
    request_id: str
    at: datetime

    def refused(self, refusal: SignpostError) -> AccessRecord:
        """Why, by its name."""
        return self._record(Answered.REFUSED, refusal_code(refusal), None, Shown.NOTHING)

    def answered(self, viewer: Viewer, found: Found) -> AccessRecord:
        """Written while what is held is being read: it never says less than is then shown."""
        outcome = Outcome.MATCH if found.child_id else found.finding.outcome
        brokered = found.sensitive_id is not None and found.child is None
        shown = disclosure.shown_of(viewer, found.shield, found.child_id, with_sensitive=brokered)
        return self.told(outcome, found.child_id, shown)

    def told(self, outcome: Outcome, child_id: str | None, shown: Shown) -> AccessRecord:
        """Of an answer, before it is let go."""
        return self._record(Answered.ANSWERED, outcome, child_id, shown)

    def _record(self, answered: Answered, outcome: str, child_id: str | None, shown: Shown) -> AccessRecord:
        question, behalf = self.question, self.question.on_behalf_of
        return AccessRecord(
            access_id=self.access_id,
            at=self.at,
            request_id=self.request_id,
            organisation=self.caller.organisation.code,
            client_id=self.caller.client_id,
            answered=answered,
            outcome=outcome,
            shown=shown,
            practitioner_id=question.practitioner.practitioner_id,
            practitioner_role=question.practitioner.role,
            on_behalf_of_id=behalf.practitioner_id if behalf else None,
            on_behalf_of_role=behalf.role if behalf else None,
            purpose=question.reason.purpose,
            legal_basis=question.reason.legal_basis,
            note=question.reason.note,
            child_id=child_id,
            policy=disclosure.policy_of(self.caller),
            asked_district=district(question.child.postcode) if question.child.postcode else None,
            own_surname=shares_family_name(question.practitioner, question.child),
            override_id=question.override_id,
        )


def _coverage(viewer: Viewer, postcode: str | None, organisations: Iterable[Organisation]) -> AreaCoverage:
    if postcode is None:
        return AreaCoverage(district=None, sources=())
    asked = district(postcode)
    covering = (
        o for o in organisations if o.coverage.covers(asked) and not o.suspended and disclosure.covers_for(viewer, o)
    )
    return AreaCoverage(district=asked, sources=_sources(covering))


def _sources(organisations: Iterable[Organisation]) -> tuple[Source, ...]:
    """In the order of their codes, whatever that of the Directory is."""
    return tuple(Source.of(o) for o in sorted(organisations, key=lambda o: o.code))
