from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access import Answered, LegalBasis, Purpose, Reason, Role, Shown
from shared.domain.directory import Capability
from shared.domain.errors import (
    AskedTooOften,
    IllMatchedReason,
    NotEnoughToSearch,
    NotPermitted,
    RegisterClosed,
    Unavailable,
)
from shared.domain.involvement import ServiceType, Standing
from shared.domain.lifecycle import Lifecycle
from shared.domain.lookup import Elsewhere, Question
from shared.services.newcomer import TellNewcomer
from tests.support.builders import (
    COUNCIL,
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
)
from tests.support.fakes import Faults
from tests.support.worlds import World, a_known_child, in_confidence

CHILD = a_child(identifiers=(nhs_number(),))
NEW = a_registration("HV-7", child=CHILD, service_type=ServiceType.HEALTH_VISITING)
MANY_CALLS = 8


def newcomer(world: World) -> TellNewcomer:
    return TellNewcomer(
        register=world.register,
        directory=world.directory,
        access_log=world.access_log,
        limits=world.limits,
        gate=world.gate,
    )


def tell(world: World, question: Question | None = None, **said: Any) -> Elsewhere:
    """As the trust is told that has just registered the child."""
    caller = said.pop("caller", a_caller(TRUST, permissions=everyday()))
    question = question or a_question(child=CHILD)
    own = world.put(said.pop("registration", NEW), caller=caller).involvement
    asked: dict[str, Any] = {"caller": caller, "access_id": "access-1", "request_id": "request-1"}
    newcomer(world).require(question, **asked)
    return newcomer(world)(question, own, **asked)


# What is told


def test_a_newcomer_is_told_who_else_works_with_the_child_and_not_of_itself() -> None:
    told = tell(a_known_child())
    assert [i.organisation for i in told.involvements] == [COUNCIL, SCHOOL]
    assert {source.organisation for source in told.sources} == {COUNCIL, SCHOOL}


def test_another_involvement_of_the_newcomers_own_organisation_is_told() -> None:
    world = a_known_child()
    world.put(a_registration("SLT-1", child=CHILD, service_type=ServiceType.SPEECH_AND_LANGUAGE), by=TRUST)
    assert {(i.organisation, i.source_reference) for i in tell(world).involvements} == {
        (COUNCIL, "CASE-1"),
        (SCHOOL, "PUPIL-9"),
        (TRUST, "SLT-1"),
    }


def test_whoever_is_first_is_told_that_nobody_else_is_there() -> None:
    told = tell(World())
    assert (told.involvements, told.lead, told.sources) == ((), None, ())


def test_the_same_registration_again_is_answered_as_the_first() -> None:
    world = a_known_child()
    first = tell(world)
    world.access_log.records.clear()
    assert tell(world) == first


@pytest.mark.parametrize(
    ("standing", "leads"), [(Standing.CURRENT, True), (Standing.NOT_KNOWN, True), (Standing.ENDED, False)]
)
def test_the_lead_professional_is_named_who_still_works_with_the_child(standing: Standing, leads: bool) -> None:  # noqa: FBT001  # of the table
    world = World()
    world.put(a_registration("L-1", child=CHILD, standing=standing, lead_professional=True))
    world.put(a_registration("P-1", child=CHILD, service_type=ServiceType.EDUCATION), by=SCHOOL)
    told = tell(world)
    assert (told.lead is not None and told.lead.source_reference == "L-1") is leads
    assert len(told.involvements) == 2


def test_the_newcomers_own_lead_professional_is_not_whom_it_has_to_ring() -> None:
    assert tell(World(), registration=replace(NEW, service=replace(NEW.service, lead_professional=True))).lead is None


# What is not


def test_behind_a_shield_nobody_is_told_and_the_answer_is_as_if_nobody_was_there() -> None:
    world = a_known_child()
    world.shield(world.child_of())
    calls = world.struck_by(Faults()).calls
    told = tell(world)
    alone = World()
    calls_alone = alone.struck_by(Faults()).calls
    assert told == tell(alone)
    mine = ("register.held_by_id", "access_log.append", "directory.organisations", "limits.spend")
    assert [c for c in calls if c in mine] == [c for c in calls_alone if c in mine]
    (record,) = world.records
    assert (record.outcome, record.child_id, record.shown) == ("no_match", None, Shown.NOTHING)


def test_a_shield_that_is_set_while_the_answer_is_made_hides_all_of_it() -> None:
    world = a_known_child()
    own = world.put(NEW, by=TRUST).involvement
    world.shield(own.child_id)
    told = newcomer(world)(
        a_question(child=CHILD), own, caller=a_caller(TRUST, permissions=everyday()), access_id="a", request_id="r"
    )
    assert told.involvements == ()


def test_the_shields_own_team_is_told() -> None:
    world = a_known_child()
    world.shield(world.child_of(), organisation=TRUST)
    may = everyday(capabilities=frozenset({Capability.LOOKUP, Capability.REGISTER, Capability.SHIELD}))
    told = tell(world, caller=a_caller(TRUST, permissions=may))
    assert {i.organisation for i in told.involvements} == {COUNCIL, SCHOOL}
    assert world.records[-1].shown == Shown.SHIELDED_CHILD_AND_INVOLVEMENTS


def test_no_sensitive_service_is_ever_told_to_a_newcomer_not_even_to_who_brokers() -> None:
    world = a_known_child()
    world.put(in_confidence(), by=SCHOOL)
    told = tell(world, caller=a_caller(TRUST, permissions=permissions(sees=frozenset(ServiceType))))
    assert all(not i.service.service_type.is_sensitive for i in told.involvements)
    assert {i.organisation for i in told.involvements} == {COUNCIL, SCHOOL}


