"""Write one night's extracts and say what they hold."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from infra.local.sample_data import community_health, education, social_care
from infra.local.sample_data.draws import Draws
from infra.local.sample_data.facts import (
    LOCAL_AUTHORITY,
    NHS_TRUST,
    SCHOOL,
    STORY,
    UNKNOWN,
    Mistake,
    Organisation,
    Sample,
    SampleFile,
)
from infra.local.sample_data.mistakes import make_mistakes
from infra.local.sample_data.population import population

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.sample_data.rows import Layout, Row

AS_OF = date(2026, 11, 20)
"""The night of the extracts unless another is asked for: nothing in them happened later."""

EARLIEST_AS_OF = date(2026, 9, 2)
"""The day after the story child started school."""

_MOST_CHILDREN = 500_000  # NHS numbers kept for tests and ids run out above


@dataclass(frozen=True, slots=True)
class _Format:
    """How an organisation's system writes files."""

    name: str
    encoding: str
    line_end: str


# Excel's "CSV UTF-8" has a byte order mark; older Windows systems write Windows-1252, in which every name of
# the lists can be written.
_EXCEL = _Format("social-care.csv", "utf-8-sig", "\r\n")
_OLD_WINDOWS = _Format("education.csv", "cp1252", "\r\n")
_PLAIN = _Format("community-health.csv", "utf-8", "\n")


def generate(folder: Path, *, seed: int = 2010, children: int = 200, as_of: date = AS_OF) -> Sample:
    """Write social-care.csv, education.csv and community-health.csv to `folder`, which is made if need be.

    The same seed, number of children and day give the same bytes everywhere, and a larger sample has the same
    children as a smaller one and more. `children` counts the story child and the unborn. Raises ValueError if
    `children` is not 1 to 500,000 or `as_of` lies before `EARLIEST_AS_OF`.
    """
    if not 1 <= children <= _MOST_CHILDREN:
        message = f"children must be 1 to {_MOST_CHILDREN}, not {children}"
        raise ValueError(message)
    if as_of < EARLIEST_AS_OF:
        message = f"as_of must not be before {EARLIEST_AS_OF}, when the story child has started school"
        raise ValueError(message)
    folder.mkdir(parents=True, exist_ok=True)
    everyone = population(seed, children, as_of)

    def write(organisation: Organisation, form: _Format, layout: Layout, rows: list[Row]) -> SampleFile:
        rows.sort(key=lambda row: row.values[layout.reference])
        kept = [row for row in rows if not _ended_over_a_year_before(as_of, row)]
        kinds = make_mistakes(kept, layout, Draws(seed, "mistakes", form.name))
        path = folder / form.name
        lines = _write(path, form, layout, rows)
        references = [row.values[layout.reference] for row in rows]
        mistakes = tuple(
            Mistake(kinds[reference], reference, record, line)
            for record, (reference, line) in enumerate(zip(references, lines, strict=True), start=1)
            if reference in kinds
        )
        return SampleFile(
            organisation=organisation,
            path=path,
            encoding=form.encoding,
            rows=len(rows),
            mistakes=mistakes,
            no_longer_kept=len(rows) - len(kept),
        )

    return Sample(
        seed=seed,
        as_of=as_of,
        children=children,
        social_care=write(LOCAL_AUTHORITY, _EXCEL, social_care.LAYOUT, social_care.extract(seed, everyone, as_of)),
        education=write(SCHOOL, _OLD_WINDOWS, education.LAYOUT, education.extract(seed, everyone, as_of)),
        community_health=write(
            NHS_TRUST, _PLAIN, community_health.LAYOUT, community_health.extract(seed, everyone, as_of)
        ),
        story=STORY,
        unknown=UNKNOWN,
    )


def _ended_over_a_year_before(as_of: date, row: Row) -> bool:
    """What the register does not keep, unless it is configured to keep it longer. Only the own columns have an end."""
    if not (text := row.values.get("ended")):
        return False
    ended = date.fromisoformat(text)
    return (ended.year + 1, ended.month, ended.day) < (as_of.year, as_of.month, as_of.day)


def _write(path: Path, form: _Format, layout: Layout, rows: list[Row]) -> list[int]:
    """Write the file; returns the line on which each row starts."""
    starts = []
    line = 2
    with path.open("w", encoding=form.encoding, newline="") as file:
        writer = csv.DictWriter(file, layout.header, lineterminator=form.line_end)
        writer.writeheader()
        for row in rows:
            starts.append(line)
            writer.writerow(row.values)
            line += 1 + sum(value.count("\n") for value in row.values.values())
    return starts
