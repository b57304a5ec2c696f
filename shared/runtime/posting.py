"""A call to an address that an outsider has chosen: where its name leads, when its turn is, and what is sent there."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.domain.errors import AddressRefused
from shared.domain.webhooks import ANSWERED_WITHIN, AT_ONCE, TURN_WITHIN, Answer, check_url, is_public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from urllib.parse import SplitResult

HEADERS = {"Content-Type": "application/json", "User-Agent": "Signpost", "Connection": "close"}
_PORTS = {"https": 443, "http": 80}
_MOST_ADDRESSES = 4
_names = ThreadPoolExecutor(32, thread_name_prefix="name")
"""Nothing stops the system's resolver before it gives up by itself, after half a minute or so: it is not waited for."""


def addresses_of(host: str, port: int) -> list[str]:
    """Where a name leads, as the system's resolver says now. Raises OSError or UnicodeError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """So many calls to one host at once and no more, however many messages there are for it."""

    at_once: int = AT_ONCE
    seconds: float = TURN_WITHIN.total_seconds()
    _hosts: dict[str, threading.Semaphore] = field(default_factory=dict)

    @contextmanager
    def of(self, host: str) -> Iterator[bool]:
        """Whether it came to a turn in time."""
        turn = self._hosts.setdefault(host, threading.Semaphore(self.at_once))
        has_come = turn.acquire(timeout=self.seconds)
        try:
            yield has_come
        finally:
            if has_come:
                turn.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPost:
    """Implements `webhooks.Post`.

    A name is resolved once: what it leads to is looked at, and that address is connected to, so that a name that leads
    elsewhere a moment later leads nowhere. `anywhere` is for one machine. `seconds` after its turn has come it is over,
    however long the name takes, and however busily the other side goes on answering.
    """

    anywhere: bool
    resolve: Callable[[str, int], Sequence[str]] = addresses_of
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    seconds: float = ANSWERED_WITHIN.total_seconds()
    turns: Turns = field(default_factory=Turns)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], go_ahead: Callable[[], object]) -> Answer:
        """See the port."""
        try:
            check_url(url, anywhere=self.anywhere)
        except AddressRefused:
            return Answer(failure="address_refused")
        parts = urlsplit(url)
        with self.turns.of(parts.hostname or "") as has_come:
            if not has_come:
                return Answer(failure="host_busy")
            return self._sent(parts, body, {**HEADERS, **headers}, go_ahead)

    def _sent(
        self, parts: SplitResult, body: bytes, headers: Mapping[str, str], go_ahead: Callable[[], object]
    ) -> Answer:
        ends_at = time.monotonic() + self.seconds
        port = parts.port or _PORTS[parts.scheme]
        try:
            addresses = self._resolved(parts.hostname or "", port, ends_at)
        except (OSError, UnicodeError):
            return Answer(failure="unresolved")
        if not (self.anywhere or all(is_public(address) for address in addresses)):
            return Answer(failure="address_refused")
        go_ahead()
        try:
            with (
                _connected(addresses[:_MOST_ADDRESSES], port, ends_at) as connected,
                self._channel(connected, parts) as channel,
                _cut_off_at(ends_at, channel),
            ):
                if isinstance(channel, ssl.SSLSocket):
                    channel.do_handshake()
                go_ahead()
                return _exchanged(channel, parts, body, headers)
        except (OSError, http.client.HTTPException) as error:
            return Answer(failure=_code(error))

    def _resolved(self, host: str, port: int, ends_at: float) -> Sequence[str]:
        """Raises OSError, TimeoutError among them, or UnicodeError."""
        found = _names.submit(self.resolve, host, port)
        try:
            return found.result(max(0.0, ends_at - time.monotonic()))
        finally:
            found.cancel()  # if it has not even begun

    def _channel(self, connected: socket.socket, parts: SplitResult) -> socket.socket:
        """For HTTPS with TLS, but for the handshake: that, too, has to end in time."""
        if parts.scheme == "http":
            return connected
        return self.trust.wrap_socket(connected, server_hostname=parts.hostname, do_handshake_on_connect=False)


def _connected(addresses: Sequence[str], port: int, ends_at: float) -> socket.socket:
    """To the first that takes it. Raises OSError."""
    refused: OSError = TimeoutError()
    for address in addresses:
        if (left := ends_at - time.monotonic()) <= 0:
            break
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            refused = error
    raise refused


def _exchanged(connected: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
    """One request, and of its answer the status line and the headers: at most 100 of 64 KiB, as `http.client` has it."""
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.sock = connected
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with closing(connection):
        connection.request("POST", target, body, {"Host": parts.netloc, **headers})
        with closing(connection.getresponse()) as response:
            return Answer(status=response.status, retry_after=response.getheader("Retry-After"))


@contextmanager
def _cut_off_at(ends_at: float, channel: socket.socket) -> Iterator[None]:
    """Whatever waits for the other side then raises TimeoutError: what a socket itself allows is for each piece anew."""
    over = threading.Event()

    def cut_off() -> None:
        over.set()
        with suppress(OSError):  # it has just ended by itself
            # not the TLS socket's own shutdown, after which it would go on in the clear
            socket.socket.shutdown(channel, socket.SHUT_RDWR)

    watch = threading.Timer(max(0.0, ends_at - time.monotonic()), cut_off)
    watch.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if not over.is_set():
            raise
    finally:
        watch.cancel()
        watch.join()
    if over.is_set():  # also where it looks as if the headers had ended here
        raise TimeoutError


def _code(error: Exception) -> str:
    """What went wrong, without anything that the other side has said."""
    match error:
        case TimeoutError():
            return "timed_out"
        case ssl.SSLError():
            return "tls"
        case http.client.HTTPException():
            return "not_http"
        case _:
            return "not_reached"
