from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.destruction import Method, Remains, Stage
from shared.domain.plan import StepName
from shared.runtime.aws import PATIENT, client_of, reached

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_sqs import SQSClient

    from shared.domain.destruction import TimeLeft

_NO_QUEUE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
_BEING_PURGED = frozenset({"AWS.SimpleQueueService.PurgeQueueInProgress", "PurgeQueueInProgress"})


class Queue(StrEnum):
    """What waits in a queue, as the certificate names it. Ids, codes and names of files, never a child's details."""

    FAILED_FEEDS = "failed-feeds"
    """Extracts that could not be read: names of files, and which organisation dropped them."""
    UNREAD_CHANGES = "unread-changes"
    """Changes of which no notice could be made: where they stand in a table's stream."""
    NOTICES_TO_DELIVER = "notices-to-deliver"
    UNDELIVERED_NOTICES = "undelivered-notices"
    """Notices that no webhook took: their ids, and whose they are."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """One of the queues."""

    name: Queue
    queue_url: str
    client: SQSClient

    step = StepName.BUCKET
    stage = Stage.ORIGINALS
    method = Method.CLEAR

    @classmethod
    def of(cls, name: Queue, queue_url: str) -> QueuePlace:
        """Makes the client."""
        return cls(name, queue_url, client_of("sqs", PATIENT))

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int] | None:
        """See the port."""
        return {"messages": self._count()}

    def destroy(self, _time_left: TimeLeft) -> None:
        """See the port. It takes SQS up to a minute."""
        with reached(unless=_NO_QUEUE | _BEING_PURGED):
            self.client.purge_queue(QueueUrl=self.queue_url)

    def remains(self) -> Sequence[Remains]:
        """See the port."""
        count, queue = self._count(), self.queue_url.rpartition("/")[2]
        return [Remains(place=self.name, name=queue, count=count)] if count else []

    def _count(self) -> int:
        """Right from a minute after the last message on, and after closure none comes.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
        """
        with reached(unless=_NO_QUEUE):
            numbers = self.client.get_queue_attributes(
                QueueUrl=self.queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesDelayed",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"]
            return sum(map(int, numbers.values()))
        return 0
