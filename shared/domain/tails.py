"""How surprising a count is, in powers of ten: 3 is one in a thousand. Nothing counts as more than `MOST`."""

from __future__ import annotations

from math import exp, lgamma, log10

MOST = 6.0
"""One in a million. Beyond it the tails below say more of their shape than of people."""


def of_count(count: int, mean: float, shape: float) -> float:
    """Of so many or more, where counts scatter as a negative binomial's: a variance of mean + mean² / shape.

    People's days scatter more than chance (Poisson): a bad night, a long list, a colleague who is ill.
    """
    if count <= mean:
        return 0.0
    stays = mean / (shape + mean)
    probability = (1 - stays) ** shape
    below = 0.0
    for i in range(count):
        below += probability
        probability *= (shape + i) / (i + 1) * stays
    return _surprise(1 - below)


def of_share(hits: int, of: int, mean: float, precision: float) -> float:
    """Of so many hits or more, where the chance of one is itself drawn from a beta distribution: a beta-binomial.

    `precision` is how many tries that chance is worth: the lower, the more what happens comes in clusters.
    """
    if hits <= of * mean:
        return 0.0
    yes, no = mean * precision, (1 - mean) * precision
    ways = lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1)
    drawn = lgamma(hits + yes) + lgamma(of - hits + no) - lgamma(of + precision)
    probability = exp(ways + drawn + lgamma(precision) - lgamma(yes) - lgamma(no))
    tail = 0.0
    for i in range(hits, of + 1):
        tail += probability
        if i < of:
            probability *= (of - i) / (i + 1) * (i + yes) / (of - i - 1 + no)
    return _surprise(tail)


def _surprise(probability: float) -> float:
    return min(MOST, -log10(probability)) if probability > 10**-MOST else MOST
