"""How old the data are that organisations feed the register from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.directory import Capability, Coverage, Organisation, Permissions
from shared.domain.freshness import feed_ages

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FEEDS = Organisation(
    code="E99000001",
    name="Northmoor",
    permissions=Permissions(capabilities=frozenset({Capability.REGISTER})),
    coverage=Coverage(districts=frozenset({"N12"}), current_as_of=date(2026, 11, 21)),
)


def current_as_of(day: date | None) -> Organisation:
    return replace(FEEDS, coverage=replace(FEEDS.coverage, current_as_of=day))


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2026, 11, 21), timedelta(days=1, hours=9)),
        (date(2026, 11, 22), timedelta(hours=9)),
        (date(2026, 11, 23), timedelta()),
        (date(2026, 12, 1), timedelta()),
    ],
)
def test_data_grow_old_from_the_end_of_their_day_on(day: date, age: timedelta) -> None:
    assert feed_ages([current_as_of(day)], NOW) == {"E99000001": age}


@pytest.mark.parametrize(
    "organisation",
    [
        current_as_of(None),
        replace(FEEDS, suspended=True),
        replace(FEEDS, permissions=Permissions()),
        replace(FEEDS, coverage=replace(FEEDS.coverage, districts=frozenset())),
    ],
)
def test_who_does_not_feed_is_not_late(organisation: Organisation) -> None:
    assert feed_ages([organisation, replace(FEEDS, code="X99")], NOW).keys() == {"X99"}
