"""Cognito as the issuer of credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import Unavailable
from shared.runtime.aws import PATIENT, client_of, reached
from shared.runtime.wiring.secret import CLIENT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_TOKEN_MINUTES = 15
_GONE = frozenset({"ResourceNotFoundException", "UserNotFoundException"})


@dataclass(frozen=True, slots=True)
class CognitoIssuer:
    """Implements `ports.CredentialIssuer`."""

    user_pool_id: str
    client: CognitoIdentityProviderClient

    @classmethod
    def of_pool(cls, user_pool_id: str) -> CognitoIssuer:
        """Makes the client, during INIT."""
        return cls(user_pool_id, client_of("cognito-idp", CLIENT_CONFIG))

    def issue(self, name: str, capabilities: Iterable[str]) -> tuple[str, str]:
        """See the port."""
        try:
            made = self.client.create_user_pool_client(
                UserPoolId=self.user_pool_id,
                ClientName=name,
                GenerateSecret=True,
                AllowedOAuthFlows=["client_credentials"],
                AllowedOAuthFlowsUserPoolClient=True,
                AllowedOAuthScopes=[f"signpost/{capability}" for capability in capabilities],
                AccessTokenValidity=_TOKEN_MINUTES,
                TokenValidityUnits={"AccessToken": "minutes"},
            )["UserPoolClient"]
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(type(error).__name__) from error
        return made["ClientId"], made["ClientSecret"]

    def revoke(self, client_id: str) -> None:
        """See the port."""
        try:
            self.client.delete_user_pool_client(UserPoolId=self.user_pool_id, ClientId=client_id)
        except self.client.exceptions.ResourceNotFoundException:
            return  # revoked before
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class CognitoClients:
    """Implements `closure.Clients`. Every method raises Unavailable; a pool that does not exist has nobody in it."""

    user_pool_id: str
    client: CognitoIdentityProviderClient

    @classmethod
    def of_pool(cls, user_pool_id: str) -> CognitoClients:
        """Makes the client, during INIT."""
        return cls(user_pool_id, client_of("cognito-idp", PATIENT))

    def all(self) -> tuple[str, ...]:
        """See the port. All are listed before any is deleted: a page may be told by how many went before it."""
        found: list[str] = []
        with reached(unless=_GONE):
            pages = self.client.get_paginator("list_user_pool_clients").paginate(UserPoolId=self.user_pool_id)
            for page in pages:
                found += [listed["ClientId"] for listed in page["UserPoolClients"]]
        return tuple(found)

    def delete(self, client_id: str) -> None:
        """See the port."""
        with reached(unless=_GONE):
            self.client.delete_user_pool_client(UserPoolId=self.user_pool_id, ClientId=client_id)

    def users(self) -> tuple[str, ...]:
        """The names of those who can sign in. They may be personal: count them, and tell nobody."""
        found: list[str] = []
        with reached(unless=_GONE):
            pages = self.client.get_paginator("list_users").paginate(
                UserPoolId=self.user_pool_id, Filter='status = "Enabled"'
            )
            for page in pages:
                found += [user["Username"] for user in page["Users"]]
        return tuple(found)

    def disable_users(self) -> int:
        """See the port."""
        users = self.users()
        for user in users:
            with reached(unless=_GONE):
                self.client.admin_disable_user(UserPoolId=self.user_pool_id, Username=user)
        return len(users)
