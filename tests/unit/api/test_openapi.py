"""The contract as it is published: equal to the code, complete, and usable by a client generator."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
import schemathesis
from schemathesis.core.result import Ok

from shared.api import answers, involvement_bodies, openapi, operations, problems, requests, shield_bodies
from shared.api.fields import Body
from shared.api.operations import CALLS, Operation, reviews
from shared.api.operations.every import OPERATIONS
from shared.api.problems import KINDS, kind_of
from shared.domain import errors
from shared.domain.directory import Capability

ROOT = Path(__file__).parents[3]
DOCUMENT = openapi.document()


def described(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return found


def by_id(operation: Operation) -> str:
    return operation.id


def test_the_copy_in_docs_is_the_document_that_is_served() -> None:
    kept = (ROOT / "docs/openapi.json").read_text(encoding="utf-8")
    assert kept == openapi.as_text(), "make openapi writes it anew"


def test_the_document_is_read_by_a_client_that_checks_it() -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.validate()
    read = {found.ok().label for found in schema.get_all_operations() if isinstance(found, Ok)}
    assert read == {f"{operation.method} {operation.path}" for operation in OPERATIONS}


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_what_a_path_leaves_open_is_described(operation: Operation) -> None:
    in_path = [parameter for parameter in described(operation).get("parameters", []) if parameter["in"] == "path"]
    assert [parameter["name"] for parameter in in_path] == re.findall(r"{(\w+)}", operation.path)
    assert all(parameter["required"] and parameter["schema"]["pattern"] for parameter in in_path)


def test_every_reference_leads_somewhere() -> None:
    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', openapi.as_text()))
    assert wanted <= DOCUMENT["components"]["schemas"].keys()


def test_every_operation_has_an_id_of_its_own() -> None:
    assert set(Counter(operation.id for operation in OPERATIONS).values()) == {1}


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_an_operation_that_has_a_scope_asks_for_it_and_one_that_has_none_asks_for_nothing(operation: Operation) -> None:
    assert described(operation)["security"] == ([{"oauth2": [operation.scope]}] if operation.scope else [])


def test_the_scopes_are_the_capabilities() -> None:
    flows = DOCUMENT["components"]["securitySchemes"]["oauth2"]["flows"]
    assert set(flows["clientCredentials"]["scopes"]) == {f"signpost/{capability}" for capability in Capability}


def statuses_of(*raised: type[Exception]) -> set[int]:
    return {kind.status for error, kind in KINDS if error in raised}


GATED = (errors.RegisterClosed, errors.NotPermitted, errors.Unavailable)
OF_A_CHILD = (*GATED, errors.ChildNotFound, errors.AccessNotRecorded)
RAISED: dict[str, set[int]] = {
    "lookUp": statuses_of(
        *GATED,
        errors.NotEnoughToSearch,
        errors.AccessNotRecorded,
        errors.IllMatchedReason,
        errors.AskedTooOften,
        errors.OverrideNotFound,
    ),
    "putInvolvement": statuses_of(
        *GATED,
        errors.VersionMismatch,
        errors.Contended,
        errors.AccessNotRecorded,
        problems.BadPrecondition,
        errors.AskedTooOften,
        errors.IllMatchedReason,
        errors.NotEnoughToSearch,
        errors.AccessNotRecorded,
    ),
    "getInvolvement": statuses_of(*GATED, errors.InvolvementNotFound),
    "withdrawInvolvement": statuses_of(
        *GATED, errors.InvolvementNotFound, errors.VersionMismatch, errors.Contended, problems.BadPrecondition
    ),
    "putInvolvements": statuses_of(*GATED),
    "listReviews": statuses_of(*GATED),
    "compareChildren": statuses_of(*GATED, errors.CaseNotFound, errors.AccessNotRecorded, errors.AskedTooOften),
    "decideCase": statuses_of(
        *GATED, errors.CaseNotFound, errors.FoundDifferentBefore, errors.JoinedSince, errors.Contended
    ),
    "shieldChild": statuses_of(*OF_A_CHILD, errors.Contended),
    "getShield": statuses_of(*OF_A_CHILD),
    "liftShield": statuses_of(*OF_A_CHILD, errors.Contended),
    "openShield": statuses_of(*OF_A_CHILD, errors.WarningNotAccepted, errors.IllMatchedReason, errors.AskedTooOften),
    "listAccesses": statuses_of(*OF_A_CHILD),
    "listAlerts": statuses_of(*GATED, errors.AccessNotRecorded),
    "listNotices": statuses_of(*GATED, errors.AccessNotRecorded, errors.AskedTooOften),
    "getNotice": statuses_of(*GATED, errors.NoticeNotFound, errors.AccessNotRecorded, errors.AskedTooOften),
    "acknowledgeNotice": statuses_of(*GATED, errors.NoticeNotFound, errors.AccessNotRecorded, errors.Contended),
    "watchChild": statuses_of(*OF_A_CHILD, errors.AskedTooOften, errors.Contended),
    "endWatch": statuses_of(*OF_A_CHILD, errors.AskedTooOften, errors.Contended),
    "acknowledgeClosure": statuses_of(
        *GATED, errors.DependentNotFound, errors.NothingToAcknowledge, errors.AccessNotRecorded
    ),
    "getStatus": statuses_of(errors.Unavailable),
    "getOpenApi": set(),
    **dict.fromkeys(
        ("getCertificate", "getCertificateSignature", "getCertificatePublicKey", "getCertificatePage"),
        statuses_of(errors.NotCertified, errors.Unavailable),
    ),
}
"""What the docstrings of the use cases say that they raise."""


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_every_error_of_an_operation_is_told(operation: Operation) -> None:
    expected = RAISED[operation.id] | statuses_of(problems.NotOurs) | {kind_of(RuntimeError()).status}
    if operation.scope:
        expected |= statuses_of(problems.MissingScope) | {401, 429}  # the gateway's own
    if operation.body:
        expected |= {kind_of(error).status for error in (problems.BodyTooLarge(), problems.WrongMediaType())}
        expected |= {400, 422}
    if "{source_reference}" in operation.path or operation.query:
        expected |= {422}
    assert expected <= {int(status) for status in described(operation)["responses"]}


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_every_error_is_told_as_problem_details(operation: Operation) -> None:
    for status, response in described(operation)["responses"].items():
        if int(status) >= 400:
            assert response["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }


def test_every_status_of_the_table_has_a_meaning_in_the_document() -> None:
    told = {int(s) for o in OPERATIONS for s in described(o)["responses"]}
    assert {kind.status for _, kind in KINDS} <= told


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.body], ids=by_id)
def test_a_body_refuses_unknown_fields(operation: Operation) -> None:
    assert operation.body is not None
    assert DOCUMENT["components"]["schemas"][operation.body.__name__]["additionalProperties"] is False


def test_what_an_item_of_a_batch_holds_is_told() -> None:
    items = DOCUMENT["components"]["schemas"]["BatchRequest"]["properties"]["involvements"]
    assert items["items"] == {"$ref": "#/components/schemas/BatchItem"}
    assert (items["minItems"], items["maxItems"]) == (1, involvement_bodies.BATCH_SIZE)


def test_no_address_has_room_for_a_person() -> None:
    parameters = {p["name"] for o in OPERATIONS for p in described(o).get("parameters", []) if p["in"] != "header"}
    assert parameters == {"source_reference", "case_id", "child_id", "notice_id", "dependent_id", "limit", "after"}


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.media_type], ids=by_id)
def test_a_document_is_told_by_its_media_type(operation: Operation) -> None:
    (content,) = described(operation)["responses"]["200"]["content"].items()
    is_json = operation.media_type == "application/json"
    assert content == (operation.media_type, {"schema": {"type": "object" if is_json else "string"}})


def test_what_may_stand_in_an_address_is_told() -> None:
    parameters = described(reviews.GET_REVIEWS)["parameters"]
    assert [(p["name"], p["in"], p["required"], p["schema"]) for p in parameters] == [
        ("limit", "query", False, {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}),
        ("after", "query", False, {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,400}$"}),
    ]
    assert all(p["description"] for p in parameters)
    (case_id,) = described(reviews.PUT_DECISION)["parameters"]
    assert (case_id["name"], case_id["in"], case_id["required"]) == ("case_id", "path", True)


def _bounds(schema: dict[str, Any], where: str) -> list[str]:
    """Every text that a caller may send without a limit to its length."""
    found = []
    match schema:
        case {"type": "string"} if not {"maxLength", "enum", "format", "pattern", "const"} & schema.keys():
            found.append(where)
        case {"properties": dict(properties)}:
            found += [path for name, inner in properties.items() for path in _bounds(inner, f"{where}/{name}")]
        case {"anyOf": list(options)}:
            found += [path for option in options for path in _bounds(option, where)]
        case _:
            pass
    return found


SENT: dict[str, type[Body]] = {
    name: model
    for module in (requests, shield_bodies)
    for name, model in vars(module).items()
    if inspect.isclass(model) and issubclass(model, Body)
}


@pytest.mark.parametrize("model", SENT.values(), ids=SENT.keys())
def test_every_text_that_may_be_sent_has_a_limit(model: type[Body]) -> None:
    assert not _bounds(model.model_json_schema(), model.__name__)


def test_no_answer_shows_where_a_child_lives_or_its_numbers() -> None:
    assert answers.ChildAnswer.model_fields.keys() == {
        "child_id", "given_name", "family_name", "date_of_birth", "expected_date", "sex",
    }  # fmt: skip


# Operations and handlers


def handled() -> Counter[str]:
    """The operations that each function's `Api({...})` answers, by its name in `shared.api.operations`."""
    found: Counter[str] = Counter()
    for module in sorted((ROOT / "functions").glob("*/handler.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name("Api"), args=[ast.Dict(keys=keys), *_]):
                    found.update(key.id for key in keys if isinstance(key, ast.Name))
                case _:
                    pass
    return found


def defined() -> dict[str, Operation]:
    """Every operation of every module, by its name."""
    modules = [import_module(f"{operations.__name__}.{found.name}") for found in iter_modules(operations.__path__)]
    return {name: o for module in modules for name, o in vars(module).items() if isinstance(o, Operation)}


def test_every_operation_has_a_handler_in_exactly_one_function() -> None:
    assert handled() == Counter(list(defined()))


def test_every_operation_is_published() -> None:
    assert {id(o) for o in defined().values()} == {id(o) for o in OPERATIONS}


def test_whoever_needs_only_the_names_of_operations_has_them_all() -> None:
    assert {o.id for o in OPERATIONS} == CALLS


def test_the_document_is_json() -> None:
    assert json.loads(openapi.as_text()) == DOCUMENT
