"""Nightly extracts as organisations' systems write them: three layouts, and everything that goes wrong with files."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.api.extracts import LAYOUTS, Extract, UnreadableExtract, open_extract
from shared.domain.child import ChildDetails, Sex
from shared.domain.extract import Row, RowProblem
from shared.domain.identifiers import Identifier, IdentifierKind
from shared.domain.involvement import Registration, Service, ServiceType, Standing
from tests.support.builders import DOUBTFUL_UPN, NHS_NUMBER, TODAY, UPN

OWN = {
    "source_reference": "CASE-1",
    "nhs_number": "943 476 5919",
    "upn": UPN,
    "local_authority": "E09000003",
    "local_authority_child_id": "C-1001",
    "given_name": "Siân",
    "family_name": "O’Connor",
    "date_of_birth": "2017-05-09",
    "expected_date": "",
    "date_of_death": "2026-02-01 00:00:00",
    "sex": "Female",
    "postcode": "n12 0ab",
    "service_type": "health_visiting",
    "standing": "Current",
    "team": "Health Visiting,  North",
    "practitioner_name": "Grace Mbeki",
    "practitioner_role": "Health visitor",
    "duty_phone": "020 7946 0018",
    "duty_email": "duty@trust.example",
    "started": "2025-09-01 00:00:00",
    "ended": "",
    "last_contact": "2026-02-20",
    "lead_professional": "Yes",
    "assessment_held": "n",
    "source_system": "SystmOne",
    "sensitive_basis": "",
}
FAMILY_CONTEXT = {
    "Cms Id": "8001",
    "First Name": "Siân",
    "Last Name": "O’Connor",
    "Date Of Birth": "2017-05-09 00:00:00",
    "Gender": "Female",
    "Address": "1 High Street\nLondon\nN12 0AB",
    "Service Involvement": "Current",
    "Date Current As Of": "2026-03-01 00:00:00",
    "Date Of Most Recent Interaction": "2026-02-20 00:00:00",
    "Start Date Of Last Involvement": "2025-09-01 00:00:00",
}
SOCIAL_CARE = FAMILY_CONTEXT | {
    "Local Authority Organisation": "Barnet",
    "Contact Name": "Grace Mbeki",
    "Contact Role": "Social worker",
    "Contact Phone": "020 7946 0018",
    "Contact Email": "duty@council.example",
    "Coverage Start Date": "2020-01-01",
    "Coverage End Date": "",
    "Coverage Geographic Area": "Barnet",
}
EDUCATION = FAMILY_CONTEXT | {
    "School Name": "Oak Primary School",
    "Contact Number": "020 7946 0018",
    "Admission Type": "Main",
}

AMELIA = ChildDetails(
    given_name="Siân",
    family_name="O’Connor",
    date_of_birth=date(2017, 5, 9),
    sex=Sex.FEMALE,
    postcode="N12 0AB",
)


def as_csv(*rows: dict[str, str], columns: list[str] | None = None) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def opened(text: str) -> Extract:
    """As the feed reads it: lines end with a line feed and nothing else."""
    return open_extract((line for line in re.split(r"(?<=\n)", text) if line), TODAY)


def rows_of(*rows: dict[str, str]) -> list[Row]:
    return list(opened(as_csv(*rows)).rows())


def row_of(layout: dict[str, str], **changed: str) -> Row:
    (row,) = rows_of(layout | changed)
    return row


def registration_of(layout: dict[str, str], **changed: str) -> Registration:
    row = row_of(layout, **changed)
    assert row.registration, row.rejections
    return row.registration


def refused(text: str) -> str:
    with pytest.raises(UnreadableExtract) as refusal:
        opened(text)
    return refusal.value.reason


# The three layouts


def test_every_column_of_the_registers_own_layout_means_what_it_says() -> None:
    assert registration_of(OWN) == Registration(
        source_reference="CASE-1",
        child=ChildDetails(
            given_name="Siân",
            family_name="O’Connor",
            date_of_birth=date(2017, 5, 9),
            sex=Sex.FEMALE,
            postcode="N12 0AB",
            identifiers=(
                Identifier(IdentifierKind.NHS_NUMBER, NHS_NUMBER),
                Identifier(IdentifierKind.UPN, UPN),
                Identifier(IdentifierKind.LOCAL_AUTHORITY_CHILD_ID, "C-1001", "E09000003"),
            ),
            date_of_death=date(2026, 2, 1),
        ),
        service=Service(
            service_type=ServiceType.HEALTH_VISITING,
            standing=Standing.CURRENT,
            team="Health Visiting, North",
            practitioner_name="Grace Mbeki",
            practitioner_role="Health visitor",
            duty_phone="+44 20 7946 0018",
            duty_email="duty@trust.example",
            started=date(2025, 9, 1),
            last_contact=date(2026, 2, 20),
            lead_professional=True,
            source_system="SystmOne",
        ),
    )


def test_every_column_of_a_social_care_extract_means_what_it_says() -> None:
    assert registration_of(SOCIAL_CARE) == Registration(
        source_reference="8001",
        child=AMELIA,
        service=Service(
            service_type=ServiceType.SOCIAL_CARE,
            standing=Standing.CURRENT,
            team="Barnet",
            practitioner_name="Grace Mbeki",
            practitioner_role="Social worker",
            duty_phone="+44 20 7946 0018",
            duty_email="duty@council.example",
            started=date(2025, 9, 1),
            last_contact=date(2026, 2, 20),
        ),
    )


def test_every_column_of_an_education_extract_means_what_it_says() -> None:
    assert registration_of(EDUCATION) == Registration(
        source_reference="8001",
        child=AMELIA,
        service=Service(
            service_type=ServiceType.EDUCATION,
            standing=Standing.CURRENT,
            team="Oak Primary School",
            duty_phone="+44 20 7946 0018",
            started=date(2025, 9, 1),
            last_contact=date(2026, 2, 20),
        ),
    )


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        (OWN, "the register's own columns"),
        (SOCIAL_CARE, "Family Context, social care"),
        (EDUCATION, "Family Context, education"),
    ],
)
def test_a_layout_is_known_by_its_columns_in_any_order(layout: dict[str, str], name: str) -> None:
    turned = {column: layout[column] for column in reversed(layout)}
    assert opened(as_csv(turned)).layout.name == name
    assert rows_of(turned) == rows_of(layout)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_optional_columns_may_be_missing(layout: Any) -> None:
    full = next(row for row in (OWN, SOCIAL_CARE, EDUCATION) if layout.required <= row.keys())
    (row,) = rows_of({column: full[column] for column in layout.required})
    assert row.registration
    assert not row.warnings


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        ("Current", Standing.CURRENT),
        ("Historic", Standing.ENDED),
        ("Not Specified", Standing.NOT_KNOWN),
        ("", Standing.NOT_KNOWN),
        ("anything", Standing.NOT_KNOWN),
    ],
)
def test_an_extract_may_say_that_work_has_ended_without_saying_when(said: str, standing: Standing) -> None:
    service = registration_of(EDUCATION, **{"Service Involvement": said}).service
    assert (service.standing, service.ended) == (standing, None)


@pytest.mark.parametrize(
    ("said", "sex"), [("Female", Sex.FEMALE), ("male", Sex.MALE), ("Other", Sex.INDETERMINATE), ("", None), ("U", None)]
)
def test_a_gender_is_read_as_a_sex_if_it_is_one(said: str, sex: Sex | None) -> None:
    assert registration_of(EDUCATION, Gender=said).child.sex is sex


@pytest.mark.parametrize(
    ("address", "postcode"),
    [
        ("1 High Street\nLondon\nN12 0AB", "N12 0AB"),
        ("1 High Street\r\nN12 0AB\r\n", "N12 0AB"),
        ("n120ab", "N12 0AB"),
        ("", None),
    ],
)
def test_of_an_address_only_the_postcode_in_its_last_line_is_read(address: str, postcode: str | None) -> None:
    registration = registration_of(EDUCATION, Address=address)
    assert registration.child.postcode == postcode
    assert "High Street" not in repr(registration)


@pytest.mark.parametrize(("said", "value"), [("Yes", True), ("y", True), ("TRUE", True), ("0", False), ("", False)])
def test_yes_and_no_may_be_written_in_any_usual_way(said: str, *, value: bool) -> None:
    assert registration_of(OWN, lead_professional=said).service.lead_professional is value


# What is left out with a warning, and what cannot be


@pytest.mark.parametrize(
    ("column", "value", "warned"),
    [
        ("nhs_number", "9434765918", "nhs_number"),
        ("upn", "H80", "upn"),
        ("local_authority", "", "authority"),
        ("local_authority_child_id", "C 1001 #", "id"),
        ("sex", "F", "sex"),
        ("postcode", "N12 0AC", "postcode"),
        ("date_of_death", "2017-05-08", "date_of_death"),
        ("date_of_death", "2026-03-03", "date_of_death"),
        ("date_of_death", "01/02/2026", "date_of_death"),
        ("team", "x" * 121, "team"),
        ("practitioner_name", "Team 4", "name"),
        ("practitioner_role", "x" * 81, "role"),
        ("duty_phone", "ask reception", "duty_phone"),
        ("duty_email", "n/a", "duty_email"),
        ("started", "01/09/2025", "started"),
        ("ended", "2025-08-31", "ended"),
        ("last_contact", "2027-01-01", "last_contact"),
        ("lead_professional", "perhaps", "lead_professional"),
        ("assessment_held", "2", "assessment_held"),
        ("source_system", "x" * 81, "source_system"),
    ],
)
def test_a_detail_that_cannot_be_right_is_left_out_with_a_warning_and_the_row_is_kept(
    column: str, value: str, warned: str
) -> None:
    standing = {"standing": ""} if column == "ended" else {}
    row = row_of(OWN, **{column: value}, **standing)
    assert row.registration
    assert [warning.field for warning in row.warnings] == [warned]
    assert row.warnings[0].reason.startswith("left out: ")


def test_a_row_in_which_much_is_wrong_is_kept_without_it() -> None:
    row = row_of(OWN, nhs_number="1", postcode="?", duty_phone="?", started="?", practitioner_name="4")
    assert row.registration
    assert {warning.field for warning in row.warnings} == {"nhs_number", "postcode", "duty_phone", "started", "name"}
    assert row.registration.child.postcode is None
    assert row.registration.service.practitioner_role == "Health visitor"


def test_a_doubtful_upn_is_kept() -> None:
    row = row_of(OWN, upn=DOUBTFUL_UPN)
    assert row.registration
    assert Identifier(IdentifierKind.UPN, DOUBTFUL_UPN) in row.registration.child.identifiers


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("source_reference", "", "source_reference"),
        ("source_reference", "a b", "source_reference"),
        ("service_type", "", "service_type"),
        ("service_type", "dentistry", "service_type"),
        ("given_name", "Am3lia", "given_name"),
        ("date_of_birth", "09/05/2017", "date_of_birth"),
        ("date_of_birth", "2026-03-03", "date_of_birth"),
        ("standing", "maybe", "standing"),
        ("service_type", "mental_health", "sensitive_basis"),
        ("sensitive_basis", "consent", "sensitive_basis"),
        ("sensitive_basis", "because", "sensitive_basis"),
    ],
)
def test_a_row_without_which_the_signpost_would_not_point_is_rejected(column: str, value: str, field: str) -> None:
    row = row_of(OWN, **{column: value})
    assert row.registration is None
    assert [rejection.field for rejection in row.rejections] == [field]


@pytest.mark.parametrize("said", ["consent", "Suspected_Significant_Harm"])
def test_a_row_of_a_sensitive_service_says_why_it_may_be_recorded(said: str) -> None:
    service = registration_of(OWN, service_type="substance_misuse", sensitive_basis=said).service
    assert service.sensitive_basis == said.lower()


def test_a_row_about_nobody_is_rejected() -> None:
    blank = dict.fromkeys(
        ["nhs_number", "upn", "local_authority_child_id", "given_name", "family_name", "date_of_birth"], ""
    )
    (rejection,) = row_of(OWN, **blank).rejections
    assert rejection.field == "child"


def test_a_row_whose_only_number_is_wrong_is_rejected_because_it_is_about_nobody() -> None:
    row = row_of(OWN, nhs_number="9434765918", upn="", local_authority_child_id="", given_name="", family_name="")
    assert row.registration is None


@given(st.sampled_from(sorted(OWN)), st.text(max_size=60))
def test_no_value_of_a_column_does_worse_than_being_rejected_and_none_is_repeated(column: str, text: str) -> None:
    marked = f"Qzx{text}Qzx".replace("\r", " ").replace("\n", " ")
    row = row_of(OWN, **{column: marked})
    assert row.registration or row.rejections
    assert "Qzx" not in repr(row.warnings) + repr(row.rejections)


# Lines


def test_a_row_is_told_by_the_line_on_which_it_starts_as_an_editor_shows_it() -> None:
    assert [row.line for row in rows_of(EDUCATION, EDUCATION, EDUCATION | {"Address": "N12 0AB"}, EDUCATION)] == [
        2, 5, 8, 9,
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_may_end_as_on_any_system(end: str) -> None:
    text = as_csv(OWN, OWN).replace("\r\n", end)
    assert [row.line for row in opened(text).rows() if row.registration] == [2, 3]


def test_blank_lines_are_no_rows_but_are_counted() -> None:
    header, row, _ = as_csv(OWN).split("\r\n")
    extract = opened(f"{header}\r\n\r\n{row}\r\n\r\n\r\n{row}\r\n\r\n")
    assert [row.line for row in extract.rows()] == [3, 6]
    assert extract.truncated_at is None


@pytest.mark.parametrize("columns", [len(OWN) - 1, len(OWN) + 1])
def test_a_row_with_too_few_or_too_many_columns_is_rejected_and_fails_no_other(columns: int) -> None:
    header, row, _ = as_csv(OWN).split("\r\n")
    odd = ",".join(["x"] * columns)
    extract = opened(f"{header}\n{row}\n{odd}\n{row}")
    rows = list(extract.rows())
    assert [bool(row.registration) for row in rows] == [True, False, True]
    assert rows[1].rejections == (RowProblem("row", f"has {columns} columns where the header has {len(OWN)}"),)
    assert extract.truncated_at is None


# Files that broke off


def test_a_file_whose_last_row_stops_short_is_said_to_have_broken_off_there() -> None:
    extract = opened(as_csv(OWN, OWN)[:-120])
    assert [bool(row.registration) for row in extract.rows()] == [True, False]
    assert extract.truncated_at == 3


def test_a_file_that_ends_within_quotation_marks_is_said_to_have_broken_off_there() -> None:
    text = as_csv(EDUCATION, EDUCATION)
    extract = opened(text[: text.rindex("London")])
    assert [bool(row.registration) for row in extract.rows()] == [True, False]
    assert extract.truncated_at == 5


def test_a_whole_file_has_not_broken_off_even_without_a_last_line_end() -> None:
    extract = opened(as_csv(OWN).rstrip("\r\n"))
    assert [bool(row.registration) for row in extract.rows()] == [True]
    assert extract.truncated_at is None


def test_a_quotation_mark_that_is_never_closed_loses_rows_but_not_the_file() -> None:
    header, row, _ = as_csv(OWN).split("\r\n")
    lines = [header, row, '"' + row, *([row] * 500), row]
    extract = opened("\n".join(lines))
    rows = list(extract.rows())
    assert rows[0].registration
    assert rows[1].rejections[0].field == "row"
    assert rows[1].line == 3
    assert rows[-1].registration


def test_a_quotation_mark_that_runs_over_rows_says_which_lines_and_asks_for_the_file_again() -> None:
    header = "source_reference,service_type,given_name,family_name,date_of_birth"
    lines = [f"c-{n},social_care,Amelia,Okafor,2017-05-0{n}" for n in range(1, 6)]
    lines[1], lines[3] = '"' + lines[1], lines[3] + '"x'
    extract = opened("\n".join([header, *lines]))
    rows = list(extract.rows())
    assert [bool(read.registration) for read in rows] == [True, False, True]
    assert "lines 3 to 5 were not read" in rows[1].rejections[0].reason
    assert extract.truncated_at == 3


def test_a_quotation_mark_closed_twice_is_rejected_and_fails_no_other() -> None:
    header, row, _ = as_csv(OWN).split("\r\n")
    extract = opened("\n".join([header, '"CASE"X' + row, row]))
    assert [bool(row.registration) for row in extract.rows()] == [False, True]


def test_a_doubtful_pupil_number_is_kept_with_a_warning() -> None:
    header = "source_reference,service_type,given_name,family_name,date_of_birth,upn"
    (row,) = opened(f"{header}\nc-1,education,Amelia,Okafor,2017-05-09,{DOUBTFUL_UPN}\n").rows()
    assert row.registration
    assert [i.value for i in row.registration.child.identifiers] == [DOUBTFUL_UPN]
    assert [warning.field for warning in row.warnings] == ["upn"]


# Files of no known layout


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n", ",,,\n"])
def test_an_empty_file_is_said_to_be_empty(text: str) -> None:
    assert refused(text) == "the file is empty"


def test_a_file_with_a_header_only_has_no_rows() -> None:
    extract = opened(as_csv(OWN).split("\r\n")[0])
    assert list(extract.rows()) == []
    assert extract.truncated_at is None


def test_a_missing_column_is_named() -> None:
    without = {column: value for column, value in EDUCATION.items() if column != "School Name"}
    reason = refused(as_csv(without))
    assert "missing School Name" in reason
    assert "Family Context, education" in reason


def test_a_column_that_no_layout_has_is_counted_and_not_repeated() -> None:
    reason = refused(as_csv(OWN | {"Amelia Okafor": ""}))
    assert "1 that it does not have" in reason
    assert "Amelia" not in reason


def test_a_column_that_comes_twice_is_no_layout() -> None:
    header, row, _ = as_csv(OWN).split("\r\n")
    assert "no known layout" in refused(f"{header},postcode\n{row},N12 0AB\n")


def test_a_file_without_its_header_is_no_layout_and_its_first_row_is_not_repeated() -> None:
    reason = refused(as_csv(OWN).split("\r\n", 1)[1])
    assert "no known layout" in reason
    assert "Siân" not in reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"source_reference,given_name\n', id="a quotation mark is not closed"),
        pytest.param("source_reference,given_name\rCASE-1,Ann\rCASE-2,Zoe\r", id="lines end as on old Macs"),
    ],
)
def test_a_header_that_cannot_be_read_is_said_to_be_so(text: str) -> None:
    assert "cannot be read" in refused(text)


def test_spaces_around_the_names_of_columns_do_not_matter() -> None:
    header, row, _ = as_csv(OWN).split("\r\n")
    assert opened(f"{header.replace(',', ' , ')}\n{row}\n").layout.name == "the register's own columns"


# How current it is


def test_the_extract_is_as_current_as_its_latest_row() -> None:
    days = ["2026-02-27 00:00:00", "2026-03-01 00:00:00", "2026-02-28"]
    extract = opened(as_csv(*(EDUCATION | {"Date Current As Of": day} for day in days)))
    list(extract.rows())
    assert extract.current_as_of == date(2026, 3, 1)


@pytest.mark.parametrize("day", ["", "yesterday", "2026-03-03", "2026-02-30"])
def test_a_day_that_cannot_be_is_not_believed_and_fails_no_row(day: str) -> None:
    extract = opened(as_csv(EDUCATION | {"Date Current As Of": day}))
    assert [bool(row.registration) for row in extract.rows()] == [True]
    assert extract.current_as_of is None


@given(st.text())
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    try:
        rows = list(opened(text).rows())
    except UnreadableExtract:
        return
    assert all(row.registration or row.rejections for row in rows)


@given(st.text(max_size=300))
def test_no_rows_do_worse_than_being_rejected(text: str) -> None:
    header = as_csv(OWN).split("\r\n", maxsplit=1)[0]
    assert all(row.registration or row.rejections for row in opened(f"{header}\n{text}").rows())
