"""What is told late, or read late, tells no more than it would have told at once: over the real register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import Unavailable
from shared.domain.notices import NoticeKind, Watch, WatchReason
from shared.domain.review import Case, Decision
from shared.domain.told import Told
from shared.services.gate import Gate
from shared.services.read_notices import Reading, ReadNotices
from tests.integration.calls import Calls, Fault
from tests.integration.direct import Desk, caller
from tests.integration.pairs import CAT, a_pair
from tests.integration.people import ABEL, ZOE
from tests.integration.sweeps import Swept, a_swept_register
from tests.integration.test_notifying import BARNET, ENROLLED, IN_LEEDS, LEEDS, POLICE, SCHOOL, TRUST, Town, deliver
from tests.support.builders import a_shield
from tests.support.fakes import FakeAccessLog, FakeDirectory, FakeLimits, together

AT_SCHOOL = {"service_type": "education", "lead_professional": False}


@pytest.fixture
def town(aws: None) -> Town:
    _ = aws
    return Town()


def tell(town: Town) -> set[tuple[str, str]]:
    """Of all that has happened since it was told last: what is new, by kind and organisation."""
    before = {item["notice_id"] for item in town.put()}
    deliver(town.changes.changes, town.consumer())
    deliver(town.questions.records, town.consumer())
    town.changes.forget()
    town.questions.forget()
    return {(item["notice"], item["organisation"]) for item in town.put() if item["notice_id"] not in before}


def watch(town: Town, child_id: str, organisation: str, *, days: int = 30) -> None:
    """From now on."""
    now = town.desk.clock()
    reason = WatchReason.MISSING_CHILD
    town.watches.put(
        Watch(child_id=child_id, organisation=organisation, reason=reason, since=now, until=now + timedelta(days=days))
    )


def read(town: Town, organisation: str) -> dict[str, list[Told]]:
    """All notices of an organisation as they are told now, by kind."""
    reading = ReadNotices(
        notices=town.notices,
        watches=town.watches,
        register=town.desk.register,
        directory=FakeDirectory(ENROLLED),
        access_log=FakeAccessLog(),
        limits=FakeLimits(most=1000),
        together=together,
        gate=Gate(town.lifecycle, town.desk.clock),
    )
    told: dict[str, list[Told]] = {}
    for number, item in enumerate(town.put()):
        if item["organisation"] == organisation:
            ids = f"a-{number}", f"r-{number}"
            asking = Reading(caller=caller(organisation), access_id=ids[0], request_id=ids[1], practitioner_id="p-1")
            told.setdefault(item["notice"], []).append(reading.one(item["notice_id"], asking))
    return told


# Behind a shield that has ended


def lifted(town: Town, child_id: str) -> None:
    town.desk.shields.lift(child_id, town.desk.clock(), organisation=a_shield().organisation)


def run_out(town: Town, _child_id: str) -> None:
    town.desk.clock.move(days=10)


def run_out_and_replaced_and_lifted(town: Town, child_id: str) -> None:
    run_out(town, child_id)
    desk = town.desk
    shield = a_shield(since=desk.clock(), until=desk.clock() + timedelta(days=9))
    desk.shields.put(child_id, shield, [], desk.clock())
    desk.clock.move(days=1)
    lifted(town, child_id)


@pytest.mark.parametrize("ends", [lifted, run_out, run_out_and_replaced_and_lifted])
def test_what_happens_behind_a_shield_is_not_told_once_it_has_ended(
    town: Town, ends: Callable[[Town, str], None]
) -> None:
    desk = town.desk
    zoe = desk.put(TRUST, "z", ZOE).involvement.child_id
    watch(town, zoe, LEEDS)
    tell(town)
    desk.shields.put(zoe, a_shield(until=desk.clock() + timedelta(days=9)), [], desk.clock())
    desk.clock.move(hours=1)
    desk.put(LEEDS, "z", IN_LEEDS, **AT_SCHOOL)
    town.asks(1, zoe)
    desk.clock.move(hours=1)
    ends(town, zoe)
    assert {kind for kind, _ in tell(town)} <= {NoticeKind.SHIELDED}
    desk.clock.move(hours=1)
    town.asks(2, zoe)
    desk.put(TRUST, "z", {**ZOE, "postcode": "LS7 4HF"})
    assert {kind for kind, _ in tell(town)} == {NoticeKind.LOOKED_UP, NoticeKind.WATCHED, NoticeKind.MOVED}


def shield_both(town: Town, case: Case) -> None:
    """One of the two, which is one child with the other."""
    desk = town.desk
    desk.shields.put(case.newer, a_shield(until=desk.clock() + timedelta(days=9)), [], desk.clock())


def ends_of(desk: Desk, case: Case) -> list[Any]:
    held = [desk.register.known_by_id(child_id, desk.clock()) for child_id in (case.newer, case.older)]
    return [one.unshielded_at for one in held if one]


def test_two_that_become_one_and_two_again_keep_when_their_shield_ended(town: Town) -> None:
    desk = town.desk
    case = a_pair(desk)
    shield_both(town, case)
    desk.clock.move(hours=1)
    lifted(town, case.newer)
    first = desk.clock()
    assert ends_of(desk, case) == [first, None]
    desk.decide(case, Decision.SAME)
    assert ends_of(desk, case) == [first] * 2
    shield_both(town, case)
    desk.clock.move(hours=1)
    lifted(town, case.older)
    second = desk.clock()
    assert ends_of(desk, case) == [second] * 2
    desk.decide(case, Decision.DIFFERENT)
    assert ends_of(desk, case) == [second] * 2


@pytest.mark.parametrize("kill", range(4, 40, 5))
def test_an_undoing_that_is_killed_anywhere_keeps_when_the_shield_ended(town: Town, kill: int) -> None:
    desk = town.desk
    case = a_pair(desk)
    desk.decide(case, Decision.SAME)
    shield_both(town, case)
    desk.clock.move(hours=1)
    lifted(town, case.older)
    ended = desk.clock()
    calls = Calls().of_tables()
    calls.fail(kill, Fault.ANSWER_LOST)
    try:
        desk.decide(case, Decision.DIFFERENT)
    except Unavailable:
        calls.mend()
        desk.reviewing.go_on()
    calls.mend()
    assert ends_of(desk, case) == [ended] * 2


def test_an_inherited_shield_ends_when_the_two_are_found_different(town: Town) -> None:
    desk = town.desk
    zoe = desk.put(TRUST, "z", ZOE).involvement.child_id
    desk.shields.put(zoe, a_shield(until=desk.clock() + timedelta(days=9)), [], desk.clock())
    desk.clock.move(seconds=1)
    much_like = {**ZOE, "given_name": "Zoe", "nhs_number": "9990000018", "upn": None}
    other = desk.put(SCHOOL, "s", {what: said for what, said in much_like.items() if said}).involvement.child_id
    inherits = desk.register.known_by_id(other, desk.clock())
    assert inherits
    assert inherits.shield
    assert inherits.shield.inherited
    team = a_shield().organisation
    (case,) = desk.cases(team)
    desk.decide(case, Decision.DIFFERENT, team)
    after = desk.register.known_by_id(other, desk.clock())
    assert after
    assert (after.shield, after.unshielded_at) == (None, desk.clock())


# Read late


def test_a_notice_of_a_join_that_is_undone_shows_each_its_own_child_and_not_the_other(town: Town) -> None:
    desk = town.desk
    case = a_pair(desk)
    desk.decide(case, Decision.SAME)
    desk.clock.move(hours=1)
    desk.put(LEEDS, "cat-9", {**CAT, "postcode": "LS6 2AB"}, **AT_SCHOOL)  # told to all, as of one child
    assert (NoticeKind.INVOLVEMENT_ELSEWHERE, TRUST) in tell(town)
    desk.decide(case, Decision.DIFFERENT)
    assert {(NoticeKind.JOINED, TRUST), (NoticeKind.JOINED, BARNET)} <= tell(town)
    for organisation, name, reference in ((TRUST, "Benedict", "ben-1"), (BARNET, "Catrin", "cat-1")):
        told = read(town, organisation)
        shown = [one for of_kind in told.values() for one in of_kind if one.child]
        assert {one.child.given_name for one in shown if one.child} == {name}
        assert {reference for one in shown for reference in one.source_references} == {reference}
        assert [one.about["undone"] for one in told[NoticeKind.JOINED] if one.child] == (
            ["true"] if organisation == TRUST else ["false", "true"]
        )


def test_whoever_has_withdrawn_is_shown_no_more_of_the_child_by_an_old_notice(town: Town) -> None:
    desk = town.desk
    desk.put(BARNET, "z", ZOE, service_type="social_care")
    zoe = desk.put(TRUST, "z", ZOE).involvement.child_id
    desk.clock.move(days=1)
    watch(town, zoe, POLICE, days=9)
    desk.put(LEEDS, "z", IN_LEEDS, **AT_SCHOOL)
    tell(town)
    assert all(one.child for of_kind in read(town, TRUST).values() for one in of_kind)
    assert all(one.child for of_kind in read(town, POLICE).values() for one in of_kind)
    desk.withdraw(TRUST, "z")
    desk.clock.move(days=10)
    for organisation in (TRUST, POLICE):  # the one has withdrawn, and the other's watch has ended
        told = [one for of_kind in read(town, organisation).values() for one in of_kind]
        assert told
        assert all((one.child, one.involvements, one.about) == (None, (), {}) for one in told)


# Told late


def test_a_move_is_told_though_both_who_say_so_have_said_it_before_it_is_read(town: Town) -> None:
    desk = town.desk
    desk.put(BARNET, "z", ZOE, service_type="social_care")
    tell(town)
    desk.clock.move(days=1)
    desk.put(LEEDS, "z", IN_LEEDS, **AT_SCHOOL)
    desk.clock.move(seconds=5)
    desk.put(BARNET, "z", IN_LEEDS, service_type="social_care")
    assert {(NoticeKind.MOVED, BARNET), (NoticeKind.MOVED, LEEDS)} <= tell(town)


def test_who_states_no_more_than_its_last_contact_moves_no_child_to_and_fro(town: Town) -> None:
    desk = town.desk
    desk.put(BARNET, "z", ZOE, service_type="social_care")
    desk.put(TRUST, "z", ZOE)
    desk.clock.move(days=1)
    desk.put(LEEDS, "z", IN_LEEDS, **AT_SCHOOL)
    tell(town)
    for day in (1, 2):
        for organisation, child, service in ((TRUST, ZOE, {}), (LEEDS, IN_LEEDS, AT_SCHOOL)):
            desk.clock.move(days=1)
            desk.put(organisation, "z", child, last_contact=f"2026-06-0{day}", **service)
            assert tell(town) == set()


def test_who_came_first_is_not_told_to_who_came_after_it_as_a_newcomer_however_late(town: Town) -> None:
    desk = town.desk
    for organisation, child, service_type in ((BARNET, ZOE, "social_care"), (LEEDS, IN_LEEDS, "education")):
        desk.put(organisation, "z", child, service_type=service_type)
        desk.clock.move(minutes=2)
    elsewhere = {organisation for kind, organisation in tell(town) if kind == NoticeKind.INVOLVEMENT_ELSEWHERE}
    assert elsewhere == {BARNET}


def test_a_watch_does_not_reach_back(town: Town) -> None:
    desk = town.desk
    zoe = desk.put(TRUST, "z", ZOE).involvement.child_id
    town.asks(1, zoe)
    desk.clock.move(hours=3)
    watch(town, zoe, LEEDS)
    assert NoticeKind.WATCHED not in {kind for kind, _ in tell(town)}
    town.asks(2, zoe)
    assert (NoticeKind.WATCHED, LEEDS) in tell(town)


# Whatever needs no telling, and what does


@pytest.fixture
def swept(aws: None) -> Swept:
    _ = aws
    return a_swept_register()


def test_what_retention_hides_is_told_to_nobody(swept: Swept) -> None:
    town = Town(desk=swept.desk)
    desk = town.desk
    kept = desk.put(BARNET, "a", {**ABEL, "date_of_birth": "2009-01-05"}, service_type="social_care")
    desk.put(TRUST, "a", {**ABEL, "date_of_birth": "2009-01-05"}, assessment_held=True)
    tell(town)
    desk.clock.move(days=60)
    watch(town, kept.involvement.child_id, POLICE)
    assert swept.sweep()["withdrawn"] == 2
    assert desk.own(TRUST, "a") is None
    assert tell(town) == set()
    anew = desk.put(TRUST, "a", {**ABEL, "date_of_birth": "2012-01-05"}, assessment_held=True)
    watch(town, anew.involvement.child_id, POLICE)
    desk.withdraw(TRUST, "a")
    assert (NoticeKind.WATCHED, POLICE) in tell(town)


def test_a_join_across_authorities_is_told_to_both_as_a_move(town: Town) -> None:
    desk = town.desk
    desk.put(BARNET, "z", ZOE, service_type="social_care")
    desk.clock.move(days=1)
    other = {"given_name": "Zara", "family_name": "Other", "date_of_birth": "2021-01-01", "postcode": "LS6 2AB"}
    desk.put(SCHOOL, "t", {**other, "nhs_number": ZOE["nhs_number"]}, service_type="education")
    tell(town)
    (case,) = desk.cases()
    desk.decide(case, Decision.SAME)
    told = tell(town)
    assert {organisation for kind, organisation in told if kind == NoticeKind.MOVED} == {BARNET, SCHOOL, LEEDS}


def test_the_authority_is_told_when_the_last_lead_professional_steps_back_though_it_is_its_own(town: Town) -> None:
    desk = town.desk
    desk.put(TRUST, "z", ZOE, lead_professional=False)
    desk.put(BARNET, "z", ZOE, service_type="social_care", lead_professional=True, assessment_held=True)
    tell(town)
    desk.clock.move(days=1)
    desk.put(BARNET, "z", ZOE, service_type="social_care", lead_professional=False, assessment_held=True)
    assert tell(town) == {(NoticeKind.NOBODY_LEFT, BARNET)}
