"""Ways through the functions that no caller asks for: a schedule, a stream, a queue, a drop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from shared.persistence import keys
from shared.persistence.models import SweepItem
from shared.runtime.places.queues import Queue
from tests.integration.deployed import Answer
from tests.integration.emulated import BUCKET, REGISTER
from tests.integration.paths import SAID, Path, World
from tests.integration.people import ABEL, ZOE, involvement
from tests.integration.streams import Stream
from tests.integration.striking import Harm, Spot, Strike
from tests.integration.test_expiry import Context, closes

DONE = Answer(204, {}, None)
COMES_AGAIN = Answer(
    503,
    {"Content-Type": "application/problem+json", "Retry-After": "1"},
    {"type": "urn:signpost:problem:unavailable", "title": "", "status": 503, "detail": "", "request_id": ""},
)
"""What the function has said must come again: to AWS, which sees to it, and not to a caller."""
KEY = "feeds/RAL/nightly.csv"
EXTRACT = """source_reference,service_type,given_name,family_name,date_of_birth,postcode,nhs_number,duty_phone
r-1,health_visiting,Abel,Ó Briain,2015-01-30,EN5 2AB,9990002010,020 7946 0019
r-2,school_nursing,Ada,Finch,2199-01-30,EN5 2AB,,
"""


def _unless(interrupted: str, act: Callable[[], object], world: World, function: str) -> Answer:
    """Done, unless the function raises what it raises to be called again."""
    try:
        act()
    except getattr(world.deployment.function(function), interrupted):
        return COMES_AGAIN
    return DONE


def _handled(world: World, function: str, records: list[dict[str, Any]]) -> Answer:
    """Done, unless the function has named records that must come again."""
    answer = world.deployment.function(function).handler({"Records": records}, Context())
    return COMES_AGAIN if answer["batchItemFailures"] else DONE


def _drop(_world: World) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=EXTRACT.encode())


def _queues() -> dict[str, str]:
    return {f"{queue.name}_URL": boto3.client("sqs").create_queue(QueueName=queue.value)["QueueUrl"] for queue in Queue}


def _due(world: World) -> None:
    """An open register in which an involvement has had its time, and all that expiry works with."""
    ended = {"standing": "ended", "ended": "2020-11-18", "started": "2020-01-02", "last_contact": None}
    world.deployment.restart(ENDED_INVOLVEMENT_KEPT="P50Y")  # or it would not be taken in
    assert world.hospital.put("old", involvement(ABEL, **ended)).status == 201
    kms = boto3.client("kms")
    world.deployment.restart(
        DESTRUCTION_AUTHORITY="The Secretary of State",
        DESTRUCTION_RATE="2000",
        ENDED_INVOLVEMENT_KEPT="P1Y",
        GONE_QUIET_AFTER="P6M",
        USER_POOL_ID=boto3.client("cognito-idp").create_user_pool(PoolName="signpost")["UserPool"]["Id"],
        KEY_ID=kms.create_key()["KeyMetadata"]["Arn"],
        SIGNING_KEY_ID=kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"],
        LOG_GROUPS="/signpost/local/lookup",
        **_queues(),
    )
    closes(world.deployment, None)


def _next_day(_world: World) -> None:
    """The sweeps that were made were yesterday's: whom they could not tell, the next ones tell."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    for item in SweepItem.query(keys.EXPIRY, SweepItem.sk.startswith(keys.SWEEPS)):
        item.update([SweepItem.day.set(yesterday)])


def _interrupted(world: World) -> None:
    """A join that broke off at its second step."""
    wire = world.known["wire"]
    with wire.watched({Spot("dynamodb", "TransactWriteItems", before=1): Strike(Harm.RESET, lasts=True)}):
        assert world.council.decide(world.case_id, "same").status == 503


def _changed(world: World) -> None:
    """A child of the hospital's is registered by the council; the stream tells so."""
    world.deployment.restart(**_queues())
    stream = Stream(REGISTER, lambda: datetime.now(UTC))
    assert world.hospital.put("zoe-1", SAID).status == 201
    assert world.council.put("zoe-2", involvement(ZOE)).status == 201
    world.known["records"] = stream.changes


def _put(world: World) -> None:
    """A notice has been put; the stream tells so."""
    world.deployment.restart(**_queues())
    stream = Stream(REGISTER, lambda: datetime.now(UTC))
    world.put_notice()
    world.known["records"] = stream.put


def _go_on(world: World) -> Answer:
    return _unless("JoinsInterrupted", world.deployment.go_on, world, "review")


def _tick(world: World) -> Answer:
    expiry = world.deployment.function("expiry")
    return _unless("ExpiryInterrupted", lambda: expiry.handler({"action": "tick"}, Context()), world, "expiry")


def _feed(world: World) -> Answer:
    return _unless("FeedInterrupted", lambda: world.deployment.take_in(KEY), world, "feed")


BY_EVENT: dict[str, Path] = {
    "a feed": Path("feed", _feed, each=_drop),
    "a tick of expiry": Path("expiry", _tick, _due, meanwhile=_next_day, varies=True),
    "going on with a join": Path("review", _go_on, _interrupted),
    "a change that is told": Path("notify", lambda w: _handled(w, "notify", w.known["records"]), _changed),
    "a notice that is put on the bus": Path("notify", lambda w: _handled(w, "notify", w.known["records"]), _put),
}
