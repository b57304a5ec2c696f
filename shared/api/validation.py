"""From what was sent to a model, or to a list of what is wrong, where, and how to mend it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

MOST_PROBLEMS = 50
"""How many mistakes one answer lists."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One mistake: a JSON pointer (RFC 6901) to where, a code for programs, and how to mend it for people."""

    pointer: str
    code: str
    detail: str


class InvalidRequest(Exception):  # named for what the caller reads
    """What was sent does not validate; `problems` says where. Never holds the values sent."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("invalid request")
        self.problems = tuple(problems)


class NotJson(Exception):
    """The body is not JSON, or nested too deeply to be read."""


def read_json[M: BaseModel](model: type[M], body: bytes | str, today: date) -> M:
    """The model in this JSON text. Raises NotJson or InvalidRequest, without the values that were sent."""
    try:
        return model.model_validate_json(body, context={"today": today})
    except ValidationError as error:
        problems = problems_in(error)
    if problems[0].code == "json_invalid":
        raise NotJson
    raise InvalidRequest(problems)


def read_object[M: BaseModel](model: type[M], value: Any, today: date) -> M:
    """The same for JSON that was parsed before."""
    return read_json(model, json.dumps(value, ensure_ascii=False), today)


def read_query[M: BaseModel](model: type[M], query: Mapping[str, Sequence[str]]) -> M:
    """The model in what stands after the `?` of an address: each name with all its values. Raises InvalidRequest."""
    repeated = [
        FieldProblem(f"/{name}", "repeated", "give this once") for name, values in query.items() if len(values) != 1
    ]
    if repeated:
        raise InvalidRequest(repeated[:MOST_PROBLEMS])
    try:
        return model.model_validate({name: values[0] for name, values in query.items()})
    except ValidationError as error:
        problems = problems_in(error)
    raise InvalidRequest(problems)


def problems_in(error: ValidationError) -> list[FieldProblem]:
    """What is wrong, without the values that were sent."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [_problem(problem) for problem in found[:MOST_PROBLEMS]]


def _problem(error: ErrorDetails) -> FieldProblem:
    detail = error["msg"].removeprefix("Value error, ")
    return FieldProblem(pointer(error["loc"]), error["type"], _PLAIN.get(error["type"], detail))


def pointer(location: Sequence[int | str]) -> str:
    """The RFC 6901 pointer of a path of names and indexes."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


_PLAIN = {
    "missing": "this is required",
    "extra_forbidden": "there is no such field: take it out, or look at its spelling",
    "bool_type": "give true or false",
    "string_type": "give text",
    "model_type": "give an object",
    "list_type": "give a list",
    "string_pattern_mismatch": "this has characters that are not allowed here, or is too long: see the documentation",
    "union_tag_invalid": "there is no such action: see docs/runbook.md",
    "union_tag_not_found": "say which action",
}
