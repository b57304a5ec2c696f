"""Applies what the emulator drops from the template, through the same APIs that AWS has.

It reads the built template, so that the template stays the only source of truth: nothing is named here that
is not written there. Each step says what it applied; none of it is needed on AWS.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import template
from infra.local.stack import STAGE, Stack

type Resource = dict[str, Any]
type Step = Callable[[Stack, str, Resource, Around], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Around:
    """What a resource may refer to within its own template."""

    conditions: Mapping[str, Any]
    names: Mapping[str, str]
    """Physical ids, and of the outermost template parameters, and attributes of the closure as `Closure.Sunset`."""


def apply(stack: Stack, built: Path) -> list[str]:
    """Bring the stack to what the template at `built` says; one line for each thing applied."""
    physical_ids = stack.physical_ids()
    conditions = template.load(built).get("Conditions", {})
    told = stack.parameters() | {
        f"Closure.{name.removeprefix('Closure')}": value
        for name, value in stack.outputs.items()
        if name.startswith("Closure")
    }
    applied: list[str] = []
    for logical_id, resource in template.resources(built).items():
        step = _STEPS.get(resource["Type"])
        # A resource whose condition is false is not there.
        if step is None or logical_id not in physical_ids:
            continue
        stack_of, _, _ = logical_id.rpartition("/")
        siblings = {
            other.removeprefix(f"{stack_of}/"): physical_id
            for other, physical_id in physical_ids.items()
            if other.rpartition("/")[0] == stack_of
        }
        around = Around({}, siblings) if stack_of else Around(conditions, told | siblings)
        done = list(step(stack, physical_ids[logical_id], resource["Properties"], around))
        applied += [f"{logical_id}: {what}" for what in done]
    return applied


def _table(stack: Stack, name: str, wanted: Resource, around: Around) -> Iterator[str]:
    now = stack.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    ttl = wanted.get("TimeToLiveSpecification")
    if ttl is not None and now["TimeToLiveStatus"] != "ENABLED":
        stack.dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
        yield f"items expire by {ttl['AttributeName']}"
    backups = wanted.get("PointInTimeRecoverySpecification")
    if backups is not None:
        stack.dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=backups)
        yield "point-in-time recovery"
    encryption = wanted.get("SSESpecification")
    if encryption is not None:
        key = _resolve(encryption["KMSMasterKeyId"], around.names)
        stack.dynamodb.update_table(
            TableName=name,
            SSESpecification={"Enabled": encryption["SSEEnabled"], "SSEType": "KMS", "KMSMasterKeyId": key},
        )
        yield "encryption with the stack's key"


def _bucket(stack: Stack, name: str, wanted: Resource, around: Around) -> Iterator[str]:
    if wanted.get("ObjectLockEnabled"):
        stack.s3.put_object_lock_configuration(
            Bucket=name,
            ObjectLockConfiguration=wanted.get("ObjectLockConfiguration", {"ObjectLockEnabled": "Enabled"}),
        )
        yield "object lock"
    rules = wanted.get("LifecycleConfiguration", {}).get("Rules")
    if rules:
        stack.s3.put_bucket_lifecycle_configuration(
            Bucket=name, LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in rules]}
        )
        yield f"{len(rules)} lifecycle rules"
    for rule in wanted.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", []):
        default = rule["ServerSideEncryptionByDefault"]
        key = {"KMSMasterKeyID": _resolve(id_, around.names)} if (id_ := default.get("KMSMasterKeyID")) else {}
        applied: Any = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": default["SSEAlgorithm"], **key},
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        stack.s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [applied]})
        yield "encryption with the stack's key" if key else "encryption"


def _lifecycle_rule(rule: Resource) -> Any:
    """The template's shape of a rule, in the API's."""
    said = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "ExpirationInDays" in rule:
        said["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "AbortIncompleteMultipartUpload" in rule:
        said["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return said


def _api(stack: Stack, api_id: str, wanted: Resource, around: Around) -> Iterator[str]:
    responses: Mapping[str, Resource] = wanted.get("GatewayResponses", {})
    if not responses:
        return
    for kind, response in responses.items():
        headers = template.resolved(response["ResponseParameters"]["Headers"], around.conditions, around.names)
        stack.apigateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,  # type: ignore[arg-type] # the template's words are the API's; a wrong one is refused
            statusCode=str(response["StatusCode"]),
            responseParameters={f"gatewayresponse.header.{name}": value for name, value in headers.items()},
            responseTemplates=response["ResponseTemplates"],
        )
    # They take effect with a deployment, as on AWS.
    stack.apigateway.create_deployment(restApiId=api_id, stageName=STAGE)
    yield f"{len(responses)} gateway responses"


def _resolve(value: Any, siblings: Mapping[str, str]) -> str:
    """A reference to a resource of the same stack, as its physical id; a KMS key's is as good as its ARN."""
    match value:
        case {"Ref": str(logical_id)}:
            return siblings[logical_id]
        case {"Fn::GetAtt": str(attribute)}:
            return siblings[attribute.partition(".")[0]]
        case {"Fn::GetAtt": [str(logical_id), *_]}:
            return siblings[logical_id]
        case _:
            return str(value)


_STEPS: Mapping[str, Step] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::Serverless::Api": _api,
}
