"""A nightly extract, from the drop to its receipt."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from infra.local.sample_data import STORY_INVOLVEMENTS, Sample, generate
from shared.domain.lifecycle import Lifecycle
from shared.domain.postcode import parse_postcode
from shared.services.gate import Gate
from tests.integration.calls import Call, Calls
from tests.integration.deployed import Client, Deployment, in_bucket, receipt
from tests.integration.emulated import BUCKET, DIRECTORY, REGISTER, ROOT, dump
from tests.integration.people import ABEL, DETAILS, ZOE, of

LONDON = ZoneInfo("Europe/London")
DATA = ROOT.parent / "shared" / "data"
HEADER = "source_reference,service_type,given_name,family_name,date_of_birth,postcode,nhs_number,duty_phone"
ROWS = (
    "r-1,health_visiting,Zoë,Okafor-Lane,2022-03-14,N12 7QF,9990001014,020 7946 0018",
    "r-2,school_nursing,Abel,Ó Briain,2015-01-30,EN5 2AB,9990002010,020 7946 0019",
)


def extract(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    return end.join((header, *(rows or ROWS))) + end


@pytest.fixture
def trust(deployment: Deployment) -> Client:
    return deployment.enrol("X99")


def counts(left: dict[str, Any] | None) -> dict[str, int]:
    assert left is not None
    names = ("rows", "accepted", "created", "updated", "unchanged", "no_longer_kept", "rejected", "with_warnings")
    return {name: left[name] for name in names if left[name]}


def refused(left: dict[str, Any] | None) -> str:
    assert left is not None
    assert left["status"] == "refused"
    assert counts(left) == {}
    return str(left["reason"])


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("extracts"), children=14, as_of=datetime.now(UTC).date())


def test_the_sample_extracts_are_taken_in_exactly_as_promised_and_again_without_change(
    deployment: Deployment, sample: Sample
) -> None:
    clients = {file.organisation.code: deployment.enrol(file.organisation.code) for file in sample.files}
    for file in sample.files:
        left = deployment.drop(file.organisation.code, file.path.read_bytes())
        assert left
        assert (left["rows"], left["accepted"], left["created"]) == (file.rows, file.accepted, file.accepted)
        assert (left["rejected"], left["with_warnings"]) == (file.rejected, file.warnings)
        assert left["no_longer_kept"] == len(left["no_longer_kept_rows"]) == file.no_longer_kept
        assert [note["line"] for note in left["rejections"]] == [m.line for m in file.mistakes if m.kind.rejects]
        assert [note["line"] for note in left["warnings"]] == [m.line for m in file.mistakes if not m.kind.rejects]
        assert left["encoding"] == file.encoding
    before = dump(REGISTER), dump(DIRECTORY)
    for file in sample.files:
        again = deployment.drop(file.organisation.code, file.path.read_bytes())
        assert again
        assert (again["unchanged"], again["created"], again["updated"]) == (file.accepted, 0, 0)
        assert (again["rejected"], again["with_warnings"]) == (file.rejected, file.warnings)
    assert (dump(REGISTER), dump(DIRECTORY)) == before

    story = sample.story
    asked = {name: str(getattr(story, name)) for name in DETAILS}
    answer = clients["X99"].look_up(asked).body
    assert (answer["outcome"], len(answer["involvements"])) == ("match", STORY_INVOLVEMENTS)
    assert answer["involvements"][0]["lead_professional"]
    assert not any(key.startswith("feeds/") for key in in_bucket())


def test_one_extract_in_every_encoding_in_which_it_comes_is_one_extract(trust: Client) -> None:
    first = trust.deployment.drop("X99", extract().encode())
    assert counts(first) == {"rows": 2, "accepted": 2, "created": 2}
    assert trust.get("r-1").body["child"]["given_name"] == "Zoë"
    assert trust.get("r-2").body["child"]["family_name"] == "Ó Briain"
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        for end in ("\n", "\r\n"):
            left = trust.deployment.drop("X99", extract(end=end).encode(encoding))
            assert counts(left) == {"rows": 2, "accepted": 2, "unchanged": 2}
            assert left
            assert left["encoding"] == encoding


def test_a_file_that_is_no_text_is_refused(trust: Client) -> None:
    reason = refused(trust.deployment.drop("X99", b"PK\x03\x04\x00\x00\x00\x08\x00\x81\x8d\x8f"))
    assert "UTF-8" in reason
    assert in_bucket() == ["receipts/X99/nightly.json"]


def test_a_file_of_no_known_layout_is_refused_and_told_what_is_wrong(trust: Client) -> None:
    for content, said in (
        ("", "empty"),
        ("\n\n", "empty"),
        ("surname,shoe_size\nLane,4\n", "missing"),
        (extract(header=HEADER + ",shoe_size"), "1 that it does not have"),
        (extract(header=HEADER.replace("postcode", "nhs_number")), "missing none"),
    ):
        assert said in refused(trust.deployment.drop("X99", content.encode()))
        assert in_bucket() == ["receipts/X99/nightly.json"]
    assert dump(REGISTER) == []


def test_a_truncated_file_says_where_it_breaks_off_and_a_second_drop_mends_it(trust: Client) -> None:
    whole = extract().encode()
    left = trust.deployment.drop("X99", whole[: whole.index(b"9990002010")])
    assert left
    assert left["status"] == "truncated"
    assert "line 3" in left["reason"]
    assert trust.get("r-1").status == 200
    assert trust.get("r-2").status == 404

    assert counts(trust.deployment.drop("X99", whole)) == {"rows": 2, "accepted": 2, "created": 1, "unchanged": 1}


def test_rows_are_created_updated_left_and_rejected_each_by_itself(trust: Client) -> None:
    deployment = trust.deployment
    deployment.drop("X99", extract().encode())
    rows = (
        ROWS[0],
        ROWS[1].replace("0019", "0020"),
        "r-3,health_visiting,Ada,Finch,2016-05-01,,,",
        "r-3,health_visiting,Ben,Finch,2016-05-01,,,",
        "r-4,health_visiting,Cat,Finch,2016-02-30,,,",
        "r-5,youth_justice,Cat,Finch,2016-02-28,,,",
        "r-6,health_visiting,Cat,Finch,2016-02-28,N12,123,45",
        "r-7,health_visiting,Cat",
    )
    left = deployment.drop("X99", (extract(*rows) + ROWS[0].replace("r-1", "r-9") + "\n").encode())
    assert left
    assert counts(left) == {
        "rows": 9,
        "accepted": 5,
        "created": 3,
        "updated": 1,
        "unchanged": 1,
        "rejected": 4,
        "with_warnings": 1,
    }
    assert [(note["line"], note["field"]) for note in left["rejections"]] == [
        (5, "source_reference"),
        (6, "date_of_birth"),
        (7, "service_type"),
        (9, "row"),
    ]
    assert {(note["line"], note["field"]) for note in left["warnings"]} == {
        (8, "postcode"),
        (8, "nhs_number"),
        (8, "duty_phone"),
    }


def test_a_row_of_a_sensitive_service_is_registered_with_its_basis_and_rejected_without(deployment: Deployment) -> None:
    clinic = deployment.enrol("RV3", service_types=["mental_health", "health_visiting"])
    rows = (
        "r-1,mental_health,Cat,Finch,2016-02-28,,,,Consent",
        "r-2,mental_health,Cat,Finch,2016-02-28,,,,",
        "r-3,health_visiting,Cat,Finch,2016-02-28,,,,consent",
        "r-4,sexual_health,Cat,Finch,2016-02-28,,,,consent",
    )
    left = deployment.drop("RV3", extract(*rows, header=f"{HEADER},sensitive_basis").encode())
    assert left
    assert [(note["line"], note["field"]) for note in left["rejections"]] == [
        (3, "sensitive_basis"),
        (4, "sensitive_basis"),
        (5, "service_type"),
    ]
    assert clinic.get("r-1").body["sensitive_basis"] == "consent"
    assert (
        clinic.look_up({"given_name": "Cat", "family_name": "Finch", "date_of_birth": "2016-02-28"}).body["outcome"]
        == "no_match"
    )
    again = deployment.drop("RV3", extract(rows[0], header=f"{HEADER},sensitive_basis").encode(), name="again")
    assert again
    assert again["unchanged"] == 1


def test_a_receipt_repeats_nothing_personal(trust: Client) -> None:
    rows = (
        *ROWS,
        "r-3,health_visiting,Quillon,Zephyrine,2199-05-01,EN9 9ZZ,9990001014,07700 900123",
        "r-4,health_visiting,Quillon,Zephyrine,2016-05-01,ZZ99 Z,9990001015,07700 9001234567",
        "r-5,health_visiting,Qu1llon,Zephyrine,2016-05-01,EN9 9ZZ,,",
    )
    trust.deployment.drop("X99", extract(*rows).encode())
    text = boto3.client("s3").get_object(Bucket=BUCKET, Key="receipts/X99/nightly.json")["Body"].read().decode()
    values = {value for row in rows for value in row.split(",") if value not in {"", "health_visiting"}}
    parts = {part for value in values for part in (value, value.replace(" ", ""), *value.split("-"))}
    assert [part for part in parts if len(part) > 2 and part.lower() in text.lower()] == []


def test_how_current_the_data_are_is_told_by_the_extract_and_never_goes_back(
    deployment: Deployment, sample: Sample
) -> None:
    deployment.enrol("E99000001")
    content = sample.social_care.path.read_bytes()
    deployment.drop("E99000001", content)
    today = f"{sample.as_of} 00:00:00".encode()
    assert today in content
    older = content.replace(today, b"2026-11-10 00:00:00")
    deployment.drop("E99000001", older)
    listed = deployment.operator("organisations")["organisations"]
    assert [organisation["data_current_as_of"] for organisation in listed] == [str(sample.as_of)]


@pytest.mark.parametrize("content", [HEADER + "\n", HEADER + "\n,,,,\n", extract()[:-20]])
def test_an_extract_of_which_nothing_or_not_all_was_taken_in_makes_no_data_current(
    deployment: Deployment, content: str
) -> None:
    """Coverage that is told as current must not rest on rows that never came."""
    deployment.enrol("X99")
    deployment.drop("X99", content.encode())
    assert deployment.operator("organisations")["organisations"][0]["data_current_as_of"] is None


@pytest.mark.parametrize("prepare", ["not enrolled", "suspended", "not to register"])
def test_a_drop_that_is_not_permitted_is_refused_and_deleted(deployment: Deployment, prepare: str) -> None:
    match prepare:
        case "suspended":
            deployment.enrol("X99")
            deployment.operator("suspend", organisation="X99")
        case "not to register":
            deployment.enrol("X99", capabilities=["lookup"])
        case _:
            deployment.enrol("X98")
    reason = refused(deployment.drop("X99", extract().encode()))
    assert {"not enrolled": "enrolled", "suspended": "suspended", "not to register": "not permitted"}[prepare] in reason
    assert dump(REGISTER) == []
    assert in_bucket() == ["receipts/X99/nightly.json"]


def test_an_object_where_no_drop_belongs_is_left_alone(trust: Client) -> None:
    keys = ("feeds/X99/a/b.csv", "feeds/x99/a.csv", "feeds/X99/a.txt", "a.csv", "feeds/X99/.csv", "receipts/X99/a.csv")
    for key in keys:
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=extract().encode())
        trust.deployment.take_in(key)
    assert dump(REGISTER) == []
    assert sorted(in_bucket()) == sorted(keys)


def test_an_event_for_a_drop_that_is_gone_does_nothing(trust: Client) -> None:
    trust.deployment.take_in("feeds/X99/nightly.csv")
    assert in_bucket() == []


@pytest.mark.parametrize("key", ["feeds/X99/nightly.csv", "feeds/no drop of ours"])
def test_after_closure_whatever_is_dropped_is_deleted_and_nothing_of_it_read(trust: Client, key: str) -> None:
    deployment = trust.deployment
    deployment.restart(CLOSES_AT="2010-08-06T12:00:00+01:00", ANNOUNCED_AT="1273158000")
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=extract().encode())
    feeding = deployment.function("feed").feeding
    calls = Calls().of(feeding.bucket.client)
    deployment.take_in(key)
    assert calls.count() == {"DeleteObject": 1}
    assert dump(REGISTER) == []
    assert in_bucket() == []


def test_after_closure_the_feed_starts_without_the_hashing_secret_which_may_be_destroyed(trust: Client) -> None:
    deployment = trust.deployment
    deployment.restart(
        CLOSES_AT="2010-08-06T12:00:00+01:00", ANNOUNCED_AT="1273158000", HASHING_SECRET_ID="there-is-none"
    )
    assert deployment.drop("X99", extract().encode()) is None
    assert in_bucket() == []


def test_a_register_that_closes_while_a_drop_is_taken_in_leaves_no_receipt_and_no_drop(trust: Client) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key="feeds/X99/nightly.csv", Body=extract().encode())
    closes_at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    instants = iter((closes_at - timedelta(milliseconds=1), closes_at))
    feeding = trust.deployment.function("feed").feeding
    closing = replace(feeding, gate=Gate(Lifecycle(closes_at), lambda: next(instants)))
    assert closing("feeds/X99/nightly.csv") == {"organisation": "X99", "outcome": "deleted_after_closure"}
    assert in_bucket() == []


@pytest.mark.parametrize("operation", ["GetObject", "DeleteObject"])
def test_a_drop_replaced_while_it_is_taken_in_is_left_for_its_own_event(trust: Client, operation: str) -> None:
    """The first version is read in part or in whole; the second is what is registered in the end."""
    deployment = trust.deployment
    newer = extract(ROWS[0].replace("0018", "0021")).encode()

    def replace(call: Call) -> None:
        if call.operation == operation:
            calls.before = lambda _call: None
            boto3.client("s3").put_object(Bucket=BUCKET, Key="feeds/X99/nightly.csv", Body=newer)

    calls = Calls(before=replace).of(deployment.function("feed").feeding.bucket.client)
    deployment.drop("X99", extract().encode())
    assert "feeds/X99/nightly.csv" in in_bucket()

    deployment.take_in("feeds/X99/nightly.csv")
    assert trust.get("r-1").body["duty_phone"] == "+44 20 7946 0021"
    assert in_bucket() == ["receipts/X99/nightly.json"]
    left = receipt("X99")
    assert left
    assert left["rows"] == 1


def test_two_events_for_one_drop_are_one_drop(trust: Client) -> None:
    trust.deployment.drop("X99", extract().encode())
    before = dump(REGISTER), receipt("X99")
    trust.deployment.take_in("feeds/X99/nightly.csv")
    assert (dump(REGISTER), receipt("X99")) == before


def test_rows_of_two_organisations_about_one_child_are_found_together(deployment: Deployment) -> None:
    trust = deployment.enrol("X99")
    deployment.enrol("EE999999")
    deployment.drop("X99", extract().encode())
    deployment.drop("EE999999", extract(ROWS[0].replace("health_visiting", "education")).encode())
    assert len(trust.look_up(of(ZOE, *DETAILS)).body["involvements"]) == 2
    assert len(trust.look_up(of(ABEL, *DETAILS)).body["involvements"]) == 1


def first_rows(path: Path, count: int) -> tuple[bytes, list[dict[str, str]]]:
    """An extract of the first rows of a published file, as bytes and as read."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(count), strict=False)]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(), rows


