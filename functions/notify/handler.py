"""Something has happened: notices are made of it, put, and told to the bus.

Fed by the streams of the Register and of the AccessLog, never by a request.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.runtime import wiring
from shared.runtime.bus import EventBus
from shared.runtime.config import NotifyConfig
from shared.runtime.http import now
from shared.runtime.notifying import Notifying
from shared.runtime.observability import logger
from shared.runtime.unread import UnreadChanges
from shared.services.gate import Gate
from shared.services.notify import Notify

if TYPE_CHECKING:
    from collections.abc import Mapping

config = NotifyConfig.from_environment()
bind(register=config.register_table, directory=config.directory_table)
secret = wiring.pseudonyms(config.hashing_secret_id, config.lifecycle)
gate = Gate(config.lifecycle, now)
notify = Notify(
    register=wiring.dynamo_register(secret, config.lifecycle),
    directory=CachedDirectory(now),
    notices=wiring.notices(config.lifecycle),
    watches=wiring.watches(config.lifecycle),
    pseudonyms=secret,
    gate=gate,
)
notifying = Notifying(
    notify=notify,
    bus=EventBus.named(config.event_bus, config.environment),
    aside=UnreadChanges.at(config.unread_changes_url),
    gate=gate,
    clock=now,
)


class Context(Protocol):
    """What Lambda says of this run."""

    def get_remaining_time_in_millis(self) -> int:
        """Until it is stopped."""


def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Records of one stream, in order. Answers with the number of the first that has to come again, if any has to.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    records = event["Records"]
    handled = notifying(records, lambda: timedelta(milliseconds=context.get_remaining_time_in_millis()))
    lag = {} if handled.lag is None else {"lag_ms": handled.lag // timedelta(milliseconds=1)}
    told: dict[str, Any] = {"records": len(records), **lag, **handled.counts}
    if handled.failed is None:
        logger.info("records", **told)
        return {"batchItemFailures": []}
    logger.warning("records", **told, comes_again=handled.failed)
    return {"batchItemFailures": [{"itemIdentifier": handled.failed}]}
