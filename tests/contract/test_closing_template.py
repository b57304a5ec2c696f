"""What the template says of a closure: the guard before everything, the locks, and who may destroy."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from infra.local import template as templates
from shared.domain.acceptance import CONFIRMATION, WAY_OUT
from shared.domain.lifecycle import Lifecycle
from shared.domain.quiet import GoneQuiet
from shared.domain.retention import Retention
from shared.domain.targeting import Targeting
from shared.persistence import keys
from shared.runtime.config.expiry import ExpiryConfig
from shared.runtime.metrics import Measure
from shared.runtime.places.queues import Queue
from shared.services.certify import CERTIFICATE, PAGE, PUBLIC_KEY, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator

type Resources = dict[str, dict[str, Any]]

WORK_WITH_THE_REGISTER = (
    *("Lookup", "Registration", "Review", "Shield", "Access", "Notify", "Notices", "Deliver"),
    "Feed",
)
OTHERS = ("Directory", "Replay", "Status")
OPEN_THE_SECRET = (*WORK_WITH_THE_REGISTER, "Directory")
QUEUES = ("FailedFeeds", "UnreadChanges", "NoticesToDeliver", "UndeliveredNotices")
OF_A_CLOSURE = {"ClosesAt", "SuccessorUrl", "DestructionWindow", "DestructionStartsAfter", "CredentialsReturnBy"}
DELETES_ITEMS = {f"dynamodb:{call}" for call in ("BatchWriteItem", "DeleteItem", "PartiQLDelete")} | {
    f"dynamodb:{call}"
    for call in ("PartiQLInsert", "PartiQLUpdate")  # in place of what is there
}
CHANGES_TABLES = {
    f"dynamodb:{call}" for call in ("DeleteTable", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive")
}
DELETES_BACKUPS = {"backup:DeleteRecoveryPoint", "dynamodb:DeleteBackup"}
DELETES_KEYS = {"kms:DisableKey", "kms:ScheduleKeyDeletion"}
STANDS_LAST = "Custom::DeletionGuard"
ITEMS_A_SECOND = 750
"""What the plan counts on (shared/domain/plan.py)."""
CLOSES_AT = {"aws:CurrentTime": {"Fn::GetAtt": "Closure.ClosesAtUtc"}}
NO_VALUE = {"Ref": "AWS::NoValue"}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(resources: Resources, policy: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resources[policy]["Properties"]["PolicyDocument"]["Statement"]
    return found


def resource_name(value: Any) -> str:
    match value:
        case {"Fn::If": [_, elsewhere, _]}:
            return resource_name(elsewhere)
        case {"Fn::GetAtt": str(name)} | {"Fn::Sub": str(name)}:
            return name
        case _:
            return str(value)


def by_resource(resources: Resources, policy: str, effect: str) -> dict[str, set[str]]:
    """Actions by what they are taken on."""
    found: dict[str, set[str]] = {}
    for statement in statements(resources, policy):
        assert statement["Effect"] == effect
        for resource in listed(statement["Resource"]):
            found.setdefault(resource_name(resource), set()).update(listed(statement["Action"]))
    return found


def said(node: Any) -> Iterator[str]:
    """Every text in a node: keys, names and values."""
    match node:
        case dict():
            yield from chain(node, *map(said, node.values()))
        case list():
            yield from chain(*map(said, node))
        case _:
            yield str(node)


# ---------------------------------------------------------------- the guard comes first


def depends_on_the_guard(resource: dict[str, Any]) -> bool:
    """Whether it waits for the guard, whatever the parameters are: what is named under an If may not be there."""

    def named(node: Any) -> Iterator[str]:
        match node:
            case {"Fn::If": _}:
                pass
            case {"Fn::GetAtt": str(attribute)}:
                yield attribute.partition(".")[0]
            case dict():
                yield from chain(*map(named, node.values()))
            case list():
                yield from chain(*map(named, node))
            case _:
                pass

    return "Closure" in listed(resource.get("DependsOn", [])) or "Closure" in set(named(resource["Properties"]))


@pytest.fixture
def own(resources: Resources) -> Resources:
    """The resources of the outermost template."""
    return {name: resource for name, resource in resources.items() if "/" not in name}


def test_every_function_but_the_guard_itself_waits_for_its_answer(own: Resources) -> None:
    functions = {name: one for name, one in own.items() if one["Type"] == "AWS::Serverless::Function"}
    waiting = {name for name, function in functions.items() if depends_on_the_guard(function)}
    assert waiting == set(functions) - {"GuardFunction"}


def test_what_destroys_the_register_is_deleted_only_after_the_guard_has_been_asked(own: Resources) -> None:
    last = own["Deletion"]
    assert last["Type"] == STANDS_LAST
    assert last["Properties"]["ServiceToken"] == own["Closure"]["Properties"]["ServiceToken"]
    # A function waits for its role, that for its policies; the schedule and its permission are made of the event's name.
    assert {*last["DependsOn"]} >= {"ExpiryFunction", "ExpiryFunctionTick", "ExpiryFunctionTickPermission"}
    assert [*own["ExpiryFunction"]["Properties"]["Events"]] == ["Tick"]
    assert WAY_OUT.split("--retain-resources ")[1].startswith("Deletion,")


def test_the_register_is_emptied_no_slower_than_its_plan_counts_on() -> None:
    rate = templates.load(templates.SOURCE)["Parameters"]["DestructionRate"]
    assert rate["MinValue"] >= ITEMS_A_SECOND


def test_all_that_a_closure_changes_waits_for_the_guard(own: Resources) -> None:
    mentions = {
        name
        for name, resource in own.items()
        if {"HasClosure", *OF_A_CLOSURE} & set(said(resource)) or any("Closure." in text for text in said(resource))
    } - {"Closure"}
    # The API waits for its functions, whose names stand in its body.
    assert {name for name in mentions if not depends_on_the_guard(own[name])} == {"Api"}
    assert {f"{name}Role" for name in (*OPEN_THE_SECRET, "Expiry")} <= mentions


def test_the_guard_itself_depends_on_nothing_that_a_closure_changes(own: Resources) -> None:
    for name in ("GuardFunction", "GuardRole", "GuardLog", "NothingIsDeleted", "RecordsAreKept"):
        assert "DependsOn" not in own[name]
        assert not ({"HasClosure", *OF_A_CLOSURE} & set(said(own[name])))


def test_the_guard_is_told_every_parameter_that_it_decides_on(own: Resources) -> None:
    told = own["Closure"]["Properties"]
    parameters = {
        *named(Lifecycle().parameters()),
        *named(Retention().parameters()),
        *named(Targeting().parameters()),
        "GoneQuietAfter",
        CONFIRMATION,
    }
    assert {name for name, value in told.items() if value == {"Ref": name}} == parameters
    assert set(told) - parameters == {"ServiceToken", "ServiceTimeout", "StatusPath"}
    assert told["StatusPath"] == f"/{own['Api']['Properties']['StageName']}/status"


def test_a_guard_that_does_not_answer_holds_nobody_up_for_long(own: Resources) -> None:
    guard = own["GuardFunction"]["Properties"]
    assert guard["Timeout"] < own["Closure"]["Properties"]["ServiceTimeout"] <= 60
    # An answer that comes after the refusal would accept what was rolled back.
    assert guard["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_the_guard_sees_of_the_directory_only_the_closure_and_status_counts_dependents(own: Resources) -> None:
    for role, partitions in (("Guard", [keys.CLOSURE]), ("Status", [keys.CLOSURE, keys.DEPENDENTS])):
        (policy,) = own[f"{role}Role"]["Properties"]["Policies"]
        (statement,) = [
            one
            for one in policy["PolicyDocument"]["Statement"]
            if one["Resource"] == {"Fn::GetAtt": "Storage.Outputs.DirectoryArn"}
        ]
        assert statement["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": partitions}}


def test_parameters_left_as_they_are_mean_what_the_domain_means() -> None:
    parameters = templates.load(templates.SOURCE)["Parameters"]
    told = {field: str(parameters[name]["Default"]) for name, field in named(Lifecycle().parameters()).items()}
    assert Lifecycle.configured(**told) == Lifecycle()
    told = {field: str(parameters[name]["Default"]) for name, field in named(Retention().parameters()).items()}
    assert Retention.configured(**told) == Retention()
    told = {field: str(parameters[name]["Default"]) for name, field in named(Targeting().parameters()).items()}
    assert Targeting.configured(**told) == Targeting()
    assert GoneQuiet.configured(parameters["GoneQuietAfter"]["Default"]) == GoneQuiet()
    assert parameters[CONFIRMATION]["Default"] == "no"


def named(fields: dict[str, str]) -> dict[str, str]:
    """From `ClosesAt` to `closes_at`."""
    return {"".join(map(str.capitalize, field.split("_"))): field for field in fields}


# ---------------------------------------------------------------- nothing is deleted while it is open


@pytest.mark.parametrize("name", [*WORK_WITH_THE_REGISTER, *OTHERS])
def test_a_role_may_delete_nothing_and_work_with_the_register_only_until_it_closes(own: Resources, name: str) -> None:
    closed = [{"Fn::If": ["HasClosure", {"Ref": "ClosedAfter"}, NO_VALUE]}] if name in OPEN_THE_SECRET else []
    assert own[f"{name}Role"]["Properties"]["ManagedPolicyArns"] == [
        {"Ref": "NothingIsDeleted"},
        {"Ref": "RecordsAreKept"},
        {"Ref": "TheDirectoryIsKept"},
        *closed,
    ]


def test_the_guard_may_delete_nothing_but_its_notes(own: Resources) -> None:
    policies = own["GuardRole"]["Properties"]["ManagedPolicyArns"]
    assert policies == [{"Ref": "RecordsAreKept"}, {"Ref": "NothingIsDeleted"}]


def test_expiry_may_delete_nothing_while_no_closure_is_set_and_not_before_it_has_closed(own: Resources) -> None:
    assert own["ExpiryRole"]["Properties"]["ManagedPolicyArns"] == [
        {"Ref": "RecordsAreKept"},
        {"Fn::If": ["HasClosure", {"Ref": "NothingIsDeletedBefore"}, {"Ref": "NothingIsDeleted"}]},
        {"Fn::If": ["HasClosure", {"Ref": "Destroys"}, NO_VALUE]},
    ]


def test_every_way_to_delete_what_the_register_is_made_of_is_refused(own: Resources) -> None:
    assert by_resource(own, "NothingIsDeleted", "Deny") == {
        "Storage.Outputs.RegisterArn": DELETES_ITEMS | CHANGES_TABLES,
        "*": DELETES_BACKUPS,
        "Storage.Outputs.KeyArn": DELETES_KEYS,
        "Storage.Outputs.HashingSecretArn": {
            "secretsmanager:DeleteSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecret",
        },
    }
    assert not any("Condition" in statement for statement in statements(own, "NothingIsDeleted"))


def test_until_it_has_closed_the_same_is_refused_to_expiry(own: Resources) -> None:
    until_closed = [one | {"Condition": {"DateLessThan": CLOSES_AT}} for one in statements(own, "NothingIsDeleted")]
    assert statements(own, "NothingIsDeletedBefore") == until_closed
    assert own["NothingIsDeletedBefore"]["Condition"] == "HasClosure"


def test_what_outlives_the_register_is_kept_from_every_role_for_ever(own: Resources) -> None:
    kept = by_resource(own, "RecordsAreKept", "Deny")
    assert kept["Storage.Outputs.AccessLogArn"] == DELETES_ITEMS | CHANGES_TABLES | {"dynamodb:UpdateItem"}
    assert kept["Storage.Outputs.DirectoryArn"] == CHANGES_TABLES
    for table in ("AccessLog", "Directory"):
        assert kept[f"${{Storage.Outputs.{table}Arn}}/backup/*"] == {"dynamodb:DeleteBackup"}
    for key in ("Storage.Outputs.RecordsKeyArn", "Closing.Outputs.SigningKeyArn", "Closing.Outputs.SealingKeyArn"):
        assert kept[key] == DELETES_KEYS
    certificate = kept["${Closing.Outputs.CertificateBucketArn}/*"]
    assert {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"} <= certificate
    assert not any("Condition" in statement for statement in statements(own, "RecordsAreKept"))


def test_only_the_guard_and_expiry_delete_from_the_directory(own: Resources) -> None:
    assert by_resource(own, "TheDirectoryIsKept", "Deny") == {"Storage.Outputs.DirectoryArn": DELETES_ITEMS}


# ---------------------------------------------------------------- from the instant on


def test_once_it_has_closed_the_register_its_indexes_its_stream_its_secret_and_its_drops_are_refused(
    own: Resources,
) -> None:
    assert by_resource(own, "ClosedAfter", "Deny") == {
        "Storage.Outputs.RegisterArn": {"dynamodb:*"},
        "${Storage.Outputs.RegisterArn}/*": {"dynamodb:*"},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:GetSecretValue"},
        # and not s3:DeleteObject: they go unread
        "${Storage.Outputs.FeedBucketArn}/*": {"s3:GetObject"},
    }
    for statement in statements(own, "ClosedAfter"):
        assert statement["Condition"] == {"DateGreaterThanEquals": CLOSES_AT}
    assert own["ClosedAfter"]["Condition"] == "HasClosure"


def test_expiry_may_destroy_exactly_what_its_code_destroys_and_only_once_it_has_closed(own: Resources) -> None:
    groups = {f"{name}Log" for name in (*WORK_WITH_THE_REGISTER, "Api")}
    group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    assert by_resource(own, "Destroys", "Allow") == {
        "Storage.Outputs.RegisterArn": {
            "dynamodb:BatchWriteItem",
            "dynamodb:DisableKinesisStreamingDestination",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:UpdateTable",
        },
        "${Storage.Outputs.RegisterArn}/backup/*": DELETES_BACKUPS,
        "arn:${AWS::Partition}:backup:${AWS::Region}:${AWS::AccountId}:recovery-point:*": DELETES_BACKUPS,
        "${Storage.Outputs.FeedBucketArn}/*": {
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
        },
        **{f"{queue}.Arn": {"sqs:PurgeQueue"} for queue in QUEUES},
        "Identity.Outputs.UserPoolArn": {"cognito-idp:AdminDisableUser", "cognito-idp:DeleteUserPoolClient"},
        **{f"{name}.Arn": {"logs:DeleteLogGroup"} for name in groups},
        **{f"{group}${{{name}}}": {"logs:DeleteLogGroup"} for name in groups},
        "Storage.Outputs.HashingSecretArn": {"secretsmanager:DeleteSecret"},
        "Storage.Outputs.KeyArn": {"kms:ScheduleKeyDeletion"},
        "Closing.Outputs.SigningKeyArn": {"kms:GetPublicKey", "kms:Sign", "kms:Verify"},
        **{
            f"${{Closing.Outputs.CertificateBucketArn}}/{name}": {
                "s3:GetObjectVersion",
                "s3:PutObject",
                "s3:PutObjectRetention",
            }
            for name in (CERTIFICATE, SIGNATURE, PUBLIC_KEY, PAGE)  # and no seal
        },
        "Closing.Outputs.CertificateBucketArn": {"s3:ListBucketVersions"},
    }
    assert own["Destroys"]["Condition"] == "HasClosure"
    for statement in statements(own, "Destroys"):
        assert statement["Condition"] == {"DateGreaterThanEquals": CLOSES_AT}


ACTIONS = {
    "list_object_versions": {"s3:ListBucketVersions"},
    "list_multipart_uploads": {"s3:ListBucketMultipartUploads"},
    "delete_objects": {"s3:DeleteObject", "s3:DeleteObjectVersion"},
    "put_object": {"s3:PutObject", "s3:PutObjectRetention"},
    "get_object": {"s3:GetObjectVersion"},  # never without its version: that would be s3:GetObject
    "get_caller_identity": set[str](),  # nobody can be refused it
}
SERVICES = {
    "shared/persistence": "dynamodb",
    "shared/runtime/signing.py": "kms",
    "shared/runtime/places/key.py": "kms",
    "shared/runtime/places/hashing_secret.py": "secretsmanager",
    "shared/runtime/places/queues.py": "sqs",
    "shared/runtime/places/log_groups.py": "logs",
    "shared/runtime/places/feed_bucket.py": "s3",
    "shared/runtime/archive.py": "s3",
}
OF_EXPIRY = (
    *(f"shared/persistence/{name}.py" for name in ("copies", "elsewhere", "emptying")),
    *(name for name in SERVICES if name.endswith(".py")),
)


def actions_of(path: str) -> Iterator[str]:
    """What whoever runs this file's code has to be allowed, by the calls that stand in it."""
    text = (templates.ROOT / path).read_text(encoding="utf-8")
    service = next(service for start, service in SERVICES.items() if path.startswith(start))
    calls = re.findall(r"client\.(?!get_paginator|meta)([a-z_]+)\(", text) + re.findall(
        r'get_paginator\("(\w+)"\)', text
    )
    assert calls
    for call in calls:
        yield from ACTIONS.get(call, {f"{service}:{''.join(map(str.capitalize, call.split('_')))}"})
    for call in re.findall(r"self\.backups\.([a-z_]+)\(", text):
        yield f"backup:{''.join(map(str.capitalize, call.split('_')))}"


