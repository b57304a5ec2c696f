from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from shared.domain.access import Answered
from shared.domain.conflicts import Conflict
from shared.domain.directory import Caller, Capability
from shared.domain.disclosure import policy_of
from shared.domain.errors import (
    AccessNotRecorded,
    AskedTooOften,
    CaseNotFound,
    Contended,
    FoundDifferentBefore,
    JoinedSince,
    NotPermitted,
    RegisterClosed,
    Unavailable,
)
from shared.domain.involvement import ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.review import LEGAL_BASIS, PURPOSE, Case, Cause, Comparison, Decision, Page, State
from shared.services.review import ReviewChildren
from tests.support.builders import (
    COUNCIL,
    ORDINARY_SERVICES,
    SCHOOL,
    TRUST,
    a_caller,
    a_child,
    a_practitioner,
    a_question,
    a_registration,
    everyday,
    nhs_number,
    permissions,
    upn,
)
from tests.support.fakes import Faults
from tests.support.worlds import World

SAME, DIFFERENT = Decision.SAME, Decision.DIFFERENT
IDS = ("compare-1", "compare-2")
STRANGER: dict[str, Any] = {
    "given_name": "Zoe",
    "family_name": "Hill",
    "date_of_birth": date(2015, 1, 2),
    "postcode": "M1 1AE",
    "sex": None,
}


def a_pair() -> tuple[World, Case]:
    """Amelia, and a stranger who is said to have her NHS number."""
    world = World()
    world.put(a_registration(child=a_child(identifiers=(nhs_number(),))))
    world.put(a_registration("PUPIL-9", child=a_child(**STRANGER, identifiers=(upn(),))), by=SCHOOL)
    stranger = a_child(**STRANGER, identifiers=(upn(), nhs_number()))
    world.put(a_registration("PUPIL-9", child=stranger), by=SCHOOL)
    (case,) = page(world).cases
    world.access_log.records.clear()
    return world, case


def page(world: World, *, after: str | None = None, limit: int = 50) -> Page:
    return listed(world, a_caller(TRUST), after=after, limit=limit)


def listed(world: World, caller: Caller, *, after: str | None = None, limit: int = 50) -> Page:
    return world.reviewing.open_cases(
        caller=caller, after=after, limit=limit, access_id=f"list-{len(world.records) + 1}", request_id="request-1"
    )


def decide(world: World, case: Case, decision: Decision, **said: Any) -> Case:
    world.clock.move()
    ids = (f"decide-{len(world.records)}", f"decide-{len(world.records)}-older")
    practitioner, caller = a_practitioner(**said), a_caller(TRUST)
    return world.reviewing.decide(
        case.case_id, decision, practitioner, caller=caller, access_ids=ids, request_id="request-1"
    )


def compare(world: World, case: Case | str, **said: Any) -> Comparison:
    caller = said.pop("caller", a_caller(TRUST))
    return world.reviewing.compare(
        case if isinstance(case, str) else case.case_id,
        a_practitioner(**said),
        "ticket 12",
        caller=caller,
        access_ids=IDS,
        request_id="request-1",
    )


# The list


def test_a_number_that_is_said_of_two_children_puts_both_on_the_list() -> None:
    world, case = a_pair()
    assert (case.cause, case.sureness, case.state) == (Cause.NUMBER, None, State.OPEN)
    assert case.older == world.register.held[COUNCIL, "CASE-1"].involvement.child_id
    assert case.newer == world.register.held[SCHOOL, "PUPIL-9"].involvement.child_id


def test_a_decided_case_is_on_the_list_no_more() -> None:
    world, case = a_pair()
    decide(world, case, DIFFERENT)
    assert page(world) == Page([], None)


def test_whoever_may_not_see_every_ordinary_service_reviews_nothing() -> None:
    world, case = a_pair()
    sees_less = a_caller(TRUST, permissions=permissions(sees=ORDINARY_SERVICES - {ServiceType.HOUSING}))
    with pytest.raises(NotPermitted, match="every service"):
        listed(world, sees_less)
    with pytest.raises(NotPermitted, match="every service"):
        compare(world, case, caller=sees_less)


