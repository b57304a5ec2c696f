"""How often may be asked, in DynamoDB: what the rule gives, in one write as a rule, and nobody is refused by a fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import AskedTooOften, Unavailable
from shared.domain.limits import Allowances, Bucket, milliseconds
from shared.persistence.hashed_keys import RegisterKeys
from shared.persistence.limits import LEASED_FOR, MOST_LEASED, NOT_ASKED_FOR, DynamoLimits
from shared.persistence.models import LimitItem, bind
from shared.runtime.parallel import all_of
from tests.integration.calls import Call, Calls, Fault
from tests.integration.direct import STARTED_AT
from tests.integration.emulated import LIMITS, dump, put_back
from tests.support.builders import PSEUDONYMS

PRACTITIONER = Bucket(interval=60_000, size=20)
CLIENT = Bucket(interval=100, size=600)
COUNTS = Call("UpdateItem", LIMITS)

pytestmark = pytest.mark.usefixtures("bound")


@pytest.fixture
def bound(aws: None) -> None:
    _ = aws
    bind(limits=LIMITS)


class Limited:
    """Limits, and what they could not find out."""

    def __init__(self, practitioner: Bucket = PRACTITIONER, client: Bucket = CLIENT, costs: int = 3) -> None:
        self.silences: list[Unavailable] = []
        self.allowances = Allowances(practitioner=practitioner, client=client, nothing_found_costs=costs)
        self.limits = self.instance()

    def instance(self) -> DynamoLimits:
        """As another instance of the function has it."""
        return DynamoLimits(RegisterKeys(PSEUDONYMS), self.allowances, all_of, self.silences.append)

    def ask(self, at: datetime, practitioner: str | None = "P-1", client: str = "a-client") -> int | None:
        """In how many seconds to try again; None if the question may be asked."""
        try:
            self.limits.spend(client, practitioner, at)
        except AskedTooOften as refusal:
            return refusal.retry_after
        return None

    def charge(self, at: datetime) -> None:
        self.limits.charge("a-client", "P-1", at)


def test_a_practitioner_may_ask_so_many_at_once_and_then_one_a_minute() -> None:
    limited = Limited()
    assert [limited.ask(STARTED_AT) for _ in range(22)] == [None] * 20 + [60, 60]
    assert limited.ask(STARTED_AT + timedelta(seconds=59)) == 1
    assert limited.ask(STARTED_AT + timedelta(seconds=60)) is None
    assert limited.ask(STARTED_AT + timedelta(seconds=60)) == 60
    assert not limited.silences


def test_a_practitioner_who_has_asked_too_often_keeps_nobody_else_from_asking() -> None:
    """For five minutes, ten times a second, through two instances: far more than the client may ask."""
    limited = Limited(client=Bucket(interval=1_000, size=60))
    instances = [limited.instance(), limited.instance()]
    let_in = 0
    for tenths in range(3_000):
        try:
            instances[tenths % 2].spend("a-client", "P-1", STARTED_AT + timedelta(milliseconds=100 * tenths))
            let_in += 1
        except AskedTooOften:
            pass
    assert let_in == 20 + 4  # what may be asked at once, and what came back
    at = STARTED_AT + timedelta(minutes=5)
    assert [limited.ask(at, practitioner=f"P-{n}") for n in range(2, 42)] == [None] * 40
    assert limited.ask(at, client="another-client") is None


def test_what_was_counted_for_a_practitioner_who_is_refused_is_left_to_the_next_question_of_the_client() -> None:
    limited = Limited(practitioner=Bucket(60_000, 1), client=Bucket(60_000, 2))
    assert limited.ask(STARTED_AT) is None
    limited.instance().spend("another-client", "P-1", STARTED_AT)
    other = limited.instance()
    with pytest.raises(AskedTooOften):
        other.spend("a-client", "P-1", STARTED_AT)
    other.spend("a-client", "P-2", STARTED_AT)
    with pytest.raises(AskedTooOften):
        other.spend("a-client", "P-3", STARTED_AT)


def test_who_was_refused_is_refused_without_counting_until_there_is_a_token_again() -> None:
    limited = Limited(practitioner=Bucket(60_000, 1))
    assert [limited.ask(STARTED_AT), limited.ask(STARTED_AT)] == [None, 60]
    calls = Calls().of_tables()
    assert [limited.ask(STARTED_AT + timedelta(seconds=after)) for after in (1, 30, 59)] == [59, 30, 1]
    assert calls.made == []
    assert limited.ask(STARTED_AT + timedelta(seconds=60)) is None


def test_a_question_that_found_nothing_counts_as_three() -> None:
    limited = Limited()
    asked = 0
    while limited.ask(STARTED_AT) is None:
        limited.charge(STARTED_AT)
        asked += 1
    # the seventh may still be asked, and leaves one token owing
    assert asked == 7
    assert limited.ask(STARTED_AT) == 120


def test_what_is_charged_to_somebody_whose_question_was_not_counted_counts_all_the_same() -> None:
    limited = Limited()
    limited.charge(STARTED_AT)
    (item,) = dump(LIMITS)
    assert int(item["tat"]) == milliseconds(STARTED_AT) + 2 * PRACTITIONER.interval


def test_what_nobody_is_named_for_is_charged_to_the_client() -> None:
    limited = Limited(client=Bucket(interval=60_000, size=7))
    asked = 0
    while limited.ask(STARTED_AT, practitioner=None) is None:
        limited.limits.charge("a-client", None, STARTED_AT)
        asked += 1
    assert asked == 3


def test_nothing_is_charged_where_a_question_counts_as_one_whatever_it_finds() -> None:
    limited = Limited(costs=1)
    limited.charge(STARTED_AT)
    assert dump(LIMITS) == []


def test_a_client_may_ask_only_so_often_with_all_its_practitioners() -> None:
    limited = Limited(client=Bucket(interval=1_000, size=5))
    told = [limited.ask(STARTED_AT, practitioner=f"P-{n}") for n in range(7)]
    assert told == [None] * 5 + [1, 1]
    assert limited.ask(STARTED_AT, practitioner=None) == 1
    assert limited.ask(STARTED_AT + timedelta(seconds=1), practitioner=None) is None


def test_what_one_instance_counted_beforehand_is_counted_for_all() -> None:
    limited = Limited(client=Bucket(interval=60_000, size=40))
    asked = 0
    instances = [limited.instance() for _ in range(4)]
    while True:
        try:
            for instance in instances:
                instance.spend("a-client", None, STARTED_AT)
                asked += 1
        except AskedTooOften:
            break
    assert asked <= 40


def with_a_lease(limited: Limited) -> Calls:
    """Watched from where a client's next three questions have been counted already."""
    for _ in range(4):
        limited.ask(STARTED_AT, practitioner=None)
    return Calls().of_tables()


