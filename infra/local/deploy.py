"""Builds the project and deploys it to the emulator, with the real SAM CLI and the real template.

    python -m infra.local.deploy           start the emulator if it does not run, then bring it up to date
    python -m infra.local.deploy --stop    end the emulator

What has not changed is neither built nor deployed again.
"""

import argparse
import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.local import emulator as emulators
from infra.local import parity
from infra.local.emulator import Emulator, EmulatorError
from infra.local.stack import CREDENTIALS, Stack

ROOT = Path(__file__).resolve().parents[2]
# Not where `sam build` puts what goes to AWS: this machine's processor may be another.
BUILT = ROOT / ".local" / "build"

_SAM = ROOT / ".tools" / "sam" / "bin" / "sam"
# What a build depends on.
_SOURCES = (
    "template.yaml",
    "infra/*.yaml",
    "infra/build/**/*",
    "requirements/runtime.txt",
    "shared/**/*.py",
    "shared/**/*.json",
    "functions/**/*.py",
    "docs/openapi.json",
)
# The emulator cannot update a nested stack whose resources refer to each other, so a change there starts it afresh.
_NESTED = ("infra/*.yaml",)

type Say = Callable[[str], None]


class DeployError(Exception):
    """Building or deploying failed; the message holds the end of what the SAM CLI said."""


def bring_up(folder: Path, port: int, say: Say = print) -> Stack:
    """An emulator on `port`, with its state in `folder`, holding the stack as the sources now say.

    Raises EmulatorError or DeployError. What runs already and is up to date is left alone.
    """
    with _one_at_a_time():
        running = emulators.running(folder)
        if running is None:
            # Before the build, so that nobody waits to be told.
            emulators.refuse_taken(port)
        _build(say)
        wanted, nested = _fingerprint(_SOURCES), _fingerprint(_NESTED)
        if running is not None and _deployed(folder)[1:] != [nested]:
            say("The emulator holds another or an unfinished stack: starting it afresh")
            emulators.stop(folder)
            running = None
        if running is not None and _deployed(folder) == [wanted, nested]:
            say("The stack is up to date")
            return Stack.deployed_to(running)
        if running is None:
            say(f"Starting the emulator on port {port}")
        emulator = emulators.start(folder, port)
        marker = folder / "deployed"
        marker.unlink(missing_ok=True)
        try:
            stack = deploy(emulator, say)
        except BaseException:
            # Ctrl+C included: what has not come up is not left behind.
            emulators.stop(folder)
            raise
        marker.write_text(f"{wanted}\n{nested}\n")
        return stack


def build(say: Say = print) -> Path:
    """`sam build`, unless what was built last is what the sources say; the folder that holds it. Raises DeployError."""
    with _one_at_a_time():
        _build(say)
    return BUILT


def _build(say: Say) -> None:
    marker = BUILT.with_name("build.fingerprint")
    wanted = _fingerprint(_SOURCES)
    if marker.exists() and marker.read_text() == wanted:
        return
    say("Building the functions and their layer (sam build)")
    marker.unlink(missing_ok=True)
    _sam(["build", "--build-dir", str(BUILT)], os.environ)
    marker.write_text(wanted)


def deploy(emulator: Emulator, say: Say = print, changed: Mapping[str, str] | None = None) -> Stack:
    """`sam deploy` to the emulator, then what the emulator drops from the template.

    `changed` are parameters of the template by their names, such as `ClosesAt`. What was deployed with any is not what
    `bring_up` brings up, which therefore starts afresh. As with the SAM CLI, a parameter that is not named keeps its
    value. Raises DeployError, with the reasons that CloudFormation has, when the deployment was refused or failed.
    """
    say("Deploying the stack (sam deploy)")
    if changed:
        (emulator.folder / "deployed").unlink(missing_ok=True)
    target = {"AWS_ENDPOINT_URL": emulator.url, **CREDENTIALS}
    command = ["deploy", "--template-file", str(BUILT / "template.yaml"), "--no-progressbar"]
    try:
        _sam(command, dict(os.environ) | target, changed)
    except DeployError as error:
        # Of a stack that could not even be made there may be nothing to ask.
        with suppress(ClientError, BotoCoreError):
            reasons = "\n    ".join(Stack(emulator, {}).failures())
            raise DeployError(f"{error}\n\n    {reasons}") from error
        raise
    stack = Stack.deployed_to(emulator)
    applied = parity.apply(stack, BUILT / "template.yaml")
    say(f"Applying what the emulator drops from the template ({len(applied)} settings)")
    return stack


