from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature

from shared.domain.certificate import OutOfReach
from shared.domain.closure import Certified, Progress
from shared.domain.errors import NotCertified, NotOurDocument, Unavailable
from shared.services.certify import CERTIFICATE, PAGE, PUBLIC_KEY, SIGNATURE, Certificates, fingerprint
from tests.support.certifying import VERIFIED, Office, over

DOCUMENTS = {CERTIFICATE, SIGNATURE, PUBLIC_KEY, PAGE}


def check(office: Office) -> None:
    """Everything that was archived belongs together."""
    written = {name: content for name, (content, _) in office.archive.written.items()}
    assert written.keys() == DOCUMENTS
    office.signer.verifies(b64decode(written[SIGNATURE]), written[CERTIFICATE])
    digest = sha256(written[CERTIFICATE]).hexdigest()
    certified = office.closure.held.certified
    assert certified is not None
    assert certified.sha256 == digest
    assert certified.documents.keys() == DOCUMENTS
    assert digest in written[PAGE].decode()
    assert written[PUBLIC_KEY].decode() == office.signer.public_key()


def test_what_is_over_is_certified() -> None:
    office = Office()
    certified = office.certify()(VERIFIED)
    assert certified == office.closure.held.certified
    check(office)


def test_each_document_says_what_it_is() -> None:
    office = Office()
    office.certify()(VERIFIED)
    assert {name: kind for name, (_, kind) in office.archive.written.items()} == {
        CERTIFICATE: "application/json",
        SIGNATURE: "text/plain",
        PUBLIC_KEY: "application/x-pem-file",
        PAGE: "text/html",
    }


def test_the_certificate_names_the_public_key_that_verifies_it() -> None:
    office = Office()
    office.certify()(VERIFIED)
    said = json.loads(office.archive.written[CERTIFICATE][0])["signature"]
    assert said["public_key_sha256"] == fingerprint(office.signer.public_key())
    assert said["key_id"] == office.signer.key_id


