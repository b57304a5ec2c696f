"""The Directory: what operators change, and how soon callers feel it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import boto3
import pytest

from shared.domain.conflicts import Conflict
from shared.domain.directory import Capability, Coverage, Credential, CredentialState, Organisation, Permissions
from shared.persistence.directory import FRESH_FOR, CachedDirectory
from shared.persistence.directory_keeper import DynamoDirectoryKeeper
from shared.persistence.models import bind
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import EVERYTHING, Deployment
from tests.integration.direct import STARTED_AT, MovedClock
from tests.integration.emulated import DIRECTORY, dump, dynamodb
from tests.integration.people import NUMBER, ZOE, involvement, of

TRUST = Organisation(
    code="X99",
    name="A trust",
    permissions=Permissions(capabilities=frozenset(Capability)),
    coverage=Coverage(districts=frozenset({"N12"})),
)
CREDENTIAL = Credential(
    client_id="a-client", organisation="X99", label="ward", state=CredentialState.ISSUED, issued_at=STARTED_AT
)


@pytest.fixture
def keeper(aws: None) -> DynamoDirectoryKeeper:
    _ = aws
    bind(directory=DIRECTORY)
    kept = DynamoDirectoryKeeper()
    kept.enrol(TRUST)
    kept.add_credential(CREDENTIAL)
    return kept


def changed(organisation: Organisation, **changes: Any) -> Organisation:
    fields = {name: getattr(organisation, name) for name in Organisation.__slots__}
    return Organisation(**{**fields, **changes, "version": organisation.version + 1})


def ended(state: CredentialState) -> Credential:
    fields = {name: getattr(CREDENTIAL, name) for name in Credential.__slots__}
    return Credential(**{**fields, "state": state, "ended_at": STARTED_AT})


def test_what_was_enrolled_is_read_back_as_it_was_said(keeper: DynamoDirectoryKeeper) -> None:
    assert keeper.organisation("X99") == TRUST
    assert list(keeper.organisations()) == [TRUST]
    assert list(keeper.credentials("X99")) == [CREDENTIAL]
    assert keeper.organisation("X9") is None


def test_a_change_of_what_an_organisation_may_do_takes_effect_within_sixty_seconds(
    keeper: DynamoDirectoryKeeper,
) -> None:
    clock = MovedClock()
    directory = CachedDirectory(clock)
    before = directory.caller("a-client")
    assert before
    assert before.organisation == TRUST
    suspended = changed(TRUST, suspended=True)
    keeper.amend(suspended)

    clock.move(seconds=FRESH_FOR.seconds - 1)
    assert directory.caller("a-client") == before
    clock.move(seconds=1)
    after = directory.caller("a-client")
    assert after
    assert after.organisation == suspended
    assert timedelta(seconds=60) > FRESH_FOR


@pytest.mark.parametrize("state", [CredentialState.RESET, CredentialState.RETURNED])
def test_a_credential_that_ended_opens_nothing_within_sixty_seconds(
    keeper: DynamoDirectoryKeeper, state: CredentialState
) -> None:
    clock = MovedClock()
    directory = CachedDirectory(clock)
    assert directory.caller("a-client")
    keeper.end_credential(ended(state))
    clock.move(seconds=FRESH_FOR.seconds - 1)
    assert directory.caller("a-client")
    clock.move(seconds=1)
    assert directory.caller("a-client") is None


def test_a_client_that_was_unknown_is_known_within_sixty_seconds_of_its_issue(keeper: DynamoDirectoryKeeper) -> None:
    clock = MovedClock()
    directory = CachedDirectory(clock)
    assert directory.caller("another") is None
    keeper.add_credential(
        Credential(
            client_id="another", organisation="X99", label="ward", state=CredentialState.ISSUED, issued_at=STARTED_AT
        )
    )
    clock.move(seconds=FRESH_FOR.seconds)
    assert directory.caller("another")


def test_a_warm_directory_asks_nobody_until_its_minute_is_over(keeper: DynamoDirectoryKeeper) -> None:
    _ = keeper
    clock = MovedClock()
    directory = CachedDirectory(clock)
    calls = Calls().of_tables()
    directory.caller("a-client")
    assert len(calls.made) == 2
    clock.move(seconds=FRESH_FOR.seconds - 1)
    directory.caller("a-client")
    directory.organisations()
    assert len(calls.made) == 2
    clock.move(seconds=1)
    directory.caller("a-client")
    assert len(calls.made) == 4


def test_how_current_an_organisations_data_are_never_goes_back(keeper: DynamoDirectoryKeeper) -> None:
    def current() -> date | None:
        organisation = keeper.organisation("X99")
        assert organisation
        return organisation.coverage.current_as_of

    assert current() is None
    keeper.feed_received("X99", date(2026, 11, 19))
    keeper.feed_received("X99", date(2026, 11, 18))
    assert current() == date(2026, 11, 19)
    keeper.feed_received("X99", date(2026, 11, 20))
    assert current() == date(2026, 11, 20)


def test_a_feed_of_an_organisation_that_is_not_enrolled_enrols_nobody(keeper: DynamoDirectoryKeeper) -> None:
    before = dump(DIRECTORY)
    keeper.feed_received("X98", date(2026, 11, 19))
    assert dump(DIRECTORY) == before


def test_an_amendment_leaves_what_a_feed_has_told_meanwhile(keeper: DynamoDirectoryKeeper) -> None:
    amended = changed(TRUST, name="A trust by another name")
    keeper.feed_received("X99", date(2026, 11, 19))
    keeper.amend(amended)
    kept = keeper.organisation("X99")
    assert kept
    assert (kept.name, kept.coverage.current_as_of) == ("A trust by another name", date(2026, 11, 19))


def test_of_two_amendments_at_once_the_second_is_refused(keeper: DynamoDirectoryKeeper) -> None:
    keeper.amend(changed(TRUST, name="One"))
    before = dump(DIRECTORY)
    with pytest.raises(Conflict):
        keeper.amend(changed(TRUST, name="Two"))
    assert dump(DIRECTORY) == before


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.ANSWER_LOST])
def test_a_credential_that_could_not_be_ended_is_still_outstanding_or_ends_again(
    deployment: Deployment, fault: Fault
) -> None:
    client = deployment.enrol("X99")
    assert deployment.operator("credentials", organisation="X99")["ok"]
    calls = Calls().of_tables()
    for n in range(1, 10):
        calls.fail(n, fault)
        answer = deployment.operator("returned", organisation="X99", client_id=client.client_id)
        if not calls.mend():
            break
        assert (answer["ok"], answer["error"]) == (False, "Unavailable")
        assert deployment.operator("credentials", organisation="X99")["credentials"]
    assert deployment.operator("outstanding")["outstanding"] == []
    assert client.get("hv-1").status == 403


def test_an_organisation_is_enrolled_once(deployment: Deployment) -> None:
    deployment.enrol("X99", "A trust")
    before = dump(DIRECTORY)
    again = deployment.operator("enrol", organisation="X99", name="Another")
    assert (again["ok"], again["error"]) == (False, "AlreadyExists")
    assert dump(DIRECTORY) == before


def test_operators_see_what_they_enrolled_amended_and_suspended(deployment: Deployment) -> None:
    enrolled = deployment.operator("enrol", organisation="x99", name="A trust", capabilities=["lookup"], covers=["n12"])
    assert enrolled == {
        "ok": True,
        "organisation": "X99",
        "name": "A trust",
        "capabilities": ["lookup"],
        "purposes": [],
        "roles": [],
        "service_types": [],
        "sees": [],
        "covers": ["N12"],
        "area": [],
        "data_current_as_of": None,
        "suspended": False,
        "version": 1,
    }
    assert deployment.operator("suspend", organisation="X99")["suspended"]
    amended = deployment.operator("amend", organisation="X99", name="B trust")
    assert (amended["capabilities"], amended["suspended"], amended["version"]) == ([], True, 3)
    resumed = deployment.operator("resume", organisation="X99")
    assert not resumed["suspended"]
    listed = deployment.operator("organisations")["organisations"]
    assert [organisation["name"] for organisation in listed] == ["B trust"]


def test_a_secret_is_shown_once_and_kept_nowhere(deployment: Deployment) -> None:
    deployment.enrol("X99")
    client = deployment.issue("X99")
    assert len(client.secret) > 20
    seen = str(dump(DIRECTORY)) + str(deployment.operator("credentials", organisation="X99"))
    seen += str(deployment.operator("outstanding")) + str(deployment.operator("organisations"))
    assert client.client_id in seen
    assert client.secret not in seen


def test_an_issued_credential_is_a_client_of_the_pool_with_the_scopes_of_its_organisation(
    deployment: Deployment,
) -> None:
    deployment.enrol("EE999999", capabilities=["register"])
    client = deployment.issue("EE999999")
    pool = deployment.function("directory").config.user_pool_id
    made = boto3.client("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=client.client_id)
    assert made["UserPoolClient"]["AllowedOAuthScopes"] == ["signpost/register"]
    assert made["UserPoolClient"]["AllowedOAuthFlows"] == ["client_credentials"]


def test_a_reset_credential_ends_and_another_takes_its_place(deployment: Deployment) -> None:
    assert deployment.operator("enrol", organisation="X99", name="A trust", capabilities=["register"])["ok"]
    client = deployment.issue("X99")
    assert client.get("hv-1").status == 404
    reset = deployment.operator("reset", organisation="X99", client_id=client.client_id)
    assert reset["ok"]
    assert reset["client_id"] != client.client_id
    assert reset["client_secret"] != client.secret
    states = {c["client_id"]: c["state"] for c in deployment.operator("credentials", organisation="X99")["credentials"]}
    assert states == {client.client_id: "reset", reset["client_id"]: "issued"}
    deployment.restart()
    assert client.get("hv-1").status == 403
    pool = deployment.function("directory").config.user_pool_id
    clients = boto3.client("cognito-idp").list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]
    assert [c["ClientId"] for c in clients] == [reset["client_id"]]


def test_what_is_outstanding_is_listed_oldest_first_until_it_is_returned(deployment: Deployment) -> None:
    clients = [deployment.enrol("X99"), deployment.enrol("E99000001"), deployment.issue("X99")]

    def outstanding() -> list[str]:
        return [credential["client_id"] for credential in deployment.operator("outstanding")["outstanding"]]

    assert outstanding() == [client.client_id for client in clients]
    returned = deployment.operator("returned", organisation="X99", client_id=clients[0].client_id)
    assert (returned["state"], returned["ended_at"] is not None) == ("returned", True)
    assert outstanding() == [client.client_id for client in clients[1:]]
    again = deployment.operator("returned", organisation="X99", client_id=clients[0].client_id)
    assert again["ended_at"] == returned["ended_at"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no action": ({}, "/action"),
    "an unknown action": ({"action": "delete", "organisation": "X99"}, "/action"),
    "a code that none can have": ({"action": "enrol", "organisation": "!", "name": "A"}, "/organisation"),
    "no name": ({"action": "enrol", "organisation": "X98"}, "/name"),
    "an unknown capability": (
        {"action": "enrol", "organisation": "X98", "name": "A", "capabilities": ["delete"]},
        "/capabilities/0",
    ),
    "an unknown field": ({"action": "suspend", "organisation": "X99", "why": "x"}, "/why"),
    "no client": ({"action": "reset", "organisation": "X99"}, "/client_id"),
    "a list for a code": ({"action": "credentials", "organisation": ["X99"]}, "/organisation"),
}


@pytest.mark.parametrize(("instruction", "pointer"), WRONG.values(), ids=WRONG)
def test_an_instruction_that_cannot_be_read_says_where_and_changes_nothing(
    deployment: Deployment, instruction: dict[str, Any], pointer: str
) -> None:
    answer = deployment.function("directory").handler(instruction, None)
    assert not answer["ok"]
    assert pointer in [error["pointer"] for error in answer["errors"]]
    assert dump(DIRECTORY) == []


@pytest.mark.parametrize(
    ("action", "details", "error"),
    [
        ("suspend", {"organisation": "X98"}, "OrganisationNotFound"),
        ("amend", {"organisation": "X98", "name": "A"}, "OrganisationNotFound"),
        ("issue", {"organisation": "X98", "label": "ward"}, "OrganisationNotFound"),
        ("credentials", {"organisation": "X98"}, "OrganisationNotFound"),
        ("reset", {"organisation": "X99", "client_id": "nobody"}, "CredentialNotFound"),
        ("returned", {"organisation": "X99", "client_id": "nobody"}, "CredentialNotFound"),
    ],
)
def test_an_instruction_about_what_there_is_not_says_so(
    deployment: Deployment, action: str, details: dict[str, Any], error: str
) -> None:
    deployment.enrol("X99")
    before = dump(DIRECTORY)
    answer = deployment.operator(action, **details)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert answer["problem"]
    assert dump(DIRECTORY) == before


def test_a_suspended_organisation_may_do_nothing_until_it_is_resumed(deployment: Deployment) -> None:
    client = deployment.enrol("X99")
    client.put("hv-1", involvement(ZOE))
    deployment.operator("suspend", organisation="X99")
    deployment.restart()
    answers = [
        client.put("hv-1", involvement(ZOE)),
        client.get("hv-1"),
        client.withdraw("hv-1"),
        client.look_up(of(ZOE, *NUMBER)),
    ]
    assert [(answer.status, answer.problem) for answer in answers] == [(403, "not-permitted")] * 4
    batch = client.batch([{**involvement(ZOE), "source_reference": "hv-1"}])
    assert (batch.status, batch.problem) == (403, "not-permitted")
    deployment.operator("resume", organisation="X99")
    deployment.restart()
    assert client.get("hv-1").status == 200


SENSITIVE = {"service_type": "mental_health", "sensitive_basis": "consent"}


@pytest.mark.parametrize(
    ("kept", "status", "sensitive"),
    [
        ({"capabilities": ["lookup"]}, 403, 403),
        ({"service_types": ["social_care"]}, 403, 403),
        ({"service_types": [*EVERYTHING["service_types"], "mental_health"]}, 201, 201),
        ({"service_types": [*EVERYTHING["service_types"], "substance_misuse"]}, 201, 403),
        ({}, 201, 403),
    ],
    ids=["not register", "not this service", "this sensitive service, too", "another sensitive service", "everything"],
)
def test_what_may_be_registered_is_decided_by_the_exact_service(
    deployment: Deployment, kept: dict[str, Any], status: int, sensitive: int
) -> None:
    client = deployment.enrol("X99", **kept)
    assert client.put("hv-1", involvement(ZOE)).status == status
    assert client.put("hv-2", involvement(ZOE, **SENSITIVE)).status == sensitive


@pytest.mark.parametrize(
    ("sees", "outcome"),
    [([], "no_match"), (["education"], "no_match"), (["health_visiting"], "match")],
    ids=["nothing", "another service", "this service"],
)
def test_what_an_organisation_is_shown_is_decided_by_the_exact_service_too(
    deployment: Deployment, sees: list[str], outcome: str
) -> None:
    deployment.enrol("X99").put("hv-1", involvement(ZOE))
    assert deployment.enrol("RA9", sees=sees).look_up(of(ZOE, *NUMBER)).body["outcome"] == outcome


def test_a_code_that_this_version_does_not_know_permits_nothing(keeper: DynamoDirectoryKeeper) -> None:
    keeper.enrol(Organisation(code="RA9", name="A trust"))
    row = next(item for item in dump(DIRECTORY) if item["sk"] == "ORG#RA9")
    told = json.loads(row["permissions"]) | {"capabilities": ["lookup", "everything"], "sees": ["telepathy"]}
    dynamodb().update_item(
        TableName=DIRECTORY,
        Key={"pk": {"S": row["pk"]}, "sk": {"S": row["sk"]}},
        UpdateExpression="SET #permissions = :told REMOVE area",
        ExpressionAttributeNames={"#permissions": "permissions"},
        ExpressionAttributeValues={":told": {"S": json.dumps(told)}},
    )
    read = keeper.organisation("RA9")
    assert read
    assert read.permissions == Permissions(capabilities=frozenset({Capability.LOOKUP}))
    assert read.area == frozenset()


def test_one_client_of_an_organisation_may_open_less_than_another(deployment: Deployment) -> None:
    deployment.enrol("X99", capabilities=["lookup", "register", "broker"])
    client = deployment.issue("X99", capabilities=["lookup"])
    pool = deployment.function("directory").config.user_pool_id

    def scopes_of(client_id: str) -> list[str]:
        made = boto3.client("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=client_id)
        return list(made["UserPoolClient"]["AllowedOAuthScopes"])

    assert scopes_of(client.client_id) == ["signpost/lookup"]
    reset = deployment.operator("reset", organisation="X99", client_id=client.client_id)
    assert (reset["ok"], reset["capabilities"]) == (True, ["lookup"])
    assert scopes_of(reset["client_id"]) == ["signpost/lookup"]
    refused = deployment.operator("issue", organisation="X99", label="MASH", capabilities=["lookup", "shield"])
    assert (refused["ok"], refused["error"]) == (False, "MoreThanPermitted")


def test_a_credential_for_what_its_organisation_may_no_longer_do_ends_when_it_is_reset(deployment: Deployment) -> None:
    deployment.enrol("X99", capabilities=["lookup", "broker"])
    client = deployment.issue("X99", capabilities=["broker"])
    deployment.operator("amend", organisation="X99", name="A trust", capabilities=["lookup"])
    reset = deployment.operator("reset", organisation="X99", client_id=client.client_id)
    assert (reset["ok"], reset["error"]) == (False, "NothingPermitted")
    (old,) = (item for item in dump(DIRECTORY) if item.get("client_id") == client.client_id)
    assert old["state"] == "reset"


def test_a_token_opens_no_more_than_its_own_scopes_whatever_its_organisation_may_do(deployment: Deployment) -> None:
    client = replace(deployment.enrol("X99"), scopes="signpost/lookup")
    assert client.put("hv-1", involvement(ZOE)).problem == "missing-scope"
    assert client.look_up(of(ZOE, *NUMBER)).status == 200
