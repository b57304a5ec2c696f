"""The rules of matching, as a practitioner would read them: what was asked, what is held, what may follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.child import ChildDetails, Sex
from shared.domain.matching import (
    Candidate,
    Finding,
    Likeness,
    Outcome,
    Thresholds,
    decide,
    full_details,
    likeness,
    match_keys,
    score,
    would_help,
)
from tests.support.builders import (
    NHS_NUMBER,
    OTHER_NHS_NUMBER,
    PSEUDONYMS,
    a_child,
    an_unborn_child,
    local_id,
    nhs_number,
    upn,
)

THRESHOLDS = Thresholds()


def like(child: ChildDetails) -> Likeness:
    return likeness(child, PSEUDONYMS)


def found(asked: ChildDetails, *held: ChildDetails, by_identifier: bool = False) -> Outcome:
    """The outcome if each held statement is of another child."""
    candidates = [Candidate(f"child-{n}", like(child), by_identifier) for n, child in enumerate(held)]
    return decide(like(asked), candidates, THRESHOLDS).outcome


# What was asked, against one child that is held: Amelia Okafor, a girl, born on 9 May 2017, of N12 0AB, no number.


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        pytest.param({}, Outcome.MATCH, id="the same in everything"),
        pytest.param({"sex": None}, Outcome.MATCH, id="sex not given"),
        pytest.param({"sex": Sex.NOT_KNOWN}, Outcome.MATCH, id="sex given as not known"),
        pytest.param({"given_name": "AMÉLIA"}, Outcome.MATCH, id="case and accents"),
        pytest.param({"family_name": "O'kafor"}, Outcome.MATCH, id="an apostrophe"),
        pytest.param({"identifiers": (nhs_number(),)}, Outcome.MATCH, id="a number of which nothing is held"),
        pytest.param({"postcode": None}, Outcome.POTENTIAL_MATCH, id="no postcode"),
        pytest.param({"postcode": "M1 1AE"}, Outcome.POTENTIAL_MATCH, id="moved"),
        pytest.param({"given_name": None}, Outcome.POTENTIAL_MATCH, id="no given name"),
        pytest.param({"given_name": "Baby"}, Outcome.POTENTIAL_MATCH, id="a stand-in for a given name"),
        pytest.param({"family_name": "Hill"}, Outcome.POTENTIAL_MATCH, id="another family name"),
        pytest.param({"date_of_birth": date(2017, 9, 5)}, Outcome.POTENTIAL_MATCH, id="day and month changed round"),
        pytest.param({"date_of_birth": None}, Outcome.POTENTIAL_MATCH, id="no date of birth"),
        pytest.param({"sex": Sex.MALE}, Outcome.POTENTIAL_MATCH, id="the other sex"),
        pytest.param({"given_name": "Chidi"}, Outcome.NO_MATCH, id="a twin: all the same but for the given name"),
        pytest.param(
            {"given_name": "Chidi", "date_of_birth": date(2015, 1, 2)}, Outcome.NO_MATCH, id="a brother or sister"
        ),
        pytest.param(
            {"given_name": "Okafor", "family_name": "Amelia"},
            Outcome.LOW_CONFIDENCE,
            id="given and family name swapped",
        ),
        pytest.param({"family_name": "Hill", "postcode": "M1 1AE"}, Outcome.LOW_CONFIDENCE, id="a new name and home"),
        pytest.param({"given_name": None, "family_name": None}, Outcome.LOW_CONFIDENCE, id="birth and postcode only"),
        pytest.param({"given_name": None, "postcode": None}, Outcome.LOW_CONFIDENCE, id="family name and birth only"),
        pytest.param(
            {"given_name": None, "family_name": None, "postcode": "M1 1AE"}, Outcome.NO_MATCH, id="the birth only"
        ),
        pytest.param({"given_name": "Zoe", "family_name": "Hill", "postcode": None}, Outcome.NO_MATCH, id="a stranger"),
    ],
)
def test_how_sure_it_is_without_a_number(asked: dict[str, Any], outcome: Outcome) -> None:
    assert found(a_child(**asked), a_child()) is outcome


def test_two_nhs_numbers_that_differ_are_no_match_whatever_else_agrees() -> None:
    asked = a_child(identifiers=(nhs_number(NHS_NUMBER),))
    held = a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),))
    assert found(asked, held) is Outcome.POTENTIAL_MATCH


def test_another_nhs_number_counts_though_somebody_else_stated_the_same_child_without_one() -> None:
    numbered = Candidate("one", like(a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),))))
    asked = like(a_child(identifiers=(nhs_number(NHS_NUMBER),)))
    assert decide(asked, [numbered, Candidate("one", like(a_child()))], THRESHOLDS) == Finding(Outcome.POTENTIAL_MATCH)


def test_two_babies_called_baby_of_one_home_and_day_are_no_match() -> None:
    assert found(a_child(given_name="Baby"), a_child(given_name="Baby")) is Outcome.POTENTIAL_MATCH


def test_two_children_who_both_look_right_are_many() -> None:
    assert found(a_child(), a_child(), a_child()) is Outcome.MANY_MATCHES


def test_two_children_who_both_nearly_look_right_are_many() -> None:
    assert found(a_child(), a_child(family_name="Whitlock"), a_child(postcode=None)) is Outcome.MANY_MATCHES


def test_a_child_who_agrees_in_everything_settles_it_over_one_who_nearly_does() -> None:
    assert found(a_child(), a_child(), a_child(family_name="Whitlock")) is Outcome.MATCH


def test_a_second_child_who_is_only_doubtful_does_not_hide_the_first() -> None:
    assert found(a_child(), a_child(), a_child(family_name="Hill", postcode=None)) is Outcome.MATCH


def test_nobody_held_is_no_match() -> None:
    assert found(a_child()) is Outcome.NO_MATCH


def test_one_child_as_two_organisations_state_it_is_one_child() -> None:
    candidates = [Candidate("one", like(a_child())), Candidate("one", like(a_child(postcode="M1 1AE")))]
    assert decide(like(a_child()), candidates, THRESHOLDS) == Finding(Outcome.MATCH, "one")


# The same, where the question holds a number that is known.


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        pytest.param(
            {"given_name": None, "family_name": None, "date_of_birth": None, "sex": None, "postcode": None},
            Outcome.MATCH,
            id="the number alone",
        ),
        pytest.param({}, Outcome.MATCH, id="everything agrees"),
        pytest.param({"given_name": "Amy"}, Outcome.MATCH, id="another form of the given name"),
        pytest.param({"family_name": "Hill"}, Outcome.MATCH, id="a new family name"),
        pytest.param({"postcode": "M1 1AE"}, Outcome.MATCH, id="moved"),
        pytest.param({"date_of_birth": date(2017, 9, 5)}, Outcome.MATCH, id="the date mistyped"),
        pytest.param({"given_name": "Zoe", "family_name": "Hill"}, Outcome.POTENTIAL_MATCH, id="both names differ"),
        pytest.param(
            {"given_name": "Zoe", "date_of_birth": date(2015, 1, 2)}, Outcome.POTENTIAL_MATCH, id="a sibling's details"
        ),
        pytest.param(
            {"given_name": "Zoe", "family_name": None, "date_of_birth": None},
            Outcome.POTENTIAL_MATCH,
            id="nothing agrees, one detail differs",
        ),
    ],
)
def test_how_sure_it_is_with_a_number_that_is_known(asked: dict[str, Any], outcome: Outcome) -> None:
    assert found(a_child(**asked), a_child(), by_identifier=True) is outcome


def test_a_number_that_leads_to_a_child_with_another_nhs_number_is_no_match() -> None:
    """An adopted child gets a new NHS number, and must not be found by what it was called before."""
    asked = a_child(identifiers=(upn(), nhs_number(NHS_NUMBER)))
    held = a_child(identifiers=(upn(), nhs_number(OTHER_NHS_NUMBER)))
    assert found(asked, held, by_identifier=True) is Outcome.POTENTIAL_MATCH


def test_another_nhs_number_counts_though_only_somebody_else_stated_it() -> None:
    asked = like(a_child(identifiers=(upn(), nhs_number(NHS_NUMBER))))
    by_upn = Candidate("one", like(a_child(identifiers=(upn(),))), by_identifier=True)
    numbered = Candidate("one", like(a_child(identifiers=(nhs_number(OTHER_NHS_NUMBER),))))
    assert decide(asked, [by_upn, numbered], THRESHOLDS) == Finding(Outcome.POTENTIAL_MATCH)


def test_two_numbers_of_two_children_are_many() -> None:
    assert found(a_child(), a_child(), a_child(), by_identifier=True) is Outcome.MANY_MATCHES


def test_a_number_settles_it_over_children_who_look_the_same() -> None:
    candidates = [Candidate("numbered", like(a_child()), by_identifier=True), Candidate("alike", like(a_child()))]
    assert decide(like(a_child()), candidates, THRESHOLDS) == Finding(Outcome.MATCH, "numbered")


# Unborn and born


@pytest.mark.parametrize(
    ("born", "may_be_the_same"),
    [
        pytest.param(date(2026, 5, 4), True, id="on the day"),
        pytest.param(date(2025, 12, 29), True, id="eighteen weeks early"),
        pytest.param(date(2026, 5, 25), True, id="three weeks late"),
        pytest.param(date(2025, 12, 28), False, id="too early to live"),
        pytest.param(date(2026, 5, 26), False, id="later than anybody"),
    ],
)
def test_a_child_that_was_born_may_be_the_one_that_was_due(born: date, *, may_be_the_same: bool) -> None:
    outcome = found(a_child(date_of_birth=born, given_name=None), an_unborn_child(given_name=None))
    assert (outcome is Outcome.LOW_CONFIDENCE) == may_be_the_same


def test_a_child_that_was_due_is_no_more_than_doubtfully_the_one_that_was_born() -> None:
    assert found(a_child(date_of_birth=date(2026, 5, 4)), an_unborn_child()) is Outcome.LOW_CONFIDENCE


def test_an_unborn_child_without_a_given_name_is_a_potential_match_at_most() -> None:
    assert found(an_unborn_child(), an_unborn_child()) is Outcome.POTENTIAL_MATCH


# Thresholds


@pytest.mark.parametrize(
    ("thresholds", "outcome"),
    [
        (Thresholds(match=0.99), Outcome.MATCH),
        (Thresholds(match=0.995), Outcome.POTENTIAL_MATCH),
        (Thresholds(match=0.999, potential=0.995), Outcome.LOW_CONFIDENCE),
        (Thresholds(match=0.999, potential=0.998, low=0.995), Outcome.NO_MATCH),
    ],
)
def test_the_thresholds_decide_what_a_score_means(thresholds: Thresholds, outcome: Outcome) -> None:
    assert decide(like(a_child()), [Candidate("one", like(a_child()))], thresholds).outcome is outcome


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


# Match keys


def test_a_date_of_birth_alone_is_no_key() -> None:
    assert match_keys(ChildDetails(date_of_birth=date(2017, 5, 9))) == ()


@pytest.mark.parametrize(
    "changed",
    [{"given_name": "Zoe"}, {"family_name": "Hill"}, {"date_of_birth": date(2011, 1, 2)}, {"postcode": "M1 1AE"}],
)
def test_two_statements_that_differ_in_one_detail_share_a_key(changed: dict[str, Any]) -> None:
    assert set(match_keys(a_child())) & set(match_keys(a_child(**changed)))


def test_a_birth_and_a_due_date_on_the_same_day_are_different_keys() -> None:
    day = date(2026, 3, 1)
    born, due = a_child(date_of_birth=day), an_unborn_child(given_name="Amelia", expected_date=day)
    shared = set(match_keys(born)) & set(match_keys(due))
    assert {key[0] for key in shared} == {"family+given+postcode"}


def test_full_details_are_all_four() -> None:
    assert full_details(a_child()) == full_details(a_child(given_name="AMÉLIA", sex=None))


@pytest.mark.parametrize("missing", ["given_name", "family_name", "date_of_birth", "postcode"])
def test_three_of_four_details_are_not_full(missing: str) -> None:
    assert full_details(a_child(**{missing: None})) is None


def test_a_stand_in_for_a_name_does_not_make_full_details() -> None:
    assert full_details(a_child(given_name="Baby")) is None


def test_a_likeness_holds_no_number() -> None:
    assert NHS_NUMBER not in repr(like(a_child(identifiers=(nhs_number(), local_id()))))


# What holds for everybody. Few values of each detail, so that agreements come about.

NAMES = st.sampled_from([None, "Amelia", "AMÉLIA", "Zoe", "Baby", "李", "'"]) | st.text(max_size=3)
DAYS = st.sampled_from([None, date(2017, 5, 9), date(2026, 5, 4), date(2026, 5, 20)])
LIKENESSES = st.builds(
    Likeness,
    given_name=NAMES,
    family_name=NAMES,
    date_of_birth=DAYS,
    expected_date=DAYS,
    sex=st.sampled_from([None, *Sex]),
    postcode=st.sampled_from([None, "N12 0AB", "M1 1AE"]),
    nhs_number=st.sampled_from([None, "hash-1", "hash-2"]),
)
CANDIDATES = st.lists(
    st.builds(Candidate, child_id=st.sampled_from(["a", "b", "c"]), likeness=LIKENESSES, by_identifier=st.booleans()),
    max_size=5,
)


@given(LIKENESSES, LIKENESSES)
def test_it_does_not_matter_which_of_two_was_asked_about_and_which_is_held(one: Likeness, other: Likeness) -> None:
    assert score(one, other) == score(other, one)


@given(LIKENESSES, LIKENESSES)
def test_a_score_lies_between_nought_and_one(one: Likeness, other: Likeness) -> None:
    assert 0 <= score(one, other) <= 1


@given(LIKENESSES, CANDIDATES, st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(asked: Likeness, candidates: list[Candidate], chance: Any) -> None:
    shuffled = chance.sample(candidates, len(candidates))
    assert decide(asked, shuffled, THRESHOLDS) == decide(asked, candidates, THRESHOLDS)


@given(LIKENESSES, CANDIDATES)
def test_only_a_match_names_a_child(asked: Likeness, candidates: list[Candidate]) -> None:
    finding = decide(asked, candidates, THRESHOLDS)
    assert (finding.child_id is not None) == (finding.outcome is Outcome.MATCH)


@given(
    LIKENESSES, st.lists(LIKENESSES, max_size=4), st.sampled_from(["given_name", "family_name", "postcode", "birth"])
)
def test_without_a_number_there_is_no_match_unless_all_four_details_are_given(
    asked: Likeness, held: list[Likeness], missing: str
) -> None:
    without: dict[str, Any] = {"date_of_birth": None, "expected_date": None} if missing == "birth" else {missing: None}
    candidates = [Candidate(f"child-{n}", known) for n, known in enumerate(held)]
    assert decide(replace(asked, **without), candidates, THRESHOLDS).outcome is not Outcome.MATCH


@given(LIKENESSES, CANDIDATES)
def test_case_and_spaces_and_punctuation_do_not_matter(asked: Likeness, candidates: list[Candidate]) -> None:
    def loud(name: str | None) -> str | None:
        # letters whose capitals are other letters ("ı") are left alone: no register holds "I" for them
        return f" -{name.upper() if name.isascii() else name}. " if name else name

    shouted = replace(asked, given_name=loud(asked.given_name), family_name=loud(asked.family_name))
    assert decide(shouted, candidates, THRESHOLDS) == decide(asked, candidates, THRESHOLDS)


@given(LIKENESSES, LIKENESSES, st.sampled_from(["family_name", "sex", "postcode", "nhs_number"]))
def test_a_detail_that_agrees_never_makes_it_less_likely_but_for_twins(
    asked: Likeness, known: Likeness, name: str
) -> None:
    asked = replace(asked, given_name=known.given_name)  # whose given names differ may be twins: there, it does
    agreed = replace(asked, **{name: getattr(known, name)})
    unsaid = replace(asked, **{name: None})
    assert score(agreed, known) >= score(unsaid, known)
