"""A preview, over the real handler: the register stays as it is, and nothing is told that is not recorded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import ACCESS_LOG, REGISTER, dump
from tests.integration.people import ABEL, DETAILS, ZOE, involvement, of


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    client = deployment.enrol("X99")
    assert client.put("hv-1", involvement(ZOE)).status == 201
    return client


@pytest.mark.parametrize(
    ("reference", "body", "would"),
    [
        pytest.param("hv-1", involvement(ZOE), "change_nothing", id="the same again"),
        pytest.param("hv-1", involvement(ZOE, team="Oak"), "replace", id="another team"),
        pytest.param("hv-2", involvement(of(ZOE, *DETAILS)), "join_known_child", id="a known child"),
        pytest.param("hv-2", involvement(ABEL), "make_new_child", id="a new child"),
    ],
)
def test_it_tells_what_would_happen_and_changes_no_item(
    trust: Client, reference: str, body: dict[str, Any], would: str
) -> None:
    before = dump(REGISTER)
    answer = trust.preview(reference, body)
    assert (answer.status, answer.body["preview"], answer.body["would"]) == (200, True, would)
    assert dump(REGISTER) == before
    assert "ETag" not in answer.headers


def test_it_is_recorded_once_by_whom_and_without_a_practitioner(trust: Client) -> None:
    answer = trust.preview("hv-2", involvement(ZOE))
    (record,) = dump(ACCESS_LOG)
    (child_id,) = {item["child_id"] for item in dump(REGISTER) if item["kind"] == "child"}
    told = {
        name: record.get(name) for name in ("organisation", "purpose", "outcome", "shown", "child_id", "request_id")
    }
    assert told == {
        "organisation": "X99",
        "purpose": "registration_preview",
        "outcome": "match",
        "shown": "nothing",
        "child_id": child_id,
        "request_id": answer.headers["X-Request-Id"],
    }
    assert "practitioner_id" not in record
    assert child_id not in str(answer.body)


@pytest.mark.parametrize("fault", Fault)
def test_under_any_fault_nothing_is_told_that_is_not_recorded(trust: Client, fault: Fault) -> None:
    trust.preview("hv-2", involvement(ZOE))  # warm: the Directory is remembered from here on
    before, calls, n = dump(REGISTER), Calls().of_tables(), 0
    while True:
        n += 1
        records = len(dump(ACCESS_LOG))
        calls.fail(n, fault)
        answer = trust.preview("hv-2", involvement(ZOE))
        if not calls.mend():
            break
        told = answer.status == 200  # after another try of the client's
        assert told or answer.problem in {"unavailable", "access-not-recorded"}, calls.struck
        assert told <= len(dump(ACCESS_LOG)) - records <= 1
        assert dump(REGISTER) == before
    assert answer.status == 200
    assert n > 2


def test_it_tells_nothing_of_what_is_held_but_the_outcome(deployment: Deployment) -> None:
    trust, answers = deployment.enrol("X99"), []
    for reference, child in (("hv-1", ZOE), ("hv-1", {**ZOE, "postcode": "EN5 2AB", "sex": "male"})):
        trust.put(reference, involvement(child))
        answers.append(trust.preview("hv-2", involvement(ZOE)).body)
    assert answers[0]["outcome"] == "match"
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        pytest.param(involvement(ZOE, service_type="probation"), "/service_type", id="a service of others"),
        pytest.param(involvement({"given_name": "Zoë"}), "/child", id="too little"),
    ],
)
def test_what_a_registration_is_refused_a_preview_is_refused(trust: Client, body: dict[str, Any], where: str) -> None:
    put, previewed = trust.put("hv-2", body), trust.preview("hv-2", body)
    assert (previewed.status, previewed.problem) == (put.status, put.problem)
    assert previewed.body["errors"] == put.body["errors"]
    assert [mistake["pointer"] for mistake in previewed.body["errors"]] == [where]


def test_another_version_than_the_one_meant_is_refused(trust: Client) -> None:
    assert trust.preview("hv-1", involvement(ZOE, team="Oak"), if_match='"2"').problem == "version-mismatch"
    assert trust.preview("hv-1", involvement(ZOE, team="Oak"), if_match='"1"').status == 200


def test_a_batch_has_no_preview(trust: Client) -> None:
    before = dump(REGISTER)
    item = {**involvement(ABEL), "source_reference": "hv-2", "preview": True}
    (result,) = trust.batch([item]).body["results"]
    assert (result["status"], result["problem"]["errors"][0]["pointer"]) == (422, "/preview")
    assert dump(REGISTER) == before


def test_an_organisation_that_may_not_register_previews_nothing(deployment: Deployment) -> None:
    asker = deployment.enrol("X98", capabilities=["lookup"])
    assert asker.preview("hv-1", involvement(ZOE)).problem == "not-permitted"


def test_from_the_closing_date_on_nothing_is_told(trust: Client) -> None:
    trust.deployment.restart(CLOSES_AT="2010-08-06T12:00:00+01:00", ANNOUNCED_AT="1273158000")
    records = dump(ACCESS_LOG)
    assert trust.preview("hv-2", involvement(ZOE)).problem == "closed"
    assert dump(ACCESS_LOG) == records


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        pytest.param({"child": {}, "preview": True}, "invalid", id="nobody"),
        pytest.param({**involvement(ZOE), "preview": "perhaps"}, "invalid", id="neither a preview nor none"),
    ],
)
def test_a_preview_that_cannot_be_read_is_recorded_as_refused(
    trust: Client, body: dict[str, Any], outcome: str
) -> None:
    assert trust.put("hv-2", body).status == 422
    (record,) = dump(ACCESS_LOG)
    assert (record["answered"], record["outcome"], record["organisation"]) == ("refused", outcome, "X99")


def test_a_registration_that_cannot_be_read_asks_nothing_and_is_not_recorded(trust: Client) -> None:
    assert trust.put("hv-2", {"child": {}}).status == 422
    assert dump(ACCESS_LOG) == []


def test_a_preview_by_who_may_not_register_is_recorded_as_refused(deployment: Deployment) -> None:
    stranger = deployment.enrol("X97", capabilities=["lookup"])
    assert stranger.preview("hv-2", involvement(ZOE)).status == 403
    (record,) = dump(ACCESS_LOG)
    assert (record["answered"], record["outcome"]) == ("refused", "not_permitted")
