"""A targeted register: what is refused on every way in, and what becomes of a register that is narrowed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import OutOfCoverage
from shared.domain.in_force import COVERAGE
from shared.domain.involvement import ServiceType
from shared.domain.review import Decision
from shared.domain.targeting import Targeting
from shared.persistence.in_force import DynamoInForce
from shared.services.cover import ToldByReceipt
from tests.integration.deployed import Client, Deployment
from tests.integration.direct import caller, registration
from tests.integration.emulated import ACCESS_LOG, REGISTER, dump
from tests.integration.pairs import BENS, CAT, CATS, COUNCIL, TRUST, a_pair
from tests.integration.people import ABEL, ZOE, involvement
from tests.integration.sweeps import Swept, a_swept_register

HEADER = "source_reference,service_type,given_name,family_name,date_of_birth,postcode,nhs_number,started"
ROWS = (
    "hv-1,health_visiting,Zoë,Okafor-Lane,2022-03-14,N12 7QF,9990001014,2024-01-02",
    "cp-1,community_paediatrics,Abel,Ó Briain,2015-01-30,EN5 2AB,9990002010,2024-01-02",
    "sl-1,speech_and_language,Abel,Ó Briain,2015-01-30,EN5 2AB,9990002010,2024-01-02",
)
ADDITIONAL = Targeting.configured("all", "additional")
NO_POLICE = Targeting(frozenset(ServiceType) - {ServiceType.POLICE})
EARLY_HELP: dict[str, Any] = {"service_type": "early_help"}
PAEDIATRICS: dict[str, Any] = {"service_type": "community_paediatrics"}


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    types = [one.value for one in ServiceType if one is not ServiceType.SPEECH_AND_LANGUAGE]
    deployment.restart(COVERAGE_SERVICE_TYPES=",".join(types), COVERAGE_CHILDREN="additional")
    return deployment.enrol("X99")


@pytest.fixture
def swept(aws: None) -> Swept:
    _ = aws
    return a_swept_register()


# What is refused


@pytest.mark.parametrize(
    ("body", "rule", "pointer", "is_recorded"),
    [
        (involvement(ZOE, service_type="speech_and_language"), "CoverageServiceTypes", "/service_type", False),
        (involvement(ZOE), "CoverageChildren", "/child", True),
    ],
)
def test_a_call_is_told_the_rule_and_nothing_is_written(
    trust: Client, body: dict[str, Any], rule: str, pointer: str, *, is_recorded: bool
) -> None:
    answer = trust.put("r-1", body)
    assert (answer.status, answer.problem) == (422, "out-of-coverage")
    (mistake,) = answer.body["errors"]
    assert (mistake["pointer"], mistake["code"]) == (pointer, "out_of_coverage")
    assert rule in mistake["detail"]
    assert dump(REGISTER) == []
    recorded = [(record["outcome"], record["shown"]) for record in dump(ACCESS_LOG)]
    assert recorded == ([("out_of_coverage", "nothing")] if is_recorded else [])


def test_a_batch_and_a_preview_are_refused_alike_and_what_depends_on_what_is_held_is_recorded(trust: Client) -> None:
    items = [
        {"source_reference": "hv-1", **involvement(ZOE)},
        {"source_reference": "sl-1", **involvement(ZOE, service_type="speech_and_language")},
        {"source_reference": "cp-1", **involvement(ABEL, **PAEDIATRICS)},
    ]
    results = trust.batch(items).body["results"]
    assert [result["status"] for result in results] == [422, 422, 201]
    assert [record["outcome"] for record in dump(ACCESS_LOG)] == ["out_of_coverage"]
    again = trust.batch([{"source_reference": "hv-2", **involvement(ABEL)}]).body["results"]
    assert [result["status"] for result in again] == [201]
    (covered,) = [record for record in dump(ACCESS_LOG) if record["outcome"] == "covered"]
    assert covered["child_id"] in {item["child_id"] for item in dump(REGISTER) if item["kind"] == "child"}
    assert (covered["answered"], covered["asked_district"], covered["shown"]) == ("answered", "EN5", "nothing")
    before = dump(REGISTER)
    assert trust.preview("hv-1", involvement(ZOE)).problem == "out-of-coverage"
    assert trust.preview("hv-1", involvement(ABEL)).body["would"] == "join_known_child"
    assert dump(REGISTER) == before
    assert len(dump(ACCESS_LOG)) == 4


def test_who_has_asked_too_often_is_not_told_by_registering_either(trust: Client) -> None:
    trust.deployment.restart(CLIENT_QUESTIONS_A_MINUTE="1")
    assert trust.put("hv-1", involvement(ZOE)).problem == "out-of-coverage"
    assert trust.put("hv-1", involvement(ZOE)).problem == "asked-too-often"
    (result,) = trust.batch([{"source_reference": "hv-2", **involvement(ZOE)}]).body["results"]
    assert result["status"] == 429
    assert trust.put("cp-1", involvement(ZOE, **PAEDIATRICS)).status == 201
    assert Counter(record["outcome"] for record in dump(ACCESS_LOG)) == {"out_of_coverage": 1, "asked_too_often": 2}


def test_a_token_that_opens_no_lookup_is_not_told_by_registering_either(trust: Client) -> None:
    assert trust.put("cp-1", involvement(ZOE, **PAEDIATRICS)).status == 201
    registers = replace(trust, scopes="signpost/register")
    assert registers.put("hv-1", involvement(ZOE)).problem == "out-of-coverage"
    assert registers.put("cp-2", involvement(ABEL, **PAEDIATRICS)).status == 201
    assert trust.put("hv-1", involvement(ZOE)).status == 201


def test_what_a_reference_named_before_is_withdrawn_when_it_says_what_is_not_covered(trust: Client) -> None:
    put = trust.put("cp-1", involvement(ZOE, **PAEDIATRICS))
    stale = trust.put("cp-1", involvement(ZOE), if_match='"7"')
    assert (stale.status, trust.get("cp-1").status) == (412, 200)
    said = involvement(ABEL)
    answer = trust.put("cp-1", said, if_match=put.headers["ETag"])
    assert answer.problem == "out-of-coverage"
    assert "withdrawn" in answer.body["errors"][0]["detail"]
    assert trust.get("cp-1").status == 404
    assert trust.put("cp-1", said).problem == "out-of-coverage"


def test_an_extract_says_which_rows_the_register_is_not_for_and_takes_in_the_others(trust: Client) -> None:
    left = trust.deployment.drop("X99", "\n".join((HEADER, *ROWS, "")).encode())
    assert left
    counts = ("rows", "accepted", "created", "out_of_coverage", "rejected")
    assert [left[name] for name in counts] == [3, 1, 1, 2, 0]
    assert left["status"] == "accepted"
    notes = [(note["line"], note["field"]) for note in left["out_of_coverage_rows"]]
    assert notes == [(2, "child"), (4, "service_type")]
    assert "Zoë" not in str(left)
    (record,) = dump(ACCESS_LOG)
    told = ("organisation", "client_id", "answered", "outcome", "shown", "purpose", "note")
    assert [record[name] for name in told] == [
        *("X99", "feed", "answered", "coverage_decided", "nothing", "registration_coverage"),
        "covered 0, not covered 1",
    ]
    assert "child_id" not in record


def test_an_extract_that_no_child_decides_about_leaves_no_record(trust: Client) -> None:
    assert trust.deployment.drop("X99", "\n".join((HEADER, *ROWS[1:], "")).encode())
    trust.deployment.restart(COVERAGE_CHILDREN="all")
    assert trust.deployment.drop("X99", "\n".join((HEADER, *ROWS, "")).encode())
    assert dump(ACCESS_LOG) == []


def test_a_school_may_register_once_another_service_works_with_the_child(trust: Client) -> None:
    school = trust.deployment.enrol("SCH1")
    assert school.put("p-1", involvement(ZOE, service_type="education")).status == 422
    assert trust.put("cp-1", involvement(ZOE, **PAEDIATRICS)).status == 201
    assert school.put("p-1", involvement(ZOE, service_type="education")).status == 201


# A register that is narrowed


def years(swept: Swept, days: int, step: int = 30) -> dict[str, int]:
    """Sweeps for so many days, now and then: what all of them came to; `leaving_coverage` is that of the last."""
    total: dict[str, int] = {}
    for _ in range(0, days, step):
        swept.desk.clock.move(days=step)
        told = swept.sweep()
        total = {what: total.get(what, 0) + count for what, count in told.items()}
        total["leaving_coverage"] = told.get("leaving_coverage", 0)
    return total


def a_register(swept: Swept) -> Swept:
    """Zoë is known to a health visitor, the police and early help, Abel to a school nurse alone."""
    swept.desk.put(TRUST, "hv-1", ZOE)
    swept.desk.put(COUNCIL, "eh-1", ZOE, **EARLY_HELP)
    swept.desk.put(COUNCIL, "po-1", ZOE, service_type="police")
    swept.desk.put(TRUST, "sn-1", ABEL, service_type="school_nursing")
    swept.sweep()
    return swept


def test_a_narrowed_register_lets_go_after_a_year_what_it_is_not_for_any_more_and_nothing_else(swept: Swept) -> None:
    a_register(swept)
    desk = swept.desk
    desk.targeting = Targeting(NO_POLICE.service_types, ADDITIONAL.children)
    desk.clock.move(days=1)
    assert swept.sweep()["leaving_coverage"] == 2
    assert years(swept, 360)["leaving_coverage"] == 2
    assert desk.own(COUNCIL, "po-1")
    assert desk.own(TRUST, "sn-1")
    told = years(swept, 30)
    assert (told["out_of_coverage"], told["leaving_coverage"]) == (2, 0)
    assert desk.who(ZOE) == {(TRUST, "hv-1"), (COUNCIL, "eh-1")}
    assert desk.who(ABEL) is None
    assert not {*years(swept, 60, step=20)} & {"out_of_coverage", "withdrawn"}
    with pytest.raises(OutOfCoverage):
        desk.put(TRUST, "sn-1", ABEL, service_type="school_nursing")


def test_a_coverage_widened_before_the_year_is_over_loses_nothing_and_starts_anew(swept: Swept) -> None:
    a_register(swept)
    desk, before = swept.desk, dump(REGISTER)
    for coverage in (ADDITIONAL, Targeting(), ADDITIONAL):
        desk.targeting = coverage
        years(swept, 330)
    after = dump(REGISTER)
    for item in after:
        item.pop("uncovered_since", None)
    assert after == before
    assert years(swept, 90)["out_of_coverage"] == 1
    assert desk.who(ABEL) is None


def test_a_child_that_is_covered_again_is_noted_so_and_its_version_stays(swept: Swept) -> None:
    a_register(swept)
    desk = swept.desk
    desk.targeting = ADDITIONAL
    years(swept, 300)
    noted = [item for item in dump(REGISTER) if "uncovered_since" in item]
    assert [(item["kind"], item["uncovered_since"]) for item in noted] == [("child", "2026-12-20")]
    versions = {item["child_id"]: item["version"] for item in dump(REGISTER) if item["kind"] == "child"}
    desk.put(COUNCIL, "eh-2", ABEL, **EARLY_HELP)
    desk.withdraw(COUNCIL, "eh-2")
    desk.put(COUNCIL, "eh-2", ABEL, **EARLY_HELP)
    years(swept, 90)
    assert not [item for item in dump(REGISTER) if "uncovered_since" in item]
    assert desk.who(ABEL) == {(TRUST, "sn-1"), (COUNCIL, "eh-2")}
    assert all(
        item["version"] > versions[item["child_id"]] or item["child_id"] != noted[0]["child_id"]
        for item in dump(REGISTER)
        if item["kind"] == "child"
    )


def test_a_sensitive_service_leaves_its_compartment_a_year_later_and_covers_no_child(swept: Swept) -> None:
    desk = swept.desk
    desk.put(TRUST, "sn-1", ABEL, service_type="school_nursing")
    in_confidence = registration("mh-1", ABEL, service_type="mental_health", sensitive_basis="consent")
    desk.compartments.put(in_confidence, caller=caller(TRUST), told=ToldByReceipt())
    desk.targeting = ADDITIONAL
    assert years(swept, 30)["leaving_coverage"] == 1
    desk.targeting = Targeting.configured("school_nursing,social_care")
    assert years(swept, 30)["leaving_coverage"] == 1
    assert years(swept, 390)["out_of_coverage"] == 1
    assert desk.own(TRUST, "sn-1")


def test_children_that_are_one_are_covered_by_what_either_brought(swept: Swept) -> None:
    desk = swept.desk
    case = a_pair(desk)
    desk.put(COUNCIL, "eh-1", CAT, **EARLY_HELP)
    desk.targeting = ADDITIONAL
    assert years(swept, 30)["leaving_coverage"] == len(BENS)
    desk.decide(case, Decision.SAME)
    assert years(swept, 390)["leaving_coverage"] == 0
    assert not [item for item in dump(REGISTER) if "uncovered_since" in item and "expires_at" not in item]
    desk.decide(case, Decision.DIFFERENT)
    assert years(swept, 330)["leaving_coverage"] == len(BENS)
    assert {(i, r) for i, r in CATS | BENS if desk.own(i, r)} == CATS | BENS
    assert years(swept, 90)["out_of_coverage"] == len(BENS)


def test_since_when_a_rule_is_what_it_is_is_noted_once_and_anew_when_it_changes(swept: Swept) -> None:
    noted, start = DynamoInForce(), swept.desk.clock()
    assert noted.noted(COVERAGE) is None
    assert noted.since(COVERAGE, "one", start) == start
    assert noted.since(COVERAGE, "one", start + timedelta(days=9)) == start
    assert noted.noted(COVERAGE) == ("one", start)
    later = start + timedelta(days=10)
    assert noted.since(COVERAGE, "two", later) == later
    assert noted.since(COVERAGE, "one", later + timedelta(days=1)) == later + timedelta(days=1)
