"""From an event of API Gateway to an operation and back. The gateway has routed already: `resource` names the path."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from shared.api.operations import PRACTITIONER_HEADER
from shared.api.problems import (
    MEDIA_TYPE,
    UNEXPECTED,
    BadPrecondition,
    BodyTooLarge,
    MissingScope,
    NotOurs,
    WrongMediaType,
    kind_of,
    problem_of,
)
from shared.api.validation import FieldProblem, InvalidRequest, read_json, read_query
from shared.domain.directory import NOBODY, Caller, Capability
from shared.domain.errors import CaseNotFound, ChildNotFound, DependentNotFound, NoticeNotFound, RegisterClosed
from shared.runtime.clock import now
from shared.runtime.metrics import of_request
from shared.runtime.observability import logger, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.api.operations import Operation
    from shared.domain.announcement import Announcement
    from shared.domain.ports import Directory

_ETAG = re.compile(r'"([1-9][0-9]{0,8})"')
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")
CASE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
CHILD_ID = CASE_ID
PRACTITIONER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@-]{0,63}")
_STATUS = "/status"


@dataclass(frozen=True, slots=True)
class Request:
    """One call, as the gateway passes it on, after its token was checked."""

    operation: Operation
    event: Mapping[str, Any]
    request_id: str
    noted: dict[str, str] = field(default_factory=dict)
    """Codes for the log line of this request: outcomes and ids, nothing personal."""

    @property
    def client_id(self) -> str:
        """The OAuth2 client of the token; empty where none is needed."""
        return str(self._claims().get("client_id", ""))

    def caller(self, directory: Directory) -> Caller:
        """Who calls, as far as the Directory knows, and what the token is good for. A scope without meaning opens nothing."""
        known = directory.caller(self.client_id)
        scopes = self._scopes()
        opens = frozenset(capability for capability in Capability if f"signpost/{capability}" in scopes)
        caller = Caller(self.client_id, known.organisation if known else NOBODY, opens)
        self.noted["organisation"] = caller.organisation.code
        return caller

    def read[M: BaseModel](self, model: type[M]) -> M:
        """The body. Raises BodyTooLarge, WrongMediaType, NotJson and InvalidRequest."""
        media_type = (self.header("content-type") or "").partition(";")[0].strip().lower()
        raw = self._raw()
        if len(raw) > self.operation.largest_body:
            raise BodyTooLarge
        if media_type != "application/json":
            raise WrongMediaType
        return read_json(model, raw, now().date())

    def said(self) -> object:
        """The body as far as it is JSON, whatever it holds; None of one that is none, or too large. For the record only.

        Where a header says who asks, that, as a body would say it.
        """
        if self.operation.names_practitioner:
            return {"practitioner": {"id": self.header(PRACTITIONER_HEADER.lower())}}
        try:
            raw = self._raw()
            return json.loads(raw) if len(raw) <= self.operation.largest_body else None
        except (ValueError, RecursionError):
            return None

    def header(self, name: str) -> str | None:
        """A header by its name in lower case."""
        headers = self.event.get("headers") or {}
        return next((value for key, value in headers.items() if key.lower() == name), None)

    def query[M: BaseModel](self, model: type[M]) -> M:
        """What stands after the `?` of the address. Raises InvalidRequest."""
        return read_query(model, self.event.get("multiValueQueryStringParameters") or {})

    def source_reference(self) -> str:
        """From the path. Raises InvalidRequest if it has not the form of one."""
        reference = self._in_path("source_reference")
        if not REFERENCE.fullmatch(reference):
            detail = "a source reference has 1 to 64 letters, digits or . _ ~ - and begins with a letter or digit"
            raise InvalidRequest([FieldProblem("/source_reference", "source_reference", detail)])
        return reference

    def case_id(self) -> str:
        """From the path. Raises CaseNotFound for what cannot be the id of a case."""
        case_id = self._in_path("case_id")
        if not CASE_ID.fullmatch(case_id):
            raise CaseNotFound
        return case_id

    def child_id(self) -> str:
        """From the path. Raises ChildNotFound for what cannot be the id of a child."""
        child_id = self._in_path("child_id")
        if not CHILD_ID.fullmatch(child_id):
            raise ChildNotFound
        return child_id

    def notice_id(self) -> str:
        """From the path. Raises NoticeNotFound for what cannot be the id of a notice."""
        notice_id = self._in_path("notice_id")
        if not CASE_ID.fullmatch(notice_id):
            raise NoticeNotFound
        return notice_id

    def dependent_id(self) -> str:
        """From the path. Raises DependentNotFound for what cannot be the id of a dependent system."""
        dependent_id = self._in_path("dependent_id")
        if not CASE_ID.fullmatch(dependent_id):
            raise DependentNotFound
        return dependent_id

    def practitioner_id(self) -> str:
        """Who asks, from the header. Raises InvalidRequest if it is not there, or has not the form of an id."""
        practitioner_id = self.header(PRACTITIONER_HEADER.lower()) or ""
        if not PRACTITIONER_ID.fullmatch(practitioner_id):
            detail = (
                f"say in the header {PRACTITIONER_HEADER} who asks: the practitioner's id, of 1 to 64 letters, digits or "
                ". _ / @ - that begins with a letter or digit"
            )
            raise InvalidRequest([FieldProblem(f"/{PRACTITIONER_HEADER}", "practitioner", detail)])
        return practitioner_id

    def if_match(self) -> int | None:
        """The version in If-Match, if it is given. Raises BadPrecondition."""
        value = self.header("if-match")
        if value is None:
            return None
        etag = _ETAG.fullmatch(value.strip())
        if etag is None:
            raise BadPrecondition
        return int(etag[1])

    def require_scope(self) -> None:
        """The gateway has checked it; a slip in the template must not open a route. Raises MissingScope."""
        if self.operation.scope and self.operation.scope not in self._scopes():
            raise MissingScope

    def _raw(self) -> bytes:
        body = str(self.event.get("body") or "")
        return base64.b64decode(body) if self.event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")

    def _scopes(self) -> list[str]:
        return str(self._claims().get("scope", "")).split()

    def _in_path(self, name: str) -> str:
        return str((self.event.get("pathParameters") or {}).get(name, ""))

    def _claims(self) -> Mapping[str, Any]:
        authorizer = (self.event.get("requestContext") or {}).get("authorizer") or {}
        claims: Mapping[str, Any] = authorizer.get("claims") or {}
        return claims


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a model, a text that is JSON already, or nothing."""

    status: int
    body: BaseModel | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


