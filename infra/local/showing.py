"""How the demo shows what it does: steps, and tables without lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
from rich.table import Table

from infra.local.timeline import console as console_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_BRITAIN = 44

console = console_of()


def step(text: str) -> None:
    """Something begins."""
    console.print(f"[bold cyan]▸[/] {text}")


def table(*columns: str, fixed: Sequence[str] = ()) -> Table:
    """Without lines; what is too long for its column goes on below, but for the `fixed` ones."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column in fixed)
    return made


def as_dialled(number: str | None) -> str:
    """A telephone number as one dials it here."""
    if number is None:
        return "-"
    parsed = phonenumbers.parse(number)
    if parsed.country_code != _BRITAIN:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
