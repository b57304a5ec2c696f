from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access import Answered, Purpose, Shown
from shared.domain.directory import Capability
from shared.domain.errors import (
    AccessNotRecorded,
    AskedTooOften,
    NoticeNotFound,
    NotPermitted,
    RegisterClosed,
    Unavailable,
)
from shared.domain.involvement import ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.notices import NoticeKind
from tests.support.builders import (
    COUNCIL,
    NOW,
    SCHOOL,
    TRUST,
    a_caller,
    a_child,
    a_shield,
    an_involvement,
    an_organisation,
    permissions,
)
from tests.support.fakes import Faults
from tests.support.noticing import a_watch, at_school
from tests.support.reading import NoticeDesk, a_notice
from tests.support.shielding import CHILD

NOTHING_BUT_NOTICES = permissions(capabilities=frozenset({Capability.NOTICES}))
MANY_CALLS = 12


def a_desk_with(*notices: Any) -> NoticeDesk:
    desk = NoticeDesk()
    desk.notices.put(notices or [a_notice()])
    desk.faults.calls.clear()
    return desk


# The list


def test_what_is_listed_is_what_was_put_and_nothing_is_read_of_the_register() -> None:
    desk = a_desk_with(a_notice("n-1"), a_notice("n-2", organisation=SCHOOL), a_notice("n-3"))
    page = desk.page()
    assert [notice.notice_id for notice in page.notices] == ["n-1", "n-3"]
    assert not [call for call in desk.faults.calls if call.startswith("register")]


def test_the_list_says_the_same_of_a_child_that_was_shielded_since() -> None:
    desk = a_desk_with()
    before = desk.page()
    desk.holds(CHILD, an_involvement(), shield=a_shield(organisation=SCHOOL))
    assert desk.page() == before


def test_who_follows_the_cursor_gets_each_once_and_whoever_has_all_gets_none() -> None:
    desk = a_desk_with(*(a_notice(f"n-{n}") for n in range(5)))
    found, after = list[str](), None
    while (page := desk.page(after, 2)).next != after:
        found += [notice.notice_id for notice in page.notices]
        after = page.next
    assert found == [f"n-{n}" for n in range(5)]
    desk.notices.put([a_notice("late")])
    assert [notice.notice_id for notice in desk.page(after).notices] == ["late"]


def test_the_list_is_recorded_of_no_child_and_of_no_practitioner() -> None:
    desk = a_desk_with()
    desk.page()
    (record,) = desk.records
    assert (record.answered, record.outcome, record.shown) == (Answered.ANSWERED, "notices", Shown.NOTICES)
    assert (record.organisation, record.practitioner_id, record.child_id) == (COUNCIL, None, None)
    assert (record.purpose, record.legal_basis) == ("notice", "children_act_2004_s10")


# One of them


def test_a_notice_tells_who_the_child_is_who_works_with_it_now_and_by_which_references_it_is_ours() -> None:
    told = a_desk_with().one()
    assert told.child
    assert (told.child.child_id, told.child.given_name, told.child.sex) == (CHILD, "Amelia", a_child().sex)
    assert [i.organisation for i in told.involvements] == [COUNCIL, SCHOOL]
    assert told.source_references == ["CASE-1"]
    assert told.about == {"organisation": SCHOOL}
    assert told.sources[SCHOOL].name == f"The organisation {SCHOOL}"
    assert told.sources.keys() == {COUNCIL, SCHOOL}


def test_a_disclosure_is_recorded_with_the_child_and_who_asked() -> None:
    desk = a_desk_with()
    told = desk.one()
    (record,) = desk.records
    assert record.access_id == told.access_id
    assert (record.outcome, record.shown) == ("notice_read", Shown.CHILD_AND_INVOLVEMENTS)
    assert (record.child_id, record.practitioner_id) == (CHILD, "SW-1")
    assert (record.purpose, record.legal_basis) == ("notice", "children_act_2004_s10")


def test_reading_a_notice_is_no_lookup_or_each_would_be_told_of_the_others_reading_without_end() -> None:
    desk = a_desk_with()
    desk.one()
    assert desk.records[0].purpose not in set(Purpose)


