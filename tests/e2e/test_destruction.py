"""A filled register is destroyed by runs that are killed, met by survivors that somebody left, and certified."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.local.closing import ClosingError, ask_expiry, wait_until
from infra.local.deploy import deploy
from infra.local.feeds import drop
from shared.domain.duration import Duration
from tests.e2e.closing_stack import (
    ROOT,
    a_case,
    a_stack_of_its_own,
    as_operator,
    clients_of,
    items_of,
    kill_workers,
    stop_schedules,
)
from tests.e2e.conftest import Clients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.scene import Scene
    from infra.local.stack import Stack

SEED = 2010
KILLS_AT_ANY_TIME, KILLS_AMONG_ITEMS = 3, 4
ITEMS = 20_000
ITEMS_A_SECOND = 1_000
"""Slow enough to be killed in the midst of it."""
AUTHORITY = "Director of Children’s Services, Northmoor"
DOCUMENTS = {
    "/certificate": "application/json",
    "/certificate/signature": "text/plain; charset=utf-8",
    "/certificate/public-key": "application/x-pem-file",
    "/certificate/page": "text/html; charset=utf-8",
}
SURVIVORS = {"register-items", "register-backups", "feed-bucket", "clients"}
WITHIN = 300.0


@dataclass(frozen=True)
class Destroyed:
    """What was there before, and what was seen on the way."""

    stack: Stack
    held: Counter[str]
    """The items of each kind."""
    left_by_killed_runs: list[int]
    """The items after each run that was killed."""
    found: list[dict[str, Any]]
    """What `remains` named once survivors had been planted."""
    certificate_meanwhile: httpx.Response
    told: dict[str, Any]
    """By the tick that found nothing left."""


@pytest.fixture(scope="module")
def destroyed(scene: Scene) -> Iterator[Destroyed]:
    with a_stack_of_its_own("destruction") as stack:
        yield _destroyed(_closed(stack, scene))


def _closed(stack: Stack, scene: Scene) -> Stack:
    """Filled, then closed by a date that has just passed, and ready to be destroyed."""
    Clients(stack, stack.emulator.folder).enrolled(scene)
    drop(stack, scene.extracts)
    a_case(clients_of(stack, 1)[0])
    _fill(stack)
    for name in ("nightly", "before-the-migration"):
        stack.dynamodb.create_backup(TableName=stack.outputs["RegisterName"], BackupName=name)
    closed = deploy(
        stack.emulator,
        changed={
            "ClosesAt": f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}",
            "ConfirmClosesAtInThePast": "yes",
            "DestructionStartsAfter": "PT0S",
            "DestructionAuthority": AUTHORITY,
            "DestructionRate": str(ITEMS_A_SECOND),
        },
    )
    stop_schedules(closed)
    kill_workers(closed, "expiry")
    return closed


def _fill(stack: Stack) -> None:
    """As many items as it takes, beside those that were registered."""
    table = stack.outputs["RegisterName"]
    missing = max(0, ITEMS - _count(stack))
    items = [
        {"pk": {"S": f"KEY#{n:032x}"}, "sk": {"S": f"CHILD#{n:032x}#0"}, "kind": {"S": "match_key"}}
        for n in range(missing)
    ]
    with ThreadPoolExecutor(4) as pool:
        writes = [
            pool.submit(
                stack.dynamodb.batch_write_item,
                RequestItems={table: [{"PutRequest": {"Item": item}} for item in batch]},
            )
            for batch in batched(items, 25, strict=False)
        ]
    assert not any(write.result()["UnprocessedItems"] for write in writes)


def _destroyed(stack: Stack) -> Destroyed:
    held = Counter(item["kind"]["S"] for item in items_of(stack, "RegisterName"))
    left = _killed_again_and_again(stack)
    _leave_survivors(stack)
    found = ask_expiry(stack, "remains")["remains"]
    answer = httpx.get(f"{stack.api_url}/certificate", timeout=60)
    told: dict[str, Any] = {}

    def is_gone() -> bool:
        told.update(ask_expiry(stack, "tick"))
        return bool(told["phase"] == "destroyed")

    wait_until(is_gone, "everything is gone", within=WITHIN)
    return Destroyed(
        stack=stack,
        held=held,
        left_by_killed_runs=left,
        found=found,
        certificate_meanwhile=answer,
        told=told,
    )


def _killed_again_and_again(stack: Stack) -> list[int]:
    """At instants drawn by chance: some of any time from the start on, some while items are being deleted."""
    draw = random.Random(SEED)  # noqa: S311 - draws that come out the same again are wanted
    left: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        for number in range(KILLS_AT_ANY_TIME + KILLS_AMONG_ITEMS):
            running = pool.submit(ask_expiry, stack, "tick")
            if number < KILLS_AT_ANY_TIME:
                time.sleep(draw.uniform(0.1, 4.0))
            else:
                _wait_for_fewer_than(round(left[-1] * draw.uniform(0.6, 0.9)), stack)
            wait_until(lambda: kill_workers(stack, "expiry") > 0, "a process to kill", within=60)
            with pytest.raises(ClosingError, match="Worker process"):
                running.result()
            left.append(_count(stack))
    return left


def _wait_for_fewer_than(number: int, stack: Stack) -> None:
    wait_until(lambda: _count(stack) < number, f"fewer than {number} items are left", within=WITHIN)


def _count(stack: Stack) -> int:
    return stack.dynamodb.describe_table(TableName=stack.outputs["RegisterName"])["Table"]["ItemCount"]


def _leave_survivors(stack: Stack) -> None:
    """What somebody with all rights could leave behind expiry's back."""
    table, bucket = stack.outputs["RegisterName"], stack.feed_bucket
    never_expires = {"pk": {"S": "CHILD#left-behind"}, "sk": {"S": "CHILD"}, "kind": {"S": "child"}}
    stack.dynamodb.put_item(TableName=table, Item=never_expires)
    stack.dynamodb.create_backup(TableName=table, BackupName="just-in-case")
    stack.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for content in (b"older", b"newer"):
        stack.s3.put_object(Bucket=bucket, Key="kept/copy.csv", Body=content)
    stack.s3.delete_object(Bucket=bucket, Key="kept/copy.csv")
    stack.s3.create_multipart_upload(Bucket=bucket, Key="kept/half.csv")
    stack.cognito.create_user_pool_client(UserPoolId=stack.user_pool_id, ClientName="a-way-in")


