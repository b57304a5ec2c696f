"""`python -m tests.bench.requests.recording`: has the real functions register children against moto, and keeps its answers."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import BotocoreStubber

from tests.bench.requests.recorded import body_of, key_of, target_of
from tests.bench.requests.scenarios import FED, fill, scenarios
from tests.integration.deployed import deployed
from tests.integration.emulated import emulated_aws

FILE = Path(".local/bench/recorded.json")


def record() -> dict[str, Any]:
    """The environment of the functions, and of each scenario what the AWS that it met answered, by what was asked."""
    with pytest.MonkeyPatch.context() as patch:
        before = dict(os.environ)
        with emulated_aws(patch), deployed(patch) as deployment:
            environment = {name: value for name, value in os.environ.items() if before.get(name) != value}
            client = fill(deployment)
            kept = []
            for scenario in scenarios(client.client_id):
                deployment.restart()
                with pytest.MonkeyPatch.context() as tap:
                    answers = _tapped(tap)
                    answer = deployment.function(scenario.function).handler(scenario.event, None)
                if answer["statusCode"] != scenario.status:
                    message = f"{scenario.name}: {answer}"
                    raise RuntimeError(message)
                kept.append({**asdict(scenario), "answers": answers, "bytes": len(answer["body"])})
            deployment.restart()
            with pytest.MonkeyPatch.context() as tap:
                fed = _tapped(tap)
                deployment.drop(client.organisation, FED)
    return {
        "feed": {key: answer for key, answer in fed.items() if " Directory " in key or key == "GetSecretValue"},
        "environment": environment,
        "scenarios": kept,
    }


def _tapped(patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Fills with the answers to reads until the patch is undone."""
    answers, answer = dict[str, str](), BotocoreStubber.__call__

    def pass_on(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **said: Any) -> Any:
        given: AWSResponse | None = answer(stubber, event_name, request, **said)
        if given and "X-Amz-Target" in request.headers:
            answers.setdefault(key_of(target_of(request), body_of(request)), given.content.decode())
        return given

    patch.setattr(BotocoreStubber, "__call__", pass_on)
    return answers


def main() -> None:
    """Writes them into FILE."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(record()), encoding="utf-8")


if __name__ == "__main__":
    main()
