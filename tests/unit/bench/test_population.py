"""The bench's invented children: the same for a seed, of the right form, in about the proportions that are stated."""

from collections import Counter
from itertools import pairwise

import pytest

from shared.domain.names import tidy
from shared.domain.postcode import parse_postcode
from tests.bench.matching import births
from tests.bench.matching.names import muhammads
from tests.bench.matching.population import Person, generate
from tests.bench.matching.relatives import are_twins, households, sibling_pairs, twin_pairs

SIZE = 12_000


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return generate(seed=7, size=SIZE)


def test_a_seed_gives_the_same_children_again(people: list[Person]) -> None:
    assert generate(seed=7, size=SIZE) == people
    assert generate(seed=8, size=SIZE) != people


def test_there_are_as_many_as_were_asked_for_and_they_are_numbered(people: list[Person]) -> None:
    assert [person.number for person in people] == list(range(SIZE))


def test_what_is_said_of_them_has_the_form_that_the_product_takes_in(people: list[Person]) -> None:
    for person in people:
        assert parse_postcode(person.postcode) == person.postcode
        assert not person.former_postcode or parse_postcode(person.former_postcode) == person.former_postcode
        for name in (person.given_name, person.middle_name, person.known_as, person.family_name):
            assert not name or tidy(name) == name


def test_they_are_all_children_on_the_day_for_which_they_are_made(people: list[Person]) -> None:
    assert all(births.FIRST_DAY <= person.born < births.AS_OF for person in people)


def test_a_family_lives_together_and_no_two_of_it_have_one_name(people: list[Person]) -> None:
    for children in households(people).values():
        assert len({child.postcode for child in children}) == 1
        names = [child.given_name for child in children if child.given_name.split()[0] not in muhammads()]
        assert len(set(names)) == len(names)


def test_siblings_are_born_together_or_most_of_a_year_apart(people: list[Person]) -> None:
    for children in households(people).values():
        for elder, younger in pairwise(sorted(child.born for child in children)):
            assert elder == younger or (younger - elder).days > 270


def test_three_children_in_a_hundred_are_twins(people: list[Person]) -> None:
    twins = {child.number for pair in twin_pairs(people) for child in pair}
    assert 0.02 < len(twins) / SIZE < 0.045
    assert all(are_twins(*pair) for pair in twin_pairs(people))
    assert sum(1 for _ in sibling_pairs(people)) > 10 * sum(1 for _ in twin_pairs(people))


def test_names_are_as_common_as_in_england(people: list[Person]) -> None:
    families = Counter(person.family_name for person in people)
    assert "Smith" in [name for name, _ in families.most_common(3)]
    assert 0.005 < families["Smith"] / SIZE < 0.014
    boys = [person for person in people if person.sex == "male"]
    assert 0.012 < sum(boy.given_name.split()[0] in muhammads() for boy in boys) / len(boys) < 0.035
    assert len(families) > SIZE / 5  # a long tail


def test_given_and_family_names_go_together(people: list[Person]) -> None:
    khans = [person for person in people if person.family_name == "Khan" and person.sex == "male"]
    khans_muhammad = sum(boy.given_name.split()[0] in muhammads() for boy in khans)
    assert khans_muhammad / len(khans) > 0.1


def test_eight_children_share_a_postcode_on_average_and_a_few_postcodes_hold_very_many(people: list[Person]) -> None:
    at = Counter(person.postcode for person in people)
    assert 6 < SIZE / len(at) < 10
    assert max(at.values()) > 30


def test_fewer_are_born_at_weekends(people: list[Person]) -> None:
    on = Counter(person.born.weekday() for person in people)
    assert (on[5] + on[6]) / 2 < 0.9 * sum(on[day] for day in range(5)) / 5
