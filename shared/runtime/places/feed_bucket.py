from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.destruction import Method, Remains, Stage
from shared.domain.errors import Unavailable
from shared.domain.plan import StepName
from shared.runtime.aws import PATIENT, client_of, reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef, ObjectIdentifierTypeDef

    from shared.domain.destruction import TimeLeft

_NO_TIME = timedelta()
_MOST_IN_A_CALL = 1000
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""
_NO_BUCKET = frozenset({"NoSuchBucket"})
_NO_UPLOAD = frozenset({"NoSuchUpload"})


@dataclass(frozen=True, slots=True)
class FeedBucketPlace:
    """The feed bucket: every version, every delete marker, every unfinished upload."""

    bucket: str
    client: S3Client
    page: int = _MOST_IN_A_CALL

    name = "feed-bucket"
    step = StepName.BUCKET
    stage = Stage.ORIGINALS
    method = Method.PURGE

    @classmethod
    def of(cls, bucket: str) -> FeedBucketPlace:
        """Makes the client."""
        return cls(bucket, client_of("s3", PATIENT))

    def survey(self, time_left: TimeLeft) -> Mapping[str, int] | None:
        """See the port."""
        counts = Counter(versions=0, delete_markers=0, uploads=0)
        with reached(unless=_NO_BUCKET):
            for found in self._counted():
                counts += found
                if time_left() <= _NO_TIME:
                    return None
        return {
            "versions": counts["versions"],
            "delete_markers": counts["delete_markers"],
            "uploads": counts["uploads"],
        }

    def destroy(self, time_left: TimeLeft) -> None:
        """See the port. What S3 refuses to delete does not stop the rest, and is told by Unavailable at the end."""
        refused = ""
        with reached(unless=_NO_BUCKET):
            # again until a pass finds nothing to delete: what comes after a page may shift when the page goes
            has_deleted = True
            while has_deleted:
                has_deleted = False
                for page in self._pages():
                    if time_left() <= _NO_TIME:
                        return
                    deleted, refusal = self._delete(page)
                    has_deleted, refused = has_deleted or deleted > 0, refusal or refused
            for key, upload in self._uploads():
                if time_left() <= _NO_TIME:
                    return
                with reached(unless=_NO_UPLOAD):
                    self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload)
        if refused:
            raise Unavailable(refused)

    def remains(self) -> Sequence[Remains]:
        """See the port."""
        counts = self.survey(lambda: timedelta.max) or {}
        return [
            Remains(place=self.name, name=f"{self.bucket}: {kind}", count=count)
            for kind, count in counts.items()
            if count
        ]

    def _counted(self) -> Iterator[Counter[str]]:
        for page in self._pages():
            yield Counter(versions=len(page.get("Versions", ())), delete_markers=len(page.get("DeleteMarkers", ())))
        for _ in self._uploads():
            yield Counter(uploads=1)

    def _delete(self, page: ListObjectVersionsOutputTypeDef) -> tuple[int, str]:
        """Deletes what is on a page. Returns how many went, and the code of a refusal, if there is one."""
        objects: list[ObjectIdentifierTypeDef] = [
            {"Key": found["Key"], "VersionId": found["VersionId"]}
            for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        if not objects:
            return 0, ""
        answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
        errors = answer.get("Errors", [])
        return len(objects) - len(errors), errors[0].get("Code", "refused") if errors else ""

    def _pages(self) -> Iterator[ListObjectVersionsOutputTypeDef]:
        yield from self.client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, PaginationConfig={"PageSize": self.page}
        )

    def _uploads(self) -> Iterator[tuple[str, str]]:
        for page in self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket):
            for upload in page.get("Uploads", ()):
                yield upload["Key"], upload["UploadId"]
