"""The certificate, from the archive to whoever asks for it, and verified as docs/certificate.md says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.domain.closure import Accepted
from shared.domain.destruction import Method
from shared.domain.errors import Unavailable
from shared.persistence.closure_keeper import DynamoClosureKeeper
from shared.persistence.models import bind
from shared.runtime.archive import S3Archive
from shared.runtime.build import tool
from shared.runtime.bus import EventBus
from shared.runtime.signing import KmsSigner, pem
from shared.services.certify import CERTIFICATE, PAGE, PUBLIC_KEY, SIGNATURE, Certify, fingerprint
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import CERTIFICATE_BUCKET, DIRECTORY, ROOT
from tests.support.certifying import CLOSED, CLOSURE, VERIFIED, Office

pytestmark = pytest.mark.usefixtures("aws")

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
DOCUMENTS = {
    "/certificate": (CERTIFICATE, "application/json"),
    "/certificate/signature": (SIGNATURE, "text/plain; charset=utf-8"),
    "/certificate/public-key": (PUBLIC_KEY, "application/x-pem-file"),
    "/certificate/page": (PAGE, "text/html; charset=utf-8"),
}


@pytest.fixture
def archive() -> S3Archive:
    boto3.client("s3").create_bucket(
        Bucket=CERTIFICATE_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
        ObjectLockEnabledForBucket=True,
    )
    return replace(S3Archive.named(CERTIFICATE_BUCKET), clock=lambda: NOW)


def certifying(archive: S3Archive) -> Certify:
    """A destruction that is over, with the real archive and the real notes, and a key of our own."""
    office = Office()
    bind(directory=DIRECTORY)
    keeper = DynamoClosureKeeper()
    keeper.accept(Accepted(lifecycle=CLOSURE, accepted_at=CLOSED, announced_at=CLOSED))
    keeper.note_started(CLOSED)
    for place, surveyed in office.closure.held.surveyed.items():
        keeper.note_surveyed(place, surveyed)
        keeper.note_emptied(place, office.closure.held.emptied[place])
    return replace(office.certify(), keeper=keeper, archive=archive)


# The archive


def test_what_is_archived_is_locked_for_ten_years(archive: S3Archive) -> None:
    version = archive.put("a.json", b"{}", "application/json")
    head = archive.client.head_object(Bucket=CERTIFICATE_BUCKET, Key="a.json", VersionId=version)
    assert (head["ObjectLockMode"], head["ContentType"]) == ("COMPLIANCE", "application/json")
    assert head["ObjectLockRetainUntilDate"] >= NOW.replace(year=NOW.year + 10)
    with pytest.raises(ClientError, match="AccessDenied"):
        archive.client.delete_object(Bucket=CERTIFICATE_BUCKET, Key="a.json", VersionId=version)


def test_what_was_archived_first_stays(archive: S3Archive) -> None:
    first = archive.put("a.json", b"first", "text/plain")
    assert archive.put("a.json", b"second", "text/plain") == first
    assert archive.get("a.json", first) == b"first"


def test_what_somebody_hides_or_writes_over_is_found_by_its_version(archive: S3Archive) -> None:
    first = archive.put("a.json", b"first", "text/plain")
    archive.client.put_object(Bucket=CERTIFICATE_BUCKET, Key="a.json", Body=b"forged")
    archive.client.delete_object(Bucket=CERTIFICATE_BUCKET, Key="a.json")
    assert archive.get("a.json", first) == b"first"
    archive.put("a.json.sig", b"", "text/plain")
    assert archive.put("a.json", b"second", "text/plain") == first


@pytest.mark.parametrize("fault", [Fault.FAILED, Fault.THROTTLED, Fault.RESET, Fault.TIMED_OUT, Fault.ANSWER_LOST])
@pytest.mark.parametrize("which", [1, 2])
def test_an_archive_that_does_not_answer_ends_with_what_was_written_first(
    archive: S3Archive, which: int, fault: Fault
) -> None:
    calls = Calls().of(archive.client)
    archive.put("before", b"", "text/plain")
    calls.fail(which, fault)
    for attempt in range(3):
        try:
            archive.put("a.json", b"first" if attempt == 0 else b"later", "text/plain")
        except Unavailable:
            continue
    version = archive.put("a.json", b"later", "text/plain")
    versions = archive.client.list_object_versions(Bucket=CERTIFICATE_BUCKET, Prefix="a.json")["Versions"]
    assert [found["VersionId"] for found in versions] == [version]


def test_an_archive_that_is_not_there_says_so() -> None:
    archive = S3Archive.named("no-such-bucket")
    with pytest.raises(Unavailable, match="NoSuchBucket"):
        archive.put("a.json", b"", "text/plain")
    with pytest.raises(Unavailable, match="NoSuchBucket"):
        archive.get("a.json", "1")


# The key


def test_what_is_signed_is_the_digest_of_the_document() -> None:
    """moto hashes a digest once more, so what AWS is asked for is looked at; the emulator's KMS proves the rest."""
    document = b"x" * 5000
    client = boto3.client("kms")
    with Stubber(client) as stubber:
        stubber.add_response(
            "sign",
            {"Signature": b"der"},
            {
                "KeyId": "k",
                "Message": sha256(document).digest(),
                "MessageType": "DIGEST",
                "SigningAlgorithm": "ECDSA_SHA_256",
            },
        )
        assert KmsSigner("k", client).sign(document) == b"der"


