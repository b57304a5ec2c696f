"""A receiver of webhooks on this machine: keeps what arrives, and verifies it as the Standard Webhooks specification says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from infra.local.emulator import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REPLAY_WINDOW = timedelta(minutes=5)
_SECRET_PREFIX = "whsec_"  # noqa: S105  # says that a secret follows
_ANY_PORT = 0


@dataclass(frozen=True, slots=True)
class Received:
    """One call of a webhook, as it arrived."""

    at: datetime
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes = field(repr=False)

    @property
    def message_id(self) -> str:
        """What a receiver tells repetitions by."""
        return self.headers["webhook-id"]

    @property
    def payload(self) -> dict[str, Any]:
        """What it says."""
        said: dict[str, Any] = json.loads(self.body)
        return said

    def is_signed_with(self, secret: str) -> bool:
        """Whether a signature is this secret's, and not older than the replay window."""
        stamp = self.headers["webhook-timestamp"]
        signed = f"{self.message_id}.{stamp}.".encode() + self.body
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
        expected = f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"
        is_fresh = abs(self.at - datetime.fromtimestamp(int(stamp), UTC)) < REPLAY_WINDOW
        return is_fresh and any(
            hmac.compare_digest(expected, one) for one in self.headers["webhook-signature"].split(" ")
        )


@dataclass
class Listener:
    """What has arrived. `answers` are given in turn, and 204 when none is left."""

    port: int = _ANY_PORT
    received: list[Received] = field(default_factory=list)
    answers: list[HTTPStatus] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}/signpost"


@contextmanager
def listening(remembered: Path | None = None) -> Iterator[Listener]:
    """Listens on the loopback interface; on the port that the file names, if that is free, and keeps it there.

    A webhook's address takes up to a minute to reach the function that delivers: whoever comes back does better to
    listen where it did before.
    """
    listener = Listener()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            listener.received.append(Received(datetime.now(UTC), headers, body))
            self.send_response(listener.answers.pop(0) if listener.answers else HTTPStatus.NO_CONTENT)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with _server(remembered, Receiver) as server:
        listener.port = server.server_address[1]
        if remembered:
            remembered.write_text(str(listener.port))
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()


def _server(remembered: Path | None, receiver: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    if remembered and remembered.exists():
        with suppress(OSError):  # somebody else listens there now
            return ThreadingHTTPServer((HOST, int(remembered.read_text())), receiver)
    return ThreadingHTTPServer((HOST, _ANY_PORT), receiver)
