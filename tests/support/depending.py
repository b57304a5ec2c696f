"""Systems that rely on the register, in memory, and those who answer for them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.domain.conflicts import Conflict
from shared.domain.dependents import CallerSeen, Dependent, Informed
from shared.domain.errors import AlreadyExists
from tests.support.builders import COUNCIL
from tests.support.closing import Script
from tests.support.fakes import Faults

if TYPE_CHECKING:
    from collections.abc import Sequence

ANNOUNCED = datetime(2010, 5, 12, 9, tzinfo=UTC)
CLOSES = datetime.fromisoformat("2010-08-06T12:00:00+01:00")
"""ContactPoint's, on which e-CAF relied."""


def a_dependent(dependent_id: str = "e-caf", **said: Any) -> Dependent:
    """The council's."""
    known: dict[str, Any] = {"name": "e-CAF", "owner": COUNCIL, "contact": "e-caf@council.example"}
    return Dependent(dependent_id=dependent_id, **(known | said))


def a_caller_seen(client_id: str = "a-client", **said: Any) -> CallerSeen:
    """Of the council's, once, when the closure was announced."""
    known: dict[str, Any] = {"organisation": COUNCIL, "first": ANNOUNCED, "last": ANNOUNCED}
    return CallerSeen(client_id=client_id, **(known | said))


@dataclass
class FakeDependents:
    """Implements `dependents.Dependents`."""

    faults: Faults | Script = field(default_factory=Faults)
    held: dict[str, Dependent] = field(default_factory=dict)

    def all(self) -> Sequence[Dependent]:
        def live() -> list[Dependent]:
            return [self.held[key] for key in sorted(self.held) if self.held[key].ended_at is None]

        return self.faults.run("dependents.all", live)

    def dependent(self, dependent_id: str) -> Dependent | None:
        return self.faults.run("dependents.dependent", lambda: self.held.get(dependent_id))

    def add(self, dependent: Dependent) -> None:
        if dependent.dependent_id in self.held:
            raise AlreadyExists
        self.faults.run("dependents.add", lambda: self.held.update({dependent.dependent_id: dependent}))

    def replace(self, dependent: Dependent) -> None:
        self.faults.run("dependents.replace", lambda: self._replace(dependent))

    def note_informed(self, dependent_id: str, informed: Informed) -> None:
        def note() -> None:
            self.held[dependent_id] = replace(self.held[dependent_id], informed=informed)

        self.faults.run("dependents.note_informed", note)

    def _replace(self, dependent: Dependent) -> None:
        before = self.held[dependent.dependent_id]
        if before.version != dependent.version - 1:
            raise Conflict
        self.held[dependent.dependent_id] = replace(dependent, informed=before.informed)


@dataclass
class FakeCallers:
    """Implements `dependents.Callers`."""

    faults: Faults = field(default_factory=Faults)
    seen: dict[str, CallerSeen] = field(default_factory=dict)
    done: datetime | None = None

    def noted_through(self) -> datetime | None:
        return self.faults.run("callers.noted_through", lambda: self.done)

    def note_through(self, hour: datetime) -> None:
        def note() -> None:
            self.done = hour

        self.faults.run("callers.note_through", note)

    def note_callers(self, seen: Sequence[CallerSeen]) -> None:
        def note() -> None:
            for one in seen:
                held = self.seen.get(one.client_id, one)
                first, last = min(one.first, held.first), max(one.last, held.last)
                self.seen[one.client_id] = replace(one, first=first, last=last)

        self.faults.run("callers.note_callers", note)

    def callers(self) -> Sequence[CallerSeen]:
        return self.faults.run("callers.callers", lambda: list(self.seen.values()))
