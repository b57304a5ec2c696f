"""An emulator of the tests' own, on a free port, with the stack deployed by the real SAM CLI."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.local import deploy
from infra.local import emulator as emulators
from infra.local.enrolment import Enrolled, Enrolling, enrol, instruct
from infra.local.feeds import drop
from infra.local.sample_data import NHS_TRUST, SCHOOL
from infra.local.scene import Scene, of_sample
from infra.local.stack import Stack
from shared.api.operations import PRACTITIONER_HEADER
from shared.domain.access import Role
from shared.domain.involvement import ServiceType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
READER = "AUD-3"
"""Who asks, where a header says so."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            # One emulator for all of them, should they be run side by side.
            item.add_marker(pytest.mark.xdist_group("e2e"))
    # What looks at the traces of the whole run comes after it.
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The deployed stack, empty of everything; gone with the last test."""
    # Named for this run, so that it never meets the emulator of a demo or of another run.
    mine = ROOT / ".local" / "e2e" / str(os.getpid())
    folder = mine / "emulator"
    try:
        yield deploy.bring_up(folder, emulators.free_port())
    finally:
        emulators.stop(folder)
        shutil.rmtree(mine, ignore_errors=True)


TOKEN_IN_USE = 600.0
"""Seconds. A token is valid for fifteen minutes."""

PATIENCE = 240.0
"""Seconds. Dozens of functions that start at once share the processors of one small machine."""

NURSE = {"id": "NMC-77A", "name": "Amara Lindqvist", "role": "nurse"}
REASON = {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11"}


@dataclass(frozen=True)
class Client:
    """A client system, as its developer would call the API."""

    stack: Stack
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ()
    _tokens: list[tuple[float, str]] = field(default_factory=list, compare=False, repr=False)
    """The one in use, and when it was fetched."""

    @property
    def token(self) -> str:
        """Fetched anew before it runs out: all tests together take longer than that."""
        if not self._tokens or time.monotonic() - self._tokens[-1][0] > TOKEN_IN_USE:
            self._tokens[:] = [(time.monotonic(), self.stack.token(self.client_id, self.client_secret, *self.scopes))]
        return self._tokens[-1][1]

    def with_scopes(self, *scopes: str) -> Client:
        """The same client with a token that holds these only."""
        return replace(self, scopes=scopes, _tokens=[])

    def raw(self, method: str, path: str, body: bytes | None = None, **headers: str) -> httpx.Response:
        """Any request, with the token."""
        told = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            PRACTITIONER_HEADER: READER,
            **headers,
        }
        return httpx.request(method, f"{self.stack.api_url}{path}", content=body, headers=told, timeout=PATIENCE)

    def get(self, path: str) -> httpx.Response:
        return self.raw("GET", path)

    def delete(self, path: str) -> httpx.Response:
        return self.raw("DELETE", path)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.raw("POST", path, json.dumps(body).encode())

    def put(self, path: str, body: Any, *, if_match: str | None = None) -> httpx.Response:
        headers = {"If-Match": if_match} if if_match else {}
        return self.raw("PUT", path, json.dumps(body).encode(), **headers)

    def ask(self, child: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a question about this child, which must be answered."""
        answer = self.post("/lookups", {"reason": REASON, "practitioner": NURSE, "child": child})
        assert answer.status_code == httpx.codes.OK, answer.text
        body: dict[str, Any] = answer.json()
        return body


@dataclass(frozen=True)
class Clients:
    """Enrols organisations and issues credentials, as an operator would."""

    stack: Stack
    folder: Path

    def enrolled(self, scene: Scene) -> dict[str, Client]:
        """A client of each organisation of the scene."""
        clients = self.enrolled_as(*scene.organisations)
        return {o.code: client for o, client in zip(scene.organisations, clients, strict=True)}

    def enrolled_as(self, *organisations: Enrolling) -> list[Client]:
        """A client of each."""
        return [self._client(enrol(self.stack, self.folder, organisation)) for organisation in organisations]

    def another(self, organisation: str) -> Client:
        """One more client of an enrolled organisation."""
        issued = instruct(self.stack, {"action": "issue", "organisation": organisation, "label": "another"})
        return self._client(Enrolled(issued["client_id"], issued["client_secret"]))

    def returned(self, client: Client, organisation: str = "EE999999") -> None:
        """Marks its credential as handed back."""
        told = {"action": "returned", "organisation": organisation, "client_id": client.client_id}
        assert instruct(self.stack, told)["ok"]

    def _client(self, enrolled: Enrolled) -> Client:
        client = Client(self.stack, enrolled.client_id, enrolled.client_secret)
        assert client.token
        return client


@pytest.fixture(scope="session")
def clients(stack: Stack) -> Clients:
    return Clients(stack, stack.emulator.folder)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Three organisations and their generated extracts."""
    return of_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def enrolled(clients: Clients, scene: Scene) -> dict[str, Client]:
    return clients.enrolled(scene)


@pytest.fixture(scope="session")
def nhs_trust(enrolled: dict[str, Client]) -> Client:
    return enrolled[NHS_TRUST.code]


@pytest.fixture(scope="session")
def school(enrolled: dict[str, Client]) -> Client:
    return enrolled[SCHOOL.code]


@pytest.fixture(scope="session")
def reviewer(clients: Clients) -> Client:
    """An organisation that looks after the quality of records, and does nothing else."""
    (client,) = clients.enrolled_as(
        Enrolling(
            code="RW1",
            name="Northmoor Records Service",
            capabilities=("review",),
            purposes=(),
            roles=tuple(role.value for role in Role),
            service_types=(),
            covers=(),
            sees=tuple(service.value for service in ServiceType if not service.is_sensitive),
        )
    )
    return client


@pytest.fixture(scope="session")
def fed(stack: Stack, scene: Scene, enrolled: dict[str, Client]) -> list[dict[str, Any]]:
    """The receipts for the scene's extracts."""
    assert enrolled
    return [receipt for _, receipt in drop(stack, scene.extracts)]
