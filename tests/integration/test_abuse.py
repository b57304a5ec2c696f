"""What a hostile client may send: each is refused or harmless, told without an internal word, and nothing of it logged."""

from __future__ import annotations

import io
import json
import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from shared.api.operations import PRACTITIONER_HEADER, Operation
from shared.api.operations.every import OPERATIONS
from shared.api.problems import KINDS
from shared.domain.directory import Capability
from shared.domain.shield import WARNING
from shared.runtime.observability import logger
from tests.integration.deployed import EVERYTHING, OFFICER, SCOPES, Answer, Client, Deployment, in_days, question
from tests.integration.emulated import ACCESS_LOG, REGISTER, dump
from tests.integration.people import ABEL, DETAILS, ZOE, involvement, of

FUNCTIONS = {
    "/lookups": "lookup",
    "/involvements": "registration",
    "/reviews": "review",
    "/shields": "shield",
    "/children/{child_id}/overrides": "shield",
    "/children/{child_id}/accesses": "access",
    "/alerts": "access",
    "/notices": "notices",
    "/watches": "notices",
    "/dependents": "notices",
}
ACTING = {"practitioner": {"id": "SW-1", "name": "Ines Roper", "role": "social_worker"}}
REASON = {"purpose": "safeguarding_concern", "legal_basis": "children_act_1989_s47"}
SOON = in_days(9)
BODIES: dict[str, Any] = {
    "lookUp": question(ZOE),
    "putInvolvement": involvement(ZOE),
    "putInvolvements": {"involvements": [{**involvement(ZOE), "source_reference": "hv-9"}]},
    "compareChildren": {"practitioner": OFFICER},
    "decideCase": {"practitioner": OFFICER, "decision": "same"},
    "shieldChild": {**ACTING, "reason": "risk_of_harm", "ends": SOON},
    "liftShield": ACTING,
    "openShield": {**ACTING, "reason": REASON, "warning": WARNING},
    "watchChild": {**ACTING, "reason": "missing_child", "ends": SOON},
    "endWatch": ACTING,
    "acknowledgeClosure": {**ACTING, "state": "ready"},
}
"""A good body for each call that has one."""

GUARDED = [operation for operation in OPERATIONS if operation.scope]
WITH_BODY = [operation for operation in GUARDED if operation.body]
WITH_QUERY = [operation for operation in GUARDED if operation.query]
WITH_PATH = [operation for operation in GUARDED if "{" in operation.path]

INTERNAL = re.compile(
    r"traceback|exception|pydantic|boto|dynamo|pynamo|lambda|python|\.py\b|/var/|shared[./]|functions[./]|"
    r"conditional ?check|typeerror|valueerror|keyerror|register ?table|accesslog|arn:aws|secret|0x[0-9a-f]{6}",
    re.IGNORECASE,
)
"""What nobody outside needs to know."""

MARK = "Qx7Zmark"
"""Stands in what is sent, and must come out nowhere else."""

NEVER = "\r\nX-Injected: Qx7Zmark\r\n\r\n<html>"


def named(operation: Operation) -> str:
    return operation.id


@dataclass
class Sender:
    """A client that may do everything, and sends what it likes."""

    client: Client
    claims: Mapping[str, Any] | None = None

    def send(
        self,
        operation: Operation,
        body: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        path: str = "hv-1",
        query: Mapping[str, list[str]] | None = None,
    ) -> Answer:
        """One event, as API Gateway would pass it on whatever was sent; nothing is tidied on the way."""
        claims = {"client_id": self.client.client_id, "scope": SCOPES} if self.claims is None else self.claims
        names = re.findall(r"{(\w+)}", operation.path)
        event = {
            "httpMethod": operation.method,
            "resource": operation.path,
            "path": operation.path.replace(f"{{{names[0]}}}", path) if names else operation.path,
            "pathParameters": dict.fromkeys(names, path) or None,
            "multiValueQueryStringParameters": query,
            "headers": {"Content-Type": "application/json", PRACTITIONER_HEADER: "AUD-3", **(headers or {})},
            "body": body,
            "isBase64Encoded": False,
            "requestContext": {"requestId": str(uuid.uuid4()), "authorizer": {"claims": claims}},
        }
        function = next(name for start, name in FUNCTIONS.items() if operation.path.startswith(start))
        answer = self.client.deployment.function(function).handler(event, None)
        text = answer["body"]
        return checked(Answer(answer["statusCode"], answer["headers"], json.loads(text) if text else None))

    def ask(self, operation: Operation, **changed: Any) -> Answer:
        """With its good body, but for what is changed."""
        good = BODIES.get(operation.id)
        return self.send(operation, json.dumps({**good, **changed}) if good else None)


