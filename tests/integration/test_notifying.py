"""From the tables' streams to notices, and to the bus: whatever is killed, repeated, unreadable or at work twice.

The consumer is handed what was really written, as Lambda hands it over: in batches of any size, again from where it
failed, again though it was done.
"""

from __future__ import annotations

import io
import json
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

import boto3
import pytest

from shared.domain.access import AccessRecord, Answered, Purpose, Role, Shown
from shared.domain.causes import Event
from shared.domain.conflicts import Conflict
from shared.domain.directory import Coverage
from shared.domain.errors import Contended, Unavailable
from shared.domain.involvement import Dispute, Disputed
from shared.domain.lifecycle import Lifecycle
from shared.domain.notices import Notice, NoticeKind, Watch, WatchReason
from shared.domain.review import Decision
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.changes import told_by
from shared.persistence.models import RegisterItem
from shared.persistence.notices import DynamoNotices
from shared.persistence.watches import DynamoWatches
from shared.runtime.bus import EventBus
from shared.runtime.notifying import TO_PUT_THEM, Handled, Notifies, Notifying
from shared.runtime.unread import UnreadChanges
from shared.services.gate import Gate
from shared.services.notify import Notify
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import Deployment
from tests.integration.direct import STARTED_AT, Desk
from tests.integration.emulated import ACCESS_LOG, REGISTER, Stored, dump, put_back, taken
from tests.integration.pairs import a_pair
from tests.integration.people import ABEL, ZOE, involvement, personal_values
from tests.integration.streams import Record, Stream, from_there, number_of, place_of, unreadable
from tests.integration.test_watching import Invoked
from tests.support.builders import ORDINARY_SERVICES, a_shield, an_organisation
from tests.support.fakes import FakeDirectory

BARNET, TRUST, SCHOOL, POLICE, LEEDS = "E99000001", "X99", "EE999999", "RX9", "E08000035"
AREAS = {BARNET: "N", LEEDS: "LS"}
COVERED = {BARNET: "N", TRUST: "N", SCHOOL: "EN", POLICE: "EN", LEEDS: "LS"}
ENROLLED = [
    an_organisation(
        code,
        area=frozenset({AREAS[code]} if code in AREAS else ()),
        coverage=Coverage(districts=frozenset({covered}), service_types=ORDINARY_SERVICES),
    )
    for code, covered in COVERED.items()
]
IN_LEEDS = {**ZOE, "postcode": "LS6 2AB"}

PLENTY = timedelta(minutes=2)

type Told = dict[str, list[str]]
"""The ids of each organisation's notices, in order."""

type Consumer = Callable[[Sequence[Record]], Handled]


@dataclass
class Maker:
    """Makes one notice to a trust of each event, and puts it: or whatever a test has it do instead."""

    made: Callable[[int], Sequence[Notice]] = lambda number: [told_of(number)]
    put_by: Callable[[Sequence[Notice]], object] = lambda _notices: None
    seen: list[Event] = field(default_factory=list)
    put_together: list[list[str]] = field(default_factory=list)

    def made_of(self, event: Event) -> Sequence[Notice]:
        made = self.made(len(self.seen))
        self.seen.append(event)
        return made

    def put(self, made: Sequence[Notice]) -> None:
        self.put_by(made)
        self.put_together.append([notice.notice_id for notice in made])


def told_of(number: int, **said: Any) -> Notice:
    """A notice of the n-th event."""
    known: dict[str, Any] = {"kind": NoticeKind.MOVED, "at": STARTED_AT, "organisation": TRUST, "child_id": "child-1"}
    return Notice(notice_id=f"n-{number}", **(known | said))


class Stopped(BaseException):
    """The function was stopped there and then: nothing of it runs any more."""


@dataclass
class Fuse:
    """Stops a consumer just before or just after one of its calls of DynamoDB: before the n-th, by two (from 0)."""

    _lit: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        client = RegisterItem._get_connection().connection.client  # noqa: SLF001  # PynamoDB keeps it nowhere else
        for when in ("before-call", "after-call"):
            client.meta.events.register(f"{when}.dynamodb", self._burn)

    def light(self, steps: int) -> None:
        self._lit.left = steps

    def put_out(self) -> None:
        self._lit.left = None

    def _burn(self, **_event: Any) -> None:
        left = getattr(self._lit, "left", None)
        if left is None:
            return
        self._lit.left = left - 1
        if left == 0:
            self._lit.left = None
            raise Stopped


