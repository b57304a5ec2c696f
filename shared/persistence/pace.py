"""So many items a second and no more, over all threads: what a table is asked to do stays bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Pace:
    """`a_second` at most, evenly: what was not used is not saved up. Raises ValueError for none.

    `seconds` is a clock that never goes back (`time.monotonic`), `sleep` waits for so many seconds (`time.sleep`).
    """

    a_second: float
    seconds: Callable[[], float]
    sleep: Callable[[float], None]
    _free_at: float = field(default=float("-inf"), init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def __post_init__(self) -> None:
        if self.a_second <= 0:
            raise ValueError(f"a pace is above nought, not {self.a_second}")

    def take(self, items: int) -> None:
        """Waits until it is the turn of so many items."""
        with self._lock:
            now = self.seconds()
            begins = max(now, self._free_at)
            self._free_at = begins + items / self.a_second
        if begins > now:
            self.sleep(begins - now)
