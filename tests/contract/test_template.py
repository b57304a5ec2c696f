"""The template and the code agree, in both directions."""

from __future__ import annotations

import importlib
import json
import re
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from pynamodb.attributes import TTLAttribute

from infra.local import template as templates
from shared.api.openapi import OPENS
from shared.api.operations.every import OPERATIONS
from shared.api.problems import MEDIA_TYPE, Problem
from shared.domain.directory import Capability
from shared.domain.limits import Allowances
from shared.domain.matching import Thresholds
from shared.domain.sealing import SETTLED
from shared.persistence import keys
from shared.persistence.models import AccessItem, DirectoryItem, LimitItem, RegisterItem
from shared.runtime.config import Config
from shared.runtime.config.limits import LimitedConfig
from shared.runtime.config.matching import MatchingConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pynamodb.models import Model

FUNCTIONS = (
    "lookup",
    "registration",
    "review",
    "shield",
    "access",
    "notify",
    "notices",
    "deliver",
    "feed",
    "directory",
    "status",
    "expiry",
    "guard",
    "replay",
)
ROOT = Path(__file__).parents[2]


def config_of(name: str) -> type[Config]:
    """What a function is told, as its code asks for it."""
    found: type[Config] = getattr(
        importlib.import_module(f"shared.runtime.config.{name}"), f"{name.capitalize()}Config"
    )
    return found


# Read by Powertools itself.
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}

MODELS: dict[str, type[Model]] = {"Register": RegisterItem, "AccessLog": AccessItem, "Directory": DirectoryItem}

