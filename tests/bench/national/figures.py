"""What the other parts of the bench have counted and measured, as the simulation uses it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.national import assumed
from tests.bench.national.counts import Counts
from tests.bench.national.units import STORED

FOLDER = Path(".local/bench")
_SPECK = "KEY"
"""Kind of key whose rows grow with the register: what is read of them is estimated, not counted in a small one."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Items of one kind in one table, for each child of the country."""

    a_child: float
    bytes: float
    """Of one, as it is read and written."""
    delete_units: float
    """Of deleting one."""

    @property
    def items(self) -> float:
        """In the whole country."""
        return self.a_child * assumed.CHILDREN

    @property
    def stored(self) -> float:
        """Bytes, in the whole country."""
        return self.items * (self.bytes + STORED)


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them."""

    register: dict[str, Stock]
    record_bytes: float
    organisation_bytes: float
    row_bytes: float
    spent: dict[str, Counts]
    seconds: dict[str, float]
    """Of CPU."""
    request_ms: dict[str, float]
    """CPU of requests."""
    key_units: float
    """Read units of the match keys of a question about one of eleven million children, at the mean."""
    hottest: list[dict[str, Any]]

    @classmethod
    def read(cls) -> Figures:
        """Raises FileNotFoundError if something has not been counted yet."""
        counts = _json("national-counts.json")
        lookups = _json("lookups.json")[-1]
        people = counts["people"]
        stock = {
            kind: Stock(of["items"] / people, of["bytes"] / of["items"], of["units"] / of["items"])
            for kind, of in counts["items"]["Register"].items()
        }
        records, organisations = counts["items"]["AccessLog"]["HOUR"], counts["items"]["Directory"]["organisation"]
        return cls(
            register=stock,
            record_bytes=records["bytes"] / records["items"],
            organisation_bytes=organisations["bytes"] / organisations["items"],
            row_bytes=counts["row_bytes"],
            spent={what: Counts.read(kept) for what, kept in counts["spent"].items()},
            seconds=_json("national-times.json"),
            request_ms=assumed.REQUEST_MS | requests_of(FOLDER / "requests.json"),
            key_units=lookups["units"]["mean"],
            hottest=lookups["hottest"],
        )

    @property
    def items(self) -> float:
        """All that the Register holds."""
        return sum(stock.items for stock in self.register.values())

    @property
    def read_bytes(self) -> float:
        """Of the Register, as a scan reads it."""
        return sum(stock.items * stock.bytes for stock in self.register.values())

    @property
    def stored_bytes(self) -> float:
        """Of the Register."""
        return sum(stock.stored for stock in self.register.values())

    def reads(self, what: str) -> float:
        """Read units of an operation, in a register of eleven million children."""
        spent = self.spent[what]
        counted, _ = spent.of_kind("Register", _SPECK)
        grown = self.key_units if counted > 1 else counted
        return spent.reads() - counted + grown

    def writes(self, what: str) -> float:
        """Write units of an operation."""
        return self.spent[what].writes()


def requests_of(path: Path) -> dict[str, float]:
    """CPU milliseconds of each request, by its name, as `make bench` has kept them; none if it was not run."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_text(encoding="utf-8"))["requests"]
    return {one["name"]: median(one["milliseconds"]) for one in kept}


def _json(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
