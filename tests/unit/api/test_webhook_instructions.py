"""What operators say of a webhook."""

from __future__ import annotations

from typing import Any

import pytest

from shared.api.instructions import read_instruction
from shared.api.validation import InvalidRequest
from shared.api.webhook_instructions import ChangeWebhook, WebhookOf, webhook_answer
from shared.domain.directory import BOTH_SIGN_FOR, Webhook
from tests.support.builders import COUNCIL, NOW

HOOK = "https://hooks.council.example/"


@pytest.mark.parametrize(
    ("event", "instruction"),
    [
        ({"action": "webhook"}, WebhookOf(action="webhook", organisation=COUNCIL)),
        ({"action": "webhook", "url": HOOK}, WebhookOf(action="webhook", organisation=COUNCIL, url=HOOK)),
        ({"action": "rotate-webhook"}, ChangeWebhook(action="rotate-webhook", organisation=COUNCIL)),
        ({"action": "clear-webhook"}, ChangeWebhook(action="clear-webhook", organisation=COUNCIL)),
    ],
)
def test_each_instruction_means_what_it_says(event: dict[str, Any], instruction: WebhookOf | ChangeWebhook) -> None:
    assert read_instruction({**event, "organisation": COUNCIL.lower()}) == instruction


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        ({"action": "webhook", "organisation": COUNCIL, "url": ""}, "/url"),
        ({"action": "webhook", "organisation": COUNCIL, "url": "https://" + "x" * 500}, "/url"),
        ({"action": "webhook", "organisation": COUNCIL, "secret": "whsec_mine"}, "/secret"),
        ({"action": "rotate-webhook", "organisation": COUNCIL, "url": HOOK}, "/url"),
        ({"action": "clear-webhook"}, "/organisation"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_place(event: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_instruction(event)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


def test_an_answer_has_a_secret_only_where_one_was_given() -> None:
    webhook = Webhook(url=HOOK, generation=2, rotated_at=NOW)
    assert webhook_answer(COUNCIL, webhook, NOW) == {
        "organisation": COUNCIL,
        "url": HOOK,
        "generation": 2,
        "old_secret_signs_until": (NOW + BOTH_SIGN_FOR).isoformat(),
    }
    assert webhook_answer(COUNCIL, webhook, NOW, "whsec_x")["secret"] == "whsec_x"
    assert webhook_answer(COUNCIL, webhook, NOW + BOTH_SIGN_FOR)["old_secret_signs_until"] is None
