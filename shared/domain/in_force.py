"""Since when a rule that is a parameter is what it is: what follows from a change is counted from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

COVERAGE = "coverage"
"""Under which name the coverage is noted; a changed one starts anew, and so does one that is as it was before last."""


class InForce(Protocol):
    """What was noted of rules, in the Directory. Methods raise Unavailable if the store does not answer."""

    def since(self, rule: str, value: str, now: datetime) -> datetime:
        """Since when this rule has this value: from now on, which is noted, if it had none or another until now."""

    def noted(self, rule: str) -> tuple[str, datetime] | None:
        """The value that was noted last, and since when; None if none was."""
