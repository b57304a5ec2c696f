"""Is this the child who is meant? A score says how sure, an outcome says what may follow.

What finds the candidates stands in `blocking`, how agreements are told in `comparison`, what they weigh in `weights`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.domain.comparison import (
    Birth,
    Names,
    Place,
    compare_births,
    compare_names,
    compare_postcodes,
    compare_sexes,
)
from shared.domain.identifiers import IdentifierKind
from shared.domain.outcomes import Outcome
from shared.domain.weights import NOTHING, Evidence, place_evidence, released

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared.domain.child import ChildDetails
    from shared.domain.involvement import ServiceType
    from shared.domain.likeness import Likeness
    from shared.domain.shield import Shield
    from shared.domain.weights import PlaceEvidence, Weights


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability a candidate counts as what, and among how many children it is sought."""

    match: float = 0.95
    potential: float = 0.85
    low: float = 0.50
    children: int = 11_000_000
    """How many the register is expected to hold: the more there are, the more it takes to be sure of one."""
    families: bool = True
    """Whether it holds brothers and sisters, as every register of children does; a made-up one may not."""
    weights: Weights = field(default_factory=released, repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.potential <= self.match < 1:
            message = "thresholds rise from low over potential to match, between 0 and 1"
            raise ValueError(message)
        if self.children < 1:
            message = "a register is expected to hold at least one child"
            raise ValueError(message)

    @property
    def short_of_match(self) -> float:
        """As likely as what may not match is ever called."""
        return (self.potential + self.match) / 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A child that a match key or an identifier led to, and what was known of it there.

    `joined_into` is the child that this one is being joined into: the two are one, and some of what is held of it
    may still lie with the one that goes.
    """

    child_id: str
    likeness: Likeness
    by_identifier: bool = False
    joined_into: str | None = None
    by_place: bool = False
    """The key that led here was made of the postcode, among other things."""
    service_types: frozenset[ServiceType] = frozenset()
    """Of the involvements that say so; none where what was read does not tell (a claim, read to register)."""
    shield: Shield | None = None
    """The child's, whether it still holds or not."""

    @property
    def meant(self) -> str:
        """The id of the child that this is."""
        return self.joined_into or self.child_id


@dataclass(frozen=True, slots=True)
class Alike:
    """A child that is likely meant, but not surely, or not it alone."""

    child_id: str
    sureness: float


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome, and for a match, and for nothing else, the child."""

    outcome: Outcome
    child_id: str | None = None
    lies_in: tuple[str, ...] = ()
    """Of a match: its own id and those of children being joined into it, where its involvements may lie."""
    sureness: float = 0.0
    """Of the likeliest candidate, from 0 to 1."""
    alike: tuple[Alike, ...] = ()
    """Every candidate of at least the potential threshold, but for the match itself; the likeliest first."""


@dataclass(slots=True)
class _Case:
    """All that speaks for and against one candidate: of each detail, the best of what was ever said of it.

    But given name and birth are taken from one statement: a name from one and a birthday from another make a child
    that nobody has spoken of.
    """

    child_id: str
    lies_in: set[str] = field(default_factory=set)
    by_number: bool = False
    numbered_otherwise: bool = False
    given: Evidence | None = None
    family: Evidence | None = None
    birth: Evidence | None = None
    sure: tuple[bool, float, bool] | None = None
    """What decides which statement the given name and the birth are taken from."""
    sex: Evidence | None = None
    place: PlaceEvidence | None = None
    together: float = 0.0
    exactly: bool = False
    """Whether the birth or the postcode agrees exactly."""
    named: bool = False
    """Whether the given name agrees as no twin's does; an initial does if all else agrees exactly."""

    def hear(self, asked: Likeness, known: Likeness, thresholds: Thresholds) -> None:
        """Weighs one statement against the question."""
        table = thresholds.weights
        names = compare_names(asked, known, table.given.frequencies)
        place = compare_postcodes(asked.postcode, known.postcode)
        birth = compare_births(asked, known)
        given = None if names.given is None else table.given.evidence(names.given, *names.given_names)
        born = None if birth is None else table.births[birth]
        exactly = birth is Birth.EXACT or place is Place.EXACT
        sure = (given is not None, (given or NOTHING).strangers + (born or NOTHING).strangers, exactly)
        if self.sure is None or sure > self.sure:
            self.sure, self.given, self.birth = sure, given, born
            initialled = names.given is Names.INITIAL and names.family is Names.EXACT
            initialled = initialled and birth is Birth.EXACT and place is Place.EXACT
            self.named, self.exactly = names.given in _NAMED or initialled, exactly
        if names.family is not None:
            family = table.family.evidence(names.family, *names.family_names)
            if names.crossed:
                family = family._replace(strangers=family.strangers + table.crossed)
            self.family = _better(self.family, family)
        rare = (not any(map(table.given.is_common, names.given_names))) + (
            not any(map(table.family.is_common, names.family_names))
        )
        self.together = max(self.together, table.together[rare])
        if (sex := compare_sexes(asked.sex, known.sex)) is not None:
            self.sex = _better(self.sex, table.sexes[sex])
        if place is not None:
            places = place_evidence(table, thresholds.children)
            self.place = places[place] if self.place is None else max(self.place, places[place])
        if asked.nhs_number and known.nhs_number and asked.nhs_number != known.nhs_number:
            self.numbered_otherwise = True

    @property
    def is_grounded(self) -> bool:
        """Whether enough was compared for a match: three of four details; birth or postcode exactly; a given name.

        Names that agree, with nothing else that does, are as often a cousin's or a neighbour's; and without a given
        name, or with one that is merely much alike, it may be the twin.
        """
        compared = sum(found is not None for found in (self.given, self.family, self.birth, self.place))
        return compared >= _LEAST_COMPARED and self.exactly and self.named

    @property
    def is_contradicted(self) -> bool:
        """Whether the given name, or two of family name and birth, speak against the child that a number led to.

        Another given name may be a twin's, whose number was taken down by mistake.
        """
        against = [bool(evidence and evidence.strangers < 0) for evidence in (self.family, self.birth)]
        return all(against) or bool(self.given and not self.named)

    def odds(self, thresholds: Thresholds, *, by_number: bool | None = None) -> float:
        """How much likelier it is that this child is meant than that it is not."""
        by_number = self.by_number if by_number is None else by_number
        table = thresholds.weights
        details = [evidence or NOTHING for evidence in (self.given, self.family, self.birth, self.sex)]
        strangers = sum(evidence.strangers for evidence in details)
        names_agree = details[0].strangers > 0 and details[1].strangers > 0
        if names_agree:
            strangers -= self.together
        if self.place is not None and not (by_number and self.place.alone < 0):  # children move
            strangers += self.place.with_names if names_agree else self.place.alone
        relatives = table.siblings * 2 ** -sum(evidence.siblings for evidence in details)
        relatives += table.twins * 2 ** -sum(evidence.twins for evidence in details)
        if by_number:
            mistaken, of_relative = table.number_mistaken, table.number_of_relative
            against = (1 - of_relative) * 2**-strangers + of_relative * relatives / (table.siblings + table.twins)
            return (1 - mistaken) / (mistaken * against)
        if not thresholds.families:
            relatives = 0.0
        return 1 / (thresholds.children * 2**-strangers + relatives)


_LEAST_COMPARED = 3
_NAMED = (Names.EXACT, Names.KNOWN_AS, Names.PART, Names.CLOSE, Names.ALIKE)


def score(asked: Likeness, known: Likeness, thresholds: Thresholds) -> float:
    """How likely it is, from 0 to 1, that both are one child, by name, birth, postcode and sex alone. Symmetric."""
    case = _Case("")
    case.hear(asked, known, thresholds)
    return _probability(case.odds(thresholds))


class Meant(StrEnum):
    """Whether a source reference that now says something else still means the child that it meant."""

    STILL = "still"
    """A detail was corrected or learnt, the child moved or changed its family name."""
    PERHAPS = "perhaps"
    """All but the given name: the child is called otherwise now, or it is a twin. A person has to say."""
    ANOTHER = "another"


def meant_still(stated: Likeness, held: Likeness) -> Meant:
    """What one reference said before and says now, held together.

    That the reference is the same says much: one of given name, family name and birth may differ. Not the given name,
    or a reference that is used again for a twin would mix the two; and none, if the NHS number is another, too.
    """
    case = _Case("")
    case.hear(stated, held, Thresholds())
    bits = [evidence.strangers for evidence in (case.given, case.family, case.birth) if evidence]
    against, in_favour = sum(b < 0 for b in bits), sum(b > 0 for b in bits)
    if against > (0 if case.numbered_otherwise else 1) or not in_favour:
        return Meant.ANOTHER
    return Meant.PERHAPS if case.given and case.given.strangers < 0 else Meant.STILL


def decide(asked: Sequence[Likeness], candidates: Iterable[Candidate], thresholds: Thresholds) -> Finding:
    """The outcome. `asked` is what is asked for, under the name of now and any former one.

    A match reaches its threshold beside all the others together, so that it is clear of the second. A child that a
    number led to settles it over those who only look alike, unless what else was said speaks against it, or would
    itself be a match with another.
    """
    cases = _heard(asked, candidates, thresholds)
    numbered = [case for case in cases if case.by_number]
    odds = {case.child_id: case.odds(thresholds) for case in numbered or cases}
    sure = {child_id: _probability(odd) for child_id, odd in odds.items()}
    for case in numbered:
        sure[case.child_id] = max(sure[case.child_id], thresholds.potential)
        if case.is_contradicted or _is_rivalled(case, cases, thresholds):
            sure[case.child_id] = min(sure[case.child_id], thresholds.short_of_match)
    for case in cases:
        is_grounded = case.by_number or case.is_grounded or not thresholds.families
        doubtful = case.numbered_otherwise or not is_grounded
        if doubtful and case.child_id in sure:
            sure[case.child_id] = min(sure[case.child_id], thresholds.short_of_match)
    return _found(sure, odds, {case.child_id: case for case in cases}, thresholds)


def _is_rivalled(numbered: _Case, cases: Iterable[_Case], thresholds: Thresholds) -> bool:
    """Whether what else was said is another child, far likelier than the one that the number led to."""
    described = numbered.odds(thresholds, by_number=False)
    rivals = [case.odds(thresholds) for case in cases if not case.by_number and case.is_grounded]
    return any(_probability(odds) >= thresholds.match and odds * (1 - thresholds.match) > described for odds in rivals)


def _heard(asked: Sequence[Likeness], candidates: Iterable[Candidate], thresholds: Thresholds) -> list[_Case]:
    cases: dict[str, _Case] = {}
    heard: set[tuple[str, Likeness]] = set()  # several keys, and services that say the same, lead to one statement
    for candidate in candidates:
        case = cases.get(candidate.meant)
        if case is None:
            case = cases[candidate.meant] = _Case(candidate.meant)
        case.lies_in.update((candidate.meant, candidate.child_id))
        case.by_number |= candidate.by_identifier
        statement = candidate.meant, candidate.likeness
        if statement not in heard:
            heard.add(statement)
            for named in asked:
                case.hear(named, candidate.likeness, thresholds)
    return list(cases.values())


def _found(
    sure: Mapping[str, float], odds: Mapping[str, float], cases: Mapping[str, _Case], thresholds: Thresholds
) -> Finding:
    ranked = sorted(sure, key=lambda child_id: (-sure[child_id], -odds[child_id], child_id))
    if not ranked:
        return Finding(Outcome.NO_MATCH)
    best = ranked[0]
    beside = sum(odds[child_id] for child_id in ranked[1:])
    reaches = sure[best] >= thresholds.match and odds[best] / (1 + odds[best] + beside) >= thresholds.match
    is_match = reaches and sure[best] > thresholds.short_of_match  # which is the threshold where both are the same
    if is_match and (not cases[best].by_number or len(ranked) == 1):
        lies_in = (best, *sorted(cases[best].lies_in - {best}))
        alike = _alike(ranked[1:], sure, thresholds)
        return Finding(Outcome.MATCH, best, lies_in, sure[best], alike)
    alike = _alike(ranked, sure, thresholds)
    if len(alike) > 1:
        outcome = Outcome.MANY_MATCHES
    elif alike:
        outcome = Outcome.POTENTIAL_MATCH
    else:
        outcome = Outcome.LOW_CONFIDENCE if sure[best] >= thresholds.low else Outcome.NO_MATCH
    return Finding(outcome, sureness=sure[best], alike=alike)


def _alike(ranked: Iterable[str], sure: Mapping[str, float], thresholds: Thresholds) -> tuple[Alike, ...]:
    return tuple(Alike(child_id, sure[child_id]) for child_id in ranked if sure[child_id] >= thresholds.potential)


def _better(before: Evidence | None, heard: Evidence) -> Evidence:
    """The more favourable; what says nothing yields to what says something."""
    return heard if before is None else max(before, heard)


def _probability(odds: float) -> float:
    return odds / (1 + odds)


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
