"""The signs of use that looks wrong: how surprising each is, of one practitioner at the end of one hour.

A surprise is in powers of ten (`tails`): how rarely somebody with this habit, among these peers, would do so by chance.
The numbers were chosen on one seed of the generated year of `make bench-trawling`; what they catch was measured on others
(docs/performance.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain import tails
from shared.domain.habit import PRIOR_QUESTIONS, WEEK, Habit, window
from shared.domain.trawling import slot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.domain.habit import Usual
    from shared.domain.trawling import Slot, Use

_DAY_SHAPE, _WEEK_SHAPE = 1.6, 4.0
"""How days and weeks scatter: the variance of what one practitioner asks on working days, and in weeks."""
_PRIOR_DAYS, _PRIOR_WEEKS = 4.0, 1.0
"""A habit begins as one's peers' and counts for as much as so many days and weeks of one's own."""

_SELDOM_HOUR = 0.15
"""How much is asked in an hour of the week, below which it is outside the usual ones: 1 if all hours were alike."""
_SELDOM_PLACE = 0.01
"""Share of questions below which a postcode district is away from somebody's patch."""
_OUTSIDE_RATE, _AWAY_RATE, _SURNAME_RATE = 0.01, 0.08, 0.004
"""What is expected of somebody without a habit: of active hours outside the usual ones (somebody stays late), of
questions about new places (families move), of hours with a question about somebody of one's own name."""
_CLUSTERS = 8.0
"""Precision of shares: who misspells a name asks three times."""
_SURNAME_SHAPE = 0.5
"""A Khan or a Smith meets namesakes every week, most people never: their counts scatter far more than chance."""
_SURNAME_PRIOR = 100.0
"""Hours before somebody's own share of namesakes counts as much as the general one."""

_REST = 9
"""Hours. Everybody is due 11 in a row each day (Working Time Regulations 1998, regulation 10); less than 9 between two
questions, for two days, is hardly one person."""
_RESTLESS_HOURS = 10
"""Active hours in two days below which rest cannot be told from silence."""
_AGAIN = (0.0, 1.5, 4.0, 6.0)
"""How surprising it is to ask for one child, with which the organisation does not work, on so many other days of the last
five weeks. Where an organisation registers nothing, so that nobody can tell, one day is forgiven."""
_SHOWN_LONG_AGO = timedelta(days=2)
"""Two nightly extracts: by then an involvement that followed would be there."""
_ENOUGH_CHILDREN = 5
"""Children from which a share tells something."""
_USUALLY_NOT_OURS = 0.35
"""How often it does not, where nothing is known."""
_MOST_READ = 20
"""Children of one practitioner whose involvements are read in a run."""
_DAY = timedelta(days=1)
_DAYTIME = range(7, 20)
"""Hours of the clock in which most people work."""
_ENOUGH_OF_PEERS = 100
"""Questions of peers from which their hours tell something."""
_USUAL_HOURS = 2
"""Hours in which somebody asks anything, on a day on which they do."""


type WorksWith = Callable[[str], bool] | None
"""Whether the practitioner's organisation is involved with a child; None if it registers nothing that could tell."""


class Sign(StrEnum):
    """What looks wrong: the closed list."""

    FAR_ABOVE_HABIT = "far_above_habit"
    MANY_AREAS = "many_areas"
    OWN_SURNAME = "own_surname"
    OUTSIDE_HOURS = "outside_hours"
    NOTHING_FOUND_OFTEN = "nothing_found_often"
    NO_INVOLVEMENT_AFTERWARDS = "no_involvement_afterwards"
    ONE_CHILD_AGAIN = "one_child_again"
    """The same child on many days, and nobody of the organisation works with it."""
    NO_REST = "no_rest"
    """Nobody is at work for two days on end: a login that is shared."""