def checked(answer: Answer) -> Answer:
    """Every answer to abuse is a problem of the table, or an ordinary answer; and says nothing of how it is made."""
    for name, value in answer.headers.items():
        assert "\r" not in name + value
        assert "\n" not in name + value
        assert MARK not in value
    assert "X-Injected" not in answer.headers
    if answer.status < 400:
        return answer
    assert answer.problem in {kind.name for _, kind in KINDS}, answer.body
    assert answer.body["status"] == answer.status
    said = json.dumps(answer.body)
    assert not INTERNAL.search(said), said
    assert answer.status < 500, answer.body
    return answer


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the functions' own logger writes, and what any library warns of."""
    written = io.StringIO()
    own = logger.registered_handler
    assert isinstance(own, logging.StreamHandler)
    stream = own.setStream(written)
    warned = logging.StreamHandler(written)
    logging.getLogger().addHandler(warned)
    yield written
    logging.getLogger().removeHandler(warned)
    if stream is not None:
        own.setStream(stream)


@pytest.fixture
def anybody(deployment: Deployment) -> Sender:
    everything: dict[str, Any] = {"capabilities": [capability.value for capability in Capability], "area": ["N", "EN"]}
    return Sender(deployment.enrol("X99", **everything))


def operation(of_id: str) -> Operation:
    return next(o for o in OPERATIONS if o.id == of_id)


LOOK_UP, PUT = operation("lookUp"), operation("putInvolvement")


# Tokens: the gateway checks their signature and date; what is in them is checked once more


SCOPES_THAT_OPEN_NOTHING = (
    "",
    "signpost/",
    "signpost/*",
    "signpost/lookups",
    "SIGNPOST/LOOKUP",
    "signpost/l\u043e\u043ekup",
    "signpost/lookup\x00",
    "signpost/lookup,signpost/register,signpost/review,signpost/shield,signpost/audit,signpost/override",
    "aws.cognito.signin.user.admin",
)


@pytest.mark.parametrize("which", GUARDED, ids=named)
def test_only_the_exact_scope_opens_a_route(anybody: Sender, which: Operation) -> None:
    for scope in SCOPES_THAT_OPEN_NOTHING:
        anybody.claims = {"client_id": anybody.client.client_id, "scope": scope}
        assert anybody.ask(which).problem == "missing-scope", scope


@pytest.mark.parametrize("which", GUARDED, ids=named)
def test_a_scope_opens_its_own_routes_and_no_other(anybody: Sender, which: Operation) -> None:
    for capability in Capability:
        anybody.claims = {"client_id": anybody.client.client_id, "scope": f"signpost/{capability}"}
        answer = anybody.ask(which)
        assert (answer.problem == "missing-scope") is (which.capability is not capability)


@pytest.mark.parametrize("which", GUARDED, ids=named)
def test_a_client_that_the_directory_does_not_know_may_do_nothing(anybody: Sender, which: Operation) -> None:
    for client_id in ("", "a-stranger", "X99", "CLIENT#x", "*", None):
        anybody.claims = {"client_id": client_id, "scope": SCOPES}
        assert anybody.ask(which).status in {403, 404}, client_id


@pytest.mark.parametrize("which", GUARDED, ids=named)
def test_a_token_without_claims_that_can_be_read_opens_nothing(anybody: Sender, which: Operation) -> None:
    for claims in ({"nothing": "here"}, {"scope": None}, {"client_id": ["X99"], "scope": ["signpost/lookup"]}):
        anybody.claims = claims
        assert anybody.ask(which).status == 403, claims


# Another organisation's references


def test_anothers_reference_is_not_found_and_ones_own_of_the_same_name_is_another(deployment: Deployment) -> None:
    trust, council = deployment.enrol("X99"), deployment.enrol("E09000003")
    assert trust.put("case-1", involvement(ZOE)).status == 201
    for answer in (council.get("case-1"), council.withdraw("case-1"), council.withdraw("case-1", if_match='"1"')):
        assert checked(answer).problem == "no-such-involvement"
    assert council.put("case-1", involvement(ABEL, service_type="social_care")).status == 201
    assert council.withdraw("case-1").status == 204
    assert trust.get("case-1").body["child"]["given_name"] == "Zoë"


