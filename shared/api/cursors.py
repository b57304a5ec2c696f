"""Where a page of a list ended, as text that may stand in an address as it is."""

from __future__ import annotations

import base64
import binascii


def written(after: str) -> str:
    """What a caller sends back to get the next page."""
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")


def read(cursor: str) -> str:
    """What was written. Raises ValueError for a text that `written` does not make."""
    try:
        after = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        after = ""
    if not after.isprintable() or written(after) != cursor:
        message = "this is not the `next` of an earlier page"
        raise ValueError(message)
    return after
