"""What is measured, under which name, and how a log line carries it to CloudWatch.

What happens is counted by the very line that tells of it, in the embedded metric format, so it costs no call:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
What is the case, the run that looks says with `gauges`. No dimension names a person, a child, a record or a client.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

if TYPE_CHECKING:
    from collections.abc import Mapping


class Measure(StrEnum):
    """Every metric of ours, by its name."""

    # carried by lines
    LATENCY = "latency"
    """How long a request took, by `operation`. How many there were is how many of these there are."""
    LOOKUPS = "lookups"
    """Lookups that were answered, by `outcome`."""
    REFUSALS = "refusals"
    """Requests that were answered 4xx, by `problem`."""
    FAILURES = "failures"
    """Requests that were answered 5xx, by `problem`."""
    DROPS = "drops"
    """Extracts that were dropped, by the `outcome` of reading them."""
    NOTICES_LAG = "notices_lag"
    """How long ago the oldest change of a batch was written of which notices were made."""
    DELIVERIES = "deliveries"
    """Attempts at a webhook, by `outcome`."""
    REPLAYED = "replayed"
    """Dead letters that an operator had taken up again, by `queue`."""

    # shown by runs
    SEAL_AGE = "seal_age"
    """Hours since the last hour ended that is sealed."""
    FEED_AGE = "feed_age"
    """Hours since the day ended of which an organisation's data are, by `organisation`; without, the oldest."""
    DESTRUCTION_AT_RISK = "destruction_at_risk"
    """1 if a step is late, or nobody carries the closure out; else 0."""
    DESTRUCTION_OVERDUE = "destruction_overdue"
    """1 if the deadline has passed and not all is certified to be gone; else 0."""
    DAYS_TO_CLOSURE = "days_to_closure"
    """While a closure is set, and below 0 once it has come."""
    LEFT_TO_DESTROY = "left_to_destroy"
    """Once the register has closed: what is there still, by `place`; without, all of it."""


_UNITS = {Measure.LATENCY: MetricUnit.Milliseconds, Measure.NOTICES_LAG: MetricUnit.Milliseconds}
"""All others are counts."""

_LOOK_UP = "lookUp"
"""The operation of which lookups are counted."""
_REFUSED, _FAILED = 400, 500
"""From which status on."""


def namespace(environment: str) -> str:
    """Under which all metrics of an environment lie; the template says the same."""
    return f"Signpost/{environment}"


@dataclass(frozen=True, slots=True)
class Reading:
    """One value. It is shown for all together, and by each dimension, whose values are few and known beforehand."""

    measure: Measure
    value: float
    by: Mapping[str, str] = field(default_factory=dict)


def in_line(*readings: Reading) -> dict[str, Any]:
    """What a log line holds besides, for CloudWatch to read these out of it: `_aws`, the values, and the dimensions.

    Nothing where no environment is named, as where a part is tried alone.
    """
    environment = os.environ.get("ENVIRONMENT")
    if not environment or not readings:
        return {}
    sets = [_serialised(reading, namespace(environment)) for reading in readings]
    line = {name: value for one in sets for name, value in one.items()}
    directives = [directive for one in sets for directive in one["_aws"]["CloudWatchMetrics"]]
    line["_aws"] = {"Timestamp": sets[0]["_aws"]["Timestamp"], "CloudWatchMetrics": directives}
    return line


def of_request(operation: str | None, status: int, milliseconds: float, noted: Mapping[str, str]) -> dict[str, Any]:
    """What the line of a request holds besides. `noted` has the codes of its outcome, or of its problem."""
    readings = [Reading(Measure.LATENCY, milliseconds, {"operation": operation} if operation else {})]
    if operation == _LOOK_UP and (outcome := noted.get("outcome")):
        readings.append(Reading(Measure.LOOKUPS, 1, {"outcome": outcome}))
    if status >= _REFUSED and (problem := noted.get("problem")):
        readings.append(Reading(Measure.FAILURES if status >= _FAILED else Measure.REFUSALS, 1, {"problem": problem}))
    return in_line(*readings)


def _serialised(reading: Reading, under: str) -> Mapping[str, Any]:
    # no service: it is not Powertools' own dimension that these are counted by
    metrics = AmazonCloudWatchEMFProvider(namespace=under, service="")
    metrics.add_metric(reading.measure, _UNITS.get(reading.measure, MetricUnit.Count), reading.value)
    if reading.by:
        metrics.dimension_sets.append(dict(reading.by))
    serialised: Mapping[str, Any] = metrics.serialize_metric_set()
    return serialised
