"""The review list: what puts a pair on it, how it is read, and what that costs a registration."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.child import ChildDetails, FormerName
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.review import MOST_CASES_OF_A_REGISTRATION, Cause, CloseCall, Decided, Decision
from shared.persistence.cases import pairs_of_new_child, raise_cases
from shared.persistence.change import MOST_OF_A_TRANSACTION, Change
from shared.persistence.keys import CASE_SHARDS
from shared.persistence.models import RegisterItem
from tests.integration.calls import Calls
from tests.integration.direct import Desk, registration
from tests.integration.emulated import REGISTER, dump
from tests.integration.pairs import BEN, COUNCIL, TRUST, a_pair, assert_whole
from tests.integration.people import ZOE


@pytest.fixture
def desk(aws: None) -> Desk:
    _ = aws
    return Desk()


def raised(desk: Desk, count: int) -> list[str]:
    """The ids of cases, one a second."""
    ids = []
    for number in range(count):
        change = Change(desk.clock.move(seconds=1))
        pairs = pairs_of_new_child(f"newer-{number}", [CloseCall("older", Cause.ALIKE, 0.9)])
        raise_cases(change, desk.register.keys, pairs)
        change.commit()
        ids.append(desk.register.keys.case_id("older", f"newer-{number}"))
    return ids


def pages(desk: Desk, limit: int) -> list[list[str]]:
    """The ids of all open cases, page by page."""
    found, after = list[list[str]](), None
    while True:
        page = desk.reviews.open_cases(after, limit, desk.clock(), organisation="REV")
        found.append([case.case_id for case in page.cases])
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize(
    ("limit", "sizes"), [(100, [40]), (40, [40]), (39, [39, 1]), (7, [7] * 5 + [5]), (1, [1] * 40)]
)
def test_the_list_is_read_page_by_page_the_oldest_first_and_each_case_once(
    desk: Desk, limit: int, sizes: list[int]
) -> None:
    ids = raised(desk, 40)
    found = pages(desk, limit)
    assert [len(page) for page in found] == sizes
    assert [case_id for page in found for case_id in page] == ids
    assert len({item["pk"] for item in dump(REGISTER) if item["kind"] == "open_case"}) > CASE_SHARDS / 2


def test_an_empty_list_is_one_empty_page(desk: Desk) -> None:
    assert pages(desk, 10) == [[]]


def test_a_decided_case_leaves_the_list_and_is_still_there(desk: Desk) -> None:
    case = a_pair(desk)
    others = raised(desk, 3)
    desk.decide(case, Decision.DIFFERENT)
    assert pages(desk, 10) == [others]
    kept = desk.reviews.case(case.case_id)
    assert kept
    assert (kept.newer, kept.older, kept.raised_at) == (case.newer, case.older, case.raised_at)


def test_a_case_is_the_same_whichever_child_is_named_first_and_tells_neither(desk: Desk) -> None:
    keys = desk.register.keys
    assert keys.case_id("a", "b") == keys.case_id("b", "a") != keys.case_id("a", "c")
    assert "a-child" not in keys.case_id("a-child", "b-child")


def test_a_new_child_that_is_much_like_another_is_put_on_the_list_in_its_own_transaction(desk: Desk) -> None:
    """Sought with a number of its own, complete details alone do not settle that it is the same child."""
    first = desk.put(COUNCIL, "c-1", ZOE).involvement.child_id
    calls = Calls().of_tables()
    second = desk.put(TRUST, "r-1", {**ZOE, "nhs_number": "9990002010", "upn": None}).involvement.child_id
    assert first != second
    assert calls.count()["TransactWriteItems"] == 1
    (case,) = desk.cases()
    assert (case.newer, case.older, case.cause) == (second, first, Cause.ALIKE)
    assert case.sureness is not None
    assert 0.85 <= case.sureness <= 1


def test_a_registration_without_doubt_reads_and_writes_nothing_for_the_list(desk: Desk) -> None:
    desk.put(COUNCIL, "c-1", ZOE)
    calls = Calls().of_tables()
    desk.put(TRUST, "r-1", ZOE)
    assert calls.count()["BatchGetItem"] == calls.count()["TransactWriteItems"] == 1
    assert {item["kind"] for item in dump(REGISTER)} == {"child", "involvement", "pointer", "claim", "match_key"}


# Former names


RENAMED: dict[str, Any] = {
    **BEN,
    "former_names": [{"family_name": "Copeland"}, {"given_name": "Ferdinand", "family_name": "Sutton"}],
}


def test_former_names_are_kept_as_they_were_said_and_lead_to_the_child(desk: Desk) -> None:
    desk.put(TRUST, "r-1", RENAMED)
    own = desk.own(TRUST, "r-1")
    assert own
    assert own.child.former_names == (FormerName(family_name="Copeland"), FormerName("Ferdinand", "Sutton"))
    assert_whole(desk, {(TRUST, "r-1"): RENAMED})
    born = {name: BEN[name] for name in ("date_of_birth", "postcode")}
    for given, family in (("Benedict", "Okafor-Lane"), ("Benedict", "Copeland"), ("Ferdinand", "Sutton")):
        assert desk.who({**born, "given_name": given, "family_name": family}) == {(TRUST, "r-1")}
    desk.put(TRUST, "r-1", BEN)
    assert_whole(desk, {(TRUST, "r-1"): BEN})


# The largest transaction there can be


OTHERS = [
    {"given_name": given, "family_name": "Nkemelu", "date_of_birth": f"2017-0{n + 1}-11"}
    for n, given in enumerate(("Ada", "Bo", "Cai", "Dee", "Eva", "Flo", "Gus", "Hal"))
]


def wordy(number: int) -> ChildDetails:
    """As many keys, names and numbers as one statement can have, none of them another statement's."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    one, other = letters[number], letters[number + 5]
    return ChildDetails(
        given_name=f"{one}rabella {one}osephine",
        family_name=f"{one}ighbury-{other}arshall",
        date_of_birth=registration("r", BEN).child.date_of_birth,
        postcode=f"N{number + 1} 1AA",
        identifiers=(
            Identifier(IdentifierKind.NHS_NUMBER, f"999000{number:04}"),
            Identifier(IdentifierKind.UPN, f"{one.upper()}12345678901{number}"),
            Identifier(IdentifierKind.LOCAL_AUTHORITY_CHILD_ID, f"{number}", COUNCIL),
        ),
        former_names=(
            FormerName(f"{one}illiam {other}obert", f"{one}opeland-{other}utton"),
            FormerName(f"{other}erdinand {one}dward", f"{other}ennington-{one}orris"),
        ),
    )


