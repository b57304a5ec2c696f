"""Writes and signs the calls of DynamoDB: what botocore would send, in a fraction of its time.

botocore walks through what describes an operation to write it, emits events whose handlers are always the same, copies the
headers three times, and derives the day's key anew to sign them. Here a call is written as the JSON that it is, and each of its
tries is made at once, with its headers and SigV4
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), which is simple for a POST to `/`
with the same few headers. Whatever else is asked for goes botocore's way; so do retries, time-outs, connections and answers.
A signature that is wrong DynamoDB refuses, so it could neither show nor lose anything; tests/integration/test_sending.py holds
what is sent to botocore's.
"""

from __future__ import annotations

import hmac
import json
import time
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.handlers import add_retry_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.credentials import Credentials
    from botocore.model import OperationModel

PLAIN = frozenset({
    "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem",
    "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem",
})  # fmt: skip
"""Operations whose parameters are JSON as they stand, but for binary values."""
_SERVICE = "dynamodb"
_SIGNED = frozenset({"Content-Type", "X-Amz-Target"})
"""The headers that a call comes with, beside the host's and those that need no signature."""
_KNOWN = _SIGNED | {"User-Agent", "X-Amzn-Trace-Id"}
_PORTS = {"http": 80, "https": 443}
_compact = json.JSONEncoder(separators=(",", ":")).encode


class Serializer(Protocol):
    """What makes a request of the parameters of a call: botocore's, or ours."""

    def serialize_to_request(self, parameters: Mapping[str, Any], operation_model: OperationModel) -> dict[str, Any]:
        """Body, headers, method and path."""
        ...


@dataclass(frozen=True, slots=True)
class PlainSerializer:
    """Writes the parameters of a call as the JSON that they are. Not for clients that are given binary values."""

    theirs: Serializer
    """botocore's, for the other operations, and for what is not JSON."""
    _empty: dict[str, dict[str, Any]] = field(default_factory=dict, init=False)
    """Of each operation that there was: what botocore makes of it without parameters."""

    def serialize_to_request(self, parameters: Mapping[str, Any], operation_model: OperationModel) -> dict[str, Any]:
        """As botocore's: body, headers, method and path."""
        name = operation_model.name
        if name not in PLAIN:
            return self.theirs.serialize_to_request(parameters, operation_model)
        try:
            body = _compact(parameters).encode()
        except TypeError:  # something that is not of JSON
            return self.theirs.serialize_to_request(parameters, operation_model)
        if (empty := self._empty.get(name)) is None:
            empty = self._empty[name] = self.theirs.serialize_to_request({}, operation_model)
        return {**empty, "headers": {**empty["headers"]}, "body": body}


@dataclass(slots=True)
class Sender:
    """Makes the tries of calls for one region, with one source of credentials; from any thread."""

    credentials: Credentials
    region: str
    attempts: int
    """How many a call has in all, which each of them tells."""
    theirs: Callable[[dict[str, Any], OperationModel | None], AWSPreparedRequest]
    """botocore's way, for what is not a POST to `/` with the headers that are known here."""
    clock: Callable[[], float] = time.time
    """Seconds since 1970."""
    _key: tuple[str | None, str, hmac.HMAC] | None = field(default=None, init=False)
    """The secret and the day that the last signing key was for, and what begins with that key."""

    def create_request(
        self, params: dict[str, Any], operation_model: OperationModel | None = None
    ) -> AWSPreparedRequest:
        """One try of a call, signed and ready to be sent. Called by botocore anew for each."""
        given, body, host = params["headers"], params["body"], _host(params["url"])
        retries, names = params["context"].get("retries"), given.keys()
        is_known = params["method"] == "POST" and _SIGNED <= names <= _KNOWN and isinstance(body, bytes)
        if host is None or not retries or not is_known or not body:
            return self.theirs(params, operation_model)
        headers: Any = {**given, **self._signed(given, host, body), "Content-Length": str(len(body))}
        made: Any = AWSPreparedRequest("POST", params["url"], headers, body, False, params["context"])  # noqa: FBT003  # no stream
        retries.setdefault("max", self.attempts)
        add_retry_headers(made)
        return cast("AWSPreparedRequest", made)

    def _signed(self, headers: Mapping[str, str], host: str, body: bytes) -> dict[str, str]:
        """The headers that make a call this account's."""
        credentials = self.credentials.get_frozen_credentials()
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.clock()))
        scope = f"{stamp[:8]}/{self.region}/{_SERVICE}/aws4_request"
        token = f"x-amz-security-token:{credentials.token}\n" if credentials.token else ""
        names = f"content-type;host;x-amz-date;{'x-amz-security-token;' if token else ''}x-amz-target"
        canonical = (
            f"POST\n/\n\ncontent-type:{headers['Content-Type']}\nhost:{host}\nx-amz-date:{stamp}\n"
            f"{token}x-amz-target:{headers['X-Amz-Target']}\n\n{names}\n{sha256(body).hexdigest()}"
        )
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = self._signature(to_sign, credentials.secret_key, stamp[:8])
        signed = {
            "X-Amz-Date": stamp,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}",
        }
        if credentials.token:
            signed["X-Amz-Security-Token"] = credentials.token
        return signed

    def _signature(self, text: str, secret: str | None, day: str) -> str:
        known = self._key
        if known is None or known[:2] != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self.region, _SERVICE, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key = known = (secret, day, hmac.new(key, digestmod="sha256"))
        keyed = known[2].copy()
        keyed.update(text.encode())
        return keyed.hexdigest()


def send_for(client: Any, credentials: Credentials | None, *, has_binary_values: bool) -> None:
    """Every call that this client makes from now on. Without credentials botocore says at the first that it cannot sign."""
    if not has_binary_values:
        client._serializer = PlainSerializer(client._serializer)  # noqa: SLF001  # botocore has no public way to either
    if credentials:
        endpoint, attempts = client._endpoint, client.meta.config.retries["total_max_attempts"]  # noqa: SLF001  # likewise
        endpoint.create_request = Sender(
            credentials, client.meta.region_name, attempts, endpoint.create_request
        ).create_request


@lru_cache(maxsize=8)
def _host(url: str) -> str | None:
    """As the header names it: with its port, unless that goes without saying. None for an address that says more."""
    parts = urlsplit(url)
    name, port = parts.hostname, parts.port
    if not name or ":" in name or "@" in parts.netloc or (parts.path or "/", parts.query) != ("/", ""):
        return None
    return name if port in {None, _PORTS.get(parts.scheme)} else f"{name}:{port}"
