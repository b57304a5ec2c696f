"""How often may be asked: the one number gives what a bucket of tokens would give, and never more."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.limits import Allowances, Bucket, milliseconds
from tests.support.builders import NOW

BUCKETS = st.builds(Bucket, interval=st.integers(1, 5_000), size=st.integers(1, 30))
QUESTIONS = st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 5)), max_size=60)
"""How long after the one before, in milliseconds, and how many tokens each takes."""

START = milliseconds(NOW)


class Tokens:
    """A bucket as one would draw it: tokens that come back by and by."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self.tokens = Fraction(bucket.size)
        self.at = START

    def take(self, now: int, tokens: int) -> bool:
        self.tokens = min(self.tokens + Fraction(now - self.at, self.bucket.interval), Fraction(self.bucket.size))
        self.at = now
        if tokens > self.tokens:
            return False
        self.tokens -= tokens
        return True


def asked(bucket: Bucket, questions: list[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """When, how many tokens, and whether they were there."""
    now, full_at = START, None
    told = []
    for later, tokens in questions:
        now += later
        after = bucket.after(full_at, now, tokens)
        told.append((now, tokens, after is not None))
        full_at = full_at if after is None else after
    return told


@given(BUCKETS, QUESTIONS)
def test_one_number_gives_what_a_bucket_of_tokens_gives(bucket: Bucket, questions: list[tuple[int, int]]) -> None:
    drawn = Tokens(bucket)
    for now, tokens, given_out in asked(bucket, questions):
        assert drawn.take(now, tokens) == given_out


@given(BUCKETS, QUESTIONS)
def test_in_no_time_is_more_given_than_a_full_bucket_and_what_comes_back(
    bucket: Bucket, questions: list[tuple[int, int]]
) -> None:
    told = [(now, tokens) for now, tokens, given_out in asked(bucket, questions) if given_out]
    for first, (begun, _) in enumerate(told):
        taken = 0
        for now, tokens in told[first:]:
            taken += tokens
            assert taken <= bucket.size + (now - begun) // bucket.interval


@given(BUCKETS, QUESTIONS)
def test_whoever_waits_as_long_as_told_is_let_in_and_nobody_is_told_to_wait_a_second_too_long(
    bucket: Bucket, questions: list[tuple[int, int]]
) -> None:
    now, full_at = START, None
    for later, _ in questions:
        now += later
        after = bucket.after(full_at, now, 1)
        if after is None:
            assert full_at is not None
            wait = bucket.wait(full_at, now)
            assert wait >= 1
            assert bucket.after(full_at, now + 1000 * wait, 1) is not None
            if wait > 1:
                assert bucket.after(full_at, now + 1000 * (wait - 1) - 1, 1) is None
        full_at = full_at if after is None else after


@given(BUCKETS, st.integers(0, 100), st.integers(0, 30))
def test_what_is_left_after_a_charge_beyond_the_bottom_is_waited_for(bucket: Bucket, owed: int, tokens: int) -> None:
    full_at = START + bucket.cost(bucket.size + owed)
    assert bucket.after(full_at, START + bucket.cost(owed), 1) is None
    enough = min(tokens, bucket.size)
    assert bucket.after(full_at, START + bucket.cost(owed + enough), enough) is not None


def test_nobody_gets_more_at_once_than_a_full_bucket() -> None:
    bucket = Bucket(interval=60_000, size=20)
    assert bucket.after(None, START, 20) == START + 20 * 60_000
    assert bucket.after(None, START, 21) is None


@pytest.mark.parametrize(
    ("tokens", "interval"),
    [(60, 60_000), (3_600, 1_000), (7, 514_286), (1, 3_600_000)],
)
def test_a_rate_is_rounded_so_that_it_never_gives_more(tokens: int, interval: int) -> None:
    assert Bucket.of(tokens, 3_600_000, 20).interval == interval


@pytest.mark.parametrize(("interval", "size"), [(0, 1), (1, 0), (-5, 3)])
def test_a_bucket_that_gives_nothing_or_everything_is_none(interval: int, size: int) -> None:
    with pytest.raises(ValueError, match="a bucket holds"):
        Bucket(interval=interval, size=size)


def test_the_allowances_are_those_of_the_deployment() -> None:
    allowances = Allowances.configured(
        practitioner_an_hour=60, practitioner_burst=20, client_a_minute=600, nothing_found_costs=3
    )
    assert allowances.practitioner == Bucket(interval=60_000, size=20)
    assert allowances.client == Bucket(interval=100, size=600)


def test_a_question_that_found_nothing_counts_as_one_at_least() -> None:
    with pytest.raises(ValueError, match="at least"):
        Allowances(practitioner=Bucket(1, 1), client=Bucket(1, 1), nothing_found_costs=0)


def test_an_instant_is_in_milliseconds() -> None:
    assert milliseconds(NOW + timedelta(milliseconds=7)) - milliseconds(NOW) == 7
