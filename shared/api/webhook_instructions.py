"""What operators say of an organisation's webhook, and what they get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import StringConstraints

from shared.api.fields import Body, OrganisationCode

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.directory import Webhook


class WebhookOf(Body):
    """Where an organisation's notices are sent; with a `url`, from now on there."""

    action: Literal["webhook"]
    organisation: OrganisationCode
    url: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class ChangeWebhook(Body):
    """A new secret, or no webhook any more."""

    action: Literal["rotate-webhook", "clear-webhook"]
    organisation: OrganisationCode


type WebhookInstruction = WebhookOf | ChangeWebhook


def webhook_answer(
    organisation: str, webhook: Webhook | None, now: datetime, secret: str | None = None
) -> dict[str, Any]:
    """An organisation's webhook, for operators; its secret only where it is new."""
    both_until = webhook.signs_until(now) if webhook else None
    answer: dict[str, Any] = {
        "organisation": organisation,
        "url": webhook.url if webhook else None,
        "generation": webhook.generation if webhook else None,
        "old_secret_signs_until": both_until.isoformat() if both_until else None,
    }
    if secret is not None:
        answer |= {"secret": secret, "keep_it": "show it to nobody but the receiver's operators; it is kept nowhere"}
    return answer
