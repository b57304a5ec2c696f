from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access import Answered, LegalBasis, Purpose, Reason, Role
from shared.domain.child import ChildDetails
from shared.domain.directory import Caller, Coverage, Permissions
from shared.domain.errors import (
    AccessNotRecorded,
    AskedTooOften,
    IllMatchedReason,
    NotEnoughToSearch,
    NotPermitted,
    RegisterClosed,
    Unavailable,
)
from shared.domain.involvement import ServiceType
from shared.domain.lookup import Answer, Question
from shared.domain.outcomes import Outcome
from tests.support.builders import (
    COUNCIL,
    NHS_NUMBER,
    ORDINARY_SERVICES,
    OTHER_NHS_NUMBER,
    SCHOOL,
    TRUST,
    a_caller,
    a_child,
    a_practitioner,
    a_question,
    a_registration,
    an_organisation,
    nhs_number,
    permissions,
    upn,
)
from tests.support.fakes import FakeDirectory, Faults
from tests.support.worlds import World, in_confidence
from tests.support.worlds import a_known_child as a_world

BROKER = a_caller(COUNCIL)


# What is answered


def test_a_match_shows_the_child_and_who_works_with_it() -> None:
    answer = a_world().ask(a_question())
    assert answer.outcome is Outcome.MATCH
    assert answer.child is not None
    assert answer.child.given_name == "Amelia"
    assert [i.organisation for i in answer.involvements] == [COUNCIL, SCHOOL]


def test_a_match_tells_how_current_each_organisation_is() -> None:
    world = a_world()
    world.directory = FakeDirectory(
        [an_organisation(SCHOOL, coverage=Coverage(current_as_of=date(2026, 3, 1))), an_organisation(COUNCIL)]
    )
    answer = world.ask(a_question())
    assert {source.organisation: source.current_as_of for source in answer.sources} == {
        SCHOOL: date(2026, 3, 1),
        COUNCIL: None,
    }


def test_a_number_alone_is_enough() -> None:
    answer = a_world().ask(a_question(child=ChildDetails(identifiers=(nhs_number(),))))
    assert answer.outcome is Outcome.MATCH


NOT_A_MATCH: list[tuple[str, ChildDetails, Outcome]] = [
    ("almost", a_child(given_name=None), Outcome.POTENTIAL_MATCH),
    ("a number with another child's names", a_child(
        given_name="Zoe", family_name="Hill", identifiers=(nhs_number(),)), Outcome.POTENTIAL_MATCH),
    ("hardly", a_child(given_name=None, postcode=None), Outcome.LOW_CONFIDENCE),
    ("nobody", a_child(given_name="Zoe", family_name="Hill", postcode="M1 1AE"), Outcome.NO_MATCH),
    ("no such number", ChildDetails(identifiers=(upn(),)), Outcome.NO_MATCH),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "outcome"), [pytest.param(c, o, id=name) for name, c, o in NOT_A_MATCH])
def test_any_other_outcome_shows_no_child_and_nobody_who_works_with_it(asked: ChildDetails, outcome: Outcome) -> None:
    answer = a_world().ask(a_question(child=asked))
    assert answer.outcome is outcome
    assert (answer.child, answer.involvements, answer.sources) == (None, (), ())
    assert answer.would_help


def test_numbers_of_two_children_are_many_matches() -> None:
    world = a_world()
    world.put(
        a_registration("PUPIL-2", child=a_child(given_name="Zoe", family_name="Hill", identifiers=(upn(),))), by=SCHOOL
    )
    answer = world.ask(a_question(child=ChildDetails(identifiers=(nhs_number(), upn()))))
    assert answer.outcome is Outcome.MANY_MATCHES
    assert answer.child is None


def test_an_involvement_that_was_withdrawn_is_not_shown() -> None:
    world = a_world()
    world.withdraw()
    assert [i.organisation for i in world.ask(a_question()).involvements] == [SCHOOL]


def test_a_child_whose_involvements_were_all_withdrawn_is_not_known() -> None:
    world = a_world()
    world.withdraw()
    world.withdraw("PUPIL-9", by=SCHOOL)
    assert world.ask(a_question()).outcome is Outcome.NO_MATCH


def test_a_child_who_is_withdrawn_while_it_is_being_read_is_not_known() -> None:
    world = World()
    world.put(a_registration())
    world.struck_by(Faults(meanwhile={"register.held_of": world.register.held.clear}))
    answer = world.ask(a_question())
    assert (answer.outcome, answer.child, answer.involvements) == (Outcome.NO_MATCH, None, ())


