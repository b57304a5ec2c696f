"""What is out of the coverage is not taken in, tells nothing by that, and changes nothing that is held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.access import Answered
from shared.domain.directory import Caller, Capability
from shared.domain.errors import AskedTooOften, NotPermitted, OutOfCoverage, Unavailable, VersionMismatch
from shared.domain.extract import Row
from shared.domain.involvement import Registration, ServiceType, Standing
from shared.domain.targeting import Targeting
from tests.support.builders import (
    COUNCIL,
    SCHOOL,
    TRUST,
    a_caller,
    a_child,
    a_registration,
    everyday,
    nhs_number,
    permissions,
)
from tests.support.fakes import Faults
from tests.support.worlds import World, in_confidence

ADDITIONAL = Targeting.configured("all", "additional")
NO_HOSPITALS = Targeting(frozenset(ServiceType) - {ServiceType.HOSPITAL})
TWIN = a_child(given_name="Ann", postcode="N12 0AB")


def at_school(reference: str = "PUPIL-9", **said: Any) -> Registration:
    return a_registration(reference, service_type=ServiceType.EDUCATION, **said)


def help_early(**said: Any) -> Registration:
    return a_registration("EH-1", service_type=ServiceType.EARLY_HELP, **said)


def targeted(*held: Registration, targeting: Targeting = ADDITIONAL) -> World:
    """A register that was for all, with what the council registered then, and is targeted now."""
    world = World()
    for registration in held:
        world.put(registration)
    world.targeting = targeting
    return world


def refusal(world: World, registration: Registration, **said: Any) -> OutOfCoverage:
    """Why it is refused; nothing that others have said has changed, and of its reference nothing is held any more."""
    before = live(world)
    with pytest.raises(OutOfCoverage) as refused:
        world.put(registration, **{"by": SCHOOL, **said})
    organisation = said["caller"].organisation.code if "caller" in said else said.get("by", SCHOOL)
    assert live(world) == before - {(organisation, registration.source_reference)}
    return refused.value


def live(world: World) -> set[tuple[str, str]]:
    """Organisations and references of all that is held, in both compartments."""
    return {
        key for register in (world.register, world.sensitive) for key, held in register.held.items() if held.is_live
    }


# Services


def test_a_service_that_the_register_is_not_for_is_refused_by_the_name_of_the_rule() -> None:
    world = targeted(targeting=NO_HOSPITALS)
    refused = refusal(world, a_registration(service_type=ServiceType.HOSPITAL))
    assert (refused.rule, refused.pointer) == ("CoverageServiceTypes", "/service_type")
    assert world.put(help_early()).created


def test_what_is_held_may_be_changed_and_withdrawn_as_long_as_it_is() -> None:
    stay = a_registration("H-1", service_type=ServiceType.HOSPITAL)
    world = targeted(stay, targeting=NO_HOSPITALS)
    assert not world.put(stay).changed
    assert world.put(a_registration("H-1", service_type=ServiceType.HOSPITAL, team="Ward 7")).changed
    world.withdraw("H-1")
    assert refusal(world, stay, by=COUNCIL).rule == "CoverageServiceTypes"


def test_what_is_held_does_not_become_what_the_register_is_not_for_and_is_not_said_any_more() -> None:
    world = targeted(a_registration("H-1", service_type=ServiceType.POLICE), targeting=NO_HOSPITALS)
    assert refusal(world, a_registration("H-1", service_type=ServiceType.HOSPITAL), by=COUNCIL).rule
    assert not live(world)


def test_a_sensitive_service_is_refused_too_and_what_would_become_one_is_withdrawn() -> None:
    world = targeted(a_registration("MH-1"), targeting=Targeting.configured("social_care"))
    caller = a_caller(COUNCIL, permissions=permissions())
    assert refusal(world, in_confidence(), caller=caller).rule == "CoverageServiceTypes"
    assert not live(world)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        pytest.param(
            a_registration("H-1"), a_registration("H-1", service_type=ServiceType.HOSPITAL), id="in its place"
        ),
        pytest.param(a_registration("MH-1"), in_confidence(), id="to the other compartment"),
    ],
)
def test_another_version_than_the_one_meant_is_not_withdrawn(held: Registration, said: Registration) -> None:
    world = targeted(held, targeting=Targeting.configured("social_care"))
    caller = a_caller(COUNCIL, permissions=permissions())
    with pytest.raises(VersionMismatch):
        world.put(said, caller=caller, if_match=2)
    assert live(world) == {(COUNCIL, held.source_reference)}
    refusal(world, said, caller=caller, if_match=1)
    assert not live(world)


def test_what_others_changed_just_before_it_is_withdrawn_is_decided_anew() -> None:
    world = targeted(a_registration("H-1", service_type=ServiceType.POLICE), targeting=NO_HOSPITALS)
    anew = a_registration("H-1", service_type=ServiceType.POLICE, team="Night")
    world.register.faults.meanwhile["register.withdraw"] = lambda: world.put(anew)
    refusal(world, a_registration("H-1", service_type=ServiceType.HOSPITAL), by=COUNCIL)
    assert world.pauses == [0]
    assert not live(world)


def test_who_may_not_register_a_service_withdraws_nothing_by_sending_it() -> None:
    world = targeted(a_registration("H-1", service_type=ServiceType.POLICE), targeting=NO_HOSPITALS)
    caller = a_caller(COUNCIL, permissions=everyday(service_types=frozenset({ServiceType.POLICE})))
    with pytest.raises(NotPermitted):
        world.put(a_registration("H-1", service_type=ServiceType.HOSPITAL), caller=caller)
    assert live(world) == {(COUNCIL, "H-1")}


# Children


def test_a_child_is_registered_by_its_school_once_another_service_that_not_every_child_has_works_with_it() -> None:
    world = targeted()
    assert refusal(world, at_school()).rule == "CoverageChildren"
    assert world.put(help_early()).created
    assert world.put(at_school(), by=SCHOOL).created
    assert len(world.register.children) == 1


def test_services_that_every_child_has_make_none_covered() -> None:
    world = targeted(a_registration("GP-1", service_type=ServiceType.GENERAL_PRACTICE))
    assert refusal(world, at_school()).rule


def test_a_child_that_a_service_worked_with_is_covered_as_long_as_that_is_held() -> None:
    over = help_early(standing=Standing.ENDED)
    world = targeted(over)
    assert world.put(at_school(), by=SCHOOL).created


def test_whose_child_it_may_be_or_not_makes_none_covered() -> None:
    world = targeted(help_early(child=a_child(postcode=None, date_of_birth=None)))
    assert refusal(world, at_school()).rule


def words_to_the_school(world: World) -> str:
    return str(refusal(world, at_school(), caller=a_caller(SCHOOL, permissions=everyday())))


HIDDEN = [
    pytest.param(lambda _: None, id="nothing"),
    pytest.param(lambda world: world.put(in_confidence()), id="a sensitive service"),
    pytest.param(
        lambda world: (world.put(help_early()), world.shield(world.child_of("EH-1"))), id="a child behind a shield"
    ),
]


@pytest.mark.parametrize("happens", HIDDEN)
def test_the_refusal_is_word_by_word_the_same_whatever_is_hidden(happens: Any) -> None:
    world = targeted()
    words = words_to_the_school(world)
    happens(world)
    assert words_to_the_school(world) == words


def test_who_may_not_see_the_other_service_does_not_learn_of_it_by_registering() -> None:
    world = targeted(help_early())
    blind = a_caller(SCHOOL, permissions=everyday(sees=frozenset({ServiceType.EDUCATION})))
    assert refusal(world, at_school(), caller=blind).rule
    assert world.put(at_school(), by=SCHOOL).created


def test_a_hidden_twin_does_not_make_a_child_refused_that_a_lookup_would_find() -> None:
    world = targeted(help_early())
    shielded = world.put(a_registration("TWIN", child=TWIN))
    world.shield(shielded.involvement.child_id)
    assert world.put(at_school(), caller=a_caller(SCHOOL, permissions=everyday())).created


def test_what_is_held_of_a_child_may_be_changed_and_not_used_for_another() -> None:
    world = targeted(at_school())
    assert world.put(at_school(team="Year 4")).changed
    assert world.put(at_school(child=a_child(family_name="Lane"))).changed  # a detail was corrected
    another = a_child(given_name="Ben", family_name="Stone", date_of_birth=None, postcode="LS1 4AP")
    assert refusal(world, at_school(child=another), by=COUNCIL).rule


def test_what_ceases_to_be_sensitive_is_not_held_in_confidence_any_more_and_taken_in_if_the_child_is_covered() -> None:
    caller = a_caller(COUNCIL, permissions=permissions())
    world = targeted(in_confidence())
    assert refusal(world, at_school("MH-1"), caller=caller).rule
    assert not live(world)
    world = targeted(in_confidence(), help_early())
    assert not world.put(at_school("MH-1"), caller=caller).created
    assert not world.sensitive.held[COUNCIL, "MH-1"].is_live


# It is a question


SCHOOLS = a_caller(SCHOOL, permissions=everyday())


def questions(world: World) -> list[tuple[str, str, str | None, str | None]]:
    """What was recorded: whether it was answered, how that ended, the child, and the district asked about."""
    return [(r.answered.value, r.outcome, r.child_id, r.asked_district) for r in world.records]


def test_who_is_told_by_a_registration_whether_others_work_with_a_child_is_recorded_and_counted_as_who_looks_up() -> (
    None
):
    world = targeted()
    refusal(world, at_school(), caller=SCHOOLS)
    assert questions(world) == [("refused", "out_of_coverage", None, "N12")]
    assert world.limits.spent[SCHOOLS.client_id, None] == world.limits.nothing_found_costs
    world.put(a_registration("GP-1", service_type=ServiceType.POLICE, child=a_child(given_name="Ann")))
    world.put(help_early())
    world.put(at_school(), caller=SCHOOLS)
    assert questions(world)[1:] == [("answered", "covered", world.child_of("EH-1"), "N12")]
    assert world.limits.spent[SCHOOLS.client_id, None] == world.limits.nothing_found_costs + 1
    (record,) = world.records[1:]
    assert (record.purpose, record.legal_basis) == ("registration_coverage", "uk_gdpr_article_5_1_c")
    assert (record.shown, record.practitioner_id, record.client_id) == ("nothing", None, SCHOOLS.client_id)


def test_of_a_child_with_universal_services_alone_the_refusal_is_recorded_with_the_child_that_was_found() -> None:
    world = targeted(a_registration("GP-1", service_type=ServiceType.GENERAL_PRACTICE))
    refusal(world, at_school(), caller=SCHOOLS)
    assert questions(world) == [("refused", "out_of_coverage", world.child_of("GP-1"), "N12")]


@pytest.mark.parametrize(
    ("targeting", "said"),
    [
        pytest.param(Targeting(), at_school(), id="a register for all"),
        pytest.param(ADDITIONAL, a_registration("EH-2", service_type=ServiceType.EARLY_HELP), id="a service for some"),
        pytest.param(NO_HOSPITALS, at_school(), id="a service that it is for"),
        pytest.param(ADDITIONAL, at_school("HELD", team="Year 4"), id="what is held and stays"),
    ],
)
def test_what_is_not_decided_by_the_child_is_no_question(targeting: Targeting, said: Registration) -> None:
    world = targeted(at_school("HELD"), targeting=targeting)
    world.put(said)
    assert not world.records
    assert not world.limits.spent


MAY_NOT_LOOK_UP = [
    pytest.param(
        a_caller(SCHOOL, permissions=everyday(capabilities=frozenset({Capability.REGISTER}))), id="by the Directory"
    ),
    pytest.param(replace(SCHOOLS, scopes=frozenset({Capability.REGISTER})), id="by its token"),
]


@pytest.mark.parametrize("caller", MAY_NOT_LOOK_UP)
def test_who_may_not_look_up_is_told_of_no_child_that_it_is_covered_and_of_all_the_same(caller: Caller) -> None:
    empty, world = targeted(), targeted(help_early())
    calls, none = world.struck_by(Faults()), empty.struck_by(Faults())
    words = [str(refusal(one, at_school(), caller=caller)) for one in (world, empty)]
    assert len(set(words)) == 1
    assert calls.calls == none.calls
    assert questions(world) == questions(empty) == [("refused", "out_of_coverage", None, "N12")]
    with pytest.raises(OutOfCoverage):
        preview(world, at_school(), caller=caller)


def test_who_has_asked_too_often_is_refused_before_it_is_decided_and_recorded_so() -> None:
    world = targeted(help_early())
    world.limits.most = 0
    with pytest.raises(AskedTooOften):
        world.put(at_school(), caller=SCHOOLS)
    assert live(world) == {(COUNCIL, "EH-1")}
    assert questions(world) == [("refused", "asked_too_often", None, "N12")]


def test_others_who_change_the_child_meanwhile_make_it_neither_two_questions_nor_two_records() -> None:
    world = targeted(help_early())
    other = a_registration("PUPIL-9", service_type=ServiceType.EARLY_HELP)

    def a_colleague_errs() -> None:
        world.put(other, by=SCHOOL)
        world.withdraw("PUPIL-9", by=SCHOOL)
        world.register.before_write = None if world.pauses else a_colleague_errs

    world.register.before_write = a_colleague_errs
    assert world.put(at_school(), caller=SCHOOLS).created
    assert len(world.pauses) == 2
    assert [record.outcome for record in world.records] == ["covered"]
    assert world.limits.spent[SCHOOLS.client_id, None] == 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("held", [(), (help_early(),), (at_school(child=a_child(given_name="Ben")), help_early())])
def test_whatever_fails_nothing_comes_of_it_that_is_not_recorded(
    held: tuple[Registration, ...], *, after: bool
) -> None:
    for position in range(30):
        world = targeted(*held)
        before = live(world)
        faults = world.struck_by(Faults(position=position, after=after))
        try:
            world.put(at_school(), by=COUNCIL)
        except Unavailable:
            assert world.records or live(world) == before
        except OutOfCoverage:
            assert world.records
        else:
            assert world.records
        if len(faults.calls) <= position:
            return
    pytest.fail("it never ends")


# Previews and extracts


def preview(world: World, registration: Registration, caller: Caller | None = None) -> Any:
    caller = caller or a_caller(SCHOOL, permissions=everyday())
    return world.preview(registration, caller=caller, access_id=f"a-{len(world.records)}", request_id="r-1")


def test_a_preview_is_refused_as_the_registration_would_be_and_recorded_as_refused() -> None:
    world = targeted()
    with pytest.raises(OutOfCoverage):
        preview(world, at_school())
    (record,) = world.records
    assert (record.answered, record.outcome, record.child_id) == (Answered.REFUSED, "out_of_coverage", None)
    assert world.limits.spent[SCHOOLS.client_id, None] == world.limits.nothing_found_costs
    world.put(help_early())
    assert preview(world, at_school()).outcome == "match"


def test_a_refused_preview_costs_more_only_if_the_child_decided_and_names_the_child_that_was_found() -> None:
    world = targeted(a_registration("GP-1", service_type=ServiceType.GENERAL_PRACTICE), targeting=NO_HOSPITALS)
    with pytest.raises(OutOfCoverage):
        preview(world, a_registration("H-1", service_type=ServiceType.HOSPITAL))
    assert world.limits.spent[SCHOOLS.client_id, None] == 1
    world.targeting = ADDITIONAL
    with pytest.raises(OutOfCoverage):
        preview(world, at_school())
    assert [record.child_id for record in world.records] == [None, world.child_of("GP-1")]


def rows(*registrations: Registration) -> list[Row]:
    return [Row(line, registration) for line, registration in enumerate(registrations, 2)]


def test_rows_out_of_the_coverage_are_counted_and_listed_and_the_others_are_registered() -> None:
    world = targeted(targeting=NO_HOSPITALS)
    hospital = a_registration("H-1", service_type=ServiceType.HOSPITAL)
    tally = world.take_in(rows(hospital, at_school()), caller=a_caller(TRUST))
    assert (tally.counts["out_of_coverage"], tally.counts["created"], tally.counts["rejected"]) == (1, 1, 0)
    (note,) = tally.out_of_coverage
    assert (note.line, note.field) == (2, "service_type")
    assert "CoverageServiceTypes" in note.reason


def test_rows_of_children_without_more_are_counted_and_taken_in_once_there_is_more() -> None:
    world = targeted(help_early(child=a_child(identifiers=(nhs_number(),))))
    alone = at_school("PUPIL-1", child=a_child(given_name="Ben", family_name="Stone", postcode="LS1 4AP"))
    extract = rows(alone, at_school("PUPIL-2"))
    tally = world.take_in(extract, caller=a_caller(SCHOOL, permissions=everyday()))
    assert (tally.counts["out_of_coverage"], tally.counts["created"]) == (1, 1)
    assert [note.line for note in tally.out_of_coverage] == [2]
    world.put(a_registration("EH-2", child=alone.child, service_type=ServiceType.EARLY_HELP))
    again = world.take_in(extract, caller=a_caller(SCHOOL, permissions=everyday()))
    assert (again.counts["created"], again.counts["unchanged"], again.counts["out_of_coverage"]) == (1, 1, 0)
    assert [(t.counts["covered"], t.counts["not_covered"]) for t in (tally, again)] == [(1, 1), (2, 0)]
    assert tally.tells_what_is_held
    assert not world.limits.spent


def test_a_row_that_names_another_child_now_which_is_not_covered_is_withdrawn_by_the_extract() -> None:
    world = targeted(at_school())
    another = a_child(given_name="Ben", family_name="Stone", date_of_birth=None, postcode="LS1 4AP")
    tally = world.take_in(rows(at_school(child=another)), caller=a_caller(COUNCIL, permissions=everyday()))
    assert tally.counts["out_of_coverage"] == 1
    assert not live(world)


@pytest.mark.parametrize(
    ("targeting", "tells"),
    [
        (Targeting(), False),
        (NO_HOSPITALS, False),
        (Targeting.configured("police", "additional"), False),
        (ADDITIONAL, True),
    ],
)
def test_only_rows_that_the_child_decides_make_a_receipt_tell_of_what_is_held(
    targeting: Targeting, *, tells: bool
) -> None:
    world = targeted(targeting=targeting)
    extract = rows(at_school(), a_registration("H-1", service_type=ServiceType.HOSPITAL), help_early())
    assert world.take_in(extract[1:], caller=a_caller(TRUST)).tells_what_is_held is tells
    assert not world.take_in(extract[2:], caller=a_caller(TRUST)).tells_what_is_held


def test_rows_that_are_held_stay_and_cost_no_more_than_before() -> None:
    world = targeted(at_school())
    world.register.calls.clear()
    tally = world.take_in(rows(at_school()), caller=a_caller(COUNCIL, permissions=everyday()))
    assert tally.counts["unchanged"] == 1
    assert dict(world.register.calls) == {"pointers": 1}
