"""What a stack still holds, as an administrator counts it, who asks none of the stack's own functions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.stack import Stack

LOGS = frozenset(
    f"/signpost/local/{name}" for name in ("lookup", "registration", "review", "shield", "access", "feed", "api")
)
_PAGE = 60


@dataclass(frozen=True, slots=True)
class Remaining:
    """How many of each are left. A key counts while it could open something."""

    items: int
    backups: int
    files: int
    clients: int
    log_groups: int
    secrets: int
    keys: int

    @classmethod
    def of(cls, stack: Stack, ids: dict[str, str]) -> Remaining:
        """Now. `ids` are the stack's physical ids."""
        table = stack.outputs["RegisterName"]
        versions = stack.s3.list_object_versions(Bucket=stack.feed_bucket)
        clients = stack.cognito.list_user_pool_clients(UserPoolId=stack.user_pool_id, MaxResults=_PAGE)
        groups = {group["logGroupName"] for group in stack.logs.describe_log_groups()["logGroups"]}
        secrets = {secret[by] for secret in stack.secrets.list_secrets()["SecretList"] for by in ("ARN", "Name")}
        key = stack.kms.describe_key(KeyId=ids["Storage/Key"])["KeyMetadata"]
        return cls(
            # The emulator counts as it goes; AWS does it every six hours.
            items=stack.dynamodb.describe_table(TableName=table)["Table"]["ItemCount"],
            backups=len(stack.dynamodb.list_backups(TableName=table)["BackupSummaries"]),
            files=len(versions.get("Versions", [])) + len(versions.get("DeleteMarkers", [])),
            clients=len(clients["UserPoolClients"]),
            log_groups=len(groups & LOGS),
            secrets=int(ids["Storage/HashingSecret"] in secrets),
            keys=int(key["KeyState"] == "Enabled"),
        )

    @property
    def is_nothing(self) -> bool:
        """Whether all of it is gone."""
        return not any(asdict(self).values())

    def __str__(self) -> str:
        left = {name.replace("_", " "): count for name, count in asdict(self).items() if count}
        return ", ".join(f"{count:,} {name.removesuffix('s') if count == 1 else name}" for name, count in left.items())
