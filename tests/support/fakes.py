"""The ports in memory. They keep every promise of `shared.domain.ports`, and can be told when to fail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from shared.domain.alerts import AlertPage
from shared.domain.blocking import full_details, match_keys
from shared.domain.conflicts import Conflict, FoundDifferent, Joined, UnderWay
from shared.domain.directory import Caller, Credential, CredentialState, Organisation
from shared.domain.errors import (
    AccessNotRecorded,
    AlreadyExists,
    AskedTooOften,
    ChildNotFound,
    CredentialNotFound,
    FoundDifferentBefore,
    InvolvementNotFound,
    JoinedSince,
    Unavailable,
)
from shared.domain.held import HeldChild, Pointer
from shared.domain.likeness import Likeness, likeness, likenesses
from shared.domain.matching import Candidate
from shared.domain.review import (
    MOST_CASES_OF_A_REGISTRATION,
    Case,
    Cause,
    CloseCall,
    HeldSide,
    Page,
    State,
)
from shared.domain.shield import name_hash, stronger
from tests.support.builders import NOW, PSEUDONYMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from shared.domain.access import AccessRecord
    from shared.domain.alerts import Alert
    from shared.domain.child import ChildDetails, FormerName
    from shared.domain.involvement import Disputed, Involvement, Registration, ServiceType
    from shared.domain.ports import Survey
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.review import Decided
    from shared.domain.shield import Override, Shield


@dataclass
class Clock:
    """Stands still until it is moved. `moves_after(n, to)` moves it once it has been read n times."""

    at: datetime = NOW
    _reads: int = 0
    _moves: tuple[int, datetime] | None = None

    def __call__(self) -> datetime:
        if self._moves and self._reads >= self._moves[0]:
            self.at, self._moves = self._moves[1], None
        self._reads += 1
        return self.at

    def move(self, by: timedelta = timedelta(seconds=1)) -> None:
        self.at += by

    def moves_after(self, reads: int, to: datetime) -> None:
        self._reads, self._moves = 0, (reads, to)


@dataclass
class Faults:
    """Counts the calls of every port in the order in which they come, and fails the one at `position` (from 0).

    `after` is the worse half of a fault: what was asked for happened, and the answer got lost.
    """

    position: int | None = None
    after: bool = False
    error: Callable[[], Exception] = Unavailable
    calls: list[str] = field(default_factory=list)
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)
    """What somebody else does just before the port of this name answers."""

    def run[R](self, name: str, call: Callable[[], R], error: Callable[[], Exception] | None = None) -> R:
        struck = len(self.calls) == self.position
        self.calls.append(name)
        self.meanwhile.get(name, lambda: None)()
        failure = (error or self.error)()
        if struck and not self.after:
            raise failure
        result = call()
        if struck:
            raise failure
        return result


@dataclass(frozen=True)
class _Held:
    involvement: Involvement
    content: str
    is_live: bool
    moved_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Claim:
    child_id: str
    likeness: Likeness


@dataclass(frozen=True)
class FakeSurvey:
    """What was seen; `claims` and `children` are what a write relies on besides the pointer."""

    key: tuple[str, str]
    pointer: Pointer | None
    candidates: Sequence[Candidate]
    owners: Mapping[str, str]
    shields: Mapping[str, Shield]
    doubt_is_over: bool = False


@dataclass
class FakeRegister:
    """Children by claims and match keys, involvements by their organisation's reference."""

    faults: Faults = field(default_factory=Faults)
    before_write: Callable[[], object] | None = None
    """Called once, just before the next write: another writer who is quicker."""
    held: dict[tuple[str, str], _Held] = field(default_factory=dict)
    claims: dict[str, _Claim] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    joined: dict[str, str] = field(default_factory=dict)
    """From children that were joined into others, or are being joined, to those others."""
    cases: dict[str, Case] = field(default_factory=dict)
    apart: set[frozenset[str]] = field(default_factory=set)
    by_rule: set[tuple[str, str]] = field(default_factory=set)
    """What was withdrawn by retention or coverage, and not by its organisation."""
    """Pairs that were found different."""
    shields: dict[str, Shield] = field(default_factory=dict)
    """By the child that is shielded."""
    keeps_review_list: bool = True
    pseudonyms: Pseudonyms = PSEUDONYMS

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        _aware(now)
        return self._run("candidates", lambda: self._rows(asked))

    def held_of(self, lies_in: Sequence[str], now: datetime) -> HeldChild:
        _aware(now)
        return self._run("held_of", lambda: self._held_of(lies_in))

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        _aware(now)
        held = self._run("held_by_id", lambda: self._held_of(self._parts(self.now(child_id))))
        return held if held.involvements else None

    def known_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        _aware(now)
        return self._run("known_by_id", lambda: self._held_of(self._parts(self.now(child_id))))

    def dispute(self, organisation: str, source_reference: str, disputed: Disputed | None, now: datetime) -> None:
        _aware(now)
        self._run("dispute", lambda: self._dispute((organisation, source_reference), disputed))

    def involvement(self, organisation: str, source_reference: str, now: datetime) -> Involvement | None:
        _aware(now)
        held = self._run("involvement", lambda: self.held.get((organisation, source_reference)))
        return held.involvement if held and held.is_live else None

    def pointers(self, organisation: str, source_references: Iterable[str], now: datetime) -> Mapping[str, Pointer]:
        _aware(now)
        wanted = list(source_references)
        if len(wanted) > 100:
            message = "at most 100 at once"
            raise AssertionError(message)
        found = self._run("pointers", lambda: {ref: self._pointer((organisation, ref)) for ref in wanted})
        return {ref: pointer for ref, pointer in found.items() if pointer}

    def survey(self, organisation: str, registration: Registration, now: datetime) -> FakeSurvey:
        _aware(now)
        key = (organisation, registration.source_reference)
        return self._run(
            "survey",
            lambda: FakeSurvey(
                key=key,
                pointer=self._pointer(key),
                candidates=[*self._claimed(registration.child), *self._rows(registration.child)],
                owners={c: self.claims[c].child_id for c in _claims(registration.child) if c in self.claims},
                shields=dict(self.shields),
            ),
        )

    def write(
        self,
        survey: Survey,
        involvement: Involvement,
        content: str,
        *,
        child_is_new: bool,
        close_calls: Sequence[CloseCall] = (),
    ) -> None:
        if self.before_write:
            quicker, self.before_write = self.before_write, None
            quicker()
        if not isinstance(survey, FakeSurvey):
            message = "a survey is written by the register that made it"
            raise TypeError(message)
        self._run(
            "write",
            lambda: self._write(survey, involvement, content, child_is_new=child_is_new, close_calls=close_calls),
        )

    def withdraw(
        self, organisation: str, source_reference: str, version: int, now: datetime, *, by_rule: bool = False
    ) -> None:
        _aware(now)
        if by_rule:
            self.by_rule.add((organisation, source_reference))
        self._run("withdraw", lambda: self._withdraw((organisation, source_reference), version))

    # What tests ask

    @property
    def children(self) -> set[str]:
        """The ids of all live children."""
        return {involvement.child_id for involvement in self._live()}

    def state(self) -> dict[tuple[str, str], tuple[object, ...]]:
        """All that is live, but for ids and times: equal for two registers that say the same."""
        order = {child_id: n for n, child_id in enumerate(dict.fromkeys(i.child_id for i in self._live()))}
        return {
            (i.organisation, i.source_reference): (order[i.child_id], i.child, i.service, i.version)
            for i in self._live()
        }

    def now(self, child_id: str) -> str:
        """The child that this one is now."""
        while child_id in self.joined:
            child_id = self.joined[child_id]
        return child_id

    def are_apart(self, one: str, other: str) -> bool:
        """Whether a person has found these two different, or two that they have come of."""
        return any({self.now(child_id) for child_id in pair} == {one, other} for pair in self.apart)

    # Inside

    def _run[R](self, name: str, call: Callable[[], R]) -> R:
        self.calls[name] += 1
        return self.faults.run(f"register.{name}", call)

    def _live(self) -> list[Involvement]:
        return [held.involvement for _, held in sorted(self.held.items()) if held.is_live]

    def _claimed(self, asked: ChildDetails) -> list[Candidate]:
        return [
            self._candidate(held.child_id, held.likeness, by_identifier=not claim.startswith("details"))
            for claim in _claims(asked)
            if (held := self.claims.get(claim))
        ]

    def _rows(self, asked: ChildDetails) -> list[Candidate]:
        """Of every involvement that says so, under each of its names; twice, if the postcode is not all that leads there."""
        wanted, numbers = set(match_keys(asked)), set(asked.identifiers)
        found = []
        for i in self._live():
            for named in i.child.under_each_name():
                kinds = {key[0] in _BY_PLACE for key in wanted & set(match_keys(named))}
                of = partial(
                    self._candidate,
                    i.child_id,
                    likeness(named, self.pseudonyms),
                    service_types=frozenset({i.service.service_type}),
                )
                found += [of(by_place=by_place) for by_place in sorted(kinds)]
                if numbers & set(named.identifiers):
                    found.append(of(by_identifier=True))
        return found

    def _candidate(
        self,
        child_id: str,
        known: Likeness,
        *,
        by_identifier: bool = False,
        by_place: bool = False,
        service_types: frozenset[ServiceType] = frozenset(),
    ) -> Candidate:
        meant = self.now(child_id)
        return Candidate(
            child_id,
            known,
            by_identifier,
            joined_into=meant if meant != child_id else None,
            by_place=by_place,
            service_types=service_types,
            shield=self.shields.get(meant),
        )

    def _parts(self, child_id: str) -> list[str]:
        """A child, and those that are being joined into it."""
        return [child_id, *(goes for goes in self.joined if self.now(goes) == child_id)]

    def _held_of(self, lies_in: Sequence[str]) -> HeldChild:
        came_with: dict[str, set[tuple[str, str]]] = {}
        for key, held in self.held.items():
            lies_with = held.involvement.child_id
            if held.is_live and lies_with in lies_in:
                for former in {*held.moved_from, lies_with} - {lies_in[0]}:
                    came_with.setdefault(former, set()).add(key)
        return HeldChild(
            child_id=lies_in[0],
            involvements=[i for i in self._live() if i.child_id in lies_in],
            shield=self.shields.get(self.now(lies_in[0])),
            formerly=frozenset(came_with),
            came_with={former: frozenset(those) for former, those in came_with.items()},
        )

    def _dispute(self, key: tuple[str, str], disputed: Disputed | None) -> None:
        held = self.held.get(key)
        if held is None or not held.is_live:
            raise InvolvementNotFound
        said = replace(held.involvement, disputed=disputed, version=held.involvement.version + 1)
        self.held[key] = replace(held, involvement=said)

    def _pointer(self, key: tuple[str, str]) -> Pointer | None:
        held = self.held.get(key)
        if held is None:
            return None
        involvement = held.involvement
        return Pointer(
            child_id=involvement.child_id,
            content=held.content,
            likeness=likeness(involvement.child, self.pseudonyms),
            version=involvement.version,
            recorded_at=involvement.recorded_at,
            refreshed_at=involvement.refreshed_at,
            is_live=held.is_live,
            disputed=involvement.disputed if held.is_live else None,
        )

    def _write(
        self,
        survey: FakeSurvey,
        involvement: Involvement,
        content: str,
        *,
        child_is_new: bool,
        close_calls: Sequence[CloseCall],
    ) -> None:
        key, child_id = (involvement.organisation, involvement.source_reference), involvement.child_id
        if key != survey.key:
            message = "a survey is for one source reference"
            raise AssertionError(message)
        if child_id in self.joined:
            raise Joined(child_id, self.joined[child_id])
        claims = _claims(involvement.child)
        owners = {claim: self.claims[claim].child_id for claim in claims if claim in self.claims}
        is_known = child_id in {self.now(known) for known in self.children}
        if self._pointer(key) != survey.pointer or owners != dict(survey.owners) or is_known == child_is_new:
            raise Conflict
        if self.shields.get(child_id) != survey.shields.get(child_id):
            raise Conflict
        before = survey.pointer.child_id if survey.pointer and survey.pointer.is_live else child_id
        if self.are_apart(self.now(before), child_id):
            raise FoundDifferent
        self.held[key] = _Held(involvement, content, is_live=True, moved_from=self._through(key, before, child_id))
        self._free_claims()
        doubts = []
        for claim in claims:
            owner = self.now(self.claims.get(claim, _Claim(child_id, Likeness())).child_id)
            if owner == child_id:
                self.claims[claim] = _Claim(child_id, likeness(involvement.child, self.pseudonyms))
            else:
                cause = Cause.ALIKE if claim.startswith("details") else Cause.NUMBER
                doubts.append(CloseCall(owner, cause))
        calls = [*doubts, *close_calls]
        self._inherit(child_id, [before, *(call.child_id for call in calls)])
        if self.keeps_review_list:
            self._raise_cases(involvement, calls)

    def _inherit(self, child_id: str, may_be: Iterable[str]) -> None:
        """What may be a shielded child is shielded as it is."""
        shield: Shield | None = None
        for other in may_be:
            shield = stronger(shield, self.shields.get(self.now(other)))
        if shield and child_id not in self.shields:
            self.shields[child_id] = replace(shield, inherited=True)

    def _through(self, key: tuple[str, str], before: str, child_id: str) -> tuple[str, ...]:
        """The children that the involvement came through, if it stays with what they have become."""
        held = self.held.get(key)
        if held is None or self.now(before) != child_id:
            return ()
        return held.moved_from if before == child_id else (*held.moved_from, before)

    def _raise_cases(self, involvement: Involvement, calls: Sequence[CloseCall]) -> None:
        pressing = sorted(calls, key=lambda call: (call.cause is not Cause.NUMBER, -(call.sureness or 0)))
        living = {self.now(child_id) for child_id in self.children}
        of_each = {call.child_id: call for call in reversed(pressing) if call.child_id in living}
        for call in list(reversed(of_each.values()))[:MOST_CASES_OF_A_REGISTRATION]:
            pair = sorted((involvement.child_id, call.child_id))
            if not self.are_apart(*pair):
                newer, older = sorted(pair, key=self._recorded_at, reverse=True)
                case = Case(
                    case_id=PSEUDONYMS.of("case", *pair),
                    newer=newer,
                    older=older,
                    cause=call.cause,
                    sureness=call.sureness,
                    raised_at=involvement.refreshed_at,
                    state=State.OPEN,
                )
                self.cases.setdefault(case.case_id, case)

    def _recorded_at(self, child_id: str) -> datetime:
        return min(i.recorded_at for i in self._live() if self.now(i.child_id) == child_id)

    def _withdraw(self, key: tuple[str, str], version: int) -> None:
        held = self.held.get(key)
        if held is None or not held.is_live or held.involvement.version != version:
            raise Conflict
        self.held[key] = replace(held, is_live=False)
        self._free_claims()

    def _free_claims(self) -> None:
        """What no live involvement of its child states any more leads nowhere."""
        stated = {(claim, self.now(i.child_id)) for i in self._live() for claim in _claims(i.child)}
        self.claims = {claim: held for claim, held in self.claims.items() if (claim, self.now(held.child_id)) in stated}


