"""What happens is counted by the line that tells of it: alarms look at exactly these names."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import ACCESS_LOG, BUCKET, REGISTER
from tests.integration.people import ZOE, involvement
from tests.integration.streams import Stream
from tests.integration.striking import Harm, Spot, Strike, Wire


class Context:
    """A run with plenty of time."""

    def get_remaining_time_in_millis(self) -> int:
        return 120_000


def counted(logged: io.StringIO, message: str) -> dict[str, float]:
    """What the last line of a kind carries: values by the metric's name and its dimensions, `drops outcome=refused`."""
    line = [told for text in logged.getvalue().splitlines() if (told := json.loads(text))["message"] == message][-1]
    found: dict[str, float] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == "Signpost/local"
        for dimensions in directive["Dimensions"]:
            by = "".join(f" {name}={line[name]}" for name in dimensions)
            found |= {f"{metric['Name']}{by}": sum(line[metric["Name"]]) for metric in directive["Metrics"]}
    return found


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    return deployment.enrol("X99")


def test_a_lookup_is_counted_by_its_outcome(trust: Client, logged: io.StringIO) -> None:
    trust.put("a", involvement(ZOE))
    trust.look_up(ZOE)
    told = counted(logged, "request")
    assert told["lookups outcome=match"] == told["lookups"] == 1
    assert told["latency operation=lookUp"] == told["latency"] > 0
    assert not [name for name in told if name.startswith(("refusals", "failures"))]


def test_what_is_refused_is_counted_by_its_problem(trust: Client, logged: io.StringIO) -> None:
    trust.look_up({})
    told = counted(logged, "request")
    assert told["refusals problem=not-enough"] == told["refusals"] == 1
    assert "lookups" not in told


def test_what_fails_is_counted_by_its_problem_a_record_that_cannot_be_written_above_all(
    trust: Client, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire.tapped(monkeypatch)
    trust.put("a", involvement(ZOE))
    trust.look_up(ZOE)  # the clients are there, and the Directory is held
    calls = Calls().of_tables()
    trust.look_up(ZOE)
    problems = []
    for n in range(1, len(calls.made) + 1):
        calls.fail(n, Fault.FAILED)
        problem = trust.look_up(ZOE).problem
        told = counted(logged, "request")
        if problem:
            assert told[f"failures problem={problem}"] == told["failures"] == 1
        problems.append(problem)
    assert "unavailable" in problems
    calls.mend()
    record = Spot("dynamodb", "PutItem", ACCESS_LOG)
    with wire.watched({record: Strike(Harm.FAILED, lasts=True)}):
        assert trust.look_up(ZOE).problem == "access-not-recorded"
    assert counted(logged, "request")["failures problem=access-not-recorded"] == 1


def test_a_drop_is_counted_by_what_came_of_it(deployment: Deployment, trust: Client, logged: io.StringIO) -> None:
    _ = trust
    deployment.drop("X99", b"no extract")
    assert counted(logged, "drop") == {"drops": 1, "drops outcome=refused": 1}
    boto3.client("s3").put_object(Bucket=BUCKET, Key="feeds/elsewhere.txt", Body=b"")
    deployment.take_in("feeds/elsewhere.txt")
    assert counted(logged, "drop")["drops outcome=not_where_drops_belong"] == 1


def test_how_far_notices_lag_behind_is_told_with_each_batch(
    deployment: Deployment, trust: Client, logged: io.StringIO
) -> None:
    url = boto3.client("sqs").create_queue(QueueName="unread")["QueueUrl"]
    deployment.restart(UNREAD_CHANGES_URL=url)
    stream = Stream(REGISTER, lambda: datetime.now(UTC))
    trust.put("a", involvement(ZOE))
    answer: dict[str, Any] = deployment.function("notify").handler({"Records": stream.changes}, Context())
    assert answer == {"batchItemFailures": []}
    assert 0 <= counted(logged, "records")["notices_lag"] < 60_000
