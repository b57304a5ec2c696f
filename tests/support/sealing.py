"""What it takes to seal an access log and to verify it, in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.access import AccessRecord, Answered
from shared.domain.accesses import AccessPage, Logged, hour_of
from shared.domain.sealing import Signed
from shared.domain.verifying import Verified
from shared.services.seal import SealHours
from shared.services.verify import VerifyLog
from tests.support.certifying import MemoryArchive, OwnKey
from tests.support.closing import Script
from tests.support.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.services.seal import Sealed

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEPT = timedelta(days=2192)
PLENTY = timedelta(minutes=10)


def a_record(number: int = 0, at: datetime = NINE, **said: object) -> AccessRecord:
    """One question, answered, with an id of its own for each number."""
    known = {
        "access_id": f"{number:032x}",
        "at": at,
        "request_id": f"request-{number}",
        "organisation": "RAL",
        "client_id": "client-of-RAL",
        "answered": Answered.ANSWERED,
        "outcome": "match",
        "shown": "child_and_involvements",
        "practitioner_id": "NMC-12A3456E",
        "practitioner_role": "nurse",
        "purpose": "emergency_care",
        "legal_basis": "children_act_2004_s11",
        "child_id": "child-1",
    }
    return AccessRecord(**(known | said))  # type: ignore[arg-type]  # the fields of a record, as they come


@dataclass
class FakeLog:
    """Implements `accesses.AccessReading` and `ports.AccessLog`; `rows` may be tampered with."""

    script: Script = field(default_factory=Script)
    rows: dict[str, tuple[AccessRecord, dict[str, str]]] = field(default_factory=dict)
    """By sort key: the record, and what of it is sealed."""
    oddities: list[Logged] = field(default_factory=list)
    """What somebody planted in the hour from nine."""
    expiring: dict[str, datetime] = field(default_factory=dict)
    """By sort key: when retention removes a record, if not when it should."""

    def append(self, record: AccessRecord) -> None:
        self.script.run("append", lambda: self._append(record))

    def _append(self, record: AccessRecord) -> None:
        key = f"{record.at:%Y-%m-%dT%H:%M:%S.%fZ}#{record.access_id}"
        assert key not in self.rows
        self.rows[key] = record, {"sk": key, "outcome": record.outcome}

    def of_hour(self, hour: datetime) -> Iterator[AccessRecord]:
        return (self.rows[key][0] for key in sorted(self.rows) if hour_of(self.rows[key][0].at) == hour)

    def logged_in(self, hour: datetime) -> Iterator[Logged]:
        def read() -> list[Logged]:
            logged = [
                Logged(key, json.dumps(said).encode(), self.expiring.get(key, record.at + KEPT))
                for key, (record, said) in self.rows.items()
                if hour_of(record.at) == hour
            ]
            return sorted(logged + (self.oddities if hour == NINE else []), key=lambda it: it.key)

        yield from self.script.run("logged_in", read)

    def first_hour(self) -> datetime | None:
        hours = (hour_of(record.at) for record, _ in self.rows.values())
        return self.script.run("first_hour", lambda: min(hours, default=None))

    def of_child(self, child_ids: Sequence[str], after: str | None, limit: int) -> AccessPage:
        keys = [
            key
            for key in sorted(self.rows, reverse=True)
            if self.rows[key][0].child_id in child_ids and (after is None or key < after)
        ]
        return AccessPage([self.rows[key][0] for key in keys[:limit]], keys[limit - 1] if len(keys) > limit else None)


@dataclass
class FakeSeals:
    """Implements `sealing.Seals`; `held` may be tampered with."""

    script: Script = field(default_factory=Script)
    held: dict[str, Signed] = field(default_factory=dict)

    def last(self) -> Signed | None:
        return self.script.run("last", lambda: self.held[max(self.held)] if self.held else None)

    def between(self, first: datetime | None, last: datetime) -> Iterator[Signed]:
        def wanted(hour: str) -> bool:
            return (first is None or hour >= f"{first:%Y-%m-%dT%H}") and hour <= f"{last:%Y-%m-%dT%H}"

        yield from self.script.run("between", lambda: [self.held[hour] for hour in sorted(self.held) if wanted(hour)])

    def put(self, sealed: Signed) -> None:
        self.script.run("put seal", lambda: self.held.setdefault(sealed.hour, sealed))


@dataclass
class LockedArchive(MemoryArchive):
    """Implements `sealing.SealArchive`."""

    def first(self, name: str) -> str | None:
        return self.script.run(f"first {name}", lambda: f"version-of-{name}" if name in self.written else None)


@dataclass
class SealingOffice:
    """All of it together, and one script of their calls. The clock stands an hour and a quarter after nine."""

    script: Script = field(default_factory=Script)
    clock: Clock = field(default_factory=lambda: Clock(NINE + timedelta(minutes=75)))

    def __post_init__(self) -> None:
        self.log = FakeLog(self.script)
        self.seals = FakeSeals(self.script)
        self.archive = LockedArchive(self.script)
        self.key = OwnKey(script=self.script)

    def seal(self, time_left: timedelta = PLENTY) -> Sealed:
        sealing = SealHours(
            reading=self.log,
            seals=self.seals,
            archive=self.archive,
            key=self.key,
            clock=self.clock,
            kept_for=KEPT,
        )
        return sealing(lambda: time_left)

    def verify(
        self, first: datetime | None = None, last: datetime | None = None, time_left: timedelta = PLENTY
    ) -> Verified:
        verifying = VerifyLog(reading=self.log, seals=self.seals, archive=self.archive, key=self.key, clock=self.clock)
        return verifying(first, last, lambda: time_left)

    def records(self, count: int, hour: datetime = NINE) -> list[str]:
        """So many records in an hour; their access ids, in order of time."""
        start = len(self.log.rows)
        written = [a_record(start + n, hour + timedelta(seconds=n + 1)) for n in range(count)]
        for record in written:
            self.log.append(record)
        return [record.access_id for record in written]
