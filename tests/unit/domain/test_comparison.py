"""How far two values of one detail agree, as a reader of two records would say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.child import Sex
from shared.domain.comparison import (
    Birth,
    Names,
    NamesCompared,
    Place,
    SexLevel,
    compare_births,
    compare_names,
    compare_postcodes,
    compare_sexes,
    is_placeholder,
    usable_given_name,
)
from shared.domain.likeness import Likeness

IN_USE = frozenset({"amelia", "amelie", "daniel", "danielle", "hayden", "jayden", "sara", "sarah", "jack"})


def compare(asked: tuple[str | None, str | None], known: tuple[str | None, str | None]) -> NamesCompared:
    """Given and family name of the one, and of the other."""
    one, other = (Likeness(given_name=given_name, family_name=family) for given_name, family in (asked, known))
    return compare_names(one, other, IN_USE)


def given_names(one: str | None, other: str | None) -> Names | None:
    return compare((one, None), (other, None)).given


def family_names(one: str | None, other: str | None) -> Names | None:
    return compare((None, one), (None, other)).family


# Names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Siân", "Sian", id="accents"),
        pytest.param("Zoë", "ZOE", id="case"),
        pytest.param("O'Connor", "OConnor", id="apostrophes"),
        pytest.param("O’Connor", "O'Connor", id="another apostrophe"),
        pytest.param("Smith-Jones", "Smith Jones", id="a hyphen or a space"),
        pytest.param("Anne-Marie", "Annemarie", id="written together"),
        pytest.param("  Mary   Ann ", "Mary Ann", id="spaces"),
        pytest.param("van der Berg", "Vanderberg", id="particles written together"),
        pytest.param("Nguyễn", "Nguyen", id="accents upon accents"),
        pytest.param("李明", "李明", id="Chinese"),
        pytest.param("Владимир", "ВЛАДИМИР", id="Cyrillic"),
        pytest.param("محمد", "مُحَمَّد", id="Arabic, with and without its vowels"),
        pytest.param("민준", "민준", id="Korean"),
    ],
)
def test_names_written_in_another_way_are_the_same(one: str, other: str) -> None:
    assert given_names(one, other) is Names.EXACT
    assert family_names(other, one) is Names.EXACT


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("Lottie", "Charlotte"),
        ("Millie", "Amelia"),
        ("Millie", "Emily"),
        ("Tom", "Thomas"),
        ("Alfie", "Alfred"),
        ("Teddy", "Edward"),
        ("Mo", "Mohammed"),
        ("Mohammed", "Muhammad"),
        ("Harry", "Henry"),
        ("Ollie", "Olivia"),
        ("Lottie", "Charlotte Rose"),
    ],
)
def test_a_diminutive_is_the_name_that_it_stands_for_either_way(short: str, full: str) -> None:
    assert given_names(short, full) is given_names(full, short) is Names.KNOWN_AS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Liz", "Beth"),
        ("Lizzie", "Betty"),
        ("Ellie", "Lizzie"),
        ("Ellie", "Nell"),
        ("Alex", "Sandy"),
        ("Tilly", "Mattie"),
    ],
)
def test_two_diminutives_of_one_name_may_be_two_sisters(one: str, other: str) -> None:
    assert given_names(one, other) is given_names(other, one) is Names.DIFFERENT


def test_family_names_have_no_diminutives() -> None:
    assert family_names("Lottie", "Charlotte") is Names.DIFFERENT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Smith-Jones", "Jones", id="one of a double-barrelled name"),
        pytest.param("Smith Jones", "Smith", id="the other"),
        pytest.param("Smith-Jones", "Jones-Smith", id="the other way round"),
        pytest.param("García López", "Garcia", id="one of two family names"),
        pytest.param("Mary Ann", "Ann", id="a middle name"),
        pytest.param("Smith Jones", "Jones Brown", id="one of either"),
        pytest.param("Anne-Marie Louise", "Louise", id="one of three"),
        pytest.param("van der Berg", "Berg", id="particles left out"),
        pytest.param("Al-Hassan", "Hassan", id="an article left out"),
        pytest.param("De La Cruz", "de Cruz", id="one particle of two"),
    ],
)
def test_names_that_share_a_part_agree_in_part(one: str, other: str) -> None:
    assert family_names(one, other) is family_names(other, one) is Names.PART


def test_a_shared_particle_is_no_part() -> None:
    assert family_names("van Dyck", "van Rhijn") is Names.DIFFERENT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Okafor", "Okafur", id="another letter"),
        pytest.param("Okafor", "Okafr", id="a letter less"),
        pytest.param("Okafor", "Okaffor", id="a letter more"),
        pytest.param("Okafor", "Okaofr", id="neighbours changed places"),
        pytest.param("Whitlock", "Hwitlock", id="at the beginning"),
        pytest.param("Владимир", "Владимар", id="in another script"),
    ],
)
def test_a_slip_is_close(one: str, other: str) -> None:
    assert given_names(one, other) is given_names(other, one) is Names.CLOSE
    assert family_names(one, other) is Names.CLOSE


@pytest.mark.parametrize(
    ("one", "other"),
    [("Jayden", "Hayden"), ("Daniel", "Danielle"), ("Mary Ann", "Mary Jane"), ("Hassan", "Husain")],
)
def test_a_slip_that_makes_another_name_in_use_is_a_variant(one: str, other: str) -> None:
    assert given_names(one, other) is given_names(other, one) is Names.VARIANT


def test_of_a_slip_that_makes_a_variant_both_names_are_in_use() -> None:
    assert given_names("Jayden", "Jaydenn") is Names.CLOSE


@pytest.mark.parametrize(
    ("one", "other"), [("Oskar", "Oscar"), ("Kiera", "Keira"), ("Steven", "Stephen"), ("Jenson", "Jensen")]
)
def test_two_spellings_in_use_of_one_name_are_no_variants(one: str, other: str) -> None:
    assert given_names(one, other) in (Names.CLOSE, Names.ALIKE)
    assert given_names(one, other) is given_names(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Catherine", "Katharine", id="spelt much the same"),
        pytest.param("Stephen", "Steven", id="sounding the same"),
        pytest.param("Abi", "Abigail", id="a beginning"),
        pytest.param("Liam", "William", id="an end"),
        pytest.param("Ro", "Roksolana", id="a short beginning"),
        pytest.param("Ali", "Eli", id="a slip in a short name"),
    ],
)
def test_names_that_sound_or_look_much_the_same_are_alike(one: str, other: str) -> None:
    assert given_names(one, other) is given_names(other, one) is Names.ALIKE


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [("A", "Amelia", Names.INITIAL), ("a.", "Amelia", Names.INITIAL), ("B", "Amelia", Names.DIFFERENT)],
)
def test_an_initial_stands_for_every_name_that_begins_so(one: str, other: str, level: Names) -> None:
    assert given_names(one, other) is given_names(other, one) is level
    assert family_names(one, other) is level


@pytest.mark.parametrize(
    ("one", "other"),
    [("Amelia", "Chidi"), ("Ian", "Adrian"), ("Oliver", "Isla"), ("李明", "王芳"), ("Vladimir", "Владимир")],
)
def test_other_names_differ(one: str, other: str) -> None:
    assert given_names(one, other) is given_names(other, one) is Names.DIFFERENT


@pytest.mark.parametrize("name", [None, "", "-", "'"])
def test_no_name_is_neither_for_nor_against(name: str | None) -> None:
    assert given_names(name, "Amelia") is None
    assert given_names("Amelia", name) is None
    assert family_names(name, name) is None


@pytest.mark.parametrize("name", ["Baby", "BABY", "Baby Girl", "baby-boy", "Infant", "Twin One", "Unborn"])
def test_what_stands_in_for_a_given_name_is_compared_with_nothing(name: str) -> None:
    assert is_placeholder(name)
    assert usable_given_name(name) is None
    assert given_names(name, name) is None
    assert given_names(name, "Amelia") is None


def test_a_family_may_be_called_what_stands_in_for_a_given_name() -> None:
    assert family_names("Boy", "Boy") is Names.EXACT


# Given and family name changed round


@pytest.mark.parametrize(
    ("asked", "known", "given_level", "family_level"),
    [
        pytest.param(("Okafor", "Amelia"), ("Amelia", "Okafor"), Names.EXACT, Names.EXACT, id="as they are"),
        pytest.param(("Okafur", "Amelia"), ("Amelia", "Okafor"), Names.EXACT, Names.CLOSE, id="with a slip"),
        pytest.param(("Okafor", "Jayden"), ("Hayden", "Okafor"), Names.VARIANT, Names.EXACT, id="with a variant"),
        pytest.param(("Jones", "Jack"), ("Jack", "Smith-Jones"), Names.EXACT, Names.PART, id="in part"),
    ],
)
def test_names_that_changed_places_are_seen_to_agree_whoever_changed_them(
    asked: tuple[str, str], known: tuple[str, str], given_level: Names, family_level: Names
) -> None:
    for names in (compare(asked, known), compare(known, asked)):
        assert names.crossed
        assert (names.given, names.family) == (given_level, family_level)


def test_of_names_that_changed_places_neither_of_which_is_in_use_the_less_agreeing_counts_as_the_given_name() -> None:
    """It might be a twin's."""
    names = compare(("Quackenbush", "Zephyrine"), ("Zephyrina", "Quackenbush"))
    assert (names.given, names.family, names.crossed) == (Names.CLOSE, Names.EXACT, True)


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        pytest.param(("Amelia", "Okafor"), ("Amelia", "Amelia"), id="one agrees where it is"),
        pytest.param(("Okafor", "Hill"), ("Amelia", "Okafor"), id="only one agrees crosswise"),
        pytest.param(("Okafor", "Millie"), ("Amelia", "Okafor"), id="one is no more than a diminutive"),
        pytest.param(("Okafor", None), ("Amelia", "Okafor"), id="one is not said"),
    ],
)
def test_names_have_changed_places_only_if_both_agree_better_so(
    asked: tuple[str, str | None], known: tuple[str, str]
) -> None:
    assert not compare(asked, known).crossed


