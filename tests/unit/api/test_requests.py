"""What callers send, and what it means in the domain."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.requests import BATCH_SIZE, BatchItem, BatchRequest, InvolvementRequest, LookupRequest
from shared.api.validation import FieldProblem, InvalidRequest, read_object
from shared.domain.access import LegalBasis, Practitioner, Purpose, Reason, Role
from shared.domain.child import ChildDetails, Sex
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.involvement import Registration, Service, ServiceType, Standing
from shared.domain.lookup import Question
from tests.support.bodies import a_child_body, a_lookup_body, an_involvement_body
from tests.support.builders import DOUBTFUL_UPN, NHS_NUMBER, TODAY, UPN

AMELIA = ChildDetails(
    given_name="Amelia",
    family_name="O’Kafor-Hill",
    date_of_birth=date(2017, 5, 9),
    sex=Sex.FEMALE,
    postcode="N12 0AB",
    identifiers=(
        Identifier(IdentifierKind.NHS_NUMBER, NHS_NUMBER),
        Identifier(IdentifierKind.UPN, UPN),
        Identifier(IdentifierKind.LOCAL_AUTHORITY_CHILD_ID, "C-1001", "E09000003"),
    ),
)


def refused_involvement(**changed: Any) -> tuple[FieldProblem, ...]:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(InvolvementRequest, an_involvement_body(**changed), TODAY)
    return refusal.value.problems


def refused_lookup(**changed: Any) -> tuple[FieldProblem, ...]:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(LookupRequest, a_lookup_body(**changed), TODAY)
    return refusal.value.problems


def pointers(problems: tuple[FieldProblem, ...]) -> list[str]:
    return [problem.pointer for problem in problems]


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


# What it means


def test_every_field_of_a_lookup_means_what_it_says() -> None:
    assert read_object(LookupRequest, a_lookup_body(), TODAY).question() == Question(
        reason=Reason(Purpose.EMERGENCY_CARE, LegalBasis.CHILDREN_ACT_2004_S11, "ED attendance 4471"),
        practitioner=Practitioner("NMC-12A3456E", "Rosa Quill", Role.NURSE),
        on_behalf_of=Practitioner("GMC-7", "Idris Vaughan", Role.DOCTOR),
        child=AMELIA,
    )


def test_every_field_of_an_involvement_means_what_it_says() -> None:
    assert read_object(InvolvementRequest, an_involvement_body(), TODAY).registration("CASE-1") == Registration(
        source_reference="CASE-1",
        child=AMELIA,
        service=Service(
            service_type=ServiceType.SOCIAL_CARE,
            standing=Standing.ENDED,
            team="Children in Need, North",
            practitioner_name="Grace Mbeki",
            practitioner_role="Social worker",
            duty_phone="+44 20 7946 0018",
            duty_email="duty@council.example",
            started=date(2025, 9, 1),
            ended=date(2026, 2, 21),
            last_contact=date(2026, 2, 20),
            lead_professional=True,
            assessment_held=True,
            source_system="Mosaic 9",
        ),
    )


def test_what_is_left_out_of_an_involvement_is_not_known() -> None:
    body = {"child": {"nhs_number": NHS_NUMBER}, "service_type": "hospital"}
    assert read_object(InvolvementRequest, body, TODAY).registration("C").service == Service(
        service_type=ServiceType.HOSPITAL, standing=Standing.CURRENT
    )


def test_a_question_without_a_child_has_no_details() -> None:
    assert read_object(LookupRequest, a_lookup_body(child={}), TODAY).question().child == ChildDetails()


def test_an_unborn_child_has_an_expected_date() -> None:
    child = {"family_name": "Hill", "expected_date": "2026-05-04"}
    registration = read_object(InvolvementRequest, an_involvement_body(child=child), TODAY).registration("C")
    assert registration.child == ChildDetails(family_name="Hill", expected_date=date(2026, 5, 4))


def test_a_doubtful_upn_is_taken() -> None:
    child = a_child_body(upn=DOUBTFUL_UPN)
    registration = read_object(InvolvementRequest, an_involvement_body(child=child), TODAY).registration("C")
    assert Identifier(IdentifierKind.UPN, DOUBTFUL_UPN) in registration.child.identifiers


# What is refused, and where


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        pytest.param({"nhs_number": "9434765918"}, "/child/nhs_number", id="a wrong check digit"),
        pytest.param({"upn": "H80120000100"}, "/child/upn", id="a short UPN"),
        pytest.param(
            {"local_authority_child_id": {"authority": "E09000003"}},
            "/child/local_authority_child_id/id",
            id="a local id without the id",
        ),
        pytest.param(
            {"local_authority_child_id": {"authority": "?", "id": "1"}},
            "/child/local_authority_child_id/authority",
            id="a local id of no authority",
        ),
        pytest.param({"given_name": "Am3lia"}, "/child/given_name", id="a digit in a name"),
        pytest.param({"family_name": "x" * 101}, "/child/family_name", id="a long name"),
        pytest.param({"family_name": ""}, "/child/family_name", id="an empty name"),
        pytest.param({"date_of_birth": "2026-03-03"}, "/child/date_of_birth", id="born tomorrow"),
        pytest.param({"date_of_birth": "2000-03-01"}, "/child/date_of_birth", id="27 years old"),
        pytest.param({"date_of_birth": "2015-02-30"}, "/child/date_of_birth", id="no such day"),
        pytest.param({"date_of_birth": "09/05/2017"}, "/child/date_of_birth", id="a British date"),
        pytest.param({"date_of_birth": "2017-05-09T00:00:00"}, "/child/date_of_birth", id="a date with a time"),
        pytest.param({"date_of_birth": 1494288000}, "/child/date_of_birth", id="a number for a date"),
        pytest.param({"expected_date": "2027-03-02"}, "/child/expected_date", id="due in a year"),
        pytest.param({"sex": "F"}, "/child/sex", id="a sex by its letter"),
        pytest.param({"postcode": "N12 0AC"}, "/child/postcode", id="an impossible postcode"),
        pytest.param({"address": "1 High Street"}, "/child/address", id="an address"),
    ],
)
def test_a_detail_of_a_child_that_cannot_be_right_is_refused_where_it_stands(
    changed: dict[str, Any], where: str
) -> None:
    assert pointers(refused_involvement(child=a_child_body(**changed))) == [where]
    assert pointers(refused_lookup(child=a_child_body(**changed))) == [where]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        pytest.param({"service_type": "dentistry"}, "/service_type", id="no such service"),
        pytest.param({"standing": "maybe"}, "/standing", id="no such standing"),
        pytest.param({"standing": "current"}, "/ended", id="current and ended"),
        pytest.param({"team": "x" * 121}, "/team", id="a long text"),
        pytest.param({"team": "  "}, "/team", id="a blank text"),
        pytest.param({"team": "North\x00"}, "/team", id="a null byte"),
        pytest.param({"team": "North\u202e"}, "/team", id="text that turns round"),
        pytest.param({"practitioner": {"name": "R2D2"}}, "/practitioner/name", id="a digit in a name"),
        pytest.param({"practitioner": {"role": "x" * 81}}, "/practitioner/role", id="a long role"),
        pytest.param({"practitioner": {"phone": "1"}}, "/practitioner/phone", id="an unknown field within"),
        pytest.param({"duty_phone": "999"}, "/duty_phone", id="no duty phone"),
        pytest.param({"duty_email": "duty"}, "/duty_email", id="no address"),
        pytest.param({"started": "2026-03-03", "ended": None}, "/started", id="starts tomorrow"),
        pytest.param({"ended": "2025-08-31"}, "/ended", id="ends before it starts"),
        pytest.param({"last_contact": "2026-03-03"}, "/last_contact", id="contact tomorrow"),
        pytest.param({"lead_professional": "yes"}, "/lead_professional", id="a word for true"),
        pytest.param({"assessment_held": 1}, "/assessment_held", id="a number for true"),
        pytest.param({"notes": "x"}, "/notes", id="an unknown field"),
        pytest.param({"child": None}, "/child", id="no child"),
        pytest.param({"child": []}, "/child", id="a list for a child"),
        pytest.param({"child": {"given_name": "Amelia", "family_name": "Hill"}}, "/child", id="a name without a birth"),
        pytest.param({"child": {"date_of_birth": "2017-05-09"}}, "/child", id="a birth without a name"),
    ],
)
def test_a_detail_of_an_involvement_that_cannot_be_right_is_refused_where_it_stands(
    changed: dict[str, Any], where: str
) -> None:
    assert pointers(refused_involvement(**changed)) == [where]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        pytest.param({"reason": None}, "/reason", id="no reason"),
        pytest.param({"reason": {"purpose": "emergency_care"}}, "/reason/legal_basis", id="no legal basis"),
        pytest.param(
            {"reason": {"purpose": "curiosity", "legal_basis": "children_act_2004_s11"}},
            "/reason/purpose",
            id="no such purpose",
        ),
        pytest.param({"practitioner": None}, "/practitioner", id="nobody asks"),
        pytest.param(
            {"practitioner": {"id": "N 1", "name": "Rosa Quill", "role": "nurse"}}, "/practitioner/id", id="a bad id"
        ),
        pytest.param(
            {"practitioner": {"id": "N1", "name": "Rosa Quill", "role": "wizard"}},
            "/practitioner/role",
            id="no such role",
        ),
        pytest.param(
            {"practitioner": {"id": "N1", "name": "Rosa Quill", "role": "nurse", "on_behalf_of": {"id": "1"}}},
            "/practitioner/on_behalf_of/name",
            id="on behalf of nobody",
        ),
    ],
)
def test_a_question_that_is_not_complete_is_refused_where_it_fails(changed: dict[str, Any], where: str) -> None:
    assert where in pointers(refused_lookup(**changed))


@pytest.mark.parametrize("missing", ["reason", "practitioner", "child"])
def test_a_question_says_why_who_and_about_whom(missing: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(LookupRequest, without(a_lookup_body(), missing), TODAY)
    assert refusal.value.problems == (FieldProblem(f"/{missing}", "missing", "this is required"),)


def test_a_note_that_names_the_child_is_refused() -> None:
    reason = {"purpose": "emergency_care", "legal_basis": "children_act_2004_s11", "note": "Amelia, seen in ED"}
    with pytest.raises(InvalidRequest) as refusal:
        read_object(LookupRequest, a_lookup_body(reason=reason), TODAY).question()
    (problem,) = refusal.value.problems
    assert problem.pointer == "/reason/note"
    assert "Amelia" not in problem.detail


def test_everything_that_is_wrong_is_told_at_once() -> None:
    problems = refused_involvement(service_type="x", duty_phone="y", child=a_child_body(postcode="z"))
    assert pointers(problems) == ["/child/postcode", "/service_type", "/duty_phone"]


# Batches


def test_a_batch_is_not_empty() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(BatchRequest, {"involvements": []}, TODAY)
    assert pointers(refusal.value.problems) == ["/involvements"]


def test_a_batch_holds_a_hundred() -> None:
    assert len(read_object(BatchRequest, {"involvements": [{}] * BATCH_SIZE}, TODAY).involvements) == 100
    with pytest.raises(InvalidRequest) as refusal:
        read_object(BatchRequest, {"involvements": [{}] * (BATCH_SIZE + 1)}, TODAY)
    assert pointers(refusal.value.problems) == ["/involvements"]


def test_what_is_no_involvement_fails_not_the_whole_batch() -> None:
    assert read_object(BatchRequest, {"involvements": [{}, "x", None]}, TODAY).involvements == [{}, "x", None]


def test_an_involvement_is_not_referred_to_as_the_address_of_batches() -> None:
    body = read_object(InvolvementRequest, an_involvement_body(), TODAY)
    with pytest.raises(InvalidRequest) as refusal:
        body.registration("batch")
    assert pointers(refusal.value.problems) == ["/source_reference"]


@pytest.mark.parametrize("reference", ["", "-1", "a b", "a/b", "x" * 65, "é", "a\n"])
def test_a_source_reference_may_stand_in_an_address(reference: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(BatchItem, an_involvement_body(source_reference=reference), TODAY)
    assert pointers(refusal.value.problems) == ["/source_reference"]


# Nothing is guessed and nothing lost


@given(st.text(max_size=130))
def test_a_text_is_taken_tidily_or_refused(text: str) -> None:
    body = json.dumps(an_involvement_body(team=text))
    try:
        team = InvolvementRequest.model_validate_json(body, context={"today": TODAY}).team
    except ValueError:
        return
    assert team is not None
    assert team == " ".join(team.split())
    assert team.isprintable()


def test_the_same_involvement_written_differently_is_the_same_registration() -> None:
    loud = an_involvement_body(
        child=a_child_body(nhs_number="9434765919", postcode=" N12 0AB ", upn=UPN.lower(), given_name=" Amelia "),
        duty_phone="+44 (0)20 7946 0018",
    )
    same = [read_object(InvolvementRequest, body, TODAY).registration("C") for body in (loud, an_involvement_body())]
    assert same[0] == same[1]


@pytest.mark.parametrize("number", ["nhs_number", "upn"])
def test_the_childs_own_number_is_no_source_reference(number: str) -> None:
    """A reference stands in addresses, and an address holds nothing personal."""
    body = read_object(InvolvementRequest, an_involvement_body(), TODAY)
    with pytest.raises(InvalidRequest) as refusal:
        body.registration({"nhs_number": NHS_NUMBER, "upn": UPN}[number])
    assert pointers(refusal.value.problems) == ["/source_reference"]
