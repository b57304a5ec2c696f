"""Two changes at once, one step at a time: what was surveyed has changed before it is written.

one organisation      survey ............ write: Conflict, nothing changed; survey, write: right
another                        its change
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from shared.domain.errors import Contended, InvolvementNotFound
from shared.persistence import partitions, reading
from shared.persistence.models import ChildItem, RegisterItem
from tests.integration.direct import Desk
from tests.integration.emulated import REGISTER, dump
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, of

TRUST, COUNCIL, SCHOOL = "X99", "E99000001", "EE999999"
MOVED: dict[str, Any] = {**ZOE, "postcode": "EN5 2AB"}
EVERY_WAY = (of(ZOE, *NUMBER), of(ZOE, "upn"), of(ZOE, *DETAILS), ZOE)


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def children() -> int:
    return sum(item["kind"] == "child" and "expires_at" not in item for item in dump(REGISTER))


def found_in_every_way(desk: Desk) -> set[tuple[str, str]] | None:
    answers = [desk.who(asked) for asked in EVERY_WAY]
    assert all(answer == answers[0] for answer in answers), answers
    return answers[0]


def test_two_first_uses_of_a_reference_are_one_involvement_said_twice(desk: Desk) -> None:
    last = desk.put_while(lambda: desk.put(TRUST, "r-1", ZOE), TRUST, "r-1", ZOE, team="Hazel Team")
    assert desk.interrupted.conflicts == 1
    assert (last.created, last.involvement.version) == (False, 2)
    assert desk.own(TRUST, "r-1") == last.involvement
    assert found_in_every_way(desk) == {(TRUST, "r-1")}


def test_two_replacements_of_an_involvement_come_one_after_the_other(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    last = desk.put_while(lambda: desk.put(TRUST, "r-1", ZOE, team="Oak"), TRUST, "r-1", ZOE, team="Hazel")
    assert desk.interrupted.conflicts == 1
    assert last.involvement.version == 3
    assert desk.own(TRUST, "r-1") == last.involvement


@pytest.mark.parametrize("stated", EVERY_WAY[:1] + EVERY_WAY[2:], ids=["number", "details", "both"])
def test_two_first_registrations_of_a_child_make_one_child(desk: Desk, stated: dict[str, Any]) -> None:
    desk.put_while(lambda: desk.put(COUNCIL, "c-1", stated), TRUST, "r-1", stated)
    assert desk.interrupted.conflicts == 1
    assert children() == 1
    assert desk.who(stated) == {(TRUST, "r-1"), (COUNCIL, "c-1")}


def test_a_child_withdrawn_while_another_organisation_joins_it_stays_findable(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put_while(lambda: desk.withdraw(COUNCIL, "c-1"), TRUST, "r-1", ZOE)
    assert desk.interrupted.conflicts == 1
    assert found_in_every_way(desk) == {(TRUST, "r-1")}


def test_a_last_withdrawal_while_another_organisation_joins_does_not_hide_the_child(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    desk.withdraw_while(lambda: desk.put(TRUST, "r-1", ZOE), COUNCIL, "c-1")
    assert desk.interrupted.conflicts == 1
    assert found_in_every_way(desk) == {(TRUST, "r-1")}


def test_a_statement_withdrawn_while_another_organisation_repeats_it_stays_findable(desk: Desk) -> None:
    """The child lives on by a third organisation, so only the match row that is relied upon tells."""
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put(SCHOOL, "s-1", of(ZOE, *NUMBER))
    desk.put_while(lambda: desk.withdraw(COUNCIL, "c-1"), TRUST, "r-1", of(ZOE, *DETAILS, "sex", *NUMBER))
    assert desk.interrupted.conflicts == 1
    assert desk.who(of(ZOE, *DETAILS)) == {(TRUST, "r-1"), (SCHOOL, "s-1")}


def test_a_statement_that_changes_while_another_organisation_repeats_it_stays_findable(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put_while(lambda: desk.put(COUNCIL, "c-1", MOVED), TRUST, "r-1", ZOE)
    assert desk.interrupted.conflicts == 1
    assert found_in_every_way(desk) == {(TRUST, "r-1"), (COUNCIL, "c-1")}
    assert desk.who(of(MOVED, *DETAILS)) == {(TRUST, "r-1"), (COUNCIL, "c-1")}


def test_a_statement_repeated_by_another_organisation_while_it_changes_stays_findable(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put_while(lambda: desk.put(TRUST, "r-1", ZOE), COUNCIL, "c-1", MOVED)
    assert desk.interrupted.conflicts == 1
    assert found_in_every_way(desk) == {(TRUST, "r-1"), (COUNCIL, "c-1")}


@pytest.mark.parametrize(
    "meanwhile",
    [lambda desk: desk.withdraw(TRUST, "r-1"), lambda desk: desk.put(TRUST, "r-1", ABEL)],
    ids=["withdrawn", "moved to another child"],
)
def test_an_involvement_that_goes_while_it_is_replaced_ends_as_the_later_one_said(
    desk: Desk, meanwhile: Callable[[Desk], object]
) -> None:
    desk.put(TRUST, "r-1", ZOE)
    last = desk.put_while(lambda: meanwhile(desk), TRUST, "r-1", MOVED)
    assert desk.interrupted.conflicts == 1
    assert desk.own(TRUST, "r-1") == last.involvement
    assert desk.who(of(MOVED, *NUMBER)) == {(TRUST, "r-1")}
    assert desk.who(of(ABEL, *NUMBER)) is None


def test_a_withdrawal_of_what_changes_meanwhile_withdraws_the_change_too(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    desk.withdraw_while(lambda: desk.put(TRUST, "r-1", MOVED), TRUST, "r-1")
    assert desk.interrupted.conflicts == 1
    assert desk.own(TRUST, "r-1") is None
    assert [desk.who(asked) for asked in (*EVERY_WAY, of(MOVED, *DETAILS))] == [None] * 5


def test_of_two_withdrawals_at_once_the_second_finds_nothing(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    with pytest.raises(InvolvementNotFound):
        desk.withdraw_while(lambda: desk.withdraw(TRUST, "r-1"), TRUST, "r-1")
    assert desk.interrupted.conflicts == 1


def test_a_claim_that_another_child_makes_meanwhile_is_not_overwritten(desk: Desk) -> None:
    """Two children are given one pupil number at once: it leads to one of them only."""
    desk.put_while(lambda: desk.put(COUNCIL, "c-1", {**ABEL, **of(ZOE, "upn")}), TRUST, "r-1", ZOE)
    assert desk.interrupted.conflicts == 1
    assert desk.who(of(ZOE, "upn")) == {(COUNCIL, "c-1")}


class HalfSeen:
    """A query that meets a registration's transaction: it sees the child as it will be, and not yet the involvement."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, unseen: str, act: Callable[[], object]) -> None:
        self.times = 0
        query = reading.partition

        def half(key: str) -> list[RegisterItem]:
            self.times += 1
            if self.times > 1:
                return query(key)
            act()
            return [item for item in query(key) if getattr(item, "source_reference", None) != unseen]

        monkeypatch.setattr(partitions, "partition", half)


