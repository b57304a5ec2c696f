"""What is said of the bench's children: at the rates that are written down, in the form that the product takes in."""

from collections import Counter
from dataclasses import fields, replace
from random import Random

import pytest

from shared.domain.names import tidy
from shared.domain.postcode import parse_postcode
from tests.bench.matching import mistyped
from tests.bench.matching.errors import ASKED, MISSING, REGISTERED, Kind, Rates, Statement, say, state
from tests.bench.matching.population import Person, generate

NEVER = Rates(**{rate.name: 0.0 for rate in fields(Rates)})


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return generate(seed=7, size=12_000)


@pytest.fixture(scope="module")
def asked(people: list[Person]) -> list[Statement]:
    rng = Random(1)
    return [say(person, rng, ASKED) for person in people]


def test_without_errors_the_truth_is_said(people: list[Person]) -> None:
    for person in people[:500]:
        said = say(person, Random(1), NEVER)
        assert said.kinds == frozenset()
        assert (said.details.given_name, said.details.family_name) == (person.given_name, person.family_name)
        assert (said.details.date_of_birth, said.details.postcode) == (person.born, person.postcode)


def test_the_same_draws_say_the_same(people: list[Person]) -> None:
    assert state(people[0], Random(5), ASKED) == state(people[0], Random(5), ASKED)


def test_what_is_said_has_the_form_that_the_product_takes_in(asked: list[Statement]) -> None:
    for statement in asked:
        details = statement.details
        assert not details.postcode or parse_postcode(details.postcode) == details.postcode
        for name in (details.given_name, details.family_name):
            assert not name or tidy(name) == name


def test_every_kind_of_error_happens(asked: list[Statement]) -> None:
    assert {kind for statement in asked for kind in statement.kinds} == set(Kind)


def test_a_fifth_to_a_third_of_questions_say_something_else_than_the_papers(asked: list[Statement]) -> None:
    wrong = sum(bool(statement.kinds - MISSING) for statement in asked)
    assert 0.2 < wrong / len(asked) < 0.33


def test_kinds_happen_as_often_as_is_written_down(asked: list[Statement]) -> None:
    shares = {kind: count / len(asked) for kind, count in Counter(k for said in asked for k in said.kinds).items()}
    assert shares[Kind.NO_POSTCODE] == pytest.approx(ASKED.no_postcode, rel=0.15)
    assert shares[Kind.GIVEN_TYPO] == pytest.approx(ASKED.given_typo, rel=0.3)
    assert shares[Kind.FORMER_POSTCODE] == pytest.approx(0.45 * ASKED.former_postcode * 0.9, rel=0.2)


def test_questions_are_dirtier_than_registrations() -> None:
    rates = {rate.name for rate in fields(Rates)} - {"placeholder", "two_names", "former_name_too"}
    assert all(getattr(ASKED, rate) >= getattr(REGISTERED, rate) for rate in rates)


@pytest.mark.parametrize("kind", ["given_typo", "family_typo", "digit", "day_off", "postcode_typo"])
def test_an_error_changes_what_is_said(people: list[Person], kind: str) -> None:
    always = replace(NEVER, **{kind: 1.0})
    changed = [state(person, Random(3), always) != state(person, Random(3), NEVER) for person in people[:300]]
    assert sum(changed) > 290


def test_a_typing_error_is_one_slip() -> None:
    rng = Random(2)
    for name in ("Khan", "O'Connor", "Ng", "Smith-Jones"):
        assert all(abs(len(mistyped.name(name, rng)) - len(name)) <= 2 for _ in range(100))


def test_a_name_without_its_marks_is_plain() -> None:
    assert mistyped.bare("Siân") == "Sian"
    assert mistyped.bare("O’Connor") == "OConnor"
    assert mistyped.bare("Anne-Marie") == "Anne Marie"
    assert mistyped.bare("Łukasz") == "Lukasz"
