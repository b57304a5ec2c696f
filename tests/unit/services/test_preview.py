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
    NoLongerKept,
    NotPermitted,
    RegisterClosed,
    Unavailable,
    VersionMismatch,
)
from shared.domain.involvement import Registration, ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.matching import Outcome, Thresholds
from shared.domain.preview import Preview, Would
from shared.domain.quality import Quality
from shared.services.preview import PreviewRegistration
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
    nhs_number,
    permissions,
)
from tests.support.fakes import Faults
from tests.support.worlds import World


def preview(world: World, registration: Registration, *, by: str = TRUST, **said: Any) -> Preview:
    asked = PreviewRegistration(registering=world.registering, access_log=world.access_log)
    caller = said.pop("caller", None) or a_caller(by)
    return asked(registration, caller=caller, access_id="access-1", request_id="request-1", **said)


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
    wary = replace(world.registering, thresholds=Thresholds(match=0.999_999, potential=0.6, low=0.5))
    asked = PreviewRegistration(registering=wary, access_log=world.access_log)
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


@pytest.mark.parametrize("position", range(2))
@pytest.mark.parametrize("after", [False, True])
def test_under_any_fault_nothing_is_told_and_nothing_is_registered(world: World, position: int, *, after: bool) -> None:
    before = copy.deepcopy(world.register.held)
    faults = world.struck_by(Faults(position=position, after=after))
    with pytest.raises(Unavailable):
        preview(world, a_registration("HV-1"))
    assert world.register.held == before
    assert faults.calls == ["register.survey", "access_log.append"][: position + 1]


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
