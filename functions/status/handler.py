"""Public: is it open, when does it close, what replaces it; and the OpenAPI document."""

from __future__ import annotations

from functools import cache

from shared import __version__
from shared.api.answers import StatusAnswer
from shared.api.operations import GET_OPENAPI, GET_STATUS
from shared.runtime.config import StatusConfig
from shared.runtime.http import Api, Reply, Request, now

config = StatusConfig.from_environment()


def get_status(_request: Request) -> Reply:
    """`GET /status`."""
    answer = StatusAnswer.of(config.lifecycle, now(), version=__version__, environment=config.environment)
    return Reply(200, answer)


def get_openapi(_request: Request) -> Reply:
    """`GET /openapi.json`."""
    return Reply(200, _document())


@cache
def _document() -> str:
    # made when it is first asked for: it needs every model of the API, /status none of them
    from shared.api.openapi import as_text  # noqa: PLC0415

    return as_text()


handler = Api({GET_STATUS: get_status, GET_OPENAPI: get_openapi})
