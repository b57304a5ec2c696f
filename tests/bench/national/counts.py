"""What operations spend: calls, read units, write units, by table and by the kind of key."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Spent:
    """In one table, on keys of one kind."""

    table: str
    kind: str
    calls: float = 0
    reads: float = 0
    writes: float = 0


@dataclass
class Counts:
    """Of one operation, done so many times: all that it spent."""

    times: int = 0
    of: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0, 0.0]))

    def add(self, one: Spent) -> None:
        """Counts it in."""
        held = self.of[one.table, one.kind]
        for place, more in enumerate((one.calls, one.reads, one.writes)):
            held[place] += more

    def reads(self, table: str = "", *, but: str = "") -> float:
        """Units that one time reads; of one table, or of all; but for keys of one kind."""
        return self._sum(1, table, but)

    def writes(self, table: str = "", *, but: str = "") -> float:
        """Units that one time writes."""
        return self._sum(2, table, but)

    def calls(self) -> float:
        """Calls of one time."""
        return self._sum(0, "", "")

    def of_kind(self, table: str, kind: str) -> tuple[float, float]:
        """Units read and written by one time, on keys of this kind."""
        _, reads, writes = self.of.get((table, kind), (0.0, 0.0, 0.0))
        return reads / self.times, writes / self.times

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {"times": self.times, "of": {"|".join(place): held for place, held in sorted(self.of.items())}}

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Counts:
        """From JSON."""
        counts = cls(kept["times"])
        for place, held in kept["of"].items():
            table, _, kind = place.partition("|")
            counts.of[table, kind] = list(held)
        return counts

    def _sum(self, which: int, table: str, but: str) -> float:
        total = sum(
            held[which]
            for (of, kind), held in self.of.items()
            if (not table or of == table) and (not but or kind != but)
        )
        return total / self.times
