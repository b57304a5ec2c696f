from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.access import Answered, Role, Shown
from shared.domain.child import FormerName
from shared.domain.directory import Capability
from shared.domain.disclosure import policy_of
from shared.domain.errors import AccessNotRecorded, ChildNotFound, NotPermitted, RegisterClosed, Unavailable
from shared.domain.involvement import Involvement
from shared.domain.lifecycle import Lifecycle
from shared.domain.likeness import likeness
from shared.domain.review import MOST_CASES_OF_A_REGISTRATION
from shared.domain.shield import LEGAL_BASIS, PURPOSE, Shield, ShieldReason, check_end
from tests.support.builders import (
    COUNCIL,
    NOW,
    PSEUDONYMS,
    a_caller,
    a_child,
    a_practitioner,
    an_involvement,
    local_id,
    permissions,
)
from tests.support.shielding import A_YEAR, CHILD, ShieldDesk

NORTH = frozenset({"N"})


def a_shield(**said: object) -> Shield:
    known = {"organisation": COUNCIL, "reason": ShieldReason.COURT_ORDER, "since": NOW, "until": NOW + A_YEAR}
    return Shield(**(known | said))  # type: ignore[arg-type]  # by name


# Setting


def test_a_shield_says_whose_it_is_why_since_when_and_until_when() -> None:
    desk = ShieldDesk()
    shield = desk.shield(reason=ShieldReason.PLACED_FOR_ADOPTION)
    assert (shield.organisation, shield.reason) == (COUNCIL, ShieldReason.PLACED_FOR_ADOPTION)
    assert (shield.since, shield.until, shield.inherited) == (NOW, NOW + A_YEAR, False)
    assert desk.register.held[CHILD].shield == shield


def test_a_shield_that_is_set_again_replaces_the_first_and_is_since_the_first() -> None:
    desk = ShieldDesk()
    desk.shield()
    desk.clock.move(timedelta(days=30))
    again = desk.shield(reason=ShieldReason.COURT_ORDER)
    assert (again.since, again.until, again.reason) == (NOW, NOW + timedelta(days=395), ShieldReason.COURT_ORDER)


@pytest.mark.parametrize(
    "before", [a_shield(until=NOW), a_shield(inherited=True)], ids=["has ended", "was only inherited"]
)
def test_a_shield_that_does_not_count_begins_anew(before: Shield) -> None:
    desk = ShieldDesk()
    desk.holds(CHILD, an_involvement(), shield=before)
    desk.clock.move(timedelta(days=1))
    shield = desk.shield()
    assert (shield.since, shield.inherited) == (NOW + timedelta(days=1), False)


def test_a_name_that_is_to_be_hidden_is_not_among_those_by_which_the_child_is_known() -> None:
    desk = ShieldDesk()
    child = a_child(former_names=(FormerName(None, "Lane"),))
    desk.holds(CHILD, an_involvement(child=child))
    shield = desk.shield(hidden=[FormerName(None, "Okafor")])
    assert shield.hides_name(likeness(a_child(), PSEUDONYMS), PSEUDONYMS)
    assert not shield.hides_name(likeness(a_child(family_name="Lane"), PSEUDONYMS), PSEUDONYMS)


@pytest.mark.parametrize(
    ("until", "is_right"),
    [
        (NOW - timedelta(seconds=1), False),
        (NOW, False),
        (NOW + timedelta(seconds=1), True),
        (NOW.replace(year=NOW.year + 5), True),
        (NOW.replace(year=NOW.year + 5) + timedelta(days=1), True),
        (NOW.replace(year=NOW.year + 5) + timedelta(days=1, seconds=1), False),
    ],
)
def test_a_shield_ends_in_the_future_and_at_most_five_years_and_a_day_ahead(until: datetime, *, is_right: bool) -> None:
    try:
        check_end(until, NOW)
    except ValueError:
        assert not is_right
    else:
        assert is_right


def test_who_is_there_already_and_much_like_the_child_inherits_whether_the_shield_is_new_or_not() -> None:
    desk = ShieldDesk()
    desk.holds("much-like", an_involvement(child=a_child(identifiers=())))
    desk.holds("another", an_involvement(child=a_child(given_name="Wren", family_name="Moss", postcode="EN5 2AB")))
    for _ in range(2):
        desk.shield()
        taken = desk.register.held["much-like"].shield
        assert taken
        assert taken.inherited
        assert taken.until >= NOW + A_YEAR
        assert desk.register.held["another"].shield is None
    assert {call.child_id for call in desk.shields.calls} == {"much-like"}


