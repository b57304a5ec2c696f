"""A child that is sought: for how long it may be watched, and by which power."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.domain.access import LegalBasis
from shared.domain.duration import Duration

if TYPE_CHECKING:
    from datetime import datetime

LONGEST = Duration(months=12)
"""How far ahead a watch may end. Whoever seeks a child for longer says so again."""

LEGAL_BASIS = LegalBasis.CHILDREN_ACT_2004_S16LA
"""Under which a watch is set: the one basis on which everybody who works with children may ask after a missing child, a
child that misses education, and one that may come to harm (`reasons.USES`)."""


def check_end(until: datetime, now: datetime) -> None:
    """Raises ValueError for an end that is not ahead, or further ahead than `LONGEST` and a day."""
    if not now < until <= replace(LONGEST, days=1).added_to(now):
        message = "a watch ends in the future, and at most a year ahead: it can be set again before it ends"
        raise ValueError(message)
