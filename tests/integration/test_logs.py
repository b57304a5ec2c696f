"""Nothing that went in about a person comes out in what the functions log or print."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.calls import Calls, Fault
from tests.integration.deployed import OFFICER, Client, Deployment
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, involvement, of, personal_values

REFERENCES = ("okafor-lane.hv~1", "briain-sw-7", "batch-briain-2")
ROW = "feed-row-4711,health_visiting,Quillon,Zephyrine,2016-05-01,EN9 9ZZ,9990000018,07700 900123"
DEATHS = ("2019-08-07", "2199-08-07", (datetime.now(UTC) - timedelta(days=30)).date().isoformat())
"""Longer ago than is kept, yet to come, and lately."""
BAD_ROWS = (
    "feed-row-4712,health_visiting,Qu1llon,Zephyrine,2199-05-01,EN9 9Z,9990000019,07700 9001234567",
    "feed-row-4713,nonsense,Quillon,Zephyrine,2016-05-01,EN9 9ZZ,9990000018",
)


@pytest.fixture
def warned() -> Iterator[io.StringIO]:
    """What any other library logs, as far as Lambda lets it: warnings and worse."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def do_everything(trust: Client, council: Client) -> None:
    """Everything that can be asked of the functions, answered, refused and failing."""
    trust.put(REFERENCES[0], involvement(ZOE))
    trust.put(REFERENCES[0], involvement(ZOE, duty_phone="nonsense 0909 879 0320"))
    trust.put(REFERENCES[0], "{" + str(ZOE))
    council.put(REFERENCES[1], involvement(ABEL, service_type="social_care"))
    council.batch([{**involvement(ABEL), "source_reference": REFERENCES[2]}, {"Zoë": "Okafor-Lane"}])
    council.get(REFERENCES[0])
    council.get("Ó Briain")
    for asked in (ZOE, of(ABEL, *NUMBER), of(ABEL, *DETAILS), {**ZOE, "Okafor-Lane": 1}, {"postcode": "N12 7QF"}):
        trust.look_up(asked)
    trust.look_up(ZOE, reason={"purpose": "emergency_care", "legal_basis": "children_act_2004_s11", "note": "Zoë"})
    Client(trust.deployment, "", "a-stranger").look_up(ZOE)
    header = "source_reference,service_type,given_name,family_name,date_of_birth,postcode,nhs_number,duty_phone"
    trust.deployment.drop("X99", "\n".join((header, ROW, *BAD_ROWS)).encode())
    trust.deployment.drop("X99", b"Quillon,Zephyrine\n9990000018,EN9 9ZZ\n")
    trust.preview("briain-hv-8", involvement({**ABEL, "former_names": [{"family_name": "Zephyrine"}]}))
    for died in DEATHS:
        trust.put("briain-hv-8", involvement({**ABEL, "date_of_death": died}))
    review(trust)
    council.withdraw(REFERENCES[1])


def review(trust: Client) -> None:
    """Everything that can be asked of the review list, about two children of which one has the other's number."""
    mistaken = {**of(ABEL, *DETAILS, "sex"), "given_name": "Zephyrine", "date_of_birth": "2012-02-03"}
    trust.put("briain-hv-9", involvement(mistaken))
    trust.put("briain-hv-9", involvement({**mistaken, **of(ZOE, *NUMBER)}))
    (case,) = trust.reviews().body["cases"]
    trust.reviews(after="Okafor-Lane")
    trust.compare(case["case_id"], note="list 7")
    trust.compare(case["case_id"], note=f"is {ZOE['nhs_number']}")
    trust.compare("Okafor-Lane")
    for decision in ("same", "different", "same", "Zephyrine"):
        trust.decide(case["case_id"], decision)
    trust.deployment.go_on()


def test_what_goes_in_about_a_person_comes_out_in_no_log(
    deployment: Deployment, logged: io.StringIO, warned: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    deployment.enrol("X99")
    trust, council = deployment.issue("X99"), deployment.enrol("E99000001")
    do_everything(trust, council)
    calls = Calls().of_tables()
    for fault in Fault:
        for n in (1, 3, 6):
            calls.fail(n, fault)
            trust.look_up(ZOE)
            calls.fail(n, fault)
            trust.put(REFERENCES[0], involvement(ZOE, team=f"Zephyrine {n} {fault.name}"))
            calls.mend()
    calls.fail(1, Fault.RESET)
    with pytest.raises(deployment.function("feed").FeedInterrupted) as interrupted:
        deployment.drop("X99", ("source_reference,service_type,given_name,family_name,date_of_birth\n" + ROW).encode())

    printed = capfd.readouterr()
    out = "\n".join((logged.getvalue(), warned.getvalue(), printed.out, printed.err, str(interrupted.value))).lower()
    rows = {
        value for row in (ROW, *BAD_ROWS) for value in row.split(",") if value not in {"health_visiting", "nonsense"}
    }
    values = {
        *REFERENCES,
        *rows,
        *DEATHS,
        *(value.replace(" ", "") for value in rows),
        *personal_values(involvement(ZOE)),
        *personal_values(involvement(ABEL)),
        "Zephyrine",
        "Ann Askwith",
        OFFICER["name"],
        "0909 879 0320",
        trust.secret,
    }
    assert sorted(value for value in values if value.lower() in out) == []
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert len([line for line in lines if line["message"] == "request"]) > 40
    assert {"request", "drop", "instruction"} <= {line["message"] for line in lines}
    requests = [text for text in logged.getvalue().splitlines() if json.loads(text)["message"] == "request"]
    assert max(len(text) for text in requests) <= 1024
    assert counted_by(lines) <= {"operation", "outcome", "problem"}


def counted_by(lines: list[dict[str, Any]]) -> set[str]:
    """The names of the dimensions that metrics are read out by; their values are codes of ours."""
    directives = [one for line in lines if "_aws" in line for one in line["_aws"]["CloudWatchMetrics"]]
    assert directives
    return {name for one in directives for dimensions in one["Dimensions"] for name in dimensions}


def test_a_request_is_one_line_of_ids_and_codes(deployment: Deployment, logged: io.StringIO) -> None:
    trust = deployment.enrol("X99")
    logged.truncate(0)
    logged.seek(0)
    answer = trust.put("hv-1", involvement(ZOE))
    (line,) = (json.loads(text) for text in logged.getvalue().splitlines())
    told = {name: line[name] for name in ("operation", "status", "request_id", "client_id", "organisation", "outcome")}
    assert told == {
        "operation": "putInvolvement",
        "status": 201,
        "request_id": answer.headers["X-Request-Id"],
        "client_id": trust.client_id,
        "organisation": "X99",
        "outcome": "created",
    }
