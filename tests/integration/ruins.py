"""A Register that is due for destruction, on moto: filled, destroyed, and disturbed meanwhile."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched, count
from typing import Any

import boto3

from shared.domain.closure import Accepted
from shared.domain.destruction import Place
from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Lifecycle
from shared.domain.ports import SideBySide
from shared.persistence.closure_keeper import DynamoClosureKeeper
from shared.persistence.copies import RegisterBackups, RegisterRecovery, RegisterStream, RegisterVault
from shared.persistence.elsewhere import RegisterKinesis, RegisterReplicas
from shared.persistence.emptying import RegisterItems
from shared.persistence.models import bind
from shared.persistence.pace import Pace
from shared.services.destroy import Destroy, Destruction
from tests.integration.calls import Call, Calls
from tests.integration.emulated import DIRECTORY, REGISTER, dump, dynamodb
from tests.support.closing import Killed, killed, plenty

LIFECYCLE = Lifecycle.configured("2010-08-06T12:00:00+01:00")
STARTS = datetime(2010, 8, 13, 11, 0, tzinfo=UTC)
PROPORTIONS = {"match_key": 9, "claim": 2, "involvement": 2, "pointer": 2, "child": 1, "case": 1, "other": 1}
_EXPIRED = int(datetime(2004, 1, 1, tzinfo=UTC).timestamp())


def one_by_one[V, R](work: Callable[[V], R], values: Sequence[V], /) -> list[R]:
    """Not side by side: what is killed is killed whole, as a process is."""
    return [work(value) for value in values]


@dataclass
class Vault:
    """AWS Backup, which moto does not have: `points` are ARNs and the vaults that they lie in."""

    points: dict[str, str] = field(default_factory=dict)
    deletes: bool = True
    """Or it says that it does, and does not."""
    refused: set[str] = field(default_factory=set)
    knows_the_table: bool = True

    def list_recovery_points_by_resource(self, **request: Any) -> Any:
        assert request["ResourceArn"].endswith(f":table/{REGISTER}")
        if not self.knows_the_table:
            raise _error("ListRecoveryPointsByResource", "ResourceNotFoundException")
        at = int(request.get("NextToken", "0"))
        found = sorted(self.points.items())
        page = [{"RecoveryPointArn": arn, "BackupVaultName": vault} for arn, vault in found[at : at + 2]]
        return {"RecoveryPoints": page, **({"NextToken": str(at + 2)} if at + 2 < len(found) else {})}

    def delete_recovery_point(self, **request: Any) -> Any:
        arn, vault = request["RecoveryPointArn"], request["BackupVaultName"]
        if arn in self.refused:
            raise _error("DeleteRecoveryPoint", "AccessDeniedException")
        if self.points.get(arn) != vault:
            raise _error("DeleteRecoveryPoint", "ResourceNotFoundException")
        if self.deletes:
            del self.points[arn]
        return {}


def _error(operation: str, code: str) -> Exception:
    error: Exception = dynamodb().exceptions.ClientError({"Error": {"Code": code, "Message": "a fault"}}, operation)
    return error


@dataclass
class Ruin:
    """The Register, and what destroys it. Every wait is noted and none is waited for."""

    segments: int = 4
    most_of_a_page: int = 2000
    side_by_side: SideBySide = one_by_one
    vault: Vault = field(default_factory=Vault)
    waits: list[int] = field(default_factory=list)
    calls: Calls = field(default_factory=Calls)
    serial: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        bind(directory=DIRECTORY)
        self.client = boto3.client("dynamodb")
        self.keeper = DynamoClosureKeeper()
        self.keeper.accept(Accepted(lifecycle=LIFECYCLE, accepted_at=STARTS, announced_at=None))
        self.calls.of_tables().of(self.client, REGISTER)

    @property
    def items(self) -> RegisterItems:
        return RegisterItems(
            table=REGISTER,
            client=self.client,
            pace=self._pace(),
            pause=self.waits.append,
            side_by_side=self.side_by_side,
            segments=self.segments,
            most_of_a_page=self.most_of_a_page,
        )

    @property
    def copies(self) -> tuple[Place, ...]:
        return (
            RegisterStream(table=REGISTER, client=self.client),
            RegisterRecovery(table=REGISTER, client=self.client),
            RegisterBackups(table=REGISTER, client=self.client, pace=self._pace()),
            RegisterVault(
                table=REGISTER,
                client=self.client,
                backups=self.vault,
                pace=self._pace(),
                account=lambda: "123456789012",
            ),
            RegisterKinesis(table=REGISTER, client=self.client),
            RegisterReplicas(table=REGISTER, client=self.client),
        )

    def _pace(self) -> Pace:
        return Pace(2000, lambda: 0.0, lambda _seconds: None)

    @property
    def destroy(self) -> Destroy:
        return Destroy((*self.copies, self.items), self.keeper, LIFECYCLE, lambda: STARTS)

    def tick(self, time_left: Callable[[], timedelta] = plenty) -> Destruction:
        return self.destroy.run(time_left)

    def fill(self, number: int) -> Counter[str]:
        """Writes items of every kind by batches; says how many of each there are."""
        kinds = [kind for kind, share in PROPORTIONS.items() for _ in range(share)]
        items = [self._item(n, kinds[n % len(kinds)]) for n in (next(self.serial) for _ in range(number))]
        for some in batched(items, 25, strict=False):
            dynamodb().batch_write_item(RequestItems={REGISTER: [{"PutRequest": {"Item": item}} for item in some]})
        return Counter("other" if item["kind"]["S"] == "a name" else item["kind"]["S"] for item in items)

    def _item(self, number: int, kind: str) -> Any:
        expires_at = ({}, {"expires_at": {"N": str(_EXPIRED)}}, {"expires_at": {"N": "1290000000"}})[number % 3]
        return {
            "pk": {"S": f"CHILD#{number // 3:024x}"},
            "sk": {"S": f"INV#{number:08d}"},
            "kind": {"S": "a name" if kind == "other" else kind},
            "child": {"S": f'{{"given_name": "Quill{number}"}}'},
            **expires_at,
        }

    def plant(self) -> None:
        """An item that never expires, where the first one lies or lay."""
        dynamodb().put_item(TableName=REGISTER, Item=self._item(0, "claim"))

    def empty(self) -> None:
        """The items alone: counts them, and then deletes them."""
        if self.items.survey(plenty) is not None:
            self.items.destroy(plenty)

    def at_call(self, number: int, act: Callable[[], object]) -> None:
        """Just before the n-th call to DynamoDB from now on (from 1)."""
        waiting = [number]

        def before(_call: Call) -> None:
            waiting[0] -= 1
            if waiting[0] == 0:
                act()

        self.calls.before = before

    def interrupted(self, draws: random.Random, most_calls: int) -> int:
        """Ticks, each killed at some call, until one gets through; says how many were killed."""
        for killed_ticks in count():
            self.at_call(draws.randint(1, most_calls), killed)
            try:
                if self.tick().everything_gone:
                    return killed_ticks
            except (Killed, Unavailable):
                continue
        raise AssertionError

    def assert_destroyed(self, counts: Counter[str]) -> None:
        """Another tick finds nothing, and what it remembers is right."""
        self.calls.before = lambda _call: None
        assert self.tick().everything_gone
        assert self.keeper.progress().surveyed["register-items"].counts == dict(counts)
        self.assert_empty(counts)

    def assert_empty(self, counts: Counter[str]) -> None:
        """Nothing is left, every item was counted once, and no key of the Register is remembered."""
        self.calls.before = lambda _call: None
        assert dump(REGISTER) == []
        assert self.items.remains() == []
        assert self.items.survey(plenty) == dict(counts)
        positions = [item.get("position") for item in dump(DIRECTORY) if item["kind"] == "bookmark"]
        assert positions
        assert not any(positions), positions
