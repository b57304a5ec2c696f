"""Sealing the access log: a hash over each hour's records, chained to that of the hour before, and signed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from shared.domain.accesses import hour_text, read_hour
from shared.domain.certificate_bytes import canonical, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETTLED = timedelta(minutes=10)
"""How long after its end an hour is sealed. A record bears the instant of the question. Functions that answer the API are
stopped after half a minute; the access function may run for longer, but records an instruction before it carries it out."""

FORMAT = 1
"""The version of what a seal says. Counts up when that changes."""


# An hour, record by record


@dataclass(frozen=True, slots=True)
class Leaf:
    """A record by its key in the log, and the hash of all that it says. The key ends with its access id."""

    key: str
    digest: bytes

    @property
    def access_id(self) -> str:
        """Of the record."""
        return self.key.rpartition("#")[2]

    def line(self) -> bytes:
        """As it stands in the list of an hour's leaves: the key, a space, the hash in hex, a newline."""
        return f"{self.key} {self.digest.hex()}\n".encode()


def read_leaves(written: bytes) -> Iterator[Leaf]:
    """From the list of an hour's leaves. Raises ValueError for bytes that no such list has, also if out of order."""
    last = ""
    for line in written.splitlines(keepends=True):
        key, _, digest = line.decode().rstrip("\n").rpartition(" ")
        leaf = Leaf(key, bytes.fromhex(digest))
        if leaf.line() != line or key <= last:
            message = "this is not a list of leaves"
            raise ValueError(message)
        last = key
        yield leaf


# Its seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What is signed of an hour: how many records it had, and the root over them, chained to the seal before.

    `previous` is the SHA-256 of the seal of the hour before, None for the first of all. `kept_until` is before when
    retention removes none of its records, None if it has none.
    """

    hour: datetime
    count: int
    root: bytes
    previous: bytes | None
    kept_until: datetime | None
    made_at: datetime

    def to_bytes(self) -> bytes:
        """What is signed."""
        said = {
            "format": FORMAT,
            "hour": hour_text(self.hour),
            "count": self.count,
            "root": self.root.hex(),
            "previous": self.previous.hex() if self.previous is not None else None,
            "kept_until": text_of(self.kept_until),
            "made_at": text_of(self.made_at),
        }
        return canonical(said)

    @classmethod
    def from_bytes(cls, written: bytes) -> Seal:
        """Raises ValueError for whatever `to_bytes` does not make."""
        try:
            said = json.loads(written)
            seal = cls(
                hour=read_hour(said["hour"]),
                count=int(said["count"]),
                root=bytes.fromhex(said["root"]),
                previous=None if said["previous"] is None else bytes.fromhex(said["previous"]),
                kept_until=_instant(said["kept_until"]),
                made_at=datetime.fromisoformat(said["made_at"]),
            )
            is_one = seal.to_bytes() == written
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            is_one = False
        else:
            if is_one:
                return seal
        message = "this is not a seal"
        raise ValueError(message)

    @property
    def digest(self) -> bytes:
        """What the next seal names as the one before."""
        return sha256(self.to_bytes()).digest()

    def is_said_by(self, written: bytes) -> bool:
        """Whether these bytes are the same seal, made by another run: of the same records, but at another instant."""
        try:
            other = Seal.from_bytes(written)
        except ValueError:
            return False
        return replace(other, made_at=self.made_at, kept_until=self.kept_until) == self


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The bytes of a seal with the signature over them (ECDSA over SHA-256, DER), and the key that made it.

    `hour` is under which it lies (`accesses.hour_text`), whatever the bytes say.
    """

    hour: str
    written: bytes
    signature: bytes
    key_id: str

    @property
    def seal(self) -> Seal:
        """What the bytes say. Raises ValueError, also if they are of another hour."""
        seal = Seal.from_bytes(self.written)
        if hour_text(seal.hour) != self.hour:
            message = "this is the seal of another hour"
            raise ValueError(message)
        return seal


class Seals(Protocol):
    """The seals beside the log. Only ever added to. Methods raise Unavailable."""

    def last(self) -> Signed | None:
        """That of the latest hour; None before the first."""

    def between(self, first: datetime | None, last: datetime) -> Iterator[Signed]:
        """Those of the hours from the first to the last, both included, in order; from the oldest on if None."""

    def put(self, sealed: Signed) -> None:
        """Writes the seal of an hour; nothing to do if that hour has one."""


class SealArchive(Protocol):
    """Where seals and lists of leaves lie under lock: what is written cannot be changed or removed."""

    def put(self, name: str, content: bytes, content_type: str) -> str:
        """Writes if nothing was ever written under this name. The version id of what was first written, by whomever."""

    def first(self, name: str) -> str | None:
        """The version that was written first of all, whatever was written or hidden since. None if there is none."""

    def get(self, name: str, version: str) -> bytes:
        """What was written."""


class SealingKey(Protocol):
    """The key that signs seals, and nothing else."""

    @property
    def key_id(self) -> str:
        """Which key it is."""

    def sign(self, document: bytes) -> bytes:
        """ECDSA over SHA-256, in DER."""

    def public_key(self) -> str:
        """Its public half, in PEM."""

    def has_signed(self, document: bytes, signature: bytes) -> bool:
        """Whether this is a signature of the document by this key."""


def seal_name(hour: datetime) -> str:
    """The name of an hour's seal in the archive."""
    return f"seals/{hour_text(hour)}.json"


def signature_name(hour: datetime) -> str:
    """Of its signature: in base64, as `openssl base64 -d` reads it."""
    return f"seals/{hour_text(hour)}.json.sig"


def leaves_name(hour: datetime) -> str:
    """Of the list of the hour's leaves."""
    return f"seals/{hour_text(hour)}.leaves"


def public_key_name(key_id: str) -> str:
    """Of the public half of the key (its id or ARN) that signed the seals."""
    return f"seals/{key_id.rpartition('/')[2]}.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A record as it lies in the log, its place among those of its hour, and the hashes beside it, upwards.

    `hash_tree.proves` says whether they lead to the root of the seal.
    """

    content: bytes
    index: int
    count: int
    beside: Sequence[bytes]
    root: bytes
    sealed: Signed


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
