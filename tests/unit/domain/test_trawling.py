"""From an hour's access records to what each practitioner, and each role, asked in it."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.access import Answered
from shared.domain.trawling import MOST_CHILDREN, PeerUse, Use, peers_of, slot_of, uses_of
from tests.support.builders import COUNCIL, TRUST
from tests.support.watching import MONDAY_NINE, a_question, a_use

SECOND = timedelta(seconds=1)


def test_an_hour_is_summed_up_by_practitioner_in_counts_codes_and_districts() -> None:
    records = [
        a_question(MONDAY_NINE, child_id="child-1", own_surname=True),
        a_question(MONDAY_NINE + SECOND, child_id="child-1", asked_district="EN2"),
        a_question(MONDAY_NINE + SECOND * 2, child_id=None, outcome="no_match", asked_district=None),
        a_question(MONDAY_NINE + SECOND * 3, practitioner_id="SWE-2", child_id="child-2"),
    ]
    first, second = uses_of(MONDAY_NINE, records)
    assert first == a_use(
        questions=3,
        nothing_found=1,
        districts={"N12": 1, "EN2": 1},
        children=("child-1",),
        namesakes=("child-1",),
    )
    assert second == a_use(practitioner_id="SWE-2", children=("child-2",))


def test_practitioners_of_two_organisations_may_have_the_same_id_and_are_two_people() -> None:
    records = [a_question(MONDAY_NINE), a_question(MONDAY_NINE + SECOND, organisation=TRUST)]
    assert [use.organisation for use in uses_of(MONDAY_NINE, records)] == [COUNCIL, TRUST]


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [("match", 0), ("potential_match", 0), ("low_confidence", 1), ("many_matches", 1), ("no_match", 1)],
)
def test_outcomes_of_guessing_count_as_nothing_found(outcome: str, counts: int) -> None:
    (use,) = uses_of(MONDAY_NINE, [a_question(MONDAY_NINE, outcome=outcome, child_id=None)])
    assert (use.questions, use.nothing_found) == (1, counts)


def test_what_was_refused_counts_as_asked_and_not_as_nothing_found() -> None:
    refused = a_question(MONDAY_NINE, answered=Answered.REFUSED, outcome="asked_too_often", child_id=None)
    (use,) = uses_of(MONDAY_NINE, [refused])
    assert (use.questions, use.nothing_found) == (1, 0)


@pytest.mark.parametrize("purpose", ["audit", "shielding", "data_quality", "subject_access", None])
def test_looks_that_are_no_questions_are_passed_over(purpose: str | None) -> None:
    assert uses_of(MONDAY_NINE, [a_question(MONDAY_NINE, purpose=purpose)]) == []


def test_who_does_not_say_who_asks_is_nobody_to_have_a_habit() -> None:
    assert uses_of(MONDAY_NINE, [a_question(MONDAY_NINE, practitioner_id=None)]) == []


def test_however_many_are_found_a_summary_stays_small() -> None:
    records = [a_question(MONDAY_NINE + SECOND * n, child_id=f"child-{n}") for n in range(MOST_CHILDREN * 2)]
    (use,) = uses_of(MONDAY_NINE, records)
    assert (use.questions, len(use.children)) == (MOST_CHILDREN * 2, MOST_CHILDREN)


def test_a_summary_has_no_room_for_anything_personal() -> None:
    assert {f.name for f in fields(Use)} == {
        "organisation", "practitioner_id", "role", "hour", "questions", "nothing_found", "districts", "children",
        "namesakes",
    }  # fmt: skip
    assert {f.name for f in fields(PeerUse)} == {
        "organisation", "role", "hour", "practitioners", "questions", "nothing_found", "districts",
    }  # fmt: skip


def test_peers_are_those_of_one_role_at_one_organisation() -> None:
    uses = [
        a_use(questions=3, nothing_found=1, districts={"N12": 2, "EN2": 1}),
        a_use(practitioner_id="SWE-2", districts={"N12": 1}),
        a_use(practitioner_id="N-1", role="nurse"),
        a_use(organisation=TRUST),
    ]
    assert [(p.organisation, p.role, p.practitioners, p.questions) for p in peers_of(uses)] == [
        (COUNCIL, "nurse", 1, 1),
        (COUNCIL, "social_worker", 2, 4),
        (TRUST, "social_worker", 1, 1),
    ]
    assert peers_of(uses)[1].districts == {"N12": 3, "EN2": 1}


@pytest.mark.parametrize(
    ("hour", "slot"),
    [
        (datetime(2026, 11, 16, 9, tzinfo=UTC), (False, 9)),
        (datetime(2026, 7, 13, 9, tzinfo=UTC), (False, 10)),
        (datetime(2026, 11, 21, 23, tzinfo=UTC), (True, 23)),
        (datetime(2026, 7, 12, 23, tzinfo=UTC), (False, 0)),
    ],
)
def test_hours_are_told_by_the_clocks_of_the_place(hour: datetime, slot: tuple[bool, int]) -> None:
    assert slot_of(hour) == slot


def test_previews_are_a_clients_use_by_district_and_without_the_children() -> None:
    records = [
        a_question(
            MONDAY_NINE + SECOND * n,
            purpose="registration_preview",
            practitioner_id=None,
            practitioner_role=None,
            outcome="no_match" if n else "match",
        )
        for n in range(12)
    ]
    (use,) = uses_of(MONDAY_NINE, records)
    assert use == a_use(
        practitioner_id="client:a-client", role="client", questions=12, nothing_found=11, districts={"N12": 12}
    )
    assert use.is_of_client
    assert not a_use().is_of_client
