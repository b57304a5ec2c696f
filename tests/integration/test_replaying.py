"""Dead letters taken up again: each once, none lost, and none that holds up the next."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from shared.domain.errors import Unavailable
from shared.runtime.replaying import DeadLetters, Replaying
from shared.runtime.taken import Taken
from shared.runtime.takers import FailedFeeds, UndeliveredNotices, UnreadChanges
from tests.integration.calls import Calls, Fault

pytestmark = pytest.mark.usefixtures("aws")

KEY = "feeds/E99000001/nightly.csv"
DROPPED = {"source": "aws.s3", "detail": {"bucket": {"name": "feeds"}, "object": {"key": KEY}}}
FROM_LAMBDA = {"version": "1.0", "requestContext": {"condition": "RetriesExhausted"}, "requestPayload": DROPPED}
TOLD = {"notice_id": "n-1", "kind": "moved", "organisation": "E99000001", "at": "2026-11-20T09:00:00+00:00"}
NOTICE = {"source": "signpost", "detail-type": "notice", "detail": TOLD}


def plenty() -> timedelta:
    return timedelta(minutes=10)


class Questions:
    """A run that may go on for so many questions of how much time is left."""

    def __init__(self, most: int) -> None:
        self.left = most

    def __call__(self) -> timedelta:
        self.left -= 1
        return timedelta(seconds=max(0, self.left))


@dataclass
class Taker:
    """Takes what it is handed, or does what a test has it do instead."""

    does: Callable[[str], Taken] = lambda _name: Taken.REPLAYED
    taken: list[str] = field(default_factory=list)

    def told(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"name": message["name"]}

    def take(self, message: Mapping[str, Any], body: str) -> Taken:
        assert json.loads(body) == message
        what = self.does(message["name"])
        if what is Taken.REPLAYED:
            self.taken.append(message["name"])
        return what


@dataclass
class Letters:
    """A queue of dead letters, and who takes them."""

    taker: Taker = field(default_factory=Taker)

    def __post_init__(self) -> None:
        self.sqs = boto3.client("sqs")
        self.url = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        self.letters = DeadLetters(self.url, self.sqs, wait_seconds=0)
        self.replaying = Replaying(self.letters, self.taker)

    def put(self, *names: str) -> None:
        for name in names:
            self.put_text(json.dumps({"name": name}))

    def put_text(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def visible(self) -> list[str]:
        """The names of what anybody may receive now; who asks hides nothing."""
        found: dict[str, str] = {}
        while True:
            answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=30)
            messages = answer.get("Messages", [])
            if not messages:
                break
            found |= {one["ReceiptHandle"]: json.loads(one["Body"])["name"] for one in messages}
        for handle in found:
            self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=0)
        return sorted(found.values())

    def replay(self, time_left: Callable[[], timedelta] = plenty) -> dict[str, Any]:
        return self.replaying.replay(datetime.now(UTC) + timedelta(seconds=1), time_left)


@pytest.fixture
def letters() -> Letters:
    return Letters()


# Looking


def test_what_lies_there_is_listed_and_nothing_is_done(letters: Letters) -> None:
    names = [f"letter-{number:02}" for number in range(13)]
    letters.put(*names)
    told = letters.replaying.list_all(plenty)
    assert sorted(one["name"] for one in told["listed"]) == names
    assert all(datetime.fromisoformat(one["put_aside_at"]) <= datetime.now(UTC) for one in told["listed"])
    assert told["waiting"] == 13
    assert not letters.taker.taken
    assert letters.visible() == names


def test_what_nobody_can_read_is_listed_as_such_and_not_repeated(letters: Letters) -> None:
    letters.put_text("Zoë Okafor-Lane")
    letters.put_text('["Zoë Okafor-Lane"]')
    listed = letters.replaying.list_all(plenty)["listed"]
    assert [one["unreadable"] for one in listed] == [True, True]
    assert "Okafor" not in json.dumps(listed, ensure_ascii=False)


def test_an_empty_queue_is_soon_told(letters: Letters) -> None:
    assert letters.replaying.list_all(plenty) == {"waiting": 0, "listed": []}
    assert letters.replay() == {"waiting": 0}


# Taking up again


def test_all_that_lies_there_is_taken_once_and_removed(letters: Letters) -> None:
    names = [f"letter-{number:02}" for number in range(25)]
    letters.put(*names)
    assert letters.replay() == {"replayed": 25, "waiting": 0}
    assert sorted(letters.taker.taken) == names
    assert letters.replay() == {"waiting": 0}
    assert len(letters.taker.taken) == 25


def test_what_cannot_be_taken_stays_and_holds_up_none_behind_it(letters: Letters) -> None:
    def take(name: str) -> Taken:
        if name == "not-answered":
            raise Unavailable("ThrottlingException")
        if name == "trips us up":
            raise KeyError(name)
        return {"gone": Taken.NO_LONGER_THERE, "again": Taken.FAILED_AGAIN}.get(name, Taken.REPLAYED)

    letters.taker.does = take
    letters.put("not-answered", "one", "trips us up", "gone", "again", "two")
    letters.put_text("no message")
    told = letters.replay()
    assert told == {"failed": 2, "replayed": 2, "no_longer_there": 1, "failed_again": 1, "unreadable": 1, "waiting": 4}
    assert sorted(letters.taker.taken) == ["one", "two"]


def test_one_that_fails_anew_comes_back_and_is_left_to_the_next_run(letters: Letters) -> None:
    """Else a poison message and its replay would chase each other until the time is over."""

    def take(name: str) -> Taken:
        letters.put(name)
        return Taken.REPLAYED

    letters.taker.does = take
    letters.put("poison", "other")
    started_at = datetime.now(UTC) + timedelta(milliseconds=1)
    while datetime.now(UTC) <= started_at:
        pass
    told = letters.replaying.replay(started_at, plenty)
    assert told == {"replayed": 2, "came_since": 2, "waiting": 2}
    assert letters.visible() == ["other", "poison"]


def test_two_runs_at_once_share_what_lies_there(letters: Letters) -> None:
    others: list[dict[str, Any]] = []

    def take(_name: str) -> Taken:
        if not others:
            others.append({})
            others.append(letters.replay())
        return Taken.REPLAYED

    letters.taker.does = take
    names = [f"letter-{number:02}" for number in range(15)]
    letters.put(*names)
    assert letters.replay()["replayed"] + others[1]["replayed"] == 15
    assert sorted(letters.taker.taken) == names


@pytest.mark.parametrize("questions", range(1, 16))
def test_a_run_whose_time_is_over_leaves_the_rest_as_it_was(letters: Letters, questions: int) -> None:
    names = [f"letter-{number:02}" for number in range(12)]
    letters.put(*names)
    letters.replay(Questions(questions))
    assert sorted([*letters.taker.taken, *letters.visible()]) == names


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("n", range(1, 10))
def test_whatever_call_fails_none_is_lost(letters: Letters, fault: Fault, n: int) -> None:
    letters.put("one", "two", "three")
    calls = Calls().of(letters.sqs)
    calls.fail(n, fault)
    with suppress(Unavailable):
        letters.replay()
    calls.mend()
    lying = letters.sqs.get_queue_attributes(
        QueueUrl=letters.url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    assert sum(map(int, lying.values())) + len(set(letters.taker.taken)) >= 3


# Who takes them


class Payload(io.BytesIO):
    """What a function has answered."""


@dataclass
class Functions:
    """Lambda, as far as it is asked."""

    answer: Mapping[str, Any] = field(default_factory=lambda: {"StatusCode": 202})
    invoked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, **request: Any) -> Mapping[str, Any]:
        self.invoked.append({**request, "Payload": json.loads(request["Payload"])})
        return self.answer


def body_of(message: Mapping[str, Any]) -> str:
    return json.dumps(message)


@pytest.mark.parametrize("message", [DROPPED, FROM_LAMBDA])
def test_a_failed_feed_is_handed_to_its_function_as_the_first_time(message: Mapping[str, Any]) -> None:
    functions: Any = Functions()
    feeds = FailedFeeds("feed", functions)
    assert feeds.told(message) == {"key": KEY}
    assert feeds.take(message, body_of(message)) is Taken.REPLAYED
    assert functions.invoked == [{"FunctionName": "feed", "InvocationType": "Event", "Payload": DROPPED}]


@pytest.mark.parametrize("message", [{}, {"detail": "none"}, {"requestPayload": []}])
def test_what_is_no_drop_is_handed_to_nobody(message: Mapping[str, Any]) -> None:
    functions: Any = Functions()
    assert FailedFeeds("feed", functions).take(message, body_of(message)) is Taken.UNREADABLE
    assert not functions.invoked


def test_a_feed_that_lambda_does_not_take_stays() -> None:
    functions: Any = Functions({"StatusCode": 500})
    with pytest.raises(Unavailable):
        FailedFeeds("feed", functions).take(DROPPED, body_of(DROPPED))


OURS = {"source": "arn:stream", "sequence_number": "17", "event_id": "e-1"}
BATCH = {
    "DDBStreamBatchInfo": {
        "streamArn": "arn:stream",
        "shardId": "shard-1",
        "startSequenceNumber": "17",
        "endSequenceNumber": "19",
    }
}


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (OURS, {"stream": "arn:stream", "sequence_number": "17"}),
        (BATCH, {"stream": "arn:stream", "from": "17", "to": "19"}),
    ],
)
@pytest.mark.parametrize("taken", Taken)
def test_of_an_unread_change_the_function_is_told_where_it_stands_and_it_says_what_became_of_it(
    message: Mapping[str, Any], told: Mapping[str, Any], taken: Taken
) -> None:
    functions: Any = Functions({"StatusCode": 200, "Payload": Payload(json.dumps({"taken": taken}).encode())})
    changes = UnreadChanges("notify", functions)
    assert changes.told(message) == told
    assert changes.take(message, body_of(message)) is taken
    (asked,) = functions.invoked
    assert (asked["InvocationType"], asked["Payload"]) == ("RequestResponse", {"again": message})


def test_an_unread_change_that_its_function_dies_of_stays() -> None:
    answer = {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": Payload(b'{"errorMessage": "Zo\\u00eb"}')}
    functions: Any = Functions(answer)
    with pytest.raises(Unavailable) as raised:
        UnreadChanges("notify", functions).take(OURS, body_of(OURS))
    assert "Zo" not in str(raised.value)


def test_an_undelivered_notice_goes_back_to_those_to_deliver_as_it_came() -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="to-deliver")["QueueUrl"]
    notices = UndeliveredNotices(url, sqs)
    body = json.dumps(NOTICE, indent=1)
    assert notices.told(NOTICE) == {"notice_id": "n-1", "kind": "moved", "organisation": "E99000001"}
    assert notices.take(NOTICE, body) is Taken.REPLAYED
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == body
    assert notices.take({"detail": {}}, "{}") is Taken.UNREADABLE
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
