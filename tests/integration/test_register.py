"""The Register as its port promises it: what is found, what is hidden, and that nothing is ever deleted."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.child import ChildDetails
from shared.domain.involvement import Involvement
from shared.domain.outcomes import Outcome
from shared.persistence.reading import HIDDEN_BY
from tests.integration.direct import Desk, registration
from tests.integration.emulated import REGISTER, Stored, dump, dynamodb, kinds
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, of

TRUST, COUNCIL, SCHOOL = "X99", "E99000001", "EE999999"
MOVED: dict[str, Any] = {**ZOE, "postcode": "EN5 2AB"}
"""The same child at another address."""
UNNUMBERED = of(ZOE, *DETAILS, "sex")


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def expire(item: Stored, at: float) -> None:
    dynamodb().update_item(
        TableName=REGISTER,
        Key={"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}},
        UpdateExpression="SET expires_at = :at",
        ExpressionAttributeValues={":at": {"N": str(int(at))}},
    )


def leads_somewhere(desk: Desk, postcode: str) -> bool:
    """Whether anybody can be found by this postcode."""
    return bool(desk.register.candidates(ChildDetails(postcode=postcode), desk.clock()))


def live(items: list[Stored]) -> list[Stored]:
    return [item for item in items if "expires_at" not in item]


@pytest.mark.parametrize(
    ("child", "service"),
    [
        (ZOE, {}),
        (UNNUMBERED, {"practitioner": None, "duty_phone": None, "duty_email": None, "team": None}),
        ({**ZOE, "date_of_death": "2026-02-03"}, {}),
        ({"family_name": "Lane", "expected_date": "2027-01-15", "sex": "not_known"}, {"service_type": "midwifery"}),
        (
            {"local_authority_child_id": {"authority": "E99000001", "id": "c/12"}},
            {
                "ended": "2026-02-03",
                "assessment_held": True,
                "source_system": "Mosaic",
                "lead_professional": False,
            },
        ),
    ],
    ids=["everything", "no number", "died", "unborn", "number only"],
)
def test_what_was_registered_is_read_back_as_it_was_said(
    desk: Desk, child: dict[str, Any], service: dict[str, Any]
) -> None:
    registered = desk.put(TRUST, "r-1", child, **service).involvement

    said = registration("r-1", child, **service)
    assert desk.own(TRUST, "r-1") == registered
    assert (registered.child, registered.service) == (said.child, said.service)
    assert (registered.version, registered.recorded_at, registered.refreshed_at) == (1, desk.clock(), desk.clock())


def test_another_organisation_does_not_reach_a_reference_that_is_not_its_own(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    assert desk.own(COUNCIL, "r-1") is None
    desk.put(COUNCIL, "r-1", ABEL)
    assert desk.who(ZOE) == {(TRUST, "r-1")}
    assert desk.who(ABEL) == {(COUNCIL, "r-1")}


def test_the_same_registration_again_changes_nothing_at_all(desk: Desk) -> None:
    first = desk.put(TRUST, "r-1", ZOE)
    before = dump(REGISTER)
    desk.clock.move(days=1)
    again = desk.put(TRUST, "r-1", ZOE)

    assert dump(REGISTER) == before
    assert again.involvement == first.involvement
    assert (again.created, again.changed) == (False, False)


@pytest.mark.parametrize("kind", ["involvement", "pointer", "claim", "match_key"])
def test_what_has_expired_is_gone_at_every_read_though_it_is_still_there(desk: Desk, kind: str) -> None:
    desk.put(TRUST, "r-1", ZOE)
    for item in dump(REGISTER):
        if item["kind"] == kind:
            expire(item, desk.clock.now.timestamp())

    by_number, by_details = desk.find(of(ZOE, *NUMBER)), desk.find(UNNUMBERED)
    own = desk.own(TRUST, "r-1")
    if kind in ("involvement", "pointer"):
        assert own is None
    if kind == "involvement":
        assert desk.who(of(ZOE, *NUMBER)) == set()
    if kind == "claim":
        survey = desk.register.survey(COUNCIL, registration("c-1", ZOE), desk.clock())
        assert not any(candidate.by_identifier for candidate in survey.candidates)
        assert by_details.outcome is Outcome.MATCH
    if kind == "match_key":
        assert by_number.outcome is Outcome.NO_MATCH
        assert desk.find(of(ZOE, "given_name", "date_of_birth", "postcode")).outcome is Outcome.NO_MATCH
    assert kinds().count(kind) == sum(item.get("expires_at") is not None for item in dump(REGISTER))


def test_what_expires_later_is_there_until_then(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    for item in dump(REGISTER):
        expire(item, desk.clock.now.timestamp() + 60)
    desk.clock.move(seconds=59)
    assert desk.who(ZOE) == {(TRUST, "r-1")}
    desk.clock.move(seconds=1)
    assert desk.who(ZOE) is None
    assert desk.own(TRUST, "r-1") is None


def test_withdrawing_the_last_involvement_hides_the_child_at_once_and_deletes_nothing(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    before = dump(REGISTER)
    desk.clock.move(hours=1)
    desk.withdraw(TRUST, "r-1")

    assert desk.who(of(ZOE, *NUMBER)) is None
    assert desk.find(ZOE).outcome is Outcome.NO_MATCH
    assert desk.own(TRUST, "r-1") is None
    after = dump(REGISTER)
    assert [(i["pk"], i["sk"]) for i in after] == [(i["pk"], i["sk"]) for i in before]
    assert {item.get("expires_at") for item in after} == {str(int((desk.clock.now - HIDDEN_BY).timestamp()))}


def test_withdrawing_one_of_two_involvements_leaves_the_child_findable_by_every_detail(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    desk.put(COUNCIL, "c-1", ZOE)
    before = live(dump(REGISTER))
    desk.withdraw(TRUST, "r-1")

    questions = [
        of(ZOE, *NUMBER),
        of(ZOE, "upn"),
        UNNUMBERED,
        ZOE,
    ]
    assert [desk.who(asked) for asked in questions] == [{(COUNCIL, "c-1")}] * 4
    hidden = [item for item in before if item["kind"] in ("involvement", "pointer") and item not in dump(REGISTER)]
    assert len(hidden) == 2
    assert len(live(dump(REGISTER))) == len(before) - 2


def test_a_withdrawn_involvement_takes_along_only_what_nobody_else_said(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    desk.put(COUNCIL, "c-1", of(ZOE, *DETAILS, *NUMBER))
    desk.withdraw(TRUST, "r-1")
    assert desk.who(of(ZOE, "upn")) is None
    assert desk.who(of(ZOE, *NUMBER)) == {(COUNCIL, "c-1")}
    assert desk.who(UNNUMBERED) == {(COUNCIL, "c-1")}


def test_a_child_that_moved_is_not_found_at_the_old_postcode(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    desk.put(TRUST, "r-1", MOVED)
    assert desk.who(of(MOVED, *DETAILS)) == {(TRUST, "r-1")}
    assert not leads_somewhere(desk, ZOE["postcode"])
    assert desk.who(of(ZOE, *NUMBER)) == {(TRUST, "r-1")}


def test_a_child_that_moved_is_found_at_the_old_postcode_while_another_organisation_still_states_it(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put(TRUST, "r-1", MOVED)
    everyone = {(TRUST, "r-1"), (COUNCIL, "c-1")}
    assert desk.who(UNNUMBERED) == everyone
    assert desk.who(of(MOVED, *DETAILS)) == everyone

    desk.withdraw(COUNCIL, "c-1")
    assert not leads_somewhere(desk, ZOE["postcode"])
    assert leads_somewhere(desk, MOVED["postcode"])
    assert desk.who(of(MOVED, *DETAILS)) == {(TRUST, "r-1")}


def test_a_number_that_another_child_has_is_not_taken_from_it(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    desk.put(COUNCIL, "c-1", ABEL)
    desk.put(COUNCIL, "c-1", {**ABEL, **of(ZOE, "upn")})
    assert desk.who(of(ZOE, "upn")) == {(TRUST, "r-1")}
    assert desk.who(of(ZOE, *NUMBER)) == {(TRUST, "r-1")}
    assert desk.who(of(ABEL, *NUMBER)) == {(COUNCIL, "c-1")}


def test_a_reference_that_moves_to_another_child_leaves_the_first_ones_other_involvements(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put(TRUST, "r-1", ABEL)
    assert desk.who(of(ZOE, *NUMBER)) == {(COUNCIL, "c-1")}
    assert desk.who(UNNUMBERED) == {(COUNCIL, "c-1")}
    assert desk.who(of(ABEL, *NUMBER)) == {(TRUST, "r-1")}
    own = desk.own(TRUST, "r-1")
    assert own is not None
    assert own.version == 2


def test_a_reference_that_moves_to_another_child_takes_over_what_only_it_had_claimed(desk: Desk) -> None:
    """A school had put one child's name to another's pupil number: corrected, the number leads to the right one."""
    desk.put(SCHOOL, "s-1", of(ZOE, *DETAILS, "upn"))
    desk.put(COUNCIL, "c-1", ZOE)
    desk.put(SCHOOL, "s-2", {**ZOE, "upn": "B123456789012"})
    desk.put(SCHOOL, "s-2", {**of(ABEL, *DETAILS, "sex"), "upn": "B123456789012"})
    assert desk.who({"upn": "B123456789012"}) == {(SCHOOL, "s-2")}
    assert desk.who(of(ABEL, *DETAILS)) == {(SCHOOL, "s-2")}
    assert desk.who(of(ZOE, *NUMBER)) == desk.who(of(ZOE, "upn")) == {(SCHOOL, "s-1"), (COUNCIL, "c-1")}


def test_a_reference_that_moves_to_a_child_the_register_knows_joins_it_with_its_number(desk: Desk) -> None:
    """What the reference said of another child before is no evidence against the child that it names now."""
    desk.put(TRUST, "r-1", ABEL)
    desk.put(SCHOOL, "s-1", of(ZOE, *DETAILS, "upn"))
    desk.put(SCHOOL, "s-1", {**of(ABEL, *DETAILS), "upn": ZOE["upn"]})
    both = {(TRUST, "r-1"), (SCHOOL, "s-1")}
    assert desk.who(of(ABEL, *DETAILS)) == desk.who(of(ABEL, *NUMBER)) == desk.who(of(ZOE, "upn")) == both


def test_a_reference_used_again_for_a_twin_elsewhere_leaves_the_first_twin(desk: Desk) -> None:
    ada = {**of(ABEL, "family_name", "date_of_birth", "postcode"), "given_name": "Ada", "nhs_number": "9990000018"}
    desk.put(TRUST, "r-1", ABEL)
    desk.put(COUNCIL, "c-1", ABEL)
    desk.put(TRUST, "r-1", {**ada, "postcode": "N12 7QF"})
    assert desk.who(of(ABEL, *NUMBER)) == {(COUNCIL, "c-1")}
    assert desk.who(of(ada, *NUMBER)) == {(TRUST, "r-1")}


def test_a_reference_whose_number_was_mistyped_stays_with_its_child(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ABEL)
    before = desk.own(TRUST, "r-1")
    after = desk.put(TRUST, "r-1", {**ABEL, "nhs_number": "9990000018", "postcode": "N12 7QF"}).involvement
    assert before
    assert after.child_id == before.child_id
    assert desk.who({"nhs_number": "9990000018"}) == {(TRUST, "r-1")}
    assert desk.who(of(ABEL, *NUMBER)) is None


def test_versions_rise_and_the_first_recording_is_kept_until_withdrawal(desk: Desk) -> None:
    def stamps() -> tuple[int, float, float]:
        own = desk.own(TRUST, "r-1")
        assert isinstance(own, Involvement)
        return own.version, own.recorded_at.timestamp() - start, own.refreshed_at.timestamp() - start

    start = desk.clock().timestamp()
    desk.put(TRUST, "r-1", ZOE)
    seen = [stamps()]
    desk.clock.move(seconds=10)
    desk.put(TRUST, "r-1", ZOE, team="Hazel Team")
    seen.append(stamps())
    desk.clock.move(seconds=10)
    desk.put(TRUST, "r-1", MOVED, team="Hazel Team")
    seen.append(stamps())
    desk.clock.move(seconds=10)
    desk.withdraw(TRUST, "r-1")
    desk.clock.move(seconds=10)
    registered = desk.put(TRUST, "r-1", ZOE)
    seen.append(stamps())

    assert seen == [(1, 0, 0), (2, 0, 10), (3, 0, 20), (4, 40, 40)]
    assert registered.created


def test_a_withdrawn_child_that_is_registered_again_is_found_by_every_detail_again(desk: Desk) -> None:
    desk.put(TRUST, "r-1", ZOE)
    desk.withdraw(TRUST, "r-1")
    desk.clock.move(seconds=1)
    desk.put(COUNCIL, "c-1", ZOE)
    assert [desk.who(asked) for asked in (of(ZOE, *NUMBER), of(ZOE, "upn"), UNNUMBERED)] == [{(COUNCIL, "c-1")}] * 3
