from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.child import ChildDetails, FormerName
from shared.domain.conflicts import Conflict
from shared.domain.directory import Capability
from shared.domain.errors import (
    Contended,
    InvolvementNotFound,
    NoLongerKept,
    NotPermitted,
    RegisterClosed,
    Unavailable,
    VersionMismatch,
)
from shared.domain.involvement import Registration, Service, ServiceType, Standing
from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Thresholds
from shared.domain.outcomes import Outcome
from shared.domain.review import MOST_CASES_OF_A_REGISTRATION, Cause
from shared.services.compartments import Compartments
from shared.services.cover import ToldByReceipt
from shared.services.register import Plan, content_of
from tests.support.builders import (
    COUNCIL,
    OTHER_NHS_NUMBER,
    PSEUDONYMS,
    SCHOOL,
    TODAY,
    TRUST,
    a_caller,
    a_child,
    a_question,
    a_registration,
    a_service,
    an_unborn_child,
    local_id,
    nhs_number,
    permissions,
    upn,
)
from tests.support.fakes import Faults
from tests.support.worlds import KEEPS_LONG, World

# Create, replace, repeat


def test_a_first_registration_creates_an_involvement_and_a_child() -> None:
    world = World()
    registered = world.put(a_registration())
    assert (registered.created, registered.changed) == (True, True)
    assert registered.involvement.version == 1
    assert registered.involvement.recorded_at == registered.involvement.refreshed_at == world.clock.at
    assert world.register.children == {registered.involvement.child_id}


def test_the_same_registration_again_changes_nothing_and_gives_the_same_answer() -> None:
    world = World()
    first = world.put(a_registration())
    second = world.put(a_registration())
    assert second.involvement == first.involvement
    assert (second.created, second.changed) == (False, False)
    assert world.register.calls["write"] == 1


def test_a_changed_registration_replaces_the_one_before() -> None:
    world = World()
    first = world.put(a_registration(team="North")).involvement
    second = world.put(a_registration(team="South"))
    assert (second.created, second.changed) == (False, True)
    assert second.involvement.version == 2
    assert second.involvement.service.team == "South"
    assert second.involvement.child_id == first.child_id
    assert (second.involvement.recorded_at, second.involvement.refreshed_at) == (first.recorded_at, world.clock.at)


def test_two_organisations_may_use_the_same_reference() -> None:
    world = World()
    council = world.put(a_registration(), by=COUNCIL).involvement
    school = world.put(a_registration(service_type=ServiceType.EDUCATION), by=SCHOOL).involvement
    assert world.registering.get("CASE-1", caller=a_caller(COUNCIL)) == council
    assert world.registering.get("CASE-1", caller=a_caller(SCHOOL)) == school


CHILDREN = st.builds(
    ChildDetails,
    given_name=st.sampled_from([None, "Amelia", "AMÉLIA", "Zoe", "Baby"]),
    family_name=st.sampled_from(["Okafor", "O'Kafor", "Hill"]),
    date_of_birth=st.sampled_from([date(2017, 5, 9), date(2015, 1, 2)]),
    postcode=st.sampled_from([None, "N12 0AB", "M1 1AE"]),
    identifiers=st.sets(
        st.sampled_from([nhs_number(), nhs_number(OTHER_NHS_NUMBER), upn(), local_id()]), max_size=2
    ).map(tuple),
)
SERVICES = st.builds(
    Service,
    service_type=st.sampled_from([ServiceType.SOCIAL_CARE, ServiceType.HOSPITAL]),
    standing=st.sampled_from(Standing),
    team=st.sampled_from([None, "North", "South"]),
)
REGISTRATIONS = st.lists(
    st.tuples(
        st.sampled_from([COUNCIL, TRUST]),
        st.builds(Registration, source_reference=st.sampled_from(["A", "B", "C"]), child=CHILDREN, service=SERVICES),
    ),
    min_size=1,
    max_size=6,
)