# Births


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        pytest.param(date(2017, 5, 9), date(2017, 5, 9), Birth.EXACT, id="the same day"),
        pytest.param(date(2017, 5, 9), date(2017, 9, 5), Birth.SWAPPED, id="day and month changed places"),
        pytest.param(date(2017, 5, 9), date(2017, 5, 8), Birth.DIGIT, id="a digit of the day"),
        pytest.param(date(2017, 5, 9), date(2018, 5, 9), Birth.DIGIT, id="a digit of the year"),
        pytest.param(date(2017, 5, 12), date(2017, 5, 21), Birth.DIGIT, id="two digits changed places"),
        pytest.param(date(2017, 5, 9), date(2017, 1, 1), Birth.YEAR, id="1 January of the same year"),
        pytest.param(date(2017, 5, 9), date(2016, 1, 1), Birth.DIFFERENT, id="1 January of another year"),
        pytest.param(date(2017, 5, 9), date(2017, 5, 24), Birth.TWO_PARTS, id="another day"),
        pytest.param(date(2017, 5, 9), date(2017, 12, 9), Birth.TWO_PARTS, id="another month"),
        pytest.param(date(2019, 5, 9), date(2020, 5, 9), Birth.TWO_PARTS, id="another year"),
        pytest.param(date(2017, 5, 9), date(2011, 3, 2), Birth.DIFFERENT, id="another day altogether"),
    ],
)
def test_how_far_two_dates_agree_whether_of_birth_or_expected(one: date, other: date, level: Birth) -> None:
    assert compare_births(Likeness(date_of_birth=one), Likeness(date_of_birth=other)) is level
    assert compare_births(Likeness(date_of_birth=other), Likeness(date_of_birth=one)) is level
    assert compare_births(Likeness(expected_date=one), Likeness(expected_date=other)) is level


