"""What a registration would do, told without registering."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.domain.outcomes import Outcome
    from shared.domain.quality import Datum

PURPOSE, LEGAL_BASIS = "registration_preview", "uk_gdpr_article_5_1_d"
"""Why a preview is answered: what is registered must be accurate (UK GDPR, article 5(1)(d)). Closed to lookups."""


class Would(StrEnum):
    """What would become of the involvement."""

    JOIN_KNOWN_CHILD = "join_known_child"
    MAKE_NEW_CHILD = "make_new_child"
    MAKE_NEW_CHILD_FOR_REVIEW = "make_new_child_for_review"
    """A new child that is much like one that is known, so that a person will decide whether they are one."""
    REPLACE = "replace"
    """What this reference says changes; it stays with its child."""
    CHANGE_NOTHING = "change_nothing"
    """The register holds it so already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The outcome of matching, what would follow, and how good the data are. Nothing of what is held, and no id."""

    outcome: Outcome
    would: Would
    would_help: tuple[str, ...]
    data: tuple[Datum, ...]
