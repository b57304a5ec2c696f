"""Who could still get a token: clients, which are deleted at closure already, and users, of whom there are to be none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.destruction import Method, Remains, Stage
from shared.domain.plan import StepName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.domain.destruction import TimeLeft
    from shared.runtime.identity import CognitoClients

_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class ClientsPlace:
    """Every client of the user pool, known to the Directory or not."""

    clients: CognitoClients

    name = "clients"
    step = StepName.VERIFICATION  # the plan has no step of its own for what closure has done
    stage = Stage.ORIGINALS
    method = Method.CLEAR

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int] | None:
        """See the port."""
        return {"clients": len(self.clients.all())}

    def destroy(self, time_left: TimeLeft) -> None:
        """See the port."""
        for client_id in self.clients.all():
            if time_left() <= _NO_TIME:
                return
            self.clients.delete(client_id)

    def remains(self) -> Sequence[Remains]:
        """See the port."""
        return [Remains(place=self.name, name=client_id) for client_id in self.clients.all()]


@dataclass(frozen=True, slots=True)
class UsersPlace:
    """Users who can sign in. They are disabled and stay: a name of an operator is no part of the register."""

    clients: CognitoClients

    name = "users"
    step = StepName.VERIFICATION
    stage = Stage.ORIGINALS
    method = Method.DISABLED

    def survey(self, _time_left: TimeLeft) -> Mapping[str, int] | None:
        """See the port."""
        return {"users": len(self.clients.users())}

    def destroy(self, _time_left: TimeLeft) -> None:
        """See the port."""
        self.clients.disable_users()

    def remains(self) -> Sequence[Remains]:
        """See the port."""
        count = len(self.clients.users())
        return [Remains(place=self.name, name=self.clients.user_pool_id, count=count)] if count else []
