"""Two worlds that differ only in something hidden, and all that a caller is told in each, and how.

What a world holds is put in place by the functions themselves, remembered, and put back before every question. What is
told is the whole answer: its status, headers, body and size, the line that is logged, and which calls were made of which
tables. Ids that the answer itself made up and the instant now differ in any case, and are read as what they are.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

from shared.persistence import models
from shared.runtime.observability import logger
from tests.integration.deployed import Deployment
from tests.integration.emulated import LIMITS, TABLES, dump, put_back, taken

type World = Mapping[str, Any]
"""The items of every table."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[0-9a-f]{32}|[A-Za-z0-9_-]{22}")
_INSTANT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)")
_OF_THE_LINE = {"timestamp", "ms", "latency", "_aws"}
"""What every line of the log says otherwise."""


@dataclass(frozen=True)
class Heard:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: Any
    size: int


@dataclass(frozen=True)
class Told:
    """All that could be noticed while something was asked."""

    heard: tuple[Heard, ...]
    logged: tuple[str, ...]
    calls: Mapping[tuple[str, str], int]
    left: tuple[Any, ...]
    """What else was handed out, such as a receipt."""

    def differs_in(self, other: Told) -> dict[str, tuple[Any, Any]]:
        """What the other world told otherwise, by what it is."""
        parts = ("heard", "logged", "calls", "left")
        pairs = {part: (getattr(self, part), getattr(other, part)) for part in parts}
        return {part: pair for part, pair in pairs.items() if pair[0] != pair[1]}


@dataclass
class Watched(Deployment):
    """A deployment of which everything that is answered is heard."""

    answered: list[dict[str, Any]] = field(default_factory=list)
    left: list[Any] = field(default_factory=list)

    def function(self, name: str) -> Any:
        """The module of a function, whose handler is listened to."""
        module: ModuleType = super().function(name)

        def handler(event: Mapping[str, Any], context: object) -> Any:
            answer = module.handler(event, context)
            if isinstance(answer, dict) and "statusCode" in answer:
                self.answered.append(answer)
            return answer

        return SimpleNamespace(handler=handler)

    def drop(self, organisation: str, content: bytes, name: str = "nightly") -> dict[str, Any] | None:
        """Drops an extract; its receipt is heard, too."""
        receipt = super().drop(organisation, content, name)
        self.left.append(receipt)
        return receipt


@dataclass
class Stage:
    """Where both worlds are played, one after the other."""

    deployment: Watched
    calls: list[tuple[str, str]] = field(default_factory=list)
    """The operation and the table of each."""

    def listens(self) -> None:
        """From now on to all calls of the tables that are bound; those of a new process would be heard anew."""
        for base in (models.RegisterItem, models.AccessLogItem, models.LimitItem):
            client = base._get_connection().connection.client  # noqa: SLF001  # PynamoDB has no public way to its client
            client.meta.events.register("before-parameter-build.dynamodb", partial(self._called, base.Meta.table_name))

    def _called(self, table: str, params: Mapping[str, Any], model: Any, **_event: Any) -> None:
        # questions of a client are counted some at a time, as time goes by, whatever is held
        if table != LIMITS or params["Key"]["pk"]["S"].count("#") > 1:
            self.calls.append((model.name, table))

    def taken(self) -> World:
        """What all tables hold now."""
        return {table: taken(table) for table in TABLES}

    def put_back(self, world: World) -> None:
        """Makes it so again."""
        for table, items in world.items():
            put_back(table, items)

    def known(self) -> str:
        """All that is held now, as text in which an id can be looked for."""
        return repr([dump(table) for table in TABLES])

    def told(self, asking: Callable[[], object], known: str, since: datetime | None = None) -> Told:
        """What was told while something was asked; `known` is all that was held in both worlds before.

        What is of an instant later than `since`, or than now, is new.
        """
        self.deployment.answered.clear()
        self.deployment.left.clear()
        self.calls.clear()
        plainly = _Plainly(known, since or datetime.now(UTC))
        with _logged() as lines:
            asking()
        return Told(
            tuple(map(plainly.heard, self.deployment.answered)),
            tuple(json.dumps(plainly.line(line)) for line in lines.getvalue().splitlines()),
            Counter(self.calls),
            tuple(map(plainly.read, self.deployment.left)),
        )


@dataclass(frozen=True)
class _Plainly:
    """Reads ids and instants that are new as such, and leaves those that were there before."""

    known: str
    began: datetime

    def heard(self, answer: Mapping[str, Any]) -> Heard:
        body = answer["body"]
        return Heard(
            answer["statusCode"],
            {name: self.read(value) for name, value in answer["headers"].items()},
            self.read(json.loads(body)) if body else None,
            len(body),
        )

    def line(self, line: str) -> Any:
        said: dict[str, Any] = json.loads(line)
        return {name: self.read(value) for name, value in sorted(said.items()) if name not in _OF_THE_LINE}

    def read(self, value: Any) -> Any:
        match value:
            case dict():
                return {name: self._cursor(part) if name == "next" else self.read(part) for name, part in value.items()}
            case list():
                return [self.read(part) for part in value]
            case str() if _ID.fullmatch(value) and value not in self.known:
                return f"an id of {len(value)}"
            case str() if _INSTANT.fullmatch(value) and datetime.fromisoformat(value) >= self.began:
                return "now or later"
            case _:
                return value

    def _cursor(self, value: Any) -> Any:
        return f"a cursor of {len(value)}" if isinstance(value, str) else self.read(value)


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    written = io.StringIO()
    own = logger.registered_handler
    if not isinstance(own, logging.StreamHandler):
        raise TypeError(own)
    before = own.setStream(written)
    yield written
    if before is not None:
        own.setStream(before)


def differences(
    stage: Stage, plain: World, hiding: World, probes: Mapping[str, Callable[[], object]]
) -> dict[str, dict[str, tuple[Any, Any]]]:
    """By the name of each probe that tells one world from the other, what it is told by."""
    stage.put_back(plain)
    known = stage.known()
    found = {}
    for name, probe in probes.items():
        stage.put_back(plain)
        before = stage.told(probe, known)
        stage.put_back(hiding)
        if differing := before.differs_in(stage.told(probe, known)):
            found[name] = differing
    return found
