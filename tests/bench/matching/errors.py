"""What is said of a child, with the errors that people make: registrations and questions.

Each rate is written down, with where it comes from. Most are assumed: published studies of linkage errors in English
health data (a few per cent of records in which a name or date of birth differs from another record of the same
person; postcodes that differ far more often, because families move) fix the orders of magnitude, not the digits.
No rate was changed after matching had been measured with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.child import ChildDetails, FormerName, Sex
from tests.bench.matching import mistyped
from tests.bench.matching.births import AS_OF
from tests.bench.matching.diminutives import DIMINUTIVES
from tests.bench.matching.draws import chance, pick
from tests.bench.matching.names import respell, spellings

if TYPE_CHECKING:
    from random import Random

    from tests.bench.matching.population import Person


class Kind(StrEnum):
    """A way in which a statement differs from the child's own papers."""

    GIVEN_TYPO = "given name: typing error"
    GIVEN_BY_EAR = "given name: spelt by ear"
    SHORT_NAME = "given name: short form, or what the child is called"
    MIDDLE_NAME = "given name: the middle name"
    TWO_NAMES = "given name: the middle name with it"
    ONE_OF_TWO = "given name: one of two parts"
    INITIAL = "given name: an initial"
    PLACEHOLDER = "given name: Baby"
    NO_GIVEN_NAME = "given name: missing"
    FAMILY_TYPO = "family name: typing error"
    FAMILY_BY_EAR = "family name: spelt by ear"
    FORMER_NAME = "family name: the former one"
    HALF_NAME = "family name: one part"
    NO_FAMILY_NAME = "family name: missing"
    SWAPPED = "names: swapped"
    BARE = "names: accents, hyphens, apostrophes left out"
    DAY_MONTH = "birth: day and month swapped"
    DIGIT = "birth: a digit wrong"
    DAY_OFF = "birth: a day off"
    YEAR_OFF = "birth: a year off"
    NEW_YEAR = "birth: 1 January"
    NO_BIRTH = "birth: missing"
    FORMER_POSTCODE = "postcode: the former one"
    POSTCODE_TYPO = "postcode: typing error"
    NO_POSTCODE = "postcode: missing"
    WRONG_SEX = "sex: wrong"
    NO_SEX = "sex: missing"


MISSING = frozenset(
    {Kind.NO_GIVEN_NAME, Kind.NO_FAMILY_NAME, Kind.NO_BIRTH, Kind.NO_POSTCODE, Kind.NO_SEX, Kind.PLACEHOLDER}
)
"""Kinds that say less, not something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often each kind happens, as a share (0 to 1) of statements, or of those in which it can happen."""

    given_typo: float
    """One key wrong, missed, doubled or two transposed. Keying studies find 0.5 to 3 % of names; assumed."""
    given_by_ear: float
    """Another spelling that sounds the same (Aisha for Ayesha); assumed."""
    short_name: float
    """Of the children who have a short form or are called by it: that it is given; assumed."""
    known_as: float
    """Of the children whose papers say that they are called otherwise: that this is given; assumed."""
    middle_name: float
    """Of the children with a middle name: that it is given as the only one; assumed."""
    two_names: float
    """Of the children with a middle name: that both are given; assumed."""
    one_of_two: float
    """Of given names of two parts (Abdul Rahman, Anne-Marie): that one part is given; assumed."""
    initial: float
    """That only the initial is given; assumed."""
    placeholder: float
    """Of children under a year: that they are still Baby (newborns are named within six weeks by law); assumed."""
    no_given_name: float
    """That it is missing; assumed."""
    family_typo: float
    """As for given names; assumed."""
    family_by_ear: float
    """As for given names; family names are spelt out more often; assumed."""
    former_name: float
    """Of children who have a former family name: that it is given; assumed."""
    former_name_too: float
    """Of children who have a former family name: that it is stated as such beside the one of now; assumed."""
    half_name: float
    """Of family names of two parts: that one part is given; assumed."""
    no_family_name: float
    """That it is missing; assumed."""
    swapped: float
    """Given and family name in each other's place: commoner where names of other languages are taken down; assumed."""
    bare: float
    """Of names with accents, hyphens, apostrophes or spaces inside: that these are left out; assumed."""
    day_month: float
    """Of births on the 1st to 12th: day and month swapped; assumed."""
    digit: float
    """One digit of the date wrong, the date still possible; assumed."""
    day_off: float
    """The day before or after; assumed."""
    year_off: float
    """The year before or after; assumed."""
    new_year: float
    """1 January of the year: written where the day is not known, mostly of children from abroad; assumed."""
    no_birth: float
    """That the date of birth is missing; assumed."""
    former_postcode: float
    """Of children who have moved (45 in 100): that the old postcode is given; assumed from the 9 % who move a year and
    an address on file that is some months old."""
    postcode_typo: float
    """One letter or digit wrong or two transposed, the form still right; assumed."""
    no_postcode: float
    """That it is missing; assumed."""
    wrong_sex: float
    """That the other is given; assumed."""
    no_sex: float
    """That it is missing; assumed."""


