"""`make bench-startup`: how large each built function is, and how long its start takes.

A start is the import of its handler and its first call, in a fresh process, with nothing on its path but what its zip
and its layer hold, bytecode included; AWS is answered at once by this machine, without TLS. Functions take turns, so that
whatever else the machine does weighs on all alike; and after each start bare queries are measured, here, to reckon by.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from infra.local import deploy
from tests.bench.requests import bare
from tests.bench.requests.recorded import Recorded
from tests.bench.requests.recording import FILE
from tests.support.starting import FUNCTIONS, Started, aws, folder_of, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

DOCUMENT, KEPT = Path("docs/performance.md"), Path(".local/bench/startup.json")
STARTS, QUERIES = 9, 20
"""Of each function; and after each start."""
_HEADS = (
    *("function", "zip, KB", "modules of ours", "import, ms CPU", "first call, ms CPU", "start, ms CPU", "start, ms"),
    *(bare.HEADS[0], f"start, ms CPU {bare.HEADS[1]}"),
)
_OURS = ("shared", "functions")

type Row = dict[str, str | int]
type Beside = tuple[Started, float]
"""A start, and the CPU milliseconds of a bare query after it."""


def measured(built: Path, names: Sequence[str], starts: int) -> list[Row]:
    """A row for each function, of the medians of its starts."""
    query = _bare_query()
    bare.timed(query, bare.WARM_UPS)
    went: dict[str, list[Beside]] = {name: [] for name in names}
    with aws() as endpoint:
        for _ in range(starts):
            for name in names:
                went[name].append((start(built, name, endpoint), bare.timed(query, QUERIES)))
    return [row(built, name, went[name]) for name in names]


def _bare_query() -> Callable[[], None]:
    """Of what `make bench` has recorded; if it has not, that is done first."""
    if not FILE.exists():
        subprocess.run([sys.executable, "-m", "tests.bench.requests.recording"], check=True, capture_output=True)
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    os.environ |= kept["environment"]
    Recorded(bare.held_by_few(kept)).install()
    return bare.query(kept)


def row(built: Path, name: str, starts: Sequence[Beside]) -> Row:
    """By the heads of the table."""
    went = [one for one, _ in starts]
    ours = sum(module.partition(".")[0] in _OURS for module in went[0].modules)
    values = (
        name,
        round(zip_size(folder_of(built, name)) / 1000),
        ours,
        round(median(one.import_cpu_ms for one in went)),
        round(median(one.call_cpu_ms for one in went)),
        round(median(one.import_cpu_ms + one.call_cpu_ms for one in went)),
        round(median(one.import_ms + one.call_ms for one in went)),
        f"{median(query for _, query in starts):.2f}",
        round(median(bare.there(one.import_cpu_ms + one.call_cpu_ms, query) for one, query in starts)),
    )
    return dict(zip(_HEADS, values, strict=True))


def zip_size(folder: Path) -> int:
    """In bytes, of the zip that the SAM CLI makes."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _files(folder):
            archive.write(file, file.relative_to(folder))
    return len(zipped.getvalue())


def _files(folder: Path) -> Iterable[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def main() -> None:
    """Measures, prints, keeps, and writes the table into docs/performance.md if told so."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.startup", description=__doc__)
    parser.add_argument("--document", action="store_true", help=f"write the table into {DOCUMENT}")
    parser.add_argument("--built", type=Path, help="measure what was built there, in place of these sources")
    parser.add_argument("--function", action="append", choices=FUNCTIONS, help="only this one")
    parser.add_argument("--starts", type=int, default=STARTS)
    arguments = parser.parse_args()
    built = arguments.built or deploy.build()
    rows = measured(built, arguments.function or FUNCTIONS, arguments.starts)
    layer = round(sum(file.stat().st_size for file in _files(built / "DependenciesLayer")) / 1_000_000, 1)
    console, table = Console(width=170), Table(*_HEADS)
    for one in rows:
        table.add_row(*map(str, one.values()))
    console.print(table)
    console.print(f"The layer has {layer} MB unpacked. Medians of {arguments.starts} starts.")
    if arguments.built is None and arguments.function is None:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(json.dumps({"layer_mb": layer, "functions": rows}, indent=1) + "\n", encoding="utf-8")
    if arguments.document:
        _write(markdown(rows))


def markdown(rows: Sequence[Row]) -> str:
    """As docs/performance.md has it."""
    lines = ["| " + " | ".join(_HEADS) + " |", "|---" + "|--:" * (len(_HEADS) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, one.values())) + " |" for one in rows)])


def _write(table: str) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    before, begin, rest = document.partition("<!-- startup -->\n")
    _, end, after = rest.partition("<!-- end -->")
    DOCUMENT.write_text(f"{before}{begin}{table}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
