"""What writes and signs the calls of DynamoDB sends what botocore would send, and is told of failures as botocore is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override
from unittest.mock import patch

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, create_request_object
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.handlers import add_retry_headers
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from shared.persistence.client import client_of
from shared.persistence.models import RETRIES, AccessLogItem, RegisterItem, bind
from shared.persistence.sending import PLAIN, PlainSerializer, Sender
from tests.integration.emulated import ACCESS_LOG, REGION, REGISTER, forget_connections
from tests.integration.striking import Harm, Spot, Strike, Wire

NOW = datetime(2026, 11, 23, 23, 59, 30, tzinfo=UTC)
URL = f"https://dynamodb.{REGION}.amazonaws.com/"
URLS = (URL, URL.removesuffix("/"), "http://localhost:4599/", "http://127.0.0.1:80/", "https://example.test:8443/")
OTHER_URLS = (f"{URL}else/where", f"{URL}?a=b", "http://[::1]:4599/", "https://us:er@example.test/")
TRACED = {"User-Agent": "signpost", "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793"}
"""That botocore does not sign."""
OTHERS = ({"X-Amz-Meta": "a  b"}, {"X-Amz-Date": "20200101T000000Z"}, {"Authorization": "old"}, {"Connection": "close"})
KEY = {"pk": {"S": "A"}, "sk": {"S": "B"}}
MODEL = ServiceModel(Loader().load_service_model("dynamodb", "service-2"), "dynamodb")

secrets = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=80)
tokens = st.none() | st.from_regex(r"[A-Za-z0-9+/=]{1,400}", fullmatch=True)
bodies = st.binary(min_size=1, max_size=300)
targets = st.sampled_from(sorted(PLAIN))
known = st.builds(lambda *a: a, st.sampled_from(URLS), bodies, targets, st.sampled_from([{}, TRACED]))
others = (
    st.builds(lambda *a: a, st.sampled_from(OTHER_URLS), bodies, targets, st.just({}))
    | st.builds(lambda *a: a, st.sampled_from(URLS), bodies, targets, st.sampled_from(OTHERS))
    | st.builds(lambda *a: a, st.sampled_from(URLS), st.just(b""), targets, st.just({}))
)
values = st.recursive(
    st.builds(lambda text: {"S": text}, st.text(max_size=20))
    | st.builds(lambda number: {"N": str(number)}, st.integers())
    | st.builds(lambda flag: {"BOOL": flag}, st.booleans())
    | st.just({"NULL": True})
    | st.builds(lambda texts: {"SS": texts}, st.lists(st.text(max_size=5), min_size=1, max_size=3)),
    lambda inner: (
        st.builds(lambda held: {"L": held}, st.lists(inner, max_size=3))
        | st.builds(lambda held: {"M": held}, st.dictionaries(st.text(max_size=5), inner, max_size=3))
    ),
    max_leaves=8,
)
items = st.dictionaries(st.text(min_size=1, max_size=8), values, min_size=1, max_size=4)


def a_try(url: str, body: bytes, target: str, more: dict[str, str], *, attempt: int = 1) -> dict[str, Any]:
    """What botocore asks for a try to be made of."""
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{target}", "Content-Type": "application/x-amz-json-1.0", **more}
    retries = {"attempt": attempt, "invocation-id": "0f0f0f0f-0000-4000-8000-000000000000"}
    return {"method": "POST", "url": url, "headers": headers, "body": body, "context": {"retries": retries}}


def botocores(credentials: ReadOnlyCredentials, params: dict[str, Any], now: datetime) -> AWSPreparedRequest:
    """The try, as botocore makes and signs it."""
    request: Any = create_request_object(params)
    with patch("botocore.auth.get_current_datetime", lambda: now.replace(tzinfo=None)):
        SigV4Auth(credentials, "dynamodb", REGION).add_auth(request)
    request.context["retries"]["max"] = 3
    add_retry_headers(request)
    made: AWSPreparedRequest = request.prepare()
    return made


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> float:
        return self.now.timestamp()


def refuse(*_: object) -> AWSPreparedRequest:
    pytest.fail("this was to be sent by us")


def said(request: Any) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": request.url,
        "body": request.body,
        "headers": {str(name).lower(): value for name, value in request.headers.items()},
        "stream": request.stream_output,
        "context": {name: value for name, value in request.context.items() if name != "timestamp"},  # of its signer
    }


@given(secret=secrets, token=tokens, of=st.lists(known, min_size=1, max_size=3), days=st.integers(0, 4000))
def test_a_try_is_botocores_for_any_call(secret: str, token: str | None, of: list[Any], days: int) -> None:
    credentials, clock = Credentials("AKIDEXAMPLE", secret, token), Clock(NOW + timedelta(days=days))
    sender = Sender(credentials, REGION, 3, refuse, clock)
    for url, body, target, more in of:
        expected = botocores(credentials.get_frozen_credentials(), a_try(url, body, target, more), clock.now)
        assert said(sender.create_request(a_try(url, body, target, more))) == said(expected)
        clock.now += timedelta(seconds=20)  # the day ends meanwhile, and with it the key


@given(of=others)
def test_what_is_not_as_the_calls_of_dynamodb_are_goes_botocores_way(of: Any) -> None:
    passed_on: list[Any] = []

    def theirs(params: dict[str, Any], _model: object) -> Any:
        passed_on.append(params)
        return "theirs"

    params = a_try(*of)
    made: Any = Sender(Credentials("AKIDEXAMPLE", "s"), REGION, 3, theirs).create_request(params)
    assert made == "theirs"
    assert passed_on == [params]


def test_credentials_that_change_are_signed_with_from_then_on() -> None:
    class Refreshed(Credentials):
        @override
        def get_frozen_credentials(self) -> ReadOnlyCredentials:
            self.secret_key, self.token = f"{self.secret_key}x", f"{self.token}y"
            return super().get_frozen_credentials()

    source = Refreshed("AKIDEXAMPLE", "secret", "token")
    sender = Sender(source, REGION, 3, refuse, Clock(NOW))
    for _ in range(3):
        sent = sender.create_request(a_try(URL, b"{}", "Query", {}))
        now_valid = ReadOnlyCredentials("AKIDEXAMPLE", source.secret_key, source.token)
        assert said(sent) == said(botocores(now_valid, a_try(URL, b"{}", "Query", {}), NOW))


def parameters_of(operation: str, item: dict[str, Any]) -> dict[str, Any]:
    """As the project or PynamoDB give them."""
    at: dict[str, Any] = {"TableName": REGISTER}
    named = at | {"ExpressionAttributeNames": {"#0": "pk"}, "ExpressionAttributeValues": {":0": {"M": item}}}
    asked = named | {"ReturnConsumedCapacity": "TOTAL", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    paged = named | {"ExclusiveStartKey": item, "Limit": 7, "FilterExpression": "#0 = :0"}
    written = [{"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": KEY}}]
    together = [
        {"Put": at | {"Item": item}},
        *({kind: named | {"Key": KEY}} for kind in ("Delete", "ConditionCheck", "Update")),
    ]
    of_each: dict[str, dict[str, Any]] = {
        "BatchGetItem": {"RequestItems": {REGISTER: {"Keys": [item, KEY], "ConsistentRead": True}}},
        "BatchWriteItem": {"RequestItems": {REGISTER: written}},
        "DeleteItem": asked | {"Key": item, "ReturnValues": "ALL_OLD"},
        "GetItem": at | {"Key": item, "ConsistentRead": True, "ProjectionExpression": "#0"},
        "PutItem": asked | {"Item": item, "ConditionExpression": "attribute_not_exists(#0)"},
        "Query": paged | {"KeyConditionExpression": "#0 = :0", "ScanIndexForward": False, "IndexName": "i"},
        "Scan": paged | {"Segment": 0, "TotalSegments": 2},
        "TransactGetItems": {"TransactItems": [{"Get": at | {"Key": item}}]},
        "TransactWriteItems": {"ClientRequestToken": "t", "TransactItems": together},
        "UpdateItem": asked | {"Key": item, "UpdateExpression": "SET #0 = :0", "ReturnValues": "ALL_NEW"},
    }
    return of_each[operation]


@pytest.mark.parametrize("operation", sorted(PLAIN))
@given(item=items)
def test_what_is_written_is_botocores_in_json(operation: str, item: dict[str, Any]) -> None:
    theirs = create_serializer("json", include_validation=False)
    model, parameters = MODEL.operation_model(operation), parameters_of(operation, item)
    of_theirs, of_ours = (each.serialize_to_request(parameters, model) for each in (theirs, PlainSerializer(theirs)))
    assert json.loads(of_ours.pop("body")) == json.loads(of_theirs.pop("body"))
    assert of_ours == of_theirs


@pytest.mark.parametrize("operation", sorted(PLAIN))
def test_no_parameter_is_written_otherwise_than_it_is_given_but_a_binary_value(operation: str) -> None:
    seen: dict[str, Any] = {}

    def walk(shape: Any) -> None:
        if shape.name not in seen:
            seen[shape.name] = shape
            parts = {"structure": ["members"], "list": ["member"], "map": ["key", "value"]}.get(shape.type_name, [])
            for part in (getattr(shape, name) for name in parts):
                for one in part.values() if isinstance(part, dict) else [part]:
                    walk(one)

    walk(MODEL.operation_model(operation).input_shape)
    assert len(seen) > 5
    assert {shape.type_name for shape in seen.values()} <= {
        "structure",
        "list",
        "map",
        "string",
        "boolean",
        "integer",
        "blob",
    }
    assert {shape.name for shape in seen.values() if shape.type_name == "blob"} <= {"BinaryAttributeValue"}
    assert not [shape for shape in seen.values() if "name" in shape.serialization]


@pytest.fixture
def bound(aws: None) -> None:
    _ = aws
    bind(register=REGISTER, access_log=ACCESS_LOG)


def sent_by(client: Any) -> list[AWSPreparedRequest]:
    """Every try that the client sends from now on."""
    sent: list[AWSPreparedRequest] = []
    client.meta.events.register_first("before-send.dynamodb", lambda request, **_: sent.append(request))
    return sent


@pytest.mark.usefixtures("bound")
def test_botocore_still_asks_us_for_what_it_sends() -> None:
    client, asked = client_of(RegisterItem), list[str]()
    sent = sent_by(client)
    client.meta.events.register("request-created.dynamodb", lambda operation_name, **_: asked.append(operation_name))
    client.get_item(TableName=REGISTER, Key=KEY)
    client.describe_table(TableName=REGISTER)
    assert asked == []  # botocore's own way would have said so
    assert [request.body for request in sent] == [
        b'{"TableName":"Register","Key":{"pk":{"S":"A"},"sk":{"S":"B"}}}',
        b'{"TableName": "Register"}',
    ]


@pytest.mark.usefixtures("bound")
def test_nothing_else_happens_to_a_request_that_we_do_not_do() -> None:
    """What botocore has handlers for when it makes one; each is ours now, or of no use here."""
    client: Any = client_of(RegisterItem)
    emitter = client.meta.events._emitter  # noqa: SLF001  # botocore has no public way to ask
    handlers = emitter._handlers.prefix_search("request-created.dynamodb.Query")  # noqa: SLF001  # likewise
    ours = {"RequestSigner.handler", "MaxAttemptsSeeder.seed_max_attempts", "add_retry_headers"}
    of_no_use = {
        "UserAgentString.rebuild_and_replace_user_agent_handler",
        "_create_feature_function.<locals>.add_powertools_feature",
    }
    assert {handler.__qualname__ for handler in handlers} - of_no_use == ours


@pytest.mark.usefixtures("bound")
def test_a_binary_value_is_written_as_botocore_does() -> None:
    for model, table in ((RegisterItem, REGISTER), (AccessLogItem, ACCESS_LOG)):
        client = client_of(model)
        sent = sent_by(client)
        client.put_item(TableName=table, Item={**KEY, "held": {"B": b"\x00\xff"}})
        assert [json.loads(str(request.body, "utf-8"))["Item"]["held"] for request in sent] == [{"B": "AP8="}]  # type: ignore[arg-type]


@pytest.mark.usefixtures("bound")
def test_a_retry_is_signed_anew_under_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    client, wire, clock = client_of(RegisterItem), Wire.tapped(monkeypatch), Clock(NOW)
    endpoint: Any = client._endpoint  # type: ignore[attr-defined]  # noqa: SLF001  # botocore's
    monkeypatch.setattr(endpoint.create_request.__self__, "clock", clock)

    def wait(**_event: object) -> None:
        clock.now += timedelta(seconds=20)

    client.meta.events.register("needs-retry.dynamodb", wait)
    sent = sent_by(client)
    with (
        wire.watched({Spot("dynamodb", "GetItem", REGISTER): Strike(Harm.FAILED, lasts=True)}),
        pytest.raises(client.exceptions.ClientError),
    ):
        client.get_item(TableName=REGISTER, Key=KEY)
    assert [request.headers["amz-sdk-request"] for request in sent] == [
        f"attempt={n}; max={RETRIES + 1}" for n in (1, 2, 3)
    ]
    assert [request.headers["X-Amz-Date"] for request in sent] == [
        "20261123T235930Z",
        "20261123T235950Z",
        "20261124T000010Z",
    ]
    assert len({request.headers["Authorization"] for request in sent}) == len(sent)
    assert len({request.headers["amz-sdk-invocation-id"] for request in sent}) == 1
    with wire.watched():
        client.get_item(TableName=REGISTER, Key=KEY)
    assert sent[-1].headers["amz-sdk-invocation-id"] != sent[0].headers["amz-sdk-invocation-id"]


def outcome(client: Any, wire: Wire, strike: Strike) -> Any:
    with wire.watched({Spot("dynamodb", "GetItem", REGISTER): strike}):
        try:
            answer = client.get_item(TableName=REGISTER, Key=KEY)
        except Exception as err:  # noqa: BLE001  # whichever: it is compared
            return type(err).__name__, str(err), getattr(err, "response", None)
        return answer["ResponseMetadata"]["RetryAttempts"]


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize("strike", [Strike(harm, lasts=lasts) for harm in Harm for lasts in (False, True)], ids=str)
def test_what_befalls_a_call_is_told_as_botocore_tells_it(strike: Strike, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire.tapped(monkeypatch)
    config = Config(retries={"total_max_attempts": RETRIES + 1, "mode": "standard"})
    botocores_own = boto3.client("dynamodb", config=config)
    told = outcome(client_of(RegisterItem), wire, strike)
    assert told == outcome(botocores_own, wire, strike)
    assert isinstance(told, tuple) == strike.lasts


@pytest.mark.usefixtures("bound")
def test_a_refusal_is_told_with_its_code() -> None:
    client = client_of(RegisterItem)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_item(TableName="None", Key=KEY)


type Got = tuple[str, dict[str, str], bytes]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Got]]:
    """What arrives at a server on this machine, whose first answer is that it has failed."""
    got: list[Got] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, dict(self.headers.items()), self.rfile.read(int(self.headers["Content-Length"]))))
            body = b'{"Item":{"said":{"S":"so"}}}'
            self.send_response(500 if len(got) == 1 else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secrets = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "to/ken="}
    place = {"AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{server.server_port}"}
    for name, value in (secrets | place).items():
        monkeypatch.setenv(name, value)
    forget_connections()
    yield got
    forget_connections()
    server.shutdown()
    server.server_close()


def test_what_arrives_over_the_wire_is_whole_and_signed(served: list[Got]) -> None:
    bind(register=REGISTER)
    client = client_of(RegisterItem)
    key = {"pk": {"S": "A £ \U0001f9d2"}, "sk": {"S": "B"}}
    assert client.get_item(TableName=REGISTER, Key=key)["Item"] == {"said": {"S": "so"}}
    assert len(served) == 2
    for path, headers, body in served:
        assert (path, json.loads(body)) == ("/", {"TableName": REGISTER, "Key": key})
        assert headers["Host"] == client.meta.endpoint_url.removeprefix("http://")
        again = AWSRequest(
            "POST", client.meta.endpoint_url, {n: headers[n] for n in ("X-Amz-Target", "Content-Type")}, body
        )
        now = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")  # noqa: DTZ007  # botocore has none either
        with patch("botocore.auth.get_current_datetime", lambda now=now: now):
            SigV4Auth(ReadOnlyCredentials("AKIDEXAMPLE", "secret", "to/ken="), "dynamodb", REGION).add_auth(again)
        assert headers.items() >= dict(again.headers.items()).items()
