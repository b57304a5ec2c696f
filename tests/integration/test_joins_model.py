"""Whatever is registered, withdrawn, joined and undone in whatever order: what was acknowledged is there, once."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import FoundDifferentBefore, InvolvementNotFound, JoinedSince
from shared.domain.involvement import ServiceType
from shared.domain.review import Decision, State
from shared.domain.shield import Shield, ShieldReason
from shared.persistence.models import MatchKeyItem
from tests.integration.direct import Desk, details
from tests.integration.emulated import REGISTER, dump, empty
from tests.integration.pairs import BEN, CAT, COUNCIL, POLICE, SCHOOL, TRUST, assert_whole

ORGANISATIONS = (COUNCIL, SCHOOL, TRUST)
REFERENCES = ("r-1", "r-2")
DOT = {"given_name": "Dorothea", "family_name": "Musgrave", "date_of_birth": "2011-11-11", "postcode": "M1 1AE"}
CHILDREN: tuple[dict[str, Any], ...] = (CAT, BEN, DOT)
NUMBERS: tuple[dict[str, Any], ...] = ({"nhs_number": CAT["nhs_number"]}, {"upn": BEN["upn"]}, {})


@dataclass(frozen=True)
class Put:
    """A child under a reference, perhaps with a number that another child may have."""

    key: tuple[str, str]
    child: int
    number: int
    service_type: str

    def said(self) -> dict[str, Any]:
        return {**CHILDREN[self.child], **NUMBERS[self.number]}


@dataclass(frozen=True)
class Withdraw:
    key: tuple[str, str]


@dataclass(frozen=True)
class Decide:
    """One of the cases that there are, by the order in which they were raised."""

    which: int
    decision: Decision


@dataclass(frozen=True)
class Shielding:
    """The council's team shields one of the children that somebody works with, or lifts its shield."""

    which: int
    lifts: bool


