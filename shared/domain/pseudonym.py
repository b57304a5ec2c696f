"""Keyed hashes: what stands in a key instead of a number or a name, and tells nothing without the secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_BYTES = 16
"""128 bits: two of 11 million children share a value with a probability below 2e-25."""
_SHORTEST_SECRET = 32

SENSITIVE = "sensitive"
"""The compartment of all that sensitive services say."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Makes keyed hashes with the deployment's hashing secret (at least 32 characters)."""

    secret: bytes = field(repr=False)
    _keyed: hmac.HMAC = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) < _SHORTEST_SECRET:
            message = f"the hashing secret needs at least {_SHORTEST_SECRET} characters"
            raise ValueError(message)
        object.__setattr__(self, "_keyed", hmac.new(self.secret, digestmod=hashlib.sha256))

    def of(self, purpose: str, *values: str) -> str:
        """22 characters (base64url of HMAC-SHA-256, cut to 128 bits); `purpose` keeps equal values of two kinds apart."""
        keyed = self._keyed.copy()  # unlike hmac.digest, it lets no other thread in between
        keyed.update("\x1f".join((purpose, *values)).encode())
        return base64.urlsafe_b64encode(keyed.digest()[:_BYTES]).decode().rstrip("=")

    def compartment(self, name: str) -> Pseudonyms:
        """Of another secret, derived from this one: what is kept under these hashes nobody meets under those."""
        return Pseudonyms(hmac.digest(self.secret, f"compartment\x1f{name}".encode(), hashlib.sha256))

    def of_content(self, purpose: str, content: Mapping[str, object]) -> str:
        """The same, of a mapping: equal content gives an equal value whatever the order of its keys."""
        return self.of(purpose, json.dumps(content, sort_keys=True, ensure_ascii=False, default=str))
