"""The two that are compared: the product's matching, and the cascade of rules that it is to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.domain.blocking import match_keys
from shared.domain.likeness import Likeness
from shared.domain.matching import Candidate, Thresholds, decide
from shared.domain.outcomes import Outcome
from shared.domain.weights import released

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from shared.domain.child import ChildDetails
    from shared.domain.weights import Weights

LOWEST = 0.5
"""Below this probability nobody asks which candidate was the likeliest."""
_ANY = 1e-12


@dataclass(frozen=True, slots=True)
class Row:
    """What a key leads to: something said of a child."""

    child: str
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Verdict:
    """`best` is the likeliest candidate, if it is likely at all; `match` the child that is disclosed, or ""."""

    outcome: Outcome
    match: str
    best: str
    sureness: float


class Matcher(Protocol):
    """Finds children and decides on them."""

    def likenesses(self, details: ChildDetails) -> Sequence[Likeness]: ...

    def keys(self, details: ChildDetails) -> Iterable[Hashable]: ...

    def decide(self, asked: Sequence[Likeness], rows: Sequence[Row]) -> Verdict: ...


class Product:
    """Matching as Signpost does it, with the thresholds that it is deployed with."""

    def __init__(self, children: int, *, families: bool, weights: Weights | None = None) -> None:
        table = weights or released()
        self._as_deployed = Thresholds(children=children, families=families, weights=table)
        self._any = Thresholds(potential=_ANY, low=_ANY, children=children, families=families, weights=table)

    @staticmethod
    def likenesses(details: ChildDetails) -> Sequence[Likeness]:
        """Under the name of now and each former one; public sets have no numbers, so nothing needs hashing."""
        return [
            Likeness(
                given_name=named.given_name,
                family_name=named.family_name,
                date_of_birth=named.date_of_birth,
                sex=named.sex,
                postcode=named.postcode,
            )
            for named in (details.under_each_name() if details.former_names else (details,))
        ]

    @staticmethod
    def keys(details: ChildDetails) -> Iterable[Hashable]:
        """Of all names."""
        return match_keys(details)

    def decide(self, asked: Sequence[Likeness], rows: Sequence[Row]) -> Verdict:
        """The outcome; and of the likeliest candidate, even where it is not told."""
        candidates = [Candidate(row.child, row.likeness) for row in rows]
        found = decide(asked, candidates, self._as_deployed)
        best = found.child_id or (found.alike[0].child_id if found.alike else "")
        if not best and found.sureness >= LOWEST:
            best = decide(asked, candidates, self._any).alike[0].child_id
        return Verdict(found.outcome, found.child_id or "", best, found.sureness)
