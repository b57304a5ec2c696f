"""This organisation's service is working with this child."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.conflicts import Conflict, FoundDifferent, Joined
from shared.domain.directory import Capability
from shared.domain.disclosure import Viewer
from shared.domain.errors import Contended, InvolvementNotFound, OutOfCoverage, VersionMismatch
from shared.domain.involvement import Involvement
from shared.domain.likeness import likeness, likenesses
from shared.domain.matching import Meant, decide, meant_still, score
from shared.domain.review import (
    MOST_CASES_OF_A_REGISTRATION,
    MOST_CLOSE_CALLS,
    Cause,
    CloseCall,
    likely_meant,
    pressing,
)
from shared.domain.targeting import Decided, Targeting, makes_covered, refusal_of_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.directory import Caller
    from shared.domain.held import Pointer
    from shared.domain.involvement import Disputed, Registration
    from shared.domain.matching import Candidate, Thresholds
    from shared.domain.ports import Register, Survey
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.retention import Retention
    from shared.services.cover import Told
    from shared.services.gate import Gate

_ATTEMPTS = 25
"""Enough for 32 first registrations of one child at the same instant: each round at least one of them lands."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The involvement as it is now held; whether it is new, and whether this request changed anything."""

    involvement: Involvement
    created: bool
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterInvolvement:
    """The use cases of an organisation about its own involvements, and their ports.

    `pause(attempt)` waits between two attempts at a contended child.
    """

    register: Register
    pseudonyms: Pseudonyms
    thresholds: Thresholds
    retention: Retention
    gate: Gate
    pause: Callable[[int], None]
    targeting: Targeting = field(default_factory=Targeting)
    """For which services and children the register is: for all, unless it is told otherwise."""

    def put(
        self,
        registration: Registration,
        *,
        caller: Caller,
        told: Told,
        if_match: int | None = None,
        after: Pointer | None = None,
        is_covered: bool = False,
    ) -> Registered:
        """Creates or replaces. The same registration again changes nothing and gives the same answer.

        `after` is what the reference named elsewhere until now: versions go on from there, and it is what `if_match`
        means while nothing is held here. `is_covered` if `require_covered` has just said so. Raises NotPermitted,
        VersionMismatch, AskedTooOften, RegisterClosed, Contended and Unavailable; nothing is written then.
        Raises NoLongerKept for what has had its time, and if its organisation says that it ended or that the child
        died, withdraws what the reference named until now: that is not said any more. So it does with what it names
        when it raises OutOfCoverage.
        """
        disclosure.require_registration(caller, registration.service)
        if refusal := self.retention.refusal(registration, self.gate.open_at()):
            if refusal.says_it_ended:
                with suppress(InvolvementNotFound):
                    self.withdraw(registration.source_reference, caller=caller, if_match=if_match)
            raise refusal
        organisation = caller.organisation.code
        content = content_of(registration, self.pseudonyms)
        learnt = _Learnt()
        for attempt in range(_ATTEMPTS):
            now = self.gate.open_at()
            survey = self.register.survey(organisation, registration, now)
            held = _held(survey)
            if held and held.content == content and not survey.doubt_is_over:
                self.gate.open_at()
                return Registered(_involvement(registration, organisation, held), created=False, changed=False)
            _require_version(held or _latest(survey.pointer, after), if_match)
            if not (is_covered or self._is_covered(registration, survey, caller, told, now)):
                self.pause(attempt)
                continue
            plan = self._plan(registration, held, survey.candidates, learnt)
            involvement = _involvement(registration, organisation, _Next.of(survey.pointer, after, plan.child_id, now))
            try:
                self.register.write(
                    survey, involvement, content, child_is_new=plan.child_is_new, close_calls=plan.close_calls
                )
            except Joined as joined:
                learnt.joined[joined.child_id] = joined.into
            except FoundDifferent:
                learnt = _Learnt(apart=learnt.apart | {plan.child_id})
            except Conflict:
                self.pause(attempt)
            else:
                self.gate.open_at()
                return Registered(involvement, created=held is None, changed=True)
        raise Contended

    def plan(
        self,
        registration: Registration,
        pointer: Pointer | None,
        candidates: Sequence[Candidate],
        now: datetime,
        if_match: int | None = None,
        *,
        caller: Caller,
        told: Told,
    ) -> Plan:
        """What `put` would do, if these candidates were all that the register knows; writes nothing.

        `pointer` is where the reference lies. Raises NoLongerKept, VersionMismatch, OutOfCoverage and what `told` does.
        """
        held = pointer if pointer and pointer.is_live else None
        if refusal := self.retention.refusal(registration, now):
            if held:
                _require_version(held, if_match)
            raise refusal
        plan = self._plan(registration, held, candidates, _Learnt())
        if held and held.content == content_of(registration, self.pseudonyms):
            return replace(plan, child_id=held.child_id, child_is_new=False, close_calls=(), changes_nothing=True)
        _require_version(held, if_match)
        self.require_covered(registration, held, candidates, caller=caller, told=told, now=now)
        return plan

    def require_covered(
        self,
        registration: Registration,
        held: Pointer | None = None,
        known: Sequence[Candidate] | None = None,
        *,
        caller: Caller,
        told: Told,
        now: datetime,
    ) -> None:
        """Raises OutOfCoverage unless the register is for this service, and for this child.

        What is held under the reference may be changed as long as it is, if it stays with its service and its child: it
        leaves by the ordinary path (see `services.leave_coverage`). Whether a child has more than every child has, what a
        lookup of the same details by the same client would find says, and nothing else; who may not look up finds
        nothing. So to be refused tells no more than that, nor to be taken in, and `told` counts and records it as
        that. `known` are the candidates, if they were read already. Raises AskedTooOften and AccessNotRecorded, too.
        """
        service_type, targeting = registration.service.service_type, self.targeting
        refusal = targeting.refusal(service_type)
        if refusal is None and not targeting.asks_for_more(service_type):
            return
        if held and self._stays_as_it_is(registration, held, caller, now):
            return
        if refusal:
            raise refusal
        told.ask(registration, now)
        if known is None:
            known = self.register.candidates(registration.child, now)
        decided = self._decide(registration, known, caller, now)
        told.record(registration, decided, now)
        if decided.refusal:
            raise decided.refusal

    def _decide(self, registration: Registration, known: Sequence[Candidate], caller: Caller, now: datetime) -> Decided:
        """Whether the child that a lookup by this client would find is known to have more than every child has."""
        there = disclosure.led_to(Viewer(caller, None, None, now), known, self.pseudonyms)
        if not caller.may(Capability.LOOKUP):
            there = []
        child_id = decide(likenesses(registration.child, self.pseudonyms), there, self.thresholds).child_id
        with_child = (candidate for candidate in there if candidate.meant == child_id)
        is_covered = any(makes_covered(said_as) for candidate in with_child for said_as in candidate.service_types)
        return Decided(child_id, None if is_covered else refusal_of_child())

    def _is_covered(
        self, registration: Registration, survey: Survey, caller: Caller, told: Told, now: datetime
    ) -> bool:
        """Raises OutOfCoverage once what the reference named is withdrawn, which its organisation has just denied.

        False if that has changed meanwhile, and all has to be decided anew.
        """
        held = _held(survey)
        try:
            self.require_covered(registration, held, survey.candidates, caller=caller, told=told, now=now)
        except OutOfCoverage:
            try:
                if held:
                    self.register.withdraw(caller.organisation.code, registration.source_reference, held.version, now)
            except Conflict:
                return False
            self.gate.open_at()
            raise
        return True

    def _stays_as_it_is(self, registration: Registration, held: Pointer, caller: Caller, now: datetime) -> bool:
        """Whether the reference means the same child as before, by its own word alone, and the same service."""
        stated = likeness(registration.child, self.pseudonyms)
        if stated != held.likeness and meant_still(stated, held.likeness) is not Meant.STILL:
            return False
        before = self.register.involvement(caller.organisation.code, registration.source_reference, now)
        return before is not None and before.service.service_type is registration.service.service_type

    def get(self, source_reference: str, *, caller: Caller) -> Involvement:
        """The caller's own. Raises InvolvementNotFound, also for another organisation's reference."""
        disclosure.require_capability(caller, Capability.REGISTER)
        now = self.gate.open_at()
        involvement = self.register.involvement(caller.organisation.code, source_reference, now)
        if involvement is None:
            raise InvolvementNotFound
        self.gate.open_at()
        return involvement

    def withdraw(self, source_reference: str, *, caller: Caller, if_match: int | None = None) -> None:
        """Hides the caller's own involvement at once; the store removes it later, by itself.

        Raises InvolvementNotFound (also for one withdrawn before), VersionMismatch, Contended and Unavailable.
        """
        disclosure.require_capability(caller, Capability.REGISTER)
        organisation = caller.organisation.code
        for attempt in range(_ATTEMPTS):
            now = self.gate.open_at()
            held = self.register.pointers(organisation, [source_reference], now).get(source_reference)
            if held is None or not held.is_live:
                raise InvolvementNotFound
            if if_match is not None and held.version != if_match:
                raise VersionMismatch
            try:
                self.register.withdraw(organisation, source_reference, held.version, now)
            except Conflict:
                self.pause(attempt)
            else:
                self.gate.open_at()
                return
        raise Contended

    def _plan(
        self, registration: Registration, held: Pointer | None, known: Sequence[Candidate], learnt: _Learnt
    ) -> Plan:
        """The child this registration is about, and whether the register meets it for the first time."""
        stated = likeness(registration.child, self.pseudonyms)
        asked = likenesses(registration.child, self.pseudonyms)
        candidates = [meant for candidate in known if (meant := learnt.of(candidate))]
        finding = decide(asked, candidates, self.thresholds)

        def known_as(child_id: str) -> Plan:
            shielded = {c.meant for c in candidates if c.shield} - {child_id}
            alike = likely_meant(asked, (c for c in candidates if c.meant in shielded), self.thresholds)
            return Plan(held=held, child_id=child_id, close_calls=_close_calls(alike, candidates))

        if finding.child_id:
            return known_as(finding.child_id)
        held_as = {held.child_id, *(c.meant for c in candidates if c.child_id == held.child_id)} if held else set[str]()
        still = meant_still(stated, held.likeness) if held else Meant.ANOTHER
        if held and (stated == held.likeness or still is Meant.STILL):
            joined = held_as - {held.child_id} or {learnt.meant(held.child_id)}
            return known_as(joined.pop())  # the service has changed, or a detail was corrected
        # If the reference named another child until now, that speaks neither for nor against.
        others = [c for c in candidates if c.meant not in held_as]
        # A number that leads to the wrong child must not make yet another child of each who states it.
        described = [candidate for candidate in others if not candidate.by_identifier]
        alike: dict[str, float] = {}
        for considered in (others, described):
            found = decide(asked, considered, self.thresholds)
            if found.child_id:
                return known_as(found.child_id)
            for other in found.alike:
                alike[other.child_id] = max(other.sureness, alike.get(other.child_id, 0.0))
        if held and still is Meant.PERHAPS:
            alike[learnt.meant(held.child_id)] = score(stated, held.likeness, self.thresholds)
        calls = _close_calls(alike, candidates)
        return Plan(held=held, child_id=str(uuid.uuid4()), child_is_new=True, close_calls=calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a registration would do: with which child its involvement would lie, and which others it is much like.

    `held` is what the reference names now. Of a known child the others are those that are, or were, shielded: one that
    comes to be like them inherits.
    """

    held: Pointer | None
    child_id: str
    child_is_new: bool = False
    close_calls: tuple[CloseCall, ...] = ()
    changes_nothing: bool = False


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What the attempts at one registration have met with: children that are part of others, and not to be moved to."""

    joined: dict[str, str] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()

    def meant(self, child_id: str) -> str:
        """The child that this one has become, as far as is known."""
        seen = {child_id}
        while (into := self.joined.get(child_id)) and into not in seen:
            child_id = into
            seen.add(into)
        return child_id

    def of(self, candidate: Candidate) -> Candidate | None:
        """A candidate in this light; None if the involvement must not move there."""
        meant = self.meant(candidate.meant)
        if meant in self.apart:
            return None
        return replace(candidate, joined_into=meant) if meant != candidate.child_id else candidate


def _close_calls(alike: Mapping[str, float], candidates: Iterable[Candidate]) -> tuple[CloseCall, ...]:
    """The likeliest; before them, and however many, shielded ones: what may be a shielded child has to inherit."""
    shields = {candidate.meant: candidate.shield for candidate in candidates if candidate.shield}
    calls = [CloseCall(child_id, Cause.ALIKE, sureness) for child_id, sureness in alike.items()]
    most = max(MOST_CASES_OF_A_REGISTRATION, len(shields.keys() & alike.keys()))
    return tuple(pressing(calls, shields)[: min(most, MOST_CLOSE_CALLS)])


def _held(survey: Survey) -> Pointer | None:
    return survey.pointer if survey.pointer and survey.pointer.is_live else None


def _latest(here: Pointer | None, elsewhere: Pointer | None) -> Pointer | None:
    """What was withdrawn elsewhere, to be registered here, unless something has been here since."""
    return None if here and elsewhere and here.version >= elsewhere.version else elsewhere


def _require_version(held: Pointer | None, if_match: int | None) -> None:
    if if_match is not None and (held is None or held.version != if_match):
        raise VersionMismatch


def content_of(registration: Registration, pseudonyms: Pseudonyms) -> str:
    """A keyed hash of all that a registration says: equal if and only if nothing in it has changed."""
    content = asdict(registration)
    for added_later in ("former_names", "date_of_death"):
        if not content["child"][added_later]:
            del content["child"][added_later]  # so that what was registered before there were any has not changed
    if not content["service"]["sensitive_basis"]:
        del content["service"]["sensitive_basis"]
    return pseudonyms.of_content("registration", content)


@dataclass(frozen=True, slots=True)
class _Next:
    """What a pointer will say once a change is written."""

    child_id: str
    recorded_at: datetime
    refreshed_at: datetime
    version: int
    disputed: Disputed | None = None

    @classmethod
    def of(cls, before: Pointer | None, elsewhere: Pointer | None, child_id: str, now: datetime) -> _Next:
        held = [pointer for pointer in (before, elsewhere) if pointer]
        version = max((pointer.version for pointer in held), default=0) + 1
        live = next((pointer for pointer in held if pointer.is_live), None)
        return cls(child_id, live.recorded_at if live else now, now, version, live.disputed if live else None)


def _involvement(registration: Registration, organisation: str, held: Pointer | _Next) -> Involvement:
    return Involvement(
        organisation=organisation,
        source_reference=registration.source_reference,
        child_id=held.child_id,
        child=registration.child,
        service=registration.service,
        recorded_at=held.recorded_at,
        refreshed_at=held.refreshed_at,
        version=held.version,
        disputed=held.disputed,
    )
