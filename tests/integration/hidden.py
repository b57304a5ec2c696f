"""Pairs of worlds: what is in both, and what is hidden in one of them; from whom, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from shared.domain.access import Purpose, Role
from shared.domain.involvement import ServiceType
from shared.domain.shield import WARNING
from tests.integration.deployed import Client, Deployment, in_days
from tests.integration.people import involvement, of

COUNCIL, DISTANT, TRUST, HOSPITAL, POLICE, SCHOOL, ACADEMY, CLINIC = (
    "E09000003", "E09000010", "X99", "RAL", "RX9", "EE999999", "EE888888", "RYY",
)  # fmt: skip
ORDINARY = [kind.value for kind in ServiceType if not kind.is_sensitive]

MIA: dict[str, Any] = {
    "given_name": "Mia",
    "family_name": "Okonkwo-Reed",
    "date_of_birth": "2016-04-12",
    "sex": "female",
    "postcode": "N12 7QF",
    "nhs_number": "9990040001",
    "upn": "A123456789012",
    "local_authority_child_id": {"authority": COUNCIL, "id": "C-1001"},
}
NAMED = ("given_name", "family_name", "date_of_birth", "sex", "postcode")
TIA = {**of(MIA, *NAMED), "given_name": "Tia"}
"""Her twin."""
MIA_NOW = {**of(MIA, "given_name", "date_of_birth", "sex"), "family_name": "Stone", "postcode": "EN5 2AB"}
"""What she is called since, and where she lives."""
NOBODY = "9990002010"

SOCIAL_WORKER = {"id": "SW-1", "name": "Sam Archer", "role": "social_worker"}
OFFICER = {"id": "PC-1", "name": "Pat Cole", "role": "police_officer"}
CONCERN = {"purpose": "safeguarding_concern", "legal_basis": "children_act_1989_s47"}
EMERGENCY = {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11"}


@dataclass(frozen=True)
class Asker:
    """A client, and who asks through it why."""

    client: Client
    practitioner: dict[str, Any] = field(
        default_factory=lambda: {"id": "NMC-7", "name": "Ann Askwith", "role": "nurse"}
    )
    reason: dict[str, Any] = field(default_factory=lambda: EMERGENCY)

    def look_up(self, child: dict[str, Any], **changed: Any) -> Any:
        """What a lookup answers."""
        return self.client.look_up(child, practitioner=self.practitioner, reason=self.reason, **changed)

    def shield(self, child_id: str, **said: Any) -> Any:
        """What setting a shield answers."""
        body = {"practitioner": self.practitioner, "reason": "risk_of_harm", "ends": in_days(700), **said}
        return self.client.shield(child_id, body)

    def lift(self, child_id: str) -> Any:
        """What lifting a shield answers."""
        return self.client.lift(child_id, {"practitioner": self.practitioner})

    def open(self, child_id: str, **said: Any) -> Any:
        """What opening a shield answers."""
        body = {"practitioner": self.practitioner, "reason": self.reason, "warning": WARNING, **said}
        return self.client.open_shield(child_id, body)


@dataclass(frozen=True)
class Scene:
    """Everybody who plays a part. Each may do all that its kind may."""

    council: Asker
    distant: Asker
    trust: Asker
    hospital: Asker
    police: Asker
    school: Asker
    academy: Asker
    clinic: Asker

    @classmethod
    def enrolled(cls, deployment: Deployment) -> Scene:
        """Fresh organisations."""
        ordinary = ["lookup", "register", "review", "notices", "watch"]
        everything = [*ordinary, "broker", "override", "shield", "audit"]

        def enrol(code: str, capabilities: list[str], **said: Any) -> Client:
            known: dict[str, Any] = {
                "capabilities": capabilities,
                "purposes": [purpose.value for purpose in Purpose],
                "roles": [role.value for role in Role],
                "service_types": ORDINARY,
                "sees": ORDINARY,
                "covers": ["N12", "EN"],
            }
            return deployment.enrol(code, f"The organisation {code}", **(known | said))

        education = ["education"]
        return cls(
            council=Asker(enrol(COUNCIL, everything, area=["N"]), SOCIAL_WORKER, CONCERN),
            distant=Asker(enrol(DISTANT, everything, area=["EN"])),
            trust=Asker(enrol(TRUST, ordinary)),
            hospital=Asker(enrol(HOSPITAL, ordinary)),
            police=Asker(enrol(POLICE, [*ordinary, "override"]), OFFICER, CONCERN),
            school=Asker(enrol(SCHOOL, ordinary, sees=education, service_types=education)),
            academy=Asker(enrol(ACADEMY, ordinary, sees=education, service_types=education)),
            clinic=Asker(enrol(CLINIC, ordinary, service_types=["mental_health", "sexual_health"])),
        )


@dataclass(frozen=True)
class Only:
    """What can be named in the world that hides something, and in no other."""

    child_id: str = "nobody-at-all"
    case_id: str = "no-case-at-all"
    override_id: str = "0" * 32


type Settle = Callable[[Scene], object]


@dataclass(frozen=True)
class Pair:
    """`both` is done in both worlds, `hides` in one; then `outsiders` are told the same in both, `insider` is not.

    The first of the outsiders registers, too, unless the pair differs from another in how it came to be `alone`.
    """

    name: str
    both: Settle
    hides: Callable[[Scene], Only]
    outsiders: tuple[str, ...]
    insider: str = "council"
    alone: bool = False
    shields: bool = False
    """Whether what is hidden is behind a shield."""
    joins: bool = False
    """Whether a join is hidden, which whoever knows the id of its case follows, to be told that there is no such case."""
    apart: bool = False
    """Whether it lies in a compartment of its own, so that not even a number that is its own leads anywhere."""


def registered(asker: Asker, reference: str, child: dict[str, Any], **said: Any) -> None:
    """The asker registers a child."""
    answer = asker.client.put(reference, involvement(child, **said))
    if answer.status not in (200, 201):
        raise AssertionError(answer)


def registered_as(who: str, reference: str, child: dict[str, Any], scene: Scene, **said: Any) -> None:
    """One of the scene registers a child."""
    registered(getattr(scene, who), reference, child, **said)


def child_id(asker: Asker, child: dict[str, Any]) -> str:
    """As the asker's lookup tells it."""
    found: str = asker.look_up(child).body["child"]["child_id"]
    return found


