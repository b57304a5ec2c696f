"""Sensitive services lie in a compartment of their own; a reference names one involvement, wherever it lies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.directory import Capability
from shared.domain.errors import (
    InvolvementNotFound,
    NoLongerKept,
    NotPermitted,
    RegisterClosed,
    Unavailable,
    VersionMismatch,
)
from shared.domain.extract import Row
from shared.domain.involvement import Dispute, Disputed, Registration, SensitiveBasis, ServiceType, Standing
from shared.domain.lifecycle import Lifecycle
from shared.services.cover import ToldByReceipt
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

CAMHS = a_caller(TRUST)
EVERYDAY = a_caller(TRUST, permissions=everyday())
ORDINARY = a_registration("MH-1", service_type=ServiceType.HOSPITAL)
IN_CONFIDENCE = in_confidence()
LONG_OVER: dict[str, Any] = {
    "standing": Standing.ENDED,
    "started": date(2020, 1, 1),
    "ended": date(2025, 2, 28),
    "last_contact": None,
}


def where(world: World, reference: str = "MH-1") -> str:
    """In which compartment a reference of the trust is live."""
    live = [
        name
        for name, register in (("ordinary", world.register), ("sensitive", world.sensitive))
        if (held := register.held.get((TRUST, reference))) and held.is_live
    ]
    return " and ".join(live)


@pytest.mark.parametrize("service", [service for service in ServiceType if service.is_sensitive])
@pytest.mark.parametrize("basis", SensitiveBasis)
def test_a_sensitive_service_is_held_where_nothing_ordinary_lies(service: ServiceType, basis: SensitiveBasis) -> None:
    world = World()
    said = a_registration("MH-1", service_type=service, sensitive_basis=basis)
    registered = world.put(said, by=TRUST)
    assert (registered.created, where(world)) == (True, "sensitive")
    assert not world.register.held
    assert not world.register.calls["survey"]
    assert world.registering.get("MH-1", caller=CAMHS).service == said.service
    assert not world.put(said, by=TRUST).changed


def test_a_child_in_confidence_is_never_the_child_that_ordinary_services_know() -> None:
    world = World()
    known = world.put(a_registration(child=a_child(identifiers=(nhs_number(),)))).involvement
    confided = world.put(IN_CONFIDENCE, by=TRUST).involvement
    assert known.child_id != confided.child_id
    assert world.register.children == {known.child_id}


def test_sensitive_services_of_one_child_are_of_one_child_there_and_nobody_reviews_them() -> None:
    world = World()
    world.put(IN_CONFIDENCE, by=TRUST)
    world.put(a_registration("SH-1", service_type=ServiceType.SEXUAL_HEALTH), by=SCHOOL)
    assert len(world.sensitive.children) == 1
    stranger = a_child(given_name="Zoe", family_name="Hill", date_of_birth=date(2015, 1, 2), postcode="M1 1AE")
    world.put(a_registration("SM-1", child=stranger, service_type=ServiceType.SUBSTANCE_MISUSE))
    both = replace(stranger, identifiers=(nhs_number(),))
    world.put(a_registration("SM-1", child=both, service_type=ServiceType.SUBSTANCE_MISUSE))
    assert len(world.sensitive.children) == 2
    assert not world.sensitive.cases


# A reference that becomes sensitive, or ceases to be


@pytest.mark.parametrize(
    ("before", "after", "lies"), [(ORDINARY, IN_CONFIDENCE, "sensitive"), (IN_CONFIDENCE, ORDINARY, "ordinary")]
)
def test_what_changes_compartment_is_withdrawn_where_it_was(
    before: Registration, after: Registration, lies: str
) -> None:
    world = World()
    first = world.put(before, by=TRUST, caller=CAMHS).involvement
    moved = world.put(after, by=TRUST, caller=CAMHS)
    assert (moved.created, moved.changed, where(world)) == (False, True, lies)
    assert moved.involvement.version == first.version + 1
    assert moved.involvement.recorded_at == first.recorded_at
    assert world.registering.get("MH-1", caller=CAMHS) == moved.involvement
    back = world.put(before, by=TRUST, caller=CAMHS).involvement
    assert back.version == moved.involvement.version + 1


def test_what_is_disputed_stays_so_when_it_changes_compartment() -> None:
    world = World()
    world.put(ORDINARY, by=TRUST)
    disputed = Disputed(Dispute.OBJECTION, world.clock.at)
    world.register.dispute(TRUST, "MH-1", disputed, world.clock.at)
    assert world.put(IN_CONFIDENCE, by=TRUST).involvement.disputed == disputed
    assert world.put(replace(IN_CONFIDENCE, child=a_child()), by=TRUST).involvement.disputed == disputed


@pytest.mark.parametrize(("if_match", "moves"), [(1, True), (2, False), (0, False)])
def test_the_version_that_is_meant_is_that_of_what_the_reference_names(if_match: int, *, moves: bool) -> None:
    world = World()
    world.put(ORDINARY, by=TRUST)
    if moves:
        world.put(IN_CONFIDENCE, by=TRUST, if_match=if_match)
    else:
        with pytest.raises(VersionMismatch):
            world.put(IN_CONFIDENCE, by=TRUST, if_match=if_match)
    assert where(world) == ("sensitive" if moves else "ordinary")


CALLS = ["register.pointers", "register.pointers", "register.withdraw", "register.survey", "register.write"]


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
@pytest.mark.parametrize("position", range(len(CALLS)))
@pytest.mark.parametrize(("first", "then"), [(ORDINARY, IN_CONFIDENCE), (IN_CONFIDENCE, ORDINARY)])
def test_stopped_anywhere_it_is_never_in_both_and_ends_right_when_it_is_sent_again(
    first: Registration, then: Registration, position: int, *, after: bool
) -> None:
    world = World()
    world.put(first, by=TRUST, caller=CAMHS)
    faults = world.struck_by(Faults(position=position, after=after))
    with pytest.raises(Unavailable):
        world.put(then, by=TRUST, caller=CAMHS)
    assert faults.calls == CALLS[: position + 1]
    assert " and " not in where(world)
    world.struck_by(Faults())
    world.put(then, by=TRUST, caller=CAMHS)
    assert where(world) == ("sensitive" if then is IN_CONFIDENCE else "ordinary")


@pytest.mark.parametrize(("first", "then"), [(ORDINARY, IN_CONFIDENCE), (IN_CONFIDENCE, ORDINARY)])
def test_stopped_halfway_it_goes_on_with_the_version_that_was_meant_and_no_other(
    first: Registration, then: Registration
) -> None:
    world = World()
    world.put(first, by=TRUST, caller=CAMHS)
    world.struck_by(Faults(position=CALLS.index("register.write")))
    with pytest.raises(Unavailable):
        world.put(then, by=TRUST, caller=CAMHS, if_match=1)
    world.struck_by(Faults())
    assert where(world) == ""
    for other in (0, 2):
        with pytest.raises(VersionMismatch):
            world.put(then, by=TRUST, caller=CAMHS, if_match=other)
    assert world.put(then, by=TRUST, caller=CAMHS, if_match=1).involvement.version == 2
    assert where(world) == ("sensitive" if then is IN_CONFIDENCE else "ordinary")


def test_what_was_elsewhere_before_is_not_meant_once_something_was_here() -> None:
    world = World()
    for said in (ORDINARY, IN_CONFIDENCE):
        world.put(said, by=TRUST, caller=CAMHS)
    world.registering.withdraw("MH-1", caller=CAMHS)
    for version in (1, 2):
        with pytest.raises(VersionMismatch):
            world.put(IN_CONFIDENCE, by=TRUST, if_match=version)
    assert where(world) == ""


SAID = st.sampled_from([ORDINARY, IN_CONFIDENCE, replace(ORDINARY, child=a_child(sex=None)), None])


@given(steps=st.lists(SAID, min_size=1, max_size=8))
def test_whatever_is_sent_in_whatever_order_a_reference_names_what_was_said_last(
    steps: list[Registration | None],
) -> None:
    world = World()
    version = 0
    for said in steps:
        if said is None:
            try:
                world.registering.withdraw("MH-1", caller=CAMHS)
            except InvolvementNotFound:
                assert where(world) == ""
            continue
        involvement = world.put(said, by=TRUST, caller=CAMHS).involvement
        assert (involvement.child, involvement.service) == (said.child, said.service)
        assert involvement.version >= version
        version = involvement.version
    last = steps[-1]
    expected = "" if last is None else "sensitive" if last.service.service_type.is_sensitive else "ordinary"
    assert where(world) == expected


# Reading and withdrawing


def test_whoever_may_not_register_sensitive_services_any_more_may_still_take_back_what_it_said() -> None:
    world = World()
    world.put(IN_CONFIDENCE, by=TRUST)
    assert world.registering.get("MH-1", caller=EVERYDAY).source_reference == "MH-1"
    world.registering.withdraw("MH-1", caller=EVERYDAY, if_match=1)
    assert where(world) == ""


@pytest.mark.parametrize("caller", [CAMHS, EVERYDAY])
def test_a_withdrawal_withdraws_from_both(caller: Any) -> None:
    world = World()
    for said in (ORDINARY, IN_CONFIDENCE):
        world.registering.of(said).put(said, caller=CAMHS, told=ToldByReceipt())
    assert where(world) == "ordinary and sensitive"
    world.registering.withdraw("MH-1", caller=caller)
    assert where(world) == ""


@pytest.mark.parametrize("caller", [CAMHS, EVERYDAY, a_caller(COUNCIL)])
def test_what_is_held_nowhere_or_by_another_organisation_is_not_found(caller: Any) -> None:
    world = World()
    if caller.organisation.code == COUNCIL:
        world.put(IN_CONFIDENCE, by=TRUST)
    with pytest.raises(InvolvementNotFound):
        world.registering.get("MH-1", caller=caller)
    with pytest.raises(InvolvementNotFound):
        world.registering.withdraw("MH-1", caller=caller)


# What is refused


@pytest.mark.parametrize(
    ("said", "caller"),
    [
        pytest.param(IN_CONFIDENCE, EVERYDAY, id="may not register sensitive services"),
        pytest.param(
            replace(IN_CONFIDENCE, service=replace(IN_CONFIDENCE.service, sensitive_basis=None)),
            CAMHS,
            id="no reason is stated",
        ),
        pytest.param(
            replace(ORDINARY, service=replace(ORDINARY.service, sensitive_basis=SensitiveBasis.CONSENT)),
            CAMHS,
            id="a reason for an ordinary service",
        ),
        pytest.param(
            IN_CONFIDENCE,
            a_caller(TRUST, permissions=permissions(capabilities=frozenset({Capability.LOOKUP}))),
            id="may not register",
        ),
    ],
)
def test_what_is_not_permitted_reads_and_changes_nothing(said: Registration, caller: Any) -> None:
    world = World()
    faults = world.struck_by(Faults())
    with pytest.raises(NotPermitted):
        world.put(said, caller=caller)
    assert faults.calls == []


@pytest.mark.parametrize(
    ("said", "stays"), [({"child": a_child(date_of_birth=date(2008, 3, 1))}, "ordinary"), (LONG_OVER, "")]
)
def test_what_has_had_its_time_changes_no_compartment_but_what_its_organisation_says_is_over_goes(
    said: dict[str, Any], stays: str
) -> None:
    world = World()
    world.put(ORDINARY, by=TRUST)
    with pytest.raises(NoLongerKept):
        world.put(in_confidence(**said), by=TRUST)
    assert where(world) == stays


def test_nothing_moves_in_a_closed_register() -> None:
    world = World()
    world.put(ORDINARY, by=TRUST)
    world.lifecycle = Lifecycle(world.clock.at + timedelta(seconds=1))
    with pytest.raises(RegisterClosed):
        world.put(IN_CONFIDENCE, by=TRUST)
    assert where(world) == "ordinary"


# Extracts


def taken_in(world: World, *said: Registration, caller: Any = CAMHS) -> dict[str, int]:
    rows = [Row(line, registration) for line, registration in enumerate(said, 2)]
    return dict(world.take_in(rows, caller=caller).counts)


def test_an_extract_is_taken_into_both_and_the_same_again_writes_nothing() -> None:
    world = World()
    other = a_registration("H-1", service_type=ServiceType.HOSPITAL)
    assert taken_in(world, IN_CONFIDENCE, other)["created"] == 2
    assert (where(world), where(world, "H-1")) == ("sensitive", "ordinary")
    faults = world.struck_by(Faults())
    assert taken_in(world, IN_CONFIDENCE, other)["unchanged"] == 2
    assert faults.calls == ["register.pointers", "register.pointers"]


def test_a_row_that_changes_compartment_moves_though_it_was_held_so_there_before() -> None:
    world = World()
    for said in (ORDINARY, IN_CONFIDENCE, ORDINARY):
        taken_in(world, said)
        assert where(world) == ("sensitive" if said is IN_CONFIDENCE else "ordinary")


def test_a_row_that_lies_in_both_is_put_right() -> None:
    world = World()
    for said in (ORDINARY, IN_CONFIDENCE):
        world.registering.of(said).put(said, caller=CAMHS, told=ToldByReceipt())
    taken_in(world, IN_CONFIDENCE)
    assert where(world) == "sensitive"


def test_sensitive_rows_of_an_organisation_that_may_not_register_them_are_rejected() -> None:
    world = World()
    faults = world.struck_by(Faults())
    tally = world.take_in([Row(2, IN_CONFIDENCE)], caller=EVERYDAY)
    (note,) = tally.rejections
    assert (note.field, tally.counts["rejected"]) == ("service_type", 1)
    assert faults.calls == ["register.pointers"]


def test_a_row_that_is_over_and_held_in_the_other_compartment_is_withdrawn_there() -> None:
    world = World()
    world.put(ORDINARY, by=TRUST)
    assert taken_in(world, in_confidence(**LONG_OVER))["no_longer_kept"] == 1
    assert where(world) == ""
