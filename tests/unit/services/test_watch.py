from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import reasons
from shared.domain.access import Answered, Purpose, Role, Shown
from shared.domain.directory import Capability
from shared.domain.errors import AskedTooOften, ChildNotFound, NotPermitted, RegisterClosed, SignpostError, Unavailable
from shared.domain.involvement import ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.notices import WatchReason
from shared.domain.watches import LEGAL_BASIS, check_end
from tests.support.builders import (
    COUNCIL,
    NOW,
    SCHOOL,
    a_caller,
    a_practitioner,
    a_shield,
    an_involvement,
    permissions,
)
from tests.support.noticing import a_watch, at_school
from tests.support.reading import NoticeDesk
from tests.support.shielding import CHILD

type Ask = Callable[..., object]
ASKS: dict[str, Ask] = {
    "setting": lambda desk, **said: desk.watch(**said),
    "ending": lambda desk, **said: desk.end(**said),
}
EVERY_ASK = pytest.mark.parametrize("ask", ASKS.values(), ids=list(ASKS))
MANY_CALLS = 12


def watched(desk: NoticeDesk) -> list[tuple[str, str]]:
    return list(desk.watches.kept)


# Setting and ending


def test_a_watch_is_of_one_child_for_one_organisation_until_it_ends() -> None:
    desk = NoticeDesk()
    watch = desk.watch(reason=WatchReason.RISK_OF_HARM)
    assert watch == a_watch(COUNCIL, CHILD, reason=WatchReason.RISK_OF_HARM)
    assert desk.watches.kept == {(CHILD, COUNCIL): watch}


def test_another_one_replaces_what_was_set() -> None:
    desk = NoticeDesk()
    desk.watch()
    longer = desk.watch(until=NOW + timedelta(days=90))
    assert desk.watches.kept == {(CHILD, COUNCIL): longer}


def test_one_ends_its_own_watch_and_no_other_and_twice_is_once() -> None:
    desk = NoticeDesk()
    desk.watch()
    desk.watches.put(a_watch(SCHOOL))
    desk.end()
    desk.end()
    assert watched(desk) == [(CHILD, SCHOOL)]


def test_a_watch_on_a_child_that_was_joined_into_another_is_on_that_one_and_ends_there() -> None:
    desk = NoticeDesk()
    desk.watch()
    for asked in (CHILD, "child-2"):
        desk.holds(asked, an_involvement(), now="child-2", formerly=frozenset({CHILD}))
    longer = desk.watch(CHILD, until=NOW + timedelta(days=90))
    assert longer.child_id == "child-2"
    assert watched(desk) == [(CHILD, COUNCIL)]
    desk.watch("child-2")
    assert watched(desk) == [(CHILD, COUNCIL), ("child-2", COUNCIL)]
    desk.end("child-2")
    assert watched(desk) == []


@pytest.mark.parametrize("renewed_as", [CHILD, "child-2"])
def test_a_watch_that_was_renewed_while_children_were_one_holds_when_they_are_two_again(renewed_as: str) -> None:
    desk = NoticeDesk()
    desk.watch()
    desk.watches.put(a_watch(SCHOOL))
    for asked in (CHILD, "child-2"):
        desk.holds(asked, an_involvement(), now="child-2", formerly=frozenset({CHILD}))
    desk.clock.move(timedelta(days=20))
    until = NOW + timedelta(days=90)
    desk.watch(renewed_as, reason=WatchReason.RISK_OF_HARM, until=until)
    assert desk.watches.kept[CHILD, COUNCIL] == a_watch(COUNCIL, CHILD, reason=WatchReason.RISK_OF_HARM, until=until)
    assert desk.watches.kept[CHILD, SCHOOL] == a_watch(SCHOOL)
    assert ("child-2", COUNCIL) in desk.watches.kept or renewed_as == CHILD


def test_a_watch_that_is_set_again_goes_on_from_where_it_began_so_that_nothing_late_is_missed() -> None:
    desk = NoticeDesk()
    desk.watch()
    desk.clock.move(timedelta(days=3))
    assert desk.watch().since == NOW
    assert desk.watches.kept[CHILD, COUNCIL].since == NOW
    desk.end()
    assert desk.watch().since == NOW + timedelta(days=3)


