"""Asks every question of a dataset and counts what came of it."""

from __future__ import annotations

from array import array
from collections import Counter
from copy import copy
from dataclasses import asdict, dataclass, field, replace
from time import process_time
from typing import TYPE_CHECKING, Any

from shared.domain.blocking import enough_to_search
from shared.domain.outcomes import Outcome
from shared.persistence.reading import MOST_ROWS_OF_A_KEY
from tests.bench.matching.matchers import Matcher, Row, Verdict

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from shared.domain.likeness import Likeness
    from tests.bench.matching.datasets import Dataset, Question

THRESHOLDS = (0.5, 0.85, 0.95, 0.99)
EXAMPLES = 50
BINS = (0.5, 0.7, 0.85, 0.95, 0.99, 0.999, 0.9999, 1.0)


@dataclass(slots=True)
class Score:
    """At one threshold, of the best candidate of each question; `unknown` are questions about nobody registered."""

    right: int = 0
    wrong: int = 0
    meant: int = 0
    unknown: int = 0
    wrong_of_unknown: int = 0
    weight: float = 1.0

    @property
    def precision(self) -> float:
        """Of those found for a question about somebody registered, how many were meant."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def precision_of_all(self) -> float:
        """Of those found for any question, in the proportion in which the two kinds of them are asked."""
        wrong = self.wrong + self.weight * self.wrong_of_unknown
        return self.right / (self.right + wrong) if self.right + wrong else 1.0

    @property
    def recall(self) -> float:
        """Of those meant, how many were found."""
        return self.right / self.meant if self.meant else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of recall and the precision of all."""
        both = self.precision_of_all + self.recall
        return 2 * self.precision_of_all * self.recall / both if both else 0.0


@dataclass(slots=True)
class Bin:
    """Questions whose best candidate was given a probability in one range."""

    predicted: float = 0.0
    right: float = 0.0
    questions: float = 0.0


@dataclass(slots=True)
class Result:
    """What one matcher made of one dataset. `disclosed` counts matches that were wrong, by who was shown."""

    dataset: str
    matcher: str
    registered: int
    present: int = 0
    absent: int = 0
    at: dict[float, Score] = field(default_factory=lambda: {threshold: Score() for threshold in THRESHOLDS})
    match: Score = field(default_factory=Score)
    not_found: int = 0
    """Questions whose child no key led to."""
    outcomes: Counter[str] = field(default_factory=Counter)
    outcomes_of_absent: Counter[str] = field(default_factory=Counter)
    disclosed: Counter[str] = field(default_factory=Counter)
    with_twin: Score = field(default_factory=Score)
    with_sibling: Score = field(default_factory=Score)
    bins: list[Bin] = field(default_factory=lambda: [Bin() for _ in BINS[1:]])
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)
    """The first wrong matches: what was asked, what was held of the child who was shown, and who that is."""
    candidates: list[int] = field(default_factory=list)
    microseconds: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """For keeping as JSON: without the numbers of each single question."""
        kept = asdict(replace(self, kinds={}, outcomes=Counter(), outcomes_of_absent=Counter(), disclosed=Counter()))
        for counted in ("outcomes", "outcomes_of_absent", "disclosed"):
            kept[counted] = dict(getattr(self, counted))
        kept["kinds"] = {kind: dict(came) for kind, came in self.kinds.items()}
        kept["candidates"] = _spread(self.candidates)
        kept["microseconds"] = _spread(self.microseconds)
        for score, numbers in ((self.match, kept["match"]), *((self.at[at], kept["at"][at]) for at in THRESHOLDS)):
            numbers |= {
                "precision": score.precision,
                "precision_of_all": score.precision_of_all,
                "recall": score.recall,
                "f1": score.f1,
            }
        kept["absent_answered_match"] = self.outcomes_of_absent[Outcome.MATCH] / self.absent if self.absent else 0.0
        return kept


class Index:
    """The match keys of a register: from each to its rows, as many as the product reads."""

    def __init__(self, dataset: Dataset, matcher: Matcher) -> None:
        self.rows: list[Row] = []
        self.statement: array[int] = array("l")
        self._rows_of: dict[int, array[int]] = {}
        seen: set[tuple[str, object]] = set()
        for place, registered in enumerate(dataset.register):
            details = registered.details
            names = details.under_each_name() if details.former_names else (details,)
            for like, named in zip(matcher.likenesses(details), names, strict=True):
                # Two that say the same are one row, but where a statement is to be left out when it asks itself.
                if (registered.child, like) in seen and dataset.families:
                    continue
                seen.add((registered.child, like))
                self.rows.append(Row(registered.child, like))
                self.statement.append(place)
                for key in matcher.keys(named):
                    self._rows_of.setdefault(hash(key), array("l")).append(len(self.rows) - 1)

    def without_sex(self) -> Index:
        """The same register without anybody's sex, which is in no key."""
        other = copy(self)
        other.rows = [Row(row.child, replace(row.likeness, sex=None)) for row in self.rows]
        return other

    def found(self, keys: Sequence[Hashable]) -> list[Row]:
        """The rows that these keys lead to, each once."""
        return [self.rows[row] for row in self._found(keys)]

    def found_but(self, keys: Sequence[Hashable], statement: int) -> list[Row]:
        """The same without the rows of one statement."""
        return [self.rows[row] for row in self._found(keys) if self.statement[row] != statement]

    def _found(self, keys: Sequence[Hashable]) -> dict[int, None]:
        found: dict[int, None] = {}
        for key in keys:
            for row in self._rows_of.get(hash(key), ())[:MOST_ROWS_OF_A_KEY]:
                found[row] = None
        return found