@dataclass
class Events:
    """EventBridge, as far as it is asked. Entries that are about `refused` notices are not taken, once each."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    sizes: list[int] = field(default_factory=list)

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  # as boto3 has it
        self.sizes.append(len(Entries))
        answers = [self._put(entry) for entry in Entries]
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    def _put(self, entry: dict[str, Any]) -> dict[str, str]:
        notice_id = json.loads(entry["Detail"])["notice_id"]
        if notice_id in self.refused:
            self.refused.remove(notice_id)
            return {"ErrorCode": "ThrottlingException"}
        self.taken.append(entry)
        return {"EventId": f"e-{len(self.taken)}"}


@dataclass
class Shelf:
    """What was put aside."""

    ids: list[str] = field(default_factory=list)
    is_full: bool = False

    def put(self, record: Mapping[str, Any]) -> None:
        if self.is_full:
            raise Unavailable
        self.ids.append(record["eventID"])


@dataclass
class Town:
    """A register in which things happen, its streams, and who makes notices of them."""

    desk: Desk = field(default_factory=Desk)
    events: Events = field(default_factory=Events)
    shelf: Shelf = field(default_factory=Shelf)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    def __post_init__(self) -> None:
        self.changes = Stream(REGISTER, self.desk.clock)
        self.questions = Stream(ACCESS_LOG, self.desk.clock)

    @property
    def notices(self) -> DynamoNotices:
        return DynamoNotices(clock=self.desk.clock, pause=lambda _attempt: None)

    @property
    def watches(self) -> DynamoWatches:
        return DynamoWatches(pause=lambda _attempt: None)

    def consumer(self, notify: Notifies | None = None) -> Consumer:
        """A function that has just been started, and has time."""
        return partial(self.notifying(notify), time_left=lambda: PLENTY)

    def notifying(self, notify: Notifies | None = None) -> Notifying:
        """How that is put together."""
        gate = Gate(self.lifecycle, self.desk.clock)
        use_case = Notify(
            register=self.desk.register,
            directory=FakeDirectory(ENROLLED),
            notices=self.notices,
            watches=self.watches,
            pseudonyms=self.desk.register.pseudonyms,
            gate=gate,
        )
        client: Any = self.events
        return Notifying(
            notify=notify or use_case,
            bus=EventBus("a-bus", "local", client),
            aside=self.shelf,
            gate=gate,
            clock=self.desk.clock,
        )

    def told(self) -> Told:
        """Whatever was put, as it lies there."""
        told = defaultdict[str, list[str]](list)
        for item in self.put():
            told[item["organisation"]].append(item["notice_id"])
        return dict(told)

    def put(self) -> list[Stored]:
        return [item for item in dump(REGISTER) if item["kind"] == "notice"]

    def kinds(self) -> set[tuple[str, str]]:
        return {(item["notice"], item["organisation"]) for item in self.put()}

    def asks(self, number: int, child_id: str) -> None:
        """A police officer looks a child up."""
        self.desk.clock.move(seconds=1)
        DynamoAccessLog(timedelta(days=30)).append(
            AccessRecord(
                access_id=f"{number:032x}",
                at=self.desk.clock(),
                request_id="request-1",
                organisation=POLICE,
                client_id="client-1",
                answered=Answered.ANSWERED,
                outcome="match",
                shown=Shown.CHILD_AND_INVOLVEMENTS,
                practitioner_id="PC-1",
                practitioner_role=Role.POLICE_OFFICER,
                purpose=Purpose.SAFEGUARDING_CONCERN,
                child_id=child_id,
            )
        )


def a_move(town: Town) -> None:
    """Zoë is known to Barnet and to a trust, and watched; then a school of Leeds registers her, and she is asked for."""
    desk = town.desk
    known = desk.put(BARNET, "zoe", ZOE, service_type="social_care", assessment_held=True)
    desk.put(TRUST, "zoe", ZOE)
    town.watches.put(
        Watch(
            child_id=known.involvement.child_id,
            organisation=POLICE,
            reason=WatchReason.MISSING_CHILD,
            since=desk.clock(),
            until=desk.clock() + timedelta(days=9),
        )
    )
    desk.clock.move(days=1)
    desk.put(LEEDS, "zoe", IN_LEEDS, service_type="education", lead_professional=False)
    town.asks(1, known.involvement.child_id)


def a_life(town: Town) -> None:
    """The move, and much more, with several children."""
    a_move(town)
    desk = town.desk
    case = a_pair(desk)
    desk.decide(case, Decision.SAME)
    shielded = desk.put(SCHOOL, "abel", ABEL, service_type="education").involvement.child_id
    desk.put(BARNET, "abel", ABEL, service_type="social_care")
    desk.clock.move(days=1)
    desk.register.dispute(BARNET, "zoe", Disputed(Dispute.CORRECTION, desk.clock()), desk.clock())
    desk.shields.put(shielded, a_shield(until=desk.clock() + timedelta(days=90)), [], desk.clock())
    desk.put(TRUST, "zoe", IN_LEEDS, standing="ended", ended="2026-11-20")
    desk.withdraw(LEEDS, "zoe")
    desk.put(LEEDS, "zoe", {**ZOE, "postcode": "LS7 4HF"}, service_type="education")
    desk.decide(case, Decision.DIFFERENT)
    town.asks(2, shielded)


@pytest.fixture
def town(aws: None) -> Town:
    _ = aws
    return Town()


def deliver(records: Sequence[Record], consumer: Consumer) -> None:
    """All at once, and all goes well."""
    assert consumer(records).failed is None


def assert_each_once(town: Town, expected: Told) -> None:
    """Every notice is there once, in the order of its child's causes; and numbers have no gaps."""
    told = town.told()
    assert {code: sorted(ids) for code, ids in told.items()} == {code: sorted(ids) for code, ids in expected.items()}
    for item in town.put():
        assert int(item["sk"]) <= len(told[item["organisation"]])