@given(seconds=st.integers(-1_000_000, 400 * 86400))
def test_a_watch_ends_in_the_future_and_at_most_a_year_and_a_day_ahead(seconds: int) -> None:
    until = NOW + timedelta(seconds=seconds)
    ends_well = NOW < until <= datetime.fromisoformat("2027-03-03T10:30:00+00:00")
    if ends_well:
        check_end(until, NOW)
        return
    with pytest.raises(ValueError, match="at most a year ahead"):
        check_end(until, NOW)


# What is recorded


def test_the_record_says_who_seeks_whom_for_whom_why_and_on_what_basis() -> None:
    desk = NoticeDesk()
    behalf = a_practitioner(practitioner_id="PC-1", role=Role.POLICE_OFFICER)
    desk.watch(on_behalf_of=behalf)
    desk.end(note=None)
    was_set, ended = desk.records
    assert (was_set.answered, was_set.outcome, was_set.shown) == (Answered.ANSWERED, "watch_set", Shown.NOTHING)
    assert (was_set.purpose, was_set.legal_basis) == ("watch_missing_child", "children_act_2004_s16la")
    assert (was_set.practitioner_id, was_set.practitioner_role) == ("SW-1", "social_worker")
    assert (was_set.on_behalf_of_id, was_set.on_behalf_of_role) == ("PC-1", "police_officer")
    assert (was_set.child_id, was_set.note) == (CHILD, "case 12")
    assert (ended.outcome, ended.purpose, ended.child_id, ended.note) == ("watch_ended", "watch_ending", CHILD, None)


@pytest.mark.parametrize("reason", WatchReason)
def test_a_watch_is_no_lookup_or_others_who_watch_would_be_told_who_seeks_the_child(reason: WatchReason) -> None:
    desk = NoticeDesk()
    desk.watch(reason=reason)
    assert desk.records[0].purpose not in set(Purpose)


@pytest.mark.parametrize("purpose", [Purpose.MISSING_CHILD, Purpose.EDUCATION_WELFARE, Purpose.SAFEGUARDING_CONCERN])
def test_the_basis_of_a_watch_is_one_on_which_the_same_may_be_asked(purpose: Purpose) -> None:
    assert LEGAL_BASIS in reasons.USES[purpose].bases


@EVERY_ASK
def test_a_note_that_names_the_child_is_refused_and_not_recorded(ask: Ask) -> None:
    desk = NoticeDesk()
    with pytest.raises(NotPermitted) as refused:
        ask(desk, note="Amelia was seen")
    assert refused.value.pointer == "/note"
    assert (desk.records[0].answered, desk.records[0].note, desk.records[0].child_id) == (Answered.REFUSED, None, None)
    assert watched(desk) == []


# Who may watch whom


HIDDEN: dict[str, Callable[[NoticeDesk], object]] = {
    "never was": lambda desk: desk.register.held.clear(),
    "withdrawn": lambda desk: desk.holds(CHILD),
    "shielded": lambda desk: desk.holds(CHILD, an_involvement(), at_school(), shield=a_shield(organisation=SCHOOL)),
    "shielded, and its own": lambda desk: desk.holds(CHILD, an_involvement(), shield=a_shield(organisation=SCHOOL)),
    "not seen": lambda desk: desk.holds(CHILD, an_involvement(service_type=ServiceType.POLICE)),
    "sensitive": lambda desk: desk.holds(CHILD, an_involvement(service_type=ServiceType.MENTAL_HEALTH)),
}


@EVERY_ASK
def test_a_child_of_which_nothing_may_be_seen_is_as_one_that_never_was(ask: Ask) -> None:
    sees = frozenset(ServiceType) - {ServiceType.POLICE}
    caller = a_caller(COUNCIL, permissions=permissions(sees=sees))
    recorded, called = list[Any](), list[Any]()
    for hide in HIDDEN.values():
        desk = NoticeDesk()
        hide(desk)
        with pytest.raises(ChildNotFound):
            ask(desk, caller=caller, note="Amelia was seen")
        recorded.append(desk.records)
        called.append(desk.faults.calls)
        assert watched(desk) == []
    assert all(one == recorded[0] for one in recorded)
    assert (recorded[0][0].answered, recorded[0][0].child_id) == (Answered.REFUSED, None)
    assert all(one == called[0] for one in called)


