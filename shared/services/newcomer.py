"""Who else works with this child? Told to an organisation that registers it, with the answer to its registration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import Shown
from shared.domain.errors import AskedTooOften, NotEnoughToSearch, NotPermitted
from shared.domain.lookup import Elsewhere, Source, lead_of
from shared.domain.outcomes import Outcome
from shared.services.look_up import QuestionRecord, require_question

if TYPE_CHECKING:
    from shared.domain.access import AccessRecord
    from shared.domain.directory import Caller
    from shared.domain.held import HeldChild
    from shared.domain.involvement import Involvement
    from shared.domain.lookup import Question
    from shared.domain.ports import AccessLog, Directory, Limits, Register
    from shared.services.gate import Gate

_ASKING = "/asking"
"""Where the question stands in the body of a registration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellNewcomer:
    """The use case and its ports: permitted, limited and recorded as a lookup, and decided as one."""

    register: Register
    directory: Directory
    access_log: AccessLog
    limits: Limits
    gate: Gate

    def require(self, question: Question, *, caller: Caller, access_id: str, request_id: str) -> None:
        """Before anything is registered: a question that may not be asked refuses the registration with it.

        Raises NotPermitted, IllMatchedReason, NotEnoughToSearch and AskedTooOften (recorded as refused), RegisterClosed
        and AccessNotRecorded.
        """
        now = self.gate.open_at()
        try:
            require_question(question, caller)
            self.limits.spend(caller.client_id, question.practitioner.practitioner_id, now)
        except (NotPermitted, NotEnoughToSearch, AskedTooOften) as refusal:
            self.access_log.append(QuestionRecord(question, caller, access_id, request_id, now).refused(refusal))
            if isinstance(refusal, NotPermitted) and refusal.pointer:
                raise type(refusal)(refusal.what, f"{_ASKING}{refusal.pointer}") from refusal
            raise

    def __call__(
        self, question: Question, own: Involvement, *, caller: Caller, access_id: str, request_id: str
    ) -> Elsewhere:
        """Once it is registered: of the child that it lies with, what a lookup would show, but for the caller's own.

        Nobody is elsewhere behind a shield. Nothing is returned before the record is durable. The same registration
        again is answered as the first. Raises RegisterClosed, AccessNotRecorded and Unavailable.
        """
        now = self.gate.open_at()
        viewer = disclosure.viewer_of(caller, question, now)
        held = self.register.held_by_id(own.child_id, now)
        shown = disclosure.visible(viewer, held.involvements, held.shield, held.child_id) if held else []
        record = QuestionRecord(question, caller, access_id, request_id, now)
        self.access_log.append(_answered(record, viewer, held if shown else None))
        mine = own.organisation, own.source_reference
        others = tuple(i for i in shown if (i.organisation, i.source_reference) != mine)
        told = {involvement.organisation for involvement in others}
        sources = tuple(Source.of(o) for o in self.directory.organisations() if o.code in told)
        self.gate.open_at()
        return Elsewhere(access_id=access_id, involvements=others, lead=lead_of(others), sources=sources)


def _answered(record: QuestionRecord, viewer: disclosure.Viewer, held: HeldChild | None) -> AccessRecord:
    if held is None:
        return record.told(Outcome.NO_MATCH, None, Shown.NOTHING)
    shown = disclosure.shown_of(viewer, held.shield, held.child_id, with_sensitive=False)
    return record.told(Outcome.MATCH, held.child_id, shown)
