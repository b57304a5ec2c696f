"""What the template says of notices: which streams they come from, what is tried again, what is put aside, what rings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local import template as templates
from shared.domain.webhooks import ATTEMPTS
from shared.persistence import keys
from shared.runtime.bus import SOURCE

type Resources = dict[str, dict[str, Any]]

STREAMS = {
    "RegisterChanges": "Storage.Outputs.RegisterStreamArn",
    "NoticesMade": "Storage.Outputs.RegisterStreamArn",
    "Questions": "Storage.Outputs.AccessLogStreamArn",
}
QUEUES = ("FailedFeeds", "UnreadChanges", "NoticesToDeliver", "UndeliveredNotices")
A_DAY = 86_400
"""Seconds: how long a stream keeps a change."""


def source(resources: Resources, name: str) -> dict[str, Any]:
    """One event source of the function that makes notices."""
    events: dict[str, Any] = resources["NotifyFunction"]["Properties"]["Events"]
    return dict(events[name]["Properties"])


def pattern(resources: Resources, name: str) -> dict[str, Any]:
    (one,) = source(resources, name)["FilterCriteria"]["Filters"]
    found: dict[str, Any] = json.loads(one["Pattern"])
    return found


def taken(rules: list[Any], value: str) -> bool:
    """Whether a filter's rules for one value let it through, as Lambda reads them."""

    def is_met(rule: Any) -> bool:
        match rule:
            case {"prefix": str(start)}:
                return value.startswith(start)
            case {"anything-but": list(others)}:
                return value not in others
            case {"exists": True}:
                return True
            case _:
                return bool(rule == value)

    return any(is_met(rule) for rule in rules)


@pytest.fixture
def queues(resources: Resources) -> dict[str, dict[str, Any]]:
    """The properties of every queue."""
    return {name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::SQS::Queue"}


# Where notices come from


def test_notices_come_from_the_streams_and_from_no_request(resources: Resources) -> None:
    events = resources["NotifyFunction"]["Properties"]["Events"]
    assert {name: event["Type"] for name, event in events.items()} == dict.fromkeys(STREAMS, "DynamoDB")
    assert {name: source(resources, name)["Stream"] for name in STREAMS} == {
        name: {"Fn::GetAtt": stream} for name, stream in STREAMS.items()
    }


def test_no_stream_has_more_readers_than_two(resources: Resources) -> None:
    """A third would be held back by DynamoDB: two is what one shard of a stream is made for."""
    read = [source(resources, name)["Stream"]["Fn::GetAtt"] for name in STREAMS]
    assert max(map(read.count, read)) <= 2


@pytest.mark.parametrize("name", STREAMS)
def test_nothing_is_missed_and_what_fails_is_tried_again_by_itself_and_then_put_aside(
    resources: Resources, name: str
) -> None:
    told = source(resources, name)
    assert told["StartingPosition"] == "TRIM_HORIZON"
    assert told["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert told["BisectBatchOnFunctionError"] is True
    # Bounded by its age alone: a store that does not answer for an hour uses up any number of attempts.
    assert told["MaximumRetryAttempts"] == -1
    assert told["DestinationConfig"] == {
        "OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": "UnreadChanges.Arn"}}
    }
    # Who looks into the queue finds the change still in the stream.
    assert 3_600 <= told["MaximumRecordAgeInSeconds"] <= A_DAY / 2
    assert told["MaximumBatchingWindowInSeconds"] <= 1


@pytest.mark.parametrize(
    ("name", "pk", "sk", "is_taken"),
    [
        ("RegisterChanges", keys.child("c"), keys.CHILD, True),
        ("RegisterChanges", keys.child("c"), f"{keys.INVOLVEMENTS}X99#h", True),
        ("RegisterChanges", "CASE#c", keys.CASE, True),
        ("RegisterChanges", keys.notices("X99"), keys.notice_place(1), False),
        ("RegisterChanges", keys.notice("n"), keys.NOTICE, False),
        ("RegisterChanges", "SRC#X99#h", keys.POINTER, False),
        ("RegisterChanges", "KEY#h", "CHILD#c#f", False),
        ("NoticesMade", keys.notices("X99"), keys.notice_place(1), True),
        ("NoticesMade", keys.notices("X99"), keys.HEAD, False),
        ("NoticesMade", keys.notice("n"), keys.NOTICE, False),
        ("NoticesMade", keys.child("c"), keys.CHILD, False),
    ],
)
def test_the_function_is_woken_by_what_it_reads_and_by_nothing_else(
    resources: Resources, name: str, pk: str, sk: str, *, is_taken: bool
) -> None:
    filters = pattern(resources, name)["dynamodb"]["Keys"]
    found = all(taken(rules["S"], key) for rules, key in ((filters[k], {"pk": pk, "sk": sk}[k]) for k in filters))
    assert found is is_taken


