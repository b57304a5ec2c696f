"""The numbers that matching weighs with: complete, of a sense that anybody can follow, and with their source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.comparison import Birth, Names, Place, SexLevel
from shared.domain.weights import FILE, Evidence, NameWeights, place_evidence, read, released

WEIGHTS = released()
KEPT: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
NAMES = ("given_name", "family_name")
REGISTERS = [1_000, 200_000, 11_000_000]


def of(detail: str) -> NameWeights:
    return WEIGHTS.given if detail == "given_name" else WEIGHTS.family


def levels_of(detail: str) -> Mapping[Any, Evidence]:
    if detail in NAMES:
        return of(detail).levels
    return WEIGHTS.births if detail == "birth" else WEIGHTS.sexes


# The file


def test_the_weights_say_which_they_are_and_how_they_were_estimated() -> None:
    about = KEPT["about"]
    assert WEIGHTS.version == KEPT["version"] == about["version"]
    assert "seed" in about["how"]
    assert all(about[name] for name in ("how", "columns", "assumed"))


def test_they_are_read_once() -> None:
    assert released() is WEIGHTS


def test_what_is_read_is_what_was_written() -> None:
    assert read(KEPT).places == WEIGHTS.places


@pytest.mark.parametrize(
    ("table", "levels"),
    [
        (WEIGHTS.given.levels, Names),
        (WEIGHTS.family.levels, Names),
        (WEIGHTS.births, Birth),
        (WEIGHTS.sexes, SexLevel),
        (WEIGHTS.places, Place),
    ],
    ids=["given name", "family name", "birth", "sex", "postcode"],
)
def test_every_level_has_a_weight(table: Mapping[StrEnum, Any], levels: type[StrEnum]) -> None:
    assert set(table) == set(levels)


@pytest.mark.parametrize("detail", NAMES)
def test_frequencies_are_shares_of_children(detail: str) -> None:
    names = of(detail)
    assert all(0 < share < 0.05 for share in names.frequencies.values())
    assert 0 < names.otherwise < 0.001
    assert len(names.frequencies) > 100


@pytest.mark.parametrize("detail", NAMES)
def test_frequencies_are_kept_for_names_as_they_are_compared(detail: str) -> None:
    assert all(name == name.casefold() and name.isalpha() for name in of(detail).frequencies)


def test_what_happens_to_one_child_and_what_to_others_are_probabilities() -> None:
    tables = [KEPT["given_name"]["levels"], KEPT["family_name"]["levels"], KEPT["birth"], KEPT["sex"]]
    assert all(0 < share <= 1 for table in tables for row in table.values() for share in row)
    assert all(0 < same <= 1 for same, _, _ in KEPT["postcode"].values())
    assert 0 < WEIGHTS.number_mistaken < 0.05
    assert 0 < WEIGHTS.number_of_relative < 1


@pytest.mark.parametrize("detail", [*NAMES, "birth", "sex"])
def test_the_levels_of_one_child_are_all_that_can_happen(detail: str) -> None:
    table = KEPT[detail].get("levels", KEPT[detail])
    assert sum(same for level, (same, *_) in table.items() if level != Birth.DUE) == pytest.approx(1, abs=0.01)


# What agreements weigh


@pytest.mark.parametrize("other", ["strangers", "siblings", "twins"])
@pytest.mark.parametrize("detail", [*NAMES, "birth", "sex"])
def test_agreement_speaks_for_one_child_and_disagreement_against(detail: str, other: str) -> None:
    bits = {level: getattr(evidence, other) for level, evidence in levels_of(detail).items()}
    first, *_, last = bits
    if detail in NAMES and other == "strangers":  # how common the name is decides, not the table
        bits[first] = of(detail).evidence(Names.EXACT, "Quackenbush", "Quackenbush").strangers
    assert max(bits.values()) == bits[first] >= 0
    assert min(bits.values()) == bits[last] <= 0


@pytest.mark.parametrize(
    ("detail", "other"),
    [
        ("given_name", "siblings"),
        ("given_name", "twins"),
        ("birth", "strangers"),
        ("birth", "siblings"),
        ("sex", "strangers"),
        ("sex", "siblings"),
        ("sex", "twins"),
    ],
)
def test_what_can_tell_two_apart_does(detail: str, other: str) -> None:
    first, *_, last = (getattr(evidence, other) for evidence in levels_of(detail).values())
    assert last < 0 < first


@pytest.mark.parametrize(
    ("detail", "other"), [("family_name", "siblings"), ("family_name", "twins"), ("birth", "twins")]
)
def test_what_relatives_share_tells_them_not_apart(detail: str, other: str) -> None:
    assert {getattr(evidence, other) for evidence in levels_of(detail).values()} == {0.0}


def test_a_mistaken_day_tells_less_than_the_right_one_and_more_than_another() -> None:
    bits = WEIGHTS.births
    for level in (Birth.SWAPPED, Birth.DIGIT, Birth.YEAR, Birth.DUE):
        assert bits[Birth.DIFFERENT].strangers < 0 < bits[level].strangers < bits[Birth.EXACT].strangers


def test_a_variant_tells_less_than_a_slip() -> None:
    """Both are names in use, and so perhaps a twin's."""
    variant, slip = WEIGHTS.given.levels[Names.VARIANT], WEIGHTS.given.levels[Names.CLOSE]
    assert all(one < other for one, other in zip(variant, slip, strict=True))