def test_those_found_different_take_nobodys_place_among_the_five_that_inherit() -> None:
    desk = ShieldDesk()
    alike = [f"alike-{n}" for n in range(MOST_CASES_OF_A_REGISTRATION + 2)]
    for child_id in alike:
        desk.holds(child_id, an_involvement(child=a_child()))
    desk.shields.different |= {alike[0]}
    desk.shield()
    inheriting = [child_id for child_id in alike if desk.register.held[child_id].shield]
    assert inheriting == alike[1:-1]


# Reading and lifting


def test_the_shield_of_a_child_can_be_read_until_it_ends() -> None:
    desk = ShieldDesk()
    shield = desk.shield()
    assert desk.team.get(CHILD, desk.acting(practitioner=None)) == shield
    desk.clock.move(A_YEAR)
    assert desk.team.get(CHILD, desk.acting(practitioner=None)) is None


def test_a_shield_is_lifted_once_and_for_all() -> None:
    desk = ShieldDesk()
    desk.shield()
    desk.team.lift(CHILD, desk.acting())
    desk.team.lift(CHILD, desk.acting())
    assert desk.register.held[CHILD].shield is None
    assert desk.shields.lifted_by == [desk.acting().caller.organisation.code] * 2
    assert [record.outcome for record in desk.records] == ["shield_set", "shield_lifted", "shield_lifted"]


# Whose child it is

OF_THE_AREA = an_involvement(child=a_child(postcode="N12 0AB"))
OF_ANOTHER_AREA = an_involvement(child=a_child(postcode="EN5 2AB"))
WITHOUT_A_PLACE = an_involvement(child=a_child(postcode=None))
WITH_ITS_NUMBER = an_involvement(child=a_child(postcode=None, identifiers=(local_id(authority=COUNCIL),)))
WITH_ANOTHERS_NUMBER = an_involvement(child=a_child(postcode=None, identifiers=(local_id(authority="E09000010"),)))


@pytest.mark.parametrize(
    ("held", "shield", "is_found"),
    [
        pytest.param(OF_THE_AREA, None, True, id="of its area"),
        pytest.param(WITH_ITS_NUMBER, None, True, id="with its number"),
        pytest.param(OF_ANOTHER_AREA, None, False, id="of another area"),
        pytest.param(WITHOUT_A_PLACE, None, False, id="of no known area"),
        pytest.param(WITH_ANOTHERS_NUMBER, None, False, id="with another's number"),
        pytest.param(None, None, False, id="of whom nothing is known"),
        pytest.param(OF_ANOTHER_AREA, a_shield(), True, id="that it shields, moved since"),
        pytest.param(OF_THE_AREA, a_shield(organisation="E09000010"), False, id="that another team shields"),
        pytest.param(OF_THE_AREA, a_shield(organisation="E09000010", until=NOW), True, id="that another team shielded"),
        pytest.param(OF_ANOTHER_AREA, a_shield(until=NOW), False, id="that it shielded, moved since"),
    ],
)
@pytest.mark.parametrize("verb", ["put", "get", "lift"])
def test_a_team_finds_a_child(held: Involvement | None, shield: Shield | None, verb: str, *, is_found: bool) -> None:
    desk = ShieldDesk()
    desk.register.held.clear()
    if held is not None:
        desk.holds(CHILD, held, shield=shield)
    before = dict(desk.register.held)
    acting = desk.acting(caller=a_caller(COUNCIL, area=NORTH))

    def act() -> None:
        match verb:
            case "put":
                desk.team.put(CHILD, ShieldReason.RISK_OF_HARM, NOW + A_YEAR, (), acting)
            case "get":
                desk.team.get(CHILD, acting)
            case _:
                desk.team.lift(CHILD, acting)

    if is_found:
        act()
        assert [(r.answered, r.child_id) for r in desk.records] == [(Answered.ANSWERED, CHILD)]
        return
    with pytest.raises(ChildNotFound) as refused:
        act()
    (record,) = desk.records
    assert (str(refused.value), record.outcome, record.child_id) == ("", "child_not_found", None)
    assert record.answered is Answered.REFUSED
    assert desk.register.held == before


# Who may