def test_a_reference_that_holds_anothers_name_reaches_nothing_of_it(deployment: Deployment) -> None:
    trust, council = deployment.enrol("X99"), deployment.enrol("E09000003")
    trust.put("case-1", involvement(ZOE))
    for reference in ("X99~case-1", "X99.case-1", "..~X99~case-1"):
        assert checked(council.get(reference)).status in {404, 422}


# Bodies


def deep(opening: str, closing: str, levels: int) -> str:
    return opening * levels + closing * levels


MALFORMED = {
    "nothing": "",
    "half": "{",
    "a list": "[]",
    "a number": "7",
    "null": "null",
    "deep lists": deep("[", "]", 7_000),
    "deep objects": deep('{"child":', "}", 1_500).replace(":}", ":1}", 1),
    "deep and unclosed": "[" * 15_000,
    "a huge number": '{"child":' + "9" * 9_000 + "}",
    "a huge exponent": '{"child": 1e999999999}',
    "not a number": '{"child": NaN}',
    "half a letter": '{"child": "\\ud800"}',
    "half a letter in a key": '{"\\udfff": 1}',
    "a null byte": '{"child": "\x00"}',
    "a null byte in a key": '{"chi\\u0000ld": 1}',
    "a byte order mark": "\ufeff{}",
    "comments": '{"child": {} /* Qx7Zmark */}',
    "two documents": "{}{}",
    "many fields": json.dumps({f"Qx7Zmark{n}": n for n in range(400)}),
    "prototype": '{"__proto__": {"capabilities": ["broker"]}, "constructor": {"prototype": {}}}',
    "markup": json.dumps({"child": "<script>Qx7Zmark</script>"}),
    "a template": json.dumps({"child": "{{7*7}} ${jndi:ldap://Qx7Zmark} %s%n"}),
}


@pytest.mark.parametrize("which", WITH_BODY, ids=named)
def test_a_body_that_cannot_be_read_is_refused(anybody: Sender, logged: io.StringIO, which: Operation) -> None:
    for name, body in MALFORMED.items():
        assert anybody.send(which, body).status in {400, 404, 422}, name
    assert dump(REGISTER) == []
    assert MARK not in logged.getvalue()


@pytest.mark.parametrize("which", WITH_BODY, ids=named)
def test_a_body_over_its_routes_limit_is_refused_whatever_it_holds(anybody: Sender, which: Operation) -> None:
    good = json.dumps(BODIES[which.id])
    for more in (1, 10_000_000):
        padded = good + " " * (which.largest_body - len(good.encode()) + more)
        assert anybody.send(which, padded).problem == "too-large"


@pytest.mark.parametrize("which", WITH_BODY, ids=named)
def test_what_is_not_sent_as_json_is_refused(anybody: Sender, which: Operation) -> None:
    body = json.dumps(BODIES[which.id])
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/jsonx",
    ):
        answer = anybody.send(which, body, headers={"Content-Type": media_type})
        assert answer.problem == "not-json-media-type", media_type


@pytest.mark.parametrize(
    ("pointer", "changed"),
    [
        ("/service_type", {"service_type": "h\u0435alth_visiting"}),
        ("/service_type", {"service_type": "health_visiting\u200b"}),
        ("/child/sex", {"child": {**ZOE, "sex": "fem\u0430le"}}),
        ("/child/date_of_birth", {"child": {**ZOE, "date_of_birth": "\uff12\uff10\uff12\uff12-03-14"}}),
        ("/child/postcode", {"child": {**ZOE, "postcode": "\u039d12 7QF"}}),
        ("/child/given_name", {"child": {**ZOE, "given_name": "Zo\u202eë"}}),
        ("/child/given_name", {"child": {**ZOE, "given_name": "Zoë\x00"}}),
        ("/child/family_name", {"child": {**ZOE, "family_name": "Okafor\r\nX-Injected: 1"}}),
        ("/team", {"team": "Willow\x00Team"}),
        ("/team", {"team": "Willow\u202eTeam"}),
        ("/duty_email", {"duty_email": "duty@trust.example\r\nBcc: Qx7Zmark@example.com"}),
    ],
)
def test_letters_that_only_look_right_and_letters_that_cannot_be_seen_are_refused(
    anybody: Sender, logged: io.StringIO, pointer: str, changed: dict[str, Any]
) -> None:
    answer = anybody.ask(PUT, **changed)
    assert answer.problem == "invalid"
    assert [mistake["pointer"] for mistake in answer.body["errors"]] == [pointer]
    assert dump(REGISTER) == []
    assert MARK not in logged.getvalue()


