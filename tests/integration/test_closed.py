"""What callers meet once the register is closed, and what was under way then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from shared.api.operations.every import OPERATIONS
from shared.domain.accesses import hour_text
from shared.domain.errors import RegisterClosed
from shared.domain.lifecycle import Lifecycle
from shared.domain.review import Decision, State
from shared.runtime.wiring.secret import pseudonyms
from shared.services.gate import Gate
from tests.integration.deployed import Client, Deployment, question
from tests.integration.direct import REVIEWER, Desk, caller
from tests.integration.emulated import ACCESS_LOG, CERTIFICATE_BUCKET, REGISTER, dump
from tests.integration.pairs import BENS, a_pair
from tests.integration.people import ZOE, involvement
from tests.integration.test_watching import Invoked, asked, last_hour

CLOSED_AT = "2010-08-06T12:00:00+01:00"
CLOSURE = Lifecycle.configured(CLOSED_AT)

CALLS: tuple[tuple[str, str, str, Any], ...] = (
    ("lookup", "POST", "/lookups", question(ZOE)),
    ("registration", "PUT", "/involvements/{source_reference}", involvement(ZOE)),
    ("registration", "GET", "/involvements/{source_reference}", None),
    ("registration", "DELETE", "/involvements/{source_reference}", None),
    (
        "registration",
        "POST",
        "/involvements/batch",
        {"involvements": [{"source_reference": "z-1", **involvement(ZOE)}]},
    ),
    ("review", "GET", "/reviews", None),
    ("review", "POST", "/reviews/{case_id}/comparisons", {}),
    ("review", "PUT", "/reviews/{case_id}/decision", {}),
    ("shield", "PUT", "/shields/{child_id}", {}),
    ("shield", "GET", "/shields/{child_id}", None),
    ("shield", "POST", "/shields/{child_id}/lifting", {}),
    ("shield", "POST", "/children/{child_id}/overrides", {}),
    ("access", "GET", "/children/{child_id}/accesses", None),
    ("access", "GET", "/alerts", None),
    ("notices", "GET", "/notices", None),
    ("notices", "GET", "/notices/{notice_id}", None),
    ("notices", "POST", "/notices/{notice_id}/ack", None),
    ("notices", "PUT", "/watches/{child_id}", {}),
    ("notices", "POST", "/watches/{child_id}/ending", {}),
    ("notices", "POST", "/dependents/{dependent_id}/acknowledgement", {}),
)


def test_every_call_that_needs_a_token_is_among_these() -> None:
    assert {(method, path) for _, method, path, _ in CALLS} == {(o.method, o.path) for o in OPERATIONS if o.scope}


@pytest.fixture
def client(deployment: Deployment) -> Client:
    """Of a register that has closed, and whose hashing secret has been destroyed since."""
    client = deployment.enrol("X99")
    deployment.restart(
        CLOSES_AT=CLOSED_AT,
        ANNOUNCED_AT="1273158000",
        SUCCESSOR_URL="https://successor.example",
        HASHING_SECRET_ID="destroyed",
    )
    return client


@pytest.mark.usefixtures("aws")
def test_a_function_that_is_refused_the_secret_because_it_starts_as_the_register_closes_starts_all_the_same() -> None:
    closes_at = CLOSURE.closes_at
    assert closes_at
    just_before = closes_at - timedelta(microseconds=1)
    clock = iter((just_before, closes_at))
    pseudonyms("refused", CLOSURE, lambda: next(clock))
    assert not [*clock]
    with pytest.raises(ClientError):
        pseudonyms("refused", CLOSURE, lambda: just_before)


@pytest.mark.parametrize(("function", "method", "path", "body"), CALLS, ids=[f"{c[1]} {c[2]}" for c in CALLS])
def test_a_function_that_starts_after_all_is_destroyed_says_that_the_register_is_closed(
    client: Client, function: str, method: str, path: str, body: Any
) -> None:
    parameters = {"source_reference": "z-1", "case_id": "a-case", "child_id": "a-child"}
    answer = client.call(function, method, path, body, parameters=parameters)
    assert (answer.status, answer.problem) == (410, "closed")
    assert answer.headers["Deprecation"] == "@1273158000"
    assert answer.headers["Sunset"] == "Fri, 06 Aug 2010 11:00:00 GMT"
    assert answer.headers["Link"] == '</status>; rel="sunset", <https://successor.example>; rel="successor-version"'
    assert dump(REGISTER) == dump(ACCESS_LOG) == []


def test_the_schedule_of_joins_finds_nothing_to_do_after_closure(client: Client) -> None:
    client.deployment.go_on()


def test_the_access_log_which_outlives_the_register_is_sealed_after_closure_too(client: Client) -> None:
    boto3.client("s3").create_bucket(
        Bucket=CERTIFICATE_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
        ObjectLockEnabledForBucket=True,
    )
    asked(3, last_hour())
    answer = client.deployment.function("access").handler({"action": "seal"}, Invoked())
    assert (answer["ok"], answer["is_up_to_date"]) == (True, True)
    assert hour_text(last_hour()) in answer["hours"]


# A join under way


class Closing:
    """A clock that shows the closure from its n-th reading on."""

    def __init__(self, desk: Desk, readings: int) -> None:
        self._desk = desk
        self._left = readings
        self.closes_at = datetime(2026, 12, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._left -= 1
        return self._desk.clock() if self._left >= 0 else self.closes_at


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


@pytest.mark.parametrize("readings", [2, 3, 5])
def test_a_join_that_is_under_way_at_closure_stops_there_and_nothing_goes_on_with_it(desk: Desk, readings: int) -> None:
    case = a_pair(desk)
    clock = Closing(desk, readings)
    closing = replace(desk.reviewing, gate=Gate(Lifecycle(clock.closes_at), clock))
    with pytest.raises(RegisterClosed):
        closing.decide(
            case.case_id,
            Decision.SAME,
            REVIEWER,
            caller=caller("REV"),
            access_ids=("access-1", "access-2"),
            request_id="request",
        )
    stopped = dump(REGISTER)
    kept = desk.reviews.case(case.case_id)
    assert kept
    assert kept.state is State.JOINING
    assert len({item["child_id"] for item in stopped if item["kind"] == "involvement"}) == 2
    assert closing.go_on() == 0
    assert dump(REGISTER) == stopped
    # as it would be, were the register still open
    assert desk.reviewing.go_on() == 1
    assert (desk.who({"nhs_number": "9990000018"}) or set()) >= BENS
