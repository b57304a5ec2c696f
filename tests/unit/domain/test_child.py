from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.child import Sex, check_date_of_birth, check_expected_date, compose
from tests.support.builders import COUNCIL, NOW, SCHOOL, TRUST, a_child, an_involvement, nhs_number

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize("born", [TODAY, date(2026, 3, 1), date(2017, 5, 9), date(2000, 3, 2)])
def test_a_child_was_born_today_or_in_the_last_26_years(born: date) -> None:
    check_date_of_birth(born, TODAY)


def test_nobody_is_born_tomorrow() -> None:
    with pytest.raises(ValueError, match="expected_date"):
        check_date_of_birth(date(2026, 3, 3), TODAY)


def test_a_person_born_a_day_over_26_years_ago_is_no_child() -> None:
    with pytest.raises(ValueError, match="26 years"):
        check_date_of_birth(date(2000, 3, 1), TODAY)


def test_on_a_leap_day_26_years_go_back_to_the_28th_of_february() -> None:
    leap_day = date(2024, 2, 29)
    check_date_of_birth(date(1998, 2, 28), leap_day)
    with pytest.raises(ValueError, match="26 years"):
        check_date_of_birth(date(1998, 2, 27), leap_day)


@pytest.mark.parametrize("days", [-42, 0, 42 * 7])
def test_a_birth_is_due_between_six_weeks_ago_and_42_weeks_ahead(days: int) -> None:
    check_expected_date(TODAY + timedelta(days), TODAY)


@pytest.mark.parametrize("days", [-43, 42 * 7 + 1])
def test_a_birth_due_earlier_or_later_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="expected date"):
        check_expected_date(TODAY + timedelta(days), TODAY)


@given(st.dates(), st.dates(min_value=date(2000, 1, 1)))
def test_no_date_does_worse_than_being_refused(day: date, today: date) -> None:
    for check in (check_date_of_birth, check_expected_date):
        with suppress(ValueError):
            check(day, today)


def test_of_each_detail_the_one_stated_last_is_shown() -> None:
    earlier = an_involvement(child=a_child(given_name="Amelia", postcode="N12 0AB"), refreshed_at=NOW)
    later = an_involvement(
        organisation=SCHOOL, child=a_child(given_name="Amélia", sex=None), refreshed_at=NOW + timedelta(days=1)
    )
    child = compose("child-1", [later, earlier])
    assert child.given_name == "Amélia"
    assert child.sex is Sex.FEMALE


def test_a_child_that_was_born_keeps_when_it_was_due() -> None:
    due = an_involvement(child=a_child(given_name=None, date_of_birth=None, expected_date=date(2026, 2, 1)))
    born = an_involvement(child=a_child(date_of_birth=date(2026, 2, 3)), refreshed_at=NOW + timedelta(days=3))
    child = compose("child-1", [due, born])
    assert (child.date_of_birth, child.expected_date) == (date(2026, 2, 3), date(2026, 2, 1))


def test_a_child_shows_neither_where_it_lives_nor_its_numbers() -> None:
    child = compose("child-1", [an_involvement(child=a_child(identifiers=(nhs_number(),)))])
    assert "N12 0AB" not in repr(child)
    assert nhs_number().value not in repr(child)


@given(st.permutations([0, 1, 2, 3]))
def test_a_child_is_the_same_in_whatever_order_its_involvements_come(order: list[int]) -> None:
    stated = [
        an_involvement(organisation=COUNCIL, child=a_child(given_name="Amelia")),
        an_involvement(organisation=TRUST, child=a_child(given_name="Amélia", sex=None)),
        an_involvement(organisation=SCHOOL, child=a_child(family_name="Okafor-Hill"), refreshed_at=NOW - timedelta(1)),
        an_involvement(organisation="ABC", child=a_child(given_name=None), refreshed_at=NOW + timedelta(1)),
    ]
    assert compose("child-1", [stated[i] for i in order]) == compose("child-1", stated)


def test_two_statements_of_one_organisation_at_one_instant_show_the_same_child_in_either_order() -> None:
    one = an_involvement(source_reference="A", child=a_child(given_name="Amelia"))
    other = an_involvement(source_reference="B", child=a_child(given_name="Amélia"))
    assert compose("child-1", [one, other]) == compose("child-1", [other, one])
