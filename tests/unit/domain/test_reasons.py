"""Why a child may be looked up: what goes with what, row by row, and nothing else."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from itertools import product
from typing import Any, cast

import pytest

from shared.domain import disclosure
from shared.domain.access import LegalBasis, Purpose, Reason, Role
from shared.domain.reasons import CITATIONS, USES, ill_matched

# What a practitioner of this role may rely on for this purpose. Nothing else goes together.
GOES: dict[str, dict[str, str]] = {
    "safeguarding_concern": {
        "social_worker": "ca1989_s47 ca2004_s11 ca2004_s16la",
        "early_help_practitioner": "ca2004_s11 ca2004_s16la",
        "education_welfare_officer": "ca2004_s11 ca2004_s16la ea2002_s175",
        "police_officer": "ca1989_s46 ca1989_s47 ca2004_s11 ca2004_s16la",
        "youth_justice_worker": "ca2004_s11 ca2004_s16la",
        "nurse": "ca2004_s11 ca2004_s16la",
        "doctor": "ca2004_s11 ca2004_s16la",
        "midwife": "ca2004_s11 ca2004_s16la",
        "health_visitor": "ca2004_s11 ca2004_s16la",
        "school_nurse": "ca2004_s11 ca2004_s16la",
        "teacher": "ca2004_s16la ea2002_s175",
        "designated_safeguarding_lead": "ca2004_s16la ea2002_s175",
    },
    "child_in_need": {
        "social_worker": "ca1989_s17 ca2004_s10 ca2004_s11 ca2004_s16la",
        "early_help_practitioner": "ca1989_s17 ca2004_s10 ca2004_s11 ca2004_s16la",
        "education_welfare_officer": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "youth_justice_worker": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "nurse": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "doctor": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "midwife": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "health_visitor": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "school_nurse": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "teacher": "ca2004_s10 ca2004_s16la",
        "designated_safeguarding_lead": "ca2004_s10 ca2004_s16la",
    },
    "emergency_care": {
        "nurse": "ca2004_s11 ca2004_s16la",
        "doctor": "ca2004_s11 ca2004_s16la",
        "midwife": "ca2004_s11 ca2004_s16la",
    },
    "missing_child": {
        "social_worker": "ca1989_s47 ca2004_s11 ca2004_s16la ea1996_s436a",
        "early_help_practitioner": "ca2004_s11 ca2004_s16la",
        "education_welfare_officer": "ca2004_s11 ca2004_s16la ea1996_s436a ea2002_s175",
        "police_officer": "ca1989_s46 ca1989_s47 ca2004_s11 ca2004_s16la",
        "youth_justice_worker": "ca2004_s11 ca2004_s16la",
        "nurse": "ca2004_s11 ca2004_s16la",
        "doctor": "ca2004_s11 ca2004_s16la",
        "midwife": "ca2004_s11 ca2004_s16la",
        "health_visitor": "ca2004_s11 ca2004_s16la",
        "school_nurse": "ca2004_s11 ca2004_s16la",
        "teacher": "ca2004_s16la ea2002_s175",
        "designated_safeguarding_lead": "ca2004_s16la ea2002_s175",
    },
    "move_between_areas": {
        "social_worker": "ca1989_s17 ca2004_s10 ca2004_s11 ca2004_s16la",
        "early_help_practitioner": "ca1989_s17 ca2004_s10 ca2004_s11 ca2004_s16la",
        "education_welfare_officer": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "youth_justice_worker": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "midwife": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "health_visitor": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "school_nurse": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "designated_safeguarding_lead": "ca2004_s10 ca2004_s16la",
    },
    "continuity_of_care": {
        "social_worker": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "early_help_practitioner": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "education_welfare_officer": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "youth_justice_worker": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "nurse": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "doctor": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "midwife": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "health_visitor": "ca2004_s10 ca2004_s11 ca2004_s16la",
        "school_nurse": "ca2004_s10 ca2004_s11 ca2004_s16la",
    },
    "education_welfare": {
        "social_worker": "ca2004_s10 ca2004_s16la ea1996_s436a",
        "early_help_practitioner": "ca2004_s10 ca2004_s16la",
        "education_welfare_officer": "ca2004_s10 ca2004_s16la ea1996_s436a ea2002_s175",
        "school_nurse": "ca2004_s10 ca2004_s16la",
        "teacher": "ca2004_s10 ca2004_s16la ea2002_s175",
        "designated_safeguarding_lead": "ca2004_s10 ca2004_s16la ea2002_s175",
    },
}
SHORT = {
    "ca1989_s17": LegalBasis.CHILDREN_ACT_1989_S17,
    "ca1989_s46": LegalBasis.CHILDREN_ACT_1989_S46,
    "ca1989_s47": LegalBasis.CHILDREN_ACT_1989_S47,
    "ca2004_s10": LegalBasis.CHILDREN_ACT_2004_S10,
    "ca2004_s11": LegalBasis.CHILDREN_ACT_2004_S11,
    "ca2004_s16la": LegalBasis.CHILDREN_ACT_2004_S16LA,
    "ea1996_s436a": LegalBasis.EDUCATION_ACT_1996_S436A,
    "ea2002_s175": LegalBasis.EDUCATION_ACT_2002_S175,
}
ALLOWED = {
    (Purpose(purpose), SHORT[basis], Role(role))
    for purpose, of_role in GOES.items()
    for role, bases in of_role.items()
    for basis in bases.split()
}


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("role", Role)
def test_what_stands_in_the_table_goes_together_and_nothing_else(purpose: Purpose, role: Role) -> None:
    for basis in LegalBasis:
        goes = ill_matched(Reason(purpose, basis), role) is None
        assert goes is ((purpose, basis, role) in ALLOWED), (purpose, basis, role)


def test_the_records_officer_asks_after_nobody() -> None:
    assert not any(role is Role.RECORDS_OFFICER for _, _, role in ALLOWED)


def test_every_purpose_basis_and_role_but_the_records_officer_is_of_use() -> None:
    purposes, bases, roles = (set(of_all) for of_all in zip(*ALLOWED, strict=True))
    assert (purposes, bases) == (set(Purpose), set(LegalBasis))
    assert roles == set(Role) - {Role.RECORDS_OFFICER}


@pytest.mark.parametrize(("purpose", "role"), [(use, role) for use, of in USES.items() for role in sorted(of.roles)])
def test_whoever_may_ask_for_a_purpose_has_a_basis_for_it(purpose: Purpose, role: Role) -> None:
    assert any(ill_matched(Reason(purpose, basis), role) is None for basis in LegalBasis)


UNKNOWN: list[tuple[str, str, str, str]] = [
    ("curiosity", "children_act_2004_s11", "nurse", "/reason/purpose"),
    ("emergency_care", "children_act_2004_s99", "nurse", "/reason/legal_basis"),
    ("emergency_care", "children_act_2004_s11", "neighbour", "/practitioner/role"),
    ("record_review", "uk_gdpr_article_5_1_d", "records_officer", "/reason/purpose"),
    ("registration_preview", "uk_gdpr_article_5_1_d", "nurse", "/reason/purpose"),
    ("", "", "", "/reason/purpose"),
]


@pytest.mark.parametrize(("purpose", "basis", "role", "pointer"), UNKNOWN)
def test_what_nobody_has_written_down_opens_nothing(purpose: str, basis: str, role: str, pointer: str) -> None:
    reason = Reason(cast("Purpose", purpose), cast("LegalBasis", basis))
    refused = ill_matched(reason, cast("Role", role))
    assert refused is not None
    assert refused.pointer == pointer


EXPLAINED: list[tuple[Purpose, LegalBasis, Role, str, str]] = [
    (
        Purpose.EMERGENCY_CARE,
        LegalBasis.CHILDREN_ACT_1989_S47,
        Role.NURSE,
        "emergency_care, asked for by nurse, goes with children_act_2004_s11 or children_act_2004_s16la",
        "/reason/legal_basis",
    ),
    (
        Purpose.SAFEGUARDING_CONCERN,
        LegalBasis.CHILDREN_ACT_2004_S11,
        Role.TEACHER,
        "safeguarding_concern, asked for by teacher, goes with children_act_2004_s16la or education_act_2002_s175",
        "/reason/legal_basis",
    ),
    (
        Purpose.EMERGENCY_CARE,
        LegalBasis.CHILDREN_ACT_2004_S11,
        Role.TEACHER,
        "emergency_care is asked for by doctor, midwife or nurse",
        "/practitioner/role",
    ),
]


@pytest.mark.parametrize(("purpose", "basis", "role", "why", "pointer"), EXPLAINED)
def test_a_refusal_says_what_would_go_together(
    purpose: Purpose, basis: LegalBasis, role: Role, why: str, pointer: str
) -> None:
    refused = ill_matched(Reason(purpose, basis), role)
    assert refused is not None
    assert (refused.why, refused.pointer) == (why, pointer)


@pytest.mark.parametrize(("purpose", "basis", "role"), sorted(set(product(Purpose, LegalBasis, Role)) - ALLOWED)[::7])
def test_what_a_refusal_offers_would_be_taken(purpose: Purpose, basis: LegalBasis, role: Role) -> None:
    refused = ill_matched(Reason(purpose, basis), role)
    assert refused is not None
    if refused.pointer == "/reason/legal_basis":
        offered = [other for other in LegalBasis if other in refused.why.replace(",", "").split()]
        assert offered
        assert all(ill_matched(Reason(purpose, other), role) is None for other in offered)


@pytest.mark.parametrize("basis", LegalBasis)
def test_every_basis_says_where_it_stands_and_what_it_says(basis: LegalBasis) -> None:
    citation = CITATIONS[basis]
    act, section = basis.rsplit("_s", 1)
    assert citation.section.lower() == f"section {section}"
    assert citation.act.lower().replace(" ", "_").startswith(act)
    assert citation.url.startswith("https://www.legislation.gov.uk/ukpga/")
    assert citation.url.lower().endswith(f"/section/{section}")
    assert citation.says.endswith(".")


def test_whoever_changes_the_tables_counts_up_the_rules() -> None:
    """The access log says by which rules each question was decided: if this fails, count up `disclosure.RULES`."""
    tables: dict[str, Any] = {
        "citations": {basis: asdict(citation) for basis, citation in CITATIONS.items()},
        "uses": {purpose: asdict(use) for purpose, use in USES.items()},
        "may override": sorted(disclosure.MAY_OVERRIDE),
    }
    text = json.dumps(tables, sort_keys=True, default=sorted)
    assert (disclosure.RULES, sha256(text.encode()).hexdigest()[:16]) == ("1", "edab789dd27b0b0a")
