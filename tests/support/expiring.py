"""Expiry in memory: a register that is swept, a bus that remembers, and an identity provider that is emptied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from shared.domain.closure import Accepted, Certified
from shared.domain.conflicts import Conflict
from shared.domain.destruction import Remains
from shared.domain.directory import Credential, CredentialState
from shared.domain.errors import Unavailable
from shared.domain.freshness import feed_ages
from shared.domain.involvement import Involvement
from shared.domain.lifecycle import Lifecycle
from shared.domain.quiet import GoneQuiet
from shared.domain.retention import Retention
from shared.domain.sweep import Bookmark, Page, Position, Seen, Uncovered
from shared.domain.targeting import Targeting
from shared.services.close import Announce, Close
from shared.services.destroy import Destruction, Stance
from shared.services.expire import Expire
from shared.services.gone_quiet import TellOfQuiet
from shared.services.leave_coverage import LeaveCoverage
from shared.services.remind import Remind
from shared.services.retain import Retain
from tests.support.builders import COUNCIL, NOW, PSEUDONYMS
from tests.support.closing import FakeClosureKeeper, Script, plenty
from tests.support.depending import FakeDependents
from tests.support.fakes import in_parallel
from tests.support.noticing import FakeNotices
from tests.support.worlds import KEEPS_LONG, World


@dataclass
class FakeSweeping:
    """Goes through what a FakeRegister holds, a few at a time. Implements `sweep.Sweeping`."""

    world: World
    script: Script = field(default_factory=Script)
    segments: int = 1
    page_size: int = 2
    stamps: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    bookmarks: dict[int, Bookmark] = field(default_factory=dict)
    uncovered: dict[str, date] = field(default_factory=dict)
    """By the child of which that was noted."""

    def bookmark(self, segment: int) -> Bookmark | None:
        return self.script.run("bookmark", lambda: self.bookmarks.get(segment))

    def turn_to(self, segment: int, bookmark: Bookmark) -> Bookmark:
        def turn() -> Bookmark:
            held = self.bookmarks.get(segment)
            if (held.version if held else 0) != bookmark.version:
                raise Conflict
            self.bookmarks[segment] = replace(bookmark, version=bookmark.version + 1)
            return self.bookmarks[segment]

        return self.script.run("turn_to", turn)

    def page(self, segment: int, after: Position | None, now: datetime) -> Page:
        assert now.tzinfo
        return self.script.run("page", lambda: self._page(segment, after))

    def stamp(self, seen: Sequence[Seen], lives_until: datetime | None) -> int:
        def stamp() -> int:
            for one in seen:
                self.stamps[one.position] = lives_until
            return len(seen)

        return self.script.run("stamp", stamp)

    def of_child(self, child_id: str, now: datetime) -> Sequence[Involvement]:
        assert now.tzinfo
        return self.script.run("of_child", lambda: [i for i in self._live() if i.child_id == child_id])

    def note_uncovered(self, child_id: str, day: date, not_before: date) -> date:
        def note() -> date:
            noted = self.uncovered.get(child_id)
            if noted is None or not not_before <= noted <= day:
                self.uncovered[child_id] = day
            return self.uncovered[child_id]

        return self.script.run("note_uncovered", note)

    def note_covered(self, child_id: str) -> None:
        self.script.run("note_covered", lambda: self.uncovered.pop(child_id, None))

    def forget(self) -> None:
        self.script.run("forget", self.bookmarks.clear)

    def _page(self, segment: int, after: Position | None) -> Page:
        later = [
            (key, held.involvement)
            for number, (key, held) in enumerate(sorted(self.world.register.held.items()))
            if number % self.segments == segment and (after is None or key > after)
        ]
        some = later[: self.page_size]
        live = {(i.organisation, i.source_reference) for i in self._live()}
        seen = [Seen(key, self.stamps.get(key), involvement) for key, involvement in some if key in live]
        if after is None:
            seen += [Seen(("child", one), None, uncovered=Uncovered(one, day)) for one, day in self.uncovered.items()]
        return Page(seen, some[-1][0] if len(later) > len(some) else None)

    def _live(self) -> list[Involvement]:
        return [held.involvement for held in self.world.register.held.values() if held.is_live]


@dataclass
class FakeInForce:
    """Implements `in_force.InForce`."""

    kept: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    script: Script = field(default_factory=Script)

    def since(self, rule: str, value: str, now: datetime) -> datetime:
        def since() -> datetime:
            if self.kept.get(rule, ("", now))[0] != value:
                self.kept[rule] = (value, now)
            return self.kept[rule][1]

        return self.script.run("in force since", since)

    def noted(self, rule: str) -> tuple[str, datetime] | None:
        return self.script.run("in force", lambda: self.kept.get(rule))


@dataclass
class FakeBus:
    """Implements `closure.Bus`."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    script: Script = field(default_factory=Script)

    def tell(self, kind: str, detail: Mapping[str, str | int | None]) -> None:
        self.script.run("tell", lambda: self.events.append((str(kind), dict(detail))))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]