# The children of a pair behind a shield

REVIEWS = everyday()
SHIELD_TEAM = a_caller(COUNCIL)
OTHERS = {
    "another organisation": a_caller(TRUST),
    "another organisation, without any right to shields": a_caller(TRUST, permissions=REVIEWS),
    "the same organisation, without the right to shields": a_caller(COUNCIL, permissions=REVIEWS),
    "the shield team's organisation with a token for reviews alone": replace(
        SHIELD_TEAM, scopes=frozenset({Capability.REVIEW})
    ),
}


@pytest.mark.parametrize("side", ["CASE-1", "PUPIL-9"])
@pytest.mark.parametrize("caller", OTHERS.values(), ids=OTHERS.keys())
def test_a_case_of_a_shielded_child_is_there_for_nobody_but_its_shield_team(caller: Caller, side: str) -> None:
    world, case = a_pair()
    world.shield(world.child_of(side, by=COUNCIL if side == "CASE-1" else SCHOOL))
    assert listed(world, caller) == Page([], None)
    with pytest.raises(CaseNotFound):
        compare(world, case, caller=caller)
    ids = ("decide-1", "decide-2")
    with pytest.raises(CaseNotFound):
        world.reviewing.decide(case.case_id, SAME, a_practitioner(), caller=caller, access_ids=ids, request_id="r")
    assert world.register.cases[case.case_id] == case
    assert [(r.outcome, r.shown, r.child_id) for r in world.records] == [
        ("reviews_listed", "nothing", None),
        ("case_not_found", "nothing", None),
        ("case_not_found", "nothing", None),
    ]


def test_the_shield_team_reviews_the_cases_of_the_children_it_shields() -> None:
    world, case = a_pair()
    world.shield(case.older)
    assert list(listed(world, SHIELD_TEAM).cases) == [case]
    shown = compare(world, case, caller=SHIELD_TEAM)
    assert shown.older.involvements
    assert sorted(record.shown for record in world.records) == [
        "child_and_involvements",
        "nothing",  # of the list
        "shielded_child_and_involvements",
    ]
    ids = ("decide-1", "decide-2")
    practitioner = a_practitioner()
    case = world.reviewing.decide(case.case_id, SAME, practitioner, caller=SHIELD_TEAM, access_ids=ids, request_id="r")
    assert case.state is State.SAME
    assert world.register.shields[case.newer] == world.register.shields[case.older]


def test_a_shield_that_has_run_out_hides_no_case() -> None:
    world, case = a_pair()
    world.shield(case.older, until=world.clock.at + timedelta(days=1))
    world.clock.move(timedelta(days=1))
    assert list(page(world).cases) == [case]
    assert compare(world, case).older.involvements


def test_whoever_has_compared_too_often_is_told_when_to_try_again_on_record() -> None:
    world, case = a_pair()
    world.limits.most = 1
    compare(world, case)
    with pytest.raises(AskedTooOften) as refusal:
        world.reviewing.compare(
            case.case_id, a_practitioner(), None, caller=a_caller(TRUST), access_ids=("c", "d"), request_id="r"
        )
    assert refusal.value.retry_after == 60
    assert (world.records[-1].access_id, world.records[-1].outcome) == ("c", "asked_too_often")


# The comparison


def test_both_children_are_shown_and_each_has_its_access_record() -> None:
    world, case = a_pair()
    shown = compare(world, case)
    assert (shown.older.child.given_name, shown.newer.child.given_name) == ("Amelia", "Zoe")
    assert [i.source_reference for i in shown.older.involvements] == ["CASE-1"]
    assert [i.source_reference for i in shown.newer.involvements] == ["PUPIL-9"]
    assert shown.access_ids == IDS
    assert [(r.access_id, r.child_id) for r in sorted(world.records, key=lambda r: r.access_id)] == [
        ("compare-1", case.newer),
        ("compare-2", case.older),
    ]
    for record in world.records:
        assert (record.answered, record.outcome, record.shown) == (Answered.ANSWERED, "match", "child_and_involvements")
        assert (record.purpose, record.legal_basis, record.note) == (PURPOSE, LEGAL_BASIS, "ticket 12")
        assert (record.organisation, record.practitioner_role, record.request_id) == (TRUST, "nurse", "request-1")
        assert record.policy == "1/1"


