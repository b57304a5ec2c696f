"""Copies of the Register that AWS makes elsewhere if somebody asks for them: into Kinesis, other regions, and S3.

The template makes none. Whoever may administer the account can, and then expiry has to see it and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from shared.domain.certificate import OutOfReach
from shared.domain.destruction import Method, Remains, Stage
from shared.domain.errors import Unavailable
from shared.domain.plan import StepName
from shared.persistence.copies import table_arn
from shared.persistence.failures import not_there, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KinesisDataStreamDestinationTypeDef

    from shared.domain.destruction import TimeLeft

_FLOWS_NOT = frozenset({"DISABLED", "ENABLE_FAILED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterKinesis:
    """Implements `destruction.Place`: what carries every change on to a data stream of Kinesis.

    It is switched off before any item goes, or each would be carried there as it goes. What the data stream has taken
    up is another's: `KnownCopies` names it. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
    """

    name: ClassVar[str] = "register-kinesis"
    step: ClassVar[StepName] = StepName.STREAM
    stage: ClassVar[Stage] = Stage.COPIES
    method: ClassVar[Method] = Method.DISABLED

    table: str
    client: DynamoDBClient

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int]:
        """How many data streams are fed."""
        return {"data_streams": len(self.remains())}

    def destroy(self, _time_left: TimeLeft) -> None:
        """Switches each off."""
        for found in self.remains():
            with translated(), not_there("ResourceInUseException"):  # it is being switched, on or off
                self.client.disable_kinesis_streaming_destination(TableName=self.table, StreamArn=found.name)

    def remains(self) -> Sequence[Remains]:
        """Each that is fed, or may be, by its ARN."""
        return [
            Remains(place=self.name, name=found["StreamArn"])
            for found in destinations(self.client, self.table)
            if found.get("DestinationStatus") not in _FLOWS_NOT
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReplicas:
    """Implements `destruction.Place`: replicas of the table in other regions.

    Items that are deleted here go there, too. But a replica has a stream, recovery, backups and a key of its own, which
    expiry does not see from here; were it to remove the replica, nobody would know any more where to look. So each is
    for a person to remove, with its backups, and until then holds the certificate back.
    """

    name: ClassVar[str] = "register-replicas"
    step: ClassVar[StepName] = StepName.BACKUPS
    stage: ClassVar[Stage] = Stage.TRACES  # nothing has to wait for it
    method: ClassVar[Method] = Method.CLEAR

    table: str
    client: DynamoDBClient

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int]:
        """How many."""
        return {"replicas": len(self.remains())}

    def destroy(self, _time_left: TimeLeft) -> None:
        """Says in which regions a person has to. Raises Unavailable if there are any."""
        if found := self.remains():
            raise Unavailable("to be removed by hand, with their backups: " + ", ".join(one.name for one in found))

    def remains(self) -> Sequence[Remains]:
        """Each, by the table and its region."""
        replicas: Sequence[Any] = ()
        with translated(), not_there("ResourceNotFoundException"):
            replicas = self.client.describe_table(TableName=self.table)["Table"].get("Replicas", ())
        return [
            Remains(place=self.name, name=f"{self.table} in {one['RegionName']}", is_out_of_reach=True)
            for one in replicas
            if one.get("RegionName") != self.client.meta.region_name
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCopies:
    """Implements `closure.Elsewhere`: exports to S3, and data streams of Kinesis that were ever fed."""

    table: str
    client: DynamoDBClient
    account: Callable[[], str]
    """The number of this account."""

    def known(self) -> Sequence[OutOfReach]:
        """See the port. Of exports AWS lists those of the last 90 days."""
        return sorted({*self._exports(), *self._streams()}, key=lambda copy: (copy.what, copy.where))

    def _exports(self) -> Iterator[OutOfReach]:
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListExports.html."""
        start: dict[str, Any] = {"TableArn": table_arn(self.client, self.table, self.account)}
        while True:
            with translated():
                page = self.client.list_exports(**start)
            for export in page.get("ExportSummaries", ()):
                if export.get("ExportStatus") != "FAILED":
                    yield OutOfReach(what="export of the table to S3", where=export["ExportArn"])
            token = page.get("NextToken")
            if not token:
                return
            start["NextToken"] = token

    def _streams(self) -> Iterator[OutOfReach]:
        for found in destinations(self.client, self.table):
            yield OutOfReach(what="changes of the table, carried on to Kinesis", where=found["StreamArn"])


def destinations(client: DynamoDBClient, table: str) -> Sequence[KinesisDataStreamDestinationTypeDef]:
    """Every data stream that the table's changes go to, or went. None if there is no table."""
    with translated(), not_there("ResourceNotFoundException"):
        answer = client.describe_kinesis_streaming_destination(TableName=table)
        return answer.get("KinesisDataStreamDestinations", ())
    return ()
