"""Who is whose sibling: those whom matching must tell apart."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.bench.matching.population import Person


def households(people: Iterable[Person]) -> dict[int, list[Person]]:
    """The children of each household, by its number."""
    homes: dict[int, list[Person]] = {}
    for person in people:
        homes.setdefault(person.household, []).append(person)
    return homes


def sibling_pairs(people: Iterable[Person]) -> Iterator[tuple[Person, Person]]:
    """Every two children of one household, twins among them."""
    for children in households(people).values():
        yield from combinations(children, 2)


def twin_pairs(people: Iterable[Person]) -> Iterator[tuple[Person, Person]]:
    """Every two children of one household who were born on one day."""
    return (pair for pair in sibling_pairs(people) if are_twins(*pair))


def are_twins(one: Person, other: Person) -> bool:
    """Born on one day in one household; nobody is their own twin."""
    return one.number != other.number and one.household == other.household and one.born == other.born


def are_siblings(one: Person, other: Person) -> bool:
    """Of one household, and not the same child."""
    return one.number != other.number and one.household == other.household
