"""What practitioners ask who need to know: families, misspelt names, second looks, bad nights, overtime."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.domain.access import AccessRecord, Answered, Purpose
from shared.domain.outcomes import Outcome
from tests.bench.trawling import year
from tests.bench.trawling.staff import Person, Rota, elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_HERE = ZoneInfo("Europe/London")
_OFFICE_HOURS = (8, 9, 9, 10, 10, 10, 11, 11, 11, 12, 13, 14, 14, 14, 15, 15, 15, 16, 16, 17)
_EVENING = (18, 18, 19, 19, 20, 21)
_SIZES, _OF_SIZES = (1, 2, 3, 4), (60, 25, 10, 5)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what the bench knows of it."""

    record: AccessRecord
    is_ours: bool = False
    """Whether the organisation works with the child, or will within two days."""
    misuse: str | None = None


def asked(
    person: Person,
    draw: Random,
    hour: datetime,
    district: str | None,
    *,
    child: str | None,
    namesake: bool = False,
    ours: bool = False,
    misuse: str | None = None,
) -> Asked:
    """A question in an hour; `child` is whom it found, None for nobody."""
    at = hour + timedelta(seconds=draw.randrange(3600))
    record = AccessRecord(
        access_id="",
        at=at,
        request_id="",
        organisation=person.organisation,
        client_id="",
        answered=Answered.ANSWERED,
        outcome=Outcome.MATCH if child else Outcome.NO_MATCH,
        shown="",
        practitioner_id=person.practitioner_id,
        practitioner_role=person.post.role,
        purpose=Purpose.SAFEGUARDING_CONCERN,
        child_id=child,
        asked_district=district,
        own_surname=namesake,
    )
    return Asked(record, ours, misuse)


def ordinary(person: Person, seed: int) -> Iterator[Asked]:
    """All that one practitioner asks in the year because they have to."""
    draw = Random(f"{seed}/asks/{person.practitioner_id}")
    known: list[tuple[list[str], str, bool, bool]] = []
    for day in year.days():
        hours = hours_at_work(person, day, draw)
        if not hours:
            continue
        mean = person.a_day * year.season(day) * person.busy(day) * _incidents(person.organisation, day, seed)
        for _ in range(poisson(draw, draw.gammavariate(person.scatter, mean / person.scatter)) if mean else 0):
            hour = draw.choice(hours)
            if known and draw.random() < 0.12:
                family = known[-1 - min(len(known) - 1, int(draw.expovariate(0.2)))]
                if not family[3] and draw.random() < 0.6:  # what was no concern of theirs is seldom asked again
                    continue
            else:
                family = _family(person, day, draw)
                known.append(family)
            yield from _about(person, draw, hour, family)


def hours_at_work(person: Person, day: date, draw: Random) -> list[datetime]:
    """The hours (UTC) of a shift that begins on this day; none on a day off."""
    if not person.is_employed(day):
        return []
    if person.on_call is not None and day.weekday() == person.on_call and draw.random() < 0.5:
        return [_utc(day, hour) for hour in (19, 20, 21, 22, 23, 25, 27)]
    return [_utc(day, hour) for hour in _SHIFTS[person.post.rota](person, day, draw)]


def _office(_person: Person, day: date, draw: Random) -> Sequence[int]:
    return _desk(draw, is_open=year.is_office_day(day))


def _term(_person: Person, day: date, draw: Random) -> Sequence[int]:
    return _desk(draw, is_open=year.is_term(day))


def _desk(draw: Random, *, is_open: bool) -> Sequence[int]:
    if not is_open:
        return _OFFICE_HOURS if draw.random() < 0.008 else ()
    if draw.random() < 0.12:  # somewhere else
        return ()
    return _EVENING if draw.random() < 0.03 else _OFFICE_HOURS


def _shifts(person: Person, day: date, draw: Random) -> Sequence[int]:
    turn = (day.toordinal() + person.phase) % 8
    if draw.random() < 0.02:  # swapped
        turn = draw.randrange(8)
    first = {0: 7, 1: 7, 2: 19, 3: 19}.get(turn)
    return () if first is None else range(first, first + 12)


def _nights(person: Person, day: date, _draw: Random) -> Sequence[int]:
    if (day.toordinal() + person.phase) % 4 > 1:
        return ()
    return range(17, 32) if year.is_office_day(day) else range(9, 32)


_SHIFTS: Mapping[Rota, Callable[[Person, date, Random], Sequence[int]]] = {
    Rota.OFFICE: _office,
    Rota.TERM: _term,
    Rota.SHIFTS: _shifts,
    Rota.NIGHTS: _nights,
}
"""The hours of the clock; from 24 on those of the next day."""


def poisson(draw: Random, mean: float) -> int:
    """A count of independent things (Knuth)."""
    count, time = 0, draw.expovariate(1.0)
    while time < mean:
        count += 1
        time += draw.expovariate(1.0)
    return count


def _about(person: Person, draw: Random, hour: datetime, family: tuple[list[str], str, bool, bool]) -> Iterator[Asked]:
    children, district, namesake, ours = family
    said: str | None = district if draw.random() < 0.8 else None
    for child in children if draw.random() < 0.6 else children[:1]:
        for _ in range(3):
            if draw.random() >= person.nothing:
                yield asked(person, draw, hour, said, child=child, namesake=namesake, ours=ours)
                break
            yield asked(person, draw, hour, said, child=None, namesake=namesake)
            if draw.random() < 0.5:  # given up
                break


def _family(person: Person, day: date, draw: Random) -> tuple[list[str], str, bool, bool]:
    turn = draw.random()
    away = 0.14 if person.post.rota is Rota.SHIFTS else 0.07
    usual = person.patch_on(day) if turn < 0.75 else person.area
    district = elsewhere(draw) if turn < away else draw.choice(usual)
    children = [f"{draw.getrandbits(64):016x}" for _ in range(draw.choices(_SIZES, _OF_SIZES)[0])]
    return children, district, draw.random() < person.namesakes, draw.random() < person.ours


@cache
def _incidents(organisation: str, day: date, seed: int) -> float:
    """Some days are bad for a whole organisation."""
    return 2.5 if Random(f"{seed}/{organisation}/{day}").random() < 0.02 else 1.0


@cache
def _utc(day: date, hour: int) -> datetime:
    at = datetime(day.year, day.month, day.day, hour % 24, tzinfo=_HERE) + timedelta(days=hour // 24)
    return at.astimezone(UTC)
