"""The key in AWS KMS that signs the certificate. Its private half never leaves there."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from textwrap import wrap
from typing import TYPE_CHECKING

from shared.runtime.aws import PROMPT, client_of, reached

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_NOT_SIGNED = frozenset({"KMSInvalidSignatureException"})


@dataclass(frozen=True, slots=True)
class KmsSigner:
    """Implements `closure.Signer`, with an asymmetric key for signing on the curve P-256."""

    key_id: str
    client: KMSClient

    @classmethod
    def with_key(cls, key_id: str) -> KmsSigner:
        """Makes the client. `key_id` is the key's id or ARN."""
        return cls(key_id, client_of("kms", PROMPT))

    def sign(self, document: bytes) -> bytes:
        """See the port. Raises Unavailable."""
        # the digest, not the document: KMS takes no message over 4096 bytes
        # https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
        digest = sha256(document).digest()
        with reached():
            return self.client.sign(
                KeyId=self.key_id, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
            )["Signature"]

    def has_signed(self, document: bytes, signature: bytes) -> bool:
        """See the port. Raises Unavailable."""
        with reached(unless=_NOT_SIGNED):
            return self.client.verify(
                KeyId=self.key_id,
                Message=sha256(document).digest(),
                MessageType="DIGEST",
                Signature=signature,
                SigningAlgorithm="ECDSA_SHA_256",
            )["SignatureValid"]
        return False

    def public_key(self) -> str:
        """See the port. Raises Unavailable."""
        with reached():
            der = self.client.get_public_key(KeyId=self.key_id)["PublicKey"]
        return pem(der)


def pem(der: bytes) -> str:
    """A public key from DER (RFC 5480) to PEM (RFC 7468): 64 letters a line, a newline at the end."""
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *wrap(b64encode(der).decode(), 64), "-----END PUBLIC KEY-----", ""])