def test_the_comparison_says_how_each_detail_agrees() -> None:
    world, case = a_pair()
    assert compare(world, case).agreement == {
        "given_name": "different",
        "family_name": "different",
        "date_of_birth": "different",
        "sex": "not_known",
        "postcode": "different",
        "nhs_number": "same",
        "upn": "not_known",
        "local_authority_child_id": "not_known",
    }


def test_a_child_of_whom_a_reviewer_may_see_nothing_is_no_case() -> None:
    world, case = a_pair()
    world.holds("PUPIL-9", service_type=ServiceType.MENTAL_HEALTH)
    with pytest.raises(CaseNotFound):
        compare(world, case)
    (record,) = world.records
    assert (record.answered, record.outcome, record.child_id) == (Answered.REFUSED, "case_not_found", None)


COMPARING = ("reviews.case", "limits.spend", "reviews.sides", "access_log.append", "access_log.append")


@pytest.mark.parametrize("position", range(len(COMPARING)))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_nothing_is_shown_that_is_not_on_record_for_both(position: int, *, after: bool) -> None:
    world, case = a_pair()
    faults = world.struck_by(Faults(position=position, after=after))
    with pytest.raises(Unavailable):
        compare(world, case)
    assert faults.calls[position] == COMPARING[position]


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"role": "teacher", "caller": a_caller(TRUST, permissions=permissions(roles=frozenset()))},
        NotPermitted,
        "not_permitted",
    ),
    (
        {"caller": a_caller(TRUST, permissions=permissions(capabilities=frozenset({Capability.LOOKUP})))},
        NotPermitted,
        "not_permitted",
    ),
]


@pytest.mark.parametrize(("said", "error", "code"), REFUSED, ids=["not this role", "may not review"])
def test_who_may_not_compare_is_refused_on_record_without_a_child(
    said: dict[str, Any], error: type[Exception], code: str
) -> None:
    world, case = a_pair()
    with pytest.raises(error):
        compare(world, case, **said)
    (record,) = world.records
    assert (record.access_id, record.answered, record.outcome) == (IDS[0], Answered.REFUSED, code)
    assert (record.child_id, record.shown) == (None, "nothing")


def test_an_unknown_case_is_refused_on_record() -> None:
    world, _ = a_pair()
    with pytest.raises(CaseNotFound):
        compare(world, "no such case")
    (record,) = world.records
    assert (record.answered, record.outcome, record.child_id) == (Answered.REFUSED, "case_not_found", None)


def test_a_refusal_that_cannot_be_recorded_is_not_given() -> None:
    world, _ = a_pair()
    world.access_log.faults = Faults(position=0)
    with pytest.raises(AccessNotRecorded):
        compare(world, "no such case")


def test_of_a_pair_that_has_been_joined_each_side_shows_what_came_of_it() -> None:
    world, case = a_pair()
    decide(world, case, SAME)
    shown = compare(world, case)
    assert [i.source_reference for i in shown.older.involvements] == ["CASE-1"]
    assert [i.source_reference for i in shown.newer.involvements] == ["PUPIL-9"]


# Decisions


def test_same_joins_the_newer_child_into_the_older() -> None:
    world, case = a_pair()
    decided = decide(world, case, SAME)
    assert (decided.state, decided.decided_by, decided.decided_for) == (State.SAME, "NMC-12A3456E", TRUST)
    assert decided.decided_at == world.clock.at
    assert world.register.children == {case.older}
    found = world.ask(a_question(child=a_child(**STRANGER)))
    assert found.child
    assert found.child.child_id == case.older
    assert len(found.involvements) == 2


