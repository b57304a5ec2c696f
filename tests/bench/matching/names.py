"""The names of children in England: how often each is given, community by community.

`names.json` holds for each community its share of the children, and names in the order of how common they are; a
slash joins the spellings of one name, a colon gives the share of the community that bears it, and `_` stands for a
space. Sources, all rounded from memory and none of them copied: the Office for National Statistics' yearly lists of
baby names (in 2022 Noah was given to 1.4 % of boys and Olivia to 1.1 % of girls; the spellings of Muhammad together
to 2.5 %), counts of family names in England (Smith 1.2 %, Jones 0.75, Taylor 0.6, Brown 0.56), and the ethnic groups of
the census of 2021 and of the school census for the communities' shares. What is not among them is drawn from the name
tables of the United States Census Bureau of 1990 (public domain; in the package `names`): a long tail with real
neighbours, not the tail that England has.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from tests.bench.matching.draws import Weighted, pick

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_TABLES = _HERE.parents[2] / ".tools/datasets/lib/python3.13/site-packages/names"

_HEAD = {"families": 25.0, "given": 8.0, "english given": 25.0}
"""Zipf-Mandelbrot's q in 1/(rank + q): how flat the head of a list is."""
_TAIL_HEAD = 400
_SPELLINGS = (1.0, 0.35, 0.2, 0.12, 0.08)
"""How common the spellings of one name are, the commonest first; assumed."""
_FIRST_YEAR, _LAST_YEAR, _YEARS_A_TABLE = 2008, 2024, 4
_HYPHENATED = {"girls": 0.3, "boys": 0.12}
_RESPELT = 0.3
_SECOND_NAMES = {
    "girls": "Rose Mae Grace May Leigh Louise Marie Jane Ann Anne Belle Lou Jo Faith Rae Jayne Lee Beth Eve Bella",
    "boys": "James Lee John Jay Jack Thomas George Ray Joe Junior Michael Paul William Luke Henry Jo Dean",
}


@dataclass(frozen=True, slots=True)
class Community:
    """Who share a stock of names. The numbers are shares from 0 to 1.

    `borrows` is how many of its children have an English given name, `double` how many a double-barrelled family name.
    """

    name: str
    share: float
    large_families: bool
    borrows: float
    double: float
    girls: tuple[Weighted[str], ...]
    boys: tuple[Weighted[str], ...]
    families: Weighted[str]

    def given(self, sex: str, year: int) -> Weighted[str]:
        """The given names of the girls or boys born in this year."""
        tables = self.girls if sex == "girls" else self.boys
        cohort = (max(year, _FIRST_YEAR) - _FIRST_YEAR) // _YEARS_A_TABLE
        return tables[min(cohort, len(tables) - 1)]


@cache
def communities() -> dict[str, Community]:
    """All of them, by name. Needs the `names` package's tables, which `make setup` puts in place."""
    return {name: _community(name, lists) for name, lists in _lists().items()}


@cache
def spellings(of: str) -> dict[str, tuple[str, ...]]:
    """The other spellings of each name in the lists; `of` is "given" or "families"."""
    others: dict[str, set[str]] = {}
    for lists in _lists().values():
        for key, text in lists.items():
            if not isinstance(text, str) or (key == "families") != (of == "families"):
                continue
            for group, _ in _groups(text):
                for name in group:
                    others.setdefault(name, set()).update(group)
    return {name: tuple(sorted(group - {name})) for name, group in others.items() if len(group) > 1}


@cache
def muhammads() -> frozenset[str]:
    """The spellings of the name that is often the first of two, and then not the one that the boy is called by."""
    return frozenset({"Muhammad", *spellings("given")["Muhammad"]})


def given_tail(sex: str, known: set[str]) -> dict[str, float]:
    """Given names that no list holds, with weights that add up to 1: rare ones, hyphenated and respelt ones."""
    table = _table("dist.female.first" if sex == "girls" else "dist.male.first", known)
    rng = Random(sex)
    common = sorted(known)
    second = _SECOND_NAMES[sex].split()
    hyphenated = {f"{pick(rng, common)}-{pick(rng, second)}": 1.0 for _ in range(6000)}
    respelt = {respell(pick(rng, common), rng): 1.0 for _ in range(3000)}
    parts = (
        (_HYPHENATED[sex], {name: w for name, w in hyphenated.items() if name.count("-") == 1 and " " not in name}),
        (_RESPELT, {name: w for name, w in respelt.items() if name not in known}),
        (1 - _HYPHENATED[sex] - _RESPELT, table),
    )
    tail: dict[str, float] = {}
    for share, weights in parts:
        total = sum(weights.values())
        for name, weight in weights.items():
            tail[name] = tail.get(name, 0.0) + share * weight / total
    return tail


