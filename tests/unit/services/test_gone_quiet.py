"""The daily sweep tells of what has gone quiet: once for each last contact, and once a week to the authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.conflicts import Conflict
from shared.domain.duration import Duration
from shared.domain.errors import Contended, Unavailable
from shared.domain.involvement import ServiceType, Standing
from shared.domain.lifecycle import Lifecycle
from shared.domain.notices import Notice, NoticeKind
from shared.domain.quiet import TOLD_WITHIN, GoneQuiet
from shared.domain.retention import Retention
from tests.support.builders import COUNCIL, SCHOOL, a_registration, an_organisation
from tests.support.closing import plenty
from tests.support.expiring import ExpiryWorld
from tests.support.fakes import FakeDirectory
from tests.support.worlds import KEEPS_LONG

DAY = timedelta(days=1)
SAID = date(2026, 2, 27)
QUIET_FROM = datetime(2026, 8, 27, 23, tzinfo=UTC)
"""Midnight in London's summer: half a year after the last contact, and the day is over. It is a Friday."""
MONDAY = datetime(2026, 8, 31, 3, tzinfo=UTC)


def a_world(*, authority: bool = True, lifecycle: Lifecycle | None = None) -> ExpiryWorld:
    """Amelia is known to her school alone; the council is her authority."""
    world = ExpiryWorld(lifecycle or Lifecycle(), retention=KEEPS_LONG)
    enrolled = [an_organisation(SCHOOL, area=frozenset())]
    world.world.directory = FakeDirectory([*enrolled, *([an_organisation(COUNCIL)] if authority else [])])
    contact(world, SAID)
    return world


def contact(world: ExpiryWorld, day: date, team: str = "Year 4") -> None:
    world.world.put(
        a_registration("PUPIL-9", service_type=ServiceType.EDUCATION, last_contact=day, team=team), by=SCHOOL
    )


def sweep(world: ExpiryWorld, at: datetime) -> int:
    """The sweep of a day: how many notices were put."""
    world.clock.at = at
    return world.retain(plenty)["gone_quiet"]


def to(world: ExpiryWorld, organisation: str) -> list[Notice]:
    return [notice for notice in world.notices.put_once.values() if notice.organisation == organisation]


def test_an_organisation_is_told_on_the_day_and_not_before_and_not_again() -> None:
    world = a_world(authority=False)
    assert sweep(world, QUIET_FROM - timedelta(seconds=1)) == 0
    assert sweep(world, QUIET_FROM + timedelta(hours=4)) == 1
    for days in range(1, 120):
        assert sweep(world, QUIET_FROM + days * DAY) == 0
    (notice,) = to(world, SCHOOL)
    assert (notice.kind, notice.child_id) == (NoticeKind.GONE_QUIET, world.world.child_of("PUPIL-9", by=SCHOOL))
    assert notice.about == {"organisation": SCHOOL, "service_type": "education"}


def test_it_is_told_anew_once_there_was_contact_and_it_goes_quiet_again() -> None:
    world = a_world(authority=False)
    sweep(world, QUIET_FROM)
    contact(world, date(2026, 9, 10), team="Year 5")
    assert sweep(world, QUIET_FROM + 60 * DAY) == 0
    assert sweep(world, datetime(2027, 3, 11, 4, tzinfo=UTC)) == 1
    assert len(to(world, SCHOOL)) == 2


def test_what_is_changed_but_for_the_contact_is_not_told_twice() -> None:
    world = a_world(authority=False)
    sweep(world, QUIET_FROM)
    contact(world, SAID, team="Year 5")
    assert sweep(world, QUIET_FROM + DAY) == 0


def test_a_schedule_that_stood_still_for_weeks_loses_no_notice() -> None:
    world = a_world(authority=False)
    assert sweep(world, QUIET_FROM + TOLD_WITHIN - timedelta(seconds=1)) == 1


def test_what_was_quiet_before_the_parameter_was_set_is_told_of_then() -> None:
    world = a_world(authority=False)
    world.quiet = GoneQuiet(Duration(months=24))
    assert sweep(world, QUIET_FROM + 100 * DAY) == 0
    world.quiet = GoneQuiet()
    assert sweep(world, QUIET_FROM + 101 * DAY) == 1


def test_the_authority_is_told_once_in_a_week_by_its_first_sweep() -> None:
    world = a_world()
    days = [MONDAY + n * DAY for n in range(22)]
    put = {day: sweep(world, day) for day in days}
    assert [day for day in days if put[day]] == [MONDAY + n * 7 * DAY for n in range(4)]
    assert len(to(world, COUNCIL)) == 4
    assert {notice.about.get("organisation") for notice in to(world, COUNCIL)} == {None}
    assert len(to(world, SCHOOL)) == 1


