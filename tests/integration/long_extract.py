"""An extract of any number of rows, taken in by the real feed into a register that forgets it at once.

`python -m tests.integration.long_extract 5000 50000` prints the most memory used after each, in MiB.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from mypy_boto3_s3 import S3Client

from shared.domain.child import ChildDetails
from shared.domain.directory import Credential, Organisation
from shared.domain.held import HeldChild, Pointer
from shared.domain.involvement import Disputed, Involvement, Registration
from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Candidate, Thresholds
from shared.domain.ports import Survey
from shared.domain.pseudonym import SENSITIVE, Pseudonyms
from shared.domain.retention import Retention
from shared.domain.review import CloseCall
from shared.runtime.drops import FeedBucket
from shared.runtime.feeding import Feeding
from shared.services.compartments import Compartments
from shared.services.gate import Gate
from shared.services.register import RegisterInvolvement
from shared.services.take_in_extract import TakeInExtract
from tests.integration.direct import STARTED_AT, caller
from tests.support.fakes import FakeAccessLog

HEADER = b"source_reference,service_type,given_name,family_name,date_of_birth,team,practitioner_name,source_system\n"
ROW_BYTES = 300
"""About as much as a row of a real extract has."""


@dataclass(frozen=True)
class Nothing:
    """A survey that found nothing."""

    pointer: Pointer | None = None
    candidates: Sequence[Candidate] = ()
    doubt_is_over: bool = False


@dataclass
class Oblivious:
    """A register that takes everything in and remembers how many."""

    written: int = 0

    def candidates(self, _asked: ChildDetails, _now: datetime) -> Sequence[Candidate]:
        return ()

    def held_of(self, lies_in: Sequence[str], _now: datetime) -> HeldChild:
        return HeldChild(child_id=lies_in[0], involvements=())

    def held_by_id(self, _child_id: str, _now: datetime) -> HeldChild | None:
        return None

    def known_by_id(self, _child_id: str, _now: datetime) -> HeldChild | None:
        return None

    def dispute(self, _organisation: str, _reference: str, _disputed: Disputed | None, _now: datetime) -> None:
        raise AssertionError("a feed disputes nothing")

    def involvement(self, _organisation: str, _source_reference: str, _now: datetime) -> Involvement | None:
        return None

    def pointers(self, _organisation: str, source_references: Iterable[str], _now: datetime) -> Mapping[str, Pointer]:
        assert len(list(source_references)) <= 100
        return {}

    def survey(self, _organisation: str, _registration: Registration, _now: datetime) -> Survey:
        return Nothing()

    def write(
        self,
        survey: Survey,
        involvement: Involvement,
        content: str,
        *,
        child_is_new: bool,
        close_calls: Sequence[CloseCall] = (),
    ) -> None:
        _ = survey, involvement, content, close_calls
        assert child_is_new
        self.written += 1

    def withdraw(
        self, _organisation: str, _source_reference: str, _version: int, _now: datetime, *, by_rule: bool = False
    ) -> None:
        raise AssertionError("a feed withdraws nothing", by_rule)


@dataclass
class Keeper:
    """A directory of one organisation, that may do everything."""

    received: list[date] = field(default_factory=list)

    def organisation(self, code: str) -> Organisation | None:
        return caller(code).organisation

    def organisations(self) -> Sequence[Organisation]:
        return ()

    def enrol(self, _organisation: Organisation) -> None:
        raise AssertionError("a feed enrols nobody")

    amend = enrol

    def feed_received(self, _code: str, current_as_of: date) -> None:
        self.received.append(current_as_of)

    def credentials(self, _code: str) -> Sequence[Credential]:
        return ()

    def add_credential(self, _credential: Credential) -> None:
        raise AssertionError("a feed issues nothing")

    end_credential = add_credential


@dataclass
class Endless:
    """A bucket with one drop, whose bytes are made as they are read."""

    rows: int
    receipt: bytes = b""

    def head_object(self, **_asked: str) -> dict[str, Any]:
        return {"ETag": "one", "LastModified": STARTED_AT}

    def get_object(self, **_asked: str) -> dict[str, Any]:
        return {"Body": self}

    def put_object(self, *, Body: bytes, **_asked: str) -> None:  # noqa: N803  # as S3 calls it
        self.receipt = Body

    def delete_object(self, **_asked: str) -> None:
        return

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        chunk = bytearray(HEADER)
        for number in range(self.rows):
            chunk += f"r-{number},education,Quill,Marsh,2016-0{1 + number % 9}-11,{'t' * 120},{'n' * 80},{'s' * 50}\n".encode()
            if len(chunk) >= size:
                yield bytes(chunk)
                chunk.clear()
        yield bytes(chunk)


def take_in(rows: int) -> None:
    """Takes in an extract of so many rows, and checks that each was registered."""
    register, bucket, pseudonyms = Oblivious(), Endless(rows), Pseudonyms(b"a secret of at least 32 characters")
    gate = Gate(Lifecycle(), lambda: STARTED_AT)

    def registering(compartment: Oblivious, secret: Pseudonyms) -> RegisterInvolvement:
        return RegisterInvolvement(
            register=compartment,
            pseudonyms=secret,
            thresholds=Thresholds(),
            retention=Retention(),
            gate=gate,
            pause=lambda _attempt: None,
        )

    compartments = Compartments(
        ordinary=registering(register, pseudonyms),
        sensitive=registering(Oblivious(), pseudonyms.compartment(SENSITIVE)),
    )
    feeding = Feeding(
        bucket=FeedBucket("feeds", cast("S3Client", bucket)),
        keeper=Keeper(),
        take_in=TakeInExtract(registering=compartments, in_parallel=map),
        access_log=FakeAccessLog(),
        gate=gate,
    )
    outcome = feeding("feeds/X99/nightly.csv")
    assert outcome["counts"]["created"] == register.written == rows, outcome
    assert bucket.receipt


def most_memory() -> float:
    """MiB of memory that this process has held at its worst moment so far."""
    units = 1024 if sys.platform == "darwin" else 1  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / units / 1024


if __name__ == "__main__":
    for asked in sys.argv[1:]:
        take_in(int(asked))
        sys.stdout.write(f"{most_memory():.1f}\n")
