from __future__ import annotations

from threading import Thread

import pytest

from shared.persistence.pace import Pace


class Seconds:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_no_more_than_so_many_a_second() -> None:
    seconds = Seconds()
    pace = Pace(100, seconds, seconds.sleep)
    for _ in range(9):
        pace.take(25)
    assert seconds.slept == pytest.approx([0.25] * 8)


def test_what_was_not_used_is_not_saved_up() -> None:
    seconds = Seconds()
    pace = Pace(100, seconds, seconds.sleep)
    pace.take(25)
    seconds.now = 60
    for _ in range(3):
        pace.take(25)
    assert seconds.slept == pytest.approx([0.25] * 2)


def test_the_pace_is_that_of_all_threads_together() -> None:
    slept: list[float] = []
    pace = Pace(100, lambda: 0.0, slept.append)
    threads = [Thread(target=pace.take, args=(25,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_a_pace_of_nought_would_never_end() -> None:
    with pytest.raises(ValueError, match="above nought"):
        Pace(0, lambda: 0.0, lambda _: None)
