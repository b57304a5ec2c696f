"""Webhooks over real sockets, from a queue as Lambda reads it to a listener on this machine and back."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from ipaddress import ip_address
from itertools import product
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from shared.domain.errors import RegisterClosed
from shared.domain.webhooks import ATTEMPTS, BACK_OFF, Answer, signed_headers
from shared.runtime.delivering import Delivering
from shared.runtime.observability import logger
from shared.runtime.parallel import all_of
from shared.runtime.posting import HttpPost, Turns
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import EVERYTHING, Deployment
from tests.integration.emulated import REGION, ROOT, dump
from tests.integration.listener import LOOPBACK, Got, Listener, behaving, listening
from tests.integration.striking import BEFORE, Wire

BARNET, LEEDS = "E09000003", "E08000035"
AT = "2026-11-20T09:00:00+00:00"
NAME = "hooks.council.example"
BRIEF = 0.3
"""How long a receiver has here, in seconds."""
VISIBLE_WITHIN = timedelta(seconds=2)
"""By how much a message's time may be off: what the test itself takes."""

type Behaviour = Callable[[socket.socket, threading.Event], None]


# The queue, as Lambda reads it


@dataclass
class Queue:
    """What the bus's rule fills, and what Lambda makes of it."""

    deployment: Deployment
    url: str
    dead_letters: str

    def tell(self, notice_id: str, organisation: str = BARNET, **changed: Any) -> None:
        """As the rule puts an event of the bus."""
        detail = {"environment": "local", "notice_id": notice_id, "kind": "moved", "at": AT}
        detail |= {"organisation": organisation, **changed}
        self.put(json.dumps({"source": "signpost", "detail-type": "notice", "detail": detail}))

    def put(self, body: str) -> None:
        boto3.client("sqs").send_message(QueueUrl=self.url, MessageBody=body)

    def deliver(self) -> list[str]:
        """One batch: what was reported is left, the rest is deleted. The notices, or messages, that stay."""
        sqs = boto3.client("sqs")
        received = sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
        messages = received.get("Messages", [])
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "eventSource": "aws:sqs",
            }
            for message in messages
        ]
        answer = self.deployment.function("deliver").handler({"Records": records}, None)
        stay = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        assert stay <= {message["MessageId"] for message in messages}
        for message in messages:
            if message["MessageId"] not in stay:
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return sorted(_named(message["Body"]) for message in messages if message["MessageId"] in stay)

    @property
    def waits(self) -> dict[str, timedelta]:
        """In how long each message is seen again."""
        now = time.time() * 1000
        return {_named(m.body): timedelta(milliseconds=m.visible_at - now) for m in self._held()}

    def let_time_pass(self) -> None:
        """Until every message can be seen again."""
        for message in self._held():
            message.visible_at = 0.0

    @property
    def put_aside(self) -> list[str]:
        """What lies with the dead letters."""
        got = boto3.client("sqs").receive_message(QueueUrl=self.dead_letters, MaxNumberOfMessages=10)
        return sorted(_named(message["Body"]) for message in got.get("Messages", []))

    def _held(self) -> list[Any]:
        return list(get_backend("sqs")[DEFAULT_ACCOUNT_ID][REGION].queues["notices-to-deliver"]._messages)  # noqa: SLF001  # moto's


def _named(body: str) -> str:
    try:
        return str(json.loads(body)["detail"]["notice_id"])
    except (ValueError, KeyError, TypeError):
        return body


@pytest.fixture
def queue(deployment: Deployment) -> Queue:
    sqs = boto3.client("sqs")
    dead_letters = sqs.create_queue(QueueName="undelivered-notices")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(ATTEMPTS)})
    url = sqs.create_queue(
        QueueName="notices-to-deliver", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "360"}
    )["QueueUrl"]
    deployment.restart(NOTICES_TO_DELIVER_URL=url, UNDELIVERED_NOTICES_URL=dead_letters)
    return Queue(deployment, url, dead_letters)


@pytest.fixture
def barnet() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture
def leeds() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def enrol(deployment: Deployment, organisation: str, url: str | None = None) -> str:
    """An organisation that is told of notices; its webhook's secret, if it has one."""
    deployment.enrol(organisation, capabilities=[*EVERYTHING["capabilities"], "notices"])
    return set_webhook(deployment, organisation, url) if url else ""


