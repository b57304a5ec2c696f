"""The use cases of registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.pseudonym import Pseudonyms
from shared.persistence.register import DynamoRegister
from shared.runtime.clock import now
from shared.services.compartments import Compartments
from shared.services.gate import Gate
from shared.services.register import RegisterInvolvement

if TYPE_CHECKING:
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.matching import Thresholds
    from shared.domain.retention import Retention
    from shared.domain.targeting import Targeting
from shared.runtime.wiring.pauses import pause
from shared.runtime.wiring.registers import dynamo_register, sensitive_register


def compartments(
    secret: Pseudonyms, lifecycle: Lifecycle, thresholds: Thresholds, retention: Retention, targeting: Targeting
) -> Compartments:
    """The use cases of registration, for ordinary services and for sensitive ones. `models.bind` comes first."""

    def registering(register: DynamoRegister) -> RegisterInvolvement:
        return RegisterInvolvement(
            register=register,
            pseudonyms=register.pseudonyms,
            thresholds=thresholds,
            retention=retention,
            gate=Gate(lifecycle, now),
            pause=pause,
            targeting=targeting,
        )

    return Compartments(
        ordinary=registering(dynamo_register(secret, lifecycle)),
        sensitive=registering(sensitive_register(secret, lifecycle)),
    )
