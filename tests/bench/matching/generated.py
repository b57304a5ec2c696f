"""The generated population as a register: who is in it, who is not, and what is asked."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.bench.matching.datasets import Dataset, Question, Registered
from tests.bench.matching.draws import Weighted, chance
from tests.bench.matching.errors import ASKED, REGISTERED, say, state
from tests.bench.matching.population import generate
from tests.bench.matching.relatives import are_twins, households

if TYPE_CHECKING:
    from tests.bench.matching.population import Person

HOUSEHOLD_NOT_REGISTERED, NOT_REGISTERED = 0.16, 0.05
"""Households of whom nobody has fed in anything, such as new arrivals or those whom no fed service knows; and, of the
other children, those who are not registered although their twins, brothers and sisters may be; assumed."""
_STATEMENTS = Weighted({1: 50, 2: 30, 3: 20})
"""How many organisations say something of a child; assumed."""


def population(seed: int, *, registered: int, present: int, absent: int) -> Dataset:
    """About `registered` children registered; `present` questions about them, `absent` about others."""
    people = generate(seed, round(registered / (1 - NOT_REGISTERED) / (1 - HOUSEHOLD_NOT_REGISTERED)))
    rng = Random(f"register {seed}")
    outside = {household for household in households(people) if chance(rng, HOUSEHOLD_NOT_REGISTERED)}
    inside = {person.number for person in people if person.household not in outside and not chance(rng, NOT_REGISTERED)}
    register = [
        Registered(str(person.number), state(person, rng, REGISTERED))
        for person in people
        if person.number in inside
        for _ in range(_STATEMENTS.draw(rng))
    ]
    homes = households(people)
    rng = Random(f"questions {seed}")
    known = [person for person in people if person.number in inside]
    unknown = [person for person in people if person.number not in inside]
    questions = [
        *(_question(person, homes, inside, rng) for person in _some(known, present, rng)),
        *(_question(person, homes, inside, rng) for person in _some(unknown, absent, rng)),
    ]
    return Dataset(
        name=f"population, seed {seed}",
        register=register,
        questions=questions,
        children=len(inside),
        families=True,
        weight=(len(unknown) / absent) / (len(known) / present),
        registered=frozenset(str(number) for number in inside),
    )


def _question(person: Person, homes: dict[int, list[Person]], inside: set[int], rng: Random) -> Question:
    said = say(person, rng, ASKED)
    others = [other for other in homes[person.household] if other.number != person.number and other.number in inside]
    return Question(
        meant=str(person.number) if person.number in inside else "",
        details=said.details,
        kinds=said.kinds,
        twins=frozenset(str(other.number) for other in others if are_twins(person, other)),
        siblings=frozenset(str(other.number) for other in others if not are_twins(person, other)),
    )


def _some(people: list[Person], count: int, rng: Random) -> list[Person]:
    """That many, each as likely; all of them, and all of them again, if there are fewer than that."""
    times, rest = divmod(count, len(people))
    order = sorted(people, key=lambda _: rng.random())
    return people * times + order[:rest]
