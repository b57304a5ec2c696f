"""Are these two one child? A person decides, and what follows is done in steps that go on by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown, note_names_somebody
from shared.domain.agreement import agreement
from shared.domain.child import compose
from shared.domain.conflicts import Conflict, UnderWay
from shared.domain.directory import Capability
from shared.domain.disclosure import Viewer
from shared.domain.errors import (
    AskedTooOften,
    CaseNotFound,
    Contended,
    FoundDifferentBefore,
    JoinedSince,
    NotPermitted,
    RegisterClosed,
    Unavailable,
    refusal_code,
)
from shared.domain.review import LEGAL_BASIS, PURPOSE, Case, Cause, Comparison, Decided, Decision, Side, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.domain.access import Practitioner
    from shared.domain.child import ChildDetails
    from shared.domain.directory import Caller
    from shared.domain.involvement import Involvement
    from shared.domain.ports import AccessLog, Limits, Reviews, Together
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.review import HeldSide, Page
    from shared.services.gate import Gate

LISTED = "reviews_listed"
"""What the access record says was done."""
_ATTEMPTS = 25
"""How often a step is tried that others overtake, such as registrations of the same child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewChildren:
    """The use cases of a reviewer, and their ports. `pause(attempt)` waits between two attempts."""

    reviews: Reviews
    access_log: AccessLog
    limits: Limits
    pseudonyms: Pseudonyms
    gate: Gate
    together: Together
    pause: Callable[[int], None]

    def open_cases(self, *, caller: Caller, after: str | None, limit: int, access_id: str, request_id: str) -> Page:
        """Cases that await a decision, the oldest first. `after` is the `next` of the page before.

        Recorded under `access_id`, of no child: it tells of nobody. Raises NotPermitted (recorded as refused),
        RegisterClosed, AccessNotRecorded and Unavailable.
        """
        now = self.gate.open_at()
        record = _Record(None, None, caller, request_id, now)
        try:
            disclosure.require_reviews(caller)
        except NotPermitted as refusal:
            self.access_log.append(record.refused(access_id, refusal_code(refusal)))
            raise
        page, _ = self.together(
            lambda: self.reviews.open_cases(after, limit, now, organisation=_shielding(caller)),
            lambda: self.access_log.append(record.told(access_id, LISTED)),
        )
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

        Raises NotPermitted, AskedTooOften and CaseNotFound, also for a case of a child that is not there for the caller
        (recorded as refused), RegisterClosed, AccessNotRecorded and Unavailable.
        """
        asked_at = self.gate.open_at()
        viewer = Viewer(caller, practitioner.role, practitioner.practitioner_id, asked_at)
        record = _Record(practitioner, note, caller, request_id, asked_at)
        try:
            disclosure.require_reviewer(caller, practitioner)
            found, _ = self.together(
                lambda: self.reviews.case(case_id),
                lambda: self.limits.spend(caller.client_id, practitioner.practitioner_id, asked_at),
            )
            case, sides = self._with_sides(found, asked_at)
            newer, older = _shown(sides, viewer)
        except (NotPermitted, AskedTooOften, CaseNotFound) as refusal:
            self.access_log.append(record.refused(access_ids[0], refusal_code(refusal)))
            raise
        if note and any(note_names_somebody(note, said) for said in (*newer.said, *older.said)):
            named = NotPermitted("the note repeats what identifies a child: give a case reference instead", "/note")
            unnamed = _Record(practitioner, None, caller, request_id, asked_at)
            self.access_log.append(unnamed.refused(access_ids[0], refusal_code(named)))
            raise named
        self.together(
            lambda: self.access_log.append(record.shown(access_ids[0], viewer, newer.held)),
            lambda: self.access_log.append(record.shown(access_ids[1], viewer, older.held)),
        )
        comparison = Comparison(
            case=case,
            newer=newer.side,
            older=older.side,
            agreement=agreement(newer.said, older.said, self.pseudonyms),
            access_ids=access_ids,
        )
        self.gate.open_at()
        return comparison

    def decide(
        self,
        case_id: str,
        decision: Decision,
        practitioner: Practitioner,
        *,
        caller: Caller,
        access_ids: tuple[str, str],
        request_id: str,
    ) -> Case:
        """Decides a case, and does what follows. The same decision again goes on with what is unfinished.

        `same` joins the newer child into the older; `different` is remembered for ever, and undoes the join that an
        earlier `same` has led to. Recorded for each child before it is answered; who decided stands with the case from the
        write that decides it on. Raises NotPermitted, CaseNotFound (also for a case of a child behind a shield),
        FoundDifferentBefore (for `same`) and JoinedSince, recorded as refused; AccessNotRecorded, RegisterClosed, Contended
        and Unavailable; what was decided by then is finished by `go_on`.
        """
        record = _Record(practitioner, None, caller, request_id, self.gate.open_at())
        try:
            disclosure.require_reviewer(caller, practitioner)
            case = self._decide(case_id, decision, practitioner, caller)
        except (NotPermitted, CaseNotFound, FoundDifferentBefore, JoinedSince) as refusal:
            self.access_log.append(record.refused(access_ids[0], refusal_code(refusal)))
            raise
        self.together(
            lambda: self.access_log.append(record.told(access_ids[0], case.state, case.newer)),
            lambda: self.access_log.append(record.told(access_ids[1], case.state, case.older)),
        )
        self.gate.open_at()
        return case

    def _decide(self, case_id: str, decision: Decision, practitioner: Practitioner, caller: Caller) -> Case:
        for attempt in range(_ATTEMPTS):
            now = self.gate.open_at()
            case, sides = self._with_sides(self.reviews.case(case_id), now)
            _require_open(sides, Viewer(caller, practitioner.role, practitioner.practitioner_id, now))
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

    def _with_sides(self, case: Case | None, now: datetime) -> tuple[Case, tuple[HeldSide, HeldSide]]:
        """What is held of both children of a case. Raises CaseNotFound if there is no such case.

        As much is read then: one that is hidden is answered in the same way, and no sooner or later.
        """
        sides = self.reviews.sides(case or _OF_NOBODY, now)
        if case is None:
            raise CaseNotFound
        return case, sides

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
            case State.DIFFERENT:
                self.reviews.go_on_apart(case, decided.at)
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


_OF_NOBODY = Case(
    case_id="nobody",
    newer="nobody-1",
    older="nobody-2",
    cause=Cause.ALIKE,
    sureness=None,
    raised_at=datetime.min.replace(tzinfo=UTC),
    state=State.OPEN,
)
"""To be read where there is no case: no child has such an id."""


def _shown(sides: tuple[HeldSide, HeldSide], viewer: Viewer) -> tuple[_Shown, _Shown]:
    """Both as they may be seen. Raises CaseNotFound if of either there is nothing to see."""
    _require_open(sides, viewer)
    newer, older = (_Shown(viewer, held) for held in sides)
    if not (newer.involvements and older.involvements):
        raise CaseNotFound
    return newer, older


def _require_open(sides: tuple[HeldSide, HeldSide], viewer: Viewer) -> None:
    """Raises CaseNotFound if either is behind a shield."""
    if any(disclosure.is_closed(viewer, side.shield, side.child_id) for side in sides):
        raise CaseNotFound


def _shielding(caller: Caller) -> str:
    """The organisation of whose shielded children the caller may know, empty for none."""
    return caller.organisation.code if caller.may(Capability.SHIELD) else ""


@dataclass(frozen=True, slots=True)
class _Shown:
    """One child of a pair as a reviewer may see it."""

    viewer: Viewer
    held: HeldSide

    @property
    def involvements(self) -> Sequence[Involvement]:
        return disclosure.visible(self.viewer, self.held.involvements, self.held.shield, self.held.child_id)

    @property
    def said(self) -> Sequence[ChildDetails]:
        return [involvement.child for involvement in self.involvements]

    @property
    def side(self) -> Side:
        return Side(compose(self.held.child_id, self.involvements), self.involvements)


@dataclass(frozen=True, slots=True)
class _Record:
    """An access record but for the child, and how the question ended."""

    practitioner: Practitioner | None
    note: str | None
    caller: Caller
    request_id: str
    at: datetime

    def shown(self, access_id: str, viewer: Viewer, held: HeldSide) -> AccessRecord:
        shown = disclosure.shown_of(viewer, held.shield, held.child_id, with_sensitive=False)
        return self._record(access_id, Answered.ANSWERED, "match", held.child_id, shown)

    def told(self, access_id: str, outcome: str, child_id: str | None = None) -> AccessRecord:
        """Of what shows nothing of a child."""
        return self._record(access_id, Answered.ANSWERED, outcome, child_id, Shown.NOTHING)

    def refused(self, access_id: str, why: str) -> AccessRecord:
        return self._record(access_id, Answered.REFUSED, why, None, Shown.NOTHING)

    def _record(
        self, access_id: str, answered: Answered, outcome: str, child_id: str | None, shown: Shown
    ) -> AccessRecord:
        return AccessRecord(
            access_id=access_id,
            at=self.at,
            request_id=self.request_id,
            organisation=self.caller.organisation.code,
            client_id=self.caller.client_id,
            answered=answered,
            outcome=outcome,
            shown=shown,
            practitioner_id=self.practitioner.practitioner_id if self.practitioner else None,
            practitioner_role=self.practitioner.role if self.practitioner else None,
            purpose=PURPOSE,
            legal_basis=LEGAL_BASIS,
            note=self.note,
            child_id=child_id,
            policy=disclosure.policy_of(self.caller),
        )
