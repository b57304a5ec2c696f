"""The results as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from shared.domain.outcomes import Outcome
from tests.bench.matching.measure import BINS, THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from tests.bench.matching.measure import Result, Score


def print_results(console: Console, results: Sequence[Result]) -> None:
    """All tables."""
    console.print(_scores("The likeliest candidate of each question", results))
    console.print(_matches("The product's own decision: what answers `match`, and so discloses", results))
    console.print(_costs("Keys and candidates", results))
    ours = [result for result in results if result.matcher == "product"]
    families = [result for result in ours if result.with_sibling.meant]
    if families:
        console.print(_families("Children whose twin, brother or sister is registered", families))
        for result in families:
            console.print(_calibration(f"Calibration: {result.dataset}", result))
        # One is enough to read; the others are kept beside it.
        console.print(_kinds(f"What came of it, by what was said wrong: {families[-1].dataset}", families[-1]))


def _scores(title: str, results: Iterable[Result]) -> Table:
    table = _table(title, "dataset", "matcher", "threshold", "precision", "recall", "F1", "precision, unregistered too")
    for result in results:
        for threshold in THRESHOLDS if result.matcher == "product" else THRESHOLDS[:1]:
            score = result.at[threshold]
            table.add_row(
                result.dataset, result.matcher, str(threshold), _share(score.precision), _share(score.recall),
                _share(score.f1), _share(score.precision_of_all),
            )  # fmt: skip
    return table


def _matches(title: str, results: Iterable[Result]) -> Table:
    table = _table(
        title, "dataset", "matcher", "questions", "precision", "recall", "potential", "low", "many", "none",
        "unregistered", "of them match", "wrongly shown",
    )  # fmt: skip
    for result in results:
        said = [result.outcomes[o] / max(result.present, 1) for o in Outcome if o is not Outcome.MATCH]
        table.add_row(
            result.dataset, result.matcher, f"{result.present:,}", _share(result.match.precision),
            _share(result.match.recall), *map(_percent, said), f"{result.absent:,}", _one_in(result.match),
            "; ".join(f"{count} {who}" for who, count in sorted(result.disclosed.items())) or "nobody",
        )  # fmt: skip
    return table


def _one_in(score: Score) -> str:
    return (
        f"{score.wrong_of_unknown} ({1e4 * score.wrong_of_unknown / score.unknown:.2f} in 10,000)"
        if score.unknown
        else ""
    )


def _costs(title: str, results: Iterable[Result]) -> Table:
    table = _table(
        title, "dataset", "matcher", "not found by any key", "candidates: mean", "p99", "most",
        "µs of CPU a question: p50", "mean", "p99",
    )  # fmt: skip
    for result in results:
        kept = result.summary()
        candidates, micros = kept["candidates"], kept["microseconds"]
        table.add_row(
            result.dataset, result.matcher, f"{result.not_found} ({_percent(result.not_found / max(result.present, 1))})",
            f"{candidates['mean']:.1f}", str(candidates["p99"]), str(candidates["most"]),
            f"{micros['p50']:.0f}", f"{micros['mean']:.0f}", f"{micros['p99']:.0f}",
        )  # fmt: skip
    return table


def _families(title: str, results: Iterable[Result]) -> Table:
    table = _table(title, "dataset", "questions", "precision", "recall", "unregistered", "of them match")
    for result in results:
        for who, score in (("a twin", result.with_twin), ("a sibling", result.with_sibling)):
            table.add_row(
                f"{result.dataset}: {who}", f"{score.meant:,}", _share(score.precision), _share(score.recall),
                f"{score.unknown:,}", str(score.wrong_of_unknown),
            )  # fmt: skip
    return table


def _calibration(title: str, result: Result) -> Table:
    table = _table(title, "probability", "questions", "predicted", "observed")
    for lower, upper, counted in zip(BINS, BINS[1:], result.bins, strict=False):
        if counted.questions:
            table.add_row(
                f"{lower} to {upper}", f"{counted.questions:,.0f}",
                f"{counted.predicted / counted.questions:.4f}", f"{counted.right / counted.questions:.4f}",
            )  # fmt: skip
    return table


def _kinds(title: str, result: Result) -> Table:
    table = _table(title, "said wrong", "questions", "right", "wrong", "potential", "low", "many", "none", "not found")
    columns = ("right", "wrong", "potential_match", "low_confidence", "many_matches", "no_match", "not found")
    for kind, came in sorted(result.kinds.items(), key=lambda item: -item[1].total()):
        total = came.total()
        table.add_row(kind, f"{total:,}", *(_percent(came[column] / total) for column in columns))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    return table


def _share(value: float) -> str:
    return f"{value:.5f}"


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"
