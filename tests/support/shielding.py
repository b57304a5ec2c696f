"""A shield team, and those who open shields, wired to fakes: one register of a few children by their ids."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.access import AccessRecord, LegalBasis, Purpose, Reason, Role
from shared.domain.child import FormerName
from shared.domain.errors import AccessNotRecorded, AskedTooOften, ChildNotFound, Unavailable
from shared.domain.held import HeldChild
from shared.domain.lifecycle import Lifecycle
from shared.domain.likeness import likeness, likenesses
from shared.domain.matching import Candidate, Thresholds
from shared.domain.shield import WARNING, Override, Shield, ShieldReason, inherited, name_hash
from shared.services.gate import Gate
from shared.services.override import Opening, OpenShield
from shared.services.shield import Acting, ShieldChildren
from tests.support.builders import COUNCIL, PSEUDONYMS, a_caller, a_child, a_practitioner, an_involvement
from tests.support.fakes import Clock, FakeAccessLog, Faults, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.domain.alerts import Alert
    from shared.domain.child import ChildDetails
    from shared.domain.directory import Caller
    from shared.domain.involvement import Involvement
    from shared.domain.review import CloseCall

POLICE = "RX9"
CHILD = "child-1"
A_YEAR = timedelta(days=365)


@dataclass
class HeldChildren:
    """Children by their ids: all of the Register that this is about."""

    faults: Faults
    held: dict[str, HeldChild] = field(default_factory=dict)

    def candidates(self, _asked: ChildDetails, now: datetime) -> Sequence[Candidate]:
        """Whoever is held at all: matching has to tell who is meant."""
        assert now.tzinfo is not None
        known = [
            Candidate(child_id, likeness(one.child, PSEUDONYMS), shield=held.shield)
            for child_id, held in self.held.items()
            for one in held.involvements
        ]
        return self.faults.run("register.candidates", lambda: known)

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        assert now.tzinfo is not None
        return self.faults.run("register.held_by_id", lambda: self.held.get(child_id))


@dataclass
class ShieldsOf:
    """Shields, and what opens them."""

    register: HeldChildren
    access_log: FakeAccessLog
    faults: Faults
    overrides: dict[str, Override] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    lifted_by: list[str] = field(default_factory=list)
    calls: list[CloseCall] = field(default_factory=list)
    different: set[str] = field(default_factory=set)

    def put(self, child_id: str, shield: Shield, hidden: Sequence[FormerName], now: datetime) -> Shield:
        assert now.tzinfo is not None
        return self.faults.run("shields.put", lambda: self._put(child_id, shield, hidden))

    def lift(self, child_id: str, now: datetime, *, organisation: str) -> None:
        assert now.tzinfo is not None
        self.lifted_by.append(organisation)
        self.faults.run("shields.lift", lambda: self._change(child_id, None))

    def inherit(self, child_id: str, call: CloseCall, now: datetime) -> bool:
        self.calls.append(call)
        return self.faults.run("shields.inherit", lambda: self._inherit(child_id, call.child_id, now))

    def open(self, override: Override, record: AccessRecord, alert: Alert) -> None:
        def all_of_it() -> None:
            self.overrides[override.override_id] = override
            self.access_log.records.append(record)
            self.alerts.append(alert)

        self.faults.run("shields.open", all_of_it, AccessNotRecorded)

    def override(self, override_id: str, now: datetime) -> Override | None:
        kept = self.overrides.get(override_id)
        return kept if kept and now < kept.until else None

    def _put(self, child_id: str, shield: Shield, hidden: Sequence[FormerName]) -> Shield:
        names = {
            name_hash(known, PSEUDONYMS)
            for involvement in self.register.held[child_id].involvements
            for known in likenesses(involvement.child, PSEUDONYMS)
            if not any(
                (name.given_name or known.given_name, name.family_name or known.family_name)
                == (known.given_name, known.family_name)
                for name in hidden
            )
        }
        named = replace(shield, names=frozenset(names))
        self._change(child_id, named)
        return named

    def _inherit(self, child_id: str, other: str, now: datetime) -> bool:
        shield = self.register.held[child_id].shield
        if other in self.different or shield is None:
            return False
        self._change(other, inherited(shield, now, None))
        return True

    def _change(self, child_id: str, shield: Shield | None) -> None:
        if child_id not in self.register.held:
            raise ChildNotFound
        self.register.held[child_id] = replace(self.register.held[child_id], shield=shield)


@dataclass
class CountedLimits:
    """Refuses from the n-th question on, if told to."""

    faults: Faults
    most: int | None = None
    spent: list[tuple[str, str | None]] = field(default_factory=list)

    def spend(self, client_id: str, practitioner_id: str | None, now: datetime) -> None:
        assert now.tzinfo is not None
        self.spent.append((client_id, practitioner_id))
        if self.most is not None and len(self.spent) > self.most:
            raise AskedTooOften(60)

    def charge(self, client_id: str, practitioner_id: str | None, now: datetime) -> None:
        raise AssertionError((client_id, practitioner_id, now))


@dataclass
class HeardBus:
    """What dependent systems were told."""

    faults: Faults
    told: list[tuple[str, Mapping[str, str | int | None]]] = field(default_factory=list)

    def tell(self, kind: str, detail: Mapping[str, str | int | None]) -> None:
        self.faults.run("bus.tell", lambda: self.told.append((kind, detail)), Unavailable)


@dataclass
class ShieldDesk:
    """One child of the council's area, whom nobody shields yet. Faults strike whatever port is called next."""

    clock: Clock = field(default_factory=Clock)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    faults: Faults = field(default_factory=Faults)
    register: HeldChildren = field(init=False)
    shields: ShieldsOf = field(init=False)
    access_log: FakeAccessLog = field(init=False)
    limits: CountedLimits = field(init=False)
    bus: HeardBus = field(init=False)
    _asked: int = 0

    def __post_init__(self) -> None:
        self.register = HeldChildren(self.faults)
        self.access_log = FakeAccessLog(self.faults)
        self.shields = ShieldsOf(self.register, self.access_log, self.faults)
        self.limits = CountedLimits(self.faults)
        self.bus = HeardBus(self.faults)
        self.holds(CHILD, an_involvement(child=a_child()))

    def holds(self, child_id: str, *involvements: Involvement, shield: Shield | None = None) -> None:
        self.register.held[child_id] = HeldChild(child_id=child_id, involvements=involvements, shield=shield)

    @property
    def gate(self) -> Gate:
        return Gate(self.lifecycle, self.clock)

    @property
    def team(self) -> ShieldChildren:
        return ShieldChildren(
            register=self.register,
            pseudonyms=PSEUDONYMS,
            thresholds=Thresholds(),
            shields=self.shields,
            access_log=self.access_log,
            gate=self.gate,
        )

    @property
    def opens(self) -> OpenShield:
        return OpenShield(
            register=self.register,
            shields=self.shields,
            access_log=self.access_log,
            limits=self.limits,
            bus=self.bus,
            pseudonyms=PSEUDONYMS,
            together=together,
            gate=self.gate,
        )

    def acting(self, **said: Any) -> Acting:
        """A social worker of the council's shield team."""
        self._asked += 1
        known: dict[str, Any] = {
            "caller": a_caller(COUNCIL),
            "practitioner": a_practitioner(role=Role.SOCIAL_WORKER),
            "access_id": f"access-{self._asked}",
            "request_id": f"request-{self._asked}",
        }
        return Acting(**(known | said))

    def shield(self, child_id: str = CHILD, *, hidden: Sequence[FormerName] = (), **said: Any) -> Shield:
        until = said.pop("until", self.clock.at + A_YEAR)
        reason = said.pop("reason", ShieldReason.RISK_OF_HARM)
        return self.team.put(child_id, reason, until, hidden, self.acting(**said))

    def opening(self, caller: Caller | None = None, **said: Any) -> Opening:
        """A police officer who has typed the warning."""
        self._asked += 1
        known: dict[str, Any] = {
            "caller": caller or a_caller(POLICE),
            "practitioner": a_practitioner(practitioner_id="PC-1", role=Role.POLICE_OFFICER),
            "on_behalf_of": None,
            "reason": Reason(Purpose.SAFEGUARDING_CONCERN, LegalBasis.CHILDREN_ACT_1989_S47, "incident 12"),
            "warning": WARNING,
            "access_id": f"access-{self._asked}",
            "override_id": f"override-{self._asked}",
            "alert_id": f"alert-{self._asked}",
            "request_id": f"request-{self._asked}",
        }
        return Opening(**(known | said))

    def open(self, child_id: str = CHILD, **said: Any) -> Override:
        return self.opens(child_id, self.opening(**said))

    @property
    def records(self) -> list[AccessRecord]:
        return self.access_log.records
