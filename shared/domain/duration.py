"""Durations of the calendar, added on the clock that the register's closure is told by: Europe/London's."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_SECOND = timedelta(seconds=1)
_LONGEST_YEARS = 100
"""More is a slip of the finger, and would lead out of the calendar."""

_TEXT = re.compile(
    r"P(?=[0-9T])"
    r"(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?(?:(?P<weeks>[0-9]+)W)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+)S)?)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months, then calendar days, then exact seconds: none is negative, and none stands for another.

    A year is twelve months and a week seven days in any calendar, so durations that differ in such words alone are
    equal. A day is not 24 hours: it is 23 or 25 where the clock changes.
    """

    months: int = 0
    days: int = 0
    seconds: int = 0

    def __post_init__(self) -> None:
        if min(self.months, self.days, self.seconds) < 0:
            raise ValueError("a duration is never negative")

    @classmethod
    def parse(cls, text: str) -> Duration:
        """From ISO 8601, in whole numbers: `P2M`, `P1Y6M`, `P2W`, `P7D`, `PT60S`, `P1DT12H`.

        Raises ValueError for anything else, and for more than a hundred years of anything.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"not a duration such as P2M, P7D or PT60S: {text!r}")
        if any(len(digits) > len(str(_LONGEST_YEARS * 366 * _DAY)) for digits in found.groups("")):
            raise ValueError(f"longer than {_LONGEST_YEARS} years: {text!r}")
        said = {unit: int(digits) for unit, digits in found.groupdict("0").items()}
        duration = cls(
            months=12 * said["years"] + said["months"],
            days=7 * said["weeks"] + said["days"],
            seconds=_HOUR * said["hours"] + _MINUTE * said["minutes"] + said["seconds"],
        )
        days = _LONGEST_YEARS * 366
        if duration.months > 12 * _LONGEST_YEARS or duration.days > days or duration.seconds > days * _DAY:
            raise ValueError(f"longer than {_LONGEST_YEARS} years: {text!r}")
        return duration

    def __str__(self) -> str:
        """The shortest text that `parse` reads as the same: `P1Y2M`, `P14D`, `PT1M`."""
        day = _written((self.months // 12, "Y"), (self.months % 12, "M"), (self.days, "D"))
        rest = self.seconds % _HOUR
        clock = _written((self.seconds // _HOUR, "H"), (rest // _MINUTE, "M"), (rest % _MINUTE, "S"))
        return f"P{day}T{clock}" if clock else f"P{day or '0D'}"

    @property
    def at_least(self) -> timedelta:
        """As short as it can be, for a month may be February."""
        return timedelta(days=28 * self.months + self.days, seconds=self.seconds)

    def longer_by(self, days: int) -> Duration:
        """The same and so many calendar days."""
        return replace(self, days=self.days + days)

    def added_to(self, instant: datetime) -> datetime:
        """The instant in UTC at which this has passed since an aware instant.

        Months and days are counted on London's wall clock, which shows the same time at the end: noon stays noon
        when the clocks change. Where the month reached is too short, its last day counts (31 December and two months
        is the last day of February). A time that the clocks jump over is read as if they had not yet jumped, and so
        shows one hour later; of a time that comes twice, the first counts: RFC 5545, section 3.3.5. Hours, minutes
        and seconds come last and are exact.

        Raises ValueError for an instant without an offset.
        """
        check_aware(instant)
        if self.months or self.days:
            wall = instant.astimezone(_london())
            year, month = divmod(wall.year * 12 + wall.month - 1 + self.months, 12)
            day = min(wall.day, monthrange(year, month + 1)[1])
            instant = wall.replace(year=year, month=month + 1, day=day, fold=0) + timedelta(days=self.days)
        return instant.astimezone(UTC) + timedelta(seconds=self.seconds)


def check_aware(instant: datetime) -> None:
    """Raises ValueError for an instant without an offset: noon where?"""
    if instant.utcoffset() is None:
        raise ValueError("an instant needs an offset, such as 2010-08-06T12:00:00+01:00")


def start_of_day(day: date) -> datetime:
    """Midnight in London at which the day begins, in UTC."""
    return datetime.combine(day, time(), _london()).astimezone(UTC)


def day_of(instant: datetime) -> date:
    """The day that it is in London at an aware instant."""
    return instant.astimezone(_london()).date()


def london_text(instant: datetime) -> str:
    """For people: what London's clock shows at an aware instant, and its offset: `Wed 6 Oct 2010 12:00:00 +01:00`."""
    wall = instant.astimezone(_london())
    return f"{wall:%a} {wall.day} {wall:%b %Y %H:%M:%S %:z}"


def next_whole_second(instant: datetime) -> datetime:
    """The instant itself if it is a whole second, or else the next: DynamoDB's expiry knows no parts of a second."""
    return instant.replace(microsecond=0) + _SECOND if instant.microsecond else instant


def _written(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number)


@cache
def _london() -> ZoneInfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # takes time to load, and who looks up never asks

    return ZoneInfo("Europe/London")
