"""How the register is used, hour by hour, beside the access log that tells it: only ever added to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.accesses import read_hour
from shared.domain.conflicts import Conflict
from shared.domain.trawling import HABIT_KEPT, Past, PeerUse, Use
from shared.persistence import keys
from shared.persistence.failures import translated
from shared.persistence.hashed_keys import RegisterKeys
from shared.persistence.models import HabitItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.domain.pseudonym import Pseudonyms

_LISTS = "children", "namesakes"
_TOLD = "#"
"""What the sort key of an hour has not, and that of what was told of it has."""


@dataclass(frozen=True, slots=True)
class DynamoHabits:
    """Implements `trawling.Habits` in the AccessLog table. Practitioners' ids are hashed in keys, and kept nowhere else."""

    pseudonyms: Pseudonyms

    def put(self, use: Use) -> None:
        """See the port."""
        said = {
            "role": use.role,
            "questions": use.questions,
            "nothing_found": use.nothing_found,
            "districts": dict(use.districts),
            "children": list(use.children),
            "namesakes": list(use.namesakes),
        }
        _put(self._of(use.organisation, use.practitioner_id), keys.habit_hour(use.hour), said, use.hour)

    def put_peers(self, use: PeerUse) -> None:
        """See the port."""
        said = {
            "practitioners": use.practitioners,
            "questions": use.questions,
            "nothing_found": use.nothing_found,
            "districts": dict(use.districts),
        }
        _put(keys.role_habit(use.organisation, use.role), keys.habit_hour(use.hour), said, use.hour)

    def put_told(self, use: Use, signs: Iterable[str]) -> None:
        """See the port."""
        of_whom = self._of(use.organisation, use.practitioner_id)
        _put(of_whom, keys.habit_told(use.hour), {"signs": sorted(signs)}, use.hour)

    def put_done(self, hour: datetime) -> None:
        """See the port."""
        _put(keys.HABITS, keys.habit_hour(hour), None, hour)

    def done_through(self) -> datetime | None:
        """See the port."""
        with translated():
            last = list(HabitItem.query(keys.HABITS, scan_index_forward=False, limit=1, consistent_read=True))
        return read_hour(last[0].sk) if last else None

    def put_reached(self, hour: datetime, practitioners: int) -> None:
        """See the port."""
        _put(keys.REACHED, keys.reached(hour, practitioners), None, hour)

    def reached(self, hour: datetime) -> int:
        """See the port."""
        of_hour = HabitItem.sk.startswith(keys.habit_hour(hour))
        with translated():
            found = HabitItem.query(keys.REACHED, of_hour, scan_index_forward=False, limit=1, consistent_read=True)
            return max((int(item.sk.rpartition("#")[2]) for item in found), default=0)

    def past(self, organisation: str, practitioner_id: str, since: datetime, hour: datetime) -> Past:
        """See the port."""
        found = _between(self._of(organisation, practitioner_id), keys.habit_hour(since), keys.habit_told(hour))
        return Past(
            uses=[
                Use(organisation=organisation, practitioner_id=practitioner_id, **_said(item))
                for item in found
                if _TOLD not in item.sk
            ],
            told={
                read_hour(item.sk.partition(_TOLD)[0]): frozenset(item.said["signs"])
                for item in found
                if _TOLD in item.sk
            },
        )

    def peers(self, organisation: str, role: str, since: datetime, until: datetime) -> Sequence[PeerUse]:
        """See the port."""
        found = _between(keys.role_habit(organisation, role), keys.habit_hour(since), keys.habit_hour(until))
        return [
            PeerUse(organisation=organisation, role=role, **_said(item))
            for item in found
            if item.sk != keys.habit_hour(until)
        ]

    def _of(self, organisation: str, practitioner_id: str) -> str:
        return RegisterKeys(self.pseudonyms).habit(organisation, practitioner_id)


def _put(partition: str, sort: str, said: dict[str, Any] | None, hour: datetime) -> None:
    item = HabitItem(partition, sort, said=said, expires_at=hour + HABIT_KEPT)
    with suppress(Conflict), translated():
        item.save(condition=HabitItem.pk.does_not_exist())


def _between(partition: str, first: str, last: str) -> list[HabitItem]:
    """Both included, the oldest first."""
    with translated():
        return list(HabitItem.query(partition, HabitItem.sk.between(first, last), consistent_read=True))


def _said(item: HabitItem) -> dict[str, Any]:
    said: dict[str, Any] = item.said
    lists = {name: tuple(said[name]) for name in _LISTS if name in said}
    return said | lists | {"hour": read_hour(item.sk)}
