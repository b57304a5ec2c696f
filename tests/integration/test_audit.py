"""Auditors read the log through the real function, over the real persistence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.api.operations import PRACTITIONER_HEADER
from shared.domain.access import AccessRecord, Answered
from shared.domain.alerts import Alert, AlertKind
from shared.persistence.access_log import DynamoAccessLog
from shared.persistence.access_reading import DynamoAccessReading
from shared.persistence.alerts import DynamoAlerts
from shared.persistence.models import bind
from tests.integration.calls import Calls, Fault
from tests.integration.deployed import EVERYTHING, READER, Answer, Client, Deployment
from tests.integration.emulated import ACCESS_LOG, dump
from tests.integration.people import ABEL, ZOE, involvement
from tests.support.sealing import KEPT, NINE, a_record

COUNCIL, TRUST = "E09000003", "X99"
AUDITS: dict[str, Any] = {"capabilities": ["audit", "lookup"], "area": ["N", "EN"]}


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    return deployment.enrol(TRUST)


@pytest.fixture
def council(deployment: Deployment) -> Client:
    return deployment.enrol(COUNCIL, **AUDITS)


def looked_up(trust: Client, child: dict[str, Any]) -> str:
    """Registers a child and looks it up. Its id."""
    assert trust.put(f"hv-{child['nhs_number']}", involvement(child)).status == 201
    child_id: str = trust.look_up(child).body["child"]["child_id"]
    return child_id


def test_an_authority_reads_who_has_looked_at_a_child_of_its_area(trust: Client, council: Client) -> None:
    child_id = looked_up(trust, ZOE)
    looked_up(trust, ABEL)
    answer = council.accesses(child_id)
    assert (answer.status, answer.body["child_id"], "next" in answer.body) == (200, child_id, False)
    (access,) = (a for a in answer.body["accesses"] if a["purpose"] != "audit")  # this look may be there, or not yet
    record = next(r for r in dump(ACCESS_LOG) if r.get("child_id") == child_id and r["organisation"] == TRUST)
    assert access == {
        name: record[name]
        for name in (
            "access_id client_id organisation practitioner_id practitioner_role purpose legal_basis answered outcome "
            "shown policy request_id"
        ).split()
    } | {"at": record["at"].replace("+00:00", "Z")}


def test_the_look_is_in_the_log_that_is_looked_at(trust: Client, council: Client) -> None:
    child_id = looked_up(trust, ZOE)
    council.accesses(child_id)
    purposes = [access["purpose"] for access in council.accesses(child_id).body["accesses"]]
    assert purposes[-2:] == ["audit", "emergency_care"]


def test_pages_lead_through_all_of_it_whatever_their_size(trust: Client, council: Client) -> None:
    child_id = looked_up(trust, ZOE)
    for _ in range(6):
        trust.look_up(ZOE)
    before = {record["access_id"] for record in dump(ACCESS_LOG)}
    for size in (1, 2, 3, 7):
        read, after = list[str](), dict[str, str]()
        while True:
            page = council.accesses(child_id, limit=str(size), **after).body
            assert len(page["accesses"]) <= size
            read += [access["access_id"] for access in page["accesses"]]
            if "next" not in page:
                break
            after = {"after": page["next"]}
        assert len(set(read)) == len(read)
        assert before <= set(read)


@pytest.mark.parametrize(
    ("area", "child_id"), [(["SE"], ""), ([], ""), (["N"], "no-such-child"), (["N"], "no child at all!")]
)
def test_other_authorities_find_no_such_child(
    deployment: Deployment, trust: Client, area: list[str], child_id: str
) -> None:
    council = deployment.enrol(COUNCIL, **(AUDITS | {"area": area}))
    looked_up(trust, ZOE)
    answer = council.accesses(child_id or looked_up(trust, ABEL))
    assert (answer.status, answer.problem) == (404, "no-such-child")
    assert answer.body["detail"]
    (record,) = [r for r in dump(ACCESS_LOG) if r["organisation"] == COUNCIL]
    assert (record["answered"], record["shown"], "child_id" in record) == ("refused", "nothing", False)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"after": "!"}, {"sort": "up"}])
def test_a_page_that_cannot_be_read_is_refused_and_recorded(
    trust: Client, council: Client, query: dict[str, str]
) -> None:
    child_id = looked_up(trust, ZOE)
    for answer in (council.accesses(child_id, **query), council.alerts(**query)):
        assert (answer.status, answer.problem) == (422, "invalid")
    assert [r["outcome"] for r in dump(ACCESS_LOG) if r["organisation"] == COUNCIL] == ["invalid", "invalid"]


def test_nobody_else_reads_the_log(trust: Client) -> None:
    child_id = looked_up(trust, ZOE)
    for answer in (trust.accesses(child_id), trust.alerts()):
        assert (answer.status, answer.problem) == (403, "not-permitted")
    assert "audit" not in EVERYTHING["capabilities"]


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
def test_whatever_fails_nothing_is_told_that_is_not_on_record(trust: Client, council: Client, fault: Fault) -> None:
    child_id = looked_up(trust, ZOE)
    council.accesses(child_id)
    told, calls = 1, Calls().of_tables()
    asks: tuple[Callable[[], Answer], ...] = (lambda: council.accesses(child_id), council.alerts)
    for ask in asks:
        for which in range(1, 20):
            calls.fail(which, fault)
            answer = ask()
            told += answer.status == 200
            assert (answer.status == 200) == ("accesses" in answer.body or "alerts" in answer.body)
            if not calls.mend():
                assert which > 2
                break
            assert answer.status in (200, 503)
    recorded = [r for r in dump(ACCESS_LOG) if r["organisation"] == COUNCIL and r["answered"] == "answered"]
    assert 0 < told <= len(recorded)


def test_who_has_looked_under_the_id_of_a_child_that_became_part_of_it_is_told_too(
    trust: Client, council: Client
) -> None:
    older, newer = looked_up(trust, ZOE), looked_up(trust, {**ABEL, "upn": "B123456789012"})
    assert trust.put(f"hv-{ABEL['nhs_number']}", involvement({**ABEL, "nhs_number": ZOE["nhs_number"]})).status == 200
    (case,) = trust.reviews().body["cases"]
    assert trust.decide(case["case_id"], "same").body["state"] == "same"
    for asked in (newer, older):
        answer = council.accesses(asked).body
        assert answer["child_id"] == older
        purposes = sorted(a["purpose"] for a in answer["accesses"] if a["organisation"] == TRUST)
        assert purposes == ["emergency_care"] * 2 + ["record_review"] * 2


# What lies beneath


def test_a_record_reads_as_it_was_written(aws: None) -> None:
    _ = aws
    bind(access_log=ACCESS_LOG)
    said: dict[str, Any] = {field.name: field.name for field in fields(AccessRecord)}
    known = {"at": NINE, "answered": Answered.REFUSED, "access_id": "f" * 32, "own_surname": True}
    full = AccessRecord(**(said | known))
    log, reading = DynamoAccessLog(KEPT), DynamoAccessReading()
    for record in (full, a_record(1, NINE + timedelta(seconds=1))):
        log.append(record)
        assert reading.of_child([record.child_id or ""], None, 9).records == [record]
    assert list(reading.of_hour(NINE)) == [full, a_record(1, NINE + timedelta(seconds=1))]


def an_alert(number: int, organisation: str = COUNCIL, **said: Any) -> Alert:
    return Alert(
        alert_id=f"{number:032x}",
        at=datetime(2026, 11, 20, 9, number, tzinfo=UTC),
        organisation=organisation,
        kind=AlertKind.UNUSUAL_USE,
        by_organisation=TRUST,
        by_practitioner="NMC-7",
        **said,
    )


def test_auditors_see_their_own_alerts_the_latest_first_in_pages(council: Client) -> None:
    bind(access_log=ACCESS_LOG)
    alerts = DynamoAlerts(KEPT)
    for number in range(5):
        alerts.put(an_alert(number, signs=("own_surname", "many_areas"), score=0.875))
    alerts.put(an_alert(9, TRUST))
    first = council.alerts(limit="3").body
    rest = council.alerts(limit="3", after=first["next"]).body
    told = [*first["alerts"], *rest["alerts"]]
    assert [int(alert["alert_id"], 16) for alert in told] == [4, 3, 2, 1, 0]
    assert "next" not in rest
    assert told[0] == {
        "alert_id": f"{4:032x}",
        "at": "2026-11-20T09:04:00Z",
        "kind": "unusual_use",
        "by_organisation": TRUST,
        "by_practitioner": "NMC-7",
        "signs": ["own_surname", "many_areas"],
        "score": 0.88,
    }


def test_the_same_alert_again_changes_nothing_and_one_about_a_child_is_no_access_of_it(council: Client) -> None:
    bind(access_log=ACCESS_LOG)
    alert = an_alert(1, child_id="child-1", access_id="a" * 32)
    for said in (alert, alert):
        DynamoAlerts(KEPT).put(said)
    assert DynamoAlerts(KEPT).of(COUNCIL, None, 9).alerts == [alert]
    assert DynamoAccessReading().of_child(["child-1"], None, 9).records == []
    assert council.alerts().body["alerts"][0]["child_id"] == "child-1"


@pytest.mark.parametrize("said", ["", "-7", "Ann Askwith"])
@pytest.mark.parametrize(
    ("function", "path"),
    [("shield", "/shields/{child_id}"), ("access", "/children/{child_id}/accesses"), ("access", "/alerts")],
)
def test_who_reads_has_to_say_who_asks(council: Client, function: str, path: str, said: str) -> None:
    headers = {PRACTITIONER_HEADER: said}
    answer = council.call(function, "GET", path, None, headers=headers, parameters={"child_id": "child-1"})
    assert (answer.status, answer.problem) == (422, "invalid")
    assert PRACTITIONER_HEADER in str(answer.body["errors"])
    (record,) = dump(ACCESS_LOG)
    assert (record["answered"], record["outcome"]) == ("refused", "invalid")
    assert "practitioner_id" not in record


def test_who_reads_is_recorded(council: Client) -> None:
    council.alerts()
    council.accesses("child-1")
    assert [record["practitioner_id"] for record in dump(ACCESS_LOG)] == [READER, READER]