@pytest.mark.parametrize(
    ("after", "level"),
    [
        pytest.param(timedelta(0), Birth.DUE, id="on the day"),
        pytest.param(-timedelta(weeks=18), Birth.DUE, id="eighteen weeks early"),
        pytest.param(-timedelta(weeks=18, days=1), Birth.DIFFERENT, id="too early to live"),
        pytest.param(timedelta(weeks=3), Birth.DUE, id="three weeks late"),
        pytest.param(timedelta(weeks=3, days=1), Birth.DIFFERENT, id="later than anybody"),
    ],
)
def test_a_child_that_was_born_may_be_the_one_that_was_due(after: timedelta, level: Birth) -> None:
    due = date(2026, 5, 4)
    born, expected = Likeness(date_of_birth=due + after), Likeness(expected_date=due)
    assert compare_births(born, expected) is compare_births(expected, born) is level


def test_a_birth_tells_more_than_the_day_on_which_it_was_expected() -> None:
    one = Likeness(date_of_birth=date(2026, 5, 9), expected_date=date(2026, 5, 4))
    other = Likeness(date_of_birth=date(2026, 5, 9), expected_date=date(2026, 5, 20))
    assert compare_births(one, other) is Birth.EXACT


def test_no_birth_is_neither_for_nor_against() -> None:
    assert compare_births(Likeness(), Likeness(date_of_birth=date(2017, 5, 9))) is None
    assert compare_births(Likeness(expected_date=date(2017, 5, 9)), Likeness()) is None


