"""An extract, row by row, and the receipt for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from shared.domain.involvement import Registration


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row: the column or field, and why. Never the value."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an extract. `line` counts from 1, the header's line, as an editor shows it."""

    line: int
    registration: Registration | None = None
    rejections: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()


class ReceiptStatus(StrEnum):
    """`refused`: nothing could be read. `truncated`: the file broke off; what came before is registered."""

    ACCEPTED = "accepted"
    ACCEPTED_IN_PART = "accepted_in_part"
    TRUNCATED = "truncated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowNote:
    """A problem of a row, by its line."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of an extract: rows = accepted + rejected + no_longer_kept + out_of_coverage.

    `accepted` = created + updated + unchanged. `no_longer_kept` are those that have had their time (see `Retention`),
    `out_of_coverage` those that the register is not for (see `Targeting`): nothing is wrong with them.
    """

    organisation: str
    name: str
    received_at: datetime
    status: ReceiptStatus
    reason: str | None = None
    layout: str | None = None
    encoding: str | None = None
    current_as_of: date | None = None
    rows: int = 0
    accepted: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    no_longer_kept: int = 0
    out_of_coverage: int = 0
    rejected: int = 0
    with_warnings: int = 0
    rejections: tuple[RowNote, ...] = ()
    warnings: tuple[RowNote, ...] = ()
    no_longer_kept_rows: tuple[RowNote, ...] = ()
    out_of_coverage_rows: tuple[RowNote, ...] = ()
    notes_left_out: int = 0
