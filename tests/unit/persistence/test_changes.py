"""What a record of a stream tells, from the images of one item before and after one write."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access import AccessRecord, Answered, Shown
from shared.domain.causes import ChildrenJoined, ChildShielded, InvolvementChanged, Questioned
from shared.domain.notices import Notice, NoticeKind
from shared.domain.review import Cause, Decided, Decision, State
from shared.persistence import codec, keys
from shared.persistence.access_log import item_of
from shared.persistence.cases import decided_to
from shared.persistence.changes import UnreadableChange, told_by, written_at
from shared.persistence.models import (
    AlertItem,
    CaseItem,
    ChildItem,
    InvolvementItem,
    NoticeHeadItem,
    NoticeItem,
    PointerItem,
)
from tests.support.builders import COUNCIL, a_child, a_service, a_shield

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=40)
HIDDEN = NOW - timedelta(minutes=1)

type Record = dict[str, Any]


def record(name: str, old: Any = None, new: Any = None) -> Record:
    """As Lambda hands it over: two items, as they were and as they are."""
    image = (new or old).serialize()
    images = {key: item.serialize() for key, item in (("OldImage", old), ("NewImage", new)) if item}
    return {
        "eventID": "event-1",
        "eventName": name,
        "dynamodb": {
            "ApproximateCreationDateTime": NOW.timestamp(),
            "Keys": {"pk": image["pk"], "sk": image["sk"]},
            "SequenceNumber": "100000000000000000001",
            **images,
        },
    }


def an_item(child_id: str = "child-1", *, at: datetime = NOW, version: int = 1, **said: Any) -> InvolvementItem:
    """An involvement, as it lies in a child's partition."""
    return InvolvementItem(
        keys.child(child_id),
        f"{keys.INVOLVEMENTS}{COUNCIL}#hash",
        child_id=child_id,
        organisation=COUNCIL,
        source_reference="CASE-1",
        child=codec.details_to(a_child()),
        service=codec.service_to(a_service()),
        recorded_at=codec.text_of(at),
        refreshed_at=codec.text_of(at),
        version=version,
        **said,
    )


def read(item: InvolvementItem) -> Any:
    return codec.involvement_from(item)


def changed(told: Any) -> InvolvementChanged:
    assert isinstance(told, InvolvementChanged)
    return told


# Involvements

REGISTERED = an_item()
HELD = an_item(at=LONG_AGO)
AGAIN = an_item(version=2)
WITHDRAWN = an_item(at=LONG_AGO, expires_at=HIDDEN)
GONE = an_item(at=LONG_AGO, expires_at=HIDDEN, moved_to="child-2", moved_at=codec.text_of(NOW))
CAME = an_item("child-2", at=LONG_AGO, moved_from=["child-1"])
STAMPED = an_item(at=LONG_AGO, expires_at=NOW + timedelta(days=50))

INVOLVEMENTS: dict[str, tuple[str, Any, Any, tuple[Any, Any, bool]]] = {
    # what was written; then what is told: before, after, whether it was by a join
    "it is registered": ("INSERT", None, REGISTERED, (None, REGISTERED, False)),
    "its organisation says something else": ("MODIFY", HELD, AGAIN, (HELD, AGAIN, False)),
    "it is withdrawn": ("MODIFY", HELD, WITHDRAWN, (HELD, None, False)),
    "it is registered again while the withdrawn one is still there": (
        "MODIFY",
        WITHDRAWN,
        REGISTERED,
        (None, REGISTERED, False),
    ),
    "it gets an end, since a closure was set": ("MODIFY", HELD, STAMPED, (HELD, STAMPED, False)),
    "it goes to another child, by a join": ("MODIFY", HELD, GONE, (HELD, None, True)),
    "it comes from another child, by a join": ("INSERT", None, CAME, (None, CAME, True)),
    "it comes from another child so young as it is": (
        "INSERT",
        None,
        an_item("child-2", moved_from=["child-1"]),
        (None, an_item("child-2", moved_from=["child-1"]), True),
    ),
    "it comes back, by the undoing": ("MODIFY", GONE, HELD, (None, HELD, True)),
    "it comes back so young as it is": (
        "MODIFY",
        an_item(expires_at=HIDDEN, moved_to="child-2", moved_at=codec.text_of(NOW)),
        REGISTERED,
        (None, REGISTERED, True),
    ),
    "it comes back when what it left behind has been removed": ("INSERT", None, HELD, (None, HELD, True)),
    "its organisation says something else in the midst of a join": (
        "INSERT",
        None,
        an_item("child-2", version=2, moved_from=["child-1"]),
        (None, an_item("child-2", version=2, moved_from=["child-1"]), False),
    ),
    "it is registered anew after it had gone": (
        "MODIFY",
        GONE,
        an_item(version=3),
        (None, an_item(version=3), False),
    ),
}


