"""What is said to AWS: counted, held up, or made to fail at the n-th call. Nothing sleeps and nothing is retried.

Botocore's own events are the place: `before-call` comes once for each call, before any retry, and what a handler
raises or answers there stands for the outcome of all tries. `after-call` comes when the call has been carried out.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from shared.persistence import models

ENDPOINT = "https://aws.example"

type Outcome = tuple[AWSResponse, dict[str, Any]]
"""What stands for a call: the response, and what was parsed of it."""


class Fault(Enum):
    """How a call may fail."""

    THROTTLED = "throttled"
    FAILED = "failed inside"
    TIMED_OUT = "timed out"
    RESET = "connection reset"
    ANSWER_LOST = "carried out, but its answer lost"

    def strike(self) -> Outcome:
        """Answers with an error, or raises one."""
        match self:
            case Fault.THROTTLED:
                return _error(400, "ThrottlingException")
            case Fault.FAILED:
                return _error(500, "InternalServerError")
            case Fault.RESET:
                raise ConnectionClosedError(endpoint_url=ENDPOINT)
            case Fault.TIMED_OUT | Fault.ANSWER_LOST:
                raise ReadTimeoutError(endpoint_url=ENDPOINT)


@dataclass(frozen=True)
class Call:
    """One call: the service's operation, and the table that it is about, where it is about one."""

    operation: str
    table: str = ""


@dataclass
class Calls:
    """Watches clients. `before` is told of each call, on its own thread."""

    before: Callable[[Call], None] = lambda _call: None
    made: list[Call] = field(default_factory=list)
    struck: Call = Call("")
    """The one that failed last."""
    _failing: tuple[int, Fault] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of_tables(self) -> Calls:
        """Watches the clients of all tables that are bound."""
        for base in (models.RegisterItem, models.AccessLogItem, models.DirectoryItem, models.LimitItem):
            if base._connection is None:  # noqa: SLF001  # PynamoDB has no public way to its client
                continue
            connection = base._get_connection()  # noqa: SLF001  # likewise
            self.of(connection.connection.client, base.Meta.table_name)
        return self

    def of(self, client: Any, table: str = "") -> Calls:
        """Watches a client."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-call.{service}", partial(self._before, table))
        client.meta.events.register(f"after-call.{service}", self._after)
        return self

    def count(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(call.operation for call in self.made)

    def fail(self, which: int, fault: Fault) -> None:
        """The n-th call from now on (from 1) fails so."""
        self.made.clear()
        self._failing = (which, fault)

    def mend(self) -> bool:
        """Nothing fails any more. Whether something has."""
        has_struck = self._failing is None
        self._failing = None
        return has_struck

    def _before(self, table: str, model: Any, context: dict[str, Any], **_event: Any) -> Outcome | None:
        call = Call(model.name, table)
        with self._lock:
            self.made.append(call)
            which, fault = self._failing or (0, None)
            strikes = len(self.made) == which
            if strikes:
                self._failing, self.struck = None, call
        self.before(call)
        if not strikes or fault is None:
            return None
        if fault is Fault.ANSWER_LOST:
            context["answer_lost"] = True
            return None
        return fault.strike()

    def _after(self, context: dict[str, Any], **_event: Any) -> None:
        if "answer_lost" in context:
            Fault.ANSWER_LOST.strike()


def cancelled(*reasons: str) -> Outcome:
    """A transaction that DynamoDB cancelled, with the code of each of its items (`None` for those not at fault)."""
    answer, parsed = _error(400, "TransactionCanceledException")
    return answer, {**parsed, "CancellationReasons": [{"Code": reason} for reason in reasons]}


def _error(status: int, code: str) -> Outcome:
    parsed = {"Error": {"Code": code, "Message": "a fault for a test"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return AWSResponse(ENDPOINT, status, HTTPHeaders(), None), parsed
