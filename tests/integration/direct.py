"""The use cases of registration over the real persistence, without handlers, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.api.involvement_bodies import InvolvementRequest
from shared.api.requests import ChildBody
from shared.api.validation import read_object
from shared.domain.access import Practitioner, Purpose, Role
from shared.domain.child import ChildDetails
from shared.domain.conflicts import Conflict
from shared.domain.directory import Caller, Capability, Organisation, Permissions
from shared.domain.disclosure import Viewer, led_to, visible
from shared.domain.held import HeldChild, Pointer
from shared.domain.involvement import Disputed, Involvement, Registration, ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.likeness import likenesses
from shared.domain.matching import Candidate, Finding, Thresholds, decide
from shared.domain.ports import Survey
from shared.domain.pseudonym import SENSITIVE, Pseudonyms
from shared.domain.retention import Retention
from shared.domain.review import Case, CloseCall, Decision
from shared.domain.targeting import Targeting
from shared.persistence.models import RegisterItem, bind
from shared.persistence.register import DynamoRegister
from shared.persistence.reviews import DynamoReviews
from shared.persistence.shields import DynamoShields
from shared.services.compartments import Compartments
from shared.services.cover import ToldByReceipt
from shared.services.gate import Gate
from shared.services.register import Registered, RegisterInvolvement
from shared.services.review import ReviewChildren
from tests.integration.emulated import ACCESS_LOG, REGISTER, SECRET, Stored, dump
from tests.integration.people import involvement
from tests.support.fakes import FakeAccessLog, FakeLimits, together

STARTED_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = STARTED_AT.date()
REVIEWER = Practitioner("records-7", "Rae Pereira", Role.RECORDS_OFFICER)


@dataclass
class MovedClock:
    """Stands still until it is moved."""

    now: datetime = STARTED_AT

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """On by so many days, hours, seconds …; the instant it then shows."""
        self.now += timedelta(**by)
        return self.now


@dataclass
class Interrupted:
    """A register to which something happens just before its next transaction is sent, after all has been read.

    If that transaction then fails, it must have changed nothing.
    """

    inner: DynamoRegister
    meanwhile: Callable[[], object] | None = None
    conflicts: int = 0
    _before: list[Stored] = field(default_factory=list)

    def __post_init__(self) -> None:
        connection = RegisterItem._get_connection().connection  # noqa: SLF001  # as models.bind makes it
        connection.client.meta.events.register("before-call.dynamodb.TransactWriteItems", self._interrupt)

    def candidates(self, asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        return self.inner.candidates(asked, now)

    def held_of(self, lies_in: Sequence[str], now: datetime) -> HeldChild:
        return self.inner.held_of(lies_in, now)

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        return self.inner.held_by_id(child_id, now)

    def known_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        return self.inner.known_by_id(child_id, now)

    def dispute(self, organisation: str, source_reference: str, disputed: Disputed | None, now: datetime) -> None:
        with self._nothing_changed_by_a_conflict():
            self.inner.dispute(organisation, source_reference, disputed, now)

    def involvement(self, organisation: str, source_reference: str, now: datetime) -> Involvement | None:
        return self.inner.involvement(organisation, source_reference, now)

    def pointers(self, organisation: str, source_references: Iterable[str], now: datetime) -> Mapping[str, Pointer]:
        return self.inner.pointers(organisation, source_references, now)

    def survey(self, organisation: str, registration: Registration, now: datetime) -> Survey:
        return self.inner.survey(organisation, registration, now)

    def write(
        self,
        survey: Survey,
        involvement: Involvement,
        content: str,
        *,
        child_is_new: bool,
        close_calls: Sequence[CloseCall] = (),
    ) -> None:
        with self._nothing_changed_by_a_conflict():
            self.inner.write(survey, involvement, content, child_is_new=child_is_new, close_calls=close_calls)

    def withdraw(
        self, organisation: str, source_reference: str, version: int, now: datetime, *, by_rule: bool = False
    ) -> None:
        with self._nothing_changed_by_a_conflict():
            self.inner.withdraw(organisation, source_reference, version, now, by_rule=by_rule)

    def _interrupt(self, **_event: Any) -> None:
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
            self._before = dump(REGISTER)

    @contextmanager
    def _nothing_changed_by_a_conflict(self) -> Iterator[None]:
        self._before = dump(REGISTER)
        try:
            yield
        except Conflict:
            self.conflicts += 1
            assert dump(REGISTER) == self._before, "a write that failed has changed something"
            raise


@dataclass
class Desk:
    """Registers, withdraws and asks, for any organisation."""

    clock: MovedClock = field(default_factory=MovedClock)
    lives_until: datetime | None = None
    retention: Retention = field(default_factory=Retention)
    targeting: Targeting = field(default_factory=Targeting)
    register: DynamoRegister = field(init=False)
    sensitive: DynamoRegister = field(init=False)
    interrupted: Interrupted = field(init=False)

    def __post_init__(self) -> None:
        bind(register=REGISTER, access_log=ACCESS_LOG)
        self.closes(self.lives_until)
        self.interrupted = Interrupted(self.register)

    def closes(self, lives_until: datetime | None) -> None:
        """From now on what is written lives until then; for ever if None."""
        self.lives_until = lives_until
        pseudonyms = Pseudonyms(SECRET.encode())
        self.register = DynamoRegister(pseudonyms, in_turn, lives_until)
        self.sensitive = DynamoRegister(
            pseudonyms.compartment(SENSITIVE), in_turn, lives_until, keeps_review_list=False
        )

    def put(self, organisation: str, reference: str, child: dict[str, Any], **service: Any) -> Registered:
        """Registers."""
        return self._registering(self.register).put(
            registration(reference, child, **service), caller=caller(organisation), told=ToldByReceipt()
        )

    def withdraw(self, organisation: str, reference: str) -> None:
        """Withdraws."""
        self._registering(self.register).withdraw(reference, caller=caller(organisation))

    def put_while(
        self, meanwhile: Callable[[], object], organisation: str, reference: str, child: dict[str, Any], **service: Any
    ) -> Registered:
        """Registers, while something else happens just before the write."""
        self.interrupted.meanwhile = meanwhile
        return self._registering(self.interrupted).put(
            registration(reference, child, **service), caller=caller(organisation), told=ToldByReceipt()
        )

    def withdraw_while(self, meanwhile: Callable[[], object], organisation: str, reference: str) -> None:
        """Withdraws, while something else happens just before the write."""
        self.interrupted.meanwhile = meanwhile
        self._registering(self.interrupted).withdraw(reference, caller=caller(organisation))

    @property
    def reviews(self) -> DynamoReviews:
        return DynamoReviews(self.register.pseudonyms, self.register.side_by_side, self.lives_until)

    @property
    def reviewing(self) -> ReviewChildren:
        return ReviewChildren(
            reviews=self.reviews,
            access_log=FakeAccessLog(),
            limits=FakeLimits(),
            pseudonyms=self.register.pseudonyms,
            gate=Gate(Lifecycle(), self.clock),
            together=together,
            pause=lambda _attempt: None,
        )

    @property
    def compartments(self) -> Compartments:
        return Compartments(ordinary=self._registering(self.register), sensitive=self._registering(self.sensitive))

    @property
    def shields(self) -> DynamoShields:
        return DynamoShields(
            pseudonyms=self.register.pseudonyms,
            records_kept_for=timedelta(days=30),
            pause=lambda _attempt: None,
            lives_until=self.lives_until,
        )

    def cases(self, organisation: str = "REV") -> list[Case]:
        """Those that await a decision, as far as an organisation is shown them."""
        return list(self.reviews.open_cases(None, 100, self.clock(), organisation=organisation).cases)

    def decide(self, case: Case | str, decision: Decision, organisation: str = "REV") -> Case:
        """A reviewer decides, a second after whatever was before."""
        self.clock.move(seconds=1)
        case_id = case if isinstance(case, str) else case.case_id
        ids = ("decide-1", "decide-2")
        asking = caller(organisation)
        return self.reviewing.decide(case_id, decision, REVIEWER, caller=asking, access_ids=ids, request_id="request-1")

    def own(self, organisation: str, reference: str) -> Involvement | None:
        """What an organisation itself reads under its reference."""
        return self.register.involvement(organisation, reference, self.clock())

    def find(self, child: dict[str, Any]) -> Finding:
        """What the lookup of somebody finds to whom all is visible."""
        asked = details(child)
        candidates = self.register.candidates(asked, self.clock())
        return decide(likenesses(asked, self.register.pseudonyms), candidates, Thresholds())

    def seen(self, child: dict[str, Any], viewer: Viewer) -> Finding:
        """What the lookup of somebody finds to whom not all is visible."""
        asked, pseudonyms = details(child), self.register.pseudonyms
        candidates = led_to(viewer, self.register.candidates(asked, self.clock()), pseudonyms)
        return decide(likenesses(asked, pseudonyms), candidates, Thresholds())

    def shown(self, child: dict[str, Any], viewer: Viewer) -> set[tuple[str, str]]:
        """Whose involvements the same lookup shows, by organisation and reference."""
        finding = self.seen(child, viewer)
        if finding.child_id is None:
            return set()
        held = self.register.held_of(finding.lies_in, self.clock())
        shown = visible(viewer, held.involvements, held.shield, held.child_id)
        return {(i.organisation, i.source_reference) for i in shown}

    def viewer(self, organisation: str, *, role: Role = Role.NURSE, **permitted: Any) -> Viewer:
        """A practitioner who looks now, for an organisation that sees all ordinary services."""
        known = caller(organisation)
        permissions = replace(known.organisation.permissions, **{"capabilities": {Capability.LOOKUP}, **permitted})
        asking = replace(known, organisation=replace(known.organisation, permissions=permissions))
        return Viewer(asking, role, "p-1", self.clock())

    def who(self, child: dict[str, Any]) -> set[tuple[str, str]] | None:
        """Who works with a child, by organisation and reference; None if a lookup finds no match."""
        finding = self.find(child)
        if finding.child_id is None:
            return None
        found = self.register.held_of(finding.lies_in, self.clock()).involvements
        return {(i.organisation, i.source_reference) for i in found}

    def _registering(self, register: DynamoRegister | Interrupted) -> RegisterInvolvement:
        return RegisterInvolvement(
            register=register,
            pseudonyms=(register.inner if isinstance(register, Interrupted) else register).pseudonyms,
            thresholds=Thresholds(),
            retention=self.retention,
            gate=Gate(Lifecycle(), self.clock),
            pause=lambda _attempt: None,
            targeting=self.targeting,
        )


def caller(organisation: str) -> Caller:
    """A client of an organisation that may do everything."""
    everything = Permissions(
        capabilities=frozenset(Capability),
        purposes=frozenset(Purpose),
        roles=frozenset(Role),
        service_types=frozenset(ServiceType),
        sees=frozenset(service for service in ServiceType if not service.is_sensitive),
    )
    return Caller("a-client", Organisation(code=organisation, name=organisation, permissions=everything))


def in_turn[R](reads: Sequence[Callable[[], R]]) -> list[R]:
    """One after the other."""
    return [read() for read in reads]


def registration(reference: str, child: dict[str, Any], **service: Any) -> Registration:
    """As an organisation's request is read."""
    return read_object(InvolvementRequest, involvement(child, **service), TODAY).registration(reference)


def details(child: dict[str, Any]) -> ChildDetails:
    """As a practitioner's question is read."""
    return read_object(ChildBody, child, TODAY).details()