@pytest.mark.parametrize(("detail", "common"), [("given_name", "Muhammad"), ("family_name", "Smith")])
def test_a_common_name_tells_less_than_a_rare_one(detail: str, common: str) -> None:
    names = of(detail)
    rare = names.evidence(Names.EXACT, "Quackenbush", "Quackenbush")
    assert 0 < names.evidence(Names.EXACT, common, common).strangers < rare.strangers
    assert names.is_common(common.upper())
    assert not names.is_common("Quackenbush")


def test_the_commoner_of_two_spellings_counts() -> None:
    names = WEIGHTS.family
    slip = names.evidence(Names.CLOSE, "Smith", "Smithx")
    assert slip == names.evidence(Names.CLOSE, "Smithx", "Smith")
    assert slip.strangers < names.evidence(Names.CLOSE, "Quackenbush", "Quackenbusch").strangers


def test_of_a_shared_part_it_counts_how_common_that_is() -> None:
    names = WEIGHTS.family
    smith = names.evidence(Names.PART, "Smith-Quackenbush", "Smith")
    quackenbush = names.evidence(Names.PART, "Smith-Quackenbush", "Quackenbush")
    both = names.evidence(Names.PART, "Smith-Quackenbush", "Quackenbush Smith")
    assert smith.strangers < quackenbush.strangers == both.strangers


def test_names_that_differ_say_so_whichever_they_are() -> None:
    names = WEIGHTS.given
    assert names.evidence(Names.DIFFERENT, "Jack", "Amelia") == names.evidence(Names.DIFFERENT, "Xanthe", "Zuri")


ANY_NAME = (
    st.sampled_from([*list(WEIGHTS.given.frequencies)[::40], *list(WEIGHTS.family.frequencies)[::20]]) | st.text()
)


@pytest.mark.parametrize("detail", NAMES)
@given(ANY_NAME, ANY_NAME, st.sampled_from(Names))
def test_no_lesser_agreement_weighs_more_than_an_exact_one(detail: str, one: str, other: str, level: Names) -> None:
    names = of(detail)
    less = names.evidence(level, one, other)
    exact = names.evidence(Names.EXACT, one, one), names.evidence(Names.EXACT, other, other)
    assert all(less.strangers <= more.strangers for more in exact)
    assert less.siblings <= exact[0].siblings
    assert less.twins <= exact[0].twins


@given(ANY_NAME, ANY_NAME, st.sampled_from([level for level in Names if level is not Names.EXACT]))
def test_however_rare_a_name_a_slip_in_it_weighs_no_more_than_any(one: str, other: str, level: Names) -> None:
    assert WEIGHTS.given.evidence(level, one, other).strangers <= WEIGHTS.given.levels[level].strangers


@pytest.mark.parametrize("detail", NAMES)
@given(ANY_NAME, ANY_NAME, st.sampled_from(Names))
def test_it_does_not_matter_which_of_two_names_was_asked_for(detail: str, one: str, other: str, level: Names) -> None:
    assert of(detail).evidence(level, one, other) == of(detail).evidence(level, other, one)


# Places


@pytest.mark.parametrize("children", REGISTERS)
def test_the_farther_two_postcodes_lie_apart_the_less_they_weigh(children: int) -> None:
    bits = place_evidence(WEIGHTS, children)
    assert list(bits) == list(Place)
    for nearer, farther in pairwise(bits.values()):
        assert nearer.alone >= farther.alone
        assert nearer.with_names >= farther.with_names
    assert bits[Place.DIFFERENT].alone < 0 < bits[Place.EXACT].with_names


@pytest.mark.parametrize("children", REGISTERS)
def test_a_place_tells_less_beside_names_for_neighbours_are_named_alike(children: int) -> None:
    assert all(found.with_names <= found.alone for found in place_evidence(WEIGHTS, children).values())


def test_the_more_children_the_more_a_postcode_tells() -> None:
    few, more, most = (place_evidence(WEIGHTS, children)[Place.EXACT].alone for children in REGISTERS)
    assert few < more < most


@given(st.integers(min_value=1, max_value=100_000_000))
def test_a_register_may_be_of_any_size(children: int) -> None:
    bits = [found.alone for found in place_evidence.__wrapped__(WEIGHTS, children).values()]
    assert bits == sorted(bits, reverse=True)


# Relatives and names


def test_relatives_are_as_many_as_families_have() -> None:
    assert 0.5 < WEIGHTS.siblings < 2.5
    assert 0.01 < WEIGHTS.twins < 0.06  # of 1,000 maternities 14 to 16 are multiple (ONS, Births in England and Wales)


def test_names_that_changed_places_are_rarer_than_names_that_did_not() -> None:
    assert WEIGHTS.crossed < 0


def test_names_go_together_and_rare_ones_more() -> None:
    assert 0 <= WEIGHTS.together[0] <= WEIGHTS.together[1] <= WEIGHTS.together[2]
