"""One match row for all who say the same of a child: it says as which types of service they do, and goes with the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.involvement import ServiceType
from tests.integration.direct import Desk, details
from tests.integration.emulated import REGISTER, Stored, dump
from tests.integration.pairs import assert_whole
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, of

TRUST, COUNCIL, SCHOOL, POLICE = "X99", "E99000001", "EE999999", "RX9"
MOVED: dict[str, Any] = {**ZOE, "postcode": "EN5 2AB"}


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def rows(desk: Desk) -> list[Stored]:
    now = desk.clock().timestamp()
    return [i for i in dump(REGISTER) if i["kind"] == "match_key" and float(i.get("expires_at", "inf")) > now]


def said_as(desk: Desk, said: dict[str, Any], under: dict[str, Any] | None = None) -> set[str]:
    """As which types of service these very words are said: the same wherever they lead to the child, or under a number."""
    leads = {i["child_id"]: {*desk.register.keys.leading(i["child_id"], details(said))} for i in rows(desk)}
    places = {*desk.register.keys.numbers(details(under))} if under else {*desk.register.keys.asked(details(said))}
    found = [i for i in rows(desk) if (i["pk"], i["sk"]) in leads[i["child_id"]] and i["pk"] in places]
    (types,) = {frozenset(i["service_types"]) for i in found}
    return set(types)


def put(desk: Desk, organisation: str, child: dict[str, Any], service_type: str, reference: str = "r-1") -> None:
    desk.clock.move(seconds=1)
    desk.put(organisation, reference, child, service_type=service_type)


def test_however_many_say_the_same_there_are_no_more_rows_than_of_one(desk: Desk) -> None:
    put(desk, COUNCIL, ZOE, "social_care")
    before = {(row["pk"], row["sk"]) for row in rows(desk)}
    for organisation, service_type in ((TRUST, "health_visiting"), (SCHOOL, "education"), (POLICE, "police")):
        put(desk, organisation, ZOE, service_type)
    assert {(row["pk"], row["sk"]) for row in rows(desk)} == before
    assert said_as(desk, ZOE) == {"social_care", "health_visiting", "education", "police"}


def test_a_type_goes_with_the_last_that_says_so_and_the_rows_with_the_last_of_all(desk: Desk) -> None:
    put(desk, COUNCIL, ZOE, "social_care")
    put(desk, TRUST, ZOE, "health_visiting")
    put(desk, TRUST, ZOE, "health_visiting", "r-2")
    desk.withdraw(TRUST, "r-1")
    assert said_as(desk, ZOE) == {"social_care", "health_visiting"}
    desk.withdraw(TRUST, "r-2")
    assert said_as(desk, ZOE) == {"social_care"}
    desk.withdraw(COUNCIL, "r-1")
    assert rows(desk) == []


def test_what_was_hidden_comes_back_as_said_by_whoever_says_it_anew_alone(desk: Desk) -> None:
    put(desk, COUNCIL, ZOE, "social_care")
    desk.withdraw(COUNCIL, "r-1")
    assert [row for row in dump(REGISTER) if "service_types" in row] == []
    put(desk, POLICE, ZOE, "police")
    assert said_as(desk, ZOE) == {"police"}


def test_another_service_under_the_same_reference_takes_the_place_of_the_one_before(desk: Desk) -> None:
    put(desk, COUNCIL, ZOE, "social_care")
    put(desk, TRUST, ZOE, "health_visiting")
    put(desk, COUNCIL, ZOE, "early_help")
    assert said_as(desk, ZOE) == {"early_help", "health_visiting"}
    put(desk, TRUST, MOVED, "health_visiting")
    assert said_as(desk, ZOE) == {"early_help"}
    assert said_as(desk, MOVED) == {"health_visiting"}


def test_a_service_under_the_same_reference_becomes_what_another_is_already(desk: Desk) -> None:
    put(desk, COUNCIL, ZOE, "social_care")
    put(desk, TRUST, ZOE, "health_visiting")
    put(desk, COUNCIL, ZOE, "health_visiting")
    assert said_as(desk, ZOE) == {"health_visiting"}
    assert_whole(desk, {(COUNCIL, "r-1"): ZOE, (TRUST, "r-1"): ZOE})


def test_two_that_begin_to_say_the_same_at_once_are_both_heard_without_a_conflict(desk: Desk) -> None:
    put(desk, SCHOOL, ZOE, "education")
    desk.put_while(lambda: put(desk, COUNCIL, ZOE, "social_care"), TRUST, "r-1", ZOE, service_type="health_visiting")
    assert desk.interrupted.conflicts == 0
    assert said_as(desk, ZOE) == {"education", "social_care", "health_visiting"}


def test_two_that_say_something_new_at_once_are_both_heard(desk: Desk) -> None:
    put(desk, SCHOOL, ZOE, "education")
    desk.put_while(
        lambda: put(desk, COUNCIL, MOVED, "social_care"), TRUST, "r-1", MOVED, service_type="health_visiting"
    )
    assert said_as(desk, MOVED) == {"social_care", "health_visiting"}
    assert said_as(desk, ZOE) == {"education"}


GONE: list[tuple[str, Callable[[Desk], object]]] = [
    ("withdrawn", lambda desk: desk.withdraw(TRUST, "r-1")),
    ("as another service", lambda desk: put(desk, TRUST, ZOE, "midwifery")),
    ("other words", lambda desk: put(desk, TRUST, MOVED, "health_visiting")),
]


@pytest.mark.parametrize("goes", [pytest.param(goes, id=name) for name, goes in GONE])
@pytest.mark.parametrize("service_type", ["health_visiting", "police"])
def test_who_begins_to_say_what_another_says_no_longer_is_heard(
    desk: Desk, goes: Callable[[Desk], object], service_type: str
) -> None:
    put(desk, SCHOOL, ZOE, "education")
    put(desk, TRUST, ZOE, "health_visiting")
    desk.put_while(lambda: goes(desk), POLICE, "r-1", ZOE, service_type=service_type)
    assert service_type in said_as(desk, ZOE)
    assert "health_visiting" not in said_as(desk, ZOE) - {service_type}


@pytest.mark.parametrize("begins_as", ["health_visiting", "police"])
def test_who_stops_saying_what_another_begins_to_say_takes_nothing_from_it(desk: Desk, begins_as: str) -> None:
    put(desk, SCHOOL, ZOE, "education")
    put(desk, TRUST, ZOE, "health_visiting")
    desk.withdraw_while(lambda: put(desk, POLICE, ZOE, begins_as), TRUST, "r-1")
    assert desk.interrupted.conflicts == 1
    assert said_as(desk, ZOE) == {"education", begins_as}


def test_who_stated_a_number_while_it_was_another_childs_is_led_to_beside_whoever_claims_it(desk: Desk) -> None:
    """In one change the claimant comes to say what the other has said all the while: one row, as both services."""
    number = of(ABEL, *NUMBER)
    zoe, as_a_girl = ({**of(ZOE, *DETAILS, *more), **number} for more in ((), ("sex",)))
    put(desk, SCHOOL, ABEL, "education")
    put(desk, COUNCIL, of(ZOE, *DETAILS), "social_care")
    put(desk, TRUST, as_a_girl, "health_visiting")
    desk.withdraw(SCHOOL, "r-1")
    put(desk, COUNCIL, zoe, "social_care")
    assert said_as(desk, zoe, under=number) == {"social_care"}
    put(desk, COUNCIL, as_a_girl, "social_care")
    assert said_as(desk, as_a_girl, under=number) == {"social_care", "health_visiting"}
    assert desk.who(number) == {(COUNCIL, "r-1"), (TRUST, "r-1")}


def test_a_lookup_by_somebody_who_sees_one_of_the_services_is_told_of_no_other(desk: Desk) -> None:
    put(desk, COUNCIL, ZOE, "social_care")
    put(desk, TRUST, ZOE, "health_visiting")
    put(desk, SCHOOL, ZOE, "education")
    for sees in (ServiceType.EDUCATION, ServiceType.SOCIAL_CARE):
        viewer = desk.viewer(POLICE, sees=frozenset({sees}))
        assert len(desk.shown(ZOE, viewer)) == 1
    assert desk.shown(ZOE, desk.viewer(POLICE, sees=frozenset({ServiceType.POLICE}))) == set()


def test_all_of_it_is_whole(desk: Desk) -> None:
    put(desk, COUNCIL, ZOE, "social_care")
    put(desk, TRUST, ZOE, "health_visiting")
    put(desk, SCHOOL, MOVED, "education")
    put(desk, POLICE, MOVED, "police")
    desk.withdraw(SCHOOL, "r-1")
    put(desk, TRUST, MOVED, "health_visiting")
    assert_whole(desk, {(COUNCIL, "r-1"): ZOE, (TRUST, "r-1"): MOVED, (POLICE, "r-1"): MOVED})
