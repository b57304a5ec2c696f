"""The numbers by which services know a child, and how each is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.gb import nhs
from stdnum.gb import upn as upn_number

_UPN = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")  # I, O and S are not used
_LOCAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]{0,31}")
_ORGANISATION_CODE = re.compile(r"[A-Z0-9]{3,12}")


class IdentifierKind(StrEnum):
    """Which number it is; a local-authority id means nothing without its authority."""

    NHS_NUMBER = "nhs_number"
    UPN = "upn"
    LOCAL_AUTHORITY_CHILD_ID = "local_authority_child_id"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One number of one child. `authority` is set for local-authority ids only."""

    kind: IdentifierKind
    value: str
    authority: str = ""


def parse_nhs_number(text: str) -> str:
    """Ten digits, spaces and hyphens taken out.

    Raises ValueError unless the check digit is right: modulus 11, NHS Data Dictionary, NHS NUMBER.
    """
    try:
        return str(nhs.validate(text))
    except InvalidChecksum:
        message = "the check digit of this NHS number is wrong: look for a mistyped digit"
    except ValidationError:
        message = "an NHS number has ten digits"
    raise ValueError(message)


def parse_upn(text: str) -> str:
    """Thirteen characters, upper case, spaces taken out: a check letter, eleven digits, a digit or letter.

    A wrong check letter or authority is accepted (see `upn_is_doubtful`): many that schools hold fail it.
    Raises ValueError for anything that has not the form of a UPN (Department for Education, UPN guide).
    """
    number = str(upn_number.compact(text))
    if not _UPN.fullmatch(number):
        message = "a unique pupil number has a letter, eleven digits and a last digit or letter"
        raise ValueError(message)
    return number


def upn_is_doubtful(number: str) -> bool:
    """Whether the check letter or the authority within a UPN is wrong."""
    return not upn_number.is_valid(number)


def parse_local_id(text: str) -> str:
    """An authority's own id for a child: up to 32 letters, digits and `/ . _ -`. Raises ValueError."""
    value = text.strip()
    if not _LOCAL_ID.fullmatch(value):
        message = "an authority's child id has 1 to 32 letters, digits or / . _ -"
        raise ValueError(message)
    return value


def parse_organisation_code(text: str) -> str:
    """An ODS or local-authority (GSS) code, upper case. Raises ValueError."""
    code = text.strip().upper()
    if not _ORGANISATION_CODE.fullmatch(code):
        message = "an organisation code has 3 to 12 letters and digits, such as an ODS or GSS code"
        raise ValueError(message)
    return code
