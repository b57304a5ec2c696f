"""Children to register and ask about. NHS numbers are of the range kept for tests; nobody is real."""

from __future__ import annotations

from typing import Any

ZOE: dict[str, Any] = {
    "given_name": "Zoë",
    "family_name": "Okafor-Lane",
    "date_of_birth": "2022-03-14",
    "sex": "female",
    "postcode": "N12 7QF",
    "nhs_number": "9990001014",
    "upn": "A123456789012",
}
ABEL: dict[str, Any] = {
    "given_name": "Abel",
    "family_name": "Ó Briain",
    "date_of_birth": "2015-01-30",
    "sex": "male",
    "postcode": "EN5 2AB",
    "nhs_number": "9990002010",
}
NUMBER, DETAILS = ("nhs_number",), ("given_name", "family_name", "date_of_birth", "postcode")


def of(child: dict[str, Any], *names: str) -> dict[str, Any]:
    """Only these details of a child."""
    return {name: child[name] for name in names}


def involvement(child: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The body of a registration: a health visitor works with this child."""
    return {
        "child": child,
        "service_type": "health_visiting",
        "team": "Willow Team",
        "practitioner": {"name": "Bronwen Pugh", "role": "Health visitor"},
        "duty_phone": "020 7946 0018",
        "duty_email": "duty.willow@trust.example",
        "started": "2024-01-02",
        "last_contact": "2026-05-06",
        "lead_professional": True,
        **changed,
    }


def personal_values(body: Any) -> set[str]:
    """Every name, number, date of birth or death, postcode, telephone number and address of a request, as it may be written.

    Codes of closed lists are not personal; nor are the days of an involvement without its child.
    """
    child, practitioner = body["child"], body.get("practitioner") or {}
    written = {
        str(value)
        for value in (
            *(
                child.get(name)
                for name in ("given_name", "family_name", "date_of_birth", "date_of_death", "postcode", *NUMBER, "upn")
            ),
            *(body.get(name) for name in ("duty_phone", "duty_email", "team")),
            practitioner.get("name"),
        )
        if value
    }
    solid = {value.replace(" ", "") for value in written}
    international = {"+44" + value[1:] for value in solid if value.startswith("0")}
    names = {part for name in ("given_name", "family_name") for part in child.get(name, "").split("-")}
    spaced = {f"{value[:3]} {value[3:6]} {value[6:]}" for value in solid if value.isdigit() and len(value) == 10}
    return {value for value in written | solid | international | names | spaced if len(value) > 2}
