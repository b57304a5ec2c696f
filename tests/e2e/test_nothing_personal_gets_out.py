"""After the whole run: what went in is in the encrypted tables and nowhere else."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

import pytest

from infra.local.sample_data import generate
from tests.e2e.test_the_api import FAMILY_NAMES, GIVEN_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.local.stack import Stack

pytestmark = pytest.mark.last

_PERSONAL = {
    "First Name", "Last Name", "Address", "Contact Name", "Contact Phone", "Contact Email", "Contact Number", "Cms Id",
    "nhs_number", "upn", "local_authority_child_id", "given_name", "family_name", "postcode", "practitioner_name",
    "duty_phone", "duty_email", "source_reference",
}  # fmt: skip
_SHORTEST = 5
"""Shorter names are too common as parts of codes to look for."""


@pytest.fixture(scope="module")
def personal(tmp_path_factory: pytest.TempPathFactory, fed: object) -> set[str]:
    """Every name, number, postcode, phone, e-mail and reference of the extracts that were dropped."""
    assert fed
    values: set[str] = set()
    for file in generate(tmp_path_factory.mktemp("again")).files:
        values |= set(_values(file.path, file.encoding))
    values |= {
        "Wilhelmina",
        "Wilhelmnia",
        "Thistlewood",
        "Thitslewood",
        "HA8 7PD",
        *GIVEN_NAMES,
        *FAMILY_NAMES,
        "Ottoline Brackenbury",
        "duty.desk@brackenbury.example",
        "HA8 4QQ",
    }
    values |= {value.replace(" ", "") for value in values}
    return {value.casefold() for value in values if len(value) >= _SHORTEST}


def _values(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding=encoding, newline="") as file:
        for row in csv.DictReader(file):
            for column in _PERSONAL & row.keys():
                yield from (part.strip() for part in row[column].splitlines())


def _found(text: str, personal: set[str]) -> set[str]:
    lower = text.casefold()
    return {value for value in personal if value in lower and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", lower)}


def _logs(stack: Stack) -> str:
    lines: list[str] = []
    for page in stack.logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            events = stack.logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            lines += [event["message"] for page_ in events for event in page_["events"]]
    return "\n".join(lines)


def test_no_log_line_holds_personal_data(stack: Stack, personal: set[str]) -> None:
    text = _logs(stack)
    assert '"operation":"lookUp"' in text, "the logs of the run were not found, so nothing was looked at"
    assert _found(text, personal) == set()


def test_the_search_would_find_what_it_looks_for(personal: set[str]) -> None:
    value = min(personal)
    assert _found(f'{{"message": "{value.upper()}"}}', personal) == {value}


def test_no_object_name_holds_personal_data(stack: Stack, personal: set[str]) -> None:
    names = [o["Key"] for o in stack.s3.list_objects_v2(Bucket=stack.feed_bucket)["Contents"]]
    assert names
    assert _found("\n".join(names), personal) == set()


def test_no_receipt_holds_personal_data(stack: Stack, personal: set[str]) -> None:
    keys = [o["Key"] for o in stack.s3.list_objects_v2(Bucket=stack.feed_bucket, Prefix="receipts/")["Contents"]]
    text = "\n".join(stack.s3.get_object(Bucket=stack.feed_bucket, Key=key)["Body"].read().decode() for key in keys)
    assert '"rejections"' in text
    assert _found(text, personal) == set()


def test_no_key_of_a_table_or_index_holds_personal_data(stack: Stack, personal: set[str]) -> None:
    for table in ("RegisterName", "AccessLogName", "DirectoryName"):
        pages = stack.dynamodb.get_paginator("scan").paginate(TableName=stack.outputs[table])
        items = [item for page in pages for item in page["Items"]]
        assert items
        keys = "\n".join(item[name]["S"] for item in items for name in ("pk", "sk", "child_id") if name in item)
        assert _found(keys, personal) == set()


def test_the_access_log_holds_ids_and_codes_only(stack: Stack, personal: set[str]) -> None:
    pages = stack.dynamodb.get_paginator("scan").paginate(TableName=stack.outputs["AccessLogName"])
    text = json.dumps([item for page in pages for item in page["Items"]])
    assert "emergency_care" in text
    assert _found(text, personal | {"amara lindqvist"}) == set()


@pytest.mark.parametrize("queue", ["FailedFeedsUrl", "UnreadChangesUrl", "UndeliveredNoticesUrl"])
def test_the_dead_letter_queues_are_empty(stack: Stack, queue: str) -> None:
    url = stack.outputs[queue]
    counted = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert counted["Attributes"]["ApproximateNumberOfMessages"] == "0"