def test_a_sensitive_service_that_is_held_all_the_same_is_not_shown() -> None:
    world = a_world()
    world.holds("CASE-1", service_type=ServiceType.MENTAL_HEALTH)
    answer = world.ask(a_question())
    assert [i.organisation for i in answer.involvements] == [SCHOOL]
    assert [source.organisation for source in answer.sources] == [SCHOOL]


def test_a_child_known_to_sensitive_services_only_is_answered_as_one_that_is_not_known() -> None:
    world = World()
    unknown = world.ask(a_question())
    world.put(a_registration())
    world.holds("CASE-1", service_type=ServiceType.SEXUAL_HEALTH)
    hidden = world.ask(a_question())
    assert hidden == Answer(
        access_id="lookup-2", outcome=unknown.outcome, would_help=unknown.would_help, coverage=unknown.coverage
    )


def test_the_coverage_is_of_the_postcode_in_the_question() -> None:
    world = a_world()
    world.directory = FakeDirectory(
        [
            an_organisation(SCHOOL, coverage=Coverage(districts=frozenset({"N12"}), service_types=ORDINARY_SERVICES)),
            an_organisation(COUNCIL, coverage=Coverage(districts=frozenset({"M"}), service_types=ORDINARY_SERVICES)),
            an_organisation(TRUST, coverage=Coverage(districts=frozenset({"NW"}), service_types=ORDINARY_SERVICES)),
        ]
    )
    coverage = world.ask(a_question()).coverage
    assert coverage.district == "N12"
    assert [source.organisation for source in coverage.sources] == [SCHOOL]


def test_organisations_are_told_by_their_codes_whatever_order_the_directory_has_them_in() -> None:
    world = a_world()
    enrolled = [an_organisation(code) for code in sorted((TRUST, COUNCIL, SCHOOL), reverse=True)]
    world.directory = FakeDirectory(enrolled)
    answer = world.ask(a_question())
    assert [source.organisation for source in answer.sources] == sorted((COUNCIL, SCHOOL))
    assert [source.organisation for source in answer.coverage.sources] == sorted((COUNCIL, SCHOOL, TRUST))


def test_what_an_organisation_says_is_shown_after_it_left_the_directory() -> None:
    world = a_world()
    world.directory = FakeDirectory([an_organisation(COUNCIL)])
    answer = world.ask(a_question())
    assert [i.organisation for i in answer.involvements] == [COUNCIL, SCHOOL]
    assert [source.organisation for source in answer.sources] == [COUNCIL]


def test_the_coverage_tells_nothing_of_where_the_child_lives() -> None:
    coverage = a_world().ask(a_question(child=ChildDetails(identifiers=(nhs_number(),)))).coverage
    assert (coverage.district, coverage.sources) == (None, ())


def test_the_coverage_is_the_same_whether_the_child_is_known_or_not() -> None:
    assert a_world().ask(a_question()).coverage == World().ask(a_question()).coverage


def test_a_suspended_organisation_covers_nothing() -> None:
    world = a_world()
    world.directory = FakeDirectory([an_organisation(SCHOOL, suspended=True), an_organisation(COUNCIL)])
    assert [source.organisation for source in world.ask(a_question()).coverage.sources] == [COUNCIL]


# How often may be asked


def test_whoever_asks_too_often_is_refused_on_record_and_told_when_to_try_again() -> None:
    world = a_world()
    world.limits.most = 2
    world.ask(a_question())
    world.ask(a_question())
    with pytest.raises(AskedTooOften) as refusal:
        world.ask(a_question())
    assert refusal.value.retry_after == 60
    assert (world.records[-1].answered, world.records[-1].outcome) == (Answered.REFUSED, "asked_too_often")
    assert world.ask(a_question(practitioner=a_practitioner(practitioner_id="NMC-2"))).child


# What is recorded


