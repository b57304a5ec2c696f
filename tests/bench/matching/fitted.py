"""Weights estimated from one public set by the same script, to be measured on another: never on what they come from."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from shared.domain.comparison import Place, compare_postcodes
from shared.domain.weights import read
from tests.bench.matching.draws import pick
from tests.bench.matching.estimate import estimate, like

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.domain.likeness import Likeness
    from shared.domain.weights import Weights
    from tests.bench.matching.datasets import Registered

_PAIRS = 500_000


def weights_of(rows: Sequence[Registered], name: str) -> Weights:
    """Of a set in which the same person stands more than once, and nobody is anybody's sibling."""
    rng = Random(1)
    people: dict[str, list[Likeness]] = {}
    for row in rows:
        people.setdefault(row.child, []).append(like(row.details))
    same = [(statements[0], other) for statements in people.values() for other in statements[1:]]
    first = [statements[0] for statements in people.values()]
    strangers = [
        (one, other) for one, other in ((pick(rng, first), pick(rng, first)) for _ in range(_PAIRS)) if one is not other
    ]
    return read(
        estimate(
            same=same,
            strangers=strangers,
            siblings=(),
            twins=(),
            register=first,
            of_each=(0.0, 0.0),
            within=_within(strangers, len(first)),
            near=dict.fromkeys(Place, 1.0),
            about={"version": f"of {name}"},
        )
    )


def _within(strangers: Sequence[tuple[Likeness, Likeness]], people: int) -> dict[Place, float]:
    levels = Counter(compare_postcodes(one.postcode, other.postcode) for one, other in strangers)
    pairs = levels.total() - levels[None]
    counted, within = 0, {}
    for level in Place:
        counted += levels[level]
        within[level] = max(counted / pairs * people, 1.0)
    return within | {Place.DIFFERENT: 1e9}
