"""What is known of a child by its id once all have left it, or once it is one with another: who is told hangs on it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.review import Decision
from tests.integration.direct import Desk, details
from tests.integration.pairs import BENS, CATS, COUNCIL, a_pair
from tests.support.builders import a_shield

ZOE: dict[str, Any] = {
    "given_name": "Zoe",
    "family_name": "Tindall",
    "date_of_birth": "2016-03-04",
    "postcode": "LS6 1AA",
}


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def test_a_child_that_all_have_left_is_known_with_its_shield_and_held_by_nobody(desk: Desk) -> None:
    child_id = desk.put(COUNCIL, "z-1", ZOE).involvement.child_id
    shield = desk.shields.put(child_id, a_shield(details(ZOE), until=desk.clock().replace(year=2030)), (), desk.clock())
    desk.withdraw(COUNCIL, "z-1")
    now = desk.clock()
    assert desk.register.held_by_id(child_id, now) is None
    known = desk.register.known_by_id(child_id, now)
    assert known
    assert (known.involvements, known.shield) == ([], shield)


def test_a_child_that_never_was_is_not_known(desk: Desk) -> None:
    assert desk.register.known_by_id("nobody", desk.clock()) is None


def test_what_came_with_a_child_that_was_joined_is_told_apart_by_either_id_until_that_is_undone(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, Decision.SAME)
    for child_id in (case.newer, case.older):
        known = desk.register.known_by_id(child_id, desk.clock())
        assert known
        assert known.child_id == case.older
        assert known.came_with == {case.newer: BENS}
        assert {(one.organisation, one.source_reference) for one in known.involvements} == CATS | BENS
    desk.decide(case, Decision.DIFFERENT)
    for child_id in (case.newer, case.older):
        known = desk.register.known_by_id(child_id, desk.clock())
        assert known
        assert (known.child_id, known.came_with, known.formerly) == (child_id, {}, frozenset())
