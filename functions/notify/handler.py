"""Something has happened: notices are made of it, put, and told to the bus.

Fed by the streams of the Register and of the AccessLog, never by a request.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shared.persistence.directory import CachedDirectory
from shared.persistence.models import bind
from shared.runtime.bus import EventBus
from shared.runtime.clock import now
from shared.runtime.config.notify import NotifyConfig
from shared.runtime.metrics import Measure, Reading, in_line
from shared.runtime.notifying import Notifying
from shared.runtime.observability import logger
from shared.runtime.taken import AGAIN
from shared.runtime.unread import UnreadChanges
from shared.runtime.wiring.children import dynamo_children
from shared.runtime.wiring.noticing import dynamo_notices, dynamo_watches
from shared.runtime.wiring.secret import pseudonyms
from shared.services.gate import Gate
from shared.services.notify import Notify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.runtime.notifying import Handled
    from shared.runtime.taken import Taken
    from shared.runtime.unread import Record

config = NotifyConfig.from_environment()
bind(register=config.register_table, directory=config.directory_table)
secret = pseudonyms(config.hashing_secret_id, config.lifecycle)
gate = Gate(config.lifecycle, now)
notify = Notify(
    register=dynamo_children(secret),
    directory=CachedDirectory(now),
    notices=dynamo_notices(config.lifecycle),
    watches=dynamo_watches(config.lifecycle),
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
    Or, of a message of the queue of unread changes, what became of what it tells of: see `replaying.Taken`.
    """
    if AGAIN in event:
        return {"taken": _take_again(event[AGAIN], context)}
    failed = _handle(event["Records"], context).failed
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}


def _handle(records: Sequence[Record], context: Context) -> Handled:
    handled = notifying(records, lambda: timedelta(milliseconds=context.get_remaining_time_in_millis()))
    told: dict[str, Any] = {"records": len(records), **_lag(handled.lag), **handled.counts}
    if handled.failed is None:
        logger.info("records", **told)
    else:
        logger.warning("records", **told, comes_again=handled.failed)
    return handled


def _take_again(message: Mapping[str, Any], context: Context) -> Taken:
    from shared.runtime.rereading import ChangesAgain, TakeAgain  # noqa: PLC0415  # hardly ever needed

    return TakeAgain(ChangesAgain.here(), lambda records: _handle(records, context), gate)(message)


def _lag(lag: timedelta | None) -> dict[str, Any]:
    if lag is None:
        return {}
    milliseconds = lag // timedelta(milliseconds=1)
    return {"lag_ms": milliseconds, **in_line(Reading(Measure.NOTICES_LAG, milliseconds))}