@pytest.mark.parametrize(
    ("asked_before", "writes"),
    [
        pytest.param(0, 1, id="who has not asked for long: one"),
        pytest.param(1, 2, id="in a burst: two"),
        pytest.param(2, 1, id="refused: one"),
    ],
)
def test_a_question_of_a_practitioner_costs_one_write_or_two(asked_before: int, writes: int) -> None:
    limited = Limited(practitioner=Bucket(60_000, 2))
    for _ in range(asked_before):
        limited.ask(STARTED_AT)
    calls = with_a_lease(limited)
    limited.ask(STARTED_AT)
    assert calls.made == [COUNTS] * writes


def test_of_a_client_that_asks_fast_many_questions_are_counted_at_once() -> None:
    limited = Limited()
    calls = Calls().of_tables()
    for _ in range(100):
        limited.ask(STARTED_AT, practitioner=None)
    # 1, 2, 4, 8 and then 16 at a time, with two writes each in a burst
    assert len(calls.made) == 1 + 2 * 9


def test_a_client_that_asks_seldom_loses_nothing_to_questions_counted_beforehand() -> None:
    limited = Limited(client=Bucket(interval=1_000, size=100))
    at = STARTED_AT
    for _ in range(50):
        at += LEASED_FOR
        assert limited.ask(at, practitioner=None) is None
    row = next(item for item in dump(LIMITS) if item["pk"].endswith("a-client"))
    assert int(row["tat"]) == milliseconds(at) + 1_000  # full again within a second: one was counted for each


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bucket=st.builds(Bucket, interval=st.integers(50, 3_000), size=st.integers(1, 6)),
    questions=st.lists(st.integers(0, 5_000), max_size=25),
)
def test_the_table_gives_what_the_rule_gives(bucket: Bucket, questions: list[int]) -> None:
    put_back(LIMITS, {})
    limited = Limited(practitioner=bucket, client=Bucket(1, 1_000_000))
    at, full_at = STARTED_AT, None
    for later in questions:
        at += timedelta(milliseconds=later)
        after = bucket.after(full_at, milliseconds(at), 1)
        wait = limited.ask(at)
        assert (wait is None) == (after is not None)
        if after is None:
            assert full_at is not None
            assert wait == bucket.wait(full_at, milliseconds(at))
        full_at = full_at if after is None else after
    assert not limited.silences


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(1, 40),
    questions=st.lists(st.tuples(st.integers(0, 1_500), st.integers(0, 2)), max_size=60),
)
def test_in_no_time_does_a_client_ask_more_than_it_may_in_that_and_the_time_of_a_lease(
    size: int, questions: list[tuple[int, int]]
) -> None:
    put_back(LIMITS, {})
    bucket = Bucket(interval=500, size=size)
    limited = Limited(client=bucket)
    instances = [limited.instance() for _ in range(3)]
    at, let_in = STARTED_AT, []
    for later, instance in questions:
        at += timedelta(milliseconds=later)
        try:
            instances[instance].spend("a-client", None, at)
            let_in.append(at)
        except AskedTooOften:
            pass
    for first, begun in enumerate(let_in):
        for count, now in enumerate(let_in[first:], 1):
            assert count <= bucket.size + (now - begun + LEASED_FOR) / timedelta(milliseconds=bucket.interval)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.FAILED, Fault.TIMED_OUT, Fault.RESET])
