"""A closure in memory: its keeper, and places that can be told what happens at the n-th call of any of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.closure import Accepted, Certified, Progress, Surveyed
from shared.domain.destruction import Method, Remains, Stage
from shared.domain.errors import Unavailable
from shared.domain.plan import StepName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.destruction import TimeLeft


class Killed(Exception):
    """The function was stopped there and then."""


def killed() -> None:
    raise Killed


@dataclass
class Script:
    """The calls of all that follow it, in order, and what happens just before or after the n-th (from 0)."""

    calls: list[str] = field(default_factory=list)
    before: dict[int, Callable[[], object]] = field(default_factory=dict)
    after: dict[int, Callable[[], object]] = field(default_factory=dict)

    def run[R](self, name: str, call: Callable[[], R]) -> R:
        number = len(self.calls)
        self.calls.append(name)
        self.before.pop(number, _nothing)()
        result = call()
        self.after.pop(number, _nothing)()
        return result


def _nothing() -> None:
    """Nothing happens."""


@dataclass
class FakeClosureKeeper:
    """Implements `closure.ClosureKeeper`."""

    agreed: Accepted | None = None
    held: Progress = field(default_factory=Progress)
    script: Script = field(default_factory=Script)

    def accepted(self) -> Accepted | None:
        return self.script.run("accepted", lambda: self.agreed)

    def accept(self, accepted: Accepted) -> None:
        def accept() -> None:
            self.agreed = accepted

        self.script.run("accept", accept)

    def progress(self) -> Progress:
        return self.script.run("progress", lambda: self.held)

    def note_closed(self, at: datetime) -> None:
        self._note("closed", lambda p: replace(p, closed_at=p.closed_at or at))

    def note_clients(self, count: int, at: datetime) -> None:
        assert at.tzinfo
        self._note("clients", lambda p: p if p.clients is not None else replace(p, clients=count))

    def note_started(self, at: datetime) -> None:
        self._note("started", lambda p: replace(p, started_at=p.started_at or at))

    def note_surveyed(self, place: str, surveyed: Surveyed) -> None:
        self._note("surveyed", lambda p: replace(p, surveyed={place: surveyed, **p.surveyed}))

    def note_emptied(self, place: str, at: datetime) -> None:
        self._note("emptied", lambda p: replace(p, emptied={place: at, **p.emptied}))

    def note_refilled(self, place: str) -> None:
        self._note(
            "refilled", lambda p: replace(p, emptied={name: at for name, at in p.emptied.items() if name != place})
        )

    def note_outstanding(self, count: int) -> None:
        self._note("outstanding", lambda p: replace(p, outstanding=count))

    def note_certified(self, certified: Certified) -> None:
        self._note("certified", lambda p: replace(p, certified=p.certified or certified))

    def forget(self) -> None:
        self._note("forget", lambda _: Progress())

    def _note(self, what: str, change: Callable[[Progress], Progress]) -> None:
        def note() -> None:
            self.held = change(self.held)

        self.script.run(f"note {what}", note)


@dataclass
class FakePlace:
    """Implements `destruction.Place`. `held` are things by their names, and how many of each."""

    name: str
    step: StepName
    stage: Stage
    held: dict[str, int] = field(default_factory=lambda: {"thing": 3})
    method: Method = Method.CLEAR
    script: Script = field(default_factory=Script)
    broken: set[str] = field(default_factory=set)
    """The methods that raise Unavailable."""
    survey_takes: int = 1
    """How many calls until it is counted."""
    goes_at_once: bool = True
    """Or one thing a call."""
    surveys: int = 0
    passing: dict[str, int] = field(default_factory=dict)
    """What comes again by itself, and holds nothing back."""
    out_of_reach: bool = False
    """Destroying does nothing to it."""

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int] | None:
        return self._run("survey", self._survey)

    def destroy(self, _time_left: TimeLeft) -> None:
        self._run("destroy", self._destroy)

    def remains(self) -> Sequence[Remains]:
        return self._run("remains", self._remains)

    def _remains(self) -> Sequence[Remains]:
        return [
            *(
                Remains(place=self.name, name=name, count=n, is_out_of_reach=self.out_of_reach)
                for name, n in self.held.items()
            ),
            *(Remains(place=self.name, name=name, count=n, holds_back=False) for name, n in self.passing.items()),
        ]

    def _survey(self) -> Mapping[str, int] | None:
        self.surveys += 1
        return dict(self.held) if self.surveys >= self.survey_takes else None

    def _destroy(self) -> None:
        self.passing.clear()
        if self.out_of_reach:
            return
        if self.goes_at_once:
            self.held.clear()
        elif self.held:
            self.held.popitem()

    def _run[R](self, method: str, call: Callable[[], R]) -> R:
        def answer() -> R:
            if method in self.broken:
                raise Unavailable(f"{method}: broken")
            return call()

        return self.script.run(f"{self.name} {method}", answer)


def plenty() -> timedelta:
    """Time left."""
    return timedelta(minutes=14)
