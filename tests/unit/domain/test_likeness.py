"""What matching takes of a statement, and what it leaves."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from shared.domain.child import ChildDetails, FormerName
from shared.domain.likeness import Likeness, likeness, likenesses
from tests.support.builders import (
    NHS_NUMBER,
    OTHER_NHS_NUMBER,
    PSEUDONYMS,
    UPN,
    a_child,
    an_unborn_child,
    local_id,
    nhs_number,
    upn,
)


@pytest.mark.parametrize("child", [a_child(), an_unborn_child()])
def test_a_likeness_says_of_each_detail_what_the_statement_says(child: ChildDetails) -> None:
    like = likeness(child, PSEUDONYMS)
    stated = [field.name for field in fields(Likeness) if field.name != "nhs_number"]
    assert {name: getattr(like, name) for name in stated} == {name: getattr(child, name) for name in stated}


def test_a_likeness_holds_no_number() -> None:
    like = likeness(a_child(identifiers=(nhs_number(), upn(), local_id())), PSEUDONYMS)
    assert NHS_NUMBER not in repr(like)
    assert UPN not in repr(like)


def test_nhs_numbers_can_be_told_apart_and_known_again() -> None:
    def number(value: str) -> str | None:
        return likeness(a_child(identifiers=(upn(), nhs_number(value))), PSEUDONYMS).nhs_number

    assert number(NHS_NUMBER) == number(NHS_NUMBER) != number(OTHER_NHS_NUMBER)


def test_no_other_number_counts_as_an_nhs_number() -> None:
    assert likeness(a_child(identifiers=(upn(), local_id())), PSEUDONYMS).nhs_number is None


def test_there_is_one_likeness_for_each_name() -> None:
    child = a_child(
        identifiers=(nhs_number(),), former_names=(FormerName(family_name="Hill"), FormerName("Millie", "Brook"))
    )
    now, before, first = likenesses(child, PSEUDONYMS)
    assert now == likeness(child, PSEUDONYMS)
    assert before == replace(now, family_name="Hill")
    assert first == replace(now, given_name="Millie", family_name="Brook")
