"""This organisation's service is working with this child."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.directory import Capability
from shared.domain.errors import Contended, InvolvementNotFound, VersionMismatch
from shared.domain.involvement import Involvement
from shared.domain.likeness import likeness, likenesses
from shared.domain.matching import Meant, decide, meant_still, score
from shared.domain.ports import Conflict, FoundDifferent, Joined
from shared.domain.review import MOST_CASES_OF_A_REGISTRATION, Cause, CloseCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from shared.domain.directory import Caller
    from shared.domain.involvement import Registration
    from shared.domain.matching import Candidate, Finding, Thresholds
    from shared.domain.ports import Pointer, Register, Survey
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.retention import Retention
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

    def put(self, registration: Registration, *, caller: Caller, if_match: int | None = None) -> Registered:
        """Creates or replaces. The same registration again changes nothing and gives the same answer.

        Raises NotPermitted, VersionMismatch, RegisterClosed, Contended and Unavailable; nothing is written then.
        Raises NoLongerKept for what has had its time, and if its organisation says that it ended or that the child
        died, withdraws what the reference named until now: that is not said any more.
        """
        self._require(registration, caller)
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
            _require_version(held, if_match)
            plan = self._plan(registration, survey, learnt)
            involvement = _involvement(registration, organisation, _Next.after(survey.pointer, plan.child_id, now))
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

    def plan(self, registration: Registration, *, caller: Caller, now: datetime, if_match: int | None = None) -> Plan:
        """What `put` would do, by what the register knows at this instant; writes nothing.

        Raises NotPermitted, NoLongerKept, VersionMismatch and Unavailable.
        """
        self._require(registration, caller)
        survey = self.register.survey(caller.organisation.code, registration, now)
        held = _held(survey)
        if refusal := self.retention.refusal(registration, now):
            if held:
                _require_version(held, if_match)
            raise refusal
        plan = self._plan(registration, survey, _Learnt())
        if held and held.content == content_of(registration, self.pseudonyms) and not survey.doubt_is_over:
            return replace(plan, child_id=held.child_id, child_is_new=False, close_calls=(), changes_nothing=True)
        _require_version(held, if_match)
        return plan

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

    def _require(self, registration: Registration, caller: Caller) -> None:
        disclosure.require_capability(caller, Capability.REGISTER)
        disclosure.require_service(caller, registration.service.service_type)

    def _plan(self, registration: Registration, survey: Survey, learnt: _Learnt) -> Plan:
        """The child this registration is about, and whether the register meets it for the first time."""
        stated = likeness(registration.child, self.pseudonyms)
        asked = likenesses(registration.child, self.pseudonyms)
        candidates = [known for candidate in survey.candidates if (known := learnt.of(candidate))]
        finding = decide(asked, candidates, self.thresholds)
        held = _held(survey)
        known_as = partial(Plan, finding=finding, held=held)
        if finding.child_id:
            return known_as(child_id=finding.child_id)
        held_as = {held.child_id, *(c.meant for c in candidates if c.child_id == held.child_id)} if held else set[str]()
        still = meant_still(stated, held.likeness) if held else Meant.ANOTHER
        if held and (stated == held.likeness or still is Meant.STILL):
            joined = held_as - {held.child_id} or {learnt.meant(held.child_id)}
            return known_as(child_id=joined.pop())  # the service has changed, or a detail was corrected
        # If the reference named another child until now, that speaks neither for nor against.
        others = [c for c in candidates if c.meant not in held_as]
        # A number that leads to the wrong child must not make yet another child of each who states it.
        described = [candidate for candidate in others if not candidate.by_identifier]
        alike: dict[str, float] = {}
        for considered in (others, described):
            found = decide(asked, considered, self.thresholds)
            if found.child_id:
                return known_as(child_id=found.child_id)
            for other in found.alike:
                alike[other.child_id] = max(other.sureness, alike.get(other.child_id, 0.0))
        if held and still is Meant.PERHAPS:
            alike[learnt.meant(held.child_id)] = score(stated, held.likeness, self.thresholds)
        return known_as(child_id=str(uuid.uuid4()), child_is_new=True, close_calls=_close_calls(alike))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a registration would do: with which child its involvement would lie, and which others it is much like.

    `finding` is what matching says alone, without what the reference named before; `held` is what it names now.
    """

    finding: Finding
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


def _close_calls(alike: Mapping[str, float]) -> tuple[CloseCall, ...]:
    likeliest = sorted(alike.items(), key=lambda other: (-other[1], other[0]))
    return tuple(CloseCall(child_id, Cause.ALIKE, sureness) for child_id, sureness in likeliest)[
        :MOST_CASES_OF_A_REGISTRATION
    ]


def _held(survey: Survey) -> Pointer | None:
    return survey.pointer if survey.pointer and survey.pointer.is_live else None


def _require_version(held: Pointer | None, if_match: int | None) -> None:
    if if_match is not None and (held is None or held.version != if_match):
        raise VersionMismatch


def content_of(registration: Registration, pseudonyms: Pseudonyms) -> str:
    """A keyed hash of all that a registration says: equal if and only if nothing in it has changed."""
    content = asdict(registration)
    for added_later in ("former_names", "date_of_death"):
        if not content["child"][added_later]:
            del content["child"][added_later]  # so that what was registered before there were any has not changed
    return pseudonyms.of_content("registration", content)


@dataclass(frozen=True, slots=True)
class _Next:
    """What a pointer will say once a change is written."""

    child_id: str
    recorded_at: datetime
    refreshed_at: datetime
    version: int

    @classmethod
    def after(cls, before: Pointer | None, child_id: str, now: datetime) -> _Next:
        recorded_at = before.recorded_at if before and before.is_live else now
        return cls(child_id, recorded_at, now, before.version + 1 if before else 1)


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
    )
