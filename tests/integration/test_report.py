"""What operators do for a person, and sealing, through the real function: reports, disputes, proofs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from shared.domain.accesses import hour_text
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.models import bind
from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import ACCESS_LOG, CERTIFICATE_BUCKET, dump
from tests.integration.hidden import MIA, Scene
from tests.integration.people import ABEL, ZOE, involvement, of, personal_values
from tests.support.sealing import KEPT, a_record

TRUST, CLINIC = "X99", "RX7"
ASKED = {"operator": "op-7", "reference": "SAR-12"}


@dataclass
class Context:
    """What Lambda says of a run."""

    aws_request_id: str = "a-request-of-an-operator"
    left: int = 600_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left


@dataclass
class Operators:
    """`sam remote invoke AccessFunction`."""

    deployment: Deployment
    left: int = 600_000

    def __call__(self, action: str, **said: Any) -> dict[str, Any]:
        event = {"action": action, **said}
        answer: dict[str, Any] = self.deployment.function("access").handler(event, Context(left=self.left))
        json.dumps(answer)
        return answer


@pytest.fixture
def operators(deployment: Deployment) -> Operators:
    boto3.client("s3").create_bucket(
        Bucket=CERTIFICATE_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-2"},
        ObjectLockEnabledForBucket=True,
    )
    return Operators(deployment)


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    client = deployment.enrol(TRUST, "Northmoor Trust")
    assert client.put("hv-1", involvement(ZOE, sensitive_basis=None)).status == 201
    return client


def child_id_of(trust: Client) -> str:
    child_id: str = trust.look_up(ZOE).body["child"]["child_id"]
    return child_id


# Reports


def test_a_report_says_what_is_held_of_a_child_and_who_has_looked(trust: Client, operators: Operators) -> None:
    child_id = child_id_of(trust)
    report = operators("report", child_id=child_id, **ASKED)["report"]
    (held,) = report["involvements"]
    assert (report["child_id"], held["organisation_name"]) == (child_id, "Northmoor Trust")
    assert held["says_of_the_child"] == ZOE
    (access,) = (a for a in report["accesses"] if a["organisation"] == TRUST)
    assert (access["purpose"], access["practitioner_role"]) == ("emergency_care", "nurse")


def test_no_other_person_stands_in_a_report(trust: Client, operators: Operators) -> None:
    trust.look_up(ZOE, reason={"purpose": "emergency_care", "legal_basis": "children_act_2004_s11", "note": "from Ann"})
    for form in ("json", "text"):
        told = json.dumps(operators("report", child_id=child_id_of(trust), format=form, **ASKED))
        for other in ("Bronwen", "Pugh", "NMC-7", "Ann", "willow@", "hv-1", "op-7", "SAR-12", trust.client_id):
            assert other not in told.replace("N12 7QF", ""), other


def test_the_same_report_is_made_by_details(trust: Client, operators: Operators) -> None:
    child_id = child_id_of(trust)
    by_details = operators("report", child=of(ZOE, "nhs_number", "family_name", "date_of_birth"), **ASKED)
    assert by_details["report"]["child_id"] == child_id
    (record,) = [r for r in dump(ACCESS_LOG) if r["organisation"] == "operator"]
    assert record["access_id"] == by_details["access_id"]
    assert (record["practitioner_id"], record["note"], record["child_id"]) == ("op-7", "SAR-12", child_id)
    assert (record["shown"], record["request_id"]) == ("report", "a-request-of-an-operator")


def test_a_page_to_print_says_the_same_as_the_report(trust: Client, operators: Operators) -> None:
    child_id = child_id_of(trust)
    page = "\n".join(operators("report", child_id=child_id, format="text", **ASKED)["report"])
    for told in (child_id, "Northmoor Trust", "Zoë", "2022-03-14", "N12 7QF", "health_visiting", "emergency_care"):
        assert told in page
    assert "in confidence answer for themselves" in page


def test_a_sensitive_service_leaves_no_trace_in_a_report(
    deployment: Deployment, trust: Client, operators: Operators
) -> None:
    child_id = child_id_of(trust)
    clinic = deployment.enrol(CLINIC, "The clinic", service_types=["sexual_health"])
    deployment.restart()  # the directory is held for a minute
    without = operators("report", child_id=child_id, **ASKED)["report"]
    sent = involvement(ZOE, service_type="sexual_health", sensitive_basis="consent", team="Rowan")
    assert clinic.put("sh-1", sent).status == 201
    clinic.look_up(ZOE)
    beside = operators("report", child_id=child_id, **ASKED)["report"]
    assert beside["involvements"] == without["involvements"]
    assert {a["organisation"] for a in beside["accesses"]} <= {TRUST, "operator"}
    assert "clinic" not in json.dumps(beside)
    assert beside["in_confidence"] == without["in_confidence"]


@pytest.mark.parametrize("about", [{"child_id": "no-such-child"}, {"child": of(ABEL, "nhs_number")}])
def test_of_a_child_that_is_not_there_operators_are_told_so(
    trust: Client, operators: Operators, about: dict[str, Any]
) -> None:
    answer = operators("report", **about, **ASKED)
    assert (answer["ok"], answer["error"]) == (False, "ChildNotFound")
    assert [r["outcome"] for r in dump(ACCESS_LOG)] == ["child_not_found"]
    assert trust.organisation == TRUST


def test_a_shielded_child_is_reported_only_with_its_shield_team(
    deployment: Deployment, trust: Client, operators: Operators
) -> None:
    child_id = child_id_of(trust)
    council = deployment.enrol("E09000003", capabilities=["shield"], area=["N"])
    body = {
        "practitioner": {"id": "SW-1", "name": "Sam Ash", "role": "social_worker"},
        "reason": "court_order",
        "ends": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
    }
    assert council.shield(child_id, body).status == 200
    about: list[dict[str, Any]] = [{"child_id": child_id}, {"child": ZOE}]
    for asked in about:
        assert operators("report", **asked, **ASKED)["error"] == "ChildNotFound"
        assert operators("report", **asked, **ASKED, shield_team=TRUST)["error"] == "ChildNotFound"
        assert operators("report", **asked, **ASKED, shield_team="E09000003")["report"]["child_id"] == child_id
    assert council.lift(child_id, {"practitioner": body["practitioner"]}).status == 204
    told = operators("report", child_id=child_id, **ASKED)["report"]
    assert "shield" not in json.dumps(told)


def test_nothing_of_a_report_gets_into_the_logs(
    trust: Client, operators: Operators, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    child_id = child_id_of(trust)
    for form in ("json", "text"):
        assert operators("report", child_id=child_id, format=form, **ASKED)["ok"]
    assert operators("report", child={**ZOE, "sex": "Zoë"}, **ASKED)["ok"] is False
    logged = caplog.text + capsys.readouterr().out
    assert "instruction" in logged
    assert not [value for value in personal_values(involvement(ZOE)) if value in logged]


# Disputes


def test_after_a_shield_is_lifted_a_report_does_not_tell_that_there_was_one(
    deployment: Deployment, operators: Operators
) -> None:
    scene = Scene.enrolled(deployment)
    assert scene.trust.client.put("hv-1", involvement(MIA)).status == 201
    child_id = scene.trust.look_up(MIA).body["child"]["child_id"]
    assert scene.council.shield(child_id).status == 200
    scene.police.look_up(MIA)
    assert scene.police.open(child_id).status == 201
    scene.council.lift(child_id)
    deployment.restart()
    told = operators("report", child_id=child_id, **ASKED)["report"]["accesses"]
    assert {access["organisation"] for access in told} == {TRUST, scene.police.client.organisation, "operator"}
    assert {access["outcome"] for access in told} == {"match", "report_made"}
    assert {access["shown"] for access in told} == {"child_and_involvements", "report"}


def test_a_dispute_is_noted_against_an_involvement_and_settled(trust: Client, operators: Operators) -> None:
    said = {"dispute": "correction", "organisation": TRUST, "source_reference": "hv-1", **ASKED}
    answer = operators("dispute", **said)
    assert (answer["ok"], answer["disputed"]) == (True, "correction")
    assert trust.put("hv-1", involvement(ZOE, team="Oak")).status == 200
    (held,) = operators("report", child_id=child_id_of(trust), **ASKED)["report"]["involvements"]
    assert (held["disputed"]["dispute"], held["disputed"]["since"]) == ("correction", answer["since"])
    assert operators("settle", **said)["settled"] == "correction"
    (held,) = operators("report", child_id=child_id_of(trust), **ASKED)["report"]["involvements"]
    assert "disputed" not in held
    outcomes = [r["outcome"] for r in dump(ACCESS_LOG) if r.get("purpose") == "dispute"]
    assert sorted(outcomes) == ["disputed", "settled"]


def test_a_sensitive_service_can_be_disputed_as_any_other(deployment: Deployment, operators: Operators) -> None:
    clinic = deployment.enrol(CLINIC, service_types=["sexual_health"])
    sent = involvement(ZOE, service_type="sexual_health", sensitive_basis="consent")
    assert clinic.put("sh-1", sent).status == 201
    said = {"dispute": "objection", "organisation": CLINIC, "source_reference": "sh-1", **ASKED}
    assert operators("dispute", **said)["ok"]
    assert clinic.get("sh-1").body["disputed"]["dispute"] == "objection"


def test_what_is_not_held_cannot_be_disputed(trust: Client, operators: Operators) -> None:
    said = {"dispute": "correction", "organisation": TRUST, "source_reference": "hv-2", **ASKED}
    assert operators("dispute", **said)["error"] == "InvolvementNotFound"
    assert trust.get("hv-1").status == 200


# Sealing


def recorded_before(hours: int) -> None:
    bind(access_log=ACCESS_LOG)
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
    for number in range(3):
        DynamoAccessLog(KEPT).append(a_record(number, at + timedelta(minutes=number)))


def test_the_schedule_seals_and_operators_verify(operators: Operators) -> None:
    recorded_before(hours=4)
    sealed = operators("seal")
    assert len(sealed["hours"]) in (3, 4)  # the last may have ended less than ten minutes ago
    assert operators("verify") == {
        "ok": True,
        "is_as_sealed": True,
        "hours": len(sealed["hours"]),
        "records": 3,
        "hours_removed_by_retention": 0,
        "wrong": [],
    }
    record = next(r for r in dump(ACCESS_LOG) if r["pk"].startswith("HOUR#"))
    boto3.client("dynamodb").delete_item(
        TableName=ACCESS_LOG, Key={"pk": {"S": record["pk"]}, "sk": {"S": record["sk"]}}
    )
    assert operators("verify")["wrong"] == [
        {"wrong": "removed", "hour": sealed["hours"][0], "access_id": record["access_id"]}
    ]


def test_operators_prove_one_record(operators: Operators) -> None:
    recorded_before(hours=4)
    hour = operators("seal")["hours"][0]
    proof = operators("prove", hour=hour, access_id=f"{1:032x}")
    assert (proof["index"], proof["count"], len(proof["beside"])) == (1, 3, 2)
    assert json.loads(proof["seal"])["root"] == proof["root"]
    assert operators("prove", hour=hour, access_id="f" * 32)["error"] == "AccessNotFound"


def test_a_run_without_time_does_nothing_and_says_so(operators: Operators) -> None:
    recorded_before(hours=4)
    operators.left = 0
    assert operators("seal") == {"ok": True, "hours": [], "is_up_to_date": False}
    assert operators("verify")["is_as_sealed"] is False


def test_a_failure_to_seal_is_an_error_of_the_function(deployment: Deployment, operators: Operators) -> None:
    recorded_before(hours=4)
    boto3.client("s3").put_object(
        Bucket=CERTIFICATE_BUCKET,
        Key=f"seals/{hour_text(datetime.now(UTC) - timedelta(hours=4))}.leaves",
        Body=b"planted",
    )
    with pytest.raises(deployment.function("access").InstructionFailed):
        operators("seal")


def test_what_cannot_be_read_is_told_where_it_is_wrong(operators: Operators) -> None:
    answer = operators("report", operator="Jo Bloggs", reference="SAR-12", child_id="child-1")
    assert answer["ok"] is False
    assert [problem["pointer"] for problem in answer["errors"]] == ["/operator"]
    assert operators.deployment.function("access").handler([], Context())["ok"] is False
