"""Chance: everything is drawn from `random()` alone, whose sequence Python promises to keep from version to version."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from math import exp
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

_NORMAL = NormalDist()


def chance(rng: Random, share: float) -> bool:
    """True in `share` (0 to 1) of the cases."""
    return rng.random() < share


def below(rng: Random, limit: int) -> int:
    """A whole number from 0 to `limit` - 1."""
    return int(rng.random() * limit)


def pick[T](rng: Random, choices: Sequence[T]) -> T:
    """One of the choices, each as likely."""
    return choices[int(rng.random() * len(choices))]


def log_normal(rng: Random, median: float, spread: float) -> float:
    """A positive number around `median` with a long tail upwards; `spread` is the deviation of its logarithm."""
    return median * exp(spread * _NORMAL.inv_cdf(max(rng.random(), 1e-12)))


class Weighted[T]:
    """A table to draw from, each choice as likely as its weight."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self.choices = list(weights)
        self._bounds = list(accumulate(weights.values()))
        self.total = self._bounds[-1]

    def draw(self, rng: Random) -> T:
        """One of the choices."""
        return self.choices[min(bisect_right(self._bounds, rng.random() * self.total), len(self.choices) - 1)]

    def shares(self) -> dict[T, float]:
        """The probability of each choice."""
        lower = [0.0, *self._bounds[:-1]]
        return {
            choice: (upper - before) / self.total
            for choice, before, upper in zip(self.choices, lower, self._bounds, strict=True)
        }
