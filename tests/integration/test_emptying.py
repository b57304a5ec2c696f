"""The Register is emptied on moto, whatever happens meanwhile: nothing left, and every item counted once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from shared.domain.closure import Surveyed
from shared.domain.destruction import Remains, Stage
from shared.domain.errors import Unavailable
from shared.domain.plan import StepName
from shared.persistence.copies import RegisterVault
from shared.persistence.elsewhere import KnownCopies
from shared.runtime.parallel import side_by_side
from shared.services.destroy import Stance
from tests.integration.calls import Fault
from tests.integration.emulated import REGISTER, carried_to_kinesis, dump, dynamodb, put_back, taken
from tests.integration.ruins import STARTS, Ruin
from tests.support.closing import FakePlace, Killed, killed, plenty


@pytest.fixture
def ruin(aws: None) -> Ruin:
    _ = aws
    return Ruin()


def test_twenty_thousand_items_are_destroyed_though_the_function_is_killed_at_random(aws: None) -> None:
    _ = aws
    ruin = Ruin(segments=4, most_of_a_page=5000)
    counts = ruin.fill(20_000)
    assert ruin.interrupted(seeded(4), most_calls=800) > 1
    ruin.assert_destroyed(counts)


@pytest.mark.parametrize("seed", range(12))
def test_a_function_killed_at_random_again_and_again_gets_there(aws: None, seed: int) -> None:
    _ = aws
    draws = seeded(seed)
    ruin = Ruin(segments=draws.randint(1, 5), most_of_a_page=draws.choice((7, 30, 100)))
    counts = ruin.fill(draws.randint(0, 400))
    ruin.interrupted(draws, most_calls=draws.choice((60, 100, 200)))
    ruin.assert_destroyed(counts)


def small(number: int) -> tuple[Ruin, Counter[str], range]:
    """A register of two segments and a few pages; how many of what; and the calls that it takes to empty it."""
    ruin = Ruin(segments=2, most_of_a_page=8)
    counts = ruin.fill(number)
    items = taken(REGISTER)
    ruin.calls.made.clear()
    ruin.empty()
    calls = range(1, len(ruin.calls.made) + 1)
    ruin.assert_empty(counts)
    put_back(REGISTER, items)
    return ruin, counts, calls


def test_a_function_killed_at_any_call_gets_there(aws: None) -> None:
    _ = aws
    ruin, counts, calls = small(30)
    items = taken(REGISTER)
    for number in calls:
        put_back(REGISTER, items)
        ruin.keeper.forget()
        ruin.at_call(number, killed)
        with pytest.raises(Killed):
            ruin.empty()
        ruin.empty()
        ruin.assert_empty(counts)


def test_another_run_in_the_middle_of_one_changes_nothing(aws: None) -> None:
    _ = aws
    ruin, counts, calls = small(30)
    items = taken(REGISTER)
    for number in calls:
        put_back(REGISTER, items)
        ruin.keeper.forget()
        ruin.at_call(number, ruin.empty)
        ruin.empty()
        ruin.empty()
        ruin.assert_empty(counts)


def test_two_runs_at_once_count_every_item_once(aws: None) -> None:
    _ = aws
    ruin = Ruin(segments=8, most_of_a_page=30, side_by_side=side_by_side)
    counts = ruin.fill(600)
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(ruin.tick) for _ in range(2)]
        assert all(run.result().stance in (Stance.GONE, Stance.DESTROYING, Stance.COUNTING) for run in runs)
    ruin.assert_destroyed(counts)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.RESET, Fault.ANSWER_LOST])
def test_whatever_call_fails_the_next_run_goes_on(aws: None, fault: Fault) -> None:
    _ = aws
    ruin, counts, calls = small(30)
    items = taken(REGISTER)
    for number in calls:
        put_back(REGISTER, items)
        ruin.keeper.forget()
        ruin.calls.fail(number, fault)
        with suppress(Unavailable):  # a batch that is throttled is asked for again
            ruin.empty()
        assert ruin.calls.mend()
        ruin.empty()
        ruin.assert_empty(counts)


def test_the_count_is_of_every_kind_and_takes_up_where_the_time_ran_out(aws: None) -> None:
    _ = aws
    ruin = Ruin(segments=3, most_of_a_page=10)
    counts = ruin.fill(180)
    assert ruin.items.survey(timedelta) is None
    told = [ruin.items.survey(time_for(4)) for _ in range(20)]
    assert told[0] is None
    assert told[-1] == {
        "case": 10, "child": 10, "claim": 20, "involvement": 20, "match_key": 90, "other": 10, "pointer": 20,
    }  # fmt: skip
    assert told[-1] == dict(counts)
    reads = ruin.calls.count()["Scan"]
    assert ruin.items.survey(plenty) == told[-1]
    assert ruin.calls.count()["Scan"] == reads, "what is counted is not read again"


def test_deleting_stops_before_the_time_is_up_and_goes_on_from_there(aws: None) -> None:
    _ = aws
    ruin = Ruin(segments=1, most_of_a_page=100)
    ruin.fill(300)
    ruin.items.destroy(timedelta)
    assert len(dump(REGISTER)) == 300
    ruin.items.destroy(time_for(3))
    assert len(dump(REGISTER)) == 250, "a page was begun, and two batches of it deleted"
    (segment,) = [item for item in dump("Directory") if item["kind"] == "bookmark"]
    assert segment["position"]
    ruin.items.destroy(plenty)
    assert dump(REGISTER) == []
    (segment,) = [item for item in dump("Directory") if item["kind"] == "bookmark"]
    assert "position" not in segment, "the keys of the Register go with it"


def test_what_is_written_behind_a_run_names_itself_and_goes_with_the_next(aws: None) -> None:
    _ = aws
    ruin = Ruin(segments=1, most_of_a_page=50)
    ruin.fill(200)
    ruin.items.destroy(time_for(3))
    ruin.plant()
    for _ in range(2):
        assert ruin.items.remains()
        ruin.items.destroy(plenty)
    assert ruin.items.remains() == []
    assert dump(REGISTER) == []


def test_positions_of_a_run_with_another_number_of_segments_go_too(aws: None) -> None:
    _ = aws
    before = Ruin(segments=5, most_of_a_page=20)
    counts = before.fill(200)
    assert before.items.survey(time_for(1)) is None
    ruin = Ruin(segments=2, most_of_a_page=20)
    assert ruin.tick().everything_gone
    ruin.assert_destroyed(counts)


def test_a_key_of_the_register_that_is_still_remembered_is_not_nothing(aws: None) -> None:
    _ = aws
    ruin = Ruin(segments=1, most_of_a_page=20)
    counts = ruin.fill(90)
    assert ruin.items.survey(plenty)
    ruin.items.destroy(time_for(3))
    put_back(REGISTER, {})
    assert ruin.items.remains() == [Remains(place="register-items", name="bookmarks", count=1)]
    ruin.keeper.note_surveyed("register-items", Surveyed(counts=counts, at=STARTS))
    assert ruin.tick().everything_gone
    ruin.assert_destroyed(counts)


def test_an_item_without_an_expiry_that_appears_afterwards_is_found_and_destroyed(ruin: Ruin) -> None:
    counts = ruin.fill(50)
    assert ruin.tick().everything_gone
    ruin.plant()
    looked = ruin.destroy.look()
    assert looked.remains == (Remains(place="register-items", name=REGISTER, count=1),)
    assert ruin.tick().everything_gone
    ruin.assert_destroyed(counts)


def test_a_backup_made_and_recovery_switched_on_behind_its_back_are_found_and_destroyed(ruin: Ruin) -> None:
    counts = ruin.fill(50)
    _recover(on=True)
    for number in range(3):
        dynamodb().create_backup(TableName=REGISTER, BackupName=f"before-{number}")
    assert ruin.tick().everything_gone
    surveyed = ruin.keeper.progress().surveyed
    assert surveyed["register-recovery"].counts == {"recoveries": 1}
    assert surveyed["register-backups"].counts == {"backups": 3}

    _recover(on=True)
    backup = dynamodb().create_backup(TableName=REGISTER, BackupName="behind")["BackupDetails"]["BackupArn"]
    assert {left.name for left in ruin.destroy.look().remains} == {REGISTER, backup}
    assert ruin.tick().everything_gone
    assert dynamodb().list_backups(TableName=REGISTER)["BackupSummaries"] == []
    ruin.assert_destroyed(counts)


def test_the_stream_is_switched_off_and_a_second_time_changes_nothing(ruin: Ruin) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    dynamodb().update_table(TableName=REGISTER, StreamSpecification=stream)  # type: ignore[arg-type]  # a plain dict
    place = ruin.copies[0]
    assert place.survey(plenty) == {"streams": 1}
    assert place.remains() == [Remains(place="register-stream", name=REGISTER)]
    for _ in range(2):
        place.destroy(plenty)
        assert place.remains() == []
    assert ruin.calls.count()["UpdateTable"] == 1


def test_an_index_that_somebody_added_is_read_too(ruin: Ruin) -> None:
    dynamodb().update_table(
        TableName=REGISTER,
        AttributeDefinitions=[{"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-kind",
                    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            }
        ],
    )
    ruin.plant()
    assert {left.name for left in ruin.items.remains()} == {REGISTER, f"{REGISTER}/index/by-kind"}


def test_what_a_batch_left_undone_is_asked_for_again(ruin: Ruin) -> None:
    ruin.fill(25)
    events: Any = ruin.client.meta.events
    withheld: list[Any] = []

    def withhold(params: Any, model: Any, **_event: Any) -> None:
        requests = params["RequestItems"][REGISTER]
        if model.name == "BatchWriteItem" and len(requests) > 7:
            withheld[:] = requests[7:]
            params["RequestItems"][REGISTER] = requests[:7]

    def say_so(parsed: Any, **_event: Any) -> None:
        parsed["UnprocessedItems"] = {REGISTER: list(withheld)} if withheld else {}
        withheld.clear()

    events.register("provide-client-params.dynamodb.BatchWriteItem", withhold)
    events.register("after-call.dynamodb.BatchWriteItem", say_so)
    replace(ruin.items, segments=1).destroy(plenty)
    assert dump(REGISTER) == []
    assert ruin.waits == [0, 1, 2]


def test_a_batch_that_is_throttled_waits_and_one_that_is_never_done_is_an_answer(ruin: Ruin) -> None:
    ruin.fill(25)
    items = replace(ruin.items, segments=1)
    ruin.calls.fail(3, Fault.THROTTLED)
    items.destroy(plenty)
    assert dump(REGISTER) == []
    assert ruin.waits == [0]

    ruin.fill(25)
    ruin.waits.clear()
    events: Any = ruin.client.meta.events
    events.register("before-call.dynamodb.BatchWriteItem", lambda **_event: Fault.THROTTLED.strike())
    with pytest.raises(Unavailable, match="left items undone"):
        items.destroy(plenty)
    assert ruin.waits == list(range(10))
    assert len(dump(REGISTER)) == 25


def test_recovery_points_are_deleted_each_in_its_vault(ruin: Ruin) -> None:
    ruin.vault.points = {f"arn:{number}": f"vault-{number % 2}" for number in range(5)}
    assert ruin.tick().everything_gone
    assert ruin.vault.points == {}
    assert ruin.keeper.progress().surveyed["register-vault"].counts == {"recovery_points": 5}


def test_a_recovery_point_that_is_said_to_be_deleted_and_is_not_holds_everything_back(ruin: Ruin) -> None:
    ruin.fill(10)
    ruin.vault.points, ruin.vault.deletes = {"arn:1": "vault"}, False
    tick = ruin.tick()
    assert tick.stance is Stance.DESTROYING
    assert Remains(place="register-vault", name="arn:1") in tick.remains
    assert len(dump(REGISTER)) == 10


def test_a_recovery_point_that_may_not_be_deleted_does_not_keep_the_others(ruin: Ruin) -> None:
    ruin.vault.points = {"arn:1": "vault", "arn:2": "vault", "arn:3": "vault"}
    ruin.vault.refused = {"arn:1"}
    tick = ruin.tick()
    assert tick.failures == ("register-vault: DeleteRecoveryPoint: AccessDeniedException",)
    assert [left.name for left in tick.remains] == ["arn:1"]


def test_a_table_that_aws_backup_has_never_heard_of_has_no_recovery_points(ruin: Ruin) -> None:
    ruin.vault.knows_the_table = False
    assert ruin.tick().everything_gone


def test_an_aws_backup_that_cannot_answer_is_not_taken_to_be_empty(ruin: Ruin) -> None:
    """Such as moto's."""
    (vault,) = [place for place in ruin.copies if isinstance(place, RegisterVault)]
    silent = replace(vault, backups=boto3.client("backup"))
    with pytest.raises(Unavailable, match="ListRecoveryPointsByResource: "):
        silent.remains()


