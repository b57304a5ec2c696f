"""Webhooks on their way: from the queue to those who are told, and back to the queue, or aside, if it must."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.domain.errors import Unavailable
from shared.domain.webhooks import ATTEMPTS, Outcome, Told, wait_after
from shared.runtime.aws import PROMPT, client_of, reached
from shared.runtime.metrics import Measure, Reading, in_line
from shared.runtime.observability import logger, unexpected
from shared.services.deliver import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_sqs import SQSClient

    from shared.services.deliver import Deliver

type AllOf = Callable[[Sequence[Callable[[], str | None]]], Sequence[str | None]]

_AT_ONCE = timedelta()
_EXPECTED = frozenset({Outcome.DELIVERED, Outcome.AGAIN, Outcome.NOBODY, Outcome.CLOSED})
"""What is no matter for operators."""


@dataclass(frozen=True, slots=True)
class NoticesQueue:
    """The queue of notices that wait for their webhook, and the one of those that no webhook took."""

    url: str
    undelivered_url: str
    client: SQSClient

    @classmethod
    def at(cls, url: str, undelivered_url: str) -> NoticesQueue:
        """Makes the client, during INIT."""
        return cls(url, undelivered_url, client_of("sqs", PROMPT))

    def hide(self, receipt_handle: str, for_: timedelta) -> None:
        """The message comes again after so long, in whole seconds. Raises Unavailable."""
        with reached():
            self.client.change_message_visibility(
                QueueUrl=self.url,
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=math.ceil(for_.total_seconds()),
            )

    def put_aside(self, body: str) -> None:
        """A copy lies with what was not delivered, as the queue itself would put it there. Raises Unavailable."""
        with reached():
            self.client.send_message(QueueUrl=self.undelivered_url, MessageBody=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """A batch of the queue's messages.

    `all_of` does them all at the same time: one that waits for its turn with a slow host keeps no other from being sent.
    """

    deliver: Deliver
    queue: NoticesQueue
    all_of: AllOf

    def __call__(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of those messages that are to come again; the others are done with. Never raises."""
        return [stays for stays in self.all_of([partial(self._attempt, record) for record in records]) if stays]

    def _attempt(self, record: Mapping[str, Any]) -> str | None:
        attempt = int(record["attributes"]["ApproximateReceiveCount"])
        try:
            told = Told.read(json.loads(record["body"])["detail"])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            # it comes again at once, as often as the queue allows, and then lies with what was not delivered
            unexpected("unreadable notice", error)
            return self._again(record)
        of: dict[str, object] = {
            "notice_id": told.notice_id,
            "kind": told.kind.value,
            "organisation": told.organisation,
        }
        if attempt == 1:
            of["waited_s"] = round((self.deliver.gate.clock() - _put_at(record)).total_seconds(), 1)
        try:
            done = self.deliver(told, attempt)
        except Exception as error:  # noqa: BLE001  # or the other nine would be sent again for the sake of this one
            unexpected("webhook", error)
            done = Attempt(
                outcome=Outcome.AGAIN if attempt < ATTEMPTS else Outcome.GIVEN_UP,
                failure=type(error).__name__,
                again_in=wait_after(attempt, self.deliver.gate.clock()),
            )
        said = {"attempt": attempt, "outcome": done.outcome.value, "status": done.status, "failure": done.failure}
        log = logger.info if done.outcome in _EXPECTED else logger.warning
        counted = in_line(Reading(Measure.DELIVERIES, 1, {"outcome": done.outcome.value}))
        log("webhook", extra={**of, **{name: value for name, value in said.items() if value is not None}, **counted})
        if done.outcome is Outcome.GONE:
            return self._put_aside(record)
        return None if done.outcome.is_done else self._again(record, done.again_in)

    def _put_aside(self, record: Mapping[str, Any]) -> str | None:
        """Not by the queue, which would have it come again until it has come often enough."""
        try:
            self.queue.put_aside(str(record["body"]))
        except Unavailable as error:
            unexpected("undelivered", error)  # it comes again, and is put aside then
            return str(record["messageId"])
        return None

    def _again(self, record: Mapping[str, Any], in_: timedelta = _AT_ONCE) -> str:
        try:
            self.queue.hide(str(record["receiptHandle"]), in_)
        except Unavailable as error:
            unexpected("visibility", error)  # it comes again when the queue's own time is over
        return str(record["messageId"])


def _put_at(record: Mapping[str, Any]) -> datetime:
    """When a message came into the queue."""
    return datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)