def test_the_shields_own_team_may_watch_the_child() -> None:
    desk = NoticeDesk()
    desk.holds(CHILD, an_involvement(), shield=a_shield(organisation=COUNCIL))
    desk.watch()
    assert watched(desk) == [(CHILD, COUNCIL)]


REFUSED = [
    pytest.param({"caller": a_caller(COUNCIL, suspended=True)}, None, id="suspended"),
    pytest.param(
        {"caller": a_caller(COUNCIL, permissions=permissions(capabilities=frozenset(Capability) - {Capability.WATCH}))},
        None,
        id="not given",
    ),
    pytest.param(
        {"caller": a_caller(COUNCIL, permissions=permissions(roles=frozenset({Role.NURSE})))},
        "/practitioner/role",
        id="of another role",
    ),
    pytest.param(
        {"practitioner": a_practitioner(role=Role.RECORDS_OFFICER)}, "/practitioner/role", id="by a records officer"
    ),
    pytest.param(
        {"on_behalf_of": a_practitioner(role=Role.RECORDS_OFFICER)},
        "/practitioner/on_behalf_of/role",
        id="for a records officer",
    ),
]


@EVERY_ASK
@pytest.mark.parametrize(("said", "pointer"), REFUSED)
def test_who_may_not_is_refused_on_record_before_anything_is_read(
    ask: Ask, said: dict[str, Any], pointer: str | None
) -> None:
    desk = NoticeDesk()
    with pytest.raises(NotPermitted) as refused:
        ask(desk, **said)
    assert refused.value.pointer == pointer
    assert desk.faults.calls == ["access_log.append"]
    assert (desk.records[0].answered, desk.records[0].outcome) == (Answered.REFUSED, "not_permitted")


@EVERY_ASK
def test_whoever_asks_too_often_is_refused_on_record(ask: Ask) -> None:
    desk = NoticeDesk()
    desk.limits.most = 0
    with pytest.raises(AskedTooOften):
        ask(desk)
    assert desk.records[0].outcome == "asked_too_often"
    assert watched(desk) == []


@EVERY_ASK
@pytest.mark.parametrize("reads", range(5))
def test_nothing_is_acknowledged_once_the_register_has_closed(ask: Ask, reads: int) -> None:
    desk = NoticeDesk()
    desk.lifecycle = Lifecycle(NOW + timedelta(seconds=1), "https://successor.example")
    desk.clock.moves_after(reads, NOW + timedelta(seconds=1))
    try:
        ask(desk, **({"until": NOW + timedelta(days=1)} if ask is ASKS["setting"] else {}))
    except RegisterClosed:
        return
    assert desk.clock.at == NOW, "answered after it had closed"


# Whatever fails


@given(position=st.integers(0, MANY_CALLS), after=st.booleans(), what=st.sampled_from(sorted(ASKS)))
def test_no_watch_is_set_or_ended_that_is_not_on_record_whatever_fails(
    position: int, what: str, *, after: bool
) -> None:
    desk = NoticeDesk()
    desk.watches.kept[CHILD, SCHOOL] = a_watch(SCHOOL)
    if what == "ending":
        desk.watches.kept[CHILD, COUNCIL] = a_watch()
    before = dict(desk.watches.kept)
    desk.faults.position, desk.faults.after = position, after
    try:
        ASKS[what](desk)
    except SignpostError as error:
        assert isinstance(error, Unavailable)  # noqa: PT017  # nothing else may come of a fault
    if desk.watches.kept != before:
        assert [record.answered for record in desk.records] == [Answered.ANSWERED]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("position", range(5))
def test_a_watch_that_failed_is_safe_to_set_again(position: int, *, after: bool) -> None:
    desk = NoticeDesk()
    desk.faults.position, desk.faults.after = position, after
    try:
        desk.watch()
    except Unavailable:
        desk.watch()
    assert watched(desk) == [(CHILD, COUNCIL)]
