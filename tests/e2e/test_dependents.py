"""The e-CAF story: a closure is announced, one dependent system acknowledges it, one is chased, one unknown is found."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.local.closing import ask_expiry, set_closure
from infra.local.enrolment import Enrolling, instruct
from tests.e2e.closing_stack import SUCCESSOR, a_stack_of_its_own, stop_schedules
from tests.e2e.conftest import Client, Clients
from tests.e2e.test_the_api import a_child

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

OFFICER = {"id": "IT-3", "name": "Ottoline Brackenbury", "role": "records_officer"}
E_CAF, CHILD_HEALTH = "e-caf", "child-health"
AHEAD = timedelta(days=7)
SUPPORT_ENDS = (datetime.now(UTC) + timedelta(days=25)).date().isoformat()


def owner(code: str, name: str) -> Enrolling:
    """An organisation whose systems look up, and that may read notices."""
    return Enrolling(
        code=code,
        name=name,
        capabilities=("lookup", "notices"),
        purposes=("emergency_care",),
        roles=("nurse", "records_officer"),
        service_types=(),
        covers=(),
        sees=("health_visiting",),
    )


@dataclass(frozen=True)
class Announced:
    """A closure has been announced, to the owner of e-CAF, to that of another system, and a third calls unknown to all."""

    stack: Stack
    closes_at: datetime
    e_caf: Client
    child_health: Client
    stranger: Client


@pytest.fixture(scope="module")
def announced() -> Iterator[Announced]:
    with a_stack_of_its_own("dependents") as stack:
        of = [owner("ECAF1", "Common Assessment"), owner("CHIS1", "Child Health"), owner("WALK1", "Walk-in Centre")]
        clients = Clients(stack, stack.emulator.folder).enrolled_as(*of)
        registered = ((E_CAF, "ECAF1", clients[0]), (CHILD_HEALTH, "CHIS1", clients[1]))
        for dependent, code, client in registered:
            told = {
                "action": "register-dependent",
                "dependent": dependent,
                "name": dependent,
                "owner": code,
                "contact": "duty.desk@brackenbury.example",
                "calls": ["lookUp"],
                "clients": [client.client_id],
            }
            assert instruct(stack, told)["ok"]
        for client in clients:
            client.ask(a_child())
        closes_at = (datetime.now(UTC) + AHEAD).replace(microsecond=0)
        closing_stack = set_closure(stack, closes_at, SuccessorUrl=SUCCESSOR, SupportEndsAt=SUPPORT_ENDS)
        stop_schedules(closing_stack)
        ask_expiry(closing_stack, "tick")
        yield Announced(closing_stack, closes_at, *(replace(client, stack=closing_stack) for client in clients))


def closing(client: Client) -> list[dict[str, Any]]:
    """What an owner has been told of the closure, each notice with the rest of it."""
    listed = client.get("/notices").json()["notices"]
    assert {notice["kind"] for notice in listed} <= {"closing"}
    return [client.get(f"/notices/{notice['notice_id']}").json() for notice in listed]


def dependents(stack: Stack) -> dict[str, Any]:
    """What operators are shown."""
    answer = instruct(stack, {"action": "dependents"})
    assert answer["ok"], answer
    return answer


def status(stack: Stack) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{stack.api_url}/status", timeout=60).json()
    return answer


def test_every_owner_is_told_of_the_closure_and_of_its_own_system_only(announced: Announced) -> None:
    for client, dependent in ((announced.e_caf, E_CAF), (announced.child_health, CHILD_HEALTH)):
        (notice,) = closing(client)
        assert notice["about"]["dependent"] == dependent
        assert datetime.fromisoformat(notice["about"]["closes_at"]) == announced.closes_at
        assert notice["involvements"] == []
    assert closing(announced.stranger) == []


def test_another_tick_tells_nobody_again(announced: Announced) -> None:
    ask_expiry(announced.stack, "tick")
    assert len(closing(announced.child_health)) == 1


def test_the_milestones_are_public_in_the_order_in_which_they_come(announced: Announced) -> None:
    milestones = {one["name"]: datetime.fromisoformat(one["at"]) for one in status(announced.stack)["milestones"]}
    assert list(milestones) == [
        *("announced", "access_ends", "credentials_returned_by", "support_ends"),
        "destroyed_by",
    ]
    assert milestones["access_ends"] == announced.closes_at
    assert list(milestones.values()) == sorted(milestones.values())


def test_a_system_that_calls_and_that_nobody_has_registered_is_found_by_its_calls(announced: Announced) -> None:
    invoked = announced.stack.functions.invoke(
        FunctionName=announced.stack.function_name("access"), Payload=json.dumps({"action": "seal"}).encode()
    )
    assert "FunctionError" not in invoked
    (found,) = dependents(announced.stack)["unregistered"]
    assert (found["client_id"], found["organisation"]) == (announced.stranger.client_id, "WALK1")


def test_one_owner_acknowledges_and_the_other_is_chased(announced: Announced) -> None:
    stack, path = announced.stack, f"/dependents/{E_CAF}/acknowledgement"
    ready = {"practitioner": OFFICER, "state": "ready"}
    assert announced.child_health.post(path, ready).status_code == HTTPStatus.NOT_FOUND, "it is not its own"
    for answer in (announced.e_caf.post(path, ready), announced.e_caf.post(path, ready)):
        assert answer.status_code == HTTPStatus.OK, answer.text
        assert datetime.fromisoformat(answer.json()["closes_at"]) == announced.closes_at
    assert dependents(stack)["outstanding"] == [CHILD_HEALTH]
    assert status(stack)["dependents"] == {"registered": 2, "acknowledged": 1, "ready": 1, "outstanding": 1}

    for dependent in (E_CAF, CHILD_HEALTH):
        _as_if_told_three_weeks_ago(stack, dependent)
    ask_expiry(stack, "tick")
    reminders = [notice for notice in closing(announced.child_health) if "days" in notice["about"]]
    assert [notice["about"]["days"] for notice in reminders] == ["7"]
    assert not [notice for notice in closing(announced.e_caf) if "days" in notice["about"]], "it is ready"

    late = {"practitioner": OFFICER, "state": "adapting", "ready_by": announced.closes_at.date().isoformat()}
    assert announced.child_health.post(f"/dependents/{CHILD_HEALTH}/acknowledgement", late).is_success
    assert dependents(stack)["outstanding"] == []
    assert status(stack)["dependents"] == {"registered": 2, "acknowledged": 2, "ready": 1, "outstanding": 0}


def _as_if_told_three_weeks_ago(stack: Stack, dependent: str) -> None:
    """The emulator's clock cannot be set: what was told last is, to what it was before the last weeks' reminders."""
    table, key = stack.outputs["DirectoryName"], {"pk": {"S": "DEPENDENTS"}, "sk": {"S": f"DEPENDENT#{dependent}"}}
    item = stack.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    informed = {**json.loads(item["informed"]["S"]), "days": 30}
    stack.dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET informed = :informed",
        ExpressionAttributeValues={":informed": {"S": json.dumps(informed)}},
    )
