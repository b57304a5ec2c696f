"""`python -m tests.bench.requests.document`: writes the tables of docs/performance.md anew from what `make bench` kept."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.bench.requests import bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DOCUMENT = Path("docs/performance.md")
COST = (
    *("request", "CPU, ms", bare.HEADS[0], "ratio", "goal, ms"),
    *("calls", "trips", "read units", "write units", "log lines", "bytes of log"),
)
FEED = (
    *("rows of an extract", "all of them", "rows a second of CPU"),
    *(bare.HEADS[0], f"rows a second {bare.HEADS[1]}", "most memory, MiB"),
)

type Kept = dict[str, Any]


def main() -> None:
    """Raises FileNotFoundError if nothing was measured."""
    kept = json.loads(Path(".local/bench/requests.json").read_text(encoding="utf-8"))
    document = DOCUMENT.read_text(encoding="utf-8")
    document = _written(document, "requests", _table(COST, cost_rows(kept["requests"])))
    document = _written(document, "feed", _table(FEED, feed_rows(kept["feed"])))
    DOCUMENT.write_text(document, encoding="utf-8")


def cost_rows(measured: Sequence[Kept]) -> list[tuple[str, ...]]:
    """One for each scenario."""
    return [_cost_row(one) for one in measured]


def _cost_row(one: Kept) -> tuple[str, ...]:
    took, query = median(one["milliseconds"]), median(one["bare"])
    counts = ("calls", "trips", "read", "write", "lines", "log_bytes")
    return (
        one["says"], f"{took:.2f}", f"{query:.2f}", f"{took / query:.1f}", one["goal"],
        *(f"{one[name]:g}" if name in one else "" for name in counts),
    )  # fmt: skip


def feed_rows(taken: Iterable[Kept]) -> list[tuple[str, ...]]:
    """One for each extract, in the order in which they were taken in."""
    return [_feed_row(one) for one in taken]


def _feed_row(one: Kept) -> tuple[str, ...]:
    """Medians of the rounds; each round is reckoned by the bare query that was measured in it."""
    rates, queries = one["rows_a_second"], one["bare"]
    there = median(1 / bare.there(1 / rate, query) for rate, query in zip(rates, queries, strict=True))
    return (
        f"{one['rows']:,}", one["outcome"], f"{median(rates):,.0f}",
        f"{median(queries):.2f}", f"{there:,.0f}", f"{one['mebibytes']:.0f}",
    )  # fmt: skip


def _written(document: str, name: str, table: str) -> str:
    before, begin, rest = document.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    if not end:
        message = f"{DOCUMENT} has no place for {name}"
        raise ValueError(message)
    return f"{before}{begin}{table}\n{end}{after}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    main()
