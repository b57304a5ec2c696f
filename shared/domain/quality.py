"""How well what is said of a child will tell it from others, detail by detail: by what is said alone, never by what is held."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.child import Sex
from shared.domain.comparison import is_placeholder
from shared.domain.identifiers import Identifier, IdentifierKind, upn_is_doubtful
from shared.domain.names import comparable

if TYPE_CHECKING:
    from datetime import date

    from shared.domain.child import ChildDetails, FormerName


class Quality(StrEnum):
    """What a detail is worth in telling one child from another."""

    GOOD = "good"
    WEAK = "weak"
    """It is compared, but tells less than it could."""
    MISSING = "missing"
    UNUSABLE = "unusable"
    """It is kept, and compared with nothing."""


@dataclass(frozen=True, slots=True)
class Datum:
    """One detail, what it is worth, and why or what would be better."""

    detail: str
    quality: Quality
    remark: str | None = None


def quality_of(child: ChildDetails, today: date) -> tuple[Datum, ...]:
    """Every detail by which a child can be told from others, in the order of a request."""
    numbers = {identifier.kind: identifier for identifier in child.identifiers}
    return (
        _nhs_number(numbers.get(IdentifierKind.NHS_NUMBER)),
        _upn(numbers.get(IdentifierKind.UPN)),
        _local_id(numbers.get(IdentifierKind.LOCAL_AUTHORITY_CHILD_ID)),
        _name("given_name", child.given_name),
        _name("family_name", child.family_name),
        _birth(child, today),
        _sex(child.sex),
        _postcode(child.postcode),
        _former_names(child.former_names),
    )


def _nhs_number(number: Identifier | None) -> Datum:
    if number is None:
        return Datum("nhs_number", Quality.MISSING, "it settles who the child is")
    return Datum("nhs_number", Quality.GOOD)


def _upn(number: Identifier | None) -> Datum:
    if number is None:
        return Datum("upn", Quality.MISSING, "schools know a child by it")
    if upn_is_doubtful(number.value):
        return Datum("upn", Quality.WEAK, "its check letter or the authority within it is wrong")
    return Datum("upn", Quality.GOOD)


def _local_id(number: Identifier | None) -> Datum:
    if number is None:
        return Datum("local_authority_child_id", Quality.MISSING, "the authority's own services know a child by it")
    return Datum("local_authority_child_id", Quality.GOOD)


def _name(detail: str, name: str | None) -> Datum:
    if name is None:
        return Datum(detail, Quality.MISSING)
    if is_placeholder(name):
        if detail == "family_name":  # Boy and Male are family names, too
            return Datum(detail, Quality.WEAK, "may stand in for a name")
        return Datum(detail, Quality.UNUSABLE, "stands in for a name: put it right once there is one")
    match len(comparable(name)):
        case 0:
            return Datum(detail, Quality.UNUSABLE, "has no letter that can be compared")
        case 1:
            return Datum(detail, Quality.WEAK, "an initial fits many names")
        case _:
            return Datum(detail, Quality.GOOD)


def _birth(child: ChildDetails, today: date) -> Datum:
    born, due = child.date_of_birth, child.expected_date
    if born:
        if (born.month, born.day) == (1, 1):
            return Datum("date_of_birth", Quality.WEAK, "1 January is often entered for an unknown day")
        return Datum("date_of_birth", Quality.GOOD)
    if due is None:
        return Datum("date_of_birth", Quality.MISSING)
    if due < today:
        return Datum("expected_date", Quality.WEAK, "the day has passed: give the date of birth")
    return Datum("expected_date", Quality.GOOD)


def _sex(sex: Sex | None) -> Datum:
    if sex is None:
        return Datum("sex", Quality.MISSING)
    if sex in (Sex.FEMALE, Sex.MALE):
        return Datum("sex", Quality.GOOD)
    return Datum("sex", Quality.WEAK, "only female and male are compared")


def _postcode(postcode: str | None) -> Datum:
    if postcode is None:
        return Datum("postcode", Quality.MISSING)
    return Datum("postcode", Quality.GOOD)


def _former_names(names: tuple[FormerName, ...]) -> Datum:
    if not names:
        return Datum("former_names", Quality.MISSING, "only if the child had another name, or goes by one")
    if any(part and is_placeholder(part) for name in names for part in (name.given_name, name.family_name)):
        return Datum("former_names", Quality.WEAK, "one of them stands in for a name")
    return Datum("former_names", Quality.GOOD)
