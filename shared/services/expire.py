"""What the schedule does: retention while the register is open, then closing, destroying and proving it.

A run is a function of the time, the configuration and what is there. One that is missed, repeated, killed or met by
another changes nothing but time.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from shared.domain.lifecycle import Lifecycle, Phase
from shared.domain.plan import Plan
from shared.services.destroy import Stance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from shared.domain.closure import Accepted, Certified, ClosureKeeper, Gauges
    from shared.domain.destruction import TimeLeft
    from shared.domain.ports import Clock
    from shared.domain.sweep import Sweeping
    from shared.services.close import Announce, Close
    from shared.services.destroy import Destruction


class Destroys(Protocol):
    """`services.destroy.Destroy`, as a run needs it."""

    def run(self, time_left: TimeLeft) -> Destruction:
        """One tick of destruction, whatever the time: it knows when nothing may be destroyed."""

    def look(self) -> Destruction:
        """How it stands, by reading and doing nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What a run has come to."""

    phase: Phase
    is_accepted: bool
    """Whether this closure, or that there is none, is what the last deployment was allowed to set."""
    retained: Mapping[str, int] = field(default_factory=dict)
    reminded: int = 0
    """Notices to those who answer for dependent systems: of the closure, or of how near it is."""
    destruction: Destruction | None = None
    at_risk: bool = False
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """The use cases of the schedule and of operators who ask how it stands, and their ports."""

    lifecycle: Lifecycle
    keeper: ClosureKeeper
    retain: Callable[[TimeLeft], Mapping[str, int]]
    sweeping: Sweeping
    announce: Announce
    remind: Callable[[datetime, datetime], int]
    """Tells whoever answers for a dependent system of a closure that was announced then, and is to come then."""
    close: Close
    destroy: Destroys
    certify: Callable[[datetime], Certified | None]
    gauges: Gauges
    feed_ages: Callable[[datetime], Mapping[str, timedelta]]
    """By the code of each organisation that feeds the register: how old its data are then. Raises Unavailable."""
    clock: Clock

    def tick(self, time_left: TimeLeft) -> Ticked:
        """One run. Raises what went wrong once all is tried, Unavailable above all: the next run tries again.

        Unless the closure configured here is the one that was accepted, nothing is stamped, closed or destroyed.
        """
        run = _Run(self, time_left)
        with ExitStack() as parts:  # each is done, whatever became of those before it; the last to be named comes first
            parts.callback(run.show)
            parts.callback(run.show_feeds)
            parts.callback(run.tell_of_what_is_overdue)
            parts.callback(run.certify)
            parts.callback(run.destroy)
            parts.callback(run.close_or_retain)
            parts.callback(run.remind)
            parts.callback(run.announce)
            parts.callback(run.look_up_what_was_accepted)
        return run.ticked()

    def plan(self) -> Plan:
        """The plan of destruction as it is now."""
        return Plan.of(self.lifecycle, self.clock())

    def phase(self) -> Phase:
        """Where the register stands now; destroyed once that is certified. Raises Unavailable."""
        return self.lifecycle.phase(self.clock(), destroyed=self.keeper.progress().certified is not None)

    def remains(self) -> Destruction:
        """What is left now, by reading. Raises Unavailable."""
        return self.destroy.look()


class _Run:
    """One run, and what its parts leave to the next. A part that fails leaves what is the case without it."""

    def __init__(self, of: Expire, time_left: TimeLeft) -> None:
        self._of = of
        self._time_left = time_left
        self._now = of.clock()
        self._accepted: Accepted | None = None
        self._is_accepted = False
        self._retained: Mapping[str, int] = {}
        self._reminded = 0
        self._destruction: Destruction | None = None
        self._certified: Certified | None = None

    def look_up_what_was_accepted(self) -> None:
        self._accepted = self._of.keeper.accepted()
        accepted, configured = self._of_what_was_accepted, self._of.lifecycle
        # Without a date nothing is closed or destroyed, and what else is said of a closure does not matter yet.
        self._is_accepted = accepted == configured or accepted.closes_at is configured.closes_at is None

    def announce(self) -> None:
        if self._is_accepted:
            self._of.announce()

    def remind(self) -> None:
        accepted = self._accepted
        if self._is_accepted and accepted and accepted.announced_at and accepted.lifecycle.closes_at:
            self._reminded = self._of.remind(accepted.announced_at, accepted.lifecycle.closes_at)

    def close_or_retain(self) -> None:
        if not self._is_accepted:
            return
        with ExitStack() as parts:  # each is done, whatever became of those before it
            if self._of.lifecycle.may_destroy(self._now):
                # where items lay is to be kept nowhere; until now a date could be moved, and stamps be wrong
                parts.callback(self._of.sweeping.forget)
            else:
                parts.callback(self._retain)
            if self._of.lifecycle.phase(self._now) is Phase.CLOSED:
                parts.callback(self._of.close)

    def _retain(self) -> None:
        self._retained = self._of.retain(self._time_left)

    def destroy(self) -> None:
        self._destruction = self._of.destroy.run(self._time_left)
        started_at = self._of.keeper.progress().started_at
        if self._is_accepted and started_at:
            self._of.announce.started(started_at)

    def certify(self) -> None:
        """Only what this very run has found to be gone."""
        if self._destruction and self._destruction.everything_gone:
            self._certified = self._of.certify(self._of.clock())
            if self._certified:
                self._of.announce.destroyed(self._certified)

    def tell_of_what_is_overdue(self) -> None:
        closure = self._of_what_was_accepted
        if self._is_over(closure):
            left = len(self._destruction.remains) if self._destruction else 0
            replace(self._of.announce, lifecycle=closure).overdue(self._now, left or None)

    def show_feeds(self) -> None:
        if self._of.lifecycle.phase(self._now) is not Phase.CLOSED:
            self._of.gauges.show_feeds(self._of.feed_ages(self._now))

    def show(self) -> None:
        closes_at = self._of.lifecycle.closes_at
        self._of.gauges.show(
            at_risk=self._at_risk,
            overdue=self._overdue,
            closes_in=closes_at - self._now if closes_at else None,
            left=self._left,
        )

    def ticked(self) -> Ticked:
        return Ticked(
            phase=self._of.lifecycle.phase(self._now, destroyed=self._certified is not None),
            is_accepted=self._is_accepted,
            retained=self._retained,
            reminded=self._reminded,
            destruction=self._destruction,
            at_risk=self._at_risk,
            overdue=self._overdue,
        )

    @property
    def _of_what_was_accepted(self) -> Lifecycle:
        """Before the first deployment was accepted, that there is no closure."""
        return self._accepted.lifecycle if self._accepted else Lifecycle()

    @property
    def _is_left_to_nobody(self) -> bool:
        """A closure that was accepted and is not configured here, or the other way round: nobody carries it out."""
        return not self._is_accepted and any(closure.closes_at for closure in self._closures)

    @property
    def _closures(self) -> tuple[Lifecycle, Lifecycle]:
        """What was accepted, and what is configured: one and the same, if all is well."""
        return self._of_what_was_accepted, self._of.lifecycle

    @property
    def _left(self) -> Mapping[str, int] | None:
        """By place; None before destruction has begun, and where not every place could be read."""
        found = self._destruction
        if found is None or found.unread or found.stance not in (Stance.DESTROYING, Stance.GONE):
            return None
        left: Counter[str] = Counter()
        for one in found.remains:
            left[one.place] += one.count
        return left

    @property
    def _at_risk(self) -> bool:
        """What nobody carries out, and what is late; what is not known is feared."""
        if self._destruction:
            return self._is_left_to_nobody or self._destruction.at_risk
        return self._is_left_to_nobody or not Plan.of(self._of.lifecycle, self._now).can_be_kept

    @property
    def _overdue(self) -> bool:
        return any(map(self._is_over, self._closures))

    def _is_over(self, closure: Lifecycle) -> bool:
        """Past its deadline, whatever is not gone, or not known to be gone, or gone and not certified."""
        return closure.deadline is not None and self._now > closure.deadline and self._certified is None
