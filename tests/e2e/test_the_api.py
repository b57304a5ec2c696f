"""The API as client systems meet it, on the deployed stack."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.e2e.conftest import NURSE, PATIENCE, REASON

if TYPE_CHECKING:
    from infra.local.stack import Stack
    from tests.e2e.conftest import Client

_counter = itertools.count(1)


GIVEN_NAMES = (
    "Perpetua Ignatius Marigold Thaddeus Ottilie Barnaby Jacinta Leopold Wynonna Fitzroy Guinevere Cuthbert "
    "Damaris Horatio Euphemia Lysander Rosalind Montague Zephyrine Alaric"
).split()
FAMILY_NAMES = (
    "Quillfeather Stanbrook Winterbourne Achterberg Longfellow Devereaux Hollingsworth Macallister Pemberton "
    "Oyelaran Cavendish Szymanski Trevelyan"
).split()


def a_child(**changed: str) -> dict[str, Any]:
    """A child of whom nothing was heard before, and like whom there is no other: two names and a birth of its own."""
    number = next(_counter)
    born = date(2010, 1, 2) + timedelta(days=(number * 1009) % 5000)
    return {
        "given_name": GIVEN_NAMES[number % len(GIVEN_NAMES)],
        "family_name": FAMILY_NAMES[number % len(FAMILY_NAMES)],
        "date_of_birth": born.isoformat(),
        "postcode": "HA8 4QQ",
        **changed,
    }


def an_involvement(child: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    return {
        "child": child or a_child(),
        "service_type": "health_visiting",
        "practitioner": {"name": "Ottoline Brackenbury", "role": "Health visitor"},
        "duty_phone": "020 7946 0155",
        "duty_email": "duty.desk@brackenbury.example",
        **changed,
    }


def test_status_needs_no_credentials(stack: Stack) -> None:
    answer = httpx.get(f"{stack.api_url}/status", timeout=PATIENCE)
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["phase"] == "open"


def test_the_openapi_document_is_served(stack: Stack) -> None:
    answer = httpx.get(f"{stack.api_url}/openapi.json", timeout=PATIENCE)
    assert answer.json()["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/lookups"),
        ("PUT", "/involvements/a"),
        ("GET", "/involvements/a"),
        ("DELETE", "/involvements/a"),
        ("POST", "/involvements/batch"),
        ("GET", "/reviews"),
        ("POST", "/reviews/a/comparisons"),
        ("PUT", "/reviews/a/decision"),
    ],
)
@pytest.mark.parametrize("token", [None, "not-a-token"])
def test_without_a_valid_token_every_route_is_401_as_problem_details(
    stack: Stack, method: str, path: str, token: str | None
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.request(method, f"{stack.api_url}{path}", headers=headers, timeout=PATIENCE)
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"]


def test_a_token_without_the_scope_of_the_route_opens_nothing(nhs_trust: Client) -> None:
    answer = nhs_trust.with_scopes("signpost/register").post("/lookups", {})
    assert answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_that_does_not_exist_is_404_as_problem_details(nhs_trust: Client) -> None:
    answer = nhs_trust.get("/children")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_question_without_a_reason_is_refused_with_a_pointer(nhs_trust: Client) -> None:
    answer = nhs_trust.post("/lookups", {"practitioner": NURSE, "child": a_child()})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert [mistake["pointer"] for mistake in answer.json()["errors"]] == ["/reason"]


def test_a_purpose_that_the_directory_does_not_give_is_refused(school: Client) -> None:
    answer = school.post("/lookups", {"reason": REASON, "practitioner": NURSE, "child": a_child()})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert answer.json()["errors"][0]["pointer"] == "/practitioner/role"


def test_the_same_registration_twice_is_one_involvement_and_the_same_answer(nhs_trust: Client) -> None:
    body = an_involvement()
    first, second = nhs_trust.put("/involvements/twice-1", body), nhs_trust.put("/involvements/twice-1", body)
    assert (first.status_code, second.status_code) == (HTTPStatus.CREATED, HTTPStatus.OK)
    assert first.json() == second.json()
    assert first.headers["etag"] == second.headers["etag"]
    assert len(nhs_trust.ask(body["child"])["involvements"]) == 1


def test_if_match_guards_against_a_change_in_between(nhs_trust: Client) -> None:
    body = an_involvement()
    etag = nhs_trust.put("/involvements/guard-1", body).headers["etag"]
    changed = body | {"team": "Northern team"}
    assert nhs_trust.put("/involvements/guard-1", changed, if_match=etag).status_code == HTTPStatus.OK
    again = nhs_trust.put("/involvements/guard-1", body, if_match=etag)
    assert again.status_code == HTTPStatus.PRECONDITION_FAILED
    assert nhs_trust.get("/involvements/guard-1").json()["team"] == "Northern team"


def test_another_organisations_reference_does_not_exist(nhs_trust: Client, school: Client) -> None:
    nhs_trust.put("/involvements/mine-1", an_involvement())
    assert school.get("/involvements/mine-1").status_code == HTTPStatus.NOT_FOUND
    assert school.delete("/involvements/mine-1").status_code == HTTPStatus.NOT_FOUND
    assert nhs_trust.get("/involvements/mine-1").status_code == HTTPStatus.OK


def test_a_withdrawn_involvement_is_hidden_at_once_and_can_be_registered_anew(nhs_trust: Client) -> None:
    body = an_involvement()
    nhs_trust.put("/involvements/gone-1", body)
    assert nhs_trust.delete("/involvements/gone-1").status_code == HTTPStatus.NO_CONTENT
    assert nhs_trust.get("/involvements/gone-1").status_code == HTTPStatus.NOT_FOUND
    assert nhs_trust.delete("/involvements/gone-1").status_code == HTTPStatus.NOT_FOUND
    assert nhs_trust.ask(body["child"])["outcome"] == "no_match"
    assert nhs_trust.put("/involvements/gone-1", body).status_code == HTTPStatus.CREATED
    assert nhs_trust.ask(body["child"])["outcome"] == "match"


def test_one_bad_item_of_a_batch_fails_no_other(nhs_trust: Client) -> None:
    good = [an_involvement() | {"source_reference": f"batch-{n}"} for n in range(3)]
    bad = an_involvement(a_child(nhs_number="999 000 1015")) | {"source_reference": "batch-bad"}
    results = nhs_trust.post("/involvements/batch", {"involvements": [good[0], bad, *good[1:], None]}).json()["results"]
    assert [result["status"] for result in results] == [201, 422, 201, 201, 422]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/child/nhs_number"
    assert results[1]["source_reference"] == "batch-bad"


@pytest.mark.parametrize("near", [False, True], ids=["nobody like it", "a twin of it"])
@pytest.mark.parametrize("numbers", [{}, {"nhs_number": "9990004994"}], ids=["by details alone", "with an NHS number"])
def test_32_first_registrations_of_a_child_at_once_make_one_child(
    nhs_trust: Client, school: Client, numbers: dict[str, str], *, near: bool
) -> None:
    child = a_child()
    if near:
        nhs_trust.put(f"/involvements/near-{len(numbers)}", an_involvement({**child, "given_name": "Sigismund"}))
    child |= {"nhs_number": "9990004986"} if numbers and near else numbers

    def register(n: int) -> int:
        client, service = (nhs_trust, "health_visiting") if n % 2 else (school, "education")
        body = an_involvement(child, service_type=service)
        path = f"/involvements/race-{len(numbers)}-{near}-{n}"
        tried = (client.put(path, body).status_code for _ in range(5))
        return next((status for status in tried if status != HTTPStatus.SERVICE_UNAVAILABLE), 0)

    # As clients are told to, each tries again what was not available just then.
    with ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(register, range(32)))
    assert set(statuses) <= {HTTPStatus.CREATED, HTTPStatus.OK}
    answer = nhs_trust.ask(child)
    assert answer["outcome"] == "match"
    assert len(answer["involvements"]) == 32


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"{", HTTPStatus.BAD_REQUEST, "not-json"),
        (b"[" * 5000, HTTPStatus.BAD_REQUEST, "not-json"),
        (b"[]", HTTPStatus.UNPROCESSABLE_ENTITY, "invalid"),
        (b'{"a":"' + b"x" * 20_000 + b'"}', HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large"),
    ],
)
def test_what_cannot_be_read_gets_a_clear_answer(
    nhs_trust: Client, body: bytes, status: HTTPStatus, problem: str
) -> None:
    answer = nhs_trust.raw("POST", "/lookups", body)
    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:signpost:problem:{problem}"


def test_a_credential_that_was_returned_opens_nothing_more(stack: Stack, clients: Any) -> None:
    client = clients.another("EE999999")
    assert client.get("/involvements/none").status_code == HTTPStatus.NOT_FOUND
    clients.returned(client)
    with pytest.raises(Exception, match="No token"):
        stack.token(client.client_id, client.client_secret)
