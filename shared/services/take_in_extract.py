"""A nightly extract has been dropped: register it row by row, through the same service as the API."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING

from shared.domain.errors import Contended, NoLongerKept, NotPermitted, OutOfCoverage
from shared.domain.extract import Receipt, ReceiptStatus, RowNote, RowProblem
from shared.domain.targeting import Targeting
from shared.services.cover import ToldByReceipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from shared.domain.directory import Caller
    from shared.domain.extract import Row
    from shared.domain.involvement import Registration
    from shared.services.compartments import Compartments

_CHUNK = 100
"""Rows looked up at once: as many as one BatchGetItem takes."""
MOST_NOTES = 1_000
"""Row notes of each kind that a receipt lists, so that a file of nothing but mistakes cannot fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInExtract:
    """The use case and its ports.

    `in_parallel` applies a function to several values side by side, and gives the results in their order.
    """

    registering: Compartments
    in_parallel: Callable[[Callable[[Row], RowOutcome], Sequence[Row]], Iterable[RowOutcome]]

    def __call__(self, rows: Iterable[Row], *, caller: Caller) -> Tally:
        """Registers every row that can be, has not had its time and is in the coverage, and tallies.

        Of a row no more is kept than tells its reference again, some 100 bytes: memory hardly grows with the file. A row
        whose content the register already holds, or that has had its time or is of a service that the register is not
        for, and is not held, costs one read in a hundred;
        two, if the organisation may register sensitive services. Raises Unavailable and RegisterClosed; taking the same rows in again then goes on where it stopped.
        """
        tally = Tally(self.registering.targeting)
        seen: set[int] = set()
        for chunk in batched(rows, _CHUNK, strict=False):
            fresh = [row for row in chunk if self._is_first(row, seen, tally)]
            to_register = list(self._changed(fresh, caller, tally))
            for outcome in self.in_parallel(lambda row: self._register(row, caller), to_register):
                tally.add(outcome)
        return tally

    def _is_first(self, row: Row, seen: set[int], tally: Tally) -> bool:
        """Whether there is something to register that did not come before in this file."""
        if row.registration is None:
            tally.add(RowOutcome(row, rejections=row.rejections))
            return False
        reference = hash(row.registration.source_reference)
        if reference in seen:
            repeated = RowProblem("source_reference", "came before in this file: only its first row was registered")
            tally.add(RowOutcome(row, rejections=(repeated,)))
            return False
        seen.add(reference)
        return True

    def _changed(self, rows: Sequence[Row], caller: Caller, tally: Tally) -> Iterator[Row]:
        if not rows:
            return
        now = self.registering.gate.open_at()
        lying = self.registering.lying([_registration(row) for row in rows], caller=caller, now=now)
        for row in rows:
            registration = _registration(row)
            lies = lying[registration.source_reference]
            refusal = self.registering.retention.refusal(registration, now)
            not_covered = self.registering.targeting.refusal(registration.service.service_type)
            if refusal and not lies.is_held:
                tally.add(RowOutcome(row, no_longer_kept=_problem(refusal)))
            elif not_covered and not lies.is_held:
                tally.add(RowOutcome(row, out_of_coverage=_uncovered(not_covered)))
            elif refusal or not self.registering.says_what_is_held(registration, lies):
                yield row
            else:
                tally.add(RowOutcome(row))

    def _register(self, row: Row, caller: Caller) -> RowOutcome:
        try:
            registered = self.registering.put(_registration(row), caller=caller, told=ToldByReceipt())
        except NotPermitted as refusal:
            return RowOutcome(row, rejections=(_problem(refusal),))
        except NoLongerKept as refusal:
            return RowOutcome(row, no_longer_kept=_problem(refusal))
        except OutOfCoverage as refusal:
            return RowOutcome(row, out_of_coverage=_uncovered(refusal))
        except Contended:
            return RowOutcome(row, rejections=(RowProblem("row", "others were changing this child: send it again"),))
        return RowOutcome(row, created=registered.created, changed=registered.changed)


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row."""

    row: Row
    rejections: Sequence[RowProblem] = ()
    no_longer_kept: RowProblem | None = None
    out_of_coverage: RowProblem | None = None
    created: bool = False
    changed: bool = False


@dataclass(slots=True)
class Tally:
    """The counts of a receipt while it is being made."""

    targeting: Targeting = field(default_factory=Targeting)
    """By which to tell whose fate says something of what is held of a child."""
    counts: Counter[str] = field(default_factory=Counter)
    rejections: list[RowNote] = field(default_factory=list)
    warnings: list[RowNote] = field(default_factory=list)
    no_longer_kept: list[RowNote] = field(default_factory=list)
    out_of_coverage: list[RowNote] = field(default_factory=list)

    def add(self, outcome: RowOutcome) -> None:
        """Counts one row."""
        self.counts["rows"] += 1
        if outcome.rejections:
            self.counts["rejected"] += 1
            self._note(self.rejections, outcome.row.line, outcome.rejections)
            return
        if outcome.no_longer_kept:
            self.counts["no_longer_kept"] += 1
            self._note(self.no_longer_kept, outcome.row.line, (outcome.no_longer_kept,))
            return
        if outcome.out_of_coverage:
            self.counts["out_of_coverage"] += 1
            self.counts["not_covered"] += self._tells_what_is_held(outcome.row)
            self._note(self.out_of_coverage, outcome.row.line, (outcome.out_of_coverage,))
            return
        self.counts["accepted"] += 1
        self.counts["covered"] += self._tells_what_is_held(outcome.row)
        self.counts["created" if outcome.created else "updated" if outcome.changed else "unchanged"] += 1
        if outcome.row.warnings:
            self.counts["with_warnings"] += 1
            self._note(self.warnings, outcome.row.line, outcome.row.warnings)

    @property
    def tells_what_is_held(self) -> bool:
        """Whether its receipt tells of any child whether another service works with it.

        Also if all such rows were held already: they may have been taken in by a run that was stopped before its receipt.
        """
        return bool(self.counts["covered"] or self.counts["not_covered"])

    def _tells_what_is_held(self, row: Row) -> bool:
        return self.targeting.is_decided_by_child(_registration(row).service.service_type)

    def _note(self, notes: list[RowNote], line: int, problems: Sequence[RowProblem]) -> None:
        for problem in problems:
            if len(notes) < MOST_NOTES:
                notes.append(RowNote(line, problem.field, problem.reason))
            else:
                self.counts["notes_left_out"] += 1

    def receipt(
        self,
        *,
        organisation: str,
        name: str,
        received_at: datetime,
        layout: str,
        encoding: str,
        current_as_of: date | None,
        truncated_at: int | None,
    ) -> Receipt:
        """The receipt for a file that could be read."""
        status = ReceiptStatus.ACCEPTED
        if self.counts["rejected"]:
            status = ReceiptStatus.ACCEPTED_IN_PART
        if truncated_at is not None:
            status = ReceiptStatus.TRUNCATED
        return Receipt(
            organisation=organisation,
            name=name,
            received_at=received_at,
            status=status,
            reason=_broke_off(truncated_at),
            layout=layout,
            encoding=encoding,
            current_as_of=current_as_of,
            rows=self.counts["rows"],
            accepted=self.counts["accepted"],
            created=self.counts["created"],
            updated=self.counts["updated"],
            unchanged=self.counts["unchanged"],
            no_longer_kept=self.counts["no_longer_kept"],
            out_of_coverage=self.counts["out_of_coverage"],
            rejected=self.counts["rejected"],
            with_warnings=self.counts["with_warnings"],
            rejections=tuple(sorted(self.rejections, key=lambda note: note.line)),
            warnings=tuple(sorted(self.warnings, key=lambda note: note.line)),
            no_longer_kept_rows=tuple(sorted(self.no_longer_kept, key=lambda note: note.line)),
            out_of_coverage_rows=tuple(sorted(self.out_of_coverage, key=lambda note: note.line)),
            notes_left_out=self.counts["notes_left_out"],
        )


def _broke_off(line: int | None) -> str | None:
    return f"from line {line} on the file could not be read whole: mend it and send all of it again" if line else None


def _problem(refusal: NotPermitted | NoLongerKept) -> RowProblem:
    return RowProblem((refusal.pointer or "/row").rpartition("/")[2], refusal.what)


def _uncovered(refusal: OutOfCoverage) -> RowProblem:
    return RowProblem(refusal.pointer.rpartition("/")[2], refusal.detail)


def _registration(row: Row) -> Registration:
    if row.registration is None:
        message = "a row without a registration was not rejected"
        raise RuntimeError(message)
    return row.registration
