"""What documents say of webhooks in numbers and commands is what is built."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from infra.local import template as templates
from shared.domain.webhooks import (
    ANSWERED_WITHIN,
    AT_ONCE,
    BACK_OFF,
    LONGEST_WAIT,
    TURN_WITHIN,
    Outcome,
    check_url,
    wait_after,
)
from shared.runtime.places.queues import Queue
from tests.support.builders import NOW

type Resources = dict[str, dict[str, Any]]

A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)


def text(name: str) -> str:
    """With its lines joined."""
    return " ".join((templates.ROOT / name).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("name", ["docs/webhooks.md", "docs/runbook.md"])
def test_who_sends_again_is_told_how(name: str) -> None:
    """Not by moving messages within SQS: what the bus put aside has no queue there that it came from."""
    told = text(name)
    assert Queue.UNDELIVERED_NOTICES in told
    assert "sam remote invoke ReplayFunction" in told
    assert "start-message-move-task" not in told


def test_how_long_attempts_go_on_is_what_the_schedule_says() -> None:
    told = text("docs/webhooks.md")
    latest = sum((wait_after(n, NOW, spread=1.0) for n in range(1, len(BACK_OFF) + 1)), timedelta())
    assert A_DAY + 17 * AN_HOUR <= latest < A_DAY + 18 * AN_HOUR
    assert "within about a day and 17 hours" in told
    if_asked = LONGEST_WAIT * len(BACK_OFF)
    assert if_asked == 3 * A_DAY + 16 * AN_HOUR
    assert "within 3 days and 16 hours" in told
    assert "up to four days" in told
    assert "three days" not in told


def test_how_long_what_was_not_delivered_is_kept_counts_from_when_it_first_came(resources: Resources) -> None:
    kept = {
        name: resources[name]["Properties"]["MessageRetentionPeriod"]
        for name in ("NoticesToDeliver", "UndeliveredNotices")
    }
    assert set(kept.values()) == {14 * A_DAY.total_seconds()}
    assert 14 - LONGEST_WAIT * len(BACK_OFF) / A_DAY >= 10
    for name in ("docs/webhooks.md", "docs/runbook.md"):
        assert "10 to 12 days" in text(name)
    assert "14 more each time operators send it again" in text("docs/privacy.md")


def test_a_slow_host_is_given_up_on_before_its_first_calls_have_failed(resources: Resources) -> None:
    """Or those that wait would each try it once more, and ten seconds would go by instead of five."""
    assert TURN_WITHIN < ANSWERED_WITHIN
    told = text("docs/webhooks.md")
    waiting = resources["DeliverFunction"]["Properties"]["Events"]["Waiting"]["Properties"]
    batch, at_once = waiting["BatchSize"], waiting["ScalingConfig"]["MaximumConcurrency"]
    assert (AT_ONCE, batch, at_once) == (2, 10, 5)
    # What answers within a second has its turn in time: five pairs, of which the last begins after four seconds at most.
    assert (batch / AT_ONCE - 1) * timedelta(seconds=1) <= TURN_WITHIN
    assert batch * at_once / ANSWERED_WITHIN.total_seconds() == 10
    assert "wait a second longer for each ten of them" in told


def test_the_examples_address_may_be_set() -> None:
    (url,) = set(re.findall(r'"url": "([^"]+)"', text("docs/webhooks.md")))
    check_url(url, anywhere=False)


def test_every_word_of_the_log_is_explained() -> None:
    told = text("docs/webhooks.md")
    for outcome in Outcome:
        assert f"| `{outcome}` |" in told
    assert "`waited_s`" in told
    assert "`host_busy`" in told


def test_what_alarms_cost_is_counted(resources: Resources) -> None:
    """$0.10 a month for each metric that one looks at, in London."""
    looks_at = {
        name: sum("MetricStat" in metric for metric in one["Properties"].get("Metrics", [{"MetricStat": {}}]))
        for name, one in resources.items()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    }
    always = sum(count for name, count in looks_at.items() if resources[name].get("Condition") != "HasClosure")
    at_most = sum(looks_at.values())
    told = f"alarms on {always} metrics ({always / 10:.2f}; while a closure is set {at_most}, {at_most / 10:.2f})"
    assert told in text("docs/cost.md")
