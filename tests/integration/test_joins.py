"""Two children become one, and two again, by the decision of a person; and what organisations do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from shared.domain.errors import FoundDifferentBefore, JoinedSince
from shared.domain.review import Case, Decision, State
from tests.integration.calls import Call, Calls
from tests.integration.direct import Desk, details
from tests.integration.emulated import REGISTER, dump, put_back, taken
from tests.integration.pairs import (
    ASK_FOR_BEN,
    ASK_FOR_CAT,
    BEN,
    BENS,
    CAT,
    CATS,
    COUNCIL,
    OF_BEN,
    OF_CAT,
    POLICE,
    SCHOOL,
    TRUST,
    a_pair,
    assert_whole,
    said_of,
)

SAME, DIFFERENT = Decision.SAME, Decision.DIFFERENT
EVERYBODY = said_of(OF_CAT, OF_BEN)
DOT: dict[str, Any] = {
    "given_name": "Dorothea",
    "family_name": "Musgrave",
    "date_of_birth": "2011-11-11",
    "postcode": "M1 1AE",
}
OF_DOT = {(COUNCIL, "dot-1"): DOT, (TRUST, "dot-2"): {**DOT, "upn": BEN["upn"]}}
"""A third child, who is said to have Ben's pupil number."""
ASK_FOR_DOT = {name: DOT[name] for name in ("given_name", "family_name", "date_of_birth", "postcode")}


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def everybody_by_any_detail(desk: Desk) -> list[set[tuple[str, str]] | None]:
    return [desk.who(asked) for asked in (*ASK_FOR_CAT, *ASK_FOR_BEN)]


TWO_CHILDREN = [CATS] * 3 + [BENS] * 2
ONE_CHILD = [CATS | BENS] * 5


def child_of(desk: Desk, organisation: str, reference: str) -> str:
    own = desk.own(organisation, reference)
    assert own
    return own.child_id


# One child, and two again


def test_two_children_that_are_one_are_found_as_one_by_whatever_was_said_of_either(desk: Desk) -> None:
    case = a_pair(desk)
    decided = desk.decide(case, SAME)
    assert (decided.state, decided.goes, decided.stays) == (State.SAME, case.newer, case.older)
    assert everybody_by_any_detail(desk) == ONE_CHILD
    assert {child_of(desk, *key) for key in EVERYBODY} == {case.older}
    assert desk.cases() == []
    assert_whole(desk, EVERYBODY)


def test_the_old_id_leads_to_the_new_one_and_tells_nothing_else(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, SAME)
    (left,) = [item for item in dump(REGISTER) if item["kind"] == "child" and item["child_id"] == case.newer]
    assert left["joined_into"] == case.older
    assert left.keys() == {"pk", "sk", "kind", "child_id", "version", "created_at", "joined_into"}


def test_a_join_that_is_undone_leaves_two_children_as_they_were(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, SAME)
    undone = desk.decide(case, DIFFERENT)
    assert undone.state is State.DIFFERENT
    assert everybody_by_any_detail(desk) == TWO_CHILDREN
    assert {child_of(desk, *key) for key in BENS} == {case.newer}
    assert [(said.decision, said.by, said.organisation) for said in undone.decisions] == [
        (SAME, "records-7", "REV"),
        (DIFFERENT, "records-7", "REV"),
    ]
    assert_whole(desk, EVERYBODY)


def test_no_organisation_sees_a_difference_in_what_it_has_registered(desk: Desk) -> None:
    case = a_pair(desk)
    before = {key: desk.own(*key) for key in EVERYBODY}

    def unchanged() -> None:
        for key, child in EVERYBODY.items():
            held, own = before[key], desk.own(*key)
            assert held
            assert own
            assert (own.version, own.recorded_at, own.refreshed_at) == (
                held.version,
                held.recorded_at,
                held.refreshed_at,
            )
            assert (own.child, own.service) == (held.child, held.service)
            assert not desk.put(*key, child).changed

    desk.decide(case, SAME)
    unchanged()
    desk.decide(case, DIFFERENT)
    unchanged()


def test_nothing_is_deleted_by_a_join_or_its_undoing(desk: Desk) -> None:
    case = a_pair(desk)
    before = {(item["pk"], item["sk"]) for item in dump(REGISTER)}
    desk.decide(case, SAME)
    between = {(item["pk"], item["sk"]) for item in dump(REGISTER)}
    desk.decide(case, DIFFERENT)
    assert before <= between <= {(item["pk"], item["sk"]) for item in dump(REGISTER)}


