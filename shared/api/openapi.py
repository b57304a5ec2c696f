"""The OpenAPI 3.1 document, made from the operations. `python -m shared.api.openapi` prints it."""

from __future__ import annotations

import json
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from shared import __version__
from shared.api.fields import CaseId, ChildId, DependentId, NoticeId, PractitionerId, SourceReference
from shared.api.involvement_bodies import BatchItem, BatchRequest
from shared.api.operations import PRACTITIONER_HEADER, Operation
from shared.api.operations.every import OPERATIONS
from shared.api.problems import MEDIA_TYPE, Problem
from shared.domain.directory import Capability

if TYPE_CHECKING:
    from pydantic import BaseModel

_REF = "#/components/schemas/{model}"
_ANYBODY = (404, 500, 504)
_WITH_TOKEN = (401, 403, 429, 503)
_WITH_BODY = (400, 413, 415)
_MEANING = {
    400: "The request cannot be read.",
    401: "No valid access token.",
    403: "The token lacks the scope, or the Directory does not permit this.",
    404: "Nothing there.",
    410: "The register is closed.",
    409: "Not possible after what was decided before.",
    412: "Changed in the meantime.",
    413: "The body is too large.",
    415: "The body is not sent as JSON.",
    422: "Something in the request is missing or cannot be right.",
    429: "Too many requests.",
    500: "Unexpected error.",
    503: "Not available just now: nothing was shown or acknowledged.",
    504: "No answer in time: it is safe to try again.",
}


_IN_PATHS: dict[str, tuple[Any, str]] = {
    "source_reference": (
        SourceReference,
        "The organisation's own key of the involvement. Never a number or name of a person.",
    ),
    "child_id": (ChildId, "The register's own id of the child, from a lookup."),
    "case_id": (CaseId, "The id of the case, from the review list."),
    "notice_id": (NoticeId, "The id of the notice, from the list of notices, an event or a webhook."),
    "dependent_id": (DependentId, "The id under which operators have written the system down; a notice says it."),
}


OPENS = {
    Capability.LOOKUP: "Ask who is working with a child",
    Capability.REGISTER: "Record that one's own service is working with a child",
    Capability.REVIEW: "Decide whether two children are one",
    Capability.BROKER: "See the sensitive services of the children of one's own area, to ring them for others",
    Capability.OVERRIDE: "Open the shield of a child, who is shielded for its safety",
    Capability.SHIELD: "Shield the children of one's own area",
    Capability.AUDIT: "Read who has looked at the children of one's own area",
    Capability.NOTICES: "Be told of what happens elsewhere with the children one works with",
    Capability.WATCH: "Be told at once when a child one seeks is looked up or registered",
}
"""What a token with the scope of a capability opens."""


def document() -> dict[str, Any]:
    """The whole document, as JSON types."""
    bodies: list[tuple[type[BaseModel], Any]] = [(o.body, "validation") for o in OPERATIONS if o.body]
    bodies.append((BatchItem, "validation"))
    returned = {model for o in OPERATIONS for model, _ in o.answers.values() if model} | {Problem}
    outputs: list[tuple[type[BaseModel], Any]] = [
        (model, "serialization") for model in sorted(returned, key=lambda model: model.__name__)
    ]
    _, schemas = models_json_schema(bodies + outputs, ref_template=_REF)
    components = schemas.get("$defs", {})
    # A batch is read item by item, so that one mistake fails one item; what an item holds is said here.
    components[BatchRequest.__name__]["properties"]["involvements"]["items"] = {
        "$ref": _REF.format(model=BatchItem.__name__)
    }
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Signpost",
            "version": __version__,
            "summary": "Who is working with this child?",
            "description": (
                "An index, never a case file: it says that a service works or worked with a child, whom to ring, and "
                "when they last had contact. Every error is a problem detail (RFC 9457) that holds the request id."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/v1"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "description": "Each deployment has a token endpoint of its own: the output TokenUrl of its stack.",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "https://signpost.example/oauth2/token",
                            "scopes": {f"signpost/{capability}": OPENS[capability] for capability in Capability},
                        }
                    },
                }
            },
        },
    }


def as_text() -> str:
    """The document as it is served and kept in docs/: two spaces, keys in the order in which they were made."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "security": [{"oauth2": [operation.scope]}] if operation.scope else [],
    }
    if parameters := _parameters(operation):
        described["parameters"] = parameters
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "description": f"At most {operation.largest_body // 1024} KiB.",
            "content": {"application/json": {"schema": {"$ref": _REF.format(model=operation.body.__name__)}}},
        }
    described["responses"] = {
        **{str(status): _answer(operation, *answer) for status, answer in operation.answers.items()},
        **{str(status): _problem(status) for status in sorted(_problem_statuses(operation))},
    }
    return described


def _problem_statuses(operation: Operation) -> set[int]:
    statuses = {*operation.problems, *_ANYBODY}
    if operation.scope:
        statuses |= {*_WITH_TOKEN}
    if operation.body:
        statuses |= {*_WITH_BODY}
    if operation.if_match:
        statuses |= {400}
    return statuses


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": meaning,
            "schema": TypeAdapter(field).json_schema(),
        }
        for name, (field, meaning) in _IN_PATHS.items()
        if f"{{{name}}}" in operation.path
    ]
    if operation.query:
        parameters += [
            _in_query(name, schema) for name, schema in operation.query.model_json_schema()["properties"].items()
        ]
    if operation.names_practitioner:
        parameters.append(
            {
                "name": PRACTITIONER_HEADER,
                "in": "header",
                "required": True,
                "description": "The organisation's own id of the practitioner who asks, or a registration number.",
                "schema": TypeAdapter(PractitionerId).json_schema(),
            }
        )
    if operation.if_match:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "description": "The ETag of the version that is meant to be changed.",
                "schema": {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'},
            }
        )
    return parameters


def _in_query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in schema.items() if key not in {"title", "description", "anyOf"}}
    # what may be left out is None in the model; in an address there is no null
    given = next((option for option in schema.get("anyOf", []) if option != {"type": "null"}), None)
    if given:
        said = given
    return {"name": name, "in": "query", "required": False, "description": schema["description"], "schema": said}


def _answer(operation: Operation, model: type[BaseModel] | None, meaning: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": meaning, "headers": {"X-Request-Id": _header("The id of the request.")}}
    if operation.etag:
        answer["headers"]["ETag"] = _header("The version, for If-Match.")
    if model:
        answer["content"] = {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
    elif operation.media_type:
        is_object = operation.media_type == "application/json"
        answer["content"] = {operation.media_type: {"schema": {"type": "object" if is_object else "string"}}}
    return answer


def _problem(status: int) -> dict[str, Any]:
    problem: dict[str, Any] = {
        "description": _MEANING[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=Problem.__name__)}}},
    }
    if status in {429, 500, 503, 504}:
        problem["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    if status == HTTPStatus.GONE:
        problem["headers"] = {"Link": _header("The successor, `rel=successor-version`, if there is one.")}
    return problem


def _header(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "schema": {"type": "string"}}


if __name__ == "__main__":
    sys.stdout.write(as_text())
