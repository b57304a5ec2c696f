"""What it takes to certify, in memory: a closure that is over, an archive and a key of our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.domain.certificate import KeyFate, OutOfReach, Tool
from shared.domain.closure import Progress, Surveyed
from shared.domain.destruction import Method, Stage
from shared.domain.lifecycle import Lifecycle
from shared.domain.plan import StepName
from shared.services.certify import Certify
from tests.support.closing import FakeClosureKeeper, FakePlace, Script
from tests.support.fakes import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.domain.closure import ClosureKeeper

CLOSED = datetime(2010, 8, 6, 11, tzinfo=UTC)
STARTED = CLOSED + timedelta(days=7)
EMPTIED = STARTED + timedelta(hours=5)
VERIFIED = STARTED + timedelta(hours=6)
DELETED = VERIFIED + timedelta(days=7)
CLOSURE = Lifecycle(CLOSED, "https://successor.example/", authority="The Secretary of State")
TOOL = Tool(version="1.2.3", commit="0123456789abcdef0123456789abcdef01234567")
RESOURCES = {"register table": "signpost-Register-1", "feed bucket": "signpost-feeds-1"}


PLACES = (
    FakePlace("register-items", StepName.ITEMS, Stage.ORIGINALS, held={}),
    FakePlace("feed-bucket", StepName.BUCKET, Stage.ORIGINALS, held={}, method=Method.PURGE),
    FakePlace("key", StepName.KEY, Stage.KEY, held={}, method=Method.CRYPTOGRAPHIC_ERASE),
)
COUNTS: Mapping[str, Mapping[str, int]] = {
    "register-items": {"child": 12_345, "involvement": 30_001},
    "feed-bucket": {"versions": 7, "delete_markers": 0, "uploads": 1},
    "key": {"keys": 1},
}


def over(places: Sequence[FakePlace] = PLACES) -> Progress:
    """How far a destruction has come that is over."""
    return Progress(
        closed_at=CLOSED,
        started_at=STARTED,
        surveyed={p.name: Surveyed(counts=COUNTS.get(p.name, {"things": 1}), at=STARTED) for p in places},
        emptied={p.name: EMPTIED for p in places},
    )


@dataclass
class MemoryArchive:
    """Keeps the promises of `closure.Archive`: the first that is written stays."""

    script: Script = field(default_factory=Script)
    written: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def put(self, name: str, content: bytes, content_type: str) -> str:
        return self.script.run(f"put {name}", lambda: self._put(name, content, content_type))

    def get(self, name: str, version: str) -> bytes:
        assert version == f"version-of-{name}"
        return self.script.run(f"get {name}", lambda: self.written[name][0])

    def _put(self, name: str, content: bytes, content_type: str) -> str:
        self.written.setdefault(name, (content, content_type))
        return f"version-of-{name}"


@dataclass(frozen=True)
class OwnKey:
    """Signs as AWS KMS does with a key on P-256."""

    private: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    script: Script = field(default_factory=Script)
    key_id: str = "arn:aws:kms:eu-west-2:123456789012:key/signing"

    def sign(self, document: bytes) -> bytes:
        return self.script.run("sign", lambda: self.private.sign(document, ECDSA(SHA256())))

    def public_key(self) -> str:
        return self.script.run("public_key", self._public_key)

    def _public_key(self) -> str:
        encoded = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return encoded.decode()

    def has_signed(self, document: bytes, signature: bytes) -> bool:
        return self.script.run("has_signed", lambda: self._has_signed(document, signature))

    def _has_signed(self, document: bytes, signature: bytes) -> bool:
        try:
            self.verifies(signature, document)
        except InvalidSignature:
            return False
        return True

    def verifies(self, signature: bytes, document: bytes) -> None:
        """Raises if it does not."""
        self.private.public_key().verify(signature, document, ECDSA(SHA256()))


@dataclass(frozen=True)
class ScheduledKey:
    """Whose deletion has a date."""

    script: Script = field(default_factory=Script)

    def fate(self) -> KeyFate:
        fate = KeyFate(key_id="arn:aws:kms:eu-west-2:123456789012:key/encryption", deleted_at=DELETED)
        return self.script.run("fate", lambda: fate)


@dataclass
class FakeElsewhere:
    """Implements `closure.Elsewhere`."""

    script: Script = field(default_factory=Script)
    copies: list[OutOfReach] = field(default_factory=list)

    def known(self) -> Sequence[OutOfReach]:
        return self.script.run("known", lambda: tuple(self.copies))


@dataclass
class Office:
    """All of it together, and one script of their calls."""

    places: Sequence[FakePlace] = PLACES
    script: Script = field(default_factory=Script)
    clock: Clock = field(default_factory=lambda: Clock(VERIFIED))
    private: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    def __post_init__(self) -> None:
        self.closure = FakeClosureKeeper(held=over(self.places), script=self.script)
        self.archive = MemoryArchive(self.script)
        self.signer = OwnKey(self.private, self.script)
        self.elsewhere = FakeElsewhere(self.script)

    def certify(self, keeper: ClosureKeeper | None = None) -> Certify:
        return Certify(
            lifecycle=CLOSURE,
            places=self.places,
            keeper=keeper or self.closure,
            archive=self.archive,
            signer=self.signer,
            key=ScheduledKey(self.script),
            elsewhere=self.elsewhere,
            tool=TOOL,
            environment="local",
            resources=RESOURCES,
            clock=self.clock,
        )
