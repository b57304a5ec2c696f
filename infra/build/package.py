"""Packages one function or the dependencies layer: what `sam build` runs, through the Makefiles beside this.

    python package.py function lookup FOLDER     shared/ and functions/lookup/, and the commit that they are of
    python package.py layer arm64 FOLDER         requirements/runtime.txt, trimmed

Both hold bytecode whose validity Python does not check against file times, which zips lose (PEP 552). The
same sources give the same bytes. Needs nothing but the standard library; the layer needs uv besides.
"""

import argparse
import compileall
import hashlib
import json
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Lambda's python3.13 runs on Amazon Linux 2023, whose C library is 2.34; wheels for 2.28 and older load there.
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
# On a Mac the emulator runs functions on the Mac itself: infra/local names that platform here.
PLATFORM_OVERRIDE = "SIGNPOST_WHEEL_PLATFORM"

# The service descriptions of the services that functions call. boto3 carries 400 others, 25 MB of them.
SERVICES = frozenset(
    {
        *("backup", "cloudformation", "cloudwatch", "cognito-idp", "dynamodb", "events", "kms", "logs", "s3"),
        *("secretsmanager", "sqs", "sts"),
    }
)
# Never imported by running code.
UNUSED_FILES = ("*.pyi", "py.typed", "examples-1.json*")
UNUSED_FOLDERS = frozenset({"tests", "test", "examples", "bin", "__pycache__"})
# Asks the DNS whether an e-mail domain exists; the register checks an address's form only.
UNUSED_PACKAGES = ("dns",)
# The only country whose numbers the register checks.
COUNTRY = "gb"


class PackagingError(Exception):
    """Something the person running the build has to put right; the message says what."""


def package_function(name: str, target: Path) -> None:
    """Fill `target` with what the function's zip holds."""
    own = ROOT / "functions" / name
    if not own.is_dir():
        message = f"There is no function called {name!r}: {own} does not exist."
        raise PackagingError(message)
    shared = ROOT / "shared"
    sources = [*shared.rglob("*.py"), *shared.rglob("*.json"), *own.rglob("*.py")]
    package = ROOT / "functions" / "__init__.py"
    if package.exists():
        sources.append(package)
    for source in sources:
        copy = target / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    # read by shared/runtime/build.py: the certificate of destruction says what did the work
    (target / "shared" / "built.json").write_text(json.dumps({"commit": commit()}) + "\n", encoding="utf-8")
    compile_to_bytecode(target, runs_at="/var/task")


def commit() -> str:
    """The commit of the source, with `-dirty` if it was changed since; `unknown` outside a clone, or without git."""
    # a hook's variables would name its own repository
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    git = ["git", "-C", str(ROOT)]
    try:
        # of this folder itself: unpacked within another clone, it is none of that one's commits
        top = subprocess.run(
            [*git, "rev-parse", "--show-toplevel"], env=environment, capture_output=True, text=True, check=True
        )
        if Path(top.stdout.strip()).resolve() != ROOT:
            return "unknown"
        described = subprocess.run(
            [*git, "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def package_layer(architecture: str, target: Path) -> None:
    """Fill `target` with the layer's `python/` folder, from a cache when nothing has changed."""
    wheels = os.environ.get(PLATFORM_OVERRIDE) or PLATFORMS[architecture]
    requirements = ROOT / "requirements" / "runtime.txt"
    recipe = [requirements.read_bytes(), Path(__file__).read_bytes(), wheels.encode(), sys.version.encode()]
    key = hashlib.sha256(b"\0".join(recipe)).hexdigest()[:16]
    cached = ROOT / ".local" / "layers" / f"{wheels}-{key}"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cached.parent) as scratch:
            made = Path(scratch) / "made"
            install(requirements, wheels, made / "python")
            trim(made / "python")
            compile_to_bytecode(made, runs_at="/opt")
            made.rename(cached)
    shutil.copytree(cached, target, dirs_exist_ok=True)


def install(requirements: Path, wheels: str, target: Path) -> None:
    """Install exactly `requirements` for another machine: wheels only, every hash checked."""
    uv = ROOT / ".venv" / "bin" / "uv"
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
        raise PackagingError(message) from missing
    except subprocess.CalledProcessError as failed:
        message = f"uv could not install {requirements.name} for {wheels}."
        raise PackagingError(message) from failed


def trim(packages: Path) -> None:
    """Drop what no function can need; what Python or a library reads at run time stays."""
    remove(folder for folder in packages.rglob("*") if folder.is_dir() and folder.name in UNUSED_FOLDERS)
    remove(file for pattern in UNUSED_FILES for file in packages.rglob(pattern))
    remove(packages / package for package in UNUSED_PACKAGES)
    for library in ("botocore", "boto3"):
        # The files beside the services (partitions, retries, defaults) are read by every client.
        remove(
            entry for entry in (packages / library / "data").iterdir() if entry.is_dir() and entry.name not in SERVICES
        )
    numbers = packages / "stdnum"
    remove(entry for entry in numbers.iterdir() if entry.is_dir() and entry.name != COUNTRY)
    remove(numbers.glob("*.dat"))
    # importlib.metadata answers "which version?" from METADATA alone.
    remove(entry for notes in packages.glob("*.dist-info") for entry in notes.iterdir() if entry.name != "METADATA")
    (packages / ".lock").unlink(missing_ok=True)


def remove(entries: Iterable[Path]) -> None:
    """Remove files, and folders with what they hold."""
    # Listed first: a folder's iterator and its removal do not go together.
    for entry in list(entries):
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            # Gone already where a folder that held it has just been removed.
            entry.unlink(missing_ok=True)


def compile_to_bytecode(folder: Path, runs_at: str) -> None:
    """Compile every module under `folder`; tracebacks name the file where it will lie on Lambda."""
    compiled = compileall.compile_dir(
        folder,
        maxlevels=64,
        force=True,
        quiet=1,
        stripdir=str(folder),
        prependdir=runs_at,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        message = f"Not every module under {folder} could be compiled."
        raise PackagingError(message)


def main() -> int:
    """Package what the command line names; 0 when it is done, 1 with a message when it is not."""
    parser = argparse.ArgumentParser(description="Package one function or the dependencies layer.")
    parser.add_argument("kind", choices=["function", "layer"])
    parser.add_argument("name", help="the function's folder, or the layer's architecture")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    if sys.version_info[:2] != (3, 13):
        print(f"Bytecode must be Python 3.13's, and this is {platform.python_version()}.", file=sys.stderr)
        return 1
    arguments.target.mkdir(parents=True, exist_ok=True)
    package = package_function if arguments.kind == "function" else package_layer
    try:
        package(arguments.name, arguments.target.resolve())
    except PackagingError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
