"""The event bus on which dependent systems learn of the closure, and organisations of their notices."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.errors import Unavailable
from shared.runtime.aws import PROMPT, client_of, reached

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "signpost"
MOST_AT_ONCE = 10
"""Entries of one PutEvents."""


@dataclass(frozen=True, slots=True)
class EventBus:
    """Implements `closure.Bus`. Every event says of which environment it is."""

    name: str
    environment: str
    client: EventBridgeClient

    @classmethod
    def named(cls, name: str, environment: str) -> EventBus:
        """Makes the client. `name` is the bus's name or ARN."""
        return cls(name, environment, client_of("events", PROMPT))

    def tell(self, kind: str, detail: Mapping[str, str | int | None]) -> None:
        """See the port. What is None is left out."""
        refused = self._put(kind, [detail])[0]
        if refused:
            raise Unavailable(refused)

    def tell_in_order(self, kind: str, details: Sequence[Mapping[str, str]]) -> int:
        """Up to ten events of one kind at once: how many of them were taken, up to the first that was not.

        Raises Unavailable if the bus does not answer. What was taken after one that was not will be told twice.
        """
        refused = self._put(kind, details)
        return next((place for place, code in enumerate(refused) if code), len(refused))

    def _put(self, kind: str, details: Sequence[Mapping[str, str | int | None]]) -> list[str | None]:
        """For each, why it was refused; an entry may be, in an answer that is none of failure."""
        with reached():
            answer = self.client.put_events(Entries=[self._entry(kind, detail) for detail in details])
        if not answer["FailedEntryCount"]:
            return [None] * len(details)
        return [None if "EventId" in entry else entry.get("ErrorCode", "not taken") for entry in answer["Entries"]]

    def _entry(self, kind: str, detail: Mapping[str, str | int | None]) -> PutEventsRequestEntryTypeDef:
        told = {name: value for name, value in detail.items() if value is not None}
        return {
            "EventBusName": self.name,
            "Source": SOURCE,
            "DetailType": kind,
            "Detail": json.dumps({"environment": self.environment, **told}),
        }
