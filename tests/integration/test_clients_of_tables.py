"""The clients of the tables are botocore's, less what nobody has a use for."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest

from shared.persistence.client import USER_AGENT, client_of
from shared.persistence.models import AccessLogItem, LimitItem, RegisterItem, bind
from tests.integration.emulated import ACCESS_LOG, LIMITS, REGION, REGISTER, dynamodb, forget_connections

ITEM: dict[str, Any] = {"pk": {"S": "A#1"}, "sk": {"S": "A"}, "count": {"N": "7"}, "said": {"M": {"so": {"L": []}}}}


@pytest.fixture(autouse=True)
def _bound(aws: None) -> None:
    _ = aws
    bind(register=REGISTER, access_log=ACCESS_LOG, limits=LIMITS)


def test_an_item_comes_back_as_by_any_other_client() -> None:
    client = client_of(RegisterItem)
    client.put_item(TableName=REGISTER, Item=ITEM)
    key = {name: ITEM[name] for name in ("pk", "sk")}
    assert client.get_item(TableName=REGISTER, Key=key)["Item"] == ITEM
    assert dynamodb().get_item(TableName=REGISTER, Key=key)["Item"] == ITEM


def test_a_binary_value_comes_back_as_bytes_where_there_are_some() -> None:
    client = client_of(AccessLogItem)
    client.put_item(TableName=ACCESS_LOG, Item={**ITEM, "signature": {"B": b"\x00\xff"}})
    key = {name: ITEM[name] for name in ("pk", "sk")}
    assert client.get_item(TableName=ACCESS_LOG, Key=key)["Item"]["signature"] == {"B": b"\x00\xff"}


def test_a_refusal_still_has_its_code_and_the_item_that_was_there() -> None:
    client = client_of(RegisterItem)
    client.put_item(TableName=REGISTER, Item=ITEM)
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refused:
        client.put_item(
            TableName=REGISTER,
            Item=ITEM,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert dict(refused.value.response)["Item"] == ITEM


def test_each_call_names_us_and_goes_to_the_one_endpoint_of_the_region() -> None:
    sent: list[AWSPreparedRequest] = []
    client = client_of(RegisterItem)
    client.meta.events.register_first("before-send.dynamodb.GetItem", lambda request, **_: sent.append(request))
    client.get_item(TableName=REGISTER, Key={name: ITEM[name] for name in ("pk", "sk")})
    (request,) = sent
    assert (request.headers["User-Agent"], request.url) == (USER_AGENT, f"https://dynamodb.{REGION}.amazonaws.com/")


def test_an_endpoint_that_the_environment_names_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_connections()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4599")
    bind(register=REGISTER)
    assert client_of(RegisterItem).meta.endpoint_url == "http://localhost:4599"


def test_a_table_keeps_the_client_that_it_has() -> None:
    before = client_of(RegisterItem)
    bind(register=REGISTER)
    assert client_of(RegisterItem) is before
    assert client_of(LimitItem) is not before
