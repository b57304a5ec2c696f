"""The use cases of the review list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.pseudonym import Pseudonyms
from shared.persistence.reviews import DynamoReviews
from shared.runtime.clock import now
from shared.runtime.parallel import all_of, together
from shared.services.gate import Gate
from shared.services.review import ReviewChildren

if TYPE_CHECKING:
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.ports import Limits
    from shared.persistence.access_log import DynamoAccessLog
from shared.runtime.wiring.pauses import pause


def review_children(
    secret: Pseudonyms, access_log: DynamoAccessLog, limited_to: Limits, lifecycle: Lifecycle
) -> ReviewChildren:
    """The use cases of the review list. `models.bind` comes first."""
    return ReviewChildren(
        reviews=DynamoReviews(secret, all_of, lifecycle.latest_stamp),
        access_log=access_log,
        limits=limited_to,
        pseudonyms=secret,
        gate=Gate(lifecycle, now),
        together=together,
        pause=pause,
    )
