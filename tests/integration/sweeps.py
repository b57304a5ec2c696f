"""The sweep of retention over the real persistence, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.domain.duration import Duration
from shared.domain.lifecycle import Lifecycle
from shared.domain.quiet import GoneQuiet
from shared.domain.retention import Retention
from shared.persistence.in_force import DynamoInForce
from shared.persistence.models import bind
from shared.persistence.sweeping import DynamoSweeping
from shared.services.gone_quiet import TellOfQuiet
from shared.services.leave_coverage import LeaveCoverage
from shared.services.retain import Retain
from tests.integration.direct import Desk
from tests.integration.emulated import DIRECTORY, REGISTER, dump
from tests.support.closing import plenty
from tests.support.fakes import FakeDirectory, in_parallel
from tests.support.noticing import FakeNotices
from tests.support.worlds import KEEPS_LONG


def in_order(calls: Sequence[Callable[[], bool]]) -> list[bool]:
    return [call() for call in calls]


@dataclass
class Swept:
    """A register, and its sweep."""

    desk: Desk
    lifecycle: Lifecycle
    sweeping: DynamoSweeping
    retention: Retention = field(default_factory=lambda: Retention(grown_up_at=Duration(months=18 * 12)))
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    notices: FakeNotices = field(default_factory=FakeNotices)

    def sweep(self) -> dict[str, int]:
        """One slice, long enough."""
        retain = Retain(
            lifecycle=self.lifecycle,
            retention=self.retention,
            sweeping=self.sweeping,
            register=self.desk.register,
            sensitive=self.desk.sensitive,
            leave_coverage=self.leave_coverage,
            gone_quiet=TellOfQuiet(
                rule=GoneQuiet(),
                register=self.desk.register,
                directory=self.directory,
                notices=self.notices,
                in_force=DynamoInForce(),
                pseudonyms=self.desk.register.pseudonyms,
                clock=self.desk.clock,
            ),
            clock=self.desk.clock,
            pause=lambda _attempt: None,
            side_by_side=in_parallel,
        )
        return dict(retain(plenty))

    @property
    def leave_coverage(self) -> LeaveCoverage:
        """What becomes of what is out of the coverage."""
        return LeaveCoverage(
            targeting=self.desk.targeting,
            retention=self.retention,
            sweeping=self.sweeping,
            in_force=DynamoInForce(),
            clock=self.desk.clock,
        )

    def stamps(self) -> set[int | None]:
        """Of all that lives, what it is stamped with."""
        now = self.desk.clock().timestamp()
        stamps = {int(item["expires_at"]) if "expires_at" in item else None for item in dump(REGISTER)}
        return {stamp for stamp in stamps if stamp is None or stamp > now}


def a_swept_register() -> Swept:
    """An empty one, that takes in what the sweep of another configuration finds due."""
    bind(directory=DIRECTORY)
    return Swept(Desk(retention=KEEPS_LONG), Lifecycle(), DynamoSweeping(in_order, segments=2, page_size=5))
