"""What may be a shielded child is behind its shield: whichever was there first, until a person has found them different."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Thresholds
from shared.domain.review import MOST_CASES_OF_A_REGISTRATION, Cause, CloseCall, Decision
from shared.domain.shield import Shield, ShieldReason
from shared.services.gate import Gate
from shared.services.shield import Acting, ShieldChildren
from tests.integration.calls import Calls, Fault
from tests.integration.direct import REVIEWER, Desk, caller
from tests.integration.pairs import (
    BEN,
    BEN_WITH_CATS_NUMBER,
    COUNCIL,
    POLICE,
    SCHOOL,
    TRUST,
    a_pair,
    assert_whole,
)
from tests.integration.people import ABEL, NUMBER, ZOE, of
from tests.integration.test_shields import ALIKE, a_shield, is_hidden, shield, unmarked
from tests.support.fakes import FakeAccessLog


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def put_by_the_team(desk: Desk, child_id: str, *, days: int = 300) -> Shield:
    """As the council's shield team does."""
    at_the_council = caller(COUNCIL)
    in_its_area = replace(
        at_the_council, organisation=replace(at_the_council.organisation, area=frozenset({"N", "EN"}))
    )
    team = ShieldChildren(
        register=desk.register,
        pseudonyms=desk.register.pseudonyms,
        thresholds=Thresholds(),
        shields=desk.shields,
        access_log=FakeAccessLog(),
        gate=Gate(Lifecycle(), desk.clock),
    )
    until = a_shield(desk, days=days).until
    acting = Acting(caller=in_its_area, access_id="a-1", request_id="r-1", practitioner=REVIEWER)
    desk.clock.move(seconds=1)
    return team.put(child_id, ShieldReason.COURT_ORDER, until, (), acting)


def shield_of(desk: Desk, child_id: str) -> Shield | None:
    held = desk.register.held_by_id(child_id, desk.clock())
    assert held
    return held.shield


# Those that come afterwards

FINALS: dict[str, dict[str, Any]] = {
    "moved": {**ALIKE, "postcode": "N12 8AA"},
    "moved far": {**ALIKE, "postcode": "M1 1AE"},
    "called otherwise": {**ALIKE, "given_name": "Zoey"},
}


@pytest.mark.parametrize("by", [SCHOOL, COUNCIL], ids=["said by the same", "said by another"])
@pytest.mark.parametrize("said", FINALS.values(), ids=FINALS)
def test_a_known_child_that_comes_to_be_said_to_be_like_a_shielded_one_inherits(
    desk: Desk, said: dict[str, Any], by: str
) -> None:
    shielded = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    shield(desk, shielded)
    desk.clock.move(seconds=1)
    known = desk.put(SCHOOL, "x-1", {**said, "family_name": "Marlow"}).involvement.child_id
    desk.clock.move(seconds=1)
    assert desk.put(by, "x-1", said).involvement.child_id == known
    taken = shield_of(desk, known)
    assert taken
    assert taken.inherited
    assert unmarked(desk, known) == []
    assert is_hidden(desk, said)
    pairs = [{case.newer, case.older} for case in desk.cases(COUNCIL)]
    assert pairs == [{shielded, known}]


def test_a_known_child_inherits_of_one_with_whom_it_was_on_the_list_before_the_shield(desk: Desk) -> None:
    case = a_pair(desk)
    shield(desk, case.older)
    desk.clock.move(seconds=1)
    restated = {**BEN_WITH_CATS_NUMBER, "postcode": "EN5 2AA"}
    desk.put(POLICE, "ben-3", restated)
    assert is_hidden(desk, BEN, restated)
    assert [c.case_id for c in desk.cases(COUNCIL)] == [case.case_id]
    assert unmarked(desk, case.newer) == []


def test_what_was_found_different_before_the_shield_does_not_inherit(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, Decision.DIFFERENT)
    shield(desk, case.older)
    desk.clock.move(seconds=1)
    desk.put(POLICE, "ben-3", {**BEN_WITH_CATS_NUMBER, "postcode": "EN5 2AA"})
    assert not is_hidden(desk, BEN)


