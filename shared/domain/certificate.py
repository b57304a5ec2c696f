"""The certificate of destruction: what it says, and its bytes.

After the sample certificate of NIST SP 800-88r1, Appendix G, as far as that fits: it was made for disks in a hand, and
here the media are another's services. docs/certificate.md tells which of its fields is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.certificate_bytes import canonical, is_another_run_of, text_of
from shared.domain.destruction import Method
from shared.domain.plan import RULES, StepName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from shared.domain.closure import Progress, Surveyed
    from shared.domain.destruction import Place
    from shared.domain.lifecycle import Lifecycle

FORMAT = "signpost-certificate-of-destruction/1"
KEPT_YEARS = 10
"""How long nobody can remove the certificate, its signature and its public key: longer than a child who was in the
register can be expected to ask what became of it, and as the project has chosen; no rule names a number."""

PLACES: Mapping[str, str] = {
    "register-stream": "The stream of changes of the register's table, with every item before and after its change. "
    "It is off; AWS keeps what it held for up to 24 hours more.",
    "register-kinesis": "What carried every change of the register's table on to data streams of Kinesis. It is off; what "
    "a data stream has taken up is not destroyed here.",
    "register-recovery": "Point-in-time recovery of the register's table: every state of the last 35 days.",
    "register-backups": "Backups of the register's table, on demand and by the system.",
    "register-vault": "Recovery points of the register's table in AWS Backup, in every vault of this account and region.",
    "register-replicas": "Replicas of the register's table in other regions.",
    "register-items": "Every item of the register: children, involvements, identifiers, match keys, review cases, notices, watches.",
    "feed-bucket": "Extracts and receipts: every version, every delete marker, every unfinished upload.",
    "failed-feeds": "Messages that name the extracts which could not be read.",
    "unread-changes": "Messages that name changes of which no notice could be made, by their place in a table's stream.",
    "notices-to-deliver": "Messages with the ids of notices that were to be delivered to webhooks.",
    "undelivered-notices": "Messages with the ids of notices that no webhook took.",
    "clients": "Clients of the identity provider, with their secrets.",
    "users": "Users of the identity provider who could still sign in: disabled, and not deleted.",
    "log-groups": "Logs of every function that worked with the register, and of the API. They cannot be read any more; "
    "AWS keeps what they held for up to 72 hours more.",
    "hashing-secret": "The secret with which identifiers and match keys were hashed.",
    "key": "The key with which the register's table, its stream, recovery and backups, the feed bucket and the hashing "
    "secret were encrypted.",
}
"""What each place was, for a reader who does not know the system."""

_METHODS = {
    Method.CLEAR: "Deleted through the service's own interface, and read again.",
    Method.PURGE: "Deleted with every copy, version and backup of it that the service lists, and read again.",
    Method.CRYPTOGRAPHIC_ERASE: "The key is destroyed, and with it every copy in this account and region that was "
    "encrypted with this key.",
    Method.DISABLED: "Switched off or disabled, not deleted, and read again.",
}
_LINGERS: Mapping[str, timedelta] = {
    place: next(rule.lingers for rule in RULES if rule.name is step)
    for place, step in (("register-stream", StepName.STREAM), ("log-groups", StepName.LOGS))
}
"""How long AWS keeps what a place held once it is empty to us, as the plan has it."""

_STATEMENT = (
    "What this register held in the places listed here was destroyed as stated, and then looked for in each of them, by "
    "reading: nothing was found. Every copy in this account and region that was encrypted with the encryption key named "
    "here has opened no more since the key's deletion was scheduled, and from the date of its deletion on none ever will. "
)
_NOTHING_ELSEWHERE = "No copy of the register's table elsewhere is known. What was not looked for is said below."
_KNOWN_ELSEWHERE = (
    "Copies that were made from the register's table and lie elsewhere WERE NOT DESTROYED: they are named below. What "
    "was not looked for is said below."
)
_NOT_LOOKED_FOR = (
    "Copies under another key: tables restored under another name, files downloaded or copied out of a bucket.",
    "Other accounts of AWS, and other regions but for replicas of the table.",
    "Exports of the table to S3 that are older than 90 days: AWS does not list them any longer.",
    "Whatever the organisations have kept of what they sent or were shown.",
)
_KEPT = {
    "access log": "Who asked about which child, when, why, on what legal basis, and what was shown: ids and codes, which "
    "lead to nobody any more. Kept so that every access can be accounted for; each record expires by itself.",
    "directory": "Organisations and what each was permitted, the ids of their credentials without any secret, and the "
    "record of this closure. Nothing about a child.",
    "users of the identity provider": "Disabled, if there were any: names of operators are no part of the register.",
    "logs of operation": "What expiry, status, the directory and the guard of the closure did: ids, codes and counts, "
    "until each log's retention ends.",
    "this certificate": f"With its signature and public key, for {KEPT_YEARS} years under a lock that nobody can lift.",
    "signing key": "So that the public key can be had from where it was made, and not only from beside this.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What did the work."""

    version: str
    commit: str
    """Of the source that it was built from; `unknown` where it was not built from a clone, and with `-dirty` at its end
    where what was built differed from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFate:
    """Of a key: when it is deleted. None if it is gone, and nobody can say any more when it went."""

    key_id: str
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfReach:
    """A copy that lies where this system may not delete, and so did not. `where` is its ARN."""

    what: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What it is signed with."""

    key_id: str
    public_key_sha256: str
    """Of the public key in DER, in hex."""


