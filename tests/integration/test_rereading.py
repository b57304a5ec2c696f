"""Changes that were put aside, read from their stream once more by the function that failed on them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Lifecycle
from shared.runtime.notifying import Handled, Notifying
from shared.runtime.rereading import ChangesAgain, NoLongerThere, NotAPlace, TakeAgain
from shared.runtime.taken import Taken
from shared.runtime.unread import UnreadChanges
from shared.services.gate import Gate
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Deployment
from tests.integration.emulated import REGISTER, dump
from tests.integration.people import ZOE, involvement
from tests.integration.streams import Record, Stream, number_of, place_of, unreadable

STREAM = "arn:stream"


class Context:
    """A run with plenty of time."""

    def get_remaining_time_in_millis(self) -> int:
        return 120_000


class Shards:
    """DynamoDB's streams, as far as they are asked: numbers by shard, three records a page."""

    def __init__(self, shards: dict[str, list[int]], still_written: str = "") -> None:
        self.shards = shards
        self.still_written = still_written

    def describe_stream(self, *, StreamArn: str = "", ExclusiveStartShardId: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803  # as boto3 has it
        assert StreamArn
        names = sorted(self.shards)
        here = names[names.index(ExclusiveStartShardId) + 1 if ExclusiveStartShardId else 0]
        numbers = self.shards[here]
        reach = {"StartingSequenceNumber": str(numbers[0])}
        if here != self.still_written:
            reach["EndingSequenceNumber"] = str(numbers[-1])
        described: dict[str, Any] = {"Shards": [{"ShardId": here, "SequenceNumberRange": reach}]}
        if here != names[-1]:
            described["LastEvaluatedShardId"] = here
        return {"StreamDescription": described}

    def get_shard_iterator(self, *, ShardId: str = "", SequenceNumber: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803
        return {"ShardIterator": f"{ShardId}/{SequenceNumber}"}

    def get_records(self, *, ShardIterator: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803
        shard, number = ShardIterator.split("/")
        numbers = [one for one in self.shards[shard] if one >= int(number)][:3]
        page: dict[str, Any] = {"Records": [self.record(one) for one in numbers]}
        if (numbers and numbers[-1] != self.shards[shard][-1]) or shard == self.still_written:
            page["NextShardIterator"] = f"{shard}/{numbers[-1] + 1 if numbers else number}"
        return page

    def record(self, number: int) -> dict[str, Any]:
        return a_record(number)


def a_record(number: int) -> dict[str, Any]:
    kind = "REMOVE" if number % 10 == 0 else "INSERT"
    change = {"ApproximateCreationDateTime": datetime(2026, 11, 20, tzinfo=UTC), "SequenceNumber": str(number)}
    images = {"Keys": {"pk": {"S": "a"}}, "NewImage": {"pk": {"S": "a"}, "b": {"L": [{"B": b"\x00"}]}}}
    return {"eventID": f"e-{number}", "eventName": kind, "dynamodb": change | images}


def numbers_of(records: Sequence[Any]) -> list[int]:
    return [int(one["dynamodb"]["SequenceNumber"]) for one in records]


def one(number: int) -> dict[str, Any]:
    return {"source": STREAM, "sequence_number": str(number), "event_id": "e"}


def batch(first: int, last: int, shard: str = "s1") -> dict[str, Any]:
    ends = {"startSequenceNumber": str(first), "endSequenceNumber": str(last)}
    return {"requestContext": {}, "DDBStreamBatchInfo": {"streamArn": STREAM, "shardId": shard, **ends}}


SHARDS = {"s1": [11, 12, 14, 20, 21, 23, 27], "s2": [13, 15, 22], "s3": [31, 33]}


@pytest.mark.parametrize("number", [11, 15, 27, 31, 33])
def test_a_change_is_found_by_its_number_in_whichever_shard_it_is(number: int) -> None:
    again = ChangesAgain(Shards(SHARDS, still_written="s3"))
    assert numbers_of(again(one(number))) == [number]


def test_a_batch_is_all_that_lies_between_its_ends_but_what_was_removed() -> None:
    assert numbers_of(ChangesAgain(Shards(SHARDS))(batch(12, 23))) == [12, 14, 21, 23]


@pytest.mark.parametrize("message", [one(10), one(16), one(32), one(99), batch(10, 12), batch(24, 27)])
def test_what_the_stream_has_forgotten_is_said_to_be_gone(message: dict[str, Any]) -> None:
    with pytest.raises(NoLongerThere):
        ChangesAgain(Shards(SHARDS, still_written="s3"))(message)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"source": STREAM, "sequence_number": None},
        {"source": STREAM, "sequence_number": "Zoë"},
        batch(1, 2) | {"DDBStreamBatchInfo": {}},
    ],
)
def test_what_does_not_say_where_to_look_is_no_place(message: dict[str, Any]) -> None:
    with pytest.raises(NotAPlace):
        ChangesAgain(Shards(SHARDS))(message)


