"""One attempt to tell an organisation of a notice: whether it is to be told, what is signed, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.directory import Capability
from shared.domain.errors import RegisterClosed
from shared.domain.webhooks import Outcome, outcome_of, secret_of, signed_headers, wait_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.domain.directory import Webhook
    from shared.domain.ports import Directory
    from shared.domain.pseudonym import Pseudonyms
    from shared.domain.webhooks import Post, Told
    from shared.services.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one: codes for the log, and in how long the message is to come again, unless it is done with."""

    outcome: Outcome
    status: int | None = None
    failure: str | None = None
    again_in: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """The use case and its ports. `spread` gives a number from 0 to 1, another each time.

    From closure on nothing is sent, not even what is left to say of the closure itself: the secret that would sign it is
    refused to every role from that instant on, what it points to is answered 410, and `GET /status`, which needs no
    token, says the same. What is in the queue is let go.
    """

    directory: Directory
    pseudonyms: Pseudonyms
    post: Post
    gate: Gate
    spread: Callable[[], float]

    def __call__(self, told: Told, attempt: int) -> Attempt:
        """The `attempt`th, from 1 on. Raises Unavailable if the Directory cannot be read; nothing was sent then."""
        webhook = None if self.gate.is_closed else self._webhook(told)
        if self.gate.is_closed:
            return Attempt(outcome=Outcome.CLOSED)
        if webhook is None or webhook.url is None:
            return Attempt(outcome=Outcome.NOBODY)
        now, body = self.gate.clock(), told.body()
        secrets = [secret_of(self.pseudonyms, told.organisation, n) for n in webhook.signing(now)]
        headers = signed_headers(told.notice_id, now, body, secrets)
        try:
            answer = self.post(webhook.url, body, headers, self.gate.open_at)
        except RegisterClosed:  # while it waited for its turn, or for where the name leads
            return Attempt(outcome=Outcome.CLOSED)
        outcome = outcome_of(answer, attempt)
        came = Attempt(outcome=outcome, status=answer.status, failure=answer.failure)
        if outcome.is_done or outcome is Outcome.GONE:
            return came
        again_in = wait_after(attempt, now, retry_after=answer.retry_after, spread=self.spread())
        return replace(came, again_in=again_in)

    def _webhook(self, told: Told) -> Webhook | None:
        """Of an organisation that is to be told still: it may have been suspended since the notice was put."""
        for organisation in self.directory.organisations():
            if organisation.code == told.organisation:
                may = Capability.NOTICES in organisation.permissions.capabilities and not organisation.suspended
                return organisation.webhook if may else None
        return None
