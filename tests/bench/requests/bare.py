"""A bare query, which all else is measured beside: what the machine does besides slows both alike.

It is one query of the few involvements, by the SDK alone, with a client as boto3 makes it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3

from tests.bench.requests.scenarios import REGISTER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

THERE = 0.51
"""CPU milliseconds that it takes on the machine that the goals are stated for."""
HEADS = "a bare query then, ms", f"where that takes {THERE} ms"
"""Of tables: what it took beside what is told, and what is told as it would be there."""
WARM_UPS, IN_ONE_TURN = 50, 10


def held_by_few(kept: Mapping[str, Any]) -> dict[str, bytes]:
    """Of what was recorded, the answer to it, by what is asked."""
    answers: Mapping[str, str] = kept["scenarios"][0]["answers"]
    return {key: answer.encode() for key, answer in answers.items() if key.startswith(f"Query {REGISTER} CHILD#")}


def query(kept: Mapping[str, Any]) -> Callable[[], None]:
    """It, with a client of its own: the network has to be installed before, and the environment set."""
    client, child = boto3.client("dynamodb"), next(iter(held_by_few(kept))).rpartition(" ")[2]

    def ask() -> None:
        client.query(
            TableName=REGISTER,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": child}},
            ConsistentRead=True,
        )

    return ask


def timed(call: Callable[[], None], times: int) -> float:
    """CPU milliseconds of one call, of all threads."""
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) / times * 1000


def there(milliseconds: float, bare: float) -> float:
    """What would be taken where a bare query takes THERE, of what was taken where that took `bare`."""
    return milliseconds * THERE / bare
