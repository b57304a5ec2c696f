"""Whatever fails between a function and AWS, at whichever call, before it was carried out or after.

Once: the SDK tries again, and nobody notices. For ever: the answer says so and shows nothing, nothing that was
acknowledged is lost, and the same request again ends as one that met no fault. Always: no disclosure without its record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.deployed import Answer, Deployment
from tests.integration.emulated import ACCESS_LOG, LIMITS, dump
from tests.integration.hidden import DUPLICATE, MIA
from tests.integration.paths import PATHS, Path, World
from tests.integration.paths_by_event import BY_EVENT
from tests.integration.people import ABEL, ZOE, involvement, personal_values
from tests.integration.striking import AFTER, BEFORE, Spot, Strike, Wire

UNAVAILABLE = {(503, "unavailable"), (503, "access-not-recorded"), (503, "contended")}
INTERNALS = ("Traceback", "dynamodb", "amazonaws", "Register", "AccessLog", "Directory", "Limits", "a fault", "arn:")
PERSONAL = set[str]().union(*(personal_values(involvement(child)) for child in (MIA, DUPLICATE, ZOE, ABEL)))
IN_FULL = ("a lookup by number", "a first registration")
"""The paths of which every call meets every harm. Of the others each call meets one of each sort, in turn."""


@dataclass
class Tried:
    """A path, what a request to it met, and what one came to that met nothing."""

    world: World
    wire: Wire
    path: Path

    def __post_init__(self) -> None:
        self.path.prepare(self.world)
        self.world.is_ready()
        self.begin_anew()
        with self.wire.watched():
            self.clean = self.path.ask(self.world)
        assert self.clean.status < 300 or self.clean.status == 422, self.clean
        self.spots = list(self.wire.spots)
        self.state = self.world.state()

    def begin_anew(self) -> None:
        """As if nothing had been asked, of a function that has just started."""
        self.world.begin_anew()
        self.path.each(self.world)
        self.world.deployment.function(self.path.function)
        self._recorded, self._answered = len(_records()), 0

    def ask(self, strikes: dict[Spot, Strike]) -> Answer:
        """The request, under these strikes. Whatever it is answered, there is a record of what it shows."""
        with self.wire.watched(strikes):
            answer = self.path.ask(self.world)
        self._answered += (self.path.shows and answer.status < 300) or answer.status == 422
        assert len(_records()) >= self._recorded + self._answered, "shown, and not on record"
        if answer.status >= 300 and answer.status not in self.path.again:
            assert_clear(answer, self.clean)
        return answer

    def assert_as_if_nothing_had_been(self) -> None:
        """The same again ends where one request did that met no fault."""
        self.path.meanwhile(self.world)
        again = self.ask({})
        assert again.status == self.clean.status or again.status in self.path.again, again
        if self.path.repeats:
            assert self.world.state() == self.state

    def strikes(self, *, full: bool) -> Iterator[tuple[Spot, Strike]]:
        """At its writes, and at two reads of each kind, which are made side by side and are much the same.

        At six writes of a kind at most, evenly: only a sweep makes more, segment by segment. That an answer is lost is
        tried with writes only: of a read it is the same as no answer.
        """
        turn = count()
        calls = Counter((spot.operation, spot.table) for spot in self.spots)
        for spot in self.spots:
            if spot.before % -(-calls[spot.operation, spot.table] // (2 if spot.reads else 6)):
                continue
            sorts: Sequence[Sequence[Strike]] = [BEFORE] if spot.reads else [BEFORE, AFTER]
            for sort in sorts:
                at = next(turn)
                yield from ((spot, strike) for strike in (sort if full else [sort[at % len(sort)]]))

    def assert_nobody_notices(self, spot: Spot, strike: Strike) -> None:
        """Of what fails once: the SDK makes the call again."""
        self.begin_anew()
        answer = self.ask({spot: strike})
        assert self.wire.struck == {spot} or self.path.varies
        assert answer.status == self.clean.status, (spot, str(strike), answer)
        if self.path.repeats:
            assert self.world.state() == self.state, (spot, str(strike))

    def is_refused(self, spot: Spot, strike: Strike) -> bool:
        """Of what goes on failing: whether the answer says so. If not, all has been done, but for what is done without."""
        self.begin_anew()
        answer = self.ask({spot: replace(strike, lasts=True)})
        assert self.wire.struck == {spot} or self.path.varies
        if answer.status != self.clean.status:
            return True
        assert spot.table == LIMITS or not self.path.repeats or self.world.state() == self.state, (spot, str(strike))
        return False


def _records() -> list[dict[str, str]]:
    return [item for item in dump(ACCESS_LOG) if item["pk"].startswith("HOUR#")]


def assert_clear(answer: Answer, clean: Answer) -> None:
    """What went wrong and when to try again, and nothing else."""
    assert (answer.status, answer.problem) in UNAVAILABLE | {(clean.status, clean.problem)}, answer
    assert set(answer.body) - {"errors"} == {"type", "title", "status", "detail", "request_id"}
    assert answer.status == clean.status or int(answer.headers["Retry-After"]) > 0
    assert not [word for word in (*INTERNALS, *PERSONAL) if word in str(answer.body)]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, deployment: Deployment) -> Wire:
    """Over moto, which is there by then."""
    _ = deployment
    return Wire.tapped(monkeypatch)


@pytest.fixture
def world(deployment: Deployment, wire: Wire) -> World:
    world = World.made(deployment)
    world.known["wire"] = wire
    return world


EVERYTHING = PATHS | BY_EVENT


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_fails_is_made_good_or_answered_clearly_and_the_same_again_ends_well(
    world: World, wire: Wire, name: str
) -> None:
    tried = Tried(world, wire, EVERYTHING[name])
    refused, known = 0, set[tuple[str, str, bool]]()
    for spot, strike in tried.strikes(full=name in IN_FULL):
        kind = (spot.operation, spot.table, strike.is_after)
        if kind not in known or strike.is_after:  # the SDK makes every call again that it has not heard of
            tried.assert_nobody_notices(spot, strike)
        known.add(kind)
        refused += tried.is_refused(spot, strike)
        tried.assert_as_if_nothing_had_been()
    assert refused


AT_RANDOM = [name for name, path in EVERYTHING.items() if path.prepare is Path.prepare]
"""Those that need no world of their own."""
STRIKES = st.sampled_from([*BEFORE, *AFTER, *(replace(strike, lasts=True) for strike in (*BEFORE, *AFTER))])
ATTEMPTS = st.lists(st.dictionaries(st.integers(0, 30), STRIKES, min_size=1, max_size=4), min_size=1, max_size=3)
"""Of one request after another: which of its calls are struck, and how."""


def test_whatever_fails_at_random_and_as_often_the_same_request_ends_well(world: World, wire: Wire) -> None:
    known: dict[str, Tried] = {}
    world.is_ready()

    def tried(name: str) -> Tried:
        if name not in known:
            world.begin_anew()
            known[name] = Tried(world, wire, EVERYTHING[name])
        return known[name]

    @settings(max_examples=40, deadline=None)
    @given(name=st.sampled_from(AT_RANDOM), attempts=ATTEMPTS)
    def ends_well(name: str, attempts: list[dict[int, Strike]]) -> None:
        one = tried(name)
        one.begin_anew()
        for attempt in attempts:
            one.ask({one.spots[at % len(one.spots)]: strike for at, strike in attempt.items()})
        one.assert_as_if_nothing_had_been()

    ends_well()
