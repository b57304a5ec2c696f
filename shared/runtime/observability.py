"""Logs: one line a request, ids and codes only, never a body and never a message of another's making."""

from __future__ import annotations

import traceback

from aws_lambda_powertools.logging import Logger

logger = Logger(use_rfc3339=True, utc=True)


def where_it_failed(error: BaseException) -> list[str]:
    """The chain of an error, as types and places. Messages are left out: they may repeat what a caller sent."""
    chain, seen = [], set[int]()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-4:]
        places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
        chain.append(f"{type(current).__name__} at {' < '.join(reversed(places)) or 'nowhere'}")
        current = current.__cause__ or current.__context__
    return chain


def unexpected(what: str, error: BaseException) -> None:
    """Logs an error that no rule foresaw, with where it came from."""
    logger.error(what, error=type(error).__name__, chain=where_it_failed(error))
