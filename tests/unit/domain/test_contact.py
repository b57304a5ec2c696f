from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.contact import parse_email, parse_phone


@pytest.mark.parametrize(
    "written",
    ["020 7946 0018", "(020) 7946-0018", "02079460018", "+44 20 7946 0018", "0044 20 7946 0018", "tel:+442079460018"],
)
def test_a_british_number_may_be_written_in_any_usual_way(written: str) -> None:
    assert parse_phone(written) == "+44 20 7946 0018"


def test_a_number_of_another_country_keeps_its_code() -> None:
    assert parse_phone("+353 20 912 3456").startswith("+353 ")


def test_an_extension_is_kept() -> None:
    assert parse_phone("020 7946 0018 ext 12") == "+44 20 7946 0018 x12"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("020 7946", id="digits are missing"),
        pytest.param("7946 0018", id="without its area code"),
        pytest.param("020 7946 0018 0018", id="too many digits"),
        pytest.param("not a number", id="words"),
        pytest.param("", id="nothing"),
        pytest.param("0" * 40, id="noughts"),
    ],
)
def test_what_nobody_could_dial_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="cannot be dialled"):
        parse_phone(written)


@pytest.mark.parametrize("written", ["020 7946 0018", "07700 900123", "01632 960001 ext 4"])
def test_a_number_that_was_parsed_is_parsed_as_itself(written: str) -> None:
    assert parse_phone(parse_phone(written)) == parse_phone(written)


def test_the_domain_of_an_address_is_kept_in_lower_case() -> None:
    assert parse_email("Duty.Team@Council.GOV.UK") == "Duty.Team@council.gov.uk"


@pytest.mark.parametrize(
    "written", ["", "duty", "duty@", "@council.gov.uk", "a b@council.gov.uk", "duty@localhost", "a@b@c.uk"]
)
def test_what_has_not_the_form_of_an_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        parse_email(written)


@given(st.text())
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    for parse in (parse_phone, parse_email):
        with suppress(ValueError):
            parse(text)


@pytest.mark.parametrize("written", ["Qzx", "Qzx@", "07Qzx", "Qzx@Qzx@c.uk", "<Qzx>"])
def test_a_refusal_does_not_repeat_what_was_written(written: str) -> None:
    for parse in (parse_phone, parse_email):
        with pytest.raises(ValueError, match=r"cannot be dialled|not an e-mail address") as refusal:
            parse(written)
        assert "Qzx" not in str(refusal.value)
