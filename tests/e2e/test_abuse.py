"""Tokens that are not what they claim to be, at the gateway of the deployed stack.

The emulator checks what API Gateway checks: issuer, key, signature, dates and scope. It has no web application firewall
and no throttle of its own, and routes what AWS would refuse before, so nothing is tested of these here.
"""

from __future__ import annotations

import base64
import json
import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from shared.api.operations import Operation
from shared.api.operations.every import OPERATIONS
from shared.domain.directory import Capability

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_cognito_idp.type_defs import ResourceServerScopeTypeTypeDef

    from infra.local.stack import Stack
    from tests.e2e.conftest import Client

GUARDED = [operation for operation in OPERATIONS if operation.scope]
SCOPES = [f"signpost/{capability.value}" for capability in Capability]
PATIENCE = 30.0
"""Seconds within which a token that lasts for one must have run out."""


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _decoded(part: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def _with_claims(token: str, **changed: Any) -> str:
    header, claims, signature = token.split(".")
    return ".".join((header, _encoded({**_decoded(claims), **changed}), signature))


def _unsigned(token: str, algorithm: str) -> str:
    header, claims, _ = token.split(".")
    return ".".join((_encoded({**_decoded(header), "alg": algorithm}), claims, ""))


FORGED: dict[str, Callable[[str], str]] = {
    "unsigned": lambda token: _unsigned(token, "none"),
    "signed with nothing": lambda token: _unsigned(token, "HS256"),
    "its signature cut": lambda token: token.rpartition(".")[0] + ".",
    "its signature turned round": lambda token: token.rpartition(".")[0] + "." + token.rpartition(".")[2][::-1],
    "with more scopes": lambda token: _with_claims(token, scope=" ".join(SCOPES)),
    "of another client": lambda token: _with_claims(token, client_id="another-client"),
    "lasting longer": lambda token: _with_claims(token, exp=int(time.time()) + 86_400),
    "of another issuer": lambda token: _with_claims(token, iss="https://cognito-idp.eu-west-2.amazonaws.com/other"),
    "half of it": lambda token: token[: len(token) // 2],
    "two of it": lambda token: f"{token}.{token}",
}


def _refused(answer: httpx.Response, *statuses: HTTPStatus) -> None:
    assert answer.status_code in (statuses or (HTTPStatus.UNAUTHORIZED,)), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "lambda" not in answer.text.lower()
    assert "traceback" not in answer.text.lower()


def _call(stack: Stack, operation: Operation, token: str) -> httpx.Response:
    path = re.sub(r"\{\w+\}", "a", operation.path)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = b"{}" if operation.body else None
    return httpx.request(operation.method, f"{stack.api_url}{path}", headers=headers, content=content, timeout=240)


@pytest.mark.parametrize("how", FORGED)
def test_a_token_that_was_tampered_with_opens_nothing(stack: Stack, nhs_trust: Client, how: str) -> None:
    assert nhs_trust.get("/involvements/none").status_code == HTTPStatus.NOT_FOUND
    forged = FORGED[how](nhs_trust.token)
    for operation in GUARDED:
        _refused(_call(stack, operation, forged))


def test_a_token_of_another_pool_opens_nothing(stack: Stack) -> None:
    pool = stack.cognito.create_user_pool(PoolName="of-somebody-else")["UserPool"]["Id"]
    scopes: list[ResourceServerScopeTypeTypeDef] = [
        {"ScopeName": capability.value, "ScopeDescription": capability.value} for capability in Capability
    ]
    stack.cognito.create_resource_server(UserPoolId=pool, Identifier="signpost", Name="signpost", Scopes=scopes)
    made = stack.cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="a-forger",
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=SCOPES,
        AllowedOAuthFlowsUserPoolClient=True,
    )["UserPoolClient"]
    token = stack.token(made["ClientId"], made["ClientSecret"])
    assert _decoded(token.split(".")[1])["iss"].endswith(pool)
    for operation in GUARDED:
        _refused(_call(stack, operation, token))


def test_a_token_whose_time_is_over_opens_nothing(stack: Stack) -> None:
    made = stack.cognito.create_user_pool_client(
        UserPoolId=stack.user_pool_id,
        ClientName="soon-over",
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=SCOPES,
        AllowedOAuthFlowsUserPoolClient=True,
        AccessTokenValidity=5,
        TokenValidityUnits={"AccessToken": "seconds"},
    )["UserPoolClient"]
    try:
        token = stack.token(made["ClientId"], made["ClientSecret"])
        over = _decoded(token.split(".")[1])["exp"]
        assert over <= time.time() + PATIENCE
        while time.time() <= over:
            time.sleep(0.2)  # until the instant that the token itself names
        for operation in GUARDED:
            _refused(_call(stack, operation, token))
    finally:
        stack.cognito.delete_user_pool_client(UserPoolId=stack.user_pool_id, ClientId=made["ClientId"])


def test_a_client_that_nobody_enrolled_may_do_nothing_with_a_good_token(stack: Stack) -> None:
    made = stack.cognito.create_user_pool_client(
        UserPoolId=stack.user_pool_id,
        ClientName="nobody",
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=SCOPES,
        AllowedOAuthFlowsUserPoolClient=True,
    )["UserPoolClient"]
    try:
        token = stack.token(made["ClientId"], made["ClientSecret"])
        for operation in GUARDED:
            _refused(
                _call(stack, operation, token),
                HTTPStatus.FORBIDDEN,
                HTTPStatus.NOT_FOUND,
                HTTPStatus.UNPROCESSABLE_ENTITY,
            )
    finally:
        stack.cognito.delete_user_pool_client(UserPoolId=stack.user_pool_id, ClientId=made["ClientId"])


def test_a_token_opens_the_routes_of_its_scope_and_no_other(stack: Stack, nhs_trust: Client) -> None:
    lookups_only = nhs_trust.with_scopes("signpost/lookup").token
    for operation in GUARDED:
        answer = _call(stack, operation, lookups_only)
        if operation.capability is Capability.LOOKUP:
            assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            _refused(answer, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@pytest.mark.parametrize("place", ["query", "cookie", "another header"])
def test_a_token_in_another_place_than_the_header_is_none(stack: Stack, nhs_trust: Client, place: str) -> None:
    token = nhs_trust.token
    where: dict[str, Any] = {
        "query": {"params": {"access_token": token, "Authorization": f"Bearer {token}"}},
        "cookie": {"headers": {"Cookie": f"Authorization=Bearer {token}"}},
        "another header": {"headers": {"X-Authorization": f"Bearer {token}", "X-Amz-Security-Token": token}},
    }[place]
    _refused(httpx.get(f"{stack.api_url}/involvements/a", timeout=240, **where))


@pytest.mark.parametrize(
    "path", ["/involvements/%00", "/involvements/a%0d%0aX-Injected:%201", "/involvements/%2e%2e%2fx"]
)
def test_an_address_with_what_no_address_has_reaches_nothing(nhs_trust: Client, path: str) -> None:
    answer = nhs_trust.get(path)
    assert answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}
    assert "x-injected" not in answer.headers
