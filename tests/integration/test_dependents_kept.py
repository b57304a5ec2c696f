"""Who relies on the register and who calls it, in the Directory's own table on moto."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.domain.announcement import Announcement
from shared.domain.conflicts import Conflict
from shared.domain.dependents import Acknowledgement, Dependent, Informed, Readiness, due
from shared.domain.directory import Capability, Organisation, Permissions
from shared.domain.errors import AlreadyExists, Unavailable
from shared.persistence.dependents import DynamoCallers, DynamoDependents
from shared.persistence.directory_keeper import DynamoDirectoryKeeper
from shared.persistence.models import bind
from shared.persistence.notices import DynamoNotices
from shared.services.remind import Remind
from tests.integration.calls import Calls, Fault
from tests.integration.emulated import DIRECTORY, REGISTER, dump
from tests.support.builders import PSEUDONYMS
from tests.support.depending import ANNOUNCED, CLOSES, a_caller_seen, a_dependent
from tests.support.fakes import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INFORMED = Informed(tenure=3, announced_at=ANNOUNCED, closes_at=CLOSES, days=30, number=2)
WHOLE = a_dependent(
    calls=frozenset({"lookUp", "putInvolvement"}),
    client_ids=frozenset({"c1", "c2"}),
    readiness=Readiness.WILL_BREAK,
    acknowledgement=Acknowledgement(
        closes_at=CLOSES, at=ANNOUNCED, readiness=Readiness.WILL_BREAK, ready_by=date(2010, 7, 30), number=2
    ),
    tenure=3,
)


@pytest.fixture
def dependents(aws: None) -> DynamoDependents:
    _ = aws
    bind(directory=DIRECTORY, register=REGISTER)
    return DynamoDependents()


@pytest.fixture
def callers(dependents: DynamoDependents) -> DynamoCallers:
    _ = dependents
    return DynamoCallers()


@pytest.mark.parametrize("dependent", [WHOLE, a_dependent()])
def test_what_was_written_down_is_read_back_as_it_was_said(dependents: DynamoDependents, dependent: Dependent) -> None:
    assert dependents.dependent("e-caf") is None
    dependents.add(dependent)
    assert dependents.dependent("e-caf") == dependent
    assert dependents.all() == [dependent]


def test_a_system_is_added_once(dependents: DynamoDependents) -> None:
    dependents.add(WHOLE)
    with pytest.raises(AlreadyExists):
        dependents.add(a_dependent())
    assert dependents.all() == [WHOLE]


def test_systems_come_in_the_order_of_their_ids_without_those_that_have_ended(dependents: DynamoDependents) -> None:
    for dependent_id in ("b", "c", "a"):
        dependents.add(a_dependent(dependent_id))
    dependents.replace(a_dependent("b", ended_at=ANNOUNCED, version=2))
    assert [dependent.dependent_id for dependent in dependents.all()] == ["a", "c"]
    ended = dependents.dependent("b")
    assert ended
    assert ended.ended_at == ANNOUNCED


def test_a_change_takes_the_place_of_the_version_before_it_and_of_no_other(dependents: DynamoDependents) -> None:
    dependents.add(WHOLE)
    changed = replace(a_dependent(name="Another"), tenure=4, version=2)
    dependents.replace(changed)
    assert dependents.dependent("e-caf") == changed, "nor is anything left of what was acknowledged"
    with pytest.raises(Conflict):
        dependents.replace(replace(WHOLE, version=2))
    with pytest.raises(Conflict):
        dependents.replace(a_dependent("other", version=2))


def test_what_its_owner_was_told_is_noted_beside_all_other_changes(dependents: DynamoDependents) -> None:
    dependents.add(WHOLE)
    dependents.note_informed("e-caf", INFORMED)
    assert dependents.dependent("e-caf") == replace(WHOLE, informed=INFORMED)
    dependents.replace(replace(WHOLE, version=2))
    assert dependents.dependent("e-caf") == replace(WHOLE, informed=INFORMED, version=2)


def test_every_caller_is_kept_with_its_first_and_its_last_call(callers: DynamoCallers) -> None:
    for first, last in ((3, 4), (1, 2), (6, 6), (5, 5), (6, 6)):
        seen = a_caller_seen("one", first=ANNOUNCED + first * HOUR, last=ANNOUNCED + last * HOUR)
        callers.note_callers([seen, a_caller_seen("other")])
    assert callers.callers() == [
        a_caller_seen("one", first=ANNOUNCED + HOUR, last=ANNOUNCED + 6 * HOUR),
        a_caller_seen("other"),
    ]


def test_an_hour_that_is_done_is_no_caller(callers: DynamoCallers) -> None:
    assert callers.noted_through() is None
    for hour in (ANNOUNCED, ANNOUNCED + HOUR):
        callers.note_through(hour)
        assert callers.noted_through() == hour
    assert callers.callers() == []


def test_what_the_store_does_not_answer_is_unavailable(dependents: DynamoDependents) -> None:
    dependents.add(WHOLE)
    callers = DynamoCallers()
    asked: list[Callable[[], object]] = [
        dependents.all,
        lambda: dependents.dependent("e-caf"),
        lambda: dependents.add(a_dependent("other")),
        lambda: dependents.replace(replace(WHOLE, version=2)),
        lambda: dependents.note_informed("e-caf", INFORMED),
        callers.noted_through,
        lambda: callers.note_through(ANNOUNCED),
        lambda: callers.note_callers([a_caller_seen()]),
        callers.callers,
    ]
    calls = Calls().of_tables()
    for ask in asked:
        calls.fail(1, Fault.FAILED)
        with pytest.raises(Unavailable):
            ask()
        assert calls.mend()


# Told of the closure, through whatever fails


@pytest.mark.parametrize("seed", range(12))
def test_runs_that_are_killed_at_random_put_each_notice_once_and_lose_none(
    dependents: DynamoDependents, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # so that a failure can be repeated
    keeper = DynamoDirectoryKeeper()
    permitted = Permissions(capabilities=frozenset({Capability.NOTICES}))
    for code in ("A1", "B2"):
        keeper.enrol(Organisation(code=code, name=code, permissions=permitted))
    for dependent_id, owner in (("one", "A1"), ("two", "B2"), ("three", "B2")):
        dependents.add(a_dependent(dependent_id, owner=owner))
    clock = Clock(ANNOUNCED)
    notices = DynamoNotices(clock=clock, pause=lambda _attempt: None)
    remind = Remind(dependents=dependents, keeper=keeper, notices=notices, pseudonyms=PSEUDONYMS, clock=clock)
    calls = Calls().of_tables()
    for back in (60, 30, 14, 7, 1):
        clock.at = CLOSES - back * DAY
        for _ in range(chance.randint(0, 3)):
            calls.fail(chance.randint(1, 14), chance.choice(list(Fault)))
            try:
                remind(ANNOUNCED, CLOSES)
            except Unavailable:
                clock.move(timedelta(minutes=5))
        calls.mend()
        remind(ANNOUNCED, CLOSES)
        for dependent in dependents.all():
            assert dependent.informed
            assert due(dependent, Announcement(ANNOUNCED, CLOSES), clock.at) is None
    kept = [item for item in dump(REGISTER) if item["kind"] == "notice"]
    assert len(kept) == len({item["notice_id"] for item in kept}) == 3 * 5
