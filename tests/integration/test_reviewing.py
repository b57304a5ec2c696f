"""The review list over the real handlers: what a client sees, what is recorded, and who gets in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.calls import Calls, Fault
from tests.integration.deployed import OFFICER, Answer, Client, Deployment
from tests.integration.emulated import ACCESS_LOG, REGISTER, dump
from tests.integration.people import ABEL, NUMBER, ZOE, involvement, of


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    return deployment.enrol("X99", "Northmoor Community Health NHS Trust")


@pytest.fixture
def case_id(trust: Client) -> str:
    """A case: two children, of which one comes to be said to have the other's number."""
    assert trust.put("hv-1", involvement(ZOE)).status == 201
    assert trust.put("hv-2", involvement(of(ABEL, *ABEL.keys() - {"nhs_number"}))).status == 201
    assert trust.put("hv-2", involvement({**ABEL, "nhs_number": ZOE["nhs_number"]})).status == 200
    (case,) = trust.reviews().body["cases"]
    return str(case["case_id"])


def records_now() -> dict[str, Any]:
    """What is in the access log, by its id: that the list was read is, too."""
    return {record["access_id"]: record for record in dump(ACCESS_LOG)}


# The list


def test_a_case_waits_on_the_list_with_ids_and_codes_only(trust: Client, case_id: str) -> None:
    answer = trust.reviews()
    (case,) = answer.body["cases"]
    assert answer.status == 200
    assert (case["case_id"], case["cause"], case["state"]) == (case_id, "number", "open")
    assert case.keys() <= {"case_id", "cause", "sureness", "raised_at", "state"}
    assert "next" not in answer.body


@pytest.mark.parametrize(
    ("query", "where"),
    [({"limit": "0"}, "/limit"), ({"limit": "101"}, "/limit"), ({"after": "~"}, "/after"), ({"a": "1"}, "/a")],
)
def test_a_query_that_cannot_be_right_is_refused_by_its_name(trust: Client, query: dict[str, str], where: str) -> None:
    answer = trust.reviews(**query)
    assert (answer.status, [mistake["pointer"] for mistake in answer.body["errors"]]) == (422, [where])


# Comparing


def test_a_comparison_shows_both_children_whom_to_ring_and_how_they_agree(trust: Client, case_id: str) -> None:
    answer = trust.compare(case_id, note="list of November")
    assert answer.status == 200
    names = {answer.body[side]["child"]["given_name"] for side in ("newer", "older")}
    assert names == {"Zoë", "Abel"}
    for side in ("newer", "older"):
        (ring,) = answer.body[side]["involvements"]
        assert ring["organisation_name"] == "Northmoor Community Health NHS Trust"
        assert ring["duty_phone"] == "+44 20 7946 0018"
    assert answer.body["agreement"]["given_name"] == "different"
    for hidden in (ZOE["nhs_number"], ZOE["postcode"], ABEL["postcode"], ZOE["upn"], "hv-1", "hv-2"):
        assert hidden not in str(answer.body)


def test_a_comparison_is_recorded_for_each_child(trust: Client, case_id: str) -> None:
    before = records_now()
    answer = trust.compare(case_id, note="list of November")
    records = {access_id: record for access_id, record in records_now().items() if access_id not in before}
    assert len(records) == 2
    for side in ("newer", "older"):
        record = records[answer.body[side]["access_id"]]
        assert record["child_id"] == answer.body[side]["child"]["child_id"]
        assert (record["purpose"], record["shown"]) == ("record_review", "child_and_involvements")
        assert (record["practitioner_id"], record["practitioner_role"]) == (OFFICER["id"], OFFICER["role"])
        assert (record["note"], record["answered"]) == ("list of November", "answered")
    assert OFFICER["name"] not in str(records)


@pytest.mark.parametrize("fault", Fault)
def test_under_any_fault_no_child_is_shown_that_is_not_recorded(trust: Client, case_id: str, fault: Fault) -> None:
    assert trust.compare(case_id).status == 200  # warm: the Directory is remembered from here on
    calls, n = Calls().of_tables(), 0
    while True:
        n += 1
        records = len(dump(ACCESS_LOG))
        calls.fail(n, fault)
        answer = trust.compare(case_id)
        if not calls.mend():
            break
        told = answer.status == 200  # after another try of the client's
        assert told or answer.problem in {"unavailable", "access-not-recorded"}, calls.struck
        assert 2 * told <= len(dump(ACCESS_LOG)) - records <= 2
    assert answer.status == 200
    assert len(dump(ACCESS_LOG)) == records + 2
    assert n > 3


@pytest.mark.parametrize(
    ("changed", "status", "outcome"),
    [
        pytest.param({"note": f"is {ZOE['nhs_number']}?"}, 422, "invalid", id="a note that holds an NHS number"),
        pytest.param({"practitioner": None}, 422, "invalid", id="nobody"),
        pytest.param({"practitioner": {**OFFICER, "role": "teacher"}}, 403, "not_permitted", id="of another role"),
    ],
)
def test_a_comparison_that_is_refused_is_recorded_so(
    trust: Client, case_id: str, changed: dict[str, Any], status: int, outcome: str
) -> None:
    before = records_now()
    assert trust.compare(case_id, **changed).status == status
    (record,) = (record for access_id, record in records_now().items() if access_id not in before)
    assert (record["answered"], record["outcome"], record["shown"]) == ("refused", outcome, "nothing")
    assert "child_id" not in record


