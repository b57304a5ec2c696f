"""Everywhere that the Register's items may lie in DynamoDB and in AWS Backup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.persistence.copies import BACKUPS_A_SECOND, RegisterBackups, RegisterRecovery, RegisterStream, RegisterVault
from shared.persistence.elsewhere import RegisterKinesis, RegisterReplicas
from shared.persistence.emptying import RegisterItems
from shared.persistence.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from shared.domain.destruction import Place
    from shared.domain.ports import SideBySide
    from shared.persistence.copies import RecoveryPoints


def register_places(
    table: str,
    *,
    dynamodb: DynamoDBClient,
    backup: RecoveryPoints,
    side_by_side: SideBySide,
    items_a_second: float,
    seconds: Callable[[], float],
    sleep: Callable[[float], None],
    pause: Callable[[int], None],
    account: Callable[[], str],
) -> tuple[Place, ...]:
    """The places of one table. `models.bind` of the Directory, which keeps their bookmarks, comes first.

    `items_a_second` are deleted at most, over all segments; an item takes one write unit for each KB of it. `seconds`
    is a clock that never goes back, `pause` waits after the n-th time that a batch was not done whole, and `account`
    says the number of this account, should the table be gone.
    """
    backups = Pace(BACKUPS_A_SECOND, seconds, sleep)
    return (
        RegisterStream(table=table, client=dynamodb),
        RegisterKinesis(table=table, client=dynamodb),
        RegisterRecovery(table=table, client=dynamodb),
        RegisterBackups(table=table, client=dynamodb, pace=backups),
        RegisterVault(table=table, client=dynamodb, backups=backup, pace=backups, account=account),
        RegisterReplicas(table=table, client=dynamodb),
        RegisterItems(
            table=table,
            client=dynamodb,
            pace=Pace(items_a_second, seconds, sleep),
            pause=pause,
            side_by_side=side_by_side,
        ),
    )