@pytest.mark.parametrize("ask", [Limited.ask, Limited.charge])
def test_a_store_that_does_not_answer_refuses_nobody_and_that_is_said(
    fault: Fault, ask: Callable[[Limited, datetime], object]
) -> None:
    limited = Limited(practitioner=Bucket(60_000, 1))
    calls = Calls().of_tables()
    calls.fail(1, fault)
    assert ask(limited, STARTED_AT) is None
    assert len(limited.silences) == 1


def test_a_store_that_does_not_answer_is_left_alone_for_a_while_and_then_counts_again() -> None:
    limited = Limited(practitioner=Bucket(60_000, 1))
    calls = Calls().of_tables()
    calls.fail(1, Fault.TIMED_OUT)
    calls.fail(2, Fault.TIMED_OUT)
    assert limited.ask(STARTED_AT) is None
    asked = len(calls.made)
    limited.charge(STARTED_AT)
    just_before = STARTED_AT + NOT_ASKED_FOR - timedelta(milliseconds=1)
    assert [limited.ask(just_before) for _ in range(3)] == [None] * 3
    assert len(calls.made) == asked
    at = STARTED_AT + NOT_ASKED_FOR
    assert [limited.ask(at), limited.ask(at)] == [None, 60]


def test_a_table_that_hangs_is_waited_for_once_and_shortly() -> None:
    limited = Limited()
    limited.ask(STARTED_AT)
    config: Any = LimitItem._get_connection().connection.client.meta.config  # noqa: SLF001  # PynamoDB tells it nowhere else
    assert config.connect_timeout + config.read_timeout <= 0.5
    assert config.retries["total_max_attempts"] == 1


def test_no_key_names_a_practitioner_and_every_row_goes_by_itself() -> None:
    limited = Limited()
    limited.ask(STARTED_AT, practitioner="NMC-12A3456E")
    rows = dump(LIMITS)
    assert len(rows) == 2
    assert "NMC-12A3456E" not in str(rows)
    for row in rows:
        gone = int(row["expires_at"]) - STARTED_AT.timestamp()
        assert timedelta(days=1).total_seconds() <= gone <= timedelta(days=2).total_seconds()


def test_a_lease_is_never_more_than_a_bucket_holds() -> None:
    limited = Limited(client=Bucket(interval=60_000, size=3))
    told = Counter(limited.ask(STARTED_AT, practitioner=None) is None for _ in range(2 * MOST_LEASED))
    assert told == {True: 3, False: 2 * MOST_LEASED - 3}
