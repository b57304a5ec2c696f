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
    """From the end of an involvement, or from the death of the child that it states. One year: for a death as
    ContactPoint had it (Hansard, Commons, 21 April 2009, written answers, Children: Databases), which counted from when
    it was told; that it counts from the day of death here is assumed, and so is the year for one that ended."""
    grown_up_at: Duration = _GROWN_UP
    """From the day of birth: 18 years, as ContactPoint had it. The Regulations let a young person who agrees stay to 25
    (regulation 4, assumed for the age); consent is not recorded here yet, so one age holds for all."""

    def __post_init__(self) -> None:
        kept = self.ended_involvement_kept
        if kept.at_least < _SHORTEST_KEPT:
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
        """The instant in UTC at which an involvement is due to go by itself; None for one that is not over.

        It is over on the day on which it ended, or on which it says that the child died, if that comes first, and is
        kept for the whole of that day. One that is said to have ended, but not when, has ended by the day on which the
        organisation last changed what it says. Each goes by its own statement: a death that one organisation states
        takes away nothing that another says, for it may be a slip, or of another child that was taken for this one.
        """
        dues = (self._service_due(involvement.service, involvement.refreshed_at), self._death_due(involvement.child))
        return min((due for due in dues if due), default=None)

    def child_due(self, child: Child | ChildDetails) -> datetime | None:
        """The instant in UTC at which a child has grown up, and all of it is due to go; None while nobody can tell.

        Grown up: the day that begins the birthday (Family Law Reform Act 1969, section 9), and for who was born on
        29 February, in a year without one, 1 March. Of a birth that has not been told, the latest day on which it can
        have been is taken, six weeks after it was expected. A death counts for the involvement that states it alone:
        see `involvement_due`.
        """
        born = child.date_of_birth or (child.expected_date + _OVERDUE if child.expected_date else None)
        return self._grown_up(born) if born else None

    def left_due(self, day: date) -> datetime:
        """The instant in UTC at which an involvement goes that the coverage has left on this day: as if it had ended then."""
        return self._kept_from(day)

    def refusal(self, registration: Registration, now: datetime) -> NoLongerKept | None:
        """Why what an organisation sends now is not taken in: it would be due at once. None for what is to be kept.

        By what it says alone, not by what others say of the child.
        """
        over = self._service_due(registration.service, now)
        if over and over <= now:
            return NoLongerKept(f"this ended longer ago than {_MEND}", "/ended")
        died = self._death_due(registration.child)
        if died and died <= now:
            return NoLongerKept(f"this child died longer ago than {_MEND}", "/child/date_of_death")
        grown_up = self.child_due(registration.child)
        if grown_up and grown_up <= now:
            return NoLongerKept(f"who was born on this day is older than {_MEND}", "/child/date_of_birth")
        return None

    def _service_due(self, service: Service, said_at: datetime) -> datetime | None:
        if service.standing is not Standing.ENDED:
            return None
        return self._kept_from(service.ended or day_of(said_at))

    def _death_due(self, child: ChildDetails) -> datetime | None:
        return self._kept_from(child.date_of_death) if child.date_of_death else None

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
