"""What the streams would wake: the function that makes notices, handed what was written, when a test says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import ACCESS_LOG, REGISTER
from tests.integration.streams import Stream
from tests.integration.test_watching import Invoked
from tests.integration.twin_worlds import Stage, Told, World


@dataclass
class Crier:
    """Follows both tables from now on."""

    deployment: Deployment
    register: Stream
    access_log: Stream

    @classmethod
    def following(cls, deployment: Deployment) -> Crier:
        """The functions are started, so that there is something to follow. There is no queue for what cannot be read."""
        deployment.restart(UNREAD_CHANGES_URL="https://queue.example/unread")
        for name in ("lookup", "notify", "notices"):
            deployment.function(name)
        return cls(deployment, *(Stream(table, lambda: datetime.now(UTC)) for table in (REGISTER, ACCESS_LOG)))

    def forget(self) -> None:
        """What was written until now is told to nobody."""
        self.register.forget()
        self.access_log.forget()

    def tell(self, *, of_questions: bool = True) -> None:
        """Of all that was written since it was told last."""
        batches = [self.register.changes, self.access_log.records if of_questions else []]
        for records in batches:
            answer = self.deployment.function("notify").handler({"Records": records}, Invoked())
            if answer != {"batchItemFailures": []}:
                raise AssertionError(answer)
        self.forget()


def read_all(client: Client) -> list[Any]:
    """Every notice of an organisation, as it is listed and as it is told."""
    listed = client.notices().body["notices"]
    return [(notice, client.notice(notice["notice_id"]).body) for notice in listed]


def kinds(client: Client) -> list[str]:
    """What an organisation has been told of, in order."""
    return [notice["kind"] for notice in client.notices().body["notices"]]


def a_moment_ago() -> datetime:
    """Before anything that happens from now on, by streams too, which tell the time to the second."""
    return datetime.now(UTC) - timedelta(seconds=1)


def told_after(
    stage: Stage, crier: Crier, world: World, known: str, client: Client, *, since: datetime, happens: Any = None
) -> Told:
    """All that an organisation is told in notices once something has happened in a world.

    When that was is new: it is not told apart from `since`, which is the same for worlds that are compared.
    """
    stage.put_back(world)
    crier.forget()
    if happens:
        happens()
    return stage.told(lambda: read_all(client), known, since)
