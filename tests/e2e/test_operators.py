"""What operators type: `sam remote invoke` and `sam logs`, with the real SAM CLI."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from infra.local.deploy import ROOT
from infra.local.emulator import REGION
from infra.local.stack import CREDENTIALS, NAME

if TYPE_CHECKING:
    from infra.local.stack import Stack


def _sam(stack: Stack, *command: str) -> str:
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
    return ran.stdout


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


def test_an_operator_reads_a_request_in_the_log_by_its_id(stack: Stack, nhs_trust: Any) -> None:
    request_id = nhs_trust.get("/involvements/none-such").headers["x-request-id"]
    assert request_id in _sam(stack, "logs", "-n", "RegistrationFunction")