@pytest.mark.parametrize("unknown", ["none-such", "a b", "x" * 65, "CASE#1"])
def test_a_case_that_is_not_there_is_not_found_and_that_is_recorded(trust: Client, unknown: str) -> None:
    assert trust.compare(unknown).problem == "no-such-case"
    (record,) = dump(ACCESS_LOG)
    assert (record["answered"], record["shown"]) == ("refused", "nothing")
    assert record["outcome"].replace("_", "-") in {"no-such-case", "case-not-found"}


# Deciding


def test_same_makes_them_one_child_and_different_afterwards_two_again(trust: Client, case_id: str) -> None:
    before = trust.get("hv-1").headers["ETag"], trust.get("hv-2").headers["ETag"]
    same = trust.decide(case_id, "same")
    assert (same.status, same.body["state"], same.body["decided_for"]) == (200, "same", "X99")
    answer = trust.look_up(of(ZOE, *NUMBER)).body
    assert answer["outcome"] == "match"
    assert len(answer["involvements"]) == 2
    assert (trust.get("hv-1").headers["ETag"], trust.get("hv-2").headers["ETag"]) == before
    assert trust.decide(case_id, "same").body == same.body

    different = trust.decide(case_id, "different")
    assert (different.status, different.body["state"]) == (200, "different")
    assert len(trust.look_up(of(ZOE, *NUMBER)).body["involvements"]) == 1
    assert trust.decide(case_id, "same").problem == "found-different"
    assert trust.reviews().body["cases"] == []


def test_what_is_found_different_is_not_on_the_list_and_never_joined(trust: Client, case_id: str) -> None:
    assert trust.decide(case_id, "different").body["state"] == "different"
    assert trust.reviews().body["cases"] == []
    refused = trust.decide(case_id, "same")
    assert (refused.status, refused.problem) == (409, "found-different")


def test_a_case_that_is_not_there_cannot_be_decided(trust: Client) -> None:
    assert trust.decide("none-such", "same").problem == "no-such-case"
    assert trust.decide("a b", "same").problem == "no-such-case"


@pytest.mark.parametrize("n", range(2, 12))
def test_a_join_that_was_interrupted_is_finished_by_the_schedule(trust: Client, case_id: str, n: int) -> None:
    trust.reviews()  # warm: the Directory is remembered from here on
    calls = Calls().of_tables()
    calls.fail(n, Fault.TIMED_OUT)
    answer = trust.decide(case_id, "same")
    assert answer.status == (503 if calls.mend() else 200)
    trust.deployment.go_on()
    if trust.decide(case_id, "same").body["state"] != "same":
        pytest.fail("not finished")
    assert len(trust.look_up(of(ZOE, *NUMBER)).body["involvements"]) == 2


def test_the_schedule_finds_nothing_to_do_and_says_so(deployment: Deployment) -> None:
    deployment.go_on()


def test_the_schedule_that_fails_fails_without_a_word_of_what_is_held(trust: Client, case_id: str) -> None:
    trust.decide(case_id, "same")
    review = trust.deployment.function("review")
    calls = Calls().of_tables()
    calls.fail(1, Fault.RESET)
    with pytest.raises(review.JoinsInterrupted, match=r"^$"):
        trust.deployment.go_on()
    assert calls.mend()


# Who gets in


@pytest.mark.usefixtures("trust")
@pytest.mark.parametrize("call", ["reviews", "compare", "decide"])
def test_an_organisation_that_may_not_review_gets_nowhere(deployment: Deployment, case_id: str, call: str) -> None:
    stranger = deployment.enrol("X98", capabilities=["lookup", "register"])
    before = dump(REGISTER)
    arguments = {"reviews": (), "compare": (case_id,), "decide": (case_id, "same")}[call]
    answer = getattr(stranger, call)(*arguments)
    assert (answer.status, answer.problem) == (403, "not-permitted")
    assert "Zoë" not in str(answer.body)
    assert dump(REGISTER) == before


@pytest.mark.parametrize("call", ["reviews", "compare", "decide"])
def test_from_the_closing_date_on_nobody_gets_in(trust: Client, case_id: str, call: str) -> None:
    trust.deployment.restart(CLOSES_AT="2010-08-06T12:00:00+01:00", ANNOUNCED_AT="1273158000")
    before = dump(REGISTER), dump(ACCESS_LOG)
    arguments = {"reviews": (), "compare": (case_id,), "decide": (case_id, "same")}[call]
    assert getattr(trust, call)(*arguments).problem == "closed"
    trust.deployment.go_on()
    assert (dump(REGISTER), dump(ACCESS_LOG)) == before


def test_every_question_of_a_reviewer_leaves_one_record_or_one_for_each_child(trust: Client, case_id: str) -> None:
    steps: list[tuple[Callable[[], Answer], int, int]] = [
        (trust.reviews, 200, 1),
        (lambda: trust.reviews(limit="x"), 422, 1),
        (lambda: trust.decide("none-such", "same"), 404, 1),
        (lambda: trust.decide("a b", "same"), 404, 1),
        (lambda: trust.decide(case_id, "perhaps"), 422, 1),
        (lambda: trust.decide(case_id, "different"), 200, 2),
        (lambda: trust.decide(case_id, "same"), 409, 1),
    ]
    for ask, status, records in steps:
        before = len(dump(ACCESS_LOG))
        assert ask().status == status
        assert len(dump(ACCESS_LOG)) - before == records
