"""`make bench-keys`: how much a lookup reads, at 10,000 to 11 million children.

Up to a million children, every match key of every statement is counted. Eleven million are not made child by child:
what a question finds there is what it finds of its own family among a million, and as many rows of strangers as
`key_counts` expects, drawn from a Poisson distribution. The same is done from 100,000 for a million, where it can be
compared with what was counted.
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from math import prod
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from shared.domain.blocking import match_keys
from shared.persistence.reading import MOST_ROWS_OF_A_KEY
from tests.bench.matching import load
from tests.bench.matching.draws import Weighted, below
from tests.bench.matching.errors import ASKED, REGISTERED, state
from tests.bench.matching.items import row_bytes
from tests.bench.matching.key_counts import Key, NameCounts, area_share, poisson
from tests.bench.matching.population import Person, generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.child import ChildDetails

SEED = 2
COUNTED = (10_000, 100_000, 1_000_000)
LARGER = {100_000: 1_000_000, 1_000_000: 11_000_000}
"""From which counted register a larger one is estimated."""
QUESTIONS = 10_000
_MEASURED_ROWS = 2_000
_STATEMENTS = Weighted({1: 50, 2: 30, 3: 20})
"""In how many ways the organisations of a child state it."""


@dataclass(frozen=True, slots=True)
class KeyRead:
    """One key of one question: the rows of the family that is asked about, and those of strangers.

    `leads` is how many of them are about the child who is meant.
    """

    key: Key
    own: int
    strangers: int
    leads: int

    @property
    def rows(self) -> int:
        """All under the key, read or not."""
        return self.own + self.strangers


@dataclass(frozen=True, slots=True)
class Found:
    """Who is asked about with which keys, and whose rows lie under each of them."""

    questions: list[tuple[Person, tuple[Key, ...]]]
    rows_of: dict[Key, list[Person]]


@dataclass(slots=True)
class Lookups:
    """What the questions read in a register of so many children; `how` tells how that is known."""

    children: int
    how: str
    bytes_a_row: float
    reads: list[list[KeyRead]] = field(default_factory=list)
    candidates: list[int] = field(default_factory=list)
    hottest: list[load.KeyUse] = field(default_factory=list)

    def units(self) -> list[int]:
        """Read units of each lookup."""
        return [sum(load.units(read.rows, self.bytes_a_row) for read in reads) for reads in self.reads]

    def rows(self) -> list[int]:
        """Rows that each lookup reads."""
        return [sum(min(read.rows, MOST_ROWS_OF_A_KEY) for read in reads) for reads in self.reads]

    def not_found(self) -> float:
        """The share of questions whose child lies under no key, or under fuller ones among the rows that are not read."""
        return sum(prod(_is_left_out(read) for read in reads) for reads in self.reads) / len(self.reads)

    def of_kind(self, kind: str) -> list[KeyRead]:
        """The keys of one kind."""
        return [read for reads in self.reads for read in reads if read.key[0] == kind]

    def kinds(self) -> list[str]:
        """All that there are."""
        return sorted({read.key[0] for reads in self.reads for read in reads})


def _is_left_out(read: KeyRead) -> float:
    """How likely it is that no row of the child who is meant is among those that are read; they lie in no order."""
    return max(0.0, 1 - MOST_ROWS_OF_A_KEY / max(read.rows, 1)) ** read.leads


def main() -> None:
    """Counts, estimates, prints, and keeps the numbers as JSON."""
    with ProcessPoolExecutor(max_workers=2) as pool:
        # The largest first: it takes longer than the others together.
        found = chain.from_iterable(pool.map(_measured, sorted(COUNTED, reverse=True)))
        lookups = sorted(found, key=lambda one: (one.children, one.how))
    console = Console(width=200)
    for table in (_sizes(lookups), _kinds(lookups), _heat(lookups[-1])):
        console.print(table)
    console.print(_load_model(lookups[-1].children))
    folder = Path(".local/bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lookups.json").write_text(json.dumps([_kept(one) for one in lookups], indent=1), encoding="utf-8")


def _measured(size: int) -> list[Lookups]:
    """What is counted among so many children, and what that lets expect among more."""
    people = generate(SEED, size)
    rng = Random(f"lookups {SEED}")
    asked = [people[below(rng, size)] for _ in range(QUESTIONS)]
    questions = [(person, match_keys(state(person, rng, ASKED))) for person in asked]
    names = NameCounts()
    rows_of: dict[Key, list[Person]] = {key: [] for _, keys in questions for key in keys}
    measured: list[int] = []
    for person in people:
        names.children += 1
        for details in _statements(person, rng):
            names.add(person, details)
            for named in details.under_each_name():
                keys = match_keys(named)
                for key in keys:
                    if key in rows_of:
                        rows_of[key].append(person)
                if keys and len(measured) < _MEASURED_ROWS:
                    measured.append(row_bytes(named))
    found = Found(questions, rows_of)
    counted = _counted(found, sum(measured) / len(measured), names)
    if size not in LARGER:
        return [counted]
    return [counted, _expected(LARGER[size], counted, found, names, rng)]


def _statements(person: Person, rng: Random) -> Iterator[ChildDetails]:
    """What the services say of the child, each thing once: those who say the same share its rows."""
    said = [state(person, rng, REGISTERED) for _ in range(_STATEMENTS.draw(rng))]
    yield from dict.fromkeys(said[: load.INVOLVEMENTS_A_CHILD])


def _counted(
    found: Found,
    bytes_a_row: float,
    names: NameCounts,
) -> Lookups:
    lookups = Lookups(names.children, "counted", bytes_a_row)
    rows_of = found.rows_of
    for person, keys in found.questions:
        lookups.reads.append([_read(key, rows_of[key], person) for key in keys])
        lookups.candidates.append(len({row.number for key in keys for row in rows_of[key][:MOST_ROWS_OF_A_KEY]}))
    all_rows = ((key, float(len(rows))) for key, rows in rows_of.items())
    lookups.hottest = load.hottest(all_rows, names.rows, bytes_a_row)
    return lookups


def _read(key: Key, rows: list[Person], asked: Person) -> KeyRead:
    own = [row for row in rows if row.household == asked.household]
    return KeyRead(key, len(own), len(rows) - len(own), sum(row.number == asked.number for row in own))


def _expected(
    children: int,
    counted: Lookups,
    found: Found,
    names: NameCounts,
    rng: Random,
) -> Lookups:
    scale, a_child = children / names.children, names.rows / names.children
    lookups = Lookups(children, f"estimated from {names.children:,}", counted.bytes_a_row)
    expected: dict[Key, float] = {}
    for (person, keys), reads in zip(found.questions, counted.reads, strict=True):
        estimated = []
        for read in reads:
            if read.key[0] == "postcode":
                expected[read.key] = read.rows
                estimated.append(read)
            else:
                expected[read.key] = scale * names.strangers(read.key)
                if read.key[0] == "names+area":
                    expected[read.key] *= area_share(children)
                estimated.append(replace(read, strangers=poisson(expected[read.key], rng)))
        lookups.reads.append(estimated)
        family = {row.number for key in keys for row in found.rows_of[key] if row.household == person.household}
        strangers = sum(
            min(read.strangers, MOST_ROWS_OF_A_KEY - min(read.own, MOST_ROWS_OF_A_KEY)) for read in estimated
        )
        # A stranger under two of the keys is counted twice: such are few, and it errs on the safe side.
        lookups.candidates.append(len(family) + round(strangers / a_child))
    lookups.hottest = load.hottest(expected.items(), round(names.rows * scale), counted.bytes_a_row)
    return lookups


def _sizes(lookups: list[Lookups]) -> Table:
    table = _table(
        "What a lookup reads of match keys",
        "children", "", *(f"{what}: {which}" for what in ("candidates", "rows", "read units") for which in _WHICH),
        "not found",
    )  # fmt: skip
    for one in lookups:
        spreads = [_spread(numbers) for numbers in (one.candidates, one.rows(), one.units())]
        table.add_row(
            f"{one.children:,}",
            one.how,
            *(str(spread[which]) for spread in spreads for which in _WHICH),
            f"{100 * one.not_found():.2f} %",
        )
    return table


def _kinds(lookups: list[Lookups]) -> Table:
    table = _table(
        f"By kind of key (no more than {MOST_ROWS_OF_A_KEY} rows are read of any)",
        "kind", "children", "", "keys a lookup", *(f"rows under it: {which}" for which in _WHICH), "over the most",
    )  # fmt: skip
    for kind in sorted({kind for one in lookups for kind in one.kinds()}):
        for one in lookups:
            reads = one.of_kind(kind)
            if reads:
                spread = _spread([read.rows for read in reads])
                over = sum(read.rows > MOST_ROWS_OF_A_KEY for read in reads) / len(reads)
                table.add_row(
                    kind, f"{one.children:,}", one.how, f"{len(reads) / len(one.reads):.2f}",
                    *(str(spread[which]) for which in _WHICH), f"{100 * over:.2f} %",
                )  # fmt: skip
    return table


def _heat(one: Lookups) -> Table:
    table = _table(
        f"The hottest key of each kind at the national peak, {one.children:,} children", "kind", "rows", "of all lookups",
        "units of a read", f"units read a second, of {load.READS_A_PARTITION:,}",
        f"written, of {load.WRITES_A_PARTITION:,}", "if every lookup read it",
    )  # fmt: skip
    for use in one.hottest:
        table.add_row(
            use.kind, f"{use.rows:,}", f"{100 * use.share:.5f} %", str(use.units),
            f"{load.reads_a_second(use, one.children):.4f}", f"{load.writes_a_second(use, one.children):.4f}",
            f"{load.lookups_a_second() * use.units:,.0f}",
        )  # fmt: skip
    return table


def _load_model(children: int) -> str:
    return (
        f"National peak: {load.PRACTITIONERS:,} practitioners, {load.LOOKUPS_A_DAY} lookups each on a working day, "
        f"{100 * load.PEAK_HOUR:.0f} % of them from 9 to 10, the busiest second {load.BUSIEST_SECOND} times the mean: "
        f"{load.lookups_a_second():.0f} lookups a second. {load.AUTHORITIES} authorities' extracts bring "
        f"{100 * load.CHANGED_A_NIGHT:.0f} % of all involvements anew within two hours: "
        f"{load.registrations_a_second(children):.0f} registrations a second among {children:,} children, each of which "
        f"reads like a lookup and writes a row for each of its keys."
    )


_WHICH = ("p50", "p99", "worst")


def _spread(numbers: list[int]) -> dict[str, int]:
    ranked = sorted(numbers)
    return {"p50": ranked[len(ranked) // 2], "p99": ranked[len(ranked) * 99 // 100], "worst": ranked[-1]}


def _kept(one: Lookups) -> dict[str, Any]:
    return {
        "children": one.children,
        "how": one.how,
        "bytes_a_row": one.bytes_a_row,
        "candidates": _spread(one.candidates),
        "rows": _spread(one.rows()),
        "units": _spread(one.units()) | {"mean": sum(one.units()) / len(one.reads)},
        "not_found": one.not_found(),
        "kinds": {kind: _spread([read.rows for read in one.of_kind(kind)]) for kind in one.kinds()},
        "hottest": [
            asdict(use)
            | {
                "reads_a_second": load.reads_a_second(use, one.children),
                "writes_a_second": load.writes_a_second(use, one.children),
            }
            for use in one.hottest
        ],
    }


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    return table


if __name__ == "__main__":
    main()
