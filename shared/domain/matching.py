"""Is this the child who is meant? Match keys find candidates, a score says how sure, an outcome says what may follow.

The rules are a cascade of exact agreements, as the NHS Personal Demographics Service traces: full agreement
is a match, anything less discloses nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.child import ChildDetails, Sex
from shared.domain.identifiers import IdentifierKind
from shared.domain.names import comparable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from shared.domain.pseudonym import Pseudonyms


class Outcome(StrEnum):
    """What a question led to. Only `match` discloses a child."""

    MATCH = "match"
    POTENTIAL_MATCH = "potential_match"
    LOW_CONFIDENCE = "low_confidence"
    MANY_MATCHES = "many_matches"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score (0 to 1) a candidate counts as what."""

    match: float = 0.95
    potential: float = 0.85
    low: float = 0.50


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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A child that a match key or an identifier led to, and what was known of it there."""

    child_id: str
    likeness: Likeness
    by_identifier: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome, and for a match, and for nothing else, the child."""

    outcome: Outcome
    child_id: str | None = None


def likeness(details: ChildDetails, pseudonyms: Pseudonyms) -> Likeness:
    """What scoring compares of these details."""
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


def match_keys(details: ChildDetails) -> tuple[tuple[str, ...], ...]:
    """The blocking keys of these details, most selective first: (kind, value, …) in the clear, to be hashed.

    Two statements about one child share a key unless two of name, birth and postcode differ. A date of birth
    alone is no key: at 11 million children it would hold some 1,670 rows.
    """
    given, family, birth, postcode = _parts(details)
    combinations = (
        ("birth+postcode", birth, postcode),
        ("family+birth", family, birth),
        ("given+birth", given, birth),
        ("family+given+postcode", family, given, postcode),
    )
    return tuple(key for key in combinations if all(key))


def full_details(details: ChildDetails) -> tuple[str, str, str, str] | None:
    """Given name, family name, birth and postcode as compared, if all are there: what only one child can have.

    Two registrations that agree in all four are of one child; the register lets only one child claim them.
    """
    parts = _parts(details)
    return parts if all(parts) else None


def _parts(details: ChildDetails) -> tuple[str, str, str, str]:
    born = details.date_of_birth or details.expected_date
    birth = f"{'born' if details.date_of_birth else 'due'}{born.isoformat()}" if born else ""
    return _given(details.given_name) or "", _name(details.family_name) or "", birth, details.postcode or ""


_IDENTIFIED, _ALL_AGREE, _LIKELY, _DOUBTFUL, _NONE = 0.999, 0.99, 0.90, 0.60, 0.0


def score(asked: Likeness, known: Likeness) -> float:
    """How likely it is, from 0 to 1, that both are one child, by name, birth, postcode and sex.

    What is missing on either side is neither for nor against. Symmetric. A different NHS number or sex caps it.
    """
    given = _agree(_given(asked.given_name), _given(known.given_name))
    family = _agree(_name(asked.family_name), _name(known.family_name))
    birth = _birth_agrees(asked, known)
    postcode = _agree(asked.postcode, known.postcode)
    if given is False and family and birth and postcode:
        return _NONE  # twins: one family, one birth, one home, another name
    differing = 4 - [given, family, birth, postcode].count(True)
    if differing == 0:
        likelihood = _ALL_AGREE
    elif differing == 1:
        likelihood = _LIKELY
    elif (birth and (given or family or postcode)) or (birth is None and family and postcode):
        likelihood = _DOUBTFUL
    else:
        likelihood = _NONE
    if _contradicts(asked.nhs_number, known.nhs_number) or _contradicts(_sex(asked.sex), _sex(known.sex)):
        return min(likelihood, _LIKELY)
    return likelihood


def score_by_identifier(asked: Likeness, known: Likeness) -> float:
    """How likely it is that both are one child, given that they share a number.

    The number settles it, unless what else was given speaks against: one contradicting detail among several is
    a typing error or a change of name; with nothing else in agreement, it is the number that may be mistyped.
    Another NHS number than the one held caps it, as it caps `score`: an adopted child is given a new one, and is
    not to be found by the numbers it had before.
    """
    comparisons = [
        _agree(_given(asked.given_name), _given(known.given_name)),
        _agree(_name(asked.family_name), _name(known.family_name)),
        _birth_agrees(asked, known),
    ]
    against, in_favour = comparisons.count(False), comparisons.count(True)
    if against > in_favour or against > 1 or _contradicts(asked.nhs_number, known.nhs_number):
        return _LIKELY
    return _IDENTIFIED