@given(REGISTRATIONS, st.integers(1, 3))
def test_a_registration_replayed_any_number_of_times_gives_the_same_answer(
    registrations: list[tuple[str, Registration]], times: int
) -> None:
    world = World()
    for organisation, registration in registrations:
        first = world.put(registration, by=organisation)
        before = world.register.state()
        for _ in range(times):
            again = world.put(registration, by=organisation)
            assert again.involvement == first.involvement
            assert not again.changed
        assert world.register.state() == before


@given(REGISTRATIONS)
def test_the_register_holds_what_each_organisation_said_last(registrations: list[tuple[str, Registration]]) -> None:
    world = World()
    for organisation, registration in registrations:
        world.put(registration, by=organisation)
    last = {(organisation, r.source_reference): r for organisation, r in registrations}
    held = world.register.state()
    assert held.keys() == last.keys()
    assert all(held[key][1:3] == (said.child, said.service) for key, said in last.items())


@given(REGISTRATIONS)
def test_withdrawing_everything_leaves_no_child(registrations: list[tuple[str, Registration]]) -> None:
    world = World()
    for organisation, registration in registrations:
        world.put(registration, by=organisation)
    for organisation, reference in world.register.state():
        world.withdraw(reference, by=organisation)
    assert not world.register.children
    assert not world.register.claims


CHANGES: list[Registration] = [
    replace(a_registration(), source_reference="CASE-2"),
    a_registration(child=a_child(given_name="Zoe")),
    a_registration(child=a_child(identifiers=(nhs_number(),))),
    *(
        a_registration(**changed)
        for changed in (
            {"service_type": ServiceType.HOSPITAL},
            {"standing": Standing.NOT_KNOWN},
            {"team": None},
            {"practitioner_name": "Idris Vaughan"},
            {"practitioner_role": None},
            {"duty_phone": "+44 20 7946 0019"},
            {"duty_email": None},
            {"started": date(2025, 9, 2)},
            {"ended": date(2026, 1, 1)},
            {"last_contact": None},
            {"lead_professional": True},
            {"assessment_held": True},
            {"source_system": "Mosaic"},
        )
    ),
]


@pytest.mark.parametrize("changed", CHANGES, ids=range(len(CHANGES)))
def test_whatever_changes_in_a_registration_changes_its_content(changed: Registration) -> None:
    assert content_of(changed, PSEUDONYMS) != content_of(a_registration(), PSEUDONYMS)


# Which child it is


def test_two_organisations_that_say_the_same_of_a_child_know_one_child() -> None:
    world = World()
    council = world.put(a_registration()).involvement
    school = world.put(a_registration("PUPIL-9", child=a_child(given_name="AMÉLIA")), by=SCHOOL).involvement
    assert council.child_id == school.child_id


def test_two_organisations_that_know_a_child_by_one_number_know_one_child() -> None:
    world = World()
    council = world.put(a_registration(child=a_child(identifiers=(nhs_number(),)))).involvement
    trust = world.put(a_registration("T1", child=ChildDetails(identifiers=(nhs_number(),))), by=TRUST).involvement
    assert council.child_id == trust.child_id


def test_twins_are_two_children() -> None:
    world = World()
    world.put(a_registration("CASE-1"))
    world.put(a_registration("CASE-2", child=a_child(given_name="Zoe")))
    assert len(world.register.children) == 2


def test_who_is_only_perhaps_the_same_is_registered_as_a_new_child() -> None:
    world = World()
    world.put(a_registration())
    world.put(a_registration("PUPIL-9", child=a_child(postcode="M1 1AE")), by=SCHOOL)
    assert len(world.register.children) == 2


@pytest.mark.parametrize(
    "corrected",
    [
        pytest.param({"family_name": "Okafor-Hill"}, id="family name"),
        pytest.param({"postcode": "M1 1AE"}, id="moved"),
        pytest.param({"date_of_birth": date(2017, 9, 5)}, id="date of birth"),
        pytest.param({"identifiers": (nhs_number(),)}, id="a number learnt"),
        pytest.param({"sex": None}, id="sex taken back"),
    ],
)
def test_a_correction_keeps_the_child(corrected: dict[str, Any]) -> None:
    world = World()
    before = world.put(a_registration()).involvement
    after = world.put(a_registration(child=a_child(**corrected))).involvement
    assert after.child_id == before.child_id
    assert after.child == a_child(**corrected)


