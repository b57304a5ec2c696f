import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.names import comparable, parts, tidy


@pytest.mark.parametrize(
    "name", ["Siân", "O'Connor", "O’Connor", "Smith-Jones", "van der Berg", "Łukasz", "李 小龍", "St. John"]
)
def test_a_name_is_kept_as_people_write_it(name: str) -> None:
    assert tidy(name) == name


def test_white_space_is_folded() -> None:
    assert tidy("  Mary\u00a0 Ann\n") == "Mary Ann"


def test_an_accent_written_by_itself_is_joined_to_its_letter() -> None:
    assert tidy(unicodedata.normalize("NFD", "Siân")) == "Siân"


@pytest.mark.parametrize("name", ["", "  ", "-", "'", "...", "\u0301"])
def test_a_name_has_at_least_one_letter(name: str) -> None:
    with pytest.raises(ValueError, match="at least one letter"):
        tidy(name)


@pytest.mark.parametrize(
    "name", ["Sm1th", "<b>Ann</b>", "Ann\x00", "Ann\u200b", "Ann;", "Ann@home", "Ann\ud800", "Ann😀"]
)
def test_what_no_name_holds_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="letters, spaces"):
        tidy(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siân", "SIAN"),
        ("O'Connor", "O’Connor"),
        ("O'Connor", "oconnor"),
        ("Smith-Jones", "Smith Jones"),
        ("Łukasz", "Lukasz"),
        ("Bjørn", "Bjorn"),
        ("Strauß", "Strauss"),
        ("Ægir", "Aegir"),
        ("Işık", "Isik"),
        ("St. John", "St John"),
    ],
)
def test_names_that_differ_in_accents_and_punctuation_only_are_compared_as_equal(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(("one", "other"), [("Ann", "Anne"), ("Jon", "John"), ("Mary", "Maria")])
def test_names_that_differ_in_a_letter_are_not_equal(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


@given(st.text())
def test_no_text_does_worse_than_being_refused_as_a_name(text: str) -> None:
    try:
        kept = tidy(text)
    except ValueError:
        return
    assert tidy(kept) == kept


@given(st.text())
def test_a_refusal_does_not_repeat_the_name(text: str) -> None:
    with pytest.raises(ValueError, match="a name has") as refusal:
        tidy(f"Qzx9{text}")
    assert "Qzx" not in str(refusal.value)


@given(st.text())
def test_a_comparable_name_compares_as_itself(text: str) -> None:
    assert comparable(comparable(text)) == comparable(text)


@given(st.text())
def test_what_is_compared_is_letters_only(text: str) -> None:
    assert all(letter.isalpha() for letter in comparable(text))


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F)))
def test_case_makes_no_difference_to_a_name(text: str) -> None:
    assert comparable(text.upper()) == comparable(text.lower()) == comparable(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Amelia", ("amelia",), id="one part"),
        pytest.param("Smith-Jones", ("smith", "jones"), id="double-barrelled"),
        pytest.param("Smith  Jones", ("smith", "jones"), id="with spaces"),
        pytest.param("Mary Ann-Louise", ("mary", "ann", "louise"), id="three"),
        pytest.param("García López", ("garcia", "lopez"), id="accents"),
        pytest.param("O'Connor", ("oconnor",), id="an apostrophe does not part a name"),
        pytest.param("van der Berg", ("berg",), id="particles"),
        pytest.param("Al-Hassan", ("hassan",), id="an article"),
        pytest.param("ST. JOHN", ("john",), id="a title"),
        pytest.param("Le", ("le",), id="a name that is a particle elsewhere"),
        pytest.param("De La", ("dela",), id="of particles only"),
        pytest.param("李 小龍", ("李", "小龍"), id="another script"),
        pytest.param("Ann - Marie", ("ann", "marie"), id="a hyphen by itself"),
        pytest.param("", (), id="nothing"),
        pytest.param("-'", (), id="no letters"),
    ],
)
def test_the_parts_of_a_name_are_told_without_the_particles(name: str, expected: tuple[str, ...]) -> None:
    assert parts(name) == expected


@given(st.text())
def test_whatever_has_letters_has_parts_and_they_are_compared_as_they_are(text: str) -> None:
    assert bool(parts(text)) == bool(comparable(text))
    assert all(comparable(part) == part for part in parts(text))


@given(
    st.lists(st.sampled_from(["Smith", "Jones", "van", "López", "O'Hara"]), min_size=1),
    st.sampled_from(["-", " ", " - "]),
)
def test_how_parts_are_joined_makes_no_difference(words: list[str], between: str) -> None:
    assert parts(between.join(words)) == parts(" ".join(words).upper())