def unproven(places: Iterable[Place], progress: Progress) -> tuple[str, ...]:
    """The places that have not been counted, or not been found empty: while there are any, nothing can be certified."""
    return tuple(p.name for p in places if p.name not in progress.surveyed or p.name not in progress.emptied)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is known when everything has been found empty. No place is `unproven`."""

    environment: str
    resources: Mapping[str, str]
    """What was emptied, by the names that the cloud gave: from what it is to its name or ARN."""
    lifecycle: Lifecycle
    progress: Progress
    places: Sequence[Place]
    key: KeyFate
    elsewhere: Sequence[OutOfReach] = ()
    signature: Signature
    tool: Tool
    verified_at: datetime
    """When everything was read for the last time before this was written."""

    def to_bytes(self) -> bytes:
        """The document as it is signed: JSON in UTF-8, keys sorted, two spaces, one newline at the end."""
        return canonical(self.document())

    def is_said_by(self, written: bytes) -> bool:
        """Whether these bytes are this certificate as another run may have written it. Never raises."""
        return is_another_run_of(self.document(), written)

    def document(self) -> dict[str, Any]:
        """As JSON types. Instants are in UTC, to the millisecond."""
        lifecycle, progress = self.lifecycle, self.progress
        deadline = lifecycle.deadline
        return {
            "format": FORMAT,
            "title": "Certificate of destruction",
            "after": "NIST SP 800-88r1, Appendix G",
            "statement": _STATEMENT + (_KNOWN_ELSEWHERE if self.elsewhere else _NOTHING_ELSEWHERE),
            "ordered_by": lifecycle.authority,
            "performed_by": {"tool": "Signpost", "version": self.tool.version, "commit": self.tool.commit},
            "media": {
                "kind": "Services of Amazon Web Services, in the account of the register's operator",
                "environment": self.environment,
                "resources": dict(self.resources),
                "held": "Personal data of children and of those who work with them",
            },
            "closure": {
                "closed_at": text_of(lifecycle.closes_at),
                "destruction_allowed_from": text_of(lifecycle.destruction_starts),
                "deadline": text_of(deadline),
                "parameters": {_as_in_template(name): value for name, value in lifecycle.parameters().items()},
            },
            "destruction": {
                "started_at": text_of(progress.started_at),
                "finished_at": text_of(max(progress.emptied[place.name] for place in self.places)),
                "places": [self._place(place, progress.surveyed[place.name]) for place in self.places],
                "methods": {method.value: _METHODS[method] for method in sorted({p.method for p in self.places})},
            },
            "verification": {
                "method": "full",
                "how": "Every place listed here was read again, and nothing that had been done was taken on trust.",
                "at": text_of(self.verified_at),
                "found": 0,
                "in_time": deadline is not None and self.verified_at <= deadline,
            },
            "encryption_key": {
                "key_id": self.key.key_id,
                "state": "pending_deletion" if self.key.deleted_at else "deleted",
                "deletion_date": text_of(self.key.deleted_at),
            },
            "not_destroyed": [{"what": copy.what, "where": copy.where} for copy in self.elsewhere],
            "not_looked_for": list(_NOT_LOOKED_FOR),
            "kept_on_purpose": [{"what": what, "why": why} for what, why in _KEPT.items()],
            "signature": {
                "algorithm": "ECDSA over SHA-256, NIST P-256",
                "key_id": self.signature.key_id,
                "public_key_sha256": self.signature.public_key_sha256,
            },
        }

    def _place(self, place: Place, surveyed: Surveyed) -> dict[str, Any]:
        emptied, lingers = self.progress.emptied[place.name], _LINGERS.get(place.name)
        return {
            "name": place.name,
            "what": PLACES[place.name],
            "method": place.method.value,
            "before": {**surveyed.counts, **self._at_closure(place)},
            "before_is_whole": surveyed.is_whole,
            "counted_at": text_of(surveyed.at),
            "after": 0,
            "found_empty_at": text_of(emptied),
            "gone_by": text_of(emptied + lingers if lingers else None),
        }

    def _at_closure(self, place: Place) -> Mapping[str, int]:
        """What was gone before destruction began: closure itself deletes the clients."""
        count = self.progress.clients
        return {"deleted_at_closure": count} if place.name == "clients" and count is not None else {}


def _as_in_template(name: str) -> str:
    """`closes_at` as the template's `ClosesAt`."""
    return "".join(part.capitalize() for part in name.split("_"))
