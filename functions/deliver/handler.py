"""Notices wait in a queue: each is told to its organisation by a signed webhook, if it has one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.runtime.clock import now
from shared.runtime.config.deliver import DeliverConfig
from shared.runtime.delivering import Delivering, NoticesQueue
from shared.runtime.parallel import all_of
from shared.runtime.posting import HttpPost
from shared.runtime.wiring.secret import pseudonyms
from shared.services.deliver import Deliver
from shared.services.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Mapping

config = DeliverConfig.from_environment()
bind(directory=config.directory_table)
delivering = Delivering(
    deliver=Deliver(
        directory=CachedDirectory(now),
        pseudonyms=pseudonyms(config.hashing_secret_id, config.lifecycle),
        post=HttpPost(anywhere=config.is_local),
        gate=Gate(config.lifecycle, now),
        spread=random.random,
    ),
    queue=NoticesQueue.at(config.notices_to_deliver_url, config.undelivered_notices_url),
    all_of=all_of,
)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """A batch of SQS, each message an event of the bus. Names those that are to come again, and no others."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in delivering(event["Records"])]}
