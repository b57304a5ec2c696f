"""The use cases, wired to fakes: what a deployment is to an end-to-end test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shared.domain.duration import Duration
from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Thresholds
from shared.domain.retention import Retention
from shared.services.direct import Direct
from shared.services.gate import Gate
from shared.services.look_up import LookUp
from shared.services.register import RegisterInvolvement
from shared.services.review import ReviewChildren
from shared.services.take_in_extract import TakeInExtract
from tests.support.builders import COUNCIL, PSEUDONYMS, SCHOOL, TRUST, a_caller, an_organisation
from tests.support.fakes import (
    Clock,
    FakeAccessLog,
    FakeDirectory,
    FakeIssuer,
    FakeKeeper,
    FakeRegister,
    FakeReviews,
    Faults,
    in_parallel,
    together,
)

if TYPE_CHECKING:
    from shared.domain.access import AccessRecord
    from shared.domain.directory import Caller
    from shared.domain.involvement import Registration
    from shared.domain.lookup import Answer, Question
    from shared.services.register import Registered


KEEPS_LONG = Retention(ended_involvement_kept=Duration(months=100 * 12), grown_up_at=Duration(months=25 * 12))
"""So that a register takes in what the sweep of another configuration finds due."""


@dataclass
class World:
    """A register that three organisations feed, and its clock. Faults strike whatever port is called next."""

    clock: Clock = field(default_factory=Clock)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    retention: Retention = field(default_factory=Retention)
    register: FakeRegister = field(default_factory=FakeRegister)
    access_log: FakeAccessLog = field(default_factory=FakeAccessLog)
    directory: FakeDirectory = field(
        default_factory=lambda: FakeDirectory([an_organisation(code) for code in (COUNCIL, TRUST, SCHOOL)])
    )
    reviews: FakeReviews = field(init=False)
    keeper: FakeKeeper = field(default_factory=FakeKeeper)
    issuer: FakeIssuer = field(default_factory=FakeIssuer)
    pauses: list[int] = field(default_factory=list)
    _asked: int = 0

    def __post_init__(self) -> None:
        self.reviews = FakeReviews(self.register)

    def struck_by(self, faults: Faults) -> Faults:
        """From now on every port counts its calls together, and the one that is due fails."""
        for port in (self.register, self.reviews, self.access_log, self.directory, self.keeper, self.issuer):
            port.faults = faults
        return faults

    @property
    def gate(self) -> Gate:
        return Gate(self.lifecycle, self.clock)

    @property
    def look_up(self) -> LookUp:
        return LookUp(
            register=self.register,
            access_log=self.access_log,
            directory=self.directory,
            pseudonyms=PSEUDONYMS,
            thresholds=Thresholds(),
            together=together,
            gate=self.gate,
        )

    @property
    def registering(self) -> RegisterInvolvement:
        return RegisterInvolvement(
            register=self.register,
            pseudonyms=PSEUDONYMS,
            thresholds=Thresholds(),
            retention=self.retention,
            gate=self.gate,
            pause=self.pauses.append,
        )

    @property
    def reviewing(self) -> ReviewChildren:
        return ReviewChildren(
            reviews=self.reviews,
            access_log=self.access_log,
            pseudonyms=PSEUDONYMS,
            gate=self.gate,
            together=together,
            pause=self.pauses.append,
        )

    @property
    def take_in(self) -> TakeInExtract:
        return TakeInExtract(register=self.register, registering=self.registering, in_parallel=in_parallel)

    @property
    def direct(self) -> Direct:
        return Direct(keeper=self.keeper, issuer=self.issuer, gate=self.gate)

    def ask(self, question: Question, *, caller: Caller | None = None) -> Answer:
        """One lookup, by the hospital trust unless somebody else asks."""
        self._asked += 1
        return self.look_up(
            question,
            caller=caller or a_caller(TRUST),
            access_id=f"lookup-{self._asked}",
            request_id=f"request-{self._asked}",
        )

    def put(self, registration: Registration, *, by: str = COUNCIL, if_match: int | None = None) -> Registered:
        """One registration, a second after the last."""
        self.clock.move()
        return self.registering.put(registration, caller=a_caller(by), if_match=if_match)

    def withdraw(self, source_reference: str = "CASE-1", *, by: str = COUNCIL, if_match: int | None = None) -> None:
        self.clock.move()
        self.registering.withdraw(source_reference, caller=a_caller(by), if_match=if_match)

    def holds(self, source_reference: str, **changed: str) -> None:
        """Makes a kept involvement what no registration could make it."""
        for key, held in self.register.held.items():
            if key[1] == source_reference:
                service = replace(held.involvement.service, **changed)  # type: ignore[arg-type]  # by name
                self.register.held[key] = replace(held, involvement=replace(held.involvement, service=service))

    @property
    def records(self) -> list[AccessRecord]:
        return self.access_log.records
