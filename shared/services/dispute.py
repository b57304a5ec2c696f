"""Somebody says that an involvement is wrong, or objects to it: an operator notes it, until it is settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.domain import disclosure, disputing
from shared.domain.access import AccessRecord, Answered, Shown, note_names_somebody
from shared.domain.accesses import OPERATOR
from shared.domain.conflicts import Conflict
from shared.domain.errors import Contended, InvolvementNotFound, NotPermitted, refusal_code
from shared.domain.involvement import Disputed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from shared.domain.disputing import Noted
    from shared.domain.involvement import Involvement
    from shared.domain.ports import AccessLog, Register
    from shared.services.gate import Gate

DISPUTED, SETTLED = "disputed", "settled"
"""What the access record says was done."""

_ATTEMPTS = 10
"""How often it is tried while others change the same involvement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeInvolvements:
    """The use cases and their ports. `registers` are all there are: an involvement lies in one of them.

    Both raise InvolvementNotFound and NotPermitted (for a reference that names the child), recorded as refused;
    RegisterClosed, AccessNotRecorded, Contended and Unavailable. Both may be tried again. What is on record as done may
    have failed afterwards, if it is not there; nothing is done that is not on record.
    `pause(attempt)` waits between two attempts.
    """

    registers: Sequence[Register]
    access_log: AccessLog
    gate: Gate
    pause: Callable[[int], None]

    def dispute(self, noted: Noted, *, access_id: str, request_id: str) -> Disputed:
        """From now on the involvement is shown as disputed, whatever its organisation registers anew."""
        now = self.gate.open_at()
        disputed = Disputed(noted.dispute, now)
        self._note(disputed, noted, _record(DISPUTED, noted, access_id, request_id, now))
        return disputed

    def settle(self, noted: Noted, *, access_id: str, request_id: str) -> None:
        """The dispute is over; settling it twice is settling it once."""
        now = self.gate.open_at()
        self._note(None, noted, _record(SETTLED, noted, access_id, request_id, now))

    def _note(self, disputed: Disputed | None, noted: Noted, record: AccessRecord) -> None:
        """On record before it is done: what is marked and not on record would be nobody's."""
        try:
            register, involvement = self._named_by_nobody(noted, record.at)
        except (InvolvementNotFound, NotPermitted) as refusal:
            refused = replace(record, answered=Answered.REFUSED, outcome=refusal_code(refusal), note=None)
            self.access_log.append(refused)
            raise
        self.access_log.append(replace(record, child_id=involvement.child_id))
        self._mark(register, disputed, noted, record.at)

    def _named_by_nobody(self, noted: Noted, now: datetime) -> tuple[Register, Involvement]:
        """Where the involvement lies. Raises NotPermitted if the reference names its child."""
        register, involvement = self._found(noted, now)
        if note_names_somebody(noted.reference, involvement.child):
            message = "the reference repeats what identifies the child: give a number instead"
            raise NotPermitted(message, "/reference")
        return register, involvement

    def _mark(self, register: Register, disputed: Disputed | None, noted: Noted, now: datetime) -> None:
        """Marks the involvement, wherever it lies by then."""
        for attempt in range(_ATTEMPTS):
            try:
                register.dispute(noted.organisation, noted.source_reference, disputed, now)
            except Conflict:
                self.pause(attempt)
                register, _ = self._found(noted, now)
            else:
                return
        raise Contended

    def _found(self, noted: Noted, now: datetime) -> tuple[Register, Involvement]:
        for register in self.registers:
            if involvement := register.involvement(noted.organisation, noted.source_reference, now):
                return register, involvement
        raise InvolvementNotFound


def _record(outcome: str, noted: Noted, access_id: str, request_id: str, now: datetime) -> AccessRecord:
    """That it was noted, but for the child."""
    purpose, legal_basis = disputing.REASON[noted.dispute]
    return AccessRecord(
        access_id=access_id,
        at=now,
        request_id=request_id,
        organisation=OPERATOR,
        client_id=OPERATOR,
        answered=Answered.ANSWERED,
        outcome=outcome,
        shown=Shown.NOTHING,
        practitioner_id=noted.operator,
        purpose=purpose,
        legal_basis=legal_basis,
        note=noted.reference,
        policy=disclosure.RULES,
    )
