"""`python -m tests.bench.requests.measure NAME`: one scenario, in a process of its own; prints JSON.

CPU is that of all threads of the process, by `time.process_time`. In turns with it a bare query is measured.
"""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import sys
from statistics import mean
from typing import TYPE_CHECKING, Any

from tests.bench.national import units
from tests.bench.requests import bare
from tests.bench.requests.bare import IN_ONE_TURN, WARM_UPS, timed
from tests.bench.requests.recorded import Recorded, Sent, sequential
from tests.bench.requests.recording import FILE
from tests.bench.requests.scenarios import ACCESS_LOG

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CALLS, ROUNDS = 500, 3
TRIP = 0.05
"""Seconds that a call takes while it is watched: long enough to tell one after another from side by side."""


def main(name: str) -> dict[str, Any]:
    """One scenario's numbers. Raises FileNotFoundError if nothing was recorded."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    os.environ |= kept["environment"]
    scenario = next(one for one in kept["scenarios"] if one["name"] == name)
    answers = {key: answer.encode() for key, answer in scenario["answers"].items()}
    network = Recorded(answers | bare.held_by_few(kept))
    network.install()
    handler = importlib.import_module(f"functions.{scenario['function']}.handler").handler
    query = bare.query(kept)
    log = io.StringIO()
    catch(log)

    def call() -> None:
        answer = handler(scenario["event"], None)
        if answer["statusCode"] != scenario["status"]:
            message = f"{name}: {answer}"
            raise RuntimeError(message)

    for one in (query, call):
        timed(one, WARM_UPS)
    rounds = [in_turns(query, call) for _ in range(ROUNDS)]
    log.truncate(0)
    log.seek(0)
    network.watched, network.takes = [], TRIP
    call()
    bares, milliseconds = zip(*rounds, strict=True)
    return {"bare": bares, "milliseconds": milliseconds, **spent(network.watched), **logged(log.getvalue())}


def in_turns(one: Callable[[], None], other: Callable[[], None]) -> tuple[float, float]:
    """CPU milliseconds of one call of each, a few of the one after a few of the other: so both see the same machine."""
    turns = [(timed(one, IN_ONE_TURN), timed(other, IN_ONE_TURN)) for _ in range(CALLS // IN_ONE_TURN)]
    ones, others = zip(*turns, strict=True)
    return mean(ones), mean(others)


def spent(sent: list[Sent]) -> dict[str, Any]:
    """Calls, trips and units of one request."""
    read = write = 0.0
    for one in sent:
        asked, answer = json.loads(one.body), json.loads(one.answer)
        match one.target:
            case "Query":
                read += units.queried(answer["Items"], consistent=asked.get("ConsistentRead", False))
            case "BatchGetItem":
                for table, wanted in asked["RequestItems"].items():
                    read += units.got(answer["Responses"].get(table, ()), len(wanted["Keys"]))
            case "PutItem":
                is_indexed = asked["TableName"] == ACCESS_LOG and "child_id" in asked["Item"]
                write += units.written(asked["Item"]) * (2 if is_indexed else 1)
            case "UpdateItem":
                write += 1  # all that are updated here are smaller than 1 KB
            case "TransactWriteItems":
                write += units.TRANSACTED * sum(map(_written, asked["TransactItems"]))
            case _:
                raise ValueError(one.target)
    return {"calls": len(sent), "trips": sequential(sent), "read": read, "write": write}


def _written(step: Mapping[str, Any]) -> int:
    ((kind, of),) = step.items()
    return units.written(of["Item"]) if kind == "Put" else 1


def logged(text: str) -> dict[str, int]:
    """Lines of one request, and their bytes."""
    return {"lines": len(text.splitlines()), "log_bytes": len(text.encode())}


def catch(log: io.StringIO) -> None:
    """From now on the function's log goes there."""
    from shared.runtime.observability import logger  # noqa: PLC0415  # in the environment of the function, not before

    handler = logger.registered_handler
    if isinstance(handler, logging.StreamHandler):
        handler.setStream(log)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