def test_a_child_that_comes_to_be_like_a_second_shielded_one_is_hidden_until_it_is_neither(desk: Desk) -> None:
    first = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    second = desk.put(TRUST, "a-1", ABEL).involvement.child_id
    shield(desk, first)
    shield(desk, second)
    desk.clock.move(seconds=1)
    own_number = {**ALIKE, "nhs_number": "9990000026"}
    known = desk.put(SCHOOL, "x-1", own_number, service_type="education").involvement.child_id
    desk.clock.move(seconds=1)
    said = {**ALIKE, "nhs_number": ABEL["nhs_number"]}
    assert desk.put(SCHOOL, "x-1", said, service_type="education").involvement.child_id == known
    cases = {case.older: case for case in desk.cases(COUNCIL)}
    assert cases.keys() == {first, second}
    desk.decide(cases[first], Decision.DIFFERENT, COUNCIL)
    assert is_hidden(desk, said)
    desk.decide(cases[second], Decision.DIFFERENT, COUNCIL)
    assert not is_hidden(desk, of(said, "given_name", "family_name", "date_of_birth", "postcode"))


def test_an_inherited_shield_does_not_end_with_the_one_that_it_comes_from(desk: Desk) -> None:
    shielded = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.shields.put(shielded, a_shield(desk, days=10), (), desk.clock.move(seconds=1))
    desk.clock.move(seconds=1)
    assert desk.put(SCHOOL, "x-1", ALIKE, service_type="education").involvement.child_id != shielded
    desk.shields.put(shielded, a_shield(desk, days=300), (), desk.clock.move(days=5))
    desk.clock.move(days=200)
    assert is_hidden(desk, ALIKE)
    (case,) = desk.cases(COUNCIL)
    desk.decide(case, Decision.DIFFERENT, COUNCIL)
    assert not is_hidden(desk, ALIKE)


def test_an_inherited_shield_ends_with_the_register(aws: None) -> None:
    _ = aws
    desk = Desk()
    desk.closes(desk.clock().replace(microsecond=0) + (a_shield(desk, days=30).until - desk.clock()))
    shield(desk, desk.put(TRUST, "z-1", ZOE).involvement.child_id)
    desk.clock.move(seconds=1)
    taken = shield_of(desk, desk.put(SCHOOL, "x-1", ALIKE, service_type="education").involvement.child_id)
    assert taken
    assert taken.until == desk.lives_until


@pytest.mark.parametrize("with_a_number", [False, True])
def test_a_shielded_child_is_not_crowded_out_by_others_that_are_likelier(desk: Desk, *, with_a_number: bool) -> None:
    base = {name: ZOE[name] for name in ("given_name", "family_name", "date_of_birth", "postcode")}
    for n, number in enumerate(("9990000018", "9990000026", "9990000034", "9990000042")):
        desk.put(TRUST, f"d-{n}", {**base, "nhs_number": number})
        desk.clock.move(seconds=1)
    desk.put(TRUST, "o-1", {**ABEL, "upn": "B123456789012"})
    far = {**base, "postcode": "M1 1AE", "nhs_number": "9990000050"}
    shielded = desk.put(TRUST, "s-1", far).involvement.child_id
    shield(desk, shielded)
    desk.clock.move(seconds=1)
    numbered = {"upn": "B123456789012"} if with_a_number else {}
    new = desk.put(SCHOOL, "x-1", {**base, "sex": "female", **numbered}).involvement.child_id
    assert shield_of(desk, new)
    raised = [case for case in desk.cases(COUNCIL) if case.newer == new]
    assert len(raised) == MOST_CASES_OF_A_REGISTRATION
    assert shielded in {case.older for case in raised}


