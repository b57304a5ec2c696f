"""Match rows that several share, of children that are being joined or come apart, a step at a time."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.review import Case, Decision
from tests.integration.direct import Desk
from tests.integration.emulated import REGISTER, put_back, taken
from tests.integration.pairs import (
    ASK_FOR_BEN,
    BEN,
    BEN_WITH_CATS_NUMBER,
    CAT,
    CATS,
    COUNCIL,
    OF_BEN,
    OF_BEN_TOO,
    OF_CAT,
    POLICE,
    SCHOOL,
    TRUST,
    a_pair,
    assert_whole,
    registered,
    said_of,
    steps_of,
)
from tests.integration.people import ABEL

SAME, DIFFERENT = Decision.SAME, Decision.DIFFERENT
OF_CAT_TOO = {(TRUST, "cat-3"): {**CAT, "upn": BEN["upn"]}, (SCHOOL, "cat-4"): CAT}
"""What is said of Cat with Ben's number, and in the words of another."""
EVERYBODY = said_of(OF_CAT, OF_BEN, OF_BEN_TOO, OF_CAT_TOO)
BEN_ALONE = (TRUST, "ben-1")
BY_NUMBER: dict[str, Any] = {"local_authority_child_id": {"authority": COUNCIL, "id": "4711"}}
NUMBERED = {**BEN, **BY_NUMBER}


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def a_pair_of_which_one_is_said_twice(desk: Desk, decision: Decision) -> Case:
    """Cat and Ben, apart or joined; what is said of Ben two say in the same words, as two types of service."""
    case = a_pair(desk)
    registered(desk, said_of(OF_BEN_TOO, OF_CAT_TOO), service_type="police")
    return desk.decide(case, SAME) if decision is DIFFERENT else case


def finish(desk: Desk, case: Case, decision: Decision) -> None:
    if desk.reviewing.go_on() == 0:
        desk.decide(case, decision)


@pytest.mark.parametrize("decision", [SAME, DIFFERENT], ids=["joining", "undoing"])
@pytest.mark.parametrize("gone", [(TRUST, "ben-1"), (POLICE, "ben-3"), (COUNCIL, "ben-4"), (TRUST, "cat-3")], ids=str)
def test_who_is_withdrawn_between_any_two_steps_leaves_what_the_others_say(
    desk: Desk, decision: Decision, gone: tuple[str, str]
) -> None:
    case = a_pair_of_which_one_is_said_twice(desk, decision)
    rest = {key: said for key, said in EVERYBODY.items() if key != gone}
    for moment, under_way in [(taken(REGISTER), at) for at in steps_of(desk, case, decision)]:
        put_back(REGISTER, moment)
        desk.withdraw_while(lambda under_way=under_way: desk.reviews.step(under_way, desk.clock()), *gone)  # type: ignore[misc]  # mypy cannot infer a lambda's default
        finish(desk, case, decision)
        assert_whole(desk, rest)


@pytest.mark.parametrize("decision", [SAME, DIFFERENT], ids=["joining", "undoing"])
@pytest.mark.parametrize(
    ("key", "says", "service_type"),
    [
        ((TRUST, "ben-1"), BEN, "midwifery"),
        ((TRUST, "ben-1"), {**BEN, "sex": "male"}, "health_visiting"),
        ((COUNCIL, "ben-4"), BEN, "police"),
        ((POLICE, "ben-9"), BEN, "police"),
        ((TRUST, "cat-3"), BEN, "police"),
        ((TRUST, "ben-1"), CAT, "education"),
    ],
)
def test_who_says_something_else_between_any_two_steps_is_heard_and_the_others_are_too(
    desk: Desk, decision: Decision, key: tuple[str, str], says: dict[str, Any], service_type: str
) -> None:
    case = a_pair_of_which_one_is_said_twice(desk, decision)
    everybody = {**EVERYBODY, key: says}
    for moment, under_way in [(taken(REGISTER), at) for at in steps_of(desk, case, decision)]:
        put_back(REGISTER, moment)
        desk.put_while(
            lambda under_way=under_way: desk.reviews.step(under_way, desk.clock()),  # type: ignore[misc]  # likewise
            *key,
            says,
            service_type=service_type,
        )
        finish(desk, case, decision)
        assert_whole(desk, everybody)


