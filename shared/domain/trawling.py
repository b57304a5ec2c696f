"""What the access log tells of how somebody uses the register: an hour of each practitioner, and of their peers.

Ids, codes, counts and postcode districts only. What is unusual about it, `unusual` decides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from shared.domain.access import Answered, Purpose
from shared.domain.outcomes import Outcome
from shared.domain.preview import PURPOSE as PREVIEW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.access import AccessRecord

HABIT_KEPT = timedelta(days=90)
"""How long what is summarised is kept: more than twice what is looked at, so that an auditor sees what led to an alert."""

MOST_CHILDREN = 200
"""Children of one practitioner and hour that are kept: more than the limit of questions lets anybody ask."""

CLIENT = "client"
"""The role in whose name previews are asked: they name no practitioner, so they are a client's."""
_OF_CLIENT = "client:"
"""How a client is told from a practitioner, whose id has no colon."""

_HERE = ZoneInfo("Europe/London")
_SATURDAY = 5
_QUESTIONS = frozenset(Purpose)
_NOTHING = frozenset({Outcome.NO_MATCH, Outcome.LOW_CONFIDENCE, Outcome.MANY_MATCHES})
"""Outcomes of guessing: the details were of nobody, or of anybody."""

type Slot = tuple[bool, int]
"""Whether it is a weekend, and the hour of the day where people live: what "outside hours" is told by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one practitioner asked in one hour (UTC, its beginning), or a client by previews. What was refused counts, too.

    `districts` are those asked about, and how often. `children` are the ids of those that were found, and
    `namesakes` of those among them who were asked for by the practitioner's own family name.
    """

    organisation: str
    practitioner_id: str
    role: str
    hour: datetime
    questions: int
    nothing_found: int = 0
    districts: Mapping[str, int] = field(default_factory=dict)
    children: tuple[str, ...] = ()
    namesakes: tuple[str, ...] = ()

    @property
    def is_of_client(self) -> bool:
        """Whether it is what a client has previewed; `practitioner_id` then is `client:` and the client's id."""
        return self.practitioner_id.startswith(_OF_CLIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerUse:
    """What all practitioners of one role at one organisation asked in one hour."""

    organisation: str
    role: str
    hour: datetime
    practitioners: int
    questions: int
    nothing_found: int
    districts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """What is remembered of one practitioner, the oldest first; `told` are the hours an alert was made of, and its signs."""

    uses: Sequence[Use]
    told: Mapping[datetime, frozenset[str]] = field(default_factory=dict)


class Habits(Protocol):
    """What is remembered of use, in hours. Everything is put once: the same again changes nothing."""

    def put(self, use: Use) -> None:
        """One practitioner's hour."""

    def put_peers(self, use: PeerUse) -> None:
        """One role's hour."""

    def put_told(self, use: Use, signs: Iterable[str]) -> None:
        """That an alert was made of this practitioner in this hour."""

    def put_done(self, hour: datetime) -> None:
        """That all of an hour has been looked at."""

    def done_through(self) -> datetime | None:
        """The last hour that was; None before the first."""

    def put_reached(self, hour: datetime, practitioners: int) -> None:
        """That the first so many practitioners of an hour have been looked at, and time ran out."""

    def reached(self, hour: datetime) -> int:
        """How many of them, at the most that was put; 0 if nothing was."""

    def past(self, organisation: str, practitioner_id: str, since: datetime, hour: datetime) -> Past:
        """From `since` to `hour`, both included."""

    def peers(self, organisation: str, role: str, since: datetime, until: datetime) -> Sequence[PeerUse]:
        """From `since` to before `until`."""


@lru_cache(maxsize=4096)  # of three months, which are looked at again and again
def slot_of(hour: datetime) -> Slot:
    """When in the week an hour lies, by the clocks of the place."""
    here = hour.astimezone(_HERE)
    return here.weekday() >= _SATURDAY, here.hour


def uses_of(hour: datetime, records: Iterable[AccessRecord]) -> list[Use]:
    """The questions of one hour, by practitioner, and previews, by client: each tells whether a child is known.

    Other looks, such as a reviewer's or an auditor's, are passed over.
    """
    asked: defaultdict[tuple[str, str], list[AccessRecord]] = defaultdict(list)
    for record in records:
        if record.purpose == PREVIEW:
            asked[record.organisation, f"{_OF_CLIENT}{record.client_id}"].append(_by_client(record))
        elif record.practitioner_id and record.purpose in _QUESTIONS:
            asked[record.organisation, record.practitioner_id].append(record)
    return [_use(hour, *who, asked[who]) for who in sorted(asked)]


def _by_client(preview: AccessRecord) -> AccessRecord:
    """Without the child: nobody works yet with a child that is about to be registered, and that is not strange."""
    return replace(preview, practitioner_role=CLIENT, child_id=None)


def _use(hour: datetime, organisation: str, practitioner_id: str, records: Sequence[AccessRecord]) -> Use:
    roles = Counter(record.practitioner_role or "" for record in records)
    return Use(
        organisation=organisation,
        practitioner_id=practitioner_id,
        role=max(sorted(roles), key=roles.__getitem__),
        hour=hour,
        questions=len(records),
        nothing_found=sum(r.answered == Answered.ANSWERED and r.outcome in _NOTHING for r in records),
        districts=Counter(record.asked_district for record in records if record.asked_district),
        children=_found(records),
        namesakes=_found(record for record in records if record.own_surname),
    )


def _found(records: Iterable[AccessRecord]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(record.child_id for record in records if record.child_id))[:MOST_CHILDREN]


def peers_of(uses: Iterable[Use]) -> list[PeerUse]:
    """What the practitioners of each organisation and role asked together in the hour that `uses` are of."""
    together: defaultdict[tuple[str, str], list[Use]] = defaultdict(list)
    for use in uses:
        together[use.organisation, use.role].append(use)
    return [_peers(organisation, role, together[organisation, role]) for organisation, role in sorted(together)]


def _peers(organisation: str, role: str, uses: Sequence[Use]) -> PeerUse:
    districts: Counter[str] = Counter()
    for use in uses:
        districts.update(use.districts)
    return PeerUse(
        organisation=organisation,
        role=role,
        hour=uses[0].hour,
        practitioners=len(uses),
        questions=sum(use.questions for use in uses),
        nothing_found=sum(use.nothing_found for use in uses),
        districts=districts,
    )
