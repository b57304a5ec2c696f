"""The certificate of destruction, fetched and verified as anybody can: docs/certificate.md has the same for openssl."""

from __future__ import annotations

import base64
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "/certificate": "certificate.json",
    "/certificate/signature": "certificate.json.sig",
    "/certificate/public-key": "public-key.pem",
    "/certificate/page": "certificate.html",
}
"""What the API answers where, and the file that it becomes."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it."""

    ok: bool
    said: str
    by: str


def fetch(api_url: str, folder: Path) -> None:
    """All documents, into `folder`, without a token. Raises httpx.HTTPStatusError if there is none."""
    for path, name in FILES.items():
        answer = httpx.get(f"{api_url}{path}", timeout=30).raise_for_status()
        (folder / name).write_bytes(answer.content)


def verify(folder: Path, *, changed: bool = False) -> Verified:
    """With openssl, which has to be installed; of a copy with one byte `changed`, if that is asked."""
    document = bytearray((folder / "certificate.json").read_bytes())
    if changed:
        document[len(document) // 2] ^= 1
    signature = base64.b64decode((folder / "certificate.json.sig").read_text())
    openssl = shutil.which("openssl")
    if openssl is None:
        return _verified_by_library(bytes(document), signature, (folder / "public-key.pem").read_bytes())
    (folder / "certificate.json.der").write_bytes(signature)
    ran = subprocess.run(
        [openssl, "dgst", "-sha256", "-verify", "public-key.pem", "-signature", "certificate.json.der"],
        cwd=folder,
        input=bytes(document),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return Verified(ok=ran.returncode == 0, said=ran.stdout.decode().strip(), by="openssl")


def _verified_by_library(document: bytes, signature: bytes, public_key: bytes) -> Verified:
    # Only where there is no openssl: nothing else here needs it.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    key = load_pem_public_key(public_key)
    if not isinstance(key, EllipticCurvePublicKey):
        return Verified(ok=False, said="Not a key of an elliptic curve", by="Python")
    try:
        key.verify(signature, document, ECDSA(SHA256()))
    except InvalidSignature:
        return Verified(ok=False, said="Verification failure", by="Python")
    return Verified(ok=True, said="Verified OK", by="Python")
