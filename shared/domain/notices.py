"""Something has happened with a child that another organisation needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.domain.pseudonym import Pseudonyms

KEPT = timedelta(days=90)
"""How long a notice is kept, read or not."""


class NoticeKind(StrEnum):
    """What has happened."""

    INVOLVEMENT_ELSEWHERE = "involvement-elsewhere"
    MOVED = "moved"
    LOOKED_UP = "looked-up"
    NOBODY_LEFT = "nobody-left"
    GONE_QUIET = "gone-quiet"
    WATCHED = "watched"
    DISPUTED = "disputed"
    JOINED = "joined"
    SHIELDED = "shielded"
    CLOSING = "closing"
    """The register will close: to those who depend on it, once it is announced and as the day comes near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What has happened, once. `what` names it for ever, in ids and keyed hashes: the same again is the same cause.

    `about` are ids and codes that the notice tells besides (`organisation`, `practitioner_role`, `dependent`, `days`).
    """

    kind: NoticeKind
    what: str
    at: datetime
    child_id: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A cause, as one organisation is told of it. Ids and codes only."""

    notice_id: str
    kind: NoticeKind
    at: datetime
    organisation: str
    child_id: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    acknowledged_at: datetime | None = None


def notice_of(cause: Cause, organisation: str, pseudonyms: Pseudonyms) -> Notice:
    """To this organisation. Its id depends on the cause and on who is told, and on nothing else."""
    return Notice(
        notice_id=pseudonyms.of("notice", cause.kind, cause.what, organisation),
        kind=cause.kind,
        at=cause.at,
        organisation=organisation,
        child_id=cause.child_id,
        about=cause.about,
    )


@dataclass(frozen=True, slots=True)
class NoticePage:
    """An organisation's notices in the order in which they were put. `next` is the cursor after what was looked at.

    Asked again with it, all that has been put since comes, and nothing is ever put before it. A page may be empty though
    more lies behind what was acknowledged: the end is where `next` is the cursor that was given. None if there is none.
    """

    notices: Sequence[Notice]
    next: str | None


class Notices(Protocol):
    """What organisations have to be told. Methods raise Unavailable if the store does not answer."""

    def put(self, notices: Sequence[Notice]) -> int:
        """Each once, whatever is put again, by whom, at the same time: how many were new."""

    def of(self, organisation: str, after: str | None, limit: int) -> NoticePage:
        """Those that are not acknowledged, from after the cursor on; the oldest first."""

    def notice(self, organisation: str, notice_id: str) -> Notice:
        """One of an organisation's own, acknowledged or not. Raises NoticeNotFound."""

    def acknowledge(self, organisation: str, notice_id: str, at: datetime) -> None:
        """Twice is once. Raises NoticeNotFound, also for another organisation's."""


class WatchReason(StrEnum):
    """Why a child is watched: the closed list."""

    MISSING_CHILD = "missing_child"
    MISSING_EDUCATION = "missing_education"
    RISK_OF_HARM = "risk_of_harm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An organisation is to be told at once when this child is looked up or registered anywhere, until it ends."""

    child_id: str
    organisation: str
    reason: WatchReason
    since: datetime
    until: datetime

    def covers(self, at: datetime) -> bool:
        """Whether it held at an instant, or in that second: changes are known to the second in which they were written."""
        return self.since.replace(microsecond=0) <= at < self.until


class Watches(Protocol):
    """Who watches whom. Methods raise Unavailable."""

    def put(self, watch: Watch) -> None:
        """In place of this organisation's own watch on this child, if there is one."""

    def end(self, child_id: str, organisation: str, now: datetime) -> None:
        """From now on nobody is told. Nothing to do if there is none."""

    def of(self, child_ids: Sequence[str], now: datetime) -> Sequence[Watch]:
        """Every watch on a child by any of its ids, that has not ended."""
