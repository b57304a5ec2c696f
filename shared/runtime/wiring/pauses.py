"""How long to wait before something is tried anew."""

from __future__ import annotations

import random
import time

_LONGEST_PAUSE, _LONGEST_OF_MANY = 0.4, 2.0


def pause(attempt: int, longest: float = _LONGEST_PAUSE) -> None:
    """Full jitter, from 20 ms up, so that those who collided do not collide again."""
    time.sleep(random.uniform(0, min(longest, 0.02 * 2**attempt)))  # noqa: S311  # spreads load, hides nothing


def long_pause(attempt: int) -> None:
    """Where many write the same and nobody waits for them."""
    pause(attempt, _LONGEST_OF_MANY)
