"""CPU of what the functions do beside requests, in one process: answers are recorded, all of the SDK runs.

`python -m tests.bench.national.timing` reads the samples that `counting` left and prints JSON: seconds of one each.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

import boto3

from shared.api.extracts import open_extract
from shared.domain.accesses import hour_of
from shared.domain.directory import Organisation
from shared.domain.held import Pointer
from shared.domain.involvement import Involvement
from shared.domain.lifecycle import Lifecycle
from shared.domain.likeness import Likeness
from shared.domain.matching import Thresholds
from shared.domain.ports import Survey
from shared.domain.pseudonym import SENSITIVE, Pseudonyms
from shared.domain.quiet import GoneQuiet
from shared.domain.retention import Retention
from shared.domain.review import CloseCall
from shared.domain.targeting import Targeting
from shared.domain.trawling import Use
from shared.persistence import keys
from shared.persistence.access_reading import DynamoAccessReading
from shared.persistence.emptying import RegisterItems
from shared.persistence.habits import DynamoHabits
from shared.persistence.in_force import DynamoInForce
from shared.persistence.models import HabitItem, bind
from shared.persistence.pace import Pace
from shared.persistence.register import DynamoRegister
from shared.persistence.sweeping import DynamoSweeping
from shared.persistence.watches import DynamoWatches
from shared.runtime.notifying import Notifying
from shared.runtime.parallel import all_of, side_by_side
from shared.services.compartments import Compartments
from shared.services.gate import Gate
from shared.services.gone_quiet import TellOfQuiet
from shared.services.leave_coverage import LeaveCoverage
from shared.services.notify import Notify
from shared.services.register import RegisterInvolvement
from shared.services.retain import Retain
from shared.services.take_in_extract import TakeInExtract
from shared.services.watch_use import WatchUse
from tests.bench.national import assumed
from tests.bench.national.counting import FOLDER, SAMPLES
from tests.bench.national.country import Part
from tests.bench.requests.recorded import Recorded
from tests.integration.direct import caller
from tests.integration.long_extract import Oblivious
from tests.support.builders import an_organisation
from tests.support.closing import plenty
from tests.support.fakes import FakeAlerts, FakeDirectory
from tests.support.noticing import FakeNotices
from tests.support.sealing import FakeLog
from tests.support.watching import MONDAY_NINE, a_question, working_weeks

TIMES = FOLDER / "national-times.json"
PAGE, KEYS, ROWS = 500, 2000, 1000
PRACTITIONERS = 400
"""Of an hour."""
ROUNDS = 5
SECRET = Pseudonyms(b"measures how long it takes, and so takes any secret")
NOW = datetime.now(UTC)
GATE = Gate(Lifecycle(), lambda: NOW)

type Samples = Mapping[str, Any]


class Answers(dict[str, bytes]):
    """By what was asked; a key that ends with a star stands for all that begin so."""

    def get(self, key: str, default: Any = None) -> Any:
        """An answer."""
        if key in self:
            return self[key]
        return next((self[start] for start in self if start.endswith("*") and key.startswith(start[:-1])), default)


def main() -> dict[str, float]:
    """Everything, in seconds of CPU of one each. Raises FileNotFoundError if nothing was counted before."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-2"}
    samples: Samples = json.loads(SAMPLES.read_text(encoding="utf-8"))
    answers = Answers()
    Recorded(answers).install()
    bind(register="Register", access_log="AccessLog", directory="Directory")
    seconds = {
        "sweep: item": _sweep(samples, answers),
        "count: item": _emptied(samples, answers, lambda items: items.survey(plenty)),
        "delete: item": _emptied(samples, answers, lambda items: items.destroy(plenty)),
        "notify: registration": _notify(samples, answers),
        "seal: record": _seal(samples, answers),
        "watch: practitioner": _watch(answers),
        "row: unchanged": _unchanged(),
    }
    TIMES.write_text(json.dumps(seconds, indent=1), encoding="utf-8")
    return seconds