def test_digits_of_other_scripts_and_what_cannot_be_seen_are_kept_as_plain_digits(anybody: Sender) -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in ZOE["nhs_number"])
    answer = anybody.ask(PUT, child={**ZOE, "nhs_number": wide}, duty_phone="020 7946 0018\x00")
    assert (answer.status, answer.body["child"]["nhs_number"]) == (201, ZOE["nhs_number"])
    assert answer.body["duty_phone"] == "+44 20 7946 0018"


def test_a_name_in_letters_that_only_look_the_same_is_another_name(anybody: Sender) -> None:
    assert anybody.ask(PUT).status == 201
    lookalike = {
        **of(ZOE, *DETAILS),
        "given_name": "Z\u043e\u0451",
        "family_name": "\u041ek\u0430f\u043er-L\u0430n\u0435",
    }
    answer = anybody.ask(LOOK_UP, child=lookalike)
    assert answer.status == 200
    assert answer.body["outcome"] != "match"
    assert "child" not in answer.body


@pytest.mark.parametrize(
    "changed",
    [
        {"reason": {**REASON, "purpose": "emergency_\u0441\u0430re"}},
        {"reason": {**REASON, "legal_basis": "children_act_2004_s\uff11\uff11"}},
        {"practitioner": {"id": "NMC-7\r\nX: 1", "name": "Ann Askwith", "role": "nurse"}},
        {"practitioner": {"id": "NMC-7\x00", "name": "Ann Askwith", "role": "nurse"}},
        {"practitioner": {"id": "NMC-7", "name": "Ann Askwith", "role": "nurs\u0435"}},
        {"override": "../" * 20},
    ],
)
def test_nobody_gets_a_purpose_a_basis_or_a_role_by_a_lookalike(anybody: Sender, changed: dict[str, Any]) -> None:
    anybody.ask(PUT)
    assert anybody.ask(LOOK_UP, **changed).problem == "invalid"
    (record,) = dump(ACCESS_LOG)
    assert (record["answered"], record["shown"]) == ("refused", "nothing")
    assert "\r" not in str(record.get("practitioner_id", ""))


def test_a_warning_in_lookalike_letters_opens_no_shield(anybody: Sender) -> None:
    lookalike = WARNING.replace("a", "\u0430")
    answer = anybody.send(operation("openShield"), json.dumps({**BODIES["openShield"], "warning": lookalike}), path="x")
    assert answer.status in {403, 404, 422}
    assert "override_id" not in (answer.body or {})


def test_of_two_fields_of_one_name_the_last_counts_for_the_answer_and_for_the_record(anybody: Sender) -> None:
    anybody.ask(PUT)
    good = json.dumps(question(ZOE))
    first = '{"child": {"given_name": "Qx7Zmark"}, "practitioner": {"id": "SOMEBODY-ELSE"}, '
    answer = anybody.send(LOOK_UP, first + good[1:])
    assert answer.body["outcome"] == "match"
    (record,) = dump(ACCESS_LOG)
    assert record["practitioner_id"] == "NMC-7"


def test_an_unread_question_is_recorded_by_the_same_of_two_fields_as_one_that_is_read(anybody: Sender) -> None:
    anybody.send(LOOK_UP, '{"practitioner": {"id": "FIRST"}, "practitioner": {"id": "LAST"}}')
    (record,) = dump(ACCESS_LOG)
    assert record["practitioner_id"] == "LAST"


# Headers, addresses, queries


def test_a_precondition_is_one_etag_or_refused(anybody: Sender) -> None:
    anybody.ask(PUT)
    for value in (
        "3",
        '"3',
        '"3", "4"',
        "*",
        'W/"3"',
        '"3"\r\nX-Injected: 1',
        '"' + "9" * 400 + '"',
        '"-1"',
        '"\uff13"',
        "\x00",
    ):
        answer = anybody.send(PUT, json.dumps(involvement(ZOE)), headers={"If-Match": value})
        assert answer.problem == "bad-if-match", value


@pytest.mark.parametrize("which", GUARDED, ids=named)
def test_headers_of_ones_own_decide_nothing_and_come_back_nowhere(
    anybody: Sender, logged: io.StringIO, which: Operation
) -> None:
    wanted = anybody.ask(which).status
    answer = anybody.send(
        which,
        json.dumps(BODIES[which.id]) if which.body else None,
        headers={
            "X-Request-Id": NEVER,
            "X-Amzn-RequestId": NEVER,
            "X-HTTP-Method-Override": "DELETE",
            "X-Forwarded-For": MARK,
            "X-Original-URL": f"/{MARK}",
            "Host": f"{MARK}.example",
            "Authorization": f"Bearer {MARK}",
            "X-Client-Id": "a-client-of-somebody-else",
        },
    )
    # what was created the first time is there the second
    assert answer.status == wanted or (wanted, answer.status) == (201, 200)
    assert answer.headers["X-Request-Id"] == answer.headers["X-Request-Id"].strip()
    assert MARK not in logged.getvalue()


