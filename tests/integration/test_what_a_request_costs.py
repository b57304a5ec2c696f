"""Calls, read and write units, lines and bytes of log: what of a request's cost no machine changes.

How many trips they take, one after the other, `test_round_trips` says; CPU is measured by `make bench`.
"""

from __future__ import annotations

import io
import json
from collections import Counter

import pytest

from shared.domain.involvement import ServiceType
from tests.bench.national.meter import Meter
from tests.bench.national.units import TRANSACTED
from tests.integration.calls import Calls
from tests.integration.deployed import Answer, Client, Deployment
from tests.integration.emulated import ACCESS_LOG, LIMITS, REGISTER, dump
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, involvement, of

SERVICES = [
    service for service in ServiceType if service in ("education", "midwifery", "social_care", "school_nursing")
]
LINE_BYTES = 1024
NOT_HURRIED = {"id": "NMC-8", "name": "Bea Oduya", "role": "nurse"}
"""Has not asked in the last seconds, so that one write counts the question."""


@pytest.fixture
def meter(monkeypatch: pytest.MonkeyPatch, aws: None) -> Meter:
    _ = aws
    return Meter.tapped(monkeypatch)


@pytest.fixture
def trust(meter: Meter, deployment: Deployment) -> Client:
    """Four organisations work with Zoë, and one of them asks: the Directory is remembered from here on."""
    _ = meter
    clients = [deployment.enrol(f"X9{n}") for n in range(len(SERVICES))]
    for client, service in zip(clients, SERVICES, strict=True):
        assert client.put("case-1", involvement(ZOE, service_type=service)).status == 201
    assert clients[0].look_up(ZOE).status == 200
    return clients[0]


def test_a_lookup_by_number_of_a_child_with_four_involvements(trust: Client, meter: Meter) -> None:
    calls = Calls().of_tables()
    with meter.during("lookup"):
        answer = trust.look_up(of(ZOE, *NUMBER), practitioner=NOT_HURRIED)
    assert len(answer.body["involvements"]) == len(SERVICES)
    spent = meter.spent["lookup"]
    asked = Counter(call.table for call in calls.made)
    assert (asked[REGISTER], asked[ACCESS_LOG]) == (2, 1)
    # the practitioner's limit; and for the first of several questions of a client at once, that of the client
    assert asked[LIMITS] in (1, 2)
    assert spent.reads() <= 2.5
    assert spent.writes() - (asked[LIMITS] - 1) <= 3
    assert spent.writes(ACCESS_LOG) == 2  # the record, and the same in the index by child


def test_a_lookup_by_name_reads_a_unit_for_each_key_and_one_for_the_child(trust: Client, meter: Meter) -> None:
    calls = Calls().of_tables()
    with meter.during("lookup"):
        assert trust.look_up(of(ZOE, *DETAILS)).body["outcome"] == "match"
    assert meter.spent["lookup"].reads() == Counter(call.table for call in calls.made)[REGISTER]


def test_no_item_of_a_registration_is_larger_than_a_unit(trust: Client, meter: Meter) -> None:
    before = len(dump(REGISTER))
    with meter.during("new"):
        assert trust.put("case-3", involvement(ABEL)).status == 201
    assert meter.spent["new"].writes() == TRANSACTED * (len(dump(REGISTER)) - before)
    with meter.during("unchanged"):
        assert trust.put("case-3", involvement(ABEL)).status == 200
    assert meter.spent["unchanged"].writes() == 0


def test_a_request_is_one_line_of_log_of_less_than_a_kilobyte(trust: Client, logged: io.StringIO) -> None:
    def line_of(answer: Answer) -> str:
        line = logged.getvalue()
        logged.seek(0)
        logged.truncate()
        assert answer.headers["X-Request-Id"] == json.loads(line)["request_id"]
        return line

    logged.seek(0)
    logged.truncate()
    lines = [
        line_of(trust.look_up(of(ZOE, *NUMBER))),
        line_of(trust.look_up({"given_name": "nobody"})),
        line_of(trust.put("case-4", involvement(ABEL))),
    ]
    assert [line.count("\n") for line in lines] == [1, 1, 1]
    assert max(len(line.encode()) for line in lines) <= LINE_BYTES
