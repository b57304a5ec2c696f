"""How good the data are, detail by detail, and by what was sent alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.child import ChildDetails, FormerName, Sex
from shared.domain.quality import Datum, Quality, quality_of
from tests.support.builders import DOUBTFUL_UPN, TODAY, a_child, local_id, nhs_number, upn

GOOD, WEAK, MISSING, UNUSABLE = Quality.GOOD, Quality.WEAK, Quality.MISSING, Quality.UNUSABLE


def datum(detail: str, child: ChildDetails) -> Datum:
    (found,) = (datum for datum in quality_of(child, TODAY) if datum.detail == detail)
    return found


def test_details_that_are_all_there_are_all_good() -> None:
    child = a_child(identifiers=(nhs_number(), upn(), local_id()), former_names=(FormerName(family_name="Adeyemi"),))
    assert [(d.detail, d.quality, d.remark) for d in quality_of(child, TODAY)] == [
        (detail, GOOD, None)
        for detail in (
            "nhs_number",
            "upn",
            "local_authority_child_id",
            "given_name",
            "family_name",
            "date_of_birth",
            "sex",
            "postcode",
            "former_names",
        )
    ]


def test_of_a_child_of_whom_nothing_is_said_all_is_missing() -> None:
    assert {d.quality for d in quality_of(ChildDetails(), TODAY)} == {MISSING}


@pytest.mark.parametrize(
    ("detail", "said", "quality", "remark"),
    [
        pytest.param("given_name", "Baby", UNUSABLE, "stands in for a name", id="a stand-in"),
        pytest.param("given_name", "TWIN two", UNUSABLE, "stands in for a name", id="a stand-in of two words"),
        pytest.param("given_name", "A.", WEAK, "initial", id="an initial"),
        pytest.param("given_name", "Bo", GOOD, None, id="a short name"),
        pytest.param("given_name", "Ольга", GOOD, None, id="another alphabet"),
        pytest.param("given_name", "-", UNUSABLE, "no letter", id="no letter"),
        pytest.param("family_name", "Unknown", WEAK, "may stand in", id="a family name that may be a stand-in"),
        pytest.param("family_name", "O", WEAK, "initial", id="the initial of a family name"),
        pytest.param("date_of_birth", date(2017, 1, 1), WEAK, "1 January", id="the day for an unknown one"),
        pytest.param("date_of_birth", date(2017, 1, 2), GOOD, None, id="the day after it"),
        pytest.param("sex", Sex.NOT_KNOWN, WEAK, "only female and male", id="a sex that is not known"),
        pytest.param("sex", Sex.INDETERMINATE, WEAK, "only female and male", id="an indeterminate sex"),
        pytest.param("sex", Sex.MALE, GOOD, None, id="a sex"),
    ],
)
def test_a_detail_is_worth_what_it_tells(detail: str, said: Any, quality: Quality, remark: str | None) -> None:
    found = datum(detail, a_child(**{detail: said}))
    assert found.quality is quality
    assert (found.remark is None) is (remark is None)
    assert (remark or "") in (found.remark or "")


@pytest.mark.parametrize(
    ("detail", "remark"),
    [("nhs_number", "settles who"), ("upn", "schools"), ("former_names", "only if"), ("postcode", None)],
)
def test_what_is_missing_is_said_to_be(detail: str, remark: str | None) -> None:
    found = datum(detail, a_child(postcode=None))
    assert found.quality is MISSING
    assert (remark or "") in (found.remark or "")


def test_a_pupil_number_with_a_wrong_check_letter_is_weak() -> None:
    assert datum("upn", a_child(identifiers=(upn(DOUBTFUL_UPN),))).quality is WEAK


@pytest.mark.parametrize(("days", "quality"), [(-1, WEAK), (0, GOOD), (30, GOOD)])
def test_an_expected_date_is_good_until_it_has_passed(days: int, quality: Quality) -> None:
    unborn = a_child(date_of_birth=None, expected_date=TODAY + timedelta(days=days))
    assert datum("expected_date", unborn).quality is quality
    assert "date_of_birth" not in {d.detail for d in quality_of(unborn, TODAY)}


def test_a_date_of_birth_counts_before_the_day_that_was_expected() -> None:
    born = a_child(expected_date=TODAY)
    assert datum("date_of_birth", born).quality is GOOD
    assert "expected_date" not in {d.detail for d in quality_of(born, TODAY)}


def test_a_former_name_that_stands_in_for_one_is_weak() -> None:
    assert datum("former_names", a_child(former_names=(FormerName(given_name="Infant"),))).quality is WEAK


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_that_may_stand_in_a_name_raises_or_is_repeated(given_name: str, family_name: str) -> None:
    marked = f"⸮{given_name}", f"⸮{family_name}"
    told = quality_of(ChildDetails(given_name=marked[0], family_name=marked[1]), TODAY)
    assert not any(mark in (d.remark or "") for d in told for mark in marked)