def test_a_changed_byte_does_not_verify() -> None:
    office = Office()
    office.certify()(VERIFIED)
    written = bytearray(office.archive.written[CERTIFICATE][0])
    written[len(written) // 2] ^= 1
    with pytest.raises(InvalidSignature):
        office.signer.verifies(b64decode(office.archive.written[SIGNATURE][0]), bytes(written))


@pytest.mark.parametrize("missing", ["surveyed", "emptied"])
def test_a_place_that_was_not_counted_or_not_found_empty_holds_the_certificate_back(missing: str) -> None:
    office = Office()
    surveyed, emptied = dict(office.closure.held.surveyed), dict(office.closure.held.emptied)
    (surveyed if missing == "surveyed" else emptied).pop("feed-bucket")
    office.closure.held = replace(office.closure.held, surveyed=surveyed, emptied=emptied)
    assert office.certify()(VERIFIED) is None
    assert not office.archive.written


def test_a_certificate_that_there_is_stays_as_it_is() -> None:
    office = Office()
    first = office.certify()(VERIFIED)
    written = dict(office.archive.written)
    office.clock.move(timedelta(days=1))
    assert office.certify()(VERIFIED + timedelta(days=1)) == first
    assert office.archive.written == written


CALLS = ["progress", "public_key", "fate", "known", f"put {CERTIFICATE}", f"get {CERTIFICATE}", "sign",
         f"put {SIGNATURE}", f"get {SIGNATURE}", f"put {PUBLIC_KEY}", f"get {PUBLIC_KEY}", f"put {PAGE}",
         f"get {PAGE}", "note certified"]  # fmt: skip


def test_every_call_to_a_port_is_one_of_those_that_fail_below() -> None:
    office = Office()
    office.certify()(VERIFIED)
    assert office.script.calls == CALLS


def fail() -> None:
    raise Unavailable


@pytest.mark.parametrize("is_carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_run_that_was_killed_and_run_again_later_leaves_one_certificate(call: str, *, is_carried_out: bool) -> None:
    office = Office()
    times = office.script.after if is_carried_out else office.script.before
    times[CALLS.index(call)] = fail
    with pytest.raises(Unavailable):
        office.certify()(VERIFIED)
    begun = office.archive.written.get(CERTIFICATE)
    office.clock.move(timedelta(minutes=5))
    assert office.certify()(VERIFIED + timedelta(minutes=5)) is not None
    check(office)
    assert begun in {None, office.archive.written[CERTIFICATE]}


@pytest.mark.parametrize("call", CALLS)
def test_of_two_runs_at_once_the_first_that_wrote_wins(call: str) -> None:
    office = Office()
    answers: list[Certified | None] = []

    def another() -> None:
        answers.append(office.certify()(VERIFIED + timedelta(seconds=9)))

    office.script.before[CALLS.index(call)] = another
    first, (second,) = office.certify()(VERIFIED), answers
    assert first is not None
    assert second is not None
    assert (first.sha256, first.documents) == (second.sha256, second.documents)
    check(office)


# What somebody else put there


def forged(office: Office, name: str) -> bytes:
    """Such as an administrator might think of."""
    other = Office(private=office.private)
    other.elsewhere.copies.append(OutOfReach(what="a copy", where="with me"))
    other.certify()(VERIFIED)
    return other.archive.written[name][0]


@pytest.mark.parametrize("name", [CERTIFICATE, SIGNATURE, PAGE])
@pytest.mark.parametrize("content", [None, b"", b"{}\n", b"not json", b"AAAA\n"])
def test_nothing_that_no_run_wrote_is_signed_or_passed_off(name: str, content: bytes | None) -> None:
    office = Office()
    planted = forged(office, name) if content is None else content
    office.archive.written[name] = (planted, "text/plain")
    with pytest.raises(NotOurDocument, match=name):
        office.certify()(VERIFIED)
    assert ("sign" in office.script.calls) == (name != CERTIFICATE)
    assert office.closure.held.certified is None


def test_another_public_key_is_not_passed_off() -> None:
    office = Office()
    office.archive.written[PUBLIC_KEY] = (Office().signer.public_key().encode(), "application/x-pem-file")
    with pytest.raises(NotOurDocument, match=PUBLIC_KEY):
        office.certify()(VERIFIED)


def test_copies_that_lie_elsewhere_are_named() -> None:
    office = Office()
    office.elsewhere.copies.append(OutOfReach(what="export of the table to S3", where="arn:export"))
    office.certify()(VERIFIED)
    said = json.loads(office.archive.written[CERTIFICATE][0])
    assert said["not_destroyed"] == [{"what": "export of the table to S3", "where": "arn:export"}]


# Whoever asks


def test_a_certificate_is_found_byte_for_byte() -> None:
    office = Office()
    office.certify()(VERIFIED)
    found = Certificates(office.closure, office.archive)
    for name in DOCUMENTS:
        assert found.document(name).encode() == office.archive.written[name][0]


def test_there_is_none_before_everything_is_certified() -> None:
    office = Office()
    with pytest.raises(NotCertified):
        Certificates(office.closure, office.archive).document(CERTIFICATE)


def test_that_there_was_none_is_not_remembered() -> None:
    office = Office()
    found = Certificates(office.closure, office.archive)
    with pytest.raises(NotCertified):
        found.document(CERTIFICATE)
    office.certify()(VERIFIED)
    assert found.document(CERTIFICATE)


def test_what_never_changes_is_read_once() -> None:
    office = Office()
    office.certify()(VERIFIED)
    found = Certificates(office.closure, office.archive)
    found.document(PAGE)
    office.script.calls.clear()
    found.document(PAGE)
    assert not office.script.calls


def test_a_closure_without_any_progress_is_not_certified() -> None:
    office = Office()
    office.closure.held = Progress()
    assert office.certify()(VERIFIED) is None
    assert over().certified is None