def test_the_same_decision_again_changes_nothing(desk: Desk) -> None:
    case = a_pair(desk)
    for decision in (SAME, DIFFERENT):
        first = desk.decide(case, decision)
        before = dump(REGISTER)
        assert desk.decide(case, decision) == first
        assert dump(REGISTER) == before


def test_no_key_case_or_work_of_the_list_holds_anything_personal(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, SAME)
    desk.decide(case, DIFFERENT)
    items = [item for item in dump(REGISTER) if item["kind"] not in ("involvement", "pointer", "claim", "match_key")]
    assert {item["kind"] for item in items} == {"case", "open_case", "work", "child", "difference"}
    keys = [item[name] for item in dump(REGISTER) for name in ("pk", "sk")]
    written = (str(items) + str(keys)).lower()
    values = [str(value).lower() for child in EVERYBODY.values() for value in child.values()]
    assert [value for value in values if value in written] == []


# What was registered since stays where it was registered; what was withdrawn stays withdrawn


def test_what_was_registered_after_a_join_stays_with_the_child_that_stayed(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, SAME)
    since = {(TRUST, "since"): {**CAT, "family_name": "Finch-Marsh"}}
    desk.put(TRUST, "since", since[TRUST, "since"])
    assert everybody_by_any_detail(desk) == [CATS | BENS | {*since}] * 5
    desk.decide(case, DIFFERENT)
    assert child_of(desk, TRUST, "since") == case.older
    assert everybody_by_any_detail(desk) == [CATS | {*since}] * 3 + [BENS] * 2
    assert_whole(desk, said_of(EVERYBODY, since))


def test_what_was_corrected_after_a_join_goes_back_when_it_is_undone(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, SAME)
    corrected = {**BEN, "postcode": "N3 1AA", "local_authority_child_id": {"authority": COUNCIL, "id": "4711"}}
    desk.put(TRUST, "ben-1", corrected)
    desk.put(TRUST, "ben-1", corrected, team="Oak")
    said = said_of(EVERYBODY, {(TRUST, "ben-1"): corrected})
    assert_whole(desk, said)
    desk.decide(case, DIFFERENT)
    assert child_of(desk, TRUST, "ben-1") == case.newer
    assert desk.who({"local_authority_child_id": {"authority": COUNCIL, "id": "4711"}}) == BENS
    assert_whole(desk, said)


def test_what_was_withdrawn_after_a_join_leads_to_nobody(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, SAME)
    for key in BENS:
        desk.withdraw(*key)
    assert [desk.who(asked) for asked in ASK_FOR_BEN] == [None, None]
    assert [desk.who(asked) for asked in ASK_FOR_CAT] == [CATS] * 3
    assert_whole(desk, OF_CAT)
    assert desk.decide(case, DIFFERENT).state is State.DIFFERENT
    assert_whole(desk, OF_CAT)


@pytest.mark.parametrize("gone", [CATS, BENS, CATS | BENS], ids=["of the older", "of the newer", "of both"])
def test_children_whose_involvements_have_all_been_withdrawn_can_be_joined_and_parted(
    desk: Desk, gone: set[tuple[str, str]]
) -> None:
    case = a_pair(desk)
    for key in sorted(gone):
        desk.withdraw(*key)
    left = {key: child for key, child in EVERYBODY.items() if key not in gone}
    desk.decide(case, SAME)
    assert_whole(desk, left)
    desk.decide(case, DIFFERENT)
    assert_whole(desk, left)
    for key, child in EVERYBODY.items():
        desk.put(*key, child)
    assert_whole(desk, EVERYBODY)
    assert everybody_by_any_detail(desk) == TWO_CHILDREN


# Found different


def test_two_that_were_found_different_are_never_joined(desk: Desk) -> None:
    case = a_pair(desk)
    assert desk.decide(case, DIFFERENT).state is State.DIFFERENT
    before = dump(REGISTER)
    with pytest.raises(FoundDifferentBefore):
        desk.decide(case, SAME)
    assert dump(REGISTER) == before
    assert everybody_by_any_detail(desk) == TWO_CHILDREN


def test_an_involvement_does_not_move_to_a_child_that_its_own_was_found_different_from(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, DIFFERENT)
    said = {**BEN, **{name: CAT[name] for name in ("given_name", "family_name", "nhs_number")}}
    desk.put(TRUST, "ben-1", {**CAT, "upn": BEN["upn"]})
    assert child_of(desk, TRUST, "ben-1") != case.older
    desk.put(TRUST, "ben-1", said)
    assert child_of(desk, TRUST, "ben-1") != case.older


