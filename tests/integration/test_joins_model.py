"""Whatever is registered, withdrawn, joined and undone in whatever order: what was acknowledged is there, once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import FoundDifferentBefore, InvolvementNotFound, JoinedSince
from shared.domain.review import Decision, State
from tests.integration.direct import Desk
from tests.integration.emulated import REGISTER, dump, empty
from tests.integration.pairs import BEN, CAT, COUNCIL, SCHOOL, TRUST, assert_whole

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


keys = st.tuples(st.sampled_from(ORGANISATIONS), st.sampled_from(REFERENCES))
decisions = st.builds(Decide, st.integers(0, 2), st.sampled_from(Decision))
steps = st.lists(
    st.one_of(
        st.builds(Put, keys, st.integers(0, 2), st.integers(0, 2)),
        st.builds(Put, keys, st.integers(0, 2), st.integers(0, 2)),
        st.builds(Withdraw, keys),
        decisions,
        decisions,
    ),
    min_size=6,
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
@pytest.mark.usefixtures("aws")
def test_what_was_acknowledged_is_there_once_after_any_sequence(steps: list[Put | Withdraw | Decide]) -> None:
    empty(REGISTER)
    desk, acknowledged = Desk(), dict[tuple[str, str], dict[str, Any]]()
    for step in steps:
        desk.clock.move(seconds=1)
        before = {(item["pk"], item["sk"]) for item in dump(REGISTER)}
        _take(step, desk, acknowledged)
        assert before <= {(item["pk"], item["sk"]) for item in dump(REGISTER)}, "something was deleted"
        assert_whole(desk, acknowledged)
    _nobody_found_different_is_one(desk)


def _take(step: Put | Withdraw | Decide, desk: Desk, acknowledged: dict[tuple[str, str], dict[str, Any]]) -> None:
    match step:
        case Put():
            desk.put(*step.key, step.said())
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
                    case = desk.decide(cases[step.which]["case_id"], step.decision)
                    assert case.state is State(step.decision)


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
