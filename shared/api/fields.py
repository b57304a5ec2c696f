"""The fields of requests: how each is checked, once, whether it comes as JSON or in an extract."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.api import cursors
from shared.domain import identifiers, names, postcode

LARGEST_PAGE = 100
"""How many rows one page of a list may hold."""


class Body(BaseModel):
    """What a caller sends: unknown fields are refused, and nothing is guessed from another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _readable(text: str) -> str:
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if not tidy or not all(letter.isprintable() for letter in tidy):
        message = "leave this out, or give text without control characters"
        raise ValueError(message)
    return tidy


def _day(value: Any) -> date:  # whatever came, before it is known to be a date
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):  # 2015-02-30: said below
            return date.fromisoformat(value)
    message = "give a date that exists, as YYYY-MM-DD"
    raise ValueError(message)


def _page_size(value: Any) -> int:  # what stands in an address is text
    if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,2}", value) and int(value) <= LARGEST_PAGE:
        return int(value)
    message = f"give a whole number from 1 to {LARGEST_PAGE}"
    raise ValueError(message)


Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(names.tidy)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(_readable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_readable)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_readable)]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
NhsNumber = Annotated[str, StringConstraints(max_length=20), AfterValidator(identifiers.parse_nhs_number)]
Upn = Annotated[str, StringConstraints(max_length=20), AfterValidator(identifiers.parse_upn)]
LocalId = Annotated[str, StringConstraints(max_length=40), AfterValidator(identifiers.parse_local_id)]
OrganisationCode = Annotated[str, StringConstraints(max_length=12), AfterValidator(identifiers.parse_organisation_code)]
Postcode = Annotated[str, StringConstraints(max_length=12), AfterValidator(postcode.parse_postcode)]
District = Annotated[str, StringConstraints(max_length=4), AfterValidator(postcode.parse_district)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,400}$"), AfterValidator(cursors.read)]
PageSize = Annotated[
    int, BeforeValidator(_page_size, json_schema_input_type=Annotated[int, Field(ge=1, le=LARGEST_PAGE)])
]
SourceReference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$")]
CaseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
OverrideId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
NoticeId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
DependentId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
"""Such as `e-caf`: it stands in an address."""
ChildId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+]{1,128}$")]
PractitionerId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/@-]{0,63}$")]
