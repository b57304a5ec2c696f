"""What is measured: statements that are registered, and questions whose answer is known."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from shared.domain.child import ChildDetails, Sex
from shared.domain.names import tidy
from shared.domain.postcode import parse_postcode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.bench.matching.errors import Kind


@dataclass(frozen=True, slots=True)
class Registered:
    """One statement about the child."""

    child: str
    details: ChildDetails


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and which child is meant; nothing is known of one who is not registered.

    `own_row` is the statement that is itself the question, where a set is asked about itself: it does not count.
    `twin` and `siblings` are the registered children that are most easily taken for the one who is meant.
    """

    meant: str
    details: ChildDetails
    kinds: frozenset[Kind] = frozenset()
    own_row: int = -1
    twins: frozenset[str] = frozenset()
    siblings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dataset:
    """A register and questions to it.

    `children` is how many the register is taken to hold, which matching must be told; `families` whether the
    population has brothers and sisters in it; `weight` is how much one question about a child who is not registered
    counts against one about a child who is, when both are to be seen in their natural proportion.
    """

    name: str
    register: list[Registered]
    questions: list[Question]
    children: int
    families: bool
    weight: float = 1.0
    registered: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, name: str, register: list[Registered], questions: list[Question], **said: float) -> Dataset:
        """A public set: its children are those that are registered, and it knows no families."""
        children = frozenset(row.child for row in register)
        return cls(name, register, questions, len(children), bool(said.get("families")), registered=children)


def without_sex(dataset: Dataset) -> Dataset:
    """The same questions without anybody's sex; see `Index.without_sex` for the register."""
    return replace(
        dataset,
        name=f"{dataset.name}, without sex",
        questions=[replace(asked, details=replace(asked.details, sex=None)) for asked in dataset.questions],
    )


def asked_about_itself(name: str, register: list[Registered]) -> Dataset:
    """Every statement of the register as a question, answered from the others."""
    times: dict[str, int] = {}
    for row in register:
        times[row.child] = times.get(row.child, 0) + 1
    questions = [
        Question(row.child if times[row.child] > 1 else "", row.details, own_row=place)
        for place, row in enumerate(register)
    ]
    return Dataset.of(name, register, questions)


def from_files(register: Path, queries: Path) -> Dataset:
    """Two CSV files with the columns id, given_name, family_name, date_of_birth, postcode and, perhaps, sex.

    Rows with one id are about one person; queries whose id is not registered are about somebody else.
    """
    rows = [Registered(row["id"], _details(row)) for row in _rows(register)]
    known = {row.child for row in rows}
    questions = [Question(row["id"] if row["id"] in known else "", _details(row)) for row in _rows(queries)]
    return Dataset.of(f"{register.stem}, asked from {queries.stem}", rows, questions)


def _rows(file: Path) -> Iterable[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, skipinitialspace=True):
            yield {key.strip(): (value or "").strip() for key, value in row.items()}


def _details(row: dict[str, str]) -> ChildDetails:
    sex = row.get("sex", "").lower()[:1]
    return ChildDetails(
        given_name=name(row["given_name"]),
        family_name=name(row["family_name"]),
        date_of_birth=day(row["date_of_birth"]),
        postcode=_postcode(row["postcode"]),
        sex=Sex.FEMALE if sex == "f" else Sex.MALE if sex == "m" else None,
    )


def name(text: str) -> str | None:
    """As the product takes names in; one that it would refuse counts as missing."""
    try:
        return tidy(text)
    except ValueError:
        return None


def day(text: str) -> date | None:
    """YYYYMMDD or YYYY-MM-DD; a day that never was counts as missing, as the product would not take it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _postcode(text: str) -> str | None:
    """As the product writes it where it is British, else as it stands, so that sets of other countries can be used."""
    try:
        return parse_postcode(text)
    except ValueError:
        return text.upper() or None
