"""How long an open register keeps what it holds: an involvement that ended, a child grown up, a child who died.

The model is ContactPoint, under the Children Act 2004 Information Database (England) Regulations 2007 (SI 2007/2182).
It moved what was due into an archive for six years more; this register has no archive, and what is due goes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.child import WEEKS_OVERDUE
from shared.domain.duration import Duration, day_of, start_of_day
from shared.domain.errors import NoLongerKept
from shared.domain.involvement import Standing

if TYPE_CHECKING:
    from datetime import date, datetime

    from shared.domain.child import Child, ChildDetails
    from shared.domain.involvement import Involvement, Registration, Service

_ENDED_KEPT = Duration(months=12)
_GROWN_UP = Duration(months=18 * 12)
_YOUNGEST, _OLDEST = Duration(months=18 * 12), Duration(months=25 * 12)
_MEND = "the register keeps: do not send it any more, or put the date right"
_ONE_DAY = timedelta(days=1)
_OVERDUE = timedelta(weeks=WEEKS_OVERDUE)
_SHORTEST_KEPT = timedelta(days=28)
"""A month, the shortest there is: assumed. Hours or days are a slip, `P1D` for `P1Y`, that would empty a register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept. Nothing is due before its last day has ended in London.

    Raises ValueError for an age that is not in whole years from 18 to 25: a child, or a young person by consent; and if
    what ended is kept for less than a month.
    """

    ended_involvement_kept: Duration = _ENDED_KEPT
    """From the end of an involvement, or from a child's death, which ends them all. One year: for a death as
    ContactPoint had it (Hansard, Commons, 21 April 2009, written answers, Children: Databases); for an involvement
    that ended, assumed."""
    grown_up_at: Duration = _GROWN_UP
    """From the day of birth: 18 years, as ContactPoint had it. The Regulations let a young person who agrees stay to 25
    (regulation 4, assumed for the age); consent is not recorded here yet, so one age holds for all."""

    def __post_init__(self) -> None:
        kept = self.ended_involvement_kept
        if kept.months * _SHORTEST_KEPT + timedelta(days=kept.days, seconds=kept.seconds) < _SHORTEST_KEPT:
            raise ValueError(f"EndedInvolvementKept is a month at least, P1M or P28D, not {kept}")
        age = self.grown_up_at
        if age.days or age.seconds or age.months % 12 or not _YOUNGEST.months <= age.months <= _OLDEST.months:
            raise ValueError(f"GrownUpAt is a number of years from {_YOUNGEST} to {_OLDEST}, not {age}")

    @classmethod
    def configured(cls, ended_involvement_kept: str = "", grown_up_at: str = "") -> Retention:
        """From the template's parameters; empty text means the default.

        Raises ValueError, naming the parameter, for what is no duration or no age.
        """
        return cls(
            ended_involvement_kept=_read("EndedInvolvementKept", ended_involvement_kept, _ENDED_KEPT),
            grown_up_at=_read("GrownUpAt", grown_up_at, _GROWN_UP),
        )

    def parameters(self) -> dict[str, str]:
        """What `configured` reads as the same."""
        return {"ended_involvement_kept": str(self.ended_involvement_kept), "grown_up_at": str(self.grown_up_at)}

    def involvement_due(self, involvement: Involvement) -> datetime | None:
        """The instant in UTC at which an involvement that ended is due to go; None for one that has not ended.

        It is kept for the whole of the day on which it ended. One that is said to have ended, but not when, has
        ended by the day on which the organisation last changed what it says.
        """
        return self._service_due(involvement.service, involvement.refreshed_at)

    def child_due(self, child: Child | ChildDetails, *, died: date | None = None) -> datetime | None:
        """The instant in UTC at which a child and everything about it is due to go; None while nobody can tell.

        Grown up: the day that begins the birthday (Family Law Reform Act 1969, section 9), and for who was born on
        29 February, in a year without one, 1 March. Of a birth that has not been told, the latest day on which it can
        have been is taken, six weeks after it was expected. Died: as long as after an involvement that ended, or the
        birthday if that comes first. The register holds no date of death yet: `died` is for whoever comes to know it,
        a retention run with a source of deaths, and until there is one nobody passes it.
        """
        born = child.date_of_birth or (child.expected_date + _OVERDUE if child.expected_date else None)
        dues = [self._grown_up(born)] if born else []
        if died:
            dues.append(self._kept_from(died))
        return min(dues, default=None)

    def refusal(self, registration: Registration, now: datetime) -> NoLongerKept | None:
        """Why what an organisation sends now is not taken in: it would be due at once. None for what is to be kept.

        By what it says alone, not by what others say of the child.
        """
        over = self._service_due(registration.service, now)
        if over and over <= now:
            return NoLongerKept(f"this ended longer ago than {_MEND}", "/ended")
        grown_up = self.child_due(registration.child)
        if grown_up and grown_up <= now:
            return NoLongerKept(f"who was born on this day is older than {_MEND}", "/child/date_of_birth")
        return None

    def _service_due(self, service: Service, said_at: datetime) -> datetime | None:
        if service.standing is not Standing.ENDED:
            return None
        return self._kept_from(service.ended or day_of(said_at))

    def _kept_from(self, day: date) -> datetime:
        """From a day until the end of the one reached, so that no hour of the first was kept too short a time."""
        kept = self.ended_involvement_kept
        reached = day_of(replace(kept, seconds=0).added_to(start_of_day(day)))
        return start_of_day(reached + _ONE_DAY) + timedelta(seconds=kept.seconds)

    def _grown_up(self, born: date) -> datetime:
        birthday = day_of(self.grown_up_at.added_to(start_of_day(born)))
        return start_of_day(birthday if birthday.day == born.day else birthday + _ONE_DAY)


def _read(parameter: str, text: str, default: Duration) -> Duration:
    try:
        return Duration.parse(text) if text else default
    except ValueError as error:
        raise ValueError(f"{parameter} cannot be read: {error}") from error
