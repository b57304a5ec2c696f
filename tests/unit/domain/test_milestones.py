"""The dates of a closure: ContactPoint's, as they were."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.domain.lifecycle import Lifecycle
from shared.domain.milestones import milestones

ANNOUNCED = datetime(2010, 5, 12, 9, tzinfo=UTC)


def told(lifecycle: Lifecycle, announced_at: datetime | None = ANNOUNCED) -> list[tuple[str, str]]:
    return [(milestone.name.value, milestone.at.isoformat()) for milestone in milestones(lifecycle, announced_at)]


def test_a_closure_has_its_milestones_in_the_order_of_time() -> None:
    closure = Lifecycle.configured(
        "2010-08-06T12:00:00+01:00", credentials_return_by="2010-08-13", support_ends_at="2010-08-31"
    )
    assert told(closure) == [
        ("announced", "2010-05-12T09:00:00+00:00"),
        ("access_ends", "2010-08-06T12:00:00+01:00"),
        ("credentials_returned_by", "2010-08-13T23:00:00+00:00"),
        ("support_ends", "2010-08-31T23:00:00+00:00"),
        ("destroyed_by", "2010-10-06T11:00:00+00:00"),
    ]


def test_support_that_ends_after_everything_is_destroyed_is_told_last() -> None:
    names = [name for name, _ in told(Lifecycle.configured("2010-08-06T12:00:00+01:00", support_ends_at="2010-12-31"))]
    assert names[-2:] == ["destroyed_by", "support_ends"]


def test_what_nobody_has_set_is_no_milestone() -> None:
    names = [name for name, _ in told(Lifecycle.configured("2010-08-06T12:00:00+01:00"), None)]
    assert names == ["access_ends", "credentials_returned_by", "destroyed_by"]


def test_an_open_register_has_none() -> None:
    assert told(Lifecycle.configured(support_ends_at="2010-08-31")) == []