def by_child(items: Sequence[Stored], stream: set[str]) -> dict[tuple[str, str], list[str]]:
    """Those of one stream's kinds, for each organisation and child in their order."""
    found = defaultdict[tuple[str, str], list[str]](list)
    for item in items:
        if item["notice_id"] in stream:
            found[item["organisation"], item["child_id"]].append(item["notice_id"])
    return dict(found)


@dataclass
class Expected:
    """What an undisturbed consumer makes of what has happened; then everything is as if none had been."""

    town: Town
    told: Told = field(init=False)
    order: list[dict[tuple[str, str], list[str]]] = field(init=False)
    streams: list[list[Record]] = field(init=False)

    def __post_init__(self) -> None:
        self.streams = [self.town.changes.changes, list(self.town.questions.records)]
        self.before = taken(REGISTER)
        of_each = []
        known = set[str]()
        for stream in self.streams:
            deliver(stream, self.town.consumer())
            ids = {item["notice_id"] for item in self.town.put()}
            of_each.append(ids - known)
            known = ids
        self.of_each = of_each
        self.told = self.town.told()
        self.order = [by_child(self.town.put(), ids) for ids in of_each]
        self.kinds = {kind for kind, _ in self.town.kinds()}
        put_back(REGISTER, self.before)
        assert not self.town.put()

    def assert_met(self) -> None:
        assert_each_once(self.town, self.told)
        assert [by_child(self.town.put(), ids) for ids in self.of_each] == self.order, "in order, for each child"


# What is told, to begin with


def test_of_a_move_everybody_learns_who_has_to(town: Town) -> None:
    a_move(town)
    deliver(town.changes.changes, town.consumer())
    deliver(town.questions.records, town.consumer())
    assert town.kinds() >= {
        (NoticeKind.INVOLVEMENT_ELSEWHERE, BARNET),
        (NoticeKind.INVOLVEMENT_ELSEWHERE, TRUST),
        (NoticeKind.MOVED, BARNET),
        (NoticeKind.MOVED, TRUST),
        (NoticeKind.WATCHED, POLICE),
        (NoticeKind.LOOKED_UP, BARNET),
    }


