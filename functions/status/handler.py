"""Public: is it open, when does it close, what replaces it; the OpenAPI document; and the certificate of destruction."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from shared import __version__
from shared.api.operations.standing import (
    GET_CERTIFICATE,
    GET_CERTIFICATE_PAGE,
    GET_CERTIFICATE_PUBLIC_KEY,
    GET_CERTIFICATE_SIGNATURE,
    GET_OPENAPI,
    GET_STATUS,
)
from shared.api.status_bodies import StatusAnswer
from shared.domain.dependents import Count
from shared.domain.errors import NotCertified
from shared.runtime.clock import now
from shared.runtime.config.status import StatusConfig
from shared.runtime.http import Api, Reply, Request, address_of
from shared.services.certify import CERTIFICATE, PAGE, PUBLIC_KEY, SIGNATURE, Certificates

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.closure import ClosureKeeper

config = StatusConfig.from_environment()
lifecycle = config.lifecycle

_TOP = Path(__file__).parents[2]
# The page needs nothing but its own style.
_PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def get_status(request: Request) -> Reply:
    """`GET /status`."""
    answer = StatusAnswer.of(
        lifecycle,
        now(),
        version=__version__,
        environment=config.environment,
        announced_at=config.announcement.announced_at if config.announcement else None,
        progress=_keeper().progress() if lifecycle.closes_at else None,
        dependents=_counted(lifecycle.closes_at) if lifecycle.closes_at else None,
        certificate=address_of(GET_CERTIFICATE.path, request.event),
    )
    return Reply(200, answer)


def get_openapi(_request: Request) -> Reply:
    """`GET /openapi.json`."""
    return Reply(200, _document())


def get_certified(name: str, request: Request) -> Reply:
    """`GET /certificate` and what belongs to it, byte for byte as it lies in the archive."""
    if lifecycle.closes_at is None:
        raise NotCertified
    media_type = request.operation.media_type or "text/plain"
    headers = {"Content-Type": media_type, **(_PAGE_HEADERS if name == PAGE else {})}
    return Reply(200, _certificates().document(name), headers)


def _counted(closes_at: datetime) -> Count:
    """The systems that rely on the register, as they are with the closure at this instant. Raises Unavailable."""
    from shared.persistence.dependents import DynamoDependents  # noqa: PLC0415  # as for the keeper

    _keeper()  # names the table
    return Count.of(DynamoDependents().all(), closes_at)


@cache
def _document() -> str:
    # what `make openapi` has written: to make it takes every model of the API, which nothing here needs
    return (_TOP / "docs/openapi.json").read_text(encoding="utf-8")


@cache
def _keeper() -> ClosureKeeper:
    # while no closure is set nobody reads the Directory, and the function starts without what that takes
    from shared.persistence.closure_keeper import DynamoClosureKeeper  # noqa: PLC0415
    from shared.persistence.models import bind  # noqa: PLC0415

    bind(directory=config.directory_table)
    return DynamoClosureKeeper()


@cache
def _certificates() -> Certificates:
    from shared.runtime.archive import S3Archive  # noqa: PLC0415  # likewise

    return Certificates(_keeper(), S3Archive.named(config.certificate_bucket))


handler = Api(
    {
        GET_STATUS: get_status,
        GET_OPENAPI: get_openapi,
        GET_CERTIFICATE: partial(get_certified, CERTIFICATE),
        GET_CERTIFICATE_SIGNATURE: partial(get_certified, SIGNATURE),
        GET_CERTIFICATE_PUBLIC_KEY: partial(get_certified, PUBLIC_KEY),
        GET_CERTIFICATE_PAGE: partial(get_certified, PAGE),
    },
    config.announcement,
)
