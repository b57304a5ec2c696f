"""What operators see of dead letters, and have taken up again."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.integration.deployed import Deployment

VARIABLES = {
    "FAILED_FEEDS_URL": "failed-feeds",
    "UNREAD_CHANGES_URL": "unread-changes",
    "UNDELIVERED_NOTICES_URL": "undelivered-notices",
    "NOTICES_TO_DELIVER_URL": "notices-to-deliver",
}
NOTICE = {"detail": {"notice_id": "n-1", "kind": "moved", "organisation": "E99000001", "at": "2026-11-20T09:00:00Z"}}


class Context:
    """A run with as much time as a function has."""

    def __init__(self, left: timedelta = timedelta(minutes=15)) -> None:
        self.left = left

    def get_remaining_time_in_millis(self) -> int:
        return self.left // timedelta(milliseconds=1)


@pytest.fixture
def urls(deployment: Deployment) -> dict[str, str]:
    """Of the queues, by their names."""
    sqs = boto3.client("sqs")
    made = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in VARIABLES.values()}
    told = {variable: made[name] for variable, name in VARIABLES.items()}
    deployment.restart(**told, FEED_FUNCTION="feed", NOTIFY_FUNCTION="notify")
    return made


def ask(deployment: Deployment, event: Any, context: Context | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = deployment.function("replay").handler(event, context or Context())
    return answer


def lying(url: str) -> int:
    told = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])


def test_notices_are_looked_at_first_and_then_delivered_anew(
    deployment: Deployment, urls: dict[str, str], logged: io.StringIO
) -> None:
    boto3.client("sqs").send_message(QueueUrl=urls["undelivered-notices"], MessageBody=json.dumps(NOTICE))
    seen = ask(deployment, {"queue": "undelivered-notices"})
    (listed,) = seen["listed"]
    assert (seen["ok"], seen["really"], seen["waiting"]) == (True, False, 1)
    assert (listed["notice_id"], listed["kind"], listed["organisation"]) == ("n-1", "moved", "E99000001")
    done = ask(deployment, {"queue": "undelivered-notices", "really": True})
    assert done == {"ok": True, "queue": "undelivered-notices", "really": True, "replayed": 1, "waiting": 0}
    assert (lying(urls["undelivered-notices"]), lying(urls["notices-to-deliver"])) == (0, 1)
    looked, replayed = (json.loads(line) for line in logged.getvalue().splitlines())
    assert (looked["message"], looked["queue"], looked["waiting"]) == ("replay", "undelivered-notices", 1)
    assert "n-1" not in logged.getvalue()
    assert "_aws" not in looked
    assert (replayed["replayed"], replayed["really"]) == ([1.0], True)


def test_a_feed_whose_function_cannot_be_asked_stays(deployment: Deployment, urls: dict[str, str]) -> None:
    event = {"detail": {"object": {"key": "feeds/X99/nightly.csv"}}}
    boto3.client("sqs").send_message(QueueUrl=urls["failed-feeds"], MessageBody=json.dumps(event))
    assert ask(deployment, {"queue": "failed-feeds", "really": True})["failed"] == 1
    assert lying(urls["failed-feeds"]) == 1


@pytest.mark.parametrize(
    "event",
    [{}, [], "failed-feeds", {"queue": "notices-to-deliver"}, {"queue": "failed-feeds", "really": "yes"}, {"queue": 1}],
)
def test_what_is_no_instruction_does_nothing_and_says_what_is(
    deployment: Deployment, urls: dict[str, str], event: Any
) -> None:
    _ = urls
    answer = ask(deployment, event)
    assert not answer["ok"]
    assert "failed-feeds" in answer["problem"]


def test_a_run_without_time_does_nothing(deployment: Deployment, urls: dict[str, str]) -> None:
    boto3.client("sqs").send_message(QueueUrl=urls["undelivered-notices"], MessageBody=json.dumps(NOTICE))
    left = deployment.function("replay").IN_HAND
    assert "replayed" not in ask(deployment, {"queue": "undelivered-notices", "really": True}, Context(left))
    assert lying(urls["undelivered-notices"]) == 1


def test_once_the_register_has_closed_what_lies_there_is_left_to_be_destroyed(
    deployment: Deployment, urls: dict[str, str]
) -> None:
    boto3.client("sqs").send_message(QueueUrl=urls["undelivered-notices"], MessageBody=json.dumps(NOTICE))
    closed_at = datetime.now(UTC) - timedelta(days=1)
    deployment.restart(CLOSES_AT=closed_at.isoformat(), ANNOUNCED_AT="1273158000")
    answer = ask(deployment, {"queue": "undelivered-notices", "really": True})
    assert (answer["ok"], answer["error"]) == (False, "RegisterClosed")
    assert lying(urls["undelivered-notices"]) == 1
