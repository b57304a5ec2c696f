"""`make bench`: what a request costs in process; prints it, and keeps it for docs/performance.md.

Each scenario is measured in a process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.requests import recording
from tests.bench.requests.document import COST, FEED, cost_rows, feed_rows

KEPT = Path(".local/bench/requests.json")
_FEW_ROWS, _MANY_ROWS = 1_000, 50_000
_QUICK_ROWS = 5_000


def main() -> None:
    """Raises CalledProcessError if a scenario fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.requests", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_ROWS:,} rows where it else is {_MANY_ROWS:,}")
    parser.add_argument("--document", action="store_true", help="write the tables into docs/performance.md")
    arguments = parser.parse_args()
    is_quick = arguments.quick
    _of("recording")
    scenarios: list[dict[str, Any]] = json.loads(recording.FILE.read_text(encoding="utf-8"))["scenarios"]
    said = ("name", "says", "goal")
    measured = [
        {name: scenario[name] for name in said} | json.loads(_of("measure", scenario["name"])) for scenario in scenarios
    ]
    fed = json.loads(_of("feed", str(_FEW_ROWS), str(_QUICK_ROWS if is_quick else _MANY_ROWS)))
    kept = {"requests": measured, "feed": fed["taken"]}
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    console = Console(width=170)
    for heads, rows in ((COST, cost_rows(kept["requests"])), (FEED, feed_rows(kept["feed"]))):
        table = Table(*heads)
        for row in rows:
            table.add_row(*row)
        console.print(table)
    if arguments.document:
        _of("document")


def _of(module: str, *arguments: str) -> str:
    """What a module of this package prints, last, in a process of its own."""
    command = [sys.executable, "-m", f"tests.bench.requests.{module}", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip().rpartition("\n")[2]


if __name__ == "__main__":
    main()
