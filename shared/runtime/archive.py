"""The bucket of certificates and seals: what is written there stays as it is, under object lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.certificate import KEPT_YEARS
from shared.domain.errors import Unavailable
from shared.runtime.aws import PROMPT, client_of, reached
from shared.runtime.clock import now

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from shared.domain.ports import Clock

_KEPT = timedelta(days=366 * KEPT_YEARS)
_WAS_FIRST = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
"""Somebody has written it, or is writing it at this moment: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""


@dataclass(frozen=True, slots=True)
class S3Archive:
    """Implements `closure.Archive` and `sealing.SealArchive`. The bucket has object lock, and so keeps every version.

    What is written is locked for as long as `kept`.
    """

    bucket: str
    client: S3Client
    clock: Clock = now
    kept: timedelta = _KEPT

    @classmethod
    def named(cls, bucket: str) -> S3Archive:
        """Makes the client."""
        return cls(bucket, client_of("s3", PROMPT))

    def put(self, name: str, content: bytes, content_type: str) -> str:
        """See the port. Raises Unavailable, also while another is writing the same: then it is there next time."""
        written = self.first(name)
        if written is None:
            with reached(unless=_WAS_FIRST):
                self.client.put_object(
                    Bucket=self.bucket,
                    Key=name,
                    Body=content,
                    ContentType=content_type,
                    IfNoneMatch="*",
                    ObjectLockMode="COMPLIANCE",
                    ObjectLockRetainUntilDate=self.clock() + self.kept,
                    ChecksumAlgorithm="SHA256",  # S3 wants one with whatever it locks
                )
            written = self.first(name)
        if written is None:
            raise Unavailable("another is writing it at this moment")
        return written

    def get(self, name: str, version: str) -> bytes:
        """See the port."""
        with reached():
            return self.client.get_object(Bucket=self.bucket, Key=name, VersionId=version)["Body"].read()

    def first(self, name: str) -> str | None:
        """See the port.

        S3 lists the versions of a key from the newest to the oldest:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/list-obj-version-enabled-bucket.html
        """
        found = None
        with reached():
            for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=name):
                for version in page.get("Versions", ()):
                    if version["Key"] == name:
                        found = version["VersionId"]
        return found