def set_webhook(deployment: Deployment, organisation: str, url: str) -> str:
    answer = deployment.operator("webhook", organisation=organisation, url=url)
    assert answer["ok"], answer
    return str(answer["secret"])


@cache
def documented(language: str) -> str:
    """What docs/webhooks.md tells receivers to do."""
    text = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
    return text.partition(f"```{language}\n")[2].partition("```")[0]


@cache
def in_python() -> Callable[[str, dict[str, str], bytes], bool]:
    names: dict[str, Any] = {}
    exec(compile(documented("python"), "docs/webhooks.md", "exec"), names)  # noqa: S102  # of our own document
    genuine: Callable[[str, dict[str, str], bytes], bool] = names["is_genuine"]
    return genuine


def verified(secret: str, got: Got) -> bool:
    """As a receiver that has read the document says."""
    return in_python()(secret, got.headers, got.body)


def ids(listener: Listener) -> list[str]:
    return sorted(got.headers["webhook-id"] for got in listener.got)


def test_a_notice_reaches_its_own_organisation_signed(queue: Queue, barnet: Listener, leeds: Listener) -> None:
    secret = enrol(queue.deployment, BARNET, barnet.url)
    other = enrol(queue.deployment, LEEDS, leeds.url)
    queue.tell("n-1", BARNET)
    queue.tell("n-2", LEEDS, kind="watched")
    assert queue.deliver() == []
    (got,), (theirs,) = barnet.got, leeds.got
    assert verified(secret, got)
    assert verified(other, theirs)
    assert not verified(other, got)
    assert got.path == "/notices"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["host"] == f"{LOOPBACK}:{barnet.port}"
    at = "2026-11-20T09:00:00Z"
    assert json.loads(got.body) == {
        "type": "notice.moved",
        "timestamp": at,
        "data": {"notice_id": "n-1", "kind": "moved", "at": at},
    }
    assert queue.waits == {}


def test_what_the_document_tells_receivers_to_do_holds(queue: Queue, barnet: Listener, tmp_path: Path) -> None:
    first = enrol(queue.deployment, BARNET, barnet.url)
    second = queue.deployment.operator("rotate-webhook", organisation=BARNET)["secret"]
    queue.tell("n-1")
    queue.deliver()
    (got,) = barnet.got
    (tmp_path / "body.json").write_bytes(got.body)
    named = {"WEBHOOK_ID": got.headers["webhook-id"], "WEBHOOK_TIMESTAMP": got.headers["webhook-timestamp"]}
    printed = [
        subprocess.run(
            ["/bin/sh", "-ec", documented("sh")],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "SECRET": secret, **named},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for secret in (second, first)
    ]
    assert got.headers["webhook-signature"] == " ".join(f"v1,{signature}" for signature in printed)

    assert verified(first, got)
    assert verified(second, got)
    assert not verified(first, replace(got, body=got.body + b" "))
    old = str(int(got.headers["webhook-timestamp"]) - 301)
    headers = signed_headers("n-1", datetime.fromtimestamp(int(old), UTC), got.body, [key_of(first)])
    assert not verified(first, replace(got, headers=headers))


def key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def test_of_a_batch_only_what_failed_comes_again(queue: Queue, barnet: Listener, leeds: Listener) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    enrol(queue.deployment, LEEDS, leeds.url)
    leeds.statuses = [503]
    for n in range(4):
        queue.tell(f"b-{n}", BARNET)
        queue.tell(f"l-{n}", LEEDS)
    assert queue.deliver() == ["l-0", "l-1", "l-2", "l-3"]
    assert ids(barnet) == ["b-0", "b-1", "b-2", "b-3"]
    assert sorted(queue.waits) == ["l-0", "l-1", "l-2", "l-3"]


