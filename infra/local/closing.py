"""A closure on the emulator: a deployment sets its date, expiry is asked to work, and what is left is counted."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from infra.local.deploy import deploy

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.stack import Stack

_LOOK_EVERY = 0.1


class ClosingError(Exception):
    """Expiry failed, or something did not come about in time; the message says what."""


def seconds_ahead(seconds: float) -> datetime:
    """An instant that `ClosesAt` can name: a whole second, at least so far ahead."""
    return (datetime.now(UTC) + timedelta(seconds=seconds + 1)).replace(microsecond=0)


def set_closure(stack: Stack, closes_at: datetime, say: Callable[[str], None] = print, **changed: str) -> Stack:
    """Deploys with a date, and whatever else is `changed` of the parameters; the stack as it is then.

    Raises DeployError.
    """
    return deploy(stack.emulator, say, {"ClosesAt": closes_at.isoformat(), **changed})


def ask_expiry(stack: Stack, action: str) -> Any:
    """What the expiry function answers to `tick`, `plan` or `remains`. Raises ClosingError."""
    invoked = stack.functions.invoke(
        FunctionName=stack.function_name("expiry"), Payload=json.dumps({"action": action}).encode()
    )
    answer = json.loads(invoked["Payload"].read())
    if "FunctionError" in invoked:
        message = f"Expiry failed at {action}: {json.dumps(answer)}"
        raise ClosingError(message)
    return answer


def wait_until(came_about: Callable[[], bool], what: str, *, within: float) -> None:
    """Looks again and again. Raises ClosingError, saying `what` did not come about, after so many seconds."""
    deadline = time.monotonic() + within
    while not came_about():
        if time.monotonic() > deadline:
            message = f"Not within {within:.0f} s: {what}."
            raise ClosingError(message)
        time.sleep(_LOOK_EVERY)
