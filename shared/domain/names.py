"""Names as people write them, and as they are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose, as they are written without their accent or ligature.
_PLAIN = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def tidy(name: str) -> str:
    """The name as it is kept: composed (NFC), white space folded; accents, hyphens and apostrophes stay.

    Raises ValueError for a name without a letter, or with characters that no name has (controls, `<`, digits …).
    """
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    if not any(letter.isalpha() for letter in kept):
        message = "a name has at least one letter"
        raise ValueError(message)
    if not all(letter.isalpha() or unicodedata.combining(letter) or letter in " -'’‘`.,()·" for letter in kept):
        message = "a name has letters, spaces, hyphens, apostrophes and full stops only"
        raise ValueError(message)
    return kept


def comparable(name: str) -> str:
    """The name as it is compared: letters only, without case, accents, spaces and punctuation.

    `comparable("Siân") == comparable("sian")`; `O'Connor`, `O’Connor` and `OConnor` are one. May be empty.
    """
    return _comparable(name)


@lru_cache(maxsize=8192)
def _comparable(name: str) -> str:
    # Folding can bring new marks and marks new letters, so: decompose, fold, decompose.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(letter for letter in folded.translate(_PLAIN) if letter.isalpha())


@lru_cache(maxsize=8192)
def parts(name: str) -> tuple[str, ...]:
    """The parts of a name as they are compared, without the particles: `("smith", "jones")` of `Smith-Jones`.

    A name of one part, or of particles only, is itself; a name without letters has none.
    """
    whole = comparable(name)
    separate = [part for word in re.split(r"[\s-]+", name) if (part := comparable(word))]
    proper = tuple(part for part in separate if part not in _PARTICLES)
    return proper or ((whole,) if whole else ())


_PARTICLES = frozenset("al ap bin bint binti da dal de del den der di do dos du el ibn la le st ul van von zu".split())
"""They go with many names and tell none from another."""
