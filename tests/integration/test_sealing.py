"""Sealing and verifying over the real persistence; and three kinds of tampering, each done directly in the table."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from shared.domain.access import AccessRecord
from shared.domain.accesses import hour_text
from shared.domain.hash_tree import leaf_hash, proves
from shared.domain.sealing import Seal, public_key_name, seal_name, signature_name
from shared.domain.verifying import Verified, Wrong
from shared.persistence import keys
from shared.persistence.access_log import DynamoAccessLog, item_of
from shared.persistence.access_reading import DynamoAccessReading
from shared.persistence.models import bind
from shared.persistence.seals import DynamoSeals
from shared.runtime.archive import S3Archive
from shared.services.prove import ProveRecord
from shared.services.seal import SealHours
from shared.services.verify import VerifyLog
from tests.integration.emulated import ACCESS_LOG, CERTIFICATE_BUCKET, dump
from tests.support.certifying import OwnKey
from tests.support.fakes import Clock
from tests.support.sealing import HOUR, KEPT, NINE, PLENTY, a_record

TEN = NINE + HOUR


class Office:
    """The access log with its seals, and a clock that stands an hour and a quarter after ten."""

    def __init__(self) -> None:
        bind(access_log=ACCESS_LOG)
        client = boto3.client("s3")
        client.create_bucket(
            Bucket=CERTIFICATE_BUCKET,
            CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
            ObjectLockEnabledForBucket=True,
        )
        self.clock = Clock(TEN + timedelta(minutes=75))
        self.log = DynamoAccessLog(KEPT)
        self.reading, self.seals, self.key = DynamoAccessReading(), DynamoSeals(), OwnKey()
        self.archive = S3Archive(CERTIFICATE_BUCKET, client, clock=self.clock, kept=KEPT)

    def records(self, count: int, hour: datetime) -> list[AccessRecord]:
        start = len(dump(ACCESS_LOG))
        written = [
            a_record(start + n, hour + timedelta(seconds=count - n), note="Zoë’s ‘ß’ 😀 \u007f") for n in range(count)
        ]
        for record in written:
            self.log.append(record)
        return sorted(written, key=lambda record: record.at)

    def seal(self) -> tuple[datetime, ...]:
        sealing = SealHours(
            reading=self.reading,
            seals=self.seals,
            archive=self.archive,
            key=self.key,
            clock=self.clock,
            kept_for=KEPT,
        )
        return sealing(lambda: PLENTY).hours

    def verify(self) -> Verified:
        verifying = VerifyLog(
            reading=self.reading, seals=self.seals, archive=self.archive, key=self.key, clock=self.clock
        )
        return verifying(None, None, lambda: PLENTY)

    def found(self) -> set[tuple[Wrong, str, str | None]]:
        return {(d.wrong, hour_text(d.hour), d.access_id) for d in self.verify().discrepancies}


@pytest.fixture
def office(aws: None) -> Office:
    """Twenty records in each of two hours, sealed."""
    _ = aws
    office = Office()
    office.records(20, NINE)
    office.records(20, TEN)
    assert office.seal() == (NINE, TEN)
    return office


def key_of(record: AccessRecord) -> dict[str, Any]:
    return {
        "pk": {"S": keys.access_partition(record.at, record.access_id)},
        "sk": {"S": keys.access_sort(record.at, record.access_id)},
    }


def first_of(office: Office, hour: datetime) -> AccessRecord:
    return next(office.reading.of_hour(hour))


def test_the_records_of_an_hour_are_read_in_order_of_time_from_all_its_partitions(office: Office) -> None:
    read = list(office.reading.of_hour(NINE))
    assert len(read) == 20
    assert [record.at for record in read] == sorted(record.at for record in read)
    assert read[-1] == a_record(0, NINE + timedelta(seconds=20), note="Zoë’s ‘ß’ 😀 \u007f")
    assert [logged.key for logged in office.reading.logged_in(NINE)] == [
        keys.access_sort(record.at, record.access_id) for record in read
    ]
    assert list(office.reading.of_hour(NINE + HOUR * 7)) == []


def test_a_log_that_nobody_touched_is_as_it_was_sealed(office: Office) -> None:
    verified = office.verify()
    assert (verified.hours, verified.records, verified.discrepancies) == (2, 40, [])


CHANGES = {
    "what was shown": ("SET shown = :new", {":new": {"S": "nothing"}}),
    "who asked": ("SET practitioner_id = :new", {":new": {"S": "NMC-99Z9999Z"}}),
    "the note taken out": ("REMOVE note", None),
    "something put in": ("SET seen = :new", {":new": {"B": b"\xff"}}),
    "when it is removed": ("SET expires_at = :new", {":new": {"N": "1"}}),
}


@pytest.mark.parametrize(("expression", "values"), CHANGES.values(), ids=CHANGES)
def test_a_record_changed_in_the_table_is_named(office: Office, expression: str, values: dict[str, Any] | None) -> None:
    record = first_of(office, TEN)
    update: dict[str, Any] = {"TableName": ACCESS_LOG, "Key": key_of(record), "UpdateExpression": expression}
    if values:
        update["ExpressionAttributeValues"] = values
    boto3.client("dynamodb").update_item(**update)
    expected = {(Wrong.CHANGED, hour_text(TEN), record.access_id)}
    if "expires_at" in expression:
        expected.add((Wrong.EXPIRES_EARLY, hour_text(TEN), record.access_id))
    assert office.found() == expected


def test_a_record_removed_from_the_table_is_named(office: Office) -> None:
    record = first_of(office, NINE)
    boto3.client("dynamodb").delete_item(TableName=ACCESS_LOG, Key=key_of(record))
    assert office.found() == {(Wrong.REMOVED, hour_text(NINE), record.access_id)}


def test_a_record_slipped_into_the_table_is_named(office: Office) -> None:
    late = a_record(999, NINE + timedelta(minutes=30))
    office.log.append(late)
    assert office.found() == {(Wrong.SLIPPED_IN, hour_text(NINE), late.access_id)}


def test_something_slipped_in_that_is_no_record_at_all_is_named(office: Office) -> None:
    planted = {"pk": {"S": keys.access_partition(NINE, "0" * 32)}, "sk": {"S": "0#planted"}}
    boto3.client("dynamodb").put_item(TableName=ACCESS_LOG, Item=planted)
    assert office.found() == {(Wrong.SLIPPED_IN, hour_text(NINE), "planted")}


def test_a_seal_replaced_in_the_table_is_named(office: Office) -> None:
    stored = next(office.seals.between(TEN, TEN))
    written = replace(stored.seal, count=19).to_bytes()
    boto3.client("dynamodb").put_item(
        TableName=ACCESS_LOG,
        Item={
            "pk": {"S": keys.SEALS},
            "sk": {"S": keys.seal(TEN)},
            "seal": {"S": json.dumps(json.loads(written))},
            "signature": {"B": office.key.sign(written)},
            "key_id": {"S": office.key.key_id},
        },
    )
    assert office.found() == {(Wrong.SEAL_REPLACED, hour_text(TEN), None)}


def test_a_seal_is_never_replaced_by_another_of_its_hour(office: Office) -> None:
    before = dump(ACCESS_LOG)
    stored = next(office.seals.between(TEN, TEN))
    office.seals.put(replace(stored, signature=b"another"))
    assert dump(ACCESS_LOG) == before


def test_seals_are_listed_in_order_and_the_last_is_the_latest(office: Office) -> None:
    assert [signed.hour for signed in office.seals.between(None, TEN)] == [hour_text(NINE), hour_text(TEN)]
    last = office.seals.last()
    assert last is not None
    assert (last.seal.hour, last.seal.previous) == (TEN, next(office.seals.between(NINE, NINE)).seal.digest)


def test_what_is_archived_is_locked_for_as_long_as_records_are_kept(office: Office) -> None:
    for name in (seal_name(NINE), signature_name(NINE), f"seals/{hour_text(NINE)}.leaves"):
        head = boto3.client("s3").head_object(Bucket=CERTIFICATE_BUCKET, Key=name)
        assert head["ObjectLockMode"] == "COMPLIANCE"
        assert head["ObjectLockRetainUntilDate"] == office.clock() + KEPT


def test_another_version_laid_over_a_seal_in_the_archive_changes_nothing(office: Office) -> None:
    boto3.client("s3").put_object(Bucket=CERTIFICATE_BUCKET, Key=seal_name(NINE), Body=b"{}")
    assert office.found() == set()


def test_the_first_hour_is_that_of_the_oldest_record_whatever_else_the_table_holds(office: Office) -> None:
    assert office.reading.first_hour() == NINE
    office.log.append(a_record(500, NINE - HOUR * 100))
    assert office.reading.first_hour() == NINE - HOUR * 100


def test_a_record_is_proven_without_any_other(office: Office) -> None:
    record = list(office.reading.of_hour(NINE))[7]
    proof = ProveRecord(reading=office.reading, seals=office.seals)(NINE, record.access_id)
    assert json.loads(proof.content)["access_id"] == {"S": record.access_id}
    leaf, seal = leaf_hash(proof.content), Seal.from_bytes(proof.sealed.written)
    assert proves(leaf, proof.index, seal.count, proof.beside, seal.root)
    assert len(proof.beside) == 5


def test_anybody_verifies_a_seal_with_openssl_alone(office: Office, tmp_path: Path) -> None:
    for name, file in (
        (seal_name(TEN), "seal.json"),
        (signature_name(TEN), "seal.json.sig"),
        (public_key_name(office.key.key_id), "public-key.pem"),
    ):
        body = boto3.client("s3").get_object(Bucket=CERTIFICATE_BUCKET, Key=name)["Body"]
        (tmp_path / file).write_bytes(body.read())
    decode = ["openssl", "base64", "-d", "-in", "seal.json.sig", "-out", "seal.json.der"]
    subprocess.run(decode, cwd=tmp_path, check=True)
    verify = "openssl dgst -sha256 -verify public-key.pem -signature seal.json.der seal.json".split()
    said = subprocess.run(verify, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert said.stdout == "Verified OK\n"


PARTITIONS = keys.access_partitions(NINE)
ID = "ab" * 16
NOT_UTF8 = {"B": b"\xff"}
PLANTED: dict[str, tuple[list[tuple[str, str]], dict[str, Any]]] = {
    "a key with a newline": ([(PARTITIONS[0], "2026-11-20T09:00:01.000000Z#a\nb")], {}),
    "one key in two shards": ([(shard, f"2026-11-20T09:00:01.000000Z#{ID}") for shard in PARTITIONS], {}),
    "removed in the year 10^12": ([(keys.access_partition(NINE, ID), keys.access_sort(NINE, ID))], {"N": "1e20"}),
    "removed at no time": ([(keys.access_partition(NINE, ID), keys.access_sort(NINE, ID))], {"S": "soon"}),
    "removed before it was written": ([(keys.access_partition(NINE, ID), keys.access_sort(NINE, ID))], {"N": "1"}),
}


@pytest.mark.parametrize(("where", "expires_at"), PLANTED.values(), ids=PLANTED)
def test_nothing_that_is_planted_before_an_hour_is_sealed_stops_anything_or_passes(
    aws: None, where: list[tuple[str, str]], expires_at: dict[str, Any]
) -> None:
    _ = aws
    office = Office()
    records = office.records(5, NINE)
    for pk, sk in where:
        item: dict[str, Any] = {"pk": {"S": pk}, "sk": {"S": sk}, "answered": {"S": "maybe"}, "at": NOT_UTF8}
        if expires_at:
            item["expires_at"] = expires_at
        boto3.client("dynamodb").put_item(TableName=ACCESS_LOG, Item=item)
    assert office.seal() == (NINE, TEN)
    assert list(office.reading.of_hour(NINE)) == records
    assert {(wrong, access_id) for wrong, _, access_id in office.found()} <= {
        (wrong, where[0][1].rpartition("#")[2]) for wrong in (Wrong.NO_RECORD, Wrong.SLIPPED_IN)
    }
    assert office.found()
    for record in records:
        boto3.client("dynamodb").delete_item(TableName=ACCESS_LOG, Key=key_of(record))
    removed = {access_id for wrong, _, access_id in office.found() if wrong is Wrong.REMOVED}
    assert removed == {record.access_id for record in records}


def planted(pk: str, record: AccessRecord, **other: Any) -> None:
    item = item_of(record, KEPT).serialize() | {"pk": {"S": pk}} | other
    boto3.client("dynamodb").put_item(TableName=ACCESS_LOG, Item=item)


def test_what_verify_does_not_look_at_nobody_is_told(office: Office) -> None:
    own = keys.access_partition
    forged = [a_record(900 + n, NINE + timedelta(minutes=n + 1)) for n in range(4)]
    planted("HOUR#2026-11-20T09#16", forged[0])
    planted("FORGED", forged[1])
    early = a_record(904, NINE - HOUR * 5)
    planted(own(early.at, early.access_id), early)
    planted(own(forged[2].at, forged[2].access_id), forged[2], access_id={"S": "9" * 32})
    planted(own(forged[3].at, forged[3].access_id), forged[3], at={"S": "2026-11-20T08:00:00.000000+00:00"})
    told = office.reading.of_child(["child-1"], None, 100)
    assert len(told.records) == 40
    assert told.next is None
    page = office.reading.of_child(["child-1"], None, 7)
    pages = list(page.records)
    while page.next:
        page = office.reading.of_child(["child-1"], page.next, 7)
        pages += page.records
    assert pages == told.records


def test_a_record_slipped_in_under_its_own_key_is_told_and_named(office: Office) -> None:
    late = a_record(999, NINE + timedelta(minutes=30))
    office.log.append(late)
    assert late in office.reading.of_child(["child-1"], None, 100).records
    assert office.found() == {(Wrong.SLIPPED_IN, hour_text(NINE), late.access_id)}


def test_the_first_hour_is_told_by_records_alone(aws: None) -> None:
    _ = aws
    office = Office()
    for pk in ("HOUR#", "HOUR#soon#00", "HOUR#0001-01-01T00#00"):
        boto3.client("dynamodb").put_item(TableName=ACCESS_LOG, Item={"pk": {"S": pk}, "sk": {"S": "x"}})
    assert office.reading.first_hour() is None
    office.records(1, TEN)
    assert office.reading.first_hour() == TEN
