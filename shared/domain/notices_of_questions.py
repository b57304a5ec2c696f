"""Who is told that somebody has asked about a child."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.causes import is_current
from shared.domain.readers import is_of, seen

if TYPE_CHECKING:
    from shared.domain.causes import Questioned
    from shared.domain.disclosure import Viewer
    from shared.domain.readers import Known


def hears_of_urgent_question(reader: Viewer, known: Known) -> bool:
    """`looked-up`: whose lead professional works with the child."""
    return any(
        is_current(one) and one.service.lead_professional and is_of(reader, one) for one in seen(reader, known.held)
    )


def may_know_that_it_asked(reader: Viewer, asked: Questioned, known: Known) -> bool:
    """Whether who asked does not give away what may not be known.

    It does if its organisation registers services, and the reader may see none of them: then one of those is at work.
    Of who registers none, as the police, is told; of who is not in the Directory is not.
    """
    asking = known.organisations.get(asked.record.organisation)
    if asking is None:
        return False
    registers = asking.permissions.service_types
    return not registers or any(map(reader.sees_type, registers))
