"""How often may be asked: a token bucket, kept as one number.

The generic cell rate algorithm (ITU-T I.371, annex A): of a bucket nothing is kept but the instant at which it will be
full again, the theoretical arrival time. A question moves that instant on by the time that one token takes to come back;
it is refused if the instant would lie further ahead than a bucket takes to fill. So the bucket is one number, and a
question one conditional write.

Instants and times are in whole milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import datetime

_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE


def milliseconds(at: datetime) -> int:
    """An instant in milliseconds of the epoch."""
    return int(at.timestamp() * _SECOND)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Holds `size` tokens when it is full, and one more comes back every `interval` milliseconds.

    In any time it gives no more than `size` tokens and those that come back in that time.
    """

    interval: int
    size: int

    def __post_init__(self) -> None:
        if self.interval < 1 or self.size < 1:
            message = "a bucket holds a token at least, and gives at most a thousand in a second"
            raise ValueError(message)

    @classmethod
    def of(cls, tokens: int, time: int, size: int) -> Self:
        """So many tokens in a time. Raises ValueError for fewer than one, or for more than one a millisecond."""
        if tokens < 1:
            message = "a limit is one question at least"
            raise ValueError(message)
        return cls(ceil(time / tokens), size)

    def cost(self, tokens: int) -> int:
        """How far so many tokens move the instant on."""
        return tokens * self.interval

    def latest(self, now: int, tokens: int) -> int:
        """The latest instant of being full at which so many tokens are there now."""
        return now + self.cost(self.size - tokens)

    def after(self, full_at: int | None, now: int, tokens: int) -> int | None:
        """When it is full again once so many tokens are taken, or None if there are not so many now.

        `full_at` is when it is full as it stands, None if nobody ever took any.
        """
        start = now if full_at is None else max(full_at, now)
        return start + self.cost(tokens) if start <= self.latest(now, tokens) else None

    def wait(self, full_at: int, now: int) -> int:
        """In how many seconds there is a token again: one at least, so that nobody tries at once."""
        return max(1, ceil((full_at - self.latest(now, 1)) / _SECOND))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """How often a practitioner, and a client system with all its practitioners, may ask."""

    practitioner: Bucket
    client: Bucket
    nothing_found_costs: int
    """As how many questions one counts that found nothing: whoever fishes finds nothing again and again."""

    def __post_init__(self) -> None:
        if self.nothing_found_costs < 1:
            message = "a question counts as one at least"
            raise ValueError(message)

    @classmethod
    def configured(
        cls, *, practitioner_an_hour: int, practitioner_burst: int, client_a_minute: int, nothing_found_costs: int
    ) -> Self:
        """From the parameters of the deployment. A client may ask all that a minute allows at once. Raises ValueError."""
        return cls(
            practitioner=Bucket.of(practitioner_an_hour, _HOUR, practitioner_burst),
            client=Bucket.of(client_a_minute, _MINUTE, client_a_minute),
            nothing_found_costs=nothing_found_costs,
        )
