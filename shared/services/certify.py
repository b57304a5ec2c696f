"""Certifies that everything has been destroyed, once; and finds the certificate again for whoever asks."""

from __future__ import annotations

import json
from base64 import b64decode, decodebytes, encodebytes
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from shared.domain.certificate import Certificate, Signature, Tool, unproven
from shared.domain.certificate_page import page
from shared.domain.closure import Certified
from shared.domain.errors import NotCertified, NotOurDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from shared.domain.closure import Archive, ClosureKeeper, Elsewhere, EncryptionKey, Progress, Signer
    from shared.domain.destruction import Place
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.ports import Clock

CERTIFICATE, SIGNATURE, PUBLIC_KEY, PAGE = (
    "certificate.json",
    "certificate.json.sig",
    "public-key.pem",
    "certificate.html",
)
"""The documents, by their names in the archive and wherever they are saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certify:
    """Killed anywhere, run again or by two at once, it ends in one certificate: the first that was written.

    What lies in the archive is signed only if it is this certificate. Whatever else somebody put there is not.
    """

    lifecycle: Lifecycle
    places: Sequence[Place]
    keeper: ClosureKeeper
    archive: Archive
    signer: Signer
    key: EncryptionKey
    elsewhere: Elsewhere
    tool: Tool
    environment: str
    resources: Mapping[str, str]
    """What is destroyed, by the names that the cloud gave."""
    clock: Clock

    def __call__(self, verified_at: datetime) -> Certified | None:
        """The certificate, written now or before; None while a place is unproven.

        `verified_at` is when everything was last read and nothing found. Raises Unavailable: try again; and
        NotOurDocument if anything lies in the archive that no run of this closure can have written.
        """
        progress = self.keeper.progress()
        if progress.certified is not None:
            return progress.certified
        if unproven(self.places, progress):
            return None
        public_key = self.signer.public_key()
        own = self._certificate(progress, public_key, verified_at)
        # what lies there may be of a run that was killed, or that was quicker: that is what counts, and is signed
        version, written = self._archived(CERTIFICATE, own.to_bytes(), "application/json", own.is_said_by)
        digest = sha256(written).hexdigest()
        shown = page(json.loads(written), sha256=digest).encode()  # before it is signed: what has no page is none
        signature = encodebytes(self.signer.sign(written))
        signature_version, _ = self._archived(SIGNATURE, signature, "text/plain", lambda it: self._signs(written, it))
        certified = Certified(
            at=self.clock(),
            sha256=digest,
            documents={
                CERTIFICATE: version,
                SIGNATURE: signature_version,
                PUBLIC_KEY: self._archived(PUBLIC_KEY, public_key.encode(), "application/x-pem-file")[0],
                PAGE: self._archived(PAGE, shown, "text/html")[0],
            },
        )
        self.keeper.note_certified(certified)
        return certified

    def _archived(
        self, name: str, content: bytes, content_type: str, is_ours: Callable[[bytes], bool] = lambda _: False
    ) -> tuple[str, bytes]:
        """The version and the bytes of what lies there: the content, or what counts as ours in its place."""
        version = self.archive.put(name, content, content_type)
        written = self.archive.get(name, version)
        if written != content and not is_ours(written):
            raise NotOurDocument(name)
        return version, written

    def _signs(self, written: bytes, text: bytes) -> bool:
        """Whether this is the signature that another run made of the same bytes."""
        try:
            signature = decodebytes(text)
        except ValueError:
            return False
        return encodebytes(signature) == text and self.signer.has_signed(written, signature)

    def _certificate(self, progress: Progress, public_key: str, verified_at: datetime) -> Certificate:
        return Certificate(
            environment=self.environment,
            resources=self.resources,
            lifecycle=self.lifecycle,
            progress=progress,
            places=self.places,
            key=self.key.fate(),
            elsewhere=self.elsewhere.known(),
            signature=Signature(key_id=self.signer.key_id, public_key_sha256=fingerprint(public_key)),
            tool=self.tool,
            verified_at=verified_at,
        )


@dataclass(frozen=True, slots=True)
class Certificates:
    """For whoever asks: what is in the archive, byte for byte. It never changes, so it is read once."""

    keeper: ClosureKeeper
    archive: Archive
    _read: dict[str, str] = field(default_factory=dict, init=False)

    def document(self, name: str) -> str:
        """One of the documents. Raises NotCertified while there is none, and Unavailable."""
        if name not in self._read:
            certified = self.keeper.progress().certified
            if certified is None:
                raise NotCertified
            self._read[name] = self.archive.get(name, certified.documents[name]).decode()
        return self._read[name]


def fingerprint(public_key: str) -> str:
    """The SHA-256 of a public key in PEM, in hex, as `openssl dgst -sha256` gives of its DER."""
    lines = (line for line in public_key.splitlines() if not line.startswith("-----"))
    return sha256(b64decode("".join(lines))).hexdigest()
