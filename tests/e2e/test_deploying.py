"""Every function is deployed anew, twice, while clients call every route: no call is lost, and none fails by our doing.

What the emulator does to a function in use, AWS does not (docs/adr/0010): it ends its processes in the midst of calls, and
while it deploys it lets the calls of functions wait longer than they may. So clients do here what docs/api.md asks of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from infra.local.closing import wait_until
from infra.local.deploy import deploy
from infra.local.traffic import Traffic
from tests.e2e.closing_stack import (
    ROLES,
    a_case,
    a_dependent,
    a_notice,
    a_stack_of_its_own,
    caller_of_every_route,
    clients_of,
    items_of,
)
from tests.e2e.conftest import Client
from tests.e2e.test_the_api import a_child, an_involvement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.local.stack import Stack
    from infra.local.traffic import Answered

CLIENTS = 3
ATTEMPTS = 4
LEVELS = ("DEBUG", "INFO")
"""A parameter that every function has among its variables, and that changes nothing else."""
ANSWERS_BESIDE = 60
"""Calls answered before the first deployment and after the last, at least."""
REFUSED = {"POST /dependents/{dependent_id}/acknowledgement"}
"""Refused by a register of which no closure is set, deployed or not."""


@dataclass(frozen=True)
class Deployed:
    """What was seen meanwhile."""

    stack: Stack
    clients: Sequence[Client]
    answers: Sequence[Answered]
    began_at: datetime
    ended_at: datetime
    levels: Sequence[dict[str, str]]
    """Of every function, before and after each deployment."""

    @property
    def meanwhile(self) -> list[Answered]:
        return [one for one in self.answers if one.received_at > self.began_at and one.sent_at < self.ended_at]


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    with a_stack_of_its_own("deploying") as stack:
        yield _in_mid_traffic(stack)


def _in_mid_traffic(stack: Stack) -> Deployed:
    clients = clients_of(stack, CLIENTS)
    case_id, notice_id = a_case(clients[0]), a_notice(stack, clients[0])
    a_dependent(stack)
    callers = [
        caller_of_every_route(stack, client, number, case_id, notice_id) for number, client in enumerate(clients)
    ]
    levels = [_levels(stack)]
    with Traffic(callers, attempts=ATTEMPTS) as traffic:
        wait_until(lambda: len(traffic.answers) > ANSWERS_BESIDE, "calls are answered", within=240)
        began_at = datetime.now(UTC)
        for level in LEVELS:
            deploy(stack.emulator, changed={"LogLevel": level})
            levels.append(_levels(stack))
        ended_at, so_far = datetime.now(UTC), len(traffic.answers)
        wait_until(lambda: len(traffic.answers) > so_far + ANSWERS_BESIDE, "calls are answered", within=240)
    return Deployed(stack, clients, traffic.answers, began_at, ended_at, levels)


def _levels(stack: Stack) -> dict[str, str]:
    """What each function is told now, of that parameter."""
    told = {}
    for role in ROLES:
        known = stack.functions.get_function_configuration(FunctionName=stack.function_name(role.lower()))
        told[role] = known["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"]
    return told


def test_both_deployments_change_every_function(deployed: Deployed) -> None:
    assert [set(levels.values()) for levels in deployed.levels] == [{"INFO"}, {"DEBUG"}, {"INFO"}]


def test_calls_are_answered_all_along(deployed: Deployed) -> None:
    assert len(deployed.meanwhile) > CLIENTS


def test_what_fails_is_a_store_that_did_not_answer_or_a_process_that_the_emulator_ended(deployed: Deployed) -> None:
    for one in deployed.answers:
        if one.status < httpx.codes.INTERNAL_SERVER_ERROR:
            continue
        if one.status == httpx.codes.BAD_GATEWAY:
            assert not one.request_id, one
        else:
            assert (one.status, one.problem) == (httpx.codes.SERVICE_UNAVAILABLE, "unavailable"), one
            assert int(one.headers["Retry-After"]) > 0


def test_no_call_is_lost_to_a_client_that_sends_again_what_failed(deployed: Deployed) -> None:
    final = [one for one in deployed.answers if not one.is_sent_again]
    assert {one.route for one in final if not one.tells_something} <= REFUSED


def test_what_is_registered_afterwards_is_found(deployed: Deployed) -> None:
    for number, client in enumerate(deployed.clients):
        child = a_child()
        assert client.put(f"/involvements/afterwards-{number}", an_involvement(child)).is_success
        assert client.ask(child)["outcome"] == "match"


def test_every_disclosure_is_on_record(deployed: Deployed) -> None:
    shown = [one for one in deployed.answers if one.route == "POST /lookups" and one.tells_something]
    items = items_of(deployed.stack, "AccessLogName")
    recorded = [item for item in items if item.get("shown") == {"S": "child_and_involvements"}]
    assert 0 < len(shown) <= len(recorded)
