"""Organisations of the demo and the tests, enrolled as an operator would: through the directory function."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.local.stack import Stack


class EnrolmentError(Exception):
    """The directory function refused; the message holds its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolling:
    """What the Directory is told of an organisation."""

    code: str
    name: str
    capabilities: tuple[str, ...]
    purposes: tuple[str, ...]
    roles: tuple[str, ...]
    service_types: tuple[str, ...]
    covers: tuple[str, ...]
    sees: tuple[str, ...] = ()
    area: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A client of an organisation."""

    client_id: str
    client_secret: str


def instruct(stack: Stack, instruction: Mapping[str, Any]) -> dict[str, Any]:
    """One instruction to the directory function, as `sam remote invoke` sends it; its answer, whatever it says."""
    invoked = stack.functions.invoke(
        FunctionName=stack.function_name("directory"), Payload=json.dumps(instruction).encode()
    )
    answer: dict[str, Any] = json.loads(invoked["Payload"].read())
    return answer


def enrol(stack: Stack, folder: Path, organisation: Enrolling) -> Enrolled:
    """Enrols, or amends what was enrolled before, and issues a credential.

    A credential that an earlier run was issued is used again: `folder`, which the emulator empties when it starts,
    keeps it. Raises EnrolmentError.
    """
    told = {
        "organisation": organisation.code,
        "name": organisation.name,
        "capabilities": organisation.capabilities,
        "purposes": organisation.purposes,
        "roles": organisation.roles,
        "service_types": organisation.service_types,
        "covers": organisation.covers,
        "sees": organisation.sees,
        "area": organisation.area,
    }
    answer = instruct(stack, {"action": "enrol", **told})
    if answer.get("error") == "AlreadyExists":
        answer = instruct(stack, {"action": "amend", **told})
    _require_ok(answer)
    kept = folder / f"credential-{organisation.code}.json"
    if kept.exists():
        return Enrolled(**json.loads(kept.read_text()))
    answer = instruct(stack, {"action": "issue", "organisation": organisation.code, "label": "demo"})
    _require_ok(answer)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps({"client_id": answer["client_id"], "client_secret": answer["client_secret"]}))
    return Enrolled(answer["client_id"], answer["client_secret"])


def _require_ok(answer: Mapping[str, Any]) -> None:
    if not answer.get("ok"):
        message = f"The directory function answered: {json.dumps(answer)}"
        raise EnrolmentError(message)
