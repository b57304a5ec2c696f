"""The Register is restored from its recovery as docs/runbook.md says, by the very script that stands there, and goes on.

moto restores a table as it is, whatever the instant that is asked for: so the recovery is made at that instant.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from shared.domain.notices import Notice, NoticeKind
from tests.integration.deployed import Client, Deployment
from tests.integration.emulated import REGISTER, ROOT, dump, dynamodb, empty
from tests.integration.people import ABEL, DETAILS, NUMBER, ZOE, involvement, of

RESTORED = "signpost-restored"
ADA = {
    "given_name": "Ada",
    "family_name": "Finch",
    "date_of_birth": "2016-05-01",
    "postcode": "EN5 2AB",
    "nhs_number": "9990000018",
}
COLUMNS = ("given_name", "family_name", "date_of_birth", "postcode", "nhs_number")


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    return deployment.enrol("X99")


@pytest.fixture
def school(deployment: Deployment) -> Client:
    return deployment.enrol("EE999999")


def feed(client: Client, children: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """A full extract, taken in whole."""
    rows = [("source_reference", "service_type", "duty_phone", *COLUMNS)]
    rows += [
        (reference, "school_nursing", "020 7946 0018", *(c[name] for name in COLUMNS)) for reference, c in children
    ]
    receipt = client.deployment.drop(client.organisation, "\n".join(map(",".join, rows)).encode())
    assert receipt
    assert receipt["rejected"] == 0


def recovery() -> None:
    """What `restore-table-to-point-in-time` of this instant would make."""
    dynamodb().update_continuous_backups(
        TableName=REGISTER, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb().restore_table_to_point_in_time(
        SourceTableName=REGISTER, TargetTableName=RESTORED, UseLatestRestorableTime=True
    )


def copy_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Step 3 of the runbook, word by word."""
    page = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"^## Restore a table\n(.*?)^## ", page, flags=re.DOTALL | re.MULTILINE)
    (script,) = re.findall(r"<<'PY'\n(.*?)^   PY$", section, flags=re.DOTALL | re.MULTILINE)
    monkeypatch.setattr(sys, "argv", ["-", RESTORED, REGISTER])
    text = "\n".join(line.removeprefix("   ") for line in script.splitlines())
    exec(compile(text, "docs/runbook.md", "exec"), {})  # noqa: S102  # of our own document


def who(client: Client, child: dict[str, Any]) -> list[tuple[str, str]]:
    """Who works with a child, by each of the ways in which it can be found."""
    found: list[list[tuple[str, str]]] = []
    for asked in (of(child, *NUMBER), of(child, *DETAILS)):
        body = client.look_up(asked).body
        found.append(sorted((i["organisation"], i["service_type"]) for i in body.get("involvements", ())))
    assert found[0] == found[1]
    return found[0]


def tell(client: Client, notice_id: str) -> None:
    """Puts a notice, as the streams' consumer does."""
    notice = Notice(
        notice_id=notice_id,
        kind=NoticeKind.MOVED,
        at=datetime.now(UTC),
        organisation=client.organisation,
        child_id=None,
    )
    assert client.deployment.function("notices").read_notices.notices.put([notice]) == 1


def test_a_register_that_lost_everything_is_restored_and_full_extracts_bring_it_up_to_date(
    trust: Client, school: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(trust, [("t-1", ZOE), ("t-2", ABEL)])
    feed(school, [("s-1", ZOE)])
    recovery()
    now = {"t-1": ZOE, "t-2": ADA, "t-3": ABEL}  # one has been corrected to another child, one is new
    feed(trust, now.items())
    expected = [who(school, child) for child in (ZOE, ABEL, ADA)]
    assert [len(them) for them in expected] == [2, 1, 1]
    empty(REGISTER)

    copy_back(monkeypatch)
    assert len(who(school, ZOE)) == 2
    assert who(school, ADA) == []
    feed(trust, now.items())
    feed(school, [("s-1", ZOE)])
    assert [who(school, child) for child in (ZOE, ABEL, ADA)] == expected


def test_what_was_changed_since_goes_back_and_comes_again_with_the_next_extract(
    trust: Client, school: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is still there: older items lie over newer ones, and items made since stay."""
    feed(trust, [("t-1", ZOE), ("t-2", ABEL)])
    recovery()
    now = {"t-1": ZOE, "t-2": ADA, "t-3": ABEL}
    feed(trust, now.items())
    feed(school, [("s-1", ZOE)])
    expected = [who(school, child) for child in (ZOE, ABEL, ADA)]

    copy_back(monkeypatch)
    feed(trust, now.items())
    feed(school, [("s-1", ZOE)])
    assert [who(school, child) for child in (ZOE, ABEL, ADA)] == expected
    assert trust.withdraw("t-2").status == 204
    assert [len(who(school, child)) for child in (ZOE, ABEL, ADA)] == [2, 1, 0]


def test_what_was_withdrawn_since_is_visible_again_until_it_is_withdrawn_again(
    trust: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the runbook warns."""
    assert trust.put("t-1", involvement(ZOE)).status == 201
    recovery()
    assert trust.withdraw("t-1").status == 204
    copy_back(monkeypatch)
    assert len(who(trust, ZOE)) == 1
    assert trust.withdraw("t-1").status == 204
    assert who(trust, ZOE) == []


def test_the_numbers_of_notices_go_on_from_where_they_had_come(trust: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(trust, "n-1")
    recovery()
    tell(trust, "n-2")
    seen = trust.notices().body["next"]
    copy_back(monkeypatch)
    tell(trust, "n-3")
    assert [notice["notice_id"] for notice in trust.notices(after=seen).body["notices"]] == ["n-3"]


def test_copying_back_twice_is_copying_back_once(trust: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trust.put("t-1", involvement(ZOE)).status == 201
    before = dump(REGISTER)
    recovery()
    empty(REGISTER)
    for _ in range(2):
        copy_back(monkeypatch)
        assert dump(REGISTER) == before
    assert RESTORED in boto3.client("dynamodb").list_tables()["TableNames"]
