"""What operators type: `sam remote invoke` and `sam logs`, with the real SAM CLI."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

from infra.local.deploy import ROOT
from infra.local.emulator import REGION
from infra.local.stack import CREDENTIALS, NAME

if TYPE_CHECKING:
    from infra.local.stack import Stack

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _sam(stack: Stack, *command: str) -> str:
    """What it writes to the standard output, which is what a program reads."""
    return _ran(stack, *command).stdout


def _ran(stack: Stack, *command: str) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [str(ROOT / ".tools/sam/bin/sam"), *command, "--stack-name", NAME, "--region", REGION],
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "AWS_ENDPOINT_URL": stack.emulator.url,
            "SAM_CLI_TELEMETRY": "0",
            **CREDENTIALS,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return ran


def test_an_operator_enrols_issues_and_marks_returned_with_sam_remote_invoke(stack: Stack) -> None:
    def instruct(**instruction: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            _sam(stack, "remote", "invoke", "DirectoryFunction", "--event", json.dumps(instruction))
        )
        return answer

    assert instruct(action="enrol", organisation="RZ9", name="An Infirmary", capabilities=["lookup"])["ok"]
    issued = instruct(action="issue", organisation="RZ9", label="ED system")
    assert issued["client_secret"]
    outstanding = instruct(action="outstanding")["outstanding"]
    assert issued["client_id"] in {credential["client_id"] for credential in outstanding}
    assert all("client_secret" not in credential for credential in outstanding)
    assert instruct(action="returned", organisation="RZ9", client_id=issued["client_id"])["state"] == "returned"
    assert instruct(action="outstanding")["outstanding"] == [
        c for c in outstanding if c["client_id"] != issued["client_id"]
    ]


def test_an_operator_reads_the_plan_of_destruction_as_a_table(stack: Stack) -> None:
    name = stack.function_name("expiry")
    variables = stack.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    # Only the function asked is told of a closure, which nobody accepted: it plans, and carries nothing out.
    planning = {**variables, "CLOSES_AT": "2037-08-06T12:00:00+01:00", "ANNOUNCED_AT": "1795400000"}
    stack.functions.update_function_configuration(FunctionName=name, Environment={"Variables": planning})
    try:
        ran = _ran(stack, "remote", "invoke", "ExpiryFunction", "--event", '{"action": "plan"}')
    finally:
        stack.functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    shown = ran.stderr.splitlines()
    steps = [line for line in shown if re.match(r"[ 1][0-9] [a-z]", line)]
    assert [line[:2].strip() for line in steps] == [str(number) for number in range(1, 13)]
    assert all(line.endswith("+01:00") for line in steps)
    (heading,) = [line for line in shown if line.startswith("   step")]
    column = heading.index("at the latest")
    assert {line[column - 1 : column + 4] for line in steps} <= {f" {day} " for day in DAYS}
    assert "nothing left by        Tue 6 Oct 2037 12:00:00 +01:00" in shown
    # A program gets all of it, with the reasons.
    plan = json.loads(ran.stdout)["plan"]
    assert plan[: plan.index("Why")][-13:-1] == steps


def test_an_operator_reads_a_request_in_the_log_by_its_id(stack: Stack, nhs_trust: Any) -> None:
    request_id = nhs_trust.get("/involvements/none-such").headers["x-request-id"]
    assert request_id in _sam(stack, "logs", "-n", "RegistrationFunction")
