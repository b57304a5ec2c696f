"""Estimates `shared/domain/weights.json` from pairs whose truth is known: `make weights`.

They are the shares of pairs that agree at each level: of two statements about one child, about two who are not
related, about siblings and about twins. Half a pair is added to each level, so that none counts as
impossible. Names are weighed by how common each is, so of exact agreements only m is estimated.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

from shared.domain import weights
from shared.domain.comparison import (
    Birth,
    Names,
    Place,
    SexLevel,
    compare_births,
    compare_names,
    compare_postcodes,
    compare_sexes,
)
from shared.domain.likeness import Likeness
from shared.domain.names import comparable, parts
from tests.bench.matching.draws import below
from tests.bench.matching.errors import ASKED, REGISTERED, state
from tests.bench.matching.population import generate
from tests.bench.matching.relatives import are_twins, sibling_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from enum import StrEnum

    from shared.domain.child import ChildDetails
    from tests.bench.matching.population import Person

type Pair = tuple[Likeness, Likeness]

ASSUMED_NUMBER_MISTAKEN, ASSUMED_OF_RELATIVE = 0.005, 0.5
"""Not estimated, for no public figures were found: a number of another child in one of 200 statements that hold a
number at all, every other time of a brother or sister, whose records lie side by side."""

ASTRAY = 0.001
"""Assumed, too: in one of 1,000 statements a detail has nothing to do with the child's own. The errors of the
population have each its form, those of the world have not, and what was never seen must not count as impossible."""

ASSUMED_DUE = [0.95, 0.03, 0.01, 0.95]
"""Of an expected date and a date of birth, which the population does not hold: nearly every birth falls in the window;
so do the births of 21 weeks among those of some 14 years, hardly a sibling's, and a twin's."""

COMMON_GIVEN_NAMES, COMMON_FAMILY_NAMES = 1200, 400
"""How many have a frequency of their own."""


class Tally:
    """How many pairs of one kind agree at each level of each detail."""

    def __init__(self, pairs: Iterable[Pair], in_use: Container[str]) -> None:
        self.given: Counter[StrEnum] = Counter()
        self.family: Counter[StrEnum] = Counter()
        self.birth: Counter[StrEnum] = Counter()
        self.sex: Counter[StrEnum] = Counter()
        self.place: Counter[StrEnum] = Counter()
        self.crossed = 0
        self.pairs = 0
        for left, right in pairs:
            names = compare_names(left, right, in_use)
            self.pairs += 1
            self.crossed += names.crossed
            if names.given is not None:
                self.given[names.given] += 1
            if names.family is not None:
                self.family[names.family] += 1
            for counter, level in (
                (self.birth, compare_births(left, right)),
                (self.sex, compare_sexes(left.sex, right.sex)),
                (self.place, compare_postcodes(left.postcode, right.postcode)),
            ):
                if level is not None:
                    counter[level] += 1


def estimate(
    *,
    same: Iterable[Pair],
    strangers: Iterable[Pair],
    siblings: Iterable[Pair],
    twins: Iterable[Pair],
    register: Sequence[Likeness],
    of_each: tuple[float, float],
    within: Mapping[Place, float],
    near: Mapping[Place, float],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of `weights.json`.

    `register` are the statements whose names are counted, `of_each` how many siblings and twins each child has on
    average, `within` how many children have a postcode that agrees at least so with any one, `near` how much likelier
    two of them agree in both names than two who live anywhere.
    """
    given = _frequencies([like.given_name for like in register if like.given_name], COMMON_GIVEN_NAMES)
    family = _frequencies([like.family_name for like in register if like.family_name], COMMON_FAMILY_NAMES)
    in_use = given["frequencies"]
    one, two, kin, double = (Tally(pairs, in_use) for pairs in (same, strangers, siblings, twins))
    return {
        "version": about["version"],
        "about": dict(about),
        "given_name": {"levels": _table(Names, one.given, two.given, kin.given, double.given, named=True), **given},
        # Siblings share it as one child's statements do, and twins a date of birth.
        "family_name": {"levels": _table(Names, one.family, two.family, one.family, one.family, named=True), **family},
        "birth": {**_table(Birth, one.birth, two.birth, kin.birth, one.birth), Birth.DUE: ASSUMED_DUE},
        "sex": _table(SexLevel, one.sex, two.sex, kin.sex, double.sex),
        "postcode": {level: [_shares(Place, one.place)[level], within[level], near[level]] for level in Place},
        "crossed": _rounded((one.crossed + 0.5) / (one.pairs + 1)),
        "names_go_together": _go_together(register, given["frequencies"], family["frequencies"]),
        "siblings": _rounded(of_each[0]),
        "twins": _rounded(of_each[1]),
        "number_mistaken": ASSUMED_NUMBER_MISTAKEN,
        "number_of_relative": ASSUMED_OF_RELATIVE,
    }


