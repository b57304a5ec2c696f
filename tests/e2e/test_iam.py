"""What each function's role may not do, whatever its code says: tried with the role's own credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.emulator import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from infra.local.stack import Stack

RECORDS = ("Lookup", "Registration", "Review", "Shield", "Access", "Notices", "Feed")
OTHERS = ("Notify", "Deliver", "Directory", "Status", "Guard")
ROLES = (*RECORDS, *OTHERS)
COUNTS = ("Lookup", "Registration", "Review", "Shield", "Notices")
# Retention goes through the whole register, and no closure is set here.
AND_EXPIRY = pytest.mark.parametrize("as_role", [*ROLES, "Expiry"], indirect=True)
KEY = {"pk": {"S": "CHILD#nobody"}, "sk": {"S": "CHILD"}}


@pytest.fixture(params=ROLES)
def as_role(request: pytest.FixtureRequest, stack: Stack) -> DynamoDBClient:
    """DynamoDB with the credentials of one function."""
    role = stack.physical_ids()[f"{request.param}Role"]
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    assumed = session.client("sts", endpoint_url=stack.emulator.url).assume_role(
        RoleArn=f"arn:aws:iam::000000000000:role/{role}", RoleSessionName="test"
    )["Credentials"]
    return boto3.client(
        "dynamodb",
        endpoint_url=stack.emulator.url,
        region_name=REGION,
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
    )


def _refused(call: str, client: DynamoDBClient, **arguments: object) -> None:
    with pytest.raises(ClientError) as refusal:
        getattr(client, call)(**arguments)
    assert refusal.value.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied"}, call


@AND_EXPIRY
@pytest.mark.parametrize("table", ["RegisterName", "AccessLogName"])
def test_no_role_can_delete_from_the_register_or_the_access_log(
    as_role: DynamoDBClient, stack: Stack, table: str
) -> None:
    name = stack.outputs[table]
    _refused("delete_item", as_role, TableName=name, Key=KEY)
    _refused("delete_table", as_role, TableName=name)
    _refused("batch_write_item", as_role, RequestItems={name: [{"DeleteRequest": {"Key": KEY}}]})
    _refused("transact_write_items", as_role, TransactItems=[{"Delete": {"TableName": name, "Key": KEY}}])


@AND_EXPIRY
def test_no_role_can_change_an_access_record(as_role: DynamoDBClient, stack: Stack) -> None:
    _refused(
        "update_item",
        as_role,
        TableName=stack.outputs["AccessLogName"],
        Key=KEY,
        UpdateExpression="SET outcome = :nothing",
        ExpressionAttributeValues={":nothing": {"S": "no_match"}},
    )


def _attempt(role: str) -> dict[str, Any]:
    """An item that no reader of the log ever meets."""
    return {"pk": {"S": "ATTEMPT"}, "sk": {"S": role}}


@pytest.mark.parametrize("as_role", RECORDS, indirect=True)
def test_a_function_that_shows_something_can_add_to_the_access_log(
    as_role: DynamoDBClient, stack: Stack, request: pytest.FixtureRequest
) -> None:
    item = _attempt(request.node.callspec.params["as_role"])
    name = stack.outputs["AccessLogName"]
    as_role.put_item(TableName=name, Item=item, ConditionExpression="attribute_not_exists(pk)")
    with pytest.raises(as_role.exceptions.ConditionalCheckFailedException):
        as_role.put_item(TableName=name, Item=item, ConditionExpression="attribute_not_exists(pk)")


@pytest.mark.parametrize("as_role", [*OTHERS, "Expiry"], indirect=True)
def test_no_other_function_can_even_add_to_the_access_log(as_role: DynamoDBClient, stack: Stack) -> None:
    _refused("put_item", as_role, TableName=stack.outputs["AccessLogName"], Item=_attempt("nobody"))


@pytest.mark.parametrize("as_role", sorted({*ROLES, "Expiry"} - {"Access"}), indirect=True)
def test_nobody_but_the_access_function_can_read_the_access_log(as_role: DynamoDBClient, stack: Stack) -> None:
    name = stack.outputs["AccessLogName"]
    _refused("get_item", as_role, TableName=name, Key=KEY)
    _refused("scan", as_role, TableName=name)
    _refused(
        "query",
        as_role,
        TableName=name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "SEALS"}},
    )


@AND_EXPIRY
def test_how_often_was_asked_can_be_counted_and_neither_read_nor_forgotten(
    as_role: DynamoDBClient, stack: Stack, request: pytest.FixtureRequest
) -> None:
    name, key = stack.outputs["LimitsName"], {"pk": {"S": "LIMIT#attempt"}}
    for call in ("get_item", "delete_item"):
        _refused(call, as_role, TableName=name, Key=key)
    _refused("scan", as_role, TableName=name)
    _refused("put_item", as_role, TableName=name, Item=key)
    counting: dict[str, Any] = {
        "TableName": name,
        "Key": key,
        "UpdateExpression": "SET tat = :tat",
        "ExpressionAttributeValues": {":tat": {"N": "1"}},
    }
    if request.node.callspec.params["as_role"] in COUNTS:
        as_role.update_item(**counting)
    else:
        _refused("update_item", as_role, **counting)


def test_no_role_can_read_a_whole_table(as_role: DynamoDBClient, stack: Stack) -> None:
    for table in ("RegisterName", "DirectoryName"):
        _refused("scan", as_role, TableName=stack.outputs[table])
