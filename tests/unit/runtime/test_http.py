"""From an event of API Gateway to an operation and back, with a handler of our own making."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.lookup_bodies import LookupRequest
from shared.api.operations import Operation
from shared.api.operations.every import OPERATIONS
from shared.api.operations.involvements import DELETE_INVOLVEMENT, PUT_INVOLVEMENT
from shared.api.operations.lookups import POST_LOOKUP
from shared.api.operations.reviews import GET_REVIEWS, PUT_DECISION
from shared.api.operations.shields import GET_SHIELD
from shared.api.operations.standing import GET_OPENAPI, GET_STATUS
from shared.api.pages import PageQuery
from shared.api.problems import BadPrecondition
from shared.api.status_bodies import StatusAnswer
from shared.api.validation import InvalidRequest
from shared.domain.announcement import Announcement
from shared.domain.directory import NOBODY, Caller, Capability, Organisation
from shared.domain.errors import (
    CaseNotFound,
    ChildNotFound,
    Contended,
    FoundDifferentBefore,
    InvolvementNotFound,
    NotPermitted,
    RegisterClosed,
    SignpostError,
    Unavailable,
    VersionMismatch,
)
from shared.domain.lifecycle import Lifecycle
from shared.runtime.http import Api, Reply, Request
from shared.runtime.observability import logger
from tests.support.bodies import a_child_body, a_lookup_body
from tests.support.builders import NHS_NUMBER, NOW, an_organisation

BODY = json.dumps(a_lookup_body())
SCOPES = " ".join(f"signpost/{capability}" for capability in Capability)


def an_event(operation: Operation = POST_LOOKUP, **changed: Any) -> dict[str, Any]:
    scope = changed.pop("scope", operation.scope)
    return {
        "httpMethod": operation.method,
        "resource": operation.path,
        "pathParameters": None,
        "headers": {"Content-Type": "application/json"},
        "body": BODY if operation.body else None,
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "request-1",
            "authorizer": {"claims": {"client_id": "client-1", "scope": scope}},
        },
    } | changed


class Endpoint:
    """Reads what it is sent, and answers as it was told."""

    def __init__(self, reply: Reply | Exception | None = None) -> None:
        self.reply = reply or Reply(200, '{"ok": true}')
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        self.seen.append(request)
        if request.operation.body:
            request.read(request.operation.body)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


def answered(event: dict[str, Any], endpoint: Endpoint | None = None) -> dict[str, Any]:
    """The answer of a function that handles every operation alike."""
    endpoint = endpoint or Endpoint()
    return Api(dict.fromkeys(OPERATIONS, endpoint))(event, None)


def problem_in(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer["body"])
    assert problem["status"] == answer["statusCode"]
    return problem


def a_request(operation: Operation = PUT_INVOLVEMENT, **changed: Any) -> Request:
    return Request(operation, an_event(operation, **changed), "request-1")


# Routes and scopes


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_a_call_reaches_its_operation_and_no_other(operation: Operation) -> None:
    endpoints = {o: Endpoint() for o in OPERATIONS}
    Api(endpoints)(an_event(operation), None)
    assert [o.id for o, endpoint in endpoints.items() if endpoint.seen] == [operation.id]


@pytest.mark.parametrize(
    "event",
    [
        an_event(resource="/nowhere"),
        an_event(httpMethod="PATCH"),
        {},
        {"requestContext": None},
        an_event(GET_STATUS, httpMethod=None),
    ],
)
def test_an_unknown_route_is_not_found(event: dict[str, Any]) -> None:
    answer = answered(event)
    assert problem_in(answer)["type"] == "urn:signpost:problem:no-such-route"
    assert answer["statusCode"] == 404


@pytest.mark.parametrize("scope", ["", "signpost/register", "signpost/lookups", "xsignpost/lookup", None])
def test_a_token_without_the_scope_of_the_route_is_refused(scope: str | None) -> None:
    endpoint = Endpoint()
    answer = answered(an_event(scope=scope), endpoint)
    assert (answer["statusCode"], endpoint.seen) == (403, [])


@pytest.mark.parametrize(
    "context", [None, {}, {"requestId": "r"}, {"authorizer": None}, {"authorizer": {"claims": None}}]
)
def test_a_route_that_needs_a_scope_is_closed_to_a_call_without_a_token(context: dict[str, Any] | None) -> None:
    assert answered(an_event(requestContext=context))["statusCode"] == 403


def test_one_scope_of_several_is_enough() -> None:
    assert answered(an_event(scope="signpost/register signpost/lookup"))["statusCode"] == 200


@pytest.mark.parametrize("operation", [GET_STATUS, GET_OPENAPI], ids=lambda operation: operation.id)
def test_a_public_route_needs_no_token(operation: Operation) -> None:
    assert answered(an_event(operation, requestContext={"requestId": "r"}))["statusCode"] == 200


# Bodies


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8", " application/json "])
def test_json_may_be_sent_with_a_character_set(media_type: str) -> None:
    assert answered(an_event(headers={"content-type": media_type}))["statusCode"] == 200


@pytest.mark.parametrize("headers", [None, {}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonp"}])
def test_a_body_of_another_media_type_is_refused(headers: dict[str, str] | None) -> None:
    assert answered(an_event(headers=headers))["statusCode"] == 415


def test_a_body_may_come_in_base64() -> None:
    body = base64.b64encode(BODY.encode()).decode()
    assert answered(an_event(body=body, isBase64Encoded=True))["statusCode"] == 200


@pytest.mark.parametrize("body", [None, "", "{", "\ud800", '{"a": "\ud800"}'])
def test_a_body_that_is_no_json_is_refused(body: str | None) -> None:
    assert problem_in(answered(an_event(body=body)))["type"] == "urn:signpost:problem:not-json"


def test_a_body_as_large_as_its_route_allows_is_read() -> None:
    spaces = " " * (POST_LOOKUP.largest_body - len(BODY.encode()))
    assert answered(an_event(body=BODY + spaces))["statusCode"] == 200


@pytest.mark.parametrize("letter", [" ", "é"])
def test_a_body_over_the_limit_of_its_route_in_bytes_is_refused(letter: str) -> None:
    body = letter * (POST_LOOKUP.largest_body // len(letter.encode()) + 1)
    assert answered(an_event(body=body))["statusCode"] == 413


def test_a_large_body_is_refused_whatever_its_media_type() -> None:
    assert answered(an_event(body=" " * 100_000, headers={}))["statusCode"] == 413


def test_a_mistake_in_a_body_is_told_by_its_pointer_without_repeating_it() -> None:
    body = json.dumps(a_lookup_body(child=a_child_body(nhs_number="9434765918")))
    problem = problem_in(answered(an_event(body=body)))
    assert problem["status"] == 422
    assert [mistake["pointer"] for mistake in problem["errors"]] == ["/child/nhs_number"]
    assert "9434765918" not in json.dumps(problem)


def test_a_request_is_read_as_its_model() -> None:
    assert a_request(POST_LOOKUP).read(LookupRequest).practitioner.id == "NMC-12A3456E"


# References and preconditions


@pytest.mark.parametrize("reference", ["A", "CASE-1", "a._~-z", "9" * 64])
def test_a_source_reference_is_taken_from_the_path(reference: str) -> None:
    assert a_request(pathParameters={"source_reference": reference}).source_reference() == reference


@pytest.mark.parametrize(
    "parameters", [None, {}, *({"source_reference": r} for r in ("", "-a", "a b", "a/b", "x" * 65, "é", "a\n"))]
)
def test_a_source_reference_that_has_not_the_form_of_one_is_invalid(parameters: dict[str, str] | None) -> None:
    with pytest.raises(InvalidRequest):
        a_request(pathParameters=parameters).source_reference()


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ({}, None),
        (None, None),
        ({"If-Match": '"1"'}, 1),
        ({"if-match": ' "42" '}, 42),
        ({"IF-MATCH": '"999999999"'}, 999_999_999),
    ],
)
def test_if_match_names_a_version(headers: dict[str, str] | None, version: int | None) -> None:
    assert a_request(DELETE_INVOLVEMENT, headers=headers).if_match() == version


@pytest.mark.parametrize(
    "value", ["", "*", "1", 'W/"1"', '"1", "2"', '"0"', '"01"', '"-1"', '"1234567890"', '"\u0661"', '"1"x']
)
def test_if_match_that_is_not_one_etag_of_ours_is_not_understood(value: str) -> None:
    with pytest.raises(BadPrecondition):
        a_request(headers={"If-Match": value}).if_match()


# Cases and queries


def test_a_case_is_taken_from_the_path() -> None:
    assert a_request(PUT_DECISION, pathParameters={"case_id": "h9-_Zq"}).case_id() == "h9-_Zq"


@pytest.mark.parametrize(
    "parameters", [None, {}, *({"case_id": c} for c in ("", "a b", "CASE#1", "x" * 65, "é", "a\n"))]
)
def test_what_cannot_be_the_id_of_a_case_is_none(parameters: dict[str, str] | None) -> None:
    with pytest.raises(CaseNotFound):
        a_request(PUT_DECISION, pathParameters=parameters).case_id()


def test_a_child_is_taken_from_the_path() -> None:
    child_id = "0b8f7c1e-2f0e-4c39-9a57-5cbb2a9b3d61"
    assert a_request(GET_SHIELD, pathParameters={"child_id": child_id}).child_id() == child_id


@pytest.mark.parametrize(
    "parameters", [None, {}, *({"child_id": c} for c in ("", "a b", "CHILD#1", "x" * 65, "é", "a\n", "a\x00"))]
)
def test_what_cannot_be_the_id_of_a_child_is_none(parameters: dict[str, str] | None) -> None:
    with pytest.raises(ChildNotFound):
        a_request(GET_SHIELD, pathParameters=parameters).child_id()


# Callers


class OneOrganisation:
    """A Directory that knows one client."""

    def caller(self, client_id: str) -> Caller | None:
        return Caller(client_id, an_organisation()) if client_id == "client-1" else None

    def organisations(self) -> Sequence[Organisation]:
        return (an_organisation(),)


@pytest.mark.parametrize(
    ("scope", "opens"),
    [
        ("signpost/lookup", {Capability.LOOKUP}),
        ("signpost/lookup signpost/broker", {Capability.LOOKUP, Capability.BROKER}),
        ("signpost/lookup lookup broker signpost/brokers xsignpost/shield SIGNPOST/AUDIT", {Capability.LOOKUP}),
        ("", set()),
    ],
)
def test_a_caller_may_what_its_organisation_may_as_far_as_its_token_opens_it(
    scope: str, opens: set[Capability]
) -> None:
    caller = a_request(POST_LOOKUP, scope=scope).caller(OneOrganisation())
    assert caller.organisation == an_organisation()
    assert {capability for capability in Capability if caller.may(capability)} == opens


def test_a_client_that_the_directory_does_not_know_may_do_nothing() -> None:
    request = a_request(POST_LOOKUP, requestContext={"authorizer": {"claims": {"client_id": "x", "scope": SCOPES}}})
    caller = request.caller(OneOrganisation())
    assert caller.organisation == NOBODY
    assert not any(caller.may(capability) for capability in Capability)
    assert request.noted["organisation"] == NOBODY.code


# What is recorded of a body that cannot be read


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"practitioner": {"id": "P-1"}}', {"practitioner": {"id": "P-1"}}),
        ("[1]", [1]),
        ("", None),
        ("{", None),
        ("\ud800", None),
        ("[" * 16_000, None),
        ('"' + "x" * POST_LOOKUP.largest_body + '"', None),
        (None, None),
    ],
)
def test_as_much_of_a_body_is_known_as_is_json(body: str | None, said: object) -> None:
    assert a_request(POST_LOOKUP, body=body).said() == said


def test_of_a_body_that_is_not_base64_nothing_is_known() -> None:
    assert a_request(POST_LOOKUP, body="é", isBase64Encoded=True).said() is None


@pytest.mark.parametrize("query", [None, {}])
def test_a_query_may_be_left_out(query: dict[str, list[str]] | None) -> None:
    assert a_request(GET_REVIEWS, multiValueQueryStringParameters=query).query(PageQuery).limit == 50


def test_a_query_is_read_as_its_model() -> None:
    request = a_request(GET_REVIEWS, multiValueQueryStringParameters={"limit": ["7"]})
    assert request.query(PageQuery).limit == 7


def test_a_mistake_in_a_query_names_the_parameter() -> None:
    def read(request: Request) -> Reply:
        return Reply(200, str(request.query(PageQuery)))

    event = an_event(GET_REVIEWS, multiValueQueryStringParameters={"limit": ["0"], "page": ["Amelia"]})
    problem = problem_in(Api({GET_REVIEWS: read})(event, None))
    assert problem["status"] == 422
    assert sorted(mistake["pointer"] for mistake in problem["errors"]) == ["/limit", "/page"]
    assert "Amelia" not in json.dumps(problem)


# Answers


def test_an_answer_is_kept_by_no_cache_and_names_its_request() -> None:
    headers = answered(an_event())["headers"]
    assert headers == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": "request-1",
    }


def test_a_problem_is_kept_by_no_cache_and_names_its_request() -> None:
    answer = answered(an_event(resource="/nowhere"))
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert problem_in(answer)["request_id"] == answer["headers"]["X-Request-Id"] == "request-1"


def test_an_answer_without_a_body_has_no_content_type() -> None:
    answer = answered(an_event(DELETE_INVOLVEMENT), Endpoint(Reply(204)))
    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert "Content-Type" not in answer["headers"]


def test_an_etag_is_passed_on() -> None:
    answer = answered(an_event(GET_STATUS), Endpoint(Reply(200, "{}", {"ETag": '"3"'})))
    assert answer["headers"]["ETag"] == '"3"'


def test_what_is_not_known_is_left_out_of_an_answer() -> None:
    status = StatusAnswer.of(Lifecycle(), NOW, version="1", environment="local")
    answer = answered(an_event(GET_STATUS), Endpoint(Reply(200, status)))
    assert "closes_at" not in json.loads(answer["body"])


def test_a_closed_register_links_to_its_successor() -> None:
    answer = answered(an_event(), Endpoint(RegisterClosed("https://successor.example")))
    assert answer["statusCode"] == 410
    assert answer["headers"]["Link"] == '<https://successor.example>; rel="successor-version"'


def test_an_answer_that_may_be_tried_again_says_when() -> None:
    answer = answered(an_event(), Endpoint(Contended()))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")


def test_what_nobody_foresaw_is_answered_without_what_it_says() -> None:
    answer = answered(an_event(), Endpoint(ValueError("Amelia Okafor")))
    assert answer["statusCode"] == 500
    assert "Amelia" not in json.dumps(answer)
    assert "ValueError" not in json.dumps(answer)


@given(st.dictionaries(st.sampled_from(["httpMethod", "resource", "headers", "body", "pathParameters"]), st.none()))
def test_an_event_with_holes_is_answered_all_the_same(holes: dict[str, None]) -> None:
    assert answered(an_event() | holes)["statusCode"] in {200, 400, 404, 415}


# The log


class Log(logging.Handler):
    """The lines as they are written to CloudWatch."""

    def __init__(self) -> None:
        super().__init__()
        self.stream = io.StringIO()

    def emit(self, record: logging.LogRecord) -> None:
        self.stream.write(self.format(record) + "\n")

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log()
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield handler
    logger.handlers.remove(handler)


def test_a_request_leaves_one_line_with_ids_and_codes(log: Log) -> None:
    endpoint = Endpoint()
    answered(an_event(), endpoint)
    (line,) = log.lines
    assert {name: line[name] for name in ("operation", "status", "request_id", "client_id")} == {
        "operation": "lookUp",
        "status": 200,
        "request_id": "request-1",
        "client_id": "client-1",
    }
    assert line["ms"] >= 0


def test_what_an_endpoint_notes_is_on_the_line(log: Log) -> None:
    def note(request: Request) -> Reply:
        request.noted["outcome"] = "match"
        return Reply(200, "{}")

    Api({GET_STATUS: note})(an_event(GET_STATUS), None)
    assert log.lines[0]["outcome"] == "match"


def test_a_refusal_is_on_the_line_by_its_code_and_is_no_error(log: Log) -> None:
    answered(an_event(), Endpoint(NotPermitted("not for this purpose")))
    (line,) = log.lines
    assert (line["level"], line["status"], line["problem"]) == ("INFO", 403, "not-permitted")


def test_what_nobody_foresaw_is_logged_with_where_it_came_from(log: Log) -> None:
    answered(an_event(), Endpoint(ValueError("Amelia Okafor")))
    failure, line = log.lines
    assert (failure["level"], failure["error"]) == ("ERROR", "ValueError")
    assert "test_http.py" in failure["chain"][0]
    assert (line["status"], line["problem"]) == (500, "unexpected")


PERSONAL = ["Amelia", "Kafor", "9434765919", "943 476 5919", NHS_NUMBER, "2017-05-09", "n120ab", "Rosa Quill", "4471"]


def test_the_log_repeats_neither_the_body_nor_what_an_error_says(log: Log) -> None:
    cause = RuntimeError("Amelia Okafor, 9434765919")
    failure = ValueError("born 2017-05-09")
    failure.__cause__ = cause
    for reply in (None, failure, NotPermitted("not for Amelia")):
        answered(an_event(), Endpoint(Reply(200, "{}") if reply is None else reply))
    answered(an_event(body=json.dumps(a_lookup_body(child=a_child_body(upn="Amelia")))))
    answered(an_event(body=BODY[:-5]))
    assert len(log.lines) == 6
    assert not [personal for personal in PERSONAL if personal in log.text]


# What is announced of a closure

CLOSING = Announcement(NOW, NOW + timedelta(days=30), "https://successor.example/v2")


def announced(endpoint: Endpoint | None = None, **event: Any) -> dict[str, str]:
    """The headers of an answer while a closure is set."""
    api = Api(dict.fromkeys(OPERATIONS, endpoint or Endpoint()), CLOSING, lambda: NOW)
    headers: dict[str, str] = api(an_event(**event), None)["headers"]
    return headers


@pytest.mark.parametrize(
    "reply", [None, NotPermitted("no"), RegisterClosed(), ZeroDivisionError()], ids=["200", "403", "410", "500"]
)
def test_every_answer_says_since_when_a_closure_is_known_when_it_comes_and_where_to_turn(reply: Any) -> None:
    headers = announced(Endpoint(reply))
    assert headers["Deprecation"] == f"@{int(NOW.timestamp())}"
    assert headers["Sunset"] == "Wed, 01 Apr 2026 10:30:00 GMT"
    assert headers["Link"] == '</status>; rel="sunset", <https://successor.example/v2>; rel="successor-version"'


def test_a_call_that_reaches_no_operation_is_told_too() -> None:
    assert "Sunset" in announced(resource="/nowhere")
    assert "Sunset" in Api({}, CLOSING)({}, None)["headers"]


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/lookups", "/Prod/lookups", "/Prod/status"),
        ("/lookups", "/lookups", "/status"),
        ("/lookups", "/signpost/v1/lookups", "/signpost/v1/status"),
        ("/lookups", "/Prod/elsewhere", "/status"),
        ("", "/Prod/lookups", "/status"),
        (None, None, "/status"),
    ],
)
def test_the_status_is_linked_under_the_base_that_was_asked(path: Any, asked: Any, status: str) -> None:
    context = {"requestId": "request-1", "path": asked}
    assert announced(path=path, requestContext=context)["Link"].startswith(f'<{status}>; rel="sunset"')


def test_without_a_closure_nothing_is_announced() -> None:
    assert not {"Deprecation", "Sunset", "Link"} & answered(an_event())["headers"].keys()


# The moment at which the register closes

TOUCHES_THE_REGISTER = [operation for operation in OPERATIONS if operation.scope]
TOUCHES_NOTHING = [operation for operation in OPERATIONS if not operation.scope]


class Unforeseen(SignpostError):
    pass


def answered_at(now: datetime, operation: Operation, reply: Reply | Exception | None = None) -> dict[str, Any]:
    """The answer that is let go at an instant, whenever it was made."""
    api = Api({operation: Endpoint(reply)}, CLOSING, lambda: now)
    return api(an_event(operation), None)


@pytest.mark.parametrize("operation", TOUCHES_THE_REGISTER, ids=lambda operation: operation.id)
@pytest.mark.parametrize(
    "reply",
    [
        None,
        Unavailable("AccessDeniedException"),
        ZeroDivisionError(),
        InvolvementNotFound(),
        CaseNotFound(),
        NotPermitted("no"),
        Contended(),
        BadPrecondition(),
        InvalidRequest([]),
        VersionMismatch(),
        FoundDifferentBefore(),
        Unforeseen(),
    ],
    ids=lambda reply: type(reply).__name__,
)
def test_nothing_but_that_it_is_closed_is_let_go_from_that_instant_on(
    operation: Operation, reply: Exception | None
) -> None:
    answer = answered_at(CLOSING.closes_at, operation, reply)
    problem = problem_in(answer)
    assert (problem["status"], problem["type"]) == (410, "urn:signpost:problem:closed")
    assert 'rel="successor-version"' in answer["headers"]["Link"]


@pytest.mark.parametrize("operation", TOUCHES_THE_REGISTER, ids=lambda operation: operation.id)
def test_nor_is_a_token_judged_any_more(operation: Operation) -> None:
    api = Api({operation: Endpoint()}, CLOSING, lambda: CLOSING.closes_at)
    assert api(an_event(operation, scope="signpost/none"), None)["statusCode"] == 410


@pytest.mark.parametrize("operation", TOUCHES_THE_REGISTER, ids=lambda operation: operation.id)
@pytest.mark.parametrize("reply", [None, InvolvementNotFound()], ids=["made", "refused"])
def test_what_is_made_is_let_go_until_the_last_microsecond(operation: Operation, reply: Exception | None) -> None:
    last = CLOSING.closes_at - timedelta(microseconds=1)
    answer = answered_at(last, operation, reply)
    assert answer["statusCode"] != 410
    assert "closed" not in answer["body"]


def test_it_is_the_clock_at_the_end_that_counts() -> None:
    at = CLOSING.closes_at - timedelta(microseconds=1)

    def endpoint(_request: Request) -> Reply:
        nonlocal at
        at += timedelta(microseconds=1)
        raise InvolvementNotFound

    api = Api({PUT_INVOLVEMENT: endpoint}, CLOSING, lambda: at)
    assert api(an_event(PUT_INVOLVEMENT), None)["statusCode"] == 410


@pytest.mark.parametrize("operation", TOUCHES_NOTHING, ids=lambda operation: operation.id)
def test_what_does_not_touch_the_register_is_answered_for_ever(operation: Operation) -> None:
    assert answered_at(CLOSING.closes_at + timedelta(days=99), operation)["statusCode"] == 200
