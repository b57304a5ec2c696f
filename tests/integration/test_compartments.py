"""What sensitive services say lies in a compartment of its own: nothing that is asked of the other ever meets it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared.domain.conflicts import Conflict
from shared.domain.errors import ChildNotFound, InvolvementNotFound, VersionMismatch
from shared.domain.involvement import Dispute, Disputed, SensitiveBasis, ServiceType
from shared.domain.review import Decision
from shared.domain.shield import Shield, ShieldReason
from shared.services.cover import ToldByReceipt
from tests.integration.calls import Calls
from tests.integration.direct import Desk, caller, details, registration
from tests.integration.emulated import REGISTER, dump
from tests.integration.pairs import BEN, COUNCIL, SCHOOL, TRUST, a_pair
from tests.integration.people import ABEL, ZOE

SENSITIVE = {"service_type": "sexual_health", "sensitive_basis": SensitiveBasis.CONSENT.value}


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def put_sensitive(desk: Desk, organisation: str, reference: str, child: dict[str, object]) -> str:
    said = registration(reference, child, **SENSITIVE)
    return desk.compartments.put(said, caller=caller(organisation), told=ToldByReceipt()).involvement.child_id


def test_no_ordinary_question_meets_a_sensitive_involvement_nor_the_other_way_round(desk: Desk) -> None:
    ordinary = desk.put(COUNCIL, "c-1", ZOE).involvement.child_id
    before = {(item["pk"], item["sk"]) for item in dump(REGISTER)}
    sensitive = put_sensitive(desk, TRUST, "t-1", ZOE)
    assert ordinary != sensitive
    now = desk.clock()
    assert {c.child_id for c in desk.register.candidates(details(ZOE), now)} == {ordinary}
    assert {c.child_id for c in desk.sensitive.candidates(details(ZOE), now)} == {sensitive}
    assert desk.register.survey(TRUST, registration("t-1", ZOE), now).pointer is None
    assert desk.own(TRUST, "t-1") is None
    assert desk.register.held_by_id(sensitive, now) is None
    with pytest.raises(ChildNotFound):
        desk.shields.put(sensitive, a_shield(desk), (), now)
    written = {(item["pk"], item["sk"]) for item in dump(REGISTER)} - before
    assert written
    assert {pk for pk, _ in written}.isdisjoint(pk for pk, _ in before)


def test_sensitive_involvements_of_one_child_lie_together_and_raise_no_cases(desk: Desk) -> None:
    first = put_sensitive(desk, TRUST, "t-1", ZOE)
    assert put_sensitive(desk, COUNCIL, "c-1", ZOE) == first
    much_alike = {**ZOE, "nhs_number": "9990002010", "upn": None}
    assert put_sensitive(desk, SCHOOL, "s-1", much_alike) != first
    assert "case" not in {item["kind"] for item in dump(REGISTER)}


def test_a_reference_that_becomes_sensitive_leaves_nothing_where_it_was(desk: Desk) -> None:
    desk.put(TRUST, "t-1", ZOE)
    desk.clock.move(seconds=1)
    put_sensitive(desk, TRUST, "t-1", ZOE)
    assert desk.who(ZOE) is None
    assert not desk.register.candidates(details(ZOE), desk.clock())
    assert len(desk.sensitive.candidates(details(ZOE), desk.clock())) > 0


def test_a_move_that_was_stopped_halfway_goes_on_with_the_version_that_was_meant(desk: Desk) -> None:
    version = desk.put(TRUST, "t-1", ZOE).involvement.version
    desk.withdraw(TRUST, "t-1")  # and here it was stopped
    desk.clock.move(seconds=1)
    said = registration("t-1", ZOE, **SENSITIVE)
    with pytest.raises(VersionMismatch):
        desk.compartments.put(said, caller=caller(TRUST), told=ToldByReceipt(), if_match=version + 1)
    moved = desk.compartments.put(said, caller=caller(TRUST), told=ToldByReceipt(), if_match=version).involvement
    assert moved.version == version + 1


def test_what_was_sensitive_is_withdrawn_also_by_who_may_not_register_it_any_more(desk: Desk) -> None:
    put_sensitive(desk, TRUST, "t-1", ZOE)
    known = caller(TRUST)
    ordinary = frozenset(service for service in ServiceType if not service.is_sensitive)
    permissions = replace(known.organisation.permissions, service_types=ordinary)
    less = replace(known, organisation=replace(known.organisation, permissions=permissions))
    desk.compartments.put(registration("t-1", ZOE), caller=less, told=ToldByReceipt())
    desk.clock.move(seconds=1)
    desk.compartments.withdraw("t-1", caller=less)
    for register in (desk.register, desk.sensitive):
        assert register.involvement(TRUST, "t-1", desk.clock()) is None


# Types of services


def test_what_leads_to_a_child_does_so_for_a_type_of_service_until_the_last_that_says_so_goes(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", ZOE, service_type="social_care")
    desk.put(TRUST, "t-1", ZOE)
    desk.put(TRUST, "t-2", ZOE)

    def types(asked: dict[str, object]) -> set[str]:
        found = desk.register.candidates(details(asked), desk.clock())
        (said,) = {c.service_types for c in found}
        return set(map(str, said))

    by_number = {"nhs_number": ZOE["nhs_number"]}
    assert types(ZOE) == types(by_number) == {"social_care", "health_visiting"}
    desk.withdraw(TRUST, "t-1")
    assert types(ZOE) == types(by_number) == {"social_care", "health_visiting"}
    desk.withdraw(TRUST, "t-2")
    assert types(ZOE) == types(by_number) == {"social_care"}
    desk.clock.move(seconds=1)
    desk.put(COUNCIL, "c-1", ZOE, service_type="early_help")
    assert types(ZOE) == types(by_number) == {"early_help"}
    assert desk.who(by_number) == {(COUNCIL, "c-1")}


def test_a_lookup_reads_rows_only_and_says_whether_the_place_or_a_number_led_there(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    calls = Calls().of_tables()
    found = desk.register.candidates(details(ZOE), desk.clock())
    assert set(calls.count()) == {"Query"}
    assert all(candidate.service_types for candidate in found)
    assert {(c.by_identifier, c.by_place) for c in found} == {(True, False), (False, True), (False, False)}
    by_place = desk.register.candidates(
        details({"postcode": ZOE["postcode"], "date_of_birth": "2020-01-01"}), desk.clock()
    )
    assert {(c.by_identifier, c.by_place) for c in by_place} == {(False, True)}


def test_a_number_in_doubt_leads_to_whose_it_is_and_once_that_is_settled_to_all_who_state_it(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, Decision.SAME)
    cats = {"nhs_number": "9990000018"}
    states = [i for i in dump(REGISTER) if i["kind"] == "match_key" and i["pk"].startswith("ID#nhs")]
    assert len(states) == 3
    for organisation, reference in ((COUNCIL, "cat-1"), (SCHOOL, "cat-2")):
        desk.withdraw(organisation, reference)
    assert desk.who(cats) == {(TRUST, "ben-1"), (SCHOOL, "ben-2"), ("RX9", "ben-3")}


def test_who_still_states_a_number_is_led_to_when_the_one_goes_who_had_it_first(desk: Desk) -> None:
    number = {"nhs_number": ZOE["nhs_number"]}
    desk.put(COUNCIL, "z-1", ZOE)
    stating = {**ABEL, **number}
    desk.put(TRUST, "a-1", stating)  # in doubt: it is Zoë's
    desk.withdraw(COUNCIL, "z-1")
    desk.clock.move(minutes=2)
    desk.put(SCHOOL, "a-2", stating, service_type="education")  # free now
    desk.withdraw(SCHOOL, "a-2")
    assert desk.who(number) == {(TRUST, "a-1")}


# What is held by id, and disputes


def test_a_child_is_held_by_its_id_also_while_and_after_it_becomes_part_of_another(desk: Desk) -> None:
    case = a_pair(desk)
    assert desk.register.held_by_id("nobody", desk.clock()) is None
    desk.decide(case, Decision.SAME)
    for child_id in (case.newer, case.older):
        held = desk.register.held_by_id(child_id, desk.clock())
        assert held
        assert held.child_id == case.older
        assert len(held.involvements) == 5


@dataclass
class Marked:
    """What an involvement's organisation reads, and a lookup."""

    desk: Desk

    def disputed(self) -> set[Disputed | None]:
        own = self.desk.own(TRUST, "ben-1")
        finding = self.desk.find({"upn": BEN["upn"]})
        held = self.desk.register.held_of(finding.lies_in, self.desk.clock())
        return {
            own.disputed if own else None,
            *(i.disputed for i in held.involvements if i.source_reference == "ben-1"),
        }


