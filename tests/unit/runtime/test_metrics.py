"""What a log line carries to CloudWatch: well-formed, in few names, and of nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.api.problems import KINDS, UNEXPECTED
from shared.domain.outcomes import Outcome
from shared.runtime.metrics import Measure, Reading, in_line, of_request


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "staging")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "lookup")


def read(line: dict[str, Any]) -> dict[tuple[str, frozenset[tuple[str, str]]], tuple[list[float], str]]:
    """What CloudWatch reads out of a line, by the metric's name and dimensions, as the format's specification has it."""
    found = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == "Signpost/staging"
        for dimensions in directive["Dimensions"]:
            by = frozenset((name, line[name]) for name in dimensions)
            for metric in directive["Metrics"]:
                assert (metric["Name"], by) not in found, "counted twice"
                found[metric["Name"], by] = (line[metric["Name"]], metric["Unit"])
    return found


def by(**dimensions: str) -> frozenset[tuple[str, str]]:
    return frozenset(dimensions.items())


def test_a_lookup_is_timed_by_operation_and_counted_by_outcome() -> None:
    line = of_request("lookUp", 200, 12.5, {"outcome": "match", "organisation": "X99", "client_id": "c-1"})
    assert read(line) == {
        ("latency", by()): ([12.5], "Milliseconds"),
        ("latency", by(operation="lookUp")): ([12.5], "Milliseconds"),
        ("lookups", by()): ([1.0], "Count"),
        ("lookups", by(outcome="match")): ([1.0], "Count"),
    }


def test_what_came_of_other_operations_is_no_lookup() -> None:
    assert {name for name, _ in read(of_request("putInvolvement", 201, 1.0, {"outcome": "created"}))} == {"latency"}


@pytest.mark.parametrize(("status", "measure"), [(403, "refusals"), (503, "failures")])
def test_what_is_not_answered_is_counted_by_its_problem(status: int, measure: str) -> None:
    found = read(of_request("lookUp", status, 1.0, {"problem": "some-problem"}))
    assert found[measure, by()] == found[measure, by(problem="some-problem")] == ([1.0], "Count")
    assert {name for name, _ in found} == {"latency", measure}


def test_a_route_that_is_none_is_timed_all_the_same() -> None:
    assert set(read(of_request(None, 404, 1.0, {"problem": "no-such-route"}))) == {
        ("latency", by()),
        ("refusals", by()),
        ("refusals", by(problem="no-such-route")),
    }


def test_no_line_is_made_much_longer() -> None:
    """A log line has a kilobyte, and the codes and ids of the longest take less than half of it."""
    for outcome in Outcome:
        assert len(json.dumps(of_request("lookUp", 200, 12345.6, {"outcome": outcome}))) < 500
    for kind in (UNEXPECTED, *(kind for _, kind in KINDS)):
        assert len(json.dumps(of_request("acknowledgeClosure", kind.status, 12345.6, {"problem": kind.name}))) < 500


def test_where_no_environment_is_named_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVIRONMENT")
    assert in_line(Reading(Measure.DROPS, 1)) == of_request("lookUp", 200, 1.0, {}) == {}


def test_a_reading_without_dimensions_is_shown_once() -> None:
    assert set(read(in_line(Reading(Measure.NOTICES_LAG, 1300)))) == {("notices_lag", by())}


def test_nothing_to_read_is_no_line() -> None:
    assert in_line() == {}