GOES: list[tuple[str, Callable[[Desk], object]]] = [
    ("withdrawn", lambda desk: desk.withdraw(COUNCIL, "c-1")),
    ("other words", lambda desk: desk.put(COUNCIL, "c-1", MOVED)),
]


@pytest.mark.parametrize("service_type", ["social_care", "police"])
@pytest.mark.parametrize("goes", [pytest.param(goes, id=name) for name, goes in GOES])
def test_who_leaves_while_another_is_half_written_takes_nothing_from_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, goes: Callable[[Desk], object], service_type: str
) -> None:
    desk.put(COUNCIL, "c-1", ZOE, service_type="social_care")
    seen = HalfSeen(monkeypatch, "t-1", lambda: desk.put(TRUST, "t-1", ZOE, service_type=service_type))
    goes(desk)
    assert seen.times > 1
    assert desk.who(of(ZOE, *DETAILS)) == {(TRUST, "t-1")} | ({(COUNCIL, "c-1")} if desk.own(COUNCIL, "c-1") else set())
    assert {"expires_at" in item for item in dump(REGISTER) if item["kind"] == "child"} == {False}


def test_a_child_that_goes_on_changing_while_it_is_read_is_tried_again_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    before, counted = dump(REGISTER), partitions.children
    changing = {"n": 0}

    def always_newer(child_ids: Iterable[str]) -> dict[str, ChildItem]:
        found = counted(child_ids)
        for item in found.values():
            changing["n"] += 1
            item.version += changing["n"]
        return found

    monkeypatch.setattr(partitions, "children", always_newer)
    with pytest.raises(Contended):
        desk.withdraw(COUNCIL, "c-1")
    assert dump(REGISTER) == before