_BY_PLACE = frozenset({"postcode", "names+area"})


def _claims(details: ChildDetails) -> list[str]:
    numbers = [f"{i.kind}/{i.authority}/{i.value}" for i in details.identifiers]
    complete = full_details(details)
    return [*numbers, f"details/{'/'.join(complete)}"] if complete else numbers


@dataclass
class FakeReviews:
    """The review list of a FakeRegister. A join moves one involvement a step."""

    register: FakeRegister
    faults: Faults = field(default_factory=Faults)

    def open_cases(self, after: str | None, limit: int, now: datetime, *, organisation: str) -> Page:
        _aware(now)
        there = lambda child_id: self._is_there(child_id, now, organisation)  # noqa: E731  # used once
        return self.faults.run("reviews.open_cases", lambda: self._open_cases(after or "", limit, there))

    def case(self, case_id: str) -> Case | None:
        return self.faults.run("reviews.case", lambda: self.register.cases.get(case_id))

    def sides(self, case: Case, now: datetime) -> tuple[HeldSide, HeldSide]:
        _aware(now)
        return self.faults.run("reviews.sides", lambda: self._sides(case))

    def begin_join(self, case: Case, decided: Decided) -> None:
        self.faults.run("reviews.begin_join", lambda: self._begin_join(case, decided))

    def begin_undoing(self, case: Case, decided: Decided) -> None:
        self.faults.run("reviews.begin_undoing", lambda: self._begin_undoing(case, decided))

    def tell_apart(self, case: Case, decided: Decided) -> None:
        self.faults.run("reviews.tell_apart", lambda: self._tell_apart(case, decided))

    def go_on_apart(self, case: Case, now: datetime) -> None:
        _aware(now)
        assert case.state is State.DIFFERENT
        self.faults.run("reviews.go_on_apart", lambda: None)

    def step(self, case: Case, now: datetime) -> bool:
        _aware(now)
        return self.faults.run("reviews.step", lambda: self._step(case))

    def under_way(self, now: datetime) -> Sequence[str]:
        _aware(now)
        return self.faults.run("reviews.under_way", lambda: [case.case_id for case in self._under_way()])

    def _is_there(self, child_id: str, now: datetime, organisation: str) -> bool:
        shield = self.register.shields.get(self.register.now(child_id))
        return shield is None or not shield.holds(now) or shield.organisation == organisation

    def _open_cases(self, after: str, limit: int, is_there: Callable[[str], bool]) -> Page:
        waiting = {
            f"{c.raised_at:%FT%T.%f}#{c.case_id}": c
            for c in self.register.cases.values()
            if c.state is State.OPEN and is_there(c.newer) and is_there(c.older)
        }
        rest = sorted(position for position in waiting if position > after)
        return Page([waiting[position] for position in rest[:limit]], rest[limit - 1] if len(rest) > limit else None)

    def _under_way(self) -> list[Case]:
        return [case for case in self.register.cases.values() if case.state in (State.JOINING, State.UNDOING)]

    def _sides(self, case: Case) -> tuple[HeldSide, HeldSide]:
        register = self.register
        newer, older = register.now(case.newer), register.now(case.older)
        held = [kept for kept in register.held.values() if kept.is_live]
        if newer != older:
            newer_one, older_one = (
                HeldSide(
                    child,
                    [k.involvement for k in held if register.now(k.involvement.child_id) == child],
                    register.shields.get(child),
                )
                for child in (newer, older)
            )
            return newer_one, older_one
        went = case.goes or case.newer
        came = [k.involvement for k in held if went in (*k.moved_from, k.involvement.child_id)]
        everything = [k.involvement for k in held if register.now(k.involvement.child_id) == newer]
        shield = register.shields.get(newer)
        return HeldSide(newer, came, shield), HeldSide(older, [i for i in everything if i not in came], shield)

    def _current(self, case: Case) -> None:
        if self.register.cases[case.case_id] != case:
            raise Conflict

    def _apart(self, case: Case) -> tuple[str, str] | None:
        """Both children as they are now, as long as they are two and nothing is going on with either."""
        self._current(case)
        pair = self.register.now(case.newer), self.register.now(case.older)
        for other in self._under_way():
            if {*pair} & {other.goes, other.stays}:
                raise UnderWay(other.case_id)
        return pair if pair[0] != pair[1] else None

    def _begin_join(self, case: Case, decided: Decided) -> None:
        pair = self._apart(case)
        if pair is None:
            if case.state is State.OPEN:
                self._decide(case, decided, State.SAME)
            return
        if self.register.are_apart(*pair):
            raise FoundDifferentBefore
        goes, stays = pair
        shields = self.register.shields
        if shield := stronger(shields.get(goes), shields.get(stays)):
            shields[goes] = shields[stays] = shield
        self._decide(case, decided, State.JOINING, goes=goes, stays=stays)
        self.register.joined[goes] = stays

    def _begin_undoing(self, case: Case, decided: Decided) -> None:
        self._current(case)
        if case.goes is None or case.stays is None or self.register.joined.get(case.stays):
            raise JoinedSince
        self._decide(case, decided, State.UNDOING)
        self.register.apart.add(frozenset((case.goes, case.stays)))

    def _tell_apart(self, case: Case, decided: Decided) -> None:
        pair = self._apart(case)
        if pair is None:
            raise JoinedSince
        self._decide(case, decided, State.DIFFERENT)
        self.register.apart.add(frozenset(pair))
        shield = self.register.shields.get(pair[0])
        if shield and shield.inherited:
            del self.register.shields[pair[0]]

    def _decide(self, case: Case, decided: Decided, state: State, **into: str) -> None:
        told = replace(case, state=state, decisions=(*case.decisions, decided), **into)  # type: ignore[arg-type]  # by name
        self.register.cases[case.case_id] = told

    def _step(self, case: Case) -> bool:
        self._current(case)
        goes, stays = case.goes or "", case.stays or ""
        held = self.register.held
        for key, kept in held.items():
            if case.state is State.JOINING and kept.involvement.child_id == goes:
                moved = replace(kept.involvement, child_id=stays)
                held[key] = replace(kept, involvement=moved, moved_from=(*kept.moved_from, goes))
                return True
            if case.state is State.UNDOING and kept.moved_from[-1:] == (goes,):
                moved = replace(kept.involvement, child_id=goes)
                held[key] = replace(kept, involvement=moved, moved_from=kept.moved_from[:-1])
                return True
        if case.state is State.UNDOING:
            del self.register.joined[goes]
            for kept in held.values():
                for claim in _claims(kept.involvement.child) if kept.is_live else ():
                    if kept.involvement.child_id == goes:
                        self.register.claims[claim] = replace(self.register.claims[claim], child_id=goes)
        done = State.SAME if case.state is State.JOINING else State.DIFFERENT
        self.register.cases[case.case_id] = replace(case, state=done)
        return False