def _table(
    levels: type[StrEnum], one: Counter[StrEnum], *others: Counter[StrEnum], named: bool = False
) -> dict[str, list[float]]:
    """From a level to m and the others' shares; the first level outweighs, the last underweighs every other."""
    first, *_, last = levels
    true, *shares = (_shares(levels, counted) for counted in (one, *others))
    same = {level: (1 - ASTRAY) * true[level] + ASTRAY * shares[0][level] for level in levels}
    table = {}
    for level in levels:
        row = [same[level]]
        for other in shares:
            share = same if other == true else other
            ratio = min(max(same[level] / share[level], same[last] / share[last]), same[first] / share[first])
            row.append(same[level] / ratio)
        table[str(level)] = [_rounded(value) for value in row]
    if named:
        table[str(first)][1] = 1.0  # of strangers, as many as have the name: see the frequencies
    return table


def _shares(levels: type[StrEnum], counted: Counter[StrEnum]) -> dict[StrEnum, float]:
    total = sum(counted.values()) + len(levels) / 2
    return {level: _rounded((counted[level] + 0.5) / total) for level in levels}


def _frequencies(names: Sequence[str], most: int) -> dict[str, Any]:
    """The share of children with each of the commonest names or parts of names, and that of any other."""
    counted: Counter[str] = Counter()
    for name in names:
        counted.update({comparable(name), *parts(name)})
    ranked = counted.most_common()
    common, rest = ranked[:most], [count for _, count in ranked[most:]] or [1]
    return {
        "frequencies": {name: _rounded(count / len(names)) for name, count in sorted(common)},
        # As common as the name of a child that has none of these: the commoner of the rest count for more.
        "otherwise": _rounded(sum(count * count for count in rest) / sum(rest) / len(names)),
    }


def _go_together(register: Sequence[Likeness], given: Container[str], family: Container[str]) -> list[float]:
    """How much likelier strangers agree in both names than if the two had nothing to do; if none, one, both are rare."""
    both = Counter(
        (comparable(like.given_name), comparable(like.family_name))
        for like in register
        if like.given_name and like.family_name
    )
    factors = []
    firsts, lasts = Counter[str](), Counter[str]()
    for (one, other), count in both.items():
        firsts[one] += count
        lasts[other] += count
    total = sum(both.values())
    for rare in range(3):
        chosen = {names: n for names, n in both.items() if (names[0] not in given) + (names[1] not in family) == rare}
        seen = sum(n * (n - 1) for n in chosen.values())
        expected = sum(n * firsts[one] * lasts[other] / total for (one, other), n in chosen.items())
        factors.append(_rounded(max(seen / expected, 1.0)) if expected else 1.0)
    return factors


def _rounded(value: float) -> float:
    """To three digits: more would claim to know more."""
    return float(f"{value:.3g}")


# ---------------------------------------------------------------- from the generated population


def from_population(seed: int, size: int, pairs: int) -> dict[str, Any]:
    """Estimated from invented children: what is asked about each, against what is registered of it and of others."""
    rng = Random(seed)
    people = generate(seed, size)
    registered = [like(state(person, rng, REGISTERED)) for person in people]
    asked = [like(state(person, rng, ASKED)) for person in people]
    kin = [(left, right) for pair in sibling_pairs(people) for left, right in (pair, pair[::-1])]
    siblings = [pair for pair in kin if not are_twins(*pair)]
    twins = [pair for pair in kin if are_twins(*pair)]
    return estimate(
        same=zip(asked, registered, strict=True),
        strangers=_strangers(people, asked, registered, pairs, rng),
        siblings=((asked[left.number], registered[right.number]) for left, right in siblings),
        twins=((asked[left.number], registered[right.number]) for left, right in twins),
        register=registered,
        of_each=(len(siblings) / len(people), len(twins) / len(people)),
        within=_within(people),
        near=_near(people),
        about={
            "version": "2026-11-22",
            "how": f"make weights: generated population, seed {seed}, {size:,} children, {pairs:,} pairs of strangers",
            "columns": "levels: one child, strangers, siblings, twins; postcode: one child, other children within, names together",
            "assumed": "ASTRAY, ASSUMED_DUE, number_mistaken, number_of_relative, children within a postcode area",
        },
    )


