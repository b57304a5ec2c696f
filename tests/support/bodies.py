"""What callers send, as JSON types. Nobody here is real."""

from __future__ import annotations

from typing import Any

from tests.support.builders import UPN


def a_child_body(**changed: Any) -> dict[str, Any]:
    return {
        "nhs_number": "943 476 5919",
        "upn": UPN,
        "local_authority_child_id": {"authority": "e09000003", "id": "C-1001"},
        "given_name": "Amelia",
        "family_name": "O’Kafor-Hill",
        "date_of_birth": "2017-05-09",
        "sex": "female",
        "postcode": "n120ab",
    } | changed


def a_lookup_body(**changed: Any) -> dict[str, Any]:
    return {
        "reason": {
            "purpose": "emergency_care",
            "legal_basis": "children_act_2004_s11",
            "note": "ED attendance 4471",
        },
        "practitioner": {
            "id": "NMC-12A3456E",
            "name": "Rosa Quill",
            "role": "nurse",
            "on_behalf_of": {"id": "GMC-7", "name": "Idris Vaughan", "role": "doctor"},
        },
        "child": a_child_body(),
    } | changed


def an_involvement_body(**changed: Any) -> dict[str, Any]:
    return {
        "child": a_child_body(),
        "service_type": "social_care",
        "standing": "ended",
        "team": "Children in Need,  North",
        "practitioner": {"name": "Grace Mbeki", "role": "Social worker"},
        "duty_phone": "020 7946 0018",
        "duty_email": "duty@COUNCIL.example",
        "started": "2025-09-01",
        "ended": "2026-02-21",
        "last_contact": "2026-02-20",
        "lead_professional": True,
        "assessment_held": True,
        "source_system": "Mosaic 9",
    } | changed
