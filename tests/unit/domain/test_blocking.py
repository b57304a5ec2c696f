"""By which keys a child is found: enough of them to survive a mistake, and none that half a town shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.blocking import enough_to_search, full_details, match_keys
from shared.domain.child import ChildDetails, FormerName
from tests.support.builders import a_child, an_unborn_child, local_id, nhs_number

# Keys


def share_a_key(one: ChildDetails, other: ChildDetails) -> bool:
    return not set(match_keys(one)).isdisjoint(match_keys(other))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"given_name": "Zoe"}, id="another given name"),
        pytest.param({"family_name": "Hill"}, id="another family name"),
        pytest.param({"date_of_birth": date(2011, 1, 2)}, id="another birth"),
        pytest.param({"postcode": "M1 1AE"}, id="another home"),
        pytest.param({"date_of_birth": date(2011, 1, 2), "postcode": "N3 1AB"}, id="another birth, moved nearby"),
        pytest.param({"date_of_birth": date(2017, 9, 5), "postcode": "M1 1AE"}, id="a mistaken day, and moved far"),
        pytest.param({"given_name": "Zoe", "postcode": "M1 1AE"}, id="another given name and home"),
        pytest.param({"family_name": "Hill", "postcode": "M1 1AE"}, id="another family name and home"),
        pytest.param({"given_name": "Zoe", "family_name": "Hill", "date_of_birth": date(2011, 1, 2)}, id="home alone"),
        pytest.param({"given_name": "Okafor", "family_name": "Amelia", "postcode": None}, id="names swapped"),
        pytest.param(
            {"given_name": "Okafor", "family_name": "Amelia", "date_of_birth": date(2017, 9, 5), "postcode": None},
            id="names swapped, day and month too",
        ),
        pytest.param({"given_name": "Amelie", "family_name": "Okafur", "postcode": "M1 1AE"}, id="slips in both names"),
        pytest.param({"given_name": "AMÉLIA", "family_name": "O'Kafor", "postcode": None}, id="accents, apostrophes"),
        pytest.param({"given_name": "Rose Amelia", "family_name": None, "postcode": None}, id="a name before it"),
        pytest.param({"given_name": None, "family_name": "Hill-Okafor", "postcode": None}, id="a name joined to it"),
        pytest.param({"given_name": "Baby", "postcode": None}, id="no given name yet"),
    ],
)
def test_a_child_is_found_although(changed: dict[str, Any]) -> None:
    assert share_a_key(a_child(**changed), a_child())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"given_name": "Zoe", "family_name": "Hill", "postcode": "M1 1AE"}, id="the birth alone"),
        pytest.param({"given_name": None, "family_name": None, "postcode": None}, id="nothing but the birth"),
        pytest.param({"family_name": "Hill", "date_of_birth": date(2011, 1, 2), "postcode": "N3 1AB"}, id="given name"),
        pytest.param({"date_of_birth": None, "postcode": "M1 1AE"}, id="both names, and they may be common"),
    ],
)
def test_what_very_many_children_share_is_no_key(changed: dict[str, Any]) -> None:
    assert not share_a_key(a_child(**changed), a_child())


def test_a_date_of_birth_alone_is_no_key() -> None:
    assert match_keys(ChildDetails(date_of_birth=date(2017, 5, 9))) == ()


def test_what_stands_in_for_a_given_name_is_no_key() -> None:
    assert match_keys(a_child(given_name="Baby")) == match_keys(a_child(given_name=None))


def test_a_name_of_many_parts_does_not_make_many_keys() -> None:
    many = a_child(given_name="Ana Maria Pilar Jimena", family_name="de la Cruz García Hernández y Ruiz Ordóñez")
    assert len(match_keys(many)) <= 9


@pytest.mark.parametrize("changed", [{"postcode": None}, {"given_name": None}, {"family_name": None}, {}])
def test_a_statement_costs_few_keys(changed: dict[str, Any]) -> None:
    assert len(match_keys(a_child(**changed))) <= 5


def test_a_birth_and_a_due_date_on_the_same_day_are_different_keys() -> None:
    day = date(2026, 3, 1)
    born, due = a_child(date_of_birth=day), an_unborn_child(given_name="Amelia", expected_date=day)
    assert {key[0] for key in set(match_keys(born)) & set(match_keys(due))} == {"postcode", "names+area"}


def test_an_unborn_child_is_found_when_it_is_born_by_its_home() -> None:
    assert share_a_key(an_unborn_child(), a_child(date_of_birth=date(2026, 5, 1), given_name="Chidi"))


# Former names


def test_a_child_is_found_by_a_name_that_it_had_before() -> None:
    held = a_child(family_name="Hill", postcode=None, former_names=(FormerName("Chidi", "Okafor"),))
    asked = ChildDetails(given_name="Chidi", family_name="Okafor", date_of_birth=date(2017, 2, 3))
    assert share_a_key(asked, held)


def test_a_child_is_found_by_a_former_name_that_the_question_gives() -> None:
    asked = a_child(given_name="Zoe", family_name="Hill", postcode="M1 1AE", former_names=(FormerName(None, "Okafor"),))
    assert share_a_key(asked, a_child(postcode=None))


# What is enough, and what only one child can have


@pytest.mark.parametrize(
    ("details", "enough"),
    [
        (("date_of_birth", "given_name"), True),
        (("date_of_birth", "family_name"), True),
        (("date_of_birth", "postcode"), True),
        (("given_name", "family_name", "postcode"), True),
        (("given_name", "family_name"), False),
        (("given_name", "postcode"), False),
        (("family_name", "postcode", "sex"), False),
        (("date_of_birth", "sex"), False),
        (("postcode",), False),
        ((), False),
    ],
)
def test_how_much_it_takes_to_search(details: tuple[str, ...], *, enough: bool) -> None:
    said = ChildDetails(**{name: getattr(a_child(), name) for name in details})
    assert enough_to_search(said) is enough


def test_a_number_is_enough_to_search() -> None:
    assert enough_to_search(ChildDetails(identifiers=(nhs_number(),)))
    assert enough_to_search(ChildDetails(identifiers=(local_id(),)))


def test_an_expected_date_is_as_good_as_a_birth_to_search() -> None:
    assert enough_to_search(ChildDetails(expected_date=date(2026, 5, 4), family_name="Okafor"))


def test_what_stands_in_for_a_given_name_is_not_enough_to_search() -> None:
    assert not enough_to_search(a_child(given_name="Baby", date_of_birth=None))
    assert not enough_to_search(ChildDetails(given_name="Baby", date_of_birth=date(2026, 3, 1)))


def test_full_details_are_all_four() -> None:
    assert full_details(a_child()) == full_details(a_child(given_name="AMÉLIA", sex=None)) is not None


@pytest.mark.parametrize("missing", ["given_name", "family_name", "date_of_birth", "postcode"])
def test_three_of_four_details_are_not_full(missing: str) -> None:
    assert full_details(a_child(**{missing: None})) is None


def test_a_stand_in_for_a_name_does_not_make_full_details() -> None:
    assert full_details(a_child(given_name="Baby")) is None


def test_a_birth_and_a_due_date_are_not_the_same_full_details() -> None:
    day = date(2026, 3, 1)
    assert full_details(a_child(date_of_birth=day)) != full_details(a_child(date_of_birth=None, expected_date=day))


# What holds for everybody

SOME_NAME = st.sampled_from(["Amelia", "Okafor", "Mary Ann", "Smith-Jones", "van der Berg", "Baby", "Siân", "李明"])
ANY_NAME = st.none() | SOME_NAME | st.text()
FORMER_NAME = st.builds(FormerName, ANY_NAME, ANY_NAME)
DETAILS = st.builds(
    ChildDetails,
    given_name=ANY_NAME,
    family_name=ANY_NAME,
    date_of_birth=st.none() | st.dates(),
    expected_date=st.none() | st.dates(),
    postcode=st.sampled_from([None, "N12 0AB", "M1 1AE"]),
    former_names=st.lists(FORMER_NAME, max_size=2).map(tuple),
)


@given(DETAILS)
def test_a_lookup_and_a_registration_of_the_same_words_share_every_key(said: ChildDetails) -> None:
    assert match_keys(said) == match_keys(replace(said, sex=None, identifiers=(nhs_number(),)))


@given(DETAILS)
def test_the_order_of_former_names_does_not_matter(said: ChildDetails) -> None:
    assert set(match_keys(said)) == set(match_keys(replace(said, former_names=said.former_names[::-1])))


@given(DETAILS)
def test_the_keys_are_those_of_every_name_and_none_comes_twice(said: ChildDetails) -> None:
    keys = match_keys(said)
    assert len(keys) == len(set(keys))
    assert set(keys) == {key for named in said.under_each_name() for key in match_keys(named)}


@given(DETAILS)
def test_whatever_is_enough_to_search_has_a_key_to_search_by(said: ChildDetails) -> None:
    assert match_keys(said) or not enough_to_search(said)


@given(DETAILS)
def test_full_details_are_enough_to_search(said: ChildDetails) -> None:
    assert enough_to_search(said) or full_details(said) is None


@given(DETAILS)
def test_what_claims_a_child_alone_has_a_key_in_common_with_the_same_claim(said: ChildDetails) -> None:
    """Whoever is refused a claim finds the child that holds it."""
    loud = replace(said, given_name=f" {said.given_name or ''}. ", family_name=f"{said.family_name or ''} '")
    if full_details(said) is not None:
        assert full_details(loud) == full_details(said)
        assert share_a_key(loud, said)


@given(DETAILS)
def test_no_key_has_an_empty_part(said: ChildDetails) -> None:
    assert all(all(key) for key in match_keys(said))


WORD = st.text("abcdefghijklmnoprstuvwyz", min_size=4, max_size=9)


@given(WORD, WORD, st.none() | st.just("N12 0AB"))
def test_names_that_changed_places_share_a_key(one: str, other: str, postcode: str | None) -> None:
    asked = a_child(given_name=one, family_name=other, postcode=postcode)
    assert share_a_key(asked, a_child(given_name=other, family_name=one, postcode=postcode))


@given(WORD, WORD, st.text("abcdefghijklmnoprstuvwyz", max_size=3))
def test_slips_after_the_third_letter_do_not_matter(one: str, other: str, slip: str) -> None:
    asked = a_child(given_name=one[:3] + slip, family_name=other[:3] + slip, postcode=None)
    assert share_a_key(asked, a_child(given_name=one, family_name=other, postcode=None))


@given(DETAILS, DETAILS)
def test_two_at_one_postcode_share_a_key_whatever_else_is_said(one: ChildDetails, other: ChildDetails) -> None:
    assert share_a_key(replace(one, postcode="N12 0AB"), replace(other, postcode="N12 0AB"))