@pytest.mark.parametrize(
    "said",
    [
        {
            "caller": a_caller(
                COUNCIL, permissions=permissions(capabilities=frozenset(Capability) - {Capability.SHIELD})
            )
        },
        {"caller": a_caller(COUNCIL, suspended=True)},
        {"caller": a_caller(COUNCIL, permissions=permissions(roles=frozenset({Role.TEACHER})))},
        {
            "caller": a_caller(COUNCIL, permissions=permissions(roles=frozenset({Role.SOCIAL_WORKER}))),
            "on_behalf_of": a_practitioner(role=Role.NURSE),
        },
    ],
    ids=["no such capability", "suspended", "no such role", "for a colleague of no such role"],
)
def test_who_may_not_is_refused_before_anything_is_read_and_recorded(said: dict[str, Any]) -> None:
    desk = ShieldDesk()
    with pytest.raises(NotPermitted):
        desk.shield(**said)
    assert desk.faults.calls == ["access_log.append"]
    assert [(r.answered, r.outcome, r.shown) for r in desk.records] == [
        (Answered.REFUSED, "not_permitted", Shown.NOTHING)
    ]


def test_a_note_that_names_the_child_is_refused_and_not_kept() -> None:
    desk = ShieldDesk()
    with pytest.raises(NotPermitted, match="case reference"):
        desk.shield(note="Okafor, see file")
    assert [(r.outcome, r.note, r.child_id) for r in desk.records] == [("not_permitted", None, None)]
    assert desk.register.held[CHILD].shield is None


def test_the_record_says_who_acted_for_whom_and_by_which_policy() -> None:
    desk = ShieldDesk()
    behalf = a_practitioner(practitioner_id="SW-2", role=Role.SOCIAL_WORKER)
    desk.shield(on_behalf_of=behalf, note="order 12/26")
    (record,) = desk.records
    assert (record.purpose, record.legal_basis, record.outcome) == (PURPOSE, LEGAL_BASIS, "shield_set")
    assert (record.organisation, record.practitioner_id, record.practitioner_role) == (
        COUNCIL,
        "NMC-12A3456E",
        Role.SOCIAL_WORKER,
    )
    assert (record.on_behalf_of_id, record.on_behalf_of_role) == ("SW-2", Role.SOCIAL_WORKER)
    assert (record.note, record.policy) == ("order 12/26", policy_of(a_caller(COUNCIL)))
    assert (record.request_id, record.child_id, record.shown) == ("request-1", CHILD, Shown.NOTHING)


# Faults


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("verb", ["put", "get", "lift"])
def test_whatever_fails_nothing_is_done_or_told_without_a_record(verb: str, *, after: bool) -> None:
    position = 0
    while True:
        desk = ShieldDesk()
        if verb == "lift":
            desk.shield()
        before = desk.register.held[CHILD].shield
        records = len(desk.records)
        desk.faults.calls.clear()
        desk.faults.position, desk.faults.after = position, after
        acting = desk.acting()
        try:
            match verb:
                case "put":
                    desk.team.put(CHILD, ShieldReason.RISK_OF_HARM, NOW + A_YEAR, (), acting)
                case "get":
                    desk.team.get(CHILD, acting)
                case _:
                    desk.team.lift(CHILD, acting)
        except (Unavailable, AccessNotRecorded):
            told = False
        else:
            told = True
        recorded = len(desk.records) - records
        if told or desk.register.held[CHILD].shield != before:
            assert recorded == 1
        if told:
            break
        position += 1
    assert position == {"put": 3, "get": 1, "lift": 2}[verb] + 1


def test_from_the_closing_date_on_nothing_is_shielded_read_or_lifted() -> None:
    desk = ShieldDesk(lifecycle=Lifecycle(closes_at=NOW))
    with pytest.raises(RegisterClosed):
        desk.shield()
    with pytest.raises(RegisterClosed):
        desk.team.get(CHILD, desk.acting())
    with pytest.raises(RegisterClosed):
        desk.team.lift(CHILD, desk.acting())
    assert desk.faults.calls == []


def test_what_was_shielded_while_the_register_closed_is_not_told() -> None:
    desk = ShieldDesk(lifecycle=Lifecycle(closes_at=NOW + timedelta(hours=1)))
    desk.clock.moves_after(2, NOW + timedelta(hours=1))
    with pytest.raises(RegisterClosed):
        desk.shield()
