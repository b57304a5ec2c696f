"""Is the register for this child? Who registers a service that every child has is told, so that is a question, too.

That it is taken in says that another service works with the child, and that it is refused that none does, as far as the
organisation may see. So it is counted as a question before it is decided, and recorded before anything comes of it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Shown
from shared.domain.errors import AskedTooOften, refusal_code
from shared.domain.postcode import district
from shared.domain.targeting import COVERED, LEGAL_BASIS, PURPOSE

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.directory import Caller
    from shared.domain.involvement import Registration
    from shared.domain.ports import AccessLog, Limits, Together
    from shared.domain.targeting import Decided


class Told(Protocol):
    """Whoever is told by the fate of one registration whether the register is for its child."""

    def ask(self, registration: Registration, now: datetime, /) -> None:
        """Before it is decided. Raises AskedTooOften, and then it is not."""

    def record(self, registration: Registration, decided: Decided, now: datetime, /) -> None:
        """Before anything comes of it. Raises AccessNotRecorded, and then nothing does."""


@dataclass(slots=True, kw_only=True)
class ToldByAnswer:
    """The client of one call, or of one item of a batch: counted as one question, and recorded as one is.

    If others change the child meanwhile, it is decided again: counted once, and recorded again only if it ends otherwise.
    """

    caller: Caller
    request_id: str
    access_log: AccessLog
    limits: Limits
    together: Together
    _is_counted: bool = field(default=False, init=False)
    _recorded: set[tuple[str | None, bool]] = field(default_factory=set, init=False)

    def ask(self, registration: Registration, now: datetime) -> None:
        """See `Told`. A refusal is recorded."""
        if self._is_counted:
            return
        try:
            self.limits.spend(self.caller.client_id, None, now)
        except AskedTooOften as refusal:
            self.access_log.append(self._record(registration, Answered.REFUSED, refusal_code(refusal), None, now))
            raise
        self._is_counted = True

    def record(self, registration: Registration, decided: Decided, now: datetime) -> None:
        """See `Told`. A refusal costs what a lookup does that finds nothing."""
        refusal = decided.refusal
        how = decided.child_id, refusal is None
        if how in self._recorded:
            return
        answered = Answered.REFUSED if refusal else Answered.ANSWERED
        outcome = refusal_code(refusal) if refusal else COVERED
        record = self._record(registration, answered, outcome, decided.child_id, now)
        self.together(
            lambda: self.access_log.append(record),
            lambda: self.limits.charge(self.caller.client_id, None, now) if refusal else None,
        )
        self._recorded.add(how)

    def _record(
        self, registration: Registration, answered: Answered, outcome: str, child_id: str | None, now: datetime
    ) -> AccessRecord:
        """The involvement's practitioner is not who asks."""
        postcode = registration.child.postcode
        return AccessRecord(
            access_id=uuid.uuid4().hex,
            at=now,
            request_id=self.request_id,
            organisation=self.caller.organisation.code,
            client_id=self.caller.client_id,
            answered=answered,
            outcome=outcome,
            shown=Shown.NOTHING,
            purpose=PURPOSE,
            legal_basis=LEGAL_BASIS,
            child_id=child_id,
            policy=disclosure.policy_of(self.caller),
            asked_district=district(postcode) if postcode else None,
        )


class ToldByReceipt:
    """The rows of an extract: its receipt tells of all of them at once, and is recorded once, before it is left."""

    def ask(self, _registration: Registration, _now: datetime) -> None:
        """See `Told`. An extract comes when it comes, and is counted by nobody."""

    def record(self, _registration: Registration, _decided: Decided, _now: datetime) -> None:
        """See `Told`. The tally counts it."""
