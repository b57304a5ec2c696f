"""Who takes which dead letters up again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from shared.domain.errors import Unavailable
from shared.runtime.aws import PROMPT, client_of, reached
from shared.runtime.taken import AGAIN, Taken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

_A_WHOLE_RUN = Config(connect_timeout=1, read_timeout=130, retries={"total_max_attempts": 1})
"""Longer than notify may run, and never twice at once."""


@dataclass(frozen=True, slots=True)
class FailedFeeds:
    """Drops that could not be read: the feed function is invoked anew with the event of the first time.

    It is asked and not waited for, so it tries three times, and what still fails is put aside by Lambda as before. A drop
    that was taken in since, or is gone, it leaves alone.
    """

    function: str
    client: LambdaClient

    @classmethod
    def of(cls, function: str) -> FailedFeeds:
        """Makes the client, during INIT."""
        return cls(function, client_of("lambda", PROMPT))

    def told(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """See the port."""
        return {"key": str(_event_of(message)["detail"]["object"]["key"])}

    def take(self, message: Mapping[str, Any], body: str) -> Taken:
        """See the port."""
        _ = body
        try:
            self.told(message)
        except (LookupError, TypeError):
            return Taken.UNREADABLE
        with reached():
            answer = self.client.invoke(
                FunctionName=self.function, InvocationType="Event", Payload=json.dumps(_event_of(message)).encode()
            )
        _require(answer["StatusCode"], 202)
        return Taken.REPLAYED


@dataclass(frozen=True, slots=True)
class UnreadChanges:
    """Changes of which no notice could be made: the notify function is told where they stand, and reads them itself.

    So what they hold passes through nobody else.
    """

    function: str
    client: LambdaClient

    @classmethod
    def of(cls, function: str) -> UnreadChanges:
        """Makes the client, during INIT."""
        return cls(function, client_of("lambda", _A_WHOLE_RUN))

    def told(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """See the port. A batch, by its first and last."""
        if batch := message.get("DDBStreamBatchInfo"):
            return {
                "stream": batch["streamArn"],
                "from": batch["startSequenceNumber"],
                "to": batch["endSequenceNumber"],
            }
        return {"stream": message["source"], "sequence_number": message["sequence_number"]}

    def take(self, message: Mapping[str, Any], body: str) -> Taken:
        """See the port."""
        _ = body
        with reached():
            answer = self.client.invoke(
                FunctionName=self.function,
                InvocationType="RequestResponse",
                Payload=json.dumps({AGAIN: message}).encode(),
            )
            told = answer["Payload"].read()
        _require(answer["StatusCode"], 200)
        if "FunctionError" in answer:
            raise Unavailable("FunctionError")
        return Taken(json.loads(told)["taken"])


@dataclass(frozen=True, slots=True)
class UndeliveredNotices:
    """Notices that no webhook took: back to the queue of those to deliver, as they came, for as many attempts anew."""

    queue_url: str
    client: SQSClient

    @classmethod
    def to(cls, queue_url: str) -> UndeliveredNotices:
        """Makes the client, during INIT."""
        return cls(queue_url, client_of("sqs", PROMPT))

    def told(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """See the port."""
        detail = message["detail"]
        return {name: str(detail[name]) for name in ("notice_id", "kind", "organisation")}

    def take(self, message: Mapping[str, Any], body: str) -> Taken:
        """See the port."""
        try:
            self.told(message)
        except (LookupError, TypeError):
            return Taken.UNREADABLE
        with reached():
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=body)
        return Taken.REPLAYED


def _event_of(message: Mapping[str, Any]) -> Any:
    """From Lambda the event lies within what it says of the failure; from EventBridge it is the message."""
    return message.get("requestPayload", message)


def _require(status: int, expected: int) -> None:
    if status != expected:
        raise Unavailable(str(status))
