"""While a closure is set whatever lives expires in time; and the sweep that puts that right wherever it is not so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.conflicts import Conflict
from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Lifecycle
from shared.domain.review import Decision
from shared.domain.sweep import Bookmark
from shared.persistence.models import RegisterItem
from shared.persistence.sweeping import DynamoSweeping
from shared.persistence.telling import DynamoTold
from shared.services.cover import ToldByReceipt
from tests.integration.calls import Calls, Fault
from tests.integration.direct import STARTED_AT, caller, registration
from tests.integration.emulated import DIRECTORY, REGISTER, dump
from tests.integration.pairs import BENS, CATS, COUNCIL, TRUST, a_pair
from tests.integration.people import ABEL, ZOE
from tests.integration.sweeps import Swept, a_swept_register, in_order

CLOSURE = Lifecycle(STARTED_AT + timedelta(days=30))
UNTIL = CLOSURE.latest_stamp or STARTED_AT
ENDED = {"standing": "ended", "ended": "2025-11-18", "started": "2020-01-02", "last_contact": None}


@pytest.fixture
def swept(aws: None) -> Swept:
    _ = aws
    return a_swept_register()


# What is written while a date is set


def test_while_a_date_is_set_all_that_is_written_expires_in_time_and_what_is_hidden_stays_hidden(swept: Swept) -> None:
    desk = swept.desk
    desk.closes(UNTIL)
    case = a_pair(desk)
    assert swept.stamps() == {int(UNTIL.timestamp())}
    desk.put(COUNCIL, "z-1", ZOE)
    desk.put(COUNCIL, "z-1", {**ZOE, "postcode": "EN5 2AB"})
    desk.withdraw(COUNCIL, "z-1")
    assert desk.own(COUNCIL, "z-1") is None
    desk.clock.move(minutes=5)
    desk.put(COUNCIL, "z-1", ZOE)
    assert desk.who(ZOE) == {(COUNCIL, "z-1")}
    for decision in (Decision.SAME, Decision.DIFFERENT):
        desk.decide(case, decision)
        assert swept.stamps() == {int(UNTIL.timestamp())}
    assert {(i, r) for i, r in CATS | BENS if desk.own(i, r)} == CATS | BENS


def test_once_a_date_is_cleared_what_is_written_anew_expires_no_more(swept: Swept) -> None:
    desk = swept.desk
    desk.closes(UNTIL)
    desk.put(COUNCIL, "z-1", ZOE)
    desk.closes(None)
    desk.clock.move(seconds=1)
    desk.put(COUNCIL, "z-1", {**ZOE, "postcode": "EN5 2AB"}, team="Another")
    involvements = [item for item in dump(REGISTER) if item["kind"] in ("involvement", "pointer")]
    assert not any("expires_at" in item for item in involvements)


# The sweep


def test_a_sweep_stamps_all_that_lives_of_every_kind_and_nothing_that_is_hidden(swept: Swept) -> None:
    desk = swept.desk
    a_pair(desk)
    desk.put(TRUST, "z-1", ZOE)
    desk.withdraw(TRUST, "z-1")
    hidden = [item for item in dump(REGISTER) if "expires_at" in item]
    swept.lifecycle = CLOSURE
    told = swept.sweep()
    items = dump(REGISTER)
    assert swept.stamps() == {int(UNTIL.timestamp())}
    assert told == {"seen": len(items) - len(hidden), "stamped": len(items) - len(hidden)}
    assert [item for item in items if item in hidden] == hidden
    assert hidden
    assert desk.who(ZOE) is None


def test_a_closure_that_is_cleared_leaves_no_stamp_behind(swept: Swept) -> None:
    desk = swept.desk
    a_pair(desk)
    before = dump(REGISTER)
    swept.lifecycle = CLOSURE
    swept.sweep()
    swept.lifecycle = Lifecycle()
    swept.sweep()
    assert dump(REGISTER) == before


def test_a_sweep_deletes_nothing_and_writes_nothing_where_nothing_is_wrong(swept: Swept) -> None:
    a_pair(swept.desk)
    calls = Calls().of_tables()
    swept.sweep()
    written = {call.operation for call in calls.made if call.table == REGISTER}
    assert written == {"Scan"}


def test_what_is_hidden_between_reading_and_stamping_stays_hidden(swept: Swept) -> None:
    desk = swept.desk
    desk.put(TRUST, "z-1", ZOE)
    page = DynamoSweeping(in_order, segments=1).page(0, None, desk.clock())
    desk.withdraw(TRUST, "z-1")
    after = dump(REGISTER)
    assert swept.sweeping.stamp(page.seen, UNTIL) == 0
    assert dump(REGISTER) == after


def test_what_is_gone_by_the_time_it_is_stamped_does_not_come_back(swept: Swept) -> None:
    desk = swept.desk
    desk.put(TRUST, "z-1", ZOE)
    page = DynamoSweeping(in_order, segments=1).page(0, None, desk.clock())
    with RegisterItem.batch_write() as batch:
        for item in RegisterItem.scan():
            batch.delete(item)
    assert swept.sweeping.stamp(page.seen, UNTIL) == 0
    assert dump(REGISTER) == []


# What is due


def test_an_involvement_whose_time_is_over_is_found_by_nobody_any_more_though_it_is_still_there(swept: Swept) -> None:
    desk = swept.desk
    desk.put(TRUST, "old", ZOE, **ENDED)
    desk.put(COUNCIL, "now", ABEL)
    assert swept.sweep()["withdrawn"] == 1
    assert desk.own(TRUST, "old") is None
    assert desk.who(ZOE) is None
    assert desk.who(ABEL) == {(COUNCIL, "now")}
    hidden = [item for item in dump(REGISTER) if "expires_at" in item]
    assert {item["kind"] for item in hidden} == {"child", "involvement", "pointer", "claim", "match_key"}


def test_what_a_sensitive_service_said_goes_when_its_time_is_over_too(swept: Swept) -> None:
    desk = swept.desk
    said = registration("t-1", ZOE, service_type="sexual_health", sensitive_basis="consent", **ENDED)
    desk.compartments.put(said, caller=caller(TRUST), told=ToldByReceipt())
    desk.put(COUNCIL, "z-1", ZOE)
    assert desk.sensitive.involvement(TRUST, "t-1", desk.clock())
    assert swept.sweep()["withdrawn"] == 1
    assert desk.sensitive.involvement(TRUST, "t-1", desk.clock()) is None
    assert desk.who(ZOE) == {(COUNCIL, "z-1")}


def test_a_child_who_has_grown_up_is_found_by_nobody_though_it_was_joined_from_two(swept: Swept) -> None:
    desk = swept.desk
    case = a_pair(desk)
    desk.decide(case, Decision.SAME)
    desk.put(COUNCIL, "z-1", ZOE)
    desk.clock.now = datetime(2037, 9, 8, 23, tzinfo=UTC)  # the one of the two that was said last came of age before
    assert swept.sweep()["withdrawn"] == len(CATS | BENS)
    assert not any(desk.own(organisation, reference) for organisation, reference in CATS | BENS)
    assert desk.own(COUNCIL, "z-1")


def test_what_says_that_the_child_died_goes_a_year_later_and_what_another_organisation_says_stays(swept: Swept) -> None:
    desk = swept.desk
    died = STARTED_AT.date() - timedelta(days=3)
    desk.put(TRUST, "died", {**ZOE, "date_of_death": died.isoformat()})
    desk.put(COUNCIL, "silent", ZOE)
    assert desk.who(ZOE) == {(TRUST, "died"), (COUNCIL, "silent")}
    desk.clock.now = STARTED_AT + timedelta(days=361)
    assert not swept.sweep().get("withdrawn")
    desk.clock.move(days=2)
    assert swept.sweep()["withdrawn"] == 1
    assert desk.own(TRUST, "died") is None
    assert desk.who(ZOE) == {(COUNCIL, "silent")}


# Stopped


@pytest.mark.parametrize("fault", [Fault.FAILED, Fault.ANSWER_LOST])
def test_a_sweep_that_is_stopped_at_any_call_is_finished_by_the_next(swept: Swept, fault: Fault) -> None:
    desk = swept.desk
    desk.put(TRUST, "old", ZOE, **ENDED)
    desk.put(COUNCIL, "now", ABEL)
    swept.lifecycle = CLOSURE
    stopped = 0
    calls = Calls().of_tables()
    for which in range(1, 200, 3):
        day = STARTED_AT + timedelta(days=which)
        closes_at = day + timedelta(days=60)
        swept.lifecycle = Lifecycle(closes_at)  # all has to be stamped anew
        desk.clock.now = day
        calls.fail(which, fault)
        try:
            swept.sweep()
        except Unavailable:
            stopped += 1
        if not calls.mend():
            break
        swept.sweep()
        until = swept.lifecycle.latest_stamp
        assert until
        assert swept.stamps() == {int(until.timestamp())}
        assert desk.own(TRUST, "old") is None
        assert desk.own(COUNCIL, "now")
    assert stopped > 3


def test_the_place_of_a_sweep_is_moved_by_one_of_two(swept: Swept) -> None:
    sweeping = swept.sweeping
    assert sweeping.bookmark(0) is None
    begun = sweeping.turn_to(0, Bookmark(date(2026, 11, 20), UNTIL, ("pk", "sk")))
    assert sweeping.bookmark(0) == begun
    assert sweeping.bookmark(1) is None
    with pytest.raises(Conflict):
        sweeping.turn_to(0, Bookmark(date(2026, 11, 20), None))
    done = sweeping.turn_to(0, replace(begun, position=None, is_done=True))
    with pytest.raises(Conflict):
        sweeping.turn_to(0, begun)
    assert sweeping.bookmark(0) == done


def test_once_it_is_forgotten_nothing_tells_where_anything_lay(swept: Swept) -> None:
    swept.sweeping.turn_to(0, Bookmark(date(2026, 11, 20), None, ("ID#nhs_number#hash", "ID")))
    DynamoTold().note("ClosureAnnounced", "then")
    swept.sweeping.forget()
    assert "hash" not in str(dump(DIRECTORY))
    assert DynamoTold().last("ClosureAnnounced") == "then"


# What was told


def test_of_each_kind_of_event_the_last_is_remembered(swept: Swept) -> None:
    _ = swept
    told = DynamoTold()
    assert told.last("RegisterClosed") is None
    told.note("RegisterClosed", "one")
    told.note("RegisterClosed", "two")
    told.note("ClosureAnnounced", "")
    assert (told.last("RegisterClosed"), told.last("ClosureAnnounced")) == ("two", "")