def test_an_answer_is_recorded_with_who_asked_for_whom_why_and_what_was_shown() -> None:
    world = a_world()
    behalf = a_practitioner(practitioner_id="GMC-7", name="Idris Vaughan", role=Role.DOCTOR)
    reason = Reason(Purpose.MISSING_CHILD, LegalBasis.CHILDREN_ACT_2004_S16LA, "ED attendance 4471")
    answer = world.ask(a_question(on_behalf_of=behalf, reason=reason))
    (record,) = world.records
    assert answer.child is not None
    assert record.access_id == answer.access_id
    assert record.request_id == "request-1"
    assert record.at == world.clock.at
    assert (record.organisation, record.client_id) == (TRUST, f"client-of-{TRUST}")
    assert (record.practitioner_id, record.practitioner_role) == ("NMC-12A3456E", "nurse")
    assert (record.on_behalf_of_id, record.on_behalf_of_role) == ("GMC-7", "doctor")
    assert (record.purpose, record.legal_basis) == ("missing_child", "children_act_2004_s16la")
    assert record.note == "ED attendance 4471"
    assert (record.answered, record.outcome) == (Answered.ANSWERED, "match")
    assert (record.shown, record.child_id) == ("child_and_involvements", answer.child.child_id)
    assert (record.policy, record.override_id) == ("1/1", None)
    assert (record.asked_district, record.own_surname) == ("N12", False)


@pytest.mark.parametrize(("name", "own"), [("Ngozi Okafor", True), ("Okafor Hill", False), ("OKAFOR", True)])
def test_it_is_recorded_whether_the_practitioner_has_the_name_that_is_asked_for(name: str, *, own: bool) -> None:
    world = a_world()
    world.ask(a_question(practitioner=a_practitioner(name=name)))
    assert world.records[0].own_surname is own


def test_a_reason_that_does_not_go_together_is_recorded_and_not_searched() -> None:
    world = a_world()
    world.register.calls.clear()
    with pytest.raises(IllMatchedReason):
        world.ask(a_question(reason=Reason(Purpose.EMERGENCY_CARE, LegalBasis.CHILDREN_ACT_1989_S47)))
    (record,) = world.records
    assert (record.answered, record.outcome) == (Answered.REFUSED, "ill_matched_reason")
    assert (record.purpose, record.legal_basis) == ("emergency_care", "children_act_1989_s47")
    assert not world.register.calls


@pytest.mark.parametrize(("asked", "outcome"), [pytest.param(c, o, id=name) for name, c, o in NOT_A_MATCH])
def test_a_question_that_was_answered_with_nothing_is_recorded_too(asked: ChildDetails, outcome: Outcome) -> None:
    world = a_world()
    world.ask(a_question(child=asked))
    (record,) = world.records
    assert (record.outcome, record.shown, record.child_id) == (outcome.value, "nothing", None)


def test_a_record_holds_ids_and_codes_and_no_name_or_number_of_a_child() -> None:
    world = a_world()
    world.ask(a_question(child=a_child(identifiers=(nhs_number(),))))
    for personal in ("Amelia", "Okafor", "2017", "0AB", NHS_NUMBER, "Rosa", "Quill"):
        assert personal not in repr(world.records)


@pytest.mark.parametrize(
    ("question", "given"),
    [
        pytest.param(a_question(), Permissions(), id="may not look up"),
        pytest.param(a_question(), permissions(purposes=frozenset()), id="not for this purpose"),
        pytest.param(a_question(), permissions(roles=frozenset()), id="not in this role"),
    ],
)
def test_a_question_that_is_not_permitted_is_recorded_and_not_searched(question: Question, given: Permissions) -> None:
    world = a_world()
    world.register.calls.clear()
    with pytest.raises(NotPermitted):
        world.ask(question, caller=a_caller(TRUST, permissions=given))
    (record,) = world.records
    assert (record.answered, record.outcome, record.shown) == (Answered.REFUSED, "not_permitted", "nothing")
    assert not world.register.calls


@pytest.mark.parametrize(
    "child",
    [
        ChildDetails(),
        ChildDetails(given_name="Amelia", family_name="Okafor"),
        ChildDetails(date_of_birth=date(2017, 5, 9)),
        ChildDetails(postcode="N12 0AB"),
    ],
)
def test_a_question_that_names_too_little_is_recorded_and_not_searched(child: ChildDetails) -> None:
    world = a_world()
    world.register.calls.clear()
    with pytest.raises(NotEnoughToSearch):
        world.ask(a_question(child=child))
    (record,) = world.records
    assert (record.answered, record.outcome) == (Answered.REFUSED, "not_enough_to_search")
    assert not world.register.calls


def test_a_refusal_that_cannot_be_recorded_is_said_to_be_so() -> None:
    world = a_world()
    world.struck_by(Faults(position=0))
    with pytest.raises(AccessNotRecorded):
        world.ask(a_question(), caller=a_caller(TRUST, suspended=True))


# No disclosure without an access record, whatever fails


