"""The misuse that is planted: seven kinds, each with its rates written down here and nowhere else.

Every look of it is at children with whom the organisation does not work. Practitioners go on with their ordinary work.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from tests.bench.trawling import year
from tests.bench.trawling.staff import Rota, elsewhere
from tests.bench.trawling.traffic import asked, hours_at_work, ordinary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.trawling.staff import Person
    from tests.bench.trawling.traffic import Asked

SHARE = 0.07
"""Of all practitioners, who misuse the register at some time of the year: far more than one hopes, so that there is
something to count; few enough that a role's usual is not made of it."""

_FIRST_DAY, _LAST_DAY = 60, 280
"""Days of the year on which misuse may begin: habits are there by then, and there is time to be caught."""


def planted(person: Person, seed: int) -> list[Asked]:
    """The misuse of one practitioner; most have none."""
    draw = Random(f"{seed}/misuse/{person.practitioner_id}")
    if draw.random() >= SHARE:
        return []
    kind = draw.choice(sorted(KINDS))
    begins = year.FIRST + timedelta(days=draw.randrange(_FIRST_DAY, _LAST_DAY))
    if not (person.is_employed(begins - timedelta(days=40)) and person.is_employed(begins + timedelta(days=14))):
        return []
    looks = KINDS[kind](person, draw, begins, seed)
    return [replace(look, misuse=kind) for look in looks if person.is_employed(look.record.at.date())]


def _fishing(person: Person, draw: Random, begins: date, _seed: int) -> Iterator[Asked]:
    """Names tried in one district: 3 to 8 sittings in a fortnight, 10 to 25 questions each, every other one in vain."""
    district = draw.choice(person.patch) if draw.random() < 0.5 else elsewhere(draw)
    for _ in range(draw.randint(3, 8)):
        for hour in _sitting(person, draw, begins + timedelta(days=draw.randrange(14)), draw.randint(10, 25)):
            yield asked(person, draw, hour, district, child=_child(draw) if draw.random() < 0.5 else None)


def _bulk(person: Person, draw: Random, begins: date, _seed: int) -> Iterator[Asked]:
    """A list to work through: 1 to 4 days, 40 to 150 questions each within a few hours, a quarter in vain."""
    for n in range(draw.randint(1, 4)):
        day = begins + timedelta(days=n)
        questions = draw.randint(40, 150)
        first = _hour(person, draw, day)
        for i in range(questions):
            child = _child(draw) if draw.random() < 0.75 else None
            yield asked(person, draw, first + timedelta(hours=i // 40), draw.choice(person.area), child=child)


def _slow(person: Person, draw: Random, begins: date, _seed: int) -> Iterator[Asked]:
    """The same list at leisure: 4 to 9 more questions on each day at work, for 6 to 12 weeks, one in seven in vain."""
    for n in range(draw.randint(42, 84)):
        hours = hours_at_work(person, begins + timedelta(days=n), draw)
        for _ in range(draw.randint(4, 9) if hours else 0):
            child = _child(draw) if draw.random() < 0.86 else None
            yield asked(person, draw, draw.choice(hours), draw.choice(person.area), child=child)


def _own_family(person: Person, draw: Random, begins: date, _seed: int) -> Iterator[Asked]:
    """One or two children of one's own name, on 2 to 6 days in four weeks."""
    children = [_child(draw) for _ in range(draw.randint(1, 2))]
    district = draw.choice(person.area)
    for _ in range(draw.randint(2, 6)):
        for hour in _sitting(person, draw, begins + timedelta(days=draw.randrange(28)), 1):
            yield asked(person, draw, hour, district, child=draw.choice(children), namesake=True)


def _celebrity(person: Person, draw: Random, begins: date, _seed: int) -> Iterator[Asked]:
    """One child far away who is in the news, on 1 to 4 days in two weeks; half the first tries are in vain."""
    child, district = _child(draw), elsewhere(draw)
    for _ in range(draw.randint(1, 4)):
        for hour in _sitting(person, draw, begins + timedelta(days=draw.randrange(14)), 1):
            if draw.random() < 0.5:
                yield asked(person, draw, hour, None, child=None)
            yield asked(person, draw, hour, district, child=child)


def _former_partner(person: Person, draw: Random, begins: date, _seed: int) -> Iterator[Asked]:
    """Where did she go? 3 to 8 sittings in six weeks, 2 to 6 questions each by names alone, six in ten in vain."""
    children = [_child(draw) for _ in range(draw.randint(1, 2))]
    for _ in range(draw.randint(3, 8)):
        day = begins + timedelta(days=draw.randrange(42))
        for hour in _sitting(person, draw, day, draw.randint(2, 6)):
            district = elsewhere(draw) if draw.random() < 0.4 else None
            yield asked(person, draw, hour, district, child=draw.choice(children) if draw.random() < 0.4 else None)


def _night(person: Person, draw: Random, begins: date, _seed: int) -> Iterator[Asked]:
    """Browsing at night: two or three nights a week for 3 to 6 weeks, 3 to 8 questions about one's own patch."""
    for week in range(draw.randint(3, 6)):
        for night in draw.sample(range(7), draw.randint(2, 3)):
            day = begins + timedelta(days=7 * week + night)
            first = datetime.fromisoformat(f"{day}T{draw.choice((21, 22, 23))}:00:00+00:00")
            for _ in range(draw.randint(3, 8)):
                hour = first + timedelta(hours=draw.randrange(3))
                child = _child(draw) if draw.random() < 0.8 else None
                yield asked(person, draw, hour, draw.choice(person.patch), child=child)


def _shared_login(person: Person, draw: Random, begins: date, seed: int) -> Iterator[Asked]:
    """Three to five colleagues ask under one name for 4 to 10 weeks, each of them at their own hours."""
    until = begins + timedelta(days=draw.randint(28, 70))
    for n in range(draw.randint(3, 5)):
        colleague = replace(
            person, phase=(person.phase + 2 * n + 1) % 8, practitioner_id=f"{person.practitioner_id}/{n}"
        )
        for look in ordinary(colleague, seed):
            if begins <= look.record.at.date() < until:
                yield replace(look, record=replace(look.record, practitioner_id=person.practitioner_id))


def _sitting(person: Person, draw: Random, day: date, questions: int) -> Iterator[datetime]:
    """The hour of each question of a sitting, at most fifteen to the hour."""
    first = _hour(person, draw, day)
    return (first + timedelta(hours=n // 15) for n in range(questions))


def _hour(person: Person, draw: Random, day: date) -> datetime:
    """At work, if there is work that day and in six cases of ten; else in the evening."""
    hours = hours_at_work(person, day, draw)
    if hours and draw.random() < (0.9 if person.post.rota is Rota.SHIFTS else 0.6):
        return draw.choice(hours)
    return datetime.fromisoformat(f"{day}T{draw.choice((17, 18, 19, 20, 21, 22))}:00:00+00:00")


def _child(draw: Random) -> str:
    return f"{draw.getrandbits(64):016x}"


KINDS: dict[str, Callable[[Person, Random, date, int], Iterator[Asked]]] = {
    "bulk harvesting": _bulk,
    "celebrity": _celebrity,
    "fishing in one area": _fishing,
    "former partner": _former_partner,
    "night browsing": _night,
    "own family": _own_family,
    "shared login": _shared_login,
    "slow harvesting": _slow,
}
