"""A year of one organisation, hour by hour, through the rules that the access function applies."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from shared.domain.accesses import hour_of
from shared.domain.habit import WEEK, Habit, Usual, window
from shared.domain.signs import Look, Sign
from shared.domain.trawling import PeerUse, Use, peers_of, uses_of
from shared.domain.unusual import assess, is_news
from tests.bench.trawling import year
from tests.bench.trawling.misuse import planted
from tests.bench.trawling.staff import people_of
from tests.bench.trawling.traffic import ordinary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from tests.bench.trawling.traffic import Asked

_WARM = year.FIRST + timedelta(days=35)
"""Before this day nobody has a habit, and nothing is counted."""
_STILL_CAUGHT = timedelta(days=7)
"""An alert so long after the last misuse still counts as having caught it."""


@dataclass
class Case:
    """One practitioner's misuse: from when until when, and after how many days there was an alert, if ever."""

    kind: str
    practitioner_id: str
    role: str
    questions: int
    first: datetime
    last: datetime
    days: float | None = None
    signs: tuple[str, ...] = ()


@dataclass
class Result:
    """What came of a year."""

    practitioners: int = 0
    questions: int = 0
    looked_at: int = 0
    cases: list[Case] = field(default_factory=list)
    false_alarms: int = 0
    false_signs: Counter[str] = field(default_factory=Counter)
    false_roles: Counter[str] = field(default_factory=Counter)
    practitioner_weeks: float = 0.0
    """At work, counted after the first five weeks."""
    falsely: set[str] = field(default_factory=set)

    def add(self, other: Result) -> None:
        """Both together."""
        self.practitioners += other.practitioners
        self.questions += other.questions
        self.looked_at += other.looked_at
        self.cases += other.cases
        self.false_alarms += other.false_alarms
        self.false_signs += other.false_signs
        self.false_roles += other.false_roles
        self.practitioner_weeks += other.practitioner_weeks
        self.falsely |= other.falsely

    @property
    def false_a_week(self) -> float:
        """False alarms a week for 1,000 practitioners."""
        return 1000 * self.false_alarms / self.practitioner_weeks


def a_year_of(organisation: str, seed: int) -> Result:
    """Everything that its practitioners ask, and what auditors would be told of it."""
    people = people_of(organisation, seed)
    result = Result(practitioners=len(people))
    by_hour: defaultdict[datetime, list[Asked]] = defaultdict(list)
    ours: set[str] = set()
    for person in people:
        wrong = planted(person, seed)
        for look in (*ordinary(person, seed), *wrong):
            by_hour[hour_of(look.record.at)].append(look)
            if look.is_ours and look.record.child_id:
                ours.add(look.record.child_id)
        if wrong:
            instants = sorted(look.record.at for look in wrong)
            kind = wrong[0].misuse or ""
            result.cases.append(
                Case(kind, person.practitioner_id, person.post.role, len(wrong), instants[0], instants[-1])
            )
        employed = (min(person.leaves, year.LAST) - max(person.starts, _WARM)).days
        result.practitioner_weeks += max(0, employed) / 7
    uses: defaultdict[str, list[Use]] = defaultdict(list)
    peers: defaultdict[str, list[PeerUse]] = defaultdict(list)
    for hour in sorted(by_hour):
        of_hour = uses_of(hour, (look.record for look in by_hour[hour]))
        result.questions += len(by_hour[hour])
        for use in of_hour:
            uses[use.practitioner_id].append(use)
        for peer in peers_of(of_hour):
            peers[peer.role].append(peer)
    usual = {role: _Usuals(of_role) for role, of_role in peers.items()}
    cases = {case.practitioner_id: case for case in result.cases}
    for who, of_one in uses.items():
        _watch(of_one, usual, ours if people[0].registers else None, cases.get(who), result)
    return result


@dataclass
class _Usuals:
    """What was usual on each day, computed once."""

    peers: Sequence[PeerUse]
    known: dict[date, Usual] = field(default_factory=dict)

    def on(self, day: date) -> Usual:
        if day not in self.known:
            since, until = window(datetime.combine(day, time(), UTC))
            first = bisect_left(self.peers, since, key=lambda use: use.hour)
            last = bisect_left(self.peers, until, key=lambda use: use.hour)
            self.known[day] = Usual.of(self.peers[first:last])
        return self.known[day]


def _watch(
    uses: Sequence[Use], usual: Mapping[str, _Usuals], ours: set[str] | None, case: Case | None, result: Result
) -> None:
    """One practitioner, hour after hour, as the service does it; the habit is made once a day."""
    works_with = ours.__contains__ if ours is not None else None
    hours = [use.hour for use in uses]
    told: dict[datetime, frozenset[str]] = {}
    today: date | None = None
    habit = Habit()
    for n, use in enumerate(uses):
        day = use.hour.date()
        if day < _WARM:
            continue
        if day != today:
            today = day
            since, until = window(use.hour)
            habit = Habit.of(uses[bisect_left(hours, since) : bisect_left(hours, until)], until)
        week = uses[bisect_left(hours, use.hour - WEEK + timedelta(hours=1)) : n + 1]
        result.looked_at += 1
        found = assess(Look(week, habit, usual[use.role].on(day)), works_with)
        if found.is_alarming and is_news(found, told, use.hour):
            told[use.hour] = frozenset(found.surprises)
            _count(found.surprises, use, case, result)


def _count(surprises: Mapping[Sign, float], use: Use, case: Case | None, result: Result) -> None:
    if case and use.hour + timedelta(hours=1) > case.first:
        if case.days is None and use.hour <= case.last + _STILL_CAUGHT:
            case.days = (use.hour + timedelta(hours=1) - case.first) / timedelta(days=1)
            case.signs = tuple(surprises)
        return
    result.false_alarms += 1
    result.false_signs.update(list(surprises))
    result.false_roles[use.role] += 1
    result.falsely.add(use.practitioner_id)
