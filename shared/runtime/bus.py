"""The event bus on which dependent systems learn of the closure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from shared.domain.errors import Unavailable
from shared.runtime.aws import PROMPT, reached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_events import EventBridgeClient

SOURCE = "signpost"


@dataclass(frozen=True, slots=True)
class EventBus:
    """Implements `closure.Bus`. Every event says of which environment it is."""

    name: str
    environment: str
    client: EventBridgeClient

    @classmethod
    def named(cls, name: str, environment: str) -> EventBus:
        """Makes the client. `name` is the bus's name or ARN."""
        return cls(name, environment, boto3.client("events", config=PROMPT))

    def tell(self, kind: str, detail: Mapping[str, str | int | None]) -> None:
        """See the port. What is None is left out."""
        told = {name: value for name, value in detail.items() if value is not None}
        with reached():
            answer = self.client.put_events(
                Entries=[
                    {
                        "EventBusName": self.name,
                        "Source": SOURCE,
                        "DetailType": kind,
                        "Detail": json.dumps({"environment": self.environment, **told}),
                    }
                ]
            )
        # an entry may be refused in an answer that is none of failure
        if answer["FailedEntryCount"]:
            raise Unavailable(answer["Entries"][0].get("ErrorCode", "not taken"))
