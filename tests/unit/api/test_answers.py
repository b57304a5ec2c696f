"""What callers get."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from shared.api import cursors
from shared.api.involvement_answers import InvolvementAnswer, PreviewAnswer
from shared.api.lookup_bodies import LookupAnswer
from shared.api.review_bodies import CaseAnswer, ComparisonAnswer, ReviewsAnswer
from shared.api.status_bodies import StatusAnswer
from shared.domain.child import FormerName, compose
from shared.domain.closure import Certified, Progress
from shared.domain.dependents import Count
from shared.domain.involvement import Dispute, Disputed, SensitiveBasis, ServiceType
from shared.domain.lifecycle import Lifecycle
from shared.domain.lookup import Answer, AreaCoverage, Source
from shared.domain.outcomes import Outcome
from shared.domain.preview import Preview, Would
from shared.domain.quality import Datum, Quality
from shared.domain.review import Case, Cause, Comparison, Decided, Decision, Page, Side, State
from shared.domain.shield import WARNING
from tests.support.builders import (
    COUNCIL,
    DOUBTFUL_UPN,
    NHS_NUMBER,
    NOW,
    SCHOOL,
    a_child,
    a_service,
    an_involvement,
    local_id,
    nhs_number,
    upn,
)

NOWHERE = AreaCoverage(district=None, sources=())


def a_match() -> Answer:
    involvement = an_involvement(child=a_child(identifiers=(nhs_number(),)))
    return Answer(
        access_id="lookup-1",
        outcome=Outcome.MATCH,
        child=compose("child-1", [involvement]),
        involvements=(involvement,),
        sources=(Source(organisation=COUNCIL, name="Barnet", current_as_of=date(2026, 3, 1)),),
        coverage=AreaCoverage(district="N12", sources=(Source(organisation=SCHOOL, name="Oak", current_as_of=None),)),
    )


def test_a_match_tells_whom_to_ring_since_when_and_how_fresh_that_is() -> None:
    answer = LookupAnswer.of(a_match()).model_dump(mode="json", exclude_none=True)
    assert answer["lookup_id"] == "lookup-1"
    assert answer["child"] == {
        "child_id": "child-1",
        "given_name": "Amelia",
        "family_name": "Okafor",
        "date_of_birth": "2017-05-09",
        "sex": "female",
    }
    assert answer["involvements"] == [
        {
            "service_type": "social_care",
            "standing": "current",
            "team": "Children in Need, North",
            "practitioner": {"name": "Grace Mbeki", "role": "Social worker"},
            "duty_phone": "+44 20 7946 0018",
            "duty_email": "duty@council.example",
            "started": "2025-09-01",
            "last_contact": "2026-02-20",
            "lead_professional": False,
            "assessment_held": False,
            "recorded_at": "2026-03-02T10:30:00Z",
            "refreshed_at": "2026-03-02T10:30:00Z",
            "organisation": COUNCIL,
            "organisation_name": "Barnet",
            "data_current_as_of": "2026-03-01",
        }
    ]
    assert answer["coverage"] == {
        "district": "N12",
        "covered": True,
        "sources": [{"organisation": SCHOOL, "name": "Oak"}],
    }
    assert "would_help" not in answer


def test_a_match_tells_neither_where_the_child_lives_nor_its_numbers_nor_anybodys_reference() -> None:
    text = LookupAnswer.of(a_match()).model_dump_json()
    for hidden in ("N12 0AB", NHS_NUMBER, "CASE-1"):
        assert hidden not in text


def dumped(answer: Answer) -> dict[str, Any]:
    return LookupAnswer.of(answer).model_dump(mode="json", exclude_none=True)


def test_a_shielded_child_is_told_with_the_warning_that_has_to_be_typed() -> None:
    answer = dumped(replace(a_match(), is_shielded=True, involvements=()))
    assert answer["shielded"]["warning"] == WARNING
    assert "/children/{child_id}/overrides" in answer["shielded"]["how"]
    assert answer["involvements"] == []
    assert "shielded" not in dumped(a_match())


def test_sensitive_services_are_told_apart_with_why_they_may_be_recorded() -> None:
    sensitive = an_involvement(service=a_service(service_type=ServiceType.MENTAL_HEALTH))
    answer = dumped(replace(a_match(), sensitive=(sensitive,)))
    (row,) = answer["sensitive"]
    assert (row["service_type"], row["sensitive_basis"]) == ("mental_health", "consent")
    assert (row["organisation_name"], row["duty_phone"]) == ("Barnet", "+44 20 7946 0018")
    assert len(answer["involvements"]) == 1
    assert "sensitive" not in dumped(a_match())


def test_what_is_disputed_is_told_to_be_so() -> None:
    disputed = replace(an_involvement(), disputed=Disputed(Dispute.CORRECTION, NOW))
    (row,) = dumped(replace(a_match(), involvements=(disputed,)))["involvements"]
    assert row["disputed"] == {"dispute": "correction", "since": "2026-03-02T10:30:00Z"}
    assert InvolvementAnswer.of(disputed).disputed
    assert InvolvementAnswer.of(an_involvement()).disputed is None


def test_an_organisation_gets_back_why_it_may_record_a_sensitive_service() -> None:
    answer = InvolvementAnswer.of(an_involvement(service=a_service(service_type=ServiceType.SEXUAL_HEALTH)))
    assert answer.sensitive_basis is SensitiveBasis.CONSENT


def test_any_other_outcome_tells_what_would_help_and_no_more() -> None:
    answer = Answer(access_id="a", outcome=Outcome.POTENTIAL_MATCH, would_help=("postcode",), coverage=NOWHERE)
    assert LookupAnswer.of(answer).model_dump(mode="json", exclude_none=True) == {
        "lookup_id": "a",
        "outcome": "potential_match",
        "would_help": ["postcode"],
        "coverage": {"sources": []},
    }


def test_a_place_that_nobody_feeds_is_said_not_to_be_covered() -> None:
    answer = Answer(access_id="a", outcome=Outcome.NO_MATCH, coverage=AreaCoverage(district="M1", sources=()))
    assert LookupAnswer.of(answer).coverage.covered is False


def test_an_organisation_gets_back_all_that_it_stated() -> None:
    former = (FormerName(family_name="Adeyemi"), FormerName("Mia", "Cole"))
    child = a_child(identifiers=(nhs_number(), upn(), local_id()), former_names=former, date_of_death=date(2026, 2, 1))
    answer = InvolvementAnswer.of(an_involvement(child=child))
    stated = answer.child.model_dump(mode="json", exclude_none=True)
    assert stated == {
        "nhs_number": "9434765919",
        "upn": "H801200001001",
        "local_authority_child_id": {"authority": COUNCIL, "id": "C-1001"},
        "given_name": "Amelia",
        "family_name": "Okafor",
        "date_of_birth": "2017-05-09",
        "sex": "female",
        "postcode": "N12 0AB",
        "former_names": [{"family_name": "Adeyemi"}, {"given_name": "Mia", "family_name": "Cole"}],
        "date_of_death": "2026-02-01",
    }
    assert not answer.warnings


def test_a_child_that_had_no_other_name_is_shown_without_any() -> None:
    assert InvolvementAnswer.of(an_involvement()).child.former_names is None


def test_a_match_never_tells_a_former_name() -> None:
    involvement = an_involvement(child=a_child(former_names=(FormerName("Mia", "Adeyemi"),)))
    answer = replace(a_match(), child=compose("child-1", [involvement]), involvements=(involvement,))
    text = LookupAnswer.of(answer).model_dump_json()
    assert "Amelia" in text
    assert "Adeyemi" not in text
    assert "Mia" not in text


def test_a_match_never_tells_a_death() -> None:
    involvement = an_involvement(child=a_child(date_of_death=date(2026, 2, 1)))
    answer = replace(a_match(), child=compose("child-1", [involvement]), involvements=(involvement,))
    text = LookupAnswer.of(answer).model_dump_json()
    assert "Amelia" in text
    assert "2026-02-01" not in text
    assert "death" not in text


# Previews and the review list


def test_a_preview_tells_what_would_happen_and_how_good_the_data_are() -> None:
    preview = Preview(
        outcome=Outcome.POTENTIAL_MATCH,
        would=Would.MAKE_NEW_CHILD_FOR_REVIEW,
        would_help=("nhs_number",),
        data=(Datum("nhs_number", Quality.MISSING, "it settles who the child is"), Datum("postcode", Quality.GOOD)),
    )
    assert PreviewAnswer.of(preview).model_dump(mode="json", exclude_none=True) == {
        "preview": True,
        "outcome": "potential_match",
        "would": "make_new_child_for_review",
        "would_help": ["nhs_number"],
        "data": [
            {"detail": "nhs_number", "quality": "missing", "remark": "it settles who the child is"},
            {"detail": "postcode", "quality": "good"},
        ],
    }


def a_case(**said: Any) -> Case:
    known: dict[str, Any] = {
        "case_id": "case-1",
        "newer": "child-2",
        "older": "child-1",
        "cause": Cause.ALIKE,
        "sureness": 0.91666,
        "raised_at": NOW,
        "state": State.OPEN,
    }
    return Case(**(known | said))


def test_a_case_is_told_by_ids_and_codes_and_its_children_by_nothing() -> None:
    assert CaseAnswer.of(a_case()).model_dump(mode="json", exclude_none=True) == {
        "case_id": "case-1",
        "cause": "alike",
        "sureness": 0.92,
        "raised_at": "2026-03-02T10:30:00Z",
        "state": "open",
    }


def test_a_case_that_is_decided_tells_when_and_for_whom_but_not_by_whom() -> None:
    decided = (Decided(Decision.SAME, NOW, "R-1", COUNCIL),)
    case = a_case(state=State.SAME, decisions=decided, sureness=None)
    answer = CaseAnswer.of(case).model_dump(mode="json", exclude_none=True)
    assert (answer["decided_at"], answer["decided_for"]) == ("2026-03-02T10:30:00Z", COUNCIL)
    assert "R-1" not in str(answer)
    assert "sureness" not in answer


def test_a_page_that_is_not_the_last_says_how_to_go_on() -> None:
    after = "2026-03-02T10:30:00.000000Z#case-1"
    answer = ReviewsAnswer.of(Page([a_case()], after))
    assert answer.next is not None
    assert cursors.read(answer.next) == after
    assert "next" not in ReviewsAnswer.of(Page([], None)).model_dump(exclude_none=True)


def a_comparison(agreement: dict[str, str]) -> Comparison:
    newer = an_involvement(child_id="child-2", child=a_child(given_name="Amelie", identifiers=(nhs_number(),)))
    older = an_involvement(source_reference="CASE-2", organisation=SCHOOL)
    return Comparison(
        a_case(),
        Side(compose("child-2", [newer]), (newer,)),
        Side(compose("child-1", [older]), (older,)),
        agreement,
        ("access-newer", "access-older"),
    )


def test_a_comparison_tells_who_both_are_whom_to_ring_and_how_they_agree() -> None:
    comparison = a_comparison({"given_name": "close", "postcode": "same", "nhs_number": "not_known"})
    answer = ComparisonAnswer.of(comparison, {COUNCIL: "Barnet"}).model_dump(mode="json", exclude_none=True)
    assert answer["newer"]["child"]["given_name"] == "Amelie"
    assert (answer["newer"]["access_id"], answer["older"]["access_id"]) == ("access-newer", "access-older")
    assert answer["newer"]["involvements"] == [
        {
            "organisation": COUNCIL,
            "organisation_name": "Barnet",
            "service_type": "social_care",
            "standing": "current",
            "team": "Children in Need, North",
            "duty_phone": "+44 20 7946 0018",
            "duty_email": "duty@council.example",
            "last_contact": "2026-02-20",
        }
    ]
    assert "organisation_name" not in answer["older"]["involvements"][0]
    assert answer["agreement"] == {"given_name": "close", "postcode": "same", "nhs_number": "not_known"}


def test_a_comparison_tells_neither_where_the_children_live_nor_numbers_nor_references() -> None:
    text = ComparisonAnswer.of(a_comparison({"postcode": "same"}), {}).model_dump_json()
    for hidden in ("N12 0AB", NHS_NUMBER, "CASE-1", "CASE-2"):
        assert hidden not in text


def test_an_agreement_is_one_of_four_words() -> None:
    with pytest.raises(ValidationError):
        ComparisonAnswer.of(a_comparison({"postcode": "N12 0AB"}), {})


def test_a_doubtful_upn_is_answered_with_a_warning_that_does_not_repeat_it() -> None:
    answer = InvolvementAnswer.of(an_involvement(child=a_child(identifiers=(upn(DOUBTFUL_UPN),))))
    (warning,) = answer.warnings
    assert (warning.pointer, warning.code) == ("/child/upn", "upn_check_letter")
    assert DOUBTFUL_UPN not in warning.model_dump_json()


def test_an_involvement_without_a_practitioner_names_none() -> None:
    answer = InvolvementAnswer.of(an_involvement(practitioner_name=None, practitioner_role=None))
    assert answer.practitioner is None


CLOSES_AT = datetime(2026, 8, 6, 11, tzinfo=UTC)


def the_status(now: datetime, progress: Progress | None = None, dependents: Count | None = None) -> dict[str, Any]:
    answer = StatusAnswer.of(
        Lifecycle(CLOSES_AT, "https://successor.example"),
        now,
        version="0.1.0",
        environment="local",
        announced_at=NOW,
        progress=progress,
        dependents=dependents,
        certificate="/v1/certificate",
    )
    return answer.model_dump(mode="json", exclude_none=True)


def test_the_status_tells_when_it_closes_and_is_destroyed_and_what_replaces_it() -> None:
    assert the_status(NOW) == {
        "service": "signpost",
        "version": "0.1.0",
        "environment": "local",
        "phase": "closing",
        "closes_at": "2026-08-06T11:00:00Z",
        "destroyed_by": "2026-10-06T11:00:00Z",
        "successor": "https://successor.example",
        "credentials_due": "2026-08-13T11:00:00Z",
        "milestones": [
            {"name": "announced", "at": "2026-03-02T10:30:00Z"},
            {"name": "access_ends", "at": "2026-08-06T11:00:00Z"},
            {"name": "credentials_returned_by", "at": "2026-08-13T11:00:00Z"},
            {"name": "destroyed_by", "at": "2026-10-06T11:00:00Z"},
        ],
    }


def test_the_status_of_an_open_register_tells_of_no_closure() -> None:
    answer = StatusAnswer.of(Lifecycle(), NOW, version="0.1.0", environment="local")
    assert answer.model_dump(exclude_none=True).keys() == {"service", "version", "environment", "phase"}


def test_the_status_counts_the_systems_that_rely_on_the_register_none_too() -> None:
    count = {"registered": 3, "acknowledged": 2, "ready": 1, "outstanding": 1}
    assert the_status(NOW, dependents=Count(**count))["dependents"] == count
    nobody = dict.fromkeys(count, 0)
    assert the_status(NOW, dependents=Count(**nobody))["dependents"] == nobody


def test_the_status_links_the_certificate_once_there_is_one_and_calls_the_register_destroyed() -> None:
    certified = Certified(at=CLOSES_AT, sha256="ab")
    told = the_status(CLOSES_AT, Progress(certified=certified))
    assert (told["phase"], told["certificate"]) == ("destroyed", "/v1/certificate")
    before = the_status(CLOSES_AT, Progress())
    assert before["phase"] == "closed"
    assert "certificate" not in before


@pytest.mark.parametrize("count", [0, 17])
def test_the_status_counts_the_credentials_that_have_not_come_back(count: int) -> None:
    assert the_status(CLOSES_AT, Progress(outstanding=count))["credentials_outstanding"] == count
