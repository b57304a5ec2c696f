"""The picture in docs/architecture.md is the template's."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.arrows import DRAWN, Arrow, Stack
from infra.local.picture import BLOCK, DOCUMENT, mermaid, picture

type Resources = dict[str, dict[str, Any]]

TABLE_ARN = {"Fn::GetAtt": "Things.Arn"}
QUEUE_ARN = {"Fn::GetAtt": "Jobs.Arn"}


def small(*actions: str, on: Any = TABLE_ARN, **properties: Any) -> Stack:
    """A function, a table, two queues, and a role that may do `actions`."""
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": on}
    return Stack(
        {
            "AskFunction": {
                "Type": "AWS::Serverless::Function",
                "Properties": {"Role": {"Fn::GetAtt": "AskRole.Arn"}, **properties},
            },
            "AskRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]},
            },
            "Things": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
            "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {}},
            "Aside": {"Type": "AWS::SQS::Queue", "Properties": {}},
        },
        {},
    )


def arrows(stack: Stack) -> set[Arrow]:
    return {arrow for arrow in stack.arrows() if arrow.start != "Operators"}


def event(kind: str, **properties: Any) -> dict[str, Any]:
    return {"One": {"Type": kind, "Properties": properties}}


def test_the_picture_in_the_document_is_what_the_template_gives_now() -> None:
    [block] = BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert block == picture(), "`make picture` draws it anew"


def test_every_function_table_queue_and_bucket_is_in_it(resources: Resources) -> None:
    drawn = [line.strip() for line in picture().partition("-->")[0].splitlines()]
    names = [name.replace("/", "_") for name, one in resources.items() if one["Type"] in DRAWN]
    assert [
        name for name in names if sum(line.startswith((f"{name}[", f"{name}>", f"{name}{{")) for line in drawn) != 1
    ] == []


def test_a_role_that_gains_a_write_gains_an_arrow() -> None:
    assert arrows(small("dynamodb:Query")) == {Arrow("AskFunction", "--->", "read", "Things")}
    assert arrows(small("dynamodb:PutItem")) == {Arrow("AskFunction", "===>", "write", "Things")}
    gained = small("dynamodb:Query", "dynamodb:PutItem")
    assert arrows(gained) == {Arrow("AskFunction", "===>", "read+write", "Things")}
    assert 'AskFunction ===>|"read+write"| Things' in mermaid(gained)


@pytest.mark.parametrize("action", ["dynamodb:SomethingNew", "dynamodb:DeleteItem", "dynamodb:*"])
def test_what_is_not_known_to_read_is_drawn_as_a_write(action: str) -> None:
    [arrow] = arrows(small(action))
    assert arrow.line == "===>"


def test_what_is_not_drawn_has_no_arrow() -> None:
    assert arrows(small("kms:Decrypt", on={"Fn::GetAtt": "Key.Arn"})) == set()


def test_a_queue_that_calls_a_function_has_one_arrow_until_its_role_may_write_there() -> None:
    called = {"Events": event("SQS", Queue=QUEUE_ARN)}
    takes = small("sqs:ReceiveMessage", "sqs:DeleteMessage", on=QUEUE_ARN, **called)
    puts = small("sqs:ReceiveMessage", "sqs:SendMessage", on=QUEUE_ARN, **called)
    assert arrows(takes) == {Arrow("Jobs", "-->", "queue One", "AskFunction")}
    assert arrows(puts) - arrows(takes) == {Arrow("AskFunction", "===>", "write", "Jobs")}


def test_a_queue_of_dead_letters_is_dotted() -> None:
    failing = {"DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": "Aside.Arn"}}}}
    puts_aside = small("sqs:SendMessage", on={"Fn::GetAtt": "Aside.Arn"}, EventInvokeConfig=failing)
    assert arrows(puts_aside) == {Arrow("AskFunction", "-.->", "", "Aside")}


def test_routes_are_told_by_their_first_segments() -> None:
    stack = small("dynamodb:Query", Events=event("Api", Method="GET", Path="/things/{thing_id}"))
    assert Arrow("API Gateway", "-->", "/things", "AskFunction") in arrows(stack)


def test_who_has_no_source_is_called_by_operators() -> None:
    assert Arrow("Operators", "-->", "sam remote invoke", "AskFunction") in {*small("dynamodb:Query").arrows()}