def test_what_was_told_at_first_is_not_what_is_told_now() -> None:
    desk = a_desk_with()
    desk.holds(CHILD, an_involvement())
    assert [i.organisation for i in desk.one().involvements] == [COUNCIL]


def test_a_child_that_was_joined_into_another_is_told_of_as_that_one() -> None:
    desk = a_desk_with()
    desk.holds(CHILD, an_involvement(), now="child-2")
    told = desk.one()
    assert told.child
    assert told.child.child_id == desk.records[0].child_id == "child-2"


HIDDEN: dict[str, Callable[[NoticeDesk], object]] = {
    "gone": lambda desk: desk.register.held.clear(),
    "withdrawn by all": lambda desk: desk.holds(CHILD),
    "shielded": lambda desk: desk.holds(CHILD, an_involvement(), at_school(), shield=a_shield(organisation=SCHOOL)),
    "of services that it does not see": lambda desk: desk.holds(CHILD, an_involvement(service_type=ServiceType.POLICE)),
    "another's by now": lambda desk: desk.holds(CHILD, at_school(child=a_child(postcode="LS6 1AA"))),
}


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.CLOSING])
def test_what_may_not_be_seen_is_told_as_what_is_gone_whatever_it_is(kind: NoticeKind) -> None:
    sees = frozenset(ServiceType) - {ServiceType.POLICE}
    caller = a_caller(COUNCIL, permissions=replace(NOTHING_BUT_NOTICES, sees=sees))
    told, recorded, called = list[Any](), list[Any](), list[Any]()
    for hide in HIDDEN.values():
        desk = a_desk_with(a_notice(kind=kind))
        hide(desk)
        told.append(desk.one(caller=caller))
        recorded.append(desk.records)
        called.append(desk.faults.calls)
    assert all(one == told[0] for one in told)
    assert (told[0].child, told[0].involvements, told[0].source_references, told[0].about) == (None, (), (), {})
    assert all(one == recorded[0] for one in recorded)
    assert (recorded[0][0].child_id, recorded[0][0].shown) == (None, Shown.NOTICES)
    assert all(one == called[0] for one in called)


# While the reason holds for which it was told

ITS_OWN, ANOTHERS = a_child(), a_child(postcode="LS6 1AA")
TO_WHO_IS_INVOLVED = (
    NoticeKind.INVOLVEMENT_ELSEWHERE,
    NoticeKind.MOVED,
    NoticeKind.LOOKED_UP,
    NoticeKind.GONE_QUIET,
    NoticeKind.DISPUTED,
    NoticeKind.JOINED,
    NoticeKind.SHIELDED,
)
TO_AUTHORITIES = (NoticeKind.MOVED, NoticeKind.NOBODY_LEFT, NoticeKind.GONE_QUIET)
OF_CHILDREN = [kind for kind in NoticeKind if kind is not NoticeKind.CLOSING]


@pytest.mark.parametrize("kind", OF_CHILDREN)
def test_who_is_involved_is_shown_the_child_while_it_is(kind: NoticeKind) -> None:
    desk = a_desk_with(a_notice(kind=kind))
    desk.holds(CHILD, an_involvement(child=ANOTHERS), at_school(child=ANOTHERS))
    assert bool(desk.one().child) is (kind in TO_WHO_IS_INVOLVED)
    desk.holds(CHILD, at_school(child=ANOTHERS))  # its own is withdrawn
    assert desk.one().child is None


@pytest.mark.parametrize("kind", OF_CHILDREN)
def test_an_authority_is_shown_the_child_while_that_is_its_own(kind: NoticeKind) -> None:
    desk = a_desk_with(a_notice(kind=kind))
    desk.holds(CHILD, at_school(child=ITS_OWN))
    assert bool(desk.one().child) is (kind in TO_AUTHORITIES)


@pytest.mark.parametrize("kind", OF_CHILDREN)
def test_an_involvement_that_it_may_not_see_itself_opens_nothing(kind: NoticeKind) -> None:
    desk = a_desk_with(a_notice(kind=kind))
    desk.holds(CHILD, an_involvement(child=ANOTHERS, service_type=ServiceType.POLICE), at_school(child=ANOTHERS))
    caller = a_caller(COUNCIL, permissions=permissions(sees=frozenset(ServiceType) - {ServiceType.POLICE}))
    assert desk.one(caller=caller).child is None


