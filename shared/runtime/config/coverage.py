"""For which services and children the register is."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.targeting import Targeting
from shared.runtime.config import Config


@dataclass(frozen=True)
class CoverageConfig(Config):
    """Of a function that has to know for which services and children the register is."""

    coverage_service_types: str
    coverage_children: str

    @property
    def targeting(self) -> Targeting:
        """What may be registered at all. Raises ValueError."""
        return Targeting.configured(self.coverage_service_types, self.coverage_children)