def test_a_name_that_replaces_a_stand_in_keeps_the_child() -> None:
    world = World()
    before = world.put(a_registration(child=a_child(given_name="Baby"))).involvement
    assert world.put(a_registration()).involvement.child_id == before.child_id


def test_a_birth_keeps_the_child_that_was_due() -> None:
    world = World()
    before = world.put(a_registration(child=an_unborn_child(given_name="Amelia"))).involvement
    born = a_child(date_of_birth=date(2026, 5, 1))
    assert world.put(a_registration(child=born)).involvement.child_id == before.child_id


def test_a_corrected_given_name_keeps_a_child_that_has_a_number() -> None:
    world = World()
    before = world.put(a_registration(child=a_child(given_name="Amelai", identifiers=(nhs_number(),)))).involvement
    after = world.put(a_registration(child=a_child(identifiers=(nhs_number(),)))).involvement
    assert after.child_id == before.child_id


def test_a_corrected_nhs_number_keeps_the_child() -> None:
    world = World()
    before = world.put(a_registration(child=a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),)))).involvement
    after = world.put(a_registration(child=a_child(identifiers=(nhs_number(),)))).involvement
    assert after.child_id == before.child_id


STRANGER = a_child(given_name="Zoe", family_name="Hill", date_of_birth=date(2015, 1, 2), postcode="M1 1AE")


def test_another_childs_details_under_the_same_reference_move_it_to_that_child() -> None:
    world = World()
    zoe = world.put(a_registration("PUPIL-2", child=STRANGER), by=SCHOOL).involvement
    world.put(a_registration())
    moved = world.put(a_registration(child=STRANGER))
    assert moved.involvement.child_id == zoe.child_id
    assert (moved.created, moved.involvement.version) == (False, 2)
    assert world.register.children == {zoe.child_id}


def test_a_strangers_details_under_the_same_reference_make_a_new_child() -> None:
    world = World()
    before = world.put(a_registration()).involvement
    after = world.put(a_registration(child=STRANGER)).involvement
    assert world.register.children == {after.child_id} != {before.child_id}


# Close calls


def test_a_new_child_that_is_much_like_another_is_put_on_the_list_with_it() -> None:
    world = World()
    known = world.put(a_registration(child=a_child(identifiers=(nhs_number(),)))).involvement.child_id
    other = a_registration("T-1", child=a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),)))
    registered = world.put(other, by=TRUST).involvement.child_id
    (case,) = world.register.cases.values()
    assert (case.newer, case.older, case.cause) == (registered, known, Cause.ALIKE)
    assert case.sureness is not None
    assert case.sureness >= Thresholds().potential


def test_a_registration_raises_a_limited_number_of_cases_the_likeliest_first() -> None:
    world = World()
    for n in range(MOST_CASES_OF_A_REGISTRATION + 2):
        number = nhs_number(f"94347659{n:02}")
        known = a_registration(f"C-{n}", child=a_child(identifiers=(number,)))
        world.put(known)
    assert len(world.register.children) == MOST_CASES_OF_A_REGISTRATION + 2
    of_the_last = world.register.held[COUNCIL, f"C-{MOST_CASES_OF_A_REGISTRATION + 1}"].involvement.child_id
    raised = [case for case in world.register.cases.values() if case.newer == of_the_last]
    assert len(raised) == MOST_CASES_OF_A_REGISTRATION


def test_a_child_that_is_like_no_other_raises_no_case() -> None:
    world = World()
    world.put(a_registration())
    world.put(a_registration("T-1", child=STRANGER), by=TRUST)
    assert not world.register.cases


def planned(world: World, said: Registration) -> Plan:
    """By all that the register knows."""
    survey = world.register.survey(TRUST, said, world.clock.at)
    registering = world.registering_in(world.register)
    return registering.plan(
        said, survey.pointer, survey.candidates, world.clock.at, caller=a_caller(), told=ToldByReceipt()
    )


