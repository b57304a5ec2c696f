"""The access function's composition root, but for sealing: who reads the log, what looks wrong in it, and what operators do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.access_reading import DynamoAccessReading
from shared.persistence.alerts import DynamoAlerts
from shared.persistence.dependents import DynamoCallers
from shared.persistence.habits import DynamoHabits
from shared.persistence.seals import DynamoSeals
from shared.runtime.clock import now
from shared.runtime.parallel import side_by_side, together
from shared.runtime.wiring.pauses import pause
from shared.runtime.wiring.registers import dynamo_register, sensitive_register
from shared.runtime.wiring.secret import pseudonyms
from shared.services.audit import Audit
from shared.services.dispute import DisputeInvolvements
from shared.services.gate import Gate
from shared.services.note_callers import NoteCallers
from shared.services.refuse import Refuse
from shared.services.report import MakeReport
from shared.services.watch_use import WatchUse

if TYPE_CHECKING:
    from shared.domain.ports import Directory
    from shared.runtime.config.access import AccessConfig


class Access:
    """The use cases about the access log and what is held of one child. `models.bind` comes first."""

    def __init__(self, config: AccessConfig, directory: Directory) -> None:
        lifecycle = config.lifecycle
        secret = pseudonyms(config.hashing_secret_id, lifecycle)
        access_log = DynamoAccessLog(config.access_records_kept_for)
        reading = DynamoAccessReading()
        ordinary = dynamo_register(secret, lifecycle)
        self.gate = Gate(lifecycle, now)
        self.refuse = Refuse(access_log, now)
        alerts = DynamoAlerts(config.access_records_kept_for)
        self.audit = Audit(
            register=ordinary,
            reading=reading,
            alerts=alerts,
            access_log=access_log,
            together=together,
            gate=self.gate,
        )
        self.report = MakeReport(
            register=ordinary,
            reading=reading,
            access_log=access_log,
            directory=directory,
            pseudonyms=secret,
            thresholds=config.thresholds,
            gate=self.gate,
        )
        self.disputes = DisputeInvolvements(
            registers=(ordinary, sensitive_register(secret, lifecycle)),
            access_log=access_log,
            gate=self.gate,
            pause=pause,
        )
        self.watch = WatchUse(
            reading=reading,
            habits=DynamoHabits(secret),
            alerts=alerts,
            register=ordinary,
            directory=directory,
            pseudonyms=secret,
            side_by_side=side_by_side,
            gate=self.gate,
        )
        self.note_callers = NoteCallers(reading=reading, seals=DynamoSeals(), callers=DynamoCallers(), clock=now)
