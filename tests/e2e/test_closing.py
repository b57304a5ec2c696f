"""The register closes while eight clients call every route of it; then every lock is tried by itself."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.local.closing import ask_expiry, seconds_ahead, set_closure, wait_until
from infra.local.feeds import drop
from infra.local.stack import StackError
from infra.local.traffic import Traffic
from tests.e2e.closing_stack import (
    ROLES,
    ROUTES,
    SUCCESSOR,
    ActingAs,
    a_case,
    a_dependent,
    a_notice,
    a_stack_of_its_own,
    caller_of_every_route,
    calls_of_every_route,
    clients_of,
    is_refused,
    items_of,
    messages_of,
)
from tests.e2e.conftest import Client, Clients
from tests.e2e.test_the_api import a_child

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from infra.local.scene import Scene
    from infra.local.stack import Stack
    from infra.local.traffic import Answered

CLIENTS = 8
ASKED_AFTER = timedelta(seconds=4)
"""How long the clients go on calling once the register has closed."""
TRIED_BEFORE = timedelta(seconds=10)
"""How long before it the roles' own credentials are tried."""
ON_THE_WAY = timedelta(seconds=1)
"""What was released in time arrives by then, on a small machine that is busy."""
BETWEEN_DECISION_AND_LOG_LINE = timedelta(milliseconds=100)
LOCKED_ROLES = ("Lookup", "Registration", "Review", "Shield", "Access", "Notify", "Notices", "Feed")
FUNCTIONS = {"lookup": "/lookups", "registration": "/involvements", "review": "/reviews", "notices": "/notices"}
"""Functions that touch the register for a client, and where the paths begin that they answer."""
LOGGED = (*FUNCTIONS, "shield", "access")
"""All that clients call: each starts once for each of them."""


@dataclass(frozen=True)
class Tried:
    """A read of the register with a role's own credentials, and whether IAM refused it."""

    sent_at: datetime
    received_at: datetime
    refused: bool


@dataclass(frozen=True)
class Crossing:
    """What was seen while the register closed."""

    stack: Stack
    clients: Sequence[Client]
    closes_at: datetime
    case_id: str
    answers: Sequence[Answered]
    tried: Mapping[str, Sequence[Tried]]
    items_once_closed: Sequence[dict[str, Any]]
    items_afterwards: Sequence[dict[str, Any]]
    deletable_while_open: Mapping[str, Sequence[str]]
    deletable_while_closing: Mapping[str, Sequence[str]]
    readable_while_closing: Mapping[str, Sequence[str]]
    unauthorised_while_closing: httpx.Response

    @property
    def told(self) -> list[Answered]:
        """The answers that disclosed or acknowledged something."""
        return [answer for answer in self.answers if answer.tells_something]


@pytest.fixture(scope="module")
def crossing(scene: Scene) -> Iterator[Crossing]:
    with a_stack_of_its_own("closing") as stack:
        yield _closed_mid_traffic(stack, scene)


def _closed_mid_traffic(stack: Stack, scene: Scene) -> Crossing:
    clients = clients_of(stack, CLIENTS)
    start = _time_of_a_start(clients[0])
    Clients(stack, stack.emulator.folder).enrolled(scene)
    drop(stack, scene.extracts)
    case_id, notice_id = a_case(clients[0]), a_notice(stack, clients[0])
    a_dependent(stack)
    backup = stack.dynamodb.create_backup(TableName=stack.outputs["RegisterName"], BackupName="by-an-operator")
    backup_arn = backup["BackupDetails"]["BackupArn"]
    while_open = {role: _deletable(ActingAs(stack, role), backup_arn) for role in ROLES}

    stack, closes_at = _announced(stack, start)
    clients = [replace(client, stack=stack) for client in clients]
    callers = [
        caller_of_every_route(stack, client, number, case_id, notice_id) for number, client in enumerate(clients)
    ]
    with Traffic(callers) as traffic, ThreadPoolExecutor(len(LOCKED_ROLES)) as pool:
        unauthorised = httpx.post(f"{stack.api_url}/lookups", json={})
        while_closing = {role: _deletable(ActingAs(stack, role), backup_arn) for role in ROLES}
        readable = {role: _readable(ActingAs(stack, role)) for role in LOCKED_ROLES}
        while_closing_until = datetime.now(UTC)
        until = closes_at + ASKED_AFTER
        _wait_for(closes_at - TRIED_BEFORE)
        tries = {role: pool.submit(_read_until, ActingAs(stack, role), until) for role in LOCKED_ROLES}
        _wait_for(closes_at + ON_THE_WAY)
        items_once_closed = items_of(stack, "RegisterName")
        tried = {role: trying.result() for role, trying in tries.items()}
    assert while_closing_until < closes_at, "this machine is too slow to try all of that in time"
    return Crossing(
        stack=stack,
        clients=clients,
        closes_at=closes_at,
        case_id=case_id,
        answers=traffic.answers,
        tried=tried,
        items_once_closed=items_once_closed,
        items_afterwards=items_of(stack, "RegisterName"),
        deletable_while_open=while_open,
        deletable_while_closing=while_closing,
        readable_while_closing=readable,
        unauthorised_while_closing=unauthorised,
    )