def test_what_a_plan_says_is_what_registering_does() -> None:
    world = World()
    world.put(a_registration(child=a_child(identifiers=(nhs_number(),))))
    for child in (a_child(), STRANGER, a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),))):
        said = a_registration("T-1", child=child)
        before = world.register.state()
        plan = planned(world, said)
        assert world.register.state() == before
        cases = len(world.register.cases)
        registered = world.put(said, by=TRUST)
        assert plan.child_is_new or plan.child_id == registered.involvement.child_id
        assert not plan.changes_nothing
        assert len(world.register.cases) - cases == len(plan.close_calls)
        assert planned(world, said).changes_nothing
        world.withdraw("T-1", by=TRUST)


def test_what_was_registered_before_there_were_former_names_deaths_and_sensitive_services_has_not_changed() -> None:
    without = asdict(a_registration())
    del without["child"]["former_names"], without["child"]["date_of_death"], without["service"]["sensitive_basis"]
    assert content_of(a_registration(), PSEUDONYMS) == PSEUDONYMS.of_content("registration", without)
    for said in ({"former_names": (FormerName("Amy"),)}, {"date_of_death": date(2026, 2, 1)}):
        changed = a_registration(child=a_child(**said))
        assert content_of(changed, PSEUDONYMS) != content_of(a_registration(), PSEUDONYMS)


def test_a_death_is_found_by_nobody_and_changes_nothing_about_who_is_meant() -> None:
    world = World()
    child_id = world.put(a_registration("CASE-1")).involvement.child_id
    registered = world.put(a_registration("CASE-1", child=a_child(date_of_death=date(2026, 2, 1))))
    assert (registered.changed, registered.involvement.child_id) == (True, child_id)
    assert world.registering.get("CASE-1", caller=a_caller()).child.date_of_death == date(2026, 2, 1)
    answer = world.ask(a_question())
    assert [i.source_reference for i in answer.involvements] == ["CASE-1"]
    assert not hasattr(answer.child, "date_of_death")


# Shields


def test_a_reference_that_takes_a_new_name_takes_the_shield_of_its_child_along() -> None:
    world = World()
    world.put(a_registration(child=a_child(identifiers=(nhs_number(),))))
    world.shield(world.child_of())
    new = a_child(given_name="Ruth", family_name="Moss", postcode="EN5 2AB", date_of_birth=date(2017, 5, 10))
    world.put(a_registration(child=new))
    assert world.register.shields[world.child_of()].inherited
    assert world.ask(a_question(child=new)).outcome is Outcome.NO_MATCH


def test_what_is_much_like_a_shielded_child_goes_before_what_is_more_like_another() -> None:
    world = World()
    for name in ("Amelia", "Bella", "Ngozi", "Priya", "Skye", "Wren"):
        world.put(a_registration(f"CASE-{name}", child=a_child(given_name=name)))
    wary = replace(
        world.registering_in(world.register), thresholds=Thresholds(match=0.999_999_9, potential=0.01, low=0.001)
    )
    said = a_registration("T-1", child=a_child(given_name=None))
    survey = world.register.survey(TRUST, said, world.clock.at)
    unshielded = wary.plan(
        said, survey.pointer, survey.candidates, world.clock.at, caller=a_caller(), told=ToldByReceipt()
    )
    assert len(unshielded.close_calls) == MOST_CASES_OF_A_REGISTRATION
    everybody = {candidate.meant for candidate in survey.candidates}
    (left_out,) = everybody - {call.child_id for call in unshielded.close_calls}
    world.shield(left_out)
    survey = world.register.survey(TRUST, said, world.clock.at)
    plan = wary.plan(said, survey.pointer, survey.candidates, world.clock.at, caller=a_caller(), told=ToldByReceipt())
    assert plan.close_calls[0].child_id == left_out


# If-Match


def test_a_registration_that_names_the_current_version_is_taken() -> None:
    world = World()
    world.put(a_registration())
    assert world.put(a_registration(team="South"), if_match=1).involvement.version == 2


