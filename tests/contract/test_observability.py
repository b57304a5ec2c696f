"""What is measured is drawn, what rings says what to do, and nothing that goes on by itself can fail unseen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.local import template as templates
from shared.api.problems import KINDS, UNEXPECTED
from shared.runtime.config.replay import ReplayConfig
from shared.runtime.feeding import MISPLACED
from shared.runtime.metrics import Measure, namespace
from tests.bench.national import assumed

if TYPE_CHECKING:
    from collections.abc import Iterator

type Resources = dict[str, dict[str, Any]]

RUNBOOK = (templates.ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
EDGES = (
    (templates.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## What goes on by itself")[2]
)
LINK = re.compile(r"docs/runbook\.md#([a-z0-9-]+)$")
OURS = {"Fn::Sub": "Signpost/${Environment}"}


def anchor(heading: str) -> str:
    """As the forge makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def pages() -> dict[str, str]:
    """What stands under each heading of the runbook, by its anchor."""
    parts = re.split(r"^#{2,3} (.+)$", RUNBOOK, flags=re.MULTILINE)
    return {anchor(heading): text for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def alarms_of(resources: Resources) -> dict[str, dict[str, Any]]:
    return {
        name.removeprefix("Observability/"): resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


ALARMS = alarms_of(templates.resources(templates.SOURCE))


def metrics_of(alarm: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each with its namespace, name and dimensions."""
    if "Metrics" not in alarm:
        yield alarm
    for one in alarm.get("Metrics", []):
        if "MetricStat" in one:
            yield one["MetricStat"]["Metric"]


# What rings


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_names_its_page_and_the_page_names_the_alarm(name: str) -> None:
    page = LINK.search(ALARMS[name]["AlarmDescription"])
    assert page, ALARMS[name]["AlarmDescription"]
    assert f"`{name}`" in pages()[page[1]]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_the_operators_and_stands_in_the_list(name: str) -> None:
    assert ALARMS[name]["AlarmActions"] == [{"Ref": "Operators"}]
    assert f"`{name}`" in pages()["alarms"]


def test_no_page_names_an_alarm_that_is_none() -> None:
    named = set(re.findall(r"[Tt]he alarms? `(\w+)`", RUNBOOK)) | set(
        re.findall(r"^\| `([A-Z]\w+)` \|", pages()["alarms"], re.MULTILINE)
    )
    assert named <= set(ALARMS)


def test_an_alarm_on_a_metric_of_ours_is_on_one_that_there_is() -> None:
    problems = {UNEXPECTED.name, *(kind.name for _, kind in KINDS)}
    for name, alarm in ALARMS.items():
        for metric in metrics_of(alarm):
            if metric["Namespace"] != OURS:
                continue
            assert metric["MetricName"] in set(Measure), name
            by = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
            assert set(by) <= {"problem", "outcome"}, name
            assert by.get("problem") in {None, *problems}, name
            assert by.get("outcome") in {None, MISPLACED}, name


def test_metrics_lie_under_the_namespace_that_the_code_says(resources: Resources) -> None:
    assert OURS["Fn::Sub"].replace("${Environment}", "staging") == namespace("staging")
    for function in ("Expiry", "Access"):
        statements = resources[f"{function}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        (puts,) = [one for one in statements if one["Action"] == "cloudwatch:PutMetricData"]
        assert puts["Condition"] == {"StringEqualsIfExists": {"cloudwatch:namespace": OURS}}


def test_no_log_level_leaves_the_lines_out_that_carry_what_is_measured() -> None:
    level = templates.load(templates.SOURCE)["Parameters"]["LogLevel"]
    assert level["AllowedValues"] == ["DEBUG", "INFO"]


def test_server_errors_throttling_and_what_cannot_be_recorded_ring() -> None:
    said = {
        (metric["Namespace"] if metric["Namespace"] != OURS else "ours", metric["MetricName"])
        for alarm in ALARMS.values()
        for metric in metrics_of(alarm)
    }
    assert said >= {
        ("AWS/ApiGateway", "5XXError"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/DynamoDB", "ReadThrottleEvents"),
        ("AWS/DynamoDB", "WriteThrottleEvents"),
        ("ours", "failures"),
        ("ours", "feed_age"),
        ("ours", "refusals"),
        ("ours", "destruction_at_risk"),
    }


def test_arithmetic_is_left_to_aws_and_speaks_of_metrics_that_are_there(resources: Resources) -> None:
    """The emulator refuses it, so such an alarm is not made there."""
    for name, alarm in ALARMS.items():
        if "Metrics" not in alarm:
            continue
        assert resources[f"Observability/{name}"]["Condition"] == "DoesArithmetic"
        (sum_,) = [one for one in alarm["Metrics"] if "Expression" in one]
        ids = {one["Id"] for one in alarm["Metrics"] if one is not sum_}
        assert set(re.findall(r"\b[a-z]\w*\b", sum_["Expression"])) == ids
        assert all(one["ReturnData"] is False for one in alarm["Metrics"] if one is not sum_)
        assert len(alarm["Metrics"]) <= 10


# What is drawn


@pytest.fixture
def widgets(resources: Resources) -> list[dict[str, Any]]:
    body = resources["Observability/Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    drawn: dict[str, Any] = json.loads(body)
    return list(drawn["widgets"])


def test_the_dashboard_draws_all_that_is_measured(widgets: list[dict[str, Any]]) -> None:
    text = json.dumps(widgets)
    for measure in set(Measure) - {Measure.REPLAYED}:
        assert f'\\"{measure}\\"' in text or f'"{measure}"' in text, measure
    searched = set(re.findall(r"\{Signpost/\$\{Environment\},(\w+)\} MetricName=\\\"(\w+)", text))
    assert searched == {
        ("outcome", "lookups"),
        ("operation", "latency"),
        ("problem", "refusals"),
        ("problem", "failures"),
        ("organisation", "feed_age"),
        ("outcome", "drops"),
        ("outcome", "deliveries"),
        ("place", "left_to_destroy"),
    }


def test_the_dashboard_refers_to_what_the_template_has(resources: Resources, widgets: list[dict[str, Any]]) -> None:
    template = templates.load(templates.ROOT / "infra" / "observability.yaml")
    text = json.dumps(widgets)
    alarms = set(re.findall(r":alarm:\$\{(\w+)\}", text))
    referred = set(re.findall(r"\$\{([A-Za-z:.]+)\}", text)) - {"AWS::Partition", "AWS::Region", "AWS::AccountId"}
    assert referred - alarms <= set(template["Parameters"])
    assert alarms <= {name for name in ALARMS if "Condition" not in resources[f"Observability/{name}"]}
    assert alarms == {name for name in ALARMS if "Condition" not in resources[f"Observability/{name}"]}


def test_no_two_widgets_overlap_and_none_sticks_out(widgets: list[dict[str, Any]]) -> None:
    taken: set[tuple[int, int]] = set()
    for one in widgets:
        cells = {
            (x, y) for x in range(one["x"], one["x"] + one["width"]) for y in range(one["y"], one["y"] + one["height"])
        }
        assert not cells & taken, one["properties"].get("title")
        assert max(x for x, _ in cells) < 24
        taken |= cells


# What goes on by itself


def test_extracts_wait_their_turn_and_nobody_is_woken_by_that(resources: Resources) -> None:
    template = templates.load(templates.SOURCE)
    reserved = resources["FeedFunction"]["Properties"]["ReservedConcurrentExecutions"]
    assert reserved == {"Fn::If": ["FeedsWaitTheirTurn", {"Ref": "FeedsAtOnce"}, {"Ref": "AWS::NoValue"}]}
    assert template["Conditions"]["FeedsWaitTheirTurn"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "FeedsAtOnce"}, 0]}]}
    assert template["Parameters"]["FeedsAtOnce"]["Default"] == assumed.FEEDS_AT_ONCE
    assert (
        resources["FeedFunction"]["Properties"]["EventInvokeConfig"]["MaximumEventAgeInSeconds"]
        == assumed.WAITING_SECONDS
    )
    others, throttled, feeds = resources["Observability/FunctionsAreThrottled"]["Properties"]["Metrics"]
    assert others["Expression"] == "FILL(all, 0) - FILL(feeds, 0)"
    assert (throttled["Id"], feeds["Id"]) == ("all", "feeds")
    assert feeds["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "FunctionName", "Value": {"Ref": "FeedFunctionName"}}
    ]


DEAD_LETTERS = ("FailedFeeds", "UnreadChanges", "UndeliveredNotices")
TAKEN_UP_BY_THE_NEXT_RUN = {
    "ReviewFunction.GoOn": "JoinsAreNotFinished",
    "AccessFunction.Seal": "SealingIsLate",
    "ExpiryFunction.Tick": "ExpiryFails",
}
"""Schedules: what is left undone is found by reading, so nothing is kept of a run that failed. And what rings then."""


def functions_of(resources: Resources) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def edges() -> list[tuple[str, str]]:
    """Every source of events that nobody waits for: function and name."""
    return [
        (function, event)
        for function, properties in functions_of(templates.resources(templates.SOURCE)).items()
        for event, source in properties.get("Events", {}).items()
        if source["Type"] != "Api"
    ]


def dead_letters_of(node: Any) -> set[str]:
    """Every queue that is named as the end of what fails."""
    match node:
        case {"Fn::GetAtt": str(attribute)}:
            return {attribute.removesuffix(".Arn")} & set(DEAD_LETTERS)
        case dict():
            return set().union(*map(dead_letters_of, node.values()))
        case list():
            return set().union(*map(dead_letters_of, node))
        case _:
            return set()


@pytest.mark.parametrize(("function", "event"), edges())
def test_every_edge_says_how_often_and_how_long_it_is_tried_and_where_it_ends(
    resources: Resources, function: str, event: str
) -> None:
    owner = resources[function]["Properties"]
    source, invoked = owner["Events"][event], owner.get("EventInvokeConfig", {})
    said = source["Properties"]
    match source["Type"]:
        case "Schedule":
            for tried in (said["RetryPolicy"], invoked):
                assert tried["MaximumRetryAttempts"] == 0
                assert tried["MaximumEventAgeInSeconds"] <= 300
            rings = resources[f"Observability/{TAKEN_UP_BY_THE_NEXT_RUN[f'{function}.{event}']}"]
            assert "Condition" not in rings
        case "EventBridgeRule":
            for tried in (said["RetryPolicy"], invoked):
                assert tried["MaximumRetryAttempts"] > 0
                # a drop is kept for a week
                assert 3600 <= tried["MaximumEventAgeInSeconds"] <= 86_400
            assert dead_letters_of(said["DeadLetterConfig"]) == dead_letters_of(invoked["DestinationConfig"])
            assert len(dead_letters_of(said["DeadLetterConfig"])) == 1
        case "DynamoDB":
            assert said["MaximumRetryAttempts"] == -1
            assert said["MaximumRecordAgeInSeconds"] <= 86_400 / 2
            assert dead_letters_of(said["DestinationConfig"]) == {"UnreadChanges"}
        case "SQS":
            queue = resources[said["Queue"]["Fn::GetAtt"].removesuffix(".Arn")]["Properties"]
            assert dead_letters_of(queue["RedrivePolicy"]) == {"UndeliveredNotices"}
            assert queue["RedrivePolicy"]["maxReceiveCount"] > 1
            assert queue["VisibilityTimeout"] >= 6 * owner["Timeout"]
        case other:
            pytest.fail(f"{other}: say how it is tried again, and where it ends")
    assert f"`{event}`" in EDGES


def test_a_rule_of_the_bus_says_how_often_and_how_long_it_is_tried_and_where_it_ends(resources: Resources) -> None:
    rules = {name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::Events::Rule"}
    assert set(rules) == {"NoticesOfTheBus"}
    for rule in rules.values():
        for target in rule["Targets"]:
            assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 86_400
            assert len(dead_letters_of(target["DeadLetterConfig"])) == 1
    assert "`NoticesOfTheBus`" in EDGES


def test_what_lambda_may_be_asked_without_waiting_says_that_it_is_not_asked_twice(resources: Resources) -> None:
    """The guard by CloudFormation, and the replay by whoever is impatient."""
    for function in ("GuardFunction", "ReplayFunction"):
        assert resources[function]["Properties"]["EventInvokeConfig"] == {
            "MaximumRetryAttempts": 0,
            "MaximumEventAgeInSeconds": 60,
        }
    for guarded in ("Closure", "Deletion"):
        assert resources[guarded]["Properties"]["ServiceTimeout"] == 60


@pytest.mark.parametrize("queue", DEAD_LETTERS)
def test_dead_letters_are_kept_for_a_fortnight_ring_and_can_be_taken_up_again(resources: Resources, queue: str) -> None:
    assert resources[queue]["Properties"]["MessageRetentionPeriod"] == 14 * 86_400
    watched = {
        one["Value"]["Ref"]
        for alarm in ALARMS.values()
        for one in alarm.get("Dimensions", [])
        if one["Name"] == "QueueName"
    }
    assert f"{queue}QueueName" in watched
    told = resources["ReplayFunction"]["Properties"]["Environment"]["Variables"]
    assert {"Ref": queue} in told.values()
    assert set(told) - {"POWERTOOLS_SERVICE_NAME"} == ReplayConfig.variables() - {"ENVIRONMENT"}


def test_whoever_takes_up_again_can_read_nothing_of_the_register(resources: Resources) -> None:
    actions = {
        action.partition(":")[0]
        for statement in resources["ReplayRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert actions == {"sqs", "lambda", "logs"}
