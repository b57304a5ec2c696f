"""What is to be done and told while a register is closing and once it is closed, but for its destruction."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.duration import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from shared.domain.closure import Bus, Certified, Chaser, Clients, ClosureKeeper, Told
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.ports import Clock


class Event(StrEnum):
    """The kinds of events that dependent systems may wait for: each tells of one thing once."""

    ANNOUNCED = "ClosureAnnounced"
    """A date was set, or moved."""
    CLEARED = "ClosureCleared"
    """The date that was set is none any more."""
    CLOSED = "RegisterClosed"
    OUTSTANDING = "CredentialsOutstanding"
    """Once a day, from when they were due until all are in."""
    STARTED = "DestructionStarted"
    OVERDUE = "DestructionOverdue"
    """Once a day, from the deadline on until it is certified that nothing is left."""
    DESTROYED = "RegisterDestroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Tells whoever depends on the register of its closure, and of each thing once. Methods raise Unavailable.

    Stopped between telling and noting that, it tells again: nothing is left untold.
    """

    lifecycle: Lifecycle
    bus: Bus
    told: Told

    def __call__(self) -> None:
        """That a date is set, or moved, or none any more."""
        if self.lifecycle.closes_at:
            self._tell(Event.ANNOUNCED, "closure", self._closure, {})
        else:
            self._tell(Event.CLEARED, "closure", "", {})

    def closed(self) -> None:
        """That access has ended."""
        self._tell(Event.CLOSED, Event.CLOSED, self._closure, {})

    def outstanding(self, count: int, organisations: Iterable[str], day: date) -> None:
        """How many credentials have not come back, and from which organisations: once a day."""
        codes = ",".join(sorted({*organisations}))
        detail: dict[str, str | int | None] = {"count": count, "organisations": codes}
        self._tell(Event.OUTSTANDING, Event.OUTSTANDING, day.isoformat(), detail)

    def started(self, at: datetime) -> None:
        """That destruction has begun."""
        self._tell(Event.STARTED, Event.STARTED, self._closure, {"started_at": at.isoformat()})

    def overdue(self, now: datetime, left: int | None) -> None:
        """That the deadline has passed and nothing certifies yet that all is gone: once a day.

        `left` is how many things were found and named; None if none was, or nobody could look.
        """
        self._tell(Event.OVERDUE, Event.OVERDUE, day_of(now).isoformat(), {"left": left})

    def destroyed(self, certified: Certified) -> None:
        """That nothing is left, and which certificate says so."""
        detail = {"certified_at": certified.at.isoformat(), "certificate_sha256": certified.sha256}
        self._tell(Event.DESTROYED, Event.DESTROYED, certified.sha256, detail)

    def _tell(self, event: Event, about: str, what: str, detail: Mapping[str, str | int | None]) -> None:
        if (self.told.last(about) or "") != what:
            self.bus.tell(event, {**self._dates, **detail})
            self.told.note(about, what)

    @property
    def _dates(self) -> dict[str, str | None]:
        closes_at, deadline = self.lifecycle.closes_at, self.lifecycle.deadline
        return {
            "closes_at": closes_at.isoformat() if closes_at else None,
            "destroyed_by": deadline.isoformat() if deadline else None,
            "successor": self.lifecycle.successor_url,
        }

    @property
    def _closure(self) -> str:
        """Which closure it is, by all that is told of it."""
        return " ".join(filter(None, self._dates.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The use case of a closed register, and its ports."""

    lifecycle: Lifecycle
    keeper: ClosureKeeper
    clients: Clients
    chaser: Chaser
    announce: Announce
    clock: Clock

    def __call__(self) -> None:
        """Notes and tells that access has ended, sees to it that nobody gets a token, and chases credentials.

        Every run looks again, and so a client that was made since goes, too. Raises Unavailable once all is tried.
        """
        with ExitStack() as parts:  # each is done, whatever became of those before it
            parts.callback(self._chase)
            parts.callback(self.clients.disable_users)
            parts.callback(self._delete_clients)
            parts.callback(self.announce.closed)
            parts.callback(self._note)

    def _note(self) -> None:
        if self.keeper.progress().closed_at is None:
            self.keeper.note_closed(self.clock())

    def _delete_clients(self) -> None:
        found = self.clients.all()
        if self.keeper.progress().clients is None:
            self.keeper.note_clients(len(found), self.clock())  # the certificate says how many there were
        with ExitStack() as parts:
            for client_id in found:
                parts.callback(self.clients.delete, client_id)

    def _chase(self) -> None:
        """Counts the credentials that are due and have not come back, and tells of them once a day."""
        now, due = self.clock(), self.lifecycle.credentials_due
        if due is None or now < due:
            return
        outstanding = self.chaser.outstanding()
        if self.keeper.progress().outstanding != len(outstanding):
            self.keeper.note_outstanding(len(outstanding))
        if outstanding:
            codes = (credential.organisation for credential in outstanding)
            self.announce.outstanding(len(outstanding), codes, day_of(now))
