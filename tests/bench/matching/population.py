"""A population of children as England has: families, twins, communities, names in their real proportions.

Nobody in it exists. What it leans on is said in `names`, `births` and `places`; what is said here besides is assumed,
and each number is where it can be changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from tests.bench.matching import births
from tests.bench.matching.diminutives import DIMINUTIVES
from tests.bench.matching.draws import Weighted, chance, pick
from tests.bench.matching.names import Community, communities, muhammads, spellings
from tests.bench.matching.places import Places, Postcode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date


@dataclass(frozen=True, slots=True)
class Person:
    """A child. `sex` is "female" or "male"; what a child does not have is an empty string.

    Siblings share `household`; twins share `born` besides. `known_as` is what the child is called instead of its
    given name, `former_family_name` what it was called before its mother married, parted or gave it up for adoption,
    `former_postcode` where it lived before it last moved.
    """

    number: int
    household: int
    community: str
    given_name: str
    middle_name: str
    known_as: str
    family_name: str
    former_family_name: str
    born: date
    sex: str
    postcode: str
    former_postcode: str


MOVED = 0.45
"""Households that have moved since a child of theirs was born: some 9 % a year (ONS), over about five years."""
BLENDED = 0.09
"""Families of several children in which not all have one family name (stepfamilies are a tenth of families: ONS)."""
FORMER_NAME = 0.04
"""Children whose family name was changed; assumed."""
KNOWN_BY_SHORT_FORM, KNOWN_BY_MIDDLE_NAME = 0.10, 0.035
"""Children who are called, on paper too, by a short form (of those who have one) or by their middle name; assumed."""
MIDDLE_NAME = 0.8
TWINS_ALIKE = 0.12
"""Twins whose given names are alike (Jayden and Hayden, Ella and Ellie); assumed."""
RELATIVES_NEAR = 0.03
"""Households with the family name of the one before them in the same postcode; assumed."""
MUHAMMAD_AND_ANOTHER = 0.35
"""Boys called Muhammad who have a second given name beside it in the same field; assumed."""
BROTHERS_MUHAMMAD = 0.3
"""When a second boy of a family would be a Muhammad, too: how often he is, with another name beside it; assumed."""
SPACED = 0.25
"""Double-barrelled family names that are written with a space, not a hyphen; assumed."""
DAUGHTERS_OTHERWISE = 0.12
"""Pakistani and Bangladeshi families whose daughters bear another last name (Begum, Bibi …); assumed."""

_FAMILY_SIZES = Weighted({1: 30, 2: 47, 3: 16, 4: 5, 5: 2})
_LARGE_FAMILY_SIZES = Weighted({1: 17, 2: 33, 3: 26, 4: 14, 5: 6, 6: 4})
"""Maternities of a family, counted when it is complete; today's households are smaller (one in 45 %, ONS)."""

_DAUGHTERS = Weighted({"Begum": 5, "Bibi": 3, "Akhtar": 2, "Khatun": 2, "Khanom": 1, "Parveen": 1, "Kauser": 1})
_MUSLIM = frozenset({"pakistani", "bangladeshi", "somali", "arab_iranian_kurdish_afghan"})


def generate(seed: int, size: int) -> list[Person]:
    """`size` children, by their number; the same for the same seed and size.

    Seed 1 is for estimating weights; what is reported is measured on others.
    """
    rng = Random(seed)
    people: list[Person] = []
    places = Places(rng, size)
    household = 0
    for postcode in places.postcodes:
        before: _Household | None = None
        for _ in range(postcode.families):
            near = before if before and chance(rng, RELATIVES_NEAR) else None
            before = _Household(rng, household, postcode, places, near)
            people.extend(before.children(len(people)))
            household += 1
        if len(people) >= size:
            return people[:size]
    return people


