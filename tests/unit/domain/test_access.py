import pytest

from shared.domain.access import note_names_somebody, shares_family_name
from shared.domain.child import ChildDetails, FormerName
from tests.support.builders import NHS_NUMBER, a_child, a_practitioner

SAME_NAME: list[tuple[str, str | None, bool]] = [
    ("Rosa Quill", "Quill", True),
    ("Rosa Quill", "QUILL", True),
    ("Rosa Quill", "Okafor", False),
    ("Anna van der Berg", "van der Berg", True),
    ("Anna van der Berg", "Berg", True),
    ("Mary O’Connor", "O'Connor", True),
    ("Quill", "Quill", True),
    ("Rosa Quill", "Rosa", False),
    ("Rosa Quill", None, False),
]


@pytest.mark.parametrize(("name", "asked", "shared"), SAME_NAME)
def test_a_practitioner_who_asks_for_its_own_family_name_shares_it(
    name: str, asked: str | None, *, shared: bool
) -> None:
    practitioner = a_practitioner(name=name)
    assert shares_family_name(practitioner, a_child(family_name=asked)) is shared
    formerly = a_child(family_name="Hill", former_names=(FormerName(family_name=asked),))
    assert shares_family_name(practitioner, formerly) is shared


CHILD = a_child(given_name="Mary Ann", family_name="O’Connor-Hill", postcode="N12 0AB")


@pytest.mark.parametrize(
    "note",
    [
        "ED attendance 4471",
        "CASE-2024/17",
        "school run, 2 March",
        "strategy discussion",
        "see hilltop ward",
        "rang 020 7946 0018",
    ],
)
def test_a_note_such_as_a_case_reference_names_nobody(note: str) -> None:
    assert not note_names_somebody(note, CHILD)


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("seen with Mary Ann today", id="given names"),
        pytest.param("MARY was seen", id="one of the given names"),
        pytest.param("case of oconnor-hill", id="the family name without its apostrophe"),
        pytest.param("case of O'Connor", id="one half of the family name"),
        pytest.param("Hill, referred", id="the other half"),
        pytest.param("ref:Hill/2024", id="within a reference"),
        pytest.param("ref-Hill-2024", id="within a reference with hyphens"),
        pytest.param("Mary's attendance", id="in the genitive"),
        pytest.param("lives at N12 0AB", id="the postcode"),
        pytest.param("lives at n120ab", id="the postcode run together"),
        pytest.param(f"number {NHS_NUMBER}", id="an NHS number"),
        pytest.param("number 943 476 5919", id="an NHS number in groups"),
    ],
)
def test_a_note_that_repeats_what_identifies_the_child_names_somebody(note: str) -> None:
    assert note_names_somebody(note, CHILD)


def test_the_nhs_number_of_another_child_is_no_less_a_childs() -> None:
    assert note_names_somebody("sibling is 450 557 7104", CHILD)


def test_a_question_that_names_nobody_has_nothing_to_repeat() -> None:
    assert not note_names_somebody("ED attendance 4471", ChildDetails())


@pytest.mark.parametrize("note", ["née Adeyemi", "was ADEYEMI-cole", "called Mimi at home"])
def test_a_name_that_the_child_had_before_is_no_less_its_name(note: str) -> None:
    names = (FormerName(family_name="Adeyemi"), FormerName(given_name="Mimi"))
    assert note_names_somebody(note, a_child(former_names=names))
    assert not note_names_somebody(note, a_child())
