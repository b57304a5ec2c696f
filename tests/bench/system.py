"""`make bench-system`: what a lookup takes end to end on the emulator, beside a bare function with one query.

Both stand behind the emulator's API Gateway with the same token, role, layer and memory, and are asked in turns in one
run, so that what else the machine does meets both alike. Only the ratio says something: the emulator is not AWS.
"""

from __future__ import annotations

import argparse
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import TYPE_CHECKING, Any

import httpx
from rich.console import Console
from rich.table import Table

from infra.local import deploy
from infra.local import emulator as emulators
from infra.local.enrolment import Enrolling, enrol
from tests.bench.bare_function import BARE, deployed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.local.stack import Stack

CLIENTS = (1, 4, 8)
WARM_UPS, ROUNDS, CALLS = 20, 5, 40
"""Of each client: calls that are not counted, and rounds of so many calls that are."""
GOAL = 1.6
DOCUMENT, KEPT = Path("docs/performance.md"), Path(".local/bench/system.json")
FOLDER = Path(".local/bench/emulator")
CHILD = {
    "given_name": "Ottilie",
    "family_name": "Brackenbury",
    "date_of_birth": "2017-03-09",
    "postcode": "HA8 4QQ",
    "nhs_number": "9990000018",
}
ORGANISATIONS = ("RXA", "RXB", "RXC", "RXD")
"""Each works with the child."""
_HEADS = "clients", "lookup p50", "lookup p99", "bare p50", "bare p99", "ratio at p50", "ratio at p99"


@dataclass(frozen=True)
class Measured:
    """So many clients at once; times in milliseconds."""

    clients: int
    lookup_p50: float
    lookup_p99: float
    bare_p50: float
    bare_p99: float

    @property
    def ratio(self) -> float:
        """At p50: what the goal is about."""
        return self.lookup_p50 / self.bare_p50

    def row(self) -> tuple[str, ...]:
        """For people."""
        times = (self.lookup_p50, self.lookup_p99, self.bare_p50, self.bare_p99)
        return (
            str(self.clients),
            *(f"{time:.1f} ms" for time in times),
            f"{self.ratio:.2f}",
            f"{self.lookup_p99 / self.bare_p99:.2f}",
        )


def main() -> None:
    """Measures, prints and keeps; writes the table into docs/performance.md if told so."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.system", description=__doc__)
    parser.add_argument("--document", action="store_true", help=f"write the table into {DOCUMENT}")
    arguments = parser.parse_args()
    try:
        stack = deploy.bring_up(FOLDER.resolve(), emulators.free_port())
        measured = _measure(stack)
    finally:
        emulators.stop(FOLDER.resolve())
        shutil.rmtree(FOLDER, ignore_errors=True)
    table = Table(*_HEADS, title=f"A lookup beside one query behind the same gateway; goal: {GOAL} at p50")
    for one in measured:
        table.add_row(*one.row())
    Console(width=120).print(table)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps([asdict(one) for one in measured], indent=2) + "\n")
    if arguments.document:
        _write(measured)


def _measure(stack: Stack) -> list[Measured]:
    token = _registered(stack)
    partition = _partition(stack)
    bare_url = deployed(stack, partition)
    practitioners = count(1)
    asks: dict[str, Callable[[httpx.Client], None]] = {
        "lookup": partial(_look_up, stack.api_url, practitioners),
        BARE: partial(_ask_bare, bare_url),
    }
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    found = []
    for clients in CLIENTS:
        times: dict[str, list[float]] = {name: [] for name in asks}
        for ask in asks.values():
            _timed(ask, headers, clients, WARM_UPS)
        for _ in range(ROUNDS):
            for name, ask in asks.items():
                times[name] += _timed(ask, headers, clients, CALLS)
        (look_up, look_up_99), (bare, bare_99) = (_percentiles(times[name]) for name in ("lookup", BARE))
        found.append(Measured(clients, look_up, look_up_99, bare, bare_99))
    return found


def _timed(ask: Callable[[httpx.Client], None], headers: dict[str, str], clients: int, calls: int) -> list[float]:
    """In milliseconds, of so many calls of each client, all clients at once."""

    def one_client(_number: int) -> list[float]:
        times = []
        with httpx.Client(headers=headers, timeout=60) as client:
            for _ in range(calls):
                began = perf_counter()
                ask(client)
                times.append((perf_counter() - began) * 1000)
        return times

    with ThreadPoolExecutor(clients) as pool:
        return [time for times in pool.map(one_client, range(clients)) for time in times]


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    return median(times), quantiles(times, n=100)[98]


def _look_up(url: str, practitioners: count[int], client: httpx.Client) -> None:
    body = {
        "reason": {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11"},
        "practitioner": {"id": f"NMC-{next(practitioners) % 50}", "name": "Amara Lindqvist", "role": "nurse"},
        "child": {"nhs_number": CHILD["nhs_number"]},
    }
    answer = client.post(f"{url}/lookups", json=body).raise_for_status().json()
    if len(answer.get("involvements", ())) != len(ORGANISATIONS):
        raise ValueError(answer)


def _ask_bare(url: str, client: httpx.Client) -> None:
    items = client.post(f"{url}/{BARE}", json={}).raise_for_status().json()
    if len(items) < len(ORGANISATIONS):
        raise ValueError(items)


def _registered(stack: Stack) -> str:
    """The child, with four involvements; and a token of who may look it up."""
    # All of them first: a function that has read the Directory knows nobody for a minute who is enrolled later.
    clients = [enrol(stack, stack.emulator.folder, _organisation(code)) for code in ORGANISATIONS]
    tokens = [stack.token(client.client_id, client.client_secret) for client in clients]
    body: dict[str, Any] = {"child": CHILD, "service_type": "health_visiting", "duty_phone": "020 7946 0155"}
    for token in tokens:
        url = f"{stack.api_url}/involvements/bench-1"
        httpx.put(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=60).raise_for_status()
    return tokens[-1]


def _organisation(code: str) -> Enrolling:
    return Enrolling(
        code=code,
        name=f"The organisation {code}",
        capabilities=("lookup", "register"),
        purposes=("emergency_care",),
        roles=("nurse",),
        service_types=("health_visiting",),
        covers=("HA8",),
        sees=("health_visiting",),
    )


def _partition(stack: Stack) -> str:
    """The child's, which the bare function reads as a lookup does."""
    table = stack.outputs["RegisterName"]
    for page in stack.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            if item["kind"] == {"S": "child"}:
                return str(item["pk"]["S"])
    raise LookupError(table)


def _write(measured: Sequence[Measured]) -> None:
    lines = ["|".join(_HEADS), "|".join(["---:"] * len(_HEADS)), *("|".join(one.row()) for one in measured)]
    table = "\n".join(f"| {line.replace('|', ' | ')} |" for line in lines)
    before, begin, rest = DOCUMENT.read_text(encoding="utf-8").partition("<!-- system -->\n")
    _, end, after = rest.partition("<!-- end -->")
    DOCUMENT.write_text(f"{before}{begin}{table}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
