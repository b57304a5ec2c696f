"""Errors of the hand: a key beside the right one, one missed, one twice, two in the wrong order."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING

from shared.domain.postcode import parse_postcode
from tests.bench.matching.draws import below, pick

if TYPE_CHECKING:
    from random import Random

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: "".join(
        other
        for row_beside in _ROWS[max(0, up - 1) : up + 2]
        for other in row_beside[max(0, across - 1) : across + 2]
        if other != key
    )
    for up, row in enumerate(_ROWS)
    for across, key in enumerate(row)
}
_TRIES = 20
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O"})


def name(text: str, rng: Random) -> str:
    """The name with one typing error in it; one of a single letter gets another beside it."""
    letters = [place for place, letter in enumerate(text) if letter.isalpha()]
    for _ in range(_TRIES):
        at = pick(rng, letters)
        key = _like(pick(rng, _BESIDE.get(text[at].lower(), "aeinorst")), text[at])
        following = text[at + 1 : at + 2]
        match below(rng, 5):
            case 0 if len(letters) > 2:
                wrong = text[:at] + text[at + 1 :]
            case 1:
                wrong = text[: at + 1] + text[at].lower() + text[at + 1 :]
            case 2 if following.isalpha():
                wrong = text[:at] + _like(following, text[at]) + text[at].lower() + text[at + 2 :]
            case 3:
                wrong = text[: at + 1] + key.lower() + text[at + 1 :]
            case _:
                wrong = text[:at] + key + text[at + 1 :]
        if wrong != text:
            return wrong.strip(" -'’")
    return text


def day(born: date, rng: Random) -> date | None:
    """The date with one digit wrong, in a year that a child can be born in; None if none was found."""
    for _ in range(_TRIES):
        digits = list(f"{born:%Y%m%d}")
        digits[2 + below(rng, 6)] = str(below(rng, 10))
        try:
            wrong = date.fromisoformat("".join(digits))
        except ValueError:
            continue
        if wrong != born and abs(wrong.year - born.year) < 18:
            return wrong
    return None


def postcode(text: str, rng: Random) -> str:
    """The postcode with one character wrong or two transposed, and still one that can exist."""
    compact = text.replace(" ", "")
    for _ in range(_TRIES * 5):
        at = below(rng, len(compact))
        if below(rng, 3) == 0 and at + 1 < len(compact):
            wrong = compact[:at] + compact[at + 1] + compact[at] + compact[at + 2 :]
        else:
            keys = "0123456789" if compact[at].isdigit() else "ABDEFGHJLNPQRSTUWXYZ"
            wrong = compact[:at] + pick(rng, keys) + compact[at + 1 :]
        try:
            parsed = parse_postcode(wrong)
        except ValueError:
            continue
        if parsed != text:
            return parsed
    return text


def parts(text: str) -> list[str]:
    """The words of a name that a space or a hyphen joins."""
    return [part for part in re.split(r"[ -]", text) if part]


def is_dressed(text: str) -> bool:
    """Whether it has more than plain letters: accents, hyphens, apostrophes, spaces."""
    return not (text.isascii() and text.isalpha()) and bool(text)


def bare(text: str) -> str:
    """Without accents, hyphens and apostrophes; what they joined is written as one word or as two, as people do."""
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return plain.replace("-", " ").replace("'", "").replace("’", "")


def _like(letter: str, other: str) -> str:
    return letter.upper() if other.isupper() else letter.lower()