def test_different_leaves_two_children_and_same_is_refused_ever_after() -> None:
    world, case = a_pair()
    assert decide(world, case, DIFFERENT).state is State.DIFFERENT
    with pytest.raises(FoundDifferentBefore):
        decide(world, case, SAME)
    assert world.register.children == {case.newer, case.older}


def test_different_after_same_undoes_the_join_and_both_decisions_are_kept() -> None:
    world, case = a_pair()
    decide(world, case, SAME)
    undone = decide(world, case, DIFFERENT, practitioner_id="GMC-7")
    assert undone.state is State.DIFFERENT
    assert [(said.decision, said.by) for said in undone.decisions] == [(SAME, "NMC-12A3456E"), (DIFFERENT, "GMC-7")]
    assert world.register.held[SCHOOL, "PUPIL-9"].involvement.child_id == case.newer
    with pytest.raises(FoundDifferentBefore):
        decide(world, case, SAME)


@pytest.mark.parametrize("decision", Decision)
def test_the_same_decision_again_gives_the_same_answer(decision: Decision) -> None:
    world, case = a_pair()
    first = decide(world, case, decision)
    assert decide(world, case, decision, practitioner_id="GMC-7") == first


def test_a_join_that_was_interrupted_is_finished_by_the_same_decision() -> None:
    world, case = a_pair()
    world.struck_by(Faults(position=4))
    with pytest.raises(Unavailable):
        decide(world, case, SAME)
    world.struck_by(Faults())
    assert world.register.cases[case.case_id].state is State.JOINING
    assert decide(world, case, SAME).state is State.SAME


@pytest.mark.parametrize("decision", Decision)
def test_what_was_interrupted_goes_on_by_itself(decision: Decision) -> None:
    world, case = a_pair()
    if decision is DIFFERENT:
        decide(world, case, SAME)
    world.struck_by(Faults(position=4))
    with pytest.raises(Unavailable):
        decide(world, case, decision)
    world.struck_by(Faults())
    assert world.reviewing.go_on() == 1
    assert world.register.cases[case.case_id].state is State(decision)
    assert world.reviewing.go_on() == 0


def test_different_while_a_join_is_under_way_finishes_it_and_undoes_it() -> None:
    world, case = a_pair()
    world.struck_by(Faults(position=4))
    with pytest.raises(Unavailable):
        decide(world, case, SAME)
    world.struck_by(Faults())
    assert decide(world, case, DIFFERENT).state is State.DIFFERENT
    assert len(world.register.children) == 2


def test_a_step_that_others_overtake_is_tried_again() -> None:
    world, case = a_pair()
    world.struck_by(Faults(position=4, error=Conflict))
    assert decide(world, case, SAME).state is State.SAME
    assert world.pauses == [0]


def test_a_join_that_is_overtaken_all_along_is_given_up_for_now() -> None:
    world, case = a_pair()
    decided = decide(world, case, SAME)
    world.register.cases[case.case_id] = replace(decided, state=State.JOINING)
    faults = world.struck_by(Faults(position=2, error=Conflict))
    reviewing = replace(world.reviewing, pause=lambda _attempt: setattr(faults, "position", len(faults.calls) + 1))
    with pytest.raises(Contended):
        reviewing.go_on()
    world.struck_by(Faults())
    assert world.reviewing.go_on() == 1


def test_what_is_under_way_with_one_of_the_children_is_finished_first() -> None:
    world, first = a_pair()
    third = a_child(given_name="Ida", family_name="Moss", date_of_birth=date(2012, 3, 4), postcode="B1 1AA", sex=None)
    world.put(a_registration("T-1", child=replace(third, identifiers=(nhs_number("4505577104"),))), by=TRUST)
    world.put(a_registration("T-1", child=replace(third, identifiers=(nhs_number("4505577104"), upn()))), by=TRUST)
    (second,) = [case for case in page(world).cases if case != first]
    world.struck_by(Faults(position=4))
    with pytest.raises(Unavailable):
        decide(world, first, SAME)
    world.struck_by(Faults())
    assert decide(world, second, SAME).state is State.SAME
    assert world.register.cases[first.case_id].state is State.SAME
    assert world.register.children == {first.older}


