"""The access log: added to and never changed, whatever was asked and however it was answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.access import AccessRecord, Answered
from shared.domain.errors import AccessNotRecorded
from shared.persistence import keys
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.access_reading import DynamoAccessReading
from shared.persistence.models import bind
from tests.integration.calls import Call, Calls
from tests.integration.deployed import Client, Deployment, question
from tests.integration.direct import STARTED_AT
from tests.integration.emulated import ACCESS_LOG, Stored, dump
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, involvement, of

KEPT_DAYS = 2192
RECORD = AccessRecord(
    access_id="0f" * 16,
    at=STARTED_AT,
    request_id="a-request",
    organisation="X99",
    client_id="a-client",
    answered=Answered.ANSWERED,
    outcome="match",
    shown="child_and_involvements",
    child_id="a-child",
)


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    client = deployment.enrol("X99")
    assert client.put("hv-1", involvement(ZOE)).status == 201
    return client


def only_record() -> Stored:
    (record,) = dump(ACCESS_LOG)
    return record


@pytest.mark.usefixtures("aws")
def test_a_record_is_never_replaced_by_another_of_its_key() -> None:
    bind(access_log=ACCESS_LOG)
    log = DynamoAccessLog(timedelta(days=KEPT_DAYS))
    log.append(RECORD)
    before = dump(ACCESS_LOG)
    with pytest.raises(AccessNotRecorded):
        log.append(replace(RECORD, outcome="no_match"))
    assert dump(ACCESS_LOG) == before


@pytest.mark.usefixtures("aws")
def test_a_record_that_was_written_and_is_written_again_is_on_record_once() -> None:
    """As the SDK tries again, once an answer has been lost."""
    bind(access_log=ACCESS_LOG)
    log = DynamoAccessLog(timedelta(days=KEPT_DAYS))
    log.append(RECORD)
    before = dump(ACCESS_LOG)
    log.append(RECORD)
    assert dump(ACCESS_LOG) == before


@pytest.mark.usefixtures("aws")
def test_a_record_is_kept_for_as_long_as_configured_and_no_longer() -> None:
    bind(access_log=ACCESS_LOG)
    DynamoAccessLog(timedelta(days=KEPT_DAYS)).append(RECORD)
    assert int(only_record()["expires_at"]) == int((STARTED_AT + timedelta(days=KEPT_DAYS)).timestamp())


@pytest.mark.usefixtures("aws")
def test_who_has_looked_at_a_child_is_answered_the_latest_first() -> None:
    bind(access_log=ACCESS_LOG)
    log = DynamoAccessLog(timedelta(days=KEPT_DAYS))
    for number, child_id in enumerate(("a-child", "another", None, "a-child")):
        at = STARTED_AT + timedelta(hours=3 - number)
        log.append(
            AccessRecord(
                access_id=f"{number:032x}",
                at=at,
                request_id="a-request",
                organisation="X99",
                client_id="a-client",
                answered=Answered.ANSWERED,
                outcome="match",
                shown="child_and_involvements",
                child_id=child_id,
            )
        )
    found = DynamoAccessReading().of_child(["a-child"], None, 9)
    assert [record.access_id for record in found.records] == [f"{0:032x}", f"{3:032x}"]


def test_a_match_is_recorded_with_the_child_it_disclosed(trust: Client) -> None:
    answer = trust.look_up(
        ZOE,
        reason={"purpose": "safeguarding_concern", "legal_basis": "children_act_1989_s47", "note": "case 4711"},
        practitioner={
            "id": "NMC-7",
            "name": "Ann Askwith",
            "role": "nurse",
            "on_behalf_of": {"id": "SW-9", "name": "Bea Brand", "role": "social_worker"},
        },
    )
    record = only_record()
    expected = {
        "access_id": answer.body["lookup_id"],
        "request_id": answer.headers["X-Request-Id"],
        "organisation": "X99",
        "client_id": trust.client_id,
        "answered": "answered",
        "outcome": "match",
        "shown": "child_and_involvements",
        "practitioner_id": "NMC-7",
        "practitioner_role": "nurse",
        "on_behalf_of_id": "SW-9",
        "on_behalf_of_role": "social_worker",
        "purpose": "safeguarding_concern",
        "legal_basis": "children_act_1989_s47",
        "note": "case 4711",
        "child_id": answer.body["child"]["child_id"],
        "policy": "1/1",
        "asked_district": "N12",
    }
    assert {name: record[name] for name in record.keys() - {"pk", "sk", "at", "expires_at"}} == expected
    at = record["at"]
    assert record["sk"] == f"{at[:-6]}Z#{record['access_id']}"
    assert record["pk"].startswith(f"HOUR#{at[:13]}#")


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        (of(ABEL, *NUMBER), "no_match"),
        ({**of(ZOE, *NUMBER), **of(ABEL, "given_name", "family_name", "date_of_birth")}, "potential_match"),
    ],
)
def test_an_answer_that_discloses_nobody_names_no_child_in_its_record(
    trust: Client, asked: dict[str, Any], outcome: str
) -> None:
    answer = trust.look_up(asked)
    record = only_record()
    assert answer.body["outcome"] == record["outcome"] == outcome
    assert (record["answered"], record["shown"]) == ("answered", "nothing")
    assert "child_id" not in record


NO_REASON = {name: value for name, value in question(ZOE).items() if name != "reason"}
WHO_ASKED = {"practitioner_id": "NMC-7", "practitioner_role": "nurse"}
REFUSED: dict[str, tuple[Any, dict[str, str], int, str, dict[str, str]]] = {
    "no reason": (NO_REASON, {}, 422, "invalid", WHO_ASKED),
    "an unknown field": ({**question(ZOE), "height": 1}, {}, 422, "invalid", WHO_ASKED),
    "not JSON": ("{", {}, 400, "not-json", {}),
    "too large": ({**question(ZOE), "padding": "x" * 17_000}, {}, 413, "too-large", {}),
    "another media type": (question(ZOE), {"Content-Type": "text/csv"}, 415, "not-json-media-type", WHO_ASKED),
}


@pytest.mark.parametrize(("body", "headers", "status", "problem", "who"), REFUSED.values(), ids=REFUSED)
def test_a_question_that_could_not_be_read_is_recorded_as_refused_with_who_asked_as_far_as_it_says(
    trust: Client, body: Any, headers: dict[str, str], *, status: int, problem: str, who: dict[str, str]
) -> None:
    answer = trust.call("lookup", "POST", "/lookups", body, headers=headers)
    record = only_record()
    assert (answer.status, answer.problem) == (status, problem)
    assert {name: record[name] for name in record.keys() - {"pk", "sk", "at", "expires_at", "access_id"}} == {
        "request_id": answer.headers["X-Request-Id"],
        "organisation": "X99",
        "client_id": trust.client_id,
        "answered": "refused",
        "outcome": problem,
        "shown": "nothing",
        "policy": "1/1",
        **who,
    }


NOT_PERMITTED = {
    "for this purpose": {"reason": {"purpose": "missing_child", "legal_basis": "children_act_1989_s47"}},
    "in this role": {"practitioner": {"id": "T-1", "name": "Tom Tern", "role": "teacher"}},
}


@pytest.mark.parametrize("changed", NOT_PERMITTED.values(), ids=NOT_PERMITTED)
def test_a_question_that_is_not_permitted_is_recorded_with_what_it_gave_as_its_reason(
    trust: Client, changed: dict[str, Any]
) -> None:
    answer = trust.look_up(ZOE, **changed)
    record = only_record()
    assert (answer.status, record["answered"], record["outcome"]) == (403, "refused", "not_permitted")
    asked = {**question(ZOE), **changed}
    assert (record["purpose"], record["practitioner_role"]) == (
        asked["reason"]["purpose"],
        asked["practitioner"]["role"],
    )
    assert "child_id" not in record


def test_a_question_with_too_little_to_search_by_is_recorded_as_refused(trust: Client) -> None:
    answer = trust.look_up(of(ZOE, "given_name", "sex"))
    assert (answer.status, answer.problem) == (422, "not-enough")
    assert (only_record()["answered"], only_record()["outcome"]) == ("refused", "not_enough_to_search")


def test_a_client_that_the_directory_does_not_know_is_refused_and_recorded(deployment: Deployment) -> None:
    stranger = Client(deployment, "", "a-stranger")
    answer = stranger.look_up(ZOE)
    record = only_record()
    assert (answer.status, answer.problem) == (403, "not-permitted")
    assert (record["organisation"], record["client_id"], record["answered"]) == ("UNKNOWN", "a-stranger", "refused")


def test_a_child_withdrawn_while_it_is_looked_up_is_not_shown_and_its_record_stands(trust: Client) -> None:
    def withdraw(_call: Call) -> None:
        if calls.count()["Query"] == 2:  # the number's partition, then the child's
            calls.before = lambda _call: None
            assert trust.withdraw("hv-1").status == 204

    trust.look_up(of(ABEL, *NUMBER))  # warm, so that it reads nothing else
    calls = Calls(before=withdraw).of_tables()
    answer = trust.look_up(of(ZOE, *NUMBER))
    assert answer.body["outcome"] == "no_match"
    assert "child" not in answer.body
    assert [record["shown"] for record in dump(ACCESS_LOG)].count("child_and_involvements") == 1


def test_every_question_is_on_record_and_what_follows_it_is_not(trust: Client) -> None:
    for _ in range(3):
        trust.look_up(of(ZOE, *DETAILS))
    trust.get("hv-1")
    trust.put("hv-1", involvement(ZOE, team="Oak"))
    assert len({record["access_id"] for record in dump(ACCESS_LOG)}) == 3


def test_a_token_without_the_scope_is_refused_before_anything_is_asked(deployment: Deployment) -> None:
    event = {
        "httpMethod": "POST",
        "resource": "/lookups",
        "requestContext": {
            "requestId": "r",
            "authorizer": {"claims": {"client_id": "c", "scope": "signpost/register"}},
        },
    }
    assert deployment.function("lookup").handler(event, None)["statusCode"] == 403


def test_the_shards_of_an_hour_share_its_records_evenly() -> None:
    shards = [keys.access_partition(STARTED_AT, f"{number:032x}") for number in range(keys.ACCESS_SHARDS * 3)]
    assert sorted(set(shards)) == [f"HOUR#2026-11-20T09#{shard:02d}" for shard in range(keys.ACCESS_SHARDS)]
    assert {shards.count(shard) for shard in shards} == {3}
