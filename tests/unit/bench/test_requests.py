"""What the bench of requests makes of what it measured."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSRequest

from tests.bench.requests import bare, document
from tests.bench.requests.document import COST, FEED, cost_rows, feed_rows
from tests.bench.requests.feed import Feed, rounds_of

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

TWICE_AS_SLOW = bare.THERE * 2
DOCUMENT = "Before.\n<!-- requests -->\n<!-- end -->\nBetween.\n<!-- feed -->\n| old |\n<!-- end -->\nAfter.\n"


def fed(**told: Any) -> dict[str, Any]:
    round_of_each = {"rows_a_second": [150.0, 160.0, 170.0], "bare": [TWICE_AS_SLOW] * 3}
    return {"rows": 1000, "outcome": "created", "mebibytes": 105.8, **round_of_each, **told}


def measured() -> dict[str, Any]:
    counts = {"calls": 4, "trips": 2, "read": 2.0, "write": 3.0, "lines": 1, "log_bytes": 674}
    return {"says": "lookup", "goal": "2.4", "milliseconds": [4.0, 5.0, 9.0], "bare": [0.5, 1.0, 2.0], **counts}


def asking(target: str) -> AWSPreparedRequest:
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{target}"}
    body = b'{"RequestItems": {"Register": {"Keys": []}}}'
    return AWSRequest("POST", "https://dynamodb.example/", headers, body).prepare()


def test_a_request_is_told_as_a_multiple_of_a_bare_query() -> None:
    (row,) = cost_rows([measured()])
    assert dict(zip(COST, row, strict=True)) == {
        "request": "lookup",
        "CPU, ms": "5.00",
        "a bare query then, ms": "1.00",
        "ratio": "5.0",
        "goal, ms": "2.4",
        "calls": "4",
        "trips": "2",
        "read units": "2",
        "write units": "3",
        "log lines": "1",
        "bytes of log": "674",
    }


def test_what_half_the_machine_takes_in_of_an_extract_a_whole_one_takes_in_twice() -> None:
    (row,) = feed_rows([fed()])
    assert dict(zip(FEED, row, strict=True)) == {
        "rows of an extract": "1,000",
        "all of them": "created",
        "rows a second of CPU": "160",
        "a bare query then, ms": "1.02",
        "rows a second where that takes 0.51 ms": "320",
        "most memory, MiB": "106",
    }


def test_a_round_that_the_machine_was_slow_in_is_reckoned_by_its_own_bare_query() -> None:
    slow_once = fed(rows_a_second=[300.0, 100.0, 300.0], bare=[bare.THERE, 3 * bare.THERE, bare.THERE])
    slow_twice = fed(rows_a_second=[300.0, 100.0, 150.0], bare=[bare.THERE, 3 * bare.THERE, TWICE_AS_SLOW])
    assert [row[4] for row in feed_rows([slow_once, slow_twice])] == ["300", "300"]


def test_time_is_reckoned_by_how_long_a_bare_query_took_beside_it() -> None:
    assert bare.there(600.0, TWICE_AS_SLOW) == pytest.approx(300)


def test_short_extracts_are_taken_in_more_than_once_and_long_ones_once() -> None:
    assert [rounds_of(rows) for rows in (1_000, 5_000, 50_000)] == [5, 1, 1]


def test_bare_queries_come_between_hundreds_of_rows_and_not_beside_their_registration() -> None:
    turns = list[str]()
    network = Feed({}, between=lambda: turns.append("turn"), pointers=None)
    network(asking("BatchGetItem"))
    network(asking("TransactWriteItems"))
    of_a_row = threading.Thread(target=network, args=(asking("BatchGetItem"),))
    of_a_row.start()
    of_a_row.join()
    assert turns == ["turn"]


def test_the_tables_are_written_between_their_marks_and_nothing_else_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / ".local/bench/requests.json"
    for file in (kept, tmp_path / document.DOCUMENT):
        file.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"requests": [measured()], "feed": [fed()]}), encoding="utf-8")
    Path(document.DOCUMENT).write_text(DOCUMENT, encoding="utf-8")
    document.main()
    written = document.DOCUMENT.read_text(encoding="utf-8")
    assert "\n| 1,000 | created | 160 | 1.02 | 320 | 106 |\n<!-- end -->\nAfter.\n" in written
    assert written.startswith("Before.\n<!-- requests -->\n| request | CPU, ms | a bare query then, ms |")
    assert "<!-- end -->\nBetween.\n<!-- feed -->\n| rows of an extract | all of them |" in written
    assert "| old |" not in written
