"""Two children that are one: each registered by several, under details that have nothing in common but a number."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.domain.review import Case, Cause, Decided, Decision
from shared.persistence import codec
from tests.integration.direct import Desk, details
from tests.integration.emulated import REGISTER, Stored, dump

COUNCIL, TRUST, SCHOOL, POLICE = "E99000001", "X99", "EE999999", "RX9"

CAT: dict[str, Any] = {
    "given_name": "Catrin",
    "family_name": "Finch",
    "date_of_birth": "2019-09-09",
    "postcode": "N12 7QF",
    "nhs_number": "9990000018",
}
CAT_AT_SCHOOL = {"given_name": "Cat", "date_of_birth": "2019-09-09", "upn": "E123456789012", "nhs_number": "9990000018"}
BEN: dict[str, Any] = {
    "given_name": "Benedict",
    "family_name": "Okafor-Lane",
    "date_of_birth": "2016-05-01",
    "postcode": "EN5 2AB",
    "upn": "B123456789012",
}
BEN_AT_SCHOOL = {"upn": "B123456789012", "family_name": "Lane"}
BEN_WITH_CATS_NUMBER = {**BEN, "nhs_number": CAT["nhs_number"]}

OF_CAT = {(COUNCIL, "cat-1"): CAT, (SCHOOL, "cat-2"): CAT_AT_SCHOOL}
OF_BEN = {(TRUST, "ben-1"): BEN, (SCHOOL, "ben-2"): BEN_AT_SCHOOL, (POLICE, "ben-3"): BEN_WITH_CATS_NUMBER}
CATS, BENS = set(OF_CAT), set(OF_BEN)
OF_BEN_TOO = {(COUNCIL, "ben-4"): BEN_WITH_CATS_NUMBER, (SCHOOL, "ben-5"): BEN}
"""What two others say word for word, as another type of service."""

ASK_FOR_CAT = (
    {name: CAT[name] for name in ("given_name", "family_name", "date_of_birth", "postcode")},
    {"nhs_number": CAT["nhs_number"]},
    {"upn": "E123456789012"},
)
ASK_FOR_BEN = (
    {name: BEN[name] for name in ("given_name", "family_name", "date_of_birth", "postcode")},
    {"upn": BEN["upn"]},
)


def registered(desk: Desk, said: Mapping[tuple[str, str], dict[str, Any]], **service: Any) -> None:
    """Each registration a second after the last."""
    for (organisation, reference), child in said.items():
        desk.clock.move(seconds=1)
        desk.put(organisation, reference, child, **service)


def a_pair(desk: Desk) -> Case:
    """Cat, and then Ben, who is said to have Cat's number: two children, and a case of them."""
    registered(desk, OF_CAT)
    registered(desk, OF_BEN)
    assert [desk.who(asked) for asked in ASK_FOR_CAT] == [CATS] * 3
    assert [desk.who(asked) for asked in ASK_FOR_BEN] == [BENS] * 2
    (case,) = desk.cases()
    assert case.cause is Cause.NUMBER
    return case


def steps_of(desk: Desk, case: Case, decision: Decision) -> Iterator[Case]:
    """The case when its decision has been taken, and after each of the steps that follow; the last one is to come."""
    decided = Decided(decision, desk.clock(), "records-7", "REV")
    if decision is Decision.SAME:
        desk.reviews.begin_join(case, decided)
    else:
        desk.reviews.begin_undoing(case, decided)
    under_way = desk.reviews.case(case.case_id)
    assert under_way
    yield under_way
    while desk.reviews.step(under_way, desk.clock()):
        yield under_way


def assert_whole(desk: Desk, acknowledged: Mapping[tuple[str, str], dict[str, Any]], *, at_rest: bool = True) -> None:
    """Every involvement that was acknowledged is there, once; all that it says leads to it, and nothing else leads.

    `at_rest` if no join is under way: then nothing says that one is, and each thing leads to exactly one child.
    """
    now = desk.clock().timestamp()
    live = [item for item in dump(REGISTER) if float(item.get("expires_at", "inf")) > now]
    held = [item for item in live if item["kind"] == "involvement"]
    assert Counter((item["organisation"], item["source_reference"]) for item in held) == Counter(acknowledged.keys())
    children = {item["child_id"]: item for item in live if item["kind"] == "child"}
    wanted: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    said_as: dict[tuple[str, str], set[str]] = {}
    for item in held:
        organisation, reference = item["organisation"], item["source_reference"]
        own = desk.own(organisation, reference)
        assert own is not None
        assert own.child == details(acknowledged[organisation, reference])
        assert own.child_id == item["child_id"]
        assert not at_rest or "joined_into" not in children[own.child_id]
        line = (*json.loads(item.get("moved_from", "[]")), own.child_id)
        for key in desk.register.keys.leading(line[0], own.child):
            wanted.setdefault(key, set()).add(line)
            said_as.setdefault(key, set()).add(own.service.service_type)
    leading = {(item["pk"], item["sk"]): item for item in live if item["kind"] in ("claim", "match_key")}
    kept = {key for key, item in leading.items() if item["kind"] == "claim" and "lapses_at" in item}
    assert leading.keys() - kept <= wanted.keys()
    doubtful = _in_doubt(desk, live)
    assert wanted.keys() - leading.keys() <= doubtful
    for key, item in leading.items():
        if item["kind"] == "match_key":
            types = set(item["service_types"])
            assert types == said_as[key] or (key in doubtful and types < said_as[key])
    if at_rest:
        assert not [child for child in children.values() if "busy_with" in child or "busy_for" in child]
        lines = {key: (item["child_id"], *json.loads(item.get("joined_into", "[]"))) for key, item in leading.items()}
        assert [key for key in lines.keys() - kept if lines[key] not in wanted[key]] == []
        assert [key for key in kept if lines[key] in wanted.get(key, ())] == [], "what is stated again lives on"
        assert [key for key in kept if key[0] not in json.loads(children[lines[key][-1]]["kept_claims"])] == []
        shields = {key: children[line[-1]].get("shield") for key, line in lines.items()}
        assert [key for key, shield in shields.items() if leading[key].get("shield") != shield] == []
        assert not [item for item in live if item["kind"] == "work"]


def _in_doubt(desk: Desk, live: Iterable[Stored]) -> set[tuple[str, str]]:
    """The claims, and the rows beside them, of involvements of which some are nobody's until they are registered again."""
    doubtful = {(item["pk"]) for item in live if item["kind"] == "pointer" and item.get("in_doubt")}
    involvements = [item for item in live if item["kind"] == "involvement"]
    return {
        key
        for item in involvements
        if desk.register.keys.pointer(item["organisation"], item["source_reference"]) in doubtful
        for key in desk.register.keys.leading(
            (*json.loads(item.get("moved_from", "[]")), item["child_id"])[0],
            codec.details_from(json.loads(item["child"])),
        )
        if key[0].startswith("ID#")
    }


def said_of(*parts: Mapping[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Everything that these say together."""
    return {key: child for part in parts for key, child in part.items()}