def test_every_call_that_destroys_and_certifies_is_allowed_to_expiry(own: Resources) -> None:
    (inline,) = own["ExpiryRole"]["Properties"]["Policies"]
    statements_of_it = [*inline["PolicyDocument"]["Statement"], *statements(own, "Destroys")]
    allowed = {action for statement in statements_of_it for action in listed(statement["Action"])}
    wanted = {action for path in OF_EXPIRY for action in actions_of(path)}
    assert wanted - allowed == set()
    assert {action for action in allowed if action.startswith("s3:")} == {a for a in wanted if a.startswith("s3:")}


def test_what_is_archived_is_read_by_its_version_alone() -> None:
    text = (templates.ROOT / "shared/runtime/archive.py").read_text(encoding="utf-8")
    assert "head_object" not in text  # it asks for s3:GetObject, which would open whatever is there now
    assert all("VersionId=" in call for call in re.findall(r"get_object\((.*)\)\[", text))


def test_the_log_groups_that_are_destroyed_are_those_of_all_that_works_with_the_register(own: Resources) -> None:
    told = own["ExpiryFunction"]["Properties"]["Environment"]["Variables"]["LOG_GROUPS"]
    separator, groups = told["Fn::Join"]
    logs = {name for name, resource in own.items() if resource["Type"] == "AWS::Logs::LogGroup"}
    kept = {f"{name}Log" for name in ("Directory", "Status", "Expiry", "Guard", "Replay")}
    assert {group["Ref"] for group in groups} == logs - kept
    assert len(groups) == len(logs - kept)
    variables = dict.fromkeys(ExpiryConfig.variables(), "") | {"LOG_GROUPS": separator.join("ab")}
    assert ExpiryConfig.from_environment(variables).log_group_names == ("a", "b")


