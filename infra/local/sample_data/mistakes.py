"""Rows typed wrong, in the ways in which real extracts are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.local.sample_data.facts import MistakeKind

if TYPE_CHECKING:
    from infra.local.sample_data.draws import Draws
    from infra.local.sample_data.rows import Layout, Row

PER_THOUSAND = 8
"""Of each kind of mistake, in a thousand rows; at least one of each in every file that has a row for it."""


def make_mistakes(rows: list[Row], layout: Layout, draws: Draws) -> dict[str, MistakeKind]:
    """Spoil some of `rows` in place, none of them twice and none of the story child's.

    Returns the kind of mistake by source reference.
    """
    made: dict[str, MistakeKind] = {}
    for kind in MistakeKind:
        column = _column(kind, layout)
        if column is None:
            continue
        sound = [
            row for row in rows if row.child_number and row.values[column] and row.values[layout.reference] not in made
        ]
        for row in draws.some(sound, max(1, len(rows) * PER_THOUSAND // 1000)):
            row.values[column] = _mistyped(kind, row.values[column], draws)
            made[row.values[layout.reference]] = kind
    return made


def _column(kind: MistakeKind, layout: Layout) -> str | None:
    return {
        MistakeKind.NHS_CHECK_DIGIT: layout.nhs_number,
        MistakeKind.POSTCODE: layout.postcode,
        MistakeKind.TELEPHONE: layout.telephone,
        MistakeKind.BORN_IN_FUTURE: layout.born,
    }[kind]


def _mistyped(kind: MistakeKind, value: str, draws: Draws) -> str:
    match kind:
        case MistakeKind.NHS_CHECK_DIGIT:
            return f"{value[:-1]}{(int(value[-1]) + 1) % 10}"
        case MistakeKind.POSTCODE:  # its last letter left out, or a digit for its last letter but one
            return draws.pick((value[:-1], f"{value[:-2]}{draws.below(10)}{value[-1]}"))
        case MistakeKind.TELEPHONE:  # the last key pressed twice
            return f"{value}{value[-1]}"
        case MistakeKind.BORN_IN_FUTURE:  # a century too late, so that it stays in the future for long
            year, month, day = value.split("-")
            return f"{int(year) + 100}-{month}-{min(int(day), 28):02d}"