@dataclass(frozen=True, slots=True)
class Look:
    """One practitioner at the end of an hour in which they asked something.

    `week` are the summaries of the last seven days up to and including that hour, the oldest first.
    """

    week: Sequence[Use]
    habit: Habit
    usual: Usual

    @classmethod
    def of(cls, uses: Sequence[Use], usual: Usual) -> Look:
        """From all summaries since the habit's beginning up to and including the hour, the oldest first."""
        hour = uses[-1].hour
        since, until = window(hour)
        return cls(
            week=[use for use in uses if use.hour > hour - WEEK],
            habit=Habit.of([use for use in uses if since <= use.hour < until], until),
            usual=usual,
        )


def _today(look: Look) -> list[Use]:
    since = look.week[-1].hour - _DAY
    return [use for use in look.week if use.hour > since]


def _far_above_habit(look: Look) -> float:
    habit, today = look.habit, _today(look)
    # who has no habit yet is given the hours of today, or every newcomer at a busy desk would stand out
    from_peers = look.usual.an_hour * (_USUAL_HOURS if habit.days else max(_USUAL_HOURS, len(today)))
    a_day = (habit.questions + _PRIOR_DAYS * from_peers) / (habit.days + _PRIOR_DAYS)
    days = len({use.hour.date() for use in look.week})
    a_week = (habit.questions + _PRIOR_WEEKS * days * from_peers) / (habit.weeks + _PRIOR_WEEKS)
    return max(
        tails.of_count(_questions(today), a_day, _DAY_SHAPE),
        tails.of_count(_questions(look.week), a_week, _WEEK_SHAPE),
    )


def _many_areas(look: Look) -> float:
    habit = look.habit
    asked: dict[str, int] = {}
    for use in look.week:
        for district, times in use.districts.items():
            asked[district] = asked.get(district, 0) + times
    away = sum(_share_of_place(look, district) < _SELDOM_PLACE for district in asked)
    if not away:
        return 0.0
    # Good and Turing: that the next is a new one is about as likely as the share of those seen once (Good 1953)
    once = sum(times == 1 for times in habit.districts.values())
    rate = (once + PRIOR_QUESTIONS * _AWAY_RATE) / (sum(habit.districts.values()) + PRIOR_QUESTIONS)
    return tails.of_count(away, rate * sum(asked.values()), _WEEK_SHAPE)


def _outside_hours(look: Look) -> float:
    outside = sum(_is_outside(look, slot_of(use.hour)) for use in look.week)
    return tails.of_share(outside, len(look.week), _OUTSIDE_RATE, _CLUSTERS)


def _nothing_found_often(look: Look) -> float:
    usual, habit = look.usual, look.habit
    mean = (habit.nothing_found + PRIOR_QUESTIONS * usual.nothing_rate) / (habit.questions + PRIOR_QUESTIONS)
    return max(
        tails.of_share(_nothing_found(uses), _questions(uses), mean, _CLUSTERS) for uses in (_today(look), look.week)
    )


def _no_rest(look: Look) -> float:
    until = look.week[-1].hour
    hours = [use.hour for use in look.week if use.hour > until - 2 * _DAY]
    if len(hours) < _RESTLESS_HOURS:
        return 0.0
    pauses = [until - 2 * _DAY, *hours]
    longest = max(later - earlier for earlier, later in zip(pauses, hours, strict=False))
    return max(0.0, min(tails.MOST, _REST - longest / timedelta(hours=1)))


def _own_surname(look: Look, works_with: WorksWith) -> float:
    if not look.week[-1].namesakes:
        return 0.0
    named = [use.namesakes for use in look.week if use.namesakes][-_MOST_READ:]
    hours = sum(any(_is_strange(child, works_with) for child in children[:_MOST_READ]) for children in named)
    rate = (look.habit.namesakes + _SURNAME_PRIOR * _SURNAME_RATE) / (look.habit.hours + _SURNAME_PRIOR)
    return tails.of_count(hours, rate * len(look.week), _SURNAME_SHAPE)