def test_what_the_newcomer_does_not_see_is_not_told_and_has_no_source() -> None:
    sees = frozenset({ServiceType.EDUCATION, ServiceType.HEALTH_VISITING})
    told = tell(a_known_child(), caller=a_caller(TRUST, permissions=everyday(sees=sees)))
    assert [i.organisation for i in told.involvements] == [SCHOOL]
    assert [source.organisation for source in told.sources] == [SCHOOL]


# What is recorded and refused


def test_it_is_recorded_as_a_lookup_is() -> None:
    world = a_known_child()
    told = tell(world)
    (record,) = world.records
    assert (record.access_id, record.answered, record.outcome) == (told.access_id, Answered.ANSWERED, "match")
    assert (record.child_id, record.shown) == (world.child_of(), Shown.CHILD_AND_INVOLVEMENTS)
    assert (record.purpose, record.practitioner_role, record.asked_district) == ("emergency_care", "nurse", "N12")


REFUSED: list[Any] = [
    pytest.param(
        a_question(), everyday(capabilities=frozenset({Capability.REGISTER})), NotPermitted, None, id="may not look up"
    ),
    pytest.param(
        a_question(),
        everyday(purposes=frozenset({Purpose.MISSING_CHILD})),
        NotPermitted,
        "/asking/reason/purpose",
        id="not for this purpose",
    ),
    pytest.param(
        a_question(),
        everyday(roles=frozenset({Role.POLICE_OFFICER})),
        NotPermitted,
        "/asking/practitioner/role",
        id="not in this role",
    ),
    pytest.param(
        a_question(practitioner=a_practitioner(role=Role.TEACHER)),
        everyday(),
        IllMatchedReason,
        "/asking/practitioner/role",
        id="a reason of others",
    ),
    pytest.param(
        a_question(reason=Reason(Purpose.EMERGENCY_CARE, LegalBasis.CHILDREN_ACT_1989_S46)),
        everyday(),
        IllMatchedReason,
        "/asking/reason/legal_basis",
        id="a basis of others",
    ),
    pytest.param(
        a_question(child=a_child(given_name="Baby", family_name=None, postcode=None)),
        everyday(),
        NotEnoughToSearch,
        None,
        id="too little to look up by",
    ),
]


@pytest.mark.parametrize(("question", "may", "error", "pointer"), REFUSED)
def test_what_may_not_be_asked_is_refused_on_record_before_anything_is_read(
    question: Question, may: Any, error: type[Exception], pointer: str | None
) -> None:
    world = a_known_child()
    calls = world.struck_by(Faults()).calls
    caller = a_caller(TRUST, permissions=may)
    with pytest.raises(error) as refused:
        newcomer(world).require(question, caller=caller, access_id="access-1", request_id="request-1")
    assert calls == ["access_log.append"]
    assert getattr(refused.value, "pointer", None) == pointer
    (record,) = world.records
    assert (record.answered, record.shown, record.child_id) == (Answered.REFUSED, Shown.NOTHING, None)


def test_each_answer_counts_as_a_question_and_too_many_are_refused_before_anything_is_registered() -> None:
    world = a_known_child()
    tell(world)
    assert world.limits.spent == {(f"client-of-{TRUST}", "NMC-12A3456E"): 1}
    world.limits.most = 1
    with pytest.raises(AskedTooOften):
        newcomer(world).require(a_question(child=CHILD), caller=a_caller(TRUST), access_id="a-2", request_id="r-2")
    assert world.records[-1].outcome == "asked_too_often"


@pytest.mark.parametrize("reads", range(3))
def test_nothing_is_told_once_the_register_has_closed(reads: int) -> None:
    world = a_known_child()
    own = world.put(NEW, by=TRUST).involvement
    closes_at = world.clock.at + timedelta(seconds=1)
    world.lifecycle = Lifecycle(closes_at, "https://successor.example")
    world.clock.moves_after(reads, closes_at)
    try:
        newcomer(world)(a_question(child=CHILD), own, caller=a_caller(TRUST), access_id="a", request_id="r")
    except RegisterClosed:
        return
    assert world.clock.at < closes_at, "answered after it had closed"


@given(position=st.integers(0, MANY_CALLS))
@pytest.mark.parametrize("after", [False, True])
def test_nobody_is_told_of_without_a_record_whatever_fails(position: int, *, after: bool) -> None:
    world = a_known_child()
    own = world.put(NEW, by=TRUST).involvement
    question, asked = a_question(child=CHILD), {"access_id": "access-1", "request_id": "request-1"}
    world.struck_by(Faults(position, after=after))
    try:
        newcomer(world).require(question, caller=a_caller(TRUST), **asked)
        told = newcomer(world)(question, own, caller=a_caller(TRUST), **asked)
    except Unavailable:
        return
    assert told.involvements
    assert [record.shown for record in world.records] == [Shown.CHILD_AND_INVOLVEMENTS]


def test_a_child_that_is_withdrawn_meanwhile_is_nobodys() -> None:
    world = a_known_child()
    own = world.put(NEW, by=TRUST).involvement

    def all_withdraw() -> None:
        world.register.held.clear()

    withdrawing: dict[str, Callable[[], object]] = {"register.held_by_id": all_withdraw}
    world.struck_by(Faults(meanwhile=withdrawing))
    told = newcomer(world)(a_question(child=CHILD), own, caller=a_caller(TRUST), access_id="a", request_id="r")
    assert told.involvements == ()
    assert world.records[0].outcome == "no_match"