def _timed(call: Callable[[], object], of: int) -> float:
    """The median of some rounds, for one of so many."""
    call()
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        call()
        rounds.append(time.process_time() - began)
    return sorted(rounds)[ROUNDS // 2] / of


def _page(items: list[Any], size: int) -> bytes:
    """So many of these items, and the page is the last."""
    some = list(islice(cycle(items), size))
    return json.dumps({"Items": some, "Count": len(some), "ScannedCount": len(some)}).encode()


def _sweep(samples: Samples, answers: Answers) -> float:
    live = [item for item in samples["items"] if "expires_at" not in item]  # the others DynamoDB leaves out itself
    answers["Scan"] = _page(live, PAGE)
    register = DynamoRegister(SECRET, all_of, None)
    sweeping = DynamoSweeping(all_of, segments=1, page_size=PAGE)
    retain = Retain(
        lifecycle=Lifecycle(),
        retention=Retention(),
        sweeping=sweeping,
        register=register,
        sensitive=DynamoRegister(SECRET.compartment(SENSITIVE), all_of, None, keeps_review_list=False),
        leave_coverage=LeaveCoverage(
            targeting=Targeting(), retention=Retention(), sweeping=sweeping, in_force=DynamoInForce(), clock=_now
        ),
        gone_quiet=TellOfQuiet(
            rule=GoneQuiet(),
            register=register,
            directory=FakeDirectory(_organisations()),
            notices=FakeNotices(),
            in_force=DynamoInForce(),
            pseudonyms=SECRET,
            clock=_now,
        ),
        clock=_now,
        pause=lambda _attempt: None,
        side_by_side=side_by_side,
    )

    def sweep() -> None:
        seen = retain(plenty)["seen"]
        if seen != PAGE:
            raise AssertionError(seen)

    return _timed(sweep, PAGE)


def _emptied(samples: Samples, answers: Answers, call: Callable[[RegisterItems], object]) -> float:
    answers["BatchWriteItem"] = b'{"UnprocessedItems":{}}'
    answers["DescribeTable"] = b'{"Table":{"TableName":"Register"}}'
    answers["Scan"] = _page([{name: item[name] for name in ("pk", "sk", "kind")} for item in samples["items"]], KEYS)
    items = RegisterItems(
        table="Register",
        client=boto3.client("dynamodb"),
        pace=Pace(1e9, time.monotonic, time.sleep),
        pause=lambda _attempt: None,
        side_by_side=side_by_side,
        segments=1,
    )
    return _timed(lambda: call(items), KEYS)


def _notify(samples: Samples, answers: Answers) -> float:
    records = samples["records"]
    child = [item for item in samples["items"] if item["pk"]["S"] == records[0]["dynamodb"]["Keys"]["pk"]["S"]]
    answers["Query Register CHILD#*"] = _page(child, len(child))
    notify = Notify(
        register=DynamoRegister(SECRET, all_of, None),
        directory=FakeDirectory(_organisations()),
        notices=FakeNotices(),
        watches=DynamoWatches(pause=lambda _attempt: None),
        pseudonyms=SECRET,
        gate=GATE,
    )
    notifying = Notifying(notify=notify, bus=_Deaf(), aside=_Deaf(), gate=GATE, clock=_now)
    own = [one for one in records if one["dynamodb"]["Keys"]["pk"]["S"] == child[0]["pk"]["S"]]
    return _timed(lambda: notifying(own * 10, plenty), 10)


def _seal(samples: Samples, answers: Answers) -> float:
    logged = samples["logged"]
    answers["Query AccessLog HOUR#*"] = _page(logged, len(logged))
    reading = DynamoAccessReading()
    hour = hour_of(datetime.fromisoformat(logged[0]["at"]["S"]))

    def read() -> None:
        found = sum(1 for _ in reading.logged_in(hour))
        if found != keys.ACCESS_SHARDS * len(logged):
            raise AssertionError(found)

    return _timed(read, keys.ACCESS_SHARDS * len(logged))


def _watch(answers: Answers) -> float:
    """Two questions on each working day of five weeks, and one more, of somebody in whom nothing is unusual."""
    past = [_habit(use) for use in working_weeks(MONDAY_NINE, children=("0" * 32,))]
    answers["Query AccessLog HABIT#*"] = _page(past, len(past))
    log = FakeLog()
    for n in range(PRACTITIONERS):
        log.append(a_question(MONDAY_NINE + timedelta(seconds=n), practitioner_id=f"SWE-{n}", child_id=f"child-{n}"))

    def watch() -> None:
        watching = WatchUse(
            reading=log,
            habits=DynamoHabits(SECRET),
            alerts=FakeAlerts(),
            register=DynamoRegister(SECRET, all_of, None),
            directory=FakeDirectory(_organisations()),
            pseudonyms=SECRET,
            side_by_side=side_by_side,
            gate=GATE,
        )
        if watching(MONDAY_NINE, plenty).alerts:
            raise AssertionError("somebody is unusual")

    return _timed(watch, PRACTITIONERS)


def _habit(use: Use) -> dict[str, Any]:
    said = {
        "role": use.role,
        "questions": use.questions,
        "nothing_found": use.nothing_found,
        "districts": dict(use.districts),
        "children": list(use.children),
        "namesakes": [],
    }
    item: dict[str, Any] = HabitItem("HABIT", keys.habit_hour(use.hour), said=said, expires_at=use.hour).serialize()
    return item


@dataclass
class _Remembering(Oblivious):
    """Holds what it was given, so that the same extract again changes nothing."""

    held: dict[str, str] = field(default_factory=dict)

    def write(
        self,
        survey: Survey,
        involvement: Involvement,
        content: str,
        *,
        child_is_new: bool,
        close_calls: Sequence[CloseCall] = (),
    ) -> None:
        super().write(survey, involvement, content, child_is_new=child_is_new, close_calls=close_calls)
        self.held[involvement.source_reference] = content

    def pointers(self, _organisation: str, source_references: Iterable[str], _now: datetime) -> Mapping[str, Pointer]:
        return {
            reference: Pointer(
                child_id="0",
                content=self.held[reference],
                likeness=Likeness(),
                version=1,
                recorded_at=NOW,
                refreshed_at=NOW,
                is_live=True,
            )
            for reference in source_references
            if reference in self.held
        }


def _unchanged() -> float:
    """A row that the register holds already: reading, checking and hashing it; a call in a hundred rows is left out."""
    content, rows = Part(ROWS).extract("NGP")
    lines = content.decode().splitlines(keepends=True)
    remembering = _Remembering()

    def registering(compartment: Oblivious, secret: Pseudonyms) -> RegisterInvolvement:
        return RegisterInvolvement(
            register=compartment,
            pseudonyms=secret,
            thresholds=Thresholds(),
            retention=Retention(),
            gate=GATE,
            pause=lambda _attempt: None,
        )

    compartments = Compartments(
        ordinary=registering(remembering, SECRET), sensitive=registering(Oblivious(), SECRET.compartment(SENSITIVE))
    )
    take_in = TakeInExtract(registering=compartments, in_parallel=map)

    def feed() -> None:
        take_in(open_extract(iter(lines), NOW.date()).rows(), caller=caller("NGP"))

    feed()
    written = remembering.written
    seconds = _timed(feed, rows)
    if remembering.written != written:
        raise AssertionError("something had changed")
    return seconds


def _organisations() -> list[Organisation]:
    return [an_organisation(f"E{n:08}", area=frozenset({f"E{n}"})) for n in range(assumed.ORGANISATIONS)]


def _now() -> datetime:
    return NOW


class _Deaf:
    """A bus and a queue that are told nothing."""

    def tell_in_order(self, *_said: object) -> int:
        raise AssertionError("nothing was to be told")

    def put(self, record: Mapping[str, Any]) -> None:
        raise AssertionError(record)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(), indent=1) + "\n")
