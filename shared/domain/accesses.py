"""Reading the access log: an hour at a time, to seal and to score it; or all that were asked about a child."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from shared.domain.access import Shown
from shared.domain.directory import Capability

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.domain.access import AccessRecord
    from shared.domain.directory import Caller

HOUR = timedelta(hours=1)

AUDIT = ("audit", "uk_gdpr_article_5_2")
"""Purpose and legal basis of who reads the log: whoever holds data must be able to show that it is used lawfully."""
FEED = "feed"
"""Stands for the client where an extract was taken in that its organisation dropped."""
OPERATOR = "operator"
"""Stands for organisation and client where who runs the register asked. No organisation's code has small letters."""


@dataclass(frozen=True, slots=True)
class Logged:
    """What lies in an hour of the log: the key by which it stands there, and every byte that is sealed.

    `content` is the item as DynamoDB stores it, in canonical JSON; `kept_until` is when retention removes it, None if
    never, which is so of no record that we wrote. What is not `in_place` lies under a key that no record has, and is not
    sealed. What is not `is_record` is none of ours, whatever it says.
    """

    key: str
    content: bytes
    kept_until: datetime | None
    in_place: bool = True
    is_record: bool = True


@dataclass(frozen=True, slots=True)
class AccessPage:
    """Access records, the latest first. `next` asks for the rest, None at the end."""

    records: Sequence[AccessRecord]
    next: str | None


class AccessReading(Protocol):
    """The access log, read. Methods raise Unavailable if the store does not answer, iterators as they go on."""

    def of_hour(self, hour: datetime) -> Iterator[AccessRecord]:
        """The records of an hour (its first instant, UTC), in order of time; no more than a few pages held at once.

        What is no record of ours is passed over.
        """

    def logged_in(self, hour: datetime) -> Iterator[Logged]:
        """All that lies there, in the order of the keys, what is no record, too."""

    def first_hour(self) -> datetime | None:
        """The hour of the oldest record, None if there is none. Reads the whole log: for the first seal only."""

    def of_child(self, child_ids: Sequence[str], after: str | None, limit: int) -> AccessPage:
        """Who asked about a child under any of these ids. What was written a moment ago may be missing still.

        Only what `verify` looks at is told: records under their own keys, from the first sealed hour on.
        """


def hour_of(at: datetime) -> datetime:
    """The hour (UTC) that an instant is in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_text(hour: datetime) -> str:
    """`2026-11-20T09`: how an hour is written in keys, names and answers."""
    return f"{hour.astimezone(UTC):%Y-%m-%dT%H}"


def read_hour(text: str) -> datetime:
    """What `hour_text` wrote. Raises ValueError, without what was given."""
    with suppress(ValueError):
        hour = datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC)
        if hour_text(hour) == text:
            return hour
    message = "give an hour (UTC) as 2026-11-20T09"
    raise ValueError(message)


def for_auditor(record: AccessRecord, caller: Caller) -> AccessRecord:
    """A record as an auditor may read it.

    That sensitive services were shown tells that there are some, which nobody may learn who may not broker.
    """
    if record.shown == Shown.WITH_SENSITIVE_SERVICES and not caller.may(Capability.BROKER):
        return replace(record, shown=Shown.CHILD_AND_INVOLVEMENTS)
    return record
