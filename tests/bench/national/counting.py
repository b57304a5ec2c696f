"""Runs the real functions on a small part of the country and counts: items and their sizes, units of every operation."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from shared.domain.accesses import HOUR, hour_of
from shared.domain.sealing import SETTLED
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.models import bind
from tests.bench.national import units
from tests.bench.national.country import SERVICES, Part, nhs_number
from tests.bench.national.meter import Meter
from tests.integration.deployed import EVERYTHING, Client, Deployment, deployed
from tests.integration.emulated import (
    ACCESS_LOG,
    CERTIFICATE_BUCKET,
    REGISTER,
    TABLES,
    dynamodb,
    emulated_aws,
)
from tests.integration.streams import Stream
from tests.support.sealing import a_record

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(".local/bench")
COUNTS, SAMPLES = FOLDER / "national-counts.json", FOLDER / "national-samples.json"
CHILDREN = 40
QUESTIONS = 30
FOLLOWED = 15
"""Registrations whose stream is followed: the emulator's is slow."""
RECORDS = 200
"""Of one hour of the access log."""
_ALL_SERVICES = [service for service, _ in SERVICES.values()]


@dataclass
class Kind:
    """Items of one kind in one table: how many, and how large they are together."""

    items: int = 0
    bytes: int = 0
    units: int = 0
    """Write units of deleting all of them."""


@dataclass
class Counted:
    """What was found."""

    children: int
    """That the register came to hold."""
    items: dict[str, dict[str, Kind]] = field(default_factory=dict)
    """By table and kind."""
    meter: Meter = field(default_factory=Meter)
    row_bytes: float = 0
    """Of a row of an extract."""
    samples: dict[str, Any] = field(default_factory=dict)
    """Items and records of streams as they were, for `timing`."""


class _Context:
    """Lambda's, with time enough."""

    aws_request_id = "count"

    def get_remaining_time_in_millis(self) -> int:
        return 800_000


def counted() -> Counted:
    """All of it, in a minute or two."""
    part = Part(CHILDREN)
    with pytest.MonkeyPatch.context() as patch, emulated_aws(patch), deployed(patch) as functions:
        functions.restart(UNREAD_CHANGES_URL="https://queue.example/unread")
        meter = Meter.tapped(patch)
        clients = {code: _enrolled(functions, code) for code in SERVICES}
        row_bytes = _feed(functions, meter, part)
        children = _children()
        _ask(functions, meter, part)
        _move(functions, meter, part)
        records = _follow(functions, meter, part, clients["NSC"])
        items = {table: _kinds(table) for table in TABLES}
        samples = {"records": records, "items": list(_scanned(REGISTER))}
        _look_through(functions, meter)
        samples["logged"] = [item for item in _scanned(ACCESS_LOG) if item["pk"]["S"].startswith("HOUR#")]
        return Counted(children, items, meter, row_bytes, samples)


def _enrolled(functions: Deployment, code: str) -> Client:
    return functions.enrol(code, **{**EVERYTHING, "service_types": _ALL_SERVICES, "covers": []})


def _feed(functions: Deployment, meter: Meter, part: Part) -> float:
    """The first night, the second on which nothing has changed, and a third on which every service has."""
    size = taken_in = 0
    for place, code in enumerate(SERVICES):
        content, rows = part.extract(code)
        size, taken_in = size + len(content), taken_in + rows
        with meter.during("row: new child" if place == 0 else "row: known child", rows):
            _drop(functions, code, content, rows, "created")
    for code in SERVICES:
        content, rows = part.extract(code)
        with meter.during("row: unchanged", rows):
            _drop(functions, code, content, rows, "unchanged")
    content, rows = part.extract("NSC", last_contact="2026-11-02")
    with meter.during("row: service changed", rows):
        _drop(functions, "NSC", content, rows, "updated")
    return size / taken_in


def _move(functions: Deployment, meter: Meter, part: Part) -> None:
    """Counted for each of those that have changed."""
    content, _ = part.extract("NGP", moved=True)
    with meter.during("row: child changed", 0):
        receipt = functions.drop("NGP", content)
    if receipt is None:
        raise AssertionError(content)
    meter.spent["row: child changed"].times = receipt["updated"]


