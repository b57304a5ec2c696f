"""Postcodes: their form, and the area that coverage is told for."""

from __future__ import annotations

import re

# BS 7666 / Royal Mail PAF: outward A9, A99, AA9, AA99, A9A, AA9A; the inward letters leave out C I K M O V.
_FORM = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][ABD-HJLNP-UW-Z]{2})")
_DIGIT = re.compile(r"[0-9]")

# The 121 areas of the United Kingdom and the three of the Crown dependencies (Royal Mail PAF).
_AREAS = frozenset(
    (
        "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK "
        "FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG "
        "NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR "
        "TS TW UB W WA WC WD WF WN WR WS WV YO ZE "
    ).split()
)


def parse_postcode(text: str) -> str:
    """The postcode with one space, upper case, such as `N12 0AB`. Raises ValueError if no such one can exist."""
    compact = re.sub(r"\s+", "", text).upper()
    form = _FORM.fullmatch(compact)
    if form is None or area(form[1]) not in _AREAS:
        message = "no such postcode can exist: write it like N12 0AB"
        raise ValueError(message)
    return f"{form[1]} {form[2]}"


def parse_district(text: str) -> str:
    """A postcode district (`N12`) or a whole area (`N`), upper case. Raises ValueError."""
    district = text.strip().upper()
    if area(district) not in _AREAS or not re.fullmatch(r"[A-Z]{1,2}([0-9][A-Z0-9]?)?", district):
        message = "a district is an outward code such as N12, or an area such as N"
        raise ValueError(message)
    return district


def district(postcode: str) -> str:
    """The outward code of a parsed postcode: `N12` of `N12 0AB`."""
    return postcode.partition(" ")[0]


def area(outward: str) -> str:
    """The leading letters of an outward code: `N` of `N12`."""
    return _DIGIT.split(outward, maxsplit=1)[0]
