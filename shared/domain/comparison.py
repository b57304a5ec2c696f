"""How far two values of one detail agree: in levels, each of which is evidence of its own weight.

Every comparison is symmetric, and None where either side says nothing, which is neither for nor against.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import jellyfish

from shared.domain import postcode as postcodes
from shared.domain.child import Sex
from shared.domain.names import comparable, parts

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import date

    from nicknames import NickNamer

    from shared.domain.likeness import Likeness

CLOSE, ALIKE = 0.92, 0.85
"""Jaro-Winkler similarities (Winkler 1990) from which two spellings count as close, and as alike."""


class Names(StrEnum):
    """How far two given names, or two family names, agree."""

    EXACT = "exact"
    """The same letters, whatever the case, accents, hyphens, apostrophes and spaces."""
    KNOWN_AS = "known_as"
    """One is a diminutive of the other: Lottie, Charlotte. Given names only."""
    PART = "part"
    """They share a part: Smith-Jones, Jones; Mary Ann, Mary; van der Berg, Berg."""
    CLOSE = "close"
    """A slip: one letter more, less, other or transposed, or nearly so."""
    VARIANT = "variant"
    """Close or alike, but no spellings of one name: two in common use, two that neither sound the same nor are a slip
    apart, or each with a part of its own (Jayden and Hayden; Hassan and Husain; Mary Ann and Mary Jane). It may be one
    child, or it and its twin. Given names only."""
    ALIKE = "alike"
    """They sound the same, or are spelt much the same, or parts of them are."""
    INITIAL = "initial"
    """One is the other's first letter."""
    DIFFERENT = "different"


class Birth(StrEnum):
    """How far two dates of birth agree."""

    EXACT = "exact"
    SWAPPED = "swapped"
    """Day and month changed places."""
    DIGIT = "digit"
    """One digit is wrong, or two neighbours changed places."""
    YEAR = "year"
    """The same year, and one of them or both 1 January, which stands for a day that nobody knew."""
    TWO_PARTS = "two_parts"
    """Two of day, month and year agree."""
    DUE = "due"
    """One is the day on which a birth was expected, and the other can be the day of that birth."""
    DIFFERENT = "different"


class Place(StrEnum):
    """How far two postcodes agree."""

    EXACT = "exact"
    SLIP = "slip"
    """One character is wrong, or two neighbours changed places."""
    SECTOR = "sector"
    """N12 7xx and N12 7yy."""
    DISTRICT = "district"
    """N12 and N12."""
    AREA = "area"
    """N12 and N3."""
    DIFFERENT = "different"


class SexLevel(StrEnum):
    """Whether two stated sexes agree; one that is not known or indeterminate says nothing."""

    SAME = "same"
    DIFFERENT = "different"


class NamesCompared(NamedTuple):
    """How the names agree, and which the names are that agree so. `crossed`: given and family name changed places."""

    given: Names | None
    family: Names | None
    given_names: tuple[str, str] = ("", "")
    family_names: tuple[str, str] = ("", "")
    crossed: bool = False


def compare_names(asked: Likeness, known: Likeness, in_use: Container[str]) -> NamesCompared:
    """Given with given and family with family name; crosswise if only that agrees. `in_use` are common given names."""
    given, family = usable_given_name(asked.given_name), asked.family_name
    known_given, known_family = usable_given_name(known.given_name), known.family_name
    straight = _compared((given, known_given), (family, known_family), in_use)
    if straight.given is Names.DIFFERENT and straight.family is Names.DIFFERENT:
        one, other = (given, known_family), (family, known_given)
        if _level(*one) in _GOOD and _level(*other) in _GOOD:
            either = (_compared(one, other, in_use), _compared(other, one, in_use))
            return min(either, key=lambda names: _unlike_given(names, in_use))._replace(crossed=True)
    return straight


def _unlike_given(names: NamesCompared, in_use: Container[str]) -> tuple[int, int, list[str]]:
    """Least for the pair to take for the given names: names in use as such; or else what agrees less, as twins' do."""
    pair = sorted(map(comparable, names.given_names))
    agreeing = list(Names).index(names.given or Names.DIFFERENT)
    return -sum(name in in_use for name in pair), -agreeing, pair


_GOOD = (Names.EXACT, Names.PART, Names.CLOSE)

type _Two = tuple[str | None, str | None]


