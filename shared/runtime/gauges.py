"""What a run has found to be the case, shown to CloudWatch: what the dashboard draws, and the alarms look at.

By a call of its own and not in a log line: a run that cannot say so has failed, one call shows what hundreds of
organisations are like, and what is sealed goes on being so when the log group that tells of it has been destroyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, Protocol

from shared.runtime.aws import PROMPT, client_of, reached
from shared.runtime.metrics import Measure, Reading, namespace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_AT_ONCE = 1000
"""Values of one PutMetricData."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Metrics(Protocol):
    """What is asked of CloudWatch: the client that `boto3.client("cloudwatch")` makes."""

    def put_metric_data(self, **request: Any) -> Any:
        """Some data of a namespace."""


@dataclass(frozen=True, slots=True)
class CloudWatchGauges:
    """Implements `closure.Gauges`."""

    environment: str
    client: Metrics

    @classmethod
    def of(cls, environment: str) -> CloudWatchGauges:
        """Makes the client, during INIT."""
        return cls(environment, client_of("cloudwatch", PROMPT))

    def show(
        self,
        *,
        at_risk: bool,
        overdue: bool,
        closes_in: timedelta | None = None,
        left: Mapping[str, int] | None = None,
    ) -> None:
        """See the port."""
        readings = [
            Reading(Measure.DESTRUCTION_AT_RISK, float(at_risk)),
            Reading(Measure.DESTRUCTION_OVERDUE, float(overdue)),
        ]
        if closes_in is not None:
            readings.append(Reading(Measure.DAYS_TO_CLOSURE, closes_in / _DAY))
        if left is not None:
            readings.append(Reading(Measure.LEFT_TO_DESTROY, sum(left.values())))
            readings += [Reading(Measure.LEFT_TO_DESTROY, count, {"place": place}) for place, count in left.items()]
        self._put(readings)

    def show_feeds(self, ages: Mapping[str, timedelta]) -> None:
        """See the port."""
        if not ages:
            return
        oldest = Reading(Measure.FEED_AGE, max(ages.values()) / _HOUR)
        each = [Reading(Measure.FEED_AGE, age / _HOUR, {"organisation": code}) for code, age in ages.items()]
        self._put([oldest, *each])

    def _put(self, readings: Sequence[Reading]) -> None:
        for some in batched(readings, _MOST_AT_ONCE, strict=False):
            _put(self.client, self.environment, some)


@dataclass(frozen=True, slots=True)
class SealGauge:
    """How old the last seal of the access log is."""

    environment: str
    client: Metrics

    @classmethod
    def of(cls, environment: str) -> SealGauge:
        """Makes the client, during INIT."""
        return cls(environment, client_of("cloudwatch", PROMPT))

    def show(self, behind: timedelta) -> None:
        """In hours, from the end of the last hour that is sealed. Raises Unavailable."""
        _put(self.client, self.environment, [Reading(Measure.SEAL_AGE, behind / _HOUR)])


def _put(client: Metrics, environment: str, readings: Sequence[Reading]) -> None:
    with reached():
        client.put_metric_data(
            Namespace=namespace(environment),
            MetricData=[
                {
                    "MetricName": reading.measure.value,
                    "Value": float(reading.value),
                    "Dimensions": [{"Name": name, "Value": value} for name, value in reading.by.items()],
                }
                for reading in readings
            ],
        )
