from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.destruction import Method, Remains, Stage
from shared.domain.plan import StepName
from shared.runtime.aws import PATIENT, client_of, reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import LogGroupTypeDef

    from shared.domain.destruction import TimeLeft

_NO_TIME = timedelta()
_NO_GROUP = frozenset({"ResourceNotFoundException"})


@dataclass(frozen=True, slots=True)
class LogGroupsPlace:
    """Logs of the functions that worked with the register, and of the API.

    A group may come back when its function is called again, and callers go on calling long after closure. What was
    made since then holds refusals, by ids and codes, and nothing of the register: every run that may destroy deletes
    it, and it holds nothing back. Otherwise whoever goes on calling could hold the certificate back.
    """

    groups: Sequence[str]
    closed_at: datetime
    client: CloudWatchLogsClient

    name = "log-groups"
    step = StepName.LOGS
    stage = Stage.TRACES
    method = Method.CLEAR

    @classmethod
    def of(cls, groups: Sequence[str], closed_at: datetime) -> LogGroupsPlace:
        """Makes the client."""
        return cls(groups, closed_at, client_of("logs", PATIENT))

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int] | None:
        """See the port."""
        return {"log_groups": sum(found.holds_back for found in self.remains())}

    def destroy(self, time_left: TimeLeft) -> None:
        """See the port."""
        for group in self.groups:
            if time_left() <= _NO_TIME:
                return
            with reached(unless=_NO_GROUP):
                self.client.delete_log_group(logGroupName=group)

    def remains(self) -> Sequence[Remains]:
        """See the port."""
        return [
            Remains(place=self.name, name=found["logGroupName"], holds_back=_made_at(found) < self.closed_at)
            for found in self._found()
        ]

    def _found(self) -> Iterator[LogGroupTypeDef]:
        for group in self.groups:
            with reached():
                # by what their names begin with: there is no other way to ask for one
                for page in self.client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group):
                    yield from (found for found in page["logGroups"] if found["logGroupName"] == group)


def _made_at(found: LogGroupTypeDef) -> datetime:
    return datetime.fromtimestamp(found["creationTime"] / 1000, UTC)