REGISTERED = Rates(
    given_typo=0.010,
    given_by_ear=0.005,
    short_name=0.015,
    known_as=0.15,
    middle_name=0.004,
    two_names=0.020,
    one_of_two=0.08,
    initial=0.0005,
    placeholder=0.06,
    no_given_name=0.001,
    family_typo=0.010,
    family_by_ear=0.004,
    former_name=0.20,
    former_name_too=0.20,
    half_name=0.08,
    no_family_name=0.0005,
    swapped=0.004,
    bare=0.35,
    day_month=0.004,
    digit=0.005,
    day_off=0.002,
    year_off=0.002,
    new_year=0.002,
    no_birth=0.002,
    former_postcode=0.12,
    postcode_typo=0.006,
    no_postcode=0.03,
    wrong_sex=0.002,
    no_sex=0.02,
)
"""What organisations feed in from their case-management systems: taken down once, checked now and then."""

ASKED = Rates(
    given_typo=0.018,
    given_by_ear=0.012,
    short_name=0.04,
    known_as=0.30,
    middle_name=0.006,
    two_names=0.015,
    one_of_two=0.15,
    initial=0.003,
    placeholder=0.03,
    no_given_name=0.003,
    family_typo=0.018,
    family_by_ear=0.010,
    former_name=0.25,
    former_name_too=0.05,
    half_name=0.15,
    no_family_name=0.002,
    swapped=0.005,
    bare=0.50,
    day_month=0.005,
    digit=0.008,
    day_off=0.004,
    year_off=0.004,
    new_year=0.002,
    no_birth=0.01,
    former_postcode=0.14,
    postcode_typo=0.012,
    no_postcode=0.10,
    wrong_sex=0.003,
    no_sex=0.10,
)
"""What a practitioner types, at night in A&E, from what a child or a neighbour says: more by ear, more missing."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said, and in what it differs from the truth."""

    details: ChildDetails
    kinds: frozenset[Kind]


def state(person: Person, rng: Random, rates: Rates) -> ChildDetails:
    """What somebody says of the child: `say` without the truth about it."""
    return say(person, rng, rates).details


def say(person: Person, rng: Random, rates: Rates) -> Statement:
    """What somebody says of the child, in the form in which the API hands it on: tidied names, spaced postcodes."""
    kinds: set[Kind] = set()
    given = _given(person, rng, rates, kinds)
    family = _family(person, rng, rates, kinds)
    if given and family and Kind.PLACEHOLDER not in kinds and chance(rng, rates.swapped):
        given, family = family, given
        kinds.add(Kind.SWAPPED)
    if (mistyped.is_dressed(given) or mistyped.is_dressed(family)) and chance(rng, rates.bare):
        given, family = mistyped.bare(given), mistyped.bare(family)
        kinds.add(Kind.BARE)
    details = ChildDetails(
        given_name=given or None,
        family_name=family or None,
        date_of_birth=_born(person, rng, rates, kinds),
        sex=_sex(person, rng, rates, kinds),
        postcode=_postcode(person, rng, rates, kinds),
        former_names=_former_names(person, rng, rates, kinds),
    )
    return Statement(details, frozenset(kinds))


def _given(person: Person, rng: Random, rates: Rates, kinds: set[Kind]) -> str:
    if (AS_OF - person.born).days < 365 and chance(rng, rates.placeholder):
        kinds.add(Kind.PLACEHOLDER)
        return "Baby"
    if chance(rng, rates.no_given_name):
        kinds.add(Kind.NO_GIVEN_NAME)
        return ""
    name = _which_given(person, rng, rates, kinds)
    if chance(rng, rates.initial):
        kinds.add(Kind.INITIAL)
        return name[0]
    typo, by_ear = (rates.given_typo, Kind.GIVEN_TYPO), (rates.given_by_ear, Kind.GIVEN_BY_EAR)
    return _misspelt(name, rng, kinds, typo=typo, by_ear=by_ear, of="given")


