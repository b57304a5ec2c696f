"""Nightly extracts: CSV files as organisations' systems write them, read as a stream.

Three layouts: the register's own columns, and the two published Family Context extracts (children's social
care; education). A row becomes the same body as of `PUT /involvements/{source_reference}`, checked by the same
model; a detail that cannot be right is left out with a warning, so that a typing error loses no signpost.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from shared.api.involvement_bodies import BatchItem
from shared.api.validation import InvalidRequest, read_object
from shared.domain.extract import Row, RowProblem
from shared.domain.identifiers import IdentifierKind, upn_is_doubtful

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from shared.domain.child import ChildDetails

_LONGEST_FIELD = 64 * 1024
"""Characters. What is longer is an unclosed quotation mark, not a field."""


class UnreadableExtract(Exception):
    """Nothing of this file can be registered. `reason` says why, in words for whoever sends it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of file is read. `to_body` turns a row, by column, into an InvolvementRequest with its reference."""

    name: str
    required: frozenset[str]
    optional: frozenset[str]
    to_body: Callable[[Mapping[str, str]], dict[str, Any]]
    as_of_column: str | None = None


@dataclass(slots=True)
class Extract:
    """A file whose header has been read. Iterate once over `rows`."""

    layout: Layout
    today: date
    _records: Iterator[tuple[int, int, list[str] | None]]
    _columns: Sequence[str]
    truncated_at: int | None = field(default=None, init=False)
    current_as_of: date | None = field(default=None, init=False)

    def rows(self) -> Iterator[Row]:
        """Each row, registered or not: its line number, and the registration or why there is none."""
        width, short = len(self._columns), None
        for start, end, cells in self._records:
            short = None
            if cells is None:
                yield Row(start, rejections=(RowProblem("row", _misquoted(start, end)),))
                # What such a quotation mark runs over may hold many rows: the file has to come again.
                if self.truncated_at is None and end > start:
                    self.truncated_at = start
            elif len(cells) == width:
                yield self._row(start, dict(zip(self._columns, cells, strict=True)))
                continue
            else:
                wrong = f"has {len(cells)} columns where the header has {width}"
                yield Row(start, rejections=(RowProblem("row", wrong),))
            short = start if cells is None or len(cells) < width else None
        if self.truncated_at is None:
            self.truncated_at = short  # a last row that stops short is where the file broke off

    def _row(self, line: int, cells: Mapping[str, str]) -> Row:
        body = {name: value for name, value in self.layout.to_body(cells).items() if value not in (None, "")}
        self._note_date(cells)
        warnings: list[RowProblem] = []
        while True:
            try:
                item = read_object(BatchItem, body, self.today)
                registration = item.registration(item.source_reference)
            except InvalidRequest as invalid:
                doubtful = [p for p in invalid.problems if p.pointer in _MAY_BE_LEFT_OUT]
                if len(doubtful) < len(invalid.problems):
                    wrong = [p for p in invalid.problems if p.pointer not in _MAY_BE_LEFT_OUT]
                    return Row(line, rejections=tuple(RowProblem(_name(p.pointer), p.detail) for p in wrong))
                for problem in doubtful:
                    _leave_out(body, problem.pointer)
                    warnings.append(RowProblem(_name(problem.pointer), f"left out: {problem.detail}"))
            else:
                return Row(line, registration, warnings=(*warnings, *_doubts(registration.child)))

    def _note_date(self, cells: Mapping[str, str]) -> None:
        if self.layout.as_of_column is None:
            return
        try:
            day = date.fromisoformat(cells[self.layout.as_of_column].strip()[:10])
        except ValueError:
            return  # how current the data are is then not known; the row itself is not in doubt
        if day <= self.today and (self.current_as_of is None or day > self.current_as_of):
            self.current_as_of = day


def open_extract(lines: Iterable[str], today: date) -> Extract:
    """Reads the header of a file, given as lines with their line ends.

    Raises UnreadableExtract for an empty file, a broken header or an unknown layout.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    records = _numbered(lines)
    _, _, header = next(records, (1, 1, []))
    if header is None:
        raise UnreadableExtract(
            "the line that names the columns cannot be read: look at its quotation marks and line ends"
        )
    columns = [column.strip() for column in header]
    if not any(columns):
        raise UnreadableExtract("the file is empty")
    for layout in LAYOUTS:
        known = layout.required | layout.optional
        if layout.required <= set(columns) <= known and len(set(columns)) == len(columns):
            return Extract(layout, today, records, columns)
    raise UnreadableExtract(_unknown_layout(columns))