def test_a_change_with_if_match_that_is_sent_again_gives_the_same_answer() -> None:
    world = World()
    world.put(a_registration())
    first = world.put(a_registration(team="East"), if_match=1)
    again = world.put(a_registration(team="East"), if_match=1)
    assert (first.changed, again.changed) == (True, False)
    assert again.involvement == first.involvement


@pytest.mark.parametrize("if_match", [1, 3])
def test_a_registration_that_names_another_version_changes_nothing(if_match: int) -> None:
    world = World()
    world.put(a_registration())
    world.put(a_registration(team="South"))
    with pytest.raises(VersionMismatch):
        world.put(a_registration(team="East"), if_match=if_match)
    assert world.registering.get("CASE-1", caller=a_caller()).service.team == "South"


def test_a_registration_that_names_a_version_of_nothing_creates_nothing() -> None:
    world = World()
    with pytest.raises(VersionMismatch):
        world.put(a_registration(), if_match=1)
    assert not world.register.children


# Others at the same time


def test_two_first_registrations_of_a_child_at_the_same_instant_make_one_child() -> None:
    world = World()
    world.register.before_write = partial(world.put, a_registration("PUPIL-9"), by=SCHOOL)
    registered = world.put(a_registration())
    assert registered.created
    assert world.register.children == {registered.involvement.child_id}
    assert world.pauses == [0]


def test_a_change_that_was_quicker_is_not_overwritten_unseen() -> None:
    world = World()
    world.put(a_registration(team="North"))
    world.register.before_write = partial(world.put, a_registration(team="South"))
    with pytest.raises(VersionMismatch):
        world.put(a_registration(team="East"), if_match=1)


def test_a_child_that_is_contended_all_along_is_left_as_it_is() -> None:
    world = World()
    faults = world.struck_by(Faults(error=Conflict))

    def again() -> None:
        faults.position = len(faults.calls)
        world.register.before_write = again

    world.register.before_write = again
    with pytest.raises(Contended):
        world.put(a_registration())
    assert not world.register.held
    assert world.pauses == list(range(len(world.pauses)))
    assert len(world.pauses) >= 10


# Permission, closure, faults


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(permissions(capabilities=frozenset({Capability.LOOKUP})), id="may only look up"),
        pytest.param(permissions(service_types=frozenset({ServiceType.EDUCATION})), id="not this service"),
    ],
)
def test_what_is_not_permitted_is_not_registered(given: Any) -> None:
    world = World()
    with pytest.raises(NotPermitted):
        world.registering.put(a_registration(), caller=a_caller(permissions=given), told=ToldByReceipt())
    assert not world.register.calls


def test_whoever_may_only_look_up_can_neither_read_nor_withdraw() -> None:
    world = World()
    world.put(a_registration())
    caller = a_caller(permissions=permissions(capabilities=frozenset({Capability.LOOKUP})))
    with pytest.raises(NotPermitted):
        world.registering.get("CASE-1", caller=caller)
    with pytest.raises(NotPermitted):
        world.registering.withdraw("CASE-1", caller=caller)


def test_after_closure_nothing_is_registered_read_or_withdrawn() -> None:
    world = World()
    world.put(a_registration())
    world.lifecycle = Lifecycle(world.clock.at)
    with pytest.raises(RegisterClosed):
        world.put(a_registration(team="South"))
    with pytest.raises(RegisterClosed):
        world.registering.get("CASE-1", caller=a_caller())
    with pytest.raises(RegisterClosed):
        world.withdraw()
    assert world.register.held[COUNCIL, "CASE-1"].involvement.service.team == a_service().team


