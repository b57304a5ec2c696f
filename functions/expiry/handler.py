"""On a schedule: retention, closing, destroying and proving it. And for operators, how that stands.

`sam remote invoke ExpiryFunction --event '{"action": "plan"}'`
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.duration import london_text
from shared.domain.errors import SignpostError
from shared.persistence.models import bind
from shared.runtime.config.expiry import ExpiryConfig
from shared.runtime.expiring import expiring, leaving_coverage
from shared.runtime.observability import logger, unexpected
from shared.services.leave_coverage import GONE, WAITING
from shared.services.retain import UNTOLD

if TYPE_CHECKING:
    from shared.domain.destruction import Remains, TimeLeft
    from shared.services.expire import Ticked

config = ExpiryConfig.from_environment()
bind(register=config.register_table, directory=config.directory_table)
expire = expiring(config)
coverage = leaving_coverage(config)

IN_HAND = timedelta(seconds=30)
"""Of the time that Lambda gives, what is kept for the call under way and for what comes after."""

UNKNOWN_ACTION = (
    'Ask for {"action": "plan"}, what has to begin by when; {"action": "remains"}, what is left now; '
    '{"action": "coverage"}, for whom the register is, and what leaves it; '
    'or {"action": "tick"}, what the schedule does. See docs/runbook.md.'
)


class Context(Protocol):
    """What Lambda says of this run."""

    def get_remaining_time_in_millis(self) -> int:
        """Until it is stopped."""


class ExpiryInterrupted(Exception):
    """Something is left undone: the schedule's next run goes on with it."""


def handler(event: Any, context: Context) -> dict[str, Any]:
    """One tick of the schedule, or one question. Raises ExpiryInterrupted for a tick that was not whole."""
    match event:
        case {"action": "tick"}:
            return tick(lambda: timedelta(milliseconds=context.get_remaining_time_in_millis()) - IN_HAND)
        case {"action": "plan"}:
            return plan()
        case {"action": "remains"}:
            return remains()
        case {"action": "coverage"}:
            return covered()
        case _:
            return {"problem": UNKNOWN_ACTION}


def tick(time_left: TimeLeft) -> dict[str, Any]:
    """One run of the schedule."""
    try:
        ticked = expire.tick(time_left)
    except Exception as error:  # noqa: BLE001  # the runtime would log its message, which may repeat what is held
        unexpected("tick", error)
        raise ExpiryInterrupted from None
    told = _told(ticked)
    is_whole = not ticked.retained.get(UNTOLD)
    if is_whole and ticked.is_accepted and not ticked.at_risk and not ticked.overdue:
        logger.info("tick", **told)
    else:
        logger.warning("tick", **told)
    if not is_whole:
        raise ExpiryInterrupted
    return told


def plan() -> dict[str, Any]:
    """The plan, twice: as a table in the log, and line by line, with the reasons, in the answer.

    Lambda's answer is JSON on one line, in which nobody reads a table. What a function prints is plain text, and the end
    of it, 4 KB, comes with the answer: the SAM CLI shows it first, on the standard error. It fits without the reasons.
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (LogType)
    """
    planned = expire.plan()
    sys.stdout.write(f"\n{planned.as_table(with_reasons=False)}\n\n")
    return {"plan": planned.as_table().split("\n")}


def remains() -> dict[str, Any]:
    """What is left now, by reading; what could not be read may hold anything."""
    try:
        phase, standing = expire.phase(), expire.remains()
    except SignpostError as error:
        return {"problem": type(error).__doc__}
    return {
        "phase": phase.value,
        "remains": _listed(standing.remains),
        "not_read": list(standing.unread),
        "failures": list(standing.failures),
    }


def covered() -> dict[str, Any]:
    """For which services and children the register is, since when, and what of it the last sweep has found to leave."""
    try:
        told = coverage.tell()
    except SignpostError as error:
        return {"problem": type(error).__doc__}
    return {
        "coverage": told.targeting.parameters(),
        "since": london_text(told.since) if told.since else None,
        "leaving_from": london_text(told.leaving_from) if told.leaving_from and not told.targeting.covers_all else None,
        "last_sweep": {
            "day": told.swept_on.isoformat() if told.swept_on else None,
            "is_done": told.is_done,
            GONE: told.gone,
            WAITING: told.waiting,
        },
    }


def _told(ticked: Ticked) -> dict[str, Any]:
    """For the log: names of resources and counts."""
    told: dict[str, Any] = {
        "phase": ticked.phase.value,
        "accepted": ticked.is_accepted,
        "at_risk": ticked.at_risk,
        "overdue": ticked.overdue,
    }
    if ticked.retained:
        told["retained"] = dict(ticked.retained)
    if ticked.reminded:
        told["reminded"] = ticked.reminded
    if ticked.destruction:
        destruction = ticked.destruction
        told |= {
            "stance": destruction.stance.value,
            "remains": _listed(destruction.remains),
            "not_read": list(destruction.unread),
            "failures": list(destruction.failures),
        }
    return told


def _listed(remains: tuple[Remains, ...]) -> list[dict[str, Any]]:
    return [{"place": found.place, "name": found.name, "count": found.count} for found in remains]
