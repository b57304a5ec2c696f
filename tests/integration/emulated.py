"""AWS as moto emulates it, with tables made from the template."""

from __future__ import annotations

import copy
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
import yaml
from botocore.loaders import Loader
from moto import mock_aws
from moto.backends import get_backend
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from mypy_boto3_dynamodb import DynamoDBClient

from shared.persistence import models

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-for-tests-that-is-long-enough-to-hash-with"
REGION = "eu-west-2"
BUCKET = "feeds"
CERTIFICATE_BUCKET = "certificates"
REGISTER, ACCESS_LOG, DIRECTORY, LIMITS = TABLES = ("Register", "AccessLog", "Directory", "Limits")

_ALONE = ""
"""The sort key, to us, of an item of a table that has none."""

type Stored = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """CloudFormation's short tags are read as plain values."""


def _plain(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    match node:
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case _:
            return None


_Loader.add_multi_constructor("!", _plain)


@contextmanager
def emulated_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Credentials that open nothing, and an AWS that is empty but for the four tables."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    _make_transactions_safe(monkeypatch)
    _know_kinesis(monkeypatch)
    monkeypatch.setattr(botocore.session, "create_loader", _loader_of_service_models)
    with mock_aws():
        dynamodb.cache_clear()
        make_tables()
        forget_connections()
        yield
    forget_connections()


@cache
def dynamodb() -> DynamoDBClient:
    """A client beside those of the code under test."""
    return boto3.client("dynamodb")


def make_tables(*names: str) -> None:
    """Tables with the keys and indexes of infra/storage.yaml, by default all four."""
    for name in names or TABLES:
        dynamodb().create_table(TableName=name, **_described()[name])


@cache
def _described() -> dict[str, Any]:
    template = (ROOT / "infra/storage.yaml").read_text()
    resources = yaml.load(template, Loader=_Loader)["Resources"]  # noqa: S506  # a SafeLoader, as its base says
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {
        name: {key: value for key, value in resources[name]["Properties"].items() if key in wanted} for name in TABLES
    }


def dump(table: str) -> list[Stored]:
    """Every item of a table, live or not, in the order of its keys; read beside DynamoDB's API, which is slower."""
    items = [
        {name: sorted(a.value) if a.is_set() else a.value for name, a in item.attrs.items()}
        for rows in _held(table).values()
        for item in rows.values()
    ]
    return sorted(items, key=lambda item: (item["pk"], item.get("sk", "")))


def taken(table: str) -> dict[str, Any]:
    """A table's items as they are now, for `put_back`."""
    return {name: {sort: copy.deepcopy(item) for sort, item in rows.items()} for name, rows in _held(table).items()}


def put_back(table: str, items: dict[str, Any]) -> None:
    """Makes a table what it was: quicker than to register everything again."""
    partitions = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables[table].items
    partitions.clear()
    for name, rows in items.items():
        copied = {sort: copy.deepcopy(item) for sort, item in rows.items()}
        partitions[name] = copied.get(_ALONE, copied)


def _held(table: str) -> dict[str, dict[str, Any]]:
    partitions = get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables[table].items
    return {name: {_ALONE: rows} if isinstance(rows, Item) else rows for name, rows in partitions.items()}


def kinds(table: str = REGISTER) -> list[str]:
    """What sorts of items a table holds, live or not."""
    return sorted(item["kind"] for item in dump(table))


def empty(table: str) -> None:
    """Takes everything out of a table."""
    dynamodb().delete_table(TableName=table)
    make_tables(table)


def forget_connections() -> None:
    """The next `models.bind` makes new clients, as a new process would."""
    for base in (models.RegisterItem, models.AccessLogItem, models.DirectoryItem, models.LimitItem):
        base._connection = None  # noqa: SLF001  # PynamoDB keeps its clients nowhere else


@cache
def _loader_of_service_models(*_: object) -> Loader:
    """One for all sessions, so that the descriptions of services are read once in a run and not in every test."""
    return Loader()


def _make_transactions_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto copies the whole table for each item of a transaction, and puts the copy back if a condition fails.

    So nobody else may write meanwhile; and since our writes replace whole attributes, copies may share them, all but sets,
    which are added to; and one copy of a table, made before anything is written, serves a whole transaction: which is
    what makes this quick enough.
    """
    one_at_a_time = threading.Lock()
    answer = BotocoreStubber.__call__
    transact = DynamoDBBackend.transact_write_items
    copies: dict[int, Table] = {}

    def answer_alone(stubber: BotocoreStubber, *args: Any, **kwargs: Any) -> Any:
        with one_at_a_time:
            return answer(stubber, *args, **kwargs)

    def copied(item: Item, _memo: dict[int, Any]) -> Item:
        other = Item.__new__(Item)
        assert isinstance(other, Item)
        other.hash_key, other.range_key = item.hash_key, item.range_key
        other.attrs = copy.copy(item.attrs)
        other.attrs |= {name: DynamoType({a.type: [*a.value]}) for name, a in item.attrs.items() if a.is_set()}
        return other

    def transact_with_one_copy(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
        copies.clear()
        transact(backend, items)

    def copied_once(table: Table, _memo: dict[int, Any]) -> Table:
        if id(table) not in copies:
            other = copies[id(table)] = copy.copy(table)
            other.items = defaultdict(dict)
            for name, rows in table.items.items():
                other.items[name] = {sort: copied(item, {}) for sort, item in rows.items()}
        return copies[id(table)]

    monkeypatch.setattr(BotocoreStubber, "__call__", answer_alone)
    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", transact_with_one_copy)
    monkeypatch.setattr(Item, "__deepcopy__", copied)
    monkeypatch.setattr(Table, "__deepcopy__", copied_once, raising=False)


def carried_to_kinesis(table: str) -> dict[str, str]:
    """The data streams that a table's changes are carried on to, and whether they still are."""
    found: dict[str, str] = vars(get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][REGION].tables[table]).setdefault(
        "fed", {}
    )
    return found


def _know_kinesis(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto knows nothing of data streams that a table feeds."""

    def describe(handler: DynamoHandler) -> ActionResult:
        name = handler.dynamodb_backend.get_table(handler.body["TableName"]).name
        fed = carried_to_kinesis(name).items()
        told = [{"StreamArn": arn, "DestinationStatus": status} for arn, status in fed]
        return ActionResult({"TableName": name, "KinesisDataStreamDestinations": told})

    def disable(handler: DynamoHandler) -> ActionResult:
        carried_to_kinesis(handler.body["TableName"])[handler.body["StreamArn"]] = "DISABLED"
        return ActionResult({})

    monkeypatch.setattr(DynamoHandler, "describe_kinesis_streaming_destination", describe, raising=False)
    monkeypatch.setattr(DynamoHandler, "disable_kinesis_streaming_destination", disable, raising=False)
