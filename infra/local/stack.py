"""The stack as it runs on the emulator: its outputs, its resources, and clients that reach it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
import httpx
from botocore.config import Config

from infra.local.emulator import REGION, Emulator

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

NAME = "signpost-local"
STAGE = "v1"

# The emulator takes any pair; `test` is its root user.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=2, read_timeout=60)
_TOKEN_WITHIN = 10.0


class StackError(Exception):
    """The stack is not there, or does not answer as it should."""


@dataclass(frozen=True)
class Stack:
    """A stack deployed to `emulator`. Clients act as the account's root, as an operator would."""

    emulator: Emulator
    outputs: dict[str, str] = field(repr=False)

    @classmethod
    def deployed_to(cls, emulator: Emulator) -> "Stack":
        """The stack that is deployed. Raises StackError if there is none."""
        reader = cls(emulator, {})
        outputs = {
            output["OutputKey"]: output["OutputValue"]
            for stack in reader.cloudformation.describe_stacks(StackName=NAME)["Stacks"]
            for output in stack.get("Outputs", [])
        }
        if "ApiUrl" not in outputs:
            message = f"There is no stack called {NAME}."
            raise StackError(message)
        return cls(emulator, outputs)

    @property
    def api_id(self) -> str:
        return self.outputs["ApiUrl"].removeprefix("https://").partition(".")[0]

    @property
    def api_url(self) -> str:
        """Where this machine reaches the API, stage included, without a slash at the end."""
        return f"{self.emulator.url}/_aws/execute-api/{self.api_id}/{STAGE}"

    @property
    def token_url(self) -> str:
        """Where this machine gets tokens; stands for the output TokenUrl."""
        return f"{self.emulator.url}/oauth2/token"

    @property
    def feed_bucket(self) -> str:
        return self.outputs["FeedBucketName"]

    @property
    def user_pool_id(self) -> str:
        return self.outputs["UserPoolId"]

    def function_name(self, name: str) -> str:
        """The deployed name of a function, such as `lookup`; each is named after its folder."""
        return self.outputs[f"{name.capitalize()}FunctionName"]

    def parameters(self) -> dict[str, str]:
        """What the template was last deployed with, by the parameter's name."""
        return {
            parameter["ParameterKey"]: parameter.get("ParameterValue", "")
            for stack in self.cloudformation.describe_stacks(StackName=NAME)["Stacks"]
            for parameter in stack.get("Parameters", [])
        }

    def failures(self) -> list[str]:
        """Why the last deployment failed, resource by resource; empty if it did not. The SAM CLI folds these lines."""
        reasons = []
        for event in self.cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]:  # the latest first
            if event["ResourceStatus"] in {"UPDATE_IN_PROGRESS", "CREATE_IN_PROGRESS"} and (
                event["LogicalResourceId"] == NAME
            ):
                break
            if event["ResourceStatus"].endswith("_FAILED"):
                reasons.append(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}")
        return reasons[::-1]

    def token(self, client_id: str, client_secret: str, *scopes: str) -> str:
        """An access token by client credentials; all that the client may have when no scope is named."""
        body = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})
        answer = httpx.post(self.token_url, data=body, auth=(client_id, client_secret), timeout=_TOKEN_WITHIN)
        if answer.status_code != httpx.codes.OK:
            message = f"No token: {answer.status_code} {answer.text}"
            raise StackError(message)
        token: str = answer.json()["access_token"]
        return token

    def physical_ids(self) -> dict[str, str]:
        """Every resource's physical id, by its logical id; those of nested stacks as `Storage/Register`."""
        return dict(self._physical_ids(NAME, ""))

    def _physical_ids(self, stack: str, prefix: str) -> list[tuple[str, str]]:
        found = []
        for resource in self.cloudformation.describe_stack_resources(StackName=stack)["StackResources"]:
            logical_id, physical_id = prefix + resource["LogicalResourceId"], resource["PhysicalResourceId"]
            found.append((logical_id, physical_id))
            if resource["ResourceType"] == "AWS::CloudFormation::Stack":
                found += self._physical_ids(physical_id, f"{logical_id}/")
        return found

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    @cached_property
    def apigateway(self) -> "APIGatewayClient":
        return self._session.client("apigateway", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return self._session.client("cloudformation", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        return self._session.client("cognito-idp", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def functions(self) -> "LambdaClient":
        return self._session.client("lambda", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def kms(self) -> "KMSClient":
        return self._session.client("kms", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self._session.client("logs", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def s3(self) -> "S3Client":
        return self._session.client("s3", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        return self._session.client("secretsmanager", endpoint_url=self.emulator.url, config=_CONFIG)

    @cached_property
    def sqs(self) -> "SQSClient":
        return self._session.client("sqs", endpoint_url=self.emulator.url, config=_CONFIG)
