"""The expiry function, as its schedule and operators call it. What it empties has tests of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from shared.domain.closure import Accepted
from shared.domain.lifecycle import Lifecycle
from shared.persistence.closure_keeper import DynamoClosureKeeper
from shared.persistence.directory_keeper import DynamoDirectoryKeeper
from shared.persistence.models import bind
from shared.runtime.places.queues import Queue
from tests.integration.calls import Call, Calls, Fault
from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import DIRECTORY, REGISTER, dump
from tests.integration.people import ABEL, ZOE, involvement

WEEK_AHEAD = (datetime.now(UTC) + timedelta(days=7)).replace(microsecond=0)
BUS = "signpost-closure"


@dataclass(frozen=True)
class Context:
    """What Lambda says of a run."""

    milliseconds: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    """An open register's client, and all that expiry works with."""
    pool = boto3.client("cognito-idp").create_user_pool(PoolName="signpost")["UserPool"]["Id"]
    kms = boto3.client("kms")
    boto3.client("events").create_event_bus(Name=BUS)
    deployment.restart(
        CREDENTIALS_RETURN_BY="",
        SUPPORT_ENDS_AT="",
        DESTRUCTION_AUTHORITY="The Secretary of State",
        DESTRUCTION_RATE="2000",
        ENDED_INVOLVEMENT_KEPT="P1Y",
        GROWN_UP_AT="P18Y",
        GONE_QUIET_AFTER="P6M",
        **{f"{queue.name}_URL": boto3.client("sqs").create_queue(QueueName=queue.value)["QueueUrl"] for queue in Queue},
        USER_POOL_ID=pool,
        KEY_ID=kms.create_key()["KeyMetadata"]["Arn"],
        SIGNING_KEY_ID=kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"],
        CERTIFICATE_BUCKET="certificates",
        EVENT_BUS=BUS,
        LOG_GROUPS="/signpost/local/lookup,/signpost/local/feed",
    )
    closes(deployment, None)
    return deployment.enrol("X99")


def closes(deployment: Deployment, closes_at: datetime | None) -> None:
    """A deployment with this date, as the guard accepts it."""
    announced = str(int(datetime.now(UTC).timestamp())) if closes_at else ""
    deployment.restart(CLOSES_AT=closes_at.isoformat() if closes_at else "", ANNOUNCED_AT=announced)
    bind(directory=DIRECTORY)
    lifecycle = Lifecycle.configured(
        closes_at=closes_at.isoformat() if closes_at else "",
        destruction_window="P2M",
        destruction_starts_after="P7D",
        destruction_authority="The Secretary of State",
    )
    DynamoClosureKeeper().accept(
        Accepted(lifecycle=lifecycle, accepted_at=datetime.now(UTC), announced_at=closes_at and datetime.now(UTC))
    )


