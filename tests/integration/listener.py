"""Somebody's webhook on 127.0.0.1: one that answers as it is told, and one that behaves badly."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Got:
    """One request. The names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """`statuses` are answered one after the other, the last one for ever."""

    port: int = 0
    statuses: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/notices"

    def answer(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Listener]:
    """Until the end of the block."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.got.append(Got(self.path, {n.lower(): v for n, v in self.headers.items()}, body))
            self.send_response(listener.answer())
            for name, value in listener.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that does not like the certificate goes away."""

    with Server((LOOPBACK, 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        listener.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def behaving(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A port on which each connection is dealt with by `talk`, until it ends or the event is set."""
    over = threading.Event()

    def serve(server: socket.socket) -> None:
        while True:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                if over.is_set():
                    return
                talk(connection, over)

    with socket.create_server((LOOPBACK, 0)) as server:
        thread = threading.Thread(target=serve, args=[server])
        thread.start()
        port: int = server.getsockname()[1]
        try:
            yield port
        finally:
            over.set()
            socket.create_connection((LOOPBACK, port)).close()
            thread.join()
