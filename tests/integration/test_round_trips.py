"""How often, and in how many steps, DynamoDB is asked: what decides how long an answer takes on any machine."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from shared.domain.blocking import match_keys
from shared.domain.review import Decision
from shared.persistence.models import MatchKeyItem, bind
from shared.persistence.reading import MOST_ROWS_OF_A_KEY, rows_of
from tests.integration.calls import Call, Calls
from tests.integration.deployed import Client, Deployment
from tests.integration.direct import Desk, details
from tests.integration.emulated import ACCESS_LOG, LIMITS, REGISTER
from tests.integration.pairs import BEN, BENS, CATS, a_pair, steps_of
from tests.integration.people import DETAILS, NUMBER, ZOE, involvement, of

KEYS = len(match_keys(details(ZOE)))
SECONDS = 5
"""How long a call waits for those that must be under way beside it; far longer than they ever take."""


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    client = deployment.enrol("X99")
    assert client.put("hv-1", involvement(ZOE)).status == 201
    assert client.look_up(ZOE).status == 200  # warm: the Directory is remembered from here on
    return client


def test_a_lookup_by_number_is_three_calls_in_two_steps(trust: Client) -> None:
    lock, seen = threading.Lock(), list[Call]()
    second = threading.Barrier(2)

    def meet(call: Call) -> None:  # one after the other would wait in vain
        if call.table == LIMITS:
            return
        with lock:
            seen.append(call)
            is_first = len(seen) == 1
        if not is_first:
            second.wait(SECONDS)

    Calls(before=meet).of_tables()
    assert trust.look_up(of(ZOE, *NUMBER)).body["outcome"] == "match"
    assert seen[0] == Call("Query", REGISTER)
    assert set(seen[1:]) == {Call("Query", REGISTER), Call("PutItem", ACCESS_LOG)}
    assert len(seen) == 3


def test_a_question_is_counted_while_it_is_answered(trust: Client) -> None:
    first = threading.Barrier(2)
    met = threading.Event()

    def meet(call: Call) -> None:
        if not met.is_set() and call.table in (LIMITS, REGISTER):
            first.wait(SECONDS)
            met.set()

    calls = Calls(before=meet).of_tables()
    assert trust.look_up(of(ZOE, *NUMBER)).body["outcome"] == "match"
    assert met.is_set()
    assert Call("UpdateItem", LIMITS) in calls.made


def test_a_lookup_by_all_details_is_two_steps_however_many_keys_it_has(trust: Client) -> None:
    lock, seen = threading.Lock(), list[Call]()
    first = KEYS + len(NUMBER)
    steps = threading.Barrier(first), threading.Barrier(2)

    def meet(call: Call) -> None:
        if call.table == LIMITS:
            return
        with lock:
            seen.append(call)
            step = 0 if len(seen) <= first else 1
        steps[step].wait(SECONDS)

    Calls(before=meet).of_tables()
    assert trust.look_up(of(ZOE, *DETAILS, *NUMBER)).body["outcome"] == "match"
    assert Counter(call.operation for call in seen) == {"Query": KEYS + len(NUMBER) + 1, "PutItem": 1}


@pytest.mark.usefixtures("aws")
def test_rows_that_are_hidden_cost_no_further_call() -> None:
    bind(register=REGISTER)
    now = datetime.now(UTC)
    with MatchKeyItem.batch_write() as batch:
        for n in range(MOST_ROWS_OF_A_KEY + 50):
            expires_at = None if n % 100 == 0 else now - timedelta(days=1)
            batch.save(
                MatchKeyItem(
                    "KEY#hot",
                    f"CHILD#{n:04}",
                    child_id=str(n),
                    service_types={"police"},
                    likeness={},
                    expires_at=expires_at,
                )
            )
    calls = Calls().of_tables()
    assert [row.sk for row in rows_of("KEY#hot", now)] == ["CHILD#0000", "CHILD#0100", "CHILD#0200", "CHILD#0300"]
    assert calls.made == [Call("Query", REGISTER)]


def test_a_lookup_that_finds_nobody_is_two_calls(trust: Client) -> None:
    calls = Calls().of_tables()
    assert trust.look_up({"nhs_number": "9990002010"}).body["outcome"] == "no_match"
    assert [call.operation for call in calls.made if call.table != LIMITS] == ["Query", "PutItem"]


@pytest.mark.parametrize("steps", [0, 1, 3, None], ids=["begun", "marked", "moving", "joined"])
def test_a_lookup_of_a_child_that_is_being_joined_is_two_steps_too(trust: Client, steps: int | None) -> None:
    desk = Desk()
    case = a_pair(desk)
    if steps is None:
        desk.decide(case, Decision.SAME)
    else:
        assert len(list(islice(steps_of(desk, case, Decision.SAME), steps + 1))) == steps + 1
    lock, seen = threading.Lock(), list[Call]()
    asked = {name: BEN[name] for name in DETAILS}
    keys = len(match_keys(details(asked)))
    first, second = threading.Barrier(keys), threading.Barrier(3 if steps != 0 else 2)

    def meet(call: Call) -> None:
        if call.table == LIMITS:
            return
        with lock:
            seen.append(call)
            step = first if len(seen) <= keys else second
        step.wait(SECONDS)

    Calls(before=meet).of_tables()
    answer = trust.look_up(asked).body
    assert answer["outcome"] == "match"
    assert len(answer["involvements"]) == (len(BENS) if steps == 0 else len(BENS | CATS))
    assert len(seen) == keys + second.parties


def test_a_registration_of_a_known_child_is_one_step_of_reads_and_one_transaction(trust: Client) -> None:
    calls = Calls().of_tables()
    assert trust.put("hv-2", involvement(ZOE)).status == 201
    assert dict(calls.count()) == {"Query": KEYS, "BatchGetItem": 1, "TransactWriteItems": 1}
    assert calls.made[-1].operation == "TransactWriteItems"


def test_a_registration_that_changes_nothing_writes_nothing(trust: Client) -> None:
    calls = Calls().of_tables()
    assert trust.put("hv-1", involvement(ZOE)).status == 200
    assert "TransactWriteItems" not in calls.count()


def test_a_changed_service_is_written_without_reading_what_is_said_of_the_child(trust: Client) -> None:
    calls = Calls().of_tables()
    assert trust.put("hv-1", involvement(ZOE, team="Oak")).status == 200
    assert dict(calls.count()) == {"Query": KEYS, "BatchGetItem": 1, "TransactWriteItems": 1}


def test_a_withdrawal_is_one_transaction(trust: Client) -> None:
    calls = Calls().of_tables()
    assert trust.withdraw("hv-1").status == 204
    assert dict(calls.count()) == {"BatchGetItem": 5, "Query": 1, "TransactWriteItems": 1}


def test_rows_that_a_register_holds_already_cost_one_read_in_a_hundred(deployment: Deployment) -> None:
    deployment.enrol("X99")
    header = "source_reference,service_type,given_name,family_name,date_of_birth\n"
    rows = "".join(f"r-{n},education,Quill{'abcdefgh'[n]},Marsh,2016-01-11\n" for n in range(8))
    deployment.drop("X99", (header + rows).encode())
    calls = Calls().of_tables()
    left = deployment.drop("X99", (header + rows).encode())
    assert left
    assert left["unchanged"] == 8
    assert [call.operation for call in calls.made if call.table == REGISTER] == ["BatchGetItem"]
