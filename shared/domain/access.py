"""Why somebody asks, and the record that they did."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.identifiers import parse_nhs_number
from shared.domain.names import comparable

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.child import ChildDetails


class Purpose(StrEnum):
    """What the answer is needed for: the closed list of purpose codes."""

    SAFEGUARDING_CONCERN = "safeguarding_concern"
    CHILD_IN_NEED = "child_in_need"
    EMERGENCY_CARE = "emergency_care"
    MISSING_CHILD = "missing_child"
    MOVE_BETWEEN_AREAS = "move_between_areas"
    CONTINUITY_OF_CARE = "continuity_of_care"
    EDUCATION_WELFARE = "education_welfare"


class LegalBasis(StrEnum):
    """The power or duty under which the caller asks: the closed list."""

    CHILDREN_ACT_1989_S17 = "children_act_1989_s17"
    CHILDREN_ACT_1989_S46 = "children_act_1989_s46"
    CHILDREN_ACT_1989_S47 = "children_act_1989_s47"
    CHILDREN_ACT_2004_S10 = "children_act_2004_s10"
    CHILDREN_ACT_2004_S11 = "children_act_2004_s11"
    CHILDREN_ACT_2004_S16LA = "children_act_2004_s16la"
    EDUCATION_ACT_1996_S436A = "education_act_1996_s436a"
    EDUCATION_ACT_2002_S175 = "education_act_2002_s175"


class Role(StrEnum):
    """What the practitioner who asks is."""

    SOCIAL_WORKER = "social_worker"
    EARLY_HELP_PRACTITIONER = "early_help_practitioner"
    POLICE_OFFICER = "police_officer"
    NURSE = "nurse"
    DOCTOR = "doctor"
    MIDWIFE = "midwife"
    HEALTH_VISITOR = "health_visitor"
    SCHOOL_NURSE = "school_nurse"
    TEACHER = "teacher"
    DESIGNATED_SAFEGUARDING_LEAD = "designated_safeguarding_lead"
    EDUCATION_WELFARE_OFFICER = "education_welfare_officer"
    YOUTH_JUSTICE_WORKER = "youth_justice_worker"
    RECORDS_OFFICER = "records_officer"
    """Looks after the quality of records: decides whether two children are one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: purpose, legal basis, and a note such as a case reference (never a name; see `note_names_somebody`)."""

    purpose: Purpose
    legal_basis: LegalBasis
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Practitioner:
    """The professional who asks. `practitioner_id` is the organisation's own or a professional registration number."""

    practitioner_id: str
    name: str
    role: Role


class Answered(StrEnum):
    """Whether the question was answered, whatever the outcome, or refused."""

    ANSWERED = "answered"
    REFUSED = "refused"


class Shown(StrEnum):
    """What the policy allowed to be shown."""

    NOTHING = "nothing"
    CHILD = "child"
    """Name, sex and birth of a shielded child, to somebody who may open the shield."""
    CHILD_AND_INVOLVEMENTS = "child_and_involvements"
    SHIELDED_CHILD_AND_INVOLVEMENTS = "shielded_child_and_involvements"
    """To its shield team, or through an override."""
    WITH_SENSITIVE_SERVICES = "with_sensitive_services"
    """Sensitive services were found for a brokering team: they are shown if the child is of its authority."""
    ACCESSES = "accesses"
    """Who has looked at the child."""
    ALERTS = "alerts"
    """What the organisation's auditors have to look at."""
    NOTICES = "notices"
    """That something has happened with children: ids and codes."""
    REPORT = "report"
    """All that is held, for a subject-access request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecord:
    """Who asked, for whom, about which child, why, on what basis, what was shown. Ids and codes only, no names.

    `shown` is what the policy allowed to be shown, a `Shown`. `child_id` is set when a child was found, and the caller
    may know of it. What a refused question did not say is None. `policy` is the version of the rules that decided
    (`disclosure.policy_of`).
    """

    access_id: str
    at: datetime
    request_id: str
    organisation: str
    client_id: str
    answered: Answered
    outcome: str
    shown: str
    practitioner_id: str | None = None
    practitioner_role: str | None = None
    on_behalf_of_id: str | None = None
    on_behalf_of_role: str | None = None
    purpose: str | None = None
    legal_basis: str | None = None
    note: str | None = None
    child_id: str | None = None
    policy: str | None = None
    asked_district: str | None = None
    """The postcode district in the question, if it had one."""
    own_surname: bool = False
    """Whether the family name asked for is that of the practitioner who asks."""
    override_id: str | None = None
    """Of the override through which a shielded child was shown, or that this record is of."""


def note_names_somebody(note: str, asked: ChildDetails) -> bool:
    """Whether a note repeats a name, postcode or NHS number: the access log outlives the register and holds none."""
    words = {
        comparable(part)
        for word in re.split(r"[\s,.;:/()_]+", note)
        for part in (*re.split(r"[-'’]", word), word)  # ref-Hill-2024, Mary's
    }
    names = {
        comparable(part)
        for stated in asked.under_each_name()
        for name in (stated.given_name, stated.family_name)
        if name
        for part in (*re.split(r"[\s-]+", name), name)
    }
    if (words & names) - {""}:
        return True
    compact = re.sub(r"[\s-]", "", note).upper()
    if asked.postcode and asked.postcode.replace(" ", "") in compact:
        return True
    return any(_is_nhs_number(compact[i : i + 10]) for i in range(len(compact) - 9))


def shares_family_name(practitioner: Practitioner, asked: ChildDetails) -> bool:
    """Whether a family name that is asked for, as it is compared, is how the practitioner's name ends."""
    words = practitioner.name.split()
    endings = {comparable(" ".join(words[start:])) for start in range(len(words) > 1, len(words))}
    return any(
        comparable(named.family_name) in endings - {""} for named in asked.under_each_name() if named.family_name
    )


def _is_nhs_number(text: str) -> bool:
    try:
        return text.isdigit() and bool(parse_nhs_number(text))
    except ValueError:
        return False
