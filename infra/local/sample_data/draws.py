"""Chance that comes out the same for the same seed, on every machine and every version of Python."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Draws:
    """A stream of draws named by its labels: streams of other labels tell nothing of it.

    Taken from SHA-256 because `random` promises to keep only the sequence of `random()` between versions. As
    each child has streams of its own, a larger sample begins with the same children as a smaller one.
    """

    def __init__(self, *labels: str | int) -> None:
        self._name = "/".join(str(label) for label in labels)
        self._drawn = 0

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self._name}/{self._drawn}".encode()).digest()
        return int.from_bytes(digest[:8]) % limit

    def between(self, least: int, most: int) -> int:
        """A whole number from `least` to `most`, both included."""
        return least + self.below(most - least + 1)

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred cases."""
        return self.below(100) < percent

    def pick[T](self, choices: Sequence[T]) -> T:
        """One of `choices`, each as likely."""
        return choices[self.below(len(choices))]

    def weighted[T](self, weights: Mapping[T, int]) -> T:
        """One of the keys, each as likely as its weight."""
        bounds = list(accumulate(weights.values()))
        return list(weights)[bisect_right(bounds, self.below(bounds[-1]))]

    def some[T](self, choices: Sequence[T], count: int) -> list[T]:
        """`count` different ones of `choices`, or all of them in some order if there are fewer."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]
