"""What a caller may not see is as if it were not there: services, sensitive services, shielded children."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from shared.domain.access import Answered, LegalBasis, Purpose, Reason, Role
from shared.domain.child import ChildDetails
from shared.domain.directory import Caller, Capability
from shared.domain.errors import (
    OverrideNotFound,
)
from shared.domain.involvement import ServiceType
from shared.domain.lookup import Answer, Question
from shared.domain.outcomes import Outcome
from shared.domain.shield import OVERRIDE_LASTS
from tests.support.builders import (
    COUNCIL,
    NOW,
    ORDINARY_SERVICES,
    SCHOOL,
    TRUST,
    a_caller,
    a_child,
    a_practitioner,
    a_question,
    a_registration,
    a_shield,
    an_officer,
    an_override,
    everyday,
    nhs_number,
    permissions,
)
from tests.support.fakes import Faults
from tests.support.worlds import World, in_confidence
from tests.support.worlds import a_known_child as a_world

BROKER = a_caller(COUNCIL)


# Services that a caller may not see


def test_a_child_whom_only_unseen_services_know_is_answered_as_one_that_is_not_known() -> None:
    caller = a_caller(TRUST, permissions=everyday(sees=ORDINARY_SERVICES - {ServiceType.SOCIAL_CARE}))
    world = World()
    unknown = world.ask(a_question(), caller=caller)
    world.put(a_registration(child=a_child(identifiers=(nhs_number(),))))
    for child in (a_child(), a_child(identifiers=(nhs_number(),)), ChildDetails(identifiers=(nhs_number(),))):
        hidden = world.ask(a_question(child=child), caller=caller)
        assert (hidden.outcome, hidden.child, hidden.involvements) == (Outcome.NO_MATCH, None, ())
        assert hidden.coverage == unknown.coverage or child.postcode is None
    assert {record.child_id for record in world.records} == {None}


def test_of_a_child_that_seen_and_unseen_services_know_only_the_seen_are_shown() -> None:
    caller = a_caller(TRUST, permissions=everyday(sees=frozenset({ServiceType.EDUCATION})))
    answer = a_world().ask(a_question(), caller=caller)
    assert [i.organisation for i in answer.involvements] == [SCHOOL]
    assert [source.organisation for source in answer.sources] == [SCHOOL]


# Sensitive services


@pytest.fixture
def confided() -> World:
    """Amelia is known to the council, to her school, and in confidence to the trust."""
    world = a_world()
    world.put(in_confidence(), by=TRUST)
    return world


NOT_BROKERS = {
    "another organisation": a_caller(TRUST, permissions=everyday()),
    "the organisation that registered it": a_caller(
        TRUST, permissions=permissions(capabilities=frozenset(Capability) - {Capability.BROKER})
    ),
    "the brokers of another area": a_caller("E08000003", area=frozenset({"M"})),
    "a client of the council whose token is for lookups": replace(BROKER, scopes=frozenset({Capability.LOOKUP})),
}


@pytest.mark.parametrize("caller", NOT_BROKERS.values(), ids=NOT_BROKERS.keys())
@pytest.mark.parametrize("known", [True, False], ids=["known to others too", "known to it alone"])
def test_a_sensitive_service_changes_nothing_for_anybody_but_the_brokers_of_the_area(
    caller: Caller, *, known: bool
) -> None:
    world, twin = (a_world(), a_world()) if known else (World(), World())
    world.put(in_confidence(), by=TRUST)
    for child in (a_child(), ChildDetails(identifiers=(nhs_number(),)), a_child(given_name=None)):
        told, without = (
            world.ask(a_question(child=child), caller=caller),
            twin.ask(a_question(child=child), caller=caller),
        )
        assert replace_ids(told) == replace_ids(without)
        assert told.sensitive == ()


def replace_ids(answer: Answer) -> Answer:
    """The same, of a child whose id is not known."""
    child = replace(answer.child, child_id="a child") if answer.child else None
    shown = tuple(replace(i, child_id="a child", refreshed_at=NOW, recorded_at=NOW) for i in answer.involvements)
    return replace(answer, child=child, involvements=shown)


def test_the_brokers_of_its_area_are_shown_whom_to_ring(confided: World) -> None:
    answer = confided.ask(a_question(), caller=BROKER)
    assert [i.service.service_type for i in answer.sensitive] == [ServiceType.MENTAL_HEALTH]
    assert [i.organisation for i in answer.involvements] == [COUNCIL, SCHOOL]
    assert {source.organisation for source in answer.sources} == {COUNCIL, SCHOOL, TRUST}
    (record,) = confided.records
    assert answer.child is not None
    assert (record.shown, record.child_id) == ("with_sensitive_services", answer.child.child_id)


def test_a_child_that_only_a_sensitive_service_knows_is_a_match_for_the_brokers_of_its_area() -> None:
    world = World()
    world.put(in_confidence(), by=TRUST)
    answer = world.ask(a_question(), caller=BROKER)
    assert (answer.outcome, len(answer.sensitive), answer.involvements) == (Outcome.MATCH, 1, ())
    assert answer.child is not None
    assert answer.child.given_name == "Amelia"
    (record,) = world.records
    assert (record.outcome, record.shown) == ("match", "with_sensitive_services")
    assert world.ask(a_question()).outcome is Outcome.NO_MATCH


def test_of_a_brokers_lookup_that_found_nothing_in_confidence_nothing_of_it_is_recorded() -> None:
    world = a_world()
    world.ask(a_question(), caller=BROKER)
    (record,) = world.records
    assert (record.outcome, record.shown) == ("match", "child_and_involvements")


def test_what_is_recorded_of_a_brokers_lookup_is_never_less_than_is_shown(confided: World) -> None:
    """Whether the child is of the broker's authority is known when it has been read, beside the record."""
    elsewhere = replace(BROKER, organisation=replace(BROKER.organisation, area=frozenset({"EN"})))
    answer = confided.ask(a_question(), caller=elsewhere)
    (record,) = confided.records
    assert (answer.sensitive, record.shown) == ((), "with_sensitive_services")