def test_an_involvement_moves_as_before_between_children_that_nobody_told_apart(desk: Desk) -> None:
    case = a_pair(desk)
    desk.put(TRUST, "ben-1", {**CAT, "upn": "C123456789012"})
    assert child_of(desk, TRUST, "ben-1") == case.older


def test_a_pair_that_was_found_different_is_not_raised_again(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, DIFFERENT)
    desk.put(POLICE, "ben-3", OF_BEN[POLICE, "ben-3"], team="Oak")
    desk.put(TRUST, "ben-1", {**BEN, "nhs_number": CAT["nhs_number"]})
    assert desk.cases() == []


def test_a_pair_is_one_case_however_often_it_is_raised(desk: Desk) -> None:
    case = a_pair(desk)
    desk.put(POLICE, "ben-3", OF_BEN[POLICE, "ben-3"], team="Oak")
    desk.put(TRUST, "ben-1", {**BEN, "nhs_number": CAT["nhs_number"]})
    assert desk.cases() == [case]


# Three children


def three(desk: Desk) -> tuple[Case, Case]:
    """The case of Cat and Ben, and that of Ben and Dot."""
    first = a_pair(desk)
    for key, child in OF_DOT.items():
        desk.clock.move(seconds=1)
        desk.put(*key, child)
    (_, second) = desk.cases()
    assert {second.newer, second.older} == {first.newer, child_of(desk, COUNCIL, "dot-1")}
    return first, second


EVERYBODY_AND_DOT = said_of(EVERYBODY, OF_DOT)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the older pair first", "the newer pair first"])
def test_three_children_that_are_one_are_found_as_one(desk: Desk, order: tuple[int, int]) -> None:
    cases = three(desk)
    for which in order:
        assert desk.decide(cases[which], SAME).state is State.SAME
        assert_whole(desk, EVERYBODY_AND_DOT)
    everyone = {*EVERYBODY_AND_DOT}
    assert [*everybody_by_any_detail(desk), desk.who(ASK_FOR_DOT)] == [everyone] * 6
    for which in reversed(order):
        assert desk.decide(cases[which], DIFFERENT).state is State.DIFFERENT
        assert_whole(desk, EVERYBODY_AND_DOT)
    assert everybody_by_any_detail(desk) == TWO_CHILDREN
    assert desk.who(ASK_FOR_DOT) == {*OF_DOT}


def test_a_join_into_a_child_that_has_been_joined_on_cannot_be_undone_before_that_one(desk: Desk) -> None:
    older_pair, newer_pair = three(desk)
    desk.decide(newer_pair, SAME)  # Dot into Ben
    desk.decide(older_pair, SAME)  # Ben into Cat
    with pytest.raises(JoinedSince):
        desk.decide(newer_pair, DIFFERENT)
    assert_whole(desk, EVERYBODY_AND_DOT)
    desk.decide(older_pair, DIFFERENT)
    assert desk.decide(newer_pair, DIFFERENT).state is State.DIFFERENT
    assert everybody_by_any_detail(desk) == TWO_CHILDREN


def test_what_a_joined_child_was_found_different_from_the_child_it_became_is_different_from_too(desk: Desk) -> None:
    older_pair, newer_pair = three(desk)
    desk.decide(newer_pair, DIFFERENT)  # Dot is not Ben
    desk.decide(older_pair, SAME)  # Ben is Cat
    number = {"local_authority_child_id": {"authority": COUNCIL, "id": "77"}}
    desk.put(COUNCIL, "cat-1", {**CAT, **number})
    desk.put(COUNCIL, "dot-1", {**DOT, **number})
    assert desk.cases() == [], "Dot, who is not Ben, is not Cat: not a question any more"
    desk.put(TRUST, "dot-2", {**CAT, "upn": "D123456789012"})
    assert child_of(desk, TRUST, "dot-2") != older_pair.older


def test_what_a_joined_child_brought_along_goes_when_the_join_is_undone(desk: Desk) -> None:
    older_pair, newer_pair = three(desk)
    desk.decide(newer_pair, DIFFERENT)
    desk.decide(older_pair, SAME)
    desk.decide(older_pair, DIFFERENT)
    desk.put(TRUST, "dot-2", {**CAT, "upn": "D123456789012"})
    assert child_of(desk, TRUST, "dot-2") == older_pair.older, "nobody has ever said that Dot is not Cat"


