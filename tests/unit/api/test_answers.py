"""What callers get."""

from __future__ import annotations

from datetime import UTC, date, datetime

from shared.api.answers import InvolvementAnswer, LookupAnswer, StatusAnswer
from shared.domain.child import compose
from shared.domain.lifecycle import Lifecycle
from shared.domain.lookup import Answer, AreaCoverage, Source
from shared.domain.matching import Outcome
from tests.support.builders import (
    COUNCIL,
    DOUBTFUL_UPN,
    NHS_NUMBER,
    NOW,
    SCHOOL,
    a_child,
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
    child = a_child(identifiers=(nhs_number(), upn(), local_id()))
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
    }
    assert not answer.warnings


def test_a_doubtful_upn_is_answered_with_a_warning_that_does_not_repeat_it() -> None:
    answer = InvolvementAnswer.of(an_involvement(child=a_child(identifiers=(upn(DOUBTFUL_UPN),))))
    (warning,) = answer.warnings
    assert (warning.pointer, warning.code) == ("/child/upn", "upn_check_letter")
    assert DOUBTFUL_UPN not in warning.model_dump_json()


def test_an_involvement_without_a_practitioner_names_none() -> None:
    answer = InvolvementAnswer.of(an_involvement(practitioner_name=None, practitioner_role=None))
    assert answer.practitioner is None


def test_the_status_tells_when_it_closes_and_what_replaces_it() -> None:
    closes_at = datetime(2026, 8, 6, 11, tzinfo=UTC)
    answer = StatusAnswer.of(
        Lifecycle(closes_at, "https://successor.example"), NOW, version="0.1.0", environment="local"
    )
    assert answer.model_dump(mode="json", exclude_none=True) == {
        "service": "signpost",
        "version": "0.1.0",
        "environment": "local",
        "phase": "closing",
        "closes_at": "2026-08-06T11:00:00Z",
        "successor": "https://successor.example",
    }