def seeded(seed: int) -> random.Random:
    """The same draws in every run of the tests."""
    return random.Random(seed)  # noqa: S311  # nothing is kept secret by it


def time_for(steps: int) -> Callable[[], timedelta]:
    """A time that is up after it was asked for so often."""
    left = iter([timedelta(seconds=1)] * steps)
    return lambda: next(left, timedelta())


def _recover(*, on: bool) -> None:
    dynamodb().update_continuous_backups(
        TableName=REGISTER, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
    )


# What somebody did by hand, and what AWS does by itself

STREAM = "arn:aws:kinesis:eu-west-2:123456789012:stream"


def test_a_table_that_somebody_deleted_holds_nothing_and_its_backups_are_found_all_the_same(ruin: Ruin) -> None:
    ruin.fill(20)
    dynamodb().create_backup(TableName=REGISTER, BackupName="before")
    ruin.vault.points = {"arn:1": "vault"}
    dynamodb().delete_table(TableName=REGISTER)
    assert {left.place for left in ruin.destroy.look().remains} == {"register-backups", "register-vault"}
    assert ruin.tick().everything_gone
    assert ruin.vault.points == {}
    assert dynamodb().list_backups(TableName=REGISTER)["BackupSummaries"] == []
    surveyed = ruin.keeper.progress().surveyed
    assert surveyed["register-items"].counts == {"tables": 0}, "nobody can say what was in it"
    assert surveyed["register-stream"].counts == {"streams": 0}


