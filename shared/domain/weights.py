"""How much each agreement weighs: the numbers of `weights.json`, which says how they were estimated.

After Fellegi and Sunter (1969): an agreement that is seen with probability m between two statements about one child,
and u between statements about two, is log2(m / u) bits of evidence for one. Two who are not one child are strangers,
siblings or twins; and what tells strangers apart, a family name or a home, does not tell siblings apart, nor a date
of birth twins. So each agreement is evidence against each of the three.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from math import inf, log2
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.comparison import Birth, Names, Place, SexLevel
from shared.domain.names import comparable, parts

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).parent / "weights.json"


class Evidence(NamedTuple):
    """Bits for one child, rather than two strangers, siblings or twins; negative if against."""

    strangers: float
    siblings: float
    twins: float


NOTHING = Evidence(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class NameWeights:
    """What agreements of one kind of name weigh; how common each name is decides on what an exact one does."""

    levels: Mapping[Names, Evidence]
    seen: Mapping[Names, float]
    """log2 of m."""
    frequencies: Mapping[str, float]
    """The share of children with a name, or a part of a name, of those that are common."""
    otherwise: float
    """The share of children that a name in no list is taken to have."""

    def evidence(self, level: Names, left: str, right: str) -> Evidence:
        """Of two names that agree so: the less, the commoner the commoner of the two, or of their parts, is."""
        found = self.levels[level]
        if level is Names.DIFFERENT:
            return found
        strangers = self.seen[level] - log2(self._frequency(level, left, right))
        return found._replace(strangers=strangers if level is Names.EXACT else min(found.strangers, strangers))

    def is_common(self, name: str) -> bool:
        """Whether the name has a frequency of its own."""
        return comparable(name) in self.frequencies

    def _frequency(self, level: Names, left: str, right: str) -> float:
        """Of what the two share: of the rarest part, or of the commoner of two spellings."""
        shared = set(parts(left)) & set(parts(right))
        if level is Names.PART and shared:
            return min(self.frequencies.get(part, self.otherwise) for part in shared)
        return max(self.frequencies.get(comparable(name), self.otherwise) for name in (left, right))


@dataclass(frozen=True, eq=False)
class Weights:
    """All that scoring weighs with."""

    version: str
    given: NameWeights
    family: NameWeights
    births: Mapping[Birth, Evidence]
    sexes: Mapping[SexLevel, Evidence]
    places: Mapping[Place, tuple[float, float, float]]
    """How often one child's postcodes agree so; how many children's agree with any one at least so; and how much
    likelier these agree in both names than any two, for who lives near each other is named alike."""
    crossed: float
    """Bits, below nought: how rarely given and family name change places."""
    together: tuple[float, float, float]
    """Bits, above nought: how much less two names say together than each by itself, if none, one or both are rare.
    Names go together, and the rarer ones more."""
    siblings: float
    """How many brothers and sisters under 18 a child has on average, but for twins."""
    twins: float
    """How many twins it has."""
    number_mistaken: float
    """How often a number that the register knows was stated for another child than its own."""
    number_of_relative: float
    """How often that is a brother's or sister's."""


@cache
def released() -> Weights:
    """The weights that this version was released with."""
    return read(json.loads(FILE.read_text(encoding="utf-8")))


def read(kept: Mapping[str, Any]) -> Weights:
    """The content of a file of weights."""
    none, one, both = (log2(factor) for factor in kept["names_go_together"])
    return Weights(
        version=kept["version"],
        given=_names(kept["given_name"]),
        family=_names(kept["family_name"]),
        births={Birth(level): _evidence(*row) for level, row in kept["birth"].items()},
        sexes={SexLevel(level): _evidence(*row) for level, row in kept["sex"].items()},
        places={Place(level): (same, within, near) for level, (same, within, near) in kept["postcode"].items()},
        crossed=log2(kept["crossed"]),
        together=(none, one, both),
        siblings=kept["siblings"],
        twins=kept["twins"],
        number_mistaken=kept["number_mistaken"],
        number_of_relative=kept["number_of_relative"],
    )


def _names(kept: Mapping[str, Any]) -> NameWeights:
    return NameWeights(
        levels={Names(level): _evidence(*row) for level, row in kept["levels"].items()},
        seen={Names(level): log2(same) for level, (same, *_) in kept["levels"].items()},
        frequencies=kept["frequencies"],
        otherwise=kept["otherwise"],
    )


def _evidence(same: float, strangers: float, siblings: float, twins: float) -> Evidence:
    return Evidence(log2(same / strangers), log2(same / siblings), log2(same / twins))


class PlaceEvidence(NamedTuple):
    """Bits for one child rather than two strangers: by the postcodes alone, and if both names agree."""

    alone: float
    with_names: float


@cache
def place_evidence(weights: Weights, children: int) -> Mapping[Place, PlaceEvidence]:
    """What agreements of postcodes weigh among so many children.

    A smaller register covers fewer places, not emptier ones: it is the number of children within a place that stays.
    Siblings live together, so that no postcode tells them apart.
    """
    bits: dict[Place, PlaceEvidence] = {}
    most, nearer = PlaceEvidence(inf, inf), 0.0
    for level, (same, within, near) in weights.places.items():  # from the nearest to the farthest
        others = max(min(within, children) - min(nearer, children), 1.0)
        alone = log2(same * children / others)
        most = PlaceEvidence(min(most.alone, alone), min(most.with_names, alone - log2(near)))
        bits[level], nearer = most, within
    return bits