ADDRESSES = (
    "", ".", "..", "../../etc/passwd", "..%2f..", "a/b", "a b", "a\x00b", f"a\r\nX-Injected: {MARK}", "é", "\u0430" * 8,
    "x" * 5_000, "CHILD#x", "a#b", "*", "'; DROP TABLE children; --", "${jndi:ldap://x}", f"<{MARK}>",
)  # fmt: skip


@pytest.mark.parametrize("which", WITH_PATH, ids=named)
def test_an_address_that_has_not_the_form_of_one_reaches_nothing(
    anybody: Sender, logged: io.StringIO, which: Operation
) -> None:
    body = json.dumps(BODIES[which.id]) if which.body else None
    for path in ADDRESSES:
        assert anybody.send(which, body, path=path).status in {403, 404, 422}, path
    assert dump(REGISTER) == []
    assert MARK not in logged.getvalue()


QUERIES: tuple[dict[str, list[str]], ...] = (
    {"limit": ["1", "2"]},
    {"limit": ["0"]},
    {"limit": ["-1"]},
    {"limit": ["1e3"]},
    {"limit": ["101"]},
    {"limit": ["\uff11\uff10"]},
    {"limit": ["10\x00"]},
    {"after": ["a", "b"]},
    {"after": [""]},
    {"after": ["../" * 10]},
    {"after": ["Q" * 5_000]},
    {"after": [f"a\r\nX-Injected: {MARK}"]},
    {"\u0430fter": ["a"]},
    {"__proto__": ["a"]},
    {"organisation": ["E09000003"]},
    {MARK: ["a"]},
)


@pytest.mark.parametrize("which", WITH_QUERY, ids=named)
def test_a_query_that_cannot_be_right_is_refused(anybody: Sender, logged: io.StringIO, which: Operation) -> None:
    for query in QUERIES:
        assert anybody.send(which, query=query).status in {404, 422}, query
    assert MARK not in logged.getvalue()


@pytest.mark.parametrize("which", WITH_QUERY, ids=named)
def test_a_cursor_of_ones_own_making_opens_no_other_list(anybody: Sender, which: Operation) -> None:
    anybody.ask(PUT)
    for made_up in ("eyJzayI6IkNISUxEI3gifQ", "Q0hJTEQjeA", "____"):
        answer = anybody.send(which, query={"after": [made_up]})
        assert answer.status in {200, 404, 422}
        assert ZOE["given_name"] not in json.dumps(answer.body, ensure_ascii=False)


# Replay


def test_what_is_sent_twice_does_nothing_twice_and_every_look_is_recorded(anybody: Sender) -> None:
    first, again = anybody.ask(PUT), anybody.ask(PUT)
    assert (first.status, again.status, first.body == again.body) == (201, 200, True)
    anybody.ask(LOOK_UP)
    anybody.ask(LOOK_UP)
    assert len({record["access_id"] for record in dump(ACCESS_LOG)}) == 2


def test_a_change_that_is_replayed_after_another_is_refused_if_it_says_what_it_changes(anybody: Sender) -> None:
    body = json.dumps(involvement(ZOE))
    anybody.send(PUT, body)
    later = json.dumps(involvement(ZOE, team="Later"))
    assert anybody.send(PUT, later, headers={"If-Match": '"1"'}).status == 200
    assert anybody.send(PUT, body, headers={"If-Match": '"1"'}).problem == "version-mismatch"
    assert anybody.client.get("hv-1").body["team"] == "Later"


def test_a_replayed_withdrawal_withdraws_nothing_that_was_registered_since(anybody: Sender) -> None:
    anybody.ask(PUT)
    assert anybody.client.withdraw("hv-1", if_match='"1"').status == 204
    assert anybody.ask(PUT).status == 201
    assert checked(anybody.client.withdraw("hv-1", if_match='"1"')).problem == "version-mismatch"
    assert anybody.client.get("hv-1").status == 200


def test_every_call_that_has_a_body_is_abused_here() -> None:
    assert BODIES.keys() == {which.id for which in WITH_BODY}
    assert EVERYTHING["capabilities"]