def respell(name: str, rng: Random) -> str:
    """The name as parents or clerks who only heard it may write it; the same if it leaves no choice."""
    choices = [name.replace(heard, written, 1) for heard, written in SOUNDS if heard in name]
    return pick(rng, choices) if choices else name


SOUNDS = tuple(
    tuple(pair.split(">"))
    for pair in (
        "ie>y y>ie ey>y ee>ie ee>ea ea>ee ei>ie ll>l l>ll nn>n n>nn tt>t t>tt ss>s rr>r ph>f f>ph ck>k c>k k>c C>K K>C "
        "Ch>K Z>X z>s s>z ai>ay ay>ai ei>ay aa>a a>aa oo>u u>oo ou>u au>aw aw>au h> ah>a th>t gh> wr>r kn>n mb>m "
        "e> er>or or>er en>an on>en in>yn yn>in i>y o>ou sh>ch ch>sh tch>ch j>g g>j J>G v>w w>v dge>ge qu>kw x>ks "
        "le>el el>le ia>ya ya>ia io>yo Y>I J>Y"
    ).split(" ")
)
"""What sounds alike in English: (heard, written). Where the right side is empty, a letter that is not heard is lost."""


def _community(name: str, lists: dict[str, Any]) -> Community:
    tail, family_tail = lists["tail"], lists["family_tail"]
    families = _zipf(lists["families"], _HEAD["families"], family_tail)
    return Community(
        name=name,
        share=lists["share"] / sum(other["share"] for other in _lists().values()),
        large_families=lists["large_families"],
        borrows=lists["borrows"],
        double=lists["double"],
        girls=tuple(_given(lists, "girls", tail)),
        boys=tuple(_given(lists, "boys", tail)),
        families=Weighted(_mixed(families, _table("dist.all.last", set(families)), family_tail)),
    )


def _given(lists: dict[str, Any], sex: str, tail: float) -> Iterator[Weighted[str]]:
    if sex in lists:
        weights = _zipf(lists[sex], _HEAD["given"], tail)
        yield Weighted(_mixed(weights, given_tail(sex, set(weights)), tail))
        return
    old, new = (_zipf(lists[f"{sex} {year}"], _HEAD["english given"], tail) for year in (2006, 2022))
    rare = given_tail(sex, {*old, *new})
    steps = (_LAST_YEAR - _FIRST_YEAR) // _YEARS_A_TABLE
    for step in range(steps + 1):
        later = step / steps
        both = {
            name: (1 - later) * old.get(name, 0.0) + later * new.get(name, 0.0) for name in dict.fromkeys((*old, *new))
        }
        yield Weighted(_mixed({name: weight for name, weight in both.items() if weight}, rare, tail))


def _zipf(text: str, head: float, tail: float) -> dict[str, float]:
    """Weights that add up to 1: the shares that are given, and for the others Zipf-Mandelbrot's law by their rank.

    The given shares are of the whole community, so they are more of those whose name is not in its `tail`.
    """
    groups = [(group, share / (1 - tail)) for group, share in _groups(text)]
    fixed = sum(share for _, share in groups)
    ranked = {rank: 1 / (rank + head) for rank, (_, share) in enumerate(groups) if not share}
    left = (1 - fixed) / sum(ranked.values())
    weights: dict[str, float] = {}
    for rank, (group, share) in enumerate(groups):
        parts = _SPELLINGS[: len(group)]
        for name, part in zip(group, parts, strict=True):
            weights[name] = weights.get(name, 0.0) + (share or ranked[rank] * left) * part / sum(parts)
    return weights


def _groups(text: str) -> Iterator[tuple[list[str], float]]:
    for word in text.split():
        names, _, share = word.partition(":")
        yield [name.replace("_", " ") for name in dict.fromkeys(names.split("/"))], float(share or 0) / 100


def _mixed(common: dict[str, float], rare: dict[str, float], rare_share: float) -> dict[str, float]:
    total = sum(rare.values())
    mixed = {name: (1 - rare_share) * weight for name, weight in common.items()}
    for name, weight in rare.items():
        mixed[name] = mixed.get(name, 0.0) + rare_share * weight / total
    return mixed


@cache
def _file(table: str) -> tuple[str, ...]:
    path = _TABLES / table
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run make setup")
    return tuple(line.split()[0] for line in path.read_text(encoding="ascii").splitlines() if line.strip())


def _table(table: str, known: set[str]) -> dict[str, float]:
    names = (_cased(name) for name in _file(table))
    return {name: 1 / (rank + _TAIL_HEAD) for rank, name in enumerate(names) if name not in known and len(name) > 1}


def _cased(name: str) -> str:
    return f"Mc{name[2:].title()}" if name.startswith("MC") and len(name) > len("McKay") - 1 else name.title()


@cache
def _lists() -> dict[str, dict[str, Any]]:
    with (_HERE / "names.json").open(encoding="utf-8") as file:
        lists: dict[str, dict[str, Any]] = json.load(file)
    return lists
