"""What looks wrong about how somebody uses the register. It is scored and shown to auditors; it never stops anybody.

The signs that are surprising enough to mean anything are added up: docs/adr/0022.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.signs import AFTERWARDS, BY_HABIT, BY_REGISTER, OF_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.domain.signs import Look, Sign, WorksWith

ALERT_AT = 5.0
"""Sum of surprises from which auditors are told: chosen so that they get a few false alarms a week for 1,000
practitioners. One sign of one in 100,000, or two that would each be one in 300."""

QUIET = timedelta(days=14)
"""How long auditors are not told again of the same signs of the same practitioner: time to look into the first."""

COUNTS_FROM = 1.3
"""A surprise below (one in twenty) is everybody's every week, and adds nothing."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """How surprising each sign is, in powers of ten; those that add nothing are left out."""

    surprises: Mapping[Sign, float]

    @property
    def total(self) -> float:
        """The sum."""
        return sum(self.surprises.values())

    @property
    def score(self) -> float:
        """The same from 0 to below 1; an alert begins at a half."""
        return self.total / (self.total + ALERT_AT)

    @property
    def is_alarming(self) -> bool:
        """Whether auditors are told."""
        return self.total >= ALERT_AT


def assess(look: Look, works_with: WorksWith) -> Assessment:
    """What looks wrong. `works_with` is asked only where its answer could matter, of few children."""
    of_system = look.week[-1].is_of_client
    measured = {sign: measure(look) for sign, measure in BY_HABIT.items() if not (of_system and sign in OF_PEOPLE)}
    measured |= {sign: measure(look, works_with) for sign, measure in BY_REGISTER.items()}
    if any(surprise >= COUNTS_FROM for surprise in measured.values()):
        measured |= {sign: measure(look, works_with) for sign, measure in AFTERWARDS.items()}
    return Assessment({sign: surprise for sign, surprise in measured.items() if surprise >= COUNTS_FROM})


def is_news(found: Assessment, told: Mapping[datetime, frozenset[str]], hour: datetime) -> bool:
    """Whether to tell of this: not again within `QUIET`, unless there is a sign that was not told of."""
    lately = [signs for at, signs in told.items() if hour - QUIET < at < hour]
    return not lately or not found.surprises.keys() <= frozenset().union(*lately)