# ---------------------------------------------------------------- killed, and gone on


def test_every_run_that_was_killed_left_the_rest_to_the_next(destroyed: Destroyed) -> None:
    left = destroyed.left_by_killed_runs
    assert left == sorted(left, reverse=True)
    assert 0 < left[-1] < destroyed.held.total()


def test_each_count_before_destruction_is_right_however_often_it_was_interrupted(destroyed: Destroyed) -> None:
    places = {place["name"]: place for place in _certificate(destroyed.stack)["destruction"]["places"]}
    assert destroyed.held.total() >= ITEMS
    assert places["register-items"]["before"] == dict(destroyed.held)
    assert places["register-backups"]["before"].values() != {0}
    assert {place["after"] for place in places.values()} == {0}


# ---------------------------------------------------------------- what somebody left


def test_whatever_survived_is_named(destroyed: Destroyed) -> None:
    named = {found["place"] for found in destroyed.found}
    assert named >= SURVIVORS
    kinds = {found["name"].partition(": ")[2] for found in destroyed.found if found["place"] == "feed-bucket"}
    assert kinds == {"versions", "delete_markers", "uploads"}


def test_while_anything_is_left_there_is_no_certificate(destroyed: Destroyed) -> None:
    assert destroyed.certificate_meanwhile.status_code == HTTPStatus.NOT_FOUND


def test_what_was_left_is_gone_with_the_rest(destroyed: Destroyed) -> None:
    assert destroyed.told["remains"] == []
    assert destroyed.told["not_read"] == []
    assert ask_expiry(destroyed.stack, "remains")["remains"] == []


