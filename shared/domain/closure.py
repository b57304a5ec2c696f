"""What is known of this closure: what was accepted, how far it has come, and what it takes to certify it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from shared.domain.certificate import KeyFate, OutOfReach
    from shared.domain.directory import Credential
    from shared.domain.lifecycle import Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The closure that a deployment was allowed to set. Expiry destroys for no other."""

    lifecycle: Lifecycle
    accepted_at: datetime
    announced_at: datetime | None
    """When a date was first set, or set again after it had been cleared; None while none is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """How many of what a place held before anything was destroyed."""

    counts: Mapping[str, int]
    at: datetime
    is_whole: bool = True
    """False if it had to be destroyed before it was counted, lest it be there still at the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """Where the certificate lies. Versions are the bucket's: what was written is never overwritten."""

    at: datetime
    sha256: str
    documents: Mapping[str, str] = field(default_factory=dict)
    """From the name of each document (`certificate.json`) to its version id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far destruction has come. Every instant is that of the first time."""

    closed_at: datetime | None = None
    """When expiry first found the register closed."""
    started_at: datetime | None = None
    surveyed: Mapping[str, Surveyed] = field(default_factory=dict)
    """By the name of the place."""
    emptied: Mapping[str, datetime] = field(default_factory=dict)
    """By the name of the place: when it was first found empty."""
    clients: int | None = None
    """Clients of the identity provider that closure deleted, as many as it first found. None while it has not looked."""
    outstanding: int | None = None
    """Credentials that had not come back at the last count after they were due."""
    certified: Certified | None = None


class ClosureKeeper(Protocol):
    """Remembers a closure, outside of what is destroyed. All notes are kept once, whoever is first; raises Unavailable."""

    def accepted(self) -> Accepted | None:
        """None before the first deployment."""

    def accept(self, accepted: Accepted) -> None:
        """In place of what was accepted before."""

    def progress(self) -> Progress:
        """Always fresh."""

    def note_closed(self, at: datetime) -> None:
        """Expiry has found the register closed."""

    def note_clients(self, count: int, at: datetime) -> None:
        """So many clients were there at closure, and are being deleted."""

    def note_started(self, at: datetime) -> None:
        """Destruction has begun."""

    def note_surveyed(self, place: str, surveyed: Surveyed) -> None:
        """A place was counted."""

    def note_emptied(self, place: str, at: datetime) -> None:
        """A place was found empty."""

    def note_refilled(self, place: str) -> None:
        """A place that was empty is not so any more: takes back `note_emptied`."""

    def note_outstanding(self, count: int) -> None:
        """The last count, in place of the one before."""

    def note_certified(self, certified: Certified) -> None:
        """The certificate was written."""

    def forget(self) -> None:
        """A closure was cleared or moved before destruction began: its progress is no more."""


class Clients(Protocol):
    """The identity provider, at closure."""

    def all(self) -> tuple[str, ...]:
        """The id of every client there is, known to the Directory or not."""

    def delete(self, client_id: str) -> None:
        """It gets no more tokens. Deleting twice is deleting once."""

    def disable_users(self) -> int:
        """Disables whoever can still sign in, and says how many there were. The pool is meant to have none."""


class Bus(Protocol):
    """Where dependent systems learn of what happens."""

    def tell(self, kind: str, detail: Mapping[str, str | int | None]) -> None:
        """One event, without anything personal. Raises Unavailable if it was not taken."""


class Told(Protocol):
    """Remembers what the bus was told, so that it is told once of each thing. Raises Unavailable.

    It is noted once it was told: who is stopped in between tells it again, and nothing is ever left untold.
    """

    def last(self, kind: str) -> str | None:
        """Of what an event of this kind told last: which closure, which day. None if there was none."""

    def note(self, kind: str, what: str) -> None:
        """An event of this kind has told of this."""


class Gauges(Protocol):
    """What the alarms look at, and the dashboard draws."""

    def show(
        self,
        *,
        at_risk: bool,
        overdue: bool,
        closes_in: timedelta | None = None,
        left: Mapping[str, int] | None = None,
    ) -> None:
        """Once in every run of expiry: its silence is an alarm, too. Raises Unavailable.

        `closes_in` while a closure is set, negative once it has come; `left` by place, once that is known for certain.
        """

    def show_feeds(self, ages: Mapping[str, timedelta]) -> None:
        """How old each organisation's data are, by its code. Raises Unavailable."""


class Signer(Protocol):
    """A key that outlives the register."""

    @property
    def key_id(self) -> str:
        """Which key it is, for the certificate."""

    def sign(self, document: bytes) -> bytes:
        """ECDSA over SHA-256, in DER, as `openssl dgst -sha256 -verify` reads it."""

    def has_signed(self, document: bytes, signature: bytes) -> bool:
        """Whether this is a signature of the document by this key, whoever asked for it, and whenever."""

    def public_key(self) -> str:
        """In PEM."""


class EncryptionKey(Protocol):
    """The key that opens what the register held."""

    def fate(self) -> KeyFate:
        """When it is deleted. Raises Unavailable, also while its deletion is not scheduled."""


class Elsewhere(Protocol):
    """Copies that were made with AWS's own means and lie where expiry may not delete."""

    def known(self) -> Sequence[OutOfReach]:
        """Those that AWS still lists, in an order of their own. Raises Unavailable."""


class Archive(Protocol):
    """Where the certificate is kept: what is written cannot be changed or removed."""

    def put(self, name: str, content: bytes, content_type: str) -> str:
        """Writes if nothing was ever written under this name. The version id of what was first written, by whomever."""

    def get(self, name: str, version: str) -> bytes:
        """What was written. Raises Unavailable."""


class Chaser(Protocol):
    """The Directory, as far as outstanding credentials go."""

    def outstanding(self) -> Sequence[Credential]:
        """Every credential that has not come back, oldest first."""
