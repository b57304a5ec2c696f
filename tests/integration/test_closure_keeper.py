"""What is remembered of a closure, in the Directory's own table on moto."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.closure import Accepted, Certified, Progress, Surveyed
from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Lifecycle
from shared.persistence.closure_keeper import DynamoClosureKeeper
from shared.persistence.models import bind
from tests.integration.calls import Calls, Fault
from tests.integration.emulated import DIRECTORY, dump

NOW = datetime(2010, 8, 13, 11, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
LIFECYCLE = Lifecycle.configured(
    "2010-08-06T12:00:00+01:00", "https://next.example", credentials_return_by="2010-08-13", destruction_authority="DfE"
)


@pytest.fixture
def keeper(aws: None) -> DynamoClosureKeeper:
    _ = aws
    bind(directory=DIRECTORY)
    return DynamoClosureKeeper()


def test_before_the_first_deployment_nothing_is_known(keeper: DynamoClosureKeeper) -> None:
    assert keeper.accepted() is None
    assert keeper.progress() == Progress()


def test_what_was_accepted_last_is_what_counts(keeper: DynamoClosureKeeper) -> None:
    closing = Accepted(lifecycle=LIFECYCLE, accepted_at=NOW, announced_at=NOW)
    keeper.accept(closing)
    assert keeper.accepted() == closing
    cleared = Accepted(lifecycle=Lifecycle(), accepted_at=LATER, announced_at=None)
    keeper.accept(cleared)
    assert keeper.accepted() == cleared


def test_every_note_is_that_of_the_first_time(keeper: DynamoClosureKeeper) -> None:
    for at in (NOW, LATER):
        keeper.note_closed(at)
        keeper.note_started(at)
        keeper.note_surveyed("items", Surveyed(counts={"child": 3, "at": at.day}, at=at))
        keeper.note_surveyed("logs", Surveyed(counts={}, at=at, is_whole=False))
        keeper.note_emptied("items", at)
        keeper.note_outstanding(at.day)
        keeper.note_clients(at.day, at)
        keeper.note_certified(Certified(at=at, sha256=f"{at:%d}", documents={"certificate.json": f"v{at:%d}"}))
    assert keeper.progress() == Progress(
        closed_at=NOW,
        started_at=NOW,
        surveyed={
            "items": Surveyed(counts={"child": 3, "at": 13}, at=NOW),
            "logs": Surveyed(counts={}, at=NOW, is_whole=False),
        },
        emptied={"items": NOW},
        outstanding=14,
        clients=13,
        certified=Certified(at=NOW, sha256="13", documents={"certificate.json": "v13"}),
    )


def test_a_place_that_was_filled_again_was_emptied_when_it_is_empty_again(keeper: DynamoClosureKeeper) -> None:
    keeper.note_refilled("items")
    keeper.note_emptied("items", NOW)
    keeper.note_emptied("items-of-another", NOW)
    for _ in range(2):
        keeper.note_refilled("items")
        assert keeper.progress().emptied == {"items-of-another": NOW}
    keeper.note_emptied("items", LATER)
    assert keeper.progress().emptied == {"items": LATER, "items-of-another": NOW}


def test_a_cleared_closure_leaves_what_was_accepted_and_nothing_else(keeper: DynamoClosureKeeper) -> None:
    accepted = Accepted(lifecycle=LIFECYCLE, accepted_at=NOW, announced_at=NOW)
    keeper.accept(accepted)
    keeper.note_closed(NOW)
    keeper.note_emptied("items", NOW)
    for _ in range(2):
        keeper.forget()
        assert (keeper.accepted(), keeper.progress()) == (accepted, Progress())
    assert len(dump(DIRECTORY)) == 1


CALLS: list[Callable[[DynamoClosureKeeper], object]] = [
    lambda keeper: keeper.accepted(),
    lambda keeper: keeper.accept(Accepted(lifecycle=LIFECYCLE, accepted_at=NOW, announced_at=None)),
    lambda keeper: keeper.progress(),
    lambda keeper: keeper.note_started(NOW),
    lambda keeper: keeper.note_emptied("items", NOW),
    lambda keeper: keeper.note_refilled("items"),
    lambda keeper: keeper.forget(),
]


@pytest.mark.parametrize("fault", list(Fault))
def test_a_directory_that_does_not_answer_is_unavailable(keeper: DynamoClosureKeeper, fault: Fault) -> None:
    calls = Calls().of_tables()
    for call in CALLS:
        calls.fail(1, fault)
        with pytest.raises(Unavailable):
            call(keeper)