REGISTER_WRITES = {
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
STREAM = {f"dynamodb:{call}" for call in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
QUEUES = ("FailedFeeds", "UnreadChanges", "NoticesToDeliver", "UndeliveredNotices")

# What each function's code calls, by what it calls it on. A call that is added or dropped changes this too.
ACTIONS: dict[str, dict[str, set[str]]] = {
    "lookup": {
        "Storage.Outputs.RegisterArn": {"dynamodb:BatchGetItem", "dynamodb:Query"},
        "Storage.Outputs.AccessLogArn": {"dynamodb:PutItem"},
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query"},
        "Storage.Outputs.LimitsArn": {"dynamodb:UpdateItem"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "LookupLog.Arn": LOGS,
    },
    "registration": {
        "Storage.Outputs.RegisterArn": REGISTER_WRITES,
        "Storage.Outputs.AccessLogArn": {"dynamodb:PutItem"},
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query"},
        "Storage.Outputs.LimitsArn": {"dynamodb:UpdateItem"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "RegistrationLog.Arn": LOGS,
    },
    "review": {
        "Storage.Outputs.RegisterArn": REGISTER_WRITES,
        "Storage.Outputs.AccessLogArn": {"dynamodb:PutItem"},
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query"},
        "Storage.Outputs.LimitsArn": {"dynamodb:UpdateItem"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "ReviewLog.Arn": LOGS,
    },
    "shield": {
        "Storage.Outputs.RegisterArn": REGISTER_WRITES,
        "Storage.Outputs.AccessLogArn": {"dynamodb:PutItem"},
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query"},
        "Storage.Outputs.LimitsArn": {"dynamodb:UpdateItem"},
        "Closing.Outputs.EventBusArn": {"events:PutEvents"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "ShieldLog.Arn": LOGS,
    },
    "access": {
        "Storage.Outputs.RegisterArn": {"dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        "Storage.Outputs.AccessLogArn": {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan"},
        "${Storage.Outputs.AccessLogArn}/index/by-child": {"dynamodb:Query"},
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query", "dynamodb:UpdateItem"},
        "Closing.Outputs.SealingKeyArn": {"kms:GetPublicKey", "kms:Sign", "kms:Verify"},
        "${Closing.Outputs.CertificateBucketArn}/seals/*": {
            "s3:GetObjectVersion",
            "s3:PutObject",
            "s3:PutObjectRetention",
        },
        "Closing.Outputs.CertificateBucketArn": {"s3:ListBucketVersions"},
        "*": {"cloudwatch:PutMetricData"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "AccessLog.Arn": LOGS,
    },
    "notify": {
        "Storage.Outputs.RegisterArn": {
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        },
        "Storage.Outputs.RegisterStreamArn": STREAM,
        "Storage.Outputs.AccessLogStreamArn": STREAM,
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query"},
        "Closing.Outputs.EventBusArn": {"events:PutEvents"},
        "UnreadChanges.Arn": {"sqs:SendMessage"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "NotifyLog.Arn": LOGS,
    },
    "notices": {
        "Storage.Outputs.RegisterArn": {
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        },
        "Storage.Outputs.AccessLogArn": {"dynamodb:PutItem"},
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query", "dynamodb:UpdateItem"},
        "Storage.Outputs.LimitsArn": {"dynamodb:UpdateItem"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "NoticesLog.Arn": LOGS,
    },
    "deliver": {
        "NoticesToDeliver.Arn": {
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
        },
        "UndeliveredNotices.Arn": {"sqs:SendMessage"},
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "DeliverLog.Arn": LOGS,
    },
    "feed": {
        "Storage.Outputs.RegisterArn": REGISTER_WRITES,
        "Storage.Outputs.AccessLogArn": {"dynamodb:PutItem"},
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query", "dynamodb:UpdateItem"},
        "Storage.Outputs.FeedBucketArn": {"s3:ListBucket"},
        "${Storage.Outputs.FeedBucketArn}/feeds/*": {"s3:DeleteObject", "s3:GetObject"},
        "${Storage.Outputs.FeedBucketArn}/receipts/*": {"s3:PutObject"},
        "FailedFeeds.Arn": {"sqs:SendMessage"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt", "kms:GenerateDataKey"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "FeedLog.Arn": LOGS,
    },
    "directory": {
        "Storage.Outputs.DirectoryArn": {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        "Identity.Outputs.UserPoolArn": {"cognito-idp:CreateUserPoolClient", "cognito-idp:DeleteUserPoolClient"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "DirectoryLog.Arn": LOGS,
    },
    "status": {
        "Storage.Outputs.DirectoryArn": {"dynamodb:Query"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "${Closing.Outputs.CertificateBucketArn}/*": {"s3:GetObjectVersion"},
        "StatusLog.Arn": LOGS,
    },
    # What destroys is in a policy of its own: see test_closing_template.py.
    "expiry": {
        "Storage.Outputs.RegisterArn": REGISTER_WRITES
        | {
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeKinesisStreamingDestination",
            "dynamodb:DescribeTable",
            "dynamodb:Scan",
        },
        "Storage.Outputs.DirectoryArn": {
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        },
        "*": {
            "backup:ListRecoveryPointsByResource",
            "cloudwatch:PutMetricData",
            "dynamodb:ListBackups",
            "dynamodb:ListExports",
            "logs:DescribeLogGroups",
        },
        "Storage.Outputs.FeedBucketArn": {"s3:ListBucketMultipartUploads", "s3:ListBucketVersions"},
        **{f"{queue}.Arn": {"sqs:GetQueueAttributes"} for queue in QUEUES},
        "Identity.Outputs.UserPoolArn": {"cognito-idp:ListUserPoolClients", "cognito-idp:ListUsers"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"},
        "Storage.Outputs.KeyArn": {"kms:Decrypt", "kms:DescribeKey"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "Closing.Outputs.EventBusArn": {"events:PutEvents"},
        "ExpiryLog.Arn": LOGS,
    },
    "guard": {
        "Storage.Outputs.DirectoryArn": {"dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"},
        "Storage.Outputs.RecordsKeyArn": {"kms:Decrypt"},
        "AWS::StackId": {"cloudformation:DescribeStacks"},
        "GuardLog.Arn": LOGS,
    },
    # It reads nothing of the register: it moves messages, and asks others.
    "replay": {
        **{
            f"{queue}.Arn": {
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            }
            for queue in ("FailedFeeds", "UnreadChanges", "UndeliveredNotices")
        },
        "NoticesToDeliver.Arn": {"sqs:SendMessage"},
        "FeedFunction.Arn": {"lambda:InvokeFunction"},
        "NotifyFunction.Arn": {"lambda:InvokeFunction"},
        "ReplayLog.Arn": LOGS,
    },
}

type Resources = dict[str, dict[str, Any]]


def function_of(resources: Resources, name: str) -> dict[str, Any]:
    return dict(resources[f"{name.capitalize()}Function"]["Properties"])


def environment_of(resources: Resources, name: str) -> dict[str, Any]:
    own = function_of(resources, name)["Environment"]["Variables"]
    everywhere = templates.load(templates.SOURCE)["Globals"]["Function"]["Environment"]["Variables"]
    return {**everywhere, **own}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for statement in document["Statement"]:
        yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def role_statements(resources: Resources, name: str) -> list[dict[str, Any]]:
    policies = resources[f"{name.capitalize()}Role"]["Properties"]["Policies"]
    return [statement for policy in policies for statement in statements(policy["PolicyDocument"])]


def resource_name(value: Any) -> str:
    if isinstance(value, str):
        return value
    ((_, name),) = value.items()
    return str(name)


def defaults(resources: Resources, name: str) -> dict[str, str]:
    """What a function is told by parameters that are left as they are, by the environment variable."""
    parameters = templates.load(templates.SOURCE)["Parameters"]
    return {
        variable: str(parameters[value["Ref"]]["Default"])
        for variable, value in environment_of(resources, name).items()
        if isinstance(value, dict) and value.get("Ref") in parameters
    }


def test_every_function_of_the_template_is_one_the_tests_know(resources: Resources) -> None:
    found = {id_ for id_, resource in resources.items() if resource["Type"] == "AWS::Serverless::Function"}
    assert found == {f"{name.capitalize()}Function" for name in FUNCTIONS}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_handler_named_in_the_template_is_there_and_can_be_called(
    resources: Resources, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module_name, _, attribute = function_of(resources, name)["Handler"].rpartition(".")
    assert (module_name, attribute) == (f"functions.{name}.handler", "handler")
    monkeypatch.delitem(sys.modules, module_name, raising=False)
    with mock_aws():
        for variable, value in {
            "AWS_DEFAULT_REGION": "eu-west-2",
            **dict.fromkeys(environment_of(resources, name), "1"),
            **defaults(resources, name),
        }.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("ANNOUNCED_AT", "")
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "INFO")
        secret = boto3.client("secretsmanager", region_name="eu-west-2").create_secret(
            Name="hashing", SecretString="s" * 64
        )
        monkeypatch.setenv("HASHING_SECRET_ID", secret["ARN"])
        assert callable(importlib.import_module(module_name).handler)
    del sys.modules[module_name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_told_exactly_what_it_asks_for(resources: Resources, name: str) -> None:
    assert set(environment_of(resources, name)) - POWERTOOLS == config_of(name).variables()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_under_its_own_name(resources: Resources, name: str) -> None:
    environment, function = environment_of(resources, name), function_of(resources, name)
    assert environment["POWERTOOLS_SERVICE_NAME"] == name
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": f"{name.capitalize()}Log"}


def test_every_log_is_kept_for_a_stated_time(resources: Resources) -> None:
    logs = [resource for resource in resources.values() if resource["Type"] == "AWS::Logs::LogGroup"]
    assert len(logs) == len(FUNCTIONS) + 1  # and the gateway's own
    assert all(log["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"} for log in logs)


def test_the_template_has_the_routes_and_scopes_of_the_code(resources: Resources) -> None:
    routes = {
        (event["Properties"]["Method"], event["Properties"]["Path"]): event["Properties"]["Auth"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    }
    expected = {
        (operation.method, operation.path): {"Authorizer": "Clients", "AuthorizationScopes": [operation.scope]}
        if operation.scope
        else {"Authorizer": "NONE"}
        for operation in OPERATIONS
    }
    assert routes == expected


def test_a_route_that_says_nothing_of_authorisation_is_closed(resources: Resources) -> None:
    assert resources["Api"]["Properties"]["Auth"]["DefaultAuthorizer"] == "Clients"


def test_the_scopes_of_the_routes_are_those_that_clients_can_be_given(resources: Resources) -> None:
    server = resources["Identity/Scopes"]["Properties"]
    given = {f"{server['Identifier']}/{scope['ScopeName']}" for scope in server["Scopes"]}
    # Of a broker, too, which opens no route of its own: more is told by a lookup.
    assert given == {f"signpost/{capability}" for capability in Capability}
    assert {operation.scope for operation in OPERATIONS if operation.scope} == given - {"signpost/broker"}
    described = {f"signpost/{scope['ScopeName']}": scope["ScopeDescription"] for scope in server["Scopes"]}
    assert described == {f"signpost/{capability}": told for capability, told in OPENS.items()}


def test_what_the_gateway_answers_by_itself_is_problem_details(resources: Resources) -> None:
    for kind, response in resources["Api"]["Properties"]["GatewayResponses"].items():
        problem = Problem.model_validate(json.loads(response["ResponseTemplates"]["application/json"]))
        assert str(problem.status) == response["StatusCode"], kind
        assert problem.request_id == "$context.requestId", kind
        assert response["ResponseParameters"]["Headers"]["Content-Type"] == f"'{MEDIA_TYPE}'", kind


def test_the_access_log_of_the_api_holds_no_path_query_body_or_address(resources: Resources) -> None:
    line: str = resources["Api"]["Properties"]["AccessLogSetting"]["Format"]
    assert json.loads(line)["route"] == "$context.httpMethod $context.resourcePath"
    for private in ("$context.path", "querystring", "identity", "body", "header"):
        assert private not in line


@pytest.mark.parametrize("table", MODELS)
def test_a_table_has_the_keys_and_indexes_of_its_model(resources: Resources, table: str) -> None:
    properties, model = resources[f"Storage/{table}"]["Properties"], MODELS[table]
    assert keys_of(properties["KeySchema"]) == keys_of_attributes(model.get_attributes())
    indexes = {
        index["IndexName"]: (keys_of(index["KeySchema"]), index["Projection"])
        for index in properties.get("GlobalSecondaryIndexes", [])
    }
    schemas = [index._get_schema() for index in model._indexes.values()]  # noqa: SLF001  # PynamoDB has no public way
    modelled = {schema["index_name"]: (keys_of(schema["key_schema"]), schema["projection"]) for schema in schemas}
    assert indexes == modelled


@pytest.mark.parametrize("table", MODELS)
def test_a_table_expires_its_items_by_the_attribute_that_its_model_stamps(resources: Resources, table: str) -> None:
    attributes = MODELS[table].get_attributes().values()
    stamped = [attribute.attr_name for attribute in attributes if isinstance(attribute, TTLAttribute)]
    said = resources[f"Storage/{table}"]["Properties"].get("TimeToLiveSpecification")
    assert ([said["AttributeName"]] if said else []) == stamped
    assert said is None or said["Enabled"]


@pytest.mark.parametrize("table", MODELS)
def test_a_table_is_encrypted_recoverable_and_protected(resources: Resources, table: str) -> None:
    properties = resources[f"Storage/{table}"]["Properties"]
    # The Register's key is destroyed with it; what outlives it must stay readable.
    key = "Key.Arn" if table == "Register" else "RecordsKey.Arn"
    assert properties["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": key}
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_what_counts_questions_is_hashed_short_lived_and_goes_with_the_stack(resources: Resources) -> None:
    """Unlike the other tables it holds nothing that anybody would want back."""
    table, attributes = resources["Storage/Limits"], LimitItem.get_attributes().values()
    properties = table["Properties"]
    (pk,) = [attribute.attr_name for attribute in attributes if attribute.is_hash_key]
    (stamped,) = [attribute.attr_name for attribute in attributes if isinstance(attribute, TTLAttribute)]
    assert keys_of(properties["KeySchema"]) == {"HASH": pk}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": stamped, "Enabled": True}
    assert properties["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": "RecordsKey.Arn"}
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Delete"
    for kept in ("PointInTimeRecoverySpecification", "StreamSpecification", "DeletionProtectionEnabled"):
        assert kept not in properties


def test_no_function_but_that_of_access_reads_the_access_log_and_none_changes_it(resources: Resources) -> None:
    for name in FUNCTIONS:
        allowed = {
            action
            for statement in role_statements(resources, name)
            for resource in listed(statement["Resource"])
            if "AccessLogArn" in resource_name(resource)
            for action in listed(statement["Action"])
        }
        reads = {"dynamodb:Query", "dynamodb:Scan"} if name == "access" else set[str]()
        assert allowed <= {"dynamodb:PutItem"} | reads, name
        assert (
            not allowed
            or {"Ref": "RecordsAreKept"} in resources[f"{name.capitalize()}Role"]["Properties"]["ManagedPolicyArns"]
        )


def test_who_has_looked_is_read_from_the_stream_by_the_function_that_makes_notices_alone(resources: Resources) -> None:
    """It sees what is added, never what was there before, and the stream forgets within a day."""
    assert resources["Storage/AccessLog"]["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    readers = {
        name
        for name in FUNCTIONS
        for statement in role_statements(resources, name)
        if "dynamodb:GetRecords" in listed(statement["Action"])
    }
    assert readers == {"notify"}


def leading_keys(resources: Resources, name: str, table: str) -> dict[str, list[str]]:
    """Which partitions of a table a function may write, by the action; all of them if it does not say."""
    return {
        action: next(iter(statement.get("Condition", {"": {"": ["*"]}}).values())).get("dynamodb:LeadingKeys", ["*"])
        for statement in role_statements(resources, name)
        if listed(statement["Resource"]) == [{"Fn::GetAtt": f"Storage.Outputs.{table}Arn"}]
        for action in listed(statement["Action"])
        if action in {"dynamodb:PutItem", "dynamodb:UpdateItem"}
    }


def test_what_makes_notices_writes_notices_and_nothing_else_of_the_register(resources: Resources) -> None:
    own = [keys.notice("*"), keys.notices("*")]
    assert leading_keys(resources, "notify", "Register") == {"dynamodb:PutItem": own, "dynamodb:UpdateItem": own}


def test_what_shows_notices_acknowledges_them_and_keeps_watches_and_writes_nothing_else(resources: Resources) -> None:
    notices, watches = keys.notices("*"), keys.watches("*")
    assert leading_keys(resources, "notices", "Register") == {
        "dynamodb:PutItem": [watches],
        "dynamodb:UpdateItem": [notices, watches],
    }
    assert leading_keys(resources, "notices", "Directory") == {"dynamodb:UpdateItem": [keys.DEPENDENTS]}


def test_what_seals_notes_in_the_directory_who_has_called_and_nothing_else(resources: Resources) -> None:
    assert leading_keys(resources, "access", "Directory") == {"dynamodb:UpdateItem": [keys.CALLERS]}


def test_only_the_access_function_seals_and_no_other_key_is_its_to_use(resources: Resources) -> None:
    may_sign = {
        name
        for name in FUNCTIONS
        for statement in role_statements(resources, name)
        if "kms:Sign" in listed(statement["Action"])
    }
    assert may_sign == {"access"}


def test_the_access_log_is_sealed_every_hour_once_the_hour_before_has_settled(resources: Resources) -> None:
    access = function_of(resources, "access")
    schedule = access["Events"]["Seal"]["Properties"]
    assert schedule["Schedule"] == f"cron({SETTLED // timedelta(minutes=1)} * * * ? *)"
    assert json.loads(schedule["Input"]) == {"action": "seal"}
    assert schedule["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert access["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_an_hour_that_is_not_sealed_rings_and_so_does_silence(resources: Resources) -> None:
    fails, late = (resources[f"Observability/{name}"] for name in ("SealingFails", "SealingIsLate"))
    told = resources["Observability"]["Properties"]["Parameters"]
    for alarm, metric in (
        (fails, ("AWS/Lambda", "Errors")),
        (late, ({"Fn::Sub": "Signpost/${Environment}"}, "seal_age")),
    ):
        said = alarm["Properties"]
        assert "Condition" not in alarm
        assert (said["Namespace"], said["MetricName"]) == metric
        assert said["ComparisonOperator"] == "GreaterThanThreshold"
        assert (said["Period"], said["EvaluationPeriods"]) == (3600, 2)
        assert said["AlarmActions"] == [{"Ref": "Operators"}]
    assert fails["Properties"]["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "AccessFunctionName"}}]
    assert told["AccessFunctionName"] == {"Ref": "AccessFunction"}
    assert fails["Properties"]["TreatMissingData"] == "notBreaching"
    assert "Dimensions" not in late["Properties"]
    assert (late["Properties"]["Statistic"], late["Properties"]["Threshold"]) == ("Maximum", 1)  # hours
    assert late["Properties"]["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_role_allows_exactly_what_its_function_calls(resources: Resources, name: str) -> None:
    allowed: dict[str, set[str]] = {}
    for statement in role_statements(resources, name):
        assert statement["Effect"] == "Allow"
        for resource in listed(statement["Resource"]):
            allowed.setdefault(resource_name(resource), set()).update(listed(statement["Action"]))
    assert allowed == ACTIONS[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_key_opens_only_through_the_services_that_hold_the_data(resources: Resources, name: str) -> None:
    for statement in role_statements(resources, name):
        if {"kms:Decrypt", "kms:GenerateDataKey"} & set(listed(statement["Action"])):
            assert list(statement["Condition"]) == ["StringEquals"]
            assert list(statement["Condition"]["StringEquals"]) == ["kms:ViaService"]


def test_no_role_has_a_wildcard_among_its_actions(resources: Resources) -> None:
    for name in FUNCTIONS:
        for statement in role_statements(resources, name):
            assert not [action for action in listed(statement["Action"]) if "*" in action]
            assert "NotAction" not in statement
            assert "NotResource" not in statement


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_role_of_its_name(resources: Resources, name: str) -> None:
    assert function_of(resources, name)["Role"] == {"Fn::GetAtt": f"{name.capitalize()}Role.Arn"}


def test_the_feed_bucket_is_private_encrypted_and_keeps_no_old_versions(resources: Resources) -> None:
    bucket = resources["Storage/FeedBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Fn::GetAtt": "Key.Arn"}
    assert "VersioningConfiguration" not in bucket
    (refusal,) = resources["Storage/FeedBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (refusal["Effect"], refusal["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_a_drop_that_fails_is_tried_again_and_then_kept(resources: Resources) -> None:
    feed = function_of(resources, "feed")
    assert feed["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": "FailedFeeds.Arn"
    }
    assert feed["Events"]["Dropped"]["Properties"]["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": "FailedFeeds.Arn"}}
    assert resources["FailedFeeds"]["Properties"]["SqsManagedSseEnabled"] is True


def test_the_thresholds_of_the_template_are_those_of_the_rules(resources: Resources) -> None:
    told = defaults(resources, "lookup")
    unused = dict.fromkeys(MatchingConfig.variables() - set(told), "")
    assert MatchingConfig.from_environment(unused | told).thresholds == Thresholds()


@pytest.mark.parametrize("name", ["lookup", "registration", "review", "shield", "notices"])
def test_the_limits_of_the_template_are_questions_of_people(resources: Resources, name: str) -> None:
    told = defaults(resources, name)
    unused = dict.fromkeys(LimitedConfig.variables() - set(told), "")
    assert LimitedConfig.from_environment(unused | told).allowances == Allowances.configured(
        practitioner_an_hour=60, practitioner_burst=20, client_a_minute=600, nothing_found_costs=3
    )


def test_no_deployment_can_set_limits_that_make_no_sense() -> None:
    parameters = templates.load(templates.SOURCE)["Parameters"]
    names = ("PractitionerQuestionsAnHour", "PractitionerBurst", "ClientQuestionsAMinute", "NothingFoundCosts")
    lowest, highest = ([parameters[name][bound] for name in names] for bound in ("MinValue", "MaxValue"))
    for an_hour, burst, a_minute, costs in (lowest, highest):
        allowances = Allowances.configured(
            practitioner_an_hour=an_hour, practitioner_burst=burst, client_a_minute=a_minute, nothing_found_costs=costs
        )
        assert (allowances.practitioner.size, allowances.nothing_found_costs) == (burst, costs)


def test_no_deployment_can_put_the_thresholds_in_an_order_that_makes_no_sense() -> None:
    parameters = templates.load(templates.SOURCE)["Parameters"]
    low, potential, match = (parameters[f"{name}Threshold"] for name in ("Low", "Potential", "Match"))
    assert low["MinValue"] > 0
    assert low["MaxValue"] <= potential["MinValue"]
    assert potential["MaxValue"] <= match["MinValue"]
    assert match["MaxValue"] < 1
    assert parameters["ExpectedChildren"]["MinValue"] >= 1


def test_interrupted_joins_go_on_every_five_minutes_and_are_not_asked_for_twice(resources: Resources) -> None:
    review = function_of(resources, "review")
    schedule = review["Events"]["GoOn"]["Properties"]
    assert schedule["Schedule"] == "rate(5 minutes)"
    assert json.loads(schedule["Input"]) == {"action": "go-on"}
    # The next call does what this one left undone, so neither the bus nor Lambda tries again.
    assert schedule["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert review["EventInvokeConfig"]["MaximumRetryAttempts"] == 0
    assert resources["Observability/JoinsAreNotFinished"]["Properties"]["MetricName"] == "Errors"


def references(node: Any) -> Iterator[str]:
    """Every name that a Ref or a Sub of the template mentions."""
    match node:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from (part.partition("}")[0] for part in text.split("${")[1:])
        case dict():
            for value in node.values():
                yield from references(value)
        case list():
            for value in node:
                yield from references(value)
        case _:
            pass


@pytest.mark.parametrize(
    "path", [templates.SOURCE, *(path for _, path in templates.nested(templates.SOURCE))], ids=lambda path: path.name
)
def test_every_parameter_of_a_template_is_used(path: Path) -> None:
    template = templates.load(path)
    used = set(references([template["Resources"], template.get("Conditions", {}), template.get("Globals", {})]))
    assert set(template["Parameters"]) <= used


def test_a_nested_stack_is_given_exactly_the_parameters_it_declares(resources: Resources) -> None:
    for logical_id, path in templates.nested(templates.SOURCE):
        assert set(resources[logical_id]["Properties"]["Parameters"]) == set(templates.load(path)["Parameters"])


def test_every_output_of_a_nested_stack_that_is_asked_for_is_there() -> None:
    text = templates.SOURCE.read_text()
    for logical_id, path in templates.nested(templates.SOURCE):
        asked = set(re.findall(rf"\b{logical_id}\.Outputs\.(\w+)", text))
        assert asked <= set(templates.load(path).get("Outputs", {})), logical_id


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_each_environment_builds_and_deploys_with_the_same_parameters(environment: str) -> None:
    section = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]
    overrides = dict(one.split("=", 1) for one in section["global"]["parameters"]["parameter_overrides"])
    parameters = templates.load(templates.SOURCE)["Parameters"]
    # A layer built for one processor and deployed for another fails at its first import.
    assert "parameter_overrides" not in section["deploy"]["parameters"]
    assert overrides["Environment"] == environment
    assert overrides["Architecture"] in parameters["Architecture"]["AllowedValues"]
    assert set(overrides) <= set(parameters)


def test_nothing_is_kept_in_a_log_longer_than_the_destruction_window() -> None:
    assert max(templates.load(templates.SOURCE)["Parameters"]["LogRetentionDays"]["AllowedValues"]) <= 60


def keys_of(schema: list[dict[str, str]]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def keys_of_attributes(attributes: dict[str, Any]) -> dict[str, str]:
    (hash_key,) = [attribute.attr_name for attribute in attributes.values() if attribute.is_hash_key]
    (range_key,) = [attribute.attr_name for attribute in attributes.values() if attribute.is_range_key]
    return {"HASH": hash_key, "RANGE": range_key}
