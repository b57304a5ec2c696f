"""Side by side: threads for calls that wait on the network.

Three pools, so that what itself waits for others side by side cannot fill the pool that it waits for.
"""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_calls = ThreadPoolExecutor(16, thread_name_prefix="call")
_beside = ThreadPoolExecutor(16, thread_name_prefix="beside")
_work = ThreadPoolExecutor(8, thread_name_prefix="work")


def together[A, B](first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Implements `ports.Together`: both have ended, well or not, before this returns or raises.

    Either may use `all_of`, and the first, which this thread does, `together`: three things or more are told as the first
    of a pair, again and again.
    """
    later = _beside.submit(second)
    try:
        one = first()
    finally:
        later.exception()  # waits
    return one, later.result()


def all_of[R](calls: Sequence[Callable[[], R]]) -> list[R]:
    """The results of all calls, in order; this thread does the first. None of them may wait for further ones.

    If any fails, this raises when all have ended: none goes on in a function that Lambda then freezes.
    """
    if not calls:
        return []
    later = [_calls.submit(call) for call in calls[1:]]
    try:
        first = calls[0]()
    finally:
        wait(later)
    return [first, *(call.result() for call in later)]


def side_by_side[V, R](work: Callable[[V], R], values: Sequence[V]) -> list[R]:
    """The results of one piece of work for each value, in order. The work may use `together` and `all_of`.

    If one fails, no other is begun, and this raises when those under way have ended: what went on in a function
    that Lambda then freezes would write days later what it had read today.
    """
    under_way = [_work.submit(work, value) for value in values]
    wait(under_way, return_when=FIRST_EXCEPTION)
    for later in under_way:
        later.cancel()
    wait(under_way)
    return [done.result() for done in under_way]  # work begins in order, so one that failed stands before the cancelled