def measure(dataset: Dataset, matcher: Matcher, index: Index | None = None) -> Result:
    """Every question, one after the other. An `index` of the dataset's register is taken instead of a new one."""
    index = index or Index(dataset, matcher)
    result = Result(dataset.name, type(matcher).__name__.lower(), dataset.children)
    for score in (result.match, *result.at.values()):
        score.weight = dataset.weight
    for question in dataset.questions:
        started = process_time()
        asked = matcher.likenesses(question.details)
        # The product refuses a question that says too little, so that nobody is found; public sets are not about that.
        keys = (
            list(matcher.keys(question.details)) if not dataset.families or enough_to_search(question.details) else []
        )
        cpu = process_time() - started
        rows = index.found(keys) if question.own_row < 0 else index.found_but(keys, question.own_row)
        started = process_time()
        verdict = matcher.decide(asked, rows)
        result.microseconds.append((cpu + process_time() - started) * 1e6)
        _count(result, question, verdict, {row.child for row in rows}, dataset.weight)
        if verdict.match and verdict.match != question.meant and len(result.examples) < EXAMPLES:
            shown = next(row.likeness for row in rows if row.child == verdict.match)
            result.examples.append(
                {"asked": _told(asked[0]), "shown": _told(shown), "who": _relation(question, verdict.match)}
            )
    return result


def _count(result: Result, question: Question, verdict: Verdict, found: set[str], weight: float) -> None:
    meant = question.meant
    result.candidates.append(len(found))
    _count_scores(result, question, verdict)
    if meant:
        result.present += 1
        result.outcomes[verdict.outcome] += 1
        result.not_found += meant not in found
    else:
        result.absent += 1
        result.outcomes_of_absent[verdict.outcome] += 1
    if verdict.match and verdict.match != meant:
        asked_for = "registered" if meant else "not registered"
        result.disclosed[f"{asked_for}: {_relation(question, verdict.match)}"] += 1
    if verdict.best:
        place = next(i for i, upper in enumerate(BINS[1:]) if verdict.sureness <= upper)
        counted = weight if not meant else 1.0
        result.bins[place].questions += counted
        result.bins[place].predicted += counted * verdict.sureness
        result.bins[place].right += counted * (verdict.best == meant)
    if meant:
        what = _came_of(verdict, meant, found)
        for kind in question.kinds or ("nothing differs",):
            result.kinds.setdefault(str(kind), Counter())[what] += 1


def _count_scores(result: Result, question: Question, verdict: Verdict) -> None:
    for threshold, score in result.at.items():
        _add(score, question.meant, verdict.best if verdict.sureness >= threshold else "")
    _add(result.match, question.meant, verdict.match)
    if question.twins:
        _add(result.with_twin, question.meant, verdict.match)
    elif question.siblings:
        _add(result.with_sibling, question.meant, verdict.match)


def _add(score: Score, meant: str, answered: str) -> None:
    score.meant += bool(meant)
    score.unknown += not meant
    if answered:
        score.right += answered == meant
        score.wrong += bool(meant) and answered != meant
        score.wrong_of_unknown += not meant


def _came_of(verdict: Verdict, meant: str, found: set[str]) -> str:
    if meant not in found:
        return "not found"
    if verdict.match:
        return "right" if verdict.match == meant else "wrong"
    return str(verdict.outcome)


def _told(like: Likeness) -> str:
    details = (like.given_name, like.family_name, like.date_of_birth, like.postcode, like.sex)
    return ", ".join(str(detail or "-") for detail in details)


def _relation(question: Question, shown: str) -> str:
    if shown in question.twins:
        return "a twin"
    return "a brother or sister" if shown in question.siblings else "a stranger"


def _spread(values: Sequence[float]) -> dict[str, float]:
    ranked = sorted(values)
    if not ranked:
        return {}
    return {
        "mean": sum(ranked) / len(ranked),
        "p50": ranked[len(ranked) // 2],
        "p99": ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)],
        "most": ranked[-1],
    }
