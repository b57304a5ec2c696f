"""The local authority's extract, in the columns of the published Family Context social-care extract."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from infra.local.sample_data import rows
from infra.local.sample_data.draws import Draws
from infra.local.sample_data.facts import LOCAL_AUTHORITY
from infra.local.sample_data.population import load

if TYPE_CHECKING:
    from infra.local.sample_data.population import Child

DOMAIN = "northmoor.example"
LAYOUT = rows.Layout(
    header=(
        "Cms Id",
        "First Name",
        "Last Name",
        "Date Of Birth",
        "Gender",
        "Address",
        "Service Involvement",
        "Local Authority Organisation",
        "Contact Name",
        "Contact Role",
        "Contact Phone",
        "Contact Email",
        "Date Current As Of",
        "Coverage Start Date",
        "Coverage End Date",
        "Coverage Geographic Area",
        "Date Of Most Recent Interaction",
        "Start Date Of Last Involvement",
    ),
    reference="Cms Id",
    telephone="Contact Phone",
    postcode="Address",
    born="Date Of Birth",
)
_STATUSES = {rows.CURRENT: 45, rows.HISTORIC: 50, rows.NOT_SPECIFIED: 5}
_ROLES = {"Social Worker": 78, "Senior Social Worker": 12, "Family Support Worker": 10}


def knows(seed: int, child: Child) -> bool:
    """About a quarter of all born children: families rather than single children."""
    if child.born is None:
        return False
    family_known = Draws(seed, "social care", "household", child.household).chance(30)
    return child.number == 0 or (family_known and child.draws(seed, "social care known").chance(85))


def child_id(child: Child) -> str:
    """The authority's id for the child: seven digits, from 2000000 to 5999999."""
    return str(2_000_000 + ((child.number + 17) * 1_618_033) % 4_000_000)


def extract(seed: int, children: list[Child], as_of: date) -> list[rows.Row]:
    """One row for each child that the authority knows."""
    return [_row(seed, child, child.born, as_of) for child in children if child.born and knows(seed, child)]


def _row(seed: int, child: Child, born: date, as_of: date) -> rows.Row:
    draws = child.draws(seed, "social care")
    names = load("services")["practitioners"]["social_care"]
    if child.number == 0:
        spell = rows.Spell(rows.CURRENT, as_of - timedelta(days=33), as_of - timedelta(days=3))
        name, role = names[0], "Social Worker"
    else:
        earliest = max(born, rows.COVERAGE_START)
        spell = rows.draw_spell(draws, draws.weighted(_STATUSES), earliest, as_of)
        name, role = draws.pick(names), draws.weighted(_ROLES)
    worker = rows.practitioner(seed, name, DOMAIN)
    return rows.Row(
        child.number,
        rows.published_columns(child, child_id(child), spell, as_of)
        | {
            "Local Authority Organisation": LOCAL_AUTHORITY.name,
            "Contact Name": worker.name,
            "Contact Role": role,
            "Contact Phone": worker.telephone.as_typed(draws),
            "Contact Email": worker.email,
        },
    )