@dataclass
class FakeShields:
    """The shields of a FakeRegister, and what opens them."""

    register: FakeRegister
    access_log: FakeAccessLog
    alerts: FakeAlerts
    faults: Faults = field(default_factory=Faults)
    overrides: dict[str, Override] = field(default_factory=dict)

    def inherit(self, child_id: str, call: CloseCall, now: datetime) -> bool:
        _aware(now)
        message = f"no unit test of a whole world sets a shield beside another child: {child_id}, {call}"
        raise AssertionError(message)

    def put(self, child_id: str, shield: Shield, hidden: Sequence[FormerName], now: datetime) -> Shield:
        _aware(now)
        return self.faults.run("shields.put", lambda: self._put(self.register.now(child_id), shield, hidden))

    def lift(self, child_id: str, now: datetime, *, organisation: str) -> None:
        _aware(now)
        self.faults.run("shields.lift", lambda: self._lift(self.register.now(child_id), organisation, now))

    def open(self, override: Override, record: AccessRecord, alert: Alert) -> None:
        def all_of_it() -> None:
            self.overrides[override.override_id] = override
            self.access_log.records.append(record)
            self.alerts.made[alert.alert_id] = alert

        self.faults.run("shields.open", all_of_it, AccessNotRecorded)

    def override(self, override_id: str, now: datetime) -> Override | None:
        _aware(now)
        kept = self.faults.run("shields.override", lambda: self.overrides.get(override_id))
        return kept if kept and now < kept.until else None

    def _put(self, child_id: str, shield: Shield, hidden: Sequence[FormerName]) -> Shield:
        names = {
            name_hash(known, PSEUDONYMS)
            for said in self._said(child_id)
            for known in likenesses(said, PSEUDONYMS)
            if not any(
                known.given_name == (name.given_name or known.given_name)
                and known.family_name == (name.family_name or known.family_name)
                for name in hidden
            )
        }
        self.register.shields[child_id] = replace(shield, names=frozenset(names))
        return self.register.shields[child_id]

    def _lift(self, child_id: str, organisation: str, now: datetime) -> None:
        self._said(child_id)
        shield = self.register.shields.get(child_id)
        if shield and shield.holds(now) and shield.organisation != organisation:
            raise ChildNotFound
        self.register.shields.pop(child_id, None)

    def _said(self, child_id: str) -> list[ChildDetails]:
        held = [k.involvement for k in self.register.held.values() if k.is_live]
        said = [i.child for i in held if self.register.now(i.child_id) == child_id]
        if not said:
            raise ChildNotFound
        return said


