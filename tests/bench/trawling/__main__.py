"""`make bench-trawling`: how much of the misuse of a generated year auditors are told of, and how often in vain."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.bench.trawling.measure import Case, Result, a_year_of
from tests.bench.trawling.staff import organisations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DOCUMENT = Path("docs/performance.md")
REPORTED_SEEDS = (2, 3)
"""The numbers of the rules were chosen on seed 1, and nothing is reported of it."""
_SOON = 7.0
_HEADS = "misuse", "cases", "caught", "within 7 days", "days until caught (median)", "signs told first"


def main() -> None:
    """Measures, prints, and writes the table into docs/performance.md if told so."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.trawling", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help="another seed than those that are reported")
    parser.add_argument("--document", action="store_true", help=f"write the table into {DOCUMENT}")
    arguments = parser.parse_args()
    started = perf_counter()
    seeds: Sequence[int] = arguments.seed or REPORTED_SEEDS
    years: dict[int, Result] = {seed: Result() for seed in seeds}
    with ProcessPoolExecutor(max_workers=2) as pool:
        for seed, result in years.items():
            for of_one in pool.map(partial(a_year_of, seed=seed), organisations()):
                result.add(of_one)
    rows = _rows([case for result in years.values() for case in result.cases])
    console = Console(width=160)
    table = Table(*_HEADS)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    said = [_said(seed, result) for seed, result in years.items()]
    console.print("\n".join(said))
    console.print(f"{perf_counter() - started:.0f} s")
    if arguments.document:
        _write("\n".join([*_markdown(rows), "", *(f"- {line}" for line in said)]))


def _rows(cases: Iterable[Case]) -> list[tuple[str, ...]]:
    of_kind: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        of_kind[case.kind].append(case)
        of_kind["all"].append(case)
    kinds = [*sorted(of_kind.keys() - {"all"}), "all"]
    return [_row(kind, of_kind[kind]) for kind in kinds]


def _row(kind: str, cases: Sequence[Case]) -> tuple[str, ...]:
    days = [case.days for case in cases if case.days is not None]
    signs = Counter(sign for case in cases for sign in case.signs)
    return (
        kind,
        str(len(cases)),
        f"{100 * len(days) / len(cases):.0f} %",
        f"{100 * sum(day <= _SOON for day in days) / len(cases):.0f} %",
        f"{median(days):.1f}" if days else "never",
        ", ".join(sign for sign, _ in signs.most_common(2)),
    )


def _said(seed: int, result: Result) -> str:
    signs = ", ".join(f"{sign} {count}" for sign, count in result.false_signs.most_common(4))
    return (
        f"Seed {seed}: {result.practitioners:,} practitioners, {result.questions:,} questions in a year; "
        f"{result.false_a_week:.1f} false alarms a week for 1,000 practitioners ({result.false_alarms} in all, of "
        f"{len(result.falsely)} people; {signs})."
    )


def _markdown(rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [_HEADS, ("---", *("---:" for _ in _HEADS[1:-1]), "---"), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _write(text: str) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    before, begin, rest = document.partition("<!-- trawling -->\n")
    _, end, after = rest.partition("<!-- end -->")
    DOCUMENT.write_text(f"{before}{begin}{text}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
