"""An organisation that reads its notices and seeks children, wired to fakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.access import Role
from shared.domain.held import HeldChild
from shared.domain.lifecycle import Lifecycle
from shared.domain.notices import Notice, NoticeKind, WatchReason
from shared.services.gate import Gate
from shared.services.read_notices import Reading, ReadNotices
from shared.services.watch import Seeking, WatchChildren
from tests.support.builders import (
    COUNCIL,
    NOW,
    SCHOOL,
    TRUST,
    a_caller,
    a_practitioner,
    an_involvement,
    an_organisation,
)
from tests.support.fakes import Clock, FakeAccessLog, FakeDirectory, FakeLimits, Faults, together
from tests.support.noticing import FakeNotices, FakeWatches, at_school
from tests.support.shielding import CHILD, HeldChildren

if TYPE_CHECKING:
    from shared.domain.access import AccessRecord
    from shared.domain.involvement import Involvement
    from shared.domain.notices import NoticePage, Watch
    from shared.domain.shield import Shield
    from shared.domain.told import Told


def a_notice(notice_id: str = "n-1", **said: Any) -> Notice:
    """To the council: a school elsewhere works with the child, too."""
    known: dict[str, Any] = {
        "kind": NoticeKind.INVOLVEMENT_ELSEWHERE,
        "at": NOW,
        "organisation": COUNCIL,
        "child_id": CHILD,
        "about": {"organisation": SCHOOL},
    }
    return Notice(notice_id=notice_id, **(known | said))


@dataclass
class NoticeDesk:
    """The council and a school work with one child. Faults strike whatever port is called next."""

    clock: Clock = field(default_factory=Clock)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    faults: Faults = field(default_factory=Faults)
    register: HeldChildren = field(init=False)
    notices: FakeNotices = field(init=False)
    watches: FakeWatches = field(init=False)
    access_log: FakeAccessLog = field(init=False)
    limits: FakeLimits = field(init=False)
    directory: FakeDirectory = field(init=False)
    _asked: int = 0

    def __post_init__(self) -> None:
        self.register = HeldChildren(self.faults)
        self.notices, self.watches = FakeNotices(self.faults), FakeWatches(self.faults)
        self.access_log, self.limits = FakeAccessLog(self.faults), FakeLimits(faults=self.faults)
        enrolled = [an_organisation(code) for code in (COUNCIL, SCHOOL, TRUST)]
        self.directory = FakeDirectory(enrolled, faults=self.faults)
        self.holds(CHILD, an_involvement(), at_school())

    def holds(self, child_id: str, *involvements: Involvement, shield: Shield | None = None, **said: Any) -> None:
        held = HeldChild(child_id=said.pop("now", child_id), involvements=involvements, shield=shield, **said)
        self.register.held[child_id] = held

    @property
    def gate(self) -> Gate:
        return Gate(self.lifecycle, self.clock)

    @property
    def reads(self) -> ReadNotices:
        return ReadNotices(
            notices=self.notices,
            watches=self.watches,
            register=self.register,
            directory=self.directory,
            access_log=self.access_log,
            limits=self.limits,
            together=together,
            gate=self.gate,
        )

    @property
    def seeks(self) -> WatchChildren:
        return WatchChildren(
            register=self.register,
            watches=self.watches,
            access_log=self.access_log,
            limits=self.limits,
            together=together,
            gate=self.gate,
        )

    def reading(self, **said: Any) -> Reading:
        self._asked += 1
        known: dict[str, Any] = {
            "caller": a_caller(COUNCIL),
            "practitioner_id": "SW-1",
            "access_id": f"access-{self._asked}",
            "request_id": f"request-{self._asked}",
        }
        return Reading(**(known | said))

    def seeking(self, **said: Any) -> Seeking:
        """A social worker of the council."""
        self._asked += 1
        known: dict[str, Any] = {
            "caller": a_caller(COUNCIL),
            "practitioner": a_practitioner(practitioner_id="SW-1", role=Role.SOCIAL_WORKER),
            "on_behalf_of": None,
            "note": "case 12",
            "access_id": f"access-{self._asked}",
            "request_id": f"request-{self._asked}",
        }
        return Seeking(**(known | said))

    def page(self, after: str | None = None, limit: int = 50, **said: Any) -> NoticePage:
        return self.reads.page(after, limit, self.reading(practitioner_id=None, **said))

    def one(self, notice_id: str = "n-1", **said: Any) -> Told:
        return self.reads.one(notice_id, self.reading(**said))

    def acknowledge(self, notice_id: str = "n-1", **said: Any) -> None:
        self.reads.acknowledge(notice_id, self.reading(**said))

    def watch(self, child_id: str = CHILD, **said: Any) -> Watch:
        reason = said.pop("reason", WatchReason.MISSING_CHILD)
        until = said.pop("until", self.clock.at + timedelta(days=30))
        return self.seeks.put(child_id, reason, until, self.seeking(**said))

    def end(self, child_id: str = CHILD, **said: Any) -> None:
        self.seeks.end(child_id, self.seeking(**said))

    @property
    def records(self) -> list[AccessRecord]:
        return self.access_log.records
