"""Signs the calls of DynamoDB: what botocore would sign, in a fraction of its time.

SigV4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html) is simple here: each call
is a POST to `/` without a query, with the same few headers. Any other is left to botocore. A signature that is wrong
DynamoDB refuses, so it could neither show nor lose anything; tests/integration/test_signing.py holds ours to botocore's.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore import UNSIGNED
from botocore.auth import SIGNED_HEADERS_BLACKLIST, SigV4Auth

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.client import BaseClient
    from botocore.credentials import Credentials

_SERVICE = "dynamodb"
_SIGNED = frozenset({"content-type", "x-amz-target"})
"""The headers of a call that was not signed yet, beside the host's and those that need no signature."""
_NOT_SIGNED = frozenset(SIGNED_HEADERS_BLACKLIST)
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class Signer:
    """Signs for one region with one source of credentials, from any thread."""

    credentials: Credentials
    region: str
    _key: tuple[str | None, str, hmac.HMAC] | None = field(default=None, init=False)
    """The secret and the day that the last signing key was for, and what begins with that key."""

    def sign_for(self, client: BaseClient) -> None:
        """Every call that this client makes, in place of the signer that it has."""
        events = client.meta.events
        events.register(f"choose-signer.{_SERVICE}", lambda **_event: UNSIGNED)
        events.register(f"request-created.{_SERVICE}", self._of_event)

    def _of_event(self, request: AWSRequest, **_event: object) -> None:
        self.sign(request, datetime.now(UTC))

    def sign(self, request: AWSRequest, now: datetime) -> None:
        """Adds to a call what makes it this account's."""
        headers: Any = request.headers
        credentials = self.credentials.get_frozen_credentials()
        host, body = _host(request.url), request.data
        has_others = {name.lower() for name in headers} - _NOT_SIGNED != _SIGNED
        if has_others or host is None or not isinstance(body, bytes):
            SigV4Auth(credentials, _SERVICE, self.region).add_auth(request)
            return
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self.region}/{_SERVICE}/aws4_request"
        token = f"x-amz-security-token:{credentials.token}\n" if credentials.token else ""
        names = f"content-type;host;x-amz-date;{'x-amz-security-token;' if token else ''}x-amz-target"
        canonical = (
            f"POST\n/\n\ncontent-type:{headers['Content-Type']}\nhost:{host}\nx-amz-date:{stamp}\n"
            f"{token}x-amz-target:{headers['X-Amz-Target']}\n\n{names}\n{sha256(body).hexdigest()}"
        )
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = self._signature(to_sign, credentials.secret_key, stamp[:8])
        headers["X-Amz-Date"] = stamp
        if token:
            headers["X-Amz-Security-Token"] = credentials.token
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )

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


@lru_cache(maxsize=8)
def _host(url: str) -> str | None:
    """As the header names it: with its port, unless that goes without saying. None for an address that says more."""
    parts = urlsplit(url)
    name, port = parts.hostname, parts.port
    if not name or ":" in name or "@" in parts.netloc or (parts.path or "/", parts.query) != ("/", ""):
        return None
    return name if port in {None, _PORTS.get(parts.scheme)} else f"{name}:{port}"
