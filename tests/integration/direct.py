"""The use cases of registration over the real persistence, without handlers, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.api.requests import ChildBody, InvolvementRequest
from shared.api.validation import read_object
from shared.domain.access import Practitioner, Purpose, Role
from shared.domain.child import ChildDetails
from shared.domain.directory import Caller, Capability, Organisation, Permissions
from shared.domain.involvement import Involvement, Registration, ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.likeness import likenesses
from shared.domain.matching import Candidate, Finding, Thresholds, decide
from shared.domain.ports import Conflict, Pointer, Register, Survey
from shared.domain.pseudonym import Pseudonyms
from shared.domain.retention import Retention
from shared.domain.review import Case, CloseCall, Decision
from shared.persistence.models import RegisterItem, bind
from shared.persistence.register import DynamoRegister
from shared.persistence.reviews import DynamoReviews
from shared.services.gate import Gate
from shared.services.register import Registered, RegisterInvolvement
from shared.services.review import ReviewChildren
from tests.integration.emulated import REGISTER, SECRET, Stored, dump
from tests.integration.people import involvement
from tests.support.fakes import FakeAccessLog, together

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

    def involvements_of(self, lies_in: Sequence[str], now: datetime) -> Sequence[Involvement]:
        return self.inner.involvements_of(lies_in, now)

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

    def withdraw(self, organisation: str, source_reference: str, version: int, now: datetime) -> None:
        with self._nothing_changed_by_a_conflict():
            self.inner.withdraw(organisation, source_reference, version, now)

    def _interrupt(self, **_event: Any) -> None:
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
            self._before = dump(REGISTER)

    @contextmanager
    def _nothing_changed_by_a_conflict(self) -> Iterator[None]:
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
    register: DynamoRegister = field(init=False)
    interrupted: Interrupted = field(init=False)

    def __post_init__(self) -> None:
        bind(register=REGISTER)
        self.closes(self.lives_until)
        self.interrupted = Interrupted(self.register)

    def closes(self, lives_until: datetime | None) -> None:
        """From now on what is written lives until then; for ever if None."""
        self.lives_until = lives_until
        self.register = DynamoRegister(
            Pseudonyms(SECRET.encode()), lambda reads: [read() for read in reads], lives_until
        )

    def put(self, organisation: str, reference: str, child: dict[str, Any], **service: Any) -> Registered:
        """Registers."""
        return self._registering(self.register).put(
            registration(reference, child, **service), caller=caller(organisation)
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
            registration(reference, child, **service), caller=caller(organisation)
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
            pseudonyms=self.register.pseudonyms,
            gate=Gate(Lifecycle(), self.clock),
            together=together,
            pause=lambda _attempt: None,
        )

    def cases(self) -> list[Case]:
        """Those that await a decision."""
        return list(self.reviewing.open_cases(caller=caller("REV"), after=None, limit=100).cases)

    def decide(self, case: Case | str, decision: Decision) -> Case:
        """A reviewer decides, a second after whatever was before."""
        self.clock.move(seconds=1)
        case_id = case if isinstance(case, str) else case.case_id
        return self.reviewing.decide(case_id, decision, REVIEWER, caller=caller("REV"))

    def own(self, organisation: str, reference: str) -> Involvement | None:
        """What an organisation itself reads under its reference."""
        return self.register.involvement(organisation, reference, self.clock())

    def find(self, child: dict[str, Any]) -> Finding:
        """What a lookup finds."""
        asked = details(child)
        candidates = self.register.candidates(asked, self.clock())
        return decide(likenesses(asked, self.register.pseudonyms), candidates, Thresholds())

    def who(self, child: dict[str, Any]) -> set[tuple[str, str]] | None:
        """Who works with a child, by organisation and reference; None if a lookup finds no match."""
        finding = self.find(child)
        if finding.child_id is None:
            return None
        found = self.register.involvements_of(finding.lies_in, self.clock())
        return {(i.organisation, i.source_reference) for i in found}

    def _registering(self, register: Register) -> RegisterInvolvement:
        return RegisterInvolvement(
            register=register,
            pseudonyms=self.register.pseudonyms,
            thresholds=Thresholds(),
            retention=self.retention,
            gate=Gate(Lifecycle(), self.clock),
            pause=lambda _attempt: None,
        )


def caller(organisation: str) -> Caller:
    """A client of an organisation that may do everything."""
    everything = Permissions(
        capabilities=frozenset(Capability),
        purposes=frozenset(Purpose),
        roles=frozenset(Role),
        service_types=frozenset(ServiceType),
    )
    return Caller("a-client", Organisation(code=organisation, name=organisation, permissions=everything))


def registration(reference: str, child: dict[str, Any], **service: Any) -> Registration:
    """As an organisation's request is read."""
    return read_object(InvolvementRequest, involvement(child, **service), TODAY).registration(reference)


def details(child: dict[str, Any]) -> ChildDetails:
    """As a practitioner's question is read."""
    return read_object(ChildBody, child, TODAY).details()