WATCHES: dict[str, tuple[dict[str, Any], bool]] = {
    "by the id of the notice": ({}, True),
    "by an id that it had before": ({"child_id": "child-0"}, True),
    "by another organisation": ({"organisation": SCHOOL}, False),
    "of another child": ({"child_id": "child-9"}, False),
    "that has ended": ({"until": NOW}, False),
}


@pytest.mark.parametrize(("said", "is_shown"), WATCHES.values(), ids=WATCHES)
@pytest.mark.parametrize("token", [frozenset({Capability.NOTICES}), frozenset(Capability)])
def test_who_watches_is_shown_the_child_while_it_does(
    said: dict[str, Any],
    is_shown: bool,  # noqa: FBT001  # a row of a table
    token: frozenset[Capability],
) -> None:
    desk = a_desk_with(a_notice(kind=NoticeKind.WATCHED))
    desk.holds(CHILD, at_school(child=ANOTHERS), formerly=frozenset({"child-0"}))
    desk.watches.put(a_watch(**({"child_id": CHILD} | said)))
    assert bool(desk.one(caller=replace(a_caller(COUNCIL), scopes=token)).child) is is_shown


def test_who_may_not_watch_any_more_is_shown_nothing_of_whom_it_watched() -> None:
    desk = a_desk_with(a_notice(kind=NoticeKind.WATCHED))
    desk.watches.put(a_watch(child_id=CHILD))
    assert desk.one(caller=a_caller(COUNCIL, permissions=NOTHING_BUT_NOTICES)).child is None


@pytest.mark.parametrize("service_type", [service for service in ServiceType if service.is_sensitive])
def test_no_permission_shows_a_sensitive_service(service_type: ServiceType) -> None:
    desk = a_desk_with()
    desk.holds(CHILD, an_involvement(), at_school(service_type=service_type))
    caller = a_caller(COUNCIL, permissions=permissions(sees=frozenset(ServiceType)))
    assert [i.organisation for i in desk.one(caller=caller).involvements] == [COUNCIL]


def test_the_shields_own_team_is_told_and_it_is_recorded_as_shielded() -> None:
    desk = a_desk_with()
    desk.holds(CHILD, an_involvement(), at_school(), shield=a_shield(organisation=COUNCIL))
    assert desk.one().child
    assert desk.records[0].shown == Shown.SHIELDED_CHILD_AND_INVOLVEMENTS


def test_who_may_open_shields_is_told_nothing_of_the_child_without_opening_one() -> None:
    desk = a_desk_with(a_notice(kind=NoticeKind.SHIELDED, about={"state": "set"}))
    desk.holds(CHILD, an_involvement(), shield=a_shield(organisation=SCHOOL))
    assert desk.one().child is None


def test_what_is_about_no_child_is_told_without_reading_the_register() -> None:
    about = {"dependent": "e-caf", "days": "30"}
    desk = a_desk_with(a_notice(kind=NoticeKind.CLOSING, child_id=None, about=about))
    told = desk.one()
    assert (told.about, told.child) == (about, None)
    assert "register.held_by_id" not in desk.faults.calls
    assert desk.records[0].shown == Shown.NOTICES


def test_anothers_notice_is_as_one_that_never_was() -> None:
    desk = a_desk_with(a_notice("n-1", organisation=SCHOOL))
    calls = list[list[str]]()
    for notice_id in ("n-1", "never"):
        desk.faults.calls.clear()
        with pytest.raises(NoticeNotFound):
            desk.one(notice_id)
        with pytest.raises(NoticeNotFound):
            desk.acknowledge(notice_id)
        calls.append(list(desk.faults.calls))
    assert calls[0] == calls[1]
    assert {(record.answered, record.outcome) for record in desk.records} == {(Answered.REFUSED, "notice_not_found")}
    assert len(desk.records) == 4
    assert desk.notices.put_once["n-1"].acknowledged_at is None


# Taking note


def test_what_is_acknowledged_is_not_listed_any_more_but_can_be_read() -> None:
    desk = a_desk_with(a_notice("n-1"), a_notice("n-2"))
    desk.acknowledge()
    desk.clock.move(timedelta(minutes=1))
    desk.acknowledge()
    assert [notice.notice_id for notice in desk.page().notices] == ["n-2"]
    assert desk.one().notice.acknowledged_at == NOW


