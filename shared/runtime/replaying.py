"""Dead letters, taken up again: each once, and removed only when whoever failed on it has taken it.

One that cannot be taken stays where it lies and holds up none behind it; one that fails anew comes back as a new message,
which a run leaves to the next.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.errors import Unavailable
from shared.runtime.aws import PROMPT, client_of, reached
from shared.runtime.observability import unexpected
from shared.runtime.taken import Taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from shared.domain.destruction import TimeLeft

MOST_LISTED = 100
_HIDDEN_FOR = timedelta(minutes=15)
"""As long as a run may last, so that it meets no message twice."""
_AT_ONCE = 10
"""Messages of one call of SQS."""


_DONE_WITH = frozenset({Taken.REPLAYED, Taken.FAILED_AGAIN})


class Takes(Protocol):
    """Takes the messages of one queue up again."""

    def told(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a message is about, for operators: names, ids and numbers, nothing of what it tells of."""

    def take(self, message: Mapping[str, Any], body: str) -> Taken:
        """Hands it to whoever failed on it. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """One queue of them."""

    queue_url: str
    client: SQSClient
    wait_seconds: int = 1
    """For more to come, before the queue is taken to be empty: without, SQS asks only some of its servers."""

    @classmethod
    def at(cls, queue_url: str) -> DeadLetters:
        """Makes the client, during INIT."""
        return cls(queue_url, client_of("sqs", PROMPT))

    def waiting(self) -> int:
        """How many there are, about. Raises Unavailable."""
        with reached():
            told = self.client.get_queue_attributes(
                QueueUrl=self.queue_url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(told["Attributes"]["ApproximateNumberOfMessages"])

    def received(self, most: int = _AT_ONCE) -> Sequence[MessageTypeDef]:
        """Some, which nobody else sees for as long as a run may last. Raises Unavailable."""
        with reached():
            answer = self.client.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=min(most, _AT_ONCE),
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
                VisibilityTimeout=int(_HIDDEN_FOR.total_seconds()),
                WaitTimeSeconds=self.wait_seconds,
            )
        return answer.get("Messages", [])

    def remove(self, message: MessageTypeDef) -> None:
        """It was taken. Raises Unavailable."""
        with reached():
            self.client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def show_again(self, message: MessageTypeDef) -> None:
        """It lies there as before. Raises Unavailable."""
        with reached():
            self.client.change_message_visibility(
                QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )


@dataclass(frozen=True, slots=True)
class Replaying:
    """One queue, and who takes what lies in it."""

    letters: DeadLetters
    takes: Takes

    def list_all(self, time_left: TimeLeft) -> dict[str, Any]:
        """What is there, and nothing is done; at most 100 of them. Raises Unavailable."""
        run = _Run(self, time_left)
        try:
            listed = [self._told(message) for message in run.messages(MOST_LISTED)]
        finally:
            run.put_back()
        return {"waiting": self.letters.waiting(), "listed": listed}

    def replay(self, started_at: datetime, time_left: TimeLeft) -> dict[str, Any]:
        """All that lay there when it began, as far as the time allows. Counts. Raises Unavailable if SQS does not answer."""
        counts: Counter[str] = Counter()
        run = _Run(self, time_left)
        try:
            for message in run.messages():
                if _sent_at(message) > started_at:
                    counts["came_since"] += 1
                    continue
                taken = self._take(message)
                counts[taken] += 1
                if taken in _DONE_WITH:
                    self.letters.remove(message)
                    run.held.remove(message)
        finally:
            run.put_back()
        return {**counts, "waiting": self.letters.waiting()}

    def _take(self, message: MessageTypeDef) -> Taken:
        body = message["Body"]
        try:
            read = json.loads(body)
        except ValueError:
            return Taken.UNREADABLE
        if not isinstance(read, dict):
            return Taken.UNREADABLE
        try:
            return self.takes.take(read, body)
        except Exception as error:  # noqa: BLE001  # whatever one of them trips over is not to hold up the others
            unexpected("replay", error)
            return Taken.FAILED

    def _told(self, message: MessageTypeDef) -> dict[str, Any]:
        try:
            read = json.loads(message["Body"])
            about = dict(self.takes.told(read))
        except (ValueError, TypeError, LookupError, AttributeError):
            about = {"unreadable": True}
        return {"message_id": message["MessageId"], "put_aside_at": _sent_at(message).isoformat(), **about}


@dataclass(slots=True)
class _Run:
    """One pass through a queue. What it holds is hidden from others until it is put back."""

    of: Replaying
    time_left: TimeLeft
    held: list[MessageTypeDef] = field(default_factory=list)

    def messages(self, most: int | None = None) -> Iterator[MessageTypeDef]:
        """Each once, while there is time. Raises Unavailable."""
        while self.time_left() > timedelta() and (most is None or len(self.held) < most):
            some = self.of.letters.received(_AT_ONCE if most is None else most - len(self.held))
            if not some:
                return
            self.held += some
            for message in some:
                if self.time_left() <= timedelta():
                    return
                yield message

    def put_back(self) -> None:
        """What was not taken; what cannot be shown again shows itself when its time is over."""
        for message in self.held:
            try:
                self.of.letters.show_again(message)
            except Unavailable as error:
                unexpected("put back", error)
                return


def _sent_at(message: MessageTypeDef) -> datetime:
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
