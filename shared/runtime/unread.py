"""What nobody can read of a stream is put aside, for people to look into."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shared.runtime.aws import PROMPT, client_of, reached

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

type Record = Mapping[str, Any]
"""As Lambda hands it over."""


class Aside(Protocol):
    """Where what could not be read is put aside."""

    def put(self, record: Record) -> None:
        """Which record it was, and nothing of what it holds. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class UnreadChanges:
    """Implements `Aside` by a queue that people look into."""

    queue_url: str
    client: SQSClient

    @classmethod
    def at(cls, queue_url: str) -> UnreadChanges:
        """Makes the client, during INIT."""
        return cls(queue_url, client_of("sqs", PROMPT))

    def put(self, record: Record) -> None:
        """The stream, and the record's number and id in it."""
        change = record.get("dynamodb")
        where = {
            "source": record.get("eventSourceARN"),
            "sequence_number": change.get("SequenceNumber") if isinstance(change, dict) else None,
            "event_id": record.get("eventID"),
        }
        with reached():
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(where))
