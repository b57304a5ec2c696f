"""Forty organisations and their practitioners: who works when, where, and how much each asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from random import Random
from typing import TYPE_CHECKING

from shared.domain.access import Role
from tests.bench.trawling import year

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALL_DISTRICTS = [
    f"{area}{n}" for area in ("N", "EN", "HA", "NW", "E", "IG", "LS", "BD", "M", "OL") for n in range(1, 31)
]


class Rota(Enum):
    """When somebody works."""

    OFFICE = "office"
    TERM = "in term time"
    SHIFTS = "two days, two nights, four off"
    NIGHTS = "evenings, nights and weekends"


@dataclass(frozen=True)
class Post:
    """A sort of practitioner: how many an organisation has, and what each asks on a day at work."""

    role: Role
    count: int
    a_day: float
    rota: Rota
    ours: float
    """How often the organisation is involved with the child, or soon will be."""


_COUNCIL = (
    Post(Role.SOCIAL_WORKER, 34, 1.6, Rota.OFFICE, 0.75),
    Post(Role.SOCIAL_WORKER, 4, 3.0, Rota.NIGHTS, 0.6),
    Post(Role.SOCIAL_WORKER, 4, 8.0, Rota.OFFICE, 0.6),
    Post(Role.EARLY_HELP_PRACTITIONER, 10, 0.9, Rota.OFFICE, 0.8),
    Post(Role.YOUTH_JUSTICE_WORKER, 3, 0.6, Rota.OFFICE, 0.9),
    Post(Role.RECORDS_OFFICER, 1, 5.0, Rota.OFFICE, 0.7),
)
_HOSPITAL = (
    Post(Role.NURSE, 40, 1.8, Rota.SHIFTS, 0.7),
    Post(Role.DOCTOR, 20, 0.9, Rota.SHIFTS, 0.7),
    Post(Role.MIDWIFE, 15, 0.6, Rota.SHIFTS, 0.8),
)
_COMMUNITY = (
    Post(Role.HEALTH_VISITOR, 40, 0.9, Rota.OFFICE, 0.85),
    Post(Role.SCHOOL_NURSE, 12, 0.7, Rota.TERM, 0.8),
    Post(Role.NURSE, 5, 0.5, Rota.OFFICE, 0.6),
)
_POLICE = (
    Post(Role.POLICE_OFFICER, 60, 0.8, Rota.SHIFTS, 0.4),
    Post(Role.POLICE_OFFICER, 8, 7.0, Rota.OFFICE, 0.4),
)
_SCHOOLS = (
    Post(Role.DESIGNATED_SAFEGUARDING_LEAD, 25, 0.25, Rota.TERM, 0.9),
    Post(Role.TEACHER, 6, 0.05, Rota.TERM, 0.9),
)
_KINDS = {"E": (12, _COUNCIL, True), "R": (6, _HOSPITAL, True), "C": (6, _COMMUNITY, True), "P": (4, _POLICE, False),
          "S": (12, _SCHOOLS, True)}  # fmt: skip
"""How many organisations of each sort, whom they employ, and whether they register involvements."""


@dataclass
class Person:
    """One practitioner."""

    organisation: str
    practitioner_id: str
    post: Post
    registers: bool
    a_day: float
    scatter: float
    ours: float
    """How often the organisation works with whom they ask for: the duty desk's are others than the caseworker's."""
    nothing: float
    """How often a question finds nobody."""
    namesakes: float
    """Share of children with their family name."""
    area: list[str]
    patch: list[str]
    moves_on: date | None
    new_patch: list[str]
    starts: date
    leaves: date
    phase: int
    on_call: int | None
    spells: list[tuple[date, date, float]] = field(default_factory=list)

    def is_employed(self, day: date) -> bool:
        return self.starts <= day <= self.leaves

    def patch_on(self, day: date) -> list[str]:
        return self.new_patch if self.moves_on and day >= self.moves_on else self.patch

    def busy(self, day: date) -> float:
        """How much more than usual there is to do."""
        return next((factor for first, last, factor in self.spells if first <= day <= last), 1.0)


def organisations() -> list[str]:
    """Their codes."""
    return [f"{kind}{n:02d}" for kind, (count, _, _) in _KINDS.items() for n in range(count)]


def people_of(organisation: str, seed: int) -> list[Person]:
    """Everybody who works there in the year, those who come or leave in it included."""
    draw = Random(f"{seed}/staff/{organisation}")
    _, posts, registers = _KINDS[organisation[0]]
    area = draw.sample(_ALL_DISTRICTS, 12)
    posted = [post for post in posts for _ in range(post.count)]
    return [_person(draw, organisation, n, post, area, registers=registers) for n, post in enumerate(posted)]


def elsewhere(draw: Random) -> str:
    """A district anywhere in the country."""
    return draw.choice(_ALL_DISTRICTS)


def _person(draw: Random, organisation: str, n: int, post: Post, area: list[str], *, registers: bool) -> Person:
    span = (year.LAST - year.FIRST).days
    starts = year.FIRST + timedelta(days=draw.randrange(span)) if draw.random() < 0.18 else year.FIRST
    leaves = starts + timedelta(days=draw.randrange(30, 400)) if draw.random() < 0.15 else year.LAST
    return Person(
        organisation=organisation,
        practitioner_id=f"{organisation}-{n:03d}",
        post=post,
        registers=registers,
        a_day=post.a_day * draw.lognormvariate(-0.1, 0.45),
        scatter=draw.uniform(0.8, 3.0),
        ours=draw.betavariate(6 * post.ours, 6 * (1 - post.ours)),
        nothing=draw.betavariate(3, 20),
        namesakes=draw.choices((0.0003, 0.001, 0.004, 0.02), (30, 50, 15, 5))[0],
        area=area,
        patch=draw.sample(area, 3),
        moves_on=year.FIRST + timedelta(days=draw.randrange(span)) if draw.random() < 0.07 else None,
        new_patch=[*draw.sample(area, 2), elsewhere(draw)],
        starts=starts,
        leaves=min(leaves, year.LAST),
        phase=draw.randrange(8),
        on_call=draw.randrange(7) if draw.random() < 0.04 else None,
        spells=list(_spells(draw)),
    )


def _spells(draw: Random) -> Iterator[tuple[date, date, float]]:
    """Leave (nothing), sickness, and inquiries that take weeks and keep the register open on the desk."""
    span = (year.LAST - year.FIRST).days
    for _ in range(4):
        first = year.FIRST + timedelta(days=draw.randrange(span))
        yield first, first + timedelta(days=draw.randrange(4, 14)), 0.0
    for _ in range(draw.choices((0, 1, 2), (50, 35, 15))[0]):
        first = year.FIRST + timedelta(days=draw.randrange(span))
        yield first, first + timedelta(days=draw.randrange(3, 20)), draw.uniform(1.5, 3.5)
