"""What a practitioner sees, on the deployed stack: fed by three organisations, asked by a nurse."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local.feeds import drop
from infra.local.sample_data import AS_OF, STORY, STORY_INVOLVEMENTS, generate
from infra.local.scene import of_files

if TYPE_CHECKING:
    from infra.local.scene import Scene
    from infra.local.stack import Stack
    from tests.e2e.conftest import Client, Clients

ROOT = Path(__file__).parents[2]
PUBLISHED = [ROOT.parent / "shared/data" / f"family_context_{kind}.csv" for kind in ("csc", "education")]


def test_three_extracts_are_taken_in_as_their_files_promise(fed: list[dict[str, int]], tmp_path: Path) -> None:
    files = generate(tmp_path, as_of=max(datetime.now(UTC).date(), AS_OF)).files
    expected = [(f.rows, f.accepted, f.no_longer_kept, f.rejected, f.warnings) for f in files]
    counts = ("rows", "accepted", "no_longer_kept", "rejected", "with_warnings")
    assert [tuple(receipt[name] for name in counts) for receipt in fed] == expected


@pytest.mark.usefixtures("fed")
def test_a_nurse_finds_by_name_birth_and_postcode_who_works_with_the_child(nhs_trust: Client, scene: Scene) -> None:
    answer = nhs_trust.ask(scene.child.by_details())
    rows = answer["involvements"]
    assert answer["outcome"] == "match"
    assert answer["child"]["family_name"] == STORY.family_name
    assert len(rows) == STORY_INVOLVEMENTS
    assert rows[0]["lead_professional"]
    assert [row["standing"] for row in rows] == ["current"] * 3 + ["ended"]
    assert all(row["duty_phone"].startswith("+44") for row in rows)
    assert answer["coverage"]["covered"]


@pytest.mark.usefixtures("fed")
def test_the_nhs_number_alone_finds_the_same_child(nhs_trust: Client, scene: Scene) -> None:
    by_details, by_number = nhs_trust.ask(scene.child.by_details()), nhs_trust.ask({"nhs_number": STORY.nhs_number})
    assert by_number["child"] == by_details["child"]
    assert by_number["involvements"] == by_details["involvements"]


@pytest.mark.usefixtures("fed")
def test_where_nobody_feeds_the_register_the_answer_says_so(nhs_trust: Client, scene: Scene) -> None:
    answer = nhs_trust.ask(scene.elsewhere.by_details())
    assert answer["outcome"] == "no_match"
    assert answer["coverage"] == {"district": "LS6", "covered": False, "sources": []}
    assert "nhs_number" in answer["would_help"]


@pytest.mark.usefixtures("fed")
def test_dropping_the_same_extracts_again_changes_nothing(stack: Stack, scene: Scene, nhs_trust: Client) -> None:
    before = nhs_trust.ask(scene.child.by_details())["involvements"]
    receipts = [receipt for _, receipt in drop(stack, scene.extracts)]
    assert all(receipt["created"] == receipt["updated"] == 0 for receipt in receipts)
    assert all(receipt["unchanged"] == receipt["accepted"] for receipt in receipts)
    assert nhs_trust.ask(scene.child.by_details())["involvements"] == before


@pytest.mark.usefixtures("fed")
def test_taken_in_extracts_are_gone_from_the_bucket(stack: Stack) -> None:
    assert "Contents" not in stack.s3.list_objects_v2(Bucket=stack.feed_bucket, Prefix="feeds/")


def test_the_published_extracts_are_taken_in_whole_and_their_children_joined(stack: Stack, clients: Clients) -> None:
    if not all(path.exists() for path in PUBLISHED):
        pytest.skip("the published Family Context extracts are not beside this checkout")
    scene = of_files(PUBLISHED)
    nhs_trust = clients.enrolled(scene)[scene.asker.code]
    receipts = [receipt for _, receipt in drop(stack, scene.extracts)]
    # some of these children have grown up since
    assert [(r["rows"], r["accepted"] + r["no_longer_kept"]) for r in receipts] == [(500, 500), (500, 500)]
    assert all(r["accepted"] for r in receipts)
    answer = nhs_trust.ask(scene.child.by_details())
    assert answer["outcome"] == "match"
    assert {row["service_type"] for row in answer["involvements"]} == {"social_care", "education"}
