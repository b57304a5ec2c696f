"""Every way through the functions, as one request each in a small world that is made ready for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.domain.notices import Notice, NoticeKind
from tests.integration.deployed import Answer, Client, Deployment, in_days
from tests.integration.emulated import ACCESS_LOG, DIRECTORY, LIMITS, REGISTER, TABLES, dump, put_back, taken
from tests.integration.hidden import DUPLICATE, MIA, NAMED, SOCIAL_WORKER, Scene, child_id, registered
from tests.integration.people import ABEL, ZOE, involvement, of

SEEKING = {"practitioner": SOCIAL_WORKER, "reason": "missing_child", "ends": in_days(30)}
SAID = involvement(ZOE)
ASKING = {
    "practitioner": {"id": "NMC-7", "name": "Ann Askwith", "role": "nurse"},
    "reason": {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11"},
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]*(Z|\+00:00)")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}")
_PLACE = re.compile(r"(?<=^REVIEWS#)\d\d$|^\d{20}$")
"""Where something stands by chance: in one of the shards, or behind whatever came first."""
_PASSING = frozenset({"version", "expires_at", "counts", "is_weekly", "number"})
"""What says how often or when something was written, or swept, and differs by how it came about."""


@dataclass
class World:
    """Mia is known to a hospital and a school, and much like another child that a trust has registered."""

    deployment: Deployment
    scene: Scene
    mia: str = ""
    case_id: str = ""
    known: dict[str, Any] = field(default_factory=dict)
    """What was made ready for one path alone, by a name."""
    _ready: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def made(cls, deployment: Deployment) -> World:
        """With everybody enrolled."""
        scene = Scene.enrolled(deployment)
        registered(scene.hospital, "mia-1", MIA)
        registered(scene.school, "pupil-1", MIA, service_type="education", lead_professional=False)
        registered(scene.trust, "dup-1", DUPLICATE)
        (case,) = scene.council.client.reviews().body["cases"]
        return cls(deployment, scene, child_id(scene.council, MIA), case["case_id"])

    @property
    def hospital(self) -> Client:
        return self.scene.hospital.client

    @property
    def council(self) -> Client:
        return self.scene.council.client

    def is_ready(self) -> None:
        """What the tables hold now is what `begin_anew` comes back to; nobody has asked lately."""
        self._ready = [{} if table == LIMITS else taken(table) for table in TABLES]

    def begin_anew(self) -> None:
        """The tables as they were, and functions that have just started, which remember nothing."""
        for table, items in zip(TABLES, self._ready, strict=True):
            put_back(table, items)
        self.deployment.restart()

    def state(self) -> list[dict[str, str]]:
        """All that is held but access records, without chance: random ids by what they are first met as, and no instants."""
        held = [item for table in (REGISTER, DIRECTORY, ACCESS_LOG) for item in dump(table)]
        named = {item["child_id"]: item["pk"] for item in reversed(held) if item.get("kind") == "claim"}
        for case in held:
            if case.get("kind") == "case":  # its id is a hash of theirs
                named[case["case_id"]] = f"{named.get(case['older'])} {named.get(case['newer'])}"

        def plain(value: Any) -> str:
            text = str(value)
            for random_id, name in named.items():
                text = text.replace(random_id, f"<{name}>")
            return _PLACE.sub("<place>", _RANDOM_ID.sub("<id>", _INSTANT.sub("<instant>", text)))

        now = datetime.now(UTC).timestamp()
        kept = [
            {name: plain(value) for name, value in item.items() if name not in _PASSING}
            | {"is_hidden": str(float(item.get("expires_at", "inf")) <= now)}
            for item in held
            if not item["pk"].startswith("HOUR#")
        ]
        return sorted(kept, key=lambda item: sorted(item.items()))

    def put_notice(self) -> None:
        """To the hospital, of Mia."""
        notice = Notice(
            notice_id="n-1",
            kind=NoticeKind.INVOLVEMENT_ELSEWHERE,
            at=datetime.now(UTC),
            organisation=self.hospital.organisation,
            child_id=self.mia,
            about={"organisation": "RAL"},
        )
        assert self.deployment.function("notices").read_notices.notices.put([notice]) == 1


type Request = Callable[[World], Answer]


@dataclass(frozen=True)
class Path:
    """One request to a function. `again` are the statuses of the same request once it was carried out.

    `prepare` makes the world ready once, `each` what lies beside the tables before each request that is made anew;
    `meanwhile` happens before it is made again.
    """

    function: str
    ask: Request
    prepare: Callable[[World], object] = lambda _world: None
    each: Callable[[World], object] = lambda _world: None
    meanwhile: Callable[[World], object] = lambda _world: None
    again: frozenset[int] = frozenset()
    shows: bool = False
    """Whether what is answered shows something of a child, or of who has looked at one."""
    repeats: bool = True
    """Whether the same twice is once."""
    varies: bool = False
    """Whether how many calls it makes depends on which of those side by side comes first."""


def _acknowledge_closure(world: World) -> Answer:
    return world.hospital.call(
        "notices",
        "POST",
        "/dependents/{dependent_id}/acknowledgement",
        {"practitioner": world.known["manager"], "state": "adapting"},
        parameters={"dependent_id": "e-caf"},
    )


def _announced(world: World) -> None:
    registered_one = world.deployment.operator(
        "register-dependent",
        dependent="e-caf",
        name="e-CAF",
        owner=world.hospital.organisation,
        contact="e-caf@trust.example",
        calls=["lookUp"],
    )
    assert registered_one["ok"], registered_one
    world.known["manager"] = {"id": "SYS-4", "name": "Ines Marlow", "role": "nurse"}
    closes_at = in_days(90) + "T12:00:00+00:00"
    world.deployment.restart(CLOSES_AT=closes_at, ANNOUNCED_AT=str(int(datetime.now(UTC).timestamp())))


def _shielded(world: World) -> None:
    assert world.scene.council.shield(world.mia).status == 200


def _joined(world: World) -> None:
    assert world.council.decide(world.case_id, "same").status == 200


def _opened(world: World) -> None:
    _shielded(world)
    world.known["override"] = world.scene.police.open(world.mia).body["override_id"]


def _watched(world: World) -> None:
    assert world.council.watch(world.mia, SEEKING).status == 200


def _involved(world: World) -> None:
    assert world.hospital.put("zoe-1", SAID).status == 201


def _batch(world: World) -> Answer:
    items = [{"source_reference": f"b-{n}", **involvement(child)} for n, child in enumerate((MIA, ABEL))]
    answer = world.hospital.batch(items)
    results = answer.body.get("results", [])
    failed = [result for result in results if result["status"] >= 400]
    if not failed:
        return answer
    problem = failed[0]["problem"]  # of the first that failed: as if it had been asked alone
    return Answer(problem["status"], {"Retry-After": "1", "Content-Type": "application/problem+json"}, problem)


REGISTRATIONS: dict[str, Path] = {
    "a first registration": Path("registration", lambda w: w.hospital.put("zoe-1", SAID), again=frozenset({200, 201})),
    "a registration of a known child": Path(
        "registration", lambda w: w.council.put("m-2", involvement(MIA)), again=frozenset({200, 201})
    ),
    "a registration that asks who else": Path(
        "registration",
        lambda w: w.council.put("m-2", {**involvement(MIA), "asking": ASKING}),
        shows=True,
        again=frozenset({200, 201}),
    ),
    "a change": Path(
        "registration", lambda w: w.hospital.put("zoe-1", {**SAID, "duty_phone": "020 7946 0999"}), _involved
    ),
    "a move to another child": Path("registration", lambda w: w.hospital.put("zoe-1", involvement(ABEL)), _involved),
    "a withdrawal": Path(
        "registration", lambda w: w.hospital.withdraw("zoe-1"), _involved, again=frozenset({204, 404})
    ),
    "reading an involvement": Path("registration", lambda w: w.hospital.get("mia-1")),
    "a batch": Path("registration", _batch),
    "a preview": Path("registration", lambda w: w.hospital.preview("own-1", involvement(MIA)), shows=True),
}
LOOKUPS: dict[str, Path] = {
    "a lookup by number": Path("lookup", lambda w: w.hospital.look_up(of(MIA, "nhs_number")), shows=True),
    "a lookup by details": Path("lookup", lambda w: w.hospital.look_up(of(MIA, *NAMED)), shows=True),
    "a lookup that finds nobody": Path("lookup", lambda w: w.hospital.look_up(ABEL)),
    "a lookup that is refused": Path("lookup", lambda w: w.hospital.look_up({"height": 1})),
    "a lookup behind a shield": Path(
        "lookup", lambda w: w.scene.police.look_up(MIA, override=w.known["override"]), _opened, shows=True
    ),
}
REVIEWS: dict[str, Path] = {
    "the review list": Path("review", lambda w: w.council.reviews()),
    "a comparison": Path("review", lambda w: w.council.compare(w.case_id), shows=True),
    "a join": Path("review", lambda w: w.council.decide(w.case_id, "same")),
    "the undoing of a join": Path("review", lambda w: w.council.decide(w.case_id, "different"), _joined),
    "telling apart": Path("review", lambda w: w.council.decide(w.case_id, "different")),
}
SHIELDS: dict[str, Path] = {
    "setting a shield": Path("shield", lambda w: w.scene.council.shield(w.mia)),
    "reading a shield": Path("shield", lambda w: w.council.shielded(w.mia), _shielded),
    "lifting a shield": Path("shield", lambda w: w.scene.council.lift(w.mia), _shielded),
    "opening a shield": Path("shield", lambda w: w.scene.police.open(w.mia), _shielded, repeats=False),
}
NOTICES: dict[str, Path] = {
    "the notices": Path("notices", lambda w: w.hospital.notices(), World.put_notice, shows=True),
    "a notice": Path("notices", lambda w: w.hospital.notice("n-1"), World.put_notice, shows=True),
    "acknowledging a notice": Path("notices", lambda w: w.hospital.acknowledge("n-1"), World.put_notice),
    "watching": Path("notices", lambda w: w.council.watch(w.mia, SEEKING)),
    "watching no more": Path(
        "notices", lambda w: w.council.end_watch(w.mia, {"practitioner": SOCIAL_WORKER}), _watched
    ),
    "acknowledging a closure": Path("notices", _acknowledge_closure, _announced),
}
AUDITS: dict[str, Path] = {
    "who has looked at a child": Path("access", lambda w: w.council.accesses(w.mia), shows=True),
    "the alerts": Path("access", lambda w: w.council.alerts(), _opened, shows=True),
}
PATHS: dict[str, Path] = LOOKUPS | REGISTRATIONS | REVIEWS | SHIELDS | NOTICES | AUDITS
