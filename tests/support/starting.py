"""Built functions, started as Lambda starts them: a fresh process, the zip and the layer alone on its path.

AWS is a small server on this machine that knows one client of one organisation, and nothing else: what is asked of it
is answered at once, so what a start takes is the function's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from infra.local import template as templates
from shared.persistence import keys
from shared.persistence.models import ClientItem, OrganisationItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FUNCTIONS = (
    *("lookup", "registration", "review", "shield", "access", "notify", "notices", "deliver"),
    *("feed", "directory", "status", "expiry", "guard", "replay"),
)
CLIENT, ORGANISATION = "client-1", "RQ4"

_CODES = {
    "capabilities": ["lookup", "register", "review", "shield", "audit", "notices", "watch", "override"],
    "purposes": ["emergency_care"],
    "roles": ["nurse"],
    "service_types": ["health_visiting"],
    "sees": ["health_visiting", "education"],
}
_KNOWN: dict[str, Any] = {
    keys.client(CLIENT): ClientItem(keys.client(CLIENT), keys.CLIENT, organisation=ORGANISATION, state="issued"),
    keys.ORGANISATIONS: OrganisationItem(
        keys.ORGANISATIONS,
        keys.organisation(ORGANISATION),
        code=ORGANISATION,
        name="North Trust",
        permissions=_CODES,
        districts=["N12"],
        covered_service_types=["health_visiting"],
        area=["N12"],
        version=1,
    ),
}
"""What the Directory holds, by partition."""

_CHILD = {"given_name": "Zoë", "family_name": "Okafor-Lane", "date_of_birth": "2022-03-14", "nhs_number": "9990001014"}
_QUESTION = {
    "reason": {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11"},
    "practitioner": {"id": "N-1", "name": "Ada Byron", "role": "nurse"},
    "child": _CHILD,
}


def _call(method: str, resource: str, body: object = None, **in_path: str) -> dict[str, Any]:
    """An event of API Gateway."""
    scopes = " ".join(f"signpost/{capability}" for capability in _CODES["capabilities"])
    return {
        "httpMethod": method,
        "resource": resource,
        "path": resource,
        "headers": {"Content-Type": "application/json", "Signpost-Practitioner": "N-1"},
        "pathParameters": in_path,
        "body": None if body is None else json.dumps(body),
        "requestContext": {
            "requestId": "request-1",
            "path": resource,
            "authorizer": {"claims": {"client_id": CLIENT, "scope": scopes}},
        },
    }


FIRST_EVENTS: Mapping[str, Any] = {
    "lookup": _call("POST", "/lookups", _QUESTION),
    "registration": _call(
        "PUT",
        "/involvements/{source_reference}",
        {"child": _CHILD, "service_type": "health_visiting", "duty_phone": "020 7946 0018"},
        source_reference="hv-1",
    ),
    "review": _call("GET", "/reviews"),
    "shield": _call("GET", "/shields/{child_id}", child_id="c-1"),
    "access": _call("GET", "/alerts"),
    "notices": _call("GET", "/notices"),
    "status": _call("GET", "/openapi.json"),
    "notify": {"Records": []},
    "deliver": {"Records": []},
    "feed": {"detail": {"object": {"key": "nowhere.csv"}}},
    "directory": {"action": "organisations"},
    "expiry": {"action": "plan"},
    "guard": {
        "RequestType": "Delete",
        "ResourceType": "Custom::ClosureGuard",
        "StackId": "stack",
        "RequestId": "request-1",
        "LogicalResourceId": "Guard",
        "PhysicalResourceId": "closure",
        "ResourceProperties": {},
    },
    "replay": {},
}
"""What each function is called with first: what it does most, or what takes no store where that would be much."""


class _Aws(BaseHTTPRequestHandler):
    """Secrets Manager, DynamoDB and whoever takes an answer by PUT."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self._reply(json.dumps(_answer_to(action, said)).encode())

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._reply(b"")

    def _reply(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _answer_to(action: str, said: Mapping[str, Any]) -> dict[str, Any]:
    match action:
        case "GetSecretValue":
            return {"Name": "hashing", "SecretString": "s" * 64}
        case "BatchGetItem":
            return {"Responses": {table: [] for table in said["RequestItems"]}, "UnprocessedKeys": {}}
        case "Query" | "Scan":
            asked = [value.get("S") for value in said.get("ExpressionAttributeValues", {}).values()]
            found = [_KNOWN[pk].serialize() for pk in asked if pk in _KNOWN]
            return {"Items": found, "Count": len(found), "ScannedCount": len(found)}
        case _:
            return {}


@contextmanager
def aws() -> Iterator[str]:
    """The address of an AWS that answers at once."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Aws) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Started:
    """How one start went. Times are in milliseconds; CPU is that of all threads."""

    import_ms: float
    import_cpu_ms: float
    call_ms: float
    call_cpu_ms: float
    modules: tuple[str, ...]
    """All that was loaded."""
    answer: Any


def folder_of(built: Path, name: str) -> Path:
    """What the zip of a function is made of."""
    return built / f"{name.capitalize()}Function"


def start(built: Path, name: str, endpoint: str) -> Started:
    """Starts a function in a process of its own, and calls it once. Raises AssertionError with what it said, if it fails."""
    path = [str(folder_of(built, name)), str(built / "DependenciesLayer" / "python")]
    where = {"ResponseURL": f"{endpoint}/answer"} if name == "guard" else {}
    told = json.dumps({"path": path, "name": name, "event": {**FIRST_EVENTS[name], **where}})
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _STARTS],
        input=told,
        env=_environment(name, endpoint),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    said = json.loads(ran.stdout.rpartition("\n")[2])
    return Started(**{**said, "modules": tuple(said["modules"])})


# Only what is loaded before Lambda's own runtime would be is loaded before the clock starts.
_STARTS = """
import json, sys, time
told = json.load(sys.stdin)
sys.path[:0] = told["path"]
class Context:
    aws_request_id = "request-1"
    def get_remaining_time_in_millis(self):
        return 900_000
def clocks():
    return time.perf_counter() * 1000, time.process_time() * 1000
began = clocks()
import importlib
handler = importlib.import_module("functions." + told["name"] + ".handler").handler
imported = clocks()
answer = handler(told["event"], Context())
called = clocks()
sys.stdout.write("\\n" + json.dumps({
    "import_ms": imported[0] - began[0], "import_cpu_ms": imported[1] - began[1],
    "call_ms": called[0] - imported[0], "call_cpu_ms": called[1] - imported[1],
    "modules": sorted(sys.modules), "answer": answer,
}))
"""


def _environment(name: str, endpoint: str) -> dict[str, str]:
    template = templates.load(templates.SOURCE)
    function = templates.resources(templates.SOURCE)[f"{name.capitalize()}Function"]["Properties"]
    variables = {**template["Globals"]["Function"]["Environment"]["Variables"], **function["Environment"]["Variables"]}
    defaults = {
        variable: str(template["Parameters"][value["Ref"]]["Default"])
        for variable, value in variables.items()
        if isinstance(value, dict) and value.get("Ref") in template["Parameters"]
    }
    return (
        dict.fromkeys(variables, "1")
        | defaults
        | {variable: value for variable, value in variables.items() if isinstance(value, str)}
        | {
            "PATH": os.defpath,
            "ANNOUNCED_AT": "",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "eu-west-2",
            "AWS_DEFAULT_REGION": "eu-west-2",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_LAMBDA_FUNCTION_NAME": name,
        }
    )
