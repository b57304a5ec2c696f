"""What a caller may not see, it is told of by no notice either: two worlds that differ in it tell the same."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from shared.domain.access import Purpose, Role
from tests.integration.crier import Crier, a_moment_ago, kinds, told_after
from tests.integration.deployed import Deployment, in_days
from tests.integration.hidden import MIA, ORDINARY, PAIRS, Asker, Pair, Scene, child_id, registered
from tests.integration.people import involvement
from tests.integration.probes import KIND
from tests.integration.twin_worlds import Stage, Watched

BEHIND_SHIELDS = [(pair, outsider) for pair in PAIRS for outsider in pair.outsiders if pair.shields]
BESIDE_SHIELDS = [(pair, outsider) for pair in PAIRS for outsider in pair.outsiders if not pair.shields]
SEEKING = {"reason": "missing_child", "ends": in_days(30)}
LEEDS = "E08000035"


@pytest.fixture
def stage(deployment: Deployment) -> Stage:
    """The functions, listened to."""
    return Stage(Watched(deployment.monkeypatch))


@pytest.fixture
def crier(stage: Stage) -> Crier:
    """Who tells of what happens on it."""
    return Crier.following(stage.deployment)


@pytest.fixture
def leeds(stage: Stage) -> Asker:
    """An authority far away, which feeds the register from there."""
    said: dict[str, Any] = {
        "purposes": [purpose.value for purpose in Purpose],
        "roles": [role.value for role in Role],
        "service_types": ORDINARY,
        "sees": ORDINARY,
        "covers": ["LS"],
        "area": ["LS"],
    }
    return Asker(stage.deployment.enrol(LEEDS, "Leeds", **said))


def named(cases: list[tuple[Pair, str]]) -> list[str]:
    return [f"{pair.name}, to the {outsider}" for pair, outsider in cases]


def works_with_her(asker: Asker) -> None:
    """The asker registers Mia itself, leads, and seeks her."""
    said = involvement(MIA, service_type=KIND, assessment_held=True)
    assert asker.client.put("own-1", said).status in (200, 201)
    watch = asker.client.watch(child_id(asker, MIA), {**SEEKING, "practitioner": asker.practitioner})
    assert watch.status == 200, watch


def others_come_and_go(crier: Crier, leeds: Asker, police: Asker) -> None:
    """A school far away registers her, the police look her up, she moves, and the school has nothing to do with her any
    more. Each is told of before the next."""
    registered(leeds, "l-1", MIA, service_type=KIND)
    crier.tell()
    police.look_up(MIA)
    crier.tell()
    registered(leeds, "l-1", {**MIA, "postcode": "LS1 4AB"}, service_type=KIND)
    crier.tell()
    leeds.client.withdraw("l-1")
    crier.tell()


@pytest.mark.parametrize(("pair", "outsider"), BEHIND_SHIELDS, ids=named(BEHIND_SHIELDS))
def test_no_notice_tells_of_what_is_behind_a_shield(stage: Stage, crier: Crier, pair: Pair, outsider: str) -> None:
    scene = Scene.enrolled(stage.deployment)
    pair.both(scene)
    crier.tell()
    plain, known = stage.taken(), stage.known()
    pair.hides(scene)
    crier.tell()
    hiding = stage.taken()
    client, since = getattr(scene, outsider).client, a_moment_ago()
    assert not told_after(stage, crier, plain, known, client, since=since).differs_in(
        told_after(stage, crier, hiding, known, client, since=since)
    )


@pytest.mark.parametrize(("pair", "outsider"), BESIDE_SHIELDS, ids=named(BESIDE_SHIELDS))
def test_no_notice_tells_of_what_is_not_shown_whoever_works_with_the_child_and_seeks_it(
    stage: Stage, crier: Crier, leeds: Asker, pair: Pair, outsider: str
) -> None:
    scene = Scene.enrolled(stage.deployment)
    asker: Asker = getattr(scene, outsider)
    pair.both(scene)
    works_with_her(asker)
    crier.tell()
    plain, known = stage.taken(), stage.known()
    pair.hides(scene)
    crier.tell(of_questions=False)  # that others have asked about her is not what is hidden
    hiding = stage.taken()
    for happens in (None, partial(others_come_and_go, crier, leeds, scene.police)):
        since = a_moment_ago()
        before, after = (
            told_after(stage, crier, world, known, asker.client, since=since, happens=happens)
            for world in (plain, hiding)
        )
        assert not before.differs_in(after)
    expected = {"involvement-elsewhere", "moved", "watched"}
    assert set(kinds(asker.client)) >= (expected if outsider == "police" else expected | {"looked-up"})


def test_whoever_works_with_a_child_and_seeks_it_is_told_nothing_once_it_is_shielded(
    stage: Stage, crier: Crier, leeds: Asker
) -> None:
    scene = Scene.enrolled(stage.deployment)
    works_with_her(scene.trust)
    mia = child_id(scene.council, MIA)
    crier.tell()
    before = kinds(scene.trust.client)
    assert scene.council.shield(mia).status == 200
    crier.tell()
    others_come_and_go(crier, leeds, scene.police)
    assert scene.police.open(mia).status == 201
    crier.tell()
    assert kinds(scene.trust.client) == before
    assert scene.council.lift(mia).status == 204
    others_come_and_go(crier, leeds, scene.police)
    assert len(kinds(scene.trust.client)) > len(before)