class _Household:
    def __init__(self, rng: Random, number: int, home: Postcode, places: Places, near: _Household | None) -> None:
        self._rng = rng
        self._number = number
        self._home = home
        self.community: Community = near.community if near else communities()[home.people.draw(rng)]
        self.family_name: str = near.family_name if near else self._draw_family_name()
        self._former_postcode = places.before(rng, home) if chance(rng, MOVED) else ""
        self._daughters = ""
        if self.community.name in ("pakistani", "bangladeshi") and chance(rng, DAUGHTERS_OTHERWISE):
            self._daughters = _DAUGHTERS.draw(rng)
        self._used: set[str] = set()
        self._has_muhammad = False

    def children(self, first_number: int) -> Iterator[Person]:
        rng = self._rng
        sizes = _LARGE_FAMILY_SIZES if self.community.large_families else _FAMILY_SIZES
        born = births.family(rng, size=sizes.draw(rng))
        otherwise = self._draw_family_name() if len(born) > 1 and chance(rng, BLENDED) else ""
        elder = 1 + int(rng.random() * (len(born) - 1)) if otherwise else 0
        sexes = self._sexes(born)
        names: list[str] = []
        for place, (day, sex) in enumerate(zip(born, sexes, strict=True)):
            twin = place > 0 and day == born[place - 1]
            alike = twin and sex == sexes[place - 1] and chance(rng, TWINS_ALIKE)
            names.append(self._given_name(sex, day.year, like=names[-1] if alike else ""))
            family = otherwise if place < elder and not twin else self.family_name
            yield self._person(first_number + place, names[-1], self._by_sex(family, sex), day, sex)

    def _sexes(self, born: list[date]) -> list[str]:
        """Two thirds of twins are of one sex: the identical third, and half of the others."""
        sexes = ["boys" if chance(self._rng, births.BOYS) else "girls" for _ in born]
        for place, (day, following) in enumerate(pairwise(born)):
            if day == following and chance(self._rng, 1 / 3):
                sexes[place + 1] = sexes[place]
        return sexes

    def _person(self, number: int, given: str, family: str, day: date, sex: str) -> Person:
        rng = self._rng
        middle = self._middle_name(sex, day.year) if chance(rng, MIDDLE_NAME) else ""
        known_as = ""
        if given in muhammads() and self.community.name in _MUSLIM:
            middle = middle or self._middle_name(sex, day.year)
            if (self._has_muhammad or chance(rng, MUHAMMAD_AND_ANOTHER)) and middle not in muhammads():
                given, known_as = f"{given} {middle}", middle
            elif chance(rng, 1 / 2):
                known_as = middle
            self._has_muhammad = True
        elif chance(rng, KNOWN_BY_MIDDLE_NAME):
            known_as = middle
        elif given in DIMINUTIVES and chance(rng, KNOWN_BY_SHORT_FORM):
            known_as = pick(rng, DIMINUTIVES[given])
        return Person(
            number=number,
            household=self._number,
            community=self.community.name,
            given_name=given,
            middle_name=middle,
            known_as=known_as if known_as != given else "",
            family_name=family,
            former_family_name=self._draw_former(family) if chance(rng, FORMER_NAME) else "",
            born=day,
            sex="male" if sex == "boys" else "female",
            postcode=self._home.text,
            former_postcode=self._former_postcode,
        )

    def _given_name(self, sex: str, year: int, *, like: str) -> str:
        """One that no brother or sister has in any spelling; but brothers may both be Muhammad, and another name."""
        near = _near_names(sex).get(like[-4:], ()) or _near_names(sex).get(like[:3], ()) if like else ()
        others = [name for name in near if name not in self._used]
        name = pick(self._rng, others) if others else self._draw_given(sex, year)
        while name in self._used and not (name in muhammads() and chance(self._rng, BROTHERS_MUHAMMAD)):
            name = self._draw_given(sex, year)
        self._used.update((name, *spellings("given").get(name, ())))
        return name

    def _middle_name(self, sex: str, year: int) -> str:
        """One that no brother or sister has as a given name, and none will be given later."""
        name = self._draw_given(sex, year)
        while name in self._used:
            name = self._draw_given(sex, year)
        self._used.update((name, *spellings("given").get(name, ())))
        return name

    def _draw_given(self, sex: str, year: int) -> str:
        source = communities()["english"] if chance(self._rng, self.community.borrows) else self.community
        return source.given(sex, year).draw(self._rng)

    def _draw_family_name(self) -> str:
        rng, families = self._rng, self.community.families
        name = families.draw(rng)
        if not chance(rng, self.community.double):
            return name
        other = families.draw(rng)
        single = name != other and not set(name + other) & {"-", " "}
        return f"{name}{' ' if chance(rng, SPACED) else '-'}{other}" if single else name

    def _by_sex(self, family: str, sex: str) -> str:
        """The last name as it is borne by daughters or by sons."""
        if sex == "girls" and self._daughters:
            return self._daughters
        if family in ("Singh", "Kaur") and chance(self._rng, 0.9):
            return "Kaur" if sex == "girls" else "Singh"
        if family.endswith(("ski", "ska")) and chance(self._rng, 0.6):
            return f"{family[:-1]}{'a' if sex == 'girls' else 'i'}"
        return family

    def _draw_former(self, family: str) -> str:
        other = self._draw_family_name()
        if chance(self._rng, 0.3) and not set(other + family) & {"-", " "}:
            return f"{other}-{family}"
        return other if other != family else ""


_NEAR: dict[str, dict[str, list[str]]] = {}


def _near_names(sex: str) -> dict[str, list[str]]:
    """English given names by their last four letters and by their first three."""
    if sex not in _NEAR:
        near: dict[str, list[str]] = {}
        tables = communities()["english"].given(sex, births.AS_OF.year)
        common = sorted(tables.shares().items(), key=lambda item: -item[1])[:400]
        for name, _ in common:
            near.setdefault(name[-4:], []).append(name)
            near.setdefault(name[:3], []).append(name)
        _NEAR[sex] = near
    return _NEAR[sex]
