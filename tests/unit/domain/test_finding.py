"""What a question found is decided by what is there for the viewer, as if nothing else were."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access import Role
from shared.domain.child import ChildDetails, FormerName
from shared.domain.directory import Caller, Capability
from shared.domain.disclosure import Viewer
from shared.domain.finding import Found, find
from shared.domain.held import HeldChild
from shared.domain.involvement import ServiceType
from shared.domain.likeness import likeness
from shared.domain.matching import Candidate, Thresholds
from shared.domain.outcomes import Outcome
from shared.domain.shield import Shield
from tests.support.builders import (
    COUNCIL,
    NHS_NUMBER,
    NOW,
    ORDINARY_SERVICES,
    PSEUDONYMS,
    SENSITIVE_PSEUDONYMS,
    TRUST,
    a_caller,
    a_child,
    a_shield,
    an_involvement,
    an_override,
    everyday,
    nhs_number,
    permissions,
)

AMELIA = a_child(identifiers=(nhs_number(),))
TWIN = a_child(given_name="Amelie", identifiers=())
STRANGER = a_child(given_name="Zoe", family_name="Hill", date_of_birth=date(2015, 1, 2), postcode="M1 1AE")
OTHER_NUMBER = (nhs_number("9990002010"),)
FORMER = FormerName(given_name="Zoe", family_name="Hill")
NEW_NAME = a_child(given_name="Ruth", family_name="Moss")
SHIELD = a_shield(AMELIA)
BROKER = a_caller(COUNCIL)


def a_viewer(caller: Caller | None = None, **said: Any) -> Viewer:
    """An everyday practitioner of the trust."""
    known: dict[str, Any] = {"role": Role.NURSE, "practitioner_id": "PC-1", "now": NOW}
    return Viewer(caller or a_caller(TRUST, permissions=everyday()), **(known | said))


OFFICER = a_viewer(a_caller(TRUST), role=Role.POLICE_OFFICER)


def rows(child_id: str, said: ChildDetails, **of: Any) -> list[Candidate]:
    """What leads to a child: by its names, by its postcode and by its number."""
    secret = of.pop("secret", PSEUDONYMS)
    known: dict[str, Any] = {"service_types": frozenset({ServiceType.SOCIAL_CARE})} | of
    led = [{}, {"by_place": True}, *([{"by_identifier": True}] if said.identifiers else [])]
    return [Candidate(child_id, likeness(said, secret), **(known | by)) for by in led]


def in_confidence(child_id: str = "in-confidence", said: ChildDetails = AMELIA) -> list[Candidate]:
    return rows(child_id, said, service_types=frozenset({ServiceType.MENTAL_HEALTH}), secret=SENSITIVE_PSEUDONYMS)


def found(
    viewer: Viewer, ordinary: list[Candidate], sensitive: list[Candidate] | None = None, asked: ChildDetails = AMELIA
) -> Found:
    return find(
        asked,
        viewer,
        ordinary,
        sensitive or [],
        pseudonyms=PSEUDONYMS,
        sensitive_pseudonyms=SENSITIVE_PSEUDONYMS,
        thresholds=Thresholds(),
    )


def held(child_id: str = "child-1", shield: Shield | None = None, **said: Any) -> HeldChild:
    return HeldChild(child_id=child_id, involvements=[an_involvement(child_id=child_id, **said)], shield=shield)


# As if it were not there

HIDDEN = st.sampled_from([
    [],
    rows("hidden", AMELIA, shield=SHIELD),
    rows("hidden", TWIN, shield=a_shield(TWIN)),
    rows("hidden", AMELIA, service_types=frozenset({ServiceType.HOUSING})),
    rows("hidden", AMELIA, service_types=frozenset({ServiceType.SEXUAL_HEALTH})),
    rows("hidden", TWIN, service_types=frozenset({ServiceType.HOUSING}), shield=SHIELD),
    rows("hidden", a_child(identifiers=(nhs_number(),), given_name="Zoe"), service_types=frozenset()),
])  # fmt: skip
THERE = st.sampled_from([
    [],
    rows("child-1", AMELIA),
    rows("child-1", AMELIA, shield=a_shield(until=NOW)),
    rows("child-1", AMELIA) + rows("child-2", TWIN),
    rows("child-1", TWIN),
    rows("child-1", replace(AMELIA, postcode="M1 1AE", sex=None)),
    rows("child-1", STRANGER) + rows("child-2", AMELIA, joined_into="child-3"),
])  # fmt: skip
ASKED = st.sampled_from([AMELIA, TWIN, ChildDetails(identifiers=(nhs_number(),)), replace(AMELIA, given_name=None)])
SEES_NO_HOUSING = a_viewer(a_caller(TRUST, permissions=everyday(sees=ORDINARY_SERVICES - {ServiceType.HOUSING})))


@given(hidden=HIDDEN, there=THERE, asked=ASKED)
def test_a_world_with_something_hidden_is_decided_exactly_as_one_without(
    hidden: list[Candidate], there: list[Candidate], asked: ChildDetails
) -> None:
    with_it = found(SEES_NO_HOUSING, hidden + there, asked=asked)
    assert with_it == found(SEES_NO_HOUSING, there, asked=asked)
    assert with_it.child_id != "hidden"


@given(hidden=HIDDEN, there=THERE, asked=ASKED)
def test_who_is_no_broker_is_told_nothing_of_sensitive_services(
    hidden: list[Candidate], there: list[Candidate], asked: ChildDetails
) -> None:
    everything = [*in_confidence(), *hidden, *there]
    told = found(SEES_NO_HOUSING, there, everything, asked=asked)
    assert told == found(SEES_NO_HOUSING, there, asked=asked)
    assert told.shown(SEES_NO_HOUSING, held(), held("in-confidence", service_type=ServiceType.MENTAL_HEALTH))[1] == ()


# A child behind a shield, to somebody who may open it


def test_of_a_shielded_child_an_officer_is_told_name_sex_and_birth_and_nothing_is_read() -> None:
    told = found(OFFICER, rows("child-1", AMELIA, shield=SHIELD))
    assert told.finding.outcome is Outcome.MATCH
    assert told.is_shielded
    assert told.child is not None
    assert (told.child.given_name, told.child.family_name, told.child.date_of_birth, told.child.sex) == (
        "Amelia",
        "Okafor",
        date(2017, 5, 9),
        AMELIA.sex,
    )
    assert told.lies_in == ()
    assert told.shown(OFFICER, held(), held("in-confidence", service_type=ServiceType.MENTAL_HEALTH)) == ((), ())


def test_an_officer_is_told_the_name_that_was_known_and_never_the_new_one() -> None:
    new = replace(NEW_NAME, identifiers=AMELIA.identifiers)
    led = rows("child-1", AMELIA, shield=SHIELD) + rows("child-1", new, shield=SHIELD)
    for asked in (AMELIA, ChildDetails(identifiers=(nhs_number(),))):
        told = found(OFFICER, led, asked=asked)
        assert told.child is not None
        assert told.child.given_name == "Amelia"
    by_new_name = rows("child-1", NEW_NAME, shield=SHIELD)
    assert found(OFFICER, by_new_name, asked=NEW_NAME) == found(OFFICER, [], asked=NEW_NAME)


def test_where_a_shielded_child_lives_makes_it_neither_likelier_nor_less_likely() -> None:
    led = rows("child-1", AMELIA, shield=SHIELD)
    moved = rows("child-1", replace(AMELIA, postcode="M1 1AE"), shield=SHIELD)
    for asked in (replace(AMELIA, identifiers=()), replace(AMELIA, identifiers=(), postcode="M1 1AE")):
        assert found(OFFICER, led, asked=asked) == found(OFFICER, moved, asked=asked)


def test_through_an_override_it_is_a_child_like_any_other_but_said_to_be_shielded() -> None:
    through = replace(OFFICER, override=an_override("child-1"))
    told = found(through, rows("child-1", AMELIA, shield=SHIELD))
    assert (told.child, told.is_shielded, told.lies_in) == (None, True, ("child-1",))
    shown, _ = told.shown(through, held(shield=SHIELD), None)
    assert [i.source_reference for i in shown] == ["CASE-1"]


# A shield that was set between the two round trips, or that something which leads there has missed


@pytest.mark.parametrize("viewer", [a_viewer(), OFFICER])
def test_a_shield_that_nothing_told_of_still_hides_all_of_the_child(viewer: Viewer) -> None:
    told = found(viewer, rows("child-1", AMELIA))
    assert told.shown(viewer, held(shield=SHIELD), None) == ((), ())
    assert told.shown(viewer, held(), None)[0]


def test_such_a_shield_hides_the_sensitive_services_as_well() -> None:
    viewer = a_viewer(a_caller("E08000003", area=frozenset({"N"})))
    told = found(viewer, rows("child-1", AMELIA), in_confidence())
    sensitive = held("in-confidence", service_type=ServiceType.MENTAL_HEALTH)
    assert told.shown(viewer, held(shield=SHIELD), sensitive) == ((), ())
    assert told.shown(viewer, held(), sensitive)[1]


# Sensitive services


def test_a_broker_finds_the_sensitive_services_of_a_child_beside_the_ordinary_ones() -> None:
    viewer = a_viewer(BROKER)
    told = found(viewer, rows("child-1", AMELIA), in_confidence())
    assert (told.child_id, told.sensitive_id) == ("child-1", "in-confidence")
    shown, brokered = told.shown(viewer, held(), held("in-confidence", service_type=ServiceType.MENTAL_HEALTH))
    assert [i.service.service_type for i in shown] == [ServiceType.SOCIAL_CARE]
    assert [i.service.service_type for i in brokered] == [ServiceType.MENTAL_HEALTH]


def test_a_broker_finds_a_child_that_only_sensitive_services_know() -> None:
    viewer = a_viewer(BROKER)
    told = found(viewer, [], in_confidence())
    assert (told.finding.outcome, told.child_id, told.lies_in) == (Outcome.NO_MATCH, "in-confidence", ())
    assert told.shown(viewer, None, held("in-confidence", service_type=ServiceType.MENTAL_HEALTH))[1]


@pytest.mark.parametrize("sensitive", [[], in_confidence("other", STRANGER)], ids=["nobody", "somebody else"])
def test_where_no_sensitive_service_knows_the_child_a_broker_reads_where_nobody_lies(
    sensitive: list[Candidate],
) -> None:
    assert found(a_viewer(BROKER), [], sensitive).sensitive_lies_in == ("nobody",)


OTHER_BROKER = a_viewer(a_caller("E08000003", area=frozenset({"N"})))
SHIELDED_WORLDS: list[tuple[str, Viewer, list[Candidate], bool]] = [
    ("shielded by another authority", OTHER_BROKER, rows("child-1", AMELIA, shield=SHIELD), False),
    ("shielded, and of a service that is not seen", OTHER_BROKER,
        rows("child-1", AMELIA, shield=SHIELD, service_types=frozenset({ServiceType.SEXUAL_HEALTH})), False),
    ("shielded and found beside another", OTHER_BROKER,
        rows("child-1", AMELIA) + rows("child-2", replace(AMELIA, identifiers=()), shield=SHIELD), False),
    ("shielded, and asked for by a new family name", OTHER_BROKER,
        rows("child-1", replace(AMELIA, family_name="Moss", identifiers=()), shield=SHIELD), False),
    ("shielded, with a new family name and somewhere else", OTHER_BROKER,
        rows("child-1", a_child(family_name="Moss", postcode="M1 1AE"), shield=SHIELD), False),
    ("shielded, with a new given name and somewhere else", OTHER_BROKER,
        rows("child-1", a_child(given_name="Ruth", postcode="M1 1AE"), shield=SHIELD), False),
    ("shielded, and only its number leads there", OTHER_BROKER,
        rows("child-1", replace(STRANGER, identifiers=AMELIA.identifiers), shield=SHIELD)[-1:], False),
    ("shielded, of the same number by another key", OTHER_BROKER,
        rows("child-1", replace(STRANGER, identifiers=AMELIA.identifiers), shield=SHIELD)[:1], False),
    ("shielded, with another NHS number and another name", OTHER_BROKER,
        rows("child-2", a_child(family_name="Moss", postcode="M1 1AE", identifiers=OTHER_NUMBER), shield=SHIELD)[:1], True),
    ("another name, where only the postcode led to it", OTHER_BROKER,
        [row for row in rows("child-2", a_child(family_name="Moss", given_name="Ruth"), shield=SHIELD) if row.by_place],
        True),
    ("shielded, and only its postcode led to it", OTHER_BROKER,
        [row for row in rows("child-1", AMELIA, shield=SHIELD) if row.by_place], False),
    ("the same name, of another birth, where only the postcode's area led to it", OTHER_BROKER,
        [row for row in rows("child-2", a_child(date_of_birth=date(2011, 8, 23), postcode="N1 1AA"), shield=SHIELD)
         if row.by_place], True),
    ("somebody else is shielded", OTHER_BROKER, rows("child-2", STRANGER, shield=SHIELD), True),
    ("its shield has run out", OTHER_BROKER, rows("child-1", AMELIA, shield=a_shield(until=NOW)), True),
    ("shielded by this very team", a_viewer(BROKER), rows("child-1", AMELIA, shield=SHIELD), True),
    ("opened by an override", replace(OTHER_BROKER, role=Role.SOCIAL_WORKER,
        override=an_override("child-1", organisation="E08000003")), rows("child-1", AMELIA, shield=SHIELD), True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("viewer", "ordinary", "told"), [pytest.param(*row, id=name) for name, *row in SHIELDED_WORLDS]
)
def test_nothing_sensitive_is_told_of_a_child_that_may_be_shielded(
    viewer: Viewer, ordinary: list[Candidate], *, told: bool
) -> None:
    assert (found(viewer, ordinary, in_confidence()).sensitive_id is not None) is told


IN_CONFIDENCE_THEY_SAY: list[tuple[str, ChildDetails, bool]] = [
    ("what was asked", replace(AMELIA, identifiers=()), True),
    ("the number of the shielded child", replace(AMELIA, identifiers=OTHER_NUMBER), False),
    ("a former name of the shielded child", replace(AMELIA, identifiers=(), former_names=(FORMER,)), False),
]


@pytest.mark.parametrize(
    ("said", "told"), [pytest.param(said, told, id=name) for name, said, told in IN_CONFIDENCE_THEY_SAY]
)
def test_what_sensitive_services_say_themselves_is_held_against_shielded_children_too(
    said: ChildDetails, *, told: bool
) -> None:
    asked = replace(AMELIA, identifiers=())
    hidden = rows("hidden", replace(STRANGER, identifiers=OTHER_NUMBER), shield=SHIELD)[:1]
    known = found(OTHER_BROKER, hidden, in_confidence(), asked=asked)
    assert known.sensitive_id == "in-confidence"
    sensitive = held("in-confidence", child=said, service_type=ServiceType.MENTAL_HEALTH)
    assert (len(known.shown(OTHER_BROKER, None, sensitive)[1]) == 1) is told


def test_a_broker_learns_of_no_postcode_by_what_is_not_shown() -> None:
    """Whoever asks for one child with one postcode after the other gets the same answer, wherever another lives."""
    hidden = a_child(given_name="Ruth", family_name="Moss")
    for postcode in ("N12 8QQ", "M1 1AE"):
        led = rows("hidden", replace(hidden, postcode=postcode), shield=SHIELD)
        assert found(OTHER_BROKER, led, in_confidence()).sensitive_id == "in-confidence"


def test_a_number_is_compared_within_its_own_compartment() -> None:
    """Each hashes with a secret of its own: one compared with the other would speak against the child that has it."""
    viewer = a_viewer(BROKER)
    assert likeness(AMELIA, PSEUDONYMS).nhs_number != likeness(AMELIA, SENSITIVE_PSEUDONYMS).nhs_number
    assert NHS_NUMBER not in repr(in_confidence())
    by_number = ChildDetails(identifiers=(nhs_number(),))
    assert found(viewer, [], in_confidence(), asked=by_number).sensitive_id == "in-confidence"


def test_a_broker_of_another_area_is_shown_no_sensitive_service() -> None:
    caller = a_caller("E08000003", area=frozenset({"M"}))
    viewer = a_viewer(caller)
    told = found(viewer, rows("child-1", AMELIA), in_confidence())
    sensitive = held("in-confidence", service_type=ServiceType.MENTAL_HEALTH)
    shown, brokered = told.shown(viewer, held(), sensitive)
    assert shown
    assert brokered == ()


def test_the_latest_word_of_where_it_lives_decides_whose_child_it_is() -> None:
    viewer = a_viewer(BROKER)
    told = found(viewer, rows("child-1", AMELIA), in_confidence())
    sensitive = held("in-confidence", service_type=ServiceType.MENTAL_HEALTH)
    moved = held(child=replace(AMELIA, postcode="M1 1AE"), refreshed_at=NOW + timedelta(days=1))
    assert told.shown(viewer, moved, sensitive)[1] == ()


def test_an_organisation_that_may_broker_and_nothing_else_sees_no_ordinary_service() -> None:
    caller = a_caller(COUNCIL, permissions=permissions(capabilities=frozenset({Capability.BROKER}), sees=frozenset()))
    viewer = a_viewer(caller)
    told = found(viewer, rows("child-1", AMELIA), in_confidence())
    assert told.finding.outcome is Outcome.NO_MATCH
    shown, brokered = told.shown(viewer, None, held("in-confidence", service_type=ServiceType.MENTAL_HEALTH))
    assert (shown, len(brokered)) == ((), 1)
