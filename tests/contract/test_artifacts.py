"""What `sam build` makes is what Lambda needs, and nothing else."""

from __future__ import annotations

import importlib.util
import io
import marshal
import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.build.layer import SERVICES
from shared.domain.errors import OrganisationNotFound
from tests.support.starting import FUNCTIONS, Started, aws, folder_of, start

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
KILOBYTE, MEGABYTE = 1000, 1_000_000

# What each is now, rounded up: a function that takes in much more has to say so here.
LARGEST_ZIP = {
    "lookup": 210,
    "registration": 300,
    "review": 235,
    "shield": 260,
    "access": 355,
    "notify": 215,
    "notices": 260,
    "deliver": 105,
    "feed": 275,
    "directory": 160,
    "status": 175,
    "expiry": 370,
    "guard": 135,
    "replay": 65,
}
LARGEST_LAYER = 24 * MEGABYTE
UNCHECKED_HASH = 0b01  # PEP 552: validated by hash, and not checked against the source

NOBODY_LOADS = (
    *("boto3", "s3transfer", "multiprocessing"),  # boto3 brings the others
    *("aws_lambda_powertools.event_handler", "pytest", "moto"),
)
PHONES, FORMS = ("phonenumbers", "email_validator"), ("pydantic", "shared.api", "shared.runtime.http")
MATCHING = ("jellyfish", "shared.domain.matching")
WRITING = ("shared.persistence.register", "shared.persistence.registering", "shared.services.register")
JOINING = ("shared.persistence.joins", "shared.services.review")
LOADED_BY = {
    PHONES: {"registration", "feed"},
    FORMS: {"lookup", "registration", "review", "shield", "access", "notices", "feed", "directory", "status"},
    MATCHING: {"lookup", "registration", "shield", "access", "notices", "feed", "review", "notify", "expiry"},
    WRITING: {"registration", "feed", "access", "expiry", "shield"},
    JOINING: {"review"},
}
"""Which functions may load what takes long, or what is others' work."""

IN_TIME = {
    "notify": {"shared.runtime.rereading"},
    "status": {"shared.persistence", "shared.runtime.archive", "shared.runtime.aws", "shared.domain"},
}
"""What a function ships and loads when it is first needed: for status, while no closure is set, it never is."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An AWS that answers at once."""
    with aws() as address:
        yield address


@cache
def started(built: Path, name: str, endpoint: str) -> Started:
    """Each function is started once for all tests."""
    return start(built, name, endpoint)


def files_of(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def modules_in(folder: Path) -> dict[str, Path]:
    """The bytecode that a function ships, by the name of its module."""
    return {
        file.relative_to(folder).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): file
        for file in folder.rglob("*.pyc")
    }


def is_of(module: str, packages: tuple[str, ...] | set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_answers_on_a_bare_python_with_nothing_but_its_layer(built: Path, name: str, endpoint: str) -> None:
    answer = started(built, name, endpoint).answer
    if isinstance(answer, dict):
        assert answer.get("statusCode", 200) < 500, answer
        assert name == "replay" or answer.get("ok", True), answer


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_zip_holds_is_loaded_at_the_start_or_known_to_come_in_time(
    built: Path, name: str, endpoint: str
) -> None:
    unused = modules_in(folder_of(built, name)).keys() - set(started(built, name, endpoint).modules)
    assert [module for module in sorted(unused) if not is_of(module, IN_TIME.get(name, set()))] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_loads_only_what_it_uses(built: Path, name: str, endpoint: str) -> None:
    others = {module for modules, users in LOADED_BY.items() if name not in users for module in modules}
    loaded = started(built, name, endpoint).modules
    assert [module for module in loaded if is_of(module, others | set(NOBODY_LOADS))] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_zip_holds_bytecode_and_data_and_no_other_function(built: Path, name: str) -> None:
    folder = folder_of(built, name)
    names = [file.relative_to(folder).as_posix() for file in files_of(folder)]
    ours = (f"functions/{name}/", "functions/__init__.", "shared/", "docs/openapi.json")
    assert [stray for stray in names if not stray.startswith(ours)] == []
    assert {Path(one).suffix for one in names} <= {".pyc", ".json"}
    assert f"functions/{name}/handler.pyc" in names
    assert ("shared/domain/weights.json" in names) is ("shared/domain/weights.pyc" in names)
    assert ("docs/openapi.json" in names) is (name == "status")
    assert ("shared/built.json" in names) is ("shared/runtime/build.pyc" in names)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_zip_is_small(built: Path, name: str) -> None:
    folder, zipped = folder_of(built, name), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files_of(folder):
            archive.write(file, file.relative_to(folder))
    assert len(zipped.getvalue()) <= LARGEST_ZIP[name] * KILOBYTE


def valid(bytecode: bytes, source: Path) -> bool:
    """Whether Python 3.13 takes it as it is, and it is of this source."""
    return (
        bytecode[:4] == importlib.util.MAGIC_NUMBER
        and int.from_bytes(bytecode[4:8], "little") == UNCHECKED_HASH
        and bytecode[8:16] == importlib.util.source_hash(source.read_bytes())
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_module_is_the_bytecode_of_its_source_and_says_where_that_is(built: Path, name: str) -> None:
    folder = folder_of(built, name)
    for file in modules_in(folder).values():
        module = file.relative_to(folder).with_suffix(".py")
        assert valid(file.read_bytes(), ROOT / module), module
        code = marshal.loads(file.read_bytes()[16:])  # noqa: S302  # of our own making
        assert code.co_filename == f"/var/task/{module.as_posix()}"


def test_what_errors_say_to_operators_is_shipped(built: Path) -> None:
    bytecode = (folder_of(built, "directory") / "shared/domain/errors.pyc").read_bytes()
    assert OrganisationNotFound.__doc__
    assert OrganisationNotFound.__doc__.encode() in bytecode


def test_every_module_of_the_layer_ships_the_bytecode_of_its_source(built: Path) -> None:
    modules = [file for file in files_of(built / "DependenciesLayer") if file.suffix == ".py"]
    assert modules
    for module in modules:
        assert valid(Path(importlib.util.cache_from_source(str(module))).read_bytes(), module), module


CALLS_EACH_SERVICE = """
import sys
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.session import Session

class Body:
    def stream(self, **_):
        return iter(())

reached = set()
def nobody(request, **_):
    reached.add(request.url.split('/')[2])
    return AWSResponse(request.url, 403, {}, Body())

session = Session()
session.set_credentials("test", "test")
for service in sys.argv[1:]:
    client = session.create_client(service, region_name="eu-west-2")
    client.meta.events.register_first("before-send", nobody)
    model = client.meta.service_model
    shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
    call = next(name for name, shape in sorted(shapes.items()) if shape is None or not shape.required_members)
    try:
        client._make_api_call(call, {})
    except (ClientError, ResponseParserError):  # of an answer that says nothing
        continue
print(len(reached))
"""


def test_every_service_can_be_called_by_what_the_layer_says_of_it(built: Path) -> None:
    """Not only its client made: some of what botocore reads of a service, it reads when it is called."""
    layer = str(built / "DependenciesLayer" / "python")
    environment = {"PYTHONPATH": layer, "PATH": os.environ["PATH"]}
    command = [sys.executable, "-S", "-c", CALLS_EACH_SERVICE, *sorted(SERVICES)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == str(len(SERVICES)), ran.stderr[-2000:]


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
