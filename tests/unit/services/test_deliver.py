"""One attempt to tell an organisation of a notice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared.domain.directory import BOTH_SIGN_FOR, Capability, Organisation, Webhook
from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Lifecycle
from shared.domain.notices import NoticeKind
from shared.domain.webhooks import ATTEMPTS, BACK_OFF, Answer, Outcome, Told, secret_of, signed_headers
from shared.services.deliver import Attempt, Deliver
from shared.services.gate import Gate
from tests.support.builders import COUNCIL, NOW, PSEUDONYMS, TRUST, an_organisation, everyday
from tests.support.fakes import Clock, FakeDirectory, Faults

HOOK = "https://hooks.council.example/notices"
TOLD = Told(notice_id="notice-1", kind=NoticeKind.MOVED, at=NOW - timedelta(hours=1), organisation=COUNCIL)
ENROLLED = an_organisation(COUNCIL, webhook=Webhook(url=HOOK))


@dataclass
class Receiver:
    """Answers as it is told, and keeps what was sent."""

    answer: Answer = field(default_factory=lambda: Answer(status=204))
    before: Callable[[], object] = lambda: None
    """What passes until it is connected to."""
    got: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], go_ahead: Callable[[], object]) -> Answer:
        self.before()
        go_ahead()
        self.got.append((url, body, dict(headers)))
        return self.answer


@dataclass
class Delivery:
    """The use case, with what stands around it."""

    organisation: Organisation = ENROLLED
    receiver: Receiver = field(default_factory=Receiver)
    clock: Clock = field(default_factory=Clock)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    faults: Faults = field(default_factory=Faults)

    def attempt(self, attempt: int = 1, told: Told = TOLD) -> Attempt:
        trust = an_organisation(TRUST, webhook=Webhook(url="https://hooks.trust.example/"))
        deliver = Deliver(
            directory=FakeDirectory(enrolled=[trust, self.organisation], faults=self.faults),
            pseudonyms=PSEUDONYMS,
            post=self.receiver,
            gate=Gate(self.lifecycle, self.clock),
            spread=lambda: 0.0,
        )
        return deliver(told, attempt)


def signed(*generations: int, body: bytes, at: timedelta = timedelta()) -> dict[str, str]:
    secrets = [secret_of(PSEUDONYMS, COUNCIL, n) for n in generations]
    return signed_headers("notice-1", NOW + at, body, secrets)


def test_a_notice_is_sent_to_its_own_organisation_signed_and_with_nothing_but_itself() -> None:
    delivery = Delivery()
    assert delivery.attempt() == Attempt(outcome=Outcome.DELIVERED, status=204)
    ((url, body, headers),) = delivery.receiver.got
    assert url == HOOK
    assert headers == signed(1, body=body)
    assert set(json.loads(body)) == {"type", "timestamp", "data"}
    assert set(json.loads(body)["data"]) == {"notice_id", "kind", "at"}


def test_every_attempt_is_signed_at_its_own_instant_with_the_same_id_and_body() -> None:
    delivery = Delivery(receiver=Receiver(Answer(status=500)))
    delivery.attempt(1)
    delivery.clock.move(timedelta(minutes=30))
    delivery.attempt(2)
    (_, first, once), (_, second, again) = delivery.receiver.got
    assert first == second
    assert once == signed(1, body=first)
    assert again == signed(1, body=first, at=timedelta(minutes=30))


def test_for_a_day_after_a_rotation_both_secrets_sign() -> None:
    delivery = Delivery(organisation=replace(ENROLLED, webhook=Webhook(url=HOOK, generation=4, rotated_at=NOW)))
    delivery.attempt()
    delivery.clock.move(BOTH_SIGN_FOR)
    delivery.attempt()
    (_, body, during), (_, _, after) = delivery.receiver.got
    assert during == signed(4, 3, body=body)
    assert after == signed(4, body=body, at=BOTH_SIGN_FOR)


@pytest.mark.parametrize(
    ("answer", "attempt", "outcome", "again_in"),
    [
        (Answer(status=500), 1, Outcome.AGAIN, BACK_OFF[0]),
        (Answer(status=500), 4, Outcome.AGAIN, BACK_OFF[3]),
        (Answer(status=302), 1, Outcome.AGAIN, BACK_OFF[0]),
        (Answer(status=429, retry_after="60"), 1, Outcome.AGAIN, timedelta(minutes=1)),
        (Answer(status=503, retry_after="1"), 2, Outcome.AGAIN, BACK_OFF[1]),
        (Answer(failure="timed_out"), 2, Outcome.AGAIN, BACK_OFF[1]),
        (Answer(status=500, retry_after="60"), ATTEMPTS, Outcome.GIVEN_UP, timedelta()),
        (Answer(failure="address_refused"), ATTEMPTS, Outcome.GIVEN_UP, timedelta()),
    ],
)
def test_what_was_not_taken_comes_again_until_it_is_given_up(
    answer: Answer, attempt: int, outcome: Outcome, again_in: timedelta
) -> None:
    came = Delivery(receiver=Receiver(answer)).attempt(attempt)
    assert came == Attempt(outcome=outcome, status=answer.status, failure=answer.failure, again_in=again_in)


@pytest.mark.parametrize("attempt", [1, ATTEMPTS])
def test_of_a_receiver_that_is_gone_the_notice_is_not_done_with(attempt: int) -> None:
    came = Delivery(receiver=Receiver(Answer(status=410))).attempt(attempt)
    assert came == Attempt(outcome=Outcome.GONE, status=410)
    assert not came.outcome.is_done


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook": None},
        {"webhook": Webhook(url=None, generation=2)},
        {"suspended": True},
        {"permissions": everyday()},
        {"permissions": everyday(capabilities=frozenset(Capability) - {Capability.NOTICES})},
        {"code": "E09000099"},
    ],
)
def test_who_is_not_to_be_told_any_more_or_has_no_webhook_is_sent_nothing(changed: dict[str, Any]) -> None:
    delivery = Delivery(organisation=replace(ENROLLED, **changed))
    assert delivery.attempt() == Attempt(outcome=Outcome.NOBODY)
    assert delivery.receiver.got == []


@pytest.mark.parametrize("kind", NoticeKind)
def test_from_closure_on_nothing_is_sent_not_even_what_is_left_to_say_of_the_closure(kind: NoticeKind) -> None:
    delivery = Delivery(lifecycle=Lifecycle(NOW + timedelta(seconds=1)))
    told = replace(TOLD, kind=kind)
    assert delivery.attempt(told=told).outcome is Outcome.DELIVERED
    delivery.clock.move(timedelta(seconds=1))
    delivery.faults.calls.clear()
    assert delivery.attempt(told=told) == Attempt(outcome=Outcome.CLOSED)
    assert len(delivery.receiver.got) == 1
    assert delivery.faults.calls == []  # what the role may read after closure does not matter


def test_a_register_that_closes_while_the_directory_is_read_sends_nothing() -> None:
    delivery = Delivery(lifecycle=Lifecycle(NOW + timedelta(seconds=1)))
    delivery.faults.meanwhile["directory.organisations"] = partial(delivery.clock.move, timedelta(seconds=1))
    assert delivery.attempt() == Attempt(outcome=Outcome.CLOSED)
    assert delivery.receiver.got == []


def test_a_register_that_closes_while_a_name_is_resolved_sends_nothing() -> None:
    delivery = Delivery(lifecycle=Lifecycle(NOW + timedelta(seconds=1)))
    delivery.receiver.before = partial(delivery.clock.move, timedelta(seconds=1))
    assert delivery.attempt() == Attempt(outcome=Outcome.CLOSED)
    assert delivery.receiver.got == []


def test_while_the_directory_cannot_be_read_nothing_is_sent_and_nothing_is_given_up() -> None:
    delivery = Delivery(faults=Faults(position=0))
    with pytest.raises(Unavailable):
        delivery.attempt()
    assert delivery.receiver.got == []
    assert delivery.attempt().outcome is Outcome.DELIVERED
