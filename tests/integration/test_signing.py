"""What signs the calls of DynamoDB makes the signature that botocore would make."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, override
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials, ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from shared.persistence.client import client_of
from shared.persistence.models import RegisterItem, bind
from shared.persistence.signing import Signer
from tests.bench.requests.recorded import Raw
from tests.integration.emulated import REGION, REGISTER

NOW = datetime(2026, 11, 23, 23, 59, 30, tzinfo=UTC)
URL = f"https://dynamodb.{REGION}.amazonaws.com/"
URLS = (URL, URL.removesuffix("/"), "http://localhost:4599/", "http://127.0.0.1:80/", "https://example.test:8443/")
OTHER_URLS = (f"{URL}else/where", f"{URL}?a=b", "http://[::1]:4599/", "https://us:er@example.test/")
KEPT = {"User-Agent": "signpost", "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793", "Connection": "close"}
"""That botocore does not sign."""

secrets = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=80)
tokens = st.none() | st.from_regex(r"[A-Za-z0-9+/=]{1,400}", fullmatch=True)
calls = st.fixed_dictionaries({
    "url": st.sampled_from(URLS + OTHER_URLS),
    "body": st.binary(max_size=300),
    "target": st.sampled_from(["Query", "PutItem", "TransactWriteItems"]),
    "more": st.sampled_from([{}, KEPT, {"X-Amz-Meta": "a  b"}, {"X-Amz-Date": "20200101T000000Z"}, {"Authorization": "old"}]),
})  # fmt: skip


def a_call(url: str, body: bytes, target: str, more: dict[str, str]) -> AWSRequest:
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{target}", "Content-Type": "application/x-amz-json-1.0", **more}
    return AWSRequest("POST", url, headers, body)


def botocores(credentials: ReadOnlyCredentials, call: AWSRequest, now: datetime) -> dict[str, str]:
    """The headers of the call, signed by botocore."""
    with patch("botocore.auth.get_current_datetime", lambda: now.replace(tzinfo=None)):
        SigV4Auth(credentials, "dynamodb", REGION).add_auth(call)
    return dict(call.headers.items())


def ours(signer: Signer, call: AWSRequest, now: datetime) -> dict[str, str]:
    with patch("botocore.auth.get_current_datetime", lambda: now.replace(tzinfo=None)):
        signer.sign(call, now)
    return dict(call.headers.items())


@given(secret=secrets, token=tokens, of=st.lists(calls, min_size=1, max_size=3), days=st.integers(0, 4000))
def test_it_is_botocores_for_any_call(secret: str, token: str | None, of: list[dict[str, Any]], days: int) -> None:
    credentials = Credentials("AKIDEXAMPLE", secret, token)
    signer = Signer(credentials, REGION)
    for later, call in enumerate(of):
        now = NOW + timedelta(days=days, seconds=20 * later)  # the day ends meanwhile, and with it the key
        expected = botocores(credentials.get_frozen_credentials(), a_call(**call), now)
        assert ours(signer, a_call(**call), now) == expected


def test_credentials_that_change_are_signed_with_from_then_on() -> None:
    class Refreshed(Credentials):
        @override
        def get_frozen_credentials(self) -> ReadOnlyCredentials:
            self.secret_key, self.token = f"{self.secret_key}x", f"{self.token}y"
            return super().get_frozen_credentials()

    source = Refreshed("AKIDEXAMPLE", "secret", "token")
    signer = Signer(source, REGION)
    for _ in range(3):
        signed = ours(signer, a_call(URL, b"{}", "Query", {}), NOW)
        now_valid = ReadOnlyCredentials("AKIDEXAMPLE", source.secret_key, source.token)
        assert signed == botocores(now_valid, a_call(URL, b"{}", "Query", {}), NOW)


@pytest.mark.usefixtures("aws")
def test_a_call_is_signed_and_so_is_its_repetition() -> None:
    bind(register=REGISTER)
    client = client_of(RegisterItem)
    signed: list[str] = []

    def fail_once(request: AWSPreparedRequest, **_event: object) -> Any:
        signed.append(str(request.headers["Authorization"]))
        return AWSResponse(request.url, 500, HTTPHeaders(), Raw(b"{}")) if len(signed) == 1 else None

    client.meta.events.register_first("before-send.dynamodb", fail_once)
    client.get_item(TableName=REGISTER, Key={"pk": {"S": "A"}, "sk": {"S": "B"}})
    assert len(signed) == 2
    for one in signed:
        assert re.search(rf"/{REGION}/dynamodb/aws4_request, SignedHeaders=[a-z;-]+, Signature=[0-9a-f]{{64}}", one)
