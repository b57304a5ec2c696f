"""How the services beside the tables are called: how long a client waits, and what their errors mean to us."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session

from shared.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"})
"""For a small call that somebody may wait for."""
PATIENT = Config(connect_timeout=3, read_timeout=30, retries={"total_max_attempts": 5, "mode": "standard"})
"""For a call that does much at once, such as deleting a thousand objects, and that nobody waits for."""


@cache
def _session() -> Session:
    return get_session()


def client_of(service: str, config: Config) -> Any:
    """A client as boto3 makes it, of one session for all. It takes the SDK's core alone, which the tables load anyway."""
    return _session().create_client(service, config=config)


@contextmanager
def reached(*, unless: frozenset[str] = frozenset()) -> Iterator[None]:
    """Turns whatever a service may raise into Unavailable, with its code; nothing that it was sent is repeated.

    An error whose code is in `unless` is passed over: what it says is what was wanted, as that there is nothing there.
    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in unless:
            raise Unavailable(code) from error
    except BotoCoreError as error:
        raise Unavailable(type(error).__name__) from error
