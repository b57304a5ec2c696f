"""What the three extracts have in common: rows, spells of involvement, practitioners and their desks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from infra.local.sample_data.draws import Draws
from infra.local.sample_data.numbering import Telephone, desk_telephone, mobile_telephone

if TYPE_CHECKING:
    from infra.local.sample_data.population import Child

CURRENT, HISTORIC, NOT_SPECIFIED = "Current", "Historic", "Not Specified"
GENDERS = {"female": "Female", "male": "Male", "indeterminate": "Other", "not_known": "Other"}
COVERAGE_AREA = "Northmoor"
COVERAGE_START = date(2018, 1, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an extract: which child it is about, and its values by column."""

    child_number: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of an extract, and which of them may be mistyped. A postcode ends its column's value."""

    header: tuple[str, ...]
    reference: str
    telephone: str
    postcode: str
    born: str
    nhs_number: str | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """How long a service has worked with a child: never before `started`, nothing after `last`."""

    status: str
    started: date
    last: date


def draw_spell(draws: Draws, status: str, earliest: date, as_of: date) -> Spell:
    """A spell begun between `earliest` and `as_of`; a current one with a contact in the last two months."""
    started = day_between(draws, earliest, as_of)
    recent = max(started, as_of - timedelta(days=60))
    return Spell(status, started, day_between(draws, recent if status == CURRENT else started, as_of))


def day_between(draws: Draws, first: date, last: date) -> date:
    """A day from `first` to `last`; `last` where `first` is later."""
    return last - timedelta(days=draws.below(max(0, (last - first).days) + 1))


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Somebody who works with children, and their own telephone number and mailbox."""

    name: str
    telephone: Telephone
    email: str


def practitioner(seed: int, name: str, domain: str) -> Practitioner:
    """The practitioner of this name, the same wherever it stands."""
    draws = Draws(seed, "practitioner", name)
    telephone = mobile_telephone(draws) if draws.chance(40) else desk_telephone(draws)
    return Practitioner(name, telephone, f"{mailbox(name)}@{domain}")


def mailbox(name: str) -> str:
    """Initial and surname in plain letters, without a title: `j.ohara` of Mrs Jacqueline O'Hara."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    given, family = re.sub(r"^(Mr|Mrs|Ms|Miss|Dr) ", "", plain).lower().rsplit(" ", maxsplit=1)
    return f"{given[0]}.{re.sub('[^a-z-]', '', family)}"


def published_columns(child: Child, reference: str, spell: Spell, as_of: date) -> dict[str, str]:
    """The columns that both published Family Context extracts have."""
    return {
        "Cms Id": reference,
        "First Name": child.given_name,
        "Last Name": child.family_name,
        "Date Of Birth": child.born.isoformat() if child.born else "",
        "Gender": GENDERS[child.sex],
        "Address": child.address,
        "Service Involvement": spell.status,
        "Date Current As Of": _midnight(as_of),
        "Coverage Start Date": _midnight(COVERAGE_START),
        "Coverage End Date": _midnight(as_of),
        "Coverage Geographic Area": COVERAGE_AREA,
        "Date Of Most Recent Interaction": spell.last.isoformat(),
        "Start Date Of Last Involvement": spell.started.isoformat(),
    }


def _midnight(day: date) -> str:
    return f"{day.isoformat()} 00:00:00"