@dataclass
class FakeAlerts:
    """Only ever added to."""

    faults: Faults = field(default_factory=Faults)
    made: dict[str, Alert] = field(default_factory=dict)

    def put(self, alert: Alert) -> None:
        self.faults.run("alerts.put", lambda: self.made.setdefault(alert.alert_id, alert))

    def of(self, organisation: str, after: str | None, limit: int) -> AlertPage:
        return self.faults.run("alerts.of", lambda: self._of(organisation, after, limit))

    def _of(self, organisation: str, after: str | None, limit: int) -> AlertPage:
        latest = sorted(
            (a for a in self.made.values() if a.organisation == organisation), key=_position_of, reverse=True
        )
        rest = [alert for alert in latest if after is None or _position_of(alert) < after]
        return AlertPage(rest[:limit], _position_of(rest[limit - 1]) if len(rest) > limit else None)


def _position_of(alert: Alert) -> str:
    return f"{alert.at:%FT%T.%f}#{alert.alert_id}"


@dataclass
class FakeLimits:
    """Admits so many questions of each client and of each of its practitioners; how many, a test says."""

    most: int = 1_000_000
    nothing_found_costs: int = 3
    faults: Faults = field(default_factory=Faults)
    spent: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def spend(self, client_id: str, practitioner_id: str | None, now: datetime) -> None:
        _aware(now)
        self.faults.run("limits.spend", lambda: self._spend(client_id, practitioner_id))

    def charge(self, client_id: str, practitioner_id: str | None, now: datetime) -> None:
        _aware(now)
        more = self.nothing_found_costs - 1
        self.faults.run("limits.charge", lambda: self.spent.update({(client_id, practitioner_id): more}))

    def _spend(self, client_id: str, practitioner_id: str | None) -> None:
        if self.spent[client_id, practitioner_id] >= self.most:
            raise AskedTooOften(60)
        self.spent[client_id, practitioner_id] += 1