keys = st.tuples(st.sampled_from(ORGANISATIONS), st.sampled_from(REFERENCES))
decisions = st.builds(Decide, st.integers(0, 2), st.sampled_from(Decision))
puts = st.builds(
    Put, keys, st.integers(0, 2), st.integers(0, 2), st.sampled_from(("health_visiting", "police", "education"))
)
steps = st.lists(
    st.one_of(
        puts,
        puts,
        st.builds(Withdraw, keys),
        st.builds(Shielding, st.integers(0, 2), st.sampled_from((False, False, True))),
        decisions,
        decisions,
    ),
    min_size=6,
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
@pytest.mark.usefixtures("aws")
def test_what_was_acknowledged_is_there_once_after_any_sequence(
    steps: list[Put | Withdraw | Decide | Shielding],
) -> None:
    empty(REGISTER)
    desk, acknowledged = Desk(), dict[tuple[str, str], dict[str, Any]]()
    for step in steps:
        desk.clock.move(seconds=1)
        before = {(item["pk"], item["sk"]) for item in dump(REGISTER)}
        guarded = _guarded(desk)
        _take(step, desk, acknowledged)
        if isinstance(step, Withdraw):
            assert _guarded(desk) == guarded, "a withdrawal has taken a number from behind a shield"
        assert before <= {(item["pk"], item["sk"]) for item in dump(REGISTER)}, "something was deleted"
        assert_whole(desk, acknowledged)
    _nobody_found_different_is_one(desk)
    _who_states_a_number_of_a_shielded_child_is_behind_its_shield(desk)
    _who_may_not_see_finds_what_a_register_without_it_answers(desk)


def _take(
    step: Put | Withdraw | Decide | Shielding, desk: Desk, acknowledged: dict[tuple[str, str], dict[str, Any]]
) -> None:
    match step:
        case Put():
            desk.put(*step.key, step.said(), service_type=step.service_type)
            acknowledged[step.key] = step.said()
        case Withdraw():
            with suppress(InvolvementNotFound):
                desk.withdraw(*step.key)
            acknowledged.pop(step.key, None)
        case Decide():
            cases = sorted(
                (item for item in dump(REGISTER) if item["kind"] == "case"),
                key=lambda item: (item["raised_at"], item["case_id"]),
            )
            if len(cases) > step.which:
                with suppress(FoundDifferentBefore, JoinedSince):
                    case = desk.decide(cases[step.which]["case_id"], step.decision, COUNCIL)
                    assert case.state is State(step.decision)
        case Shielding():
            own = [desk.own(*key) for key in sorted(acknowledged)]
            children = list(dict.fromkeys(one.child_id for one in own if one))
            if len(children) > step.which:
                _shield(desk, children[step.which], lifts=step.lifts)


def _shield(desk: Desk, child_id: str, *, lifts: bool) -> None:
    now = desk.clock()
    if lifts:
        desk.shields.lift(child_id, now, organisation=COUNCIL)
        return
    until = now + timedelta(days=300)
    desk.shields.put(
        child_id, Shield(organisation=COUNCIL, reason=ShieldReason.COURT_ORDER, since=now, until=until), (), now
    )


def _guarded(desk: Desk) -> set[str]:
    """The claims that lead to shielded children, whether anybody works with those or not."""
    live = [item for item in dump(REGISTER) if float(item.get("expires_at", "inf")) > desk.clock().timestamp()]
    shielded = {item["child_id"] for item in live if item["kind"] == "child" and "shield" in item}
    claims = [item for item in live if item["kind"] == "claim"]
    return {
        item["pk"] for item in claims if (item["child_id"], *json.loads(item.get("joined_into", "[]")))[-1] in shielded
    }


def _who_states_a_number_of_a_shielded_child_is_behind_its_shield(desk: Desk) -> None:
    guarded = _guarded(desk)
    for n, number in enumerate(NUMBERS[:2]):
        desk.clock.move(seconds=1)
        put = desk.put(POLICE, f"new-{n}", {"given_name": "Casimir", **number}, service_type="police")
        if guarded & {*desk.register.keys.numbers(details(number))}:
            held = desk.register.held_by_id(put.involvement.child_id, desk.clock())
            assert held
            assert held.shield


def _who_may_not_see_finds_what_a_register_without_it_answers(desk: Desk) -> None:
    """What is hidden is told apart here by the children's own shields and the types alone, and then really removed."""
    sees = {ServiceType.HEALTH_VISITING, ServiceType.EDUCATION}
    outsider = desk.viewer(TRUST, sees=frozenset(sees))
    asked = [one for child in CHILDREN for number in NUMBERS for one in (child, {**child, **number}, number) if one]
    found = [desk.seen(one, outsider) for one in asked]
    held = [desk.shown(one, outsider) for one in asked]
    items = dump(REGISTER)
    shielded = {item["child_id"] for item in items if item["kind"] == "child" and "shield" in item}
    for item in items:
        if item["kind"] != "match_key":
            continue
        line = (item["child_id"], *json.loads(item.get("joined_into", "[]")))
        row, seen = MatchKeyItem(item["pk"], item["sk"]), sees & set(item.get("service_types", ()))
        if not seen or line[-1] in shielded:
            row.delete()
        else:
            row.update(actions=[MatchKeyItem.service_types.set({*map(str, seen)})])
    assert [desk.find(one) for one in asked] == found
    for one, shown in zip(asked, held, strict=True):
        everyone = desk.who(one) or set()
        types = {key: own.service.service_type for key in everyone if (own := desk.own(*key))}
        assert shown == {key for key in everyone if types[key] in sees}


def _nobody_found_different_is_one(desk: Desk) -> None:
    into = {
        item["child_id"]: item["joined_into"]
        for item in dump(REGISTER)
        if "joined_into" in item and item["kind"] == "child"
    }

    def now(child_id: str) -> str:
        return now(into[child_id]) if child_id in into else child_id

    live = desk.clock().timestamp()
    for item in dump(REGISTER):
        if item["kind"] == "difference" and float(item.get("expires_at", "inf")) > live:
            assert now(item["child_id"]) != now(item["other"])