@pytest.mark.parametrize(("name", "old", "new", "told"), INVOLVEMENTS.values(), ids=INVOLVEMENTS)
def test_an_involvement_tells_what_it_was_and_what_it_is(
    name: str, old: Any, new: Any, told: tuple[Any, Any, bool]
) -> None:
    before, after, by_join = told
    found = changed(told_by(record(name, old, new)))
    assert found.before == (read(before) if before else None)
    assert found.after == (read(after) if after else None)
    assert (found.by_join, found.at) == (by_join, NOW)


def test_what_the_table_removes_by_itself_tells_nothing() -> None:
    assert told_by(record("REMOVE", WITHDRAWN)) is None
    assert told_by(record("REMOVE", GONE)) is None


def test_what_is_hidden_by_a_rule_of_the_registers_own_says_so() -> None:
    by_rule = an_item(at=LONG_AGO, expires_at=HIDDEN, by_rule=True)
    assert changed(told_by(record("MODIFY", HELD, by_rule))).by_rule
    assert not changed(told_by(record("MODIFY", HELD, WITHDRAWN))).by_rule
    assert not changed(told_by(record("MODIFY", by_rule, REGISTERED))).by_rule


# Shields


def a_child_item(*, version: int = 4, shield: Any = None, **said: Any) -> ChildItem:
    kept = codec.shield_to(shield) if shield else None
    return ChildItem(
        keys.child("child-1"),
        keys.CHILD,
        child_id="child-1",
        version=version,
        created_at=codec.text_of(LONG_AGO),
        shield=kept,
        **said,
    )


SHIELD = a_shield(since=NOW, until=NOW + timedelta(days=9))
PLAIN, SHIELDED = a_child_item(), a_child_item(version=5, shield=SHIELD)
SHIELDS: dict[str, tuple[Any, Any, Any]] = {
    "it is set": (PLAIN, SHIELDED, (None, SHIELD, 5)),
    "it is lifted": (SHIELDED, a_child_item(version=6), (SHIELD, None, 6)),
    "a new child inherits one": (None, SHIELDED, (None, SHIELD, 5)),
    "it stays": (SHIELDED, a_child_item(version=6, shield=SHIELD), None),
    "there is none": (PLAIN, a_child_item(version=5), None),
    "its child goes": (SHIELDED, a_child_item(version=6, shield=SHIELD, expires_at=HIDDEN), (SHIELD, None, 6)),
    "its child is gone": (a_child_item(shield=SHIELD, expires_at=HIDDEN), None, None),
}


@pytest.mark.parametrize(("old", "new", "told"), SHIELDS.values(), ids=SHIELDS)
def test_a_child_tells_of_its_shield_and_of_nothing_else(old: Any, new: Any, told: Any) -> None:
    name = "MODIFY" if old and new else "INSERT" if new else "REMOVE"
    found = told_by(record(name, old, new))
    if told is None:
        assert found is None
    else:
        before, after, version = told
        assert found == ChildShielded("child-1", before, after, version, NOW)


# Joins


def a_case(state: State, **said: Any) -> CaseItem:
    decided = [Decided(Decision.SAME, NOW, "RO-17", COUNCIL)]
    known: dict[str, Any] = {"goes": "child-2", "stays": "child-1"} | said
    return CaseItem(
        keys.case("case-1"),
        keys.CASE,
        case_id="case-1",
        newer="child-2",
        older="child-1",
        cause=Cause.ALIKE,
        raised_at=codec.text_of(LONG_AGO),
        state=state,
        decided=decided_to(decided),
        **known,
    )


JOINED = ChildrenJoined("child-2", "child-1", NOW, undone=False, case_id="case-1")
UNDONE = ChildrenJoined("child-2", "child-1", NOW, undone=True, case_id="case-1")
WHAT_CASES_TELL = {(State.JOINING, State.SAME): JOINED, (State.UNDOING, State.DIFFERENT): UNDONE}


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_a_case_tells_of_a_join_and_of_its_undoing_once_they_are_done(before: State, after: State) -> None:
    told = told_by(record("MODIFY", a_case(before), a_case(after)))
    assert told == WHAT_CASES_TELL.get((before, after))


def test_a_case_that_is_raised_or_removed_or_of_children_who_were_one_already_tells_nothing() -> None:
    assert told_by(record("INSERT", None, a_case(State.OPEN))) is None
    assert told_by(record("REMOVE", a_case(State.SAME))) is None
    apart = {"goes": None, "stays": None}
    assert told_by(record("MODIFY", a_case(State.OPEN, **apart), a_case(State.SAME, **apart))) is None


# Questions, notices and all the rest


def asked(**said: Any) -> AccessRecord:
    known: dict[str, Any] = {
        "access_id": "0f" * 16,
        "at": NOW,
        "request_id": "request-1",
        "organisation": COUNCIL,
        "client_id": "client-1",
        "answered": Answered.ANSWERED,
        "outcome": "match",
        "shown": Shown.CHILD_AND_INVOLVEMENTS,
        "child_id": "child-1",
    }
    return AccessRecord(**(known | said))


