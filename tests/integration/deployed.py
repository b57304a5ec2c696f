"""The functions, called as API Gateway, EventBridge and operators call them."""

from __future__ import annotations

import importlib
import json
import os
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest

from shared.api.instructions import Enrol
from shared.api.operations import PRACTITIONER_HEADER
from shared.domain.directory import Capability, Credential, CredentialState
from shared.domain.involvement import ServiceType
from shared.persistence.directory_keeper import DynamoDirectoryKeeper
from shared.persistence.models import bind
from tests.integration.emulated import (
    ACCESS_LOG,
    BUCKET,
    CERTIFICATE_BUCKET,
    DIRECTORY,
    LIMITS,
    REGISTER,
    SECRET,
)

EVERYTHING: dict[str, Any] = {
    "capabilities": ["lookup", "register", "review", "notices", "watch"],
    "sees": [service.value for service in ServiceType if not service.is_sensitive],
    "purposes": ["emergency_care", "safeguarding_concern"],
    "roles": ["nurse", "social_worker", "records_officer"],
    "service_types": [
        "social_care",
        "education",
        "health_visiting",
        "school_nursing",
        "midwifery",
        "community_paediatrics",
        "speech_and_language",
    ],
    "covers": ["N12", "EN"],
}

OFFICER = {"id": "RO-17", "name": "Nadia Brandt", "role": "records_officer"}
SCOPES = " ".join(f"signpost/{capability}" for capability in Capability)
READER = "AUD-3"
"""Who asks, where a header says so."""


@dataclass(frozen=True)
class Answer:
    """What a caller gets. `body` is parsed JSON, None if there is none."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def problem(self) -> str:
        """The kind of problem, such as `unavailable`; empty for an answer that is none."""
        is_problem = self.headers.get("Content-Type") == "application/problem+json"
        return str(self.body["type"]).removeprefix("urn:signpost:problem:") if is_problem else ""


@dataclass
class Deployment:
    """The functions of one stack, each started when it is first called."""

    monkeypatch: pytest.MonkeyPatch
    _started: dict[str, ModuleType] = field(default_factory=dict)

    def function(self, name: str) -> Any:
        """The module of a function, with its handler and what that works with."""
        if name == "directory":
            self._make_pool()
        if name not in self._started:
            self._started[name] = importlib.import_module(f"functions.{name}.handler")
        return self._started[name]

    def restart(self, **environment: str) -> None:
        """New instances of all functions, from their next call on."""
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)
        self._started.clear()
        for module in [m for m in sys.modules if m.startswith("functions.") and m.endswith(".handler")]:
            del sys.modules[module]

    def operator(self, action: str, **details: Any) -> dict[str, Any]:
        """One instruction to the directory function."""
        answer: dict[str, Any] = self.function("directory").handler({"action": action, **details}, None)
        return answer

    def enrol(self, organisation: str, name: str = "An organisation", **permissions: Any) -> Client:
        """An organisation that may do everything unless told otherwise, with a client that has no secret."""
        told = Enrol.model_validate(
            {"action": "enrol", "organisation": organisation, "name": name, **EVERYTHING, **permissions}, strict=False
        )
        credential = Credential(
            client_id=uuid.uuid4().hex,
            organisation=organisation,
            label="case management",
            state=CredentialState.ISSUED,
            issued_at=datetime.now(UTC),
        )
        bind(directory=DIRECTORY)
        keeper = DynamoDirectoryKeeper()
        keeper.enrol(told.to_domain())
        keeper.add_credential(credential)
        return Client(self, organisation, credential.client_id)

    def issue(self, organisation: str, **said: Any) -> Client:
        """A client of an enrolled organisation, issued by an operator."""
        issued = self.operator("issue", organisation=organisation, label="case management", **said)
        assert issued["ok"], issued
        return Client(self, organisation, issued["client_id"], issued["client_secret"])

    def _make_pool(self) -> None:
        if "USER_POOL_ID" not in os.environ:  # slow to make, and only this function needs it
            pool = boto3.client("cognito-idp").create_user_pool(PoolName="signpost")
            self.monkeypatch.setenv("USER_POOL_ID", pool["UserPool"]["Id"])

    def drop(self, organisation: str, content: bytes, name: str = "nightly") -> dict[str, Any] | None:
        """Drops an extract, lets the feed function take it in, and returns its receipt if it left one."""
        key = f"feeds/{organisation}/{name}.csv"
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
        self.take_in(key)
        return receipt(organisation, name)

    def go_on(self) -> None:
        """One call of the schedule."""
        self.function("review").handler({"action": "go-on"}, None)

    def take_in(self, key: str) -> None:
        """One event: an object was created under this key."""
        event = {"detail": {"bucket": {"name": BUCKET}, "object": {"key": key}}}
        self.function("feed").handler(event, None)


@contextmanager
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Bucket, key and secret, and the functions in their environment. `emulated_aws` comes first."""
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    monkeypatch.delenv("USER_POOL_ID", raising=False)
    functions = Deployment(monkeypatch)
    functions.restart(
        ENVIRONMENT="local",
        CLOSES_AT="",
        SUCCESSOR_URL="",
        DESTRUCTION_WINDOW="P2M",
        DESTRUCTION_STARTS_AFTER="P7D",
        ANNOUNCED_AT="",
        CREDENTIALS_RETURN_BY="",
        SUPPORT_ENDS_AT="",
        ENDED_INVOLVEMENT_KEPT="P1Y",
        GROWN_UP_AT="P18Y",
        COVERAGE_SERVICE_TYPES="all",
        COVERAGE_CHILDREN="all",
        CERTIFICATE_BUCKET=CERTIFICATE_BUCKET,
        ACCESS_RECORD_DAYS="2192",
        MATCH_THRESHOLD="0.95",
        POTENTIAL_THRESHOLD="0.85",
        LOW_THRESHOLD="0.5",
        EXPECTED_CHILDREN="11000000",
        FEED_BUCKET=BUCKET,
        REGISTER_TABLE=REGISTER,
        ACCESS_LOG_TABLE=ACCESS_LOG,
        DIRECTORY_TABLE=DIRECTORY,
        LIMITS_TABLE=LIMITS,
        # so many that no test meets a limit that is not about one
        PRACTITIONER_QUESTIONS_AN_HOUR="3600",
        PRACTITIONER_BURST="1000",
        CLIENT_QUESTIONS_A_MINUTE="60000",
        NOTHING_FOUND_COSTS="3",
        EVENT_BUS="default",
        SEALING_KEY_ID=boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"][
            "Arn"
        ],
        TOKEN_URL="https://token.example/oauth2/token",
        HASHING_SECRET_ID=boto3.client("secretsmanager").create_secret(Name="hash", SecretString=SECRET)["ARN"],
        POWERTOOLS_SERVICE_NAME="test",
    )
    yield functions
    functions.restart()


