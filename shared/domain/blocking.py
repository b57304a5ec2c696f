"""Which few children are worth comparing: keys that two statements about one child share."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from shared.domain import postcode as postcodes
from shared.domain.comparison import usable_given_name
from shared.domain.names import comparable, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.domain.child import ChildDetails


def match_keys(details: ChildDetails) -> tuple[tuple[str, ...], ...]:
    """The blocking keys of these details, under the name of now and each former one: (kind, value, …), to be hashed.

    Two statements about one child share a key if the postcode agrees; or the birth and the first letters of one
    name, given or family; or the first letters of both, with the year of birth or the postcode area. A date of birth
    alone is no key: at 11 million children it would hold some 1,670 rows. Names stand in the order of the alphabet,
    so that it does not matter which was taken for the given name.
    """
    keys = {key: None for named in details.under_each_name() for key in _keys(named)}
    return tuple(keys)


def _keys(details: ChildDetails) -> Iterator[tuple[str, ...]]:
    given, family = _beginnings(usable_given_name(details.given_name)), _beginnings(details.family_name)
    birth = _birth(details)
    if details.postcode:
        yield ("postcode", details.postcode)
    if birth:
        for name in (*given, *family):
            yield ("birth+name", birth, name)
    for one, other in product(given[:1], family):
        names = sorted((one, other))
        if birth:
            yield ("names+year", *names, birth[: len("born2022")])
        if details.postcode:
            yield ("names+area", *names, postcodes.area(details.postcode))


_LETTERS = 3
"""Of a name, that become part of a key. Later slips do not matter then, and two in three come later."""
_MOST_PARTS = 2
"""Parts of a name that become keys: the longest, which tell most."""


def _beginnings(name: str | None) -> tuple[str, ...]:
    """The first letters of a name's parts, the first part first."""
    proper = parts(name or "")
    longest = sorted(proper, key=len, reverse=True)[:_MOST_PARTS]
    return tuple(dict.fromkeys(part[:_LETTERS] for part in proper if part in longest))[:_MOST_PARTS]


def enough_to_search(details: ChildDetails) -> bool:
    """A number; or a birth with a name or postcode; or both names and the postcode."""
    given, family = usable_given_name(details.given_name), comparable(details.family_name or "")
    birth, postcode = _birth(details), details.postcode
    return bool(details.identifiers or (birth and (given or family or postcode)) or (given and family and postcode))


def full_details(details: ChildDetails) -> tuple[str, str, str, str] | None:
    """Given name, family name, birth and postcode as compared, if all are there: what only one child can have.

    Two registrations that agree in all four are of one child; the register lets only one child claim them.
    """
    given, family = usable_given_name(details.given_name), comparable(details.family_name or "")
    birth = _birth(details)
    if not (given and family and birth and details.postcode):
        return None
    return comparable(given), family, birth, details.postcode


def _birth(details: ChildDetails) -> str:
    born = details.date_of_birth or details.expected_date
    return f"{'born' if details.date_of_birth else 'due'}{born.isoformat()}" if born else ""