# Killed, failing, repeated


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "the store fails"])
def test_a_consumer_that_is_stopped_at_any_call_ends_in_each_notice_once(town: Town, *, is_killed: bool) -> None:
    a_move(town)
    expected = Expected(town)
    (records, questions), fuse, calls = expected.streams, Fuse(), Calls().of_tables()
    earlier, records = records[:-2], records[-2:]  # what the school of Leeds has said
    deliver(earlier, town.consumer())
    before = taken(REGISTER)
    for step in range(100):
        put_back(REGISTER, before)
        consumer, rest = town.consumer(), records
        try:
            if is_killed:
                fuse.light(step)
            else:
                calls.fail(step // 2 + 1, Fault.ANSWER_LOST if step % 2 else Fault.FAILED)
            handled = consumer(records)
            rest = from_there(records, handled.failed) if handled.failed else []
        except Stopped:
            assert is_killed
        fuse.put_out()
        has_struck = calls.mend() if not is_killed else bool(rest)
        deliver(rest, town.consumer())
        deliver(questions, town.consumer())
        expected.assert_met()
        if not has_struck:
            assert step > 10
            return
    pytest.fail("it never ends")


@pytest.mark.parametrize("seed", range(4))
def test_two_consumers_killed_at_random_again_and_again_end_in_each_notice_once_and_in_order(
    town: Town, seed: int
) -> None:
    a_life(town)
    expected = Expected(town)
    assert {*expected.kinds} >= {"involvement-elsewhere", "moved", "watched", "disputed", "joined", "shielded"}
    fuse = Fuse()

    def consume(records: list[Record], draws: random.Random) -> None:
        """As Lambda does for one shard: in order, again from where it failed, sometimes again though it was done."""
        place, struck = 0, 0
        while place < len(records):
            batch = records[place : place + draws.randint(1, 9)]
            if struck < 25 and draws.random() < 0.6:
                fuse.light(draws.randint(0, 30))
                struck += 1
            try:
                handled = town.consumer()(batch)
            except Stopped:
                continue
            finally:
                fuse.put_out()
            if handled.failed is None:
                place += len(batch)
            else:
                place = len(records) - len(from_there(records, handled.failed))
            if draws.random() < 0.15:
                place = max(0, place - draws.randint(1, 12))

    work = [(stream, f"{seed}-{n}-{twice}") for n, stream in enumerate(expected.streams) for twice in (1, 2)]
    with ThreadPoolExecutor(len(work)) as threads:
        running = [threads.submit(consume, stream, random.Random(name)) for stream, name in work]  # noqa: S311  # a seeded choice of a test
        for one in running:
            one.result()
    expected.assert_met()
    assert town.shelf.ids == []


def test_a_store_that_does_not_answer_holds_back_what_comes_after_and_undoes_nothing_before(town: Town) -> None:
    a_life(town)
    records = town.changes.changes
    stopping = Maker(made=lambda number: [told_of(number)] if number < 3 else raising(Unavailable()))
    handled = town.consumer(stopping)(records)
    assert handled.failed is not None
    assert handled.counts["handled"] == 3
    assert stopping.put_together == [["n-0", "n-1", "n-2"]]
    handled_again = from_there(records, handled.failed)
    assert len(handled_again) < len(records)
    conflicting = Maker(made=lambda _number: raising(Conflict()))
    assert town.consumer(conflicting)(handled_again).failed == number_of(handled_again[0])
    assert town.shelf.ids == []


@pytest.mark.parametrize("error", [Unavailable(), Contended(), Conflict()], ids=lambda error: type(error).__name__)
def test_what_could_not_be_put_comes_again_from_the_first_that_tells_anything(town: Town, error: Exception) -> None:
    a_life(town)
    records = town.changes.changes
    _first, second = [one for one in records if told_by(one)][:2]
    telling = Maker(made=lambda number: [told_of(number)] if number else [], put_by=lambda _notices: raising(error))
    handled = town.consumer(telling)([unreadable(records[0]), *records])
    assert handled.failed == number_of(second)
    assert handled.counts == {"put_aside": 1}, "what is before it does not come again, so it must not be lost"


def test_what_is_unreadable_behind_what_comes_again_is_put_aside_once(town: Town) -> None:
    a_life(town)
    records = town.changes.changes
    poison = unreadable(records[-1])
    failing = Maker(put_by=lambda _notices: raising(Unavailable()))
    for _ in range(3):
        assert town.consumer(failing)([*records, poison]).failed
        assert town.shelf.ids == []
    deliver([*records, poison], town.consumer(Maker()))
    assert town.shelf.ids == [poison["eventID"]]


def test_a_notice_that_cannot_be_put_whenever_it_comes_keeps_back_none_of_the_others(town: Town) -> None:
    a_life(town)
    records = town.changes.changes

    def put(notices: Sequence[Notice]) -> None:
        if any(notice.notice_id == "n-1" for notice in notices):
            message = "more than an item holds"
            raise ValueError(message)

    maker = Maker(put_by=put)
    handled = town.consumer(maker)(records)
    assert (handled.failed, handled.counts["put_aside"]) == (None, 1)
    assert handled.counts["handled"] == len(maker.seen) - 1
    assert sorted([*chain.from_iterable(maker.put_together)]) == sorted(
        f"n-{n}" for n in range(len(maker.seen)) if n != 1
    )
    assert len(town.shelf.ids) == 1


# Many at once, and in time


def test_what_many_records_tell_one_organisation_is_put_in_as_few_writes_as_can_be(town: Town) -> None:
    desk = town.desk
    for number in range(12):
        child = {**ZOE, "given_name": f"Zoe{'abcdefghijkl'[number]}", "date_of_birth": f"2019-03-{number + 1:02}"}
        desk.put(BARNET, f"z-{number}", child, service_type="social_care")
    deliver(town.changes.changes, town.consumer())
    town.changes.forget()
    before = len(town.put())
    desk.clock.move(days=1)
    for number in range(12):
        child = {**IN_LEEDS, "given_name": f"Zoe{'abcdefghijkl'[number]}", "date_of_birth": f"2019-03-{number + 1:02}"}
        desk.put(LEEDS, f"z-{number}", child, service_type="education")
    records = town.changes.changes
    calls = Calls().of_tables()
    deliver(records, town.consumer())
    assert len(town.put()) - before >= 12
    assert calls.count()["TransactWriteItems"] == len(town.told()), "one for each organisation that is told"


def test_who_seeks_a_child_is_told_before_others_and_of_one_child_all_stays_in_order(town: Town) -> None:
    kinds = [NoticeKind.MOVED, NoticeKind.JOINED, NoticeKind.WATCHED, NoticeKind.DISPUTED]
    children = ["child-1", "child-2", "child-2", "child-2"]
    made = [told_of(n, kind=kind, child_id=child) for n, (kind, child) in enumerate(zip(kinds, children, strict=True))]
    use_case = Notify(
        register=town.desk.register,
        directory=FakeDirectory(ENROLLED),
        notices=town.notices,
        watches=town.watches,
        pseudonyms=town.desk.register.pseudonyms,
        gate=Gate(town.lifecycle, town.desk.clock),
    )
    assert use_case.put(made) == 4
    assert use_case.put(made) == 0
    assert town.told() == {TRUST: ["n-1", "n-2", "n-3", "n-0"]}
    town.lifecycle = Lifecycle(town.desk.clock())
    assert replace(use_case, gate=Gate(town.lifecycle, town.desk.clock)).put([told_of(9)]) == 0


@pytest.mark.parametrize("steps", range(5))
def test_for_want_of_time_what_was_made_is_put_and_the_rest_comes_again(town: Town, steps: int) -> None:
    a_life(town)
    records = town.changes.changes
    asked = 0

    def time_left() -> timedelta:
        nonlocal asked
        asked += 1
        return TO_PUT_THEM - timedelta(seconds=1) if asked > steps else TO_PUT_THEM

    maker = Maker()
    handled = town.notifying(maker)(records, time_left)
    assert handled.failed == number_of(records[steps])
    assert [*chain.from_iterable(maker.put_together)] == [f"n-{n}" for n in range(len(maker.seen))]
    assert len(maker.seen) <= steps
    before = len(maker.seen)
    deliver(from_there(records, handled.failed), town.consumer(maker))
    whole = Maker()
    deliver(records, town.consumer(whole))
    assert before <= len(maker.seen) == len(whole.seen)


def test_for_want_of_time_notices_that_were_not_told_to_the_bus_come_again(town: Town) -> None:
    put = made(town, 25)
    left = iter([TO_PUT_THEM, TO_PUT_THEM, timedelta(0)])
    handled = town.notifying()(put, lambda: next(left))
    assert handled.failed == number_of(put[20])
    assert len(town.events.taken) == 20
    deliver(from_there(put, handled.failed), town.consumer())
    assert len(town.events.taken) == 25


def raising(error: Exception) -> Any:
    """Where only an expression may stand."""
    raise error


# What cannot be read


def test_a_record_that_cannot_be_read_is_put_aside_and_holds_back_nothing(town: Town) -> None:
    a_life(town)
    expected = Expected(town)
    for stream in expected.streams:
        middle = len(stream) // 2
        poison = unreadable(stream[middle])
        handled = town.consumer()([*stream[:middle], poison, *stream[middle:]])
        assert handled.failed is None
        assert handled.counts["put_aside"] == 1
        assert town.shelf.ids.pop() == poison["eventID"]
    expected.assert_met()


def test_a_record_on_which_a_rule_fails_is_put_aside_and_holds_back_nothing(town: Town) -> None:
    a_move(town)
    error = RuntimeError(f"cannot make anything of {ZOE['given_name']}")
    calls = iter(range(100))
    maker = Maker(made=lambda _number: raising(error) if next(calls) == 1 else [])
    handled = town.consumer(maker)(town.changes.changes)
    assert (handled.failed, handled.counts["put_aside"], handled.counts["handled"]) == (None, 1, len(maker.seen))
    assert next(calls) == len(maker.seen) + 1
    assert len(town.shelf.ids) == 1


def test_what_cannot_even_be_put_aside_comes_again(town: Town) -> None:
    a_move(town)
    records = town.changes.changes
    broken = [records[0], unreadable(records[1]), *records[2:]]
    town.shelf.is_full = True
    assert town.consumer()(broken).failed == number_of(broken[1])
    town.shelf.is_full = False
    deliver(from_there(broken, number_of(broken[1])), town.consumer())
    assert town.shelf.ids == [broken[1]["eventID"]]


def test_what_is_put_aside_says_where_it_stands_and_nothing_of_what_it_holds(town: Town) -> None:
    a_move(town)
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="unread")["QueueUrl"]
    record = town.changes.changes[0]
    UnreadChanges.at(url).put(record)
    UnreadChanges.at(url).put({"eventID": "e", "dynamodb": "rubbish"})
    bodies = [
        json.loads(message["Body"])
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]
    assert bodies == [
        {
            "source": record["eventSourceARN"],
            "sequence_number": number_of(record),
            "event_id": record["eventID"],
        },
        {"source": None, "sequence_number": None, "event_id": "e"},
    ]