@dataclass(frozen=True)
class Client:
    """A client system of an organisation, with its credential."""

    deployment: Deployment
    organisation: str
    client_id: str
    secret: str = ""
    scopes: str = SCOPES
    """Of its tokens."""

    def put(self, reference: str, body: Any, *, if_match: str | None = None) -> Answer:
        """`PUT /involvements/{source_reference}`."""
        headers = {"If-Match": if_match} if if_match else {}
        return self._of_reference("PUT", reference, body, headers)

    def get(self, reference: str) -> Answer:
        """`GET /involvements/{source_reference}`."""
        return self._of_reference("GET", reference, None, {})

    def withdraw(self, reference: str, *, if_match: str | None = None) -> Answer:
        """`DELETE /involvements/{source_reference}`."""
        headers = {"If-Match": if_match} if if_match else {}
        return self._of_reference("DELETE", reference, None, headers)

    def batch(self, items: Iterable[Any]) -> Answer:
        """`POST /involvements/batch`."""
        return self.call("registration", "POST", "/involvements/batch", {"involvements": list(items)})

    def look_up(self, child: Mapping[str, Any], **changed: Any) -> Answer:
        """`POST /lookups` about a child, by a nurse in an emergency unless `changed`."""
        return self.call("lookup", "POST", "/lookups", {**question(child), **changed})

    def preview(self, reference: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Answer:
        """`PUT /involvements/{source_reference}` as a preview."""
        return self.put(reference, {**body, "preview": True}, if_match=if_match)

    def reviews(self, **query: str) -> Answer:
        """`GET /reviews`."""
        return self.call("review", "GET", "/reviews", None, query=query)

    def compare(self, case_id: str, **changed: Any) -> Answer:
        """`POST /reviews/{case_id}/comparisons`, by a records officer."""
        body = {"practitioner": OFFICER, **changed}
        return self._of_case("POST", "/reviews/{case_id}/comparisons", case_id, body)

    def decide(self, case_id: str, decision: str, **changed: Any) -> Answer:
        """`PUT /reviews/{case_id}/decision`, by a records officer."""
        body = {"practitioner": OFFICER, "decision": decision, **changed}
        return self._of_case("PUT", "/reviews/{case_id}/decision", case_id, body)

    def shield(self, child_id: str, body: Mapping[str, Any]) -> Answer:
        """`PUT /shields/{child_id}`."""
        return self._of_child("shield", "PUT", "/shields/{child_id}", child_id, body)

    def shielded(self, child_id: str) -> Answer:
        """`GET /shields/{child_id}`."""
        return self._of_child("shield", "GET", "/shields/{child_id}", child_id, None)

    def lift(self, child_id: str, body: Mapping[str, Any]) -> Answer:
        """`POST /shields/{child_id}/lifting`."""
        return self._of_child("shield", "POST", "/shields/{child_id}/lifting", child_id, body)

    def open_shield(self, child_id: str, body: Mapping[str, Any]) -> Answer:
        """`POST /children/{child_id}/overrides`."""
        return self._of_child("shield", "POST", "/children/{child_id}/overrides", child_id, body)

    def accesses(self, child_id: str, **query: str) -> Answer:
        """`GET /children/{child_id}/accesses`."""
        return self._of_child("access", "GET", "/children/{child_id}/accesses", child_id, None, **query)

    def alerts(self, **query: str) -> Answer:
        """`GET /alerts`."""
        return self.call("access", "GET", "/alerts", None, query=query)

    def notices(self, **query: str) -> Answer:
        """`GET /notices`."""
        return self.call("notices", "GET", "/notices", None, query=query)

    def notice(self, notice_id: str) -> Answer:
        """`GET /notices/{notice_id}`."""
        return self._of_notice("GET", "/notices/{notice_id}", notice_id)

    def acknowledge(self, notice_id: str) -> Answer:
        """`POST /notices/{notice_id}/ack`."""
        return self._of_notice("POST", "/notices/{notice_id}/ack", notice_id)

    def watch(self, child_id: str, body: Mapping[str, Any]) -> Answer:
        """`PUT /watches/{child_id}`."""
        return self._of_child("notices", "PUT", "/watches/{child_id}", child_id, body)

    def end_watch(self, child_id: str, body: Mapping[str, Any]) -> Answer:
        """`POST /watches/{child_id}/ending`."""
        return self._of_child("notices", "POST", "/watches/{child_id}/ending", child_id, body)

    def call(
        self,
        function: str,
        method: str,
        path: str,
        body: Any,
        *,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, as API Gateway passes it on. A `body` that is text or None is sent as it is."""
        event = {
            "httpMethod": method,
            "resource": path,
            "pathParameters": parameters,
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
            "headers": {"Content-Type": "application/json", PRACTITIONER_HEADER: READER, **(headers or {})},
            "body": body if isinstance(body, str) or body is None else json.dumps(body, ensure_ascii=False),
            "isBase64Encoded": False,
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "authorizer": {"claims": {"client_id": self.client_id, "scope": self.scopes}},
            },
        }
        answer = self.deployment.function(function).handler(event, None)
        text = answer["body"]
        return Answer(answer["statusCode"], answer["headers"], json.loads(text) if text else None)

    def _of_child(self, function: str, method: str, path: str, child_id: str, body: Any, **query: str) -> Answer:
        return self.call(function, method, path, body, parameters={"child_id": child_id}, query=query)

    def _of_notice(self, method: str, path: str, notice_id: str) -> Answer:
        return self.call("notices", method, path, None, parameters={"notice_id": notice_id})

    def _of_case(self, method: str, path: str, case_id: str, body: Any) -> Answer:
        return self.call("review", method, path, body, parameters={"case_id": case_id})

    def _of_reference(self, method: str, reference: str, body: Any, headers: Mapping[str, str]) -> Answer:
        return self.call(
            "registration",
            method,
            "/involvements/{source_reference}",
            body,
            headers=headers,
            parameters={"source_reference": reference},
        )


def in_days(days: int) -> str:
    """A day ahead, as an end is said: a fixed one would lie behind, one day."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def question(child: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a lookup."""
    return {
        "reason": {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11"},
        "practitioner": {"id": "NMC-7", "name": "Ann Askwith", "role": "nurse"},
        "child": dict(child),
    }


def receipt(organisation: str, name: str = "nightly") -> dict[str, Any] | None:
    """The receipt that lies in the bucket, if there is one."""
    key = f"receipts/{organisation}/{name}.json"
    if key not in in_bucket():
        return None
    text = boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    left: dict[str, Any] = json.loads(text)
    return left


def in_bucket() -> list[str]:
    """The keys of the feed bucket."""
    listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET)
    return [found["Key"] for found in listed.get("Contents", [])]
