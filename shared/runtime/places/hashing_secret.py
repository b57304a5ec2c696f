from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.destruction import Method, Remains, Stage
from shared.domain.plan import StepName
from shared.runtime.aws import PATIENT, client_of, reached

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_secretsmanager import SecretsManagerClient

    from shared.domain.destruction import TimeLeft

_NO_SECRET = frozenset({"ResourceNotFoundException"})


@dataclass(frozen=True, slots=True)
class HashingSecretPlace:
    """The secret with which identifiers and match keys were hashed: without it no hash can be tried."""

    secret_id: str
    client: SecretsManagerClient

    name = "hashing-secret"
    step = StepName.SECRET
    stage = Stage.TRACES
    method = Method.PURGE

    @classmethod
    def of(cls, secret_id: str) -> HashingSecretPlace:
        """Makes the client."""
        return cls(secret_id, client_of("secretsmanager", PATIENT))

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int] | None:
        """See the port."""
        return {"secrets": len(self.remains())}

    def destroy(self, _time_left: TimeLeft) -> None:
        """See the port. By force: otherwise it could be brought back for seven days at least."""
        with reached(unless=_NO_SECRET):
            self.client.delete_secret(SecretId=self.secret_id, ForceDeleteWithoutRecovery=True)

    def remains(self) -> Sequence[Remains]:
        """See the port. A secret that awaits its deletion is still there."""
        with reached(unless=_NO_SECRET):
            self.client.describe_secret(SecretId=self.secret_id)
            return [Remains(place=self.name, name=self.secret_id)]
        return []
