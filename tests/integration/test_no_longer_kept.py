"""What has had its time is not taken in anew: not by a call, a batch or an extract; and what was held of it goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import ACCESS_LOG, REGISTER, dump
from tests.integration.people import ABEL, DETAILS, ZOE, involvement, of

LONG_AGO = {"started": "2019-01-02", "ended": "2020-02-03", "last_contact": None}
GROWN_UP = {**ZOE, "date_of_birth": (datetime.now(UTC) - timedelta(days=19 * 366)).date().isoformat()}
OVER = [
    pytest.param(involvement(ZOE, **LONG_AGO), "/ended", id="ended"),
    pytest.param(involvement(GROWN_UP), "/child/date_of_birth", id="grown up"),
    pytest.param(involvement({**ABEL, "date_of_death": "2020-02-03"}), "/child/date_of_death", id="died"),
]
DIED = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
HEADER = "source_reference,service_type,given_name,family_name,date_of_birth,postcode,nhs_number,started,ended"
CURRENT_ROW = "hv-1,health_visiting,Zoë,Okafor-Lane,2022-03-14,N12 7QF,9990001014,2024-01-02,"
ENDED_ROW = "hv-1,health_visiting,Zoë,Okafor-Lane,2022-03-14,N12 7QF,9990001014,2019-01-02,2020-02-03"
OTHER_ROW = "sn-1,school_nursing,Abel,Ó Briain,2015-01-30,EN5 2AB,9990002010,,"


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    return deployment.enrol("X99")


def drop(client: Client, *rows: str) -> dict[str, Any]:
    left = client.deployment.drop(client.organisation, "\n".join((HEADER, *rows, "")).encode())
    assert left
    return left


def is_found(client: Client, child: dict[str, Any]) -> bool:
    return bool(client.look_up(of(child, *DETAILS)).body["outcome"] == "match")


@pytest.mark.parametrize(("body", "pointer"), OVER)
def test_a_call_is_told_where_and_how_to_mend_it_and_nothing_is_written(
    trust: Client, body: dict[str, Any], pointer: str
) -> None:
    answer = trust.put("hv-1", body)
    assert (answer.status, answer.problem) == (422, "no-longer-kept")
    (mistake,) = answer.body["errors"]
    assert (mistake["pointer"], mistake["code"]) == (pointer, "no_longer_kept")
    assert "put the date right" in mistake["detail"]
    assert body["child"]["date_of_birth"] not in str(answer.body)
    assert dump(REGISTER) == []


def test_what_was_held_goes_at_once_if_it_ended_and_comes_back_once_the_date_is_right(trust: Client) -> None:
    assert trust.put("hv-1", involvement(ZOE)).status == 201
    for _ in range(2):
        assert trust.put("hv-1", involvement(ZOE, **LONG_AGO)).body["errors"][0]["pointer"] == "/ended"
        assert trust.get("hv-1").status == 404
        assert not is_found(trust, ZOE)
    assert trust.put("hv-1", involvement(ZOE)).status == 201
    assert is_found(trust, ZOE)


def test_a_death_is_given_back_to_who_stated_it_shown_to_nobody_else_and_asked_by_nobody(
    deployment: Deployment, trust: Client
) -> None:
    council = deployment.enrol("E99000001")
    assert trust.put("hv-1", involvement({**ZOE, "date_of_death": DIED})).status == 201
    assert trust.get("hv-1").body["child"]["date_of_death"] == DIED
    assert council.put("sc-1", involvement(ZOE, service_type="social_care")).status == 201
    assert "date_of_death" not in council.get("sc-1").body["child"]
    answer = council.look_up(of(ZOE, *DETAILS))
    assert (answer.body["outcome"], len(answer.body["involvements"])) == ("match", 2)
    assert DIED not in str(answer.body)
    asked = council.look_up({**ZOE, "date_of_death": DIED})
    assert (asked.status, [mistake["pointer"] for mistake in asked.body["errors"]]) == (422, ["/child/date_of_death"])
    assert DIED not in str(dump(ACCESS_LOG))


def test_an_extract_may_state_a_death_and_withdraws_by_it_what_it_had_registered(trust: Client) -> None:
    header = f"{HEADER},date_of_death"

    def drop_of(died: str) -> dict[str, Any]:
        left = trust.deployment.drop("X99", f"{header}\n{CURRENT_ROW},{died}\n".encode())
        assert left
        return left

    assert drop_of("")["created"] == 1
    assert drop_of(DIED)["updated"] == 1
    assert trust.get("hv-1").body["child"]["date_of_death"] == DIED
    wrong = drop_of("2022-03-13")
    assert [(note["field"], note["reason"]) for note in wrong["warnings"]] == [
        ("date_of_death", "left out: a child cannot have died before it was born")
    ]
    gone = drop_of("2023-03-13")
    assert [note["field"] for note in gone["no_longer_kept_rows"]] == ["date_of_death"]
    assert trust.get("hv-1").status == 404
    assert not is_found(trust, ZOE)


def test_of_a_batch_the_others_are_registered(trust: Client) -> None:
    over = {"source_reference": "hv-1", **involvement(ZOE, **LONG_AGO)}
    answer = trust.batch([over, {"source_reference": "hv-2", **involvement(ABEL)}])
    results = answer.body["results"]
    assert [result["status"] for result in results] == [422, 201]
    assert results[0]["problem"]["type"] == "urn:signpost:problem:no-longer-kept"
    assert [is_found(trust, child) for child in (ZOE, ABEL)] == [False, True]


def test_a_preview_says_so_is_recorded_and_withdraws_nothing(trust: Client) -> None:
    trust.put("hv-1", involvement(ZOE))
    before = dump(REGISTER)
    answer = trust.preview("hv-1", involvement(ZOE, **LONG_AGO))
    assert (answer.status, answer.problem) == (422, "no-longer-kept")
    assert dump(REGISTER) == before
    assert [record["outcome"] for record in dump(ACCESS_LOG)] == ["no_longer_kept"]


def test_an_extract_that_goes_on_sending_it_is_whole_and_writes_nothing(trust: Client) -> None:
    first = drop(trust, ENDED_ROW, OTHER_ROW)
    assert (first["status"], first["created"], first["no_longer_kept"], first["rejected"]) == ("accepted", 1, 1, 0)
    assert [(row["line"], row["field"]) for row in first["no_longer_kept_rows"]] == [(2, "ended")]
    before = dump(REGISTER)
    again = drop(trust, ENDED_ROW, OTHER_ROW)
    assert (again["status"], again["unchanged"], again["no_longer_kept"]) == ("accepted", 1, 1)
    assert dump(REGISTER) == before


def test_a_row_of_what_is_held_is_withdrawn_by_the_extract_that_says_it_ended_long_ago(trust: Client) -> None:
    assert drop(trust, CURRENT_ROW)["created"] == 1
    assert is_found(trust, ZOE)
    assert drop(trust, ENDED_ROW)["no_longer_kept"] == 1
    assert not is_found(trust, ZOE)


def test_an_extract_of_nothing_else_still_tells_how_current_the_data_are(trust: Client) -> None:
    drop(trust, ENDED_ROW)
    organisations = trust.deployment.operator("organisations")["organisations"]
    assert [bool(organisation["data_current_as_of"]) for organisation in organisations] == [True]


def test_how_long_it_is_kept_is_configured(trust: Client) -> None:
    trust.deployment.restart(ENDED_INVOLVEMENT_KEPT="P50Y", GROWN_UP_AT="P25Y")
    assert trust.put("hv-1", involvement(ZOE, **LONG_AGO)).status == 201
    assert trust.put("hv-2", involvement(GROWN_UP)).status == 201
    assert drop(trust, ENDED_ROW.replace("hv-1", "hv-3"))["created"] == 1
