"""Stacks of their own for tests that close them, and clients that call every route of one."""

from __future__ import annotations

import json
import os
import shutil
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local import deploy
from infra.local import emulator as emulators
from infra.local.closing import wait_until
from infra.local.enrolment import Enrolling, instruct
from infra.local.stack import NAME
from infra.local.traffic import Call, Caller
from shared.domain.access import Purpose, Role
from shared.domain.involvement import ServiceType
from shared.domain.shield import WARNING
from tests.e2e.conftest import NURSE, REASON, Client, Clients
from tests.e2e.test_the_api import a_child, an_involvement
from tests.e2e.test_the_review_list import KNOWN, MUCH_LIKE_IT, OFFICER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.stack import Stack

ROOT = Path(__file__).parents[2]
SUCCESSOR = "https://successor.example/signpost"
ROLES = (
    "Lookup",
    "Registration",
    "Review",
    "Shield",
    "Access",
    "Notify",
    "Notices",
    "Deliver",
    "Feed",
    "Directory",
    "Status",
    "Guard",
    "Expiry",
)
ROUTES = {
    "POST /lookups",
    "PUT /involvements/{source_reference}",
    "GET /involvements/{source_reference}",
    "DELETE /involvements/{source_reference}",
    "POST /involvements/batch",
    "GET /reviews",
    "POST /reviews/{case_id}/comparisons",
    "PUT /reviews/{case_id}/decision",
    "PUT /shields/{child_id}",
    "GET /shields/{child_id}",
    "POST /shields/{child_id}/lifting",
    "POST /children/{child_id}/overrides",
    "GET /children/{child_id}/accesses",
    "GET /alerts",
    "GET /notices",
    "GET /notices/{notice_id}",
    "POST /notices/{notice_id}/ack",
    "PUT /watches/{child_id}",
    "POST /watches/{child_id}/ending",
    "POST /dependents/{dependent_id}/acknowledgement",
}
"""All that touch the register."""

EVERYTHING = Enrolling(
    code="RXX",
    name="Northmoor",
    capabilities=("lookup", "register", "review", "shield", "override", "audit", "notices", "watch"),
    purposes=tuple(purpose.value for purpose in Purpose),
    roles=tuple(role.value for role in Role),
    service_types=("health_visiting", "education"),
    covers=("HA8",),
    sees=tuple(service.value for service in ServiceType if not service.is_sensitive),
    area=("HA8",),
)
"""One that may do everything."""
ASKING = replace(
    EVERYTHING, code="RYY", name="Southmoor", capabilities=("lookup",), service_types=(), covers=(), area=()
)
"""Another, that looks up a child which the first one watches."""
DEPENDENT = "case-management"
"""What relies on the register, and is the first one's."""


SOCIAL_WORKER = {"id": "SWE-4471", "name": "Ottoline Brackenbury", "role": "social_worker"}
SHIELDED = {
    "practitioner": SOCIAL_WORKER,
    "reason": "court_order",
    "ends": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
}
WATCHED = {
    "practitioner": SOCIAL_WORKER,
    "reason": "missing_child",
    "ends": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
}
OPENING = {
    "practitioner": SOCIAL_WORKER,
    "reason": {"purpose": "safeguarding_concern", "legal_basis": "children_act_1989_s47"},
    "warning": WARNING,
}


@contextmanager
def a_stack_of_its_own(name: str) -> Iterator[Stack]:
    """Deployed and open, on an emulator that ends with it: a closed stack is of no use to other tests."""
    mine = ROOT / ".local" / "e2e" / f"{os.getpid()}-{name}"
    folder = mine / "emulator"
    try:
        yield deploy.bring_up(folder, emulators.free_port())
    finally:
        emulators.stop(folder)
        shutil.rmtree(mine, ignore_errors=True)


def clients_of(stack: Stack, number: int) -> list[Client]:
    """So many clients, each with a credential of its own, of an organisation that may do everything."""
    clients = Clients(stack, stack.emulator.folder)
    # Both before the first call: functions hold the organisations for a minute.
    first, _ = clients.enrolled_as(EVERYTHING, ASKING)
    return [first, *(clients.another(EVERYTHING.code) for _ in range(number - 1))]