def _one_child_again(look: Look, works_with: WorksWith) -> float:
    today = look.week[-1].hour.date()
    most = 0.0
    for child in look.week[-1].children[:_MOST_READ]:
        days = {use.hour.date() for use in look.week if child in use.children} - {today}
        again = len(days) + look.habit.children.get(child, 0) - (0 if works_with else 1)
        surprise = _AGAIN[max(0, min(again, len(_AGAIN) - 1))]
        if surprise > most and _is_strange(child, works_with):
            most = surprise
    return most


def _no_involvement_afterwards(look: Look, works_with: WorksWith) -> float:
    until = look.week[-1].hour - _SHOWN_LONG_AGO
    shown = list(dict.fromkeys(child for use in reversed(look.week) if use.hour <= until for child in use.children))
    shown = shown[:_MOST_READ]
    if works_with is None or len(shown) < _ENOUGH_CHILDREN:
        return 0.0
    without = sum(not works_with(child) for child in shown)
    return tails.of_share(without, len(shown), _USUALLY_NOT_OURS, _CLUSTERS)


def _is_strange(child: str, works_with: WorksWith) -> bool:
    return works_with is None or not works_with(child)


def _share_of_place(look: Look, district: str) -> float:
    own, peers = look.habit.districts, look.usual.districts
    share = peers.get(district, 0) / (sum(peers.values()) or 1)
    return (own.get(district, 0) + PRIOR_QUESTIONS * share) / (sum(own.values()) + PRIOR_QUESTIONS)


def _is_outside(look: Look, slot: Slot) -> bool:
    """Whether an hour of the week is neither one's own nor one's peers'."""
    own, peers = look.habit, look.usual
    share = _density(peers.slots, peers.questions, slot) if peers.questions >= _ENOUGH_OF_PEERS else _by_day(slot)
    if share >= _SELDOM_HOUR:
        return False
    mine = _density(own.slots, own.questions, slot) if own.questions else 0.0
    return (own.questions * mine + PRIOR_QUESTIONS * share) / (own.questions + PRIOR_QUESTIONS) < _SELDOM_HOUR


def _density(slots: Mapping[Slot, int], questions: int, slot: Slot) -> float:
    """How much is asked in an hour of the week, with its neighbours: 1 if all hours of the week were alike."""
    weekend, hour = slot
    around = sum(slots.get((weekend, (hour + by) % 24), 0) for by in (-1, 0, 1)) / 3
    return around / questions * 24 * 7 / (2 if weekend else 5)


def _by_day(slot: Slot) -> float:
    """The same where there are no peers to tell: as if everybody worked on weekdays from 7 to 20."""
    weekend, hour = slot
    return float(not weekend and hour in _DAYTIME)


def _questions(uses: Sequence[Use]) -> int:
    return sum(use.questions for use in uses)


def _nothing_found(uses: Sequence[Use]) -> int:
    return sum(use.nothing_found for use in uses)


BY_HABIT: Mapping[Sign, Callable[[Look], float]] = {
    Sign.FAR_ABOVE_HABIT: _far_above_habit,
    Sign.MANY_AREAS: _many_areas,
    Sign.OUTSIDE_HOURS: _outside_hours,
    Sign.NOTHING_FOUND_OFTEN: _nothing_found_often,
    Sign.NO_REST: _no_rest,
}
"""What follows from habit and peers alone."""

OF_PEOPLE = frozenset({Sign.OUTSIDE_HOURS, Sign.NO_REST})
"""What says nothing of a client system, which previews at night and needs no rest."""

BY_REGISTER: Mapping[Sign, Callable[[Look, WorksWith], float]] = {
    Sign.OWN_SURNAME: _own_surname,
    Sign.ONE_CHILD_AGAIN: _one_child_again,
}
"""What depends on whether the organisation works with a child."""

AFTERWARDS: Mapping[Sign, Callable[[Look, WorksWith], float]] = {
    Sign.NO_INVOLVEMENT_AFTERWARDS: _no_involvement_afterwards,
}
"""The same, and worth reading only of somebody of whom something else is surprising."""
