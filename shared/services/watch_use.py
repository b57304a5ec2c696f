"""Looks through the access log, hour by hour, for use that looks wrong, and tells auditors. It stops nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING

from shared.domain.accesses import HOUR, hour_of
from shared.domain.alerts import Alert, AlertKind
from shared.domain.directory import Capability
from shared.domain.errors import RegisterClosed
from shared.domain.habit import Usual, window
from shared.domain.signs import Look
from shared.domain.trawling import peers_of, uses_of
from shared.domain.unusual import assess, is_news

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.accesses import AccessReading
    from shared.domain.directory import Organisation
    from shared.domain.ports import Alerts, Directory, Register, SideBySide
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.signs import WorksWith
    from shared.domain.trawling import Habits, Use
    from shared.domain.unusual import Assessment
    from shared.services.gate import Gate

type TimeLeft = Callable[[], timedelta]
"""How long this run may still work."""

_AT_ONCE = 200
"""Practitioners between two looks at the clock: a second or two."""
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Watched:
    """What one run has done: the hours it has looked through, the alerts made, and those that nobody is there to read."""

    hours: tuple[datetime, ...] = ()
    alerts: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchUse:
    """Killed anywhere, run again, or by two at once, it makes the same summaries and each alert once.

    Everything is put on condition that it is not there; an hour counts as done when all of it has been put.
    """

    reading: AccessReading
    habits: Habits
    alerts: Alerts
    register: Register
    directory: Directory
    pseudonyms: Pseudonyms
    side_by_side: SideBySide
    gate: Gate

    def __call__(self, hour: datetime, time_left: TimeLeft) -> Watched:
        """Looks through every hour that has not been looked through, up to and including this one, while time is left.

        The first hour of all is this one. Nothing is looked through once the register is closed: nobody asks any more,
        and what there is to compare with is out of reach. Raises Unavailable: the next run goes on.
        """
        done = self.habits.done_through()
        coming = done + HOUR if done else hour_of(hour)
        looked: list[datetime] = []
        alerts = unread = 0
        while coming <= hour:
            try:
                now = self.gate.open_at()
            except RegisterClosed:
                break
            told = _Hour(self, coming, now, time_left).look_through()
            if told is None:
                break
            self.habits.put_done(coming)
            looked.append(coming)
            alerts += sum(told)
            unread += told.count(0)
            coming += HOUR
        return Watched(tuple(looked), alerts, unread)


class _Hour:
    """One hour, looked through."""

    def __init__(self, ports: WatchUse, hour: datetime, now: datetime, time_left: TimeLeft) -> None:
        self._ports = ports
        self._hour = hour
        self._now = now
        self._time_left = time_left
        self._organisations: Mapping[str, Organisation] = {o.code: o for o in ports.directory.organisations()}
        self._usual: Mapping[tuple[str, str], Usual] = {}
        self._ours: dict[tuple[str, str], bool] = {}

    def look_through(self) -> list[int] | None:
        """To how many each thing that is new was told; None if time ran out: the next run goes on where this one stopped.

        An hour that has ended has the same practitioners in the same order for ever.
        """
        ports = self._ports
        uses = uses_of(self._hour, ports.reading.of_hour(self._hour))
        ports.side_by_side(ports.habits.put_peers, peers_of(uses))
        roles = sorted({(use.organisation, use.role) for use in uses})
        self._usual = dict(zip(roles, ports.side_by_side(self._usual_of, roles), strict=True))
        told: list[int] = []
        reached = ports.habits.reached(self._hour)
        for some in batched(uses[reached:], _AT_ONCE, strict=False):
            if self._time_left() <= _NONE:
                ports.habits.put_reached(self._hour, reached)
                return None
            reached += len(some)
            told += (count for count in ports.side_by_side(self._look_at, some) if count is not None)
        return told

    def _usual_of(self, role: tuple[str, str]) -> Usual:
        return Usual.of(self._ports.habits.peers(*role, *window(self._hour)))

    def _look_at(self, use: Use) -> int | None:
        """To how many organisations it was told that this looks wrong; None if there is nothing new to tell."""
        habits = self._ports.habits
        habits.put(use)
        since, _ = window(self._hour)
        past = habits.past(use.organisation, use.practitioner_id, since, self._hour)
        look = Look.of(past.uses, self._usual[use.organisation, use.role])
        found = assess(look, self._works_with(use.organisation))
        if not (found.is_alarming and is_news(found, past.told, self._hour)):
            return None
        listeners = self._listeners(use.organisation, {district for u in look.week for district in u.districts})
        for organisation in listeners:
            self._ports.alerts.put(self._alert(organisation, use, found))
        habits.put_told(use, found.surprises)
        return len(listeners)

    def _works_with(self, code: str) -> WorksWith:
        """None unless the organisation registers ordinary services, and no others.

        Of sensitive ones nothing may be told, and that nobody works with a child would be untrue.
        """
        organisation = self._organisations.get(code)
        if organisation is None or Capability.REGISTER not in organisation.permissions.capabilities:
            return None
        types = organisation.permissions.service_types
        if not types or any(service_type.is_sensitive for service_type in types):
            return None
        return lambda child_id: self._is_ours(code, child_id)

    def _is_ours(self, code: str, child_id: str) -> bool:
        if (code, child_id) not in self._ours:
            held = self._ports.register.held_by_id(child_id, self._now)
            self._ours[code, child_id] = held is not None and any(i.organisation == code for i in held.involvements)
        return self._ours[code, child_id]

    def _listeners(self, code: str, districts: set[str]) -> Sequence[str]:
        """Its own auditors; else those of the authorities whose children were asked about."""
        auditing = {o.code: o for o in self._organisations.values() if _audits(o)}
        if code in auditing:
            return [code]
        return sorted(o.code for o in auditing.values() if any(o.answers_for(district) for district in districts))

    def _alert(self, organisation: str, use: Use, found: Assessment) -> Alert:
        """The same for the same hour, whoever makes it: put again, it changes nothing."""
        at = self._hour + HOUR
        of_what = (organisation, use.organisation, use.practitioner_id, at.isoformat())
        return Alert(
            alert_id=self._ports.pseudonyms.of("unusual_use", *of_what),
            at=at,
            organisation=organisation,
            kind=AlertKind.UNUSUAL_USE,
            by_organisation=use.organisation,
            by_practitioner=use.practitioner_id,
            signs=tuple(sorted(found.surprises)),
            score=round(found.score, 3),
        )


def _audits(organisation: Organisation) -> bool:
    return Capability.AUDIT in organisation.permissions.capabilities and not organisation.suspended
