"""A preview decides as a registration would, writes nothing but its access record, and tells nothing of what is held."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from shared.domain.access import Answered
from shared.domain.child import ChildDetails
from shared.domain.errors import (
    AccessNotRecorded,
    AskedTooOften,
    NoLongerKept,
    NotPermitted,
    RegisterClosed,
    Unavailable,
    VersionMismatch,
)
from shared.domain.involvement import Registration, ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Thresholds
from shared.domain.outcomes import Outcome
from shared.domain.preview import Preview, Would
from shared.domain.quality import Quality
from tests.support.builders import (
    COUNCIL,
    NOW,
    OTHER_NHS_NUMBER,
    SCHOOL,
    TRUST,
    a_caller,
    a_child,
    a_question,
    a_registration,
    an_organisation,
    everyday,
    nhs_number,
    permissions,
)
from tests.support.fakes import Faults
from tests.support.worlds import World, in_confidence


def preview(world: World, registration: Registration, *, by: str = TRUST, **said: Any) -> Preview:
    caller = said.pop("caller", None) or a_caller(by, permissions=everyday())
    return world.preview(registration, caller=caller, access_id="access-1", request_id="request-1", **said)


@pytest.fixture
def world() -> World:
    """The council has said of Amelia all that it knows."""
    world = World()
    world.put(a_registration("CASE-1", child=a_child(identifiers=(nhs_number(),))))
    return world


MOVED_AND_MISSPELT = a_child(given_name="Amelja", postcode="N12 9ZZ", sex=None)


# What would happen


@pytest.mark.parametrize(
    ("by", "registration", "would"),
    [
        pytest.param(TRUST, a_registration("HV-1"), Would.JOIN_KNOWN_CHILD, id="by all details"),
        pytest.param(
            TRUST,
            a_registration("HV-1", child=ChildDetails(identifiers=(nhs_number(),))),
            Would.JOIN_KNOWN_CHILD,
            id="by number",
        ),
        pytest.param(
            TRUST,
            a_registration(
                "HV-1", child=a_child(given_name="Rex", family_name="Quill", date_of_birth=date(2011, 7, 30))
            ),
            Would.MAKE_NEW_CHILD,
            id="somebody else",
        ),
        pytest.param(COUNCIL, a_registration("CASE-1", team="Oak"), Would.REPLACE, id="another team"),
        pytest.param(
            COUNCIL,
            a_registration("CASE-1", child=a_child(identifiers=(nhs_number(),))),
            Would.CHANGE_NOTHING,
            id="the same again",
        ),
    ],
)
def test_it_tells_what_would_happen_and_so_it_does(
    world: World, by: str, registration: Registration, would: Would
) -> None:
    before = len(world.register.children)
    assert preview(world, registration, by=by).would is would
    registered = world.put(registration, by=by)
    assert len(world.register.children) - before == (would is Would.MAKE_NEW_CHILD)
    assert registered.changed is (would is not Would.CHANGE_NOTHING)
    assert registered.created is (would in {Would.JOIN_KNOWN_CHILD, Would.MAKE_NEW_CHILD})


def test_a_close_call_would_be_a_new_child_for_a_person_to_review(world: World) -> None:
    wary = replace(world.registering_in(world.register), thresholds=Thresholds(match=0.999_999, potential=0.6, low=0.5))
    asked = replace(world.preview, registering=replace(world.registering, ordinary=wary))
    close_call = a_registration("HV-1", child=a_child(postcode=None))
    told = asked(close_call, caller=a_caller(TRUST), access_id="access-1", request_id="request-1")
    assert (told.would, told.outcome) == (Would.MAKE_NEW_CHILD_FOR_REVIEW, Outcome.POTENTIAL_MATCH)
    assert world.records[0].child_id is None


def test_a_reference_that_is_used_for_another_child_would_join_that_child(world: World) -> None:
    other = a_child(given_name="Rex", family_name="Quill", date_of_birth=date(2011, 7, 30), postcode="EN5 2AB")
    world.put(a_registration("SCH-9", child=other), by=SCHOOL)
    assert preview(world, a_registration("CASE-1", child=other), by=COUNCIL).would is Would.JOIN_KNOWN_CHILD


def test_the_outcome_and_what_would_help_are_those_of_a_lookup(world: World) -> None:
    for child in (a_child(), a_child(postcode=None, sex=None), a_child(family_name="Smith"), MOVED_AND_MISSPELT):
        told, answer = preview(world, a_registration("HV-1", child=child)), world.ask(a_question(child=child))
        world.access_log.records.clear()
        assert (told.outcome, told.would_help) == (answer.outcome, answer.would_help)


def test_it_tells_how_good_each_detail_is(world: World) -> None:
    told = preview(world, a_registration("HV-1", child=a_child(given_name="Baby", postcode=None)))
    quality = {datum.detail: datum.quality for datum in told.data}
    assert quality["given_name"] is Quality.UNUSABLE
    assert quality["postcode"] is Quality.MISSING
    assert quality["family_name"] is Quality.GOOD


# What the caller may not see is as if it were not there

SEES_NO_SOCIAL_CARE = a_caller(TRUST, permissions=everyday(sees=frozenset(ServiceType) - {ServiceType.SOCIAL_CARE}))
NUMBERED = a_child(identifiers=(nhs_number(),))


@pytest.mark.parametrize("child", [NUMBERED, a_child(), MOVED_AND_MISSPELT, a_child(family_name="Smith")])
@pytest.mark.parametrize("hidden", ["shielded", "of an unseen service", "in confidence"])
def test_a_child_that_is_not_there_for_the_caller_is_previewed_as_one_that_is_not_known(
    world: World, child: ChildDetails, hidden: str
) -> None:
    caller = a_caller(TRUST, permissions=everyday())
    if hidden == "shielded":
        world.shield(world.child_of())
    elif hidden == "of an unseen service":
        caller = SEES_NO_SOCIAL_CARE
    else:
        world = World()
        world.put(in_confidence())
    empty = World()
    calls, none = world.struck_by(Faults()), empty.struck_by(Faults())
    asked = a_registration("HV-1", child=child)
    assert preview(world, asked, caller=caller) == preview(empty, asked, caller=caller)
    assert calls.calls == none.calls
    (record,), (bare,) = world.records, empty.records
    assert replace(record, at=NOW) == replace(bare, at=NOW)


def test_the_register_decides_by_all_of_it_all_the_same(world: World) -> None:
    told = preview(world, a_registration("HV-1", child=NUMBERED), caller=SEES_NO_SOCIAL_CARE)
    assert told.would is Would.MAKE_NEW_CHILD
    assert world.put(a_registration("HV-1", child=NUMBERED), by=TRUST).involvement.child_id == world.child_of()


@pytest.mark.parametrize(
    ("held", "said", "would"),
    [
        pytest.param(None, in_confidence(), Would.MAKE_NEW_CHILD, id="new"),
        pytest.param(in_confidence(), in_confidence(), Would.CHANGE_NOTHING, id="the same again"),
        pytest.param(in_confidence(), in_confidence(team="Oak"), Would.REPLACE, id="another team"),
        pytest.param(a_registration("MH-1"), in_confidence(), Would.REPLACE, id="it becomes sensitive"),
        pytest.param(in_confidence(), a_registration("MH-1"), Would.REPLACE, id="it is not sensitive any more"),
    ],
)
def test_of_a_sensitive_service_it_tells_what_a_lookup_would_and_what_becomes_of_ones_own(
    world: World, held: Registration | None, said: Registration, would: Would
) -> None:
    if held:
        world.put(held, by=TRUST, caller=a_caller(TRUST))
    told = preview(world, said, caller=a_caller(TRUST))
    looked_up = world.ask(a_question(child=said.child))
    assert (told.would, told.outcome, told.would_help) == (would, looked_up.outcome, looked_up.would_help)


def test_what_others_registered_in_confidence_is_previewed_to_nobody_who_registers_in_confidence() -> None:
    world, empty = World(), World()
    world.put(in_confidence(), by=SCHOOL)
    for said in (in_confidence(), a_registration("HV-1")):
        told, without = (preview(one, said, caller=a_caller(TRUST)) for one in (world, empty))
        assert told == without
        world.records.clear()
        empty.records.clear()


def test_that_a_sensitive_service_was_previewed_stands_with_no_child(world: World) -> None:
    world.put(a_registration("HV-1"), by=SCHOOL)
    told = preview(world, in_confidence(), caller=a_caller(TRUST))
    assert told.outcome is Outcome.MATCH
    assert (world.records[-1].outcome, world.records[-1].child_id) == (Outcome.MATCH, None)


def test_a_client_that_previews_too_often_is_refused_on_record(world: World) -> None:
    world.limits.most = 1
    preview(world, a_registration("HV-1"))
    with pytest.raises(AskedTooOften):
        world.preview(a_registration("HV-2"), caller=a_caller(TRUST), access_id="access-2", request_id="request-2")
    assert (world.records[-1].answered, world.records[-1].outcome) == (Answered.REFUSED, "asked_too_often")
    assert list(world.limits.spent) == [(f"client-of-{TRUST}", None)]


# What it does not do


@pytest.mark.parametrize(("by", "reference"), [(TRUST, "HV-1"), (COUNCIL, "CASE-1")])
@pytest.mark.parametrize("child", [a_child(), MOVED_AND_MISSPELT, a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),))])
def test_it_changes_nothing_of_the_register(world: World, by: str, reference: str, child: ChildDetails) -> None:
    before = copy.deepcopy((world.register.held, world.register.claims))
    preview(world, a_registration(reference, child=child), by=by)
    assert (world.register.held, world.register.claims) == before
    assert world.register.calls["write"] == 1  # the one that the world began with


@pytest.mark.parametrize("held", ["EN5 2AB", "N12 9ZZ", "N12 0AB"])
def test_it_tells_nothing_of_what_is_held_but_the_outcome(held: str) -> None:
    asked = a_registration("HV-1", child=a_child(identifiers=(nhs_number(),)))
    world = World()
    world.put(a_registration("CASE-1", child=a_child(identifiers=(nhs_number(),), postcode=held)))
    told = preview(world, asked)
    knows_nobody = preview(World(), asked)
    assert told == Preview(outcome=Outcome.MATCH, would=Would.JOIN_KNOWN_CHILD, would_help=(), data=knows_nobody.data)
    assert not any(child_id in repr(told) for child_id in world.register.children)


# The access record


def test_it_is_recorded_who_asked_and_about_which_child(world: World) -> None:
    told = preview(world, a_registration("HV-1"))
    (child_id,) = world.register.children
    (record,) = world.records
    assert (record.answered, record.outcome, record.child_id) == (Answered.ANSWERED, told.outcome, child_id)
    assert (record.access_id, record.request_id, record.at) == ("access-1", "request-1", world.clock.at)
    assert (record.organisation, record.client_id) == (TRUST, f"client-of-{TRUST}")
    assert (record.purpose, record.shown) == ("registration_preview", "nothing")
    assert (record.practitioner_id, record.practitioner_role, record.note) == (None, None, None)
    assert record.policy == "1/1"


@pytest.mark.parametrize(
    ("refused", "error", "outcome"),
    [
        pytest.param(
            {"caller": a_caller(TRUST, permissions=permissions(capabilities=frozenset()))},
            NotPermitted,
            "not_permitted",
            id="may not register",
        ),
        pytest.param(
            {"caller": a_caller(TRUST, permissions=permissions(service_types=frozenset({ServiceType.POLICE})))},
            NotPermitted,
            "not_permitted",
            id="may not register this service",
        ),
        pytest.param({"if_match": 3}, VersionMismatch, "version_mismatch", id="another version"),
        pytest.param({"child": a_child(date_of_birth=date(2008, 3, 1))}, NoLongerKept, "no_longer_kept", id="grown up"),
        pytest.param({"child": a_child(date_of_death=date(2025, 2, 28))}, NoLongerKept, "no_longer_kept", id="died"),
    ],
)
def test_what_a_registration_is_refused_a_preview_is_refused_and_recorded(
    world: World, refused: dict[str, Any], error: type[Exception], outcome: str
) -> None:
    asked = a_registration("HV-1", child=refused.pop("child", None))
    with pytest.raises(error):
        preview(world, asked, **refused)
    (record,) = world.records
    assert (record.answered, record.outcome, record.child_id) == (Answered.REFUSED, outcome, None)


@pytest.mark.parametrize(("if_match", "error"), [(None, NoLongerKept), (1, NoLongerKept), (2, VersionMismatch)])
def test_what_a_registration_would_withdraw_a_preview_leaves(
    world: World, if_match: int | None, error: type[Exception]
) -> None:
    over = a_registration("CASE-1", child=a_child(date_of_birth=date(2008, 3, 1)))
    with pytest.raises(error):
        preview(world, over, by=COUNCIL, if_match=if_match)
    assert world.register.held[COUNCIL, "CASE-1"].is_live


def test_the_version_that_is_meant_may_be_named(world: World) -> None:
    assert preview(world, a_registration("CASE-1", team="Oak"), by=COUNCIL, if_match=1).would is Would.REPLACE


@pytest.mark.parametrize("after", [False, True], ids=["not written", "written, and its answer lost"])
def test_nothing_is_told_unless_it_is_recorded(world: World, *, after: bool) -> None:
    world.access_log.faults = Faults(position=0, after=after)
    with pytest.raises(AccessNotRecorded):
        preview(world, a_registration("HV-1"))


CALLS = ["register.candidates", "register.pointers", "limits.spend", "access_log.append"]


@pytest.mark.parametrize("position", range(len(CALLS)), ids=CALLS)
@pytest.mark.parametrize("after", [False, True])
def test_under_any_fault_nothing_is_told_and_nothing_is_registered(world: World, position: int, *, after: bool) -> None:
    before = copy.deepcopy(world.register.held)
    faults = world.struck_by(Faults(position=position, after=after))
    with pytest.raises(Unavailable):
        preview(world, a_registration("HV-1"))
    assert world.register.held == before
    assert faults.calls[position] == CALLS[position]


# The closing date


def closes(world: World, at: timedelta) -> World:
    return replace(world, lifecycle=Lifecycle(NOW + at))


def test_from_the_closing_date_on_it_tells_nothing_and_records_nothing(world: World) -> None:
    world = closes(world, timedelta(0))
    with pytest.raises(RegisterClosed):
        preview(world, a_registration("HV-1"))
    assert world.records == []


def test_a_preview_that_the_closing_date_overtakes_tells_nothing(world: World) -> None:
    world = closes(world, timedelta(hours=1))
    strike: dict[str, Callable[[], object]] = {"access_log.append": lambda: world.clock.move(timedelta(hours=1))}
    world.struck_by(Faults(meanwhile=strike))
    with pytest.raises(RegisterClosed):
        preview(world, a_registration("HV-1"))
    assert len(world.records) == 1


def test_an_organisation_that_is_suspended_previews_nothing(world: World) -> None:
    suspended = a_caller(TRUST, suspended=True)
    assert suspended.organisation != an_organisation(TRUST)
    with pytest.raises(NotPermitted):
        preview(world, a_registration("HV-1"), caller=suspended)


def test_a_preview_that_finds_nobody_costs_its_client_what_a_lookup_costs_a_practitioner(world: World) -> None:
    nobody = a_child(given_name="Rex", family_name="Quill", date_of_birth=date(2011, 7, 30))
    assert preview(world, a_registration("HV-1", child=nobody)).outcome is Outcome.NO_MATCH
    assert dict(world.limits.spent) == {(f"client-of-{TRUST}", None): 3}
    assert [record.asked_district for record in world.records] == ["N12"]
    world.access_log.records.clear()
    preview(world, a_registration("HV-1"))
    assert dict(world.limits.spent) == {(f"client-of-{TRUST}", None): 4}
