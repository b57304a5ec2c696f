"""What a seal says, byte for byte, and how two lists of leaves differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.sealing import Leaf, Seal, read_leaves
from shared.domain.verifying import Wrong, differences
from tests.support.sealing import HOUR, KEPT, NINE

SEAL = Seal(
    hour=NINE,
    count=3,
    root=b"\x01" * 32,
    previous=b"\x02" * 32,
    kept_until=NINE + KEPT,
    made_at=NINE + timedelta(minutes=70),
)

leaves = st.dictionaries(st.integers(0, 40), st.binary(min_size=32, max_size=32), max_size=20).map(
    lambda found: [Leaf(f"2026-11-20T09:00:{n:02d}Z#{n:032x}", digest) for n, digest in sorted(found.items())]
)


def test_a_seal_reads_as_it_was_written() -> None:
    assert Seal.from_bytes(SEAL.to_bytes()) == SEAL
    first = replace(SEAL, previous=None, kept_until=None, count=0)
    assert Seal.from_bytes(first.to_bytes()) == first


def test_the_bytes_of_a_seal_are_these_and_stay_so() -> None:
    assert SEAL.to_bytes().decode() == (
        "{\n"
        '  "count": 3,\n'
        '  "format": 1,\n'
        '  "hour": "2026-11-20T09",\n'
        '  "kept_until": "2032-11-20T09:00:00.000Z",\n'
        '  "made_at": "2026-11-20T10:10:00.000Z",\n'
        f'  "previous": "{"02" * 32}",\n'
        f'  "root": "{"01" * 32}"\n'
        "}\n"
    )


NO_SEALS = {
    "nothing": b"",
    "not JSON": b"{",
    "a list": b"[]\n",
    "another document": b'{\n  "hour": "2026-11-20T09"\n}\n',
    "one more field": SEAL.to_bytes().replace(b'{\n  "count"', b'{\n  "and": 1,\n  "count"'),
    "another format": SEAL.to_bytes().replace(b'"format": 1', b'"format": 2'),
    "spaces": SEAL.to_bytes() + b" ",
    "half an hour": SEAL.to_bytes().replace(b"T09", b"T9"),
    "no instant": SEAL.to_bytes().replace(b"2026-11-20T10:10:00.000Z", b"today"),
    "deeper than anybody reads": b"[" * 100_000,
}


@pytest.mark.parametrize("written", NO_SEALS.values(), ids=NO_SEALS)
def test_whatever_is_no_seal_of_ours_is_refused(written: bytes) -> None:
    with pytest.raises(ValueError, match="this is not a seal"):
        Seal.from_bytes(written)
    assert not SEAL.is_said_by(written)


def test_two_runs_say_the_same_of_an_hour_but_for_when_they_said_it() -> None:
    later = replace(SEAL, made_at=SEAL.made_at + HOUR, kept_until=None)
    assert SEAL.is_said_by(later.to_bytes())
    for other in ({"count": 4}, {"root": b"\x03" * 32}, {"previous": None}, {"hour": NINE + HOUR}):
        assert not SEAL.is_said_by(replace(later, **other).to_bytes())


@given(leaves)
def test_a_list_of_leaves_reads_as_it_was_written(listed: list[Leaf]) -> None:
    assert list(read_leaves(b"".join(leaf.line() for leaf in listed))) == listed


LEAF = Leaf("2026-11-20T09:00:01.000000Z#" + "0" * 32, b"\x07" * 32).line()
LATER = LEAF.replace(b":01.", b":02.")
NO_LISTS = {
    "a line without its end": LEAF[:-1],
    "no hash": b"2026-11-20T09:00:01Z#0\n",
    "not hex": LEAF.replace(b"07", b"0g"),
    "capital hex": LEAF.replace(b"07", b"0A"),
    "out of order": LATER + LEAF,
    "the same twice": LEAF + LEAF,
    "not UTF-8": b"\xff" + LEAF,
}


@pytest.mark.parametrize("written", NO_LISTS.values(), ids=NO_LISTS)
def test_whatever_is_no_list_of_leaves_is_refused(written: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        list(read_leaves(written))


@given(leaves, leaves)
def test_the_differences_of_two_lists_are_those_of_their_records(sealed: list[Leaf], found: list[Leaf]) -> None:
    ours, theirs = ({leaf.access_id: leaf.digest for leaf in listed} for listed in (sealed, found))
    expected = {(Wrong.REMOVED, access_id) for access_id in ours.keys() - theirs.keys()}
    expected |= {(Wrong.SLIPPED_IN, access_id) for access_id in theirs.keys() - ours.keys()}
    expected |= {(Wrong.CHANGED, both) for both in ours.keys() & theirs.keys() if ours[both] != theirs[both]}
    told = list(differences(sealed, found))
    assert set(told) == expected
    assert len(told) == len(expected)
