"""Answers that were recorded, in place of the network. All else of the SDK runs: endpoints, serialising, signing, parsing.

Which answer a call gets, its target says and what identifies what it reads; a write is answered that it was done.
"""

from __future__ import annotations

import io
import json
import threading
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore.handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOTHING = {
    "Query": b'{"Count":0,"Items":[],"ScannedCount":0}',
    "UpdateItem": b'{"Attributes":{}}',
    "BatchGetItem": b'{"Responses":{},"UnprocessedKeys":{}}',
}


class Raw(io.BytesIO):
    """A body, as urllib3 hands it over."""

    def stream(self, amount: int = 65536, **_: object) -> Iterator[bytes]:
        while chunk := self.read(amount):
            yield chunk


def target_of(request: AWSPreparedRequest) -> str:
    """`Query`; of a service that has no targets the method."""
    target: str | bytes = request.headers.get("X-Amz-Target", request.method or "")
    text = target.decode() if isinstance(target, bytes) else target
    return text.rpartition(".")[2]


def body_of(request: AWSPreparedRequest) -> bytes:
    """What is sent; of a stream nothing."""
    match request.body:
        case bytes() | bytearray() as body:
            return bytes(body)
        case str() as text:
            return text.encode()
        case _:
            return b""


def key_of(target: str, body: bytes) -> str:
    """What tells one read from another: the instant of asking does not."""
    asked: dict[str, Any] = json.loads(body) if body else {}
    match target:
        case "Query":
            place = asked["KeyConditionExpression"].partition("=")[2].split()[0].strip("()")
            return f"{target} {asked['TableName']} {asked['ExpressionAttributeValues'][place]['S']}"
        case "GetItem":
            return f"{target} {asked['TableName']} {json.dumps(asked['Key'])}"
        case "BatchGetItem":
            wanted = {table: sorted(map(json.dumps, of["Keys"])) for table, of in asked["RequestItems"].items()}
            return f"{target} {json.dumps(wanted, sort_keys=True)}"
        case _:
            return target


@dataclass
class Sent:
    """One call, and when it began and ended."""

    target: str
    body: bytes
    answer: bytes
    began: float
    ended: float


@dataclass
class Recorded:
    """The network. `takes` seconds each call, if calls are watched; else none."""

    answers: Mapping[str, bytes]
    takes: float = 0.0
    watched: list[Sent] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def install(self) -> None:
        """For every client that is made from now on in this process."""
        botocore.handlers.BUILTIN_HANDLERS.append(("before-send", self))

    def __call__(self, request: AWSPreparedRequest, **_event: object) -> AWSResponse:
        """Answers one request that is ready to be sent."""
        began = time.perf_counter()
        target = target_of(request)
        body = body_of(request)
        answer = self.answers.get(key_of(target, body), _NOTHING.get(target, b"{}"))
        if self.watched is not None:
            time.sleep(self.takes)
            with self._lock:
                self.watched.append(Sent(target, body, answer, began, time.perf_counter()))
        return self.answering(request, answer)

    @staticmethod
    def answering(request: AWSPreparedRequest, answer: bytes) -> AWSResponse:
        """A success of DynamoDB."""
        headers = HTTPHeaders()
        headers["Content-Type"] = "application/x-amz-json-1.0"
        headers["Content-Length"] = str(len(answer))
        headers["x-amzn-RequestId"] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEF"
        headers["x-amz-crc32"] = str(zlib.crc32(answer))
        return AWSResponse(request.url, 200, headers, Raw(answer))


def sequential(sent: list[Sent]) -> int:
    """How many calls had to wait for each other: the longest row of calls each begun after the one before had ended."""
    longest = 0
    rows: list[tuple[float, int]] = []
    for call in sorted(sent, key=lambda call: call.began):
        before = max((length for ended, length in rows if ended <= call.began), default=0)
        rows.append((call.ended, before + 1))
        longest = max(longest, before + 1)
    return longest
