"""A question that could not even be read is recorded as refused before it is answered so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain import disclosure
from shared.domain.access import AccessRecord, Answered, Role, Shown

if TYPE_CHECKING:
    from shared.domain.directory import Caller
    from shared.domain.ports import AccessLog, Clock

_PRACTITIONER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@-]{0,63}")
_ROLES = frozenset(role.value for role in Role)


@dataclass(frozen=True, slots=True)
class Refuse:
    """The use case and its ports."""

    access_log: AccessLog
    clock: Clock

    def __call__(self, why: str, *, caller: Caller, access_id: str, request_id: str, said: object = None) -> None:
        """Records that this caller asked something that was refused for `why` (a code, never what was sent).

        `said` is the body as far as it is JSON. Of it only who asked is recorded, if it has the form of an id and of a
        role. Raises AccessNotRecorded.
        """
        practitioner = _of(said, "practitioner")
        behalf = _of(practitioner, "on_behalf_of")
        self.access_log.append(
            AccessRecord(
                access_id=access_id,
                at=self.clock(),
                request_id=request_id,
                organisation=caller.organisation.code,
                client_id=caller.client_id,
                answered=Answered.REFUSED,
                outcome=why,
                shown=Shown.NOTHING,
                practitioner_id=_id(practitioner),
                practitioner_role=_role(practitioner),
                on_behalf_of_id=_id(behalf),
                on_behalf_of_role=_role(behalf),
                policy=disclosure.policy_of(caller),
            )
        )


def _of(said: object, field: str) -> object:
    return said.get(field) if isinstance(said, dict) else None


def _id(person: object) -> str | None:
    stated = _of(person, "id")
    return stated if isinstance(stated, str) and _PRACTITIONER_ID.fullmatch(stated) else None


def _role(person: object) -> str | None:
    stated = _of(person, "role")
    return stated if isinstance(stated, str) and stated in _ROLES else None