def test_if_there_is_no_sweep_on_monday_the_next_one_is_the_weeks() -> None:
    world = a_world()
    sweep(world, MONDAY - DAY)
    assert not to(world, COUNCIL)[1:]
    before = len(to(world, COUNCIL))
    sweep(world, MONDAY + 2 * DAY)
    assert len(to(world, COUNCIL)) == before + 1
    sweep(world, MONDAY + 3 * DAY)
    assert len(to(world, COUNCIL)) == before + 1


def test_a_weekly_sweep_that_takes_more_than_a_slice_stays_the_weekly_one() -> None:
    world = a_world()
    for number in range(4):
        world.world.put(a_registration(f"CASE-{number}"), by=COUNCIL)
    sweep(world, MONDAY - DAY)
    before = len(to(world, COUNCIL))
    world.clock.at = MONDAY
    looks = iter([DAY, timedelta()])
    world.retain(lambda: next(looks))
    world.clock.at = MONDAY + DAY
    world.retain(plenty)
    assert len(to(world, COUNCIL)) == before + 1


def test_nothing_is_told_of_a_child_behind_a_shield_but_to_its_shield_team() -> None:
    world = a_world()
    world.world.shield(world.world.child_of("PUPIL-9", by=SCHOOL))
    world.world.register.shields = {
        child: replace(shield, until=MONDAY + 90 * DAY) for child, shield in world.world.register.shields.items()
    }
    sweep(world, MONDAY)
    assert not to(world, SCHOOL)
    assert len(to(world, COUNCIL)) == 1


def test_what_was_said_or_withdrawn_meanwhile_counts() -> None:
    world = a_world()
    page = world.sweeping.page

    def overtaken(*asked: object) -> object:
        found = page(*asked)  # type: ignore[arg-type]  # handed on as it came
        world.world.withdraw("PUPIL-9", by=SCHOOL)
        return found

    world.sweeping.page = overtaken  # type: ignore[assignment,method-assign]  # the fake's own
    assert sweep(world, MONDAY) == 0


def test_nobody_is_told_once_the_register_is_closed() -> None:
    world = a_world(lifecycle=Lifecycle(MONDAY - DAY))
    assert sweep(world, MONDAY) == 0
    assert not world.notices.put_once


@pytest.mark.parametrize("after", [False, True])
def test_a_sweep_that_cannot_tell_goes_on_and_the_next_days_tells_everybody_once(*, after: bool) -> None:
    world = a_world()
    faults = world.notices.faults
    faults.position, faults.after = 0, after
    world.clock.at = MONDAY
    swept = world.retain(plenty)
    assert (swept["quiet_untold"], swept["gone_quiet"], swept["seen"]) == (1, 0, 1)
    assert world.sweeping.bookmarks[0].is_done
    faults.position = None
    for days in (1, 2, 3):
        world.clock.at = MONDAY + days * DAY
        assert not world.retain(plenty)["quiet_untold"]
        assert (len(to(world, SCHOOL)), len(to(world, COUNCIL))) == (1, 1)


def test_the_weekly_notices_are_tried_each_day_until_all_are_told_and_not_again_that_week() -> None:
    world = a_world()
    sweep(world, MONDAY - DAY)
    put = len(to(world, COUNCIL))
    for days in range(7):
        world.notices.faults.position = len(world.notices.faults.calls) if days < 3 else None
        sweep(world, MONDAY + days * DAY)
        assert len(to(world, COUNCIL)) - put == (days >= 3)
    assert [bookmark.is_weekly for bookmark in world.sweeping.bookmarks.values()] == [False] * world.sweeping.segments


@pytest.mark.parametrize("failure", [Unavailable, Contended, Conflict])
def test_what_is_due_is_withdrawn_and_stamped_though_nobody_can_be_told(failure: type[Exception]) -> None:
    closes_at = MONDAY + 30 * DAY
    world = a_world(lifecycle=Lifecycle(closes_at))
    ended = date(2025, 2, 28)
    world.world.put(a_registration("old", standing=Standing.ENDED, started=ended, ended=ended))
    world.retention = Retention()
    world.notices.faults.position, world.notices.faults.error = 0, failure
    world.clock.at = MONDAY
    swept = world.retain(plenty)
    assert (swept["withdrawn"], swept["stamped"], swept["quiet_untold"]) == (1, 2, 1)
    assert set(world.sweeping.stamps.values()) == {world.lifecycle.latest_stamp}


def test_if_nobody_takes_notices_no_child_is_read() -> None:
    world = a_world()
    world.world.directory = FakeDirectory([an_organisation(SCHOOL, suspended=True)])
    world.world.register.calls.clear()
    assert sweep(world, MONDAY) == 0
    assert not world.world.register.calls
