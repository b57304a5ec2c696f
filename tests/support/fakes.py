"""The ports in memory. They keep every promise of `shared.domain.ports`, and can be told when to fail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.directory import Caller, Credential, CredentialState, Organisation
from shared.domain.errors import AccessNotRecorded, AlreadyExists, CredentialNotFound, Unavailable
from shared.domain.matching import Candidate, Likeness, full_details, likeness, match_keys
from shared.domain.ports import Conflict, Pointer
from tests.support.builders import NOW, PSEUDONYMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from shared.domain.access import AccessRecord
    from shared.domain.child import ChildDetails
    from shared.domain.involvement import Involvement, Registration
    from shared.domain.ports import Survey


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

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        _aware(now)
        return self._run("candidates", lambda: self._candidates(asked))

    def involvements_of(self, child_id: str, now: datetime) -> Sequence[Involvement]:
        _aware(now)
        return self._run("involvements_of", lambda: [i for i in self._live() if i.child_id == child_id])

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
                candidates=self._candidates(registration.child),
                owners={c: self.claims[c].child_id for c in _claims(registration.child) if c in self.claims},
            ),
        )

    def write(self, survey: Survey, involvement: Involvement, content: str, *, child_is_new: bool) -> None:
        if self.before_write:
            quicker, self.before_write = self.before_write, None
            quicker()
        if not isinstance(survey, FakeSurvey):
            message = "a survey is written by the register that made it"
            raise TypeError(message)
        self._run("write", lambda: self._write(survey, involvement, content, child_is_new=child_is_new))

    def withdraw(self, organisation: str, source_reference: str, version: int, now: datetime) -> None:
        _aware(now)
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

    # Inside

    def _run[R](self, name: str, call: Callable[[], R]) -> R:
        self.calls[name] += 1
        return self.faults.run(f"register.{name}", call)

    def _live(self) -> list[Involvement]:
        return [held.involvement for _, held in sorted(self.held.items()) if held.is_live]

    def _candidates(self, asked: ChildDetails) -> list[Candidate]:
        found = [
            Candidate(held.child_id, held.likeness, by_identifier=not claim.startswith("details"))
            for claim in _claims(asked)
            if (held := self.claims.get(claim))
        ]
        wanted = set(match_keys(asked))
        found += [
            Candidate(i.child_id, likeness(i.child, PSEUDONYMS))
            for i in self._live()
            if wanted & set(match_keys(i.child))
        ]
        return found

    def _pointer(self, key: tuple[str, str]) -> Pointer | None:
        held = self.held.get(key)
        if held is None:
            return None
        involvement = held.involvement
        return Pointer(
            child_id=involvement.child_id,
            content=held.content,
            likeness=likeness(involvement.child, PSEUDONYMS),
            version=involvement.version,
            recorded_at=involvement.recorded_at,
            refreshed_at=involvement.refreshed_at,
            is_live=held.is_live,
        )

    def _write(self, survey: FakeSurvey, involvement: Involvement, content: str, *, child_is_new: bool) -> None:
        key = (involvement.organisation, involvement.source_reference)
        if key != survey.key:
            message = "a survey is for one source reference"
            raise AssertionError(message)
        claims = _claims(involvement.child)
        owners = {claim: self.claims[claim].child_id for claim in claims if claim in self.claims}
        is_known = involvement.child_id in self.children
        if self._pointer(key) != survey.pointer or owners != dict(survey.owners) or is_known == child_is_new:
            raise Conflict
        self.held[key] = _Held(involvement, content, is_live=True)
        self._free_claims()
        for claim in claims:
            if self.claims.get(claim, _Claim(involvement.child_id, Likeness())).child_id == involvement.child_id:
                self.claims[claim] = _Claim(involvement.child_id, likeness(involvement.child, PSEUDONYMS))

    def _withdraw(self, key: tuple[str, str], version: int) -> None:
        held = self.held.get(key)
        if held is None or not held.is_live or held.involvement.version != version:
            raise Conflict
        self.held[key] = replace(held, is_live=False)
        self._free_claims()

    def _free_claims(self) -> None:
        """What no live involvement of its child states any more leads nowhere."""
        stated = {(claim, i.child_id) for i in self._live() for claim in _claims(i.child)}
        self.claims = {claim: held for claim, held in self.claims.items() if (claim, held.child_id) in stated}


def _claims(details: ChildDetails) -> list[str]:
    numbers = [f"{i.kind}/{i.authority}/{i.value}" for i in details.identifiers]
    complete = full_details(details)
    return [*numbers, f"details/{'/'.join(complete)}"] if complete else numbers


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