def test_what_is_not_taken_comes_again_ever_later_and_is_put_aside_at_last(queue: Queue, barnet: Listener) -> None:
    secret = enrol(queue.deployment, BARNET, barnet.url)
    barnet.statuses = [500]
    queue.tell("n-1")
    for planned in BACK_OFF:
        assert queue.deliver() == ["n-1"]
        assert planned - VISIBLE_WITHIN <= queue.waits["n-1"] <= planned * 1.1 + VISIBLE_WITHIN
        assert queue.deliver() == []  # nothing is seen before its time
        queue.let_time_pass()
    assert queue.deliver() == ["n-1"]
    assert queue.put_aside == []
    assert queue.waits["n-1"] <= timedelta()
    queue.let_time_pass()  # a millisecond, of moto's clock
    assert queue.deliver() == []
    assert queue.put_aside == ["n-1"]
    assert len(barnet.got) == ATTEMPTS
    assert set(ids(barnet)) == {"n-1"}
    assert len({got.body for got in barnet.got}) == 1
    assert all(verified(secret, got) for got in barnet.got)


def test_a_receiver_that_was_down_gets_it_when_it_is_back(queue: Queue, barnet: Listener) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    barnet.statuses = [500, 302, 204]
    queue.tell("n-1")
    for stays in (["n-1"], ["n-1"], []):
        assert queue.deliver() == stays
        queue.let_time_pass()
    assert ids(barnet) == ["n-1"] * 3
    assert queue.waits == {}


def test_a_receiver_that_asks_for_more_time_gets_it(queue: Queue, barnet: Listener) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    barnet.statuses, barnet.headers = [429], {"Retry-After": "900"}
    queue.tell("n-1")
    queue.deliver()
    assert abs(queue.waits["n-1"] - timedelta(minutes=15)) <= VISIBLE_WITHIN


def test_a_receiver_that_is_gone_is_not_sent_the_notice_again_and_operators_find_it(
    queue: Queue, barnet: Listener
) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    barnet.statuses = [410]
    queue.tell("n-1")
    assert queue.deliver() == []
    assert (len(barnet.got), queue.waits, queue.put_aside) == (1, {}, ["n-1"])


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.TIMED_OUT, Fault.ANSWER_LOST])
def test_what_could_not_be_put_aside_comes_again(queue: Queue, barnet: Listener, fault: Fault) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    barnet.statuses = [410]
    calls = Calls().of(queue.deployment.function("deliver").delivering.queue.client)
    queue.tell("n-1")
    calls.fail(1, fault)
    assert queue.deliver() == ["n-1"]
    assert calls.mend()
    queue.let_time_pass()
    assert queue.deliver() == []
    assert set(queue.put_aside) == {"n-1"}


def test_one_that_cannot_be_read_holds_nobody_else_up_and_is_put_aside(queue: Queue, barnet: Listener) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    poison = ["not JSON", "[]", '{"detail": []}', '{"detail": {"notice_id": "n-9"}}']
    for body in poison:
        queue.put(body)
    queue.tell("n-1")
    stay = sorted(_named(body) for body in poison)
    assert queue.deliver() == stay
    assert ids(barnet) == ["n-1"]
    for _ in range(ATTEMPTS):
        queue.let_time_pass()
        queue.deliver()
    assert queue.put_aside == stay
    assert ids(barnet) == ["n-1"]


def test_who_has_no_webhook_is_told_nothing_and_nothing_waits(queue: Queue) -> None:
    enrol(queue.deployment, BARNET)
    queue.tell("n-1", BARNET)
    queue.tell("n-2", "X98")
    assert queue.deliver() == []
    assert queue.waits == {}


def test_a_register_that_has_closed_sends_nothing_and_lets_go_what_waits(queue: Queue, barnet: Listener) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    queue.tell("n-1")
    queue.tell("n-2", kind="closing")
    past = datetime.now(UTC) - timedelta(seconds=1)
    queue.deployment.restart(CLOSES_AT=past.isoformat(), ANNOUNCED_AT=str(int(past.timestamp()) - 60))
    assert queue.deliver() == []
    assert (barnet.got, queue.waits) == ([], {})


