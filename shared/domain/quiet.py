"""An involvement that is current and has gone quiet: nobody has met the child for longer than is to be expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.duration import Duration, day_of, start_of_day
from shared.domain.involvement import Standing
from shared.domain.notices import Cause, NoticeKind
from shared.domain.readers import is_of, seen

if TYPE_CHECKING:
    from datetime import date, datetime

    from shared.domain.disclosure import Viewer
    from shared.domain.held import HeldChild
    from shared.domain.involvement import Involvement
    from shared.domain.pseudonym import Pseudonyms

GONE_QUIET_AFTER = "GoneQuietAfter"
"""The template's parameter, under which is noted since when it is what it is."""

TOLD_WITHIN = timedelta(days=28)
"""How long after it went quiet an organisation is still told, so that a schedule that stood still loses no notice. Less
than notices are kept (`notices.KEPT`): while one is kept it is not put again, and afterwards nobody would know."""

_HALF_A_YEAR = Duration(months=6)
_ONE_DAY = timedelta(days=1)
_SHORTEST = timedelta(days=7)
"""Assumed: less is a slip, `P1D` for `P1Y`, that would tell everybody of everything."""


@dataclass(frozen=True, slots=True)
class GoneQuiet:
    """After how long without contact an involvement is quiet: six months, unless configured.

    Assumed: two terms of a school, and as long as a health visitor may leave between two reviews.
    Raises ValueError for less than a week.
    """

    after: Duration = _HALF_A_YEAR

    def __post_init__(self) -> None:
        if self.after.at_least < _SHORTEST:
            raise ValueError(f"{GONE_QUIET_AFTER} is a week at least, P7D, not {self.after}")

    @classmethod
    def configured(cls, gone_quiet_after: str = "") -> GoneQuiet:
        """From the template's parameter; empty text means the default. Raises ValueError, naming the parameter."""
        try:
            after = Duration.parse(gone_quiet_after) if gone_quiet_after else _HALF_A_YEAR
        except ValueError as error:
            raise ValueError(f"{GONE_QUIET_AFTER} cannot be read: {error}") from error
        return cls(after)

    def quiet_from(self, involvement: Involvement) -> datetime | None:
        """The instant in UTC from which on it is quiet; None for what is not current, or of a sensitive service.

        The day of the last contact counts, and the whole of the day that is reached.
        """
        service = involvement.service
        if service.standing is not Standing.CURRENT or service.service_type.is_sensitive:
            return None
        reached = day_of(self.after.added_to(start_of_day(last_contact(involvement))))
        return start_of_day(reached + _ONE_DAY)

    def is_quiet(self, involvement: Involvement, now: datetime) -> bool:
        """Whether nobody has met the child for longer than is to be expected."""
        since = self.quiet_from(involvement)
        return since is not None and since <= now

    def is_to_be_told(self, involvement: Involvement, now: datetime, in_force_since: datetime) -> bool:
        """Whether its organisation is told now: not long after it went quiet, or after that could be known.

        It could not before it was said so, nor before the parameter was what it is (`in_force_since`).
        """
        quiet = self.quiet_from(involvement)
        if quiet is None or quiet > now:
            return False
        return now < max(quiet, involvement.refreshed_at, in_force_since) + TOLD_WITHIN


def last_contact(involvement: Involvement) -> date:
    """The last day on which the service is known to have met the child: else when it began, else when that was said."""
    service = involvement.service
    return service.last_contact or service.started or day_of(involvement.refreshed_at)


# Who is told


def hears_of_its_own(reader: Viewer, involvement: Involvement, held: HeldChild) -> bool:
    """`gone-quiet`: whose involvement it is, of a service that it may see, unless a shield hides the child from it."""
    return is_of(reader, involvement) and involvement in seen(reader, held)


def hears_of_its_children(reader: Viewer, held: HeldChild, rule: GoneQuiet) -> bool:
    """`gone-quiet`, once a week: a child's authority, if anything that it may see of the child is quiet."""
    if not disclosure.is_own(reader.caller.organisation, held.involvements):
        return False
    return any(rule.is_quiet(involvement, reader.now) for involvement in seen(reader, held))


def cause_of(involvement: Involvement, held: HeldChild, now: datetime, pseudonyms: Pseudonyms) -> Cause:
    """That an involvement has gone quiet: once for its last contact, whatever else is said of it, wherever it lies."""
    reference = pseudonyms.of("source_reference", involvement.source_reference)
    return Cause(
        kind=NoticeKind.GONE_QUIET,
        what=f"{involvement.organisation}#{reference}#{last_contact(involvement).isoformat()}",
        at=now,
        child_id=held.child_id,
        about={"organisation": involvement.organisation, "service_type": involvement.service.service_type.value},
    )


def weekly_cause_of(held: HeldChild, now: datetime) -> Cause:
    """That services of a child are quiet: once in a week of London's calendar."""
    year, week, _ = day_of(now).isocalendar()
    return Cause(kind=NoticeKind.GONE_QUIET, what=f"{held.child_id}#{year}-{week:02d}", at=now, child_id=held.child_id)
