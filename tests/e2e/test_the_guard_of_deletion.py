"""A stack with a closure is not deleted before its destruction is certified; one of an open register is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infra.local.deploy import deploy
from infra.local.stack import NAME
from tests.e2e.closing_stack import a_stack_of_its_own

if TYPE_CHECKING:
    from infra.local.stack import Stack

NEXT_YEAR = datetime.now(UTC).year + 1
ANNOUNCED = f"{NEXT_YEAR}-08-06T12:00:00+01:00"
PATIENCE = 60
"""Seconds."""


def deleted(stack: Stack, *retained: str) -> str:
    """What has become of it once it was to be deleted."""
    (found,) = stack.cloudformation.describe_stacks(StackName=NAME)["Stacks"]
    stack.cloudformation.delete_stack(StackName=found["StackId"], RetainResources=[*retained])
    until = time.monotonic() + PATIENCE
    while (status := _status(stack, found["StackId"])).endswith("_IN_PROGRESS") and time.monotonic() < until:
        time.sleep(0.5)
    return status


def _status(stack: Stack, stack_id: str) -> str:
    (found,) = stack.cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    return found["StackStatus"]


def test_a_closure_that_is_not_certified_fails_the_deletion_before_anything_that_destroys_is_touched() -> None:
    with a_stack_of_its_own("guard-deletion") as stack:
        closing = deploy(stack.emulator, changed={"ClosesAt": ANNOUNCED})
        assert deleted(closing) == "DELETE_FAILED"
        # The emulator goes on without what failed; CloudFormation leaves all that it depends on.
        pages = closing.cloudformation.get_paginator("describe_stack_events").paginate(StackName=NAME)
        events = [event for page in pages for event in page["StackEvents"]][::-1]
        told = [(event["LogicalResourceId"], event["ResourceStatus"]) for event in events]
        refused_at = told.index(("Deletion", "DELETE_FAILED"))
        assert "Let it be destroyed" in events[refused_at]["ResourceStatusReason"]
        assert not [name for name, status in told[:refused_at] if "Expiry" in name and status.startswith("DELETE")]
        assert deleted(closing, "Deletion") == "DELETE_COMPLETE"


def test_the_stack_of_an_open_register_is_deleted() -> None:
    with a_stack_of_its_own("guard-deletion-open") as stack:
        assert deleted(stack) == "DELETE_COMPLETE"
