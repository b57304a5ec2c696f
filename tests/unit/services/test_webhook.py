"""What operators do with an organisation's webhook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from shared.domain.directory import BOTH_SIGN_FOR, Capability, Webhook
from shared.domain.errors import AddressRefused, NotTold, OrganisationNotFound, RegisterClosed, WebhookNotFound
from shared.domain.lifecycle import Lifecycle
from shared.domain.webhooks import secret_of, secret_text
from shared.services.direct import Direct
from shared.services.gate import Gate
from shared.services.webhook import KeepWebhooks
from tests.support.builders import COUNCIL, NOW, PSEUDONYMS, TRUST, an_organisation, everyday
from tests.support.fakes import Clock, FakeIssuer, FakeKeeper

HOOK, OTHER = "https://hooks.council.example/notices", "https://hooks.vendor.example/notices"


@dataclass
class Desk:
    """An operator's, with one council enrolled."""

    keeper: FakeKeeper = field(default_factory=lambda: FakeKeeper(enrolled={COUNCIL: an_organisation(COUNCIL)}))
    clock: Clock = field(default_factory=Clock)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    @property
    def webhooks(self) -> KeepWebhooks:
        return KeepWebhooks(keeper=self.keeper, pseudonyms=PSEUDONYMS, gate=Gate(self.lifecycle, self.clock))

    def close(self) -> None:
        self.lifecycle = Lifecycle(self.clock.at)


def secret(generation: int, organisation: str = COUNCIL) -> str:
    return secret_text(secret_of(PSEUDONYMS, organisation, generation))


def test_notices_go_where_an_operator_says_and_the_receivers_secret_is_told() -> None:
    desk = Desk()
    assert desk.webhooks.webhook(COUNCIL) is None
    given = desk.webhooks.set(COUNCIL, HOOK)
    assert given.webhook == desk.webhooks.webhook(COUNCIL) == Webhook(url=HOOK)
    assert given.secret == secret(1)
    assert given.secret not in repr(given)


def test_setting_the_same_address_again_changes_nothing_and_tells_the_same_secret() -> None:
    desk = Desk()
    first = desk.webhooks.set(COUNCIL, HOOK)
    kept = desk.keeper.enrolled[COUNCIL]
    assert desk.webhooks.set(COUNCIL, HOOK) == first
    assert desk.keeper.enrolled[COUNCIL] == kept


def test_another_address_has_another_secret_and_both_sign_for_a_day() -> None:
    desk = Desk()
    desk.webhooks.set(COUNCIL, HOOK)
    given = desk.webhooks.set(COUNCIL, OTHER)
    assert given.secret == secret(2)
    assert given.webhook.signing(NOW) == (2, 1)
    assert given.webhook.signs_until(NOW) == NOW + BOTH_SIGN_FOR


def test_a_new_secret_signs_beside_the_old_one_for_a_day() -> None:
    desk = Desk()
    desk.webhooks.set(COUNCIL, HOOK)
    desk.clock.move(timedelta(days=3))
    given = desk.webhooks.rotate(COUNCIL)
    assert given.secret == secret(2)
    assert given.webhook == Webhook(url=HOOK, generation=2, rotated_at=NOW + timedelta(days=3))


def test_what_was_cleared_is_not_sent_to_and_its_secret_never_comes_again() -> None:
    desk = Desk()
    desk.webhooks.set(COUNCIL, HOOK)
    desk.webhooks.rotate(COUNCIL)
    cleared = desk.webhooks.clear(COUNCIL)
    assert cleared == desk.webhooks.webhook(COUNCIL) == Webhook(url=None, generation=2)
    given = desk.webhooks.set(COUNCIL, HOOK)
    assert given.secret == secret(3)
    assert given.webhook.signing(NOW) == (3,)


def test_clearing_twice_is_clearing_once_and_there_need_not_have_been_one() -> None:
    desk = Desk()
    assert desk.webhooks.clear(COUNCIL) is None
    desk.webhooks.set(COUNCIL, HOOK)
    desk.webhooks.clear(COUNCIL)
    kept = desk.keeper.enrolled[COUNCIL]
    desk.webhooks.clear(COUNCIL)
    assert desk.keeper.enrolled[COUNCIL] == kept


def test_a_secret_is_rotated_only_where_there_is_one() -> None:
    desk = Desk()
    with pytest.raises(WebhookNotFound):
        desk.webhooks.rotate(COUNCIL)
    desk.webhooks.set(COUNCIL, HOOK)
    desk.webhooks.clear(COUNCIL)
    with pytest.raises(WebhookNotFound):
        desk.webhooks.rotate(COUNCIL)


def test_an_address_that_may_not_be_sent_to_changes_nothing() -> None:
    desk = Desk()
    with pytest.raises(AddressRefused):
        desk.webhooks.set(COUNCIL, "http://127.0.0.1:9000/")
    assert desk.webhooks.webhook(COUNCIL) is None


def test_one_that_is_told_of_no_notices_gets_no_webhook_and_what_it_had_can_be_cleared() -> None:
    desk = Desk()
    desk.webhooks.set(COUNCIL, HOOK)
    direct = Direct(keeper=desk.keeper, issuer=FakeIssuer(), gate=Gate(Lifecycle(), desk.clock))
    without = everyday(capabilities=frozenset(Capability) - {Capability.NOTICES})
    direct.amend(COUNCIL, an_organisation(COUNCIL, permissions=without))
    for url in (HOOK, OTHER):
        with pytest.raises(NotTold):
            desk.webhooks.set(COUNCIL, url)
    assert desk.webhooks.webhook(COUNCIL) == Webhook(url=HOOK)
    desk.webhooks.clear(COUNCIL)
    assert desk.webhooks.webhook(COUNCIL) == Webhook(url=None)


@pytest.mark.parametrize(
    "use",
    [
        lambda webhooks: webhooks.webhook(TRUST),
        lambda webhooks: webhooks.set(TRUST, HOOK),
        lambda webhooks: webhooks.rotate(TRUST),
        lambda webhooks: webhooks.clear(TRUST),
    ],
)
def test_an_organisation_that_is_not_enrolled_has_no_webhook(use: Callable[[KeepWebhooks], object]) -> None:
    with pytest.raises(OrganisationNotFound):
        use(Desk().webhooks)


def test_after_closure_no_secret_is_told_and_what_was_set_can_still_be_cleared() -> None:
    desk = Desk()
    desk.webhooks.set(COUNCIL, HOOK)
    desk.close()
    with pytest.raises(RegisterClosed):
        desk.webhooks.set(COUNCIL, OTHER)
    with pytest.raises(RegisterClosed):
        desk.webhooks.rotate(COUNCIL)
    assert desk.webhooks.webhook(COUNCIL) == Webhook(url=HOOK)
    desk.webhooks.clear(COUNCIL)
    assert desk.webhooks.webhook(COUNCIL) == Webhook(url=None)


def test_amending_and_suspending_an_organisation_leave_its_webhook() -> None:
    desk = Desk()
    desk.webhooks.set(COUNCIL, HOOK)
    direct = Direct(keeper=desk.keeper, issuer=FakeIssuer(), gate=Gate(Lifecycle(), desk.clock))
    direct.amend(COUNCIL, an_organisation(COUNCIL, name="Another name"))
    direct.suspend(COUNCIL, suspended=True)
    assert desk.webhooks.webhook(COUNCIL) == Webhook(url=HOOK)