def test_what_expires_and_what_is_destroyed_wakes_nobody(resources: Resources) -> None:
    assert pattern(resources, "RegisterChanges")["eventName"] == ["INSERT", "MODIFY"]
    for name in ("NoticesMade", "Questions"):
        assert pattern(resources, name)["eventName"] == ["INSERT"]


def test_only_records_of_a_child_are_looked_at(resources: Resources) -> None:
    assert pattern(resources, "Questions")["dynamodb"]["NewImage"] == {"child_id": {"S": [{"exists": True}]}}


# Where they go


def test_a_notice_goes_from_the_bus_to_the_queue_of_those_to_deliver(resources: Resources) -> None:
    rule = resources["NoticesOfTheBus"]["Properties"]
    assert rule["EventBusName"] == {"Fn::GetAtt": "Closing.Outputs.EventBusName"}
    assert rule["EventPattern"] == {"source": [SOURCE], "detail-type": ["notice"]}
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": "NoticesToDeliver.Arn"}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": "UndeliveredNotices.Arn"}}
    assert "InputTransformer" not in target


@pytest.mark.parametrize("queue", ["NoticesToDeliver", "UndeliveredNotices"])
def test_the_bus_alone_puts_notices_into_their_queues(resources: Resources, queue: str) -> None:
    policy = resources[f"{queue}Policy"]["Properties"]
    assert policy["Queues"] == [{"Ref": queue}]
    (allowed,) = [one for one in policy["PolicyDocument"]["Statement"] if one.get("Effect") == "Allow"]
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Action"] == "sqs:SendMessage"
    assert allowed["Resource"] == {"Fn::GetAtt": f"{queue}.Arn"}
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": "NoticesOfTheBus.Arn"}}}


def test_a_notice_is_delivered_in_small_batches_of_which_each_fails_by_itself(
    resources: Resources, queues: dict[str, dict[str, Any]]
) -> None:
    function = resources["DeliverFunction"]["Properties"]
    waiting = function["Events"]["Waiting"]["Properties"]
    assert waiting["Queue"] == {"Fn::GetAtt": "NoticesToDeliver.Arn"}
    assert waiting["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    assert queues["NoticesToDeliver"]["VisibilityTimeout"] >= 6 * function["Timeout"]
    redrive = queues["NoticesToDeliver"]["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": {"Fn::GetAtt": "UndeliveredNotices.Arn"}, "maxReceiveCount": ATTEMPTS}


def test_every_queue_is_encrypted_keeps_for_a_fortnight_and_refuses_plain_http(
    resources: Resources, queues: dict[str, dict[str, Any]]
) -> None:
    assert set(queues) == set(QUEUES)
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * A_DAY
        policy = resources[f"{name}Policy"]
        said = [
            one["Fn::If"][1] if "Fn::If" in one else one for one in policy["Properties"]["PolicyDocument"]["Statement"]
        ]
        (refusal,) = [one for one in said if one["Effect"] == "Deny"]
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


# What rings


def alarm(resources: Resources, name: str) -> dict[str, Any]:
    found = resources[f"Observability/{name}"]
    assert "Condition" not in found
    properties: dict[str, Any] = found["Properties"]
    assert properties["AlarmActions"] == [{"Ref": "Operators"}]
    return properties


def test_notices_that_are_late_ring(resources: Resources) -> None:
    late = alarm(resources, "NoticesAreLate")
    told = resources["Observability"]["Properties"]["Parameters"]
    assert (late["Namespace"], late["MetricName"], late["Statistic"]) == ("AWS/Lambda", "IteratorAge", "Maximum")
    assert late["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "NotifyFunctionName"}}]
    assert told["NotifyFunctionName"] == {"Ref": "NotifyFunction"}
    assert late["ComparisonOperator"] == "GreaterThanThreshold"
    # milliseconds, and long before anything is put aside
    assert late["Threshold"] * 10 < source(resources, "RegisterChanges")["MaximumRecordAgeInSeconds"] * 1000


@pytest.mark.parametrize(
    ("name", "queue"), [("ChangesAreUnread", "UnreadChanges"), ("NoticesAreUndelivered", "UndeliveredNotices")]
)
def test_what_was_put_aside_rings_until_somebody_has_looked(resources: Resources, name: str, queue: str) -> None:
    rings = alarm(resources, name)
    told = resources["Observability"]["Properties"]["Parameters"]
    assert (rings["Namespace"], rings["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert rings["Dimensions"] == [{"Name": "QueueName", "Value": {"Ref": f"{queue}QueueName"}}]
    assert told[f"{queue}QueueName"] == {"Fn::GetAtt": f"{queue}.QueueName"}
    assert (rings["Threshold"], rings["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize("name", ["NoticesAreLate", "ChangesAreUnread", "NoticesAreUndelivered"])
def test_the_runbook_says_what_to_do_when_it_rings(name: str) -> None:
    assert f"| `{name}` |" in (templates.ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
