"""How two children agree, detail by detail, for a person who compares them: never the values, only whether."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

from shared.domain.comparison import (
    Birth,
    Names,
    Place,
    SexLevel,
    compare_births,
    compare_names,
    compare_postcodes,
    compare_sexes,
)
from shared.domain.identifiers import IdentifierKind
from shared.domain.likeness import likenesses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.domain.child import ChildDetails
    from shared.domain.likeness import Likeness
    from shared.domain.pseudonym import Pseudonyms


class Agreement(StrEnum):
    """How far something that is said of one child agrees with what is said of another."""

    SAME = "same"
    CLOSE = "close"
    DIFFERENT = "different"
    NOT_KNOWN = "not_known"
    """At least one side says nothing."""


def agreement(one: Sequence[ChildDetails], other: Sequence[ChildDetails], secret: Pseudonyms) -> dict[str, Agreement]:
    """By the name of each detail, the best that anything said of the one child agrees with anything said of the other.

    Names count under former ones too. Numbers agree or not; a child may have two that do not.
    """
    pairs = list(product(_likenesses(one, secret), _likenesses(other, secret)))
    names = [compare_names(left, right, frozenset()) for left, right in pairs]
    return {
        "given_name": _best(_of_name(compared.given) for compared in names),
        "family_name": _best(_of_name(compared.family) for compared in names),
        "date_of_birth": _best(_of_birth(compare_births(left, right)) for left, right in pairs),
        "sex": _best(_of_sex(compare_sexes(left.sex, right.sex)) for left, right in pairs),
        "postcode": _best(_of_place(compare_postcodes(left.postcode, right.postcode)) for left, right in pairs),
        **_numbers(one, other),
    }


def _likenesses(said: Iterable[ChildDetails], secret: Pseudonyms) -> list[Likeness]:
    return list(dict.fromkeys(named for details in said for named in likenesses(details, secret)))


def _best(found: Iterable[Agreement]) -> Agreement:
    return min(found, key=list(Agreement).index, default=Agreement.NOT_KNOWN)


def _of_name(level: Names | None) -> Agreement:
    return _of(level, Names.EXACT, Names.DIFFERENT)


def _of_birth(level: Birth | None) -> Agreement:
    return _of(level, Birth.EXACT, Birth.DIFFERENT)


def _of_sex(level: SexLevel | None) -> Agreement:
    return _of(level, SexLevel.SAME, SexLevel.DIFFERENT)


def _of_place(level: Place | None) -> Agreement:
    return _of(level, Place.EXACT, Place.AREA, Place.DIFFERENT)


def _of(level: StrEnum | None, same: StrEnum, *different: StrEnum) -> Agreement:
    if level is None:
        return Agreement.NOT_KNOWN
    if level == same:
        return Agreement.SAME
    return Agreement.DIFFERENT if level in different else Agreement.CLOSE


def _numbers(one: Sequence[ChildDetails], other: Sequence[ChildDetails]) -> dict[str, Agreement]:
    """Each kind of number; those of an authority can only be compared with those of the same one."""
    found: dict[str, Agreement] = {}
    for kind in IdentifierKind:
        left, right = (
            {
                (number.authority, number.value)
                for details in said
                for number in details.identifiers
                if number.kind is kind
            }
            for said in (one, other)
        )
        comparable = {authority for authority, _ in left} & {authority for authority, _ in right}
        if left & right:
            found[kind] = Agreement.SAME
        else:
            found[kind] = Agreement.DIFFERENT if comparable else Agreement.NOT_KNOWN
    return found