def _strangers(
    people: Sequence[Person], asked: Sequence[Likeness], registered: Sequence[Likeness], pairs: int, rng: Random
) -> Iterator[Pair]:
    for _ in range(pairs):
        one, other = below(rng, len(people)), below(rng, len(people))
        if people[one].household != people[other].household:
            yield asked[one], registered[other]


CHILDREN_OF_AN_AREA = 140_000
"""England's 11.5 million children live in 107 postcode areas; as one child sees it, who is likelier in a large one."""


def _within(people: Sequence[Person]) -> dict[Place, float]:
    """How many children, not of the family, have a postcode that agrees at least so with that of a child on average."""
    at = Counter(person.postcode for person in people)
    households = Counter(person.household for person in people)
    family = _mean_others(households)
    slips: Counter[str] = Counter()
    for postcode, count in at.items():
        for pattern in _slips(postcode):
            slips[pattern] += count
    near = sum(at[p] * sum(slips[pattern] - at[p] for pattern in _slips(p)) for p in at) / len(people)
    unit = _mean_others(at) - family
    within = {
        Place.EXACT: unit,
        Place.SLIP: unit + near,
        Place.SECTOR: unit + near + _mean_others(Counter(person.postcode[:-2] for person in people)),
        Place.DISTRICT: unit + near + _mean_others(Counter(person.postcode.partition(" ")[0] for person in people)),
    }
    return {
        **{level: _rounded(count) for level, count in within.items()},
        Place.AREA: float(CHILDREN_OF_AN_AREA),
        Place.DIFFERENT: 1e9,
    }


def _near(people: Sequence[Person]) -> dict[Place, float]:
    """How much likelier strangers who live so near each other agree in both names than any two strangers do."""

    def agree(place: Callable[[Person], str]) -> float:
        homes = Counter((place(person), person.household) for person in people)
        places = Counter(place(person) for person in people)
        named = Counter((place(person), person.given_name, person.family_name) for person in people)
        of_family = Counter((person.household, person.given_name, person.family_name) for person in people)
        pairs = _pairs(places) - _pairs(homes)
        return (_pairs(named) - _pairs(of_family)) / pairs

    anywhere = agree(lambda _: "")
    unit = agree(lambda person: person.postcode) / anywhere
    sector = agree(lambda person: person.postcode[:-2]) / anywhere
    district = agree(lambda person: person.postcode.partition(" ")[0]) / anywhere
    area = agree(lambda person: person.postcode.partition(" ")[0].rstrip("0123456789")) / anywhere
    factors = (unit, sector, sector, district, area, 1.0)
    return {level: _rounded(max(factor, 1.0)) for level, factor in zip(Place, factors, strict=True)}


def _pairs(counted: Counter[Any]) -> int:
    return sum(count * (count - 1) for count in counted.values())


def _slips(postcode: str) -> Iterator[str]:
    """What every postcode of one other character has in common with this one; transpositions are as good as none."""
    compact = postcode.replace(" ", "")
    return (f"{compact[:i]}?{compact[i + 1 :]}" for i in range(len(compact)))


def _mean_others(counted: Counter[Any]) -> float:
    """How many others share what a child has, on average over the children."""
    return sum(count * (count - 1) for count in counted.values()) / sum(counted.values())


def like(details: ChildDetails) -> Likeness:
    """What scoring compares of these details, but for numbers."""
    return Likeness(
        given_name=details.given_name,
        family_name=details.family_name,
        date_of_birth=details.date_of_birth,
        sex=details.sex,
        postcode=details.postcode,
    )


if __name__ == "__main__":
    estimated = from_population(seed=1, size=300_000, pairs=2_000_000)
    weights.FILE.write_text(json.dumps(estimated, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"Wrote {weights.FILE.name}. To see what it does: make bench-matching\n")
