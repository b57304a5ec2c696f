"""A deployment wants to set, move or clear the closure, or the stack is to be deleted: may it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.acceptance import deletion_refusal, refusals
from shared.domain.closure import Accepted
from shared.domain.errors import ClosureRefused
from shared.domain.lifecycle import Lifecycle
from shared.domain.quiet import GoneQuiet
from shared.domain.retention import Retention
from shared.domain.targeting import Targeting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shared.domain.closure import ClosureKeeper
    from shared.domain.ports import Clock


@dataclass(frozen=True, slots=True)
class AcceptClosure:
    """Remembers what it accepts: expiry destroys for nothing else."""

    keeper: ClosureKeeper
    clock: Clock

    def __call__(
        self,
        closure: Mapping[str, str],
        retention: Mapping[str, str],
        coverage: Mapping[str, str] | None = None,
        *,
        past_confirmed: bool,
        is_rolled_back: Callable[[], bool],
    ) -> Accepted:
        """What is accepted now. Raises ClosureRefused with every reason, and Unavailable.

        Each is as the `configured` of its own class takes it; `coverage` also says when what is covered has gone quiet.
        `is_rolled_back` tells whether the deployment failed
        elsewhere and what there was is being put back. That was accepted when it was deployed, so it is not refused a
        second time, unless destruction has begun meanwhile: a stack that cannot go back is left between two states.
        What was stamped in those minutes by a date that had passed may then expire before the sweep comes to it.
        """
        before, now = self.keeper.accepted(), self.clock()
        reasons = (
            *refusals(closure, before.lifecycle if before else None, now, past_confirmed=past_confirmed),
            *_unreadable(retention, coverage or {}),
        )
        if reasons and not (is_rolled_back() and self.keeper.progress().started_at is None):
            raise ClosureRefused(reasons)
        lifecycle = Lifecycle.configured(**closure)
        if before and before.lifecycle == lifecycle:
            return before
        announced_at = before.announced_at if before else None
        accepted = Accepted(
            lifecycle=lifecycle,
            accepted_at=now,
            announced_at=(announced_at or now) if lifecycle.closes_at else None,
        )
        if before and before.lifecycle.closes_at != lifecycle.closes_at:
            # First, so that whoever repeats this after a failure in between forgets again.
            self.keeper.forget()
        self.keeper.accept(accepted)
        return accepted


@dataclass(frozen=True, slots=True)
class AllowDeletion:
    """Sees to it that whoever destroys the register stays until it is destroyed."""

    keeper: ClosureKeeper

    def __call__(self, *, is_deleted: Callable[[], bool]) -> None:
        """Returns if what is asked for may be deleted. Raises ClosureRefused, and Unavailable.

        `is_deleted` tells whether it is the whole stack that goes, and not what a deployment leaves over or rolls back:
        that is never refused.
        """
        accepted, certified = self.keeper.accepted(), self.keeper.progress().certified
        refusal = deletion_refusal(accepted.lifecycle if accepted else None, is_certified=certified is not None)
        if refusal and is_deleted():
            raise ClosureRefused((refusal,))


def _unreadable(retention: Mapping[str, str], coverage: Mapping[str, str]) -> Iterator[str]:
    of_coverage = dict(coverage)
    gone_quiet_after = of_coverage.pop("gone_quiet_after", "")
    for read in (
        lambda: Retention.configured(**retention),
        lambda: Targeting.configured(**of_coverage),
        lambda: GoneQuiet.configured(gone_quiet_after),
    ):
        try:
            read()
        except ValueError as error:
            yield f"{error}."
