"""Notices and watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.persistence.notices import DynamoNotices
from shared.persistence.watches import DynamoWatches
from shared.runtime.clock import now

if TYPE_CHECKING:
    from shared.domain.lifecycle import Lifecycle
from shared.runtime.wiring.pauses import long_pause, pause


def dynamo_notices(lifecycle: Lifecycle) -> DynamoNotices:
    """What organisations have to be told. `models.bind` comes first."""
    return DynamoNotices(clock=now, pause=long_pause, lives_until=lifecycle.latest_stamp)


def dynamo_watches(lifecycle: Lifecycle) -> DynamoWatches:
    """Who watches whom. `models.bind` comes first."""
    return DynamoWatches(pause=pause, lives_until=lifecycle.latest_stamp)
