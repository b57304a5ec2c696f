"""Client systems that call the API without pause, each in a thread of its own, and what each was answered."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Any, Self

import httpx

from shared.api.operations import PRACTITIONER_HEADER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from types import TracebackType

_PATIENCE = 240.0
"""Seconds. Dozens of functions that start at once share the processors of one small machine."""
_READER = "AUD-3"
"""Who asks, where a header says so."""
_SENT_AGAIN = frozenset({500, 502, 503, 504})
"""What docs/api.md tells clients to send again: nothing was lost, and the same call may succeed now."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that a client makes again and again. `route` is its name: the method and the path's pattern."""

    route: str
    path: str
    body: Any = None

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.route.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Caller:
    """A client with its token, and the calls that it makes in turn."""

    url: str
    token: str
    calls: Sequence[Call]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one call was answered, by the clock of the machine that called."""

    route: str
    sent_at: datetime
    received_at: datetime
    """When the whole answer was there."""
    status: int
    request_id: str
    headers: httpx.Headers = field(repr=False)
    is_sent_again: bool = False
    """Whether the client did not let it rest at that."""
    problem: str = ""
    """The type of its problem details, without what all of them begin with; empty if it has none."""

    @property
    def tells_something(self) -> bool:
        """Whether it discloses or acknowledges anything."""
        return httpx.codes.is_success(self.status)


@dataclass
class Traffic:
    """As a context manager: calls from its begin to its end. `answers` grows meanwhile, in the order of arrival.

    A call that fails is made up to `attempts` times, as docs/api.md asks of every client.
    """

    callers: Sequence[Caller]
    attempts: int = 1
    answers: list[Answered] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)
    _running: list[Future[None]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(len(self.callers))
        self._running = [self._pool.submit(self._call, caller) for caller in self.callers]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._pool.shutdown()
        if error is None:
            for one in self._running:
                one.result()

    def _call(self, caller: Caller) -> None:
        headers = {
            "Authorization": f"Bearer {caller.token}",
            "Content-Type": "application/json",
            PRACTITIONER_HEADER: _READER,
        }
        with httpx.Client(base_url=caller.url, headers=headers, timeout=_PATIENCE) as client:
            for call in itertools.cycle(caller.calls):
                if self._ended.is_set():
                    return
                self._make(client, call)

    def _make(self, client: httpx.Client, call: Call) -> None:
        content = None if call.body is None else json.dumps(call.body).encode()
        for attempt in range(1, self.attempts + 1):
            sent_at = datetime.now(UTC)
            answer = client.request(call.method, call.path, content=content)
            is_sent_again = answer.status_code in _SENT_AGAIN and attempt < self.attempts
            self.answers.append(_answered(call.route, sent_at, answer, is_sent_again=is_sent_again))
            if not is_sent_again:
                return


def _answered(route: str, sent_at: datetime, answer: httpx.Response, *, is_sent_again: bool) -> Answered:
    is_problem = answer.headers.get("Content-Type") == "application/problem+json"
    return Answered(
        route=route,
        sent_at=sent_at,
        received_at=datetime.now(UTC),
        status=answer.status_code,
        request_id=answer.headers.get("X-Request-Id", ""),
        headers=answer.headers,
        is_sent_again=is_sent_again,
        problem=str(answer.json()["type"]).removeprefix("urn:signpost:problem:") if is_problem else "",
    )