CALLS: dict[str, Callable[[Compartments], object]] = {
    "put": lambda registering: registering.put(a_registration(team="South"), caller=a_caller(), told=ToldByReceipt()),
    "put unchanged": lambda registering: registering.put(a_registration(), caller=a_caller(), told=ToldByReceipt()),
    "get": lambda registering: registering.get("CASE-1", caller=a_caller()),
    "withdraw": lambda registering: registering.withdraw("CASE-1", caller=a_caller()),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_register_that_closes_in_between_acknowledges_and_shows_nothing(
    call: Callable[[Compartments], object],
) -> None:
    world = World()
    world.put(a_registration())
    closes_at = world.clock.at + timedelta(minutes=1)
    world.lifecycle = Lifecycle(closes_at)
    world.clock.moves_after(1, closes_at)
    with pytest.raises(RegisterClosed):
        call(world.registering)


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
@pytest.mark.parametrize("position", [0, 1])
def test_a_registration_that_failed_may_be_sent_again(position: int, *, after: bool) -> None:
    world = World()
    world.struck_by(Faults(position=position, after=after))
    with pytest.raises(Unavailable):
        world.put(a_registration())
    world.put(a_registration())
    unharmed = World()
    unharmed.put(a_registration())
    assert world.register.state() == unharmed.register.state()


# Reading and withdrawing


def test_an_organisation_reads_its_own_involvement_as_it_stated_it() -> None:
    world = World()
    registered = world.put(a_registration()).involvement
    assert world.registering.get("CASE-1", caller=a_caller()) == registered


@pytest.mark.parametrize(("reference", "by"), [("CASE-1", SCHOOL), ("CASE-2", COUNCIL)])
def test_another_organisations_reference_is_not_found_and_neither_is_one_that_never_was(
    reference: str, by: str
) -> None:
    world = World()
    world.put(a_registration())
    with pytest.raises(InvolvementNotFound):
        world.registering.get(reference, caller=a_caller(by))
    with pytest.raises(InvolvementNotFound):
        world.withdraw(reference, by=by)
    assert len(world.register.children) == 1


def test_what_was_withdrawn_is_not_found() -> None:
    world = World()
    world.put(a_registration())
    world.withdraw()
    with pytest.raises(InvolvementNotFound):
        world.registering.get("CASE-1", caller=a_caller())
    with pytest.raises(InvolvementNotFound):
        world.withdraw()


def test_what_was_withdrawn_may_be_registered_again_with_a_higher_version() -> None:
    world = World()
    world.put(a_registration())
    world.withdraw()
    again = world.put(a_registration())
    assert again.created
    assert (again.involvement.version, again.involvement.recorded_at) == (2, world.clock.at)


def test_a_withdrawal_that_names_another_version_withdraws_nothing() -> None:
    world = World()
    world.put(a_registration())
    with pytest.raises(VersionMismatch):
        world.withdraw(if_match=2)
    assert len(world.register.children) == 1


def test_a_withdrawal_that_names_the_current_version_is_taken() -> None:
    world = World()
    world.put(a_registration())
    world.withdraw(if_match=1)
    assert not world.register.children


def test_a_withdrawal_leaves_what_others_said() -> None:
    world = World()
    world.put(a_registration())
    school = world.put(a_registration("PUPIL-9"), by=SCHOOL).involvement
    world.withdraw()
    assert world.register.children == {school.child_id}


def test_a_withdrawal_that_met_somebody_else_tries_again() -> None:
    world = World()
    world.put(a_registration())
    world.struck_by(Faults(position=1, error=Conflict))
    world.withdraw()
    assert world.pauses == [0]
    assert not world.register.children


def test_a_withdrawal_that_is_contended_all_along_withdraws_nothing() -> None:
    world = World()
    world.put(a_registration())
    faults = world.struck_by(Faults(position=1, error=Conflict))
    registering = replace(
        world.registering_in(world.register), pause=lambda _attempt: setattr(faults, "position", len(faults.calls) + 1)
    )
    with pytest.raises(Contended):
        registering.withdraw("CASE-1", caller=a_caller())
    assert len(world.register.children) == 1


# What has had its time

LONG_AGO = {"standing": Standing.ENDED, "started": date(2020, 1, 1), "ended": date(2025, 2, 28), "last_contact": None}
GROWN_UP = a_child(date_of_birth=date(2008, 3, 1))
DIED = a_child(date_of_death=date(2025, 2, 28))
OVER = [
    pytest.param(a_registration("CASE-1", **LONG_AGO), "/ended", id="ended"),
    pytest.param(a_registration("CASE-1", child=GROWN_UP), "/child/date_of_birth", id="grown up"),
    pytest.param(a_registration("CASE-1", child=DIED), "/child/date_of_death", id="died"),
]


@pytest.mark.parametrize(("over", "pointer"), OVER)
def test_what_has_had_its_time_is_refused_before_anything_is_written(over: Registration, pointer: str) -> None:
    world = World()
    with pytest.raises(NoLongerKept) as refused:
        world.put(over)
    assert refused.value.pointer == pointer
    assert not world.register.held
    assert world.register.calls in ({}, {"pointers": 1})


def test_a_birth_that_may_be_a_slip_costs_nothing_of_what_was_held() -> None:
    world = World()
    world.put(a_registration("CASE-1"))
    with pytest.raises(NoLongerKept):
        world.put(a_registration("CASE-1", child=GROWN_UP))
    assert world.register.held[COUNCIL, "CASE-1"].is_live


@pytest.mark.parametrize("over", [a_registration("CASE-1", **LONG_AGO), a_registration("CASE-1", child=DIED)])
def test_what_was_held_under_the_reference_is_withdrawn_at_once_if_it_ended_or_the_child_died(
    over: Registration,
) -> None:
    world = World()
    world.put(a_registration("CASE-1"))
    world.put(a_registration("HV-1"), by=TRUST)
    for _ in range(2):  # sent again, nothing more happens
        with pytest.raises(NoLongerKept, match="put the date right"):
            world.put(over)
        assert [i.source_reference for i in world.ask(a_question()).involvements] == ["HV-1"]
    assert world.register.calls["withdraw"] == 1


def test_what_has_not_changed_but_has_had_its_time_since_is_withdrawn() -> None:
    world = World()
    nearly = a_registration("CASE-1", **(LONG_AGO | {"ended": TODAY - timedelta(days=365)}))
    assert world.put(nearly).created
    world.clock.move(timedelta(days=2))
    with pytest.raises(NoLongerKept):
        world.put(nearly)
    assert not world.ask(a_question()).involvements


def test_once_the_date_is_put_right_it_is_registered_again() -> None:
    world = World()
    world.put(a_registration("CASE-1"))
    with pytest.raises(NoLongerKept):
        world.put(a_registration("CASE-1", **LONG_AGO))
    assert world.put(a_registration("CASE-1")).created


def test_another_version_than_the_one_meant_is_not_withdrawn() -> None:
    world = World()
    world.put(a_registration("CASE-1"))
    with pytest.raises(VersionMismatch):
        world.put(a_registration("CASE-1", **LONG_AGO), if_match=2)
    assert world.ask(a_question()).involvements
    with pytest.raises(NoLongerKept):
        world.put(a_registration("CASE-1", **LONG_AGO), if_match=1)


def test_who_may_not_register_a_service_withdraws_nothing_by_sending_it_as_ended_long_ago() -> None:
    world = World()
    world.put(a_registration("CASE-1"))
    caller = a_caller(COUNCIL, permissions=permissions(service_types=frozenset()))
    with pytest.raises(NotPermitted):
        world.registering.put(a_registration("CASE-1", **LONG_AGO), caller=caller, told=ToldByReceipt())
    assert world.register.held[COUNCIL, "CASE-1"].is_live


def test_a_register_that_is_closed_says_so_of_what_has_had_its_time_too() -> None:
    world = World()
    world.put(a_registration("CASE-1"))
    world.lifecycle = Lifecycle(world.clock.at)
    with pytest.raises(RegisterClosed):
        world.put(a_registration("CASE-1", **LONG_AGO))
    assert world.register.held[COUNCIL, "CASE-1"].is_live


def test_how_long_is_kept_is_configured() -> None:
    world = World(retention=KEEPS_LONG)
    assert world.put(a_registration("CASE-1", **LONG_AGO)).created
    assert world.put(a_registration("CASE-2", child=GROWN_UP)).created