def test_two_that_were_found_different_as_parts_of_others_are_different_when_they_come_out_again(desk: Desk) -> None:
    older_pair, newer_pair = three(desk)
    desk.decide(older_pair, SAME)  # Ben is Cat
    desk.decide(newer_pair, DIFFERENT)  # Dot is not Ben, who is Cat by now
    desk.decide(older_pair, DIFFERENT)
    with pytest.raises(FoundDifferentBefore):
        desk.decide(newer_pair, SAME)
    start = taken(REGISTER)
    for said, found_different in ((CAT, older_pair.older), (BEN, older_pair.newer)):
        put_back(REGISTER, start)
        changed = {**said, "upn": "D123456789012"}
        desk.put(TRUST, "dot-2", changed)
        assert child_of(desk, TRUST, "dot-2") != found_different
        assert_whole(desk, said_of(EVERYBODY_AND_DOT, {(TRUST, "dot-2"): changed}))


def test_a_case_of_two_that_have_become_one_by_others_is_closed_with_the_same_decision(desk: Desk) -> None:
    older_pair, newer_pair = three(desk)
    number = {"local_authority_child_id": {"authority": COUNCIL, "id": "77"}}
    desk.put(COUNCIL, "cat-1", {**CAT, **number})
    desk.put(COUNCIL, "dot-1", {**DOT, **number})
    (third,) = [case for case in desk.cases() if case not in (older_pair, newer_pair)]
    assert {third.newer, third.older} == {newer_pair.newer, older_pair.older}
    said = said_of(EVERYBODY_AND_DOT, {(COUNCIL, "cat-1"): {**CAT, **number}, (COUNCIL, "dot-1"): {**DOT, **number}})
    desk.decide(newer_pair, SAME)
    desk.decide(older_pair, SAME)
    with pytest.raises(JoinedSince):
        desk.decide(third, DIFFERENT)
    closed = desk.decide(third, SAME)
    assert (closed.state, closed.goes) == (State.SAME, None)
    assert desk.cases() == []
    with pytest.raises(JoinedSince):
        desk.decide(third, DIFFERENT)
    desk.decide(older_pair, DIFFERENT)
    assert_whole(desk, said)
    with pytest.raises(FoundDifferentBefore):  # Dot is still Ben, who by now is not Cat
        desk.decide(third, SAME)
    desk.decide(newer_pair, DIFFERENT)
    assert desk.decide(third, SAME).goes == third.newer
    assert_whole(desk, said)


# Others at the same time


def transactions(desk: Desk, case: Case, decision: Decision) -> int:
    """How many a decision takes, told by trying."""
    start, at = taken(REGISTER), desk.clock.now
    calls = Calls().of_tables()
    desk.decide(case, decision)
    put_back(REGISTER, start)
    desk.clock.now = at
    return calls.count()["TransactWriteItems"]


class Meanwhile:
    """Does something once, just before the n-th transaction is sent."""

    def __init__(self, which: int, act: Callable[[], object]) -> None:
        self._left, self._act = which, act
        self.has_acted = False
        Calls(before=self._before).of_tables()

    def _before(self, call: Call) -> None:
        if call.operation == "TransactWriteItems" and not self.has_acted:
            self._left -= 1
            if self._left == 0:
                self.has_acted = True
                self._act()


EVERY = 3
"""Of the places in which a change may come in between, each change is tried in one of so many; all together in all."""

CORRECTED: dict[str, Any] = {**BEN, "postcode": "N3 1AA"}
type Said = dict[tuple[str, str], dict[str, Any] | None]


def withdraw_ben(desk: Desk) -> None:
    for key in sorted(BENS):
        desk.withdraw(*key)