def _compared(given: _Two, family: _Two, in_use: Container[str]) -> NamesCompared:
    level = _level(*given)
    if level in (Names.DIFFERENT, Names.ALIKE, Names.CLOSE):
        if _is_known_as(*given):
            level = Names.KNOWN_AS
        elif level is not Names.DIFFERENT and _are_two_names(level, *given, in_use):
            level = Names.VARIANT
    elif level is Names.PART and _has_each_a_part(*given):
        level = Names.VARIANT
    return NamesCompared(
        level,
        _level(*family),
        (given[0] or "", given[1] or ""),
        (family[0] or "", family[1] or ""),
    )


def usable_given_name(name: str | None) -> str | None:
    """None for what stands in for a name until there is one: two babies called Baby are not one child."""
    return name if name and comparable(name) and not is_placeholder(name) else None


def is_placeholder(name: str) -> bool:
    """Whether this stands in for a given name: Baby, Infant, Twin One …"""
    return comparable(name) in _PLACEHOLDERS


_PLACEHOLDERS = frozenset(
    (
        "baby babyboy babygirl babyone babytwo babya babyb boy female girl infant infantboy infantgirl male newborn "
        "notknown tbc twin twinone twintwo twina twinb unborn unbornbaby unknown "
    ).split()
)


def _level(left: str | None, right: str | None) -> Names | None:
    """How far two names agree by their letters and sounds."""
    one, other = comparable(left or ""), comparable(right or "")
    if not one or not other:
        return None
    if one == other:
        return Names.EXACT
    return _unequal(one, other, parts(left or ""), parts(right or ""))


@lru_cache(maxsize=4096)
def _unequal(left: str, right: str, left_parts: tuple[str, ...], right_parts: tuple[str, ...]) -> Names:
    if set(left_parts) & set(right_parts) or left in right_parts or right in left_parts:
        return Names.PART
    if min(len(left), len(right)) == 1:
        return Names.INITIAL if left[0] == right[0] else Names.DIFFERENT
    level = _spelt(left, right)
    has_parts = len(left_parts) > 1 or len(right_parts) > 1
    if has_parts and level is Names.DIFFERENT:
        pairs = product(left_parts, right_parts)
        level = Names.ALIKE if any(_spelt(*pair) is Names.CLOSE for pair in pairs) else level
    return level


def _spelt(left: str, right: str) -> Names:
    shorter, longer = sorted((left, right), key=len)
    slip = _is_slip(shorter, longer)
    similarity = jellyfish.jaro_winkler_similarity(left, right)
    if similarity >= CLOSE or (slip and len(shorter) >= _LONG_ENOUGH):
        return Names.CLOSE
    sounds_alike = sound(left) == sound(right) and len(sound(left)) > 1
    is_alike = similarity >= ALIKE or sounds_alike or slip or _is_short_form(shorter, longer)
    return Names.ALIKE if is_alike else Names.DIFFERENT


def _is_slip(shorter: str, longer: str) -> bool:
    """Whether one letter is more, less, other or transposed."""
    return len(longer) - len(shorter) <= 1 and jellyfish.damerau_levenshtein_distance(shorter, longer) == 1


def _is_short_form(shorter: str, longer: str) -> bool:
    """Whether a name may have been made by leaving letters off another: Abi of Abigail, Liam of William."""
    begins, ends = longer.startswith(shorter), longer.endswith(shorter)
    return (begins and len(shorter) >= _BEGINNING) or (ends and len(shorter) >= _END)


_LONG_ENOUGH = 4
"""Letters of the shorter name: of three, one other letter makes another name (Ali, Eli)."""
_BEGINNING, _END = 2, 4
"""Letters of a beginning, and of an end, that may stand for a whole name."""


@lru_cache(maxsize=4096)
def _names_behind(name: str) -> frozenset[str]:
    """The name itself and those it is a diminutive of."""
    return frozenset({name, *_nick_namer().canonicals_of(name), *_ALSO.get(name, ())})


@lru_cache(maxsize=1)
def _nick_namer() -> NickNamer:
    from nicknames import NickNamer  # noqa: PLC0415  # takes time to load, and names that agree do not need it

    return NickNamer()