def write(desk: Desk, child: ChildDetails, child_id: str, *calls: CloseCall, is_new: bool = False) -> None:
    """Ben's involvement with the trust now says this, and lies with this child, whatever matching would say."""
    said = replace(registration("ben-1", BEN), child=child)
    survey = desk.register.survey(TRUST, said, desk.clock.move(seconds=1))
    own = desk.own(TRUST, "ben-1")
    assert own
    changed = replace(own, child=child, child_id=child_id, version=own.version + 1)
    desk.register.write(survey, changed, "content", child_is_new=is_new, close_calls=calls)


def test_the_largest_registration_fits_into_one_transaction(desk: Desk) -> None:
    """Everything that was said is replaced, it leaves a child that is just being joined, and five are much alike."""
    case = a_pair(desk)
    calls = [
        CloseCall(desk.put(COUNCIL, f"other-{n}", other).involvement.child_id, Cause.ALIKE, 0.9)
        for n, other in enumerate(OTHERS)
    ]
    write(desk, wordy(0), case.newer)
    desk.reviews.begin_join(case, Decided(Decision.SAME, desk.clock(), "records-7", "REV"))
    sizes: list[int] = []

    def count(model: Any, params: dict[str, Any], **_event: Any) -> None:
        assert model.name == "TransactWriteItems"
        sizes.append(len(json.loads(params["body"])["TransactItems"]))

    client = RegisterItem._get_connection().connection.client  # noqa: SLF001  # PynamoDB keeps it nowhere else
    client.meta.events.register("before-call.dynamodb.TransactWriteItems", count)
    write(desk, wordy(1), "a-new-child", *calls, is_new=True)
    assert len(calls) > MOST_CASES_OF_A_REGISTRATION
    assert 95 < sizes[0] <= MOST_OF_A_TRANSACTION
    own = desk.own(TRUST, "ben-1")
    assert own
    assert (own.child, own.child_id) == (wordy(1), "a-new-child")
