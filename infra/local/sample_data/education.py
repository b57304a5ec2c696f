"""The learning trust's extract, in the columns of the published Family Context education extract."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from infra.local.sample_data import rows
from infra.local.sample_data.draws import Draws
from infra.local.sample_data.numbering import desk_telephone
from infra.local.sample_data.population import load

if TYPE_CHECKING:
    from infra.local.sample_data.population import Child

LAYOUT = rows.Layout(
    header=(
        "Cms Id",
        "First Name",
        "Last Name",
        "Date Of Birth",
        "Gender",
        "Address",
        "Service Involvement",
        "School Name",
        "Contact Number",
        "Admission Type",
        "Date Current As Of",
        "Coverage Start Date",
        "Coverage End Date",
        "Coverage Geographic Area",
        "Date Of Most Recent Interaction",
        "Start Date Of Last Involvement",
    ),
    reference="Cms Id",
    telephone="Contact Number",
    postcode="Address",
    born="Date Of Birth",
)
_STATUSES = {rows.CURRENT: 93, rows.HISTORIC: 5, rows.NOT_SPECIFIED: 2}
_AUTUMN = 9  # a school year begins on 1 September
_PRIMARY_YEARS = 7  # Reception to Year 6


def reception(born: date) -> date:
    """When the child starts school: the first 1 September on which it is four."""
    return date(born.year + 4 + (born.month >= _AUTUMN), _AUTUMN, 1)


def knows(seed: int, child: Child, as_of: date) -> bool:
    """About nine in ten of those who have started school; others are taught elsewhere."""
    if child.born is None or reception(child.born) > as_of:
        return False
    return child.number == 0 or child.draws(seed, "school known").chance(90)


def extract(seed: int, children: list[Child], as_of: date) -> list[rows.Row]:
    """One row for each child at one of the trust's schools."""
    return [_row(seed, child, child.born, as_of) for child in children if child.born and knows(seed, child, as_of)]


def _row(seed: int, child: Child, born: date, as_of: date) -> rows.Row:
    draws = child.draws(seed, "school")
    first_day = reception(born)
    secondary = first_day.replace(year=first_day.year + _PRIMARY_YEARS)
    joined = max(day for day in (first_day, secondary) if day == first_day or day <= as_of)
    schools = load("services")["primary_schools" if joined == first_day else "secondary_schools"]
    if child.number == 0:
        school, in_year = schools[0], False
        spell = rows.Spell(rows.CURRENT, joined, as_of - timedelta(days=1))
    else:
        school, in_year = draws.pick(schools), draws.chance(15)
        started = rows.day_between(draws, joined, as_of) if in_year else joined
        spell = _school_spell(draws, started, as_of)
    return rows.Row(
        child.number,
        rows.published_columns(child, _pupil_id(child), spell, as_of)
        | {
            "School Name": school,
            "Contact Number": desk_telephone(Draws(seed, "school office", school)).as_typed(draws),
            "Admission Type": "In-year" if in_year else "Normal round",
        },
    )


def _school_spell(draws: Draws, started: date, as_of: date) -> rows.Spell:
    spell = rows.draw_spell(draws, draws.weighted(_STATUSES), started, as_of)
    return rows.Spell(spell.status, started, spell.last)


def _pupil_id(child: Child) -> str:
    """The trust's own number: seven digits, from 6000000 to 9999999, so never the authority's."""
    return str(6_000_000 + ((child.number + 29) * 1_414_213) % 4_000_000)