def _which_given(person: Person, rng: Random, rates: Rates, kinds: set[Kind]) -> str:
    if person.known_as and chance(rng, rates.known_as):
        kinds.add(Kind.SHORT_NAME)
        return person.known_as
    short = DIMINUTIVES.get(person.given_name)
    if short and chance(rng, rates.short_name):
        kinds.add(Kind.SHORT_NAME)
        return pick(rng, short)
    if person.middle_name and chance(rng, rates.middle_name):
        kinds.add(Kind.MIDDLE_NAME)
        return person.middle_name
    if person.middle_name and person.middle_name not in person.given_name and chance(rng, rates.two_names):
        kinds.add(Kind.TWO_NAMES)
        return f"{person.given_name} {person.middle_name}"
    parts = mistyped.parts(person.given_name)
    if len(parts) > 1 and chance(rng, rates.one_of_two):
        kinds.add(Kind.ONE_OF_TWO)
        return parts[0] if chance(rng, 0.7) else parts[-1]
    return person.given_name


def _family(person: Person, rng: Random, rates: Rates, kinds: set[Kind]) -> str:
    if chance(rng, rates.no_family_name):
        kinds.add(Kind.NO_FAMILY_NAME)
        return ""
    name = person.family_name
    if person.former_family_name and chance(rng, rates.former_name):
        kinds.add(Kind.FORMER_NAME)
        name = person.former_family_name
    parts = [part for part in mistyped.parts(name) if len(part) > len("von")]
    if len(parts) > 1 and chance(rng, rates.half_name):
        kinds.add(Kind.HALF_NAME)
        name = pick(rng, parts)
    typo, by_ear = (rates.family_typo, Kind.FAMILY_TYPO), (rates.family_by_ear, Kind.FAMILY_BY_EAR)
    return _misspelt(name, rng, kinds, typo=typo, by_ear=by_ear, of="families")


def _former_names(person: Person, rng: Random, rates: Rates, kinds: set[Kind]) -> tuple[FormerName, ...]:
    former = person.former_family_name
    told = former and Kind.FORMER_NAME not in kinds and chance(rng, rates.former_name_too)
    return (FormerName(family_name=former),) if told else ()


def _misspelt(
    name: str, rng: Random, kinds: set[Kind], *, typo: tuple[float, Kind], by_ear: tuple[float, Kind], of: str
) -> str:
    """Typed wrong or spelt by ear at these rates, and as often as not by ear as another family spells it."""
    written = name
    if chance(rng, by_ear[0]):
        others = spellings(of).get(name)
        written = pick(rng, others) if others and chance(rng, 0.7) else respell(name, rng)
        if written != name:
            kinds.add(by_ear[1])
    if chance(rng, typo[0]):
        kinds.add(typo[1])
        written = mistyped.name(written, rng)
    return written


def _born(person: Person, rng: Random, rates: Rates, kinds: set[Kind]) -> date | None:
    born = person.born
    if chance(rng, rates.no_birth):
        kinds.add(Kind.NO_BIRTH)
        return None
    wrong: date | None = None
    kind = Kind.NEW_YEAR
    if born.day <= 12 and born.day != born.month and chance(rng, rates.day_month):
        wrong, kind = born.replace(month=born.day, day=born.month), Kind.DAY_MONTH
    elif chance(rng, rates.digit):
        wrong, kind = mistyped.day(born, rng), Kind.DIGIT
    elif chance(rng, rates.day_off):
        wrong, kind = born + timedelta(pick(rng, (-1, 1))), Kind.DAY_OFF
    elif chance(rng, rates.year_off):
        wrong, kind = born + timedelta(pick(rng, (-365, 365))), Kind.YEAR_OFF
        wrong = date(wrong.year, born.month, born.day) if (born.month, born.day) != (2, 29) else wrong
    elif chance(rng, rates.new_year):
        wrong = born.replace(month=1, day=1)
    if wrong is None or wrong > AS_OF or wrong == born:  # what lies in the future is refused, and typed again
        return born
    kinds.add(kind)
    return wrong


def _postcode(person: Person, rng: Random, rates: Rates, kinds: set[Kind]) -> str | None:
    if chance(rng, rates.no_postcode):
        kinds.add(Kind.NO_POSTCODE)
        return None
    postcode = person.postcode
    if person.former_postcode and person.former_postcode != postcode and chance(rng, rates.former_postcode):
        kinds.add(Kind.FORMER_POSTCODE)
        postcode = person.former_postcode
    if chance(rng, rates.postcode_typo):
        kinds.add(Kind.POSTCODE_TYPO)
        return mistyped.postcode(postcode, rng)
    return postcode


def _sex(person: Person, rng: Random, rates: Rates, kinds: set[Kind]) -> Sex | None:
    if chance(rng, rates.no_sex):
        kinds.add(Kind.NO_SEX)
        return None
    if chance(rng, rates.wrong_sex):
        kinds.add(Kind.WRONG_SEX)
        return Sex.MALE if person.sex == "female" else Sex.FEMALE
    return Sex(person.sex)