# In use in England, and left out by the list, which is an American one: what is called, and what may be written.
_ALSO = {
    short: tuple(names.split())
    for short, names in {
        "abs": "abdullah abdul",
        "ada": "adelaide",
        "alex": "alexa alexandra alexis",
        "alfie": "alfred",
        "aggie": "agnes agatha",
        "annie": "annabel annabelle",
        "bea": "beatrice beatrix",
        "bella": "annabel annabelle arabella",
        "belle": "annabelle",
        "billie": "wilhelmina william",
        "bobbie": "roberta robert",
        "cece": "cecilia cecily",
        "cerys": "carys",
        "dilly": "dilys delilah",
        "dom": "dominic dominik",
        "edie": "edith",
        "ellie": "eleanor elizabeth ella eloise elena",
        "elsie": "elspeth elizabeth",
        "emmy": "emma emmeline emilia emily",
        "evie": "eve evelyn evangeline eva",
        "fin": "finley finlay finn",
        "flo": "flora",
        "florrie": "florence",
        "flossie": "florence",
        "freddy": "alfred",
        "gabby": "gabriella gabrielle",
        "georgie": "georgia georgina george",
        "gracie": "grace",
        "harri": "harrison harriet",
        "hattie": "harriet",
        "ibby": "ibrahim isabel isobel",
        "immy": "imogen",
        "indie": "india",
        "issy": "isabel isabella isabelle isobel",
        "iz": "isabel isabella isabelle isobel",
        "izzy": "isabel isabella isabelle isobel ismail",
        "jamie": "james",
        "jas": "jasmine jaspreet jasper",
        "josie": "josephine",
        "kit": "christopher",
        "kitty": "katherine kathryn",
        "leila": "layla",
        "liv": "olivia",
        "livvy": "olivia",
        "lola": "dolores",
        "lulu": "lucy louisa louise",
        "maddie": "madison madeleine madeline",
        "maisie": "margaret mairead",
        "mattie": "matilda matthew",
        "mia": "amelia maria",
        "mila": "camila milana",
        "millie": "amelia camilla emilia millicent emily",
        "mo": "mohammed muhammad mohamed mohammad",
        "mohamad": "muhammad",
        "mohamed": "muhammad",
        "mohammad": "muhammad",
        "mohammed": "muhammad",
        "muhammed": "muhammad",
        "nell": "eleanor penelope",
        "nellie": "eleanor helen penelope",
        "nico": "nicholas nicolas",
        "ollie": "oliver olive olivia",
        "oz": "oscar osman",
        "ozzy": "oscar osman",
        "pip": "philip phillip philippa",
        "poppy": "penelope",
        "rafe": "raphael ralph",
        "rafi": "raphael rafael",
        "ralphie": "ralph",
        "rhi": "rhiannon",
        "romy": "rosemary",
        "rory": "ruairi roderick",
        "rosie": "rosemary rosalind rosa rose roisin",
        "sami": "samuel samir samantha",
        "seb": "sebastian",
        "sid": "sidney",
        "sofia": "sophia",
        "stan": "stanley stanislaw",
        "tabby": "tabitha",
        "theo": "theodora theodore",
        "tilly": "matilda",
        "tori": "victoria",
        "xander": "alexander",
        "zac": "zachary isaac",
        "zak": "zachary zakariya zakaria",
        "zara": "zahra",
    }.items()
}


def _are_two_names(level: Names, left: str | None, right: str | None, in_use: Container[str]) -> bool:
    """Whether two close or alike names are more than two spellings: Jayden and Hayden, Maria and Marie."""
    one, other = comparable(left or ""), comparable(right or "")
    if sound_the_same(one, other):
        return False
    if one in in_use and other in in_use:
        return True
    shorter, longer = sorted((one, other), key=len)
    return level is Names.ALIKE and not (_is_slip(shorter, longer) or _is_short_form(shorter, longer))


def sound_the_same(left: str, right: str) -> bool:
    """Whether two comparable names are spellings of one, as nobody would name twins: Oskar and Oscar, Kiera and Keira.

    Metaphone leaves out vowels, so those that tell names apart are compared as well: Daniel and Danielle, Tim and Tom.
    """
    if sound(left) != sound(right) or not left or not right:
        return False
    return _ending(left) == _ending(right) and bool(_first_vowels(left) & _first_vowels(right))


def _ending(name: str) -> str:
    """Which vowel a name ends in, as far as it is heard: `a`, `e` for e, i and y, `o` for o and u, or none."""
    last = name.removesuffix("h")[-1:]
    return next((vowel for vowel, written in _ENDINGS.items() if last and last in written), "")