def test_what_fails_once_keeps_no_notice_and_what_goes_on_failing_has_it_come_again(
    queue: Queue, barnet: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    wire = Wire.tapped(monkeypatch)
    with wire.watched():
        queue.deliver()
        queue.tell("n-0")
        queue.deliver()
    looked_up = [spot for spot in wire.spots if spot.service == "dynamodb"]
    assert looked_up
    for number, (spot, strike) in enumerate(product(looked_up, BEFORE)):
        for lasts in (False, True):
            notice_id = f"n-{number}-{lasts}"
            queue.deployment.restart()  # so that the Directory is asked again
            queue.deployment.function("deliver")
            queue.tell(notice_id)
            with wire.watched({spot: replace(strike, lasts=lasts)}):
                stays = queue.deliver()
            assert wire.struck == {spot}
            assert stays == ([notice_id] if lasts else [])
            queue.let_time_pass()
            assert queue.deliver() == []
            assert ids(barnet).count(notice_id) == 1


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.TIMED_OUT, Fault.ANSWER_LOST])
def test_what_cannot_be_looked_up_or_put_off_is_never_lost(queue: Queue, barnet: Listener, fault: Fault) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    barnet.statuses = [500, 204]
    calls = Calls().of(queue.deployment.function("deliver").delivering.queue.client)
    queue.tell("n-1")
    calls.fail(1, fault)
    assert queue.deliver() == ["n-1"]  # it could not be put off, and comes when the queue's own time is over
    assert calls.mend()
    assert queue.waits["n-1"] > timedelta()
    queue.let_time_pass()
    assert queue.deliver() == []

    queue.deployment.restart()  # nothing is held of the Directory
    queue.tell("n-2")
    queue.deployment.function("deliver")
    directory = Calls().of_tables()
    directory.fail(1, fault)
    assert queue.deliver() == ["n-2"]
    assert directory.mend()
    queue.let_time_pass()
    assert queue.deliver() == []
    assert ids(barnet) == ["n-1", "n-1", "n-2"]


def test_the_log_says_what_became_of_each_attempt_and_not_where_it_went(queue: Queue, barnet: Listener) -> None:
    secret = enrol(queue.deployment, BARNET, f"{barnet.url}?token=t0ken")
    barnet.statuses = [500, 410]
    written = io.StringIO()
    own = logger.registered_handler
    assert isinstance(own, logging.StreamHandler)
    stream = own.setStream(written)
    queue.tell("n-1", child_id="c-1", family_name="Okafor")
    queue.deliver()
    queue.let_time_pass()
    queue.deliver()
    if stream is not None:
        own.setStream(stream)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    said = [
        {
            name: line.get(name)
            for name in ("level", "notice_id", "kind", "organisation", "attempt", "status", "outcome")
        }
        for line in lines
        if line["message"] == "webhook"
    ]
    of = {"notice_id": "n-1", "kind": "moved", "organisation": BARNET}
    assert said == [
        {"level": "INFO", **of, "attempt": 1, "status": 500, "outcome": "again"},
        {"level": "WARNING", **of, "attempt": 2, "status": 410, "outcome": "gone"},
    ]
    first, second = (line.get("waited_s") for line in lines if line["message"] == "webhook")
    assert 0 <= first < VISIBLE_WITHIN.total_seconds()
    assert second is None
    for hidden in (LOOPBACK, "t0ken", secret, "Okafor", "c-1"):
        assert hidden not in written.getvalue()


# What operators do


def test_operators_set_show_rotate_and_clear_a_webhook(queue: Queue, barnet: Listener) -> None:
    deployment = queue.deployment
    enrol(deployment, BARNET)
    nothing = {"ok": True, "organisation": BARNET, "url": None, "generation": None, "old_secret_signs_until": None}
    assert deployment.operator("webhook", organisation=BARNET) == nothing
    first = set_webhook(deployment, BARNET, barnet.url)
    assert set_webhook(deployment, BARNET, barnet.url) == first
    shown = deployment.operator("webhook", organisation=BARNET)
    assert (shown["url"], shown["generation"], "secret" in shown) == (barnet.url, 1, False)

    rotated = deployment.operator("rotate-webhook", organisation=BARNET)
    assert rotated["secret"] != first
    assert datetime.fromisoformat(rotated["old_secret_signs_until"]) > datetime.now(UTC) + timedelta(hours=23)
    queue.tell("n-1")
    queue.deliver()
    assert verified(first, barnet.got[0])
    assert verified(rotated["secret"], barnet.got[0])

    cleared = deployment.operator("clear-webhook", organisation=BARNET)
    assert cleared == {**nothing, "generation": 2}
    queue.deployment.restart()
    queue.tell("n-2")
    assert queue.deliver() == []
    assert ids(barnet) == ["n-1"]