def test_a_table_that_is_deleted_while_its_items_go_leaves_no_key_behind(ruin: Ruin) -> None:
    items = replace(ruin.items, segments=1, most_of_a_page=50)
    ruin.fill(200)
    items.destroy(time_for(3))
    dynamodb().delete_table(TableName=REGISTER)
    assert [left.name for left in items.remains()] == ["bookmarks"]
    items.destroy(plenty)
    assert items.remains() == []


def test_a_backup_that_dynamodb_makes_once_the_key_is_unusable_is_destroyed_by_a_later_tick(ruin: Ruin) -> None:
    """A table whose key opens nothing for seven days is archived by DynamoDB into a backup on demand."""
    ruin.fill(10)
    task = replace(ruin.destroy, places=(*ruin.destroy.places, FakePlace("key", StepName.KEY, Stage.KEY)))
    assert task.run(plenty).everything_gone
    events: Any = ruin.client.meta.events
    events.register("before-call.dynamodb.Scan", lambda **_event: Fault.FAILED.strike())
    dynamodb().create_backup(TableName=REGISTER, BackupName="archived")
    assert [left.place for left in task.look().remains] == ["register-backups"]
    assert task.run(plenty).everything_gone
    assert dynamodb().list_backups(TableName=REGISTER)["BackupSummaries"] == []