def _time_of_a_start(client: Client) -> timedelta:
    """How long this machine, as busy as it is, takes to start one function that nobody has called yet."""
    began = time.monotonic()
    client.ask(a_child())
    return timedelta(seconds=time.monotonic() - began)


def _announced(stack: Stack, start: timedelta) -> tuple[Stack, datetime]:
    """Deployed with a date that leaves time for every start anew; moved if the deployment took too long for that.

    Each client needs a process of each function, and so many start side by side on a few processors.
    """
    warming = start * CLIENTS * len(LOGGED) / 2
    for longer in (1.5, 3, 6):
        closes_at = seconds_ahead(25 + longer * warming.total_seconds())
        deployed = set_closure(stack, closes_at, SuccessorUrl=SUCCESSOR)
        if closes_at - datetime.now(UTC) >= warming + timedelta(seconds=10):
            return deployed, closes_at
    pytest.fail("this machine takes minutes to deploy")


def _wait_for(instant: datetime) -> None:
    """Until the clock shows it."""
    time.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))


def _read_until(role: ActingAs, until: datetime) -> list[Tried]:
    """Reads again and again with the role's own credentials, past no handler."""
    dynamodb = role.client("dynamodb")
    tried = []
    while (sent_at := datetime.now(UTC)) < until:
        refused = is_refused(
            lambda: dynamodb.query(
                TableName=role.stack.outputs["RegisterName"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": "CHILD#nobody"}},
            )
        )
        tried.append(Tried(sent_at, datetime.now(UTC), refused))
    return tried


def _deletable(role: ActingAs, backup: str) -> list[str]:
    """What IAM lets the role do of all that deletes an item, a table, a backup, a key or the hashing secret."""
    stack, ids = role.stack, role.stack.physical_ids()
    table, key, secret = stack.outputs["RegisterName"], ids["Storage/Key"], ids["Storage/HashingSecret"]
    nobody = {"pk": {"S": "CHILD#nobody"}, "sk": {"S": "CHILD"}}
    dynamodb, kms, secrets = (role.client(service) for service in ("dynamodb", "kms", "secretsmanager"))
    calls = {
        "delete an item": lambda: dynamodb.delete_item(TableName=table, Key=nobody),
        "delete items by batch": lambda: dynamodb.batch_write_item(
            RequestItems={table: [{"DeleteRequest": {"Key": nobody}}]}
        ),
        "delete items by transaction": lambda: dynamodb.transact_write_items(
            TransactItems=[{"Delete": {"TableName": table, "Key": nobody}}]
        ),
        "delete the table": lambda: dynamodb.delete_table(TableName=table),
        "switch the stream off": lambda: dynamodb.update_table(
            TableName=table, StreamSpecification={"StreamEnabled": False}
        ),
        "switch recovery off": lambda: dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        ),
        "delete a backup": lambda: dynamodb.delete_backup(BackupArn=backup),
        "delete the key": lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7),
        "disable the key": lambda: kms.disable_key(KeyId=key),
        "delete the secret": lambda: secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True),
    }
    return [name for name, call in calls.items() if not is_refused(call)]


def _readable(role: ActingAs) -> list[str]:
    """What IAM lets the role read of what opens the register, and of what is to come into it."""
    stack = role.stack
    calls = {
        "the secret": lambda: role.client("secretsmanager").get_secret_value(
            SecretId=stack.physical_ids()["Storage/HashingSecret"]
        ),
        "a drop": lambda: role.client("s3").get_object(Bucket=stack.feed_bucket, Key="feeds/X99/none-such.csv"),
    }
    return [name for name, call in calls.items() if not is_refused(call)]


# ---------------------------------------------------------------- while it is open, and while it is closing


def test_while_the_register_is_open_no_role_may_delete_an_item_a_table_a_backup_or_a_key(crossing: Crossing) -> None:
    assert crossing.deletable_while_open == {role: [] for role in ROLES}


def test_while_it_is_closing_no_role_may_either(crossing: Crossing) -> None:
    assert crossing.deletable_while_closing == {role: [] for role in ROLES}


