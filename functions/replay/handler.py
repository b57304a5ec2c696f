"""For operators: what was put aside is listed, or taken up again once the cause is mended.

`sam remote invoke ReplayFunction --event '{"queue": "failed-feeds"}'`, and with `"really": true`
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.errors import SignpostError
from shared.runtime.clock import now
from shared.runtime.config.replay import ReplayConfig
from shared.runtime.metrics import Measure, Reading, in_line
from shared.runtime.observability import logger, unexpected
from shared.runtime.places.queues import Queue
from shared.runtime.replaying import DeadLetters, Replaying
from shared.runtime.taken import Taken
from shared.runtime.takers import FailedFeeds, UndeliveredNotices, UnreadChanges
from shared.services.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Mapping

config = ReplayConfig.from_environment()
gate = Gate(config.lifecycle, now)
replaying: Mapping[str, Replaying] = {
    Queue.FAILED_FEEDS: Replaying(DeadLetters.at(config.failed_feeds_url), FailedFeeds.of(config.feed_function)),
    Queue.UNREAD_CHANGES: Replaying(
        DeadLetters.at(config.unread_changes_url), UnreadChanges.of(config.notify_function)
    ),
    Queue.UNDELIVERED_NOTICES: Replaying(
        DeadLetters.at(config.undelivered_notices_url), UndeliveredNotices.to(config.notices_to_deliver_url)
    ),
}

IN_HAND = timedelta(seconds=150)
"""Of the time that Lambda gives, what is kept for the message under way, and for putting back what was not taken."""

UNKNOWN = (
    f'Name a queue, {{"queue": "{Queue.FAILED_FEEDS}"}}, "{Queue.UNREAD_CHANGES}" or "{Queue.UNDELIVERED_NOTICES}", to see '
    'what lies in it; with "really": true it is taken up again. See docs/runbook.md.'
)


class Context(Protocol):
    """What Lambda says of this run."""

    def get_remaining_time_in_millis(self) -> int:
        """Until it is stopped."""


class ReplayInterrupted(Exception):
    """Something that nobody foresaw: the log says where. What was not taken lies there still."""


def handler(event: Any, context: Context) -> dict[str, Any]:
    """One instruction, answered with `ok`. Raises ReplayInterrupted for what nobody foresaw."""

    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis()) - IN_HAND

    match event:
        case {"queue": str(queue), **rest} if queue in replaying and rest.get("really", False) in (True, False):
            really = bool(rest.get("really"))
        case _:
            return {"ok": False, "problem": UNKNOWN}
    try:
        started_at = gate.open_at()
        told = replaying[queue].replay(started_at, time_left) if really else replaying[queue].list_all(time_left)
    except SignpostError as error:
        unexpected("replay", error)
        return {"ok": False, "problem": type(error).__doc__, "error": type(error).__name__}
    except Exception as error:  # noqa: BLE001  # the runtime would log its message, which may repeat what lies there
        unexpected("replay", error)
        raise ReplayInterrupted from None
    line: dict[str, Any] = {"queue": queue, "really": really, **told}
    line.pop("listed", None)
    if really:
        line |= in_line(Reading(Measure.REPLAYED, told.get(Taken.REPLAYED, 0), {"queue": queue}))
    logger.info("replay", **line)
    return {"ok": True, "queue": queue, "really": really, **told}