def logged(said: AccessRecord, name: str = "INSERT") -> Record:
    return record(name, None, item_of(said, timedelta(days=30)))


def test_an_access_record_tells_who_has_asked_about_which_child() -> None:
    assert told_by(logged(asked())) == Questioned(asked())
    assert told_by(logged(asked(child_id=None))) is None
    assert told_by(logged(asked(), "REMOVE")) is None


def a_notice_item() -> NoticeItem:
    return NoticeItem(
        keys.notices(COUNCIL),
        keys.notice_place(7),
        notice_id="notice-7",
        organisation=COUNCIL,
        notice=NoticeKind.MOVED,
        at=codec.text_of(NOW),
        child_id="child-1",
        about={"organisation": "X99"},
        lapses_at=codec.text_of(NOW + timedelta(days=90)),
    )


def test_a_notice_tells_of_itself_when_it_is_put_and_not_when_it_is_acknowledged() -> None:
    notice = Notice(
        notice_id="notice-7",
        kind=NoticeKind.MOVED,
        at=NOW,
        organisation=COUNCIL,
        child_id="child-1",
        about={"organisation": "X99"},
    )
    assert told_by(record("INSERT", None, a_notice_item())) == notice
    assert told_by(record("MODIFY", a_notice_item(), a_notice_item())) is None
    head = NoticeHeadItem(keys.notices(COUNCIL), keys.HEAD, last=7, at=codec.text_of(NOW), settled=0)
    assert told_by(record("INSERT", None, head)) is None


def test_other_items_tell_nothing() -> None:
    pointer = PointerItem("SRC#X99#hash", keys.POINTER, child_id="child-1", content="h", statement="h", likeness={})
    pointer.recorded_at = pointer.refreshed_at = codec.text_of(NOW)
    pointer.version = 1
    alert = AlertItem(keys.alerts(COUNCIL), keys.alert(NOW, "alert-1"))
    alert.alert_id, alert.at, alert.organisation, alert.alert = "alert-1", codec.text_of(NOW), COUNCIL, "shield_opened"
    alert.by_organisation, alert.by_practitioner, alert.expires_at = "X99", "PC-1", NOW
    assert told_by(record("INSERT", None, pointer)) is None
    assert told_by(record("INSERT", None, alert)) is None


# What cannot be read

SAMPLES = (
    record("INSERT", None, REGISTERED),
    record("MODIFY", HELD, WITHDRAWN),
    record("MODIFY", PLAIN, SHIELDED),
    record("MODIFY", a_case(State.JOINING), a_case(State.SAME)),
    logged(asked()),
    record("INSERT", None, a_notice_item()),
)


def paths(value: Any, *before: str) -> Iterator[tuple[str, ...]]:
    """Every place in a record."""
    if before:
        yield before
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, *before, name)


PLACES = [(number, path) for number, sample in enumerate(SAMPLES) for path in paths(sample)]
RUBBISH = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dictionaries(st.sampled_from(["S", "N", "BOOL", "M", "pk"]), st.text() | st.integers()),
    st.fixed_dictionaries({"S": st.sampled_from(["", "{}", "[]", "[[]]", '{"a": 1}', "null", "9", "2026-02-30"])}),
)


@given(place=st.sampled_from(PLACES), instead=RUBBISH, is_left_out=st.booleans())
def test_whatever_is_wrong_with_a_record_it_is_read_or_said_to_be_unreadable(
    place: tuple[int, tuple[str, ...]], instead: Any, *, is_left_out: bool
) -> None:
    number, path = place
    broken = copy.deepcopy(SAMPLES[number])
    inner = broken
    for name in path[:-1]:
        inner = inner[name]
    if is_left_out:
        del inner[path[-1]]
    else:
        inner[path[-1]] = instead
    with suppress(UnreadableChange):
        told_by(broken)
    with suppress(UnreadableChange):
        written_at(broken)


@pytest.mark.parametrize("attribute", ["kind", "child", "service", "version", "refreshed_at", "organisation"])
def test_an_involvement_that_lacks_something_is_unreadable(attribute: str) -> None:
    broken = copy.deepcopy(SAMPLES[0])
    del broken["dynamodb"]["NewImage"][attribute]
    with pytest.raises(UnreadableChange):
        told_by(broken)


def test_an_item_of_another_kind_than_its_key_says_is_unreadable() -> None:
    broken = copy.deepcopy(SAMPLES[0])
    broken["dynamodb"]["NewImage"]["kind"] = {"S": "notice"}
    with pytest.raises(UnreadableChange):
        told_by(broken)


def test_what_is_said_to_be_an_access_record_and_is_none_is_unreadable() -> None:
    broken = logged(asked())
    broken["dynamodb"]["NewImage"]["at"] = {"S": "yesterday"}
    with pytest.raises(UnreadableChange):
        told_by(broken)
