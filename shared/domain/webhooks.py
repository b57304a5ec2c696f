"""Webhooks after the Standard Webhooks specification 1.0.0: who signs what, when it is tried again, and where it may go.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from shared.domain.duration import check_aware
from shared.domain.errors import AddressRefused
from shared.domain.notices import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.domain.pseudonym import Pseudonyms

ANSWERED_WITHIN = timedelta(seconds=5)
"""How long an attempt takes at the most: to find where the name leads, to connect, and until the whole answer is there."""
AT_ONCE = 2
"""How many calls one host is sent at the same time by one batch: the others are sent meanwhile."""
TURN_WITHIN = timedelta(seconds=4)
"""How long a notice waits for its turn. Less than `ANSWERED_WITHIN`: what waits for a host that does not answer is put off
before the first of them has failed, and does not try it once more."""

BACK_OFF = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""How long after each attempt the next one comes: the specification's example, as far as the queue can wait."""
ATTEMPTS = len(BACK_OFF) + 1
"""The queue's `maxReceiveCount`."""
LONGEST_WAIT = timedelta(hours=11)
"""A message may be hidden for 12 hours in all from when it was received.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
"""
_SPREAD = 0.1
"""By how much a wait may be longer, so that those who failed together do not come again together."""

COMPARTMENT = "webhooks"
_SECRET_PREFIX = "whsec_"  # noqa: S105  # says that a secret follows
_MAY_BE_SENT = re.compile(r"[!-~]{1,500}")
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_THE_INTERNET = (
    IPv4Network("192.0.0.0/24"),  # RFC 6890: protocols' own, also those two addresses that count as global
    IPv4Network("192.88.99.0/24"),  # RFC 7526: relays of 6to4, no more
    IPv6Network("3fff::/20"),  # RFC 9637: documentation
)
"""What `ipaddress` takes for hosts on the internet, and is not."""
_HTTPS, _FIRST_UNPRIVILEGED = 443, 1024
_NOTICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ORGANISATION = re.compile(r"[A-Z0-9]{3,12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the bus says of a notice: all that a webhook ever tells."""

    notice_id: str
    kind: NoticeKind
    at: datetime
    organisation: str

    @classmethod
    def read(cls, detail: Mapping[str, object]) -> Told:
        """From an event's detail. Raises ValueError for what is none."""
        notice_id, kind, at, organisation = (_text(detail, n) for n in ("notice_id", "kind", "at", "organisation"))
        if not _NOTICE_ID.fullmatch(notice_id) or not _ORGANISATION.fullmatch(organisation):
            raise ValueError("not a notice")
        instant = datetime.fromisoformat(at)
        check_aware(instant)
        return cls(notice_id=notice_id, kind=NoticeKind(kind), at=instant, organisation=organisation)

    def body(self) -> bytes:
        """The payload, JSON: the same bytes at every attempt."""
        at = self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        data = {"notice_id": self.notice_id, "kind": self.kind.value, "at": at}
        payload = {"type": f"notice.{self.kind}", "timestamp": at, "data": data}
        return json.dumps(payload, separators=(",", ":")).encode()


def _text(detail: Mapping[str, object], name: str) -> str:
    value = detail.get(name)
    return value if isinstance(value, str) else ""


def secret_of(pseudonyms: Pseudonyms, organisation: str, generation: int) -> bytes:
    """An organisation's signing secret, 32 bytes: made anew from the deployment's secret each time, and kept nowhere."""
    return pseudonyms.compartment(COMPARTMENT).compartment(f"{organisation}\x1f{generation}").secret


def secret_text(secret: bytes) -> str:
    """As the specification writes a symmetric secret."""
    return f"{_SECRET_PREFIX}{base64.b64encode(secret).decode()}"


def signed_headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers of one attempt, made at `at`: a signature with each secret, of the bytes that are sent.

    `message_id` has no full stop in it: it ends where the first one stands.
    """
    seconds = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    signatures = (base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def check_url(url: str, *, anywhere: bool) -> None:
    """Whether a notice may be sent to such an address at all. Raises AddressRefused.

    `anywhere` is for one machine: HTTP too, and any host and port. Elsewhere no port below 1024 but that of HTTPS: what
    listens there (mail, shells) is not to be spoken to by us. Where the name leads is looked at when it is sent: see
    `is_public`.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = _HTTPS if parts.port is None else parts.port  # raises for what is no number up to 65535
    except ValueError:
        raise AddressRefused from None
    has_more = parts.username is not None or parts.password is not None or "#" in url or "\\" in url
    if not _MAY_BE_SENT.fullmatch(url) or not host or has_more:
        raise AddressRefused
    if anywhere and parts.scheme in ("http", "https"):
        return
    may_be_asked = port == _HTTPS or port >= _FIRST_UNPRIVILEGED
    if parts.scheme != "https" or not _HOST.fullmatch(host) or not may_be_asked:
        raise AddressRefused


def is_public(address: str) -> bool:
    """Whether an IP address is of a host on the internet: not of this function, its network or its cloud's own services.

    Of IPv6 only global unicast, so nothing that hides an IPv4 address but 6to4 and Teredo, which count as private.
    IANA, special-purpose address registries (RFC 6890), as `ipaddress` has them.
    """
    ip = ip_address(address)
    if any(ip in network for network in _NOT_THE_INTERNET):
        return False
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast
    return ip.is_global and ip in _GLOBAL_UNICAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: a status, or none and a code for why."""

    status: int | None = None
    retry_after: str | None = None
    """The header, as it was sent."""
    failure: str | None = None


class Post(Protocol):
    """Sends to an address that an outsider has chosen."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], go_ahead: Callable[[], object]) -> Answer:
        """Sends once, follows nothing, reads no body, and is back within seconds. Never raises for what the other side does.

        `go_ahead` is asked last of all, before anything is connected and again before anything is sent: what it raises,
        this raises, and nothing was sent.
        """


class Outcome(StrEnum):
    """What has become of an attempt."""

    DELIVERED = "delivered"
    AGAIN = "again"
    GIVEN_UP = "given_up"
    """It was the last attempt: the notice is still there to be read, and operators are told."""
    GONE = "gone"
    """The receiver wants no more (410): the message is put aside at once, and operators are told."""
    NOBODY = "nobody"
    """The organisation has no webhook, or is not to be told anything any more."""
    CLOSED = "closed"
    """The register has closed: nothing is sent any more."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do with the message."""
        return self not in (Outcome.AGAIN, Outcome.GIVEN_UP, Outcome.GONE)


_GONE = 410
_SUCCESS = range(200, 300)


def outcome_of(answer: Answer, attempt: int) -> Outcome:
    """Any 2xx is success, 410 wants no more, and all else, redirects too, is a failure ("Delivery success and failure")."""
    if answer.status in _SUCCESS:
        return Outcome.DELIVERED
    if answer.status == _GONE:
        return Outcome.GONE
    return Outcome.AGAIN if attempt < ATTEMPTS else Outcome.GIVEN_UP


def wait_after(attempt: int, now: datetime, *, retry_after: str | None = None, spread: float = 0.0) -> timedelta:
    """How long after the `attempt`th failure (from 1) the next attempt comes; `spread` is from 0 to 1.

    Longer if the receiver says so (RFC 9110, 10.2.3), never shorter, and never longer than `LONGEST_WAIT`. After the last
    one nothing is waited for: the queue puts the message aside.
    """
    if attempt >= ATTEMPTS:
        return timedelta()
    planned = BACK_OFF[attempt - 1] * (1 + _SPREAD * spread)
    return min(max(planned, _asked(retry_after, now)), LONGEST_WAIT)


def _asked(retry_after: str | None, now: datetime) -> timedelta:
    """What `Retry-After` asks for, in seconds or as a date; nothing if it cannot be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST_WAIT.total_seconds()))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return timedelta()
    return until - now if until.utcoffset() is not None else timedelta()
