"""The e-CAF story, through the functions: written down, announced, acknowledged, chased, and one that nobody knew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from shared.domain.accesses import hour_of, hour_text
from shared.persistence.models import bind
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Answer, Client, Deployment
from tests.integration.emulated import ACCESS_LOG, CERTIFICATE_BUCKET, DIRECTORY, dump
from tests.integration.people import ZOE
from tests.integration.test_watching import Invoked

COUNCIL, TRUST = "E09000003", "RAL"
CLOSES_AT = (datetime.now(UTC) + timedelta(days=60)).replace(microsecond=0)
MANAGER = {"id": "SYS-4", "name": "Ines Marlow", "role": "records_officer"}
ECAF = {
    "dependent": "e-caf",
    "name": "e-CAF",
    "owner": COUNCIL,
    "contact": "e-caf@council.example",
    "calls": ["lookUp"],
}


@pytest.fixture
def council(deployment: Deployment) -> Client:
    boto3.client("s3").create_bucket(
        Bucket=CERTIFICATE_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
        ObjectLockEnabledForBucket=True,
    )
    return deployment.enrol(COUNCIL, capabilities=["lookup", "notices"])


def announce(deployment: Deployment, closes_at: datetime | None = CLOSES_AT, **milestones: str) -> None:
    announced = str(int(datetime.now(UTC).timestamp())) if closes_at else ""
    at = closes_at.isoformat() if closes_at else ""
    deployment.restart(CLOSES_AT=at, ANNOUNCED_AT=announced, **milestones)


def acknowledge(client: Client, dependent_id: str = "e-caf", **said: Any) -> Answer:
    body = {"practitioner": MANAGER, "state": "adapting", "ready_by": "2026-07-30"} | said
    return client.call(
        "notices",
        "POST",
        "/dependents/{dependent_id}/acknowledgement",
        {name: value for name, value in body.items() if value is not None},
        parameters={"dependent_id": dependent_id},
    )


def status(client: Client) -> Any:
    return client.call("status", "GET", "/status", None).body


def test_the_story_of_a_system_that_relies_on_the_register(council: Client) -> None:
    deployment = council.deployment
    stranger = deployment.enrol(TRUST, capabilities=["lookup"])
    registered = deployment.operator("register-dependent", **ECAF, clients=[council.client_id])
    assert (registered["ok"], registered["state"], registered["outstanding"]) == (True, "not started", False)
    deployment.operator("register-dependent", **ECAF | {"dependent": "portal", "name": "A portal", "owner": TRUST})
    council.look_up(ZOE)
    stranger.look_up(ZOE)
    deployment.function("access").handler({"action": "seal"}, Invoked())

    announce(deployment, SUPPORT_ENDS_AT=(CLOSES_AT + timedelta(days=25)).date().isoformat())
    assert status(council)["dependents"] == {"registered": 2, "acknowledged": 0, "ready": 0, "outstanding": 2}

    answer = acknowledge(council)
    assert answer.status == 200
    assert (answer.body["dependent_id"], answer.body["state"], answer.body["ready_by"]) == (
        "e-caf",
        "adapting",
        "2026-07-30",
    )
    assert datetime.fromisoformat(answer.body["closes_at"]) == CLOSES_AT
    assert acknowledge(council, state="ready", ready_by=None).body["state"] == "ready"
    assert status(council)["dependents"] == {"registered": 2, "acknowledged": 1, "ready": 1, "outstanding": 1}

    listed = deployment.operator("dependents")
    assert listed["outstanding"] == ["portal"]
    assert listed["counts"] == {"registered": 2, "acknowledged": 1, "ready": 1, "outstanding": 1}
    assert [(d["dependent"], d["outstanding"], d["owner_gets_notices"]) for d in listed["dependents"]] == [
        ("e-caf", False, True),
        ("portal", True, False),
    ]
    (unknown,) = listed["unregistered"]
    assert (unknown["client_id"], unknown["organisation"]) == (stranger.client_id, TRUST)
    assert datetime.fromisoformat(unknown["last"]) == hour_of(datetime.now(UTC))

    announce(deployment, CLOSES_AT + timedelta(days=30))
    assert status(council)["dependents"]["outstanding"] == 2


def test_the_status_tells_the_milestones_of_a_closure_in_their_order(council: Client) -> None:
    announce(council.deployment, SUPPORT_ENDS_AT=(CLOSES_AT + timedelta(days=25)).isoformat())
    told = status(council)
    assert [milestone["name"] for milestone in told["milestones"]] == [
        "announced",
        "access_ends",
        "credentials_returned_by",
        "support_ends",
        "destroyed_by",
    ]
    assert datetime.fromisoformat(told["milestones"][3]["at"]) == CLOSES_AT + timedelta(days=25)


def test_an_open_register_tells_of_no_milestones_or_dependents(council: Client) -> None:
    assert {"milestones", "dependents"}.isdisjoint(status(council))


def test_a_status_that_cannot_count_the_dependents_is_unavailable(council: Client) -> None:
    announce(council.deployment)
    status(council)
    calls = Calls().of_tables()
    calls.fail(2, Fault.FAILED)
    answer = council.call("status", "GET", "/status", None)
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert calls.mend()


@pytest.mark.parametrize("dependent_id", ["portal", "e-caf-2", "never a dependent", ""])
def test_the_systems_of_others_are_not_found_like_those_that_never_were(council: Client, dependent_id: str) -> None:
    deployment = council.deployment
    deployment.enrol(TRUST, capabilities=["notices"])
    deployment.operator("register-dependent", **ECAF | {"dependent": "portal", "owner": TRUST})
    announce(deployment)
    answer = acknowledge(council, dependent_id)
    assert (answer.status, answer.problem) == (404, "no-such-dependent")
    records = [item for item in dump(ACCESS_LOG) if item["pk"].startswith("HOUR#")]
    assert [record["answered"] for record in records] == ["refused"]


def test_nothing_is_acknowledged_while_no_closure_is_set(council: Client) -> None:
    council.deployment.operator("register-dependent", **ECAF)
    answer = acknowledge(council)
    assert (answer.status, answer.problem) == (409, "nothing-to-acknowledge")


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"ready_by": None}, "/ready_by"),
        ({"state": "not started", "ready_by": None}, "/ready_by"),
        ({"state": "perhaps"}, "/state"),
        ({"practitioner": None}, "/practitioner"),
        ({"ready_by": "30 July"}, "/ready_by"),
    ],
)
def test_what_is_missing_is_named(council: Client, said: dict[str, Any], pointer: str) -> None:
    council.deployment.operator("register-dependent", **ECAF)
    announce(council.deployment)
    answer = acknowledge(council, **said)
    assert answer.status == 422
    assert pointer in [mistake["pointer"] for mistake in answer.body["errors"]]


@pytest.mark.parametrize("state", ["ready", "will break"])
def test_who_is_ready_or_never_will_be_names_no_day(council: Client, state: str) -> None:
    council.deployment.operator("register-dependent", **ECAF)
    announce(council.deployment)
    assert acknowledge(council, state=state, ready_by=None).status == 200


def test_an_acknowledgement_that_cannot_be_recorded_is_not_written(council: Client) -> None:
    council.deployment.operator("register-dependent", **ECAF)
    announce(council.deployment)
    assert acknowledge(council, dependent_id="another").status == 404  # what is asked for first is held from now on
    calls = Calls().of_tables()
    for which in range(1, 5):
        before = dump(DIRECTORY)
        recorded = len(dump(ACCESS_LOG))
        calls.fail(which, Fault.FAILED)
        answer = acknowledge(council)
        if not calls.mend():
            assert answer.status == 200
            break
        assert answer.status == 503
        assert dump(DIRECTORY) == before or len(dump(ACCESS_LOG)) > recorded
    assert acknowledge(council).status == 200


def test_operators_are_told_what_to_mend(council: Client) -> None:
    operator = council.deployment.operator
    assert operator("register-dependent", **ECAF | {"calls": ["lookUpp"]})["errors"][0]["pointer"] == "/calls"
    assert operator("register-dependent", **ECAF | {"dependent": "E CAF"})["errors"][0]["pointer"] == "/dependent"
    assert operator("register-dependent", **ECAF | {"owner": "X99"})["error"] == "OrganisationNotFound"
    assert operator("register-dependent", **ECAF, clients=["another"])["error"] == "CredentialNotFound"
    assert operator("amend-dependent", **ECAF)["error"] == "DependentNotFound"
    assert operator("end-dependent", dependent="e-caf")["error"] == "DependentNotFound"
    assert operator("register-dependent", **ECAF)["ok"]
    assert operator("register-dependent", **ECAF | {"name": "Another"})["error"] == "AlreadyExists"
    assert operator("register-dependent", **ECAF | {"state": "ready"})["error"] == "AlreadyExists"
    assert operator("amend-dependent", **ECAF | {"name": "Another", "state": "ready"})["state"] == "ready"
    assert operator("end-dependent", dependent="e-caf")["ended_at"]
    assert operator("dependents")["dependents"] == []
    assert operator("register-dependent", **ECAF | {"state": "adapting"})["state"] == "adapting"


def test_the_hourly_run_notes_who_called_and_how_far_it_came(council: Client) -> None:
    council.look_up(ZOE)
    told = council.deployment.function("access").handler({"action": "seal"}, Invoked())
    assert told["callers_noted"] >= 1
    bind(directory=DIRECTORY)
    seen = [item for item in dump(DIRECTORY) if item["kind"] == "caller"]
    assert [(item["client_id"], item["organisation"]) for item in seen] == [(council.client_id, COUNCIL)]
    assert hour_text(datetime.fromisoformat(seen[0]["last"])) == hour_text(datetime.now(UTC))