def test_two_that_became_one_by_other_cases_are_not_found_different_before_those_are_undone() -> None:
    world, case = a_pair()
    decided = decide(world, case, SAME)
    world.register.cases["other"] = replace(decided, case_id="other", state=State.OPEN, goes=None, stays=None)
    with pytest.raises(JoinedSince):
        decide(world, world.register.cases["other"], DIFFERENT)
    assert decide(world, world.register.cases["other"], SAME).state is State.SAME


def test_an_unknown_case_is_not_decided() -> None:
    world, case = a_pair()
    with pytest.raises(CaseNotFound):
        decide(world, replace(case, case_id="no such case"), SAME)


@pytest.mark.parametrize(
    "given",
    [permissions(capabilities=frozenset({Capability.LOOKUP, Capability.REGISTER})), permissions(roles=frozenset())],
    ids=["may not review", "not this role"],
)
def test_who_may_not_review_decides_nothing(given: Any) -> None:
    world, case = a_pair()
    with pytest.raises(NotPermitted):
        world.reviewing.decide(
            case.case_id,
            SAME,
            a_practitioner(),
            caller=a_caller(TRUST, permissions=given),
            access_ids=IDS,
            request_id="r",
        )
    assert world.register.cases[case.case_id] == case


@pytest.mark.parametrize("decision", Decision)
def test_a_decision_is_recorded_for_each_child_with_who_decided(decision: Decision) -> None:
    world, case = a_pair()
    world.access_log.records.clear()
    decide(world, case, decision)
    assert [(r.access_id, r.child_id, r.outcome, r.shown) for r in world.records] == [
        ("decide-0", case.newer, decision, "nothing"),
        ("decide-0-older", case.older, decision, "nothing"),
    ]
    for record in world.records:
        assert (record.answered, record.purpose, record.legal_basis) == (Answered.ANSWERED, PURPOSE, LEGAL_BASIS)
        assert record.practitioner_id == a_practitioner().practitioner_id


def test_a_decision_that_is_refused_is_recorded_so_without_a_child() -> None:
    world, case = a_pair()
    decide(world, case, DIFFERENT)
    world.access_log.records.clear()
    with pytest.raises(FoundDifferentBefore):
        decide(world, case, SAME)
    with pytest.raises(CaseNotFound):
        decide(world, replace(case, case_id="none"), SAME)
    with pytest.raises(NotPermitted):
        world.reviewing.decide(
            case.case_id,
            SAME,
            a_practitioner(),
            caller=a_caller(TRUST, permissions=permissions(roles=frozenset())),
            access_ids=IDS,
            request_id="r",
        )
    assert [(r.answered, r.outcome, r.child_id) for r in world.records] == [
        (Answered.REFUSED, outcome, None) for outcome in ("found_different_before", "case_not_found", "not_permitted")
    ]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("which", [0, 1])
def test_no_decision_is_acknowledged_that_is_not_on_record_for_both(which: int, *, after: bool) -> None:
    world, case = a_pair()
    world.access_log.faults = Faults(position=which, after=after)
    with pytest.raises(AccessNotRecorded):
        decide(world, case, SAME)
    world.access_log.faults = Faults()
    world.access_log.records.clear()
    assert decide(world, case, SAME).state is State.SAME
    assert len(world.records) == 2


def test_that_the_list_was_read_is_recorded_without_a_child() -> None:
    world, _ = a_pair()
    world.access_log.records.clear()
    listed(world, a_caller(TRUST))
    (record,) = world.records
    assert (record.access_id, record.answered, record.outcome) == ("list-1", Answered.ANSWERED, "reviews_listed")
    assert (record.purpose, record.shown, record.child_id) == (PURPOSE, "nothing", None)