def _doubts(child: ChildDetails) -> Iterator[RowProblem]:
    """What was accepted as it is, and should be looked at."""
    for identifier in child.identifiers:
        if identifier.kind is IdentifierKind.UPN and upn_is_doubtful(identifier.value):
            yield RowProblem(
                "upn", "accepted, but its check letter or authority is wrong: look for a mistyped character"
            )


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, int, list[str] | None]]:
    """Each record with its first and last line; None for one whose quotation marks are wrong."""
    reader = csv.reader(lines, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield start, reader.line_num, None
            continue
        if cells:
            yield start, reader.line_num, cells


def _misquoted(start: int, end: int) -> str:
    wrong = "a quotation mark is opened and not closed, or closed twice"
    return f"{wrong}: lines {start} to {end} were not read" if end > start else wrong


def _unknown_layout(columns: Sequence[str]) -> str:
    nearest = max(LAYOUTS, key=lambda layout: len(layout.required & set(columns)))
    missing = sorted(nearest.required - set(columns))
    extra = len(set(columns) - nearest.required - nearest.optional)
    return (
        f"the columns are of no known layout; nearest is {nearest.name}: "
        f"missing {', '.join(missing) or 'none'}; {extra} that it does not have"
    )


_MAY_BE_LEFT_OUT = frozenset(
    {
        "/child/nhs_number",
        "/child/upn",
        "/child/local_authority_child_id",
        "/child/local_authority_child_id/authority",
        "/child/local_authority_child_id/id",
        "/child/postcode",
        "/child/sex",
        "/child/date_of_death",
        "/team",
        "/practitioner/name",
        "/practitioner/role",
        "/duty_phone",
        "/duty_email",
        "/started",
        "/ended",
        "/last_contact",
        "/lead_professional",
        "/assessment_held",
        "/source_system",
    }
)
"""Details without which a signpost still points. Name, birth, service and reference are not among them."""


def _leave_out(body: dict[str, Any], pointer: str) -> None:
    path = pointer.split("/")[1:]
    if path[:2] == ["child", "local_authority_child_id"]:
        path = path[:2]
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    holder.pop(path[-1], None)


def _name(pointer: str) -> str:
    return pointer.rpartition("/")[2]


def _without_blanks(values: Mapping[str, Any]) -> dict[str, Any] | None:
    return {name: value for name, value in values.items() if value not in (None, "")} or None


def _cell(cells: Mapping[str, str], column: str) -> str:
    return " ".join(cells.get(column, "").split())


def _day(text: str) -> str:
    """The day of a date that may carry a midnight: `2022-10-15 00:00:00`."""
    day, _, time = text.strip().partition(" ")
    return day if time in ("", "00:00:00", "00:00") else text


_YES_NO = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


def _own(cells: Mapping[str, str]) -> dict[str, Any]:
    authority, local_id = _cell(cells, "local_authority"), _cell(cells, "local_authority_child_id")
    child = {
        name: _cell(cells, name)
        for name in ("nhs_number", "upn", "given_name", "family_name", "date_of_birth", "expected_date", "postcode")
    }
    return {
        "source_reference": _cell(cells, "source_reference"),
        "child": _without_blanks(
            {
                **child,
                "sex": _cell(cells, "sex").lower(),
                "date_of_death": _day(_cell(cells, "date_of_death")),
                "local_authority_child_id": {"authority": authority, "id": local_id} if local_id else None,
            }
        )
        or {},
        "service_type": _cell(cells, "service_type").lower(),
        "standing": _cell(cells, "standing").lower(),
        "sensitive_basis": _cell(cells, "sensitive_basis").lower(),
        "practitioner": _without_blanks(
            {"name": _cell(cells, "practitioner_name"), "role": _cell(cells, "practitioner_role")}
        ),
        **{name: _cell(cells, name) for name in ("team", "duty_phone", "duty_email", "source_system")},
        **{name: _day(_cell(cells, name)) for name in ("started", "ended", "last_contact")},
        **{
            name: _YES_NO.get(_cell(cells, name).lower(), _cell(cells, name))
            for name in ("lead_professional", "assessment_held")
        },
    }


_OWN_REQUIRED = frozenset({"source_reference", "service_type", "given_name", "family_name", "date_of_birth"})
_OWN_OPTIONAL = frozenset(
    [
        "nhs_number",
        "upn",
        "local_authority",
        "local_authority_child_id",
        "expected_date",
        "date_of_death",
        "sex",
        "postcode",
        "standing",
        "team",
        "practitioner_name",
        "practitioner_role",
        "duty_phone",
        "duty_email",
        "started",
        "ended",
        "last_contact",
        "lead_professional",
        "assessment_held",
        "source_system",
        "sensitive_basis",
    ]
)

_SEX = {"female": "female", "male": "male", "other": "indeterminate"}
_STANDING = {"current": "current", "historic": "ended", "not specified": "not_known"}


def _family_context(cells: Mapping[str, str]) -> dict[str, Any]:
    """What both Family Context extracts share. Of the address only its last line, the postcode, is read."""
    address = cells["Address"].strip().splitlines()
    return {
        "source_reference": _cell(cells, "Cms Id"),
        "child": _without_blanks(
            {
                "given_name": _cell(cells, "First Name"),
                "family_name": _cell(cells, "Last Name"),
                "date_of_birth": _day(cells["Date Of Birth"]),
                "sex": _SEX.get(_cell(cells, "Gender").lower(), ""),
                "postcode": address[-1] if address else "",
            }
        )
        or {},
        "standing": _STANDING.get(_cell(cells, "Service Involvement").lower(), "not_known"),
        "started": _day(cells["Start Date Of Last Involvement"]),
        "last_contact": _day(cells["Date Of Most Recent Interaction"]),
    }


def _social_care(cells: Mapping[str, str]) -> dict[str, Any]:
    return {
        **_family_context(cells),
        "service_type": "social_care",
        "team": _cell(cells, "Local Authority Organisation"),
        "practitioner": _without_blanks({"name": _cell(cells, "Contact Name"), "role": _cell(cells, "Contact Role")}),
        "duty_phone": _cell(cells, "Contact Phone"),
        "duty_email": _cell(cells, "Contact Email"),
    }


def _education(cells: Mapping[str, str]) -> dict[str, Any]:
    return {
        **_family_context(cells),
        "service_type": "education",
        "team": _cell(cells, "School Name"),
        "duty_phone": _cell(cells, "Contact Number"),
    }


_SHARED_COLUMNS = frozenset(
    {
        "Cms Id",
        "First Name",
        "Last Name",
        "Date Of Birth",
        "Gender",
        "Address",
        "Service Involvement",
        "Date Current As Of",
        "Date Of Most Recent Interaction",
        "Start Date Of Last Involvement",
    }
)
_COVERAGE_COLUMNS = frozenset({"Coverage Start Date", "Coverage End Date", "Coverage Geographic Area"})

LAYOUTS = (
    Layout("the register's own columns", _OWN_REQUIRED, _OWN_OPTIONAL, _own),
    Layout(
        "Family Context, social care",
        _SHARED_COLUMNS
        | {"Local Authority Organisation", "Contact Name", "Contact Role", "Contact Phone", "Contact Email"},
        _COVERAGE_COLUMNS,
        _social_care,
        "Date Current As Of",
    ),
    Layout(
        "Family Context, education",
        _SHARED_COLUMNS | {"School Name", "Contact Number"},
        _COVERAGE_COLUMNS | {"Admission Type"},
        _education,
        "Date Current As Of",
    ),
)
