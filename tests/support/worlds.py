"""The use cases, wired to fakes: what a deployment is to an end-to-end test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.duration import Duration
from shared.domain.involvement import ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Thresholds
from shared.domain.retention import Retention
from shared.domain.targeting import Targeting
from shared.services.compartments import Compartments
from shared.services.cover import ToldByAnswer
from shared.services.direct import Direct
from shared.services.gate import Gate
from shared.services.look_up import LookUp
from shared.services.preview import PreviewRegistration
from shared.services.register import RegisterInvolvement
from shared.services.review import ReviewChildren
from shared.services.take_in_extract import TakeInExtract
from tests.support.builders import (
    COUNCIL,
    PSEUDONYMS,
    SCHOOL,
    SENSITIVE_PSEUDONYMS,
    TRUST,
    a_caller,
    a_child,
    a_registration,
    a_shield,
    an_organisation,
    everyday,
    nhs_number,
    permissions,
)
from tests.support.fakes import (
    Clock,
    FakeAccessLog,
    FakeAlerts,
    FakeDirectory,
    FakeIssuer,
    FakeKeeper,
    FakeLimits,
    FakeRegister,
    FakeReviews,
    FakeShields,
    Faults,
    in_parallel,
    together,
)

if TYPE_CHECKING:
    from shared.domain.access import AccessRecord
    from shared.domain.directory import Caller
    from shared.domain.involvement import Registration
    from shared.domain.lookup import Answer, Question
    from shared.domain.shield import Shield
    from shared.services.register import Registered


KEEPS_LONG = Retention(ended_involvement_kept=Duration(months=100 * 12), grown_up_at=Duration(months=25 * 12))
"""So that a register takes in what the sweep of another configuration finds due."""


@dataclass
class World:
    """A register that three organisations feed, and its clock. Faults strike whatever port is called next."""

    clock: Clock = field(default_factory=Clock)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    retention: Retention = field(default_factory=Retention)
    targeting: Targeting = field(default_factory=Targeting)
    register: FakeRegister = field(default_factory=FakeRegister)
    sensitive: FakeRegister = field(
        default_factory=lambda: FakeRegister(keeps_review_list=False, pseudonyms=SENSITIVE_PSEUDONYMS)
    )
    limits: FakeLimits = field(default_factory=FakeLimits)
    alerts: FakeAlerts = field(default_factory=FakeAlerts)
    access_log: FakeAccessLog = field(default_factory=FakeAccessLog)
    directory: FakeDirectory = field(
        default_factory=lambda: FakeDirectory([an_organisation(code) for code in (COUNCIL, TRUST, SCHOOL)])
    )
    reviews: FakeReviews = field(init=False)
    shields: FakeShields = field(init=False)
    keeper: FakeKeeper = field(default_factory=FakeKeeper)
    issuer: FakeIssuer = field(default_factory=FakeIssuer)
    pauses: list[int] = field(default_factory=list)
    _asked: int = 0

    def __post_init__(self) -> None:
        self.reviews = FakeReviews(self.register)
        self.shields = FakeShields(self.register, self.access_log, self.alerts)

    def struck_by(self, faults: Faults) -> Faults:
        """From now on every port counts its calls together, and the one that is due fails."""
        for port in (
            self.register,
            self.sensitive,
            self.reviews,
            self.shields,
            self.limits,
            self.alerts,
            self.access_log,
            self.directory,
            self.keeper,
            self.issuer,
        ):
            port.faults = faults
        return faults

    @property
    def gate(self) -> Gate:
        return Gate(self.lifecycle, self.clock)

    @property
    def look_up(self) -> LookUp:
        return LookUp(
            register=self.register,
            sensitive=self.sensitive,
            shields=self.shields,
            limits=self.limits,
            access_log=self.access_log,
            directory=self.directory,
            pseudonyms=PSEUDONYMS,
            sensitive_pseudonyms=SENSITIVE_PSEUDONYMS,
            thresholds=Thresholds(),
            together=together,
            gate=self.gate,
        )

    @property
    def registering(self) -> Compartments:
        return Compartments(ordinary=self.registering_in(self.register), sensitive=self.registering_in(self.sensitive))

    def registering_in(self, register: FakeRegister) -> RegisterInvolvement:
        """The use cases of one compartment."""
        return RegisterInvolvement(
            register=register,
            pseudonyms=register.pseudonyms,
            thresholds=Thresholds(),
            retention=self.retention,
            gate=self.gate,
            pause=self.pauses.append,
            targeting=self.targeting,
        )

    @property
    def preview(self) -> PreviewRegistration:
        return PreviewRegistration(
            registering=self.registering, access_log=self.access_log, limits=self.limits, together=together
        )

    @property
    def reviewing(self) -> ReviewChildren:
        return ReviewChildren(
            reviews=self.reviews,
            access_log=self.access_log,
            limits=self.limits,
            pseudonyms=PSEUDONYMS,
            gate=self.gate,
            together=together,
            pause=self.pauses.append,
        )

    @property
    def take_in(self) -> TakeInExtract:
        return TakeInExtract(registering=self.registering, in_parallel=in_parallel)

    @property
    def direct(self) -> Direct:
        return Direct(keeper=self.keeper, issuer=self.issuer, gate=self.gate)

    def ask(self, question: Question, *, caller: Caller | None = None) -> Answer:
        """One lookup, by the hospital trust, which sees ordinary services alone, unless somebody else asks."""
        self._asked += 1
        return self.look_up(
            question,
            caller=caller or a_caller(TRUST, permissions=everyday()),
            access_id=f"lookup-{self._asked}",
            request_id=f"request-{self._asked}",
        )

    def shield(self, child_id: str, **said: Any) -> Shield:
        """The council shields a child. `hidden` are names by which it must not be found."""
        hidden = said.pop("hidden", ())
        return self.shields.put(child_id, a_shield(since=self.clock.at, **said), hidden, self.clock.at)

    def child_of(self, source_reference: str = "CASE-1", *, by: str = COUNCIL) -> str:
        """The id of the child that an ordinary involvement lies with."""
        return self.register.held[by, source_reference].involvement.child_id

    def put(
        self,
        registration: Registration,
        *,
        by: str = COUNCIL,
        if_match: int | None = None,
        caller: Caller | None = None,
    ) -> Registered:
        """One registration, a second after the last. Who registers a sensitive service may register all of them."""
        self.clock.move()
        may = permissions() if registration.service.service_type.is_sensitive else everyday()
        caller = caller or a_caller(by, permissions=may)
        return self.registering.put(registration, caller=caller, told=self.told(caller), if_match=if_match)

    def told(self, caller: Caller) -> ToldByAnswer:
        """Who is told by one registration whether the register is for its child."""
        return ToldByAnswer(
            caller=caller,
            request_id="request-1",
            access_log=self.access_log,
            limits=self.limits,
            together=together,
        )

    def withdraw(self, source_reference: str = "CASE-1", *, by: str = COUNCIL, if_match: int | None = None) -> None:
        self.clock.move()
        caller = a_caller(by, permissions=everyday())
        self.registering.withdraw(source_reference, caller=caller, if_match=if_match)

    def holds(self, source_reference: str, **changed: str) -> None:
        """Makes a kept involvement what no registration could make it."""
        for key, held in self.register.held.items():
            if key[1] == source_reference:
                service = replace(held.involvement.service, **changed)  # type: ignore[arg-type]  # by name
                self.register.held[key] = replace(held, involvement=replace(held.involvement, service=service))

    @property
    def records(self) -> list[AccessRecord]:
        return self.access_log.records


def a_known_child(*, closes_in: timedelta | None = None) -> World:
    """Amelia is known to the council, which states her NHS number, and to her school."""
    world = World()
    world.put(a_registration(child=a_child(identifiers=(nhs_number(),))))
    world.put(a_registration("PUPIL-9", service_type=ServiceType.EDUCATION, last_contact=date(2026, 1, 5)), by=SCHOOL)
    if closes_in is not None:
        world.lifecycle = Lifecycle(world.clock.at + closes_in, "https://successor.example")
    return world


def in_confidence(**said: Any) -> Registration:
    """A mental health service that works with Amelia, with her consent."""
    child = said.pop("child", None) or a_child(identifiers=(nhs_number(),))
    return a_registration("MH-1", child=child, service_type=ServiceType.MENTAL_HEALTH, **said)
