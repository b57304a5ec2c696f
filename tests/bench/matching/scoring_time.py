"""How long one decision among 50 candidates takes."""

from __future__ import annotations

from random import Random
from time import process_time

from tests.bench.matching.draws import pick
from tests.bench.matching.generated import population
from tests.bench.matching.matchers import Product, Row

CANDIDATES = 50
_DECISIONS = 400


def median_microseconds(seed: int) -> dict[str, float]:
    """CPU of `decide` in µs, in the middle and at worst: each question anew, its candidates of the same family name.

    Nothing has been compared before, so that no cache helps; candidates are fewer where a name is rare, and others
    are added.
    """
    dataset = population(seed, registered=20_000, present=_DECISIONS, absent=1)
    matcher = Product(dataset.children, families=True)
    rng = Random(seed)
    rows = [Row(row.child, like) for row in dataset.register for like in matcher.likenesses(row.details)]
    by_family: dict[str | None, list[Row]] = {}
    for row in rows:
        by_family.setdefault(row.likeness.family_name, []).append(row)
    times = []
    for question in dataset.questions[:_DECISIONS]:
        alike = by_family.get(question.details.family_name, [])[:CANDIDATES]
        candidates = alike + [pick(rng, rows) for _ in range(CANDIDATES - len(alike))]
        asked = matcher.likenesses(question.details)
        started = process_time()
        matcher.decide(asked, candidates)
        times.append((process_time() - started) * 1e6)
    times.sort()
    return {"median": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "most": times[-1]}