def _drop(functions: Deployment, code: str, content: bytes, rows: int, what: str) -> None:
    receipt = functions.drop(code, content)
    if receipt is None or receipt["accepted"] != rows or receipt[what] < 0.9 * rows:
        raise AssertionError(what, receipt)


def _children() -> int:
    return sum(1 for item in _scanned(REGISTER) if item["kind"]["S"] == "child")


def _ask(functions: Deployment, meter: Meter, part: Part) -> None:
    """Each question by a client of its own that has asked once, so that all it has to know of it is known."""
    by_number = [{"nhs_number": nhs_number(person.number)} for person in part.people]
    nobody = [{"nhs_number": nhs_number(90_000 + n)} for n in range(QUESTIONS)]
    asking = iter([_enrolled(functions, f"Q{n:03}") for n in range(3 * QUESTIONS)])
    for what, questions in (
        ("lookup: details", part.asked()),
        ("lookup: number", by_number),
        ("lookup: nobody", nobody),
    ):
        for asked in questions[:QUESTIONS]:
            own = next(asking)
            own.look_up({"nhs_number": nhs_number(95_000)}, practitioner=_practitioner())
            with meter.during(what):
                answer = own.look_up(asked, practitioner=_practitioner())
            if answer.status != 200:
                raise AssertionError(answer)


def _practitioner() -> dict[str, str]:
    return {"id": f"SWE-{uuid.uuid4().hex[:8]}", "name": "Ann Askwith", "role": "nurse"}


def _follow(functions: Deployment, meter: Meter, part: Part, client: Client) -> list[Any]:
    """What the streams make of some registrations, and of some questions."""
    functions.function("notify")
    bind(register=REGISTER, access_log=ACCESS_LOG)
    register = Stream(REGISTER, lambda: datetime.now(UTC))
    content, _ = part.extract("NCH", last_contact="2026-11-03")
    rows = content.splitlines(keepends=True)
    functions.drop("NCH", b"".join(rows[: FOLLOWED + 1]))
    handler = functions.function("notify").handler
    with meter.during("notify: changed service", FOLLOWED):
        handler({"Records": register.changes}, _Context())
    access_log = Stream(ACCESS_LOG, lambda: datetime.now(UTC))
    for person in part.people[:FOLLOWED]:
        client.look_up({"nhs_number": nhs_number(person.number)}, practitioner=_practitioner())
    with meter.during("notify: question", FOLLOWED):
        handler({"Records": access_log.records}, _Context())
    return register.changes


def _look_through(functions: Deployment, meter: Meter) -> None:
    """An hour of the access log, sealed and looked through: one question of each of so many practitioners."""
    boto3.client("s3").create_bucket(
        Bucket=CERTIFICATE_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
        ObjectLockEnabledForBucket=True,
    )
    access = functions.function("access")
    hour = hour_of(datetime.now(UTC) - SETTLED) - HOUR  # the last that the schedule takes up
    log = DynamoAccessLog(timedelta(days=2192))
    for n in range(RECORDS):
        said = {"practitioner_id": f"SWE-{n:06}", "asked_district": "N12", "note": "ED attendance 4471"}
        log.append(a_record(n, hour + timedelta(seconds=n), child_id=uuid.uuid4().hex, policy="2026-11-1", **said))
    with meter.during("hour: question", RECORDS):
        answer = access.handler({"action": "seal"}, _Context())
    if answer.get("ok") is False:
        raise AssertionError(answer)


def _kinds(table: str) -> dict[str, Kind]:
    kinds: defaultdict[str, Kind] = defaultdict(Kind)
    for item in _scanned(table):
        of = kinds[item["kind"]["S"] if "kind" in item else item["pk"]["S"].partition("#")[0]]
        of.items += 1
        of.bytes += units.size(item)
        of.units += units.written(item)
    return dict(kinds)


def _scanned(table: str) -> Iterator[Any]:
    for page in dynamodb().get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def main() -> None:
    """Counts, and keeps what was counted, and the samples."""
    found = counted()
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = {
        "people": CHILDREN,
        "children": found.children,
        "row_bytes": found.row_bytes,
        "items": {table: {kind: asdict(of) for kind, of in kinds.items()} for table, kinds in found.items.items()},
        "spent": {what: spent.kept() for what, spent in found.meter.spent.items()},
    }
    COUNTS.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    SAMPLES.write_text(json.dumps(found.samples), encoding="utf-8")


if __name__ == "__main__":
    main()
