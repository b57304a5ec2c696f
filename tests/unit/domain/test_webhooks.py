"""Webhooks after the Standard Webhooks specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.directory import BOTH_SIGN_FOR, Webhook
from shared.domain.errors import AddressRefused
from shared.domain.notices import NoticeKind
from shared.domain.webhooks import (
    ATTEMPTS,
    BACK_OFF,
    LONGEST_WAIT,
    Answer,
    Outcome,
    Told,
    check_url,
    is_public,
    outcome_of,
    secret_of,
    secret_text,
    signed_headers,
    wait_after,
)
from tests.support.builders import COUNCIL, NOW, PSEUDONYMS, TRUST

# What the specification's own libraries are tested with:
# https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID, VECTOR_SECONDS, VECTOR_BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

DETAIL = {
    "environment": "local",
    "notice_id": "n-1_A",
    "kind": "looked-up",
    "at": "2026-03-02T10:30:00+00:00",
    "organisation": COUNCIL,
}


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver verifies, written down independently of what signs."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, signature) for signature in headers["webhook-signature"].split(" "))


# Signatures


def test_the_specifications_own_example_is_signed_as_it_says() -> None:
    secret = base64.b64decode(VECTOR_SECRET.removeprefix("whsec_"))
    headers = signed_headers(VECTOR_ID, datetime.fromtimestamp(VECTOR_SECONDS, UTC), VECTOR_BODY, [secret])
    assert headers == {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": str(VECTOR_SECONDS),
        "webhook-signature": VECTOR_SIGNATURE,
    }
    assert secret_text(secret) == VECTOR_SECRET


@given(
    body=st.binary(max_size=200),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # of hypothesis
    message_id=st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True),
    generations=st.lists(st.integers(1, 50), min_size=1, max_size=2, unique=True),
)
def test_whoever_has_one_of_the_secrets_can_verify_and_nobody_else(
    body: bytes, at: datetime, message_id: str, generations: list[int]
) -> None:
    secrets = [secret_of(PSEUDONYMS, COUNCIL, n) for n in generations]
    headers = signed_headers(message_id, at, body, secrets)
    assert all(verified(secret_text(secret), headers, body) for secret in secrets)
    assert not verified(secret_text(secret_of(PSEUDONYMS, TRUST, generations[0])), headers, body)
    assert not verified(secret_text(secret_of(PSEUDONYMS, COUNCIL, 51)), headers, body)
    assert not verified(secret_text(secrets[0]), headers, body + b" ")
    for name, changed in (("webhook-id", f"{message_id}x"), ("webhook-timestamp", str(int(at.timestamp()) + 1))):
        assert not verified(secret_text(secrets[0]), {**headers, name: changed}, body)


def test_a_secret_is_32_bytes_its_organisations_own_and_the_same_each_time() -> None:
    secrets = [secret_of(PSEUDONYMS, code, n) for code in (COUNCIL, TRUST) for n in (1, 2, 12)]
    assert len(set(secrets)) == len(secrets)
    assert {len(secret) for secret in secrets} == {32}
    assert secret_of(PSEUDONYMS, COUNCIL, 2) == secrets[1]


def test_both_secrets_sign_for_a_day_after_one_took_the_place_of_the_other() -> None:
    rotated = Webhook(url="https://hooks.example.org/", generation=3, rotated_at=NOW)
    assert rotated.signing(NOW) == (3, 2)
    assert rotated.signing(NOW + BOTH_SIGN_FOR - timedelta(seconds=1)) == (3, 2)
    assert rotated.signing(NOW + BOTH_SIGN_FOR) == (3,)
    assert replace(rotated, rotated_at=None).signing(NOW) == (3,)


# What is told


def test_a_notice_is_told_by_its_id_kind_and_instant_and_by_nothing_else() -> None:
    told = Told.read({**DETAIL, "child_id": "c-1", "family_name": "Okafor"})
    assert (told.notice_id, told.kind, told.organisation) == ("n-1_A", NoticeKind.LOOKED_UP, COUNCIL)
    assert json.loads(told.body()) == {
        "type": "notice.looked-up",
        "timestamp": "2026-03-02T10:30:00Z",
        "data": {"notice_id": "n-1_A", "kind": "looked-up", "at": "2026-03-02T10:30:00Z"},
    }


def test_the_body_is_the_same_bytes_at_every_attempt_whatever_the_offset_of_the_instant() -> None:
    told = Told.read(DETAIL)
    elsewhere = replace(told, at=told.at.astimezone(timezone(timedelta(hours=1))))
    assert told.body() == elsewhere.body() == Told.read({**DETAIL, "at": "2026-03-02T11:30:00+01:00"}).body()
    assert b" " not in told.body()


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_can_be_told(kind: NoticeKind) -> None:
    assert json.loads(Told.read({**DETAIL, "kind": kind.value}).body())["type"] == f"notice.{kind.value}"


@pytest.mark.parametrize(
    "changed",
    [
        {"notice_id": ""},
        {"notice_id": "n.1"},  # a full stop would let an id take over part of the signed text
        {"notice_id": None},
        {"kind": "something-else"},
        {"at": "yesterday"},
        {"at": "2026-03-02T10:30:00"},
        {"at": ["2026-03-02T10:30:00Z"]},
        {"organisation": ""},
        {"organisation": "Amelia Okafor"},
    ],
)
def test_what_is_no_notice_is_not_told(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        Told.read({**DETAIL, **changed})
    assert "Okafor" not in str(refusal.value)


@pytest.mark.parametrize("missing", ["notice_id", "kind", "at", "organisation"])
def test_what_lacks_something_is_not_told(missing: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Told.read({name: value for name, value in DETAIL.items() if name != missing})


# What an answer means, and when the next attempt comes


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.DELIVERED),
        (202, Outcome.DELIVERED),
        (204, Outcome.DELIVERED),
        (299, Outcome.DELIVERED),
        (103, Outcome.AGAIN),
        (301, Outcome.AGAIN),
        (307, Outcome.AGAIN),
        (400, Outcome.AGAIN),
        (401, Outcome.AGAIN),
        (404, Outcome.AGAIN),
        (410, Outcome.GONE),
        (429, Outcome.AGAIN),
        (500, Outcome.AGAIN),
        (503, Outcome.AGAIN),
        (None, Outcome.AGAIN),
    ],
)
def test_what_an_answer_means(status: int | None, outcome: Outcome) -> None:
    answer = Answer(status=status)
    assert outcome_of(answer, 1) == outcome_of(answer, ATTEMPTS - 1) == outcome
    assert outcome_of(answer, ATTEMPTS) == (Outcome.GIVEN_UP if outcome is Outcome.AGAIN else outcome)


def test_only_what_may_still_be_delivered_is_not_done_with() -> None:
    assert {outcome for outcome in Outcome if not outcome.is_done} == {
        Outcome.AGAIN,
        Outcome.GIVEN_UP,
        Outcome.GONE,
    }


def test_waits_grow_as_in_the_specifications_example_and_span_more_than_a_day() -> None:
    waits = [wait_after(attempt, NOW) for attempt in range(1, ATTEMPTS)]
    assert waits == list(BACK_OFF)
    assert waits == sorted(waits)
    assert waits[:3] == [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)]
    assert sum(waits, timedelta()) > timedelta(days=1)


def test_after_the_last_attempt_nothing_is_waited_for() -> None:
    assert wait_after(ATTEMPTS, NOW, retry_after="3600") == wait_after(ATTEMPTS + 1, NOW) == timedelta()


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        (format_datetime(NOW + timedelta(minutes=7), usegmt=True), timedelta(minutes=7)),
        (format_datetime(NOW - timedelta(minutes=7), usegmt=True), BACK_OFF[0]),
        ("1", BACK_OFF[0]),
        ("0", BACK_OFF[0]),
        ("999999999999999999999999", LONGEST_WAIT),
        ("-120", BACK_OFF[0]),
        ("²", BACK_OFF[0]),
        ("soon", BACK_OFF[0]),
        ("Mon, 02 Mar 2026 10:40:00 -0000", BACK_OFF[0]),
        ("Mon, 02 Mar 99999999999999999999 10:40:00 GMT", BACK_OFF[0]),
        ("", BACK_OFF[0]),
        (None, BACK_OFF[0]),
    ],
)
def test_a_receiver_may_ask_for_more_time_and_never_for_less(said: str | None, wait: timedelta) -> None:
    assert wait_after(1, NOW, retry_after=said) == wait


@given(
    attempt=st.integers(1, ATTEMPTS - 1),
    retry_after=st.one_of(st.none(), st.text(max_size=60), st.integers(0).map(str)),
    spread=st.floats(0, 1),
)
def test_no_wait_is_shorter_than_planned_or_longer_than_the_queue_allows(
    attempt: int, retry_after: str | None, spread: float
) -> None:
    wait = wait_after(attempt, NOW, retry_after=retry_after, spread=spread)
    assert BACK_OFF[attempt - 1] <= wait <= LONGEST_WAIT < timedelta(hours=12)


def test_those_who_failed_together_do_not_come_again_together() -> None:
    assert wait_after(2, NOW, spread=0.0) < wait_after(2, NOW, spread=0.5) < wait_after(2, NOW, spread=1.0)


# Where it may go


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org",
        "https://hooks.example.org/",
        "https://hooks.example.org:8443/signpost?tenant=7",
        "https://xn--bcher-kva.example/notices",
        "https://a-b.c1.example.co.uk/x/y",
        "https://hooks.example.org:443/",
        "https://hooks.example.org:1024/",
    ],
)
def test_an_address_on_the_internet_by_https_may_be_sent_to(url: str) -> None:
    check_url(url, anywhere=False)
    check_url(url, anywhere=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://93.184.216.34/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "http://127.0.0.1:8080/",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:25/",
        "https://hooks.example.org:80/",
        "https://hooks.example.org:1023/",
    ],
)
def test_what_is_no_name_on_the_internet_or_no_https_is_for_one_machine_only(url: str) -> None:
    check_url(url, anywhere=True)
    with pytest.raises(AddressRefused):
        check_url(url, anywhere=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.org",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user@hooks.example.org/",
        "https://user:password@hooks.example.org/",
        "https://@hooks.example.org/",
        "https://hooks.example.org/#fragment",
        "https://hooks.example.org#",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nHost: other",
        "https://hooks.example.org\\@other.example/",
        "https://hooks.example.org:99999/",
        "https://hooks.example.org:port/",
        "https://büro.example/",
        "https://[::1/",
        f"https://hooks.example.org/{'x' * 500}",
    ],
)
@pytest.mark.parametrize("anywhere", [False, True])
def test_what_is_no_plain_address_is_refused_everywhere(url: str, *, anywhere: bool) -> None:
    with pytest.raises(AddressRefused) as refusal:
        check_url(url, anywhere=anywhere)
    assert not str(refusal.value)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104  # this machine
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # the instance's metadata
        "169.254.100.6",
        "100.64.0.1",
        "192.0.0.9",  # of protocols, and yet global in the registry
        "192.0.0.10",
        "192.0.2.1",
        "192.88.99.1",  # relays of 6to4
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fd00:ec2::254",  # the same by IPv6
        "ff02::1",
        "2001:db8::1",
        "3fff::1",  # documentation, too
        "3fff:fff:ffff::1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.216.34",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_an_address_of_a_network_of_ones_own_is_not(address: str) -> None:
    assert not is_public(address)
