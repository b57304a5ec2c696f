"""The dependencies layer: what requirements/runtime.txt pins, trimmed to what functions can need."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from infra.build.bytecode import compile_beside

# Lambda's python3.13 runs on Amazon Linux 2023, whose C library is 2.34; wheels for 2.28 and older load there.
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
# On a Mac the emulator runs functions on the Mac itself: infra/local names that platform here.
PLATFORM_OVERRIDE = "SIGNPOST_WHEEL_PLATFORM"

# The service descriptions of the services that functions call. boto3 carries 400 others, 25 MB of them.
SERVICES = frozenset(
    {
        *("backup", "cloudformation", "cloudwatch", "cognito-idp", "dynamodb", "dynamodbstreams", "events", "kms"),
        *("lambda", "logs", "s3", "secretsmanager", "sqs", "sts"),
    }
)
# Never imported by running code.
UNUSED_FILES = ("*.pyi", "py.typed", "examples-1.json*")
UNUSED_FOLDERS = frozenset({"tests", "test", "examples", "bin", "__pycache__"})
UNUSED_PACKAGES = (
    "dns",  # asks the DNS whether an e-mail domain exists; the register checks an address's form only
    "aws_lambda_powertools/event_handler",  # ADR 5
)
# Of Powertools' utilities, those that its logs and metrics need.
UTILITIES = frozenset({"__init__.py", "jmespath_utils", "typing"})
# The only country whose numbers the register checks.
COUNTRY = "gb"
# What descriptions say to people: more than half of what a client otherwise has to parse before its first call.
PROSE = frozenset({"documentation", "documentationUrl"})
# Parts of which botocore reads the prose, too, and fails without it: the settings of a client of S3.
READ_WHOLE = ("clientContextParams",)


class NotInstalled(Exception):
    """Something the person running the build has to put right; the message says what."""


def package_layer(architecture: str, target: Path, root: Path) -> None:
    """Fill `target` with the layer's `python/` folder, from a cache when nothing has changed. Raises NotInstalled."""
    wheels = os.environ.get(PLATFORM_OVERRIDE) or PLATFORMS[architecture]
    requirements = root / "requirements" / "runtime.txt"
    recipe = [file.read_bytes() for file in (requirements, *sorted(Path(__file__).parent.glob("*.py")))]
    key = hashlib.sha256(b"\0".join([*recipe, wheels.encode(), sys.version.encode()])).hexdigest()[:16]
    cached = root / ".local" / "layers" / f"{wheels}-{key}"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cached.parent) as scratch:
            made = Path(scratch) / "made"
            install(requirements, wheels, made / "python", root)
            trim(made / "python")
            if not compile_beside(made, runs_at="/opt"):
                message = "Not every module of the layer could be compiled."
                raise NotInstalled(message)
            made.rename(cached)
    shutil.copytree(cached, target, dirs_exist_ok=True)


def install(requirements: Path, wheels: str, target: Path, root: Path) -> None:
    """Install exactly `requirements` for another machine: wheels only, every hash checked. Raises NotInstalled."""
    uv = root / ".venv" / "bin" / "uv"
    command = [
        *(str(uv) if uv.exists() else "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
        *("--only-binary", ":all:", "--python-platform", wheels, "--python-version", "3.13"),
        *("--python", sys.executable, "--link-mode", "copy"),
        *("--target", str(target), "--requirements", str(requirements)),
    ]
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError as missing:
        message = "The layer is installed with uv, which was not found. Run `make setup` first."
        raise NotInstalled(message) from missing
    except subprocess.CalledProcessError as failed:
        message = f"uv could not install {requirements.name} for {wheels}."
        raise NotInstalled(message) from failed


def trim(packages: Path) -> None:
    """Drop what no function can need; what Python or a library reads at run time stays."""
    remove(folder for folder in packages.rglob("*") if folder.is_dir() and folder.name in UNUSED_FOLDERS)
    remove(file for pattern in UNUSED_FILES for file in packages.rglob(pattern))
    remove(packages / package for package in UNUSED_PACKAGES)
    powertools = packages / "aws_lambda_powertools" / "utilities"
    remove(entry for entry in powertools.iterdir() if entry.name not in UTILITIES)
    for library in ("botocore", "boto3"):
        # The files beside the services (partitions, retries, defaults) are read by every client.
        remove(
            entry for entry in (packages / library / "data").iterdir() if entry.is_dir() and entry.name not in SERVICES
        )
    abridge(packages / "botocore" / "data")
    numbers = packages / "stdnum"
    remove(entry for entry in numbers.iterdir() if entry.is_dir() and entry.name != COUNTRY)
    remove(numbers.glob("*.dat"))
    # importlib.metadata answers "which version?" from METADATA alone.
    remove(entry for notes in packages.glob("*.dist-info") for entry in notes.iterdir() if entry.name != "METADATA")
    (packages / ".lock").unlink(missing_ok=True)


def abridge(data: Path) -> None:
    """Leaves botocore's descriptions of services as they are, but for what they say to people.

    botocore reads `service-2.json` as well as `service-2.json.gz`. Of where services are found, the endpoints of
    services that are not called go too: each description has rules of its own for its service's.
    """
    for packed in data.glob("*/*/service-2.json.gz"):
        described = json.loads(gzip.decompress(packed.read_bytes()))
        read_whole = {name: described[name] for name in READ_WHOLE if name in described}
        write(packed.with_suffix(""), without_prose(described) | read_whole)
        packed.unlink()
    endpoints = data / "endpoints.json"
    known = json.loads(endpoints.read_bytes())
    prefixes = {
        json.loads(description.read_bytes())["metadata"]["endpointPrefix"]
        for description in data.glob("*/*/service-2.json")
    }
    for partition in known["partitions"]:
        partition["services"] = {name: told for name, told in partition["services"].items() if name in prefixes}
    write(endpoints, known)


def without_prose(described: Any) -> Any:
    """A description, or a part of one. A member of a shape may be called `documentation`, and is no text: it stays."""
    match described:
        case dict():
            return {
                name: without_prose(value)
                for name, value in described.items()
                if not (name in PROSE and isinstance(value, str))
            }
        case list():
            return [without_prose(value) for value in described]
        case _:
            return described


def write(file: Path, value: Any) -> None:
    """As JSON, with nothing between."""
    file.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def remove(entries: Iterable[Path]) -> None:
    """Remove files, and folders with what they hold."""
    # Listed first: a folder's iterator and its removal do not go together.
    for entry in list(entries):
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            # Gone already where a folder that held it has just been removed.
            entry.unlink(missing_ok=True)