def test_a_dispute_stays_whatever_is_registered_or_joined_until_it_is_settled_or_withdrawn(desk: Desk) -> None:
    case = a_pair(desk)
    marked, said = Marked(desk), Disputed(Dispute.CORRECTION, desk.clock())
    own = desk.own(TRUST, "ben-1")
    assert own
    desk.register.dispute(TRUST, "ben-1", said, desk.clock())
    after = desk.own(TRUST, "ben-1")
    assert after
    assert after.version == own.version + 1
    assert marked.disputed() == {said}
    desk.clock.move(seconds=1)
    desk.put(TRUST, "ben-1", BEN, team="Another")
    assert marked.disputed() == {said}
    desk.decide(case, Decision.SAME)
    assert marked.disputed() == {said}
    desk.register.dispute(TRUST, "ben-1", None, desk.clock())
    assert marked.disputed() == {None}
    desk.register.dispute(TRUST, "ben-1", said, desk.clock())
    desk.withdraw(TRUST, "ben-1")
    with pytest.raises(InvolvementNotFound):
        desk.register.dispute(TRUST, "ben-1", None, desk.clock())
    desk.clock.move(minutes=2)
    desk.put(TRUST, "ben-1", BEN)
    assert marked.disputed() == {None}


def test_a_dispute_that_meets_a_change_is_not_written(desk: Desk) -> None:
    desk.put(TRUST, "z-1", ZOE)
    desk.interrupted.meanwhile = lambda: desk.put(TRUST, "z-1", ZOE, team="Another")
    with pytest.raises(Conflict):
        desk.interrupted.dispute(TRUST, "z-1", Disputed(Dispute.OBJECTION, desk.clock()), desk.clock())
    assert not any("disputed" in item for item in dump(REGISTER))


def a_shield(desk: Desk) -> Shield:
    now = desk.clock()
    return Shield(organisation=COUNCIL, reason=ShieldReason.COURT_ORDER, since=now, until=now + timedelta(days=300))


def test_nothing_of_the_compartment_tells_in_a_key_which_one_it_is(desk: Desk) -> None:
    put_sensitive(desk, TRUST, "t-1", ZOE)
    kept = json.dumps([(item["pk"], item["sk"]) for item in dump(REGISTER)])
    assert "sensitive" not in kept
    assert "sexual" not in kept
