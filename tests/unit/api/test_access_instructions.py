"""What operators may send to the access function, and what they are told is wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.api import cursors
from shared.api.access_instructions import DisputeBody, ReportOf, Verify, read_instruction
from shared.api.validation import InvalidRequest
from shared.domain.disputing import Noted
from shared.domain.involvement import Dispute
from shared.domain.report import Wanted
from tests.support.builders import COUNCIL, TODAY, a_child, nhs_number
from tests.support.sealing import NINE

REPORT = {"action": "report", "operator": "op-7", "reference": "SAR-12"}
DISPUTE = {
    "action": "dispute",
    "dispute": "objection",
    "organisation": COUNCIL,
    "source_reference": "CASE-1",
    "operator": "op-7",
    "reference": "OBJ-3",
}


def test_a_report_is_asked_for_by_id_or_by_details() -> None:
    by_id = read_instruction({**REPORT, "child_id": "child-1", "shield_team": "e09000003"}, TODAY)
    assert isinstance(by_id, ReportOf)
    assert by_id.to_domain() == Wanted(
        about="child-1", operator="op-7", reference="SAR-12", shield_team=COUNCIL, after=None
    )
    details = {"given_name": "Amelia", "date_of_birth": "2017-05-09", "nhs_number": nhs_number().value}
    by_details = read_instruction({**REPORT, "child": details, "after": cursors.written("x")}, TODAY)
    assert isinstance(by_details, ReportOf)
    asked = a_child(
        family_name=None, sex=None, postcode=None, date_of_birth=date(2017, 5, 9), identifiers=(nhs_number(),)
    )
    assert by_details.to_domain() == Wanted(about=asked, operator="op-7", reference="SAR-12", after="x")


def test_hours_are_read_as_they_are_written_everywhere() -> None:
    verify = read_instruction({"action": "verify", "first": "2026-11-20T09"}, TODAY)
    assert isinstance(verify, Verify)
    assert (verify.first, verify.last) == (NINE, None)


def test_a_dispute_says_what_of_whose_involvement() -> None:
    dispute = read_instruction(DISPUTE, TODAY)
    assert isinstance(dispute, DisputeBody)
    assert dispute.to_domain() == Noted(
        dispute=Dispute.OBJECTION,
        organisation=COUNCIL,
        source_reference="CASE-1",
        operator="op-7",
        reference="OBJ-3",
    )


WRONG: dict[str, tuple[Any, list[str]]] = {
    "nothing": ({}, ["/action"]),
    "no object": ("seal", ["/action"]),
    "another action": ({"action": "erase"}, ["/action"]),
    "of nobody": (REPORT, [""]),
    "of two": ({**REPORT, "child_id": "child-1", "child": {}}, [""]),
    "without who asks": ({"action": "report", "child_id": "child-1"}, ["/operator", "/reference"]),
    "a name for who asks": ({**REPORT, "child_id": "child-1", "operator": "Jo Bloggs"}, ["/operator"]),
    "a child of the future": ({**REPORT, "child": {"date_of_birth": "2099-01-01"}}, ["/child/date_of_birth"]),
    "no id of a child": ({**REPORT, "child_id": "child 1"}, ["/child_id"]),
    "no hour": ({"action": "verify", "first": "yesterday"}, ["/first"]),
    "a number for an hour": ({"action": "verify", "last": 9}, ["/last"]),
    "a field too many": ({"action": "seal", "hour": "2026-11-20T09"}, ["/hour"]),
    "a dispute of no kind": ({**DISPUTE, "dispute": "anger"}, ["/dispute"]),
    "a proof of nothing": ({"action": "prove", "hour": "2026-11-20T09"}, ["/access_id"]),
    "another format": ({**REPORT, "child_id": "child-1", "format": "pdf"}, ["/format"]),
}


@pytest.mark.parametrize(("event", "pointers"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_where_it_stands_without_repeating_it(event: Any, pointers: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_instruction(event, TODAY)
    assert sorted(problem.pointer for problem in refused.value.problems) == pointers
    told = " ".join(problem.detail for problem in refused.value.problems)
    assert not any(sent in told for sent in ("yesterday", "Jo Bloggs", "anger", "erase"))
