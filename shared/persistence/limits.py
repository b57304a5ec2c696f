"""How often has been asked: a token bucket for each client and each of its practitioners, one number each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.domain.errors import AskedTooOften, Unavailable
from shared.domain.limits import milliseconds
from shared.persistence import keys
from shared.persistence.client import client_of
from shared.persistence.failures import translated
from shared.persistence.models import LimitItem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from shared.domain.limits import Allowances, Bucket
    from shared.persistence.hashed_keys import RegisterKeys

LEASED_FOR = timedelta(seconds=2)
"""How long what was taken for a client beforehand is good for: so much earlier it may have been counted than it is used."""
MOST_LEASED = 16
"""Questions. One instance of a function answers some 20 in two seconds."""
NOT_ASKED_FOR = timedelta(seconds=5)
"""How long a store that did not answer is left alone, so that not every question waits for it. Nobody is refused then."""
_KEPT_SECONDS = 24 * 60 * 60
"""After a bucket is full again: far longer than two clocks differ, and than what was charged takes."""
_MOST_REMEMBERED = 10_000
"""Clients with a lease, and practitioners who were refused."""
_IS_FULL = "attribute_not_exists(pk) OR tat <= :now"
_ENOUGH_IS_LEFT = "tat > :now AND tat <= :latest"
_SOMEBODY_TOOK = "tat > :now"


@dataclass(slots=True)
class _Lease:
    """Of `size` questions that were counted for a client at once, `left` have not been asked yet."""

    size: int
    left: int
    until: datetime


@dataclass(slots=True)
class DynamoLimits:
    """Implements `ports.Limits`. `unanswered` is told of a store that did not answer, and so refused nobody.

    One write for a practitioner who has not asked for as long as a question counts, two in a burst. For clients several
    questions are counted at once, the more the faster they come, by a write beside the practitioner's: in any time a client
    asks no more than it may in that time and LEASED_FOR. A practitioner who is refused uses up nothing of the client's:
    what was counted for it is left to the client's next question, and until there is a token again it is refused without
    counting. A store that did not answer in one try is not asked for NOT_ASKED_FOR.
    """

    keys: RegisterKeys
    allowances: Allowances
    all_of: Callable[[Sequence[Callable[[], int | None]]], Sequence[int | None]]
    unanswered: Callable[[Unavailable], None]
    _leases: dict[str, _Lease] = field(default_factory=dict, init=False)
    _refused: dict[str, int] = field(default_factory=dict, init=False)
    """When the bucket of a practitioner who was refused will be full; later, if others have taken of it since."""
    _silent_until: datetime | None = field(default=None, init=False)

    def spend(self, client_id: str, practitioner_id: str | None, now: datetime) -> None:
        """See the port."""
        if self._is_silent(now):
            return
        practitioner = None if practitioner_id is None else self._practitioner(client_id, practitioner_id, now)
        if practitioner and (wait := self._goes_on_waiting(practitioner)):
            raise AskedTooOften(wait)
        is_leased = self._is_leased(client_id, now)
        counted: list[Callable[[], int | None]] = [] if is_leased else [partial(self._of_client, client_id, now)]
        if practitioner:
            counted.append(partial(self._of_practitioner, practitioner))
        waits = self.all_of(counted)
        if practitioner and waits[-1] is not None and (is_leased or waits[0] is None):
            self._leases[client_id].left += 1
        if refused := [wait for wait in waits if wait is not None]:
            raise AskedTooOften(max(refused))

    def charge(self, client_id: str, practitioner_id: str | None, now: datetime) -> None:
        """See the port. This may leave the bucket less than empty: the next question then waits the longer."""
        more = self.allowances.nothing_found_costs - 1
        if not more or self._is_silent(now):
            return
        if practitioner_id is None:
            row = self._client(client_id, now)
        else:
            row = self._practitioner(client_id, practitioner_id, now)
        try:
            if row.move_on(more, _SOMEBODY_TOOK) is not None:
                row.begin(more)
        except Unavailable as error:
            self._unanswered(error, now)

    def _is_silent(self, now: datetime) -> bool:
        return self._silent_until is not None and now < self._silent_until

    def _unanswered(self, error: Unavailable, now: datetime) -> None:
        self._silent_until = now + NOT_ASKED_FOR
        self.unanswered(error)

    def _practitioner(self, client_id: str, practitioner_id: str, now: datetime) -> _Row:
        key = self.keys.practitioner_limit(client_id, practitioner_id)
        return _Row(key, self.allowances.practitioner, now)

    def _client(self, client_id: str, now: datetime) -> _Row:
        return _Row(keys.client_limit(client_id), self.allowances.client, now)

    def _goes_on_waiting(self, row: _Row) -> int | None:
        """In how many seconds there is a token again, of one who was refused; None if that may be by now."""
        full_at = self._refused.get(row.key)
        if full_at is None:
            return None
        if row.bucket.after(full_at, row.now, 1) is None:
            return row.bucket.wait(full_at, row.now)
        del self._refused[row.key]
        return None

    def _of_practitioner(self, row: _Row) -> int | None:
        """In how many seconds to try again; None if the question may be asked."""
        full_at = self._take(row, 1)
        if full_at is None:
            return None
        if len(self._refused) >= _MOST_REMEMBERED:
            self._refused.clear()
        self._refused[row.key] = full_at
        return row.bucket.wait(full_at, row.now)

    def _is_leased(self, client_id: str, now: datetime) -> bool:
        """Whether this question has been counted for the client already."""
        lease = self._leases.get(client_id)
        if lease is None or not lease.left or now >= lease.until:
            return False
        lease.left -= 1
        return True

    def _of_client(self, client_id: str, now: datetime) -> int | None:
        """In how many seconds to try again; None if the question may be asked."""
        before = self._leases.get(client_id)
        is_busy = before is not None and now < before.until  # used up before its time
        size = min(2 * before.size, MOST_LEASED, self.allowances.client.size) if before and is_busy else 1
        row = self._client(client_id, now)
        full_at = self._take(row, size)
        if full_at is not None and size > 1:
            size = 1  # what is left may be less than a lease
            full_at = self._take(row, size)
        if full_at is not None:
            return row.bucket.wait(full_at, row.now)
        if len(self._leases) >= _MOST_REMEMBERED:
            self._leases.clear()
        self._leases[client_id] = _Lease(size, size - 1, now + LEASED_FOR)
        return None

    def _take(self, row: _Row, tokens: int) -> int | None:
        """When the bucket will be full, if so many are not there; None if they were, or if the store did not answer."""
        try:
            full_at = row.begin(tokens)
            if full_at is not None and row.bucket.after(full_at, row.now, tokens) is not None:
                full_at = row.move_on(tokens, _ENOUGH_IS_LEFT)
        except Unavailable as error:
            self._unanswered(error, row.at)
            return None
        return full_at


@dataclass(frozen=True, slots=True)
class _Row:
    """One bucket in the table. Both writes answer None; or, if their condition failed, when the bucket will be full."""

    key: str
    bucket: Bucket
    at: datetime

    @property
    def now(self) -> int:
        return milliseconds(self.at)

    def begin(self, tokens: int) -> int | None:
        """Takes from a bucket that is full."""
        return self._write("tat = :tat", _IS_FULL, tat=self.now + self.bucket.cost(tokens), now=self.now)

    def move_on(self, tokens: int, condition: str) -> int | None:
        """Takes from a bucket from which others have taken."""
        values = {"cost": self.bucket.cost(tokens), "now": self.now}
        if condition == _ENOUGH_IS_LEFT:
            values["latest"] = self.bucket.latest(self.now, tokens)
        return self._write("tat = tat + :cost", condition, **values)

    def _write(self, action: str, condition: str, **values: int) -> int | None:
        # by the client itself: PynamoDB has no way to ask what an item was like that failed a condition
        values["expires_at"] = (self.now + self.bucket.cost(self.bucket.size)) // 1000 + _KEPT_SECONDS
        numbers: dict[str, AttributeValueTypeDef] = {f":{name}": {"N": str(value)} for name, value in values.items()}
        client = client_of(LimitItem)
        with translated():
            try:
                client.update_item(
                    TableName=LimitItem.Meta.table_name,
                    Key={"pk": {"S": self.key}},
                    UpdateExpression=f"SET {action}, expires_at = :expires_at",
                    ConditionExpression=condition,
                    ExpressionAttributeValues=numbers,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except client.exceptions.ConditionalCheckFailedException as error:
                failed: dict[str, Any] = dict(error.response)
                return int(failed.get("Item", {}).get("tat", {}).get("N", self.now))
        return None
