"""A join, or its undoing, that breaks off anywhere: nobody is shown half a child, and it ends as if nothing had been.

Crashed at its first, second, … last call, before or after the call took effect; then looked at; then gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared.domain.blocking import match_keys
from shared.domain.conflicts import Conflict
from shared.domain.errors import Unavailable
from shared.domain.review import Case, Decided, Decision, State
from shared.persistence import codec, keys, partitions, reading
from shared.persistence.models import ChildItem, DifferenceItem
from tests.integration.calls import Call, Calls, Fault
from tests.integration.direct import Desk, details
from tests.integration.emulated import REGISTER, dump, put_back, taken
from tests.integration.pairs import (
    ASK_FOR_BEN,
    ASK_FOR_CAT,
    BENS,
    CATS,
    OF_BEN,
    OF_BEN_TOO,
    OF_CAT,
    TRUST,
    a_pair,
    assert_whole,
    registered,
    said_of,
    steps_of,
)

MOST_CALLS = 200
SAME, DIFFERENT = Decision.SAME, Decision.DIFFERENT
EVERYBODY = said_of(OF_CAT, OF_BEN)


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def crashes(desk: Desk, case: Case, decision: Decision) -> Iterator[None]:
    """The decision, crashed at every call that it makes, always from where the register is now.

    Comes back once for every state in which a crash may leave the register.
    """
    seen = set[str]()
    start, started_at = taken(REGISTER), desk.clock.now
    calls = Calls().of_tables()
    for fault in (Fault.RESET, Fault.ANSWER_LOST):
        for which in range(1, MOST_CALLS):
            put_back(REGISTER, start)
            desk.clock.now = started_at
            calls.fail(which, fault)
            try:
                desk.decide(case, decision)
            except Unavailable:
                assert calls.mend()
                if (left := str(dump(REGISTER))) not in seen:
                    seen.add(left)
                    yield
            else:
                assert not calls.mend(), "a fault went by unseen"
                assert which > 10
                break
        else:
            pytest.fail(f"more than {MOST_CALLS} calls")
    assert len(seen) > 5


def as_it_ended(desk: Desk) -> list[dict[str, Any]]:
    """Everything that the register holds, but for when, how often and by which ids."""
    passing = {"pk", "sk", "child_id", "version", "expires_at", "moved_at", "found_at", "decided", "created_at"}
    ids: dict[str, str] = {}
    for item in dump(REGISTER):
        if item["kind"] == "child":
            ids.setdefault(item["child_id"], item["created_at"])

    def named(value: Any) -> str:
        text = str(value)
        for child_id, name in ids.items():
            text = text.replace(child_id, name)
        return text

    now = desk.clock().timestamp()
    items = [
        {name: named(value) for name, value in item.items() if name not in passing | {"raised_at", "case_id"}}
        | {"hidden": float(item.get("expires_at", "inf")) <= now, "of": named(item.get("child_id"))}
        for item in dump(REGISTER)
    ]
    return sorted(items, key=str)


@pytest.mark.parametrize("too", [{}, OF_BEN_TOO], ids=["each in its words", "several in the same"])
def test_a_join_that_breaks_off_anywhere_shows_nobody_half_a_child_and_ends_well(
    desk: Desk, too: Mapping[tuple[str, str], dict[str, Any]]
) -> None:
    case, ended = a_pair(desk), None
    registered(desk, too, service_type="police")
    bens, everybody = BENS | {*too}, said_of(EVERYBODY, too)
    for _ in crashes(desk, case, SAME):
        for asked in ASK_FOR_BEN:
            assert desk.who(asked) in (None, bens, CATS | bens)
        for asked in ASK_FOR_CAT:
            found = desk.who(asked)
            assert found is None or CATS <= found <= CATS | bens
        assert_whole(desk, everybody, at_rest=False)
        if desk.reviewing.go_on() == 0:
            desk.decide(case, SAME)
        assert desk.decide(case, SAME).state is State.SAME
        assert_whole(desk, everybody)
        assert [desk.who(asked) for asked in (*ASK_FOR_CAT, *ASK_FOR_BEN)] == [CATS | bens] * 5
        ended = ended or as_it_ended(desk)
        assert as_it_ended(desk) == ended


@pytest.mark.parametrize("too", [{}, OF_BEN_TOO], ids=["each in its words", "several in the same"])
def test_an_undoing_that_breaks_off_anywhere_shows_nobody_half_a_child_and_ends_well(
    desk: Desk, too: Mapping[tuple[str, str], dict[str, Any]]
) -> None:
    case, ended = a_pair(desk), None
    registered(desk, too, service_type="police")
    bens, everybody = BENS | {*too}, said_of(EVERYBODY, too)
    desk.decide(case, SAME)
    for _ in crashes(desk, case, DIFFERENT):
        for asked in ASK_FOR_BEN:
            assert desk.who(asked) in (None, bens, CATS | bens)
        for asked in ASK_FOR_CAT:
            found = desk.who(asked)
            assert found is None or CATS <= found <= CATS | bens
        assert_whole(desk, everybody, at_rest=False)
        if desk.reviewing.go_on() == 0:
            desk.decide(case, DIFFERENT)
        assert desk.decide(case, DIFFERENT).state is State.DIFFERENT
        assert_whole(desk, everybody)
        assert [desk.who(asked) for asked in (*ASK_FOR_CAT, *ASK_FOR_BEN)] == [CATS] * 3 + [bens] * 2
        ended = ended or as_it_ended(desk)
        assert as_it_ended(desk) == ended


class JustBefore:
    """Does something once, just before the n-th read of a child's partition or match key."""

    def __init__(self, which: int, act: Callable[[], object]) -> None:
        self._left, self._act = which, act
        self.has_acted = False
        Calls(before=self._before).of_tables()

    def _before(self, call: Call) -> None:
        if call.operation == "Query" and not self.has_acted:
            self._left -= 1
            if self._left == 0:
                self.has_acted = True
                self._act()


