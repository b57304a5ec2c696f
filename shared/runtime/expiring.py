"""Expiry's composition root: every place where something may lie, and whoever closes, empties and certifies it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from shared.domain.freshness import feed_ages
from shared.persistence.closure_keeper import DynamoClosureKeeper
from shared.persistence.dependents import DynamoDependents
from shared.persistence.directory import CachedDirectory
from shared.persistence.directory_keeper import DynamoDirectoryKeeper
from shared.persistence.elsewhere import KnownCopies
from shared.persistence.in_force import DynamoInForce
from shared.persistence.register_places import register_places
from shared.persistence.sweeping import DynamoSweeping
from shared.persistence.telling import DynamoTold
from shared.runtime.archive import S3Archive
from shared.runtime.aws import PATIENT, client_of, reached
from shared.runtime.build import tool
from shared.runtime.bus import EventBus
from shared.runtime.clock import now
from shared.runtime.gauges import CloudWatchGauges
from shared.runtime.identity import CognitoClients, CognitoIssuer
from shared.runtime.parallel import all_of, side_by_side
from shared.runtime.places.feed_bucket import FeedBucketPlace
from shared.runtime.places.hashing_secret import HashingSecretPlace
from shared.runtime.places.identity import ClientsPlace, UsersPlace
from shared.runtime.places.key import KeyPlace
from shared.runtime.places.log_groups import LogGroupsPlace
from shared.runtime.places.queues import Queue, QueuePlace
from shared.runtime.signing import KmsSigner
from shared.runtime.wiring.noticing import dynamo_notices
from shared.runtime.wiring.pauses import pause
from shared.runtime.wiring.registers import dynamo_register, sensitive_register
from shared.runtime.wiring.secret import pseudonyms
from shared.services.certify import Certify
from shared.services.close import Announce, Close
from shared.services.destroy import Destroy
from shared.services.direct import Direct
from shared.services.expire import Expire
from shared.services.gate import Gate
from shared.services.gone_quiet import TellOfQuiet
from shared.services.leave_coverage import LeaveCoverage
from shared.services.remind import Remind
from shared.services.retain import Retain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from shared.domain.lifecycle import Lifecycle
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.sweep import Sweeping
    from shared.runtime.config.expiry import ExpiryConfig


def expiring(config: ExpiryConfig) -> Expire:
    """The use cases of expiry. `models.bind` comes first."""
    lifecycle, keeper = config.lifecycle, DynamoClosureKeeper()
    secret = pseudonyms(config.hashing_secret_id, lifecycle)
    clients, key = CognitoClients.of_pool(config.user_pool_id), KeyPlace.of(config.key_id)
    dynamodb = client_of("dynamodb", PATIENT)
    places = (
        *register_places(
            config.register_table,
            dynamodb=dynamodb,
            backup=client_of("backup", PATIENT),
            side_by_side=side_by_side,
            items_a_second=config.items_a_second,
            seconds=time.monotonic,
            sleep=time.sleep,
            pause=pause,
            account=_account,
        ),
        FeedBucketPlace.of(config.feed_bucket),
        *(QueuePlace.of(queue, url) for queue, url in _queues(config).items()),
        ClientsPlace(clients),
        UsersPlace(clients),
        LogGroupsPlace.of(config.log_group_names, lifecycle.closes_at or now()),
        HashingSecretPlace.of(config.hashing_secret_id),
        key,
    )
    sweeping = DynamoSweeping(all_of)
    announce = Announce(
        lifecycle=lifecycle, bus=EventBus.named(config.event_bus, config.environment), told=DynamoTold()
    )
    return Expire(
        lifecycle=lifecycle,
        keeper=keeper,
        retain=_retaining(config, lifecycle, sweeping, secret),
        sweeping=sweeping,
        announce=announce,
        remind=Remind(
            dependents=DynamoDependents(),
            keeper=DynamoDirectoryKeeper(),
            notices=dynamo_notices(lifecycle),
            pseudonyms=secret,
            clock=now,
        ),
        close=Close(
            lifecycle=lifecycle,
            keeper=keeper,
            clients=clients,
            chaser=Direct(
                keeper=DynamoDirectoryKeeper(),
                issuer=CognitoIssuer.of_pool(config.user_pool_id),
                gate=Gate(lifecycle, now),
            ),
            announce=announce,
            clock=now,
        ),
        destroy=Destroy(places=places, keeper=keeper, lifecycle=lifecycle, clock=now),
        certify=Certify(
            lifecycle=lifecycle,
            places=places,
            keeper=keeper,
            archive=S3Archive.named(config.certificate_bucket),
            signer=KmsSigner.with_key(config.signing_key_id),
            key=key,
            elsewhere=KnownCopies(table=config.register_table, client=dynamodb, account=_account),
            tool=tool(),
            environment=config.environment,
            resources=_resources(config),
            clock=now,
        ),
        gauges=CloudWatchGauges.of(config.environment),
        feed_ages=_feed_ages,
        clock=now,
    )


def leaving_coverage(config: ExpiryConfig, sweeping: Sweeping | None = None) -> LeaveCoverage:
    """What becomes of what is out of the coverage, and how that stands. `models.bind` comes first."""
    return LeaveCoverage(
        targeting=config.targeting,
        retention=config.retention,
        sweeping=sweeping or DynamoSweeping(all_of),
        in_force=DynamoInForce(),
        clock=now,
    )


def _feed_ages(at: datetime) -> Mapping[str, timedelta]:
    return feed_ages(DynamoDirectoryKeeper().organisations(), at)


def _account() -> str:
    """The number of the account; nobody needs a permission to ask. Raises Unavailable."""
    with reached():
        caller = client_of("sts", PATIENT).get_caller_identity()
    return str(caller["Account"])


def _retaining(config: ExpiryConfig, lifecycle: Lifecycle, sweeping: DynamoSweeping, secret: Pseudonyms) -> Retain:
    register = dynamo_register(secret, lifecycle)
    return Retain(
        lifecycle=lifecycle,
        retention=config.retention,
        sweeping=sweeping,
        register=register,
        sensitive=sensitive_register(secret, lifecycle),
        leave_coverage=leaving_coverage(config, sweeping),
        gone_quiet=TellOfQuiet(
            rule=config.gone_quiet,
            register=register,
            directory=CachedDirectory(now),
            notices=dynamo_notices(lifecycle),
            in_force=DynamoInForce(),
            pseudonyms=secret,
            clock=now,
        ),
        clock=now,
        pause=pause,
        side_by_side=side_by_side,
    )


def _queues(config: ExpiryConfig) -> dict[Queue, str]:
    return {
        Queue.FAILED_FEEDS: config.failed_feeds_url,
        Queue.UNREAD_CHANGES: config.unread_changes_url,
        Queue.NOTICES_TO_DELIVER: config.notices_to_deliver_url,
        Queue.UNDELIVERED_NOTICES: config.undelivered_notices_url,
    }


def _resources(config: ExpiryConfig) -> dict[str, str]:
    """What is destroyed, as the certificate names it."""
    return {
        "table": config.register_table,
        "feed_bucket": config.feed_bucket,
        **{queue.replace("-", "_"): url for queue, url in _queues(config).items()},
        "user_pool": config.user_pool_id,
        "log_groups": config.log_groups,
        "hashing_secret": config.hashing_secret_id,
        "key": config.key_id,
    }
