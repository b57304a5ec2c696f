"""The schedule seals an hour, looks through it, and puts what looks wrong on the auditors' list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from shared.domain.accesses import HOUR, hour_of
from shared.domain.sealing import SETTLED
from shared.persistence import keys
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.models import bind
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import ACCESS_LOG, CERTIFICATE_BUCKET, dump
from tests.support.sealing import KEPT
from tests.support.watching import a_question

COUNCIL = "E09000003"


class Invoked:
    """What Lambda says of a run that has plenty of time."""

    aws_request_id = "a-request"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture
def council(deployment: Deployment) -> Client:
    boto3.client("s3").create_bucket(
        Bucket=CERTIFICATE_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
        ObjectLockEnabledForBucket=True,
    )
    return deployment.enrol(COUNCIL, capabilities=["audit"], area=["N"])


def last_hour() -> datetime:
    """The last that the schedule takes up."""
    return hour_of(datetime.now(UTC) - SETTLED) - HOUR


def asked(count: int, hour: datetime, **said: Any) -> None:
    bind(access_log=ACCESS_LOG)
    log = DynamoAccessLog(KEPT)
    for n in range(count):
        log.append(a_question(hour + timedelta(seconds=n), **said))


def run(deployment: Deployment) -> dict[str, Any]:
    answer: dict[str, Any] = deployment.function("access").handler({"action": "seal"}, Invoked())
    return answer


def kinds(items: Iterable[dict[str, Any]]) -> set[str]:
    return {item["pk"].partition("#")[0] for item in items}


def test_what_looks_wrong_in_the_log_is_on_the_auditors_list_an_hour_later(
    deployment: Deployment, council: Client
) -> None:
    asked(70, last_hour(), organisation=COUNCIL, practitioner_id="SWE-9", outcome="no_match", child_id=None)
    answer = run(deployment)
    assert (answer["ok"], answer["watched"], answer["alerts"], answer["unread"]) == (True, 1, 1, 0)
    (alert,) = council.alerts().body["alerts"]
    assert (alert["kind"], alert["by_organisation"], alert["by_practitioner"]) == ("unusual_use", COUNCIL, "SWE-9")
    assert {"far_above_habit", "nothing_found_often"} <= set(alert["signs"])
    assert 0.5 <= alert["score"] < 1


def test_the_run_again_changes_nothing(deployment: Deployment, council: Client) -> None:
    asked(70, last_hour(), organisation=COUNCIL)
    run(deployment)
    before = dump(ACCESS_LOG)
    assert kinds(before) == {"ALERTS", "HABIT", "HABITS", "HOUR", "PEERS", "SEALS"}
    assert run(deployment)["watched"] == 0
    assert dump(ACCESS_LOG) == before
    assert len(council.alerts().body["alerts"]) == 1


def test_a_run_that_is_struck_down_is_taken_up_by_the_next(deployment: Deployment, council: Client) -> None:
    asked(70, last_hour(), organisation=COUNCIL)
    function = deployment.function("access")
    calls = Calls().of_tables()
    struck = 0
    for which in range(1, 60):
        calls.fail(which, Fault.ANSWER_LOST if which % 2 else Fault.FAILED)
        try:
            run(deployment)
        except function.InstructionFailed:
            struck += 1
        if not calls.mend():
            break
    assert struck > 3
    assert run(deployment)["ok"]
    assert len(council.alerts().body["alerts"]) == 1


def test_what_is_planted_stops_neither_sealing_nor_watching_and_is_counted(
    deployment: Deployment, council: Client
) -> None:
    _ = council
    asked(3, last_hour(), organisation=COUNCIL)
    at = last_hour()
    key = {"pk": {"S": keys.access_partition(at, "ab" * 16)}, "sk": {"S": keys.access_sort(at, "ab" * 16)}}
    boto3.client("dynamodb").put_item(TableName=ACCESS_LOG, Item=key | {"answered": {"S": "maybe"}})
    answer = run(deployment)
    assert (answer["ok"], answer["watched"], answer["odd"]) == (True, 1, 1)


def test_a_run_says_how_old_the_last_seal_is(deployment: Deployment, council: Client) -> None:
    _ = council
    asked(1, last_hour())
    run(deployment)
    metrics = boto3.client("cloudwatch")
    (told,) = metrics.get_metric_statistics(
        Namespace="Signpost/local",
        MetricName="seal_age",
        StartTime=datetime.now(UTC) - HOUR,
        EndTime=datetime.now(UTC) + HOUR,
        Period=7200,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert 0 < told["Maximum"] < 70 / 60 + 0.1