@pytest.mark.parametrize("after", [False, True])
def test_a_list_that_is_not_on_record_is_not_told(*, after: bool) -> None:
    world, _ = a_pair()
    world.access_log.faults = Faults(position=0, after=after)
    with pytest.raises(AccessNotRecorded):
        listed(world, a_caller(TRUST))


def test_who_may_not_review_sees_no_list() -> None:
    world, _ = a_pair()
    caller = a_caller(TRUST, permissions=permissions(capabilities=frozenset({Capability.LOOKUP})))
    with pytest.raises(NotPermitted):
        listed(world, caller)
    (record,) = world.records
    assert (record.access_id, record.answered, record.outcome) == ("list-1", Answered.REFUSED, "not_permitted")
    assert (record.purpose, record.policy, record.practitioner_id) == (PURPOSE, policy_of(caller), None)


# Found different, as registrations meet it


def test_an_involvement_does_not_move_to_a_child_that_its_own_was_found_different_from() -> None:
    world, case = a_pair()
    decide(world, case, DIFFERENT)
    world.put(a_registration("PUPIL-9", child=a_child()), by=SCHOOL)
    assert world.register.held[SCHOOL, "PUPIL-9"].involvement.child_id != case.older


def test_a_registration_of_a_child_that_is_just_being_joined_lies_with_what_it_becomes() -> None:
    world, case = a_pair()
    world.register.before_write = lambda: setattr(world.register, "joined", {case.newer: case.older})
    registered = world.put(a_registration("T-1", child=a_child(**STRANGER)), by=TRUST)
    assert registered.involvement.child_id == case.older


# Closure


CALLS: dict[str, Callable[[ReviewChildren, Case], object]] = {
    "list": lambda reviewing, _: reviewing.open_cases(
        caller=a_caller(TRUST), after=None, limit=1, access_id="list-1", request_id="r"
    ),
    "compare": lambda reviewing, case: reviewing.compare(
        case.case_id, a_practitioner(), None, caller=a_caller(TRUST), access_ids=IDS, request_id="r"
    ),
    "same": lambda reviewing, case: reviewing.decide(
        case.case_id, SAME, a_practitioner(), caller=a_caller(TRUST), access_ids=IDS, request_id="r"
    ),
    "different": lambda reviewing, case: reviewing.decide(
        case.case_id, DIFFERENT, a_practitioner(), caller=a_caller(TRUST), access_ids=IDS, request_id="r"
    ),
}


@pytest.mark.parametrize("reads", [0, 1])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_register_that_is_closed_or_closes_meanwhile_shows_and_acknowledges_nothing(
    call: Callable[[ReviewChildren, Case], object], reads: int
) -> None:
    world, case = a_pair()
    closes_at = world.clock.at + timedelta(minutes=1)
    world.lifecycle = Lifecycle(closes_at)
    world.clock.moves_after(reads, closes_at)
    with pytest.raises(RegisterClosed):
        call(world.reviewing, case)


def test_nothing_goes_on_in_a_closed_register() -> None:
    world, case = a_pair()
    world.struck_by(Faults(position=4))
    with pytest.raises(Unavailable):
        decide(world, case, SAME)
    faults = world.struck_by(Faults())
    world.lifecycle = Lifecycle(world.clock.at)
    assert world.reviewing.go_on() == 0
    assert faults.calls == []


def test_a_register_that_closes_while_something_goes_on_stops_it() -> None:
    world, case = a_pair()
    world.struck_by(Faults(position=4))
    with pytest.raises(Unavailable):
        decide(world, case, SAME)
    world.struck_by(Faults())
    closes_at = world.clock.at + timedelta(minutes=1)
    world.lifecycle = Lifecycle(closes_at)
    world.clock.moves_after(1, closes_at)
    assert world.reviewing.go_on() == 0
    assert world.register.cases[case.case_id].state is State.JOINING