@pytest.mark.parametrize("decision", [SAME, DIFFERENT], ids=["joining", "undoing"])
def test_whoever_asks_while_an_involvement_moves_misses_nobody(desk: Desk, decision: Decision) -> None:
    """Its partitions are read one after the other, and something moves between the reads, or all of it does."""
    case = a_pair(desk)
    if decision is DIFFERENT:
        case = desk.decide(case, SAME)
    moments: list[tuple[dict[str, Any], Case | None]] = [(taken(REGISTER), None)]
    moments += [(taken(REGISTER), under_way) for under_way in steps_of(desk, case, decision)]
    assert len(moments) > 5
    asked = ASK_FOR_BEN[0]
    keys = len(match_keys(details(asked)))
    for at, under_way in moments:
        in_between: list[Callable[[], object]] = [partial(desk.decide, case, decision)]
        if under_way:
            in_between.append(partial(desk.reviews.step, under_way, desk.clock()))
        for act in in_between:
            for which in (1, keys, keys + 1, keys + 2):  # among the match keys, and before either partition
                put_back(REGISTER, at)
                just_before = JustBefore(which, act)
                assert desk.who(asked) in (BENS, CATS | BENS)
                assert just_before.has_acted or which == keys + 2
                just_before.has_acted = True  # it need not wait any longer


@pytest.mark.parametrize("decision", [SAME, DIFFERENT], ids=["joining", "undoing"])
def test_an_involvement_that_is_withdrawn_while_others_move_is_hidden_at_once(desk: Desk, decision: Decision) -> None:
    case = a_pair(desk)
    if decision is DIFFERENT:
        case = desk.decide(case, SAME)
    for moment in [taken(REGISTER) for _ in steps_of(desk, case, decision)]:
        put_back(REGISTER, moment)
        desk.withdraw(TRUST, "ben-1")
        for asked in (*ASK_FOR_BEN, *ASK_FOR_CAT):
            assert (TRUST, "ben-1") not in (desk.who(asked) or set())


def test_a_pair_whose_difference_is_half_seen_is_not_joined(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that meets the transaction by which it was put sees the children as they will be, and not yet the difference."""
    case = desk.decide(a_pair(desk), DIFFERENT)
    query = reading.partition
    monkeypatch.setattr(
        partitions, "partition", lambda key: [item for item in query(key) if not isinstance(item, DifferenceItem)]
    )
    before = dump(REGISTER)
    with pytest.raises(Conflict):
        desk.reviews.begin_join(case, Decided(SAME, desk.clock(), "records-7", "REV"))
    assert dump(REGISTER) == before


@pytest.mark.parametrize("decision", [SAME, DIFFERENT], ids=["joining", "undoing"])
def test_a_child_with_whom_somebody_works_at_the_end_lives_on(desk: Desk, decision: Decision) -> None:
    """Also if it was taken, when this began, for one that is only kept for its claims."""
    case = a_pair(desk)
    if decision is DIFFERENT:
        case = desk.decide(case, SAME)
    steps = steps_of(desk, case, decision)
    stays = next(steps).stays
    kept_until = desk.clock() + timedelta(days=1)
    ChildItem(keys.child(str(stays)), keys.CHILD).update(
        actions=[ChildItem.lapses_at.set(codec.text_of(kept_until)), ChildItem.expires_at.set(kept_until)]
    )
    assert list(steps)
    (child,) = [item for item in dump(REGISTER) if item["kind"] == "child" and item["child_id"] == stays]
    assert not {"lapses_at", "expires_at"} & child.keys()
    desk.clock.move(days=2)
    assert_whole(desk, EVERYBODY)
