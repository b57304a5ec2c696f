"""Are these two one child? A person decides, and what follows is done in steps that go on by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, note_names_somebody
from shared.domain.agreement import agreement
from shared.domain.child import compose
from shared.domain.directory import Capability
from shared.domain.errors import (
    CaseNotFound,
    Contended,
    FoundDifferentBefore,
    NotPermitted,
    RegisterClosed,
    Unavailable,
)
from shared.domain.ports import Conflict, UnderWay
from shared.domain.review import LEGAL_BASIS, PURPOSE, Comparison, Decided, Decision, Side, State
from shared.services.look_up import refusal_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from shared.domain.access import Practitioner
    from shared.domain.child import ChildDetails
    from shared.domain.directory import Caller
    from shared.domain.ports import AccessLog, Reviews, Together
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.review import Case, HeldSide, Page
    from shared.services.gate import Gate

_ATTEMPTS = 25
"""How often a step is tried that others overtake, such as registrations of the same child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewChildren:
    """The use cases of a reviewer, and their ports. `pause(attempt)` waits between two attempts."""

    reviews: Reviews
    access_log: AccessLog
    pseudonyms: Pseudonyms
    gate: Gate
    together: Together
    pause: Callable[[int], None]

    def open_cases(self, *, caller: Caller, after: str | None, limit: int) -> Page:
        """Cases that await a decision, the oldest first. `after` is the `next` of the page before.

        Raises NotPermitted, RegisterClosed and Unavailable.
        """
        disclosure.require_capability(caller, Capability.REVIEW)
        page = self.reviews.open_cases(after, limit, self.gate.open_at())
        self.gate.open_at()
        return page

    def compare(
        self,
        case_id: str,
        practitioner: Practitioner,
        note: str | None,
        *,
        caller: Caller,
        access_ids: tuple[str, str],
        request_id: str,
    ) -> Comparison:
        """Both children side by side: a disclosure of each, recorded for each before anything is returned.

        Raises NotPermitted and CaseNotFound (recorded as refused), RegisterClosed, AccessNotRecorded and Unavailable.
        """
        asked_at = self.gate.open_at()
        record = _Record(practitioner, note, caller, request_id, asked_at)
        try:
            disclosure.require_reviewer(caller, practitioner)
            case = self._case(case_id)
        except (NotPermitted, CaseNotFound) as refusal:
            self.access_log.append(record.refused(access_ids[0], refusal_code(refusal)))
            raise
        newer, older = self.reviews.sides(case, asked_at)
        if note and any(note_names_somebody(note, said) for said in (*_said(newer), *_said(older))):
            named = NotPermitted("the note repeats what identifies a child: give a case reference instead", "/note")
            unnamed = _Record(practitioner, None, caller, request_id, asked_at)
            self.access_log.append(unnamed.refused(access_ids[0], refusal_code(named)))
            raise named
        self.together(
            lambda: self.access_log.append(record.shown(access_ids[0], newer.child_id)),
            lambda: self.access_log.append(record.shown(access_ids[1], older.child_id)),
        )
        comparison = Comparison(
            case=case,
            newer=_side(newer),
            older=_side(older),
            agreement=agreement(_said(newer), _said(older), self.pseudonyms),
            access_ids=access_ids,
        )
        self.gate.open_at()
        return comparison

    def decide(self, case_id: str, decision: Decision, practitioner: Practitioner, *, caller: Caller) -> Case:
        """Decides a case, and does what follows. The same decision again goes on with what is unfinished.

        `same` joins the newer child into the older; `different` is remembered for ever, and undoes the join that an
        earlier `same` has led to. Raises NotPermitted, CaseNotFound, FoundDifferentBefore (for `same`), JoinedSince,
        RegisterClosed, Contended and Unavailable; what was decided by then is finished by `go_on`.
        """
        disclosure.require_reviewer(caller, practitioner)
        for attempt in range(_ATTEMPTS):
            now = self.gate.open_at()
            case = self._case(case_id)
            decided = Decided(decision, now, practitioner.practitioner_id, caller.organisation.code)
            try:
                if self._begin(case, decided):
                    return self._finish(case_id)
            except UnderWay as other:
                self._finish(other.case_id)
            except Conflict:
                self.pause(attempt)
        raise Contended

    def go_on(self) -> int:
        """Finishes every join and undoing that was interrupted; how many. Nothing, once the register is closed.

        Raises Unavailable, or Contended, once all others are finished.
        """
        finished = 0
        failures: list[Unavailable] = []
        try:
            for case_id in self.reviews.under_way(self.gate.open_at()):
                try:
                    self._finish(case_id)
                    finished += 1
                except Unavailable as error:  # the others have nothing to do with it
                    failures.append(error)
        except RegisterClosed:
            return finished
        if failures:
            raise failures[0]
        return finished

    def _case(self, case_id: str) -> Case:
        case = self.reviews.case(case_id)
        if case is None:
            raise CaseNotFound
        return case

    def _begin(self, case: Case, decided: Decided) -> bool:
        """Takes the decision, unless it is taken. False if an earlier one had to be finished first."""
        is_same = decided.decision is Decision.SAME
        match case.state:
            case State.OPEN:
                begin = self.reviews.begin_join if is_same else self.reviews.tell_apart
                begin(case, decided)
            case State.JOINING if not is_same:
                self._finish(case.case_id)
                return False
            case State.SAME if case.goes is None:  # one by other cases, which may have been undone since
                begin = self.reviews.begin_join if is_same else self.reviews.tell_apart
                begin(case, decided)
            case State.SAME if not is_same:
                self.reviews.begin_undoing(case, decided)
            case State.UNDOING | State.DIFFERENT if is_same:
                raise FoundDifferentBefore
            case _:
                pass
        return True

    def _finish(self, case_id: str) -> Case:
        """Takes step after step until nothing is left to do."""
        attempt = 0
        while True:
            now = self.gate.open_at()
            case = self._case(case_id)
            if case.state not in (State.JOINING, State.UNDOING):
                self.gate.open_at()
                return case
            try:
                while self.reviews.step(case, now):
                    attempt, now = 0, self.gate.open_at()
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise Contended from None
                self.pause(attempt)
                attempt += 1


def _side(held: HeldSide) -> Side:
    shown = disclosure.visible(held.involvements)
    return Side(compose(held.child_id, shown), shown)


def _said(held: HeldSide) -> Sequence[ChildDetails]:
    return [involvement.child for involvement in disclosure.visible(held.involvements)]


@dataclass(frozen=True, slots=True)
class _Record:
    """An access record but for the child, and how the question ended."""

    practitioner: Practitioner
    note: str | None
    caller: Caller
    request_id: str
    at: datetime

    def shown(self, access_id: str, child_id: str) -> AccessRecord:
        return self._record(access_id, Answered.ANSWERED, "match", child_id)

    def refused(self, access_id: str, why: str) -> AccessRecord:
        return self._record(access_id, Answered.REFUSED, why, None)

    def _record(self, access_id: str, answered: Answered, outcome: str, child_id: str | None) -> AccessRecord:
        return AccessRecord(
            access_id=access_id,
            at=self.at,
            request_id=self.request_id,
            organisation=self.caller.organisation.code,
            client_id=self.caller.client_id,
            answered=answered,
            outcome=outcome,
            shown="child_and_involvements" if child_id else "nothing",
            practitioner_id=self.practitioner.practitioner_id,
            practitioner_role=self.practitioner.role,
            purpose=PURPOSE,
            legal_basis=LEGAL_BASIS,
            note=self.note,
            child_id=child_id,
        )
