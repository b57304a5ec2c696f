"""Notices and watches in the Register: each notice once, in order, none missed by whoever follows; and all have an end."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from shared.domain.errors import Contended, NoticeNotFound, Unavailable
from shared.domain.notices import KEPT, Notice, NoticeKind, NoticePage, Watch, WatchReason
from shared.persistence import codec, keys
from shared.persistence.models import NoticeItem, NoticeMarkerItem, RegisterItem, bind
from shared.persistence.notices import BECOMES_VISIBLE, MOST_AT_ONCE, MOST_READ, DynamoNotices
from shared.persistence.sweeping import DynamoSweeping
from shared.persistence.watches import DynamoWatches
from tests.integration.calls import Call, Calls, Fault
from tests.integration.direct import STARTED_AT, MovedClock
from tests.integration.emulated import DIRECTORY, REGISTER, Stored, dump, put_back, taken
from tests.integration.ruins import Ruin

COUNCIL, TRUST = "E99000001", "X99"
UNTIL = STARTED_AT + timedelta(days=30)


def a_notice(number: int = 1, organisation: str = COUNCIL, **said: Any) -> Notice:
    known: dict[str, Any] = {"kind": NoticeKind.MOVED, "at": STARTED_AT, "child_id": "child-1"}
    return Notice(notice_id=f"{organisation}-{number}", organisation=organisation, **(known | said))


def some(numbers: Sequence[int], organisation: str = COUNCIL) -> list[Notice]:
    return [a_notice(number, organisation) for number in numbers]


@dataclass
class Box:
    """The notices of all organisations, and those who put, read and acknowledge them."""

    clock: MovedClock
    pauses: list[int]
    lives_until: datetime | None = None

    @property
    def notices(self) -> DynamoNotices:
        return DynamoNotices(clock=self.clock, pause=self.pauses.append, lives_until=self.lives_until)

    @property
    def watches(self) -> DynamoWatches:
        return DynamoWatches(pause=self.pauses.append, lives_until=self.lives_until)

    def followed(self, limit: int = 100, organisation: str = COUNCIL) -> list[str]:
        """The ids of all that somebody reads who follows the cursor from the beginning."""
        return [notice.notice_id for page in self.pages(limit, organisation) for notice in page]

    def pages(self, limit: int, organisation: str = COUNCIL) -> Iterator[Sequence[Notice]]:
        after: str | None = None
        while (page := self.notices.of(organisation, after, limit)).notices:
            assert page.next is not None
            assert len(page.notices) <= limit
            after = page.next
            yield page.notices


@pytest.fixture
def box(aws: None) -> Box:
    _ = aws
    bind(register=REGISTER, directory=DIRECTORY)
    return Box(MovedClock(), [])


def ids(notices: Sequence[Notice]) -> list[str]:
    return [notice.notice_id for notice in notices]


def assert_in_step(organisation: str = COUNCIL) -> None:
    """The numbers are without a gap up to the head; every notice has its marker, and no marker is without one."""
    items = dump(REGISTER)
    listed = [item for item in items if item["kind"] == "notice" and item["organisation"] == organisation]
    assert [item["sk"] for item in listed] == [keys.notice_place(n) for n in range(1, len(listed) + 1)]
    heads = [
        int(item["last"]) for item in items if item["pk"] == keys.notices(organisation) and item["sk"] == keys.HEAD
    ]
    assert heads == ([len(listed)] if listed else [])
    marked = {
        (item["pk"], int(item["number"]))
        for item in items
        if item["kind"] == "notice_marker" and item["organisation"] == organisation
    }
    assert marked == {(keys.notice(item["notice_id"]), int(item["sk"])) for item in listed}


# Put


def test_a_notice_is_read_as_it_was_put(box: Box) -> None:
    notice = a_notice(about={"organisation": TRUST, "practitioner_role": "nurse"})
    bare = replace(a_notice(2), child_id=None)
    assert box.notices.put([notice, bare]) == 2
    assert box.notices.of(COUNCIL, None, 10).notices == [notice, bare]
    assert box.notices.notice(COUNCIL, notice.notice_id) == notice


def test_a_notice_is_put_once_whatever_is_put_again(box: Box) -> None:
    assert box.notices.put(some([1, 2])) == 2
    assert box.notices.put(some([2, 1])) == 0
    assert box.notices.put(some([2, 3, 3, 1])) == 1
    assert box.followed() == ids(some([1, 2, 3]))
    assert_in_step()


def test_what_is_known_already_costs_one_read_and_no_write(box: Box) -> None:
    box.notices.put(some([1, 2]))
    calls = Calls().of_tables()
    box.notices.put(some([1, 2]))
    assert calls.count() == Counter({"BatchGetItem": 1})


def test_each_organisation_has_its_own_and_nobody_reads_another_s(box: Box) -> None:
    assert box.notices.put([a_notice(1), a_notice(1, TRUST), a_notice(2), a_notice(2, TRUST)]) == 4
    assert box.followed() == ids(some([1, 2]))
    assert box.followed(organisation=TRUST) == ids(some([1, 2], TRUST))
    with pytest.raises(NoticeNotFound):
        box.notices.notice(TRUST, a_notice(1).notice_id)
    with pytest.raises(NoticeNotFound):
        box.notices.acknowledge(TRUST, a_notice(1).notice_id, box.clock())
    assert_in_step()
    assert_in_step(TRUST)


def test_more_than_a_transaction_takes_are_put_in_order(box: Box) -> None:
    many = some(range(2 * MOST_AT_ONCE + 3))
    calls = Calls().of_tables()
    assert box.notices.put(many) == len(many)
    assert calls.count()["TransactWriteItems"] == 3
    assert box.followed() == ids(many)
    assert_in_step()


@pytest.mark.parametrize("fault", Fault)
def test_whatever_fails_when_it_is_put_again_it_is_there_once(box: Box, fault: Fault) -> None:
    calls = Calls().of_tables()
    empty = taken(REGISTER)
    many = [*some(range(MOST_AT_ONCE + 2)), *some(range(3), TRUST)]
    for which in range(1, 20):
        put_back(REGISTER, empty)
        calls.fail(which, fault)
        try:
            box.notices.put(many)
        except Unavailable:
            assert calls.mend()
        else:
            assert not calls.mend()
            break
        box.notices.put(many)
        assert box.followed() == ids(some(range(MOST_AT_ONCE + 2)))
        assert box.followed(organisation=TRUST) == ids(some(range(3), TRUST))
        assert_in_step()
    else:
        pytest.fail("it never ends")
    assert which > 4


def test_somebody_who_puts_between_reading_and_writing_is_noticed(box: Box) -> None:
    other = Box(box.clock, [])
    meanwhile = [lambda: other.notices.put(some([2, 3])), lambda: other.notices.put(some([4, 2]))]

    Calls(interrupted("TransactWriteItems", meanwhile)).of_tables()
    assert box.notices.put(some([1, 2])) == 1
    assert box.pauses == [0, 1]
    assert box.followed() == ids(some([2, 3, 4, 1]))
    assert_in_step()


def test_a_read_that_saw_the_head_as_it_is_and_the_marker_not_yet_puts_nothing_twice(box: Box) -> None:
    """What one read of several items sees of each is not of one instant."""
    box.notices.put(some([1]))
    withheld: list[Any] = []

    def withhold_once(parsed: dict[str, Any], **_event: Any) -> None:
        items = parsed["Responses"][REGISTER]
        if not withheld:
            withheld.extend(item for item in items if item["kind"] == {"S": "notice_marker"})
            parsed["Responses"][REGISTER] = [item for item in items if item not in withheld]

    client = RegisterItem._get_connection().connection.client  # noqa: SLF001  # PynamoDB keeps it nowhere else
    client.meta.events.register("after-call.dynamodb.BatchGetItem", withhold_once)
    assert box.notices.put(some([1, 2])) == 1
    assert len(withheld) == 1
    assert box.followed() == ids(some([1, 2]))
    assert_in_step()


def test_who_is_overtaken_again_and_again_gives_up_and_has_put_nothing(box: Box) -> None:
    always = [partial(box.notices.put, [a_notice(n)]) for n in range(100, 130)]
    Calls(interrupted("TransactWriteItems", always)).of_tables()
    with pytest.raises(Contended):
        box.notices.put(some([1]))
    assert a_notice(1).notice_id not in box.followed()
    assert_in_step()


@pytest.mark.parametrize("seed", range(4))
def test_whoever_follows_the_cursor_while_others_put_misses_nothing_and_sees_nothing_twice(box: Box, seed: int) -> None:
    draws = random.Random(seed)  # noqa: S311  # a seeded choice of a test
    # four writers, of whom each two have the same to put, as two consumers of one stream have
    work = [*([list(range(20))] * 2), *([list(range(20, 40))] * 2)]
    limit = draws.choice((1, 3, 10))
    done = threading.Event()

    def put(numbers: list[int], draws: random.Random) -> None:
        rest = numbers
        while rest:
            size = draws.randint(1, 6)
            box.notices.put(some(rest[:size]))
            rest = rest[size:]

    def follow() -> list[str]:
        seen, after = list[str](), None
        while True:
            was_done = done.is_set()
            page = box.notices.of(COUNCIL, after, limit)
            seen += ids(page.notices)
            after = page.next or after
            if was_done and not page.notices:
                return seen

    with ThreadPoolExecutor(6) as threads:
        readers = [threads.submit(follow) for _ in range(2)]
        writers = [threads.submit(put, numbers, random.Random(f"{seed}-{n}")) for n, numbers in enumerate(work)]  # noqa: S311  # likewise
        for writer in writers:
            writer.result()
        done.set()
        seen = [reader.result() for reader in readers]
    assert_in_step()
    in_order = box.followed()
    assert seen == [in_order, in_order]
    assert sorted(in_order) == sorted(ids(some(range(40))))
    for half in (range(20), range(20, 40)):
        assert [one for one in in_order if one in ids(some(half))] == ids(some(half)), "each writer's in its order"


@pytest.mark.parametrize("unseen", [[3], [3, 4], [4], [5], [3, 5], [3, 4, 5]])
def test_of_a_transaction_that_is_seen_in_part_nothing_is_given_out_behind_a_gap(box: Box, unseen: list[int]) -> None:
    box.notices.put(some([1, 2]))
    box.clock.move(hours=1)
    box.notices.put(some([3, 4, 5]))
    is_visible = False

    def withhold(parsed: dict[str, Any], **_event: Any) -> None:
        hidden = {keys.notice_place(number) for number in unseen}
        if not is_visible:
            parsed["Items"] = [item for item in parsed["Items"] if item["sk"]["S"] not in hidden]
            parsed["Count"] = len(parsed["Items"])

    client = RegisterItem._get_connection().connection.client  # noqa: SLF001  # PynamoDB keeps it nowhere else
    client.meta.events.register("after-call.dynamodb.Query", withhold)
    first = box.notices.of(COUNCIL, None, 10)
    assert ids(first.notices) == ids(some(range(1, min(unseen))))
    is_visible = True
    assert ids(box.notices.of(COUNCIL, first.next, 10).notices) == ids(some(range(min(unseen), 6)))


# Acknowledged


def test_what_is_acknowledged_is_left_out_also_where_it_fills_whole_pages(box: Box) -> None:
    box.notices.put(some(range(105)))
    left = [0, 99, 100, 104]
    for number in set(range(105)) - {*left}:
        box.notices.acknowledge(COUNCIL, a_notice(number).notice_id, box.clock())
    for limit in (1, 2, 3, 100):
        assert box.followed(limit) == ids(some(left))
    assert box.notices.put(some([7])) == 0, "acknowledged, it is known nevertheless"


def test_when_all_is_acknowledged_there_is_an_empty_page_and_a_cursor_stays_good(box: Box) -> None:
    box.notices.put(some([1, 2]))
    cursor = box.notices.of(COUNCIL, None, 10).next
    for number in (1, 2):
        box.notices.acknowledge(COUNCIL, a_notice(number).notice_id, box.clock())
    assert box.notices.of(COUNCIL, None, 10) == NoticePage([], cursor)
    assert box.notices.of(COUNCIL, cursor, 10) == NoticePage([], cursor)
    box.notices.put(some([3]))
    assert ids(box.notices.of(COUNCIL, cursor, 10).notices) == ids(some([3]))


def test_where_nothing_was_ever_put_there_is_no_cursor(box: Box) -> None:
    assert box.notices.of(COUNCIL, None, 10) == NoticePage([], None)


def test_one_page_reads_no_more_than_it_may_and_the_next_goes_on_behind_what_was_acknowledged(box: Box) -> None:
    count = MOST_READ + 60
    box.notices.put(some(range(count)))
    acknowledged(range(count - 1))
    calls = Calls().of_tables()
    first = box.notices.of(COUNCIL, None, 50)
    assert first == NoticePage([], keys.notice_place(MOST_READ))
    assert calls.count()["Query"] <= 4
    second = box.notices.of(COUNCIL, first.next, 50)
    assert ids(second.notices) == ids(some([count - 1]))
    third = box.notices.of(COUNCIL, second.next, 50)
    assert third == NoticePage([], second.next), "the end is where the cursor does not move"


def test_acknowledged_twice_is_acknowledged_once_and_the_first_time_stands(box: Box) -> None:
    box.notices.put(some([1]))
    for _ in range(2):
        box.notices.acknowledge(COUNCIL, a_notice(1).notice_id, box.clock())
        box.clock.move(hours=1)
    assert box.notices.notice(COUNCIL, a_notice(1).notice_id).acknowledged_at == STARTED_AT


def test_two_who_acknowledge_at_once_both_succeed(box: Box) -> None:
    box.notices.put(some([1]))
    notice_id = a_notice(1).notice_id
    colleague = [lambda: box.notices.acknowledge(COUNCIL, notice_id, STARTED_AT)]

    Calls(interrupted("UpdateItem", colleague)).of_tables()
    box.notices.acknowledge(COUNCIL, notice_id, STARTED_AT + timedelta(hours=1))
    assert box.notices.notice(COUNCIL, notice_id).acknowledged_at == STARTED_AT


@pytest.mark.parametrize("fault", Fault)
def test_an_acknowledgement_that_failed_is_safe_to_repeat(box: Box, fault: Fault) -> None:
    calls = Calls().of_tables()
    box.notices.put(some(range(10)))
    for which in range(1, 10):
        notice_id = a_notice(which).notice_id
        calls.fail(which, fault)
        try:
            box.notices.acknowledge(COUNCIL, notice_id, box.clock())
        except Unavailable:
            assert calls.mend()
        else:
            assert not calls.mend()
            break
        box.notices.acknowledge(COUNCIL, notice_id, box.clock())
        assert box.notices.notice(COUNCIL, notice_id).acknowledged_at
    assert which == 4, "two reads and a write"


@pytest.mark.parametrize("cursor", ["x", "HEAD", "-1", "99999999999999999999", "٣"])
def test_a_cursor_that_was_never_given_out_harms_nobody(box: Box, cursor: str) -> None:
    box.notices.put(some([1]))
    assert {*ids(box.notices.of(COUNCIL, cursor, 10).notices)} <= {*ids(some([1]))}


# Everything has an end


def test_after_ninety_days_a_notice_is_gone_though_it_is_still_there(box: Box) -> None:
    box.notices.put(some([1]))
    box.clock.move(days=1)
    box.notices.put(some([2]))
    box.clock.now = STARTED_AT + KEPT
    assert box.followed() == ids(some([2]))
    with pytest.raises(NoticeNotFound):
        box.notices.notice(COUNCIL, a_notice(1).notice_id)
    with pytest.raises(NoticeNotFound):
        box.notices.acknowledge(COUNCIL, a_notice(1).notice_id, box.clock())
    assert [item for item in dump(REGISTER) if "expires_at" not in item] == heads()


def test_what_has_expired_and_is_still_there_may_be_put_again(box: Box) -> None:
    box.notices.put(some([1]))
    box.clock.now = STARTED_AT + KEPT
    assert box.notices.put(some([1])) == 1
    assert box.followed() == ids(some([1]))
    assert box.notices.notice(COUNCIL, a_notice(1).notice_id) == a_notice(1)


def test_once_the_table_has_removed_the_oldest_all_others_are_still_given_out_and_numbers_go_on(box: Box) -> None:
    box.notices.put(some([1, 2, 3]))
    box.clock.now = STARTED_AT + KEPT - timedelta(hours=1)
    box.notices.put(some([4]))
    box.clock.move(hours=2)
    removed_by_ttl(lambda item: item.get("sk") in map(keys.notice_place, (1, 3)))
    assert box.followed() == ids(some([4]))
    removed_by_ttl(lambda item: item["kind"] != "notice_head")
    box.notices.put(some([5]))
    assert box.followed() == ids(some([5])), "at once: all that was before it has been seen long ago"
    box.notices.put(some([6, 7]))
    assert box.followed() == ids(some([5, 6, 7]))
    removed_by_ttl(lambda item: item["kind"] == "notice" and item["sk"] != keys.notice_place(7))
    assert box.followed() == [], "but what came just after another may be the rest of a write that is seen in part"
    box.clock.move(seconds=BECOMES_VISIBLE.total_seconds())
    assert box.followed() == ids(some([7]))
    box.notices.put(some([8]))
    removed_by_ttl(lambda item: item["kind"] == "notice" and item["sk"] != keys.notice_place(8))
    assert box.followed() == ids(some([8])), "the one before it was put a minute ago"
    assert [item["sk"] for item in dump(REGISTER) if item["kind"] == "notice"] == [keys.notice_place(8)]


def test_a_table_that_was_put_back_in_part_numbers_on_behind_what_lies_there_and_overwrites_nothing(box: Box) -> None:
    box.notices.put(some([1, 2]))
    before = [item for item in RegisterItem.scan() if item.sk == keys.HEAD]
    box.notices.put(some([3, 4]))
    cursor = box.notices.of(COUNCIL, None, 10).next
    for head in before:
        head.save()
    assert box.notices.put(some([5, 6])) == 2
    assert box.followed() == ids(some(range(1, 7)))
    assert ids(box.notices.of(COUNCIL, cursor, 10).notices) == ids(some([5, 6]))
    assert [box.notices.notice(COUNCIL, one.notice_id) for one in some([3, 5])] == some([3, 5])


def test_a_marker_that_leads_to_another_notice_leads_to_none(box: Box) -> None:
    box.notices.put(some([1, 2]))
    (marker,) = [item for item in RegisterItem.scan() if item.pk == keys.notice(a_notice(1).notice_id)]
    assert isinstance(marker, NoticeMarkerItem)
    marker.number = 2
    marker.save()
    with pytest.raises(NoticeNotFound):
        box.notices.notice(COUNCIL, a_notice(1).notice_id)


def test_while_a_closure_is_set_nothing_is_put_that_outlives_the_register(box: Box) -> None:
    box.lives_until = UNTIL
    box.notices.put(some([1]))
    box.watches.put(a_watch())
    box.watches.put(a_watch(TRUST, until=STARTED_AT + timedelta(days=3)))
    by_kind = {(item["kind"], item.get("organisation")): int(item["expires_at"]) for item in dump(REGISTER)}
    until, soon = int(UNTIL.timestamp()), int((STARTED_AT + timedelta(days=3)).timestamp())
    assert by_kind == {
        ("notice", COUNCIL): until,
        ("notice_marker", COUNCIL): until,
        ("notice_head", None): until,
        ("watch", COUNCIL): until,
        ("watch", TRUST): soon,
    }


def test_the_sweep_shortens_what_would_outlive_the_register_and_lengthens_nothing(box: Box) -> None:
    box.notices.put(some([1, 2]))
    box.notices.acknowledge(COUNCIL, a_notice(2).notice_id, box.clock())
    box.watches.put(a_watch())
    box.watches.put(a_watch(TRUST, until=STARTED_AT + timedelta(days=3)))
    box.watches.put(a_watch("EE999999"))
    box.watches.end("child-1", "EE999999", box.clock())
    before = dump(REGISTER)
    assert sweep(box, None) == 0, "nothing is wrong while no closure is set"
    assert dump(REGISTER) == before
    assert sweep(box, UNTIL) == len(before) - 2, "all but the watch that ends before, and the one that was ended"
    stamps = {int(item["expires_at"]) for item in dump(REGISTER)}
    assert max(stamps) == int(UNTIL.timestamp())
    assert box.followed() == ids(some([1]))
    assert [watch.organisation for watch in box.watches.of(["child-1"], box.clock())] == [COUNCIL, TRUST]
    sweep(box, None)
    assert dump(REGISTER) == before, "a closure that is cleared leaves no stamp behind"


def test_destruction_counts_notices_and_watches_by_their_kinds_and_destroys_them(box: Box) -> None:
    box.notices.put([*some([1, 2]), a_notice(1, TRUST)])
    box.watches.put(a_watch())
    ruin = Ruin()
    assert ruin.items.survey(lambda: timedelta(hours=1)) == {
        "notice": 3,
        "notice_head": 2,
        "notice_marker": 3,
        "watch": 1,
    }
    ruin.items.destroy(lambda: timedelta(hours=1))
    assert dump(REGISTER) == []


# Watches


def a_watch(organisation: str = COUNCIL, child_id: str = "child-1", **said: Any) -> Watch:
    known: dict[str, Any] = {
        "reason": WatchReason.MISSING_CHILD,
        "since": STARTED_AT,
        "until": STARTED_AT + timedelta(days=60),
    }
    return Watch(child_id=child_id, organisation=organisation, **(known | said))


def test_a_child_is_watched_by_any_of_its_ids_until_the_watch_ends(box: Box) -> None:
    box.watches.put(a_watch())
    box.watches.put(a_watch(TRUST, "child-2"))
    box.watches.put(a_watch(TRUST, "another"))
    now = box.clock()
    assert box.watches.of(["child-1", "child-2", "child-1"], now) == [a_watch(), a_watch(TRUST, "child-2")]
    assert box.watches.of([], now) == []
    assert box.watches.of(["child-1"], a_watch().until) == []
    assert box.watches.of(["child-1"], a_watch().until - timedelta(seconds=1)) == [a_watch()]


def test_an_organisation_has_one_watch_on_a_child_and_it_is_the_last_one(box: Box) -> None:
    box.watches.put(a_watch())
    other = a_watch(reason=WatchReason.RISK_OF_HARM, until=STARTED_AT + timedelta(days=5))
    box.watches.put(other)
    assert box.watches.of(["child-1"], box.clock()) == [other]


def test_a_watch_that_was_ended_is_gone_at_once_and_no_other_with_it_and_may_be_set_again(box: Box) -> None:
    box.watches.put(a_watch())
    box.watches.put(a_watch(TRUST))
    for _ in range(2):
        box.watches.end("child-1", COUNCIL, box.clock())
        assert box.watches.of(["child-1"], box.clock()) == [a_watch(TRUST)]
    box.watches.end("nobody", COUNCIL, box.clock())
    assert len(dump(REGISTER)) == 2, "hidden, not deleted; and nothing came of ending what was not there"
    box.watches.put(a_watch())
    assert len(box.watches.of(["child-1"], box.clock())) == 2


@pytest.mark.parametrize("fault", Fault)
def test_setting_and_ending_a_watch_is_safe_to_repeat_whatever_fails(box: Box, fault: Fault) -> None:
    calls = Calls().of_tables()
    for which in (1, 2):
        calls.fail(which, fault)
        if which == 1:
            with pytest.raises(Unavailable):
                box.watches.put(a_watch())
            assert calls.mend()
        box.watches.put(a_watch())
        calls.fail(which, fault)
        with pytest.raises(Unavailable):
            box.watches.end("child-1", COUNCIL, box.clock())
        assert calls.mend()
        box.watches.end("child-1", COUNCIL, box.clock())
        assert box.watches.of(["child-1"], box.clock()) == []


def interrupted(operation: str, meanwhile: Sequence[Callable[[], object]]) -> Callable[[Call], None]:
    """Before each such call, the next of these happens; and nothing else happens before what that calls."""
    rest, is_under_way = iter(meanwhile), False

    def before(call: Call) -> None:
        nonlocal is_under_way
        if call.operation == operation and not is_under_way:
            is_under_way = True
            next(rest, lambda: None)()
            is_under_way = False

    return before


def heads() -> list[Stored]:
    return [item for item in dump(REGISTER) if item["kind"] == "notice_head"]


def acknowledged(numbers: Sequence[int]) -> None:
    """In one go: what an acknowledgement writes, and nothing else of it."""
    marked = {a_notice(number).notice_id for number in numbers}
    with RegisterItem.batch_write() as batch:
        for item in NoticeItem.query(keys.notices(COUNCIL)):
            if item.notice_id in marked:
                item.acknowledged_at = codec.text_of(STARTED_AT)
                batch.save(item)


def removed_by_ttl(is_removed: Any) -> None:
    """DynamoDB removes some of what has expired, in whatever order."""
    gone = {(item["pk"], item["sk"]) for item in dump(REGISTER) if "expires_at" in item and is_removed(item)}
    assert gone
    with RegisterItem.batch_write() as batch:
        for item in RegisterItem.scan():
            if (item.pk, item.sk) in gone:
                batch.delete(item)


def sweep(box: Box, lives_until: datetime | None) -> int:
    """How many items a sweep stamps."""
    sweeping = DynamoSweeping(lambda calls: [call() for call in calls], segments=1, page_size=3)
    stamped, after = 0, None
    while True:
        page = sweeping.page(0, after, box.clock())
        wrong = [one for one in page.seen if one.expires_at != one.lives_until(lives_until)]
        stamped += sweeping.stamp(wrong, lives_until)
        after = page.after
        if after is None:
            return stamped
