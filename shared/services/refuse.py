"""A question that could not even be read is recorded as refused before it is answered so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.access import AccessRecord, Answered

if TYPE_CHECKING:
    from shared.domain.directory import Caller
    from shared.domain.ports import AccessLog, Clock


@dataclass(frozen=True, slots=True)
class Refuse:
    """The use case and its ports."""

    access_log: AccessLog
    clock: Clock

    def __call__(self, why: str, *, caller: Caller, access_id: str, request_id: str) -> None:
        """Records that this caller asked something that was refused for `why` (a code, never what was sent).

        Raises AccessNotRecorded.
        """
        self.access_log.append(
            AccessRecord(
                access_id=access_id,
                at=self.clock(),
                request_id=request_id,
                organisation=caller.organisation.code,
                client_id=caller.client_id,
                answered=Answered.REFUSED,
                outcome=why,
                shown="nothing",
            )
        )
