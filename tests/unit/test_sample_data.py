"""The sample data: repeatable, nobody's, in the published columns, and as wrong as promised."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import phonenumbers
import pytest
from email_validator import validate_email
from stdnum.gb import nhs, upn

from infra.local.sample_data import (
    AS_OF,
    EARLIEST_AS_OF,
    STORY,
    STORY_INVOLVEMENTS,
    UNKNOWN,
    MistakeKind,
    Sample,
    SampleFile,
    generate,
)
from shared.api.extracts import open_extract
from shared.domain.duration import start_of_day
from shared.domain.retention import Retention

HEADERS = {
    "social-care.csv": (
        "Cms Id,First Name,Last Name,Date Of Birth,Gender,Address,Service Involvement,"
        "Local Authority Organisation,Contact Name,Contact Role,Contact Phone,Contact Email,"
        "Date Current As Of,Coverage Start Date,Coverage End Date,Coverage Geographic Area,"
        "Date Of Most Recent Interaction,Start Date Of Last Involvement"
    ),
    "education.csv": (
        "Cms Id,First Name,Last Name,Date Of Birth,Gender,Address,Service Involvement,"
        "School Name,Contact Number,Admission Type,"
        "Date Current As Of,Coverage Start Date,Coverage End Date,Coverage Geographic Area,"
        "Date Of Most Recent Interaction,Start Date Of Last Involvement"
    ),
    "community-health.csv": (
        "source_reference,nhs_number,upn,local_authority,local_authority_child_id,given_name,family_name,"
        "date_of_birth,expected_date,sex,postcode,service_type,team,practitioner_name,practitioner_role,"
        "duty_phone,duty_email,started,ended,last_contact,lead_professional,assessment_held,source_system"
    ),
}
# Ofcom, "Telephone numbers for use in TV and radio drama programmes", without the leading 0.
DRAMA = re.compile(r"(2079460\d{3}|1614960\d{3}|1134960\d{3}|1632960\d{3}|7700900\d{3})")
POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}")
CHILDREN = 400


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("extracts"), children=CHILDREN)


def rows_of(file: SampleFile) -> list[dict[str, str]]:
    with file.path.open(encoding=file.encoding, newline="") as lines:
        return list(csv.DictReader(lines))


def reference(row: dict[str, str]) -> str:
    return row.get("source_reference") or row["Cms Id"]


def name(row: dict[str, str]) -> tuple[str, str]:
    return row.get("given_name", row.get("First Name", "")), row.get("family_name", row.get("Last Name", ""))


def born(row: dict[str, str]) -> str:
    return row.get("date_of_birth", row.get("Date Of Birth", ""))


def postcode(row: dict[str, str]) -> str:
    return row.get("postcode") or row["Address"].rpartition("\n")[2]


def telephone(row: dict[str, str]) -> str:
    return row.get("duty_phone") or row.get("Contact Phone") or row["Contact Number"]


def national(number: str) -> str:
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    return digits.removeprefix("44") if number.startswith("+44") else digits.removeprefix("0")


def references_of(file: SampleFile, kind: MistakeKind) -> set[str]:
    return {mistake.source_reference for mistake in file.mistakes if mistake.kind is kind}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_command_writes_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    generate(tmp_path / "here", seed=7, children=60)
    command = [sys.executable, "-m", "infra.local.sample_data", "--children", "60", "--seed", "7", "--out"]
    subprocess.run(
        [*command, str(tmp_path / "there")],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Pacific/Auckland"},
    )
    assert bytes_of(tmp_path / "here") == bytes_of(tmp_path / "there")


def test_another_seed_gives_other_children(tmp_path: Path) -> None:
    one, other = (generate(tmp_path / str(seed), seed=seed, children=60) for seed in (1, 2))
    assert {name(row) for row in rows_of(one.education)} != {name(row) for row in rows_of(other.education)}


def test_a_larger_sample_has_the_same_children_and_more(tmp_path: Path) -> None:
    small, large = (generate(tmp_path / str(size), children=size).community_health for size in (50, 100))
    wrong = {mistake.source_reference for file in (small, large) for mistake in file.mistakes}
    right_in_large = [row for row in rows_of(large) if reference(row) not in wrong]
    assert all(row in right_in_large for row in rows_of(small) if reference(row) not in wrong)


def test_the_headers_are_the_published_ones(sample: Sample) -> None:
    for file in sample.files:
        header = file.path.read_text(encoding=file.encoding).splitlines()[0]
        assert header == HEADERS[file.path.name]


def test_each_system_writes_in_its_own_encoding(sample: Sample) -> None:
    assert sample.social_care.path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "Zoë".encode("cp1252") in sample.education.path.read_bytes()
    assert "Zoë".encode() in sample.community_health.path.read_bytes()


def test_the_story_child_is_in_every_file_with_a_lead_professional(sample: Sample) -> None:
    found = {}
    for file in sample.files:
        found[file.path.name] = [row for row in rows_of(file) if name(row) == (STORY.given_name, STORY.family_name)]
        assert found[file.path.name]
        for row in found[file.path.name]:
            assert (born(row), postcode(row)) == (STORY.date_of_birth.isoformat(), STORY.postcode)
    assert sum(map(len, found.values())) == STORY_INVOLVEMENTS
    assert [row["Service Involvement"] for row in found["social-care.csv"] + found["education.csv"]] == ["Current"] * 2
    health = found["community-health.csv"]
    assert {row["nhs_number"] for row in health} == {STORY.nhs_number}
    assert [row["service_type"] for row in health if row["lead_professional"] == "yes"] == ["health_visiting"]


def test_the_story_child_is_never_mistyped_even_in_the_smallest_sample(tmp_path: Path) -> None:
    for size in (1, 2, 3):
        sample = generate(tmp_path / str(size), children=size)
        story = [reference(row) for file in sample.files for row in rows_of(file) if name(row)[1] == STORY.family_name]
        wrong = {mistake.source_reference for file in sample.files for mistake in file.mistakes}
        assert len(story) == STORY_INVOLVEMENTS
        assert not wrong & set(story)


def test_the_unknown_child_is_in_no_file_nor_is_anybody_from_there(sample: Sample) -> None:
    for file in sample.files:
        rows = rows_of(file)
        assert UNKNOWN.family_name not in {name(row)[1] for row in rows}
        assert not [row for row in rows if postcode(row).startswith("LS")]
        assert UNKNOWN.nhs_number not in {row.get("nhs_number") for row in rows}


def test_every_nhs_number_is_for_tests_and_right_unless_said_otherwise(sample: Sample) -> None:
    file = sample.community_health
    wrong = references_of(file, MistakeKind.NHS_CHECK_DIGIT)
    assert wrong
    for row in rows_of(file):
        if row["nhs_number"]:
            assert row["nhs_number"].startswith("999")
            assert nhs.is_valid(row["nhs_number"]) is (reference(row) not in wrong)
    assert nhs.is_valid(STORY.nhs_number)
    assert nhs.is_valid(UNKNOWN.nhs_number)


def test_no_two_children_share_an_nhs_number_or_a_pupil_number(sample: Sample) -> None:
    wrong = {mistake.source_reference for mistake in sample.community_health.mistakes}
    rows = [row for row in rows_of(sample.community_health) if reference(row) not in wrong]
    for column in ("nhs_number", "upn"):
        children = {(row[column], *name(row), born(row)) for row in rows if row[column]}
        assert len(children) == len({row[column] for row in rows if row[column]})


def test_every_pupil_number_has_the_right_check_letter(sample: Sample) -> None:
    found = [row["upn"] for row in rows_of(sample.community_health) if row["upn"]]
    assert found
    assert all(upn.is_valid(number) for number in found)


def test_no_telephone_number_is_outside_the_ranges_for_drama(sample: Sample) -> None:
    for file in sample.files:
        wrong = references_of(file, MistakeKind.TELEPHONE)
        assert wrong
        for row in rows_of(file):
            number = telephone(row)
            possible = phonenumbers.is_possible_number(phonenumbers.parse(number, "GB"))
            assert possible is (reference(row) not in wrong)
            assert DRAMA.fullmatch(national(number) if possible else national(number)[:-1])


def test_postcodes_are_right_in_form_unless_said_otherwise(sample: Sample) -> None:
    for file in sample.files:
        wrong = references_of(file, MistakeKind.POSTCODE)
        assert wrong
        for row in rows_of(file):
            assert bool(POSTCODE.fullmatch(postcode(row))) is (reference(row) not in wrong)


def test_mailboxes_are_of_domains_that_cannot_exist(sample: Sample) -> None:
    boxes = [row["Contact Email"] for row in rows_of(sample.social_care)]
    boxes += [row["duty_email"] for row in rows_of(sample.community_health)]
    for box in boxes:
        assert validate_email(box, check_deliverability=False).domain.endswith(".example")


def test_dates_are_in_order_and_past_unless_said_otherwise(sample: Sample) -> None:
    for file in sample.files:
        for row in rows_of(file):
            started = date.fromisoformat(row.get("started") or row["Start Date Of Last Involvement"])
            last = date.fromisoformat(row.get("last_contact") or row["Date Of Most Recent Interaction"])
            assert started <= last <= AS_OF
            if row.get("ended"):
                assert last <= date.fromisoformat(row["ended"]) <= AS_OF
            if reference(row) in references_of(file, MistakeKind.BORN_IN_FUTURE):
                assert date.fromisoformat(born(row)).year > 2100
            elif born(row):
                assert date.fromisoformat(born(row)) <= started
                assert AS_OF.year - date.fromisoformat(born(row)).year <= 18


def test_an_unborn_child_has_an_expected_date_and_no_number_or_given_name(sample: Sample) -> None:
    unborn = [row for row in rows_of(sample.community_health) if not row["date_of_birth"]]
    assert unborn
    for row in unborn:
        assert date.fromisoformat(row["expected_date"]) > AS_OF
        assert row["nhs_number"] == row["upn"] == row["given_name"] == ""
        assert row["service_type"] == "midwifery"


def test_the_counts_and_lines_are_as_promised(sample: Sample) -> None:
    for file in sample.files:
        rows = rows_of(file)
        lines = file.path.read_text(encoding=file.encoding).splitlines()
        assert file.rows == len(rows) == len({reference(row) for row in rows})
        assert file.accepted + file.rejected + file.no_longer_kept == file.rows
        assert file.rejected == len(references_of(file, MistakeKind.BORN_IN_FUTURE)) > 0
        assert file.rejected + file.warnings == len({mistake.source_reference for mistake in file.mistakes})
        assert len(file.mistakes) <= max(4, file.rows * 4 // 100)
        for mistake in file.mistakes:
            assert reference(rows[mistake.record - 1]) == mistake.source_reference
            assert lines[mistake.line - 1].startswith(f"{mistake.source_reference},")


def test_what_the_register_does_not_keep_any_more_is_counted(sample: Sample) -> None:
    now = start_of_day(AS_OF)
    for file in sample.files:
        with file.path.open(encoding=file.encoding, newline="") as lines:
            stated = [row.registration for row in open_extract(lines, AS_OF).rows() if row.registration]
        assert sum(Retention().refusal(registration, now) is not None for registration in stated) == file.no_longer_kept
    assert sample.community_health.no_longer_kept > 0


def test_a_child_has_the_same_details_in_every_file_but_for_the_mistakes(sample: Sample) -> None:
    details: dict[tuple[str, ...], set[str]] = {}
    for file in sample.files:
        wrong = {mistake.source_reference for mistake in file.mistakes}
        for row in rows_of(file):
            if reference(row) not in wrong:
                details.setdefault((*name(row), born(row)), set()).add(postcode(row))
    assert all(len(postcodes) == 1 for postcodes in details.values())


def test_the_organisations_know_the_shares_of_children_they_would(sample: Sample) -> None:
    assert 0.17 < sample.social_care.rows / CHILDREN < 0.33
    assert 0.55 < sample.education.rows / CHILDREN < 0.75
    known_to_health = {(*name(row), born(row), row["expected_date"]) for row in rows_of(sample.community_health)}
    assert 0.45 < len(known_to_health) / CHILDREN < 0.75
    shared = {name(row) for row in rows_of(sample.social_care)} & {name(row) for row in rows_of(sample.education)}
    assert len(shared) > sample.social_care.rows / 2


def test_there_are_siblings_twins_accents_apostrophes_and_hyphens(sample: Sample) -> None:
    rows = rows_of(sample.education)
    homes = [(row["Last Name"], row["Address"]) for row in rows]
    births = [(*home, born(row)) for home, row in zip(homes, rows, strict=True)]
    assert len(set(homes)) < len(homes)
    assert len(set(births)) < len(births)
    names = " ".join(" ".join(name(row)) for row in rows)
    assert "'" in names
    assert "-" in names
    assert not names.isascii()


@pytest.mark.parametrize("children", [0, -1, 500_001])
def test_an_impossible_number_of_children_is_refused(tmp_path: Path, children: int) -> None:
    with pytest.raises(ValueError, match="children must be 1 to 500000"):
        generate(tmp_path, children=children)


def test_a_night_before_the_story_child_started_school_is_refused(tmp_path: Path) -> None:
    assert generate(tmp_path, children=1, as_of=EARLIEST_AS_OF).education.rows == 1
    with pytest.raises(ValueError, match="as_of must not be before"):
        generate(tmp_path, children=1, as_of=date(2026, 9, 1))
