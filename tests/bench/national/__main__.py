"""`make bench-national` and `make cost`: the national service worked out from what the real code was seen to do."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from tests.bench.national import cost, report
from tests.bench.national.counting import COUNTS
from tests.bench.national.figures import Figures
from tests.bench.national.timing import TIMES

PERFORMANCE, COST = Path("docs/performance.md"), Path("docs/cost.md")


def main() -> None:
    """Counts and times if told so or if nobody has, prints, and writes the tables into the documents if told so."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.national", description=__doc__)
    parser.add_argument("--count", action="store_true", help="count and time anew, in some minutes")
    parser.add_argument("--cost", action="store_true", help="what it costs, and nothing else")
    parser.add_argument("--document", action="store_true", help=f"write the tables into {PERFORMANCE} and {COST}")
    arguments = parser.parse_args()
    for module, left in (("counting", COUNTS), ("timing", TIMES)):
        if arguments.count or not left.exists():  # each in a process of its own: they replace the network
            subprocess.run(
                [sys.executable, "-m", f"tests.bench.national.{module}"], check=True, stdout=subprocess.DEVNULL
            )
    figures, prices = Figures.read(), cost.Prices.read()
    performance, costs = report.tables(figures), report.cost_tables(figures, prices)
    console = Console(width=180)
    for name, (heads, rows) in (costs if arguments.cost else performance).items():
        console.print(report.printed(name, heads, rows))
    if arguments.cost:
        console.print("Infrastructure only: nobody's work, no support, no network of the organisations, no VAT.")
    if arguments.document:
        for path, tables in ((PERFORMANCE, performance), (COST, costs)):
            document = path.read_text(encoding="utf-8")
            for name, (heads, rows) in tables.items():
                document = report.written(document, name, report.markdown(heads, rows))
            path.write_text(document, encoding="utf-8")


if __name__ == "__main__":
    main()