CHANGES: dict[str, tuple[Callable[[Desk], object], Said]] = {
    "ben is withdrawn": (lambda desk: desk.withdraw(TRUST, "ben-1"), {(TRUST, "ben-1"): None}),
    "cat is withdrawn": (lambda desk: desk.withdraw(COUNCIL, "cat-1"), {(COUNCIL, "cat-1"): None}),
    "ben's service changes": (lambda desk: desk.put(TRUST, "ben-1", BEN, team="Oak"), {}),
    "ben moves house": (lambda desk: desk.put(TRUST, "ben-1", CORRECTED), {(TRUST, "ben-1"): CORRECTED}),
    "ben's doubtful number goes": (lambda desk: desk.put(POLICE, "ben-3", BEN), {(POLICE, "ben-3"): BEN}),
    "cat's number goes": (
        lambda desk: desk.put(COUNCIL, "cat-1", {**CAT, "nhs_number": "9990000026"}),
        {(COUNCIL, "cat-1"): {**CAT, "nhs_number": "9990000026"}},
    ),
    "somebody new works with ben": (lambda desk: desk.put(COUNCIL, "new", BEN), {(COUNCIL, "new"): BEN}),
    "somebody new works with cat": (lambda desk: desk.put(TRUST, "new", CAT), {(TRUST, "new"): CAT}),
    "a reference moves to another child": (lambda desk: desk.put(SCHOOL, "ben-2", DOT), {(SCHOOL, "ben-2"): DOT}),
    "all of ben is withdrawn": (withdraw_ben, dict.fromkeys(BENS)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("decision", [SAME, DIFFERENT], ids=["joining", "undoing"])
def test_whatever_organisations_do_in_the_middle_is_done_and_nothing_is_lost(
    desk: Desk, decision: Decision, change: str
) -> None:
    case = a_pair(desk)
    if decision is DIFFERENT:
        desk.decide(case, SAME)
    act, differs = CHANGES[change]
    said = {key: child for key, child in EVERYBODY.items() if key not in differs}
    said |= {key: child for key, child in differs.items() if child is not None}
    start, at = taken(REGISTER), desk.clock.now
    first = 1 + list(CHANGES).index(change) % EVERY
    for which in range(first, transactions(desk, case, decision) + 1, EVERY):
        put_back(REGISTER, start)
        desk.clock.now = at

        def changed() -> None:
            act(desk)
            assert_whole(desk, said, at_rest=False)

        meanwhile = Meanwhile(which, changed)
        assert desk.decide(case, decision).state is State(decision)
        assert meanwhile.has_acted
        assert_whole(desk, said)
        for key, child in said.items():
            own = desk.own(*key)
            assert own
            assert own.child == details(child)


@pytest.mark.parametrize("child", [BEN, OF_BEN[SCHOOL, "ben-2"]], ids=["by details", "by a number"])
def test_a_registration_on_its_way_when_its_child_is_joined_lies_with_what_that_has_become(
    desk: Desk, child: dict[str, Any]
) -> None:
    case = a_pair(desk)
    registered = desk.put_while(lambda: desk.decide(case, SAME), COUNCIL, "new", child)
    assert desk.interrupted.conflicts == 1
    assert registered.involvement.child_id == case.older
    assert_whole(desk, said_of(EVERYBODY, {(COUNCIL, "new"): child}))


def test_a_withdrawal_on_its_way_when_its_child_is_joined_withdraws_from_what_that_has_become(desk: Desk) -> None:
    case = a_pair(desk)
    desk.withdraw_while(lambda: desk.decide(case, SAME), TRUST, "ben-1")
    assert desk.interrupted.conflicts == 1
    assert_whole(desk, {key: child for key, child in EVERYBODY.items() if key != (TRUST, "ben-1")})


@pytest.mark.parametrize("first", [SAME, DIFFERENT])
def test_of_two_decisions_at_once_one_comes_after_the_other(desk: Desk, first: Decision) -> None:
    case = a_pair(desk)
    start = taken(REGISTER)
    other = DIFFERENT if first is SAME else SAME
    for which in range(1, transactions(desk, case, first) + 1):
        put_back(REGISTER, start)

        def decide_otherwise() -> None:
            with suppress(FoundDifferentBefore):
                desk.decide(case, other)

        meanwhile = Meanwhile(which, decide_otherwise)
        with suppress(FoundDifferentBefore):
            desk.decide(case, first)
        assert meanwhile.has_acted
        ended = desk.reviews.case(case.case_id)
        assert ended
        assert ended.state is State.DIFFERENT, "whichever came first: different holds for ever"
        assert everybody_by_any_detail(desk) == TWO_CHILDREN
        assert_whole(desk, EVERYBODY)


def test_somebody_who_goes_on_with_a_join_at_the_same_time_does_no_harm(desk: Desk) -> None:
    case = a_pair(desk)
    start = taken(REGISTER)
    for decision in (SAME, DIFFERENT):
        for which in range(2, transactions(desk, case, decision) + 1):
            put_back(REGISTER, start)
            Meanwhile(which, desk.reviewing.go_on)
            desk.decide(case, decision)
            assert_whole(desk, EVERYBODY)
        start = taken(REGISTER)