def _mia(scene: Scene) -> None:
    registered(scene.hospital, "mia-1", MIA)


def _shielded_mia(scene: Scene, **said: Any) -> Only:
    """Mia, whom the council shields."""
    _mia(scene)
    found = child_id(scene.council, MIA)
    answer = scene.council.shield(found, **said)
    if answer.status != 200:
        raise AssertionError(answer)
    return Only(child_id=found)


def _nothing(_scene: Scene) -> None:
    return None


def _sensitive(scene: Scene) -> Only:
    registered(scene.clinic, "m-1", MIA, service_type="mental_health", sensitive_basis="consent")
    return Only()


def _of_social_care(scene: Scene) -> Only:
    registered(scene.council, "sw-1", MIA, service_type="social_care")
    return Only(child_id=child_id(scene.council, MIA))


def _shielded_twin(scene: Scene) -> Only:
    only = _shielded_mia(scene)
    (case,) = scene.council.client.reviews().body["cases"]
    told_apart = scene.council.client.decide(case["case_id"], "different")  # until then the twin is hidden, too
    assert told_apart.status == 200, told_apart
    return Only(only.child_id, case["case_id"])


def _moved(scene: Scene) -> Only:
    registered(scene.trust, "mia-2", {**MIA, **MIA_NOW, "former_names": [{"family_name": "Okonkwo-Reed"}]})
    return Only(child_id=child_id(scene.council, MIA))


def _opened(scene: Scene) -> Only:
    found = child_id(scene.council, MIA)
    answer = scene.police.open(found)
    if answer.status != 201:
        raise AssertionError(answer)
    return Only(child_id=found, override_id=answer.body["override_id"])


