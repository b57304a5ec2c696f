"""The rules of matching, as a practitioner would read them: what was asked, what is held, what may follow.

With the weights as released, in a register of 11 million children.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain.blocking import full_details
from shared.domain.child import ChildDetails, FormerName, Sex
from shared.domain.comparison import (
    Birth,
    Names,
    Place,
    SexLevel,
    compare_births,
    compare_names,
    compare_postcodes,
    compare_sexes,
)
from shared.domain.likeness import Likeness, likeness, likenesses
from shared.domain.matching import Alike, Candidate, Finding, Meant, Thresholds, decide, meant_still, score, would_help
from shared.domain.outcomes import Outcome
from tests.support.builders import (
    NHS_NUMBER,
    OTHER_NHS_NUMBER,
    PSEUDONYMS,
    a_child,
    an_unborn_child,
    nhs_number,
    upn,
)

THRESHOLDS = Thresholds()
IN_USE = THRESHOLDS.weights.given.frequencies
NOTHING_ELSE: dict[str, Any] = {
    "given_name": None,
    "family_name": None,
    "date_of_birth": None,
    "sex": None,
    "postcode": None,
}


def like(child: ChildDetails) -> Likeness:
    return likeness(child, PSEUDONYMS)


def candidates(*held: ChildDetails, by_identifier: bool = False) -> list[Candidate]:
    """Each of another child, `child-0` and so on, under each of its names."""
    return [
        Candidate(f"child-{n}", named, by_identifier)
        for n, child in enumerate(held)
        for named in likenesses(child, PSEUDONYMS)
    ]


def ask(asked: ChildDetails, held: Sequence[Candidate], thresholds: Thresholds = THRESHOLDS) -> Finding:
    return decide(likenesses(asked, PSEUDONYMS), held, thresholds)


def found(asked: ChildDetails, *held: ChildDetails, by_identifier: bool = False) -> Outcome:
    """The outcome if each held statement is of another child."""
    return ask(asked, candidates(*held, by_identifier=by_identifier)).outcome


# What was asked, against one child that is held: Amelia Okafor, a girl, born on 9 May 2017, of N12 0AB, no number.


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        pytest.param({}, Outcome.MATCH, id="the same in everything"),
        pytest.param({"sex": None}, Outcome.MATCH, id="sex not given"),
        pytest.param({"sex": Sex.NOT_KNOWN}, Outcome.MATCH, id="sex given as not known"),
        pytest.param({"sex": Sex.MALE}, Outcome.MATCH, id="the other sex"),
        pytest.param({"given_name": "AMÉLIA"}, Outcome.MATCH, id="case and accents"),
        pytest.param({"given_name": "Amelai"}, Outcome.MATCH, id="a slip in the given name"),
        pytest.param({"given_name": "Millie"}, Outcome.MATCH, id="a diminutive"),
        pytest.param({"given_name": "A"}, Outcome.MATCH, id="an initial, and all else exactly"),
        pytest.param(
            {"given_name": "A", "family_name": "Okafur"},
            Outcome.POTENTIAL_MATCH,
            id="an initial, and a slip in what else is said",
        ),
        pytest.param({"given_name": "Amelia Rose"}, Outcome.MATCH, id="with a middle name"),
        pytest.param({"family_name": "O'kafor"}, Outcome.MATCH, id="an apostrophe"),
        pytest.param({"family_name": "Okafur"}, Outcome.MATCH, id="a slip in the family name"),
        pytest.param({"family_name": "Hill-Okafor"}, Outcome.MATCH, id="a double-barrelled family name"),
        pytest.param({"family_name": "Hill"}, Outcome.MATCH, id="another family name"),
        pytest.param({"given_name": "Okafor", "family_name": "Amelia"}, Outcome.MATCH, id="names swapped"),
        pytest.param({"date_of_birth": date(2017, 9, 5)}, Outcome.MATCH, id="day and month changed round"),
        pytest.param({"date_of_birth": date(2017, 5, 8)}, Outcome.MATCH, id="a digit wrong in the birth"),
        pytest.param({"date_of_birth": date(2017, 1, 1)}, Outcome.MATCH, id="1 January for a day unknown"),
        pytest.param({"date_of_birth": None}, Outcome.MATCH, id="no date of birth"),
        pytest.param({"postcode": None}, Outcome.MATCH, id="no postcode"),
        pytest.param({"postcode": "N12 0AD"}, Outcome.MATCH, id="a slip in the postcode"),
        pytest.param({"postcode": "N12 9ZZ"}, Outcome.MATCH, id="moved within the district"),
        pytest.param({"identifiers": (nhs_number(),)}, Outcome.MATCH, id="a number of which nothing is held"),
        pytest.param({"given_name": None, "family_name": None}, Outcome.POTENTIAL_MATCH, id="birth and postcode only"),
        pytest.param({"postcode": "M1 1AE"}, Outcome.LOW_CONFIDENCE, id="moved far, with a name in use"),
        pytest.param({"given_name": None, "postcode": None}, Outcome.LOW_CONFIDENCE, id="family name and birth only"),
        pytest.param(
            {"given_name": None, "family_name": None, "postcode": "M1 1AE"}, Outcome.NO_MATCH, id="birth only"
        ),
        pytest.param({"family_name": "Hill", "postcode": "M1 1AE"}, Outcome.NO_MATCH, id="a new name and home"),
        pytest.param({"given_name": "Zoe", "family_name": "Hill", "postcode": None}, Outcome.NO_MATCH, id="a stranger"),
        pytest.param({"given_name": "Zoe", "family_name": "Hill"}, Outcome.NO_MATCH, id="a neighbour of the same age"),
    ],
)
def test_how_sure_it_is_without_a_number(asked: dict[str, Any], outcome: Outcome) -> None:
    assert found(a_child(**asked), a_child()) is outcome


def test_a_common_name_and_a_birth_are_not_enough_beside_another_postcode_and_a_rare_name_is() -> None:
    jack, rare = ({"given_name": "Jack", "family_name": "Smith"}, {"given_name": "Xanthippe", "family_name": "Quill"})
    assert found(a_child(**jack, postcode="M1 1AE"), a_child(**jack)) is Outcome.NO_MATCH
    assert found(a_child(**rare, postcode="M1 1AE"), a_child(**rare)) is Outcome.MATCH


def test_the_fewer_children_there_are_the_surer_a_name_and_a_birth_are() -> None:
    jack = a_child(given_name="Jack", family_name="Smith", postcode=None)
    sizes = (11_000_000, 2_000_000, 200_000)
    sure = [ask(jack, candidates(jack), Thresholds(children=children)).sureness for children in sizes]
    assert sure == sorted(sure)
    assert sure[0] < THRESHOLDS.match < sure[-1]


def test_names_that_changed_places_are_less_sure_than_names_that_did_not() -> None:
    swapped = a_child(given_name="Okafor", family_name="Amelia")
    assert ask(swapped, candidates(a_child())).sureness < ask(a_child(), candidates(a_child())).sureness


def test_neighbours_are_named_alike_which_makes_names_tell_less_beside_a_place() -> None:
    weights = THRESHOLDS.weights
    places = {level: (same, within, 1.0) for level, (same, within, _) in weights.places.items()}
    anywhere = Thresholds(weights=replace(weights, places=places))

    def odds(asked: ChildDetails, thresholds: Thresholds) -> float:
        sure = score(like(asked), like(a_child()), thresholds)
        return sure / (1 - sure)

    neighbour = a_child(date_of_birth=date(2011, 3, 2), postcode="N12 0XY")
    assert odds(neighbour, THRESHOLDS) < odds(neighbour, anywhere) / 2
    other = replace(neighbour, given_name="Xanthippe")
    assert odds(other, THRESHOLDS) == pytest.approx(odds(other, anywhere))


# Brothers, sisters, twins


@pytest.mark.parametrize("sex", [None, Sex.FEMALE])
@pytest.mark.parametrize(
    ("one", "other"),
    [("Amelia", "Chidi"), ("Jack", "Harry"), ("Muhammad", "Ahmad"), ("Isla", "Zoe"), ("Xanthippe", "Zephyrine")],
)
def test_a_twin_is_no_match(one: str, other: str, sex: Sex | None) -> None:
    assert found(a_child(given_name=one, sex=sex), a_child(given_name=other, sex=sex)) in (
        Outcome.LOW_CONFIDENCE,
        Outcome.NO_MATCH,
    )


def test_a_twin_of_the_other_sex_is_less_likely_still() -> None:
    sister, brother = a_child(given_name="Isla"), a_child(given_name="Jack", sex=Sex.MALE)
    said = ask(sister, candidates(brother)).sureness
    assert said < ask(replace(sister, sex=None), candidates(brother)).sureness
    assert said < THRESHOLDS.low / 2


@pytest.mark.parametrize(("one", "other"), [("Jayden", "Hayden"), ("Amelia", "Amelie"), ("Mary Ann", "Mary Jane")])
def test_each_of_two_twins_with_much_the_same_name_is_found_where_both_are_held(one: str, other: str) -> None:
    for asked in (one, other):
        finding = ask(a_child(given_name=asked), candidates(a_child(given_name=one), a_child(given_name=other)))
        assert finding.child_id == f"child-{(one, other).index(asked)}"


@pytest.mark.parametrize("given_name", [None, "Baby", "Twin"])
def test_without_a_given_name_it_may_be_the_twin_and_never_matches(given_name: str | None) -> None:
    asked = a_child(given_name=given_name)
    assert found(asked, a_child()) is Outcome.POTENTIAL_MATCH
    assert found(asked, a_child(given_name="Baby")) is Outcome.POTENTIAL_MATCH
    assert found(asked, a_child(), a_child(given_name="Chidi")) is Outcome.MANY_MATCHES


@pytest.mark.parametrize("sex", [Sex.FEMALE, None])
@pytest.mark.parametrize(
    ("twin", "held"),
    [
        ("Jayden", "Hayden"), ("Oliver", "Olivia"), ("Ella", "Isabella"), ("Lily", "Millie"),
        ("Mary Ann", "Mary Jane"), ("Mohammed Ali", "Mohammed Umar"), ("Eva", "Ava"), ("Daniel", "Danielle"),
    ],
)  # fmt: skip
def test_a_twin_whose_name_is_much_alike_does_not_match_the_one_that_is_held(
    twin: str, held: str, sex: Sex | None
) -> None:
    assert found(a_child(given_name=twin, sex=sex), a_child(given_name=held, sex=sex)) is not Outcome.MATCH


@pytest.mark.parametrize("postcode", ["N12 0AB", None])
@pytest.mark.parametrize("sex", [Sex.FEMALE, Sex.MALE, None])
def test_a_brother_or_sister_is_no_match(sex: Sex | None, postcode: str | None) -> None:
    sibling = a_child(given_name="Chidi", date_of_birth=date(2015, 1, 2), sex=sex, postcode=postcode)
    assert found(sibling, a_child()) is Outcome.NO_MATCH


def test_without_a_given_name_a_birth_with_another_digit_may_be_a_brothers_or_sisters() -> None:
    asked = a_child(given_name=None, sex=None, date_of_birth=date(2018, 5, 9))
    assert found(asked, a_child()) is Outcome.POTENTIAL_MATCH
    assert ask(asked, candidates(a_child()), Thresholds(families=False)).outcome is Outcome.MATCH


def test_a_sister_of_the_same_name_as_another_is_told_from_her_by_her_birth() -> None:
    elder = a_child(given_name="Millie", date_of_birth=date(2012, 10, 30))
    assert found(a_child(), elder) is not Outcome.MATCH


# Unborn and born


def test_an_unborn_child_is_left_to_a_person_for_there_may_be_two() -> None:
    assert found(an_unborn_child(), an_unborn_child()) is Outcome.POTENTIAL_MATCH


def test_a_child_that_was_born_is_found_under_the_day_on_which_it_was_expected_once_it_is_named() -> None:
    asked = a_child(date_of_birth=date(2026, 4, 28))
    assert found(asked, an_unborn_child(given_name="Amelia")) is Outcome.MATCH
    too_late = a_child(date_of_birth=date(2026, 6, 1), given_name=None)
    assert found(too_late, an_unborn_child()) is Outcome.NO_MATCH


# What there has to be for a match, however likely it is


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"given_name": None, "family_name": None}, id="two details of four"),
        pytest.param(
            {"postcode": "N12 0AD", "date_of_birth": date(2017, 5, 8)}, id="neither birth nor postcode agrees"
        ),
        pytest.param({"postcode": "N12 0AD", "date_of_birth": None}, id="no birth, and the postcode is another"),
    ],
)
def test_three_details_are_compared_and_the_birth_or_the_postcode_is_the_same_or_it_is_no_match(
    asked: dict[str, Any],
) -> None:
    name = {"given_name": "Xanthippe", "family_name": "Quill"}
    held = candidates(a_child(**name))
    finding = ask(a_child(**name | asked), held)
    assert finding.outcome is Outcome.POTENTIAL_MATCH
    assert finding.sureness == THRESHOLDS.short_of_match
    assert score(like(a_child(**name | asked)), held[0].likeness, THRESHOLDS) > THRESHOLDS.match


def test_where_there_are_no_families_likelihood_is_enough() -> None:
    asked = a_child(given_name=None, family_name=None, sex=None)
    without = Thresholds(families=False, children=5_000)
    assert ask(asked, candidates(a_child()), without).outcome is Outcome.MATCH
    assert ask(asked, candidates(a_child()), replace(without, families=True)).outcome is Outcome.POTENTIAL_MATCH


# More than one child


def test_nobody_held_is_no_match() -> None:
    assert ask(a_child(), []) == Finding(Outcome.NO_MATCH)


def test_two_children_who_both_look_right_are_many() -> None:
    finding = ask(a_child(), candidates(a_child(), a_child()))
    assert finding.outcome is Outcome.MANY_MATCHES
    assert finding.alike == tuple(Alike(child, finding.sureness) for child in ("child-0", "child-1"))


def test_a_child_who_agrees_in_everything_settles_it_over_one_who_nearly_does() -> None:
    finding = ask(a_child(), candidates(a_child(family_name="Whitlock"), a_child()))
    assert (finding.outcome, finding.child_id) == (Outcome.MATCH, "child-1")
    assert [alike.child_id for alike in finding.alike] == ["child-0"]


def test_a_match_is_clear_of_the_second() -> None:
    nearly, less = a_child(family_name="Hill"), a_child(family_name="Hart")
    assert found(a_child(), nearly) is found(a_child(), less) is Outcome.MATCH
    assert found(a_child(), nearly, less) is Outcome.MANY_MATCHES


def test_a_second_child_who_is_only_doubtful_does_not_hide_the_first() -> None:
    finding = ask(a_child(), candidates(a_child(), a_child(family_name="Hill", postcode=None)))
    assert (finding.outcome, finding.alike) == (Outcome.MATCH, ())


def test_those_who_are_alike_come_in_their_order_and_without_the_doubtful() -> None:
    held = candidates(
        a_child(given_name="Chidi"), a_child(family_name="Hill"), a_child(), a_child(given_name="Millie"), a_child()
    )
    finding = ask(a_child(), held)
    assert finding.outcome is Outcome.MANY_MATCHES
    assert [alike.child_id for alike in finding.alike] == ["child-2", "child-4", "child-1", "child-3"]


# One child of whom more than one statement is held, or asked


def test_statements_of_one_child_are_heard_together() -> None:
    """The right name in one, the right postcode in another."""
    name, home = a_child(postcode="M1 1AE"), a_child(family_name="Whitlock", given_name="Millie")
    together = [Candidate("one", like(name)), Candidate("one", like(home))]
    finding = ask(a_child(), together)
    assert finding == replace(ask(a_child(), [Candidate("one", like(a_child()))]), child_id="one")
    assert finding.sureness > max(ask(a_child(), [single]).sureness for single in together)


def test_what_one_statement_leaves_out_another_may_say() -> None:
    one = [Candidate("one", like(a_child(postcode=None))), Candidate("one", like(a_child(given_name=None)))]
    assert ask(a_child(), one) == ask(a_child(), [Candidate("one", like(a_child()))])


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        pytest.param({"postcode": "M1 1AE"}, {"family_name": "Quackenbush", "former": "Okafor"}, id="held"),
        pytest.param({"family_name": "Quackenbush", "former": "Okafor"}, {"postcode": "M1 1AE"}, id="asked"),
    ],
)
def test_a_child_is_found_by_a_name_that_it_had_before(asked: dict[str, Any], held: dict[str, Any]) -> None:
    def said(family_name: str = "Okafor", former: str | None = None, postcode: str = "N12 0AB") -> ChildDetails:
        names = (FormerName(family_name=former),) if former else ()
        return a_child(given_name="Xanthippe", family_name=family_name, former_names=names, postcode=postcode)

    assert ask(said(**asked), candidates(said(**held))).outcome is Outcome.MATCH
    without = [said(**{k: v for k, v in details.items() if k != "former"}) for details in (asked, held)]
    assert found(*without) is Outcome.NO_MATCH


def test_a_child_that_is_being_joined_into_another_is_that_other() -> None:
    going = Candidate("going", like(a_child()), joined_into="staying")
    staying = Candidate("staying", like(a_child(postcode="M1 1AE")))
    finding = ask(a_child(), [going, staying])
    assert (finding.outcome, finding.child_id, finding.alike) == (Outcome.MATCH, "staying", ())
    assert finding.lies_in == ("staying", "going")


def test_what_is_found_lies_in_both_though_only_the_one_that_goes_was_found() -> None:
    finding = ask(a_child(), [Candidate("going", like(a_child()), joined_into="staying")])
    assert (finding.child_id, finding.lies_in) == ("staying", ("staying", "going"))


def test_the_one_that_stays_comes_first_and_the_others_in_order() -> None:
    held = [Candidate(child, like(a_child()), joined_into="b") for child in ("d", "a", "c")]
    assert ask(a_child(), held).lies_in == ("b", "a", "c", "d")


# A number that is known


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        pytest.param(NOTHING_ELSE, Outcome.MATCH, id="the number alone"),
        pytest.param({}, Outcome.MATCH, id="everything agrees"),
        pytest.param({"given_name": "Millie"}, Outcome.MATCH, id="another form of the given name"),
        pytest.param(
            {"given_name": "Xanthippe"}, Outcome.POTENTIAL_MATCH, id="another given name, which may be the twin's"
        ),
        pytest.param({"family_name": "Hill"}, Outcome.MATCH, id="a new family name"),
        pytest.param({"postcode": "M1 1AE"}, Outcome.MATCH, id="moved"),
        pytest.param({"family_name": "Hill", "postcode": "M1 1AE"}, Outcome.MATCH, id="a new family name and home"),
        pytest.param({"date_of_birth": date(2017, 9, 5)}, Outcome.MATCH, id="the date mistyped"),
        pytest.param({"given_name": "Zoe", "family_name": "Hill"}, Outcome.POTENTIAL_MATCH, id="both names differ"),
        pytest.param({"given_name": "Jack", "sex": Sex.MALE}, Outcome.POTENTIAL_MATCH, id="a twin brother's details"),
        pytest.param(
            {"given_name": "Zoe", "date_of_birth": date(2015, 1, 2)}, Outcome.POTENTIAL_MATCH, id="a sibling's details"
        ),
        pytest.param(
            {"given_name": "Zoe", "family_name": "Hill", "date_of_birth": date(2011, 1, 2), "postcode": "M1 1AE"},
            Outcome.POTENTIAL_MATCH,
            id="a stranger's details",
        ),
    ],
)
def test_how_sure_it_is_with_a_number_that_is_known(asked: dict[str, Any], outcome: Outcome) -> None:
    assert found(a_child(**asked), a_child(), by_identifier=True) is outcome


def test_a_number_settles_it_over_children_who_look_the_same() -> None:
    held = [Candidate("numbered", like(a_child()), by_identifier=True), Candidate("alike", like(a_child()))]
    finding = ask(a_child(), held)
    assert (finding.outcome, finding.child_id, finding.alike) == (Outcome.MATCH, "numbered", ())


def test_a_number_of_one_child_with_the_details_of_another_discloses_neither() -> None:
    numbered = Candidate("numbered", like(a_child(given_name="Zoe", family_name="Hill")), by_identifier=True)
    finding = ask(a_child(), [numbered, Candidate("alike", like(a_child()))])
    assert (finding.outcome, finding.child_id) == (Outcome.POTENTIAL_MATCH, None)


def test_two_numbers_of_two_children_are_many() -> None:
    assert found(a_child(), a_child(), a_child(), by_identifier=True) is Outcome.MANY_MATCHES
    assert found(a_child(), a_child(), a_child(given_name="Zoe"), by_identifier=True) is Outcome.MANY_MATCHES


def test_two_numbers_of_one_child_are_one() -> None:
    held = [Candidate("one", like(a_child()), by_identifier=True)] * 2
    assert ask(a_child(), held).outcome is Outcome.MATCH


@pytest.mark.parametrize("by_identifier", [False, True])
def test_another_nhs_number_than_the_one_held_is_no_match_whatever_else_agrees(*, by_identifier: bool) -> None:
    """An adopted child gets a new NHS number, and must not be found by what it was called before."""
    asked = a_child(identifiers=(upn(), nhs_number(NHS_NUMBER)))
    held = a_child(identifiers=(upn(), nhs_number(OTHER_NHS_NUMBER)))
    assert found(asked, held, by_identifier=by_identifier) is Outcome.POTENTIAL_MATCH


@pytest.mark.parametrize("by_identifier", [False, True])
def test_another_nhs_number_counts_though_only_somebody_else_stated_it(*, by_identifier: bool) -> None:
    asked = a_child(identifiers=(upn(), nhs_number(NHS_NUMBER)))
    by_upn = Candidate("one", like(a_child(identifiers=(upn(),))), by_identifier)
    numbered = Candidate("one", like(a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),))))
    for held in ([by_upn, numbered], [numbered, by_upn]):
        assert ask(asked, held).outcome is Outcome.POTENTIAL_MATCH


# Thresholds


def test_the_thresholds_decide_what_a_likelihood_means() -> None:
    asked = a_child(postcode=None)
    sure = ask(asked, candidates(a_child())).sureness
    more, less = sure + (1 - sure) / 2, sure - 0.01
    for thresholds, outcome in (
        (Thresholds(match=less), Outcome.MATCH),
        (Thresholds(match=more), Outcome.POTENTIAL_MATCH),
        (Thresholds(match=more, potential=more), Outcome.LOW_CONFIDENCE),
        (Thresholds(match=more, potential=more, low=more), Outcome.NO_MATCH),
    ):
        assert ask(asked, candidates(a_child()), thresholds).outcome is outcome


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param({"match": 0.8}, id="a match less sure than a potential one"),
        pytest.param({"low": 0.9}, id="low confidence surer than a potential match"),
        pytest.param({"low": 0.97, "potential": 0.96}, id="falling"),
        pytest.param({"match": 1.0}, id="nothing is ever certain"),
        pytest.param({"low": 0.0}, id="everything is something"),
        pytest.param({"match": float("nan")}, id="not a number"),
        pytest.param({"children": 0}, id="nobody"),
    ],
)
def test_thresholds_in_an_order_that_makes_no_sense_are_refused(nonsense: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"thresholds rise|at least one child"):
        Thresholds(**nonsense)


def test_what_may_not_match_does_not_match_where_potential_begins_with_match() -> None:
    meeting = Thresholds(match=0.9, potential=0.9)
    other_number = {"identifiers": (nhs_number(OTHER_NHS_NUMBER),)}
    for asked, by_identifier in (
        (a_child(given_name=None, family_name=None), False),
        (a_child(identifiers=(nhs_number(),)), False),
        (a_child(given_name="Zoe", date_of_birth=date(2015, 1, 2)), True),
    ):
        held = candidates(a_child(**other_number), by_identifier=by_identifier)
        assert ask(asked, held, meeting).outcome is Outcome.POTENTIAL_MATCH


# Whether one source reference still means the same child


@pytest.mark.parametrize(
    ("now", "meant"),
    [
        pytest.param({}, Meant.STILL, id="nothing changed"),
        pytest.param({"postcode": "M1 1AE"}, Meant.STILL, id="moved"),
        pytest.param({"family_name": "Hill"}, Meant.STILL, id="a new family name"),
        pytest.param({"family_name": "Hill", "postcode": "M1 1AE"}, Meant.STILL, id="a new family name and home"),
        pytest.param({"date_of_birth": date(2011, 3, 2)}, Meant.STILL, id="the birth put right"),
        pytest.param({"given_name": "Amelai", "family_name": "Okafur"}, Meant.STILL, id="slips"),
        pytest.param({"given_name": None}, Meant.STILL, id="the given name left out"),
        pytest.param({"sex": Sex.MALE}, Meant.STILL, id="the sex put right"),
        pytest.param({"identifiers": (nhs_number(OTHER_NHS_NUMBER),)}, Meant.STILL, id="the number put right"),
        pytest.param({"given_name": "Xanthippe"}, Meant.PERHAPS, id="a new given name, or a twin"),
        pytest.param({"given_name": "Zoe", "family_name": "Hill"}, Meant.ANOTHER, id="both names"),
        pytest.param({"given_name": "Zoe", "date_of_birth": date(2011, 3, 2)}, Meant.ANOTHER, id="a sibling"),
        pytest.param(
            {"given_name": "Zoe", "identifiers": (nhs_number(OTHER_NHS_NUMBER),)}, Meant.ANOTHER, id="a twin's number"
        ),
        pytest.param(NOTHING_ELSE, Meant.ANOTHER, id="nothing to tell by"),
    ],
)
def test_whether_a_reference_means_the_child_that_it_meant(now: dict[str, Any], meant: Meant) -> None:
    before = a_child(identifiers=(nhs_number(),))
    assert meant_still(like(replace(before, **now)), like(before)) is meant


# What would help


def test_what_would_help_is_what_was_not_given() -> None:
    asked = a_child(given_name=None, postcode=None, identifiers=(upn(),))
    assert would_help(asked, Outcome.LOW_CONFIDENCE) == ("nhs_number", "given_name", "postcode")


def test_after_a_match_nothing_would_help() -> None:
    assert would_help(a_child(postcode=None), Outcome.MATCH) == ()


def test_an_expected_date_stands_for_a_date_of_birth() -> None:
    assert "date_of_birth" not in would_help(an_unborn_child(), Outcome.NO_MATCH)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.MATCH])
def test_what_would_help_says_nothing_of_what_is_held(outcome: Outcome) -> None:
    assert would_help(a_child(sex=None), outcome) == would_help(a_child(sex=None), Outcome.NO_MATCH)


# What holds for everybody. Few values of each detail, so that agreements of every kind come about.

GIVEN_NAMES = st.sampled_from(
    "Amelia Amelie Millie AMÉLIA Jack Jayden Hayden Muhammad Zephyrine Okafor Smith A Baby Mary\u00a0Ann Ann 李".split(
        " "
    )
)
FAMILY_NAMES = st.sampled_from(
    "Okafor Okafur Smith Smith-Okafor Quackenbush Amelia Jack Muhammad Berg van\u00a0der\u00a0Berg S 李".split(" ")
)
DAYS = st.sampled_from([(2017, 5, 9), (2017, 9, 5), (2017, 5, 8), (2017, 1, 1), (2017, 5, 27), (2011, 3, 2)])
BORN = DAYS.map(lambda day: {"date_of_birth": date(*day)})
DUE = st.sampled_from([{}, {"expected_date": date(2017, 5, 1)}, {"expected_date": date(2026, 5, 1)}])
POSTCODES = st.sampled_from(["N12 0AB", "N12 0AC", "N12 0XX", "N12 9ZZ", "N3 1AB", "M1 1AE"])
LIKENESSES = st.builds(
    lambda birth, **said: Likeness(**said, **birth),
    birth=BORN | DUE,
    given_name=st.none() | GIVEN_NAMES,
    family_name=st.none() | FAMILY_NAMES,
    sex=st.sampled_from([None, *Sex]),
    postcode=st.none() | POSTCODES,
    nhs_number=st.sampled_from([None, None, "hash-1", "hash-2"]),
)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        child_id=st.sampled_from(["a", "b", "c"]),
        likeness=LIKENESSES,
        by_identifier=st.booleans(),
        joined_into=st.sampled_from([None, None, "a"]),
    ),
    max_size=5,
)
ANY_NAME = st.none() | st.text()
ANY_LIKENESS = st.builds(
    Likeness,
    given_name=ANY_NAME,
    family_name=ANY_NAME,
    date_of_birth=st.none() | st.dates(),
    expected_date=st.none() | st.dates(),
    postcode=st.none() | POSTCODES,
)
REGISTERS = st.sampled_from([Thresholds(children=children) for children in (10_000, 200_000, 11_000_000)])


@given(LIKENESSES | ANY_LIKENESS, LIKENESSES | ANY_LIKENESS, REGISTERS)
def test_it_does_not_matter_which_of_two_was_asked_about_and_which_is_held(
    one: Likeness, other: Likeness, register: Thresholds
) -> None:
    assert score(one, other, register) == pytest.approx(score(other, one, register), rel=1e-9)


@given(LIKENESSES | ANY_LIKENESS, LIKENESSES | ANY_LIKENESS, REGISTERS)
def test_a_score_lies_between_nought_and_one(one: Likeness, other: Likeness, register: Thresholds) -> None:
    assert 0 <= score(one, other, register) <= 1


DETAILS = ["names", "given_name", "family_name", "birth", "sex", "postcode"]


def put_right(asked: Likeness, known: Likeness, detail: str) -> Likeness:
    """The question with one detail as it is held. Names that changed places are put right together, or not at all."""
    names = ["given_name", "family_name"]
    changed = {"names": names, "birth": ["date_of_birth", "expected_date"]}.get(detail, [detail])
    crossed = compare_names(asked, known, IN_USE).crossed
    assume(not (crossed and detail in names))
    assume(any(getattr(known, name) is not None for name in changed))
    return replace(asked, **{name: getattr(known, name) for name in changed if getattr(known, name) is not None})


@given(LIKENESSES, LIKENESSES, st.sampled_from(DETAILS), REGISTERS)
def test_a_detail_that_is_put_right_never_makes_it_less_likely(
    asked: Likeness, known: Likeness, detail: str, register: Thresholds
) -> None:
    before = score(asked, known, register)
    assert score(put_right(asked, known, detail), known, register) >= before * (1 - 1e-9)


@given(LIKENESSES, LIKENESSES, REGISTERS)
def test_a_detail_that_differs_never_makes_it_likelier_than_one_that_is_not_said(
    asked: Likeness, known: Likeness, register: Thresholds
) -> None:
    names = compare_names(asked, known, IN_USE)
    differing: dict[str, bool] = {
        "given_name": names.given is Names.DIFFERENT,
        "family_name": names.family is Names.DIFFERENT,
        "date_of_birth": compare_births(asked, known) is Birth.DIFFERENT,
        "expected_date": compare_births(asked, known) is Birth.DIFFERENT,
        "sex": compare_sexes(asked.sex, known.sex) is SexLevel.DIFFERENT,
        "postcode": compare_postcodes(asked.postcode, known.postcode) is Place.DIFFERENT,
    }
    unsaid = replace(asked, **{name: None for name, differs in differing.items() if differs})
    assert score(unsaid, known, register) >= score(asked, known, register) * (1 - 1e-9)


@given(LIKENESSES, st.lists(LIKENESSES, min_size=1, max_size=3), REGISTERS)
def test_a_statement_of_just_what_was_asked_never_makes_its_child_less_likely(
    asked: Likeness, held: list[Likeness], register: Thresholds
) -> None:
    child = [Candidate("a", known) for known in held]
    before, after = (decide([asked], said, register) for said in (child, [*child, Candidate("a", asked)]))
    assert after.sureness >= before.sureness * (1 - 1e-9)


@given(LIKENESSES, CANDIDATES, st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(asked: Likeness, held: list[Candidate], chance: Random) -> None:
    shuffled = chance.sample(held, len(held))
    assert decide([asked], shuffled, THRESHOLDS) == decide([asked], held, THRESHOLDS)


@given(st.lists(LIKENESSES, min_size=2, max_size=3), CANDIDATES)
def test_the_order_of_names_asked_for_does_not_matter(asked: list[Likeness], held: list[Candidate]) -> None:
    assert decide(asked[::-1], held, THRESHOLDS) == decide(asked, held, THRESHOLDS)


def shouted(name: str | None) -> str | None:
    """In capitals, with an accent on every vowel, and spaces about it."""
    return name and normalize("NFC", "".join(f"{c}\u0301" if c in "AEIOU" else c for c in f"  {name.upper()} "))


@given(LIKENESSES, CANDIDATES)
def test_case_and_accents_and_spaces_do_not_matter(asked: Likeness, held: list[Candidate]) -> None:
    loud = replace(asked, given_name=shouted(asked.given_name), family_name=shouted(asked.family_name))
    assert decide([loud], held, THRESHOLDS) == decide([asked], held, THRESHOLDS)


@given(LIKENESSES, CANDIDATES)
def test_only_a_match_names_a_child_and_says_where_its_data_lies(asked: Likeness, held: list[Candidate]) -> None:
    finding = decide([asked], held, THRESHOLDS)
    is_match = finding.outcome is Outcome.MATCH
    assert (finding.child_id is not None) == is_match
    assert finding.lies_in[:1] == ((finding.child_id,) if is_match else ())
    assert set(finding.lies_in) <= {child for candidate in held for child in (candidate.child_id, candidate.meant)}


@given(LIKENESSES, CANDIDATES)
def test_sureness_lies_between_nought_and_one_and_bears_out_the_outcome(asked: Likeness, held: list[Candidate]) -> None:
    finding = decide([asked], held, THRESHOLDS)
    assert 0 <= finding.sureness <= 1
    match finding.outcome:
        case Outcome.MATCH:
            assert finding.sureness >= THRESHOLDS.match
        case Outcome.POTENTIAL_MATCH:
            assert finding.sureness >= THRESHOLDS.potential
            assert len(finding.alike) == 1
        case Outcome.MANY_MATCHES:
            assert len(finding.alike) > 1
        case Outcome.LOW_CONFIDENCE:
            assert THRESHOLDS.low <= finding.sureness < THRESHOLDS.potential
        case Outcome.NO_MATCH:
            assert finding.sureness < THRESHOLDS.low


@given(LIKENESSES, CANDIDATES)
def test_those_who_are_alike_are_at_least_potential_matches_the_likeliest_first(
    asked: Likeness, held: list[Candidate]
) -> None:
    finding = decide([asked], held, THRESHOLDS)
    sure = [alike.sureness for alike in finding.alike]
    assert sure == sorted(sure, reverse=True)
    assert all(THRESHOLDS.potential <= sureness <= finding.sureness for sureness in sure)
    assert finding.child_id not in [alike.child_id for alike in finding.alike]


@given(LIKENESSES, st.lists(LIKENESSES, max_size=3))
def test_without_a_number_there_is_no_match_unless_the_birth_or_the_postcode_is_the_same(
    asked: Likeness, held: list[Likeness]
) -> None:
    different = [
        known
        for known in held
        if compare_births(asked, known) is not Birth.EXACT
        and compare_postcodes(asked.postcode, known.postcode) is not Place.EXACT
    ]
    children = [Candidate(f"child-{n}", known) for n, known in enumerate(different)]
    assert decide([asked], children, THRESHOLDS).outcome is not Outcome.MATCH


@given(LIKENESSES, CANDIDATES)
def test_another_nhs_number_than_the_one_held_never_matches(asked: Likeness, held: list[Candidate]) -> None:
    otherwise = [replace(c, likeness=replace(c.likeness, nhs_number="another")) for c in held]
    numbered = replace(asked, nhs_number="hash-1")
    assert decide([numbered], otherwise, THRESHOLDS).outcome is not Outcome.MATCH


@given(
    st.sampled_from(list(IN_USE)),
    st.sampled_from(list(IN_USE)),
)
def test_no_two_twins_whose_given_names_differ_are_ever_taken_for_one(one: str, other: str) -> None:
    asked, held = a_child(given_name=one.title()), a_child(given_name=other.title())
    names = compare_names(like(asked), like(held), IN_USE)
    assume(names.given is Names.DIFFERENT)
    assert found(asked, held) in (Outcome.LOW_CONFIDENCE, Outcome.NO_MATCH)
    assert ask(replace(asked, sex=None), candidates(held)).outcome is Outcome.NO_MATCH


@given(st.text(), st.text(), st.dates())
def test_whoever_asks_with_the_words_of_a_registration_finds_its_child(
    given_name: str, family_name: str, born: date
) -> None:
    said = a_child(given_name=given_name, family_name=family_name, date_of_birth=born)
    assume(full_details(said))
    assert found(said, said) is Outcome.MATCH


@given(ANY_LIKENESS, st.lists(ANY_LIKENESS, max_size=3))
def test_no_text_and_no_date_is_too_much(asked: Likeness, held: list[Likeness]) -> None:
    children = [Candidate(f"child-{n}", known, by_identifier=n == 2) for n, known in enumerate(held)]
    assert decide([asked], children, THRESHOLDS).outcome in Outcome
    assert all(meant_still(asked, known) in Meant for known in held)


def test_a_number_with_the_details_of_the_twin_discloses_neither() -> None:
    held = [
        Candidate("numbered", like(a_child()), by_identifier=True),
        Candidate("twin", like(a_child(given_name="Xanthippe"))),
    ]
    assert ask(a_child(given_name="Xanthippe"), held).outcome is Outcome.POTENTIAL_MATCH


def test_a_name_from_one_statement_and_a_birth_from_another_make_no_child() -> None:
    held = candidates(a_child())
    misfiled = Candidate(held[0].child_id, like(a_child(given_name="Xanthippe", date_of_birth=date(2012, 3, 4))))
    assert ask(a_child(given_name="Xanthippe"), [*held, misfiled]).outcome is not Outcome.MATCH


def test_it_does_not_matter_which_of_two_statements_with_one_name_and_birth_comes_first() -> None:
    asked = a_child(date_of_birth=date(2017, 5, 8))
    here, elsewhere = (Candidate("child", like(a_child(postcode=postcode))) for postcode in ("N12 0AB", "M1 1AE"))
    assert ask(asked, [here, elsewhere]) == ask(asked, [elsewhere, here])
    assert ask(asked, [elsewhere, here]).outcome is Outcome.MATCH