def test_a_signature_is_checked_against_the_digest_and_one_that_is_not_ours_is_no_failure() -> None:
    client = boto3.client("kms")
    asked = {
        "KeyId": "k",
        "Message": sha256(b"document").digest(),
        "MessageType": "DIGEST",
        "Signature": b"der",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }
    with Stubber(client) as stubber:
        stubber.add_response("verify", {"SignatureValid": True}, asked)
        assert KmsSigner("k", client).has_signed(b"document", b"der")
        stubber.add_client_error("verify", "KMSInvalidSignatureException")
        assert not KmsSigner("k", client).has_signed(b"document", b"der")


def test_the_public_key_of_kms_is_told_in_pem() -> None:
    client = boto3.client("kms")
    made = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    der = client.get_public_key(KeyId=made)["PublicKey"]
    told = KmsSigner.with_key(made).public_key()
    assert told == pem(der)
    assert fingerprint(told) == sha256(der).hexdigest()


def test_pem_is_written_as_everybody_else_writes_it() -> None:
    public = generate_private_key(SECP256R1()).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert pem(der) == public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_key_that_does_not_answer_is_unavailable() -> None:
    signer = KmsSigner.with_key("0f0f0f0f-0000-4000-8000-000000000000")
    with pytest.raises(Unavailable):
        signer.sign(b"")
    with pytest.raises(Unavailable):
        signer.public_key()


# The bus


def told_to(answer: dict[str, Any]) -> tuple[EventBus, Stubber]:
    client = boto3.client("events")
    stubber = Stubber(client)
    entry = {
        "EventBusName": "bus",
        "Source": "signpost",
        "DetailType": "RegisterClosed",
        "Detail": json.dumps({"environment": "local", "closed_at": "2010-08-06"}),
    }
    stubber.add_response("put_events", answer, {"Entries": [entry]})
    return EventBus("bus", "local", client), stubber


