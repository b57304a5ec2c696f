from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.certificate import KeyFate
from shared.domain.destruction import Method, Remains, Stage
from shared.domain.errors import Unavailable
from shared.domain.plan import KEY_WAITS, StepName
from shared.runtime.aws import PATIENT, client_of, reached

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_kms import KMSClient
    from mypy_boto3_kms.type_defs import KeyMetadataTypeDef

    from shared.domain.destruction import TimeLeft

_NO_KEY = frozenset({"NotFoundException"})
_SCHEDULED_BY_ANOTHER = frozenset({"KMSInvalidStateException"})


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """The key that opens whatever the register held. From the moment its deletion is scheduled it opens nothing.

    Implements `closure.EncryptionKey` besides. A deletion that somebody cancels is found, and scheduled again.
    """

    key_id: str
    client: KMSClient

    name = "key"
    step = StepName.KEY
    stage = Stage.KEY
    method = Method.CRYPTOGRAPHIC_ERASE

    @classmethod
    def of(cls, key_id: str) -> KeyPlace:
        """Makes the client. `key_id` is the key's id or ARN."""
        return cls(key_id, client_of("kms", PATIENT))

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int] | None:
        """See the port."""
        return {"keys": len(self.remains())}

    def destroy(self, _time_left: TimeLeft) -> None:
        """See the port. Once it is scheduled there is nothing to do but wait."""
        if self.remains():
            with reached(unless=_NO_KEY | _SCHEDULED_BY_ANOTHER):
                self.client.schedule_key_deletion(KeyId=self.key_id, PendingWindowInDays=KEY_WAITS.days)

    def remains(self) -> Sequence[Remains]:
        """See the port. What is left is a key that could open something: not one whose deletion has a date."""
        key = self._described()
        return [] if key is None or _is_scheduled(key) else [Remains(place=self.name, name=self.key_id)]

    def fate(self) -> KeyFate:
        """See `closure.EncryptionKey`."""
        key = self._described()
        if key is not None and not _is_scheduled(key):
            raise Unavailable("the key's deletion is not scheduled")
        return KeyFate(key_id=self.key_id, deleted_at=key["DeletionDate"] if key else None)

    def _described(self) -> KeyMetadataTypeDef | None:
        """None if it is gone."""
        with reached(unless=_NO_KEY):
            return self.client.describe_key(KeyId=self.key_id)["KeyMetadata"]
        return None


def _is_scheduled(key: KeyMetadataTypeDef) -> bool:
    return key.get("KeyState") == "PendingDeletion" and "DeletionDate" in key
