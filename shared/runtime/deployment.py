"""CloudFormation, as far as a custom resource has to do with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import Unavailable
from shared.runtime.aws import client_of
from shared.runtime.wiring.secret import CLIENT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

_LONGEST_REASON = 2_000
"""Characters. A whole answer has at most 4,096 bytes:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""
_FAILED = 400
_ANSWERED_WITHIN = urllib3.Timeout(connect=2, read=5)


@dataclass(frozen=True, slots=True)
class Deployments:
    """The stacks that are being deployed."""

    client: CloudFormationClient

    @classmethod
    def here(cls) -> Deployments:
        """Makes the client, during INIT."""
        return cls(client_of("cloudformation", CLIENT_CONFIG))

    def is_rolled_back(self, stack_id: str) -> bool:
        """Whether its deployment has failed, and what there was before is being put back. Raises Unavailable."""
        return self._status(stack_id) == "UPDATE_ROLLBACK_IN_PROGRESS"

    def is_deleted(self, stack_id: str) -> bool:
        """Whether it is being deleted: what is rolled back or left over by a deployment is not. Raises Unavailable."""
        return self._status(stack_id) == "DELETE_IN_PROGRESS"

    def _status(self, stack_id: str) -> str:
        try:
            (stack,) = self.client.describe_stacks(StackName=stack_id)["Stacks"]
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(type(error).__name__) from error
        return stack["StackStatus"]


def answer(
    event: Mapping[str, Any], *, resource: str, refused: str | None = None, attributes: Mapping[str, str] | None = None
) -> None:
    """Tells CloudFormation the outcome for a custom resource: the reason if it is refused, else its attributes.

    `resource` is its physical id. Raises urllib3's HTTPError if CloudFormation cannot be told.
    """
    outcome: dict[str, Any] = {"Status": "FAILED", "Reason": refused[:_LONGEST_REASON]} if refused else {}
    body = {
        "Status": "SUCCESS",
        "PhysicalResourceId": resource,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(attributes or {}),
        **outcome,
    }
    # The address is signed for no content type at all.
    said = urllib3.request(
        "PUT",
        event["ResponseURL"],
        body=json.dumps(body).encode(),
        headers={"Content-Type": ""},
        timeout=_ANSWERED_WITHIN,
    )
    if said.status >= _FAILED:
        raise urllib3.exceptions.HTTPError(f"CloudFormation answered {said.status}")