def test_an_event_says_what_happened_and_where() -> None:
    bus, stubber = told_to({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
    with stubber:
        bus.tell("RegisterClosed", {"closed_at": "2010-08-06", "successor": None})
    stubber.assert_no_pending_responses()


def test_an_event_that_was_not_taken_is_not_taken_for_told() -> None:
    bus, stubber = told_to({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]})
    with stubber, pytest.raises(Unavailable, match="ThrottlingException"):
        bus.tell("RegisterClosed", {"closed_at": "2010-08-06"})


# The build


def test_what_was_built_says_from_which_commit(tmp_path: Path) -> None:
    note = tmp_path / "built.json"
    assert tool(note).commit == "unknown"
    note.write_text('{"commit": "abc-dirty"}\n')
    assert tool(note).commit == "abc-dirty"


# Whoever asks


@pytest.fixture
def closed(deployment: Deployment) -> Client:
    """Somebody with no token, of a register whose closure is set."""
    deployment.restart(
        CLOSES_AT=CLOSED.isoformat(), ANNOUNCED_AT="1262304000", SUCCESSOR_URL="https://successor.example/"
    )
    return Client(deployment, "", "")


def ask(client: Client, path: str) -> dict[str, Any]:
    event = {
        "httpMethod": "GET",
        "resource": path,
        "path": path,
        "requestContext": {"requestId": "r-1", "path": f"/v1{path}"},
    }
    answer: dict[str, Any] = client.deployment.function("status").handler(event, None)
    return answer


def status(client: Client) -> dict[str, Any]:
    answer = ask(client, "/status")
    assert answer["statusCode"] == 200
    body: dict[str, Any] = json.loads(answer["body"])
    return body


@pytest.mark.parametrize("path", list(DOCUMENTS))
def test_there_is_no_certificate_before_everything_is_destroyed(closed: Client, path: str) -> None:
    answer = ask(closed, path)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["type"] == "urn:signpost:problem:not-certified"
    assert answer["headers"]["Content-Type"] == "application/problem+json"


def test_while_no_closure_is_set_nobody_looks_for_one(deployment: Deployment) -> None:
    client = Client(deployment, "", "")
    deployment.restart(DIRECTORY_TABLE="no-such-table", CERTIFICATE_BUCKET="no-such-bucket")
    assert ask(client, "/certificate")["statusCode"] == 404
    assert status(client)["phase"] == "open"


def test_every_document_is_answered_byte_for_byte_without_a_token(closed: Client, archive: S3Archive) -> None:
    certified = certifying(archive)(VERIFIED)
    assert certified is not None
    for path, (name, media_type) in DOCUMENTS.items():
        answer = ask(closed, path)
        assert answer["statusCode"] == 200
        assert answer["body"].encode() == archive.get(name, certified.documents[name])
        assert answer["headers"]["Content-Type"] == media_type


def test_what_is_answered_is_what_was_archived_and_not_what_somebody_wrote_over_it(
    closed: Client, archive: S3Archive
) -> None:
    certifying(archive)(VERIFIED)
    archive.client.put_object(Bucket=CERTIFICATE_BUCKET, Key=CERTIFICATE, Body=b"forged")
    assert "forged" not in ask(closed, "/certificate")["body"]


def test_the_page_may_fetch_and_run_nothing(closed: Client, archive: S3Archive) -> None:
    certifying(archive)(VERIFIED)
    assert "default-src 'none'" in ask(closed, "/certificate/page")["headers"]["Content-Security-Policy"]


def test_the_status_says_closed_and_then_destroyed_with_a_link(closed: Client, archive: S3Archive) -> None:
    before = status(closed)
    assert (before["phase"], before["destroyed_by"]) == ("closed", "2010-10-06T11:00:00Z")
    assert "certificate" not in before
    certifying(archive)(VERIFIED)
    after = status(closed)
    assert (after["phase"], after["certificate"]) == ("destroyed", "/v1/certificate")


def test_the_status_counts_credentials_that_have_not_come_back(closed: Client) -> None:
    bind(directory=DIRECTORY)
    DynamoClosureKeeper().note_outstanding(3)
    told = status(closed)
    assert (told["credentials_outstanding"], told["credentials_due"]) == (3, "2010-08-13T11:00:00Z")


@pytest.mark.parametrize("path", ["/status", "/certificate"])
def test_a_directory_that_does_not_answer_is_not_taken_for_one_without_a_certificate(closed: Client, path: str) -> None:
    closed.deployment.restart(DIRECTORY_TABLE="no-such-table")
    assert ask(closed, path)["statusCode"] == 503


def test_archived_twice_at_once_and_after_a_loss_there_is_one(archive: S3Archive) -> None:
    first = certifying(archive)
    later = replace(certifying(archive), clock=lambda: NOW + timedelta(days=1))
    assert first(VERIFIED) == later(VERIFIED + timedelta(days=1))
    for name, _ in DOCUMENTS.values():
        listed = archive.client.list_object_versions(Bucket=CERTIFICATE_BUCKET, Prefix=name)["Versions"]
        assert len([found for found in listed if found["Key"] == name]) == 1


# Verified offline


def commands(heading: str) -> list[str]:
    """The blocks of commands under a heading of the document."""
    text = (ROOT / "docs/certificate.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


FETCH, VERIFY, OF_KEY, _ = commands("Verify it")


@pytest.fixture
def fetched(closed: Client, archive: S3Archive, tmp_path: Path) -> Path:
    """The folder of somebody who has run the first commands; only what carries the bytes is not curl."""
    certifying(archive)(VERIFIED)
    wanted = re.findall(r'curl -fsS -o (\S+) "\$API(\S+)"', FETCH)
    assert {name for name, _ in wanted} == {CERTIFICATE, SIGNATURE, PUBLIC_KEY}
    for name, path in wanted:
        (tmp_path / name).write_bytes(ask(closed, path)["body"].encode())
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return tmp_path


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", "-ec", script], cwd=folder, capture_output=True, text=True, check=False)


def test_anyone_can_verify_it_with_the_documented_commands(fetched: Path) -> None:
    verified = run(VERIFY, fetched)
    assert (verified.returncode, verified.stdout.strip()) == (0, "Verified OK")


def test_a_changed_byte_fails_wherever_it_is(fetched: Path) -> None:
    written = (fetched / CERTIFICATE).read_bytes()
    for position in {0, len(written) - 1, *range(7, len(written), len(written) // 12)}:
        changed = bytearray(written)
        changed[position] ^= 1
        (fetched / CERTIFICATE).write_bytes(changed)
        failed = run(VERIFY, fetched)
        assert (failed.returncode, failed.stdout.strip()) == (1, "Verification failure")
    (fetched / CERTIFICATE).write_bytes(written)
    assert run(VERIFY, fetched).returncode == 0


def test_one_more_byte_or_one_less_fails(fetched: Path) -> None:
    written = (fetched / CERTIFICATE).read_bytes()
    for changed in (written[:-1], written + b"\n"):
        (fetched / CERTIFICATE).write_bytes(changed)
        assert run(VERIFY, fetched).returncode == 1


def test_another_key_fails(fetched: Path) -> None:
    another = generate_private_key(SECP256R1()).public_key()
    (fetched / PUBLIC_KEY).write_bytes(another.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert run(VERIFY, fetched).returncode == 1


def test_the_fingerprint_of_the_documented_command_is_the_one_in_the_certificate(fetched: Path) -> None:
    command, of_aws = OF_KEY.strip().splitlines()
    assert of_aws.startswith("aws kms get-public-key")
    said = json.loads((fetched / CERTIFICATE).read_bytes())["signature"]["public_key_sha256"]
    assert run(command, fetched).stdout.split()[0] == said


def test_the_signature_is_in_lines_that_any_tool_reads(fetched: Path) -> None:
    signature = (fetched / SIGNATURE).read_text()
    assert all(len(line) <= 76 for line in signature.splitlines())
    assert b64decode(signature)[0] == 0x30  # a sequence, in DER


def test_every_field_that_the_document_describes_is_there(fetched: Path) -> None:
    written = json.loads((fetched / CERTIFICATE).read_bytes())
    text = (ROOT / "docs/certificate.md").read_text(encoding="utf-8").partition("\n## What it says\n")[2]
    described = set(re.findall(r"^\| `([a-z_]+)", text, re.MULTILINE)) - {"before_is_whole", "gone_by"}
    methods = {method.value for method in Method}
    assert methods <= described
    assert described - methods <= written.keys()
    assert written.keys() - described <= {"format", "title", "after", "statement"}
    assert all({"before_is_whole", "gone_by"} <= place.keys() for place in written["destruction"]["places"])
