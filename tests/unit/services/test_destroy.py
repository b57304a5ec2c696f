"""One tick of destruction at a time, over places and a keeper in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.closure import Accepted, Certified
from shared.domain.destruction import Stage
from shared.domain.duration import Duration
from shared.domain.errors import Unavailable
from shared.domain.lifecycle import Lifecycle
from shared.domain.plan import Plan, StepName
from shared.services.destroy import Destroy, Destruction, Stance
from tests.support.closing import FakeClosureKeeper, FakePlace, Killed, Script, killed, plenty
from tests.support.fakes import Clock

LIFECYCLE = Lifecycle.configured("2010-08-06T12:00:00+01:00")
STARTS = datetime(2010, 8, 13, 11, 0, tzinfo=UTC)
DEADLINE = datetime(2010, 10, 6, 11, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NAMES = "stream recovery backups items bucket logs secret key".split()
COPIES, ORIGINALS, TRACES = NAMES[:3], NAMES[3:5], NAMES[5:7]


def latest(step: StepName) -> datetime:
    found = Plan.of(LIFECYCLE, STARTS).latest(step)
    assert found
    return found


def stage(name: str) -> Stage:
    stages = ((COPIES, Stage.COPIES), (ORIGINALS, Stage.ORIGINALS), (TRACES, Stage.TRACES))
    return next((which for names, which in stages if name in names), Stage.KEY)


@dataclass
class Ruin:
    """A register that is due for destruction, in eight places."""

    clock: Clock = field(default_factory=lambda: Clock(STARTS))
    script: Script = field(default_factory=Script)
    lifecycle: Lifecycle = LIFECYCLE
    keeper: FakeClosureKeeper = field(init=False)
    places: dict[str, FakePlace] = field(init=False)

    def __post_init__(self) -> None:
        accepted = Accepted(lifecycle=LIFECYCLE, accepted_at=STARTS - timedelta(days=99), announced_at=None)
        self.keeper = FakeClosureKeeper(accepted, script=self.script)
        # last things first: the order is not that of the list
        self.places = {
            name: FakePlace(name, StepName(name), stage(name), script=self.script, held={"a": 2, "b": 1})
            for name in reversed(NAMES)
        }

    @property
    def task(self) -> Destroy:
        return Destroy(list(self.places.values()), self.keeper, self.lifecycle, self.clock)

    def tick(self, time_left: Callable[[], timedelta] = plenty) -> Destruction:
        return self.task.run(time_left)

    def ticks(self, most: int = 12) -> Destruction:
        """As many as it takes."""
        for _ in range(most):
            if (tick := self.tick()).everything_gone:
                return tick
        return pytest.fail(f"not everything is gone after {most} ticks: {self.task.look()}")

    def called(self, what: str) -> list[str]:
        """The places of which this was asked, in order."""
        return [call.split()[0] for call in self.script.calls if call.endswith(f" {what}") and "note" not in call]

    def held(self) -> set[str]:
        """The places that are not empty."""
        return {name for name, place in self.places.items() if place.held}

    def assert_all_right(self) -> None:
        """All is gone, and every count is that of the beginning."""
        assert self.held() == set()
        progress = self.keeper.held
        assert set(progress.emptied) == set(progress.surveyed) == set(NAMES)
        assert {tuple(s.counts.items()) for s in progress.surveyed.values()} == {(("a", 2), ("b", 1))}
        assert all(surveyed.is_whole for surveyed in progress.surveyed.values())
        assert progress.started_at == STARTS


@pytest.fixture
def ruin() -> Ruin:
    return Ruin()


def test_nothing_is_touched_one_microsecond_early_and_all_goes_in_the_first_tick(ruin: Ruin) -> None:
    ruin.clock.at = STARTS - MICROSECOND
    assert ruin.tick() == Destruction(stance=Stance.WAITING)
    assert ruin.script.calls == []
    ruin.clock.at = STARTS
    assert ruin.tick() == Destruction(stance=Stance.GONE)
    ruin.assert_all_right()


def test_an_open_register_is_not_touched(ruin: Ruin) -> None:
    ruin.lifecycle = Lifecycle()
    assert ruin.tick() == Destruction(stance=Stance.WAITING)
    assert ruin.script.calls == []


@pytest.mark.parametrize(
    "accepted",
    [None, Lifecycle(), replace(LIFECYCLE, window=Duration(months=3)), replace(LIFECYCLE, authority="somebody else")],
)
def test_nothing_is_destroyed_for_a_closure_that_was_not_accepted(ruin: Ruin, accepted: Lifecycle | None) -> None:
    before = ruin.keeper.agreed
    assert before
    ruin.keeper.agreed = replace(before, lifecycle=accepted) if accepted else None
    assert ruin.tick() == Destruction(stance=Stance.REFUSED, at_risk=True)
    assert ruin.script.calls == ["accepted"]
    ruin.clock.at = DEADLINE + MICROSECOND
    assert ruin.tick().overdue


def test_nothing_is_destroyed_if_another_closure_is_accepted_at_the_very_moment(ruin: Ruin) -> None:
    agreed = ruin.keeper.agreed
    assert agreed
    ruin.script.before[2] = lambda: setattr(ruin.keeper, "agreed", replace(agreed, lifecycle=Lifecycle()))
    assert ruin.tick().stance is Stance.REFUSED
    assert ruin.held() == set(NAMES)


def test_all_are_counted_then_each_is_emptied_in_its_turn_then_all_are_read_again_and_then_the_key_goes(
    ruin: Ruin,
) -> None:
    ruin.tick()
    acts = [call for call in ruin.script.calls if call.split()[0] in NAMES]
    first, last = acts.index("stream destroy"), acts.index("key destroy")
    assert {f"{name} survey" for name in NAMES} <= set(acts[:first])
    assert ruin.called("destroy") == NAMES
    again = acts[acts.index("secret destroy") + 2 : last]
    assert {f"{name} remains" for name in NAMES} <= set(again)


def test_a_stage_waits_until_the_one_before_is_empty(ruin: Ruin) -> None:
    ruin.places["backups"].goes_at_once = False
    assert ruin.tick().stance is Stance.DESTROYING
    assert ruin.called("destroy") == COPIES
    tick = ruin.tick()
    assert ruin.called("destroy") == [*COPIES, "backups", *NAMES[3:]]
    assert tick.everything_gone


def test_the_failure_of_one_place_does_not_stop_the_others_of_its_stage(ruin: Ruin) -> None:
    ruin.places["recovery"].broken = {"destroy"}
    tick = ruin.tick()
    assert ruin.called("destroy") == COPIES
    assert ruin.held() == {"recovery", *NAMES[3:]}
    assert tick.failures == ("recovery: destroy: broken",)
    assert {left.place for left in tick.remains} == ruin.held()
    ruin.places["recovery"].broken.clear()
    ruin.ticks()
    ruin.assert_all_right()


def test_a_place_that_cannot_be_read_is_not_taken_to_be_empty(ruin: Ruin) -> None:
    ruin.places["logs"].broken = {"remains"}
    tick = ruin.tick()
    assert (tick.stance, tick.unread, tick.failures) == (Stance.DESTROYING, ("logs",), ("logs: remains: broken",))
    assert ruin.held() == {"key"}
    ruin.places["logs"].broken.clear()
    assert ruin.tick().everything_gone


def test_a_place_that_cannot_be_counted_waits_and_does_not_keep_the_others(ruin: Ruin) -> None:
    ruin.places["stream"].broken = {"survey"}
    tick = ruin.tick()
    assert ruin.called("destroy") == ["recovery", "backups"]
    assert tick.failures == ("stream: survey: broken",)
    ruin.places["stream"].broken.clear()
    ruin.ticks()
    ruin.assert_all_right()


def test_nothing_is_destroyed_while_the_count_goes_on(ruin: Ruin) -> None:
    ruin.places["items"].survey_takes = 3
    assert [ruin.tick().stance for _ in range(2)] == [Stance.COUNTING] * 2
    assert ruin.held() == set(NAMES)
    assert ruin.tick().everything_gone
    ruin.assert_all_right()
    assert ruin.places["logs"].surveys == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_tick_that_is_killed_at_any_call_costs_time_and_nothing_else(when: str) -> None:
    uninterrupted = Ruin()
    uninterrupted.tick()
    for number in range(len(uninterrupted.script.calls)):
        ruin = Ruin()
        getattr(ruin.script, when)[number] = killed
        with pytest.raises(Killed):
            ruin.tick()
        ruin.ticks(3)
        ruin.assert_all_right()


@pytest.mark.parametrize("when", ["before", "after"])
def test_another_tick_in_the_middle_of_one_changes_nothing(when: str) -> None:
    uninterrupted = Ruin()
    uninterrupted.tick()
    for number in range(len(uninterrupted.script.calls)):
        ruin = Ruin()
        getattr(ruin.script, when)[number] = ruin.tick
        ruin.tick()
        ruin.ticks(3)
        ruin.assert_all_right()


def test_any_call_may_fail_once(ruin: Ruin) -> None:
    ruin.tick()
    for number in range(len(ruin.script.calls)):
        other = Ruin()
        other.script.before[number] = _unavailable
        try:
            other.tick()
        except Unavailable:
            assert other.script.calls[-1].split()[0] not in NAMES, "only the keeper may stop a tick"
        other.ticks(3)
        other.assert_all_right()


def test_a_tick_after_the_last_reads_and_does_nothing(ruin: Ruin) -> None:
    ruin.tick()
    before, calls = ruin.keeper.held, len(ruin.script.calls)
    ruin.clock.move(timedelta(days=1))
    assert ruin.tick() == Destruction(stance=Stance.GONE)
    assert ruin.keeper.held == before
    after = ruin.script.calls[calls:]
    assert after[:2] == ["accepted", "progress"]
    assert {call.split()[1] for call in after[2:]} == {"remains"}


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_back_names_itself_and_goes_in_the_next_tick(ruin: Ruin, name: str) -> None:
    ruin.tick()
    ruin.clock.move()
    ruin.places[name].held["survivor"] = 1
    before = len(ruin.called("destroy"))
    assert [left.name for left in ruin.task.look().remains] == ["survivor"]
    assert ruin.tick().everything_gone
    assert ruin.called("destroy")[before:] == [name]
    assert ruin.keeper.held.emptied[name] == ruin.clock.at
    assert "survivor" not in ruin.keeper.held.surveyed[name].counts


def test_what_comes_back_while_others_are_emptied_holds_the_key_back(ruin: Ruin) -> None:
    ruin.tick()
    at = ruin.script.calls.index("secret destroy")
    other = Ruin()
    other.script.before[at] = lambda: other.places["backups"].held.update(behind=1)
    tick = other.tick()
    assert tick.stance is Stance.DESTROYING
    assert [left.name for left in tick.remains if left.place != "key"] == ["behind"]
    assert "backups" not in other.keeper.held.emptied
    assert other.held() == {"backups", "key"}
    assert other.tick().everything_gone


def test_the_key_goes_at_its_latest_instant_whatever_is_left_and_first_of_all(ruin: Ruin) -> None:
    ruin.places["stream"].broken = {"survey", "destroy", "remains"}
    ruin.places["items"].survey_takes = 1000
    ruin.clock.at = latest(StepName.KEY) - MICROSECOND
    ruin.tick()
    assert ruin.places["key"].held
    ruin.clock.at += MICROSECOND
    before = len(ruin.script.calls)
    tick = ruin.tick()
    assert not ruin.places["key"].held
    assert ruin.called("destroy")[-1] != "key"
    assert "key destroy" in ruin.script.calls[before : before + 6]
    assert tick.stance is Stance.DESTROYING
    assert tick.unread == ("stream",)


def test_what_has_to_go_goes_at_its_latest_instant_counted_or_not_and_says_so(ruin: Ruin) -> None:
    ruin.places["items"].survey_takes = 1000
    ruin.clock.at = latest(StepName.ITEMS) - MICROSECOND
    ruin.tick()
    assert ruin.held() >= {"items", "bucket"}
    assert "items" not in ruin.keeper.held.surveyed
    ruin.clock.at += MICROSECOND
    assert ruin.tick().everything_gone
    items = ruin.keeper.held.surveyed["items"]
    assert (items.is_whole, items.counts) == (False, {})
    assert ruin.keeper.held.surveyed["bucket"].is_whole


def test_a_stage_begins_at_its_latest_instant_though_the_one_before_is_not_empty(ruin: Ruin) -> None:
    ruin.places["backups"].broken = {"destroy"}
    ruin.clock.at = latest(StepName.ITEMS) - MICROSECOND
    ruin.tick()
    assert ruin.held() == {"backups", *NAMES[3:]}
    ruin.clock.at += MICROSECOND
    ruin.tick()
    assert ruin.held() == {"backups", *NAMES[4:]}


def test_once_the_key_is_gone_items_that_were_found_gone_need_not_be_read(ruin: Ruin) -> None:
    ruin.tick()
    ruin.places["items"].broken = {"survey", "destroy", "remains"}
    assert ruin.tick() == Destruction(stance=Stance.GONE)


@pytest.mark.parametrize("name", ["stream", "recovery", "backups", "bucket"])
def test_what_is_told_without_the_key_has_to_be_told_when_it_is_gone(ruin: Ruin, name: str) -> None:
    ruin.tick()
    ruin.places[name].broken = {"remains"}
    assert ruin.tick().unread == (name,)


def test_once_the_key_is_gone_a_table_that_was_never_found_empty_has_to_answer(ruin: Ruin) -> None:
    ruin.clock.at = latest(StepName.KEY)
    ruin.places["items"].broken = {"survey", "destroy", "remains"}
    tick = ruin.tick()
    assert not ruin.places["key"].held
    assert (tick.stance, tick.unread) == (Stance.DESTROYING, ("items",))


def test_while_the_key_opens_the_table_it_has_to_answer_though_it_was_found_empty(ruin: Ruin) -> None:
    ruin.tick()
    ruin.places["items"].broken = {"remains"}
    ruin.places["key"].held["deletion cancelled"] = 1
    assert ruin.tick().unread == ("items",)
    assert ruin.places["key"].held


def test_without_time_nothing_more_is_begun_and_the_key_waits_for_a_last_reading(ruin: Ruin) -> None:
    left = [timedelta(seconds=9)] * 5

    def time_left() -> timedelta:
        return left.pop() if left else timedelta()

    tick = ruin.tick(time_left)
    assert ruin.called("destroy") == NAMES[:5]
    assert tick.stance is Stance.DESTROYING
    left = [timedelta(seconds=9)] * 2
    assert ruin.tick(time_left).stance is Stance.DESTROYING
    assert ruin.held() == {"key"}
    assert ruin.tick(timedelta).everything_gone, "nothing was destroyed, so the first reading is the last"


def test_a_step_is_at_risk_once_its_latest_instant_has_passed_and_not_before(ruin: Ruin) -> None:
    ruin.places["recovery"].broken = {"destroy"}
    ruin.clock.at = latest(StepName.RECOVERY)
    tick = ruin.tick()
    assert (tick.late, tick.at_risk) == ((), False)
    ruin.clock.at += MICROSECOND
    tick = ruin.tick()
    assert (tick.late, tick.at_risk) == ((StepName.RECOVERY,), True)
    ruin.clock.at = latest(StepName.KEY) + MICROSECOND
    assert ruin.tick().late == (StepName.RECOVERY, StepName.VERIFICATION)


def test_a_certificate_that_is_missing_is_late_too(ruin: Ruin) -> None:
    ruin.clock.at = latest(StepName.CERTIFICATE) + MICROSECOND
    tick = ruin.tick()
    assert (tick.everything_gone, tick.late) == (True, (StepName.CERTIFICATE,))
    ruin.keeper.note_certified(Certified(at=ruin.clock.at, sha256="0"))
    assert ruin.tick().late == ()


def test_what_is_left_after_the_deadline_is_overdue_and_not_before(ruin: Ruin) -> None:
    ruin.places["bucket"].broken = {"destroy"}
    ruin.clock.at = DEADLINE
    assert not ruin.tick().overdue
    ruin.clock.at += MICROSECOND
    assert ruin.tick().overdue
    ruin.places["bucket"].broken.clear()
    tick = ruin.tick()
    assert (tick.everything_gone, tick.overdue) == (True, False)


def test_a_look_reads_and_does_nothing(ruin: Ruin) -> None:
    ruin.clock.at = STARTS - MICROSECOND
    looked = ruin.task.look()
    assert looked.stance is Stance.WAITING
    assert {left.place for left in looked.remains} == set(NAMES)
    ruin.clock.at = STARTS
    assert ruin.task.look().stance is Stance.DESTROYING
    assert {call.split()[-1] for call in ruin.script.calls} == {"progress", "remains"}
    ruin.tick()
    before = ruin.keeper.held
    ruin.places["items"].held["survivor"] = 1
    ruin.task.look()
    assert ruin.keeper.held == before


happenings = st.one_of(
    st.tuples(st.just("kill"), st.integers(0, 60)),
    st.tuples(st.just("overlap"), st.integers(0, 60)),
    st.tuples(st.just("fail"), st.integers(0, 60)),
    st.tuples(st.just("refill"), st.sampled_from(NAMES)),
    st.tuples(st.just("refill meanwhile"), st.integers(0, 60)),
    st.tuples(st.just("wait"), st.integers(0, 80)),
    st.tuples(st.just("nothing"), st.just(0)),
)


@given(st.lists(happenings, max_size=12), st.sampled_from(NAMES))
def test_whatever_happens_nothing_goes_early_and_gone_means_gone(
    happening: list[tuple[str, int | str]], meanwhile: str
) -> None:
    ruin = Ruin(Clock(STARTS - timedelta(days=3)))
    for what, which in happening:
        _happens(ruin, what, which, meanwhile)
        waits = ruin.clock.at < STARTS
        key_was_there = bool(ruin.places["key"].held)
        try:
            tick = ruin.tick()
        except (Killed, Unavailable):
            tick = None
        if waits:
            assert ruin.called("destroy") == []
            continue
        if tick and tick.everything_gone:
            assert ruin.held() - {meanwhile} == set()
        if key_was_there and not ruin.places["key"].held and ruin.clock.at < latest(StepName.KEY):
            assert set(ruin.keeper.held.emptied) | {meanwhile} >= set(NAMES[:-1])
    ruin.script.before.clear()
    ruin.clock.at = max(ruin.clock.at, STARTS)
    assert not ruin.ticks(4).remains
    assert ruin.held() == set()


def _happens(ruin: Ruin, what: str, which: int | str, meanwhile: str) -> None:
    if isinstance(which, str):
        if which != "items" or ruin.places["key"].held:  # without its key nothing comes into a table
            ruin.places[which].held["survivor"] = 1
    elif what == "wait":
        ruin.clock.move(timedelta(days=which))
    elif what != "nothing":
        acts: dict[str, Callable[[], object]] = {
            "kill": killed,
            "overlap": ruin.tick,
            "fail": _unavailable,
            "refill meanwhile": lambda: _happens(ruin, "refill", meanwhile, meanwhile),
        }
        ruin.script.before[len(ruin.script.calls) + which] = acts[what]


def _unavailable() -> None:
    raise Unavailable("a fault for a test")


def test_what_comes_again_by_itself_goes_at_every_tick_and_holds_nothing_back(ruin: Ruin) -> None:
    logs = ruin.places["logs"]
    assert ruin.ticks().everything_gone
    for _ in range(2):
        logs.passing = {"made anew": 1}
        assert [left.name for left in ruin.task.look().remains] == ["made anew"]
        assert ruin.tick() == Destruction(stance=Stance.GONE)
        assert logs.passing == {}
    ruin.assert_all_right()


def test_what_came_after_closure_is_not_destroyed_before_its_turn(ruin: Ruin) -> None:
    ruin.places["logs"].passing = {"made anew": 1}
    ruin.places["items"].goes_at_once = False
    ruin.tick()
    assert ruin.held() & {"items", "logs"} == {"items", "logs"}
    assert ruin.places["logs"].passing


def test_what_only_a_person_can_destroy_is_at_risk_from_the_start_and_does_not_keep_the_rest(ruin: Ruin) -> None:
    ruin.places["logs"].out_of_reach = True
    tick = ruin.tick()
    assert (tick.stance, tick.at_risk, tick.overdue) == (Stance.DESTROYING, True, False)
    assert ruin.held() == {"logs", "key"}
    ruin.places["logs"].held.clear()
    assert ruin.tick() == Destruction(stance=Stance.GONE)
