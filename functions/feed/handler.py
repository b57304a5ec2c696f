"""A nightly extract has been dropped: register it row by row, leave a receipt, delete what was dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.directory_keeper import DynamoDirectoryKeeper
from shared.persistence.models import bind
from shared.runtime.config.feed import FeedConfig
from shared.runtime.drops import FeedBucket
from shared.runtime.feeding import MISPLACED, Feeding
from shared.runtime.metrics import Measure, Reading, in_line
from shared.runtime.observability import logger, unexpected
from shared.runtime.parallel import side_by_side
from shared.runtime.wiring.registering import compartments
from shared.runtime.wiring.secret import pseudonyms
from shared.services.take_in_extract import TakeInExtract

if TYPE_CHECKING:
    from collections.abc import Mapping

config = FeedConfig.from_environment()
bind(register=config.register_table, access_log=config.access_log_table, directory=config.directory_table)
secret = pseudonyms(config.hashing_secret_id, config.lifecycle)
registering = compartments(secret, config.lifecycle, config.thresholds, config.retention, config.targeting)
feeding = Feeding(
    bucket=FeedBucket.named(config.feed_bucket),
    keeper=DynamoDirectoryKeeper(),
    take_in=TakeInExtract(registering=registering, in_parallel=side_by_side),
    access_log=DynamoAccessLog(config.access_records_kept_for),
    gate=registering.gate,
)


class FeedInterrupted(Exception):
    """The drop is still there and what was registered stays: the next try goes on."""


def handler(event: Mapping[str, Any], _context: object) -> None:
    """One `Object Created` event of EventBridge. Raises FeedInterrupted, for Lambda to try again."""
    key = str(event["detail"]["object"]["key"])
    try:
        outcome = feeding(key)
    except Exception as error:  # noqa: BLE001  # the runtime would log its message, which may repeat what was dropped
        unexpected("drop", error)
        raise FeedInterrupted from None
    line = outcome | in_line(Reading(Measure.DROPS, 1, {"outcome": outcome["outcome"]}))
    if outcome["outcome"] == MISPLACED:
        logger.warning("drop", **line)
    else:
        logger.info("drop", **line)
