"""How old the data are that organisations feed the register from."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from shared.domain.directory import Capability

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from shared.domain.directory import Organisation


def feed_ages(organisations: Iterable[Organisation], now: datetime) -> dict[str, timedelta]:
    """By the organisation's code: how long ago the day ended of which its last whole extract was, at least none.

    Of those that feed: that may register, say where they cover, and have sent an extract before. Who has not begun yet is
    not late, and who has stopped for good covers nothing any more.
    """
    return {
        organisation.code: max(now - _end_of(day), timedelta())
        for organisation in organisations
        if _feeds(organisation) and (day := organisation.coverage.current_as_of)
    }


def _feeds(organisation: Organisation) -> bool:
    may_register = Capability.REGISTER in organisation.permissions.capabilities and not organisation.suspended
    return may_register and bool(organisation.coverage.districts)


def _end_of(day: date) -> datetime:
    """In UTC: an hour of summer is nobody's concern here."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)