def test_every_queue_is_emptied_and_none_is_forgotten(own: Resources) -> None:
    told = own["ExpiryFunction"]["Properties"]["Environment"]["Variables"]
    assert {told[f"{queue.name}_URL"]["Ref"] for queue in Queue} == set(QUEUES)
    assert {name for name, resource in own.items() if resource["Type"] == "AWS::SQS::Queue"} == set(QUEUES)


def test_expiry_runs_every_five_minutes_and_is_not_asked_for_twice(own: Resources) -> None:
    expiry = own["ExpiryFunction"]["Properties"]
    schedule = expiry["Events"]["Tick"]["Properties"]
    # Every minute on the emulator, where nobody has the patience.
    assert schedule["Schedule"] == {"Fn::If": ["OverTls", "rate(5 minutes)", "rate(1 minute)"]}
    assert json.loads(schedule["Input"]) == {"action": "tick"}
    assert schedule["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert expiry["EventInvokeConfig"]["MaximumRetryAttempts"] == 0
    # Runs may meet, and an operator's question is not to wait for one.
    assert "ReservedConcurrentExecutions" not in expiry
    assert expiry["Timeout"] == 900


# ---------------------------------------------------------------- announced, watched and kept


def test_what_the_gateway_answers_by_itself_announces_a_closure(own: Resources) -> None:
    for kind, response in own["Api"]["Properties"]["GatewayResponses"].items():
        headers = response["ResponseParameters"]["Headers"]
        for name in ("Deprecation", "Sunset", "Link"):
            announced = {"Fn::Sub": f"'${{Closure.{name}}}'"}
            assert headers[name] == {"Fn::If": ["HasClosure", announced, NO_VALUE]}, kind
    # A header that a parameter changes takes effect with a new deployment only.
    assert own["Api"]["Properties"]["AlwaysDeploy"] is True


def test_a_destruction_that_is_late_rings_and_so_does_silence(resources: Resources) -> None:
    alarms = {
        name: resources[f"Observability/{name}"]
        for name in ("DestructionAtRisk", "DestructionOverdue", "ExpiryDoesNotRun")
    }
    for alarm in alarms.values():
        assert alarm["Properties"]["Namespace"] == {"Fn::Sub": "Signpost/${Environment}"}
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "Operators"}]
    metrics = {name: alarm["Properties"]["MetricName"] for name, alarm in alarms.items()}
    assert metrics["DestructionAtRisk"] == Measure.DESTRUCTION_AT_RISK
    assert metrics["DestructionOverdue"] == metrics["ExpiryDoesNotRun"] == Measure.DESTRUCTION_OVERDUE
    for name in ("DestructionOverdue", "ExpiryDoesNotRun"):
        assert alarms[name]["Properties"]["TreatMissingData"] == "breaching"
        assert alarms[name]["Condition"] == "HasClosure"


