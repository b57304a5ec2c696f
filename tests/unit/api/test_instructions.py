"""What operators send to the directory function."""

from __future__ import annotations

from typing import Any

import pytest

from shared.api.instructions import (
    Amend,
    Enrol,
    Issue,
    OfCredential,
    OfOrganisation,
    Overview,
    credential_answer,
    organisation_answer,
    read_instruction,
)
from shared.api.validation import InvalidRequest
from shared.domain.access import Purpose, Role
from shared.domain.directory import Capability, Coverage, Credential, CredentialState, Organisation, Permissions
from shared.domain.involvement import ServiceType
from tests.support.builders import COUNCIL, NOW

ENROL = {
    "action": "enrol",
    "organisation": "e09000003",
    "name": "Barnet",
    "capabilities": ["lookup", "register", "review"],
    "purposes": ["missing_child"],
    "roles": ["social_worker"],
    "service_types": ["social_care", "substance_misuse"],
    "sees": ["education", "hospital"],
    "area": ["N12", "nw"],
    "covers": ["n", "NW4"],
}


def refused(event: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidRequest) as refusal:
        read_instruction(event)
    return [problem.pointer for problem in refusal.value.problems]


def test_every_field_of_an_enrolment_means_what_it_says() -> None:
    instruction = read_instruction(ENROL)
    assert isinstance(instruction, Enrol)
    assert instruction.to_domain() == Organisation(
        code=COUNCIL,
        name="Barnet",
        permissions=Permissions(
            capabilities=frozenset({Capability.LOOKUP, Capability.REGISTER, Capability.REVIEW}),
            purposes=frozenset({Purpose.MISSING_CHILD}),
            roles=frozenset({Role.SOCIAL_WORKER}),
            service_types=frozenset({ServiceType.SOCIAL_CARE, ServiceType.SUBSTANCE_MISUSE}),
            sees=frozenset({ServiceType.EDUCATION, ServiceType.HOSPITAL}),
        ),
        coverage=Coverage(
            districts=frozenset({"N", "NW4"}),
            service_types=frozenset({ServiceType.SOCIAL_CARE, ServiceType.SUBSTANCE_MISUSE}),
        ),
        area=frozenset({"N12", "NW"}),
    )


def test_what_an_enrolment_leaves_out_is_not_permitted() -> None:
    instruction = read_instruction({"action": "enrol", "organisation": COUNCIL, "name": "Barnet"})
    assert isinstance(instruction, Enrol)
    assert instruction.to_domain().permissions == Permissions()


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (ENROL | {"action": "amend"}, Amend),
        ({"action": "suspend", "organisation": COUNCIL}, OfOrganisation),
        ({"action": "resume", "organisation": COUNCIL}, OfOrganisation),
        ({"action": "credentials", "organisation": COUNCIL}, OfOrganisation),
        ({"action": "issue", "organisation": COUNCIL, "label": "Case management"}, Issue),
        ({"action": "reset", "organisation": COUNCIL, "client_id": "abc123"}, OfCredential),
        ({"action": "returned", "organisation": COUNCIL, "client_id": "abc123"}, OfCredential),
        ({"action": "organisations"}, Overview),
        ({"action": "outstanding"}, Overview),
    ],
)
def test_an_instruction_is_known_by_its_action(event: dict[str, Any], kind: type) -> None:
    assert isinstance(read_instruction(event), kind)


@pytest.mark.parametrize(
    ("event", "pointers"),
    [
        ({}, ["/action"]),
        ({"action": "destroy"}, ["/action"]),
        ({"action": "issue", "organisation": COUNCIL}, ["/label"]),
        ({"action": "suspend", "organisation": "?"}, ["/organisation"]),
        ({"action": "outstanding", "organisation": COUNCIL}, ["/organisation"]),
        (ENROL | {"covers": ["N", "Q"]}, ["/covers/1"]),
        (ENROL | {"roles": ["nurse", "wizard"]}, ["/roles/1"]),
        (ENROL | {"area": ["N", "Q"]}, ["/area/1"]),
        (ENROL | {"sees": ["education", "mental_health"]}, ["/sees"]),
        ({"action": "issue", "organisation": COUNCIL, "label": "CMS", "capabilities": []}, ["/capabilities"]),
        ({"action": "issue", "organisation": COUNCIL, "label": "CMS", "capabilities": ["all"]}, ["/capabilities/0"]),
        ({"action": "reset", "organisation": COUNCIL, "client_id": "a#b"}, ["/client_id"]),
    ],
)
def test_an_instruction_that_cannot_be_carried_out_is_refused_where_it_fails(
    event: dict[str, Any], pointers: list[str]
) -> None:
    assert refused(event) == pointers


def test_a_credential_is_shown_without_a_secret() -> None:
    credential = Credential(
        client_id="abc", organisation=COUNCIL, label="main", state=CredentialState.ISSUED, issued_at=NOW
    )
    assert credential_answer(credential) == {
        "organisation": COUNCIL,
        "client_id": "abc",
        "label": "main",
        "state": "issued",
        "capabilities": None,
        "issued_at": "2026-03-02T10:30:00+00:00",
        "ended_at": None,
    }


def test_a_credential_may_open_less_than_its_organisation_may_do() -> None:
    told = {"action": "issue", "organisation": COUNCIL, "label": "MASH", "capabilities": ["lookup", "broker"]}
    instruction = read_instruction(told)
    assert isinstance(instruction, Issue)
    assert instruction.opens() == frozenset({Capability.LOOKUP, Capability.BROKER})
    assert Issue(action="issue", organisation=COUNCIL, label="MASH").opens() is None


def test_that_a_sensitive_service_is_shown_to_nobody_is_explained() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_instruction(ENROL | {"sees": ["sexual_health"]})
    (problem,) = refusal.value.problems
    assert "capability broker" in problem.detail


def test_an_organisation_is_shown_as_it_was_enrolled() -> None:
    instruction = read_instruction(ENROL)
    assert isinstance(instruction, Enrol)
    shown = organisation_answer(instruction.to_domain())
    assert {name: shown[name] for name in ENROL if name != "action"} == {
        name: value for name, value in ENROL.items() if name != "action"
    } | {"organisation": COUNCIL, "covers": ["N", "NW4"], "area": ["N12", "NW"]}
