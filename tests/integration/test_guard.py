"""The guard of closures, asked as CloudFormation asks it, with the Directory emulated."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import urllib3
from botocore.stub import Stubber

from infra.local import template as templates
from shared.domain.closure import Certified
from shared.persistence.closure_keeper import DynamoClosureKeeper
from tests.integration.deployed import Deployment

STACK = "arn:aws:cloudformation:eu-west-2:000000000000:stack/signpost/1"
ATTRIBUTES = {"AnnouncedAt", "ClosesAtUtc", "Deprecation", "Sunset", "Link"}
LAST = "Custom::DeletionGuard"
LONGEST_ANSWER = 4096
DAY = timedelta(days=1)


def whole_seconds_from_now(time: timedelta) -> datetime:
    return (datetime.now(UTC) + time).replace(microsecond=0)


@dataclass
class CloudFormation:
    """Asks the guard, and listens at the address that it is to answer to."""

    deployment: Deployment
    url: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    stack_status: str | None = "UPDATE_IN_PROGRESS"
    """None if the guard may not ask."""

    def ask(self, request: str = "Update", resource: str = "Custom::ClosureGuard", **changed: str) -> dict[str, Any]:
        """What the guard answers to a deployment with the template's defaults and what is changed of them."""
        template = templates.load(templates.SOURCE)
        properties = template["Resources"]["Closure"]["Properties"]
        defaults = {
            name: str(template["Parameters"][value["Ref"]]["Default"] if isinstance(value, dict) else value)
            for name, value in properties.items()
            if name != "ServiceToken"
        }
        event = {
            "RequestType": request,
            "ResourceType": resource,
            "RequestId": "a-request",
            "StackId": STACK,
            "LogicalResourceId": "Closure",
            "ResponseURL": self.url,
            "ResourceProperties": defaults | changed,
        }
        guard = self.deployment.function("guard")
        with Stubber(guard.deployments.client) as stub:
            if self.stack_status:
                stack = {"StackName": "signpost", "CreationTime": datetime.now(UTC), "StackStatus": self.stack_status}
                stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK})
            else:
                stub.add_client_error("describe_stacks", "AccessDenied")
            guard.handler(event, None)
        return self.answers[-1]


@pytest.fixture
def cloudformation(deployment: Deployment) -> Iterator[CloudFormation]:
    asking = CloudFormation(deployment)

    class Listening(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert len(body) <= LONGEST_ANSWER
            asking.answers.append(json.loads(body))
            asking.headers.append(dict(self.headers))
            self.send_response(asking.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        asking.url = f"http://127.0.0.1:{server.server_address[1]}/answer?signed=1"
        yield asking
        server.shutdown()
        thread.join()


def test_a_deployment_without_a_closure_is_accepted_with_every_attribute_empty(cloudformation: CloudFormation) -> None:
    assert cloudformation.ask("Create") == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "closure",
        "StackId": STACK,
        "RequestId": "a-request",
        "LogicalResourceId": "Closure",
        "Data": dict.fromkeys(ATTRIBUTES, ""),
    }


def test_a_closure_that_is_accepted_is_told_to_whoever_depends_on_it(cloudformation: CloudFormation) -> None:
    closes_at = whole_seconds_from_now(30 * DAY)
    answer = cloudformation.ask(ClosesAt=closes_at.isoformat(), SuccessorUrl="https://next.example/")
    accepted = DynamoClosureKeeper().accepted()
    assert accepted
    assert accepted.announced_at
    announced = int(accepted.announced_at.timestamp())
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {
        "AnnouncedAt": str(announced),
        "ClosesAtUtc": f"{closes_at:%Y-%m-%dT%H:%M:%SZ}",
        "Deprecation": f"@{announced}",
        "Sunset": f"{closes_at:%a, %d %b %Y %H:%M:%S GMT}",
        "Link": '</v1/status>; rel="sunset", <https://next.example/>; rel="successor-version"',
    }


def test_an_offset_becomes_utc_and_a_part_of_a_second_the_second_after(cloudformation: CloudFormation) -> None:
    answer = cloudformation.ask(ClosesAt="2199-08-06T12:00:00.25+01:00")
    assert answer["Data"]["ClosesAtUtc"] == "2199-08-06T11:00:01Z"
    assert answer["Data"]["Sunset"] == "Tue, 06 Aug 2199 11:00:00 GMT"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ClosesAt": "2199-02-30T12:00:00Z"}, "ClosesAt cannot be read"),
        ({"ClosesAt": "2199-02-20T12:00:00"}, "needs an offset"),
        ({"ClosesAt": "2019-02-20T12:00:00Z"}, "in the past"),
        ({"ClosesAt": "2199-02-20T12:00:00Z", "DestructionWindow": "P10D"}, "days short"),
        ({"DestructionWindow": "two months"}, "DestructionWindow cannot be read"),
        ({"EndedInvolvementKept": "a year"}, "EndedInvolvementKept cannot be read"),
        ({"EndedInvolvementKept": "P1D"}, "EndedInvolvementKept is a month at least"),
        ({"ClosesAt": "2199-02-20T12:00:00Z", "ConfirmClosesAtInThePast": "yes"}, "confirms nothing"),
        ({"GrownUpAt": "P12Y"}, "GrownUpAt is a number of years"),
        ({"CoverageServiceTypes": "education,knitting"}, "CoverageServiceTypes names no service type that there is"),
        ({"CoverageServiceTypes": "education", "CoverageChildren": "additional"}, "nothing could be registered"),
        ({"GoneQuietAfter": "P1D"}, "GoneQuietAfter is a week at least"),
    ],
)
def test_what_is_refused_is_refused_with_the_reason_and_not_remembered(
    cloudformation: CloudFormation, changed: dict[str, str], reason: str
) -> None:
    answer = cloudformation.ask(**changed)
    assert answer["Status"] == "FAILED"
    assert reason in answer["Reason"]
    assert answer["Data"] == {}
    assert DynamoClosureKeeper().accepted() is None