def test_a_closure_that_was_accepted_and_is_configured_no_more_rings_and_a_deployment_under_way_does_not(
    resources: Resources,
) -> None:
    alarm = resources["Observability/DestructionAtRisk"]
    assert "Condition" not in alarm
    said = alarm["Properties"]
    assert (said["Period"], said["EvaluationPeriods"], said["TreatMissingData"]) == (900, 2, "notBreaching")


def test_expiry_that_fails_time_and_again_rings_while_a_register_is_open_too(resources: Resources) -> None:
    alarm = resources["Observability/ExpiryFails"]
    assert "Condition" not in alarm
    said = alarm["Properties"]
    assert (said["Namespace"], said["MetricName"]) == ("AWS/Lambda", "Errors")
    assert said["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "ExpiryFunctionName"}}]
    told = resources["Observability"]["Properties"]["Parameters"]
    assert told["ExpiryFunctionName"] == {"Ref": "ExpiryFunction"}
    # A run may take as long as a period: each has one that began and ended.
    assert said["Period"] >= resources["ExpiryFunction"]["Properties"]["Timeout"]


def test_no_closure_is_deployed_to_production_of_which_nobody_would_hear() -> None:
    rule = templates.load(templates.SOURCE)["Rules"]["SomebodyHearsOfAClosure"]
    is_empty = {name: {"Fn::Equals": [{"Ref": name}, ""]} for name in ("ClosesAt", "OperatorsEmail")}
    is_production = {"Fn::Equals": [{"Ref": "Environment"}, "production"]}
    assert rule["RuleCondition"] == {"Fn::And": [is_production, {"Fn::Not": [is_empty["ClosesAt"]]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [is_empty["OperatorsEmail"]]}


def test_the_certificate_is_locked_and_its_key_outlives_the_stack(resources: Resources) -> None:
    bucket, key = resources["Closing/CertificateBucket"], resources["Closing/SigningKey"]
    sealing_key = resources["Closing/SealingKey"]
    assert bucket["Properties"]["ObjectLockEnabled"] is True
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    (refusal,) = resources["Closing/CertificateBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (refusal["Effect"], refusal["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    for signs in (key, sealing_key):
        assert (signs["Properties"]["KeySpec"], signs["Properties"]["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    for kept in (bucket, key, sealing_key, resources["Storage/Key"], resources["Storage/RecordsKey"]):
        assert kept["DeletionPolicy"] == kept["UpdateReplacePolicy"] == "Retain"


def test_what_is_destroyed_has_a_key_of_its_own(resources: Resources) -> None:
    def key_of(name: str) -> str:
        (key,) = {text for text in said(resources[f"Storage/{name}"]["Properties"]) if text.endswith("Key.Arn")}
        return key

    assert {key_of(name) for name in ("Register", "FeedBucket", "HashingSecret")} == {"Key.Arn"}
    assert {key_of(name) for name in ("AccessLog", "Directory", "Limits")} == {"RecordsKey.Arn"}
