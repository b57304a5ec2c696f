"""Every place besides the table, emptied through the services' own interfaces: whatever was planted there is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.destruction import Place, Remains
from shared.domain.errors import Unavailable
from shared.runtime.identity import CognitoClients
from shared.runtime.places.feed_bucket import FeedBucketPlace
from shared.runtime.places.hashing_secret import HashingSecretPlace
from shared.runtime.places.identity import ClientsPlace, UsersPlace
from shared.runtime.places.key import KeyPlace
from shared.runtime.places.log_groups import LogGroupsPlace
from shared.runtime.places.queues import Queue, QueuePlace
from tests.integration.calls import Calls, Fault
from tests.integration.emulated import BUCKET

pytestmark = pytest.mark.usefixtures("aws")


def plenty() -> timedelta:
    return timedelta(minutes=14)


def none() -> timedelta:
    return timedelta()


def left(place: Place) -> int:
    return sum(found.count for found in place.remains())


class Deadline:
    """A run that may go on for so many questions."""

    def __init__(self, questions: int) -> None:
        self.questions = questions

    def __call__(self) -> timedelta:
        self.questions -= 1
        return timedelta(seconds=max(0, self.questions))


# The feed bucket


@pytest.fixture
def bucket() -> FeedBucketPlace:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    return FeedBucketPlace.of(BUCKET)


def versioned() -> None:
    boto3.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


def fill() -> None:
    """Two extracts as they lie in a bucket without versions, then two versions of one, a marker, and two uploads."""
    s3 = boto3.client("s3")
    for name in ("a", "b"):
        s3.put_object(Bucket=BUCKET, Key=f"feeds/RX1/{name}.csv", Body=b"1")
    versioned()
    for content in (b"2", b"3"):
        s3.put_object(Bucket=BUCKET, Key="feeds/RX1/a.csv", Body=content)
    s3.delete_object(Bucket=BUCKET, Key="feeds/RX1/b.csv")
    for name in ("c", "d"):
        s3.create_multipart_upload(Bucket=BUCKET, Key=f"feeds/RX1/{name}.csv")


def test_a_bucket_is_counted_with_every_version_marker_and_upload(bucket: FeedBucketPlace) -> None:
    fill()
    assert bucket.survey(plenty) == {"versions": 4, "delete_markers": 1, "uploads": 2}


def test_nothing_of_a_bucket_is_left(bucket: FeedBucketPlace) -> None:
    fill()
    assert left(bucket) == 7
    bucket.destroy(plenty)
    assert bucket.remains() == []
    assert bucket.survey(plenty) == {"versions": 0, "delete_markers": 0, "uploads": 0}


def test_what_is_left_in_a_bucket_is_named_by_what_it_is(bucket: FeedBucketPlace) -> None:
    fill()
    assert {(found.name, found.count) for found in bucket.remains()} == {
        ("feeds: versions", 4),
        ("feeds: delete_markers", 1),
        ("feeds: uploads", 2),
    }


def test_an_old_version_that_somebody_planted_is_found(bucket: FeedBucketPlace) -> None:
    versioned()
    s3 = boto3.client("s3")
    s3.put_object(Bucket=BUCKET, Key="kept/copy.csv", Body=b"1")
    s3.delete_object(Bucket=BUCKET, Key="kept/copy.csv")
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    assert left(bucket) == 2
    bucket.destroy(plenty)
    assert left(bucket) == 0


def test_more_than_a_page_is_counted_and_deleted(bucket: FeedBucketPlace) -> None:
    fill()
    place = replace(bucket, page=2)
    assert place.survey(plenty) == {"versions": 4, "delete_markers": 1, "uploads": 2}
    place.destroy(plenty)
    assert left(place) == 0


def test_without_time_a_bucket_is_not_counted_and_nothing_is_deleted(bucket: FeedBucketPlace) -> None:
    fill()
    assert bucket.survey(none) is None
    bucket.destroy(none)
    assert left(bucket) == 7


def test_a_bucket_is_emptied_in_as_many_runs_as_it_takes(bucket: FeedBucketPlace) -> None:
    fill()
    runs = 0
    while bucket.remains():
        bucket.destroy(Deadline(4))
        runs += 1
    assert runs == 2


def test_what_s3_refuses_to_delete_stops_nothing_else_and_is_told(bucket: FeedBucketPlace) -> None:
    locked = "locked-feeds"
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket=locked,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
        ObjectLockEnabledForBucket=True,
    )
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=locked, Key=key, Body=b"1")
    until = datetime.now(UTC) + timedelta(days=1)
    s3.put_object_retention(Bucket=locked, Key="b", Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
    place = FeedBucketPlace(locked, bucket.client)
    with pytest.raises(Unavailable):
        place.destroy(plenty)
    assert [(found.name, found.count) for found in place.remains()] == [("locked-feeds: versions", 1)]


def test_a_bucket_that_does_not_exist_holds_nothing() -> None:
    place = FeedBucketPlace.of("no-such-bucket")
    place.destroy(plenty)
    assert place.remains() == []


@given(st.lists(st.sampled_from(["put", "delete", "upload", "destroy a little", "destroy"]), max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_was_done_to_a_bucket_it_ends_empty(steps: Sequence[str]) -> None:
    s3 = boto3.client("s3")
    name = f"feeds-{datetime.now(UTC).timestamp():.6f}".replace(".", "-")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    place = FeedBucketPlace(name, s3)
    for number, step in enumerate(steps):
        key = f"feeds/{number % 3}"
        match step:
            case "put":
                s3.put_object(Bucket=name, Key=key, Body=b"1")
            case "delete":
                s3.delete_object(Bucket=name, Key=key)
            case "upload":
                s3.create_multipart_upload(Bucket=name, Key=key)
            case _:
                place.destroy(plenty if step == "destroy" else Deadline(3))
    place.destroy(plenty)
    assert place.remains() == []
    assert "Versions" not in s3.list_object_versions(Bucket=name)


# The queues


@pytest.fixture
def queue() -> QueuePlace:
    return QueuePlace.of(Queue.FAILED_FEEDS, boto3.client("sqs").create_queue(QueueName="failed")["QueueUrl"])


def test_messages_are_counted_and_purged(queue: QueuePlace) -> None:
    for _ in range(3):
        queue.client.send_message(QueueUrl=queue.queue_url, MessageBody="feeds/RX1/a.csv")
    assert queue.survey(plenty) == {"messages": 3}
    assert queue.remains() == [Remains(place="failed-feeds", name="failed", count=3)]
    queue.destroy(plenty)
    assert queue.remains() == []


def test_a_message_that_somebody_holds_is_counted(queue: QueuePlace) -> None:
    queue.client.send_message(QueueUrl=queue.queue_url, MessageBody="feeds/RX1/a.csv")
    queue.client.receive_message(QueueUrl=queue.queue_url)
    assert left(queue) == 1


def test_a_queue_that_does_not_exist_holds_nothing(queue: QueuePlace) -> None:
    queue.client.delete_queue(QueueUrl=queue.queue_url)
    queue.destroy(plenty)
    assert queue.remains() == []


# Who could still get a token


@pytest.fixture
def pool() -> CognitoClients:
    return CognitoClients.of_pool(boto3.client("cognito-idp").create_user_pool(PoolName="p")["UserPool"]["Id"])


def make_client(pool: CognitoClients, name: str = "case management") -> str:
    made = pool.client.create_user_pool_client(UserPoolId=pool.user_pool_id, ClientName=name)
    return made["UserPoolClient"]["ClientId"]


def test_every_client_is_deleted_however_many_pages_they_fill(pool: CognitoClients) -> None:
    made = {make_client(pool) for _ in range(70)}
    place = ClientsPlace(pool)
    assert place.survey(plenty) == {"clients": 70}
    assert {found.name for found in place.remains()} == made
    place.destroy(plenty)
    assert place.remains() == []


def test_a_client_that_somebody_made_again_is_found(pool: CognitoClients) -> None:
    place = ClientsPlace(pool)
    place.destroy(plenty)
    again = make_client(pool)
    assert [found.name for found in place.remains()] == [again]


def test_clients_are_deleted_in_as_many_runs_as_it_takes(pool: CognitoClients) -> None:
    for _ in range(3):
        make_client(pool)
    place = ClientsPlace(pool)
    place.destroy(none)
    assert left(place) == 3
    place.destroy(Deadline(2))
    assert left(place) == 2


def test_deleting_a_client_twice_is_deleting_it_once(pool: CognitoClients) -> None:
    client_id = make_client(pool)
    pool.delete(client_id)
    pool.delete(client_id)


def test_users_who_could_sign_in_are_disabled_and_their_names_are_told_to_nobody(pool: CognitoClients) -> None:
    for name in ("ann", "ben"):
        pool.client.admin_create_user(UserPoolId=pool.user_pool_id, Username=name)
    place = UsersPlace(pool)
    assert place.survey(plenty) == {"users": 2}
    assert place.remains() == [Remains(place="users", name=pool.user_pool_id, count=2)]
    place.destroy(plenty)
    assert place.remains() == []


def test_a_user_who_was_enabled_again_is_found(pool: CognitoClients) -> None:
    pool.client.admin_create_user(UserPoolId=pool.user_pool_id, Username="ann")
    assert pool.disable_users() == 1
    pool.client.admin_enable_user(UserPoolId=pool.user_pool_id, Username="ann")
    assert left(UsersPlace(pool)) == 1


def test_a_pool_that_does_not_exist_has_nobody_in_it(pool: CognitoClients) -> None:
    pool.client.delete_user_pool(UserPoolId=pool.user_pool_id)
    assert (pool.all(), pool.users(), pool.disable_users()) == ((), (), 0)


# Logs

GROUPS = ("/signpost/local/lookup", "/signpost/local/feed")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def logs() -> LogGroupsPlace:
    client = boto3.client("logs")
    for group in (*GROUPS, "/signpost/local/lookup-of-another"):
        client.create_log_group(logGroupName=group)
    return LogGroupsPlace.of(GROUPS, LATER)


def test_log_groups_are_deleted_by_their_whole_names(logs: LogGroupsPlace) -> None:
    assert logs.survey(plenty) == {"log_groups": 2}
    assert [found.name for found in logs.remains()] == list(GROUPS)
    logs.destroy(plenty)
    assert logs.remains() == []
    assert len(logs.client.describe_log_groups()["logGroups"]) == 1


def test_log_groups_that_are_gone_are_passed_over(logs: LogGroupsPlace) -> None:
    logs.client.delete_log_group(logGroupName=GROUPS[0])
    logs.destroy(plenty)
    assert logs.remains() == []


def test_without_time_no_log_group_is_deleted(logs: LogGroupsPlace) -> None:
    logs.destroy(none)
    assert left(logs) == 2


def test_a_group_that_came_back_after_closure_holds_nothing_of_the_register_and_goes_all_the_same() -> None:
    """Callers go on calling: they are refused, and the refusals are logged."""
    client = boto3.client("logs")
    client.create_log_group(logGroupName=GROUPS[0])
    place = LogGroupsPlace.of(GROUPS, datetime.now(UTC) - timedelta(hours=1))
    assert place.remains() == [Remains(place="log-groups", name=GROUPS[0], holds_back=False)]
    assert place.survey(plenty) == {"log_groups": 0}
    place.destroy(plenty)
    assert client.describe_log_groups()["logGroups"] == []


# The hashing secret


@pytest.fixture
def secret() -> HashingSecretPlace:
    return HashingSecretPlace.of(boto3.client("secretsmanager").create_secret(Name="h", SecretString="x")["ARN"])


def test_the_secret_is_gone_at_once(secret: HashingSecretPlace) -> None:
    assert secret.survey(plenty) == {"secrets": 1}
    secret.destroy(plenty)
    assert secret.remains() == []
    with pytest.raises(ClientError):
        secret.client.get_secret_value(SecretId=secret.secret_id)


def test_a_secret_that_could_be_brought_back_is_still_there(secret: HashingSecretPlace) -> None:
    secret.client.delete_secret(SecretId=secret.secret_id, RecoveryWindowInDays=30)
    assert left(secret) == 1
    secret.destroy(plenty)
    assert left(secret) == 0


def test_destroying_a_secret_twice_is_destroying_it_once(secret: HashingSecretPlace) -> None:
    secret.destroy(plenty)
    secret.destroy(plenty)
    assert secret.remains() == []


# The key


@pytest.fixture
def key() -> KeyPlace:
    return KeyPlace.of(boto3.client("kms").create_key()["KeyMetadata"]["KeyId"])


def test_a_key_is_scheduled_for_deletion_as_early_as_aws_lets_it_be(key: KeyPlace) -> None:
    assert key.survey(plenty) == {"keys": 1}
    assert [found.name for found in key.remains()] == [key.key_id]
    key.destroy(plenty)
    assert key.remains() == []
    date = key.fate().deleted_at
    assert date is not None
    assert abs(date - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=5)


def test_scheduling_a_key_twice_changes_nothing(key: KeyPlace) -> None:
    key.destroy(plenty)
    fate = key.fate()
    key.destroy(plenty)
    assert key.fate() == fate


def test_a_deletion_that_somebody_cancelled_is_found_and_scheduled_again(key: KeyPlace) -> None:
    key.destroy(plenty)
    key.client.cancel_key_deletion(KeyId=key.key_id)
    assert left(key) == 1
    with pytest.raises(Unavailable):
        key.fate()
    key.destroy(plenty)
    assert left(key) == 0


def test_a_key_that_is_only_disabled_is_left(key: KeyPlace) -> None:
    key.client.disable_key(KeyId=key.key_id)
    assert left(key) == 1


def test_a_key_that_is_gone_is_empty_and_nobody_knows_when_it_went() -> None:
    place = KeyPlace.of("0f0f0f0f-0000-4000-8000-000000000000")
    place.destroy(plenty)
    assert place.remains() == []
    assert place.fate().deleted_at is None


# When a service does not answer

MAKE: dict[str, Callable[[], tuple[Place, Any]]] = {
    "feed-bucket": lambda: with_client(FeedBucketPlace.of("feeds")),
    "failed-feeds": lambda: with_client(
        QueuePlace.of(Queue.FAILED_FEEDS, "https://sqs.eu-west-2.amazonaws.com/123456789012/f")
    ),
    "clients": lambda: of_pool(ClientsPlace),
    "users": lambda: of_pool(UsersPlace),
    "log-groups": lambda: with_client(LogGroupsPlace.of(GROUPS, LATER)),
    "hashing-secret": lambda: with_client(HashingSecretPlace.of("h")),
    "key": lambda: with_client(KeyPlace.of("0f0f0f0f-0000-4000-8000-000000000000")),
}


def with_client(place: Any) -> tuple[Place, Any]:
    return place, place.client


def of_pool(kind: Callable[[CognitoClients], Place]) -> tuple[Place, Any]:
    clients = CognitoClients.of_pool("eu-west-2_abc")
    return kind(clients), clients.client


def every_verb(place: Place) -> Iterator[Callable[[], object]]:
    yield place.remains
    yield lambda: place.survey(plenty)
    yield lambda: place.destroy(plenty)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.FAILED, Fault.TIMED_OUT, Fault.RESET])
@pytest.mark.parametrize("name", list(MAKE))
def test_a_service_that_does_not_answer_is_never_taken_for_an_empty_place(name: str, fault: Fault) -> None:
    place, client = MAKE[name]()
    calls = Calls().of(client)
    assert place.name == name
    for verb in every_verb(place):
        calls.fail(1, fault)
        with pytest.raises(Unavailable):
            verb()
