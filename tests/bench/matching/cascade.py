"""The baseline: a cascade of exact and fuzzy rules, in the way in which the NHS traces patients.

After the published descriptions of the Personal Demographics Service's traces: all details exactly; then all but one
exactly and that one nearly; then all but one; then the date of birth exactly and both names nearly; then the postcode
exactly and names and date of birth nearly. The first rule that anybody meets decides, if only one child meets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jellyfish

from shared.domain.names import comparable
from shared.domain.outcomes import Outcome
from tests.bench.matching.matchers import Product, Row, Verdict

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from shared.domain.child import ChildDetails
    from shared.domain.likeness import Likeness

_NEAR = 0.85
"""Jaro-Winkler similarity from which two names or dates nearly agree."""


class Cascade:
    """Implements `matchers.Matcher`; what it calls sureness is only the rule that was met."""

    likenesses = staticmethod(Product.likenesses)

    @staticmethod
    def keys(details: ChildDetails) -> Iterable[Hashable]:
        """Every rule needs the date of birth or the postcode: nothing that one could find is missed."""
        yield from (key for key in (details.date_of_birth, details.postcode) if key)

    @staticmethod
    def decide(asked: Sequence[Likeness], rows: Sequence[Row]) -> Verdict:
        """See the module."""
        met: dict[str, float] = {}
        for row in rows:
            rule = max(_rule(named, row.likeness) for named in asked)
            met[row.child] = max(met.get(row.child, 0.0), rule)
        highest = max(met.values(), default=0.0)
        those = [child for child, rule in met.items() if rule == highest]
        if not highest:
            return Verdict(Outcome.NO_MATCH, "", "", 0.0)
        if len(those) > 1:
            return Verdict(Outcome.MANY_MATCHES, "", "", 0.0)
        return Verdict(Outcome.MATCH, those[0], those[0], highest)


def _rule(asked: Likeness, known: Likeness) -> float:
    """1 for the first rule, less for each later one, 0 for none."""
    left, right = _texts(asked), _texts(known)
    exact = [bool(one) and one == other for one, other in zip(left, right, strict=True)]
    if all(exact):
        return 1.0
    if exact.count(False) == 1:
        differs = exact.index(False)
        return 0.97 if _nearly(left[differs], right[differs]) else 0.9
    given, family, birth = (_nearly(left[place], right[place]) for place in range(3))
    if given and family and (exact[2] or (exact[3] and birth)):
        return 0.8 if exact[2] else 0.7
    return 0.0


def _nearly(left: str, right: str) -> bool:
    return bool(left and right) and (left == right or jellyfish.jaro_winkler_similarity(left, right) >= _NEAR)


def _texts(like: Likeness) -> tuple[str, str, str, str]:
    born = like.date_of_birth.isoformat() if like.date_of_birth else ""
    return comparable(like.given_name or ""), comparable(like.family_name or ""), born, like.postcode or ""
