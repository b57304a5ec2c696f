"""Cognito as the issuer of credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import Unavailable
from shared.runtime.wiring import CLIENT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_TOKEN_MINUTES = 15


@dataclass(frozen=True, slots=True)
class CognitoIssuer:
    """Implements `ports.CredentialIssuer`."""

    user_pool_id: str
    client: CognitoIdentityProviderClient

    @classmethod
    def of_pool(cls, user_pool_id: str) -> CognitoIssuer:
        """Makes the client, during INIT."""
        return cls(user_pool_id, boto3.client("cognito-idp", config=CLIENT_CONFIG))

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
