"""How a lookup ends."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a question led to. Only `match` discloses a child."""

    MATCH = "match"
    POTENTIAL_MATCH = "potential_match"
    LOW_CONFIDENCE = "low_confidence"
    MANY_MATCHES = "many_matches"
    NO_MATCH = "no_match"
