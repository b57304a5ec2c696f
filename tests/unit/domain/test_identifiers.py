from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identifiers import (
    parse_local_id,
    parse_nhs_number,
    parse_organisation_code,
    parse_upn,
    upn_is_doubtful,
)
from tests.support.builders import DOUBTFUL_UPN, NHS_NUMBER, UPN


@pytest.mark.parametrize("written", ["9434765919", "943 476 5919", "943-476-5919", " 9434765919\n"])
def test_an_nhs_number_may_be_written_in_groups(written: str) -> None:
    assert parse_nhs_number(written) == "9434765919"


def test_an_nhs_number_whose_check_digit_comes_out_as_eleven_ends_in_nought() -> None:
    assert parse_nhs_number("9434765870") == "9434765870"


@given(position=st.integers(0, 9), by=st.integers(1, 9))
def test_one_mistyped_digit_of_an_nhs_number_is_always_found(position: int, by: int) -> None:
    wrong = (int(NHS_NUMBER[position]) + by) % 10
    with pytest.raises(ValueError, match="check digit"):
        parse_nhs_number(f"{NHS_NUMBER[:position]}{wrong}{NHS_NUMBER[position + 1 :]}")


@given(position=st.integers(0, 8))
def test_two_neighbouring_digits_of_an_nhs_number_changed_round_are_found(position: int) -> None:
    digits = list(NHS_NUMBER)
    digits[position], digits[position + 1] = digits[position + 1], digits[position]
    if "".join(digits) != NHS_NUMBER:
        with pytest.raises(ValueError, match="check digit"):
            parse_nhs_number("".join(digits))


@pytest.mark.parametrize("written", ["", "943476591", "94347659190", "943476591X", "٩٤٣٤٧٦٥٩١٩"])
def test_anything_but_ten_digits_is_no_nhs_number(written: str) -> None:
    with pytest.raises(ValueError, match="ten digits"):
        parse_nhs_number(written)


def test_a_upn_is_kept_in_capitals_without_spaces() -> None:
    assert parse_upn(" h801 2000 01001 ") == UPN


def test_a_upn_with_a_right_check_letter_is_not_doubtful() -> None:
    assert not upn_is_doubtful(UPN)


def test_a_upn_with_a_wrong_check_letter_is_accepted_and_doubtful() -> None:
    assert parse_upn(DOUBTFUL_UPN) == DOUBTFUL_UPN
    assert upn_is_doubtful(DOUBTFUL_UPN)


def test_a_temporary_upn_ends_in_a_letter() -> None:
    assert parse_upn("H80120000100A") == "H80120000100A"


@pytest.mark.parametrize(
    "written", ["", "801200001001", "H80120000100", "H8012000010011", "I801200001001", "H8012000O1001", "H80120000100S"]
)
def test_what_has_not_the_form_of_a_upn_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="unique pupil number"):
        parse_upn(written)


@pytest.mark.parametrize("written", ["1", "C-1001", "2024/17.b_c", "x" * 32])
def test_an_authority_may_number_children_as_it_likes(written: str) -> None:
    assert parse_local_id(f" {written} ") == written


@pytest.mark.parametrize("written", ["", " ", "-1", "a b", "x" * 33, "id#1", "Zoë"])
def test_an_authoritys_child_id_has_plain_characters_only(written: str) -> None:
    with pytest.raises(ValueError, match="child id"):
        parse_local_id(written)


def test_an_organisation_code_is_kept_in_capitals() -> None:
    assert parse_organisation_code(" e09000003 ") == "E09000003"


@pytest.mark.parametrize("written", ["", "E9", "E0900000312345", "E09-003", "E09#003"])
def test_what_has_not_the_form_of_an_organisation_code_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="organisation code"):
        parse_organisation_code(written)


@given(st.text())
@pytest.mark.parametrize("parse", [parse_nhs_number, parse_upn, parse_local_id, parse_organisation_code])
def test_no_text_does_worse_than_being_refused_and_what_is_parsed_stays_as_it_is(
    parse: Callable[[str], str], text: str
) -> None:
    try:
        parsed = parse(text)
    except ValueError:
        return
    assert parse(parsed) == parsed


@given(st.text())
@pytest.mark.parametrize("parse", [parse_nhs_number, parse_upn, parse_local_id, parse_organisation_code])
def test_a_refusal_does_not_repeat_the_number(parse: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refusal:
        parse(f"Qzx!{text}")
    assert "Qzx" not in str(refusal.value)
