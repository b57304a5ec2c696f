"""`make performance`: writes the tables of docs/performance.md anew from what the benches kept.

A table stands between `<!-- name -->` and `<!-- end -->`; the text around it is written by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.matching.measure import BINS

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCUMENT = Path("docs/performance.md")
_KEPT = Path(".local/bench")

type Kept = dict[str, Any]


def main() -> None:
    """Raises FileNotFoundError if a bench has not run."""
    matching: Kept = _read("matching.json")
    results: list[Kept] = matching["results"]
    ours = [result for result in results if result["matcher"] == "product"]
    invented = [result for result in ours if result["with_sibling"]["meant"]]
    lookups: list[Kept] = _read("lookups.json")
    document = DOCUMENT.read_text(encoding="utf-8")
    for name, table in {
        "match": _match(results),
        "thresholds": _thresholds(ours),
        "absent": _absent(results),
        "shown": _shown(invented),
        "calibration": _calibration(invented[-1]),
        "kinds": _kinds(invented[-1]),
        "cost": _cost(ours),
        "scoring": _scoring(matching["scoring"]),
        "lookups": _lookups(lookups),
        "keys": _keys(lookups),
        "hottest": _hottest(lookups[-1]),
    }.items():
        document = _written(document, name, table)
    DOCUMENT.write_text(document, encoding="utf-8")


def _written(document: str, name: str, table: str) -> str:
    before, begin, rest = document.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    return f"{before}{begin}{table}\n{end}{after}"


def _match(results: Iterable[Kept]) -> str:
    return _table(
        "dataset|matcher|questions about children registered|precision|recall|not found by any key",
        (
            (
                result["dataset"], result["matcher"], f"{result['present']:,}", f"{result['match']['precision']:.4f}",
                f"{result['match']['recall']:.4f}", f"{result['not_found']:,}",
            )
            for result in results
        ),
    )  # fmt: skip


def _thresholds(results: Iterable[Kept]) -> str:
    return _table(
        "dataset|threshold|precision|recall|F1|precision, with questions about others",
        (
            (
                result["dataset"], threshold, f"{score['precision']:.4f}", f"{score['recall']:.4f}",
                f"{score['f1']:.4f}", f"{score['precision_of_all']:.4f}",
            )
            for result in results
            for threshold, score in result["at"].items()
        ),
    )  # fmt: skip


def _absent(results: Iterable[Kept]) -> str:
    return _table(
        "dataset|matcher|questions about others|answered `match`|in 10,000",
        (
            (
                result["dataset"], result["matcher"], f"{result['absent']:,}",
                str(result["outcomes_of_absent"].get("match", 0)), f"{1e4 * result['absent_answered_match']:.2f}",
            )
            for result in results
            if result["absent"]
        ),
    )  # fmt: skip


def _shown(results: Iterable[Kept]) -> str:
    return _table(
        "dataset|who was asked for: who was shown|times",
        (
            (result["dataset"], who, str(times))
            for result in results
            for who, times in sorted(result["disclosed"].items())
        ),
    )


def _calibration(result: Kept) -> str:
    return _table(
        "probability told|questions|right by what was told|right in truth",
        (
            (
                f"{lower} to {upper}", f"{counted['questions']:,.0f}",
                f"{counted['predicted'] / counted['questions']:.4f}", f"{counted['right'] / counted['questions']:.4f}",
            )
            for lower, upper, counted in zip(BINS, BINS[1:], result["bins"], strict=False)
            if counted["questions"]
        ),
    )  # fmt: skip


def _kinds(result: Kept) -> str:
    columns = ("right", "wrong", "potential_match", "low_confidence", "many_matches", "no_match", "not found")
    ranked = sorted(result["kinds"].items(), key=lambda item: -sum(item[1].values()))
    return _table(
        "what was said otherwise|questions|right|wrong|potential|low|many|none|not found",
        (
            (
                kind, f"{sum(came.values()):,}",
                *(f"{100 * came.get(column, 0) / sum(came.values()):.1f} %" for column in columns),
            )
            for kind, came in ranked
        ),
    )  # fmt: skip


def _cost(results: Iterable[Kept]) -> str:
    return _table(
        "dataset|candidates: mean|p99|most|CPU of a question, µs: p50|p99",
        (
            (
                result["dataset"], f"{result['candidates']['mean']:.1f}", str(result["candidates"]["p99"]),
                str(result["candidates"]["most"]), f"{result['microseconds']['p50']:.0f}",
                f"{result['microseconds']['p99']:.0f}",
            )
            for result in results
        ),
    )  # fmt: skip


def _scoring(times: Kept) -> str:
    return _table(
        "CPU of one decision among 50 candidates, µs: median|p99|most",
        [tuple(f"{times[which]:.0f}" for which in ("median", "p99", "most"))],
    )


def _lookups(lookups: Iterable[Kept]) -> str:
    return _table(
        "children||candidates: p50|p99|worst|read units: p50|p99|worst|not found",
        (
            (
                f"{one['children']:,}",
                one["how"],
                *_spread(one["candidates"]),
                *_spread(one["units"]),
                f"{100 * one['not_found']:.2f} %",
            )
            for one in lookups
        ),
    )


def _keys(lookups: list[Kept]) -> str:
    return _table(
        "kind of key|children||rows: p50|p99|worst",
        (
            (kind, f"{one['children']:,}", one["how"], *_spread(one["kinds"][kind]))
            for kind in lookups[-1]["kinds"]
            for one in lookups
            if kind in one["kinds"]
        ),
    )


def _hottest(one: Kept) -> str:
    return _table(
        "kind of key|rows|share of lookups|units of a read|units read a second|units written a second",
        (
            (
                use["kind"], f"{use['rows']:,}", f"{100 * use['share']:.4f} %", str(use["units"]),
                f"{use['reads_a_second']:.2f}", f"{use['writes_a_second']:.2f}",
            )
            for use in one["hottest"]
        ),
    )  # fmt: skip


def _spread(numbers: Kept) -> tuple[str, ...]:
    return tuple(f"{numbers[which]:,}" for which in ("p50", "p99", "worst"))


def _table(columns: str, rows: Iterable[tuple[str, ...]]) -> str:
    heads = columns.split("|")
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _read(name: str) -> Any:
    return json.loads((_KEPT / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