def test_no_item_is_deleted_while_its_deletion_would_be_carried_on_to_kinesis(ruin: Ruin) -> None:
    ruin.fill(10)
    streams = carried_to_kinesis(REGISTER)
    streams |= {f"{STREAM}/on": "ACTIVE", f"{STREAM}/off": "DISABLED"}
    before: list[str] = []
    ruin.calls.before = lambda call: before.append(call.operation)
    assert ruin.tick().everything_gone
    assert set(streams.values()) == {"DISABLED"}
    assert before.index("DisableKinesisStreamingDestination") < before.index("BatchWriteItem")
    assert ruin.keeper.progress().surveyed["register-kinesis"].counts == {"data_streams": 1}


def test_a_replica_in_another_region_holds_everything_back_and_says_that_a_person_has_to_look(ruin: Ruin) -> None:
    ruin.fill(10)
    replicas = [{"RegionName": "eu-west-2"}, {"RegionName": "eu-west-1"}]

    def told(parsed: Any, **_event: Any) -> None:
        parsed["Table"]["Replicas"] = replicas

    events: Any = ruin.client.meta.events
    events.register("after-call.dynamodb.DescribeTable", told)
    tick = ruin.tick()
    assert (tick.stance, tick.at_risk) == (Stance.DESTROYING, True)
    assert [left.name for left in tick.remains] == [f"{REGISTER} in eu-west-1"]
    assert tick.failures == (f"register-replicas: to be removed by hand, with their backups: {REGISTER} in eu-west-1",)
    assert dump(REGISTER) == [], "items go there, too"
    replicas.pop()
    assert ruin.tick().everything_gone


def test_exports_and_what_kinesis_took_are_known_also_once_the_table_is_gone(ruin: Ruin) -> None:
    def known() -> list[tuple[str, str]]:
        copies = KnownCopies(table=REGISTER, client=ruin.client, account=lambda: "123456789012")
        return [(copy.what, copy.where) for copy in copies.known()]

    assert known() == []
    carried_to_kinesis(REGISTER)["arn:off"] = "DISABLED"
    exports = {"ExportSummaries": [{"ExportArn": "arn:ok"}, {"ExportArn": "arn:no", "ExportStatus": "FAILED"}]}
    asked: list[str] = []

    def told(params: Any, **_event: Any) -> None:
        asked.append(params["TableArn"])

    events: Any = ruin.client.meta.events
    events.register("provide-client-params.dynamodb.ListExports", told)
    events.register("after-call.dynamodb.ListExports", lambda parsed, **_event: parsed.update(exports))
    export = ("export of the table to S3", "arn:ok")
    assert known() == [("changes of the table, carried on to Kinesis", "arn:off"), export]
    dynamodb().delete_table(TableName=REGISTER)
    assert known() == [export]
    assert asked == [f"arn:aws:dynamodb:eu-west-2:123456789012:table/{REGISTER}"] * 2