type Handle = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Api:
    """The operations that one function answers. Every answer says what is announced of a closure.

    Once the register has closed, whatever needs a scope is answered that it has, and nothing else: also what was decided
    a moment before, and what another lock has cut short.
    """

    endpoints: Mapping[Operation, Handle]
    announcement: Announcement | None = None
    clock: Callable[[], datetime] = now
    _by_route: dict[tuple[str, str], Operation] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_route", {(o.method, o.path): o for o in self.endpoints})

    def __call__(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        """Answers one event of API Gateway (REST, Lambda proxy), always, and logs one line."""
        started = time.perf_counter()
        request_id = str((event.get("requestContext") or {}).get("requestId", ""))
        operation = self._by_route.get((str(event.get("httpMethod")), str(event.get("resource"))))
        noted: dict[str, str] = {}
        try:
            response = _response(self._answer(operation, event, request_id, noted), request_id)
        except Exception as error:  # noqa: BLE001  # the one place that answers for whatever went wrong
            if kind_of(error) is UNEXPECTED:
                unexpected("unexpected error", error)
            response = _refusal(error, request_id, noted)
        # the last thing that is decided before the answer is let go
        if closed := self._closed_to(operation):
            response = _refusal(closed, request_id, noted)
        if self.announcement:
            response["headers"] |= self.announcement.headers(address_of(_STATUS, event))
        line: dict[str, Any] = {
            "operation": operation.id if operation else None,
            "status": response["statusCode"],
            "request_id": request_id,
            "ms": round((time.perf_counter() - started) * 1000, 1),
            **{name: value for name, value in noted.items() if value},
        }
        line |= of_request(line["operation"], response["statusCode"], line["ms"], noted)
        logger.info("request", extra=line)
        return response

    def _answer(
        self, operation: Operation | None, event: Mapping[str, Any], request_id: str, noted: dict[str, str]
    ) -> Reply:
        if operation is None:
            raise NotOurs
        request = Request(operation, event, request_id, noted)
        noted["client_id"] = request.client_id
        request.require_scope()
        return self.endpoints[operation](request)

    def _closed_to(self, operation: Operation | None) -> RegisterClosed | None:
        announcement = self.announcement
        if announcement is None or operation is None or operation.scope is None:
            return None
        return RegisterClosed(announcement.successor_url) if self.clock() >= announcement.closes_at else None


def _refusal(error: Exception, request_id: str, noted: dict[str, str]) -> dict[str, Any]:
    noted["problem"] = kind_of(error).name
    problem, headers = problem_of(error, request_id)
    return _response(Reply(problem.status, problem, {"Content-Type": MEDIA_TYPE, **headers}), request_id)


def _response(reply: Reply, request_id: str) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": request_id,
        **reply.headers,
    }
    match reply.body:
        case None:
            body = ""
            del headers["Content-Type"]
        case str(text):
            body = text
        case model:
            body = model.model_dump_json(exclude_none=True)
    return {"statusCode": reply.status, "headers": headers, "body": body}


def address_of(path: str, event: Mapping[str, Any]) -> str:
    """Of a path of the API, from the root: under the same stage or base path as the address that was asked."""
    asked = str((event.get("requestContext") or {}).get("path") or "")
    own = str(event.get("path") or "")
    base = asked.removesuffix(own) if own and asked.endswith(own) else ""
    return f"{base}{path}"


def as_json(model: BaseModel) -> dict[str, Any]:
    """A model as JSON types, as it would be answered."""
    value: dict[str, Any] = json.loads(model.model_dump_json(exclude_none=True))
    return value