_ENDINGS = {"a": "a", "e": "eiy", "o": "ou"}
_VOWELS = re.compile("[aeiouy]+")


def _first_vowels(name: str) -> set[str]:
    return set(found[0]) if (found := _VOWELS.search(name)) else set()


def _has_each_a_part(left: str | None, right: str | None) -> bool:
    """Whether each has a part that the other lacks: Mohammed Ali and Mohammed Umar may be brothers."""
    one, other = set(parts(left or "")), set(parts(right or ""))
    return bool(one - other) and bool(other - one)


def _is_known_as(left: str | None, right: str | None) -> bool:
    """Whether one is a diminutive of the other; two diminutives of one name may be two sisters, Liz and Beth."""
    one, other = parts(left or ""), parts(right or "")
    return bool(one and other) and (one[0] in _names_behind(other[0]) or other[0] in _names_behind(one[0]))


@lru_cache(maxsize=4096)
def sound(name: str) -> str:
    """How a comparable name sounds in English (Metaphone, Philips 1990); a name in other letters is its own sound."""
    return (jellyfish.metaphone(name) if name.isascii() else "") or name


def compare_births(asked: Likeness, known: Likeness) -> Birth | None:
    """Dates of birth, or days on which a birth is expected, or one of each."""
    if asked.date_of_birth and known.date_of_birth:
        return _birth_level(asked.date_of_birth, known.date_of_birth)
    if asked.expected_date and known.expected_date:
        return _birth_level(asked.expected_date, known.expected_date)
    born, due = asked.date_of_birth or known.date_of_birth, asked.expected_date or known.expected_date
    if not born or not due:
        return None
    last = born.replace(month=12, day=31) if _is_unknown_day(born) else born
    if (last - due) / _WEEK < -_WEEKS_EARLY or (born - due) / _WEEK > _WEEKS_LATE:
        return Birth.DIFFERENT
    return Birth.DUE if last == born else Birth.YEAR


_WEEK = timedelta(weeks=1)
_WEEKS_EARLY, _WEEKS_LATE = 18, 3
"""From the 22nd week, the earliest at which children live, to three weeks past the expected date."""


def _birth_level(left: date, right: date) -> Birth:
    if left == right:
        return Birth.YEAR if _is_unknown_day(left) else Birth.EXACT
    if (left.year, left.month, left.day) == (right.year, right.day, right.month):
        return Birth.SWAPPED
    if left.year == right.year and (_is_unknown_day(left) or _is_unknown_day(right)):
        return Birth.YEAR
    if _one_slip(f"{left:%d%m%Y}", f"{right:%d%m%Y}"):
        return Birth.DIGIT
    if (left.day == right.day) + (left.month == right.month) + (left.year == right.year) == 2:  # noqa: PLR2004  # of three
        return Birth.TWO_PARTS
    return Birth.DIFFERENT


def _is_unknown_day(day: date) -> bool:
    return (day.month, day.day) == (1, 1)


def compare_postcodes(asked: str | None, known: str | None) -> Place | None:
    """Two postcodes, parsed, with one space."""
    if not asked or not known:
        return None
    if asked == known:
        return Place.EXACT
    if _one_slip(asked.replace(" ", ""), known.replace(" ", "")):
        return Place.SLIP
    (outward, _, inward), (other, _, other_inward) = asked.partition(" "), known.partition(" ")
    if outward == other and inward:
        return Place.SECTOR if inward[:1] == other_inward[:1] else Place.DISTRICT
    area = postcodes.area(outward)
    return Place.AREA if area and area == postcodes.area(other) else Place.DIFFERENT


def _one_slip(left: str, right: str) -> bool:
    """Whether one character differs, or two neighbours changed places; none is missing."""
    if len(left) != len(right):
        return False
    differing = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
    match differing:
        case [_]:
            return True
        case [i, j] if j == i + 1:
            return left[i] == right[j] and left[j] == right[i]
        case _:
            return False


def compare_sexes(asked: Sex | None, known: Sex | None) -> SexLevel | None:
    """Only female and male say something."""
    if asked not in _STATED or known not in _STATED:
        return None
    return SexLevel.SAME if asked is known else SexLevel.DIFFERENT


_STATED = (Sex.FEMALE, Sex.MALE)