def test_a_very_long_reason_is_cut_to_what_an_answer_may_hold(cloudformation: CloudFormation) -> None:
    answer = cloudformation.ask(ClosesAt="x" * 4000, DestructionWindow="y" * 4000)
    assert answer["Reason"].startswith("ClosesAt cannot be read")


def test_a_date_in_the_past_that_is_confirmed_is_accepted(cloudformation: CloudFormation) -> None:
    closes_at = whole_seconds_from_now(-DAY)
    assert cloudformation.ask(ClosesAt=closes_at.isoformat())["Status"] == "FAILED"
    assert cloudformation.ask(ClosesAt=closes_at.isoformat(), ConfirmClosesAtInThePast="yes")["Status"] == "SUCCESS"


def test_what_a_failed_deployment_had_replaced_is_put_back(cloudformation: CloudFormation) -> None:
    past, later = whole_seconds_from_now(-DAY).isoformat(), whole_seconds_from_now(DAY).isoformat()
    cloudformation.ask(ClosesAt=past, ConfirmClosesAtInThePast="yes")
    assert cloudformation.ask(ClosesAt=later)["Status"] == "SUCCESS"
    assert cloudformation.ask(ClosesAt=past)["Status"] == "FAILED"
    cloudformation.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    assert cloudformation.ask(ClosesAt=past)["Status"] == "SUCCESS"


def test_an_open_register_s_stack_is_never_held_up(cloudformation: CloudFormation) -> None:
    cloudformation.stack_status = None
    answer = cloudformation.ask("Delete", ClosesAt="whatever")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "closure")
    for request in ("Create", "Update", "Delete"):
        answer = cloudformation.ask(request, LAST)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "deletion")


def test_while_a_closure_is_set_and_not_certified_its_stack_is_not_deleted(cloudformation: CloudFormation) -> None:
    cloudformation.ask(ClosesAt=whole_seconds_from_now(DAY).isoformat())
    cloudformation.stack_status = "DELETE_IN_PROGRESS"
    answer = cloudformation.ask("Delete", LAST)
    assert answer["Status"] == "FAILED"
    assert "Let it be destroyed" in answer["Reason"]
    DynamoClosureKeeper().note_certified(Certified(at=datetime.now(UTC), sha256="ab" * 32))
    assert cloudformation.ask("Delete", LAST)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    "status", ["ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"]
)
def test_what_is_rolled_back_or_left_over_is_always_deleted(cloudformation: CloudFormation, status: str) -> None:
    cloudformation.ask(ClosesAt=whole_seconds_from_now(DAY).isoformat())
    cloudformation.stack_status = status
    assert cloudformation.ask("Delete", LAST)["Status"] == "SUCCESS"


def test_a_deletion_that_nobody_can_judge_says_how_to_get_it_done(cloudformation: CloudFormation) -> None:
    cloudformation.ask(ClosesAt=whole_seconds_from_now(DAY).isoformat())
    cloudformation.stack_status = None
    answer = cloudformation.ask("Delete", LAST)
    assert answer["Status"] == "FAILED"
    assert "could not decide (Unavailable)" in answer["Reason"]
    assert "--retain-resources Deletion" in answer["Reason"]


def test_what_nobody_foresaw_is_answered_too(cloudformation: CloudFormation) -> None:
    cloudformation.stack_status = None
    answer = cloudformation.ask(ClosesAt="2019-02-20T12:00:00Z")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "The guard could not decide (Unavailable): its log says more. Nothing was changed."


def test_the_answer_has_no_content_type_for_its_address_is_signed_without_one(cloudformation: CloudFormation) -> None:
    cloudformation.ask()
    assert cloudformation.headers[-1]["Content-Type"] == ""


def test_an_answer_that_is_not_taken_is_an_error_in_the_log(cloudformation: CloudFormation) -> None:
    cloudformation.status = 403
    with pytest.raises(urllib3.exceptions.HTTPError, match="403"):
        cloudformation.ask()
