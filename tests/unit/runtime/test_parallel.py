"""Side by side, with threads that meet: nobody waits for luck."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Never

import pytest

from shared.runtime.parallel import all_of, side_by_side, together

SECONDS = 10  # a thread that never comes fails the test


def test_two_things_are_done_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=SECONDS)
    assert sorted(together(meeting.wait, meeting.wait)) == [0, 1]


def test_results_come_in_the_order_of_what_was_asked() -> None:
    assert together(lambda: "first", lambda: "second") == ("first", "second")
    assert all_of([lambda: 1, lambda: 2, lambda: 3]) == [1, 2, 3]
    assert side_by_side(str, [3, 1, 2]) == ["3", "1", "2"]


def test_four_things_are_done_at_the_same_time_as_the_first_of_a_pair_again_and_again() -> None:
    meeting = threading.Barrier(4, timeout=SECONDS)
    ((one, two), three), four = together(
        lambda: together(lambda: together(meeting.wait, meeting.wait), meeting.wait), meeting.wait
    )
    assert sorted((one, two, three, four)) == [0, 1, 2, 3]


def test_both_of_a_pair_may_do_many_calls_side_by_side_without_waiting_for_each_other() -> None:
    many = [lambda: 1] * 100
    pairs = side_by_side(lambda _n: together(lambda: sum(all_of(many)), lambda: sum(all_of(many))), list(range(20)))
    assert pairs == [(100, 100)] * 20


def test_nothing_to_do_is_done() -> None:
    assert all_of([]) == side_by_side(str, []) == []


def failing() -> Never:
    message = "failed"
    raise OSError(message)


def test_if_the_first_fails_the_second_has_ended_before_that_is_said() -> None:
    failed, ended = threading.Event(), threading.Event()

    def first() -> Never:
        failed.set()
        failing()

    def second() -> None:
        assert failed.wait(SECONDS)
        ended.set()

    with pytest.raises(OSError, match="failed"):
        together(first, second)
    assert ended.is_set()


def test_if_the_second_fails_that_is_said() -> None:
    with pytest.raises(OSError, match="failed"):
        together(lambda: "first", failing)


def test_if_one_of_several_fails_that_is_said() -> None:
    with pytest.raises(OSError, match="failed"):
        all_of([lambda: 1, failing])
    with pytest.raises(OSError, match="failed"):
        side_by_side(lambda _value: failing(), [1])


@pytest.mark.parametrize("position", [0, 1])
def test_if_one_of_several_fails_all_have_ended_before_that_is_said(position: int) -> None:
    failed, ended = threading.Event(), threading.Event()

    def fail() -> Never:
        failed.set()
        failing()

    def end() -> None:
        assert failed.wait(SECONDS)
        ended.set()

    calls: list[Callable[[], None]] = [end, end]
    calls.insert(2 * position, fail)
    with pytest.raises(OSError, match="failed"):
        all_of(calls)
    assert ended.is_set()


def test_work_that_does_calls_side_by_side_does_not_wait_for_itself() -> None:
    done = side_by_side(lambda n: sum(all_of([lambda: n, lambda: n])), list(range(100)))
    assert done == [2 * n for n in range(100)]
