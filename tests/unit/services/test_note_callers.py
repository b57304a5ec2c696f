"""Who calls is found in the access log: hour by hour, once, and never forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accesses import HOUR, OPERATOR, hour_of, hour_text
from shared.domain.directory import NOBODY
from shared.domain.errors import Unavailable
from shared.domain.sealing import Signed
from shared.services.note_callers import LOOKED_BACK, NoteCallers
from tests.support.depending import FakeCallers
from tests.support.fakes import Clock, Faults
from tests.support.sealing import NINE, FakeLog, FakeSeals, a_record

MINUTE = timedelta(minutes=1)
PLENTY = timedelta(minutes=10)


@dataclass
class World:
    """It is a quarter past twelve, and the hour from nine was the first that was sealed."""

    faults: Faults = field(default_factory=Faults)
    clock: Clock = field(default_factory=lambda: Clock(NINE + 3 * HOUR + 15 * MINUTE))
    log: FakeLog = field(default_factory=FakeLog)
    seals: FakeSeals = field(default_factory=FakeSeals)

    def __post_init__(self) -> None:
        self.callers = FakeCallers(self.faults)
        self.sealed(NINE)

    def sealed(self, hour: datetime) -> None:
        self.seals.put(Signed(hour=hour_text(hour), written=b"{}", signature=b"", key_id="a-key"))

    def called(self, client_id: str, at: datetime, **said: object) -> None:
        self.log.append(a_record(len(self.log.rows), at, client_id=client_id, **said))

    def run(self, time_left: timedelta = PLENTY) -> int:
        note = NoteCallers(reading=self.log, seals=self.seals, callers=self.callers, clock=self.clock)
        return note(lambda: time_left)

    @property
    def seen(self) -> dict[str, tuple[datetime, datetime]]:
        return {client: (seen.first, seen.last) for client, seen in self.callers.seen.items()}


def test_every_client_that_the_log_knows_is_noted_to_the_hour() -> None:
    world = World()
    world.called("one", NINE + 5 * MINUTE)
    world.called("one", NINE + 2 * HOUR + 7 * MINUTE)
    world.called("other", NINE + HOUR)
    world.run()
    assert world.seen == {"one": (NINE, NINE + 2 * HOUR), "other": (NINE + HOUR, NINE + HOUR)}


def test_a_client_that_called_a_minute_ago_is_noted_and_its_hour_looked_at_again() -> None:
    world = World()
    world.called("one", world.clock.at - MINUTE)
    assert world.run() == 4
    assert "one" in world.seen
    assert world.callers.done == NINE + 2 * HOUR
    world.called("late", world.clock.at + MINUTE)
    world.clock.move(2 * MINUTE)
    assert world.run() == 1
    assert "late" in world.seen


def test_an_hour_to_which_something_may_be_added_is_not_done() -> None:
    world = World()
    world.clock.at = NINE + 3 * HOUR + 9 * MINUTE
    world.run()
    assert world.callers.done == NINE + HOUR


def test_the_first_run_begins_with_the_first_sealed_hour_and_goes_back_for_ninety_days_at_most() -> None:
    world = World()
    world.called("long-ago", NINE - LOOKED_BACK - HOUR)
    world.called("a-term-ago", NINE - LOOKED_BACK + 4 * HOUR)
    world.sealed(NINE - LOOKED_BACK - HOUR)
    world.run()
    assert set(world.seen) == {"a-term-ago"}


def test_before_anything_is_sealed_the_hour_under_way_is_looked_at_and_none_is_done() -> None:
    world = World(seals=FakeSeals())
    world.seals.held.clear()
    world.called("one", world.clock.at)
    assert world.run() == 1
    assert "one" in world.seen
    assert world.callers.done is None


def test_a_seal_that_nobody_made_leads_nowhere() -> None:
    world = World()
    world.seals.put(Signed(hour="0000", written=b"{}", signature=b"", key_id="a-key"))
    world.called("one", NINE)
    world.run()
    assert "one" in world.seen


def test_what_there_is_no_time_for_the_next_run_does() -> None:
    world = World()
    world.called("one", NINE)
    assert world.run(timedelta(0)) == 0
    assert not world.seen
    world.run()
    assert "one" in world.seen


@pytest.mark.parametrize(
    "said", [{"client_id": OPERATOR, "organisation": OPERATOR}, {"client_id": "x", "organisation": NOBODY.code}]
)
def test_operators_and_clients_that_the_directory_does_not_know_are_no_callers(said: dict[str, str]) -> None:
    world = World()
    world.log.append(a_record(1, NINE, **said))
    world.run()
    assert not world.seen


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("position", range(8))
def test_a_run_that_fails_anywhere_loses_no_caller(position: int, *, after: bool) -> None:
    world = World()
    world.called("one", NINE)
    world.called("other", NINE + 2 * HOUR)
    world.faults.position, world.faults.after = position, after
    with pytest.raises(Unavailable):
        world.run()
    world.faults.position = None
    world.run()
    assert world.seen == {"one": (NINE, NINE), "other": (NINE + 2 * HOUR, NINE + 2 * HOUR)}


@given(st.lists(st.integers(0, 300), max_size=12), st.lists(st.integers(1, 200), max_size=8))
def test_whatever_runs_are_missed_the_first_and_the_last_call_are_known_in_the_end(
    minutes: list[int], pauses: list[int]
) -> None:
    world = World()
    calls = [NINE + minute * MINUTE for minute in minutes]
    for at in calls:
        world.called("one", at)
    world.clock.at = NINE
    for pause in [*pauses, 400]:
        world.clock.move(pause * MINUTE)
        world.run()
    hours = [hour_of(at) for at in calls]
    assert world.seen == ({"one": (min(hours), max(hours))} if hours else {})