# Postcodes


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("N12 0AB", "N12 0AB", Place.EXACT),
        ("N12 0AB", "N12 0AD", Place.SLIP),
        ("N12 0AB", "N12 0BA", Place.SLIP),
        ("N12 0AB", "N21 0AB", Place.SLIP),
        ("N12 0AB", "M12 0AB", Place.SLIP),
        ("N12 0AB", "N12 0XY", Place.SECTOR),
        ("N12 0AB", "N12 9XY", Place.DISTRICT),
        ("N12 0AB", "N3 1XY", Place.AREA),
        ("N12 0AB", "NW3 1XY", Place.DIFFERENT),
        ("N12 0AB", "M1 1AE", Place.DIFFERENT),
        (None, "N12 0AB", None),
        (None, None, None),
    ],
)
def test_how_far_two_postcodes_agree(one: str | None, other: str | None, level: Place | None) -> None:
    assert compare_postcodes(one, other) is compare_postcodes(other, one) is level


# Sexes


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (Sex.FEMALE, Sex.FEMALE, SexLevel.SAME),
        (Sex.FEMALE, Sex.MALE, SexLevel.DIFFERENT),
        (Sex.FEMALE, None, None),
        (Sex.FEMALE, Sex.NOT_KNOWN, None),
        (Sex.INDETERMINATE, Sex.INDETERMINATE, None),
    ],
)
def test_only_female_and_male_say_something(one: Sex, other: Sex | None, level: SexLevel | None) -> None:
    assert compare_sexes(one, other) is compare_sexes(other, one) is level


# What holds for everybody

SOME_NAMES = st.sampled_from(
    [None, "Amelia", "Amelie", "Okafor", "Okafur", "Smith-Okafor", "Jack", "Jayden", "Hayden", "Mary Ann", "A", "Baby"]
)
ANY_NAME = SOME_NAMES | st.text()
ANY_LIKENESS = st.builds(
    Likeness,
    given_name=ANY_NAME,
    family_name=ANY_NAME,
    date_of_birth=st.none() | st.dates(),
    expected_date=st.none() | st.dates(),
)
SOME_LIKENESS = st.builds(Likeness, given_name=SOME_NAMES, family_name=SOME_NAMES)


@given(ANY_LIKENESS | SOME_LIKENESS, ANY_LIKENESS | SOME_LIKENESS)
def test_it_does_not_matter_which_of_two_is_compared_with_which(one: Likeness, other: Likeness) -> None:
    there, back = compare_names(one, other, IN_USE), compare_names(other, one, IN_USE)
    assert (there.given, there.family, there.crossed) == (back.given, back.family, back.crossed)
    assert compare_births(one, other) is compare_births(other, one)


@given(ANY_LIKENESS)
def test_everything_agrees_with_itself(one: Likeness) -> None:
    names = compare_names(one, one, IN_USE)
    assert {names.given, names.family} <= {Names.EXACT, None}
    assert compare_births(one, one) in (Birth.EXACT, Birth.YEAR, None)


@given(st.dates(), st.dates())
def test_any_two_dates_can_be_compared(one: date, other: date) -> None:
    level = compare_births(Likeness(date_of_birth=one), Likeness(date_of_birth=other))
    assert level is not None
    assert (level is Birth.EXACT) == (one == other and (one.month, one.day) != (1, 1))
    born = Birth.YEAR if (one.month, one.day) == (1, 1) else Birth.DUE
    assert compare_births(Likeness(date_of_birth=one), Likeness(expected_date=other)) in (born, Birth.DIFFERENT)


def test_the_first_of_january_is_no_day_on_which_a_birth_was_expected() -> None:
    nobody_knew = Likeness(date_of_birth=date(2012, 1, 1))
    assert compare_births(nobody_knew, Likeness(expected_date=date(2012, 7, 30))) is Birth.YEAR
    assert compare_births(nobody_knew, Likeness(expected_date=date(2013, 7, 30))) is Birth.DIFFERENT


def test_the_first_of_january_on_both_sides_is_a_year_and_no_day() -> None:
    known = Likeness(date_of_birth=date(2012, 1, 1))
    assert compare_births(known, known) is Birth.YEAR


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared_as_postcodes(one: str, other: str) -> None:
    assert compare_postcodes(one, other) is compare_postcodes(other, one)