@dataclass
class FakeTold:
    """Implements `closure.Told`."""

    held: dict[str, str] = field(default_factory=dict)
    script: Script = field(default_factory=Script)

    def last(self, kind: str) -> str | None:
        return self.script.run("last told", lambda: self.held.get(kind))

    def note(self, kind: str, what: str) -> None:
        self.script.run("note told", lambda: self.held.update({kind: what}))


@dataclass
class FakeClients:
    """Implements `closure.Clients`."""

    ids: list[str] = field(default_factory=list)
    users: int = 0
    script: Script = field(default_factory=Script)
    stubborn: set[str] = field(default_factory=set)
    """Those that cannot be deleted now."""

    def all(self) -> tuple[str, ...]:
        return self.script.run("all clients", lambda: tuple(self.ids))

    def delete(self, client_id: str) -> None:
        def delete() -> None:
            if client_id in self.stubborn:
                raise Unavailable
            if client_id in self.ids:
                self.ids.remove(client_id)

        self.script.run("delete client", delete)

    def disable_users(self) -> int:
        def disable() -> int:
            disabled, self.users = self.users, 0
            return disabled

        return self.script.run("disable users", disable)


@dataclass
class FakeChaser:
    """Implements `closure.Chaser`."""

    held: list[Credential] = field(default_factory=list)
    script: Script = field(default_factory=Script)

    def outstanding(self) -> Sequence[Credential]:
        return self.script.run("outstanding", lambda: tuple(self.held))


@dataclass
class FakeGauges:
    """Implements `closure.Gauges`."""

    shown: list[tuple[bool, bool]] = field(default_factory=list)
    """At risk, overdue."""
    script: Script = field(default_factory=Script)
    closes_in: timedelta | None = None
    left: Mapping[str, int] | None = None
    """Both as last shown."""
    feeds: list[Mapping[str, timedelta]] = field(default_factory=list)

    def show(
        self,
        *,
        at_risk: bool,
        overdue: bool,
        closes_in: timedelta | None = None,
        left: Mapping[str, int] | None = None,
    ) -> None:
        self.closes_in, self.left = closes_in, left
        self.script.run("show", lambda: self.shown.append((at_risk, overdue)))

    def show_feeds(self, ages: Mapping[str, timedelta]) -> None:
        self.script.run("show feeds", lambda: self.feeds.append(ages))


@dataclass
class FakeDestroy:
    """Implements `expire.Destroys`: something is left, until it is emptied."""

    keeper: FakeClosureKeeper
    lifecycle: Lifecycle
    clock: Callable[[], datetime]
    left: int = 1
    found: tuple[Remains, ...] = ()
    ticks: int = 0
    script: Script = field(default_factory=Script)
    broken: Callable[[], Exception] | None = None

    def run(self, time_left: Callable[[], timedelta]) -> Destruction:
        assert time_left()
        return self.script.run("destroy", self._run)

    def look(self) -> Destruction:
        return Destruction(stance=Stance.DESTROYING)

    def _run(self) -> Destruction:
        if self.broken:
            raise self.broken()
        now = self.clock()
        if not self.lifecycle.may_destroy(now):
            return Destruction(stance=Stance.WAITING)
        accepted = self.keeper.accepted()
        if accepted is None or accepted.lifecycle != self.lifecycle:
            return Destruction(stance=Stance.REFUSED, at_risk=True)
        self.keeper.note_started(now)
        self.ticks += 1
        if self.left and self.ticks > 1:
            self.left -= 1
        return Destruction(stance=Stance.DESTROYING if self.left else Stance.GONE, remains=self.found)


