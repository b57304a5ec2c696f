"""What may befall a call on the wire: it fails, or is carried out and its answer lost. The SDK's own retries run, unwaited.

Each try of a call passes here on its way to moto. A call is known by what it is (service, operation, table) and by how
many of its kind went before it: side by side, they come in any order.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse


class Harm(Enum):
    """How a try may fail: with the status and code of an answer, or without one."""

    NO_CAPACITY = (400, "ProvisionedThroughputExceededException")
    THROTTLED = (400, "ThrottlingException")
    FAILED = (500, "InternalServerError")
    RESET = (0, "reset")
    TIMED_OUT = (0, "timed out")

    def happen(self, service: str, url: str) -> AWSResponse:
        """Answers with an error, or raises what botocore's HTTP layer would."""
        status, code = self.value
        match self:
            case Harm.RESET:
                raise ConnectionClosedError(endpoint_url=url)
            case Harm.TIMED_OUT:
                raise ReadTimeoutError(endpoint_url=url)
            case Harm.NO_CAPACITY | Harm.THROTTLED if service == "s3":
                return _answer(url, 503, "<Error><Code>SlowDown</Code><Message>a fault</Message></Error>")
            case Harm.FAILED if service == "s3":
                return _answer(url, 500, "<Error><Code>InternalError</Code><Message>a fault</Message></Error>")
            case _:
                return _answer(url, status, json.dumps({"__type": f"aws#{code}", "message": "a fault for a test"}))


@dataclass(frozen=True)
class Strike:
    """One harm to one call: before it has reached the store, or when it has been carried out; once, or at every try."""

    harm: Harm
    is_after: bool = False
    lasts: bool = False

    def __str__(self) -> str:
        return f"{self.harm.name.lower()} {'after' if self.is_after else 'before'}{', for ever' if self.lasts else ''}"


BEFORE = tuple(Strike(harm) for harm in Harm)
AFTER = tuple(Strike(harm, is_after=True) for harm in (Harm.FAILED, Harm.RESET, Harm.TIMED_OUT))
"""What is throttled is not carried out."""


@dataclass(frozen=True, order=True)
class Spot:
    """A call: what it is, and how many of the same went before it."""

    service: str
    operation: str
    table: str = ""
    before: int = 0

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, so that a lost answer is no more than no answer."""
        return self.operation.startswith(("BatchGet", "Get", "Query", "Scan", "Head", "List", "Describe"))


@dataclass
class Wire:
    """All that is said to AWS while it is watched. `strikes` says which calls are struck, and how."""

    strikes: dict[Spot, Strike] = field(default_factory=dict)
    spots: list[Spot] = field(default_factory=list)
    """The calls that were made, in the order of their first tries."""
    struck: set[Spot] = field(default_factory=set)
    _is_watched: bool = False
    _strike_of: dict[str, Strike | None] = field(default_factory=dict)
    _written: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def tapped(cls, monkeypatch: pytest.MonkeyPatch) -> Wire:
        """Between every client and moto, until the test is over."""
        wire, answer = cls(), BotocoreStubber.__call__

        def pass_on(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **said: Any) -> Any:
            return wire._pass_on(lambda: answer(stubber, event_name, request, **said), event_name, request)

        monkeypatch.setattr(BotocoreStubber, "__call__", pass_on)
        monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
        return wire

    @contextmanager
    def watched(self, strikes: dict[Spot, Strike] | None = None) -> Iterator[None]:
        """Until the end of the block calls are noted, and struck."""
        self.strikes, self.spots, self.struck = strikes or {}, [], set()
        self._strike_of.clear()
        self._is_watched = True
        try:
            yield
        finally:
            self._is_watched = False

    def _pass_on(self, carry_out: Any, event_name: str, request: AWSPreparedRequest) -> Any:
        if not self._is_watched:
            return carry_out()
        _, service, operation = event_name.split(".")
        body = _json(request)
        url, strike = str(request.url), self._strike(service, operation, body, _invocation(request))
        if strike and not strike.is_after:
            return strike.harm.happen(service, url)
        answer = self._once(carry_out, operation, body, url)
        return strike.harm.happen(service, url) if strike else answer

    def _strike(self, service: str, operation: str, body: dict[str, Any], invocation: str) -> Strike | None:
        """That falls on this try."""
        with self._lock:
            if invocation in self._strike_of:  # a retry
                strike = self._strike_of[invocation]
                return strike if strike and strike.lasts else None
            table = body.get("TableName") or "+".join(body.get("RequestItems", ()))
            same = Counter((s.service, s.operation, s.table) for s in self.spots)[service, operation, table]
            spot = Spot(service, operation, table, same)
            self.spots.append(spot)
            strike = self._strike_of[invocation] = self.strikes.get(spot)
            if strike:
                self.struck.add(spot)
            return strike

    def _once(self, carry_out: Any, operation: str, body: dict[str, Any], url: str) -> Any:
        """A transaction that comes again under its token has been written, which moto does not know.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html (ClientRequestToken)
        """
        if operation != "TransactWriteItems":
            return carry_out()
        token = body["ClientRequestToken"]
        if token in self._written:
            return _answer(url, 200, self._written[token].decode())
        answer = carry_out()
        if answer.status_code == 200:
            self._written[token] = answer.content
        return answer


def _answer(url: str, status: int, body: str) -> AWSResponse:
    raw: Any = MockRawResponse(body)
    return AWSResponse(url, status, HTTPHeaders(), raw)


def _invocation(request: AWSPreparedRequest) -> str:
    """The same for every try of one call."""
    value = request.headers["amz-sdk-invocation-id"]
    return value.decode() if isinstance(value, bytes) else str(value)


def _json(request: AWSPreparedRequest) -> dict[str, Any]:
    """The body, if it is JSON; of other services the operation says enough."""
    try:
        raw: Any = request.body or b"{}"
        body = json.loads(raw)
    except (ValueError, TypeError):
        return {}
    return body if isinstance(body, dict) else {}
