"""The generated year: the same for a seed, with the misuse that is written down, and habits that differ by role."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.bench.trawling import year
from tests.bench.trawling.measure import a_year_of
from tests.bench.trawling.misuse import KINDS, planted
from tests.bench.trawling.staff import Rota, organisations, people_of
from tests.bench.trawling.traffic import ordinary

if TYPE_CHECKING:
    from tests.bench.trawling.traffic import Asked


def test_the_year_has_at_least_two_thousand_practitioners_of_forty_organisations() -> None:
    people = [person for organisation in organisations() for person in people_of(organisation, 1)]
    assert len(organisations()) == 40
    assert len(people) >= 2000
    assert len({person.practitioner_id for person in people}) == len(people)


def test_a_seed_gives_the_same_questions_again_and_another_seed_others() -> None:
    person, *_ = people_of("S01", 1)
    assert list(ordinary(person, 1)) == list(ordinary(person, 1))
    assert list(ordinary(person, 1)) != list(ordinary(person, 2))


def test_nobody_asks_before_they_come_or_after_they_leave() -> None:
    for person in people_of("S02", 1):
        days = [look.record.at.date() for look in ordinary(person, 1)]
        assert all(person.starts <= day <= year.LAST for day in days)


def test_schools_ask_in_term_time_and_shifts_at_night() -> None:
    teachers = [person for person in people_of("S03", 1) if person.post.rota is Rota.TERM]
    august = [look for person in teachers for look in ordinary(person, 1) if look.record.at.month == 8]
    everything = [look for person in teachers for look in ordinary(person, 1)]
    assert len(august) < len(everything) / 20
    nurse = people_of("R01", 1)[0]
    hours = Counter(look.record.at.hour for look in ordinary(nurse, 1))
    assert sum(hours[hour] for hour in (0, 1, 2, 3)) > 0


def test_every_kind_of_misuse_is_planted_and_is_no_question_about_a_child_of_theirs() -> None:
    found: dict[str, list[Asked]] = {kind: [] for kind in KINDS}
    for organisation in organisations():
        for person in people_of(organisation, 2):
            for look in planted(person, 2):
                found[str(look.misuse)].append(look)
    assert found.keys() == KINDS.keys()
    for kind, looks in found.items():
        assert looks
        # the questions of a shared login are ordinary ones, but for who asks them
        assert kind == "shared login" or not any(look.is_ours for look in looks)


def test_of_the_bulk_that_is_x_auditors_are_told_within_a_day() -> None:
    result = a_year_of("C00", 2)
    (case,) = (case for case in result.cases if case.kind == "bulk harvesting")
    assert case.days is not None
    assert case.days < 1
    assert result.false_a_week < 50