def a_credential(client_id: str = "client-1", organisation: str = COUNCIL) -> Credential:
    return Credential(
        client_id=client_id, organisation=organisation, label="one", state=CredentialState.ISSUED, issued_at=NOW
    )


@dataclass
class ExpiryWorld:
    """A deployment of expiry, whose every call is numbered in one script."""

    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    world: World = field(default_factory=lambda: World(retention=KEEPS_LONG))
    retention: Retention = field(default_factory=Retention)
    quiet: GoneQuiet = field(default_factory=GoneQuiet)
    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        script = self.script
        self.in_force, self.notices = FakeInForce(script=script), FakeNotices()
        self.clock = self.world.clock
        self.keeper = FakeClosureKeeper(script=script)
        self.sweeping = FakeSweeping(self.world, script)
        self.bus, self.told = FakeBus(script=script), FakeTold(script=script)
        self.clients, self.chaser = FakeClients(script=script), FakeChaser(script=script)
        self.gauges = FakeGauges(script=script)
        self.dependents = FakeDependents(script)
        self.certifying: list[datetime] = []
        self.destroy = FakeDestroy(self.keeper, self.lifecycle, self.clock, script=script)
        self.deploy(self.lifecycle)

    def deploy(self, lifecycle: Lifecycle, *, accepted: bool = True) -> None:
        """A deployment of this closure, which the guard accepts unless told otherwise."""
        before = self.keeper.agreed
        self.lifecycle = self.destroy.lifecycle = lifecycle
        if accepted:
            if before and before.lifecycle.closes_at != lifecycle.closes_at:
                self.keeper.forget()
            announced_at = self.clock.at if lifecycle.closes_at else None
            self.keeper.agreed = Accepted(lifecycle=lifecycle, accepted_at=self.clock.at, announced_at=announced_at)

    @property
    def retain(self) -> Retain:
        return Retain(
            lifecycle=self.lifecycle,
            retention=self.retention,
            sweeping=self.sweeping,
            register=self.world.register,
            sensitive=self.world.sensitive,
            leave_coverage=self.leave_coverage,
            gone_quiet=self.gone_quiet,
            clock=self.clock,
            pause=self.world.pauses.append,
            side_by_side=in_parallel,
        )

    @property
    def leave_coverage(self) -> LeaveCoverage:
        return LeaveCoverage(
            targeting=self.targeting,
            retention=self.retention,
            sweeping=self.sweeping,
            in_force=self.in_force,
            clock=self.clock,
        )

    @property
    def targeting(self) -> Targeting:
        """The coverage, as the functions that register have it."""
        return self.world.targeting

    @property
    def gone_quiet(self) -> TellOfQuiet:
        return TellOfQuiet(
            rule=self.quiet,
            register=self.world.register,
            directory=self.world.directory,
            notices=self.notices,
            in_force=self.in_force,
            pseudonyms=PSEUDONYMS,
            clock=self.clock,
        )

    @property
    def announce(self) -> Announce:
        return Announce(lifecycle=self.lifecycle, bus=self.bus, told=self.told)

    @property
    def close(self) -> Close:
        return Close(
            lifecycle=self.lifecycle,
            keeper=self.keeper,
            clients=self.clients,
            chaser=self.chaser,
            announce=self.announce,
            clock=self.clock,
        )

    @property
    def remind(self) -> Remind:
        return Remind(
            dependents=self.dependents,
            keeper=self.world.keeper,
            notices=self.notices,
            pseudonyms=PSEUDONYMS,
            clock=self.clock,
        )

    @property
    def expire(self) -> Expire:
        return Expire(
            lifecycle=self.lifecycle,
            keeper=self.keeper,
            retain=self.retain,
            sweeping=self.sweeping,
            announce=self.announce,
            remind=self.remind,
            close=self.close,
            destroy=self.destroy,
            certify=self._certify,
            gauges=self.gauges,
            feed_ages=lambda at: feed_ages(self.world.directory.organisations(), at),
            clock=self.clock,
        )

    def tick(self) -> Any:
        return self.expire.tick(plenty)

    def _certify(self, verified_at: datetime) -> Certified | None:
        def certify() -> Certified:
            self.certifying.append(verified_at)
            self.keeper.note_certified(Certified(at=verified_at, sha256="ab" * 32))
            certified = self.keeper.progress().certified
            assert certified
            return certified

        return self.script.run("certify", certify)
