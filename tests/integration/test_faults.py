"""DynamoDB fails at the first, the second, … the last call of a request, in every way in which it can.

Whatever fails: the answer is a problem that says so, nothing is shown that is not on record, nothing is
acknowledged that cannot be found, and the same request again ends right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from shared.persistence import models
from tests.integration.calls import Calls, Fault, Outcome, cancelled
from tests.integration.deployed import Answer, Client, Deployment
from tests.integration.emulated import ACCESS_LOG, LIMITS, REGISTER, dump
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, involvement, of

EVERY_FAULT = pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
MOST_CALLS = 30


@dataclass
class Broken:
    """A client system of a trust, and what goes wrong between the functions and DynamoDB."""

    client: Client
    calls: Calls

    def at_each_call(
        self,
        request: Callable[[int], Answer],
        *,
        prepare: Callable[[int], object] = lambda _n: None,
        faults: Sequence[Fault] = (Fault.RESET, Fault.ANSWER_LOST),
    ) -> Iterator[tuple[int, Fault, Answer]]:
        """Sends a request, the first of its calls failing, then the second, and so on, until none is left to fail.

        Each has a number of its own. That an answer is lost is tried with writes only: of a read it is the same
        as no answer.
        """
        number = 0
        for which in range(1, MOST_CALLS):
            for fault in faults:
                number += 1
                prepare(number)
                self.calls.fail(which, fault)
                answer = request(number)
                if not self.calls.mend():
                    assert which > 1, "the request calls nobody"
                    return
                yield number, fault, answer
                if self.calls.struck.operation in ("BatchGetItem", "Query"):
                    break
        pytest.fail(f"more than {MOST_CALLS} calls")


@pytest.fixture
def broken(deployment: Deployment) -> Broken:
    trust = deployment.enrol("X99")
    assert trust.put("hv-1", involvement(ZOE)).status == 201
    deployment.function("lookup")
    return Broken(trust, Calls().of_tables())


def assert_says_so(answer: Answer) -> None:
    assert (answer.status, answer.problem) in {
        (503, "unavailable"),
        (503, "access-not-recorded"),
        (503, "contended"),
    }, answer
    assert int(answer.headers["Retry-After"]) > 0
    assert set(answer.body) == {"type", "title", "status", "detail", "request_id"}


@EVERY_FAULT
def test_nothing_is_disclosed_without_an_access_record_whatever_fails(broken: Broken, fault: Fault) -> None:
    disclosed = set[str]()

    def look_up(_n: int) -> Answer:
        answer = broken.client.look_up(ZOE)
        if "child" in answer.body or "involvements" in answer.body:
            disclosed.add(answer.body["lookup_id"])
        return answer

    def start_anew(_n: int) -> None:  # so that what an instance remembers of the Directory is read, too
        broken.client.deployment.restart()
        broken.client.deployment.function("lookup")

    for n, _, failed in broken.at_each_call(look_up, prepare=start_anew, faults=[fault]):
        if broken.calls.struck.table == LIMITS:  # which must not stop an emergency
            assert (failed.status, failed.body["outcome"]) == (200, "match")
        else:
            assert_says_so(failed)
        again = look_up(n)
        assert again.status == 200
        assert again.body["outcome"] == "match"
    recorded = {record["access_id"] for record in dump(ACCESS_LOG) if record["shown"] == "child_and_involvements"}
    assert disclosed <= recorded
    assert disclosed


@EVERY_FAULT
def test_a_refusal_is_not_answered_unless_it_is_on_record(broken: Broken, fault: Fault) -> None:
    broken.client.look_up({"height": 1})  # warm: the record is the only call
    before = len(dump(ACCESS_LOG))
    broken.calls.fail(1, fault)
    assert_says_so(broken.client.look_up({"height": 1}))
    assert len(dump(ACCESS_LOG)) == before + (1 if fault is Fault.ANSWER_LOST else 0)
    assert broken.client.look_up({"height": 1}).problem == "invalid"


def test_an_involvement_that_cannot_be_read_is_not_said_to_be_missing(broken: Broken) -> None:
    for _, _, failed in broken.at_each_call(lambda _n: broken.client.get("hv-1"), faults=list(Fault)):
        assert_says_so(failed)
        assert broken.client.get("hv-1").status == 200


def test_a_first_registration_is_either_found_or_was_not_acknowledged(broken: Broken) -> None:
    children = numbered_children()

    def put(n: int) -> Answer:
        return broken.client.put(f"n-{n}", involvement(children[n]))

    for n, fault, failed in broken.at_each_call(put):
        assert_says_so(failed)
        assert put(n).status in ({200, 201} if fault is Fault.ANSWER_LOST else {201})
        found = broken.client.look_up(of(children[n], *DETAILS)).body
        assert (found["outcome"], len(found["involvements"])) == ("match", 1)


def test_a_move_to_another_child_happens_as_a_whole_or_not_at_all(broken: Broken) -> None:
    """The longest of all transactions: the first child is left and the second is found."""

    def where_it_is() -> tuple[int, int]:
        live = [item for item in dump(REGISTER) if item["kind"] == "involvement" and "expires_at" not in item]
        at_first, at_second = (sum(child["nhs_number"] in item["child"] for item in live) for child in (ZOE, ABEL))
        return at_first, at_second

    def prepare(_n: int) -> None:
        assert broken.client.put("hv-2", involvement(ZOE)).status in (200, 201)
        assert where_it_is() == (2, 0)

    def move(_n: int) -> Answer:
        return broken.client.put("hv-2", involvement(ABEL))

    for n, fault, failed in broken.at_each_call(move, prepare=prepare):
        assert_says_so(failed)
        assert where_it_is() == ((1, 1) if fault is Fault.ANSWER_LOST else (2, 0))
        assert move(n).status == 200
        assert where_it_is() == (1, 1)
        assert len(broken.client.look_up(of(ABEL, *NUMBER)).body["involvements"]) == 1


def test_a_withdrawal_that_failed_is_safe_to_repeat(broken: Broken) -> None:
    def prepare(n: int) -> None:
        assert broken.client.put(f"w-{n}", involvement(ABEL)).status == 201

    def withdraw(n: int) -> Answer:
        return broken.client.withdraw(f"w-{n}")

    for n, fault, failed in broken.at_each_call(withdraw, prepare=prepare):
        assert_says_so(failed)
        withdrawn = broken.client.get(f"w-{n}").status == 404
        assert withdrawn or fault is not Fault.ANSWER_LOST
        assert withdraw(n).status == (404 if withdrawn else 204)
        assert broken.client.get(f"w-{n}").status == 404
        assert broken.client.look_up(of(ABEL, *NUMBER)).body["outcome"] == "no_match"


def test_an_item_of_a_batch_is_either_found_or_was_not_acknowledged(broken: Broken) -> None:
    children = numbered_children()

    def batch(n: int) -> Answer:
        items = [{"source_reference": f"b-{n}-{k}", **involvement(children[n + k])} for k in (0, MOST_CALLS)]
        return broken.client.batch(items)

    for n, _, failed in broken.at_each_call(batch):
        assert failed.status == 200
        results = failed.body["results"]
        assert {result["status"] for result in results} <= {201, 503}
        acknowledged = [result["source_reference"] for result in results if result["status"] == 201]
        assert len(acknowledged) < 2
        assert all(broken.client.get(reference).status == 200 for reference in acknowledged)
        assert {result["status"] for result in batch(n).body["results"]} <= {200, 201}
        for k in (0, MOST_CALLS):
            assert broken.client.look_up(of(children[n + k], *NUMBER)).body["outcome"] == "match"


@pytest.mark.parametrize(
    ("reasons", "status"),
    [
        (("None", "TransactionConflict"), 201),
        (("ConditionalCheckFailed", "TransactionConflict"), 201),
        (("None", "ThrottlingError"), 201),
        (("ConditionalCheckFailed", "ProvisionedThroughputExceeded"), 201),
        (("None", "ItemCollectionSizeLimitExceeded"), 503),
        (("ConditionalCheckFailed", "ValidationError"), 503),
    ],
)
def test_a_cancelled_transaction_is_tried_again_if_it_lost_a_race_or_was_throttled_and_only_then(
    broken: Broken, reasons: tuple[str, ...], status: int
) -> None:
    outcomes = [cancelled(*reasons)]

    def cancel_once(**_event: Any) -> Outcome | None:
        return outcomes.pop() if outcomes else None

    client = models.RegisterItem._get_connection().connection.client  # noqa: SLF001  # PynamoDB keeps it nowhere else
    events: Any = client.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", cancel_once)
    answer = broken.client.put("hv-2", involvement(ABEL))
    assert answer.status == status
    assert outcomes == []
    assert broken.client.get("hv-2").status == (200 if status == 201 else 404)


def test_what_dynamodb_had_no_capacity_to_read_is_asked_for_again(broken: Broken) -> None:
    withheld: list[dict[str, Any]] = []

    def withhold_once(parsed: dict[str, Any], **_event: Any) -> None:
        if not withheld:
            keys = [{name: item[name] for name in ("pk", "sk")} for item in parsed["Responses"][REGISTER]]
            withheld.extend(keys)
            parsed.update(Responses={REGISTER: []}, UnprocessedKeys={REGISTER: {"Keys": keys}})

    client = models.RegisterItem._get_connection().connection.client  # noqa: SLF001  # PynamoDB keeps it nowhere else
    client.meta.events.register("after-call.dynamodb.BatchGetItem", withhold_once)
    assert broken.client.get("hv-1").status == 200
    assert withheld


def test_what_dynamodb_never_has_capacity_to_read_is_an_answer_and_no_endless_wait(broken: Broken) -> None:
    def withhold(parsed: dict[str, Any], **_event: Any) -> None:
        keys = [{name: item[name] for name in ("pk", "sk")} for item in parsed["Responses"][REGISTER]]
        parsed.update(Responses={REGISTER: []}, UnprocessedKeys={REGISTER: {"Keys": keys}})

    client = models.RegisterItem._get_connection().connection.client  # noqa: SLF001  # PynamoDB keeps it nowhere else
    client.meta.events.register("after-call.dynamodb.BatchGetItem", withhold)
    assert broken.client.get("hv-1").status == 503


def test_eight_first_registrations_of_a_child_at_once_make_one_child(broken: Broken) -> None:
    items = [{**involvement(ABEL), "source_reference": f"b-{n}"} for n in range(8)]
    assert [result["status"] for result in broken.client.batch(items).body["results"]] == [201] * 8
    children = [item for item in dump(REGISTER) if item["kind"] == "child"]
    assert len(children) == 2, "the one that was there, and the new one"
    assert len(broken.client.look_up(of(ABEL, *NUMBER)).body["involvements"]) == 8


def numbered_children() -> list[dict[str, Any]]:
    """Children who share nothing, with valid numbers of the range kept for tests."""
    return [
        {
            "given_name": f"Quill{letters(n)}",
            "family_name": f"Marsh{letters(n)}",
            "date_of_birth": f"{2010 + n % 12}-03-{1 + n % 28:02d}",
            "postcode": f"EN{1 + n % 9} {n % 9}AB",
            "nhs_number": nhs_number(n),
        }
        for n in range(2 * MOST_CALLS + 1)
    ]


def letters(n: int) -> str:
    return chr(ord("a") + n // 26) + chr(ord("a") + n % 26)


def nhs_number(n: int) -> str:
    """The n-th number beginning 9995 whose check digit exists."""
    found = [number for serial in range(2 * n + 2) if (number := _checked(f"9995{serial:05d}"))]
    return found[n]


def _checked(nine: str) -> str | None:
    check = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return None if check == 10 else nine + str(check % 11)
