"""The items of the Register: counted by reading all of them once, deleted, and looked for again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from shared.domain.destruction import Method, Remains, Stage
from shared.domain.errors import Unavailable
from shared.domain.plan import StepName
from shared.persistence.bookmarks import Bookmarks, Segment, forget_positions, positions
from shared.persistence.failures import not_there, translated
from shared.persistence.models import RegisterItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

    from shared.domain.destruction import TimeLeft
    from shared.domain.ports import SideBySide
    from shared.persistence.bookmarks import Position
    from shared.persistence.pace import Pace

SEGMENTS = 8
"""Read side by side; as many as `runtime.parallel` does pieces of work at once."""

MOST_OF_A_PAGE = 2000
"""Items read at once, if DynamoDB's megabyte holds as many: what a run that is killed does again is at most this."""

MOST_OF_A_BATCH = 25
"""Items of one BatchWriteItem."""

_ROUNDS_OF_A_BATCH = 10
"""How often what a batch left undone is asked for again before the store counts as unavailable."""

_ENOUGH_TO_SEE = 1000
"""Items read at once in search of any: the first is enough."""

_THROTTLED = frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"})

_NO_TABLE = "ResourceNotFoundException"

_NONE_LEFT = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterItems:
    """Implements `destruction.Place`: every item, live or hidden, whether it expires or not, in table and indexes.

    A run may be killed anywhere, repeated, or meet another: the counts stay right, and only time is lost. `time_left`
    has to leave room for one call. `models.bind` of the Directory comes first.
    """

    name: ClassVar[str] = "register-items"
    step: ClassVar[StepName] = StepName.ITEMS
    stage: ClassVar[Stage] = Stage.ORIGINALS
    method: ClassVar[Method] = Method.PURGE

    table: str
    client: DynamoDBClient
    pace: Pace
    """Items deleted a second, over all segments."""
    pause: Callable[[int], None]
    """Waits after the n-th time (from 0) that a batch was not done whole."""
    side_by_side: SideBySide
    segments: int = SEGMENTS
    most_of_a_page: int = MOST_OF_A_PAGE
    _counting: Bookmarks = field(init=False)
    _deleting: Bookmarks = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_counting", Bookmarks("count", self.segments))
        object.__setattr__(self, "_deleting", Bookmarks("delete", self.segments))

    def survey(self, time_left: TimeLeft) -> Mapping[str, int] | None:
        """How many of each kind. The Register is closed and nothing is written any more, so it can be read in parts."""
        segments = self.side_by_side(lambda number: self._count(number, time_left), range(self.segments))
        if not all(segment.is_done for segment in segments):
            return None
        if self._described() is None:
            return {"tables": 0}  # nobody can say any more what was in it
        total = sum((Counter(segment.counts) for segment in segments), Counter[str]())
        return dict(sorted(total.items()))

    def destroy(self, time_left: TimeLeft) -> None:
        """From where the last run stopped, to the end of each segment or of the time.

        What was written behind that place is met by the next run, which begins at the beginning.
        """
        segments = self.side_by_side(lambda number: self._delete(number, time_left), range(self.segments))
        if not any(segment.position for segment in segments):
            forget_positions()

    def remains(self) -> Sequence[Remains]:
        """By a consistent read of the whole table, until something is found: the count is at least so many.

        A bookmark holds a key of the Register, and is among what remains as long as it does.
        """
        found = {self.table: sum(self.side_by_side(self._any, range(self.segments))), "bookmarks": positions()}
        for index in self._indexes():
            found[f"{self.table}/index/{index}"] = self._any_of(IndexName=index)
        return [Remains(place=self.name, name=name, count=count) for name, count in found.items() if count]

    def _count(self, number: int, time_left: TimeLeft) -> Segment:
        segment = self._counting.read(number)
        while not segment.is_done and time_left() > _NONE_LEFT:
            items, after = self._page(number, segment.position, "pk", "sk", "kind")
            counts = Counter(segment.counts) + Counter(map(_kind, items))
            segment = self._counting.move(segment, after, counts, is_done=after is None)
        return segment

    def _delete(self, number: int, time_left: TimeLeft) -> Segment:
        segment = self._deleting.read(number)
        while time_left() > _NONE_LEFT:
            items, after = self._page(number, segment.position, "pk", "sk")
            reached = segment.position
            for some in batched(map(_key, items), MOST_OF_A_BATCH, strict=False):
                if time_left() <= _NONE_LEFT:
                    return self._move(segment, reached)
                self._delete_batch(some)
                reached = some[-1]
            segment = self._move(segment, after)
            if after is None:
                break
        return segment

    def _move(self, segment: Segment, position: Position | None) -> Segment:
        return segment if segment.position == position else self._deleting.move(segment, position, {})

    def _delete_batch(self, batch: Sequence[Position]) -> None:
        rest: Sequence[Any] = [{"DeleteRequest": {"Key": _as_key(position)}} for position in batch]
        for attempt in range(_ROUNDS_OF_A_BATCH):
            self.pace.take(len(rest))
            rest = self._not_deleted(rest)
            if not rest:
                return
            self.pause(attempt)
        raise Unavailable("BatchWriteItem: left items undone")

    def _not_deleted(self, requests: Sequence[Any]) -> Sequence[Any]:
        """What there was no capacity for."""
        with translated():
            try:
                answer = self.client.batch_write_item(RequestItems={self.table: requests})
            except ClientError as error:
                if error.response["Error"].get("Code") in _THROTTLED:
                    return requests
                raise
        return answer["UnprocessedItems"].get(self.table, ())

    def _page(
        self, number: int, after: Position | None, *names: str
    ) -> tuple[Sequence[Mapping[str, Any]], Position | None]:
        """One page of a segment, and after which item there may be more."""
        aliases = {f"#{name}": name for name in names}
        answer = self._scan(
            Segment=number,
            TotalSegments=self.segments,
            ConsistentRead=True,
            Limit=self.most_of_a_page,
            ProjectionExpression=", ".join(aliases),
            ExpressionAttributeNames=aliases,
            **({"ExclusiveStartKey": _as_key(after)} if after else {}),
        )
        last = answer.get("LastEvaluatedKey")
        return answer["Items"], _key(last) if last else None

    def _any(self, number: int) -> int:
        return self._any_of(Segment=number, TotalSegments=self.segments, ConsistentRead=True)

    def _any_of(self, **scan: Any) -> int:
        """How many items the first page holds that holds any."""
        start: dict[str, Any] = {}
        while True:
            answer = self._scan(Select="COUNT", Limit=_ENOUGH_TO_SEE, **scan, **start)
            last = answer.get("LastEvaluatedKey")
            if answer["Count"] or not last:
                return int(answer["Count"])
            start = {"ExclusiveStartKey": last}

    def _scan(self, **scan: Any) -> Any:
        """A page of what there is; of a table that somebody has deleted, an empty one."""
        with translated(), not_there(_NO_TABLE):
            return self.client.scan(TableName=self.table, **scan)
        return {"Items": [], "Count": 0}

    def _described(self) -> TableDescriptionTypeDef | None:
        """None if there is no such table any more, or it is going."""
        with translated(), not_there(_NO_TABLE):
            table = self.client.describe_table(TableName=self.table)["Table"]
            return None if table.get("TableStatus") == "DELETING" else table
        return None

    def _indexes(self) -> Iterator[str]:
        """The Register is made without; whoever adds one need not think of this."""
        table = self._described() or {}
        for index in (*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ())):
            yield index["IndexName"]


def _known_kinds() -> frozenset[str]:
    kinds = RegisterItem.kind
    classes = kinds.get_registered_subclasses(RegisterItem)
    return frozenset(str(kind) for kind in map(kinds.get_discriminator, classes) if kind)


_KINDS = _known_kinds()


def _kind(item: Mapping[str, Any]) -> str:
    """The kind of an item; `other` for what Signpost did not write, whose words have no place on a certificate."""
    kind = item.get("kind", {}).get("S")
    return kind if kind in _KINDS else "other"


def _key(item: Mapping[str, Any]) -> Position:
    return item["pk"]["S"], item["sk"]["S"]


def _as_key(position: Position) -> dict[str, Any]:
    pk, sk = position
    return {"pk": {"S": pk}, "sk": {"S": sk}}
