"""What the bench of start-up tells of the starts that it saw."""

from __future__ import annotations

from pathlib import Path

from tests.bench import startup
from tests.bench.requests import bare
from tests.support.starting import Started

MODULES = ("json", "shared.domain", "functions.lookup.handler")


def a_start(cpu: float) -> Started:
    return Started(
        import_ms=cpu, import_cpu_ms=cpu - 30, call_ms=50, call_cpu_ms=30, modules=MODULES, answer={"statusCode": 200}
    )


def told(tmp_path: Path, *starts: startup.Beside) -> startup.Row:
    folder = tmp_path / "LookupFunction"
    folder.mkdir()
    (folder / "handler.py").write_text("handler = print\n", encoding="utf-8")
    return startup.row(tmp_path, "lookup", starts)


def test_a_start_is_told_as_measured_and_as_it_would_be_where_the_goals_are_stated_for(tmp_path: Path) -> None:
    row = told(tmp_path, *((a_start(600), 2 * bare.THERE) for _ in range(3)))
    assert row == {
        "function": "lookup",
        "zip, KB": 0,
        "modules of ours": 2,
        "import, ms CPU": 570,
        "first call, ms CPU": 30,
        "start, ms CPU": 600,
        "start, ms": 650,
        "a bare query then, ms": "1.02",
        "start, ms CPU where that takes 0.51 ms": 300,
    }


def test_each_start_is_reckoned_by_the_bare_queries_after_it(tmp_path: Path) -> None:
    busy = a_start(900), 3 * bare.THERE
    row = told(tmp_path, busy, (a_start(300), bare.THERE), busy)
    assert (row["start, ms CPU"], row["start, ms CPU where that takes 0.51 ms"]) == (900, 300)


def test_the_table_of_the_document_has_a_cell_for_each_head(tmp_path: Path) -> None:
    heads, line, row = startup.markdown([told(tmp_path, (a_start(600), bare.THERE))]).splitlines()
    assert heads.count("|") == line.count("|") == row.count("|")
    assert row == "| lookup | 0 | 2 | 570 | 30 | 600 | 650 | 0.51 | 600 |"
