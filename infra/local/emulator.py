"""The AWS emulator on this machine: start it, find it running, stop it.

It listens on the loopback interface only, enforces IAM, and knows nothing of the environment it was started
from: whatever it saw, every function would see. What it holds lives under one folder and ends with it.

Whether it runs is told by a lock that the process holds for as long as it lives, never by a process id that
somebody else's process may have by now.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
DEFAULT_PORT = 4566
_LAST_PORT = 65535
REGION = "eu-west-2"

_PYTHON = ROOT / ".tools" / "emulator" / "bin" / "python"
_START_WITHIN = 30.0
_STOP_WITHIN = 90.0
_LOOK_EVERY = 0.05

SETTINGS = {
    "AUTH": "true",  # enforce the roles' policies
    "BIND_HOST": HOST,
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    "PERSIST_STATE": "0",
    "LOG_LEVEL": "WARNING",
    "MINISTACK_REGION": REGION,
    # As many calls at once as the tests make; each has a process of about 50 MB.
    "LAMBDA_ACCOUNT_CONCURRENCY": "40",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "PYTHONUNBUFFERED": "1",
}


# Those that this very process started: they are its to reap.
_children: dict[int, subprocess.Popen[bytes]] = {}


class EmulatorError(Exception):
    """The emulator cannot be started or stopped; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator. `url` is its one endpoint, for every service."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://{HOST}:{self.port}"


def default_folder() -> Path:
    """Where the emulator of `make demo` keeps what it holds."""
    return ROOT / ".local" / "emulator"


def default_port() -> int:
    """The port of `make demo`: 4566, or what SIGNPOST_PORT says. Raises EmulatorError if that is no port."""
    named = os.environ.get("SIGNPOST_PORT") or str(DEFAULT_PORT)
    if not named.isascii() or not named.isdigit() or not 0 < int(named) <= _LAST_PORT:
        message = f"SIGNPOST_PORT is {named!r}, which is not a port."
        raise EmulatorError(message)
    return int(named)


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def running(folder: Path) -> Emulator | None:
    """The emulator that keeps its state in `folder`, if one runs."""
    with _lock(folder) as held:
        if held:
            return None
    try:
        notes = json.loads((folder / "process.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return Emulator(port=notes["port"], folder=folder)


def start(folder: Path, port: int) -> Emulator:
    """Start an emulator on `port`, or find the one that already runs for `folder`, whatever its port.

    What an earlier one left in `folder` is removed first. Raises EmulatorError when the port is taken or when the
    emulator does not answer in time.
    """
    found = running(folder)
    if found is not None:
        _wait_until_ready(found, _START_WITHIN)
        return found
    refuse_taken(port)
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("state", "files", "tmp"):
        (folder / part).mkdir(parents=True)
    emulator = Emulator(port=port, folder=folder)
    with _lock(folder) as held, (folder / "server.log").open("wb") as log:
        if not held:
            message = "Another start is under way."
            raise EmulatorError(message)
        process = subprocess.Popen(
            [str(_PYTHON), "-m", "ministack"],
            env=SETTINGS
            | {
                "GATEWAY_PORT": str(port),
                "HOME": str(folder),
                "STATE_DIR": str(folder / "state"),
                "S3_DATA_DIR": str(folder / "files"),
                "TMPDIR": str(folder / "tmp"),
            },
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Its own session, so that Ctrl+C in the terminal that started it does not reach it.
            start_new_session=True,
            # The lock goes with it: it is let go when the process ends, however it ends.
            pass_fds=[held],
        )
        _children[process.pid] = process
        (folder / "process.json").write_text(json.dumps({"pid": process.pid, "port": port}))
    try:
        _wait_until_ready(emulator, _START_WITHIN, process)
    except BaseException:
        # Ctrl+C included: nothing is left running that did not come up.
        stop(folder)
        raise
    return emulator


def stop(folder: Path) -> bool:
    """End the emulator of `folder` and remove what it held; whether there was one to end.

    Raises EmulatorError when it does not end in time.
    """
    found = running(folder)
    if found is None:
        shutil.rmtree(folder, ignore_errors=True)
        return False
    pid: int = json.loads((folder / "process.json").read_text())["pid"]
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_WITHIN
    while running(folder) is not None:
        if time.monotonic() > deadline:
            message = f"The emulator (process {pid}) did not stop within {_STOP_WITHIN:.0f} s."
            raise EmulatorError(message)
        time.sleep(_LOOK_EVERY)
    child = _children.pop(pid, None)
    if child is not None:
        child.wait(_STOP_WITHIN)
    shutil.rmtree(folder, ignore_errors=True)
    return True


@contextmanager
def _lock(folder: Path) -> Iterator[int]:
    """The lock's file descriptor if nobody holds it, else 0; closed again at the end, not unlocked."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder and not inside it, because the folder is removed and made again.
    descriptor = os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held = 0
    else:
        held = descriptor
    try:
        yield held
    finally:
        os.close(descriptor)


def refuse_taken(port: int) -> None:
    """Raises EmulatorError if another program listens on `port`."""
    with socket.socket() as probe:
        # As the emulator itself binds: a port whose last user has just left is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as taken:
            message = (
                f"Port {port} is taken by another program. Choose one that is free: SIGNPOST_PORT={port + 1} make demo"
            )
            raise EmulatorError(message) from taken


def _wait_until_ready(emulator: Emulator, seconds: float, process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(emulator):
        if process is not None and process.poll() is not None:
            raise EmulatorError(_with_log("The emulator ended at once.", emulator))
        if time.monotonic() > deadline:
            raise EmulatorError(_with_log(f"The emulator did not answer within {seconds:.0f} s.", emulator))
        time.sleep(_LOOK_EVERY)


def _answers(emulator: Emulator) -> bool:
    try:
        with urllib.request.urlopen(f"{emulator.url}/_ministack/ready", timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _with_log(message: str, emulator: Emulator) -> str:
    log = emulator.folder / "server.log"
    last = log.read_text(errors="replace").splitlines()[-10:] if log.exists() else []
    return "\n    ".join([message, *last])
