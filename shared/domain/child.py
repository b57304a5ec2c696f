"""The child, as an organisation states it and as the register shows it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from shared.domain.identifiers import Identifier
    from shared.domain.involvement import Involvement

OLDEST_YEARS = 26
"""A person born longer ago than this cannot be a child: 18, or 25 by consent, and a year to end involvements in."""

WEEKS_OVERDUE, WEEKS_AHEAD = 6, 42
"""How long ago a birth may have been due that nobody has told of, and how far ahead one can be due."""
_WEEK = timedelta(weeks=1)


class Sex(StrEnum):
    """NHS Data Dictionary, PERSON STATED GENDER CODE: 2, 1, 9 and X."""

    FEMALE = "female"
    MALE = "male"
    INDETERMINATE = "indeterminate"
    NOT_KNOWN = "not_known"


MOST_FORMER_NAMES = 2
"""Names that a child had before, as far as one statement may give them: each is found by, and so costs, as a child."""


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name that the child had before, or goes by; what is None is as now."""

    given_name: str | None = None
    family_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildDetails:
    """What somebody says of a child: an organisation that registers, or a practitioner who asks. Any may be missing.

    `date_of_death` is for retention alone: it ends how long the involvement that states it is kept. Nobody asks by it,
    it is compared with nothing, and it is shown to none but the organisation that stated it: the index is no register of
    deaths.
    """

    given_name: str | None = None
    family_name: str | None = None
    date_of_birth: date | None = None
    expected_date: date | None = None
    sex: Sex | None = None
    postcode: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    former_names: tuple[FormerName, ...] = ()
    date_of_death: date | None = None

    def under_each_name(self) -> tuple[ChildDetails, ...]:
        """The same details under the name of now and under each former one, without mentioning the others."""
        now = replace(self, former_names=())
        return (
            now,
            *(
                replace(
                    now, given_name=name.given_name or now.given_name, family_name=name.family_name or now.family_name
                )
                for name in self.former_names
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What a match shows of a child: enough to know it is the right one, and never where it lives (see ADR 4)."""

    child_id: str
    given_name: str | None = None
    family_name: str | None = None
    date_of_birth: date | None = None
    expected_date: date | None = None
    sex: Sex | None = None


def compose(child_id: str, involvements: Iterable[Involvement]) -> Child:
    """The child as these involvements state it: of each detail, the one stated last.

    A child has no details of its own, so that withdrawing what one organisation said leaves what the others said.
    """
    shown: dict[str, object] = {}
    for involvement in sorted(involvements, key=by_statement):
        for field in _SHOWN:
            stated = getattr(involvement.child, field)
            if stated is not None:
                shown[field] = stated
    return Child(child_id=child_id, **shown)  # type: ignore[arg-type]  # the same fields, by name


def by_statement(involvement: Involvement) -> tuple[datetime, str, str]:
    """A sort key: what was stated last comes last."""
    return involvement.refreshed_at, involvement.organisation, involvement.source_reference


_SHOWN = tuple(field.name for field in fields(Child) if field.name != "child_id")


def check_date_of_birth(born: date, today: date) -> None:
    """Raises ValueError if nobody born on this day is a child today."""
    if born > today:
        message = "a date of birth cannot be in the future: for an unborn child give expected_date"
        raise ValueError(message)
    if born < _years_before(today, OLDEST_YEARS):
        message = f"a person born more than {OLDEST_YEARS} years ago is not a child"
        raise ValueError(message)


def check_expected_date(expected: date, today: date) -> None:
    """Raises ValueError unless the day lies between six weeks ago (an overdue birth, told late) and 42 weeks ahead."""
    if not -WEEKS_OVERDUE <= (expected - today) / _WEEK <= WEEKS_AHEAD:
        message = f"an expected date lies between {WEEKS_OVERDUE} weeks ago and {WEEKS_AHEAD} weeks ahead"
        raise ValueError(message)


def check_date_of_death(born: date | None, died: date, today: date) -> None:
    """Raises ValueError for a death in the future or before the birth, if the birth is known."""
    if died > today:
        message = "a date of death cannot be in the future"
        raise ValueError(message)
    if born is not None and died < born:
        message = "a child cannot have died before it was born"
        raise ValueError(message)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
