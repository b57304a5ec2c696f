"""What is asked, and the register that it is asked of: invented, but of the size and shape of real ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.integration.people import involvement

if TYPE_CHECKING:
    from tests.integration.deployed import Client, Deployment

REGISTER, ACCESS_LOG = "Register", "AccessLog"
ORGANISATIONS = 200
"""That are enrolled: the Directory holds all of them while a function lives."""
SERVICES = (
    *("health_visiting", "education", "social_care", "community_paediatrics", "midwifery", "school_nursing"),
    "speech_and_language",
)
FEW, MANY = 4, 20
"""Involvements of one child."""
FEEDING = "feeds/E00000001/nightly.csv"
"""The drop of the first organisation."""
FED = b"source_reference,service_type,given_name,family_name,date_of_birth,postcode,duty_phone,team,practitioner_name\n"
CANDIDATES = 20
"""Children that the keys of a question lead to."""

KNOWN: dict[str, Any] = {
    "given_name": "Amelia",
    "family_name": "Hargreaves",
    "date_of_birth": "2019-05-17",
    "sex": "female",
    "postcode": "LS8 2NR",
    "nhs_number": "9990001014",
}
WELL_KNOWN: dict[str, Any] = {
    "given_name": "Rosalind",
    "family_name": "Thackray",
    "date_of_birth": "2013-09-30",
    "sex": "female",
    "postcode": "YO10 4DF",
    "nhs_number": "9990002010",
}
SOUGHT: dict[str, Any] = {
    "given_name": "Jessica",
    "family_name": "Holroyd",
    "date_of_birth": "2017-08-08",
    "sex": "female",
    "postcode": "BD6 1QX",
    "nhs_number": "9990080003",
}
"""One of those who share keys: the neighbours in her postcode, and those of her name or birthday elsewhere."""
NEW: dict[str, Any] = {
    "given_name": "Florence",
    "family_name": "Wadsworth",
    "date_of_birth": "2024-11-02",
    "sex": "female",
    "postcode": "HX3 7TD",
    "nhs_number": "9990090009",
}
_BY_NAME = ("given_name", "family_name", "date_of_birth", "postcode")


@dataclass(frozen=True)
class Scenario:
    """One kind of request."""

    name: str
    says: str
    goal: str
    function: str
    event: dict[str, Any]
    status: int


def scenarios(client_id: str) -> list[Scenario]:
    """All that are measured, as the client of the first organisation sends them."""
    named = {name: SOUGHT[name] for name in _BY_NAME}
    return [
        Scenario(
            "few", f"lookup by NHS number, {FEW} involvements", "2.4", "lookup",
            looking_up(client_id, {"nhs_number": KNOWN["nhs_number"]}), 200,
        ),
        Scenario(
            "many", f"the same, {MANY} involvements", f"1.7 times {FEW}", "lookup",
            looking_up(client_id, {"nhs_number": WELL_KNOWN["nhs_number"]}), 200,
        ),
        Scenario(
            "named", f"lookup by name, birth and postcode, {CANDIDATES} candidates", "5", "lookup",
            looking_up(client_id, named), 200,
        ),
        Scenario(
            "known child", "registration of a known child", "3", "registration",
            putting(client_id, "case-known-1", involvement(KNOWN)), 201,
        ),
        Scenario(
            "sought child", f"the same among {CANDIDATES} candidates", "", "registration",
            putting(client_id, "case-sought-1", involvement(SOUGHT)), 201,
        ),
        Scenario(
            "new child", "registration of a new child", "5", "registration",
            putting(client_id, "case-new-1", involvement(NEW)), 201,
        ),
    ]  # fmt: skip


def fill(deployment: Deployment) -> Client:
    """Registers what the scenarios are about. The client of the first organisation."""
    first, *others = [deployment.enrol(f"E{n:08}", name=f"Organisation {n}") for n in range(1, ORGANISATIONS + 1)]
    for child, count in ((KNOWN, FEW), (WELL_KNOWN, MANY)):
        for n, of in enumerate(others[:count]):
            _put(of, f"{child['family_name']}-{n}", child, SERVICES[n % len(SERVICES)])
    _put(first, "sought", SOUGHT, SERVICES[0])
    for n in range(CANDIDATES - 1):
        _put(others[n % 8], f"like-{n}", _like_her(n), SERVICES[n % len(SERVICES)])
    return first


def _like_her(n: int) -> dict[str, Any]:
    """Of three, one lives in her postcode, one was born on her day, one has her name and her year of birth."""
    family = ("Pickles", "Sutcliffe", "Greenwood", "Barraclough", "Ackroyd", "Murgatroyd", "Feather")[n % 7]
    given = ("Harriet", "Oliver", "Mohammed", "Isla", "Zainab", "Callum", "Poppy")[n // 3 % 7]
    own = {"sex": "female" if n % 2 else "male", "nhs_number": _nhs_number(n)}
    match n % 3:
        case 0:
            return {**own, "given_name": given, "family_name": family, "date_of_birth": f"20{12 + n // 3:02}-02-1{n % 9}", "postcode": SOUGHT["postcode"]}  # fmt: skip
        case 1:
            return {**own, "given_name": f"Jes{given.lower()}", "family_name": family, "date_of_birth": SOUGHT["date_of_birth"], "postcode": f"S{n} 4AB"}  # fmt: skip
        case _:
            return {**own, "given_name": "Jessica", "family_name": "Holroyd", "date_of_birth": f"2017-0{1 + n % 9}-21", "postcode": f"M{n} 4AB"}  # fmt: skip


def _nhs_number(n: int) -> str:
    """Of the range for tests, with its check digit."""
    for serial in range(100 + n * 7, 10_000):
        digits = f"99901{serial:04}"
        check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
        if check != 10:  # no number has this one
            return f"{digits}{check % 11}"
    raise ValueError(n)


def _put(client: Client, reference: str, child: dict[str, Any], service: str) -> None:
    answer = client.put(reference, involvement(child, service_type=service))
    if answer.status != 201:
        message = f"{reference}: {answer.body}"
        raise RuntimeError(message)


def looking_up(client_id: str, child: dict[str, Any]) -> dict[str, Any]:
    """The event of `POST /lookups`."""
    body = {
        "reason": {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11", "note": "ED 26/4711"},
        "practitioner": {"id": "NMC-17A0471E", "name": "Ann Askwith", "role": "nurse"},
        "child": child,
    }
    return _event(client_id, "POST", "/lookups", None, body)


def putting(client_id: str, reference: str, body: dict[str, Any]) -> dict[str, Any]:
    """The event of `PUT /involvements/{source_reference}`."""
    path = {"source_reference": reference}
    return _event(client_id, "PUT", "/involvements/{source_reference}", path, body)


def _event(client_id: str, method: str, resource: str, path: dict[str, str] | None, body: Any) -> dict[str, Any]:
    """As API Gateway passes on what an ordinary HTTP client sends."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Authorization": f"Bearer {'x' * 900}",
        "Content-Type": "application/json",
        "Host": "register.example",
        "User-Agent": "case-management/8.2",
        "X-Amzn-Trace-Id": "Root=1-65a1b2c3-0123456789abcdef01234567",
        "X-Forwarded-For": "192.0.2.17",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    asked = resource.format(**(path or {}))
    return {
        "resource": resource,
        "path": asked,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": path,
        "stageVariables": None,
        "requestContext": {
            "requestId": "5f2b6c1e-0d1f-4c07-9d0a-3d6ef9a1b1a2",
            "path": f"/v1{asked}",
            "stage": "v1",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.17", "userAgent": "case-management/8.2"},
            "authorizer": {"claims": {"client_id": client_id, "scope": "signpost/lookup signpost/register"}},
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