def test_while_it_is_closing_every_answer_says_so(crossing: Crossing) -> None:
    before = [answer for answer in crossing.answers if answer.received_at < crossing.closes_at]
    sunset = f"{crossing.closes_at:%a, %d %b %Y %H:%M:%S} GMT"
    assert {answer.route for answer in before} == ROUTES
    for headers in (*(answer.headers for answer in before), crossing.unauthorised_while_closing.headers):
        assert headers["Sunset"] == sunset
        assert headers["Deprecation"].startswith("@")
        assert '/v1/status>; rel="sunset"' in headers["Link"]
        assert f'<{SUCCESSOR}>; rel="successor-version"' in headers["Link"]


def test_until_the_last_second_every_route_works(crossing: Crossing) -> None:
    assert {answer.route for answer in crossing.told} == ROUTES
    last = max(answer.received_at for answer in crossing.told if answer.received_at < crossing.closes_at)
    assert crossing.closes_at - last < timedelta(seconds=1)
    assert {a.status for a in crossing.answers if a.received_at < crossing.closes_at} <= {200, 201, 204}


# ---------------------------------------------------------------- the first lock: the functions


def test_no_request_that_was_sent_after_closure_is_told_anything(crossing: Crossing) -> None:
    after = [answer for answer in crossing.answers if answer.sent_at >= crossing.closes_at]
    assert len(after) >= CLIENTS
    assert {(answer.status, answer.problem) for answer in after} == {(HTTPStatus.GONE, "closed")}


def test_no_request_in_flight_slips_through(crossing: Crossing) -> None:
    """What arrived after closure and tells something had been released before: its function had logged it by then."""
    late = [answer for answer in crossing.told if answer.received_at >= crossing.closes_at]
    logged = _logged(crossing.stack)
    for answer in late:
        assert logged[answer.request_id] < crossing.closes_at + BETWEEN_DECISION_AND_LOG_LINE
        assert answer.received_at < crossing.closes_at + ON_THE_WAY


def test_whoever_is_cut_off_is_told_that_the_register_is_closed(crossing: Crossing) -> None:
    in_flight = [a for a in crossing.answers if a.sent_at < crossing.closes_at <= a.received_at]
    assert {answer.problem for answer in in_flight if not answer.tells_something} <= {"closed"}
    assert {answer.status for answer in in_flight} <= {200, 201, 204, 410}


def _logged(stack: Stack) -> dict[str, datetime]:
    """When each function wrote its line about a request, which it does once the answer is made."""
    lines = [
        json.loads(line) for function in LOGGED for line in messages_of(stack, f"/signpost/local/{function}")
        if line.startswith("{")
    ]  # fmt: skip
    return {
        line["request_id"]: datetime.fromisoformat(line["timestamp"])
        for line in lines
        if "request_id" in line and "operation" in line
    }


def test_nothing_is_written_once_it_is_closed(crossing: Crossing) -> None:
    assert _sorted(crossing.items_once_closed) == _sorted(crossing.items_afterwards)
    written = [
        datetime.fromisoformat(item[name]["S"])
        for item in crossing.items_afterwards
        for name in ("recorded_at", "refreshed_at", "created_at", "raised_at")
        if name in item
    ]
    assert written
    assert max(written) < crossing.closes_at


def test_no_access_is_recorded_of_after_closure(crossing: Crossing) -> None:
    items = items_of(crossing.stack, "AccessLogName")  # seals among them, if the hour was sealed meanwhile
    records = [datetime.fromisoformat(item["at"]["S"]) for item in items if "answered" in item]
    assert records
    assert max(records) < crossing.closes_at


def _sorted(items: Sequence[dict[str, Any]]) -> list[str]:
    """What they say, but for when they expire: expiry may be stamping them. What has expired is DynamoDB's to remove."""
    now = datetime.now(UTC).timestamp()
    live = [item for item in items if "expires_at" not in item or float(item["expires_at"]["N"]) > now]
    said = [{name: value for name, value in item.items() if name != "expires_at"} for item in live]
    return sorted(json.dumps(item, sort_keys=True) for item in said)


def test_every_route_answers_410_with_where_to_go_instead(crossing: Crossing) -> None:
    client = crossing.clients[0]
    for call in calls_of_every_route(0, crossing.case_id):
        answer = client.raw(call.method, call.path, json.dumps(call.body).encode() if call.body else None)
        assert answer.status_code == HTTPStatus.GONE, call.route
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:signpost:problem:closed"
        assert f'<{SUCCESSOR}>; rel="successor-version"' in answer.headers["Link"]


def test_the_status_says_that_it_is_closed_and_when_all_will_be_gone(crossing: Crossing) -> None:
    status = httpx.get(f"{crossing.stack.api_url}/status", timeout=60).json()
    assert status["phase"] == "closed"
    assert datetime.fromisoformat(status["closes_at"]) == crossing.closes_at
    assert datetime.fromisoformat(status["destroyed_by"]) > crossing.closes_at + timedelta(days=58)
    assert status["successor"] == SUCCESSOR
    assert "certificate" not in status