@pytest.mark.parametrize("decision", [SAME, DIFFERENT], ids=["joining", "undoing"])
def test_who_alone_says_so_and_says_it_as_another_service_between_any_two_steps_stays_findable_by_it(
    desk: Desk, decision: Decision
) -> None:
    """It moves by itself, before a step would have moved it; its rows, which nobody else shares, go with it."""
    registered(desk, OF_CAT)
    registered(desk, {BEN_ALONE: BEN_WITH_CATS_NUMBER})
    (case,) = desk.cases()
    if decision is DIFFERENT:
        case = desk.decide(case, SAME)
    for moment in [taken(REGISTER) for _ in steps_of(desk, case, decision)]:
        put_back(REGISTER, moment)
        desk.clock.move(seconds=1)
        desk.put(*BEN_ALONE, BEN_WITH_CATS_NUMBER, service_type="midwifery")
        assert BEN_ALONE in (desk.who(ASK_FOR_BEN[0]) or set())
        finish(desk, case, decision)
        desk.clock.move(minutes=2)
        assert desk.who(ASK_FOR_BEN[0]) == {BEN_ALONE} | (CATS if decision is SAME else set())
        assert_whole(desk, said_of(OF_CAT, {BEN_ALONE: BEN_WITH_CATS_NUMBER}))


def test_who_asks_while_a_join_is_undone_finds_all_who_state_a_number_that_one_had_in_doubt(desk: Desk) -> None:
    """It goes home first, and its row with it; the other, whose row that is as well, is not home yet."""
    case = a_pair(desk)
    registered(desk, {(SCHOOL, "abel-1"): {**ABEL, **BY_NUMBER}})
    registered(desk, {(COUNCIL, "ben-4"): NUMBERED})
    registered(desk, {(TRUST, "ben-5"): BEN}, service_type="police")
    case = desk.decide(case, SAME)
    desk.withdraw(SCHOOL, "abel-1")
    registered(desk, {(TRUST, "ben-5"): NUMBERED}, service_type="police")
    found = desk.who(BY_NUMBER)
    assert found
    assert {(COUNCIL, "ben-4"), (TRUST, "ben-5")} <= found
    for _ in steps_of(desk, case, DIFFERENT):
        assert {(COUNCIL, "ben-4"), (TRUST, "ben-5")} <= (desk.who(BY_NUMBER) or set())
    assert desk.who(BY_NUMBER) == {*OF_BEN, (COUNCIL, "ben-4"), (TRUST, "ben-5")}
    said = {(COUNCIL, "ben-4"): NUMBERED, (TRUST, "ben-5"): NUMBERED}
    assert_whole(desk, said_of(OF_CAT, OF_BEN, said))


def test_who_came_to_the_joined_child_and_says_what_is_said_of_the_one_that_goes_is_heard_while_they_part(
    desk: Desk,
) -> None:
    """By its words it is to come to the child that goes, which is part of the one where it lies until the last step."""
    case = a_pair_of_which_one_is_said_twice(desk, DIFFERENT)
    late, everybody = (POLICE, "ben-9"), {**EVERYBODY, (POLICE, "ben-9"): BEN}
    registered(desk, {late: BEN}, service_type="police")
    for moment, under_way in [(taken(REGISTER), at) for at in steps_of(desk, case, DIFFERENT)]:
        put_back(REGISTER, moment)
        desk.put_while(
            lambda under_way=under_way: desk.reviews.step(under_way, desk.clock()),  # type: ignore[misc]  # likewise
            *late,
            BEN,
            service_type="education",
        )
        finish(desk, case, DIFFERENT)
        assert_whole(desk, everybody)
