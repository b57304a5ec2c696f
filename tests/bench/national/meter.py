"""Counts what the real code asks of DynamoDB, call by call, while it runs against moto."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import BotocoreStubber

from tests.bench.national import units
from tests.bench.national.counts import Counts, Spent
from tests.integration.emulated import ACCESS_LOG, dynamodb

_IS_INDEXED = "child_id"
"""An access record that has one stands in the index `by-child`, too."""


@dataclass
class Meter:
    """Between every client and moto. What is spent is counted under what is just going on."""

    spent: defaultdict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    _doing: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _aside: threading.local = field(default_factory=threading.local)
    """Set while this thread asks on its own behalf, to know a size."""

    @classmethod
    def tapped(cls, monkeypatch: pytest.MonkeyPatch) -> Meter:
        """Until the patch is undone."""
        meter, answer = cls(), BotocoreStubber.__call__

        def pass_on(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **said: Any) -> Any:
            carried_out: Any = answer(stubber, event_name, request, **said)
            if meter._doing and not getattr(meter._aside, "is_set", False):
                meter._count(event_name, request, carried_out)
            return carried_out

        monkeypatch.setattr(BotocoreStubber, "__call__", pass_on)
        return meter

    @contextmanager
    def during(self, what: str, times: int = 1) -> Iterator[None]:
        """Until the end of the block all counts as so many times of this."""
        self._doing = what
        try:
            yield
        finally:
            self._doing = ""
        self.spent[what].times += times

    def _count(self, event_name: str, request: AWSPreparedRequest, answer: AWSResponse) -> None:
        _, service, operation = event_name.split(".")
        if service != "dynamodb":
            return
        self._aside.is_set = True
        try:
            asked: Any = request.body or b"{}"
            found = list(_spent(operation, json.loads(asked), json.loads(answer.content or b"{}")))
        finally:
            self._aside.is_set = False
        with self._lock:
            for one in found:
                self.spent[self._doing].add(one)


def _spent(operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> Iterator[Spent]:
    table = asked.get("TableName", "")
    match operation:
        case "Query" | "Scan":
            read = units.queried(answer.get("Items", ()), consistent=asked.get("ConsistentRead", False))
            yield Spent(table, _prefix(asked), calls=1, reads=read)
        case "BatchGetItem":
            for name, wanted in asked["RequestItems"].items():
                found = answer.get("Responses", {}).get(name, ())
                yield Spent(name, "by key", calls=1, reads=units.got(found, len(wanted["Keys"])))
        case "PutItem":
            yield Spent(table, _of(asked["Item"]), calls=1, writes=_put(table, asked["Item"]))
        case "UpdateItem":
            yield Spent(table, _of(asked["Key"]), calls=1, writes=_changed(table, asked["Key"]))
        case "TransactWriteItems":
            yield Spent("", "transaction", calls=1)
            for step in asked["TransactItems"]:
                ((kind, of),) = step.items()
                of_one = units.written(of["Item"]) if kind == "Put" else _changed(of["TableName"], of["Key"])
                key = of["Item"] if kind == "Put" else of["Key"]
                yield Spent(of["TableName"], _of(key), writes=units.TRANSACTED * of_one)
        case "BatchWriteItem":
            for name, steps in asked["RequestItems"].items():
                yield Spent(name, "deleted", calls=1, writes=len(steps))  # all of ours are smaller than 1 KB
        case _:
            yield Spent(table, operation, calls=1)


def _put(table: str, item: units.Item) -> int:
    is_twice = table == ACCESS_LOG and _IS_INDEXED in item
    return units.written(item) * (2 if is_twice else 1)


def _changed(table: str, key: dict[str, Any]) -> int:
    item: Any = dynamodb().get_item(TableName=table, Key=key).get("Item", {})
    return units.written(item)


def _prefix(asked: dict[str, Any]) -> str:
    values = asked.get("ExpressionAttributeValues", {})
    hashed = asked.get("KeyConditionExpression", "").partition("=")[2].split()
    name = hashed[0] if hashed else ""
    return str(values.get(name, {}).get("S", "all")).partition("#")[0]


def _of(key: dict[str, Any]) -> str:
    pk = str(key["pk"]["S"]).partition("#")[0]
    sk = str(key.get("sk", {}).get("S", "")).partition("#")[0]
    return f"{pk} {sk}" if pk in ("CHILD", "NOTICES") and sk in ("CHILD", "INV", "DIFF", "HEAD") else pk
