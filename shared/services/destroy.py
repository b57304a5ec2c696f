"""Destroys what the register held, place by place, in order: one tick of a schedule at a time.

A tick is a function of the time, the configuration and what is there. What was done before is read and not remembered,
so a tick that is missed, repeated, killed or met by another one costs time and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from shared.domain.closure import Surveyed
from shared.domain.destruction import Stage
from shared.domain.errors import Unavailable
from shared.domain.plan import Plan, StepName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from shared.domain.closure import ClosureKeeper, Progress
    from shared.domain.destruction import Place, Remains, TimeLeft
    from shared.domain.lifecycle import Lifecycle
    from shared.domain.ports import Clock

_NONE_LEFT = timedelta()
_IN_ORDER = tuple(StepName)

_BEHIND_THE_KEY = StepName.ITEMS
"""The step whose place cannot be read any more once the table's key is scheduled for deletion: DynamoDB then calls the
table INACCESSIBLE_ENCRYPTION_CREDENTIALS, and gives out nothing that is in it. What is about the table (stream, recovery,
backups) it goes on telling.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""


class Stance(StrEnum):
    """What a tick found that it had to do."""

    WAITING = "waiting"
    """No closure is set, or it is too early to destroy anything."""
    REFUSED = "refused"
    """Another closure was accepted than the one configured, or none: nothing is destroyed."""
    COUNTING = "counting"
    """Some place is not counted yet, and until it is nothing is destroyed."""
    DESTROYING = "destroying"
    """Something is left, or may be."""
    GONE = "gone"
    """Every place was read, after the last deletion, and found empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """How it stands after a tick."""

    stance: Stance
    remains: tuple[Remains, ...] = ()
    """What is left, as far as it was read."""
    unread: tuple[str, ...] = ()
    """The places that could not be read: nobody knows what they hold."""
    failures: tuple[str, ...] = ()
    """What went wrong, with the place: `register-backups: ListBackups: AccessDeniedException`. Nothing personal."""
    late: tuple[StepName, ...] = ()
    """Steps that are not done and whose latest safe instant has passed."""
    at_risk: bool = False
    """Whether something may still be there at the deadline, unless somebody looks after it."""
    overdue: bool = False
    """Whether the deadline has passed, and not everything is gone."""

    @property
    def everything_gone(self) -> bool:
        """Whether nothing is left anywhere, by reading."""
        return self.stance is Stance.GONE


@dataclass(frozen=True, slots=True)
class Destroy:
    """The use case. `lifecycle` is what this process is configured with; every place has a name of its own."""

    places: Sequence[Place]
    keeper: ClosureKeeper
    lifecycle: Lifecycle
    clock: Clock

    def run(self, time_left: TimeLeft) -> Destruction:
        """One tick. Raises Unavailable if the keeper does not answer; a place that does not is told in the answer.

        Nothing is destroyed before the instant that the lifecycle names, nor for a closure that no deployment was
        allowed to set. All places are counted before any is emptied. A place has its turn when all of an earlier
        stage were read and found empty, and the key goes when all others were, once more after the last deletion.
        Whatever is not done at its latest safe instant is done then, counted or not, in whatever order: the deadline
        comes before the inventory. The key goes first of all then, for it makes unreadable whatever is left.
        """
        now = self.clock()
        if not self.lifecycle.may_destroy(now):
            return self._stands(Stance.WAITING, now)
        if not self._is_accepted():
            return self._stands(Stance.REFUSED, now)
        progress = self.keeper.progress()
        if progress.started_at is None:
            self.keeper.note_started(now)
            # the guard may have accepted another closure just before it could see that this one has begun
            if not self._is_accepted():
                return self._stands(Stance.REFUSED, now)
        return _Tick(self, progress, now, time_left).run()

    def look(self) -> Destruction:
        """How it stands, by reading and doing nothing. Raises Unavailable if the keeper does not answer."""
        now = self.clock()
        tick = _Tick(self, self.keeper.progress(), now, timedelta, takes_notes=False)
        return tick.look(Stance.DESTROYING if self.lifecycle.may_destroy(now) else Stance.WAITING)

    def _is_accepted(self) -> bool:
        accepted = self.keeper.accepted()
        return accepted is not None and accepted.lifecycle == self.lifecycle

    def _stands(self, stance: Stance, now: datetime) -> Destruction:
        """Nothing was read: as far as anybody knows nothing is done."""
        late = _late(Plan.of(self.lifecycle, now), is_done=lambda _step: False)
        is_refused = stance is Stance.REFUSED
        return Destruction(
            stance=stance, late=late, at_risk=is_refused or bool(late), overdue=_is_over(self.lifecycle, now)
        )


@dataclass(slots=True)
class _Tick:
    """What one tick has found so far, by the name of the place. `progress` is as it was when the tick began."""

    task: Destroy
    progress: Progress
    now: datetime
    time_left: TimeLeft
    takes_notes: bool = True
    plan: Plan = field(init=False)
    places: Sequence[Place] = field(init=False)
    """In the order in which their turns come."""
    found: dict[str, Sequence[Remains] | None] = field(default_factory=dict, init=False)
    """What holds the certificate back, and None if it could not be read."""
    passing: dict[str, Sequence[Remains]] = field(default_factory=dict, init=False)
    """What does not."""
    surveyed: set[str] = field(init=False)
    emptied: set[str] = field(init=False)
    failures: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.plan = Plan.of(self.task.lifecycle, self.now)
        self.places = sorted(self.task.places, key=lambda place: (place.stage, _IN_ORDER.index(place.step)))
        self.surveyed, self.emptied = set(self.progress.surveyed), set(self.progress.emptied)

    def run(self) -> Destruction:
        """Counts, destroys, reads again, and then the key."""
        if self._is_last_chance(StepName.KEY):
            self._destroy_key()
        is_counted = self._survey_all()
        self._read_all()
        is_verified = True
        if self._destroy_in_order(is_counted=is_counted):
            is_verified = self.time_left() > _NONE_LEFT
            if is_verified:
                self._read_all()
        if is_verified and is_counted and all(self._is_empty(place) for place in self._but_the_key()):
            self._destroy_key()
        if not is_counted:
            return self._answer(Stance.COUNTING)
        is_gone = is_verified and all(self._is_empty(place) for place in self.places)
        return self._answer(Stance.GONE if is_gone else Stance.DESTROYING)

    def look(self, stance: Stance) -> Destruction:
        """Only reads."""
        self._read_all()
        return self._answer(Stance.GONE if all(self._is_empty(place) for place in self.places) else stance)

    def _survey_all(self) -> bool:
        """Whether the time sufficed. A place that could not be counted waits, and does not keep the others."""
        counted = [self._survey(place) for place in self.places if place.name not in self.surveyed]
        return all(counted)

    def _survey(self, place: Place) -> bool:
        counts, is_answered = None, True
        try:
            counts = place.survey(self.time_left)
        except Unavailable as error:
            self._failed(place, error)
            is_answered = False
        if counts is not None:
            self._note_surveyed(place, Surveyed(counts=counts, at=self.task.clock()))
        elif self._is_last_chance(place.step):
            self._note_surveyed(place, Surveyed(counts={}, at=self.task.clock(), is_whole=False))
        elif is_answered:
            return False
        return True

    def _note_surveyed(self, place: Place, surveyed: Surveyed) -> None:
        self.task.keeper.note_surveyed(place.name, surveyed)
        self.surveyed.add(place.name)

    def _destroy_in_order(self, *, is_counted: bool) -> bool:
        """Whether anything was destroyed, or may have been, that holds the certificate back."""
        has_destroyed = False
        for place in self._but_the_key():
            is_empty = self._is_empty(place)
            if (is_empty and not self.passing.get(place.name)) or not self._has_turn(place, is_counted=is_counted):
                continue
            if self.time_left() <= _NONE_LEFT:
                break
            self._destroy(place)
            has_destroyed = has_destroyed or not is_empty
        return has_destroyed

    def _has_turn(self, place: Place, *, is_counted: bool) -> bool:
        if place.name not in self.surveyed:
            return False
        before = (earlier for earlier in self.places if earlier.stage < place.stage)
        return self._is_last_chance(place.step) or (is_counted and all(map(self._is_empty, before)))

    def _destroy_key(self) -> None:
        for place in self._key():
            if place.name not in self.surveyed:
                self._survey(place)
            self._read(place)
            if not self._is_empty(place) and place.name in self.surveyed:
                self._destroy(place)

    def _destroy(self, place: Place) -> None:
        try:
            place.destroy(self.time_left)
        except Unavailable as error:
            self._failed(place, error)
        self._read(place)

    def _read_all(self) -> None:
        """The key first, for what the others may be asked depends on it."""
        for place in (*self._key(), *self._but_the_key()):
            self._read(place)

    def _read(self, place: Place) -> None:
        try:
            there = place.remains()
            remains = self.found[place.name] = tuple(one for one in there if one.holds_back)
            self.passing[place.name] = tuple(one for one in there if not one.holds_back)
        except Unavailable as error:
            if self._can_only_be_empty(place):
                self.found[place.name] = ()
            else:
                self._failed(place, error)
                self.found[place.name] = None
            return
        if not self.takes_notes:
            return
        # a place that was not empty when the tick began may have been emptied by another since: that is no refilling
        if remains and place.name in self.emptied:
            self.task.keeper.note_refilled(place.name)
            self.emptied.discard(place.name)
        elif not remains and place.name not in self.emptied:
            self.task.keeper.note_emptied(place.name, self.task.clock())
            self.emptied.add(place.name)

    def _can_only_be_empty(self, place: Place) -> bool:
        """Whether a place that cannot be read is empty all the same.

        The table was read and found empty while its key still opened it. Since the key is scheduled for deletion
        DynamoDB neither reads nor writes with it, so nothing can have come into the table.
        """
        is_key_gone = any(self._key()) and all(self._is_empty(key) for key in self._key())
        return place.step is _BEHIND_THE_KEY and place.name in self.emptied and is_key_gone

    def _is_empty(self, place: Place) -> bool:
        return self.found.get(place.name) == ()

    def _is_last_chance(self, step: StepName) -> bool:
        latest = self.plan.latest(step)
        return latest is not None and self.now >= latest

    def _is_done(self, step: StepName) -> bool:
        match step:
            case StepName.COUNT:
                return all(place.name in self.surveyed for place in self.places if place.step is StepName.ITEMS)
            case StepName.VERIFICATION:
                return all(self._is_empty(place) for place in self._but_the_key())
            case StepName.CERTIFICATE:
                return self.progress.certified is not None
            case _:
                return all(self._is_empty(place) for place in self.places if place.step is step)

    def _left(self, place: Place) -> Sequence[Remains]:
        return (*(self.found.get(place.name) or ()), *self.passing.get(place.name, ()))

    def _key(self) -> Sequence[Place]:
        return [place for place in self.places if place.stage is Stage.KEY]

    def _but_the_key(self) -> Sequence[Place]:
        return [place for place in self.places if place.stage is not Stage.KEY]

    def _failed(self, place: Place, error: Unavailable) -> None:
        self.failures.append(f"{place.name}: {error}")

    def _answer(self, stance: Stance) -> Destruction:
        late = _late(self.plan, self._is_done)
        remains = tuple(chain.from_iterable(map(self._left, self.places)))
        return Destruction(
            stance=stance,
            remains=remains,
            unread=tuple(place.name for place in self.places if self.found.get(place.name) is None),
            failures=tuple(dict.fromkeys(self.failures)),
            late=late,
            at_risk=bool(late) or any(one.is_out_of_reach for one in remains),
            overdue=stance is not Stance.GONE and _is_over(self.task.lifecycle, self.now),
        )


def _late(plan: Plan, is_done: Callable[[StepName], bool]) -> tuple[StepName, ...]:
    """The last stamp is not a step that expiry takes: items expire by themselves, and nothing relies on it."""
    steps = (step for step in plan.steps if step.name is not StepName.STAMPS)
    return tuple(step.name for step in steps if plan.now > step.latest and not is_done(step.name))


def _is_over(lifecycle: Lifecycle, now: datetime) -> bool:
    deadline = lifecycle.deadline
    return deadline is not None and now > deadline
