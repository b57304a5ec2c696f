"""The feed bucket: drops, read as streams, and receipts."""

from __future__ import annotations

import codecs
import json
import re
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import Unavailable
from shared.runtime.aws import client_of
from shared.runtime.wiring.secret import CLIENT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_s3 import S3Client

    from shared.domain.extract import Receipt

_KEY = re.compile(r"feeds/(?P<organisation>[A-Z0-9]{3,12})/(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{0,99})\.csv")
_CHUNK = 256 * 1024
_LONGEST_LINE = 1024 * 1024
_GONE = frozenset({"NoSuchKey", "404"})
_REPLACED = frozenset({"PreconditionFailed", "412"})


class DropGone(Exception):
    """The drop was taken in by another run, or replaced by a newer one that has an event of its own."""


@dataclass(frozen=True, slots=True)
class Drop:
    """`feeds/<organisation>/<name>.csv`."""

    organisation: str
    name: str

    @classmethod
    def at(cls, key: str) -> Drop | None:
        """The drop under a key of the bucket; None for a key that no drop may have."""
        match = _KEY.fullmatch(key)
        return cls(match["organisation"], match["name"]) if match else None

    @property
    def key(self) -> str:
        """Where it lies."""
        return f"feeds/{self.organisation}/{self.name}.csv"

    @property
    def receipt_key(self) -> str:
        """Where its receipt goes."""
        return f"receipts/{self.organisation}/{self.name}.json"


@dataclass(frozen=True, slots=True)
class Version:
    """One content of a drop, so that reading it twice reads the same, and only what was read is deleted."""

    etag: str
    dropped_on: date


@dataclass(frozen=True, slots=True)
class FeedBucket:
    """Every method raises Unavailable if S3 does not answer, and DropGone if the drop is not what it was."""

    name: str
    client: S3Client

    @classmethod
    def named(cls, name: str) -> FeedBucket:
        """Makes the client, during INIT."""
        return cls(name, client_of("s3", CLIENT_CONFIG))

    def version(self, drop: Drop) -> Version:
        """What lies there now."""
        with _translated():
            head = self.client.head_object(Bucket=self.name, Key=drop.key)
        return Version(head["ETag"], head["LastModified"].date())

    def chunks(self, drop: Drop, version: Version) -> Iterator[bytes]:
        """The bytes, a quarter of a mebibyte at a time."""
        with _translated():
            body = self.client.get_object(Bucket=self.name, Key=drop.key, IfMatch=version.etag)["Body"]
            yield from body.iter_chunks(_CHUNK)

    def lines(self, drop: Drop, version: Version, encoding: str) -> Iterator[str]:
        """The text, a line at a time, with line ends."""
        with _translated():
            body = self.client.get_object(Bucket=self.name, Key=drop.key, IfMatch=version.etag)["Body"]
            yield from _text_lines(body.iter_chunks(_CHUNK), encoding)

    def leave(self, drop: Drop, receipt: Receipt) -> None:
        """Writes the receipt."""
        text = json.dumps(asdict(receipt), indent=2, default=_plain) + "\n"
        with _translated():
            self.client.put_object(
                Bucket=self.name, Key=drop.receipt_key, Body=text.encode(), ContentType="application/json"
            )

    def delete(self, drop: Drop, version: Version) -> None:
        """Deletes the drop as it was read."""
        with _translated():
            self.client.delete_object(Bucket=self.name, Key=drop.key, IfMatch=version.etag)

    def delete_unread(self, key: str) -> None:
        """Deletes whatever lies there now, under any key."""
        with _translated():
            self.client.delete_object(Bucket=self.name, Key=key)


def _text_lines(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Lines with their ends (LF, or CR and LF), however the bytes were cut up."""
    decoder = codecs.getincrementaldecoder(encoding)()
    rest = ""
    for chunk in chunks:
        *whole, rest = (rest + decoder.decode(chunk)).split("\n")
        yield from (line + "\n" for line in whole)
        if len(rest) > _LONGEST_LINE:
            yield rest  # no line of an extract: the CSV reader will say so, and the memory stays small
            rest = ""
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE | _REPLACED:
            raise DropGone from error
        raise Unavailable(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise Unavailable(type(error).__name__) from error


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
