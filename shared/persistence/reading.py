"""Reading the Register: always strongly consistent. What has an `expires_at` in the past is gone for every reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.domain.errors import Unavailable
from shared.persistence import keys
from shared.persistence.failures import translated
from shared.persistence.models import MatchKeyItem, RegisterItem

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

_ROUNDS_OF_A_BATCH = 4
"""How often what a batch left out is asked for again before the store counts as unavailable."""


def get(wanted: Sequence[Key]) -> list[RegisterItem]:
    """Up to 100 items by their keys. Raises Unavailable if the store goes on leaving some out.

    PynamoDB's own batch_get would ask for those again for ever.
    """
    connection = RegisterItem._get_connection()  # noqa: SLF001  # the one made by models.bind
    rest: list[Any] = [{"pk": pk, "sk": sk} for pk, sk in wanted]
    found: list[RegisterItem] = []
    for _ in range(_ROUNDS_OF_A_BATCH):
        if not rest:
            return found
        with translated():
            answer = connection.batch_get_item(rest, consistent_read=True)
        found += map(RegisterItem.from_raw_data, answer["Responses"].get(connection.table_name, ()))
        left_out = answer.get("UnprocessedKeys", {}).get(connection.table_name, {}).get("Keys", ())
        rest = [{name: value["S"] for name, value in key.items()} for key in left_out]
    if rest:
        message = "the store left out items of a batch"
        raise Unavailable(message)
    return found


def rows_of(key: str, now: datetime) -> list[RegisterItem]:
    """The live ones of the first match rows of a match key or number: one call, however many are hidden."""
    with translated():
        found = MatchKeyItem.query(
            key,
            MatchKeyItem.sk.startswith(keys.ROWS),
            is_not_expired(now),
            consistent_read=True,
            page_size=MOST_ROWS_OF_A_KEY,
        )
        first_page = next(found.page_iter)
    return [RegisterItem.from_raw_data(row) for row in first_page["Items"]]


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
