"""What it takes to look through the access log for use that looks wrong, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.access import AccessRecord, Answered
from shared.domain.lifecycle import Lifecycle
from shared.domain.trawling import Past, PeerUse, Use
from shared.services.gate import Gate
from shared.services.watch_use import Watched, WatchUse
from tests.support.builders import COUNCIL, PSEUDONYMS, TRUST, an_organisation
from tests.support.fakes import Clock, FakeAlerts, FakeDirectory, FakeRegister, Faults
from tests.support.sealing import FakeLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shared.domain.alerts import Alert

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY_NINE = datetime(2026, 11, 16, 9, tzinfo=UTC)
PLENTY = timedelta(minutes=10)


def a_use(hour: datetime = MONDAY_NINE, **said: Any) -> Use:
    """A social worker's hour: one question, about a child of the patch."""
    known: dict[str, Any] = {
        "organisation": COUNCIL,
        "practitioner_id": "SWE-1",
        "role": "social_worker",
        "hour": hour,
        "questions": 1,
        "districts": {"N12": 1},
    }
    return Use(**(known | said))


def working_weeks(until: datetime, weeks: int = 5, *, a_day: int = 2, **said: Any) -> list[Use]:
    """Somebody's mornings, Monday to Friday at nine and eleven, up to but not including the week of `until`."""
    monday = until.replace(hour=0) - DAY * until.weekday()
    days = [monday - timedelta(weeks=back) + DAY * day for back in range(weeks, 0, -1) for day in range(5)]
    return [
        a_use(day + HOUR * hour, **({"questions": a_day // 2, "districts": {"N12": a_day // 2}} | said))
        for day in days
        for hour in (9, 11)
    ]


def a_question(at: datetime, **said: Any) -> AccessRecord:
    """As the log has it. `access_id` is of the instant, so that no two are alike."""
    known: dict[str, Any] = {
        "access_id": f"{int(at.timestamp() * 1000):032x}",
        "at": at,
        "request_id": "a-request",
        "organisation": COUNCIL,
        "client_id": "a-client",
        "answered": Answered.ANSWERED,
        "outcome": "match",
        "shown": "child_and_involvements",
        "practitioner_id": "SWE-1",
        "practitioner_role": "social_worker",
        "purpose": "safeguarding_concern",
        "legal_basis": "children_act_1989_s47",
        "child_id": f"child-{at:%d%H%M%S}",
        "asked_district": "N12",
    }
    return AccessRecord(**(known | said))


def in_turn[V, R](work: Callable[[V], R], values: Sequence[V]) -> list[R]:
    """Implements `ports.SideBySide`, one after the other."""
    return [work(value) for value in values]


@dataclass
class FakeHabits:
    """Implements `trawling.Habits`."""

    faults: Faults = field(default_factory=Faults)
    uses: dict[tuple[str, str, datetime], Use] = field(default_factory=dict)
    of_roles: dict[tuple[str, str, datetime], PeerUse] = field(default_factory=dict)
    told: dict[tuple[str, str, datetime], frozenset[str]] = field(default_factory=dict)
    done: set[datetime] = field(default_factory=set)
    came_to: dict[datetime, int] = field(default_factory=dict)

    def put(self, use: Use) -> None:
        key = (use.organisation, use.practitioner_id, use.hour)
        self.faults.run("put", lambda: self.uses.setdefault(key, use))

    def put_peers(self, use: PeerUse) -> None:
        key = (use.organisation, use.role, use.hour)
        self.faults.run("put_peers", lambda: self.of_roles.setdefault(key, use))

    def put_told(self, use: Use, signs: Iterable[str]) -> None:
        key = (use.organisation, use.practitioner_id, use.hour)
        self.faults.run("put_told", lambda: self.told.setdefault(key, frozenset(signs)))

    def put_done(self, hour: datetime) -> None:
        self.faults.run("put_done", lambda: self.done.add(hour))

    def done_through(self) -> datetime | None:
        return self.faults.run("done_through", lambda: max(self.done, default=None))

    def put_reached(self, hour: datetime, practitioners: int) -> None:
        self.faults.run(
            "put_reached", lambda: self.came_to.update({hour: max(practitioners, self.came_to.get(hour, 0))})
        )

    def reached(self, hour: datetime) -> int:
        return self.faults.run("reached", lambda: self.came_to.get(hour, 0))

    def past(self, organisation: str, practitioner_id: str, since: datetime, hour: datetime) -> Past:
        def is_it(key: tuple[str, str, datetime]) -> bool:
            return key[:2] == (organisation, practitioner_id) and since <= key[2] <= hour

        return self.faults.run(
            "past",
            lambda: Past(
                [self.uses[key] for key in sorted(self.uses) if is_it(key)],
                {key[2]: signs for key, signs in self.told.items() if is_it(key)},
            ),
        )

    def peers(self, organisation: str, role: str, since: datetime, until: datetime) -> Sequence[PeerUse]:
        def is_it(key: tuple[str, str, datetime]) -> bool:
            return key[:2] == (organisation, role) and since <= key[2] < until

        return self.faults.run("peers", lambda: [self.of_roles[k] for k in sorted(self.of_roles) if is_it(k)])


@dataclass
class Watch:
    """A register in use, and who watches. The council audits, the trust does not."""

    faults: Faults = field(default_factory=Faults)
    clock: Clock = field(default_factory=lambda: Clock(MONDAY_NINE + HOUR + timedelta(minutes=10)))
    log: FakeLog = field(default_factory=FakeLog)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    def __post_init__(self) -> None:
        self.habits = FakeHabits(self.faults)
        self.alerts = FakeAlerts(self.faults)
        self.register = FakeRegister(self.faults)
        trust = an_organisation(TRUST)
        may_not_audit = replace(trust.permissions, capabilities=frozenset())
        self.directory = FakeDirectory([an_organisation(COUNCIL), replace(trust, permissions=may_not_audit)])

    def remember(self, uses: Iterable[Use]) -> None:
        """What was asked before."""
        for use in uses:
            self.habits.uses[use.organisation, use.practitioner_id, use.hour] = use

    def ask(self, count: int, hour: datetime = MONDAY_NINE, **said: Any) -> None:
        """So many questions in an hour."""
        for n in range(count):
            self.log.append(a_question(hour + timedelta(seconds=n), **said))

    def run(self, hour: datetime = MONDAY_NINE, time_left: timedelta = PLENTY) -> Watched:
        """One run of the schedule."""
        return self.use(hour, lambda: time_left)

    @property
    def use(self) -> WatchUse:
        """The use case."""
        return WatchUse(
            reading=self.log,
            habits=self.habits,
            alerts=self.alerts,
            register=self.register,
            directory=self.directory,
            pseudonyms=PSEUDONYMS,
            side_by_side=in_turn,
            gate=Gate(self.lifecycle, self.clock),
        )

    @property
    def made(self) -> list[Alert]:
        """All alerts."""
        return sorted(self.alerts.made.values(), key=lambda alert: (alert.at, alert.organisation))
