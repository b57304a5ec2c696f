"""When children are born: more in some years, in September, and on working days.

Sources, rounded from memory: births in England by year (Office for National Statistics), 6 in 1,000 more or less; a
sixth fewer on Sundays than on Tuesdays, a seventh on Saturdays; the busiest days late in September, the quietest
Christmas Day and Boxing Day. About 15 in 1,000 maternities bring twins; triplets, one in seventy of those, are left out.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from math import cos, pi
from typing import TYPE_CHECKING

from tests.bench.matching.draws import Weighted, chance, log_normal

if TYPE_CHECKING:
    from random import Random

AS_OF = date(2026, 9, 1)
"""The day on which everybody generated is a child, 0 to 17 years old."""
FIRST_DAY = date(2008, 9, 2)

TWINS = 0.015
"""Share of maternities."""
BOYS = 0.5125

_THOUSANDS_A_YEAR = (
    673, 671, 687, 688, 695, 665, 661, 665, 663, 647, 626, 611, 586, 596, 577, 564, 567, 565, 565,
)  # fmt: skip
_WEEKDAYS = (1.02, 1.07, 1.06, 1.06, 1.05, 0.89, 0.85)
_SEASON, _PEAK_DAY = 0.045, 268
_CHRISTMAS = frozenset({(12, 25), (12, 26)})
_BANK_HOLIDAY = 0.75


def births_on(day: date) -> float:
    """How many children are born in England on this day, about."""
    season = 1 + _SEASON * cos(2 * pi * (day.timetuple().tm_yday - _PEAK_DAY) / 365)
    holiday = _BANK_HOLIDAY if (day.month, day.day) in _CHRISTMAS or (day.month, day.day) == (1, 1) else 1.0
    return _THOUSANDS_A_YEAR[day.year - 2008] * 1000 / 365.25 * season * _WEEKDAYS[day.weekday()] * holiday


@cache
def days() -> Weighted[date]:
    """The days on which a child of `AS_OF` may be born."""
    count = (AS_OF - FIRST_DAY).days
    return Weighted({day: births_on(day) for day in (FIRST_DAY + timedelta(n) for n in range(count))})


def family(rng: Random, *, size: int) -> list[date]:
    """The births in one family of `size` maternities that leave somebody a child today, the oldest first.

    A twin birth comes twice. Siblings are ten months to twelve years apart, 2 years 10 months in the middle.
    """
    anchor = days().draw(rng)
    born = [anchor]
    place = int(rng.random() * size)
    for direction, siblings in ((-1, place), (1, size - 1 - place)):
        day = anchor
        for _ in range(siblings):
            day = _ordinary(day + direction * timedelta(int(_gap(rng))), rng)
            if FIRST_DAY <= day < AS_OF:
                born.append(day)
    return sorted(day for day in born for _ in range(2 if chance(rng, TWINS) else 1))


def _gap(rng: Random) -> float:
    return min(max(log_normal(rng, 2.8 * 365, 0.5), 300), 12 * 365)


def _ordinary(day: date, rng: Random) -> date:
    """This day or the next but few, so that weekends and holidays have no more births than their share."""
    while not chance(rng, _WEEKDAYS[day.weekday()] / max(_WEEKDAYS)):
        day += timedelta(int(rng.random() * 7) - 3)
    return day
