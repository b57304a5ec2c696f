"""What looks wrong: each sign by somebody who shows it, beside somebody who does nearly the same and does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.habit import Usual
from shared.domain.signs import Look, Sign
from shared.domain.trawling import PeerUse
from shared.domain.unusual import ALERT_AT, QUIET, Assessment, assess, is_news
from tests.support.builders import COUNCIL
from tests.support.watching import DAY, HOUR, MONDAY_NINE, a_use, working_weeks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.domain.trawling import Use

MONDAY = MONDAY_NINE.replace(hour=0)
FRIDAY_NINE = MONDAY_NINE + DAY * 4


def the_team(**said: Any) -> Usual:
    """Ten colleagues with office hours and one patch."""
    known: dict[str, Any] = {
        "organisation": COUNCIL, "role": "social_worker", "practitioners": 5, "questions": 8, "nothing_found": 1,
        "districts": {"N12": 5, "N14": 3},
    }  # fmt: skip
    return Usual.of(PeerUse(hour=use.hour, **(known | said)) for use in working_weeks(MONDAY_NINE))


@dataclass
class Ours:
    """Children with whom the organisation works, and whom of them it was asked about."""

    children: Sequence[str] = ()
    asked: list[str] = field(default_factory=list)

    def __call__(self, child_id: str) -> bool:
        self.asked.append(child_id)
        return child_id in self.children


def signs(week: Sequence[Use], *, before: Sequence[Use] | None = None, ours: Ours | None = None) -> dict[Sign, float]:
    """What is told of a week, after five ordinary ones of the same person."""
    uses = [*(working_weeks(MONDAY_NINE) if before is None else before), *week]
    return dict(assess(Look.of(uses, the_team()), ours).surprises)


def test_an_ordinary_week_shows_nothing() -> None:
    week = [a_use(MONDAY + DAY * day + HOUR * 9) for day in range(5)]
    assert signs(week) == {}


@pytest.mark.parametrize(("questions", "shown"), [(4, False), (60, True)])
def test_far_above_habit(*, questions: int, shown: bool) -> None:
    week = [a_use(MONDAY_NINE, questions=questions, districts={"N12": questions})]
    assert (signs(week).get(Sign.FAR_ABOVE_HABIT, 0) > 4) is shown


def test_what_is_far_above_one_habit_is_another_ones_monday() -> None:
    busy = working_weeks(MONDAY_NINE, a_day=40)
    week = [a_use(MONDAY_NINE, questions=40, districts={"N12": 40})]
    assert Sign.FAR_ABOVE_HABIT in signs(week)
    assert Sign.FAR_ABOVE_HABIT not in signs(week, before=busy)


def test_a_little_more_every_day_is_far_above_habit_by_the_end_of_the_week() -> None:
    week = [
        a_use(MONDAY + DAY * day + HOUR * hour, questions=4, districts={"N12": 4})
        for day in range(5)
        for hour in (9, 11)
    ]
    assert signs(week[:2]).get(Sign.FAR_ABOVE_HABIT, 0) < signs(week)[Sign.FAR_ABOVE_HABIT]
    assert signs(week)[Sign.FAR_ABOVE_HABIT] > 2.5


def test_who_has_no_habit_yet_is_held_against_peers() -> None:
    def first_day(questions: int) -> dict[Sign, float]:
        return signs([a_use(MONDAY_NINE, questions=questions, districts={"N12": questions})], before=[])

    assert first_day(3) == {}
    assert Sign.FAR_ABOVE_HABIT in first_day(50)


def test_many_areas() -> None:
    away = [f"LS{n}" for n in range(1, 11)]
    week = [
        a_use(MONDAY + DAY * day + HOUR * 9, districts=dict.fromkeys(away[day * 2 : day * 2 + 2], 1))
        for day in range(5)
    ]
    assert signs(week)[Sign.MANY_AREAS] > 2
    known = [a_use(MONDAY + DAY * day + HOUR * 9, districts={"N12": 1, "N14": 1}) for day in range(5)]
    assert Sign.MANY_AREAS not in signs(known)


def test_outside_hours_are_those_of_neither_oneself_nor_ones_peers() -> None:
    nights = [a_use(MONDAY + DAY * day + HOUR * hour) for day in range(4) for hour in (23, 25)]
    assert signs(nights)[Sign.OUTSIDE_HOURS] > 4
    on_nights = [a_use(use.hour + HOUR * 14) for use in working_weeks(MONDAY_NINE)]
    assert Sign.OUTSIDE_HOURS not in signs(nights, before=on_nights)


def test_one_late_evening_is_not_outside_hours() -> None:
    week = [*(a_use(MONDAY + DAY * day + HOUR * 9) for day in range(4)), a_use(MONDAY + DAY * 3 + HOUR * 19)]
    assert signs(week).get(Sign.OUTSIDE_HOURS, 0) < 2


def test_nothing_found_often() -> None:
    assert signs([a_use(questions=12, nothing_found=11)])[Sign.NOTHING_FOUND_OFTEN] > 2
    assert Sign.NOTHING_FOUND_OFTEN not in signs([a_use(questions=12, nothing_found=2)])


def test_own_surname_counts_where_nobody_works_with_the_child() -> None:
    week = [a_use(MONDAY + DAY * day + HOUR * 9, children=(f"c{day}",), namesakes=(f"c{day}",)) for day in range(3)]
    assert signs(week, ours=Ours())[Sign.OWN_SURNAME] > 2
    assert Sign.OWN_SURNAME not in signs(week, ours=Ours(["c0", "c1", "c2"]))


def test_who_meets_namesakes_every_week_meets_them_this_week_too() -> None:
    before = working_weeks(MONDAY_NINE, namesakes=("somebody",))
    week = [a_use(MONDAY + DAY * day + HOUR * 9, children=("c",), namesakes=("c",)) for day in range(2)]
    assert Sign.OWN_SURNAME not in signs(week, before=before, ours=Ours(["c"]))


@pytest.mark.parametrize(("days", "surprise"), [(1, None), (2, 1.5), (3, 4.0), (4, 6.0), (5, 6.0)])
def test_one_child_again_and_again(days: int, surprise: float | None) -> None:
    week = [a_use(MONDAY + DAY * day + HOUR * 9, children=("c",)) for day in range(days)]
    assert signs(week, ours=Ours()).get(Sign.ONE_CHILD_AGAIN) == surprise
    assert Sign.ONE_CHILD_AGAIN not in signs(week, ours=Ours(["c"]))


def test_one_child_again_reaches_back_into_the_weeks_before() -> None:
    before = working_weeks(MONDAY_NINE)
    before[20] = a_use(before[20].hour, children=("c",))
    before[24] = a_use(before[24].hour, children=("c",))
    assert signs([a_use(children=("c",))], before=before, ours=Ours())[Sign.ONE_CHILD_AGAIN] == 4.0


def test_where_nobody_can_tell_whose_child_it_is_one_day_more_is_forgiven() -> None:
    week = [a_use(MONDAY + DAY * day + HOUR * 9, children=("c",)) for day in range(3)]
    assert signs(week, ours=None)[Sign.ONE_CHILD_AGAIN] == 1.5


def test_nobody_is_at_work_for_two_days_on_end() -> None:
    week = [a_use(MONDAY + HOUR * hour) for hour in range(0, 72, 4)]
    assert signs(week)[Sign.NO_REST] >= 4
    two_shifts = [a_use(MONDAY + DAY * day + HOUR * hour) for day in range(2) for hour in range(7, 19)]
    assert Sign.NO_REST not in signs(two_shifts)


def test_no_involvement_afterwards_is_looked_for_where_something_else_is_wrong() -> None:
    children = tuple(f"c{n}" for n in range(30))
    shown = [a_use(MONDAY_NINE, questions=30, districts={"N12": 30}, children=children)]
    later = [*shown, a_use(FRIDAY_NINE, questions=40, districts={"N12": 40})]
    nobody, everybody = Ours(), Ours(children)
    assert Sign.NO_INVOLVEMENT_AFTERWARDS in signs(later, ours=nobody)
    assert Sign.NO_INVOLVEMENT_AFTERWARDS not in signs(later, ours=everybody)
    assert Sign.NO_INVOLVEMENT_AFTERWARDS not in signs(later, ours=None)


def test_what_was_shown_today_is_given_two_days_to_be_followed_by_an_involvement() -> None:
    children = tuple(f"c{n}" for n in range(30))
    today = [a_use(MONDAY_NINE, questions=60, districts={"N12": 60}, children=children)]
    assert Sign.NO_INVOLVEMENT_AFTERWARDS not in signs(today, ours=Ours())


@pytest.mark.parametrize("children", [1, 30, 200])
def test_of_few_children_is_read_whether_anybody_works_with_them(children: int) -> None:
    ids = tuple(f"c{n}" for n in range(children))
    week = [a_use(MONDAY + HOUR * h, questions=50, children=ids, namesakes=ids) for h in (9, 10, 96, 97)]
    ours = Ours(ids)
    signs(week, ours=ours)
    assert len(set(ours.asked)) <= 40


@given(st.lists(st.tuples(st.integers(0, 6 * 24), st.integers(1, 80), st.integers(0, 80)), min_size=1, max_size=30))
def test_whatever_somebody_asks_signs_are_from_the_list_and_scores_between_0_and_1(
    asked: list[tuple[int, int, int]],
) -> None:
    hours = sorted({hour: (questions, min(nothing, questions)) for hour, questions, nothing in asked}.items())
    week = [a_use(MONDAY + HOUR * h, questions=q, nothing_found=n, districts={f"N{h}": q}) for h, (q, n) in hours]
    found = assess(Look.of(week, Usual()), Ours())
    assert set(found.surprises) <= set(Sign)
    assert 0 <= found.score < 1
    assert found.is_alarming is (found.score >= 0.5) or abs(found.total - ALERT_AT) < 1e-9


@pytest.mark.parametrize(
    ("told", "is_told_again"),
    [
        ({}, True),
        ({-HOUR: {Sign.FAR_ABOVE_HABIT}}, False),
        ({-QUIET + HOUR: {Sign.FAR_ABOVE_HABIT}}, False),
        ({-QUIET: {Sign.FAR_ABOVE_HABIT}}, True),
        ({-HOUR: {Sign.OUTSIDE_HOURS}}, True),
        ({-HOUR: {Sign.FAR_ABOVE_HABIT, Sign.NO_REST}}, False),
        ({timedelta(0): {Sign.FAR_ABOVE_HABIT}}, True),
    ],
)
def test_auditors_are_told_again_only_of_something_new_or_after_a_fortnight(
    *, told: dict[timedelta, set[str]], is_told_again: bool
) -> None:
    found = Assessment({Sign.FAR_ABOVE_HABIT: 6.0})
    before = {MONDAY_NINE + ago: frozenset(signs) for ago, signs in told.items()}
    assert is_news(found, before, MONDAY_NINE) is is_told_again


def test_a_client_that_guesses_by_previews_stands_out_and_one_that_works_at_night_does_not() -> None:
    def previews(hour: int, nothing_found: int, questions: int = 60) -> Use:
        who = {"practitioner_id": "client:one", "role": "client"}
        at = MONDAY + HOUR * hour
        return a_use(at, questions=questions, nothing_found=nothing_found, districts={"N12": questions}, **who)

    client_before = working_weeks(MONDAY_NINE, practitioner_id="client:one", role="client")
    assert Sign.NOTHING_FOUND_OFTEN in signs([previews(9, 60)], before=client_before)
    assert signs([previews(hour, 0, 1) for hour in (1, 2, 3)], before=client_before) == {}
