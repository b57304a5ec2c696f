"""What a person is told, and what not."""

from __future__ import annotations

import pytest

from shared.domain import shield
from shared.domain.access import Answered, Shown
from shared.domain.involvement import ServiceType
from shared.domain.report import provides_in_confidence, told_of, told_of_accesses
from tests.support.builders import an_involvement, an_organisation, permissions
from tests.support.sealing import a_record


def test_what_organisations_say_is_told_without_other_people() -> None:
    (told,) = told_of([an_involvement()])
    held = an_involvement()
    assert (told.service.practitioner_name, told.service.duty_email) == (None, None)
    assert (told.service.practitioner_role, told.service.duty_phone) == ("Social worker", "+44 20 7946 0018")
    assert (told.child, told.organisation, told.recorded_at) == (held.child, held.organisation, held.recorded_at)


@pytest.mark.parametrize("service_type", [service for service in ServiceType if service.is_sensitive])
def test_a_sensitive_service_is_never_told_wherever_it_lay(service_type: ServiceType) -> None:
    assert told_of([an_involvement(service_type=service_type)]) == []


SHOWN = [
    # what the record says, whether the shield team has agreed, what is told
    (Shown.NOTHING, False, Shown.NOTHING),
    (Shown.CHILD_AND_INVOLVEMENTS, False, Shown.CHILD_AND_INVOLVEMENTS),
    (Shown.WITH_SENSITIVE_SERVICES, False, Shown.CHILD_AND_INVOLVEMENTS),
    (Shown.WITH_SENSITIVE_SERVICES, True, Shown.CHILD_AND_INVOLVEMENTS),
    (Shown.SHIELDED_CHILD_AND_INVOLVEMENTS, False, Shown.CHILD_AND_INVOLVEMENTS),
    (Shown.SHIELDED_CHILD_AND_INVOLVEMENTS, True, Shown.SHIELDED_CHILD_AND_INVOLVEMENTS),
    (Shown.CHILD, True, Shown.CHILD),
    (Shown.CHILD, False, Shown.CHILD_AND_INVOLVEMENTS),
    (Shown.ACCESSES, False, Shown.ACCESSES),
]


@pytest.mark.parametrize(("shown", "by_shield_team", "told"), SHOWN)
def test_what_was_shown_is_told_as_far_as_it_hints_at_nothing(
    *, shown: Shown, by_shield_team: bool, told: Shown
) -> None:
    (record,) = told_of_accesses([a_record(shown=shown)], in_confidence=(), by_shield_team=by_shield_team)
    assert record.shown == told


def test_who_looked_is_told_by_organisation_and_role_without_the_person() -> None:
    full = a_record(note="case 12", on_behalf_of_id="SW-9", on_behalf_of_role="social_worker", override_id="f" * 32)
    (told,) = told_of_accesses([full], in_confidence=(), by_shield_team=True)
    assert (told.practitioner_id, told.on_behalf_of_id, told.note, told.override_id) == (None, None, None, None)
    assert (told.organisation, told.practitioner_role, told.on_behalf_of_role) == ("RAL", "nurse", "social_worker")
    assert (told.at, told.purpose, told.legal_basis) == (full.at, full.purpose, full.legal_basis)


def test_a_question_that_was_refused_is_no_access() -> None:
    refused = a_record(answered=Answered.REFUSED, shown=Shown.NOTHING)
    assert told_of_accesses([refused], in_confidence=(), by_shield_team=True) == []


def test_what_a_shield_team_did_is_told_only_if_it_agreed() -> None:
    shielding = a_record(purpose=shield.PURPOSE, shown=Shown.NOTHING)
    assert told_of_accesses([shielding], in_confidence=(), by_shield_team=False) == []
    assert len(told_of_accesses([shielding], in_confidence=(), by_shield_team=True)) == 1


def test_who_provides_nothing_but_in_confidence_is_not_told_to_have_looked() -> None:
    assert told_of_accesses([a_record()], in_confidence={"RAL"}, by_shield_team=True) == []


SEXUAL, MENTAL, GP = ServiceType.SEXUAL_HEALTH, ServiceType.MENTAL_HEALTH, ServiceType.GENERAL_PRACTICE


@pytest.mark.parametrize(
    ("service_types", "in_confidence"),
    [({SEXUAL}, True), ({SEXUAL, MENTAL}, True), ({SEXUAL, GP}, False), ({GP}, False), (set(), False)],
)
def test_who_provides_nothing_but_in_confidence(*, service_types: set[ServiceType], in_confidence: bool) -> None:
    organisation = an_organisation(permissions=permissions(service_types=frozenset(service_types)))
    assert provides_in_confidence(organisation) is in_confidence


def test_who_opened_a_shield_is_told_only_if_its_team_agreed() -> None:
    opened = a_record(outcome=shield.OPENED, shown=Shown.NOTHING, override_id="f" * 32)
    looked = a_record(1, shown=Shown.SHIELDED_CHILD_AND_INVOLVEMENTS, override_id="f" * 32)
    (told,) = told_of_accesses([opened, looked], in_confidence=(), by_shield_team=False)
    assert (told.access_id, told.shown, told.override_id) == (looked.access_id, Shown.CHILD_AND_INVOLVEMENTS, None)
    assert len(told_of_accesses([opened, looked], in_confidence=(), by_shield_team=True)) == 2
