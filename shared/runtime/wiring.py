"""The composition root: ports meet what implements them, once, during INIT."""

from __future__ import annotations

import random
import secrets
import time
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

from shared.domain.lifecycle import Phase
from shared.domain.pseudonym import SENSITIVE, Pseudonyms
from shared.persistence.keys import RegisterKeys
from shared.persistence.limits import DynamoLimits
from shared.persistence.models import CONNECT_SECONDS, READ_SECONDS, RETRIES
from shared.persistence.notices import DynamoNotices
from shared.persistence.register import DynamoRegister
from shared.persistence.reviews import DynamoReviews
from shared.persistence.shields import DynamoShields
from shared.persistence.watches import DynamoWatches
from shared.runtime.http import now
from shared.runtime.observability import unexpected
from shared.runtime.parallel import all_of, together
from shared.services.compartments import Compartments
from shared.services.gate import Gate
from shared.services.register import RegisterInvolvement
from shared.services.review import ReviewChildren

if TYPE_CHECKING:
    from shared.domain.errors import Unavailable
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.matching import Thresholds
    from shared.domain.ports import Clock, Limits
    from shared.domain.retention import Retention
    from shared.domain.targeting import Targeting
    from shared.persistence.access_log import DynamoAccessLog
    from shared.runtime.config import LimitedConfig, RecordingConfig

CLIENT_CONFIG = ClientConfig(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"total_max_attempts": RETRIES + 1, "mode": "standard"},
)
_LONGEST_PAUSE, _LONGEST_OF_MANY = 0.4, 2.0
_SECRET_BYTES = 48


def pseudonyms(hashing_secret_id: str, lifecycle: Lifecycle, clock: Clock = now) -> Pseudonyms:
    """With the deployment's hashing secret, read once: it never changes while the register lives.

    A register that is closed is asked for nothing that a secret would open, and it may be destroyed already: a
    function that starts now has one of its own, to say with 410 that there is nothing any more.
    """
    if lifecycle.phase(clock()) is not Phase.CLOSED:
        client = boto3.client("secretsmanager", config=CLIENT_CONFIG)
        try:
            return Pseudonyms(client.get_secret_value(SecretId=hashing_secret_id)["SecretString"].encode())
        except ClientError:
            # it may have closed since, and from then on every role is refused it
            if lifecycle.phase(clock()) is not Phase.CLOSED:
                raise
    return Pseudonyms(secrets.token_bytes(_SECRET_BYTES))


def compartments(
    secret: Pseudonyms, lifecycle: Lifecycle, thresholds: Thresholds, retention: Retention, targeting: Targeting
) -> Compartments:
    """The use cases of registration, for ordinary services and for sensitive ones. `models.bind` comes first."""

    def registering(register: DynamoRegister) -> RegisterInvolvement:
        return RegisterInvolvement(
            register=register,
            pseudonyms=register.pseudonyms,
            thresholds=thresholds,
            retention=retention,
            gate=Gate(lifecycle, now),
            pause=pause,
            targeting=targeting,
        )

    return Compartments(
        ordinary=registering(dynamo_register(secret, lifecycle)),
        sensitive=registering(sensitive_register(secret, lifecycle)),
    )


def reviewing(
    secret: Pseudonyms, access_log: DynamoAccessLog, limited_to: Limits, lifecycle: Lifecycle
) -> ReviewChildren:
    """The use cases of the review list. `models.bind` comes first."""
    return ReviewChildren(
        reviews=DynamoReviews(secret, all_of, lifecycle.latest_stamp),
        access_log=access_log,
        limits=limited_to,
        pseudonyms=secret,
        gate=Gate(lifecycle, now),
        together=together,
        pause=pause,
    )


def dynamo_register(secret: Pseudonyms, lifecycle: Lifecycle) -> DynamoRegister:
    """The Register, reading side by side; while a closure is set, what is written expires in time."""
    return DynamoRegister(secret, all_of, lifecycle.latest_stamp)


def sensitive_register(secret: Pseudonyms, lifecycle: Lifecycle) -> DynamoRegister:
    """What sensitive services say, in the same table under hashes of their own: neither is met by reading the other."""
    return DynamoRegister(secret.compartment(SENSITIVE), all_of, lifecycle.latest_stamp, keeps_review_list=False)


def shields(register: DynamoRegister, config: RecordingConfig) -> DynamoShields:
    """Shields, and what opens them. `models.bind` comes first."""
    return DynamoShields(
        pseudonyms=register.pseudonyms,
        records_kept_for=config.access_records_kept_for,
        pause=pause,
        lives_until=register.lives_until,
    )


def notices(lifecycle: Lifecycle) -> DynamoNotices:
    """What organisations have to be told. `models.bind` comes first."""
    return DynamoNotices(clock=now, pause=long_pause, lives_until=lifecycle.latest_stamp)


def watches(lifecycle: Lifecycle) -> DynamoWatches:
    """Who watches whom. `models.bind` comes first."""
    return DynamoWatches(pause=pause, lives_until=lifecycle.latest_stamp)


def limits(secret: Pseudonyms, config: LimitedConfig) -> DynamoLimits:
    """How often may be asked. `models.bind` comes first."""

    def unanswered(error: Unavailable) -> None:
        unexpected("limits", error)

    return DynamoLimits(RegisterKeys(secret), config.allowances, all_of, unanswered)


def pause(attempt: int, longest: float = _LONGEST_PAUSE) -> None:
    """Full jitter, from 20 ms up, so that those who collided do not collide again."""
    time.sleep(random.uniform(0, min(longest, 0.02 * 2**attempt)))  # noqa: S311  # spreads load, hides nothing


def long_pause(attempt: int) -> None:
    """Where many write the same and nobody waits for them."""
    pause(attempt, _LONGEST_OF_MANY)
