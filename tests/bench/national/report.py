"""The tables of the simulation, as heads and rows of text: for a terminal, and for the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from tests.bench.national import assumed, cost, simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.bench.national.cost import Prices
    from tests.bench.national.figures import Figures

RATE, PLAN_SECONDS, COUNT_SECONDS, SEGMENTS = 2000, 7 * 86400, 86400, 8
"""`DestructionRate` as template.yaml has it; what `shared/domain/plan.py` leaves room for; of `emptying`."""

type Rows = list[tuple[str, ...]]


def tables(figures: Figures) -> dict[str, tuple[str, Rows]]:
    """By the name under which each stands in docs/performance.md: its heads, parted by bars, and its rows."""
    works = simulate.works(
        figures, rate=RATE, plan_seconds=PLAN_SECONDS, count_seconds=COUNT_SECONDS, segments=SEGMENTS
    )
    return {
        "storage": ("items of the Register|for each child|millions|bytes of one|GB stored", _storage(figures)),
        "rates": (
            "when|a second|read units a second|write units a second",
            [(r.when, _n(r.a_second), _n(r.reads), _n(r.writes)) for r in simulate.rates(figures)],
        ),
        "partitions": (
            "table|partition|read units a second|write units a second|of what it serves|why",
            [
                (h.table, h.what, f"{h.reads:,.2f}", f"{h.writes:,.2f}", f"{100 * h.share:,.1f} %", h.why)
                for h in simulate.hot(figures)
            ],
        ),
        "concurrency": (
            "function|runs a second|CPU, ms|of one run, ms|at once",
            [
                (c.function, f"{c.a_second:,.2f}", _n(c.cpu_ms), _n(c.milliseconds), f"{c.runs:,.1f}")
                for c in simulate.concurrency(figures)
            ],
        ),
        "works": (
            "work|takes|there is|how|holds",
            [(w.what, _time(w.seconds), _time(w.allowed), w.how, "**breaks**" if w.breaks else "yes") for w in works],
        ),
    }


def cost_tables(figures: Figures, prices: Prices) -> dict[str, tuple[str, Rows]]:
    """The same for docs/cost.md."""
    found = cost.lines(figures, prices)
    month = sum(line.pounds for line in found)
    year = month * cost.YEAR
    authority = year * assumed.CHILDREN / 150 / assumed.CHILDREN
    return {
        "sums": (
            "what|pounds",
            [
                ("1,000 lookups", f"{cost.a_thousand_lookups(figures, prices):,.4f}"),
                ("an authority, a year: a 150th of all", f"{authority:,.0f}"),
                ("the largest authority, a year: 3 % of all", f"{year * assumed.LARGEST:,.0f}"),
                ("the national service, a month", f"{month:,.0f}"),
                ("the national service, a year", f"{year:,.0f}"),
                ("the tokens of it, a month", f"{prices.of(token=cost.tokens(assumed.TOKEN_MINUTES)):,.0f}"),
                ("the same, were they good for an hour", f"{prices.of(token=cost.tokens(60)):,.0f}"),
                ("the first load, once", f"{cost.first_load(figures, prices):,.0f}"),
                ("the destruction, once", f"{cost.destruction(figures, prices):,.0f}"),
                ("ContactPoint: to set up, as published", f"{prices.contactpoint_build:,.0f}"),
                ("ContactPoint: to run, a year, as published", f"{prices.contactpoint_year:,.0f}"),
            ],
        ),
        "lines": (
            "line|pounds a month|share|of what",
            [(line.what, f"{line.pounds:,.2f}", f"{100 * line.pounds / month:.1f} %", line.how) for line in found],
        ),
        "operations": (
            "operation|calls|read units|write units",
            [
                (what, f"{spent.calls():.2f}", f"{figures.reads(what):.2f}", f"{figures.writes(what):.2f}")
                for what, spent in figures.spent.items()
            ],
        ),
    }


def printed(title: str, heads: str, rows: Rows) -> Table:
    """For a terminal."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, head in enumerate(heads.split("|")):
        table.add_column(head, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    return table


def markdown(heads: str, rows: Iterable[Sequence[str]]) -> str:
    """For a document."""
    columns = heads.split("|")
    lines = [columns, ["---", *("---:" for _ in columns[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def written(document: str, name: str, table: str) -> str:
    """A document in which the table between `<!-- name -->` and `<!-- end -->` is this one. Raises ValueError."""
    before, begin, rest = document.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    if not (begin and end):
        message = f"no place for the table {name}"
        raise ValueError(message)
    return f"{before}{begin}{table}\n{end}{after}"


def _storage(figures: Figures) -> Rows:
    rows = [
        (kind, f"{s.a_child:.2f}", f"{s.items / 1e6:,.1f}", f"{s.bytes:,.0f}", f"{s.stored / 2**30:,.1f}")
        for kind, s in sorted(figures.register.items(), key=lambda one: -one[1].stored)
    ]
    total = figures.items / assumed.CHILDREN
    return [*rows, ("all", f"{total:.2f}", f"{figures.items / 1e6:,.1f}", "", f"{figures.stored_bytes / 2**30:,.1f}")]


def _n(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:,.1f}"  # three digits are enough


def _time(seconds: float) -> str:
    """In the unit that reads best."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,.1f} seconds"