def identity(row: dict[str, str]) -> tuple[str, str, str, str]:
    return (row["First Name"], row["Last Name"], row["Date Of Birth"], row["Address"].rpartition("\n")[2])


def is_child(row: dict[str, str]) -> bool:
    """Some of these have grown up since, and every year more have."""
    born, today = date.fromisoformat(row["Date Of Birth"]), datetime.now(LONDON).date()
    return (born.year + 18, born.month, born.day) > (today.year, today.month, today.day)


@pytest.mark.skipif(not DATA.is_dir(), reason="the published Family Context files are not here")
def test_the_published_extracts_of_two_services_join_at_the_children_that_both_know(deployment: Deployment) -> None:
    council, school = deployment.enrol("E99000001"), deployment.enrol("EE999999")
    care, care_rows = first_rows(DATA / "family_context_csc.csv", 20)
    education, school_rows = first_rows(DATA / "family_context_education.csv", 20)
    taken = [
        deployment.drop(client.organisation, content) for client, content in ((council, care), (school, education))
    ]
    assert [left and left["status"] for left in taken] == ["accepted", "accepted"]
    children = [sum(map(is_child, rows)) for rows in (care_rows, school_rows)]
    assert [left and (left["accepted"], left["no_longer_kept"]) for left in taken] == [(n, 20 - n) for n in children]

    in_both = {identity(row) for row in care_rows if is_child(row)} & {identity(row) for row in school_rows}
    by_child: dict[str, set[str]] = {}
    for item in dump(REGISTER):
        if item["kind"] == "involvement":
            by_child.setdefault(item["child_id"], set()).add(item["organisation"])
    joined = [organisations for organisations in by_child.values() if len(organisations) == 2]
    assert len(joined) == sum(is_postcode(postcode) for _, _, _, postcode in in_both)
    assert len(joined) >= 10


def is_postcode(text: str) -> bool:
    """Without one, a name and a date of birth are not enough to say that two rows are of one child."""
    try:
        return bool(parse_postcode(text))
    except ValueError:
        return False
