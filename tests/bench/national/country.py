"""A small part of the country, registered by the real functions: what each item and each operation takes is counted there.

Children of the generated population, each with four services of four organisations that state it in their own ways.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from stdnum.gb import nhs

from tests.bench.matching.draws import Weighted
from tests.bench.matching.errors import ASKED, REGISTERED, state
from tests.bench.matching.population import Person, generate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.domain.child import ChildDetails

SEED = 4
SERVICES = {
    "NLA": ("education", "A school"),
    "NGP": ("general_practice", "A surgery"),
    "NCH": ("school_nursing", "A community health trust"),
    "NSC": ("social_care", "A council"),
}
"""By the code of the organisation that feeds it."""
_WAYS = Weighted({1: 50, 2: 30, 3: 20})
"""In how many ways the four state a child; assumed, as in `tests/bench/matching/lookups.py`."""
_COLUMNS = (
    *("source_reference", "service_type", "given_name", "family_name", "date_of_birth", "sex"),
    *("postcode", "nhs_number", "team", "practitioner_name", "practitioner_role", "duty_phone", "duty_email"),
    *("started", "last_contact"),
)


@dataclass
class Part:
    """So many children, and what is said of them."""

    children: int
    people: list[Person] = field(init=False)
    said: list[list[ChildDetails]] = field(init=False)
    """Of each child, what each of the services says."""

    def __post_init__(self) -> None:
        self.people = generate(SEED, self.children)
        rng = Random(f"national {SEED}")
        self.said = []
        for person in self.people:
            ways = [state(person, rng, REGISTERED) for _ in range(_WAYS.draw(rng))]
            self.said.append([ways[place % len(ways)] for place in range(len(SERVICES))])

    def extract(self, organisation: str, *, moved: bool = False, **changed: str) -> tuple[bytes, int]:
        """That of an organisation, and how many rows it has: with `changed` in every row; `moved`, all live elsewhere."""
        place = list(SERVICES).index(organisation)
        rows = [
            self._row(person, said[place], organisation) | changed
            for person, said in zip(self.people, self.said, strict=True)
        ]
        if moved:
            for row, neighbour in zip(rows, self.people[1:] + self.people[:1], strict=True):
                row["postcode"] = neighbour.former_postcode or neighbour.postcode
        whole = [row for row in rows if row["given_name"] and row["family_name"] and row["date_of_birth"]]
        return _csv(whole), len(whole)

    def asked(self) -> list[dict[str, Any]]:
        """Questions about these children by name, birth and postcode, as people ask."""
        rng = Random(f"asked {SEED}")
        return [
            {
                name: str(value)
                for name in ("given_name", "family_name", "date_of_birth", "postcode")
                if (value := getattr(stated, name))
            }
            for stated in (state(person, rng, ASKED) for person in self.people)
        ]

    def _row(self, person: Person, said: ChildDetails, organisation: str) -> dict[str, str]:
        service_type, team = SERVICES[organisation]
        known = {name: str(getattr(said, name) or "") for name in ("given_name", "family_name", "date_of_birth", "sex")}
        return known | {
            "source_reference": f"{organisation}-{person.number:08}",
            "service_type": service_type,
            "postcode": said.postcode or "",
            "nhs_number": nhs_number(person.number) if service_type != "education" else "",
            "team": f"{team}, the team of the north east",
            "practitioner_name": "Bronwen Okafor-Pugh",
            "practitioner_role": "Specialist practitioner",
            "duty_phone": "020 7946 0018",
            "duty_email": "duty.northeast@example.org",
            "started": str(
                max(person.born, person.born.replace(year=2024) if person.born.year < 2024 else person.born)
            ),
            "last_contact": "2026-10-06",
        }


def nhs_number(number: int) -> str:
    """One of the range that is kept for tests (those that begin with 999)."""
    step = 0
    while True:
        digits = f"999{(number * 11 + step) % 1_000_000:06}"
        for check in "0123456789":
            if nhs.is_valid(digits + check):
                return digits + check
        step += 1


def _csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()
