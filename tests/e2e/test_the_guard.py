"""Deployments that the guard of closures refuses: `sam deploy` fails, says why, and leaves everything as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.local.deploy import DeployError, deploy
from infra.local.stack import NAME, Stack
from tests.e2e.closing_stack import SUCCESSOR, a_stack_of_its_own, stop_schedules

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = ("lookup", "registration", "review", "feed", "status", "expiry")
NEXT_YEAR = datetime.now(UTC).year + 1
ANNOUNCED = f"{NEXT_YEAR}-08-06T12:00:00+01:00"
AN_HOUR_AGO = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%S+00:00}"


@pytest.fixture(scope="module")
def open_stack() -> Iterator[Stack]:
    with a_stack_of_its_own("guard") as stack:
        stop_schedules(stack)
        yield stack


@pytest.fixture(scope="module")
def announced(open_stack: Stack) -> Stack:
    """A closure is set, and it is months away."""
    return deploy(open_stack.emulator, changed={"ClosesAt": ANNOUNCED, "SuccessorUrl": SUCCESSOR})


@pytest.fixture(scope="module")
def begun(announced: Stack) -> Stack:
    """The register has been closed for an hour, as was confirmed, and destruction may have begun."""
    changed = {"ClosesAt": AN_HOUR_AGO, "ConfirmClosesAtInThePast": "yes", "DestructionStartsAfter": "PT30M"}
    return deploy(announced.emulator, changed=changed)


@dataclass(frozen=True)
class AsDeployed:
    """All of a stack that a deployment could have changed. How far a destruction has come is expiry's."""

    parameters: dict[str, str]
    environments: dict[str, dict[str, str]]
    policies: dict[str, str]
    status: dict[str, Any]

    @classmethod
    def now(cls, stack: Stack) -> AsDeployed:
        """As it is, and as the API answers."""
        ids, status = stack.physical_ids(), httpx.get(f"{stack.api_url}/status", timeout=60).json()
        return cls(
            parameters=stack.parameters(),
            environments={
                name: stack.functions.get_function_configuration(FunctionName=stack.function_name(name))["Environment"][
                    "Variables"
                ]
                for name in FUNCTIONS
            },
            policies={name: ids[name] for name in ("ClosedAfter", "NothingIsDeletedBefore", "Destroys") if name in ids},
            status={name: status[name] for name in ("closes_at", "destroyed_by", "successor") if name in status},
        )


def _refused(stack: Stack, **changed: str) -> str:
    """Why the deployment fails; nothing of it may have stayed."""
    before = AsDeployed.now(Stack.deployed_to(stack.emulator))
    with pytest.raises(DeployError) as refusal:
        deploy(stack.emulator, changed=changed)
    (described,) = stack.cloudformation.describe_stacks(StackName=NAME)["Stacks"]
    assert described["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert AsDeployed.now(Stack.deployed_to(stack.emulator)) == before
    return str(refusal.value)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"ClosesAt": f"{NEXT_YEAR}-02-30T12:00:00+00:00"}, "ClosesAt cannot be read"),
        ({"ClosesAt": f"{NEXT_YEAR}-08-06T12:00:00"}, "ClosesAt cannot be read"),
        ({"ClosesAt": AN_HOUR_AGO}, "ClosesAt is in the past"),
        ({"DestructionWindow": "P10D"}, "The plan is "),
        ({"DestructionWindow": "two months"}, "DestructionWindow cannot be read"),
    ],
    ids=["30 February", "no offset", "in the past", "too short", "no duration"],
)
def test_what_cannot_be_meant_or_kept_is_refused(announced: Stack, changed: dict[str, str], why: str) -> None:
    assert why in _refused(announced, **changed)


def test_a_plan_that_cannot_be_kept_is_refused_with_the_days_that_would_help(announced: Stack) -> None:
    refusal = _refused(announced, DestructionWindow="P20D")
    needed = refusal.partition("Make DestructionWindow ")[2].partition(" ")[0]
    short = int(refusal.partition("The plan is ")[2].partition(" ")[0])
    assert needed == f"P{20 + short}D"
    assert _is_accepted(announced, DestructionWindow=needed)


def _is_accepted(stack: Stack, **changed: str) -> bool:
    """Whether it can be deployed; put back afterwards."""
    before = stack.parameters()
    deployed = deploy(stack.emulator, changed=changed)
    is_there = changed.items() <= deployed.parameters().items()
    deploy(stack.emulator, changed={name: before[name] for name in changed})
    return is_there


def test_in_production_a_closure_of_whose_alarms_nobody_hears_is_refused_before_anything_is_touched(
    announced: Stack,
) -> None:
    with pytest.raises(DeployError, match="set OperatorsEmail too"):
        deploy(announced.emulator, changed={"Environment": "production"})
    assert announced.parameters()["Environment"] == "local"


def test_a_first_closure_that_is_refused_leaves_the_register_open() -> None:
    with a_stack_of_its_own("guard-open") as stack:
        assert "in the past" in _refused(stack, ClosesAt=AN_HOUR_AGO)
        assert httpx.get(f"{stack.api_url}/status", timeout=60).json()["phase"] == "open"


def test_before_destruction_begins_a_closure_can_be_moved_and_cleared(announced: Stack) -> None:
    moved = f"{NEXT_YEAR}-09-06T12:00:00+01:00"
    assert _is_accepted(announced, ClosesAt=moved)
    cleared = deploy(announced.emulator, changed={"ClosesAt": ""})
    answer = httpx.get(f"{cleared.api_url}/status", timeout=60)
    assert answer.json()["phase"] == "open"
    assert "Sunset" not in answer.headers
    assert "ClosedAfter" not in cleared.physical_ids()
    deploy(announced.emulator, changed={"ClosesAt": ANNOUNCED})


def test_a_date_in_the_past_closes_the_register_at_once_if_it_is_confirmed(begun: Stack) -> None:
    assert httpx.get(f"{begun.api_url}/status", timeout=60).json()["phase"] in {"closed", "destroyed"}


@pytest.mark.parametrize(
    "changed",
    [
        {"ClosesAt": ""},
        {"ClosesAt": f"{NEXT_YEAR}-08-06T12:00:00+01:00"},
        {"DestructionStartsAfter": "P7D"},
        {"DestructionWindow": "P3M"},
    ],
    ids=["cleared", "moved", "begun later", "ended later"],
)
def test_once_destruction_may_have_begun_no_date_is_moved_or_cleared(begun: Stack, changed: dict[str, str]) -> None:
    assert "can no longer be changed or cleared" in _refused(begun, **changed)


def test_what_is_no_date_can_still_be_corrected(begun: Stack) -> None:
    assert _is_accepted(begun, DestructionAuthority="Director of Children’s Services")
