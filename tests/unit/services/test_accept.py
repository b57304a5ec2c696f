"""A deployment sets, moves and clears the closure, and is rolled back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from shared.domain.closure import Accepted, Certified, Progress
from shared.domain.errors import ClosureRefused
from shared.domain.lifecycle import Lifecycle
from shared.services.accept import AcceptClosure, AllowDeletion
from tests.support.builders import NOW
from tests.support.closing import FakeClosureKeeper, Killed, killed
from tests.support.fakes import Clock

DAY = timedelta(days=1)
SOON = NOW + 30 * DAY


@dataclass
class Guard:
    """The guard, and CloudFormation before it."""

    keeper: FakeClosureKeeper = field(default_factory=FakeClosureKeeper)
    clock: Clock = field(default_factory=Clock)
    rolls_back: bool = False
    asked: int = 0

    def deploys(self, closes_at: datetime | None = None, *, confirmed: bool = False, **changed: str) -> Accepted:
        closure = Lifecycle(closes_at).parameters() | {
            k: v for k, v in changed.items() if k in Lifecycle().parameters()
        }
        return AcceptClosure(self.keeper, self.clock)(
            closure,
            {"ended_involvement_kept": "P1Y", "grown_up_at": changed.get("grown_up_at", "P18Y")},
            past_confirmed=confirmed,
            is_rolled_back=self._is_rolled_back,
        )

    def _is_rolled_back(self) -> bool:
        self.asked += 1
        return self.rolls_back


@pytest.fixture
def guard() -> Guard:
    return Guard()


def test_what_is_accepted_is_remembered(guard: Guard) -> None:
    accepted = guard.deploys(SOON, destruction_authority="The Secretary of State")
    assert guard.keeper.agreed == accepted
    assert accepted.lifecycle == Lifecycle(SOON, authority="The Secretary of State")
    assert accepted.accepted_at == NOW


def test_a_first_deployment_without_a_date_is_accepted_and_announces_nothing(guard: Guard) -> None:
    assert guard.deploys() == Accepted(lifecycle=Lifecycle(), accepted_at=NOW, announced_at=None)


def test_a_closure_is_announced_when_its_date_is_first_set(guard: Guard) -> None:
    guard.deploys()
    guard.clock.move(DAY)
    assert guard.deploys(SOON).announced_at == NOW + DAY


def test_a_date_that_is_moved_was_announced_when_the_first_one_was_set(guard: Guard) -> None:
    guard.deploys(SOON)
    guard.clock.move(DAY)
    assert guard.deploys(SOON + DAY).announced_at == NOW


def test_a_date_that_is_set_again_is_announced_again(guard: Guard) -> None:
    guard.deploys(SOON)
    guard.deploys()
    guard.clock.move(DAY)
    assert guard.deploys(SOON).announced_at == NOW + DAY


def test_sending_the_same_again_changes_nothing(guard: Guard) -> None:
    accepted = guard.deploys(SOON)
    guard.clock.move(DAY)
    assert guard.deploys(SOON) == accepted
    assert guard.keeper.script.calls.count("accept") == 1


def test_what_is_told_in_other_words_is_the_same(guard: Guard) -> None:
    accepted = guard.deploys(SOON, destruction_starts_after="P7D")
    assert guard.deploys(SOON, destruction_starts_after="P1W") == accepted


@pytest.mark.parametrize("wanted", [None, SOON + DAY])
def test_what_was_done_for_a_closure_that_is_moved_or_cleared_is_forgotten(
    guard: Guard, wanted: datetime | None
) -> None:
    guard.deploys(SOON)
    guard.keeper.note_closed(NOW)
    guard.deploys(wanted)
    assert guard.keeper.held == Progress()


def test_what_was_done_is_not_forgotten_for_another_authority(guard: Guard) -> None:
    guard.deploys(SOON)
    guard.keeper.note_closed(NOW)
    guard.deploys(SOON, destruction_authority="Somebody else")
    assert guard.keeper.held.closed_at == NOW


def test_a_guard_stopped_between_forgetting_and_accepting_forgets_when_it_is_asked_again(guard: Guard) -> None:
    guard.deploys(SOON)
    guard.keeper.note_closed(NOW)
    guard.keeper.script.after[len(guard.keeper.script.calls) + 1] = killed
    with pytest.raises(Killed):
        guard.deploys()
    guard.keeper.note_closed(NOW)
    guard.deploys()
    assert guard.keeper.held == Progress()


def test_every_reason_is_given_at_once(guard: Guard) -> None:
    with pytest.raises(ClosureRefused) as refused:
        guard.deploys(destruction_window="two months", grown_up_at="P12Y")
    assert len(refused.value.reasons) == 2
    assert "DestructionWindow cannot be read" in str(refused.value)
    assert "GrownUpAt is a number of years" in str(refused.value)


def test_what_is_refused_leaves_what_was_accepted(guard: Guard) -> None:
    accepted = guard.deploys(SOON)
    with pytest.raises(ClosureRefused):
        guard.deploys(SOON + DAY, destruction_window="P1D")
    assert guard.keeper.agreed == accepted


def test_a_date_in_the_past_has_to_be_confirmed(guard: Guard) -> None:
    with pytest.raises(ClosureRefused, match="in the past"):
        guard.deploys(NOW - DAY)
    assert guard.deploys(NOW - DAY, confirmed=True).lifecycle.closes_at == NOW - DAY


def test_nobody_asks_whether_a_deployment_is_rolled_back_that_may_take_place(guard: Guard) -> None:
    guard.deploys(SOON)
    assert guard.asked == 0


def test_a_deployment_that_failed_elsewhere_is_rolled_back_to_what_would_be_refused_by_now(guard: Guard) -> None:
    past = guard.deploys(NOW - DAY, confirmed=True).lifecycle
    guard.deploys(SOON)
    with pytest.raises(ClosureRefused, match="in the past"):
        guard.deploys(NOW - DAY)
    guard.rolls_back = True
    assert guard.deploys(NOW - DAY).lifecycle == past


def test_a_deployment_is_not_rolled_back_over_what_has_been_destroyed(guard: Guard) -> None:
    guard.deploys()
    guard.deploys(NOW - 2 * DAY, confirmed=True, destruction_starts_after="P1D")
    guard.keeper.note_started(NOW)
    guard.rolls_back = True
    with pytest.raises(ClosureRefused, match="Destruction may have begun"):
        guard.deploys()


def test_a_refused_deployment_is_rolled_back_to_what_was_accepted_however_late_it_is(guard: Guard) -> None:
    accepted = guard.deploys(SOON)
    guard.clock.at = SOON + 59 * DAY
    with pytest.raises(ClosureRefused, match="Destruction may have begun"):
        guard.deploys()
    assert guard.deploys(SOON) == accepted
    assert guard.asked == 1


# Deleting the stack


def deletes(guard: Guard, *, whole_stack: bool = True) -> None:
    AllowDeletion(guard.keeper)(is_deleted=lambda: whole_stack)


def test_a_stack_with_a_closure_stays_until_its_destruction_is_certified(guard: Guard) -> None:
    guard.deploys(SOON)
    with pytest.raises(ClosureRefused, match="no certificate says yet"):
        deletes(guard)
    guard.keeper.note_certified(Certified(at=SOON, sha256="ab" * 32))
    deletes(guard)


def test_a_stack_of_an_open_register_may_go_and_so_may_one_that_never_came_to_be(guard: Guard) -> None:
    deletes(guard)
    guard.deploys()
    deletes(guard)
    guard.deploys(SOON)
    guard.deploys()
    deletes(guard)


def test_what_a_deployment_leaves_over_or_rolls_back_always_goes(guard: Guard) -> None:
    guard.deploys(SOON)
    deletes(guard, whole_stack=False)
