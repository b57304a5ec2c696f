"""Where the access log is sealed, with which key, and where the seals lie."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.persistence.access_reading import DynamoAccessReading
from shared.persistence.seals import DynamoSeals
from shared.runtime.archive import S3Archive
from shared.runtime.aws import PATIENT, client_of
from shared.runtime.clock import now
from shared.runtime.gauges import SealGauge
from shared.runtime.signing import KmsSigner
from shared.services.prove import ProveRecord
from shared.services.seal import SealHours
from shared.services.verify import VerifyLog

if TYPE_CHECKING:
    from shared.runtime.config.access import AccessConfig

_LONGER = timedelta(days=31)
"""How much longer than the records of its hour a seal is locked: TTL removes them some days late."""


class Sealing:
    """The use cases of sealing and of verifying. `models.bind` comes first."""

    def __init__(self, config: AccessConfig) -> None:
        reading = DynamoAccessReading()
        seals = DynamoSeals()
        # patient: the list of a busy hour has some 40 MB
        archive = S3Archive(
            config.certificate_bucket,
            client_of("s3", PATIENT),
            kept=config.access_records_kept_for + _LONGER,
        )
        key = KmsSigner.with_key(config.sealing_key_id)
        self.seal = SealHours(
            reading=reading,
            seals=seals,
            archive=archive,
            key=key,
            clock=now,
            kept_for=config.access_records_kept_for,
        )
        self.gauge = SealGauge.of(config.environment)
        self.verify = VerifyLog(reading=reading, seals=seals, archive=archive, key=key, clock=now)
        self.prove = ProveRecord(reading=reading, seals=seals)
