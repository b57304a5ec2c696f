"""The real handlers and the real persistence, against moto, with tables made from the template."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from shared.runtime.observability import logger
from tests.integration.deployed import Deployment, deployed
from tests.integration.emulated import emulated_aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fresh, empty tables."""
    with emulated_aws(monkeypatch):
        yield


@pytest.fixture
def deployment(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Fresh tables, bucket, pool and secret, and the functions started in their environment."""
    _ = aws
    with deployed(monkeypatch) as functions:
        yield functions


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the functions' own logger writes, as CloudWatch gets it."""
    written = io.StringIO()
    own = logger.registered_handler
    assert isinstance(own, logging.StreamHandler)
    stream = own.setStream(written)
    yield written
    if stream is not None:
        own.setStream(stream)