def test_no_table_holds_a_secret(queue: Queue, barnet: Listener) -> None:
    secret = enrol(queue.deployment, BARNET, barnet.url).removeprefix("whsec_")
    stored = str(dump("Directory"))
    assert barnet.url in stored
    assert secret not in stored
    assert key_of(secret).hex() not in stored


def test_who_is_told_of_nothing_gets_no_webhook_and_operators_are_told_why(queue: Queue, barnet: Listener) -> None:
    queue.deployment.enrol(BARNET, capabilities=["register", "lookup"])
    answer = queue.deployment.operator("webhook", organisation=BARNET, url=barnet.url)
    assert (answer["ok"], answer["error"]) == (False, "NotTold")
    assert "capability notices" in answer["problem"]
    assert queue.deployment.operator("webhook", organisation=BARNET)["url"] is None


@pytest.mark.parametrize("url", ["http://hooks.council.example/", "https://127.0.0.1/", "https://localhost/x"])
def test_outside_one_machine_no_webhook_leads_inside(queue: Queue, url: str) -> None:
    enrol(queue.deployment, BARNET)
    queue.deployment.restart(ENVIRONMENT="staging")
    answer = queue.deployment.operator("webhook", organisation=BARNET, url=url)
    assert (answer["ok"], answer["error"]) == (False, "AddressRefused")
    assert queue.deployment.operator("webhook", organisation=BARNET)["url"] is None


def test_while_the_secret_cannot_be_read_every_other_instruction_is_carried_out(queue: Queue) -> None:
    enrol(queue.deployment, BARNET)
    boto3.client("secretsmanager").delete_secret(SecretId="hash", ForceDeleteWithoutRecovery=True)
    queue.deployment.restart()
    answer = queue.deployment.operator("webhook", organisation=BARNET, url="https://hooks.council.example/")
    assert (answer["ok"], answer["error"]) == (False, "Unavailable")
    assert queue.deployment.operator("suspend", organisation=BARNET)["ok"]


def test_an_amendment_leaves_the_webhook_as_it_is(queue: Queue, barnet: Listener) -> None:
    enrol(queue.deployment, BARNET, barnet.url)
    amended = queue.deployment.operator("amend", organisation=BARNET, name="Barnet by another name")
    assert amended["ok"]
    assert queue.deployment.operator("webhook", organisation=BARNET)["url"] == barnet.url


# What an outsider's address may do to us


