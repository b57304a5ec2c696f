"""Changes that were put aside, read from their stream once more by where they stand in it, while it still has them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.errors import Unavailable
from shared.runtime.aws import PROMPT, client_of, reached
from shared.runtime.observability import unexpected
from shared.runtime.taken import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shared.runtime.notifying import Handled
    from shared.runtime.unread import Record
    from shared.services.gate import Gate

_NOT_THERE = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"})
"""What is said of a number that the stream, or a shard that might have had it, does not have."""
_WORTH_TELLING = frozenset({"INSERT", "MODIFY"})
"""As the filters of the template: what expires or is destroyed tells nobody anything."""
_EMPTY_PAGES = 20
"""A shard that is still written to never ends: so many pages of nothing, and the number is not there."""


class NotAPlace(Exception):
    """The message does not say where in a stream to look."""


class NoLongerThere(Exception):
    """The stream keeps a change for 24 hours, and they are over."""


class Streams(Protocol):
    """What is asked of the streams: the client that `boto3.client("dynamodbstreams")` makes."""

    def describe_stream(self, **request: Any) -> Any:
        """Its shards."""

    def get_shard_iterator(self, **request: Any) -> Any:
        """Where to begin to read."""

    def get_records(self, **request: Any) -> Any:
        """Some records, and where to go on."""


@dataclass(frozen=True, slots=True)
class _Where:
    stream: str
    first: str
    last: str
    shard: str | None = None


@dataclass(frozen=True, slots=True)
class ChangesAgain:
    """The tables' streams, as whoever was given a place in them reads them."""

    client: Streams

    @classmethod
    def here(cls) -> ChangesAgain:
        """Makes the client: when it is needed, for it hardly ever is."""
        return cls(client_of("dynamodbstreams", PROMPT))

    def __call__(self, message: Mapping[str, Any]) -> Sequence[Record]:
        """The records that a message of the queue of unread changes tells of, as Lambda hands them over.

        It is ours (`unread.UnreadChanges`), of one record, or Lambda's own, of a batch, and then all between its ends:
        https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
        Raises NotAPlace, NoLongerThere and Unavailable.
        """
        where = _where(message)
        for shard in [where.shard] if where.shard else self._shards(where):
            records = list(self._between(where, shard))
            if records and _number(records[0]) == where.first:
                return [_handed_over(one, where.stream) for one in records if one["eventName"] in _WORTH_TELLING]
        raise NoLongerThere

    def _shards(self, where: _Where) -> Iterator[str]:
        """Those whose numbers reach from below to above it. Numbers grow within a shard; those of several overlap."""
        start: dict[str, Any] = {}
        while True:
            with reached(unless=_NOT_THERE):
                page = self.client.describe_stream(StreamArn=where.stream, **start)["StreamDescription"]
                for shard in page["Shards"]:
                    reach = shard["SequenceNumberRange"]
                    ends = reach.get("EndingSequenceNumber")
                    if int(reach["StartingSequenceNumber"]) <= int(where.first) <= int(ends or where.first):
                        yield shard["ShardId"]
                if last := page.get("LastEvaluatedShardId"):
                    start = {"ExclusiveStartShardId": last}
                    continue
            return

    def _between(self, where: _Where, shard: str) -> Iterator[dict[str, Any]]:
        """Every record of a shard from the first to the last, as far as they are there."""
        with reached(unless=_NOT_THERE):
            at = self.client.get_shard_iterator(
                StreamArn=where.stream,
                ShardId=shard,
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=where.first,
            ).get("ShardIterator")
            empty = 0
            while at and empty < _EMPTY_PAGES:
                page = self.client.get_records(ShardIterator=at)
                for record in page["Records"]:
                    if int(_number(record)) > int(where.last):
                        return
                    yield dict(record)
                    if _number(record) == where.last:
                        return
                empty = 0 if page["Records"] else empty + 1
                at = page.get("NextShardIterator")


@dataclass(frozen=True, slots=True)
class TakeAgain:
    """One message of the queue of unread changes, read once more and handled as the first time."""

    read: Callable[[Mapping[str, Any]], Sequence[Record]]
    """`ChangesAgain`."""
    handle: Callable[[Sequence[Record]], Handled]
    gate: Gate

    def __call__(self, message: Mapping[str, Any]) -> Taken:
        """What became of it."""
        if self.gate.is_closed:
            return Taken.FAILED
        try:
            records = self.read(message)
        except NotAPlace:
            return Taken.UNREADABLE
        except NoLongerThere:
            return Taken.NO_LONGER_THERE
        except Unavailable as error:
            unexpected("stream", error)
            return Taken.FAILED
        handled = self.handle(records)
        if handled.failed is not None:
            return Taken.FAILED
        return Taken.FAILED_AGAIN if handled.counts["put_aside"] else Taken.REPLAYED


def _where(message: Mapping[str, Any]) -> _Where:
    match message:
        case {"source": str(stream), "sequence_number": str(number)}:
            where = _Where(stream, number, number)
        case {
            "DDBStreamBatchInfo": {
                "streamArn": str(stream),
                "shardId": str(shard),
                "startSequenceNumber": str(first),
                "endSequenceNumber": str(last),
            }
        }:
            where = _Where(stream, first, last, shard)
        case _:
            raise NotAPlace
    if not all(number.isascii() and number.isdigit() for number in (where.first, where.last)):
        raise NotAPlace
    return where


def _number(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _handed_over(record: Mapping[str, Any], stream: str) -> Record:
    """As Lambda hands it over: seconds and not an instant, bytes as text, and which stream it is of."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    for image in ("Keys", "NewImage", "OldImage"):
        if image in change:
            change[image] = {name: _as_json(value) for name, value in change[image].items()}
    return {**record, "eventSourceARN": stream, "dynamodb": change}


def _as_json(value: Any) -> Any:
    """An attribute with its bytes in Base64."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {name: _as_json(inner) for name, inner in value.items()}
        case list():
            return [_as_json(inner) for inner in value]
        case _:
            return value