def call(deployment: Deployment, event: Any, context: Context | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = deployment.function("expiry").handler(event, context or Context())
    return answer


def gauges() -> dict[str, float]:
    """What the alarms look at, by the metric."""
    metrics = boto3.client("cloudwatch")
    now = datetime.now(UTC)
    listed = metrics.list_metrics(Namespace="Signpost/local")["Metrics"]
    names = [metric["MetricName"] for metric in listed if not metric["Dimensions"]]
    return {
        name: metrics.get_metric_statistics(
            Namespace="Signpost/local",
            MetricName=name,
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            Statistics=["Maximum"],
        )["Datapoints"][0]["Maximum"]
        for name in names
    }


def test_a_tick_of_an_open_register_withdraws_what_is_due_and_feeds_the_alarms(trust: Client) -> None:
    service = {"standing": "ended", "ended": "2020-11-18", "started": "2020-01-02", "last_contact": None}
    trust.deployment.restart(ENDED_INVOLVEMENT_KEPT="P50Y")  # or it would not be taken in
    assert trust.put("old", involvement(ZOE, **service)).status == 201
    assert trust.put("now", involvement(ABEL)).status == 201
    trust.deployment.restart(ENDED_INVOLVEMENT_KEPT="P1Y")
    told = call(trust.deployment, {"action": "tick"})
    assert (told["phase"], told["accepted"], told["stance"]) == ("open", True, "waiting")
    assert told["retained"]["withdrawn"] == 1
    assert trust.get("old").status == 404
    assert trust.get("now").status == 200
    assert gauges() == {"destruction_at_risk": 0.0, "destruction_overdue": 0.0}
    json.dumps(told)


def test_a_tick_of_a_closing_register_announces_it_and_stamps_what_lives(trust: Client) -> None:
    trust.put("now", involvement(ABEL))
    closes(trust.deployment, WEEK_AHEAD)
    calls = Calls().of(trust.deployment.function("expiry").expire.announce.bus.client)
    told = [call(trust.deployment, {"action": "tick"}) for _ in range(2)]
    assert [each["phase"] for each in told] == ["closing", "closing"]
    assert calls.count() == {"PutEvents": 1}
    until = Lifecycle(WEEK_AHEAD).latest_stamp
    assert until
    assert {int(item["expires_at"]) for item in dump(REGISTER)} == {int(until.timestamp())}
    # and so is what is written from now on
    answer = trust.put("new", involvement(ZOE))
    assert answer.status == 201
    assert answer.headers["Sunset"].endswith("GMT")
    assert {int(item["expires_at"]) for item in dump(REGISTER)} == {int(until.timestamp())}


def test_a_tick_of_a_closing_register_tells_those_who_depend_on_it_once(trust: Client) -> None:
    deployment = trust.deployment
    ecaf = {"dependent": "e-caf", "name": "e-CAF", "owner": "X99", "contact": "e-caf@trust.example"}
    assert deployment.operator("register-dependent", **ecaf)["ok"]
    assert "reminded" not in call(deployment, {"action": "tick"})
    closes(deployment, WEEK_AHEAD)
    told = [call(deployment, {"action": "tick"}).get("reminded") for _ in range(2)]
    assert told == [1, None]
    (notice,) = (item for item in dump(REGISTER) if item["kind"] == "notice")
    assert (notice["organisation"], notice["notice"]) == ("X99", "closing")
    until = Lifecycle(WEEK_AHEAD).latest_stamp
    assert until
    assert int(notice["expires_at"]) <= int(until.timestamp())


def test_a_tick_of_a_closed_register_leaves_nobody_a_client(trust: Client) -> None:
    deployment = trust.deployment
    for number in range(3):
        assert deployment.operator("issue", organisation="X99", label=f"system {number}")["ok"]
    closes(deployment, datetime.now(UTC) - timedelta(days=1))
    told = call(deployment, {"action": "tick"})
    assert (told["phase"], told["stance"]) == ("closed", "waiting")
    pool = deployment.function("expiry").config.user_pool_id
    assert boto3.client("cognito-idp").list_user_pool_clients(UserPoolId=pool)["UserPoolClients"] == []
    # organisations still hold them until they have given them back
    outstanding = deployment.operator("outstanding")["outstanding"]
    kept = [one["client_id"] for one in outstanding if one["label"].startswith("system")]
    assert deployment.operator("returned", organisation="X99", client_id=kept[0])["state"] == "returned"
    reset = deployment.operator("reset", organisation="X99", client_id=kept[1])
    assert (reset["ok"], reset["state"], "client_secret" in reset) == (True, "reset", False)
    refused = deployment.operator("issue", organisation="X99", label="late")
    assert (refused["ok"], refused["error"]) == (False, "RegisterClosed")
    left = deployment.operator("outstanding")["outstanding"]
    assert len(left) == len(outstanding) - 2


def test_a_closure_that_was_not_accepted_is_not_acted_upon(trust: Client) -> None:
    trust.put("now", involvement(ABEL))
    before = dump(REGISTER)
    closed_at = datetime.now(UTC) - timedelta(days=30)
    trust.deployment.restart(CLOSES_AT=closed_at.isoformat(), ANNOUNCED_AT="1273158000")
    told = call(trust.deployment, {"action": "tick"})
    assert (told["accepted"], told["stance"], told["at_risk"]) == (False, "refused", True)
    assert dump(REGISTER) == before
    assert gauges()["destruction_at_risk"] == 1.0


def test_a_tick_that_cannot_do_all_of_it_fails_so_that_somebody_learns_of_it(trust: Client) -> None:
    boto3.client("events").delete_event_bus(Name=BUS)
    closes(trust.deployment, WEEK_AHEAD)
    function = trust.deployment.function("expiry")
    with pytest.raises(function.ExpiryInterrupted):
        call(trust.deployment, {"action": "tick"})
    shown = gauges()
    assert (shown["destruction_at_risk"], shown["destruction_overdue"]) == (0.0, 0.0)
    assert 6 < shown["days_to_closure"] <= 7
    assert "left_to_destroy" not in shown


def test_a_tick_shows_how_old_the_data_of_each_organisation_are(trust: Client) -> None:
    trust.deployment.enrol("E99000001")
    keeper = DynamoDirectoryKeeper()
    today = datetime.now(UTC).date()
    keeper.feed_received("X99", today)
    keeper.feed_received("E99000001", today - timedelta(days=3))
    call(trust.deployment, {"action": "tick"})
    listed = boto3.client("cloudwatch").list_metrics(Namespace="Signpost/local", MetricName="feed_age")["Metrics"]
    by = sorted((one["Name"], one["Value"]) for metric in listed for one in metric["Dimensions"])
    assert by == [("organisation", "E99000001"), ("organisation", "X99")]
    assert 48 <= gauges()["feed_age"] < 72


def test_a_tick_that_can_tell_nobody_what_has_gone_quiet_does_all_else_says_so_and_fails(
    trust: Client, caplog: pytest.LogCaptureFixture
) -> None:
    trust.put("hv-1", involvement(ZOE, started="2020-01-02", last_contact="2020-02-03"))
    closes(trust.deployment, WEEK_AHEAD)
    function = trust.deployment.function("expiry")

    def lost(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            Fault.TIMED_OUT.strike()

    calls = Calls(lost).of_tables()
    with pytest.raises(function.ExpiryInterrupted):
        call(trust.deployment, {"action": "tick"})
    (logged,) = [record for record in caplog.records if record.getMessage() == "tick"]
    assert (logged.levelname, vars(logged)["retained"]["quiet_untold"]) == ("WARNING", 1)
    assert calls.count()["TransactWriteItems"] == 1
    assert all("expires_at" in item for item in dump(REGISTER))
    sweeps = [item for item in dump(DIRECTORY) if item["kind"] == "sweep"]
    assert all(sweep["is_done"] for sweep in sweeps)


def test_the_plan_is_a_table_line_by_line(trust: Client) -> None:
    assert call(trust.deployment, {"action": "plan"})["plan"] == [
        "No closure is set: nothing is planned, and nothing may be destroyed."
    ]
    closes(trust.deployment, WEEK_AHEAD)
    plan = call(trust.deployment, {"action": "plan"})["plan"]
    assert any("schedule the key for deletion" in line for line in plan)
    assert "Why" in plan
    assert all("\n" not in line and len(line) <= 120 for line in plan)


def test_the_plan_is_printed_too_and_is_short_enough_for_what_comes_back_of_a_log(
    trust: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    closes(trust.deployment, WEEK_AHEAD)
    capsys.readouterr()
    plan = call(trust.deployment, {"action": "plan"})["plan"]
    printed = capsys.readouterr().out
    assert printed.strip().splitlines() == plan[: plan.index("Why") - 1]
    # of 4 KB, in which Lambda's own lines need some room
    assert len(printed.encode()) < 3000


def test_what_remains_names_what_is_there_and_what_could_not_be_read(trust: Client) -> None:
    trust.put("now", involvement(ABEL))
    told = call(trust.deployment, {"action": "remains"})
    assert told["phase"] == "open"
    items = next(found for found in told["remains"] if found["place"] == "register-items")
    assert items["name"] == REGISTER
    assert items["count"]
    # moto knows nothing of AWS Backup
    assert "register-vault" in told["not_read"]
    json.dumps(told)


@pytest.mark.parametrize("event", [{}, {"action": "destroy"}, {"action": None}, [], None, "tick"])
def test_whatever_else_is_asked_is_told_what_can_be(trust: Client, event: Any) -> None:
    assert "plan" in call(trust.deployment, event)["problem"]


def test_a_tick_that_has_no_time_left_changes_nothing(trust: Client) -> None:
    trust.put("now", involvement(ABEL))
    closes(trust.deployment, WEEK_AHEAD)
    told = call(trust.deployment, {"action": "tick"}, Context(29_000))
    assert "retained" not in told
    assert not any("expires_at" in item for item in dump(REGISTER))


def test_operators_are_told_for_whom_the_register_is_and_what_leaves_it(trust: Client) -> None:
    deployment = trust.deployment
    assert trust.put("hv-1", involvement(ZOE)).status == 201
    deployment.restart(COVERAGE_SERVICE_TYPES="social_care,education")
    told = call(deployment, {"action": "coverage"})
    assert (told["since"], told["last_sweep"]["day"]) == (None, None)
    retained = call(deployment, {"action": "tick"})["retained"]
    assert (retained["leaving_coverage"], "out_of_coverage" in retained) == (1, False)
    told = call(deployment, {"action": "coverage"})
    assert told["coverage"] == {"coverage_service_types": "education,social_care", "coverage_children": "all"}
    assert told["since"]
    assert told["leaving_from"]
    assert told["last_sweep"]["is_done"]
    assert (told["last_sweep"]["out_of_coverage"], told["last_sweep"]["leaving_coverage"]) == (0, 1)
    deployment.restart(COVERAGE_SERVICE_TYPES="all")
    call(deployment, {"action": "tick"})
    assert call(deployment, {"action": "coverage"})["leaving_from"] is None


def test_a_tick_puts_the_notices_of_what_has_gone_quiet_once(trust: Client) -> None:
    trust.put("hv-1", involvement(ZOE, started="2020-01-02", last_contact="2020-02-03"))
    assert call(trust.deployment, {"action": "tick"})["retained"]["gone_quiet"] >= 1
    kinds = [item["notice"] for item in dump(REGISTER) if item["kind"] == "notice"]
    assert {*kinds} == {"gone-quiet"}
    trust.deployment.restart(GONE_QUIET_AFTER="P1Y")
    call(trust.deployment, {"action": "tick"})
    assert [item["notice"] for item in dump(REGISTER) if item["kind"] == "notice"] == kinds