def happy_calls(caller: Caller | None = None, question: Question | None = None) -> list[str]:
    world = a_world()
    faults = world.struck_by(Faults())
    world.ask(question or a_question(), caller=caller)
    return faults.calls


def test_a_lookup_writes_its_record_while_it_reads_the_child_and_no_later() -> None:
    assert happy_calls() == [
        "register.candidates",
        "limits.spend",
        "register.held_of",
        "access_log.append",
        "directory.organisations",
    ]


def test_a_brokers_lookup_makes_the_same_calls_whether_a_sensitive_service_knows_the_child_or_not() -> None:
    world = a_world()
    world.put(in_confidence(), by=TRUST)
    faults = world.struck_by(Faults())
    assert world.ask(a_question(), caller=BROKER).sensitive
    assert faults.calls == happy_calls(BROKER)
    assert faults.calls == [
        "register.candidates",
        "limits.spend",
        "register.candidates",
        "register.held_of",
        "access_log.append",
        "register.held_of",
        "directory.organisations",
    ]


def test_a_question_that_found_nothing_costs_more_while_its_record_is_being_written() -> None:
    nobody = a_question(child=a_child(given_name="Zoe", family_name="Hill", postcode="M1 1AE"))
    calls = ["register.candidates", "limits.spend", "access_log.append", "limits.charge", "directory.organisations"]
    assert happy_calls(question=nobody) == calls


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "after it is done"])
@pytest.mark.parametrize("position", range(len(happy_calls(BROKER))), ids=happy_calls(BROKER))
@pytest.mark.parametrize("error", [Unavailable, OSError])
def test_whatever_port_fails_nothing_is_shown(position: int, error: type[Exception], *, after: bool) -> None:
    world = a_world()
    faults = world.struck_by(Faults(position=position, after=after, error=error))
    failure = AccessNotRecorded if happy_calls(BROKER)[position] == "access_log.append" else error
    with pytest.raises(failure):
        world.ask(a_question(), caller=BROKER)
    assert len(faults.calls) > position


@given(positions=st.lists(st.none() | st.integers(0, 7), max_size=12), after=st.booleans(), brokers=st.booleans())
def test_there_are_never_more_disclosures_than_access_records(
    positions: list[int | None], *, after: bool, brokers: bool
) -> None:
    world = a_world()
    world.put(in_confidence(), by=TRUST)
    disclosed: set[str] = set()
    for position in positions:
        world.struck_by(Faults(position=position, after=after))
        try:
            answer = world.ask(a_question(), caller=BROKER if brokers else None)
        except Unavailable:
            continue
        if answer.child:
            disclosed.add(answer.access_id)
    assert disclosed <= {record.access_id for record in world.records if record.child_id}


# Closed


def test_after_closure_nothing_is_read_and_nothing_recorded() -> None:
    world = a_world(closes_in=timedelta())
    world.register.calls.clear()
    with pytest.raises(RegisterClosed) as closed:
        world.ask(a_question())
    assert closed.value.successor_url == "https://successor.example"
    assert not world.register.calls
    assert not world.records


def test_a_microsecond_before_closure_is_still_in_time() -> None:
    assert a_world(closes_in=timedelta(microseconds=1)).ask(a_question()).outcome is Outcome.MATCH


@pytest.mark.parametrize("call", happy_calls())
def test_a_register_that_closes_during_any_call_shows_nothing(call: str) -> None:
    world = a_world(closes_in=timedelta(seconds=1))
    world.struck_by(Faults(meanwhile={call: world.clock.move}))
    with pytest.raises(RegisterClosed):
        world.ask(a_question())
    assert len(world.records) == 1


def test_the_closed_gate_comes_before_any_refusal() -> None:
    world = a_world(closes_in=timedelta())
    with pytest.raises(RegisterClosed):
        world.ask(a_question(), caller=a_caller(TRUST, suspended=True))


def test_a_record_of_another_lookup_cannot_stand_for_this_one() -> None:
    world = a_world()
    first = world.look_up(a_question(), caller=a_caller(TRUST), access_id="the same", request_id="1")
    assert first.outcome is Outcome.MATCH
    with pytest.raises(AccessNotRecorded):
        world.look_up(a_question(), caller=a_caller(TRUST), access_id="the same", request_id="2")


def test_another_nhs_number_than_the_one_held_discloses_nobody() -> None:
    answer = a_world().ask(a_question(child=a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),))))
    assert answer.outcome is Outcome.POTENTIAL_MATCH
    assert answer.child is None