def decide(asked: Likeness, candidates: Iterable[Candidate], thresholds: Thresholds) -> Finding:
    """The outcome: a match must reach its threshold, and no other child may reach it, too.

    A child that a number led to settles it over those who only look alike; one who agrees in everything, over those
    who nearly do, such as the same child before it moved.
    """
    identified, described = _how_sure(asked, candidates)
    likely = identified or {child_id: sure for child_id, sure in described.items() if sure >= thresholds.potential}
    sure_ones = [child_id for child_id, sure in likely.items() if sure >= thresholds.match]
    if len(sure_ones) == 1 and (len(likely) == 1 or not identified):
        return Finding(Outcome.MATCH, sure_ones[0])
    if len(likely) > 1:
        return Finding(Outcome.MANY_MATCHES)
    if likely:
        return Finding(Outcome.POTENTIAL_MATCH)
    if any(sure >= thresholds.low for sure in described.values()):
        return Finding(Outcome.LOW_CONFIDENCE)
    return Finding(Outcome.NO_MATCH)


def _how_sure(asked: Likeness, candidates: Iterable[Candidate]) -> tuple[dict[str, float], dict[str, float]]:
    """The score of each child that a number led to, and of each that looks alike; the best of what is said of it."""
    identified: dict[str, float] = {}
    described: dict[str, float] = {}
    numbered_otherwise: set[str] = set()
    for candidate in candidates:
        child_id, known = candidate.child_id, candidate.likeness
        if _contradicts(asked.nhs_number, known.nhs_number):
            numbered_otherwise.add(child_id)
        if candidate.by_identifier:
            identified[child_id] = min(score_by_identifier(asked, known), identified.get(child_id, 1.0))
        else:
            described[child_id] = max(score(asked, known), described.get(child_id, 0.0))
    for scores in (identified, described):
        for child_id in numbered_otherwise & scores.keys():  # whatever else was said of it without a number
            scores[child_id] = min(scores[child_id], _LIKELY)
    return identified, described


def would_help(details: ChildDetails, outcome: Outcome) -> tuple[str, ...]:
    """Which details, not given, would make another try surer. Depends on the question alone, never on what is held."""
    if outcome is Outcome.MATCH:
        return ()
    kinds = {identifier.kind for identifier in details.identifiers}
    missing: Sequence[tuple[str, bool]] = (
        ("nhs_number", IdentifierKind.NHS_NUMBER not in kinds),
        ("given_name", details.given_name is None),
        ("family_name", details.family_name is None),
        ("date_of_birth", details.date_of_birth is None and details.expected_date is None),
        ("postcode", details.postcode is None),
        ("upn", IdentifierKind.UPN not in kinds),
        ("sex", details.sex is None),
    )
    return tuple(name for name, is_missing in missing if is_missing)


def _given(name: str | None) -> str | None:
    """None for what stands in for a name until there is one: two babies called Baby are not one child."""
    given = _name(name)
    return None if given in _PLACEHOLDERS else given


_PLACEHOLDERS = frozenset(
    (
        "baby babyboy babygirl babyone babytwo boy female girl infant male newborn notknown tbc twin twinone "
        "twintwo unborn unknown "
    ).split()
)


def _name(name: str | None) -> str | None:
    return comparable(name) or None if name else None


def _birth_agrees(asked: Likeness, known: Likeness) -> bool | None:
    """A date of birth and an expected date are neither for nor against if a child due then may be born then."""
    if asked.date_of_birth and known.date_of_birth:
        return asked.date_of_birth == known.date_of_birth
    if asked.expected_date and known.expected_date:
        return asked.expected_date == known.expected_date
    born, due = asked.date_of_birth or known.date_of_birth, asked.expected_date or known.expected_date
    if born and due and not -_WEEKS_EARLY <= (born - due) / _WEEK <= _WEEKS_LATE:
        return False
    return None


_WEEK = timedelta(weeks=1)
_WEEKS_EARLY, _WEEKS_LATE = 18, 3
"""From the 22nd week, the earliest at which children live, to three weeks past the expected date."""


def _sex(sex: Sex | None) -> Sex | None:
    return sex if sex in (Sex.FEMALE, Sex.MALE) else None


def _agree(left: object | None, right: object | None) -> bool | None:
    return None if left is None or right is None else left == right


def _contradicts(left: object | None, right: object | None) -> bool:
    return _agree(left, right) is False
