"""What has happened with the children we work with? An organisation reads its notices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, LegalBasis, Shown
from shared.domain.directory import Capability
from shared.domain.errors import AskedTooOften, NoticeNotFound, NotPermitted, refusal_code
from shared.domain.lookup import Source
from shared.domain.notices import NoticeKind
from shared.domain.told import Told, tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.directory import Caller
    from shared.domain.errors import SignpostError
    from shared.domain.held import HeldChild
    from shared.domain.notices import Notice, NoticePage, Notices, Watch, Watches
    from shared.domain.ports import AccessLog, Directory, Limits, Together
    from shared.services.gate import Gate

LISTED, READ = "notices", "notice_read"
"""What the access record says was done; what was not, it says as a refusal."""

PURPOSE, LEGAL_BASIS = "notice", LegalBasis.CHILDREN_ACT_2004_S10
"""Why: so that those who work with a child learn of each other (Children Act 2004, section 10: co-operation)."""


class Children(Protocol):
    """All that notices need of the Register."""

    def held_by_id(self, child_id: str, now: datetime) -> HeldChild | None:
        """See `ports.Register`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who reads, under which ids. A system that only asks whether there is anything new names no practitioner."""

    caller: Caller
    access_id: str
    request_id: str
    practitioner_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNotices:
    """The use cases of an organisation about its notices, and their ports.

    Each raises NotPermitted and AskedTooOften (recorded as refused), RegisterClosed, AccessNotRecorded and Unavailable.
    """

    notices: Notices
    watches: Watches
    register: Children
    directory: Directory
    access_log: AccessLog
    limits: Limits
    together: Together
    gate: Gate

    def page(self, after: str | None, limit: int, reading: Reading) -> NoticePage:
        """Those that are not acknowledged, as they were put: nothing is told that was not told then. Recorded."""
        now = self.gate.open_at()
        try:
            disclosure.require_capability(reading.caller, Capability.NOTICES)
            self.limits.spend(reading.caller.client_id, reading.practitioner_id, now)
        except (NotPermitted, AskedTooOften) as refusal:
            self._refused(reading, now, refusal)
            raise
        page, _ = self.together(
            lambda: self.notices.of(reading.caller.organisation.code, after, limit),
            lambda: self.access_log.append(replace(_record(reading, now), outcome=LISTED, shown=Shown.NOTICES)),
        )
        self.gate.open_at()
        return page

    def one(self, notice_id: str, reading: Reading) -> Told:
        """A notice of this organisation's own, and what of its child may be shown now.

        Nothing is returned before the record is durable. Raises NoticeNotFound (recorded as refused), too.
        """
        now = self.gate.open_at()
        caller = reading.caller
        try:
            disclosure.require_capability(caller, Capability.NOTICES)
            notice, _ = self.together(
                lambda: self.notices.notice(caller.organisation.code, notice_id),
                lambda: self.limits.spend(caller.client_id, reading.practitioner_id, now),
            )
        except (NotPermitted, AskedTooOften, NoticeNotFound) as refusal:
            self._refused(reading, now, refusal)
            raise
        held = self.register.held_by_id(notice.child_id, now) if notice.child_id else None
        viewer = disclosure.Viewer(caller, None, reading.practitioner_id, now)
        told = tell(notice, held, viewer, self._watches(notice, held, now))
        child_id = told.child.child_id if told.child else None
        self.access_log.append(
            replace(_record(reading, now), outcome=READ, shown=told.shown, child_id=child_id),
        )
        organisations = {i.organisation for i in told.involvements}
        sources = {o.code: Source.of(o) for o in self.directory.organisations() if o.code in organisations}
        self.gate.open_at()
        return replace(told, sources=sources, access_id=reading.access_id)

    def acknowledge(self, notice_id: str, reading: Reading) -> None:
        """It is not listed any more. Twice is once. Raises NoticeNotFound (recorded as refused) and Contended, too."""
        now = self.gate.open_at()
        try:
            disclosure.require_capability(reading.caller, Capability.NOTICES)
            self.notices.acknowledge(reading.caller.organisation.code, notice_id, now)
        except (NotPermitted, NoticeNotFound) as refusal:
            self._refused(reading, now, refusal)
            raise
        self.gate.open_at()

    def _watches(self, notice: Notice, held: HeldChild | None, now: datetime) -> Sequence[Watch]:
        """Who watches the child of a notice to who does, by any id that it ever had, whether there is a child or not."""
        if notice.kind is not NoticeKind.WATCHED or notice.child_id is None:
            return ()
        known_as = {notice.child_id, *((held.child_id, *held.formerly) if held else ())}
        return self.watches.of(sorted(known_as), now)

    def _refused(self, reading: Reading, at: datetime, refusal: SignpostError) -> None:
        record = replace(_record(reading, at), answered=Answered.REFUSED, outcome=refusal_code(refusal))
        self.access_log.append(record)


def _record(reading: Reading, at: datetime) -> AccessRecord:
    """But for how it ended."""
    return AccessRecord(
        access_id=reading.access_id,
        at=at,
        request_id=reading.request_id,
        organisation=reading.caller.organisation.code,
        client_id=reading.caller.client_id,
        answered=Answered.ANSWERED,
        outcome="",
        shown=Shown.NOTHING,
        practitioner_id=reading.practitioner_id,
        purpose=PURPOSE,
        legal_basis=LEGAL_BASIS,
        policy=disclosure.policy_of(reading.caller),
    )
