"""The tree of RFC 6962: its own examples, and what must hold for every tree."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.hash_tree import Tree, leaf_hash, node_hash, proof_of, proves, root_of

# The leaves and roots that Certificate Transparency tests its own trees with:
# https://github.com/google/certificate-transparency/blob/master/cpp/merkletree/merkle_tree_test.cc
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PROOF_OF_THE_SIXTH_OF_EIGHT = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]

records = st.lists(st.binary(max_size=8), max_size=40)
some_records = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def hashed(contents: list[bytes]) -> list[bytes]:
    return [leaf_hash(content) for content in contents]


@pytest.mark.parametrize("count", range(len(ROOTS)))
def test_the_roots_are_those_of_certificate_transparency(count: int) -> None:
    assert root_of(hashed(LEAVES[:count])).hex() == ROOTS[count]


def test_a_proof_is_that_of_certificate_transparency() -> None:
    assert [part.hex() for part in proof_of(hashed(LEAVES), 5)] == PROOF_OF_THE_SIXTH_OF_EIGHT


def by_definition(leaves: list[bytes]) -> bytes:
    """As RFC 6962 writes it down, from the top."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(by_definition(leaves[:middle]), by_definition(leaves[middle:]))


@given(records)
def test_a_tree_that_grew_leaf_by_leaf_is_the_tree_of_the_definition(contents: list[bytes]) -> None:
    tree = Tree()
    for content in contents:
        tree.add(leaf_hash(content))
    assert (tree.root(), tree.count) == (by_definition(hashed(contents)), len(contents))


@given(records, records)
def test_no_two_lists_of_records_have_the_same_root(ours: list[bytes], theirs: list[bytes]) -> None:
    assert (root_of(hashed(ours)) == root_of(hashed(theirs))) == (ours == theirs)


@given(some_records, st.data())
def test_any_change_removal_insertion_or_exchange_shows_in_the_root(contents: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(contents) - 1))
    other = data.draw(st.binary(max_size=8))
    swapped = data.draw(st.integers(0, len(contents) - 1))
    exchanged = list(contents)
    exchanged[at], exchanged[swapped] = exchanged[swapped], exchanged[at]
    root = root_of(hashed(contents))
    for tampered in (
        [*contents[:at], other, *contents[at + 1 :]],
        [*contents[:at], *contents[at + 1 :]],
        [*contents[:at], other, *contents[at:]],
        exchanged,
    ):
        assert (root_of(hashed(tampered)) == root) == (tampered == contents)


@given(some_records, st.data())
def test_every_leaf_has_a_proof_and_it_proves_no_other_leaf_place_or_root(
    contents: list[bytes], data: st.DataObject
) -> None:
    leaves = hashed(contents)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, root, count = proof_of(leaves, index), root_of(leaves), len(leaves)
    assert proves(leaves[index], index, count, proof, root)
    assert not proves(leaf_hash(b"another record"), index, count, proof, root)
    assert not proves(leaves[index], index, count, proof, leaf_hash(b"another root"))
    assert not proves(leaves[index], count, count, proof, root)
    assert not proves(leaves[index], -1, count, proof, root)
    assert not proves(leaves[index], index, count, [*proof, root], root)
    if proof:
        assert not proves(leaves[index], index, count, proof[1:], root)


def test_a_node_never_passes_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert root_of([left, right]) != root_of([leaf_hash(left + right)])
