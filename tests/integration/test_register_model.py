"""Whatever is registered, replaced and withdrawn in whatever order, the Register agrees with a simple model of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import InvolvementNotFound
from tests.integration.direct import Desk
from tests.integration.emulated import REGISTER, dump, empty
from tests.integration.pairs import assert_whole
from tests.integration.people import DETAILS, NUMBER, of

HOMES = ("N12 7QF", "EN5 2AB")
CHILDREN: tuple[dict[str, Any], ...] = (
    {"given_name": "Zoë", "family_name": "Okafor-Lane", "date_of_birth": "2022-03-14", "nhs_number": "9990001014"},
    # twins of one household, and their sister
    {"given_name": "Ada", "family_name": "Finch", "date_of_birth": "2016-05-01", "nhs_number": "9990002010"},
    {"given_name": "Ben", "family_name": "Finch", "date_of_birth": "2016-05-01", "nhs_number": "9990000018"},
    {"given_name": "Cat", "family_name": "Finch", "date_of_birth": "2019-09-09", "nhs_number": "9990000026"},
)
UPNS = ("A123456789012", "B123456789012", "C123456789012", "D123456789012")
ORGANISATIONS = ("X99", "E99000001", "EE999999")


@dataclass(frozen=True)
class Put:
    """An organisation registers a child under a reference, at one of two homes, perhaps with its pupil number, as a service."""

    organisation: str
    reference: str
    child: int
    home: int
    pupil: bool
    team: str
    service_type: str

    def said(self) -> dict[str, Any]:
        number = {"upn": UPNS[self.child]} if self.pupil else {}
        return {**CHILDREN[self.child], "postcode": HOMES[self.home], **number}


@dataclass(frozen=True)
class Withdraw:
    """An organisation withdraws a reference, if it has it."""

    organisation: str
    reference: str


organisations = st.sampled_from(ORGANISATIONS)
references = st.sampled_from(("r-1", "r-2"))
steps = st.lists(
    st.one_of(
        st.builds(
            Put,
            organisation=organisations,
            reference=references,
            child=st.integers(0, 3),
            home=st.integers(0, 1),
            pupil=st.booleans(),
            team=st.sampled_from(("Oak", "Elm")),
            service_type=st.sampled_from(("health_visiting", "police")),
        ),
        st.builds(Withdraw, organisations, references),
    ),
    min_size=4,
    max_size=10,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
@pytest.mark.usefixtures("aws")
def test_the_register_agrees_with_a_simple_model_after_any_sequence(steps: list[Put | Withdraw]) -> None:
    empty(REGISTER)
    desk, model = Desk(), dict[tuple[str, str], Put]()
    for step in steps:
        desk.clock.move(seconds=1)
        _take(step, desk, model)

    for organisation in ORGANISATIONS:
        for reference in ("r-1", "r-2"):
            own, said = desk.own(organisation, reference), model.get((organisation, reference))
            assert (own and own.service.team) == (said and said.team)
    for number, child in enumerate(CHILDREN):
        of_child = {key: said for key, said in model.items() if said.child == number}
        everyone = set(of_child) or None
        assert desk.who(of(child, *NUMBER)) == everyone
        assert desk.who({"upn": UPNS[number]}) == (everyone if any(p.pupil for p in of_child.values()) else None)
        for home, postcode in enumerate(HOMES):
            is_stated = any(said.home == home for said in of_child.values())
            asked = of({**child, "postcode": postcode}, *DETAILS)
            found = desk.who(asked)
            assert found == everyone or (found is None and not is_stated)
    assert_whole(desk, {key: said.said() for key, said in model.items()})


def _take(step: Put | Withdraw, desk: Desk, model: dict[tuple[str, str], Put]) -> None:
    key = (step.organisation, step.reference)
    before = dump(REGISTER)
    match step:
        case Put():
            registered = desk.put(*key, step.said(), team=step.team, service_type=step.service_type)
            assert registered.created == (key not in model)
            assert registered.changed == (model.get(key) != step)
            model[key] = step
        case Withdraw() if key in model:
            desk.withdraw(*key)
            del model[key]
        case Withdraw():
            with pytest.raises(InvolvementNotFound):
                desk.withdraw(*key)
            assert dump(REGISTER) == before
    keys = {(item["pk"], item["sk"]) for item in dump(REGISTER)}
    assert keys.issuperset((item["pk"], item["sk"]) for item in before), "something was deleted"
