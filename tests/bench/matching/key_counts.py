"""What lies under match keys: counted in a generated register, and expected in one that is larger.

A postcode holds what it holds, as a larger register covers more places. A beginning of a name and a day hold the rows
with that name and year of birth, times the day's share of the year. Two names hold, community by community and sex by
sex, the product of the two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from functools import cache, lru_cache
from math import exp, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from shared.domain.blocking import match_keys
from shared.domain.child import ChildDetails
from tests.bench.matching.births import AS_OF, FIRST_DAY, births_on, days
from tests.bench.matching.errors import REGISTERED

if TYPE_CHECKING:
    from random import Random

    from tests.bench.matching.population import Person

type Key = tuple[str, ...]
type Group = tuple[str, str]

_ANY_DAY = date(2020, 1, 2)
_MANY = 200.0
"""From here on a Poisson distribution is as good as a normal one."""


class NameCounts:
    """Rows of a register by the parts of names in their keys."""

    def __init__(self) -> None:
        self.children = 0
        self.rows = 0
        self._in_year: Counter[tuple[str, int]] = Counter()
        self._given: defaultdict[Group, Counter[tuple[str, int]]] = defaultdict(Counter)
        self._family: defaultdict[Group, Counter[str]] = defaultdict(Counter)
        self._groups: Counter[Group] = Counter()

    def add(self, person: Person, details: ChildDetails) -> None:
        """One statement about the person."""
        self.rows += 1
        group = person.community, person.sex
        year = details.date_of_birth.year if details.date_of_birth else 0
        self._groups[group] += 1
        names: set[str] = set()
        for named in details.under_each_name():
            given, family = name_keys(named.given_name, ""), name_keys("", named.family_name)
            names.update(given, family)
            if given:
                self._given[group][given[0], year] += 1
                self._given[group][given[0], 0] += bool(year)  # of any year
            self._family[group].update(family)
        if year:
            self._in_year.update((name, year) for name in names)

    def strangers(self, key: Key) -> float:
        """Rows to expect under a key in a register of this size, but for those of the family that is asked about."""
        match key:
            case ("birth+name", born, name):
                day = date.fromisoformat(born.removeprefix("born"))
                return self._in_year[name, day.year] * _share_of_year(day)
            case ("names+area", one, other, _):  # anywhere: see `area_share`
                return self._pairs(one, other, 0)
            case ("names+year", one, other, year):
                return self._pairs(one, other, int(year.removeprefix("born")))
            case _:
                message = f"no expectation is known for a key of the kind {key[0]}"
                raise ValueError(message)

    def _pairs(self, one: str, other: str, year: int) -> float:
        orders = {(one, other), (other, one)}
        return sum(
            self._given[group][given, year] * self._family[group][family] / count
            for group, count in self._groups.items()
            for given, family in orders
        )


@lru_cache(maxsize=1_000_000)
def name_keys(given: str | None, family: str | None) -> tuple[str, ...]:
    """What of a name goes into keys, the first part first; taken from the keys themselves."""
    details = ChildDetails(given_name=given or None, family_name=family or None, date_of_birth=_ANY_DAY)
    return tuple(key[2] for key in match_keys(details) if key[0] == "birth+name")


def poisson(mean: float, rng: Random) -> int:
    """A number of rows, where `mean` is expected."""
    if mean > _MANY:
        return max(0, round(mean + sqrt(mean) * NormalDist().inv_cdf(max(rng.random(), 1e-12))))
    left, count = exp(-mean), 0
    draw = rng.random()
    while draw > left and count < 10 * _MANY:
        count += 1
        draw -= left
        left *= mean / count
    return count


@cache
def _share_of_year(day: date) -> float:
    """Of the rows of a year of birth, those with this day; 1 January also stands for days that are not known."""
    if not FIRST_DAY <= day < AS_OF:
        return 0.0
    unknown = REGISTERED.new_year if (day.month, day.day) == (1, 1) else 0.0
    return births_on(day) / _births_of_year(day.year) + unknown


@cache
def _births_of_year(year: int) -> float:
    return sum(births_on(day) for day in days().choices if day.year == year)


def area_share(children: int) -> float:
    """The share of other children who live in the postcode area of one, in a register of so many.

    As `places` lays them out: some 4,800 children to a district, in as many areas as a register of so many districts
    touches, at most the 107 of England; who is asked about lives in a large one rather than in a small one.
    """
    areas: float = min(107.0, max(1.0, (children / 4800) ** 0.6))
    return min(1.0, 1.3 / areas)