def leads_to(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    """A resolver that says this whatever it is asked, and is asked once."""
    answers = iter([addresses])
    return lambda _host, _port: next(answers)


def go_ahead() -> None:
    """The register is open."""


def post(
    url: str, *, anywhere: bool = True, ask: Callable[[], object] = go_ahead, seconds: float = BRIEF, **said: Any
) -> Answer:
    return HttpPost(anywhere=anywhere, seconds=seconds, **said)(url, b"{}", {"webhook-id": "n-1"}, ask)


def test_a_redirect_is_not_followed(barnet: Listener, leeds: Listener) -> None:
    barnet.statuses, barnet.headers = [307], {"Location": leeds.url}
    assert post(barnet.url) == Answer(status=307)
    assert leeds.got == []


def test_a_name_is_resolved_once_and_what_was_looked_at_is_connected_to(barnet: Listener) -> None:
    asked: list[tuple[str, int]] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [LOOPBACK] if len(asked) == 1 else ["192.0.2.1"]

    answer = post(f"http://{NAME}:{barnet.port}/notices", resolve=rebinding)
    assert answer == Answer(status=204)
    assert asked == [(NAME, barnet.port)]
    assert barnet.got[0].headers["host"] == f"{NAME}:{barnet.port}"


@pytest.mark.parametrize(
    "addresses", [[LOOPBACK], ["10.1.2.3"], ["169.254.169.254"], ["::1"], ["93.184.216.34", LOOPBACK]]
)
def test_a_name_that_leads_inside_is_not_connected_to_outside_one_machine(
    barnet: Listener, addresses: list[str]
) -> None:
    url = f"https://{NAME}:{barnet.port}/"
    assert post(url, anywhere=False, resolve=leads_to(*addresses)) == Answer(failure="address_refused")
    assert barnet.got == []


def test_an_address_without_tls_is_not_sent_to_outside_one_machine_even_if_it_was_kept(barnet: Listener) -> None:
    answer = post(f"http://{NAME}:{barnet.port}/", anywhere=False, resolve=leads_to("93.184.216.34"))
    assert answer == Answer(failure="address_refused")


def test_a_name_that_leads_nowhere_is_a_failure_like_any_other() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert post(f"https://{NAME}/", resolve=unknown) == Answer(failure="unresolved")
    assert post("http://a..b/") == Answer(failure="unresolved")
    assert post(f"https://{NAME}/", resolve=leads_to()) == Answer(failure="timed_out")


def test_a_resolver_that_hangs_holds_nobody_up() -> None:
    over = threading.Event()

    def hangs(_host: str, _port: int) -> list[str]:
        over.wait()
        return [LOOPBACK]

    with listening() as listener:
        try:
            started = time.monotonic()
            assert post(f"http://{NAME}:{listener.port}/", resolve=hangs) == Answer(failure="unresolved")
            assert BRIEF <= time.monotonic() - started < BRIEF * 5
            assert post(listener.url) == Answer(status=204)
        finally:
            over.set()
        assert len(listener.got) == 1


def test_the_time_that_a_name_takes_is_part_of_the_whole() -> None:
    def slow(_host: str, _port: int) -> list[str]:
        time.sleep(0.8)
        return [LOOPBACK]

    with behaving(says_nothing) as port:
        started = time.monotonic()
        assert post(f"http://{NAME}:{port}/", resolve=slow, seconds=1.0) == Answer(failure="timed_out")
        assert 1.0 <= time.monotonic() - started < 1.6


@pytest.mark.parametrize("closes", ["before it is connected", "before it is sent"])
def test_what_is_no_more_to_be_sent_when_all_is_ready_is_not_sent(barnet: Listener, closes: str) -> None:
    asked: list[str] = []

    def ask() -> None:
        asked.append("before it is sent" if asked else "before it is connected")
        if asked[-1] == closes:
            raise RegisterClosed

    with pytest.raises(RegisterClosed):
        post(barnet.url, ask=ask)
    assert asked[-1] == closes
    assert barnet.got == []


# What one slow receiver may hold up


def test_a_host_is_sent_two_at_once_and_what_waits_too_long_is_put_off_unsent() -> None:
    begun: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        begun.append(host)
        return [LOOPBACK]

    with behaving(says_nothing) as port, listening() as other:
        sends = HttpPost(anywhere=True, seconds=BRIEF * 2, resolve=resolve, turns=Turns(seconds=BRIEF))
        urls = [f"http://{NAME}:{port}/?{n}" for n in range(6)] + [f"http://hooks.leeds.example:{other.port}/"]
        answers = all_of([partial(sends, url, b"{}", {}, go_ahead) for url in urls])
        failures = sorted(answer.failure or "" for answer in answers)
        assert failures == ["", *["host_busy"] * 4, *["timed_out"] * 2]
        assert begun.count(NAME) == 2
        assert len(other.got) == 1
        assert [post.failure for post in all_of([partial(sends, urls[0], b"{}", {}, go_ahead)])] == ["timed_out"]


def test_a_whole_batch_is_under_way_at_once(queue: Queue, barnet: Listener) -> None:
    """So that none that waits for its turn keeps another from its own."""
    enrol(queue.deployment, BARNET, barnet.url)
    all_there = threading.Barrier(10)
    deployed: Delivering = queue.deployment.function("deliver").delivering

    def meets(_host: str, _port: int) -> list[str]:
        all_there.wait(timeout=4)
        return [LOOPBACK]

    post = HttpPost(anywhere=True, resolve=meets, turns=Turns(at_once=10))
    delivering = replace(deployed, deliver=replace(deployed.deliver, post=post))
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(time.time() * 1000))}
    detail = {"kind": "moved", "at": AT, "organisation": BARNET}
    records = [
        {
            "messageId": f"m-{n}",
            "receiptHandle": f"r-{n}",
            "attributes": attributes,
            "body": json.dumps({"detail": {"notice_id": f"n-{n}", **detail}}),
        }
        for n in range(10)
    ]
    assert delivering(records) == []