def _shielded_with_help(scene: Scene) -> Only:
    registered(scene.hospital, "help-1", MIA, service_type="early_help")
    return _shielded_mia(scene)


DUPLICATE = {**of(MIA, *NAMED), "given_name": "Mya", "date_of_birth": "2016-04-21"}
"""Mia, as somebody else has taken her down."""
UNLIKE = {"given_name": "Beth", "family_name": "Lowe", "date_of_birth": "2014-01-02", **of(MIA, "nhs_number")}
"""Another child, who is said to have her number."""
_HEADER = "source_reference,service_type,given_name,family_name,date_of_birth,sex,postcode\n"


def _one_by_one(scene: Scene) -> None:
    registered(scene.trust, "dup-1", DUPLICATE)


def _by_number(scene: Scene) -> None:
    registered(scene.trust, "dup-1", UNLIKE)


def _in_a_batch(scene: Scene) -> None:
    scene.trust.client.batch([{**involvement(DUPLICATE), "source_reference": "dup-1"}])


def _in_an_extract(scene: Scene) -> None:
    row = ",".join(("dup-1", "health_visiting", *(DUPLICATE[name] for name in NAMED)))
    scene.trust.client.deployment.drop(TRUST, (_HEADER + row).encode())


def _changed_into(scene: Scene) -> None:
    registered(scene.trust, "dup-1", {**DUPLICATE, "given_name": "Rosamund", "date_of_birth": "2011-09-30"})
    registered(scene.trust, "dup-1", DUPLICATE)


def _duplicate(arrives: Settle) -> Callable[[Scene], Only]:
    def hides(scene: Scene) -> Only:
        arrives(scene)
        (case,) = scene.council.client.reviews().body["cases"]
        compared = scene.council.client.compare(case["case_id"])
        return Only(compared.body["newer"]["child"]["child_id"], case["case_id"])

    return hides


def _joined(scene: Scene) -> Only:
    only = _duplicate(_one_by_one)(scene)
    if scene.council.client.decide(only.case_id, "same").status != 200:
        raise AssertionError(only)
    return only


SHIELDED_WITH_HELP = Pair(
    "a shielded child with early help", _nothing, _shielded_with_help, ("trust", "school"), shields=True
)
"""Which a targeted register would be for, if it could be seen."""
PAIRS = (
    Pair("a shielded child", _nothing, _shielded_mia, ("trust", "distant", "school"), shields=True),
    Pair("what is new of a shielded child", _shielded_mia, _moved, ("police", "trust"), shields=True),
    Pair("a shielded twin", partial(registered_as, "hospital", "tia-1", TIA), _shielded_twin, ("trust",), shields=True),
    *(
        Pair(f"a duplicate of a shielded child, {how}", _shielded_mia, _duplicate(arrives), ("trust",), alone=alone, shields=True)
        for how, arrives, alone in (
            ("put", _one_by_one, False),
            ("in a batch", _in_a_batch, True),
            ("in an extract", _in_an_extract, True),
            ("by its number", _by_number, True),
            ("by a change", _changed_into, True),
        )
    ),
    Pair("what was joined into a shielded child", _shielded_mia, _joined, ("trust",), alone=True, shields=True, joins=True),
    Pair("a shield that is open to somebody", _shielded_mia, _opened, ("trust", "distant"), "police", alone=True, shields=True),
    Pair("a sensitive service of a child known otherwise", _mia, _sensitive, ("trust", "distant", "police"), apart=True),
    Pair("a sensitive service of a child not known otherwise", _nothing, _sensitive, ("trust", "distant", "police"), apart=True),
    Pair("a service not shown, of a child known otherwise", partial(registered_as, "academy", "pupil-1", MIA, service_type="education"), _of_social_care, ("school",), "trust"),
    Pair("a service not shown, of a child not known otherwise", _nothing, _of_social_care, ("school",), "trust"),
    Pair("a twin that is not shown", partial(registered_as, "academy", "pupil-1", TIA, service_type="education"), _of_social_care, ("school",), "trust"),
)  # fmt: skip
