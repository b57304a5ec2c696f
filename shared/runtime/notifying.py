"""Records of the tables' streams, one after the other: to notices, and notices that were put to the bus.

What nobody can read is put aside and holds nothing back. What fails because a store does not answer, or for want of
time, comes again, and all behind it, in order: whatever was done before is recognised, so nothing is told twice.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched, groupby
from typing import TYPE_CHECKING, Protocol

from shared.domain.conflicts import Conflict
from shared.domain.errors import Unavailable
from shared.domain.notices import Notice
from shared.persistence import codec
from shared.persistence.changes import UnreadableChange, told_by, written_at
from shared.runtime.bus import MOST_AT_ONCE
from shared.runtime.observability import unexpected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.domain.causes import Event
    from shared.domain.destruction import TimeLeft
    from shared.domain.ports import Clock
    from shared.runtime.unread import Aside, Record
    from shared.services.gate import Gate

NOTICE = "notice"
"""The kind of event that tells of a notice."""

TO_PUT_THEM = timedelta(seconds=45)
"""Of the time that is left, what is kept for one record more, and for putting what was made of those before it."""


class Notifies(Protocol):
    """All that is needed of `notify.Notify`. Each method raises Unavailable and Conflict: the same may come again."""

    def made_of(self, event: Event) -> Sequence[Notice]:
        """The notices of one event."""

    def put(self, made: Sequence[Notice]) -> object:
        """Puts the notices of some events, made in their order."""


class Bus(Protocol):
    """All that is needed of `bus.EventBus`."""

    def tell_in_order(self, kind: str, details: Sequence[Mapping[str, str]]) -> int:
        """How many were taken, up to the first that was not. Raises Unavailable."""


@dataclass(slots=True)
class Handled:
    """What became of some records. `failed` is the number of the first that has to come again, and all behind it."""

    failed: str | None = None
    lag: timedelta | None = None
    """How long ago the oldest of them was written."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many events were `handled`, notices `told`, and records `put_aside`."""


class _ComesAgain(Exception):
    """A store did not answer, or the time is over: this record, and all behind it, are to come again."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.number = str(record["dynamodb"]["SequenceNumber"])


@dataclass(frozen=True, slots=True)
class _Unread:
    """A record that tells nothing that anybody can read, and how that showed."""

    error: Exception


type _Read = tuple[Record, Event | Notice | _Unread | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifying:
    """Nothing is done, and nothing fails, once the register is closed."""

    notify: Notifies
    bus: Bus
    aside: Aside
    gate: Gate
    clock: Clock

    def __call__(self, records: Sequence[Record], time_left: TimeLeft) -> Handled:
        """In order, up to the first that fails, or for which there is no time."""
        handled = Handled(lag=self._lag(records))
        if self.gate.is_closed:
            return handled
        read = [_read(record) for record in records]
        try:
            for are_notices, run in groupby(read, lambda one: isinstance(one[1], Notice)):
                if are_notices:
                    for some in batched(run, MOST_AT_ONCE, strict=False):
                        self._tell(some, handled, time_left)
                else:
                    self._handle(list(run), handled, time_left)
        except _ComesAgain as stopped:
            handled.failed = stopped.number
        return handled

    def _tell(self, some: Sequence[_Read], handled: Handled, time_left: TimeLeft) -> None:
        if time_left() < TO_PUT_THEM:
            raise _ComesAgain(some[0][0])
        notices = [told for _, told in some if isinstance(told, Notice)]
        try:
            taken = self.bus.tell_in_order(NOTICE, [_detail(notice) for notice in notices])
        except Unavailable as error:
            unexpected("bus", error)
            raise _ComesAgain(some[0][0]) from error
        handled.counts["told"] += taken
        if taken < len(some):
            raise _ComesAgain(some[taken][0])

    def _handle(self, run: Sequence[_Read], handled: Handled, time_left: TimeLeft) -> None:
        """Puts what all of them tell at once, so that an organisation's notices are one write and not many.

        What is put aside is so only once nothing before it has to come again: else it would be, again and again.
        """
        made: dict[int, Sequence[Notice]] = {}
        unread: dict[int, Exception] = {}
        stop = len(run)
        for place, (_, told) in enumerate(run):
            if time_left() < TO_PUT_THEM:
                stop = place
                break
            if isinstance(told, _Unread):
                unread[place] = told.error
            elif told is not None and not isinstance(told, Notice):
                try:
                    made[place] = self.notify.made_of(told)
                except (Unavailable, Conflict) as error:
                    unexpected("event", error)
                    stop = place
                    break
                except Exception as error:  # noqa: BLE001  # a rule of ours fails on it, whenever it comes: others wait
                    unread[place] = error
        failed = self._put(made, unread, handled)
        stop = stop if failed is None else failed
        for place in sorted(unread):
            if place < stop:
                self._put_aside(run[place][0], unread[place], handled)
        if stop < len(run):
            raise _ComesAgain(run[stop][0])

    def _put(self, made: Mapping[int, Sequence[Notice]], unread: dict[int, Exception], handled: Handled) -> int | None:
        """The place of the first that has to come again, if any has to."""
        try:
            self.notify.put([notice for one in made.values() for notice in one])
        except (Unavailable, Conflict) as error:
            unexpected("notices", error)
            return next((place for place, one in made.items() if one), 0)
        except Exception as error:  # noqa: BLE001  # one of them cannot be put, whenever it comes: the others wait
            unexpected("notices", error)
            return self._put_each(made, unread, handled)
        handled.counts["handled"] += len(made)
        return None

    def _put_each(
        self, made: Mapping[int, Sequence[Notice]], unread: dict[int, Exception], handled: Handled
    ) -> int | None:
        for place, one in made.items():
            try:
                self.notify.put(one)
                handled.counts["handled"] += 1
            except (Unavailable, Conflict) as error:
                unexpected("notices", error)
                return place
            except Exception as error:  # noqa: BLE001  # as above: now it is known which one
                unread[place] = error
        return None

    def _put_aside(self, record: Record, because: Exception, handled: Handled) -> None:
        unexpected("record", because)
        try:
            self.aside.put(record)
        except Unavailable as error:
            unexpected("put aside", error)
            raise _ComesAgain(record) from error
        handled.counts["put_aside"] += 1

    def _lag(self, records: Sequence[Record]) -> timedelta | None:
        written = []
        for record in records:
            with suppress(UnreadableChange):
                written.append(written_at(record))
        return self.clock() - min(written) if written else None


def _read(record: Record) -> _Read:
    try:
        return record, told_by(record)
    except UnreadableChange as error:
        return record, _Unread(error)


def _detail(notice: Notice) -> dict[str, str]:
    """All that an event says of a notice. What it is about, its organisation asks for with its id."""
    return {
        "notice_id": notice.notice_id,
        "kind": notice.kind.value,
        "at": codec.text_of(notice.at),
        "organisation": notice.organisation,
    }
