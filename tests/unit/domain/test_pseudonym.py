import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pseudonym import Pseudonyms
from tests.support.builders import PSEUDONYMS

OTHER = Pseudonyms(b"another secret of the unit tests, just as long")


def test_equal_values_have_equal_pseudonyms() -> None:
    assert PSEUDONYMS.of("nhs", "9434765919") == PSEUDONYMS.of("nhs", "9434765919")


@given(st.text(), st.text())
def test_different_values_have_different_pseudonyms(one: str, other: str) -> None:
    assert (PSEUDONYMS.of("kind", repr(one)) == PSEUDONYMS.of("kind", repr(other))) == (one == other)


def test_equal_values_of_two_kinds_are_kept_apart() -> None:
    assert PSEUDONYMS.of("nhs", "9434765919") != PSEUDONYMS.of("upn", "9434765919")


def test_values_do_not_run_into_each_other() -> None:
    assert PSEUDONYMS.of("kind", "ab", "c") != PSEUDONYMS.of("kind", "a", "bc")


def test_without_the_secret_a_pseudonym_cannot_be_made_again() -> None:
    assert PSEUDONYMS.of("nhs", "9434765919") != OTHER.of("nhs", "9434765919")


def test_a_pseudonym_is_22_characters_that_may_stand_in_a_key() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", PSEUDONYMS.of("nhs", "9434765919"))


def test_content_is_the_same_in_whatever_order_its_keys_come() -> None:
    assert PSEUDONYMS.of_content("c", {"a": 1, "b": {"c": 2, "d": 3}}) == PSEUDONYMS.of_content(
        "c", {"b": {"d": 3, "c": 2}, "a": 1}
    )


def test_content_that_differs_in_a_nested_value_differs() -> None:
    assert PSEUDONYMS.of_content("c", {"b": {"c": 2}}) != PSEUDONYMS.of_content("c", {"b": {"c": None}})


def test_a_short_secret_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="at least 32") as refusal:
        Pseudonyms(b"31 characters are still too few")
    assert "too few" not in str(refusal.value)


def test_the_secret_is_not_shown() -> None:
    assert "secret of the unit tests" not in repr(PSEUDONYMS)


def test_equal_values_of_two_compartments_have_nothing_in_common() -> None:
    one, other = PSEUDONYMS.compartment("one"), PSEUDONYMS.compartment("other")
    assert len({p.of("nhs", "9434765919") for p in (PSEUDONYMS, one, other)}) == 3
    assert one.of("nhs", "9434765919") == PSEUDONYMS.compartment("one").of("nhs", "9434765919")
    assert len(one.secret) >= 32
    assert PSEUDONYMS.secret not in one.secret
