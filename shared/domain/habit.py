"""What somebody usually asks, and what is usual among their peers: what `unusual` holds a week against."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from shared.domain.trawling import slot_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.trawling import PeerUse, Slot, Use

WEEK, HABIT = timedelta(days=7), timedelta(days=28)
"""A habit is that of the four weeks before the last one, so that what is looked at is not its own excuse. Four weeks hold
a whole turn of most rotas."""

PRIOR_QUESTIONS = 20.0
"""A share begins as one's peers' and counts for as much as so many questions of one's own."""
_NOTHING_RATE = 0.15
"""Of questions that find nobody, among peers who have not asked yet: misspelt, not born here, not known to anybody."""


def window(hour: datetime) -> tuple[datetime, datetime]:
    """From when until when (not included) a habit is made, to look at an hour: in whole days (UTC)."""
    until = hour.astimezone(UTC).replace(hour=0) - WEEK
    return until - HABIT, until


@dataclass(frozen=True, slots=True)
class Habit:
    """What somebody usually asks: of the four weeks before the last one. Days, weeks and hours are those with a question.

    `namesakes` counts hours, too.
    """

    questions: int = 0
    days: int = 0
    weeks: int = 0
    hours: int = 0
    nothing_found: int = 0
    namesakes: int = 0
    slots: Mapping[Slot, int] = field(default_factory=dict)
    districts: Mapping[str, int] = field(default_factory=dict)
    children: Mapping[str, int] = field(default_factory=dict)
    """On how many days each child was shown."""

    @classmethod
    def of(cls, uses: Sequence[Use], until: datetime) -> Habit:
        """From summaries, each of another hour, of the four weeks before `until`."""
        slots: Counter[Slot] = Counter()
        districts: Counter[str] = Counter()
        for use in uses:
            slots[slot_of(use.hour)] += use.questions
            districts.update(use.districts)
        return cls(
            questions=sum(use.questions for use in uses),
            days=len({use.hour.date() for use in uses}),
            weeks=len({(until - use.hour) // WEEK for use in uses}),
            hours=len(uses),
            nothing_found=sum(use.nothing_found for use in uses),
            namesakes=sum(bool(use.namesakes) for use in uses),
            slots=slots,
            districts=districts,
            children=Counter(child for child, _ in {(c, use.hour.date()) for use in uses for c in use.children}),
        )


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual among the practitioners of one role at one organisation, in the same four weeks."""

    questions: int = 0
    practitioner_hours: int = 0
    nothing_found: int = 0
    slots: Mapping[Slot, int] = field(default_factory=dict)
    districts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, peers: Iterable[PeerUse]) -> Usual:
        """From their summaries."""
        slots: Counter[Slot] = Counter()
        districts: Counter[str] = Counter()
        questions = hours = nothing = 0
        for use in peers:
            slots[slot_of(use.hour)] += use.questions
            districts.update(use.districts)
            questions += use.questions
            hours += use.practitioners
            nothing += use.nothing_found
        return cls(questions, hours, nothing, slots, districts)

    @property
    def an_hour(self) -> float:
        """Questions in an hour in which somebody asks at all: at least one."""
        return (self.questions + 2) / (self.practitioner_hours + 2)

    @property
    def nothing_rate(self) -> float:
        """Of questions that find nobody."""
        return (self.nothing_found + PRIOR_QUESTIONS * _NOTHING_RATE) / (self.questions + PRIOR_QUESTIONS)