def test_a_withdrawn_sensitive_service_is_shown_to_nobody(confided: World) -> None:
    confided.registering.withdraw("MH-1", caller=a_caller(TRUST))
    assert confided.ask(a_question(), caller=BROKER).sensitive == ()


# Shielded children

OFFICER: dict[str, Any] = {
    "practitioner": an_officer(),
    "reason": Reason(Purpose.MISSING_CHILD, LegalBasis.CHILDREN_ACT_1989_S46),
}
POLICE = a_caller(TRUST, permissions=everyday(capabilities=frozenset({Capability.LOOKUP, Capability.OVERRIDE})))
ASKED_IN_EVERY_WAY = {
    "by everything": a_child(identifiers=(nhs_number(),)),
    "by its number": ChildDetails(identifiers=(nhs_number(),)),
    "by its names and birth": a_child(postcode=None),
    "by its names and postcode": a_child(date_of_birth=None),
    "by its birth and postcode": a_child(given_name=None, family_name=None),
    "by half of it": a_child(given_name=None, postcode=None),
}


@pytest.mark.parametrize("child", ASKED_IN_EVERY_WAY.values(), ids=ASKED_IN_EVERY_WAY.keys())
def test_a_shielded_child_is_answered_exactly_as_one_that_is_not_there(child: ChildDetails) -> None:
    world, empty = a_world(), World()
    world.shield(world.child_of())
    calls, none = world.struck_by(Faults()), empty.struck_by(Faults())
    assert world.ask(a_question(child=child)) == empty.ask(a_question(child=child))
    assert calls.calls == none.calls
    assert replace(world.records[0], at=NOW) == replace(empty.records[0], at=NOW)


def test_an_officer_is_told_that_there_is_a_shielded_child_and_nothing_of_where_it_is() -> None:
    world = a_world()
    world.shield(world.child_of())
    faults = world.struck_by(Faults())
    answer = world.ask(a_question(**OFFICER), caller=POLICE)
    assert (answer.outcome, answer.is_shielded) == (Outcome.MATCH, True)
    assert answer.child is not None
    assert (answer.child.given_name, answer.child.date_of_birth) == ("Amelia", date(2017, 5, 9))
    assert (answer.involvements, answer.sensitive, answer.sources) == ((), (), ())
    assert "register.held_of" not in faults.calls
    (record,) = world.records
    assert (record.outcome, record.shown, record.child_id) == ("match", "child", world.child_of())


BY_WHAT_IS_HIDDEN = {
    "where it lives now": a_child(given_name=None, family_name=None, postcode="EN5 2AB"),
    "its new name": a_child(given_name="Ruth", family_name="Moss", postcode=None),
    "its new name and where it lives now": a_child(given_name="Ruth", family_name="Moss", postcode="EN5 2AB"),
}