@dataclass
class FakeAccessLog:
    """Append-only."""

    faults: Faults = field(default_factory=Faults)
    records: list[AccessRecord] = field(default_factory=list)

    def append(self, record: AccessRecord) -> None:
        if any(kept.access_id == record.access_id for kept in self.records):
            raise AccessNotRecorded
        self.faults.run("access_log.append", lambda: self.records.append(record), AccessNotRecorded)


@dataclass
class FakeDirectory:
    """What callers' requests read."""

    enrolled: Sequence[Organisation] = ()
    clients: Mapping[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def caller(self, client_id: str) -> Caller | None:
        return self.faults.run("directory.caller", lambda: self._caller(client_id))

    def organisations(self) -> Sequence[Organisation]:
        return self.faults.run("directory.organisations", lambda: self.enrolled)

    def _caller(self, client_id: str) -> Caller | None:
        by_code = {organisation.code: organisation for organisation in self.enrolled}
        organisation = by_code.get(self.clients.get(client_id, ""))
        return Caller(client_id, organisation) if organisation else None


@dataclass
class FakeKeeper:
    """What operators change."""

    faults: Faults = field(default_factory=Faults)
    enrolled: dict[str, Organisation] = field(default_factory=dict)
    held: dict[str, Credential] = field(default_factory=dict)

    def organisation(self, code: str) -> Organisation | None:
        return self.faults.run("keeper.organisation", lambda: self.enrolled.get(code))

    def organisations(self) -> Sequence[Organisation]:
        return self.faults.run("keeper.organisations", lambda: list(self.enrolled.values()))

    def enrol(self, organisation: Organisation) -> None:
        if organisation.code in self.enrolled:
            raise AlreadyExists
        self.faults.run("keeper.enrol", lambda: self.enrolled.update({organisation.code: organisation}))

    def amend(self, organisation: Organisation) -> None:
        before = self.enrolled.get(organisation.code)
        if before is None or before.version != organisation.version - 1:
            raise Conflict
        self.faults.run("keeper.amend", lambda: self.enrolled.update({organisation.code: organisation}))

    def feed_received(self, code: str, current_as_of: date) -> None:
        organisation = self.enrolled[code]
        known = organisation.coverage.current_as_of
        if known is None or current_as_of > known:
            coverage = replace(organisation.coverage, current_as_of=current_as_of)
            self.enrolled[code] = replace(organisation, coverage=coverage)

    def credentials(self, code: str) -> Sequence[Credential]:
        return self.faults.run("keeper.credentials", lambda: [c for c in self.held.values() if c.organisation == code])

    def add_credential(self, credential: Credential) -> None:
        self.faults.run("keeper.add_credential", lambda: self.held.update({credential.client_id: credential}))

    def end_credential(self, credential: Credential) -> None:
        if credential.client_id not in self.held:
            raise CredentialNotFound
        self.faults.run("keeper.end_credential", lambda: self.held.update({credential.client_id: credential}))

    def admits(self, client_id: str) -> bool:
        """Whether the Directory lets this client do anything: what stands between a token and the register."""
        held = self.held.get(client_id)
        return held is not None and held.state is CredentialState.ISSUED


@dataclass
class FakeIssuer:
    """The identity provider."""

    faults: Faults = field(default_factory=Faults)
    clients: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    _made: int = 0

    def issue(self, name: str, capabilities: Iterable[str]) -> tuple[str, str]:
        return self.faults.run("issuer.issue", lambda: self._issue(name, tuple(capabilities)))

    def revoke(self, client_id: str) -> None:
        self.faults.run("issuer.revoke", lambda: self.clients.pop(client_id, None))

    def _issue(self, name: str, capabilities: tuple[str, ...]) -> tuple[str, str]:
        self._made += 1
        client_id = f"client{self._made}"
        self.clients[client_id] = (name, capabilities)
        return client_id, f"secret-of-{client_id}"


def together[A, B](first: Callable[[], A], second: Callable[[], B], /) -> tuple[A, B]:
    """One after the other; the second runs even if the first fails, as it would side by side."""
    try:
        one = first()
    except Exception:
        second()
        raise
    return one, second()


def in_parallel[V, R](work: Callable[[V], R], values: Sequence[V]) -> list[R]:
    """One after the other."""
    return [work(value) for value in values]


def _aware(now: datetime) -> None:
    if now.tzinfo is None:
        message = "times are aware"
        raise AssertionError(message)
