"""What `sam build` makes is what Lambda needs, and nothing else."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.local import template as templates

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = (
    *("lookup", "registration", "review", "shield", "access", "notify", "notices", "deliver"),
    *("feed", "directory", "status", "expiry", "guard"),
)
ROOT = Path(__file__).parents[2]
KIBIBYTE, MEGABYTE = 1024, 1_000_000

# Sources and bytecode: what of it is not imported costs a start a few milliseconds.
LARGEST_ZIP = 1400 * KIBIBYTE
LARGEST_LAYER = 30 * MEGABYTE
UNCHECKED_HASH = 0b01  # PEP 552: validated by hash, and not checked against the source


def folder_of(built: Path, name: str) -> Path:
    return built / f"{name.capitalize()}Function"


def files_of(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


@pytest.fixture(scope="module")
def secrets_endpoint() -> Iterator[str]:
    """Answers as Secrets Manager would: functions read the hashing secret as they start."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"Name": "hashing", "SecretString": "s" * 64}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_starts_on_a_bare_python_with_nothing_but_its_layer(
    built: Path, name: str, secrets_endpoint: str
) -> None:
    template = templates.load(templates.SOURCE)
    function = templates.resources(templates.SOURCE)[f"{name.capitalize()}Function"]["Properties"]
    variables = {**template["Globals"]["Function"]["Environment"]["Variables"], **function["Environment"]["Variables"]}
    defaults = {
        variable: str(template["Parameters"][value["Ref"]]["Default"])
        for variable, value in variables.items()
        if isinstance(value, dict) and value.get("Ref") in template["Parameters"]
    }
    environment = (
        dict.fromkeys(variables, "1")
        | defaults
        | {
            "ANNOUNCED_AT": "",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "AWS_ENDPOINT_URL": secrets_endpoint,
            "AWS_REGION": "eu-west-2",
            "AWS_DEFAULT_REGION": "eu-west-2",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_LAMBDA_FUNCTION_NAME": name,
        }
    )
    start = f"""
import sys
sys.path[:0] = [{str(folder_of(built, name))!r}, {str(built / "DependenciesLayer" / "python")!r}]
import importlib
assert callable(importlib.import_module("functions.{name}.handler").handler)
stale = [m.__name__ for m in list(sys.modules.values())
         if (m.__spec__ and m.__spec__.origin or "").startswith({str(built)!r})
         and m.__spec__.origin.endswith(".py") and not __import__("os").path.exists(m.__spec__.cached)]
assert not stale, stale
"""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", start], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_zip_holds_the_shared_code_its_own_folder_and_nothing_else(built: Path, name: str) -> None:
    allowed = ("shared/", f"functions/{name}/", "functions/__init__.py", "functions/__pycache__/__init__.")
    folder = folder_of(built, name)
    names = [file.relative_to(folder).as_posix() for file in files_of(folder)]
    assert [stray for stray in names if not stray.startswith(allowed)] == []
    assert {Path(one).suffix for one in names} == {".py", ".pyc", ".json"}
    assert "shared/domain/weights.json" in names
    assert f"functions/{name}/handler.py" in names


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_zip_is_small(built: Path, name: str) -> None:
    folder, zipped = folder_of(built, name), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files_of(folder):
            archive.write(file, file.relative_to(folder))
    assert len(zipped.getvalue()) <= LARGEST_ZIP


@pytest.mark.parametrize("resource", [*(f"{name.capitalize()}Function" for name in FUNCTIONS), "DependenciesLayer"])
def test_every_module_ships_the_bytecode_of_its_source(built: Path, resource: str) -> None:
    modules = [file for file in files_of(built / resource) if file.suffix == ".py"]
    assert modules
    for module in modules:
        header = Path(importlib.util.cache_from_source(str(module))).read_bytes()[:16]
        assert header[:4] == importlib.util.MAGIC_NUMBER, module
        assert int.from_bytes(header[4:8], "little") == UNCHECKED_HASH, module
        assert header[8:16] == importlib.util.source_hash(module.read_bytes()), module


def test_the_layer_is_no_larger_than_it_must_be(built: Path) -> None:
    assert sum(file.stat().st_size for file in files_of(built / "DependenciesLayer")) <= LARGEST_LAYER


def test_the_layer_holds_what_is_pinned_and_no_tool_of_ours(built: Path) -> None:
    pinned = {
        line.partition("==")[0].lower().replace("-", "_")
        for line in (ROOT / "requirements" / "runtime.txt").read_text().splitlines()
        if "==" in line
    }
    notes = (built / "DependenciesLayer" / "python").glob("*.dist-info")
    assert {note.name.partition("-")[0].lower() for note in notes} == pinned


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    built = [tmp_path / "first", tmp_path / "second"]
    for folder in built:
        subprocess.run(
            ["make", "--silent", "--makefile", str(ROOT / "infra" / "build" / "Makefile"), "build-FeedFunction"],  # noqa: S607 - as SAM finds it
            env={"PATH": os.environ["PATH"], "ARTIFACTS_DIR": str(folder)},
            cwd=tmp_path,
            check=True,
        )
    first, second = ({file.relative_to(folder): file.read_bytes() for file in files_of(folder)} for folder in built)
    assert first
    assert first == second
