"""What a caller may not see is, for it, as if it were not there: on every route, in every way that can be noticed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.integration.deployed import Deployment
from tests.integration.emulated import REGISTER
from tests.integration.hidden import MIA, PAIRS, SHIELDED_WITH_HELP, Asker, Only, Pair, Scene
from tests.integration.people import involvement
from tests.integration.probes import (
    KIND,
    OF_ANOTHERS_NUMBER,
    Probes,
    afterwards,
    at_a_glance,
    lookups,
    notices,
    of_children,
    registrations,
    reviews,
)
from tests.integration.twin_worlds import Heard, Stage, Told, Watched, World, differences

OUTSIDERS = [(pair, outsider) for pair in PAIRS for outsider in pair.outsiders]
REGISTERING = [(pair, pair.outsiders[0]) for pair in PAIRS if not pair.alone]
TARGETED = [(SHIELDED_WITH_HELP, outsider) for outsider in SHIELDED_WITH_HELP.outsiders]
TARGETED += [(pair, outsider) for pair, outsider in REGISTERING if pair.apart or pair.insider == "trust"]
BESIDE_SHIELDS = [(pair, outsider) for pair, outsider in REGISTERING if not pair.shields]


@pytest.fixture
def stage(deployment: Deployment) -> Stage:
    """The functions, listened to. One question a minute: any further one is asked in a burst, however fast they come."""
    deployment.restart(PRACTITIONER_QUESTIONS_AN_HOUR="60")
    return Stage(Watched(deployment.monkeypatch))


def named(cases: list[tuple[Pair, str]]) -> list[str]:
    return [f"{pair.name}, to the {outsider}" for pair, outsider in cases]


@dataclass(frozen=True)
class Played:
    """Who plays, what is held in each world, and what can be named."""

    stage: Stage
    scene: Scene
    plain: World
    hiding: World
    ids: list[Only]

    @classmethod
    def of(cls, stage: Stage, pair: Pair) -> Played:
        """Both worlds, the second made of the first."""
        scene = Scene.enrolled(stage.deployment)
        shared = pair.both(scene)
        plain = stage.taken()
        hidden = pair.hides(scene)
        ids = [only for only in (shared, hidden) if isinstance(only, Only)]
        return cls(stage, scene, plain, stage.taken(), ids)

    def told_apart(self, asker: Asker, probes: Probes) -> dict[str, Any]:
        """By what each probe tells one world from the other. The functions are warm, as they are when it matters."""
        self.stage.put_back(self.plain)
        asker.look_up(MIA)
        asker.client.reviews()
        asker.client.preview("own-1", involvement(MIA, service_type=KIND))
        for probe in (*of_children(asker, [Only()]).values(), *notices(asker, [Only()]).values()):
            probe()
        self.stage.listens()
        return differences(self.stage, self.plain, self.hiding, probes)


@pytest.mark.parametrize(("pair", "outsider"), OUTSIDERS, ids=named(OUTSIDERS))
def test_whoever_may_not_see_it_is_told_the_same_in_both_worlds(stage: Stage, pair: Pair, outsider: str) -> None:
    played = Played.of(stage, pair)
    asker: Asker = getattr(played.scene, outsider)
    differing = played.told_apart(asker, at_a_glance(asker, played.ids))
    left = {probe: told for probe, told in differing.items() if pair.joins and are_a_few_reads(told)}
    assert differing == left
    assert all(" case " in probe or probe.startswith(BY_ITS_ID) for probe in left)


@pytest.mark.parametrize(("pair", "outsider"), REGISTERING, ids=named(REGISTERING))
def test_nor_is_it_by_what_it_registers(stage: Stage, pair: Pair, outsider: str) -> None:
    played = Played.of(stage, pair)
    asker: Asker = getattr(played.scene, outsider)
    differing = played.told_apart(asker, registrations(asker))
    left = {} if pair.apart else {probe: told for probe, told in differing.items() if are_a_few_reads(told)}
    assert differing == left
    like_her = ("number", "the twin", "how a duplicate has it") if pair.shields else ("number",)
    assert [probe for probe in left if not any(what in probe for what in like_her)] == []


@pytest.mark.parametrize(("pair", "outsider"), TARGETED, ids=named(TARGETED))
def test_nor_by_what_a_targeted_register_refuses_it(stage: Stage, pair: Pair, outsider: str) -> None:
    """Which children it is for depends on who else works with them."""
    played = Played.of(stage, pair)
    stage.deployment.restart(COVERAGE_CHILDREN="additional")
    asker: Asker = getattr(played.scene, outsider)
    assert not played.told_apart(asker, registrations(asker))


@pytest.mark.parametrize(("pair", "outsider"), BESIDE_SHIELDS, ids=named(BESIDE_SHIELDS))
def test_nor_by_what_it_finds_once_it_has_registered_the_child_itself(stage: Stage, pair: Pair, outsider: str) -> None:
    played = Played.of(stage, pair)
    asker: Asker = getattr(played.scene, outsider)
    differing = played.told_apart(asker, afterwards(asker))
    left = () if pair.apart else [probe for probe in differing if probe.endswith(OF_ANOTHERS_NUMBER)]
    assert sorted(differing) == sorted(left)
    assert_only_its_own(asker, differing)


@pytest.mark.parametrize("outsider", ["trust", "police"])
def test_of_a_shielded_child_that_it_registers_itself_it_learns_nothing_that_others_say(
    stage: Stage, outsider: str
) -> None:
    """What is left, as docs/shields.md says: it has the child before it, and may notice that it is not found."""
    played = Played.of(stage, PAIRS[0])
    asker: Asker = getattr(played.scene, outsider)
    differing = played.told_apart(asker, afterwards(asker))
    assert differing
    assert_only_its_own(asker, differing)


# What is left, and docs/shields.md says so


def assert_only_its_own(asker: Asker, differing: dict[str, Any]) -> None:
    """Whatever else it may notice, it is shown nothing that others say, and no case of them."""
    heard = [answer.body for told in differing.values() if "heard" in told for answer in told["heard"][1]]
    shown = [row["organisation"] for body in heard for row in body.get("involvements", [])]
    assert set(shown) <= {asker.client.organisation}
    assert not [body for body in heard if body.get("cases")]


def are_a_few_reads(told: dict[str, tuple[Any, Any]]) -> bool:
    """What it takes more to register a number that is another child's, or who is much like a shielded one, or to follow
    a join; it tells nothing else."""
    if told.keys() != {"calls"}:
        return False
    plain, hiding = told["calls"]
    more = {call: hiding.get(call, 0) - plain.get(call, 0) for call in {*plain, *hiding}}
    reads = {("BatchGetItem", REGISTER), ("Query", REGISTER)}
    return all(0 <= times <= MOST_READS_MORE if call in reads else not times for call, times in more.items())


MOST_READS_MORE = 4
BY_ITS_ID = ("a notice of", "watching", "ending the watch of")
"""What follows a join, to be told that there is no such child."""


# That these tests can fail


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.name for pair in PAIRS])
def test_whoever_may_see_it_is_told_otherwise(stage: Stage, pair: Pair) -> None:
    played = Played.of(stage, pair)
    asker: Asker = getattr(played.scene, pair.insider)
    differing = played.told_apart(asker, lookups(asker, played.ids) | reviews(asker, played.ids))
    assert [probe for probe in differing if "heard" in differing[probe]]


HEARD = Heard(200, {"ETag": '"1"'}, {"outcome": "no_match"}, 40)
TOLD = Told((HEARD,), ('{"status": 200}',), {("Query", "Register"): 2}, ({"rows": 1},))


@pytest.mark.parametrize(
    "otherwise",
    [
        replace(TOLD, heard=(replace(HEARD, status=404),)),
        replace(TOLD, heard=(replace(HEARD, headers={"ETag": '"2"'}),)),
        replace(TOLD, heard=(replace(HEARD, body={"outcome": "match"}),)),
        replace(TOLD, heard=(replace(HEARD, size=41),)),
        replace(TOLD, heard=(HEARD, HEARD)),
        replace(TOLD, logged=('{"status": 404}',)),
        replace(TOLD, calls={("Query", "Register"): 3}),
        replace(TOLD, calls={("Query", "Register"): 2, ("PutItem", "Register"): 1}),
        replace(TOLD, left=({"rows": 2},)),
    ],
    ids=["status", "headers", "body", "size", "answers", "log", "one call more", "another call", "receipt"],
)
def test_whatever_could_be_noticed_tells_two_worlds_apart(otherwise: Told) -> None:
    assert TOLD.differs_in(otherwise)
    assert not TOLD.differs_in(replace(TOLD))
