"""The invented children: households of one to four, with twins now and then and a child on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local.sample_data import numbering
from infra.local.sample_data.draws import Draws
from infra.local.sample_data.facts import STORY, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_FAMILY_SIZES = {1: 45, 2: 38, 3: 13, 4: 4}
_LONGEST_AHEAD = 150  # days before the expected date at which a midwife may already know
_ADULT = 18
_CHILDHOOD = _ADULT * 365  # days: all of the years 0 to 17, less a few days that do not matter
_SERIALS = 1_000_000
_STRIDE = 611_953  # has no factor in common with _SERIALS, so the serials do not repeat


@cache
def load(name: str) -> dict[str, Any]:
    """The word list `name`.json of this folder."""
    with (_HERE / f"{name}.json").open(encoding="utf-8") as words:
        lists: dict[str, Any] = json.load(words)
    return lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child as all organisations know it. Exactly one of `born` and `expected` is set.

    `number` is its place in the sample, from 0, the story child; siblings share `household` and `address`,
    whose last line is the postcode. An unborn child has no given name and no NHS number yet.
    """

    number: int
    household: int
    given_name: str
    family_name: str
    born: date | None
    expected: date | None
    sex: str
    address: str
    nhs_number: str

    @property
    def postcode(self) -> str:
        """The last line of the address."""
        return self.address.rpartition("\n")[2]

    def draws(self, *purpose: str | int) -> Draws:
        """This child's own stream of chance for a purpose: every draw that concerns it comes from one."""
        return Draws(*purpose, "child", self.number)


def age(born: date, on: date) -> int:
    """Completed years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def population(seed: int, size: int, as_of: date) -> list[Child]:
    """`size` children aged 0 to 17 on `as_of`, about one in fifty unborn; the first is the story child."""
    children = [_story_child()]
    nhs_numbers = _nhs_numbers(seed)
    for household in count(1):
        family = _Family(seed, household)
        for born in family.births(as_of):
            if len(children) >= size:
                return children
            children.append(family.child(len(children), born, as_of, nhs_numbers))
    return children


def _story_child() -> Child:
    return Child(
        number=0,
        household=0,
        given_name=STORY.given_name,
        family_name=STORY.family_name,
        born=STORY.date_of_birth,
        expected=None,
        sex=STORY.sex,
        address=f"7 Quillmaker Lane\nNorthmoor\n{STORY.postcode}",
        nhs_number=STORY.nhs_number,
    )


def _nhs_numbers(seed: int) -> Iterator[str]:
    start = Draws(seed, "nhs numbers").below(_SERIALS)
    for step in range(_SERIALS):
        number = numbering.nhs_number((start + step * _STRIDE) % _SERIALS)
        if number is not None and number not in (STORY.nhs_number, UNKNOWN.nhs_number):
            yield number


class _Family:
    """One household: where it lives and how its children are named."""

    def __init__(self, seed: int, household: int) -> None:
        self._household = household
        self._draws = Draws(seed, "household", household)
        names = load("names")
        self._tradition = names[self._draws.weighted({name: group["weight"] for name, group in names.items()})]
        # Given names of the majority are common in every community.
        self._given = names["english"] if self._draws.chance(15) else self._tradition
        self._family_name = self._draw_family_name()
        self._address = self._draw_address()
        self._used: set[str] = set()

    def births(self, as_of: date) -> list[date]:
        """When the children were or will be born, the youngest first."""
        size = self._draws.weighted(_FAMILY_SIZES)
        births = [as_of - timedelta(days=self._draws.between(-_LONGEST_AHEAD, _CHILDHOOD))]
        while len(births) < size:
            twin = births[-1] <= as_of and self._draws.chance(3)
            births.append(births[-1] if twin else births[-1] - timedelta(days=self._draws.between(400, 1500)))
        return [born for born in births if age(born, as_of) < _ADULT]

    def child(self, number: int, born: date, as_of: date, nhs_numbers: Iterator[str]) -> Child:
        """The child born, or to be born, on this day."""
        unborn = born > as_of
        girl = self._draws.chance(49)
        return Child(
            number=number,
            household=self._household,
            given_name="" if unborn else self._draw_given_name(girl=girl),
            family_name=self._family_name,
            born=None if unborn else born,
            expected=born if unborn else None,
            sex=self._draw_sex(girl=girl, unborn=unborn),
            address=self._address,
            nhs_number="" if unborn else next(nhs_numbers),
        )

    def _draw_sex(self, *, girl: bool, unborn: bool) -> str:
        if unborn or self._draws.below(250) == 0:
            return "not_known"
        if self._draws.below(400) == 0:
            return "indeterminate"
        return "female" if girl else "male"

    def _draw_given_name(self, *, girl: bool) -> str:
        names = self._given["girls" if girl else "boys"]
        unused: dict[str, int] = {name: weight for name, weight in names.items() if name not in self._used}
        name = self._draws.weighted(unused)
        self._used.add(name)
        return name

    def _draw_family_name(self) -> str:
        families = self._tradition["families"]
        name: str = self._draws.weighted(families)
        other = self._draws.weighted(families)
        double = self._draws.chance(6) and name != other and not {"-", " "} & set(name + other)
        return f"{name}-{other}" if double else name

    def _draw_address(self) -> str:
        places = load("places")
        towns = places["elsewhere" if self._draws.chance(6) else "at_home"]
        outward = self._draws.pick(list(towns))
        house = self._draws.between(1, 140)
        street = f"{self._draws.pick(places['street_names'])} {self._draws.pick(places['street_kinds'])}"
        first = (
            f"Flat {self._draws.between(1, 40)}\n{house} {street}" if self._draws.chance(35) else f"{house} {street}"
        )
        return f"{first}\n{towns[outward]}\n{numbering.postcode(outward, self._draws)}"