# ---------------------------------------------------------------- nothing is left, as an administrator sees it


def test_no_item_stream_backup_or_recovery_is_left(destroyed: Destroyed) -> None:
    stack, table = destroyed.stack, destroyed.stack.outputs["RegisterName"]
    assert items_of(stack, "RegisterName") == []
    described = stack.dynamodb.describe_table(TableName=table)["Table"]
    assert not described.get("StreamSpecification", {}).get("StreamEnabled", False)
    backups = stack.dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    assert stack.dynamodb.list_backups(TableName=table, BackupType="ALL")["BackupSummaries"] == []


def test_no_version_marker_or_upload_is_left_in_the_feed_bucket(destroyed: Destroyed) -> None:
    s3, bucket = destroyed.stack.s3, destroyed.stack.feed_bucket
    versions = s3.list_object_versions(Bucket=bucket)
    assert "Versions" not in versions
    assert "DeleteMarkers" not in versions
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_no_client_secret_or_log_group_is_left(destroyed: Destroyed) -> None:
    stack, ids = destroyed.stack, destroyed.stack.physical_ids()
    assert stack.cognito.list_user_pool_clients(UserPoolId=stack.user_pool_id, MaxResults=9)["UserPoolClients"] == []
    with pytest.raises(stack.secrets.exceptions.ResourceNotFoundException):
        stack.secrets.describe_secret(SecretId=ids["Storage/HashingSecret"])
    groups = {group["logGroupName"] for group in stack.logs.describe_log_groups()["logGroups"]}
    assert groups.isdisjoint(
        {f"/signpost/local/{name}" for name in ("lookup", "registration", "review", "shield", "access", "feed", "api")}
    )


def test_the_key_is_scheduled_for_deletion_in_seven_days(destroyed: Destroyed) -> None:
    kms = as_operator(destroyed.stack, "kms")
    key = kms.describe_key(KeyId=destroyed.stack.physical_ids()["Storage/Key"])["KeyMetadata"]
    assert key["KeyState"] == "PendingDeletion"
    assert timedelta(days=6) < key["DeletionDate"] - datetime.now(UTC) <= timedelta(days=7)
    assert datetime.fromisoformat(_certificate(destroyed.stack)["encryption_key"]["deletion_date"]) - key[
        "DeletionDate"
    ] < timedelta(seconds=1)


def test_who_asked_and_who_was_enrolled_is_kept(destroyed: Destroyed) -> None:
    assert items_of(destroyed.stack, "AccessLogName")
    assert items_of(destroyed.stack, "DirectoryName")


# ---------------------------------------------------------------- the certificate


def _certificate(stack: Stack) -> dict[str, Any]:
    answer = httpx.get(f"{stack.api_url}/certificate", timeout=60)
    assert answer.status_code == HTTPStatus.OK, answer.text
    certificate: dict[str, Any] = answer.json()
    return certificate


def test_the_status_says_destroyed_and_links_the_certificate(destroyed: Destroyed) -> None:
    status = httpx.get(f"{destroyed.stack.api_url}/status", timeout=60).json()
    assert status["phase"] == "destroyed"
    assert status["certificate"].endswith("/certificate")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_anyone_can_fetch_each_document(destroyed: Destroyed, path: str) -> None:
    answer = httpx.get(f"{destroyed.stack.api_url}{path}", timeout=60)
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["Content-Type"] == DOCUMENTS[path]
    assert answer.content


def test_the_certificate_says_who_ordered_it_and_what_was_configured(destroyed: Destroyed) -> None:
    certificate = _certificate(destroyed.stack)
    assert certificate["ordered_by"] == AUTHORITY
    assert Duration.parse(certificate["closure"]["parameters"]["DestructionStartsAfter"]) == Duration()
    assert certificate["closure"]["closed_at"] == certificate["closure"]["destruction_allowed_from"]
    assert certificate["verification"]["found"] == 0
    assert certificate["verification"]["in_time"]
    assert re.fullmatch(r"unknown|[0-9a-f]{40}(-dirty)?", certificate["performed_by"]["commit"])


