"""How surprising counts are, held against sums that are done the long way."""

from __future__ import annotations

from math import comb, log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import tails

means = st.floats(0.01, 50)
shapes = st.floats(0.5, 10)
rates = st.floats(0.01, 0.95)


def test_tails_are_those_of_chance_where_counts_scatter_no_more_than_chance() -> None:
    # with a huge shape the negative binomial is Poisson's: of mean 2, five or more is 0.05265
    assert tails.of_count(5, 2.0, 1e7) == pytest.approx(-log10(0.052653), abs=1e-3)
    # with a huge precision the beta-binomial is the binomial
    exact = sum(comb(10, k) * 0.2**k * 0.8 ** (10 - k) for k in range(5, 11))
    assert tails.of_share(5, 10, 0.2, 1e7) == pytest.approx(-log10(exact), abs=1e-3)


@given(count=st.integers(0, 200), mean=means, shape=shapes)
def test_more_is_never_less_surprising(count: int, mean: float, shape: float) -> None:
    assert tails.of_count(count + 1, mean, shape) >= tails.of_count(count, mean, shape) - 1e-9


@given(of=st.integers(1, 100), hits=st.integers(0, 99), mean=rates, precision=st.floats(2, 40))
def test_a_larger_share_is_never_less_surprising(of: int, hits: int, mean: float, precision: float) -> None:
    hits = min(hits, of - 1)
    assert tails.of_share(hits + 1, of, mean, precision) >= tails.of_share(hits, of, mean, precision) - 1e-9


@given(count=st.integers(1, 200), mean=means, more=st.floats(1.01, 5), shape=shapes)
def test_who_asks_more_every_day_surprises_less(count: int, mean: float, more: float, shape: float) -> None:
    assert tails.of_count(count, mean * more, shape) <= tails.of_count(count, mean, shape) + 1e-9


@given(count=st.integers(0, 10_000), mean=means, shape=shapes)
def test_nothing_counts_as_more_than_one_in_a_million_nor_as_less_than_nothing(
    count: int, mean: float, shape: float
) -> None:
    assert 0 <= tails.of_count(count, mean, shape) <= tails.MOST


@given(mean=means, shape=shapes)
def test_what_was_expected_surprises_nobody(mean: float, shape: float) -> None:
    assert tails.of_count(int(mean), mean, shape) == 0
    assert tails.of_share(0, 5, 0.5, 8) == 0
