"""Where children live: postcodes of the real form, in areas, districts and sectors of about their real size.

England has about 1.5 million live postcodes, 2,300 districts in 107 areas and 11.5 million children (rounded from
memory: Royal Mail, Office for National Statistics): some 7 children to a postcode and 4,800 to a district. A smaller
register covers fewer districts, not thinner ones; which of them, which letters and who lives there is invented.
"""

from __future__ import annotations

from itertools import product
from math import ceil
from typing import TYPE_CHECKING

from tests.bench.matching.draws import Weighted, below, chance, log_normal, pick
from tests.bench.matching.names import communities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_AREAS = (
    "AL B BA BB BD BH BL BN BR BS CA CB CH CM CO CR CT CV CW DA DE DH DL DN DT DY E EC EN EX FY GL GU HA HD HG HP HR "
    "HU HX IG IP KT L LA LE LN LS LU M ME MK N NE NG NN NR NW OL OX PE PL PO PR RG RH RM S SE SG SK SL SM SN SO SP SR "
    "SS ST SW SY TA TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO"
).split()
_INWARD = tuple("".join(pair) for pair in product("ABDEFGHJLNPQRSTUWXYZ", repeat=2))

_CHILDREN_A_DISTRICT = 4800
_CHILDREN_A_FAMILY = 1.7
_SECTORS_A_DISTRICT, _SECTOR_SPREAD = 4.4, 0.4
_FAMILIES_A_POSTCODE, _FAMILY_SPREAD = 3.15, 0.75  # median; the mean is 4.2
_CROWDED, _CROWD = 0.0005, (30, 100)  # blocks of flats, refuges, barracks; a postcode has at most 100 addresses
_MIXING = 1.2
_NEAR = ((0.45, "district"), (0.75, "area"), (0.92, "register"))


class Postcode:
    """One unit: how many families live there, and in which district of which area."""

    __slots__ = ("district", "families", "people", "text")

    def __init__(self, text: str, district: str, families: int, people: Weighted[str]) -> None:
        self.text = text
        self.district = district
        self.families = families
        self.people = people
        """The communities of its sector: families of one community live near each other."""


class Places:
    """The postcodes of a register of `size` children, in the order in which families fill them."""

    def __init__(self, rng: Random, size: int) -> None:
        self.postcodes: list[Postcode] = []
        self._by_district: dict[str, list[str]] = {}
        self._by_area: dict[str, list[str]] = {}
        # A tenth more than needed, because families vary: those that are left stay empty.
        families = size / _CHILDREN_A_FAMILY * 1.1 + 200
        districts = _districts(rng, ceil(size / _CHILDREN_A_DISTRICT))
        while families > 0:
            area, district = next(districts)
            for postcode in _sector_postcodes(rng, district):
                self.postcodes.append(postcode)
                self._by_district.setdefault(district, []).append(postcode.text)
                self._by_area.setdefault(area, []).append(postcode.text)
                families -= postcode.families

    def before(self, rng: Random, home: Postcode) -> str:
        """Where a family that now lives here may have lived before: mostly near, now and then far away."""
        how_near = rng.random()
        if how_near < _NEAR[0][0]:
            return pick(rng, self._by_district[home.district])
        if how_near < _NEAR[1][0]:
            return pick(rng, self._by_area[home.district.rstrip("0123456789")])
        if how_near < _NEAR[2][0]:
            return pick(rng, self.postcodes).text
        return f"{pick(rng, _AREAS)}{1 + below(rng, 28)} {below(rng, 10)}{pick(rng, _INWARD)}"


def _districts(rng: Random, count: int) -> Iterator[tuple[str, str]]:
    """Districts without end, in as many areas as a register of `count` districts would touch: all at 2,300."""
    shuffled = sorted(_AREAS, key=lambda _: rng.random())
    areas = Weighted({area: log_normal(rng, 1, 0.6) for area in shuffled[: max(1, round(count**0.6))]})
    used: dict[str, int] = {}
    while True:
        area = areas.draw(rng)
        used[area] = used.get(area, 0) + 1
        if used[area] <= 99:
            yield area, f"{area}{used[area]}"


def _sector_postcodes(rng: Random, district: str) -> Iterator[Postcode]:
    sectors = min(9, max(1, round(log_normal(rng, _SECTORS_A_DISTRICT, _SECTOR_SPREAD))))
    first = below(rng, 10)
    for sector in range(sectors):
        people = Weighted(
            {
                name: community.share * (1.0 if name == "english" else log_normal(rng, 1, _MIXING) / 2)
                for name, community in communities().items()
            }
        )
        units = min(len(_INWARD), max(20, round(log_normal(rng, 135, 0.5))))
        for inward in sorted(_INWARD, key=lambda _: rng.random())[:units]:
            families = max(1, round(log_normal(rng, _FAMILIES_A_POSTCODE, _FAMILY_SPREAD)))
            if chance(rng, _CROWDED):
                families = _CROWD[0] + below(rng, _CROWD[1] - _CROWD[0])
            yield Postcode(f"{district} {(first + sector) % 10}{inward}", district, families, people)
