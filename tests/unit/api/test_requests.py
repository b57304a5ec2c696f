"""What callers send, and what it means in the domain."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api import cursors
from shared.api.involvement_bodies import BATCH_SIZE, BatchItem, BatchRequest, InvolvementRequest, PutRequest
from shared.api.lookup_bodies import LookupRequest
from shared.api.pages import PageQuery
from shared.api.review_bodies import ComparisonRequest, DecisionRequest
from shared.api.validation import FieldProblem, InvalidRequest, read_object, read_query
from shared.domain.access import LegalBasis, Practitioner, Purpose, Reason, Role
from shared.domain.child import ChildDetails, FormerName, Sex
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.involvement import Registration, SensitiveBasis, Service, ServiceType, Standing
from shared.domain.lookup import Question
from shared.domain.review import Decision
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


def test_a_question_may_name_the_override_through_which_it_sees() -> None:
    assert read_object(LookupRequest, a_lookup_body(override="0a-9_Z"), TODAY).question().override_id == "0a-9_Z"
    assert pointers(refused_lookup(override="a b")) == ["/override"]
    assert pointers(refused_lookup(override="x" * 65)) == ["/override"]


SENSITIVE = [service.value for service in ServiceType if service.is_sensitive]


@pytest.mark.parametrize("service", SENSITIVE)
@pytest.mark.parametrize("basis", SensitiveBasis)
def test_a_sensitive_service_is_registered_with_its_basis(service: str, basis: SensitiveBasis) -> None:
    body = an_involvement_body(service_type=service, sensitive_basis=basis.value)
    assert read_object(InvolvementRequest, body, TODAY).registration("C").service.sensitive_basis is basis


def refused_registration(**changed: Any) -> tuple[FieldProblem, ...]:
    body = read_object(InvolvementRequest, an_involvement_body(**changed), TODAY)
    with pytest.raises(InvalidRequest) as refusal:
        body.registration("C")
    return refusal.value.problems


@pytest.mark.parametrize("service", SENSITIVE)
@pytest.mark.parametrize("said", [{}, {"sensitive_basis": None}])
def test_a_sensitive_service_without_its_basis_is_refused_and_told_which_there_are(
    service: str, said: dict[str, Any]
) -> None:
    (problem,) = refused_registration(service_type=service, **said)
    assert problem.pointer == "/sensitive_basis"
    assert all(basis.value in problem.detail for basis in SensitiveBasis)


@pytest.mark.parametrize("service", [service.value for service in ServiceType if not service.is_sensitive])
def test_a_service_that_is_not_sensitive_has_no_such_basis(service: str) -> None:
    (problem,) = refused_registration(service_type=service, sensitive_basis="consent")
    assert problem.pointer == "/sensitive_basis"


@pytest.mark.parametrize("basis", ["yes", "CONSENT", "", "c\u043ensent", 1, True])
def test_there_is_no_other_basis(basis: Any) -> None:
    problems = refused_involvement(service_type="mental_health", sensitive_basis=basis)
    assert pointers(problems) == ["/sensitive_basis"]


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


# Deaths


@pytest.mark.parametrize("died", [date(2017, 5, 9), TODAY])
def test_a_child_can_have_died_on_any_day_from_its_birth_on(died: date) -> None:
    body = an_involvement_body(child=a_child_body(date_of_death=died.isoformat()))
    assert read_object(InvolvementRequest, body, TODAY).registration("C").child.date_of_death == died


def test_a_death_needs_no_birth() -> None:
    child = {"family_name": "Hill", "expected_date": "2026-05-04", "date_of_death": "2026-02-01"}
    registration = read_object(InvolvementRequest, an_involvement_body(child=child), TODAY).registration("C")
    assert registration.child.date_of_death == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("died", "why"),
    [
        pytest.param("2026-03-03", "a date of death cannot be in the future", id="tomorrow"),
        pytest.param("2017-05-08", "a child cannot have died before it was born", id="before the birth"),
        pytest.param("03/02/2026", "YYYY-MM-DD", id="a British date"),
    ],
)
@pytest.mark.parametrize("model", [InvolvementRequest, PutRequest, BatchItem])
def test_a_death_that_cannot_be_is_refused_where_it_stands(
    model: type[InvolvementRequest], died: str, why: str
) -> None:
    body = an_involvement_body(child=a_child_body(date_of_death=died), source_reference="C")
    if model is not BatchItem:
        del body["source_reference"]
    with pytest.raises(InvalidRequest) as refusal:
        read_object(model, body, TODAY)
    (problem,) = refusal.value.problems
    assert problem.pointer == "/child/date_of_death"
    assert why in problem.detail


def test_nobody_asks_by_a_death() -> None:
    (problem,) = refused_lookup(child=a_child_body(date_of_death="2026-02-01"))
    assert problem.pointer == "/child/date_of_death"
    assert "there is no such field" in problem.detail


# Former names


@pytest.mark.parametrize("model", [LookupRequest, InvolvementRequest])
def test_former_names_are_said_of_a_child_who_asks_or_tells(model: type[LookupRequest | InvolvementRequest]) -> None:
    names = [{"family_name": " Adeyemi "}, {"given_name": "Mia", "family_name": "Cole"}]
    body = (a_lookup_body if model is LookupRequest else an_involvement_body)(child=a_child_body(former_names=names))
    assert read_object(model, body, TODAY).child.details().former_names == (
        FormerName(family_name="Adeyemi"),
        FormerName("Mia", "Cole"),
    )


@pytest.mark.parametrize(
    ("names", "where"),
    [
        pytest.param([{}], "/child/former_names/0", id="no name at all"),
        pytest.param([{"family_name": "Cole"}, {"given_name": None}], "/child/former_names/1", id="nothing but null"),
        pytest.param([{"family_name": "Cole"}] * 3, "/child/former_names", id="too many"),
        pytest.param([{"family_name": "C0le"}], "/child/former_names/0/family_name", id="no name"),
        pytest.param([{"postcode": "N12 0AB"}], "/child/former_names/0/postcode", id="what is no name"),
        pytest.param({"family_name": "Cole"}, "/child/former_names", id="not a list"),
    ],
)
def test_a_former_name_that_is_none_is_refused(names: Any, where: str) -> None:
    assert pointers(refused_lookup(child=a_child_body(former_names=names))) == [where]


def test_a_note_that_repeats_a_former_name_is_refused() -> None:
    body = a_lookup_body(child=a_child_body(former_names=[{"family_name": "Adeyemi"}]))
    body["reason"]["note"] = "known as ADEYEMI"
    with pytest.raises(InvalidRequest) as refusal:
        read_object(LookupRequest, body, TODAY).question()
    assert pointers(refusal.value.problems) == ["/reason/note"]


# Previews


@pytest.mark.parametrize(("said", "preview"), [({}, False), ({"preview": False}, False), ({"preview": True}, True)])
def test_a_registration_is_only_tried_when_that_is_asked_for(said: dict[str, bool], *, preview: bool) -> None:
    request = read_object(PutRequest, an_involvement_body(**said), TODAY)
    assert request.preview is preview
    whole = read_object(InvolvementRequest, an_involvement_body(), TODAY)
    assert request.registration("CASE-1") == whole.registration("CASE-1")


@pytest.mark.parametrize("preview", ["true", 1, None])
def test_what_is_no_truth_value_asks_for_no_preview(preview: Any) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(PutRequest, an_involvement_body(preview=preview), TODAY)
    assert pointers(refusal.value.problems) == ["/preview"]


def test_an_item_of_a_batch_has_no_preview() -> None:
    item = an_involvement_body(source_reference="CASE-1", preview=True)
    with pytest.raises(InvalidRequest) as refusal:
        read_object(BatchItem, item, TODAY)
    (problem,) = refusal.value.problems
    assert problem.pointer == "/preview"
    assert "put the involvement alone" in problem.detail
    assert not read_object(BatchItem, item | {"preview": False}, TODAY).preview


# The review list

OFFICER = {"id": "R-1", "name": "Nadia Brandt", "role": "records_officer"}


def test_a_reviewer_says_who_asks_and_why() -> None:
    asked = read_object(ComparisonRequest, {"practitioner": OFFICER, "note": "case  77"}, TODAY)
    assert asked.practitioner.practitioner() == Practitioner("R-1", "Nadia Brandt", Role.RECORDS_OFFICER)
    assert asked.note == "case 77"


def test_a_note_of_a_reviewer_that_holds_an_nhs_number_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(ComparisonRequest, {"practitioner": OFFICER, "note": f"is {NHS_NUMBER}?"}, TODAY)
    (problem,) = refusal.value.problems
    assert problem.pointer == "/note"
    assert NHS_NUMBER not in problem.detail


@pytest.mark.parametrize("decision", Decision)
def test_a_decision_is_same_or_different(decision: Decision) -> None:
    body = {"practitioner": OFFICER, "decision": decision.value}
    assert read_object(DecisionRequest, body, TODAY).decision is decision


@pytest.mark.parametrize("decision", ["open", "joining", "SAME", None])
def test_there_is_no_other_decision(decision: Any) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_object(DecisionRequest, {"practitioner": OFFICER, "decision": decision}, TODAY)
    assert pointers(refusal.value.problems) == ["/decision"]


def test_a_list_has_50_rows_from_its_beginning_unless_told_otherwise() -> None:
    assert read_query(PageQuery, {}) == PageQuery.model_construct(limit=50, after=None)


@pytest.mark.parametrize("limit", [1, 50, 99, 100])
def test_a_page_is_as_large_as_asked_for(limit: int) -> None:
    assert read_query(PageQuery, {"limit": [str(limit)]}).limit == limit


@pytest.mark.parametrize("limit", ["0", "101", "1000", "-1", "1.0", "1e1", " 5", "05", "five", "", "٣", "null"])
def test_a_page_that_is_too_large_or_no_number_is_refused(limit: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_query(PageQuery, {"limit": [limit]})
    assert pointers(refusal.value.problems) == ["/limit"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        pytest.param({"limit": ["5", "6"]}, ["/limit"], id="said twice"),
        pytest.param({"limit": []}, ["/limit"], id="said without a value"),
        pytest.param({"page": ["2"]}, ["/page"], id="of no such name"),
        pytest.param({"after": ["!"]}, ["/after"], id="no cursor"),
        pytest.param({"after": ["A"]}, ["/after"], id="a cursor cut short"),
        pytest.param({"after": ["x" * 500]}, ["/after"], id="a cursor too long"),
    ],
)
def test_a_query_that_cannot_be_right_is_refused(query: dict[str, list[str]], where: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_query(PageQuery, query)
    assert pointers(refusal.value.problems) == where


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=290))
def test_where_a_page_ended_comes_back_as_it_was(after: str) -> None:
    assert read_query(PageQuery, {"after": [cursors.written(after)]}).after == after


@given(st.text(max_size=60))
def test_whatever_is_sent_for_a_cursor_is_read_or_refused(cursor: str) -> None:
    with suppress(InvalidRequest):
        after = read_query(PageQuery, {"after": [cursor]}).after
        assert after is not None
        assert cursors.written(after) == cursor
