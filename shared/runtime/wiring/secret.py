"""The deployment's hashing secret."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

from shared.domain.lifecycle import Phase
from shared.domain.pseudonym import Pseudonyms
from shared.persistence.models import CONNECT_SECONDS, READ_SECONDS, RETRIES
from shared.runtime.aws import client_of
from shared.runtime.clock import now

if TYPE_CHECKING:
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.ports import Clock


CLIENT_CONFIG = ClientConfig(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"total_max_attempts": RETRIES + 1, "mode": "standard"},
)
_SECRET_BYTES = 48


def pseudonyms(hashing_secret_id: str, lifecycle: Lifecycle, clock: Clock = now) -> Pseudonyms:
    """With the deployment's hashing secret, read once: it never changes while the register lives.

    A register that is closed is asked for nothing that a secret would open, and it may be destroyed already: a
    function that starts now has one of its own, to say with 410 that there is nothing any more.
    """
    if lifecycle.phase(clock()) is not Phase.CLOSED:
        client = client_of("secretsmanager", CLIENT_CONFIG)
        try:
            return Pseudonyms(client.get_secret_value(SecretId=hashing_secret_id)["SecretString"].encode())
        except ClientError:
            # it may have closed since, and from then on every role is refused it
            if lifecycle.phase(clock()) is not Phase.CLOSED:
                raise
    return Pseudonyms(secrets.token_bytes(_SECRET_BYTES))
