"""Reading the Register: always strongly consistent. What has an `expires_at` in the past is gone for every reader."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.domain.errors import Unavailable
from shared.persistence import keys
from shared.persistence.client import client_of
from shared.persistence.failures import translated
from shared.persistence.models import RegisterItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from pynamodb.expressions.condition import Condition

type Key = tuple[str, str]
type SideBySide = Callable[[Sequence[Callable[[], list[RegisterItem]]]], Iterable[list[RegisterItem]]]
"""Does reads side by side and gives their results in order."""

MOST_ROWS_OF_A_KEY = 400
"""Rows read of one match key, hidden ones that await their removal included: what a hot key can cost at most."""

MOST_OF_A_BATCH = 100
"""Items of one BatchGetItem."""

HIDDEN_BY = timedelta(minutes=1)
"""How far into the past what is hidden is stamped: longer than any request takes and any two clocks differ, so that a
write which relied on it, by an earlier or a slower clock, fails its condition and looks again."""

_ROUNDS_OF_A_BATCH = 4
"""How often what a batch left out is asked for again before the store counts as unavailable."""


def get(wanted: Sequence[Key]) -> list[RegisterItem]:
    """Up to 100 items by their keys. Raises Unavailable if the store goes on leaving some out.

    PynamoDB's own batch_get would ask for those again for ever.
    """
    table = RegisterItem.Meta.table_name
    rest: list[Any] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted]
    found: list[RegisterItem] = []
    for _ in range(_ROUNDS_OF_A_BATCH):
        if not rest:
            return found
        with translated():
            answer = client_of(RegisterItem).batch_get_item(
                RequestItems={table: {"Keys": rest, "ConsistentRead": True}}
            )
        found += map(RegisterItem.from_raw_data, answer["Responses"].get(table, ()))
        left_out = answer.get("UnprocessedKeys", {})
        rest = list(left_out[table]["Keys"]) if table in left_out else []
    if rest:
        message = "the store left out items of a batch"
        raise Unavailable(message)
    return found


def rows_of(key: str, now: datetime) -> list[RegisterItem]:
    """The live ones of the first match rows of a match key or number: one call, however many are hidden."""
    with translated():
        first_page = client_of(RegisterItem).query(
            TableName=RegisterItem.Meta.table_name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :rows)",
            FilterExpression="attribute_not_exists(expires_at) OR expires_at > :now",
            ExpressionAttributeValues={
                ":pk": {"S": key},
                ":rows": {"S": keys.ROWS},
                ":now": {"N": RegisterItem.expires_at.serialize(now)},
            },
            ConsistentRead=True,
            Limit=MOST_ROWS_OF_A_KEY,
        )
    return [RegisterItem.from_raw_data(row) for row in first_page["Items"]]


def partition(key: str) -> list[RegisterItem]:
    """All that lies under a key, what is hidden included: one call for a megabyte."""
    items: list[RegisterItem] = []
    asked: dict[str, Any] = {
        "TableName": RegisterItem.Meta.table_name,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": key}},
        "ConsistentRead": True,
    }
    while True:
        with translated():
            page = client_of(RegisterItem).query(**asked)
        items += map(RegisterItem.from_raw_data, page["Items"])
        if "LastEvaluatedKey" not in page:
            return items
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def live[I: RegisterItem](items: Iterable[I], now: datetime) -> list[I]:
    """Those that have not expired."""
    return [item for item in items if is_live(item, now)]


def is_live(item: RegisterItem, now: datetime) -> bool:
    """Whether it has not expired, swept or not."""
    expires_at: datetime | None = item.expires_at
    return expires_at is None or expires_at > now


def is_not_expired(now: datetime) -> Condition:
    """The same, as a condition."""
    unexpired: Condition = RegisterItem.expires_at.does_not_exist() | (RegisterItem.expires_at > now)
    return unexpired
