"""A function behind the emulator's API Gateway that does one query and nothing else: what a lookup is measured beside."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from infra.local import emulator as emulators
from infra.local.closing import wait_until
from infra.local.stack import STAGE

if TYPE_CHECKING:
    from infra.local.stack import Stack

BARE = "bare"
"""The function, and its route."""
_SOURCE = """
import json, os
import boto3

client = boto3.client("dynamodb")

def handler(event, context):
    found = client.query(
        TableName=os.environ["TABLE"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": os.environ["PARTITION"]}},
        ConsistentRead=True,
    )
    print(json.dumps({"items": found["Count"]}))
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(found["Items"])}
"""


def deployed(stack: Stack, partition: str) -> str:
    """The URL of an API, whose `POST /bare` answers with the items of this partition of the Register."""
    _deploy(stack, partition)
    return f"{stack.emulator.url}/_aws/execute-api/{_expose(stack)}/{STAGE}"


def _deploy(stack: Stack, partition: str) -> None:
    """With all that the lookup function has but its code: role, layer, memory."""
    like = stack.functions.get_function_configuration(FunctionName=stack.function_name("lookup"))
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("bare.py", _SOURCE)
    stack.functions.create_function(
        FunctionName=BARE,
        Runtime="python3.13",
        Handler="bare.handler",
        Role=like["Role"],
        Code={"ZipFile": zipped.getvalue()},
        MemorySize=like["MemorySize"],
        Timeout=10,
        Layers=[layer["Arn"] for layer in like.get("Layers", [])],
        Environment={"Variables": {"TABLE": stack.outputs["RegisterName"], "PARTITION": partition}},
    )
    wait_until(
        lambda: stack.functions.get_function_configuration(FunctionName=BARE).get("State") == "Active",
        "the bare function is there",
        within=30,
    )


def _expose(stack: Stack) -> str:
    """`POST /bare` behind an API of its own that asks for the same token; the id of the API."""
    gateway = stack.apigateway
    api = gateway.create_rest_api(name=BARE)["id"]
    (root,) = (resource["id"] for resource in gateway.get_resources(restApiId=api)["items"] if resource["path"] == "/")
    resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=BARE)["id"]
    pool = stack.cognito.describe_user_pool(UserPoolId=stack.user_pool_id)["UserPool"]["Arn"]
    authorizer = gateway.create_authorizer(
        restApiId=api,
        name="Clients",
        type="COGNITO_USER_POOLS",
        providerARNs=[pool],
        identitySource="method.request.header.Authorization",
    )["id"]
    gateway.put_method(
        restApiId=api,
        resourceId=resource,
        httpMethod="POST",
        authorizationType="COGNITO_USER_POOLS",
        authorizerId=authorizer,
        authorizationScopes=["signpost/lookup"],
    )
    arn = stack.functions.get_function_configuration(FunctionName=BARE)["FunctionArn"]
    gateway.put_integration(
        restApiId=api,
        resourceId=resource,
        httpMethod="POST",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{emulators.REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
    )
    gateway.create_deployment(restApiId=api, stageName=STAGE)
    return api
