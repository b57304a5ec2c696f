"""What is told of a closure, once each; and what a closed register's every run sees to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.closure import Certified
from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Lifecycle
from tests.support.builders import COUNCIL, SCHOOL, TRUST
from tests.support.closing import Killed, killed
from tests.support.expiring import ExpiryWorld, a_credential

NOON = datetime(2026, 8, 6, 11, tzinfo=UTC)
CLOSURE = Lifecycle(NOON, "https://successor.example")
SHA256 = "ab" * 32


def a_closed_world() -> ExpiryWorld:
    world = ExpiryWorld(CLOSURE)
    world.clock.at = NOON
    return world


# Told


def test_nothing_is_told_while_no_date_has_ever_been_set() -> None:
    world = ExpiryWorld()
    world.announce()
    assert not world.bus.events


def test_a_date_is_announced_once_with_all_that_a_dependent_system_needs() -> None:
    world = ExpiryWorld(CLOSURE)
    world.announce()
    world.announce()
    assert world.bus.events == [
        (
            "ClosureAnnounced",
            {
                "closes_at": "2026-08-06T11:00:00+00:00",
                "destroyed_by": "2026-10-06T11:00:00+00:00",
                "successor": "https://successor.example",
            },
        )
    ]


@pytest.mark.parametrize(
    "other",
    [
        replace(CLOSURE, closes_at=NOON + timedelta(days=1)),
        replace(CLOSURE, window=CLOSURE.window.longer_by(1)),
        replace(CLOSURE, successor_url="https://other.example"),
    ],
    ids=["date", "window", "successor"],
)
def test_what_changes_of_a_closure_is_announced_again(other: Lifecycle) -> None:
    world = ExpiryWorld(CLOSURE)
    world.announce()
    world.deploy(other)
    world.announce()
    world.announce()
    assert world.bus.kinds == ["ClosureAnnounced", "ClosureAnnounced"]


def test_a_closure_that_is_cleared_is_told_and_the_same_one_set_again_is_announced_again() -> None:
    world = ExpiryWorld(CLOSURE)
    for lifecycle in (CLOSURE, Lifecycle(), Lifecycle(), CLOSURE, Lifecycle()):
        world.deploy(lifecycle)
        world.announce()
    assert world.bus.kinds == ["ClosureAnnounced", "ClosureCleared", "ClosureAnnounced", "ClosureCleared"]


def test_what_the_bus_does_not_take_is_told_by_the_next_run() -> None:
    world = ExpiryWorld(CLOSURE)

    def refused() -> None:
        raise Unavailable

    world.script.before[1] = refused
    with pytest.raises(Unavailable):
        world.announce()
    world.announce()
    assert world.bus.kinds == ["ClosureAnnounced"]


def test_a_run_that_is_killed_leaves_nothing_untold() -> None:
    for stopped_at in range(3):
        world = ExpiryWorld(CLOSURE)
        world.script.after[stopped_at] = killed
        with pytest.raises(Killed):
            world.announce()
        world.announce()
        assert set(world.bus.kinds) == {"ClosureAnnounced"}


def test_destruction_and_its_certificate_are_told_once_each() -> None:
    world = ExpiryWorld(CLOSURE)
    for _ in range(2):
        world.announce.started(NOON)
        world.announce.destroyed(Certified(at=NOON, sha256=SHA256))
    (started, of_start), (destroyed, of_end) = world.bus.events
    assert (started, of_start["started_at"]) == ("DestructionStarted", "2026-08-06T11:00:00+00:00")
    assert (destroyed, of_end["certificate_sha256"]) == ("RegisterDestroyed", SHA256)


# Closed


def test_the_first_run_after_closure_notes_it_tells_it_deletes_every_client_and_disables_every_user() -> None:
    world = a_closed_world()
    world.clients.ids, world.clients.users = ["one", "two", "three"], 2
    world.close()
    assert world.keeper.held.closed_at == NOON
    assert world.bus.kinds == ["RegisterClosed"]
    assert (world.clients.ids, world.clients.users) == ([], 0)


def test_later_runs_tell_nothing_again_keep_the_first_time_and_delete_a_client_made_since() -> None:
    world = a_closed_world()
    world.close()
    world.clock.move(timedelta(minutes=5))
    world.clients.ids = ["made by hand"]
    world.close()
    assert world.keeper.held.closed_at == NOON
    assert world.bus.kinds == ["RegisterClosed"]
    assert not world.clients.ids


def test_a_client_that_cannot_be_deleted_keeps_neither_the_others_nor_anything_else() -> None:
    world = a_closed_world()
    world.clients.ids, world.clients.stubborn, world.clients.users = ["one", "two", "three"], {"two"}, 1
    with pytest.raises(Unavailable):
        world.close()
    assert world.clients.ids == ["two"]
    assert not world.clients.users
    world.clients.stubborn.clear()
    world.close()
    assert not world.clients.ids


def test_a_run_that_is_killed_at_any_call_is_made_good_by_the_next() -> None:
    def run(stopped_at: int | None) -> tuple[object, ...]:
        world = a_closed_world()
        world.clock.at = NOON + timedelta(days=8)
        world.clients.ids, world.clients.users = ["one", "two"], 1
        world.chaser.held = [a_credential()]
        if stopped_at is not None:
            world.script.after[stopped_at] = killed
            with pytest.raises(Killed):
                world.close()
        world.close()
        return (
            world.keeper.held,
            tuple(world.clients.ids),
            world.clients.users,
            set(world.bus.kinds),
            len(world.script.calls),
        )

    *whole, calls = run(None)
    assert whole[1:] == [(), 0, {"RegisterClosed", "CredentialsOutstanding"}]
    for stopped_at in range(int(str(calls))):
        assert list(run(stopped_at)[:-1]) == whole


# Credentials


def test_credentials_are_chased_from_the_instant_at_which_they_are_due_and_no_sooner() -> None:
    due = CLOSURE.credentials_due
    assert due
    world = a_closed_world()
    world.chaser.held = [a_credential()]
    world.clock.at = due - timedelta(microseconds=1)
    world.close()
    assert "CredentialsOutstanding" not in world.bus.kinds
    assert world.keeper.held.outstanding is None
    world.clock.at = due
    world.close()
    assert "CredentialsOutstanding" in world.bus.kinds
    assert world.keeper.held.outstanding == 1


def test_an_event_a_day_names_how_many_are_outstanding_and_of_whom_until_all_are_in() -> None:
    world = a_closed_world()
    due = CLOSURE.credentials_due
    assert due
    held = [a_credential("1", TRUST), a_credential("2", COUNCIL), a_credential("3", TRUST), a_credential("4", SCHOOL)]
    days = []
    for day in range(3):
        world.chaser.held = held[: 4 - 2 * day]
        for hour in (0, 3, 6):
            world.clock.at = due + timedelta(days=day, hours=hour)
            world.close()
        days.append([detail for kind, detail in world.bus.events if kind == "CredentialsOutstanding"])
        assert world.keeper.held.outstanding == 4 - 2 * day
    assert [len(so_far) for so_far in days] == [1, 2, 2]
    first, second = days[-1]
    assert (first["count"], first["organisations"]) == (4, f"{COUNCIL},{TRUST},{SCHOOL}")
    assert (second["count"], second["organisations"]) == (2, f"{COUNCIL},{TRUST}")
    assert {*first} == {"closes_at", "destroyed_by", "successor", "count", "organisations"}


def test_a_day_is_one_of_london() -> None:
    world = a_closed_world()
    world.chaser.held = [a_credential()]
    world.clock.at = datetime(2026, 8, 20, 22, 59, tzinfo=UTC)
    world.close()
    world.clock.at = datetime(2026, 8, 20, 23, 0, tzinfo=UTC)
    world.close()
    assert world.bus.kinds.count("CredentialsOutstanding") == 2
    assert world.told.held["CredentialsOutstanding"] == date(2026, 8, 21).isoformat()


def test_how_many_clients_there_were_at_closure_is_noted_once() -> None:
    world = a_closed_world()
    world.clients.ids = ["one", "two", "three"]
    world.close()
    world.clients.ids = ["made behind its back"]
    world.close()
    assert world.keeper.held.clients == 3
    assert world.clients.ids == []