def test_a_record_is_handed_over_as_lambda_does() -> None:
    (record,) = ChangesAgain(Shards(SHARDS))(one(11))
    assert record["eventSourceARN"] == STREAM
    assert record["dynamodb"]["ApproximateCreationDateTime"] == datetime(2026, 11, 20, tzinfo=UTC).timestamp()
    assert record["dynamodb"]["NewImage"]["b"] == {"L": [{"B": "AA=="}]}
    json.dumps(record)


# As the function does it


@pytest.fixture
def aside(deployment: Deployment) -> str:
    """Where changes are put aside."""
    url = boto3.client("sqs").create_queue(QueueName="unread")["QueueUrl"]
    deployment.restart(UNREAD_CHANGES_URL=url)
    return url


@dataclass
class Story:
    """A trust's child that has come to a council elsewhere a moment ago, of which nobody has been told yet."""

    deployment: Deployment
    aside: str
    gate: Gate = field(default_factory=lambda: Gate(Lifecycle(), lambda: datetime.now(UTC)))

    def __post_init__(self) -> None:
        trust, council = self.deployment.enrol("X99"), self.deployment.enrol("E08000035", covers=["LS"])
        trust.put("a", involvement(ZOE))
        self.stream = Stream(REGISTER, lambda: datetime.now(UTC))
        council.put("b", involvement({**ZOE, "postcode": "LS6 2AB"}, service_type="social_care"))
        self.records = self.stream.changes

    def take_again(self, message: Mapping[str, Any]) -> Taken:
        def handle(records: Sequence[Any]) -> Handled:
            notifying: Notifying = self.deployment.function("notify").notifying
            return notifying(records, lambda: timedelta(minutes=2))

        return TakeAgain(ChangesAgain(Written(self.records)), handle, self.gate)(message)

    def put_aside(self, record: Record) -> dict[str, Any]:
        """What the function says of a record that it could not read."""
        UnreadChanges.at(self.aside).put(record)
        (body,) = self.lying()
        return body

    def lying(self) -> list[dict[str, Any]]:
        """What was put aside, taken out of the queue."""
        sqs = boto3.client("sqs")
        messages = sqs.receive_message(QueueUrl=self.aside).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=self.aside, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def told(self) -> list[str]:
        return [item["organisation"] for item in dump(REGISTER) if item["kind"] == "notice"]

    def of_the_council(self) -> Record:
        (record,) = [one for one in self.records if place_of(one)[1].startswith("INV#E08000035")]
        return record


class Written(Shards):
    """One shard, of what was really written."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.by_number = {int(number_of(record)): record for record in records}
        super().__init__({"s1": sorted(self.by_number)})

    def record(self, number: int) -> dict[str, Any]:
        change = self.by_number[number]["dynamodb"]
        at = datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC)
        return {**self.by_number[number], "dynamodb": {**change, "ApproximateCreationDateTime": at}}


@pytest.fixture
def story(deployment: Deployment, aside: str) -> Story:
    return Story(deployment, aside)


def test_whoever_was_not_told_of_a_change_is_told_once_it_is_read_again(story: Story) -> None:
    message = story.put_aside(story.of_the_council())
    assert not story.told()
    assert story.take_again(message) is Taken.REPLAYED
    assert story.told() == ["X99"]
    assert story.take_again(message) is Taken.REPLAYED
    assert story.told() == ["X99"]
    assert not story.lying()


def test_a_change_that_still_cannot_be_read_is_put_aside_anew(story: Story) -> None:
    record = story.of_the_council()
    story.records = [unreadable(one) if one is record else one for one in story.records]
    message = story.put_aside(unreadable(record))
    assert story.take_again(message) is Taken.FAILED_AGAIN
    assert story.lying() == [message]


def test_a_store_that_does_not_answer_leaves_it_for_the_next_run(story: Story) -> None:
    message = story.put_aside(story.of_the_council())
    calls = Calls().of_tables()
    calls.fail(1, Fault.THROTTLED)
    assert story.take_again(message) is Taken.FAILED
    calls.mend()
    assert story.take_again(message) is Taken.REPLAYED
    assert story.told() == ["X99"]


def test_a_stream_that_does_not_answer_leaves_it_for_the_next_run(story: Story) -> None:
    def read(_message: Mapping[str, Any]) -> Sequence[Record]:
        raise Unavailable("ThrottlingException")

    take_again = TakeAgain(read, lambda _records: Handled(), story.gate)
    assert take_again(one(1)) is Taken.FAILED


def test_once_the_register_has_closed_nothing_is_read_again(story: Story) -> None:
    message = story.put_aside(story.of_the_council())
    story.gate = Gate(Lifecycle(datetime.now(UTC) - timedelta(days=1)), lambda: datetime.now(UTC))
    assert story.take_again(message) is Taken.FAILED
    assert not story.told()


@pytest.mark.parametrize(("message", "taken"), [({}, Taken.UNREADABLE), (one(99), Taken.NO_LONGER_THERE)])
def test_what_cannot_be_found_is_said_to_be_so(story: Story, message: dict[str, Any], taken: Taken) -> None:
    assert story.take_again(message) is taken


def test_the_function_takes_such_a_message_in_place_of_records(deployment: Deployment, aside: str) -> None:
    _ = aside
    assert deployment.function("notify").handler({"again": {}}, Context()) == {"taken": Taken.UNREADABLE}
