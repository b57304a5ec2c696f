"""What must hold long after a write: nothing hidden leads anywhere, nothing that is said goes unfound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.outcomes import Outcome
from tests.integration.direct import Desk
from tests.integration.emulated import REGISTER, dump
from tests.integration.people import DETAILS, NUMBER, ZOE, of

TRUST, COUNCIL, SCHOOL, FOURTH = "X99", "E99000001", "EE999999", "RX9"
BEN = {
    "given_name": "Ben",
    "family_name": "Finch",
    "date_of_birth": "2016-05-01",
    "nhs_number": "9990000018",
    "postcode": "N12 7QF",
}
CAT_WITH_BENS_NUMBER = {**BEN, "given_name": "Cat", "date_of_birth": "2019-09-09"}


@pytest.fixture
def desk(aws: None) -> Desk:
    assert aws is None
    return Desk()


def live_children() -> int:
    return sum(item["kind"] == "child" and "expires_at" not in item for item in dump(REGISTER))


def _a_second_later(desk: Desk) -> None:
    desk.clock.move(microseconds=100_000)


def _by_a_clock_that_is_behind(desk: Desk) -> None:
    desk.clock.move(seconds=-3)


@pytest.mark.parametrize("clock", [_a_second_later, _by_a_clock_that_is_behind])
def test_a_child_that_the_last_one_leaves_while_another_joins_stays_whole(
    desk: Desk, clock: Callable[[Desk], None]
) -> None:
    desk.clock.move(microseconds=950_000)
    desk.put(COUNCIL, "c-1", ZOE)

    def leave() -> None:
        clock(desk)
        desk.withdraw(COUNCIL, "c-1")

    desk.put_while(leave, TRUST, "r-1", ZOE)
    desk.clock.move(seconds=10)
    assert desk.interrupted.conflicts == 1
    assert desk.who(of(ZOE, *DETAILS)) == desk.who(of(ZOE, *NUMBER)) == {(TRUST, "r-1")}
    desk.put(SCHOOL, "s-1", ZOE)
    desk.put(TRUST, "r-1", ZOE, team="Hazel Team")
    desk.withdraw(TRUST, "r-1")
    assert desk.who(ZOE) == {(SCHOOL, "s-1")}


def test_a_number_that_leads_to_the_wrong_child_makes_no_further_children(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", CAT_WITH_BENS_NUMBER)
    for organisation in (TRUST, SCHOOL, FOURTH):
        desk.put(organisation, "r-1", BEN)
    assert live_children() == 2
    assert desk.who(of(BEN, *DETAILS)) == {(TRUST, "r-1"), (SCHOOL, "r-1"), (FOURTH, "r-1")}


def test_a_number_that_was_in_doubt_leads_to_who_states_it_once_it_is_free(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", CAT_WITH_BENS_NUMBER)
    desk.put(TRUST, "r-1", BEN)
    unchanged = desk.put(TRUST, "r-1", BEN)
    desk.put(COUNCIL, "c-1", {**CAT_WITH_BENS_NUMBER, "nhs_number": "9990000026"})
    changed, after = desk.put(TRUST, "r-1", BEN), desk.put(TRUST, "r-1", BEN)
    assert (unchanged.changed, changed.changed, after.changed) == (False, True, False)
    assert desk.who(of(BEN, *NUMBER)) == {(TRUST, "r-1")}


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_mistake_in_a_later_statement_takes_no_number_from_an_earlier_one(desk: Desk, *, withdrawn: bool) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put(TRUST, "r-1", {**ZOE, "date_of_birth": "2021-03-14"})
    if withdrawn:
        desk.withdraw(TRUST, "r-1")
    assert desk.find(of(ZOE, "nhs_number", "date_of_birth")).outcome is Outcome.MATCH


def test_what_a_withdrawn_statement_said_stands_in_nothing_that_is_live(desk: Desk) -> None:
    wrong: dict[str, Any] = {**ZOE, "date_of_birth": "2021-03-14"}
    desk.put(TRUST, "r-1", wrong)
    desk.put(COUNCIL, "c-1", ZOE)
    desk.withdraw(TRUST, "r-1")
    assert not [item for item in dump(REGISTER) if "expires_at" not in item and "2021-03-14" in str(item)]


def test_a_change_that_meets_a_withdrawal_on_its_way_does_not_bring_it_back(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put(TRUST, "r-1", ZOE)
    registered = desk.put_while(lambda: desk.withdraw(TRUST, "r-1"), TRUST, "r-1", ZOE, team="Hazel Team")
    assert desk.interrupted.conflicts == 1
    assert registered.created, "looked at again, it is a registration anew and is answered as one"


def test_a_near_child_makes_no_further_children_of_one_whose_details_are_complete(desk: Desk) -> None:
    """One misspelt name, or one move, must not hide a child from everybody who has no number."""
    ayo = {"given_name": "Ayo", "family_name": "Whitlock-Marsh", "date_of_birth": "2018-01-01", "postcode": "N12 7QF"}
    desk.put(COUNCIL, "c-1", ayo)
    desk.put(SCHOOL, "s-1", {**ayo, "family_name": "Whitlock"})
    desk.put(FOURTH, "f-1", {**ayo, "postcode": "EN5 2AB"})
    desk.put(TRUST, "r-1", ayo)
    desk.put(TRUST, "r-2", ayo)
    assert live_children() <= 3
    found = desk.who(ayo)
    assert found
    assert found >= {(COUNCIL, "c-1"), (TRUST, "r-1"), (TRUST, "r-2")}
