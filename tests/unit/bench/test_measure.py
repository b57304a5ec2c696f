"""The bench's own counting, on registers small enough to count by hand."""

from collections import Counter
from datetime import date
from pathlib import Path
from random import Random

import pytest

from shared.domain.blocking import match_keys
from shared.domain.child import ChildDetails
from shared.domain.outcomes import Outcome
from shared.persistence.reading import MOST_ROWS_OF_A_KEY
from tests.bench.matching import load
from tests.bench.matching.cascade import Cascade
from tests.bench.matching.datasets import Dataset, Question, Registered, asked_about_itself, day, from_files
from tests.bench.matching.key_counts import NameCounts, poisson
from tests.bench.matching.matchers import Product
from tests.bench.matching.measure import measure
from tests.bench.matching.population import Person, generate

AMELIA = ChildDetails(given_name="Amelia", family_name="Okafor", date_of_birth=date(2017, 5, 9), postcode="N12 0AB")
HER_TWIN = ChildDetails(given_name="Ruben", family_name="Okafor", date_of_birth=date(2017, 5, 9), postcode="N12 0AB")
NOBODY = ChildDetails(
    given_name="Wilfred", family_name="Featherstone", date_of_birth=date(2011, 1, 3), postcode="LS1 4DY"
)


def a_dataset() -> Dataset:
    register = [Registered("amelia", AMELIA), Registered("ruben", HER_TWIN)]
    return Dataset.of("two", register, [Question("amelia", AMELIA, twins=frozenset({"ruben"})), Question("", NOBODY)])


@pytest.mark.parametrize("matcher", [Product(2, families=True), Cascade()])
def test_who_is_asked_for_exactly_is_found_and_nobody_else(matcher: Product | Cascade) -> None:
    result = measure(a_dataset(), matcher)
    assert (result.match.right, result.match.wrong, result.match.wrong_of_unknown) == (1, 0, 0)
    assert (result.match.precision, result.match.recall) == (1.0, 1.0)
    assert (result.present, result.absent, result.not_found) == (1, 1, 0)
    assert result.outcomes == {Outcome.MATCH: 1}
    assert result.outcomes_of_absent == {Outcome.NO_MATCH: 1}


def test_a_wrong_match_is_told_with_who_was_shown() -> None:
    dataset = Dataset.of("one", [Registered("ruben", HER_TWIN)], [Question("", HER_TWIN, twins=frozenset({"ruben"}))])
    result = measure(dataset, Product(1, families=True))
    assert result.disclosed == {"not registered: a twin": 1}
    assert result.examples[0]["who"] == "a twin"
    assert result.summary()["absent_answered_match"] == 1.0


def test_a_set_that_asks_itself_does_not_find_the_statement_that_asks() -> None:
    dataset = asked_about_itself("alone", [Registered("amelia", AMELIA), Registered("wilfred", NOBODY)])
    result = measure(dataset, Product(2, families=False))
    assert (result.present, result.absent, result.candidates) == (0, 2, [0, 0])


def test_a_question_that_no_key_leads_to_is_counted_as_not_found() -> None:
    result = measure(Dataset.of("none", [Registered("wilfred", NOBODY)], [Question("wilfred", AMELIA)]), Cascade())
    assert (result.not_found, result.match.recall) == (1, 0.0)


def test_a_day_that_never_was_is_missing() -> None:
    assert day("20001399") is None
    assert day("20000229") == date(2000, 2, 29)


def test_sets_are_read_from_files(tmp_path: Path) -> None:
    columns = "id,given_name,family_name,date_of_birth,postcode,sex\n"
    (tmp_path / "a.csv").write_text(f"{columns}1,Amelia,Okafor,2017-05-09,n120ab,F\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(f"{columns}1,Amelia,Okafor,20170509,,\n2,Bo,Ng,,,\n", encoding="utf-8")
    dataset = from_files(tmp_path / "a.csv", tmp_path / "b.csv")
    assert dataset.register[0].details.postcode == "N12 0AB"
    assert [question.meant for question in dataset.questions] == ["1", ""]


def test_strangers_find_as_many_rows_as_are_expected_for_them() -> None:
    names, under = NameCounts(), Counter[tuple[str, ...]]()
    for person in generate(seed=7, size=30_000):
        names.add(person, _named(person))
        under.update(match_keys(_named(person)))
    asked = [key for person in generate(seed=8, size=30_000) for key in match_keys(_named(person))]
    for kind in {key[0] for key in asked}:
        found = sum(under[key] for key in asked if key[0] == kind)
        assert sum(names.strangers(key) for key in asked if key[0] == kind) == pytest.approx(found, rel=0.15)


def _named(person: Person) -> ChildDetails:
    return ChildDetails(given_name=person.given_name, family_name=person.family_name, date_of_birth=person.born)


def test_draws_around_a_mean_have_that_mean() -> None:
    rng = Random(1)
    for mean in (0.3, 12.0, 900.0):
        assert sum(poisson(mean, rng) for _ in range(4000)) / 4000 == pytest.approx(mean, rel=0.1)


def test_a_key_costs_no_more_than_the_rows_that_are_read() -> None:
    assert load.units(0, 350) == 1
    assert load.units(10**6, 350) == load.units(MOST_ROWS_OF_A_KEY, 350)