def a_case(client: Client) -> str:
    """Two children of whom nobody is sure that they are one, on the review list; the id of their case."""
    assert client.put("/involvements/alike-1", an_involvement(KNOWN)).is_success
    for alike in MUCH_LIKE_IT:
        body = an_involvement(alike, service_type="education")
        if (
            client.put("/involvements/alike-2", {**body, "preview": True}).json()["would"]
            == "make_new_child_for_review"
        ):
            break
    else:
        pytest.fail("none of these is a close call by the weights of today: add one that is")
    assert client.put("/involvements/alike-2", body).is_success
    (case,) = client.get("/reviews").json()["cases"]
    case_id: str = case["case_id"]
    return case_id


def a_notice(stack: Stack, client: Client) -> str:
    """The id of a notice that is the client's organisation's: a child that it watches is looked up by another."""
    child = a_child()
    watched = a_known_child(client, "watched", child)
    assert client.put(f"/watches/{watched}", WATCHED).is_success
    (other,) = Clients(stack, stack.emulator.folder).enrolled_as(ASKING)
    assert other.ask(child)["outcome"] == "match"
    listed: list[dict[str, Any]] = []

    def is_there() -> bool:
        listed.extend(client.get("/notices").json()["notices"])
        return bool(listed)

    wait_until(is_there, "there is a notice", within=60)
    return str(listed[0]["notice_id"])


def a_dependent(stack: Stack) -> None:
    """A system that relies on the register."""
    told = {
        "action": "register-dependent",
        "dependent": DEPENDENT,
        "name": "Case management",
        "owner": EVERYTHING.code,
        "contact": "duty.desk@brackenbury.example",
    }
    assert instruct(stack, told)["ok"]


def caller_of_every_route(stack: Stack, client: Client, number: int, case_id: str, notice_id: str) -> Caller:
    """The calls of one client, all of which succeed again and again; each client begins with another."""
    shielded, unshielded = (a_known_child(client, f"{name}-{number}") for name in ("shielded", "other"))
    calls = calls_of_every_route(number, case_id, shielded, unshielded, notice_id)
    # What it reads, withdraws and opens is there from the start on.
    for path, body in (
        (calls[0].path, calls[0].body),
        (f"/shields/{shielded}", SHIELDED),
        (f"/watches/{unshielded}", WATCHED),
    ):
        answer = client.put(path, body)
        assert answer.is_success, answer.text
    return Caller(stack.api_url, client.token, calls[number % len(calls) :] + calls[: number % len(calls)])


def a_known_child(client: Client, reference: str, child: dict[str, Any] | None = None) -> str:
    """The id of a child that stays."""
    child = child or a_child()
    assert client.put(f"/involvements/{reference}", an_involvement(child)).is_success
    return str(client.ask(child)["child"]["child_id"])


