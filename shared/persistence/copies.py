"""The copies of the Register that AWS keeps beside it: its stream, point-in-time recovery, and backups of both kinds.

They go before the items, or they would keep what is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from shared.domain.destruction import Method, Remains, Stage
from shared.domain.errors import Unavailable
from shared.domain.plan import StepName
from shared.persistence.failures import not_there, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from shared.domain.destruction import TimeLeft
    from shared.persistence.pace import Pace

BACKUPS_A_SECOND = 8
"""DynamoDB deletes ten a second at most: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteBackup.html"""

_NO_TABLE = "ResourceNotFoundException"
_NO_TABLE_TO_RECOVER = "TableNotFoundException"
_NONE_LEFT = timedelta()


class RecoveryPoints(Protocol):
    """What is asked of AWS Backup: the client that `boto3.client("backup")` makes."""

    def list_recovery_points_by_resource(self, **request: Any) -> Any:
        """Those of one table, in whichever vault, a page at a time."""

    def delete_recovery_point(self, **request: Any) -> Any:
        """One of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterStream:
    """Implements `destruction.Place`. Once it is off, what it holds goes within 24 hours, as the plan has it."""

    name: ClassVar[str] = "register-stream"
    step: ClassVar[StepName] = StepName.STREAM
    stage: ClassVar[Stage] = Stage.COPIES
    method: ClassVar[Method] = Method.PURGE

    table: str
    client: DynamoDBClient

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int]:
        """Whether it is on."""
        return {"streams": len(self.remains())}

    def destroy(self, _time_left: TimeLeft) -> None:
        """Switches it off."""
        if self.remains():
            with translated():
                self.client.update_table(TableName=self.table, StreamSpecification={"StreamEnabled": False})

    def remains(self) -> Sequence[Remains]:
        """As the table describes itself. What was deleted has none: its stream goes as one that is switched off."""
        is_on = False
        with translated(), not_there(_NO_TABLE):
            table = self.client.describe_table(TableName=self.table)["Table"]
            is_on = table.get("StreamSpecification", {}).get("StreamEnabled", False)
        return [Remains(place=self.name, name=self.table)] if is_on else []


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRecovery:
    """Implements `destruction.Place`: point-in-time recovery. What it has kept goes as it is switched off."""

    name: ClassVar[str] = "register-recovery"
    step: ClassVar[StepName] = StepName.RECOVERY
    stage: ClassVar[Stage] = Stage.COPIES
    method: ClassVar[Method] = Method.PURGE

    table: str
    client: DynamoDBClient

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int]:
        """Whether it is on."""
        return {"recoveries": len(self.remains())}

    def destroy(self, _time_left: TimeLeft) -> None:
        """Switches it off."""
        with translated():
            self.client.update_continuous_backups(
                TableName=self.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
            )

    def remains(self) -> Sequence[Remains]:
        """As DynamoDB describes it. Of a table that was deleted with it on there is a backup, which is found as such."""
        is_off = True
        with translated(), not_there(_NO_TABLE_TO_RECOVER):
            answer = self.client.describe_continuous_backups(TableName=self.table)["ContinuousBackupsDescription"]
            recovery = answer.get("PointInTimeRecoveryDescription", {})
            is_off = recovery.get("PointInTimeRecoveryStatus") == "DISABLED"
        return [] if is_off else [Remains(place=self.name, name=self.table)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterBackups:
    """Implements `destruction.Place`: the backups that DynamoDB keeps, of every type that it lists."""

    name: ClassVar[str] = "register-backups"
    step: ClassVar[StepName] = StepName.BACKUPS
    stage: ClassVar[Stage] = Stage.COPIES
    method: ClassVar[Method] = Method.PURGE

    table: str
    client: DynamoDBClient
    pace: Pace

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int]:
        """How many."""
        return {"backups": len(self._all())}

    def destroy(self, time_left: TimeLeft) -> None:
        """All are listed before the first goes: a page may be counted from the beginning."""
        _delete_each(self._of_type("ALL"), self._delete, self.pace, time_left)

    def remains(self) -> Sequence[Remains]:
        """Each, by its ARN."""
        return [Remains(place=self.name, name=arn) for arn in self._all()]

    def _delete(self, arn: str) -> None:
        with translated(), not_there("BackupNotFoundException"):
            self.client.delete_backup(BackupArn=arn)

    def _all(self) -> list[str]:
        """`ALL` are those that people make and those that DynamoDB makes; AWS Backup's go in their vault only."""
        return sorted({*self._of_type("ALL"), *self._of_type("AWS_BACKUP")})

    def _of_type(self, kind: Literal["ALL", "AWS_BACKUP"]) -> list[str]:
        found: list[str] = []
        start: dict[str, Any] = {}
        while True:
            with translated():
                page = self.client.list_backups(TableName=self.table, BackupType=kind, **start)
            found += [one["BackupArn"] for one in page["BackupSummaries"] if one.get("BackupStatus") != "DELETED"]
            last = page.get("LastEvaluatedBackupArn")
            if not last:
                return found
            start = {"ExclusiveStartBackupArn": last}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterVault:
    """Implements `destruction.Place`: the recovery points of AWS Backup, whichever vault they lie in.

    DynamoDB cannot delete them. AWS Backup may answer a deletion with success and delete nothing, if the role may not:
    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteRecoveryPoint.html. Reading again tells.
    """

    name: ClassVar[str] = "register-vault"
    step: ClassVar[StepName] = StepName.BACKUPS
    stage: ClassVar[Stage] = Stage.COPIES
    method: ClassVar[Method] = Method.PURGE

    table: str
    client: DynamoDBClient
    backups: RecoveryPoints
    pace: Pace
    account: Callable[[], str]
    """The number of this account: who asks of a table that was deleted has to know it."""

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int]:
        """How many."""
        return {"recovery_points": len(self._all())}

    def destroy(self, time_left: TimeLeft) -> None:
        """Each in its vault."""
        vaults = self._all()

        def delete(arn: str) -> None:
            with translated(), not_there("ResourceNotFoundException"):
                self.backups.delete_recovery_point(BackupVaultName=vaults[arn], RecoveryPointArn=arn)

        _delete_each(vaults, delete, self.pace, time_left)

    def remains(self) -> Sequence[Remains]:
        """Each, by its ARN; also one that is just being deleted."""
        return [Remains(place=self.name, name=arn) for arn in self._all()]

    def _all(self) -> dict[str, str]:
        """Each and its vault."""
        of_table = table_arn(self.client, self.table, self.account)
        found: dict[str, str] = {}
        start: dict[str, str] = {}
        while True:
            page: Any = {}
            with translated(), not_there("ResourceNotFoundException"):  # AWS Backup has never heard of the table
                page = self.backups.list_recovery_points_by_resource(ResourceArn=of_table, **start)
            found |= {one["RecoveryPointArn"]: one["BackupVaultName"] for one in page.get("RecoveryPoints", ())}
            token = page.get("NextToken")
            if not token:
                return found
            start = {"NextToken": token}


def _delete_each(arns: Iterable[str], delete: Callable[[str], None], pace: Pace, time_left: TimeLeft) -> None:
    """One that cannot be deleted does not keep the others; why it cannot is raised in the end."""
    failed: Unavailable | None = None
    for arn in arns:
        if time_left() <= _NONE_LEFT:
            break
        pace.take(1)
        try:
            delete(arn)
        except Unavailable as error:
            failed = error
    if failed:
        raise failed


def table_arn(client: DynamoDBClient, table: str, account: Callable[[], str]) -> str:
    """By which other services know a table, also once somebody has deleted it."""
    with translated(), not_there(_NO_TABLE):
        return client.describe_table(TableName=table)["Table"]["TableArn"]
    return f"arn:{client.meta.partition}:dynamodb:{client.meta.region_name}:{account()}:table/{table}"
