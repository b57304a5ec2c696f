"""A year of England: when people work, when children are at school, and when the telephone does not stop."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST, LAST = date(2025, 9, 1), date(2026, 8, 31)
"""A school year, for the rhythm of the work is that of schools."""

_BANK_HOLIDAYS = frozenset(
    {
        date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6),
        date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31),
    }
)  # fmt: skip
_SCHOOL_HOLIDAYS = (
    (date(2025, 10, 27), date(2025, 10, 31)),
    (date(2025, 12, 20), date(2026, 1, 4)),
    (date(2026, 2, 16), date(2026, 2, 20)),
    (date(2026, 3, 30), date(2026, 4, 12)),
    (date(2026, 5, 25), date(2026, 5, 29)),
    (date(2026, 7, 22), date(2026, 8, 31)),
)
_MONTHS = {9: 1.2, 10: 1.1, 11: 1.1, 12: 0.9, 1: 1.15, 2: 1.05, 3: 1.1, 4: 0.9, 5: 1.0, 6: 1.1, 7: 1.0, 8: 0.65}
_WEEKDAYS = (1.15, 1.05, 1.0, 1.0, 0.95, 0.7, 0.65)
"""Monday tells of the weekend."""
_SATURDAY = 5


def days() -> Iterator[date]:
    """Every day, in order."""
    return (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))


def is_office_day(day: date) -> bool:
    """Neither a weekend nor a bank holiday."""
    return day.weekday() < _SATURDAY and day not in _BANK_HOLIDAYS


def is_term(day: date) -> bool:
    """Whether schools are open."""
    return is_office_day(day) and not any(first <= day <= last for first, last in _SCHOOL_HOLIDAYS)


def season(day: date) -> float:
    """How much is asked on a day, in terms of an ordinary one."""
    return _MONTHS[day.month] * _WEEKDAYS[day.weekday()]