# Who may


REFUSED = [
    pytest.param(
        {"permissions": permissions(capabilities=frozenset(Capability) - {Capability.NOTICES})}, id="not given"
    ),
    pytest.param({"suspended": True}, id="suspended"),
]
ASKS: dict[str, Callable[[NoticeDesk, Any], object]] = {
    "the list": lambda desk, caller: desk.page(caller=caller),
    "one": lambda desk, caller: desk.one(caller=caller),
    "taking note": lambda desk, caller: desk.acknowledge(caller=caller),
}
EVERY_ASK = pytest.mark.parametrize("ask", ASKS.values(), ids=list(ASKS))


@EVERY_ASK
@pytest.mark.parametrize("said", REFUSED)
def test_who_may_not_is_refused_on_record_before_anything_is_read(
    ask: Callable[[NoticeDesk, Any], object], said: dict[str, Any]
) -> None:
    desk = a_desk_with()
    with pytest.raises(NotPermitted):
        ask(desk, a_caller(COUNCIL, **said))
    assert desk.faults.calls == ["access_log.append"]
    assert (desk.records[0].answered, desk.records[0].outcome) == (Answered.REFUSED, "not_permitted")


@EVERY_ASK
def test_a_token_that_was_not_issued_for_notices_opens_none(ask: Callable[[NoticeDesk, Any], object]) -> None:
    with pytest.raises(NotPermitted):
        ask(a_desk_with(), replace(a_caller(COUNCIL), scopes=frozenset({Capability.LOOKUP})))


@pytest.mark.parametrize("ask", [ASKS["the list"], ASKS["one"]])
def test_whoever_asks_too_often_is_refused_on_record_and_shown_nothing(
    ask: Callable[[NoticeDesk, Any], object],
) -> None:
    desk = a_desk_with()
    desk.limits.most = 1
    ask(desk, a_caller(COUNCIL))
    with pytest.raises(AskedTooOften):
        ask(desk, a_caller(COUNCIL))
    assert desk.records[-1].outcome == "asked_too_often"


def test_a_system_that_polls_is_counted_as_a_system_and_a_practitioner_as_one() -> None:
    desk = a_desk_with()
    desk.page()
    desk.one()
    assert desk.limits.spent == {(f"client-of-{COUNCIL}", None): 1, (f"client-of-{COUNCIL}", "SW-1"): 1}


@EVERY_ASK
@pytest.mark.parametrize("reads", range(4))
def test_nothing_is_answered_once_the_register_has_closed(ask: Callable[[NoticeDesk, Any], object], reads: int) -> None:
    """Before, or at any reading of the clock while the question is under way."""
    desk = a_desk_with()
    desk.lifecycle = Lifecycle(NOW + timedelta(seconds=1), "https://successor.example")
    desk.clock.moves_after(reads, NOW + timedelta(seconds=1))
    try:
        ask(desk, a_caller(COUNCIL))
    except RegisterClosed:
        return
    assert desk.clock.at == NOW, "answered after it had closed"


# Whatever fails


@given(position=st.integers(0, MANY_CALLS), after=st.booleans(), ask=st.sampled_from(["the list", "one"]))
def test_nothing_is_told_that_is_not_on_record_whatever_fails(position: int, ask: str, *, after: bool) -> None:
    desk = a_desk_with()
    desk.faults.position, desk.faults.after = position, after
    try:
        ASKS[ask](desk, a_caller(COUNCIL))
    except Unavailable:
        return
    assert [record.answered for record in desk.records] == [Answered.ANSWERED]


@pytest.mark.parametrize("after", [False, True])
def test_a_refusal_that_cannot_be_recorded_is_not_answered_as_one(*, after: bool) -> None:
    desk = a_desk_with()
    desk.access_log.faults = Faults(position=0, after=after)
    with pytest.raises(AccessNotRecorded):
        desk.page(caller=a_caller(TRUST, suspended=True))


def test_the_directory_tells_the_names_of_those_who_are_shown_and_of_no_other() -> None:
    desk = a_desk_with()
    desk.directory.enrolled = [an_organisation(TRUST)]
    assert desk.one().sources == {}
