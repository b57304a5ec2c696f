"""How often may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.pseudonym import Pseudonyms
from shared.persistence.hashed_keys import RegisterKeys
from shared.persistence.limits import DynamoLimits
from shared.runtime.observability import unexpected
from shared.runtime.parallel import all_of

if TYPE_CHECKING:
    from shared.domain.errors import Unavailable
    from shared.runtime.config.limits import LimitedConfig


def dynamo_limits(secret: Pseudonyms, config: LimitedConfig) -> DynamoLimits:
    """How often may be asked. `models.bind` comes first."""

    def unanswered(error: Unavailable) -> None:
        unexpected("limits", error)

    return DynamoLimits(RegisterKeys(secret), config.allowances, all_of, unanswered)