def test_where_nobody_listens_the_next_address_is_tried(barnet: Listener) -> None:
    url = f"http://{NAME}:{barnet.port}/"
    assert post(url, resolve=leads_to("127.0.0.2", LOOPBACK)) == Answer(status=204)
    with socket.create_server((LOOPBACK, 0)) as taken:
        free = taken.getsockname()[1]
    assert post(f"http://{LOOPBACK}:{free}/") == Answer(failure="not_reached")


def drips(connection: socket.socket, over: threading.Event) -> None:
    """A header that goes on for ever, a byte at a time, each sooner than any read would give up."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(BRIEF / 20):
        connection.sendall(b"x")


def drips_the_status(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(BRIEF / 20):
        connection.sendall(b"H")


def goes_on_and_on(connection: socket.socket, over: threading.Event) -> None:
    """Interim answers, without end."""
    while not over.wait(BRIEF / 100):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def says_nothing(_connection: socket.socket, over: threading.Event) -> None:
    over.wait()


@pytest.mark.parametrize(
    ("scheme", "behaviour"),
    [
        ("http", says_nothing),
        ("http", drips),
        ("http", drips_the_status),
        ("http", goes_on_and_on),
        ("https", says_nothing),
    ],
)
def test_a_slow_or_endless_answer_is_cut_off(scheme: str, behaviour: Behaviour) -> None:
    with behaving(behaviour) as port:
        started = time.monotonic()
        assert post(f"{scheme}://{LOOPBACK}:{port}/") == Answer(failure="timed_out")
        assert BRIEF <= time.monotonic() - started < BRIEF * 5
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def endless_body(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(1024)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not over.is_set():
        connection.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")


def test_no_body_of_an_answer_is_read() -> None:
    with behaving(endless_body) as port:
        assert post(f"http://{LOOPBACK}:{port}/", seconds=30.0) == Answer(status=200)


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200, b"HTTP/1.1 " + b"2" * 70_000]
)
def test_what_is_no_answer_is_a_failure(said: bytes) -> None:
    def says(connection: socket.socket, _over: threading.Event) -> None:
        connection.recv(1024)
        connection.sendall(said)

    with behaving(says) as port:
        answer = post(f"http://{LOOPBACK}:{port}/", seconds=30.0)
    assert answer.status is None
    assert answer.failure in ("not_http", "not_reached")


# TLS


@dataclass(frozen=True)
class Certificate:
    """A receiver's own, and who trusts it."""

    server: ssl.SSLContext
    trust: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key, folder = generate_private_key(SECP256R1()), tmp_path_factory.mktemp("certificate")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(ip_address("192.0.2.7"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    both = Path(folder / "both.pem")
    both.write_bytes(signed + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(both)
    return Certificate(server, ssl.create_default_context(cadata=signed.decode()))


def test_a_receiver_shows_that_it_is_whom_the_address_names(certificate: Certificate) -> None:
    with listening(certificate.server) as listener:
        url = f"https://{NAME}:{listener.port}/notices?x=1"
        assert post(url, resolve=leads_to(LOOPBACK), trust=certificate.trust, seconds=5.0) == Answer(status=204)
        assert [got.path for got in listener.got] == ["/notices?x=1"]

        other = f"https://hooks.other.example:{listener.port}/"
        refused = Answer(failure="tls")
        assert post(other, resolve=leads_to(LOOPBACK), trust=certificate.trust, seconds=5.0) == refused
        assert post(url, resolve=leads_to(LOOPBACK), seconds=5.0) == refused
        assert len(listener.got) == 1


def test_by_tls_too_a_slow_answer_is_cut_off(certificate: Certificate) -> None:
    def drips_by_tls(connection: socket.socket, over: threading.Event) -> None:
        with certificate.server.wrap_socket(connection, server_side=True) as channel:
            drips(channel, over)

    with behaving(drips_by_tls) as port:
        url = f"https://{NAME}:{port}/"
        answer = post(url, resolve=leads_to(LOOPBACK), trust=certificate.trust, seconds=1.0)
    assert answer == Answer(failure="timed_out")