def test_what_is_dropped_after_closure_is_deleted_unread(crossing: Crossing, scene: Scene) -> None:
    stack, extract = crossing.stack, scene.extracts[0]
    key = f"feeds/{extract.organisation.code}/too-late.csv"
    stack.s3.upload_file(str(extract.path), stack.feed_bucket, key)
    wait_until(lambda: key not in _names(stack), "the drop is gone", within=60)
    assert f"receipts/{extract.organisation.code}/too-late.json" not in _names(stack)
    assert _sorted(items_of(stack, "RegisterName")) == _sorted(crossing.items_afterwards)


def _names(stack: Stack) -> set[str]:
    return {found["Key"] for found in stack.s3.list_objects_v2(Bucket=stack.feed_bucket).get("Contents", [])}


# ---------------------------------------------------------------- the second: IAM


@pytest.mark.parametrize("role", LOCKED_ROLES)
def test_the_role_itself_is_denied_the_register_from_that_second_on(crossing: Crossing, role: str) -> None:
    tried = crossing.tried[role]
    before = [one for one in tried if one.received_at < crossing.closes_at]
    after = [one for one in tried if one.sent_at >= crossing.closes_at]
    assert before
    assert after
    assert {one.refused for one in before} == {False}
    assert {one.refused for one in after} == {True}
    assert crossing.closes_at - before[-1].sent_at < timedelta(seconds=1)
    assert after[0].received_at - crossing.closes_at < timedelta(seconds=1)


def test_nor_may_any_role_read_the_secret_or_a_drop_from_then_on(crossing: Crossing) -> None:
    before = {role: ["the secret", "a drop"] if role == "Feed" else ["the secret"] for role in LOCKED_ROLES}
    assert crossing.readable_while_closing == before
    assert {role: _readable(ActingAs(crossing.stack, role)) for role in LOCKED_ROLES} == {
        role: [] for role in LOCKED_ROLES
    }


def test_with_the_gate_taken_out_of_the_functions_nothing_is_told_and_nothing_written(crossing: Crossing) -> None:
    client, stack = crossing.clients[0], crossing.stack
    calls = calls_of_every_route(0, crossing.case_id)
    child = next(call.body["child"] for call in calls if call.route == "POST /lookups")
    for function, path in FUNCTIONS.items():
        with _gate_taken_out(stack, function):
            answers = [
                client.raw(call.method, call.path, json.dumps(call.body).encode() if call.body else None)
                for call in calls
                if call.path.startswith(path)
            ]
        assert HTTPStatus.GONE not in {answer.status_code for answer in answers}, "the gate was not taken out"
        assert all(map(_tells_nothing, answers))
        assert not [answer for answer in answers if child["family_name"] in answer.text]
    assert _sorted(items_of(stack, "RegisterName")) == _sorted(crossing.items_afterwards)


def _tells_nothing(answer: httpx.Response) -> bool:
    """A batch has an answer for each of what it holds."""
    if not answer.is_success:
        return True
    results = answer.json().get("results", [{}])
    return all(result.get("status", 0) >= HTTPStatus.BAD_REQUEST for result in results)


@contextmanager
def _gate_taken_out(stack: Stack, function: str) -> Iterator[None]:
    """The function as if its code did not know that the register closes."""
    name = stack.function_name(function)
    variables = stack.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    ignorant = {**variables, "CLOSES_AT": "", "ANNOUNCED_AT": ""}
    stack.functions.update_function_configuration(FunctionName=name, Environment={"Variables": ignorant})
    try:
        yield
    finally:
        stack.functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@pytest.mark.parametrize("role", ROLES)
def test_once_it_is_closed_expiry_alone_may_delete(crossing: Crossing, role: str) -> None:
    dynamodb = ActingAs(crossing.stack, role).client("dynamodb")
    nobody = {"pk": {"S": "CHILD#nobody"}, "sk": {"S": "CHILD"}}
    items = {crossing.stack.outputs["RegisterName"]: [{"DeleteRequest": {"Key": nobody}}]}
    refused = is_refused(lambda: dynamodb.batch_write_item(RequestItems=items))
    assert refused == (role != "Expiry")


# ---------------------------------------------------------------- the third: the clients


def test_no_client_gets_a_token_after_the_next_tick(crossing: Crossing) -> None:
    stack = crossing.stack
    ask_expiry(stack, "tick")
    for client in crossing.clients:
        with pytest.raises(StackError, match="No token"):
            stack.token(client.client_id, client.client_secret)
    assert stack.cognito.list_user_pool_clients(UserPoolId=stack.user_pool_id, MaxResults=1)["UserPoolClients"] == []
    assert _sorted(items_of(stack, "RegisterName")) == _sorted(crossing.items_afterwards), "nothing is destroyed yet"
