"""Extracts dropped into the feed bucket, and the receipts for them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.local.scene import Extract
    from infra.local.stack import Stack

_WITHIN = 300.0
_LOOK_EVERY = 0.2


class FeedError(Exception):
    """A receipt did not come in time."""


def drop(stack: Stack, extracts: Iterable[Extract]) -> list[tuple[Extract, dict[str, Any]]]:
    """Drops every extract under a name of this moment, and waits for each one's receipt. Raises FeedError."""
    moment = f"{time.strftime('%Y-%m-%dT%H%M%S')}-{time.monotonic_ns() % 1_000_000:06d}"
    dropped = [(extract, f"{extract.organisation.code}/{moment}-{extract.name}") for extract in extracts]
    for extract, name in dropped:
        stack.s3.upload_file(str(extract.path), stack.feed_bucket, f"feeds/{name}.csv")
    deadline = time.monotonic() + _WITHIN
    receipts = []
    for extract, name in dropped:
        while (receipt := _object(stack, f"receipts/{name}.json")) is None:
            if time.monotonic() > deadline:
                message = f"No receipt for {extract.path.name} within {_WITHIN:.0f} s: look at the log of FeedFunction."
                raise FeedError(message)
            time.sleep(_LOOK_EVERY)
        receipts.append((extract, json.loads(receipt)))
    return receipts


def _object(stack: Stack, key: str) -> bytes | None:
    try:
        return stack.s3.get_object(Bucket=stack.feed_bucket, Key=key)["Body"].read()
    except stack.s3.exceptions.NoSuchKey:
        return None