def test_a_reference_that_goes_from_a_shielded_child_to_another_puts_the_two_on_the_list(desk: Desk) -> None:
    shielded = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.put(SCHOOL, "z-2", ZOE, service_type="education")
    other = desk.put(TRUST, "a-1", ABEL).involvement.child_id
    shield(desk, shielded)
    desk.clock.move(seconds=1)
    assert desk.put(SCHOOL, "z-2", ABEL, service_type="education").involvement.child_id == other
    assert is_hidden(desk, ABEL)
    (case,) = desk.cases(COUNCIL)
    assert {case.newer, case.older} == {shielded, other}
    desk.decide(case, Decision.DIFFERENT, COUNCIL)
    assert not is_hidden(desk, ABEL)


# Those that were there before


def test_who_was_there_before_the_shield_and_is_much_like_the_child_inherits_and_is_on_the_list(desk: Desk) -> None:
    shielded = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.clock.move(seconds=1)
    other = desk.put(SCHOOL, "x-1", ALIKE, service_type="education").involvement.child_id
    (before,) = desk.cases()
    assert not is_hidden(desk, ALIKE)
    for _ in range(2):
        put_by_the_team(desk, shielded)
        taken = shield_of(desk, other)
        assert taken
        assert taken.inherited
        assert is_hidden(desk, ALIKE, of(ALIKE, *NUMBER), ZOE)
        assert [case.case_id for case in desk.cases(COUNCIL)] == [before.case_id]
        assert_whole(desk, {(TRUST, "z-1"): ZOE, (SCHOOL, "x-1"): ALIKE})
    desk.decide(before, Decision.DIFFERENT, COUNCIL)
    put_by_the_team(desk, shielded)
    assert not is_hidden(desk, of(ALIKE, *NUMBER)), "a person has found them different"
    assert is_hidden(desk, of(ZOE, *NUMBER))


def test_a_pair_that_was_on_no_list_is_put_there_with_the_shield(desk: Desk) -> None:
    other = desk.put(SCHOOL, "x-1", {**ALIKE, "postcode": "M1 1AE"}, service_type="education").involvement.child_id
    desk.clock.move(seconds=1)
    shielded = desk.put(TRUST, "z-1", {**ZOE, "family_name": "Marlow"}).involvement.child_id
    desk.clock.move(seconds=1)
    desk.put(TRUST, "z-1", ZOE)
    assert desk.cases() == []
    put_by_the_team(desk, shielded)
    (case,) = desk.cases(COUNCIL)
    assert (case.newer, case.older, case.cause) == (shielded, other, Cause.ALIKE)
    assert is_hidden(desk, of(ALIKE, *NUMBER))


def test_a_child_with_a_shield_of_its_own_keeps_it(desk: Desk) -> None:
    shielded = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    other = desk.put(SCHOOL, "x-1", ALIKE, service_type="education").involvement.child_id
    own = shield(desk, other)
    put_by_the_team(desk, shielded)
    assert shield_of(desk, other) == own
    assert not desk.shields.inherit(shielded, CloseCall(shielded, Cause.ALIKE), desk.clock())


def test_inheriting_that_is_killed_at_any_call_is_taken_up_when_the_shield_is_set_again(desk: Desk) -> None:
    shielded = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.clock.move(seconds=1)
    other = desk.put(SCHOOL, "x-1", ALIKE, service_type="education").involvement.child_id
    call = CloseCall(other, Cause.ALIKE, 0.9)
    shield(desk, shielded)
    calls = Calls().of_tables()
    assert desk.shields.inherit(shielded, call, desk.clock())
    made = len(calls.made)
    for which in range(1, made + 1):
        desk.shields.lift(other, desk.clock.move(seconds=1), organisation=COUNCIL)
        watched = Calls().of_tables()
        watched.fail(which, Fault.RESET if which % 2 else Fault.ANSWER_LOST)
        with pytest.raises(Unavailable):
            desk.shields.inherit(shielded, call, desk.clock())
        assert watched.mend()
        assert desk.shields.inherit(shielded, call, desk.clock())
        assert unmarked(desk, other) == []
        assert is_hidden(desk, ALIKE)
        assert len(desk.cases(COUNCIL)) == 1
