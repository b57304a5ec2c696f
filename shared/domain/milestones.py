"""The dates of a closure, as everybody may know them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.lifecycle import Lifecycle


class MilestoneName(StrEnum):
    """What is reached, in the order in which it is planned."""

    ANNOUNCED = "announced"
    ACCESS_ENDS = "access_ends"
    CREDENTIALS_RETURNED_BY = "credentials_returned_by"
    SUPPORT_ENDS = "support_ends"
    """From then on nobody is paid to help those who used the register."""
    DESTROYED_BY = "destroyed_by"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A name, and the instant by which it is reached."""

    name: MilestoneName
    at: datetime


def milestones(lifecycle: Lifecycle, announced_at: datetime | None) -> tuple[Milestone, ...]:
    """Those that are set, the earliest first; none while no closure is set. A day that was named lasts to its end."""
    if lifecycle.closes_at is None:
        return ()
    planned = {
        MilestoneName.ANNOUNCED: announced_at,
        MilestoneName.ACCESS_ENDS: lifecycle.closes_at,
        MilestoneName.CREDENTIALS_RETURNED_BY: lifecycle.credentials_due,
        MilestoneName.SUPPORT_ENDS: lifecycle.support_ends,
        MilestoneName.DESTROYED_BY: lifecycle.deadline,
    }
    known = [Milestone(name, at) for name, at in planned.items() if at]
    return tuple(sorted(known, key=lambda milestone: milestone.at))