@pytest.mark.parametrize("child", BY_WHAT_IS_HIDDEN.values(), ids=BY_WHAT_IS_HIDDEN.keys())
def test_an_officer_who_leans_on_what_is_hidden_finds_nobody(child: ChildDetails) -> None:
    world, empty = a_world(), World()
    world.shield(world.child_of())
    new = a_child(given_name="Ruth", family_name="Moss", postcode="EN5 2AB", identifiers=(nhs_number(),))
    world.put(a_registration("CASE-1", child=new))
    asked = a_question(child=child, **OFFICER)
    assert world.ask(asked, caller=POLICE) == empty.ask(asked, caller=POLICE)


def an_open_shield() -> tuple[World, Question]:
    """Amelia's shield, opened for an officer, who asks through it."""
    world = a_world()
    world.shield(world.child_of())
    override = an_override(world.child_of(), until=world.clock.at + OVERRIDE_LASTS)
    world.shields.overrides[override.override_id] = override
    return world, a_question(**OFFICER, override_id=override.override_id)


def test_through_an_override_an_officer_sees_who_works_with_the_child() -> None:
    world, question = an_open_shield()
    faults = world.struck_by(Faults())
    answer = world.ask(question, caller=POLICE)
    assert (answer.is_shielded, [i.organisation for i in answer.involvements]) == (True, [COUNCIL, SCHOOL])
    assert faults.calls[:3] == ["register.candidates", "limits.spend", "shields.override"]
    (record,) = world.records
    assert (record.shown, record.override_id) == ("shielded_child_and_involvements", "override-1")


def test_the_shield_team_sees_the_children_it_shields() -> None:
    world = a_world()
    world.shield(world.child_of())
    answer = world.ask(a_question(), caller=a_caller(COUNCIL))
    assert (answer.is_shielded, len(answer.involvements)) == (True, 2)


NOT_THROUGH: dict[str, tuple[dict[str, Any], Caller]] = {
    "no such override": ({"override_id": "override-2"}, POLICE),
    "another officer's": ({"practitioner": an_officer(practitioner_id="PC-2")}, POLICE),
    "a nurse's": ({"practitioner": a_practitioner(practitioner_id="PC-1", role=Role.NURSE),
        "reason": Reason(Purpose.MISSING_CHILD, LegalBasis.CHILDREN_ACT_2004_S11)}, POLICE),
    "another organisation's": ({}, a_caller(SCHOOL)),
    "of an organisation that may open none": ({}, a_caller(TRUST, permissions=everyday())),
}  # fmt: skip


@pytest.mark.parametrize(("said", "caller"), NOT_THROUGH.values(), ids=NOT_THROUGH.keys())
def test_an_override_that_is_not_ones_own_is_refused_on_record(said: dict[str, Any], caller: Caller) -> None:
    world, question = an_open_shield()
    with pytest.raises(OverrideNotFound):
        world.ask(replace(question, **said), caller=caller)
    (record,) = world.records
    assert (record.answered, record.outcome, record.shown) == (Answered.REFUSED, "override_not_found", "nothing")


def test_a_quarter_of_an_hour_later_it_is_refused() -> None:
    world, question = an_open_shield()
    world.clock.move(OVERRIDE_LASTS - timedelta(microseconds=1))
    assert world.ask(question, caller=POLICE).involvements
    world.clock.move(timedelta(microseconds=1))
    with pytest.raises(OverrideNotFound):
        world.ask(question, caller=POLICE)


def test_a_child_that_is_shielded_while_it_is_being_read_is_not_shown() -> None:
    world = a_world()
    child_id = world.child_of()
    shield = lambda: world.register.shields.update({child_id: a_shield(a_child())})  # noqa: E731  # what happens meanwhile
    world.struck_by(Faults(meanwhile={"register.held_of": shield}))
    answer = world.ask(a_question())
    assert (answer.outcome, answer.child, answer.involvements) == (Outcome.NO_MATCH, None, ())


@pytest.mark.parametrize("caller", [None, BROKER], ids=["anybody", "brokers"])
def test_whether_a_question_costs_more_does_not_tell_what_is_held_in_confidence(
    confided: World, caller: Caller | None
) -> None:
    by_birth_and_place = a_question(child=a_child(given_name="Zoe", family_name="Hill", postcode="M1 1AE"))
    only_in_confidence = World()
    only_in_confidence.put(in_confidence(), by=TRUST)
    costs = []
    for world, question in (
        (confided, by_birth_and_place),
        (only_in_confidence, a_question()),
        (World(), a_question()),
    ):
        world.ask(question, caller=caller)
        costs.append(sum(world.limits.spent.values()))
    assert costs == [3, 3, 3]