def parameters() -> list[str]:
    """The template's parameters on this machine: samconfig's, with this machine's processor."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    said: list[str] = config["local"]["global"]["parameters"]["parameter_overrides"]
    return [one for one in said if not one.startswith("Architecture=")] + [f"Architecture={_architecture()}"]


def _architecture() -> str:
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def _sam(command: Sequence[str], environment: Mapping[str, str], changed: Mapping[str, str] | None = None) -> None:
    if not _SAM.exists():
        message = "The SAM CLI is not installed: run `make setup`."
        raise DeployError(message)
    # Nothing of the person's own AWS configuration: this must never reach a real account.
    clean = {name: value for name, value in environment.items() if not name.startswith("AWS_") or name in _KEPT}
    clean |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
        "__SAM_CLI_APP_DIR": str(ROOT / ".local" / "sam"),
    }
    if sys.platform == "darwin":
        # The emulator runs functions on this machine and not in a container.
        clean["SIGNPOST_WHEEL_PLATFORM"] = f"{'aarch64' if _architecture() == 'arm64' else 'x86_64'}-apple-darwin"
    ran = subprocess.run(
        [
            *(str(_SAM), *command, "--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local"),
            # The quotes belong to the argument: without them a value cannot be empty.
            *(
                "--parameter-overrides",
                *parameters(),
                *(f'{name}="{value}"' for name, value in (changed or {}).items()),
            ),
        ],
        cwd=ROOT,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        last = "\n    ".join(ran.stdout.splitlines()[-25:])
        message = f"sam {command[0]} failed:\n    {last}"
        raise DeployError(message)


_KEPT = {"AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", *CREDENTIALS}


def _fingerprint(patterns: Sequence[str]) -> str:
    """Changes when any of the files, their names, or this machine's parameters change."""
    said = hashlib.sha256(" ".join(parameters()).encode())
    files = {
        file
        for pattern in patterns
        for file in ROOT.glob(pattern)
        if file.is_file() and "__pycache__" not in file.parts
    }
    for file in sorted(files):
        said.update(f"\0{file.relative_to(ROOT)}\0".encode())
        said.update(file.read_bytes())
    return said.hexdigest()


def _deployed(folder: Path) -> list[str]:
    marker = folder / "deployed"
    return marker.read_text().split() if marker.exists() else []


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two runs at once, such as a demo and the tests, share what is built."""
    path = ROOT / ".local" / "deploy.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """What `make deploy` and `make stop` run; 0 when it is done, 1 with a message when it is not."""
    parser = argparse.ArgumentParser(description="Bring the stack up on this machine's emulator, or stop it.")
    parser.add_argument("--stop", action="store_true", help="end the emulator and remove what it held")
    arguments = parser.parse_args()
    folder = emulators.default_folder()
    try:
        if arguments.stop:
            # Those of tests that were killed, too.
            stopped = [emulators.stop(notes.parent) for notes in folder.parent.rglob("process.json")]
            print(
                "The emulator has stopped; what it held is gone."
                if any(stopped)
                else "No emulator of this project is running."
            )
            return 0
        began = time.monotonic()
        stack = bring_up(folder, emulators.default_port())
    except (DeployError, EmulatorError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"The API answers at {stack.api_url} ({time.monotonic() - began:.1f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
