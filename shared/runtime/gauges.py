"""What the alarms on a closure and on the sealing of the access log look at, in CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import boto3

from shared.runtime.aws import PROMPT, reached

NAMESPACE = "Signpost"


class Metrics(Protocol):
    """What is asked of CloudWatch: the client that `boto3.client("cloudwatch")` makes."""

    def put_metric_data(self, **request: Any) -> Any:
        """Some data of a namespace."""


@dataclass(frozen=True, slots=True)
class CloudWatchGauges:
    """Implements `closure.Gauges`: 0 or 1 each, by metrics named after the environment."""

    environment: str
    client: Metrics

    @classmethod
    def of(cls, environment: str) -> CloudWatchGauges:
        """Makes the client, during INIT."""
        return cls(environment, boto3.client("cloudwatch", config=PROMPT))

    def show(self, *, at_risk: bool, overdue: bool) -> None:
        """See the port."""
        shown = {"destruction-at-risk": at_risk, "destruction-overdue": overdue}
        with reached():
            self.client.put_metric_data(
                Namespace=NAMESPACE,
                MetricData=[
                    {"MetricName": f"{name}-{self.environment}", "Value": float(value)} for name, value in shown.items()
                ],
            )


@dataclass(frozen=True, slots=True)
class SealGauge:
    """How old the last seal of the access log is, by a metric named after the environment."""

    environment: str
    client: Metrics

    @classmethod
    def of(cls, environment: str) -> SealGauge:
        """Makes the client, during INIT."""
        return cls(environment, boto3.client("cloudwatch", config=PROMPT))

    def show(self, behind: timedelta) -> None:
        """In hours, from the end of the last hour that is sealed. Raises Unavailable."""
        with reached():
            self.client.put_metric_data(
                Namespace=NAMESPACE,
                MetricData=[{"MetricName": f"seal-age-{self.environment}", "Value": behind / timedelta(hours=1)}],
            )
