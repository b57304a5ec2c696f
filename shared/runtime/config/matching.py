"""Which statements are of one child."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.matching import Thresholds
from shared.runtime.config import RegisterConfig, number


@dataclass(frozen=True)
class MatchingConfig(RegisterConfig):
    """Of a function that has to tell whether two statements are of one child."""

    match_threshold: str
    potential_threshold: str
    low_threshold: str
    expected_children: str

    @property
    def thresholds(self) -> Thresholds:
        """Raises ValueError, naming what is wrong, for what is no number or in an order that makes no sense."""
        return Thresholds(
            match=number(self, "match_threshold"),
            potential=number(self, "potential_threshold"),
            low=number(self, "low_threshold"),
            children=round(number(self, "expected_children")),
        )
