"""The feed function is stopped at its first, second … last call of S3 or DynamoDB: a second run ends as a clean one."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Deployment, in_bucket, receipt
from tests.integration.emulated import ACCESS_LOG, BUCKET, DIRECTORY, REGISTER, dump, empty

KEY = "feeds/X99/nightly.csv"
EXTRACT = """source_reference,service_type,given_name,family_name,date_of_birth,postcode,nhs_number,duty_phone
r-1,health_visiting,Zoë,Okafor-Lane,2022-03-14,N12 7QF,9990001014,020 7946 0018
r-2,school_nursing,Abel,Ó Briain,2015-01-30,EN5 2AB,9990002010,020 7946 0019
r-3,school_nursing,Ada,Finch,2199-01-30,EN5 2AB,,
"""
MOST_CALLS = 60
READS = ("BatchGetItem", "Query", "HeadObject", "GetObject")


def test_a_run_stopped_anywhere_and_a_second_one_end_as_one_clean_run(deployment: Deployment) -> None:
    deployment.enrol("X99")
    feed = deployment.function("feed")
    calls = Calls().of_tables().of(feed.feeding.bucket.client)
    clean = run(deployment)
    assert clean["receipt"] == {"rows": 3, "accepted": 2, "rejected": 1}

    for which in range(1, MOST_CALLS):
        for fault in (Fault.RESET, Fault.ANSWER_LOST):
            empty(REGISTER)
            calls.fail(which, fault)
            was_interrupted = is_interrupted(deployment)
            if not calls.mend():
                assert not was_interrupted
                assert which > 10
                return
            assert was_interrupted
            is_deleted = (calls.struck.operation, fault) == ("DeleteObject", Fault.ANSWER_LOST)
            assert (KEY in in_bucket()) != is_deleted
            assert run(deployment, again=True) == clean
            if calls.struck.operation in READS:
                break  # a lost answer is the same as none
    pytest.fail(f"more than {MOST_CALLS} calls")


def test_no_receipt_tells_of_what_is_held_that_is_not_recorded(deployment: Deployment) -> None:
    deployment.restart(COVERAGE_CHILDREN="additional")
    deployment.enrol("X99")
    calls = Calls().of_tables().of(deployment.function("feed").feeding.bucket.client)
    run(deployment)
    for which in range(1, MOST_CALLS):
        for fault in (Fault.RESET, Fault.ANSWER_LOST):
            empty(REGISTER)
            empty(ACCESS_LOG)
            boto3.client("s3").delete_object(Bucket=BUCKET, Key="receipts/X99/nightly.json")
            calls.fail(which, fault)
            is_interrupted(deployment)
            struck = calls.mend()
            assert dump(ACCESS_LOG) or not receipt("X99")
            run(deployment, again=KEY in in_bucket())
            recorded = {(item["outcome"], item["note"]) for item in dump(ACCESS_LOG)}
            assert recorded == {("coverage_decided", "covered 0, not covered 2")}
            if not struck:
                return
            if calls.struck.operation in READS:
                break
    pytest.fail(f"more than {MOST_CALLS} calls")


def is_interrupted(deployment: Deployment) -> bool:
    """Whether a first run fails, for Lambda to try again."""
    try:
        run(deployment)
    except deployment.function("feed").FeedInterrupted:
        return True
    return False


def run(deployment: Deployment, *, again: bool = False) -> dict[str, Any]:
    """One event for the drop; `again` is Lambda's second try. What it left behind, without ids and instants."""
    if not again:
        boto3.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=EXTRACT.encode())
    deployment.take_in(KEY)
    left = receipt("X99")
    assert left
    (organisation,) = [item for item in dump(DIRECTORY) if item["kind"] == "organisation"]
    return {
        "receipt": {name: left[name] for name in ("rows", "accepted", "rejected")},
        "rejections": left["rejections"],
        "bucket": in_bucket(),
        "current_as_of": organisation["current_as_of"],
        "register": without_chance(),
    }


def without_chance() -> list[dict[str, Any]]:
    """The Register with each child named by its first claim, and without instants."""
    items = dump(REGISTER)
    names = {item["child_id"]: item["pk"] for item in reversed(items) if item["kind"] == "claim"}

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(one) for one in value]
        for child_id, name in names.items():
            value = value.replace(child_id, f"<{name}>")
        return value

    timeless = [{name: named(value) for name, value in item.items() if not name.endswith("_at")} for item in items]
    return sorted(timeless, key=lambda item: (item["pk"], item["sk"]))
