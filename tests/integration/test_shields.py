"""Everything that leads to a shielded child says so: set, lifted, inherited, joined, raced and interrupted."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from shared.domain.access import AccessRecord, Answered, Role
from shared.domain.alerts import Alert, AlertKind
from shared.domain.child import FormerName
from shared.domain.directory import Capability
from shared.domain.errors import AccessNotRecorded, ChildNotFound, Unavailable
from shared.domain.outcomes import Outcome
from shared.domain.review import Case, Cause, Decided, Decision
from shared.domain.shield import OVERRIDE_LASTS, Override, Shield, ShieldReason
from shared.persistence import partitions, shielding
from shared.persistence.sweeping import DynamoSweeping
from shared.services.cover import ToldByReceipt
from tests.integration.calls import Calls, Fault
from tests.integration.direct import Desk, caller, in_turn, registration
from tests.integration.emulated import ACCESS_LOG, REGISTER, dump, empty
from tests.integration.pairs import (
    ASK_FOR_BEN,
    ASK_FOR_CAT,
    BEN,
    BENS,
    CATS,
    COUNCIL,
    OF_BEN,
    OF_CAT,
    POLICE,
    SCHOOL,
    TRUST,
    a_pair,
    assert_whole,
    registered,
    said_of,
)
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, of

ALL_OF_ZOE = (of(ZOE, *DETAILS), of(ZOE, *NUMBER), {"upn": ZOE["upn"]}, ZOE)


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def a_shield(desk: Desk, *, days: int = 300) -> Shield:
    now = desk.clock()
    return Shield(organisation=COUNCIL, reason=ShieldReason.COURT_ORDER, since=now, until=now + timedelta(days=days))


def shield(desk: Desk, child_id: str, *hidden: FormerName) -> Shield:
    return desk.shields.put(child_id, a_shield(desk), hidden, desk.clock.move(seconds=1))


def is_hidden(desk: Desk, *asked: dict[str, Any]) -> bool:
    """Whether somebody who may not know finds exactly nothing, by any of these."""
    outsider = desk.viewer(TRUST)
    findings = [desk.seen(one, outsider) for one in asked]
    return all(finding.outcome is Outcome.NO_MATCH and finding.sureness == 0 for finding in findings)


def of_team(desk: Desk) -> Any:
    return desk.viewer(COUNCIL, capabilities={Capability.LOOKUP, Capability.SHIELD})


def unmarked(desk: Desk, child_id: str) -> list[str]:
    parts = partitions.whole(child_id)
    return [item.pk for item in shielding.unlike(desk.register.keys, parts, parts[0].shield, desk.clock())]


# Set and lifted


def test_a_shielded_child_is_there_for_its_team_only_until_it_is_lifted_or_has_ended(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.put(SCHOOL, "z-2", ZOE, service_type="education")
    assert not is_hidden(desk, *ALL_OF_ZOE)
    set_shield = shield(desk, child_id)
    assert len(set_shield.names) == 1
    assert is_hidden(desk, *ALL_OF_ZOE)
    assert desk.shown(ZOE, of_team(desk)) == {(TRUST, "z-1"), (SCHOOL, "z-2")}
    held = desk.register.held_by_id(child_id, desk.clock())
    assert held
    assert held.shield == set_shield
    desk.shields.lift(child_id, desk.clock.move(seconds=1), organisation=COUNCIL)
    desk.shields.lift(child_id, desk.clock.move(seconds=1), organisation=COUNCIL)
    assert desk.shown(ZOE, desk.viewer(TRUST)) == {(TRUST, "z-1"), (SCHOOL, "z-2")}
    assert not any("shield" in item for item in dump(REGISTER))
    shield(desk, child_id)
    desk.clock.move(days=301)
    assert desk.shown(ZOE, desk.viewer(TRUST)) == {(TRUST, "z-1"), (SCHOOL, "z-2")}


def test_what_is_registered_afterwards_is_shielded_and_new_names_and_places_lead_nobody_there(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", {**ZOE, "former_names": [{"family_name": "Marsh"}]}).involvement.child_id
    hidden = FormerName(family_name="Marsh", given_name=ZOE["given_name"])
    shield(desk, child_id, hidden)
    desk.clock.move(seconds=1)
    renamed = {**ZOE, "family_name": "Quill", "postcode": "M1 1AE"}
    assert desk.put(SCHOOL, "z-2", renamed, service_type="education").involvement.child_id == child_id
    police = desk.viewer(POLICE, role=Role.POLICE_OFFICER, capabilities={Capability.LOOKUP, Capability.OVERRIDE})
    assert desk.seen(of(ZOE, *NUMBER), police).child_id == child_id
    assert desk.shown(of(ZOE, *NUMBER), police) == set()
    for name in ("Quill", "Marsh"):
        leaning = {
            "given_name": ZOE["given_name"],
            "family_name": name,
            "postcode": "M1 1AE",
            "date_of_birth": "2022-03-14",
        }
        new, known = desk.seen(leaning, police), desk.seen(leaning, of_team(desk))
        assert new.child_id is None
        assert known.sureness > new.sureness
    assert is_hidden(desk, *ALL_OF_ZOE, renamed)
    assert_whole(desk, {(TRUST, "z-1"): {**ZOE, "former_names": [{"family_name": "Marsh"}]}, (SCHOOL, "z-2"): renamed})
    again = shield(desk, child_id)
    assert len(again.names) == 1, "a name that came to the child since stays hidden"


def test_a_child_that_is_not_there_cannot_be_shielded(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.withdraw(TRUST, "z-1")
    for gone in (child_id, "nobody"):
        with pytest.raises(ChildNotFound):
            shield(desk, gone)
        with pytest.raises(ChildNotFound):
            desk.shields.lift(gone, desk.clock(), organisation=COUNCIL)


HOMES = (BEN["postcode"], "EN5 3AB", "EN5 4AB", "EN5 5AB", "EN5 6AB")
"""Of a child of whom each who works with it has another address: nobody says the same."""


def many(desk: Desk) -> str:
    """A child to whom more leads than one transaction takes."""
    said = {
        **BEN,
        "former_names": [{"family_name": "Copeland-Sutton"}, {"given_name": "Ferdinand", "family_name": "Sutton"}],
    }
    put = [desk.put(TRUST, f"b-{n}", {**said, "postcode": postcode}) for n, postcode in enumerate(HOMES)]
    return put[0].involvement.child_id


def test_setting_a_shield_that_is_killed_at_any_call_discloses_nothing_and_is_taken_up(desk: Desk) -> None:
    child_id = many(desk)
    outsider = desk.viewer(TRUST)
    everything = {(TRUST, f"b-{n}") for n in range(5)}
    assert desk.shown(BEN, outsider) == everything
    calls = Calls().of_tables()
    shield(desk, child_id)
    made = [call.operation for call in calls.made]
    assert made.count("TransactWriteItems") >= 2
    for which in range(1, len(made) + 1):
        desk.shields.lift(child_id, desk.clock.move(seconds=1), organisation=COUNCIL)
        watched = Calls().of_tables()
        watched.fail(which, Fault.RESET if which % 2 else Fault.ANSWER_LOST)
        with pytest.raises(Unavailable):
            shield(desk, child_id)
        assert watched.mend()
        is_begun = desk.register.held_by_id(child_id, desk.clock())
        assert is_begun
        shown = desk.shown(BEN, outsider)
        assert shown == set() if is_begun.shield else shown >= everything
        desk.put(SCHOOL, "b-9", {**BEN, "postcode": f"N{which % 19 + 1} 7QF"}, service_type="education")  # gets through
        shield(desk, child_id)
        assert unmarked(desk, child_id) == []
        assert is_hidden(desk, BEN, *ASK_FOR_BEN)


@pytest.mark.parametrize(
    "child", [ZOE, {**ZOE, "postcode": "M1 1AE", "family_name": "Quill"}], ids=["known", "new home"]
)
def test_a_registration_on_its_way_when_the_shield_is_set_leaves_no_way_to_the_child(
    desk: Desk, child: dict[str, Any]
) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.put_while(lambda: shield(desk, child_id), SCHOOL, "z-2", child, service_type="education")
    assert unmarked(desk, child_id) == []
    assert is_hidden(desk, *ALL_OF_ZOE, child)


def test_a_new_child_on_its_way_when_the_one_it_is_like_is_shielded_is_shielded(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    other = desk.put_while(lambda: shield(desk, child_id), SCHOOL, "z-2", ALIKE).involvement.child_id
    assert other != child_id
    assert unmarked(desk, other) == []
    assert is_hidden(desk, *ALL_OF_ZOE, ALIKE)


# Inherited

ALIKE = {**ZOE, "nhs_number": "9990002010", "upn": None}
"""Much like Zoë, with a number of its own."""


def test_a_new_child_that_is_much_like_a_shielded_one_is_so_too_until_they_are_found_different(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    shield(desk, child_id)
    desk.clock.move(seconds=1)
    other = desk.put(SCHOOL, "z-2", ALIKE).involvement.child_id
    assert other != child_id
    assert is_hidden(desk, *ALL_OF_ZOE, ALIKE, {"nhs_number": "9990002010"})
    assert_whole(desk, {(TRUST, "z-1"): ZOE, (SCHOOL, "z-2"): ALIKE})
    (case,) = desk.cases(COUNCIL)
    newer, older = desk.reviews.sides(case, desk.clock())
    assert newer.shield
    assert newer.shield.inherited
    assert older.shield
    assert not older.shield.inherited
    desk.decide(case, Decision.DIFFERENT, COUNCIL)
    assert not is_hidden(desk, ALIKE)
    assert desk.shown({"nhs_number": "9990002010"}, desk.viewer(TRUST)) == {(SCHOOL, "z-2")}
    assert is_hidden(desk, of(ZOE, *NUMBER), {"upn": ZOE["upn"]})
    assert_whole(desk, {(TRUST, "z-1"): ZOE, (SCHOOL, "z-2"): ALIKE})
    desk.clock.move(seconds=1)
    desk.put(SCHOOL, "z-2", ALIKE, team="Another")
    assert not is_hidden(desk, ALIKE), "what was found different does not inherit again"


def test_a_child_that_may_be_two_shielded_ones_is_shielded_until_it_is_neither(desk: Desk) -> None:
    for n, number in enumerate(("9990000018", "9990000026")):
        twin = {**ZOE, "nhs_number": number, "upn": None}
        shield(desk, desk.put(TRUST, f"z-{n}", twin).involvement.child_id)
        desk.clock.move(seconds=1)
    desk.put(SCHOOL, "z-2", ALIKE)
    newer = {case.newer for case in desk.cases(COUNCIL) if case.raised_at == desk.clock()}
    cases = [case for case in desk.cases(COUNCIL) if {case.newer} == newer]
    assert len(cases) == 2
    desk.decide(cases[0], Decision.DIFFERENT, COUNCIL)
    assert is_hidden(desk, ALIKE)
    desk.decide(cases[1], Decision.DIFFERENT, COUNCIL)
    assert not is_hidden(desk, ALIKE)


def test_a_known_child_that_states_the_number_of_a_shielded_one_is_shielded(desk: Desk) -> None:
    shield(desk, desk.put(TRUST, "z-1", ZOE).involvement.child_id)
    desk.put(TRUST, "a-1", ABEL, service_type="hospital")
    desk.put(COUNCIL, "a-2", {**ABEL, "upn": "B123456789012"}, service_type="housing")
    assert not is_hidden(desk, ABEL)
    desk.clock.move(seconds=1)
    stating = {**ABEL, "nhs_number": None, "upn": ZOE["upn"]}
    desk.put(SCHOOL, "a-3", stating, service_type="education")
    (case,) = desk.cases(COUNCIL)
    assert case.cause is Cause.NUMBER
    assert is_hidden(desk, ABEL, of(ABEL, *NUMBER), *ALL_OF_ZOE)
    child_id = desk.find(of(ABEL, *NUMBER)).child_id
    assert child_id
    assert unmarked(desk, child_id) == []
    desk.decide(case, Decision.DIFFERENT, COUNCIL)
    assert desk.shown(of(ABEL, *NUMBER), desk.viewer(TRUST)) == {(TRUST, "a-1"), (COUNCIL, "a-2"), (SCHOOL, "a-3")}


def test_a_shielded_child_whose_only_reference_says_something_else_does_not_come_back_unshielded(desk: Desk) -> None:
    shield(desk, desk.put(TRUST, "z-1", ZOE).involvement.child_id)
    for changed in ({**ZOE, "postcode": "M1 1AE"}, {**ZOE, "family_name": "Quill"}, ALIKE):
        desk.clock.move(seconds=1)
        desk.put(TRUST, "z-1", changed)
        assert is_hidden(desk, changed, *ALL_OF_ZOE)


# Joined


@pytest.mark.parametrize("which", ["newer", "older"])
def test_two_that_become_one_are_shielded_if_either_was_and_stay_so_if_that_is_undone(desk: Desk, which: str) -> None:
    case = a_pair(desk)
    shield(desk, getattr(case, which))
    assert is_hidden(desk, *(ASK_FOR_BEN if which == "newer" else ASK_FOR_CAT))
    assert not is_hidden(desk, *(ASK_FOR_CAT if which == "newer" else ASK_FOR_BEN))
    for decision in (Decision.SAME, Decision.DIFFERENT):
        desk.decide(case, decision, COUNCIL)
        assert is_hidden(desk, *ASK_FOR_BEN, *ASK_FOR_CAT)
        assert_whole(desk, said_of(OF_CAT, OF_BEN))
    for child_id in (case.newer, case.older):
        desk.shields.lift(child_id, desk.clock.move(seconds=1), organisation=COUNCIL)
    assert [desk.who(asked) for asked in ASK_FOR_BEN] == [BENS] * 2
    assert not is_hidden(desk, *ASK_FOR_BEN, *ASK_FOR_CAT)


def test_a_join_that_is_killed_at_any_call_shows_nobody_what_is_shielded(desk: Desk) -> None:
    case = a_pair(desk)
    shield(desk, case.newer)
    outsider = desk.viewer(TRUST)
    watched = Calls().of_tables()
    watched.fail(15, Fault.ANSWER_LOST)
    with pytest.raises(Unavailable):
        desk.decide(case, Decision.SAME, COUNCIL)
    kills = 0
    for which in count(9):  # always later, so that it comes to an end
        if not desk.reviews.under_way(desk.clock()):
            break
        shown = [desk.shown(asked, outsider) for asked in (*ASK_FOR_BEN, *ASK_FOR_CAT)]
        assert all(one <= CATS for one in shown)
        watched.fail(which, Fault.ANSWER_LOST)
        with suppress(Unavailable):
            desk.reviewing.go_on()
        kills += watched.mend()
    assert kills > 2
    assert is_hidden(desk, *ASK_FOR_BEN, *ASK_FOR_CAT)
    assert_whole(desk, said_of(OF_CAT, OF_BEN))


def test_a_shield_that_is_set_while_two_are_joined_is_set_on_both(desk: Desk) -> None:
    case = a_pair(desk)
    broken = Calls().of_tables()
    broken.fail(18, Fault.RESET)
    with pytest.raises(Unavailable):
        desk.decide(case, Decision.SAME, COUNCIL)
    shield(desk, case.newer)
    assert is_hidden(desk, *ASK_FOR_BEN, *ASK_FOR_CAT)
    desk.reviewing.go_on()
    assert is_hidden(desk, *ASK_FOR_BEN, *ASK_FOR_CAT)
    assert_whole(desk, said_of(OF_CAT, OF_BEN))


# The review list


def test_a_case_of_a_shielded_child_is_on_the_list_for_its_team_only_and_pages_are_full(desk: Desk) -> None:
    case = a_pair(desk)
    registered(desk, {(SCHOOL, "x-1"): ZOE, (SCHOOL, "x-2"): ALIKE})
    other = next(c for c in desk.cases() if c.case_id != case.case_id)
    calls = Calls().of_tables()
    assert len(desk.cases("REV")) == 2
    without = calls.count()
    shield(desk, case.newer)
    calls.made.clear()
    assert [c.case_id for c in desk.cases("REV")] == [other.case_id]
    assert calls.count() == without
    assert [c.case_id for c in desk.cases(COUNCIL)] == [case.case_id, other.case_id]
    page = desk.reviews.open_cases(None, 1, desk.clock(), organisation="REV")
    assert ([c.case_id for c in page.cases], page.next) == ([other.case_id], None)


def test_an_empty_list_takes_as_many_calls_as_one_of_which_all_is_hidden(desk: Desk) -> None:
    empty = Calls().of_tables()
    assert desk.cases("REV") == []
    empty_calls = empty.count()
    shield(desk, a_pair(desk).older)
    hidden = Calls().of_tables()
    assert desk.cases("REV") == []
    assert hidden.count() == empty_calls


# Opened


def an_override(desk: Desk) -> tuple[Override, AccessRecord, Alert]:
    now: datetime = desk.clock()
    override = Override(
        override_id="o-1", child_id="a-child", organisation=POLICE, practitioner_id="p-1", until=now + OVERRIDE_LASTS
    )
    record = AccessRecord(
        access_id="00000000-0000-4000-8000-00000000abcd",
        at=now,
        request_id="r-1",
        organisation=POLICE,
        client_id="a-client",
        answered=Answered.ANSWERED,
        outcome="shield_opened",
        shown="nothing",
        child_id="a-child",
        override_id="o-1",
    )
    alert = Alert(
        alert_id="al-1",
        at=now,
        organisation=COUNCIL,
        kind=AlertKind.SHIELD_OPENED,
        by_organisation=POLICE,
        by_practitioner="p-1",
        child_id="a-child",
        access_id=record.access_id,
    )
    return override, record, alert


def test_an_override_its_record_and_its_alert_are_written_together_and_it_lasts_a_quarter_of_an_hour(
    desk: Desk,
) -> None:
    override, record, alert = an_override(desk)
    calls = Calls().of_tables()
    desk.shields.open(override, record, alert)
    assert dict(calls.count()) == {"TransactWriteItems": 1}
    assert len(dump(ACCESS_LOG)) == 2
    assert desk.shields.override("o-1", desk.clock()) == override
    assert desk.shields.override("o-2", desk.clock()) is None
    page = DynamoSweeping(in_turn, segments=1).page(0, None, desk.clock())
    assert page.seen == [], "nothing stretches it"
    assert desk.shields.override("o-1", desk.clock() + OVERRIDE_LASTS) is None


@pytest.mark.parametrize("taken", ["override", "record", "alert"])
def test_an_override_of_which_any_part_cannot_be_written_does_not_exist(desk: Desk, taken: str) -> None:
    override, record, alert = an_override(desk)
    desk.shields.open(override, record, alert)
    written = dump(REGISTER), dump(ACCESS_LOG)
    fresh = {
        "override": replace(override, override_id="o-2"),
        "record": replace(record, access_id="00000000-0000-4000-8000-00000000ef01"),
        "alert": replace(alert, alert_id="al-2"),
    }
    wanted: Any = {**fresh, taken: {"override": override, "record": record, "alert": alert}[taken]}
    with pytest.raises(AccessNotRecorded):
        desk.shields.open(*wanted.values())
    assert (dump(REGISTER), dump(ACCESS_LOG)) == written
    broken = Calls().of_tables()
    broken.fail(1, Fault.RESET)
    with pytest.raises(AccessNotRecorded):
        desk.shields.open(*fresh.values())  # type: ignore[arg-type]  # in the order of the arguments
    assert desk.shields.override("o-2", desk.clock()) is None


# Left


MOVED = {**ZOE, "postcode": "M1 1AE"}


def test_whoever_states_a_number_of_a_shielded_child_that_all_have_left_is_behind_its_shield(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.put(COUNCIL, "z-2", {"upn": ZOE["upn"], "given_name": ZOE["given_name"]}, service_type="housing")
    until = shield(desk, child_id).until
    for organisation, reference in ((COUNCIL, "z-2"), (TRUST, "z-1")):
        desk.withdraw(organisation, reference)
    assert desk.register.held_by_id(child_id, desk.clock()) is None
    assert is_hidden(desk, *ALL_OF_ZOE)
    assert not [row for row in live(desk) if row["kind"] in ("match_key", "involvement", "pointer")]
    assert {float(item["expires_at"]) for item in live(desk)} == {until.replace(microsecond=0).timestamp()}
    desk.clock.move(days=30)
    assert desk.put(SCHOOL, "z-3", {**MOVED, "upn": None}).involvement.child_id == child_id
    assert_whole(desk, {(SCHOOL, "z-3"): {**MOVED, "upn": None}})
    assert is_hidden(desk, *ALL_OF_ZOE, MOVED)
    assert desk.put(POLICE, "z-4", {"upn": ZOE["upn"]}, service_type="police").involvement.child_id == child_id
    assert is_hidden(desk, *ALL_OF_ZOE)
    desk.clock.move(days=300)
    assert desk.shown(MOVED, desk.viewer(TRUST)) == {(SCHOOL, "z-3"), (POLICE, "z-4")}


def test_a_stranger_that_states_a_number_of_a_child_that_all_have_left_inherits_its_shield(desk: Desk) -> None:
    shield(desk, desk.put(TRUST, "z-1", ZOE).involvement.child_id)
    desk.withdraw(TRUST, "z-1")
    desk.clock.move(seconds=1)
    stranger = {**ABEL, "nhs_number": ZOE["nhs_number"]}
    desk.put(SCHOOL, "a-1", stranger)
    assert is_hidden(desk, stranger, *ALL_OF_ZOE)
    (case,) = desk.cases(COUNCIL)
    for decision in (Decision.SAME, Decision.DIFFERENT):
        desk.decide(case, decision, COUNCIL)
        assert_whole(desk, {(SCHOOL, "a-1"): stranger})
        assert is_hidden(desk, of(ABEL, *DETAILS))
    desk.clock.move(seconds=1)
    desk.put(TRUST, "z-1", ZOE)
    assert is_hidden(desk, *ALL_OF_ZOE)


def test_a_shielded_child_that_changes_the_compartment_and_comes_back_is_behind_its_shield(desk: Desk) -> None:
    put = desk.compartments.put
    child_id = put(registration("s-1", ZOE), caller=caller(SCHOOL), told=ToldByReceipt()).involvement.child_id
    shield(desk, child_id)
    for service in ({"service_type": "mental_health", "sensitive_basis": "consent"}, {}):
        desk.clock.move(seconds=1)
        put(registration("s-1", ZOE, **service), caller=caller(SCHOOL), told=ToldByReceipt())
        assert is_hidden(desk, *ALL_OF_ZOE)


def test_what_is_kept_of_a_child_that_all_have_left_goes_when_its_shield_is_lifted_of_it(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.put(SCHOOL, "z-2", {**of(ZOE, *DETAILS), "upn": ZOE["upn"]}, service_type="education")
    shield(desk, child_id)
    desk.withdraw(TRUST, "z-1")
    kept = [item["pk"] for item in live(desk) if "lapses_at" in item]
    assert len(kept) == 1, "the number that nobody states any more"
    longer = desk.shields.put(child_id, a_shield(desk, days=500), (), desk.clock.move(seconds=1))
    (claim,) = [item for item in live(desk) if "lapses_at" in item]
    assert float(claim["expires_at"]) == longer.until.timestamp()
    desk.shields.lift(child_id, desk.clock.move(seconds=1), organisation=COUNCIL)
    assert not [item for item in live(desk) if "lapses_at" in item]
    desk.withdraw(SCHOOL, "z-2")
    assert not [item for item in live(desk) if item["kind"] != "access"]


def test_nothing_stretches_what_is_kept_of_a_child_that_all_have_left(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    until = desk.shields.put(child_id, a_shield(desk, days=40), (), desk.clock()).until
    desk.withdraw(TRUST, "z-1")
    sweeping = DynamoSweeping(in_turn, segments=1)
    for latest in (None, until + timedelta(days=9), until - timedelta(days=9), None):
        seen = sweeping.page(0, None, desk.clock()).seen
        assert len(seen) >= 3
        sweeping.stamp([one for one in seen if one.expires_at != one.lives_until(latest)], latest)
        stamps = {one.expires_at for one in sweeping.page(0, None, desk.clock()).seen}
        assert stamps == {min(until, latest or until)}
    desk.closes(until - timedelta(days=9))
    shield(desk, desk.put(SCHOOL, "z-2", ZOE).involvement.child_id)
    desk.withdraw(SCHOOL, "z-2")
    assert max(float(item["expires_at"]) for item in live(desk)) <= (until - timedelta(days=9)).timestamp()


def live(desk: Desk) -> list[dict[str, Any]]:
    now = desk.clock().timestamp()
    return [dict(item) for item in dump(REGISTER) if float(item.get("expires_at", "inf")) > now]


# Undone, told apart, raced


def test_a_shield_set_since_two_were_joined_is_on_both_from_the_first_step_of_the_undoing(desk: Desk) -> None:
    case = a_pair(desk)
    desk.decide(case, Decision.SAME, COUNCIL)
    joined = desk.reviews.case(case.case_id)
    assert joined
    assert joined.goes
    assert joined.stays
    shield(desk, joined.stays)
    desk.reviews.begin_undoing(joined, Decided(Decision.DIFFERENT, desk.clock.move(seconds=1), "r", COUNCIL))
    assert partitions.read(joined.goes).shield == partitions.read(joined.stays).shield is not None
    desk.reviewing.go_on()
    assert is_hidden(desk, *ASK_FOR_BEN, *ASK_FOR_CAT)
    assert_whole(desk, said_of(OF_CAT, OF_BEN))


def much_alike(desk: Desk) -> tuple[Case, str]:
    """A case of a shielded child and of one that inherits, to which more leads than one transaction takes."""
    empty(REGISTER)
    shield(desk, desk.put(TRUST, "z-1", ZOE).involvement.child_id)
    desk.clock.move(seconds=1)
    said = {**ALIKE, "former_names": [{"family_name": "Marsh"}, {"given_name": "Ferdinand", "family_name": "Quill"}]}
    said |= {"upn": BEN["upn"]}
    put = [desk.put(SCHOOL, f"z-{n}", {**said, "postcode": postcode}) for n, postcode in enumerate(HOMES, 2)]
    (case,) = desk.cases(COUNCIL)
    return case, put[0].involvement.child_id


def test_a_difference_that_is_killed_while_it_lifts_is_taken_up_by_the_same_decision(desk: Desk) -> None:
    case, _ = much_alike(desk)
    whole = Calls().of_tables()
    desk.decide(case, Decision.DIFFERENT, COUNCIL)
    written = [n for n, call in enumerate(whole.made, 1) if call.operation == "TransactWriteItems"]
    assert len(written) > 1
    case, child_id = much_alike(desk)
    broken = Calls().of_tables()
    broken.fail(written[-1], Fault.RESET)
    with pytest.raises(Unavailable):
        desk.decide(case, Decision.DIFFERENT, COUNCIL)
    assert broken.mend()
    assert unmarked(desk, child_id) != []
    desk.decide(case, Decision.DIFFERENT, COUNCIL)
    assert unmarked(desk, child_id) == []
    assert not is_hidden(desk, ALIKE)


def test_a_shield_of_another_team_that_came_first_is_neither_replaced_nor_lifted(desk: Desk) -> None:
    child_id = desk.put(TRUST, "z-1", ZOE).involvement.child_id
    desk.shields.put(child_id, replace(a_shield(desk), organisation=TRUST), (), desk.clock())
    with pytest.raises(ChildNotFound):
        shield(desk, child_id)
    with pytest.raises(ChildNotFound):
        desk.shields.lift(child_id, desk.clock(), organisation=COUNCIL)
    desk.shields.lift(child_id, desk.clock(), organisation=TRUST)
    shield(desk, child_id)
