"""The few details of a child that matching compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.identifiers import IdentifierKind

if TYPE_CHECKING:
    from datetime import date

    from shared.domain.child import ChildDetails, Sex
    from shared.domain.pseudonym import Pseudonyms


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The few details that scoring compares. `nhs_number` is a keyed hash, never the number."""

    given_name: str | None = None
    family_name: str | None = None
    date_of_birth: date | None = None
    expected_date: date | None = None
    sex: Sex | None = None
    postcode: str | None = None
    nhs_number: str | None = None


def likeness(details: ChildDetails, pseudonyms: Pseudonyms) -> Likeness:
    """What scoring compares of these details, under the name of now."""
    nhs_numbers = [i for i in details.identifiers if i.kind is IdentifierKind.NHS_NUMBER]
    return Likeness(
        given_name=details.given_name,
        family_name=details.family_name,
        date_of_birth=details.date_of_birth,
        expected_date=details.expected_date,
        sex=details.sex,
        postcode=details.postcode,
        nhs_number=pseudonyms.of("nhs", nhs_numbers[0].value) if nhs_numbers else None,
    )


def likenesses(details: ChildDetails, pseudonyms: Pseudonyms) -> tuple[Likeness, ...]:
    """The same under the name of now and under each former one."""
    return tuple(likeness(named, pseudonyms) for named in details.under_each_name())