# To the bus


def test_each_notice_that_was_put_is_told_to_the_bus_by_its_id_and_what_happened_and_no_more(town: Town) -> None:
    a_life(town)
    for stream in (town.changes.changes, list(town.questions.records)):
        deliver(stream, town.consumer())
    put = town.changes.put
    handled = town.consumer()(put)
    assert handled.counts == {"told": len(put)}
    assert len(put) > 10
    details = [json.loads(entry["Detail"]) for entry in town.events.taken]
    kept = {item["notice_id"]: item for item in town.put()}
    assert details == [
        {
            "environment": "local",
            "notice_id": (item := kept[one["dynamodb"]["NewImage"]["notice_id"]["S"]])["notice_id"],
            "kind": item["notice"],
            "at": item["at"],
            "organisation": item["organisation"],
        }
        for one in put
    ]
    assert {(entry["Source"], entry["DetailType"]) for entry in town.events.taken} == {("signpost", "notice")}
    assert town.events.sizes[:-1] == [10] * (len(put) // 10)


@pytest.mark.parametrize("refused", [0, 1, 9, 10, 11])
def test_what_the_bus_does_not_take_comes_again_with_all_behind_it(town: Town, refused: int) -> None:
    put = made(town, 12)
    town.events.refused = {f"notice-{refused}"}
    handled = town.consumer()(put)
    assert handled.failed == number_of(put[refused])
    deliver(from_there(put, handled.failed), town.consumer())
    told = {json.loads(entry["Detail"])["notice_id"] for entry in town.events.taken}
    assert told == {f"notice-{number}" for number in range(12)}


def test_an_unreadable_notice_keeps_none_of_the_others_from_the_bus(town: Town) -> None:
    put = made(town, 7)
    put[3] = unreadable(put[3])
    deliver(put, town.consumer())
    assert [json.loads(entry["Detail"])["notice_id"] for entry in town.events.taken] == [
        f"notice-{number}" for number in (0, 1, 2, 4, 5, 6)
    ]
    assert len(town.shelf.ids) == 1


def made(town: Town, number: int) -> list[Record]:
    """The records of so many notices of one organisation."""
    town.notices.put(
        [
            Notice(notice_id=f"notice-{n}", kind=NoticeKind.MOVED, at=town.desk.clock(), organisation=BARNET)
            for n in range(number)
        ]
    )
    return list(town.changes.put)


# Closed, and late


def test_once_the_register_is_closed_nothing_is_done_and_nothing_fails(town: Town) -> None:
    a_move(town)
    town.lifecycle = Lifecycle(town.desk.clock())
    before = dump(REGISTER)
    for records in (town.changes.changes, town.questions.records, [unreadable(town.changes.changes[0])]):
        handled = town.consumer()(records)
        assert (handled.failed, dict(handled.counts)) == (None, {})
    assert dump(REGISTER) == before
    assert town.shelf.ids == []
    assert town.events.taken == []


def test_it_is_known_how_late_the_oldest_record_is(town: Town) -> None:
    a_move(town)
    records = town.changes.changes
    first = records[0]["dynamodb"]["ApproximateCreationDateTime"]
    town.desk.clock.move(minutes=7)
    lag = town.consumer(Maker())([*records, {"eventID": "e", "dynamodb": {}}]).lag
    assert lag == timedelta(seconds=town.desk.clock().timestamp() - first)
    assert lag is not None
    assert lag > timedelta(minutes=7)
    assert town.consumer()([]).lag is None


# The function


def test_the_function_makes_notices_puts_aside_what_it_cannot_read_and_logs_nothing_of_either(
    deployment: Deployment, logged: io.StringIO
) -> None:
    sqs = boto3.client("sqs")
    deployment.restart(UNREAD_CHANGES_URL=sqs.create_queue(QueueName="unread")["QueueUrl"])
    may: dict[str, Any] = {"capabilities": ["lookup", "register", "notices"]}
    trust, leeds = deployment.enrol(TRUST, **may), deployment.enrol(LEEDS, **(may | {"covers": ["LS"]}))
    handler = deployment.function("notify").handler
    stream = Stream(REGISTER, deployment.function("notify").now)
    bodies = involvement(ZOE), involvement(IN_LEEDS, service_type="education")
    assert trust.put("zoe", bodies[0]).status == 201
    assert leeds.put("zoe", bodies[1]).status == 201
    records = stream.changes
    logged.seek(0)
    logged.truncate()
    assert handler({"Records": [*records, unreadable(records[0])]}, Invoked()) == {"batchItemFailures": []}
    items = [item for item in dump(REGISTER) if item["kind"] == "notice"]
    assert (NoticeKind.INVOLVEMENT_ELSEWHERE, TRUST) in {(item["notice"], item["organisation"]) for item in items}
    assert handler({"Records": stream.put}, Invoked()) == {"batchItemFailures": []}
    written = logged.getvalue()
    lines = [json.loads(line) for line in written.splitlines()]
    done = [line for line in lines if line["message"] == "records"]
    assert [line["put_aside"] for line in done if "put_aside" in line] == [1]
    assert [line["told"] for line in done if "told" in line] == [len(items)]
    assert all(0 <= line["lag_ms"] < 60_000 for line in done)
    values = {value for body in bodies for value in personal_values(body)} | {items[0]["child_id"]}
    assert [value for value in values if value in written] == []
    assert place_of(records[0])[0] not in written


def test_the_function_answers_with_the_record_from_which_it_wants_all_again(deployment: Deployment) -> None:
    sqs = boto3.client("sqs")
    deployment.restart(UNREAD_CHANGES_URL=sqs.create_queue(QueueName="unread")["QueueUrl"])
    may: dict[str, Any] = {"capabilities": ["lookup", "register", "notices"]}
    trust, leeds = deployment.enrol(TRUST, **may), deployment.enrol(LEEDS, **(may | {"covers": ["LS"]}))
    handler = deployment.function("notify").handler
    stream = Stream(REGISTER, deployment.function("notify").now)
    assert trust.put("zoe", involvement(ZOE)).status == 201
    assert leeds.put("zoe", involvement(IN_LEEDS, service_type="education")).status == 201
    calls = Calls().of_tables()
    calls.fail(2, Fault.FAILED)
    (failure,) = handler({"Records": stream.changes}, Invoked())["batchItemFailures"]
    assert calls.mend()
    again = from_there(stream.changes, failure["itemIdentifier"])
    assert handler({"Records": again}, Invoked()) == {"batchItemFailures": []}
    assert [item for item in dump(REGISTER) if item["kind"] == "notice"]
