"""How the register is used, kept beside the access log: put once, read back, and nothing personal in a key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.pseudonym import Pseudonyms
from shared.domain.trawling import HABIT_KEPT, PeerUse
from shared.persistence.access_reading import DynamoAccessReading
from shared.persistence.habits import DynamoHabits
from shared.persistence.models import bind
from tests.integration.emulated import ACCESS_LOG, SECRET, dump
from tests.support.builders import COUNCIL, TRUST
from tests.support.watching import DAY, HOUR, MONDAY_NINE, a_use

PEERS = PeerUse(
    organisation=COUNCIL,
    role="social_worker",
    hour=MONDAY_NINE,
    practitioners=2,
    questions=3,
    nothing_found=1,
    districts={"N12": 3},
)


@pytest.fixture
def habits(aws: None) -> DynamoHabits:
    _ = aws
    bind(access_log=ACCESS_LOG)
    return DynamoHabits(Pseudonyms(SECRET.encode()))


def test_what_is_put_is_read_back_in_order_of_time_within_its_bounds(habits: DynamoHabits) -> None:
    uses = [
        a_use(MONDAY_NINE - DAY * 36),
        a_use(MONDAY_NINE - DAY * 35, questions=4, nothing_found=2, districts={}),
        a_use(MONDAY_NINE, children=("child-1", "child-2"), namesakes=("child-2",)),
        a_use(MONDAY_NINE + HOUR),
    ]
    for use in reversed(uses):
        habits.put(use)
    habits.put(a_use(organisation=TRUST))
    habits.put(a_use(practitioner_id="SWE-2"))
    past = habits.past(COUNCIL, "SWE-1", MONDAY_NINE - DAY * 35, MONDAY_NINE)
    assert list(past.uses) == uses[1:3]
    assert past.told == {}


def test_what_was_told_stands_beside_the_hour_and_not_among_the_uses(habits: DynamoHabits) -> None:
    use = a_use()
    habits.put(use)
    habits.put_told(use, ["outside_hours", "far_above_habit"])
    past = habits.past(COUNCIL, "SWE-1", MONDAY_NINE - DAY, MONDAY_NINE)
    assert list(past.uses) == [use]
    assert past.told == {MONDAY_NINE: {"far_above_habit", "outside_hours"}}


def test_peers_are_read_up_to_and_without_the_end(habits: DynamoHabits) -> None:
    hours = [replace(PEERS, hour=MONDAY_NINE + HOUR * n) for n in range(4)]
    for use in hours:
        habits.put_peers(use)
    assert list(habits.peers(COUNCIL, "social_worker", MONDAY_NINE + HOUR, MONDAY_NINE + HOUR * 3)) == hours[1:3]
    assert list(habits.peers(COUNCIL, "nurse", MONDAY_NINE, MONDAY_NINE + DAY)) == []


def test_everything_is_put_once_and_the_first_stands(habits: DynamoHabits) -> None:
    def put(questions: int) -> None:
        use = a_use(questions=questions)
        habits.put(use)
        habits.put_peers(replace(PEERS, questions=questions))
        habits.put_told(use, [f"sign-{questions}"])
        habits.put_done(MONDAY_NINE)

    put(1)
    before = dump(ACCESS_LOG)
    put(2)
    assert dump(ACCESS_LOG) == before
    assert len(before) == 4


def test_the_last_hour_that_was_done_is_remembered(habits: DynamoHabits) -> None:
    assert habits.done_through() is None
    for hours in (0, 2, 1):
        habits.put_done(MONDAY_NINE + HOUR * hours)
    assert habits.done_through() == MONDAY_NINE + HOUR * 2


def test_how_far_an_hour_was_looked_at_is_the_most_that_was_put(habits: DynamoHabits) -> None:
    assert habits.reached(MONDAY_NINE) == 0
    for practitioners in (200, 12_400, 9_800, 12_400):
        habits.put_reached(MONDAY_NINE, practitioners)
    habits.put_reached(MONDAY_NINE + HOUR, 40_000)
    assert habits.reached(MONDAY_NINE) == 12_400
    assert habits.done_through() is None


def test_no_id_of_a_practitioner_stands_in_an_item_nor_does_anybody_seem_to_have_looked_at_a_child(
    habits: DynamoHabits,
) -> None:
    habits.put(a_use(practitioner_id="NMC-77A", children=("child-1",)))
    habits.put_told(a_use(practitioner_id="NMC-77A"), ["no_rest"])
    items = dump(ACCESS_LOG)
    assert "NMC-77A" not in str(items)
    assert not any("child_id" in item for item in items)
    assert list(DynamoAccessReading().of_child(["child-1"], None, 10).records) == []
    assert list(DynamoAccessReading().of_hour(MONDAY_NINE)) == []


def test_all_of_it_is_removed_after_ninety_days(habits: DynamoHabits) -> None:
    habits.put(a_use())
    habits.put_peers(PEERS)
    habits.put_told(a_use(), ["no_rest"])
    habits.put_done(MONDAY_NINE)
    assert {int(item["expires_at"]) for item in dump(ACCESS_LOG)} == {int((MONDAY_NINE + HABIT_KEPT).timestamp())}
    assert timedelta(days=90) == HABIT_KEPT