def _as_documented(number: int, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a block of commands of docs/certificate.md as it stands there."""
    block = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/certificate.md").read_text(), re.DOTALL)[number]
    return subprocess.run(
        ["/bin/sh", "-e", "-c", block],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def fetched(destroyed: Destroyed, tmp_path: Path) -> Path:
    """A folder with what anyone who wants to verify it fetches."""
    for command in ("openssl", "curl"):
        if shutil.which(command) is None:
            pytest.skip(f"{command} is not installed")
    fetching = _as_documented(0, tmp_path, API=destroyed.stack.api_url)
    assert fetching.returncode == 0, fetching.stderr
    return tmp_path


def test_anyone_can_verify_it_with_openssl_as_documented(fetched: Path) -> None:
    verified = _as_documented(1, fetched)
    assert verified.stdout == "Verified OK\n"
    assert verified.returncode == 0


def test_a_changed_byte_is_found(fetched: Path) -> None:
    document = bytearray((fetched / "certificate.json").read_bytes())
    for position in range(0, len(document), len(document) // 5):
        changed = document.copy()
        changed[position] ^= 1
        (fetched / "certificate.json").write_bytes(changed)
        verified = _as_documented(1, fetched)
        assert "Verification failure" in verified.stdout
        assert verified.returncode == 1


def test_the_public_key_is_that_of_the_account(destroyed: Destroyed, fetched: Path) -> None:
    signature = json.loads((fetched / "certificate.json").read_text())["signature"]
    known: bytes = as_operator(destroyed.stack, "kms").get_public_key(KeyId=signature["key_id"])["PublicKey"]
    assert signature["public_key_sha256"] == hashlib.sha256(known).hexdigest()
    pem = (fetched / "public-key.pem").read_text().splitlines()
    assert base64.b64decode("".join(pem[1:-1])) == known


# ---------------------------------------------------------------- afterwards


def _versions(stack: Stack) -> list[tuple[str, str]]:
    listed = stack.s3.list_object_versions(Bucket=stack.outputs["CertificateBucketName"])
    assert "DeleteMarkers" not in listed
    return sorted((version["Key"], version["VersionId"]) for version in listed["Versions"])


def test_ticks_again_and_at_once_change_nothing(destroyed: Destroyed) -> None:
    stack = destroyed.stack
    before, document = _versions(stack), httpx.get(f"{stack.api_url}/certificate", timeout=60).content
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(lambda _: ask_expiry(stack, "tick"), range(3)))
    assert {one["phase"] for one in told} == {"destroyed"}
    assert _versions(stack) == before
    assert httpx.get(f"{stack.api_url}/certificate", timeout=60).content == document


def test_the_certificate_cannot_be_removed(destroyed: Destroyed) -> None:
    stack = destroyed.stack
    for key, version in _versions(stack):
        with pytest.raises(stack.s3.exceptions.ClientError, match="AccessDenied"):
            stack.s3.delete_object(
                Bucket=stack.outputs["CertificateBucketName"],
                Key=key,
                VersionId=version,
                BypassGovernanceRetention=True,
            )


def test_what_appears_after_the_certificate_is_found_and_destroyed_too(destroyed: Destroyed) -> None:
    stack, before = destroyed.stack, _versions(destroyed.stack)
    stack.dynamodb.create_backup(TableName=stack.outputs["RegisterName"], BackupName="from-somewhere")
    stack.cognito.create_user_pool_client(UserPoolId=stack.user_pool_id, ClientName="another-way-in")
    assert {found["place"] for found in ask_expiry(stack, "remains")["remains"]} == {"register-backups", "clients"}
    ask_expiry(stack, "tick")
    assert ask_expiry(stack, "remains")["remains"] == []
    assert _versions(stack) == before
