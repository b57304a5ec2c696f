"""How often may be asked."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.limits import Allowances
from shared.runtime.config import Config, number


@dataclass(frozen=True)
class LimitedConfig(Config):
    """Of a function in which may be asked only so often."""

    limits_table: str
    practitioner_questions_an_hour: str
    practitioner_burst: str
    client_questions_a_minute: str
    nothing_found_costs: str

    @property
    def allowances(self) -> Allowances:
        """How often may be asked. Raises ValueError, naming what is wrong, for what is no number or makes no sense."""
        return Allowances.configured(
            practitioner_an_hour=round(number(self, "practitioner_questions_an_hour")),
            practitioner_burst=round(number(self, "practitioner_burst")),
            client_a_minute=round(number(self, "client_questions_a_minute")),
            nothing_found_costs=round(number(self, "nothing_found_costs")),
        )
