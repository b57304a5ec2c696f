"""Looks through the access log for who calls: systems that nobody has written down are those that break at closure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.accesses import FEED, HOUR, OPERATOR, hour_of, read_hour
from shared.domain.dependents import CallerSeen
from shared.domain.directory import NOBODY
from shared.domain.sealing import SETTLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from shared.domain.accesses import AccessReading
    from shared.domain.dependents import Callers
    from shared.domain.ports import Clock
    from shared.domain.sealing import Seals

LOOKED_BACK = timedelta(days=90)
"""How far the first look goes back, and the first after a pause: a system that calls once a term is found."""
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCallers:
    """Killed anywhere, run again, or by two at once, it notes the same."""

    reading: AccessReading
    seals: Seals
    callers: Callers
    clock: Clock

    def __call__(self, time_left: Callable[[], timedelta]) -> int:
        """Notes who called in every hour that was not looked through, the one under way too, while time is left.

        How many hours were looked through. An hour counts as done when nothing can be added to it any more. Before the
        first sealed hour nothing was recorded. Raises Unavailable: the next run goes on.
        """
        now = self.clock()
        settled, latest = hour_of(now - SETTLED) - HOUR, hour_of(now)
        looked = 0
        for hour in self._hours(settled, latest):
            if time_left() <= _NONE:
                break
            self.callers.note_callers(self._seen_in(hour))
            if hour <= settled:
                self.callers.note_through(hour)
            looked += 1
        return looked

    def _hours(self, settled: datetime, latest: datetime) -> Iterator[datetime]:
        hour = self._first(settled, latest)
        while hour <= latest:
            yield hour
            hour += HOUR

    def _first(self, settled: datetime, latest: datetime) -> datetime:
        earliest = hour_of(latest - LOOKED_BACK)
        if done := self.callers.noted_through():
            return max(done + HOUR, earliest)
        sealed = (_read(signed.hour) for signed in self.seals.between(None, settled))
        return max(next(filter(None, sealed), latest), earliest)

    def _seen_in(self, hour: datetime) -> list[CallerSeen]:
        """By client. Its times are those of the hour: nobody needs them nearer."""
        seen = {record.client_id: record.organisation for record in self.reading.of_hour(hour)}
        return [
            CallerSeen(client_id=client_id, organisation=organisation, first=hour, last=hour)
            for client_id, organisation in sorted(seen.items())
            if client_id not in {FEED, OPERATOR} and organisation != NOBODY.code
        ]


def _read(hour: str) -> datetime | None:
    """None for what `verify` will find: a seal that is none of ours."""
    with suppress(ValueError):
        return read_hour(hour)
    return None
