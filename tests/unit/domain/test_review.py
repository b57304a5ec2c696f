from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.likeness import likeness, likenesses
from shared.domain.matching import Candidate, Thresholds, decide
from shared.domain.outcomes import Outcome
from shared.domain.review import Cause, CloseCall, likely_meant, pressing
from shared.domain.shield import INHERITED_LASTS, LONGEST, Shield, ShieldReason, inherited
from tests.support.builders import COUNCIL, NOW, PSEUDONYMS, a_child

SET = Shield(organisation=COUNCIL, reason=ShieldReason.COURT_ORDER, since=NOW, until=NOW + timedelta(days=10))
TAKEN = inherited(SET, NOW, None)
SURE_TO_BE = CloseCall("sure", Cause.ALIKE)
LIKELY, UNLIKELY = CloseCall("likely", Cause.ALIKE, 0.9), CloseCall("unlikely", Cause.ALIKE, 0.86)
NUMBERED = CloseCall("numbered", Cause.NUMBER)


@pytest.mark.parametrize(
    ("shields", "first"),
    [
        ({}, ["numbered", "sure", "likely", "unlikely"]),
        ({"unlikely": SET}, ["unlikely", "numbered", "sure", "likely"]),
        ({"numbered": TAKEN, "unlikely": SET}, ["unlikely", "numbered", "sure", "likely"]),
        ({"likely": TAKEN, "unlikely": TAKEN}, ["likely", "unlikely", "numbered", "sure"]),
    ],
)
def test_shielded_ones_come_first_then_what_is_sure_then_the_likeliest(
    shields: dict[str, Shield], first: list[str]
) -> None:
    calls = [UNLIKELY, LIKELY, SURE_TO_BE, NUMBERED]
    assert [call.child_id for call in pressing(calls, shields)] == first


def test_of_each_child_there_is_one_by_its_number_if_that_is_in_doubt_or_else_as_sure_as_was_reckoned() -> None:
    numbered, reckoned, stated = (
        CloseCall("one", *said) for said in ((Cause.NUMBER,), (Cause.ALIKE, 0.9), (Cause.ALIKE,))
    )
    assert pressing([reckoned, stated, numbered], {}) == [numbered]
    assert pressing([stated, reckoned], {}) == [reckoned]


def test_who_is_surely_meant_takes_nothing_from_another_that_is_much_like_it_too() -> None:
    asked = likenesses(a_child(), PSEUDONYMS)
    known = likeness(a_child(), PSEUDONYMS)
    candidates = [Candidate("numbered", known, by_identifier=True), Candidate("alike", known)]
    finding = decide(asked, candidates, Thresholds())
    assert (finding.outcome, finding.child_id, finding.alike) == (Outcome.MATCH, "numbered", ())
    assert likely_meant(asked, candidates, Thresholds()).keys() == {"numbered", "alike"}
    other = likeness(a_child(given_name="Wren", family_name="Moss", postcode="EN5 2AB"), PSEUDONYMS)
    assert likely_meant(asked, [Candidate("another", other)], Thresholds()) == {}


def test_an_inherited_shield_ends_no_sooner_than_any_but_with_the_register() -> None:
    assert (TAKEN.inherited, TAKEN.since, TAKEN.until) == (True, NOW, NOW + INHERITED_LASTS)
    assert TAKEN.until > LONGEST.longer_by(1).added_to(NOW)
    end = NOW + timedelta(days=30)
    assert inherited(SET, NOW, end).until == end