def calls_of_every_route(
    number: int, case_id: str, shielded: str = "one", unshielded: str = "another", notice_id: str = "none"
) -> list[Call]:
    """One after the other, beginning with what the others need; by `number` they are about different children.

    `shielded` and `unshielded` are ids of children.
    """
    mine, batched = f"/involvements/mine-{number}", f"batch-{number}"
    child, other = a_child(), a_child()
    practitioner = {"practitioner": OFFICER}
    calls = [
        Call("PUT /involvements/{source_reference}", mine, an_involvement(child)),
        Call("GET /involvements/{source_reference}", mine),
        Call("POST /lookups", "/lookups", {"reason": REASON, "practitioner": NURSE, "child": child}),
        Call("POST /involvements/batch", "/involvements/batch", _batch(batched, other)),
        Call("GET /reviews", "/reviews"),
        Call("POST /reviews/{case_id}/comparisons", f"/reviews/{case_id}/comparisons", practitioner),
        Call(
            "PUT /reviews/{case_id}/decision", f"/reviews/{case_id}/decision", {**practitioner, "decision": "different"}
        ),
        Call("PUT /involvements/{source_reference}", mine, {**an_involvement(child), "preview": True}),
        Call("PUT /shields/{child_id}", f"/shields/{shielded}", SHIELDED),
        Call("GET /shields/{child_id}", f"/shields/{shielded}"),
        Call("POST /shields/{child_id}/lifting", f"/shields/{unshielded}/lifting", {"practitioner": SOCIAL_WORKER}),
        Call("POST /children/{child_id}/overrides", f"/children/{shielded}/overrides", OPENING),
        Call("GET /children/{child_id}/accesses", f"/children/{shielded}/accesses"),
        Call("GET /alerts", "/alerts"),
        Call("GET /notices", "/notices"),
        Call("GET /notices/{notice_id}", f"/notices/{notice_id}"),
        Call("POST /notices/{notice_id}/ack", f"/notices/{notice_id}/ack"),
        Call("PUT /watches/{child_id}", f"/watches/{unshielded}", WATCHED),
        Call("POST /watches/{child_id}/ending", f"/watches/{unshielded}/ending", {"practitioner": SOCIAL_WORKER}),
        Call(
            "POST /dependents/{dependent_id}/acknowledgement",
            f"/dependents/{DEPENDENT}/acknowledgement",
            {"practitioner": SOCIAL_WORKER, "state": "ready"},
        ),
        Call("DELETE /involvements/{source_reference}", mine),
    ]
    assert {call.route for call in calls} == ROUTES
    return calls


def _batch(reference: str, child: dict[str, Any]) -> dict[str, Any]:
    return {"involvements": [{"source_reference": reference, **an_involvement(child)}]}


@dataclass(frozen=True)
class ActingAs:
    """Whoever holds the credentials of one function's role, without its code."""

    stack: Stack
    role: str

    @classmethod
    def each(cls, stack: Stack) -> dict[str, ActingAs]:
        """Every role."""
        return {role: cls(stack, role) for role in ROLES}

    def client(self, service: str) -> Any:
        """A client of boto3."""
        return self._session.client(service, endpoint_url=self.stack.emulator.url)

    @cached_property
    def _session(self) -> Any:
        region, url = emulators.REGION, self.stack.emulator.url
        root = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)
        role = self.stack.cloudformation.describe_stack_resource(StackName=NAME, LogicalResourceId=f"{self.role}Role")
        name = role["StackResourceDetail"]["PhysicalResourceId"]
        assumed = root.client("sts", endpoint_url=url).assume_role(
            RoleArn=f"arn:aws:iam::000000000000:role/{name}", RoleSessionName="test"
        )["Credentials"]
        return boto3.Session(
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
            region_name=region,
        )


def is_refused(call: Callable[[], object]) -> bool:
    """Whether IAM refuses the call. What the service itself says to it is no refusal."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied"}
    return False


def items_of(stack: Stack, table: str) -> list[dict[str, Any]]:
    """Everything in the table of which `table` is the output."""
    pages = stack.dynamodb.get_paginator("scan").paginate(TableName=stack.outputs[table], ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def messages_of(stack: Stack, log_group: str) -> list[str]:
    """Every line of a log group."""
    pages = stack.logs.get_paginator("filter_log_events").paginate(logGroupName=log_group)
    return [event["message"] for page in pages for event in page["events"]]


def as_operator(stack: Stack, service: str) -> Any:
    """A client of boto3 with an administrator's rights."""
    session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=emulators.REGION)
    return session.client(service, endpoint_url=stack.emulator.url)


def stop_schedules(stack: Stack) -> None:
    """From now on functions run only when a test says so."""
    events = as_operator(stack, "events")
    for rule in events.list_rules()["Rules"]:
        if "ScheduleExpression" in rule:
            events.disable_rule(Name=rule["Name"])


def kill_workers(stack: Stack, function: str) -> int:
    """Ends every process in which the function runs, in the midst of whatever it does; how many there were."""
    name = stack.function_name(function).encode()
    emulator: int = json.loads((stack.emulator.folder / "process.json").read_text())["pid"]
    killed = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            is_child = f"PPid:\t{emulator}\n" in (folder / "status").read_text()
            if is_child and b"ministack-lambda-" + name + b"-" in (folder / "cmdline").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)
                killed += 1
    return killed
