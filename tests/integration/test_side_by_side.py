"""Work side by side has ended when its caller goes on, however it ended."""

from __future__ import annotations

import threading

import pytest

from shared.runtime.parallel import side_by_side

SECONDS = 5


def test_results_come_in_the_order_of_the_values() -> None:
    last_is_done = threading.Event()

    def work(value: int) -> int:
        if value == 3:
            last_is_done.set()
        elif value == 1:
            last_is_done.wait(SECONDS)
        return value * 10

    assert side_by_side(work, [1, 2, 3]) == [10, 20, 30]


def test_a_failure_is_raised_only_when_what_was_under_way_has_ended() -> None:
    both_began, failing = threading.Barrier(2), threading.Event()
    ended = list[int]()

    def work(value: int) -> None:
        both_began.wait(SECONDS)
        if value == 0:
            failing.set()
            raise RuntimeError
        failing.wait(SECONDS)
        ended.append(value)

    with pytest.raises(RuntimeError):
        side_by_side(work, [0, 1])
    assert ended == [1]
