"""The tree is that of RFC 6962: known answers, a slow reference beside it, and no proof that was touched."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verenigingen.tests.support import reference_tree
from vuurtoren.audit.seals.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    root_of,
    verify_consistency,
    verify_inclusion,
)

INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    ("6e340b9c", "afa01d"),
    ("fac54203", "e3c125"),
    ("aeb6bcfe", "e06e77"),
    ("d37ee418", "9614b7"),
    ("4e3bbb1f", "6264d4"),
    ("76e67dad", "2087ef"),
    ("ddb89be4", "a74c8c"),
    ("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", ""),
)
KNOWN = [hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in INPUTS]


def leaves(count: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(count)]


sizes = st.integers(1, 300)


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert root_of([]) == Tree([]).root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_it_gives_the_known_answers_of_certificate_transparency(size: int) -> None:
    start, end = ROOTS[size - 1]
    root = root_of(KNOWN[:size]).hex()
    assert root.startswith(start) and root.endswith(end)


@given(sizes)
def test_all_three_ways_to_the_root_agree(size: int) -> None:
    these = leaves(size)
    assert root_of(these) == Tree(these).root() == reference_tree.root(these)


@given(sizes, st.data())
def test_a_frontier_continues_from_where_it_was_stored(size: int, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, size))
    first = Frontier()
    for leaf in leaves(size)[:cut]:
        first.append(leaf)
    again = Frontier(first.size, first.nodes)
    for leaf in leaves(size)[cut:]:
        again.append(leaf)
    assert again.root() == root_of(leaves(size))


@pytest.mark.parametrize(("size", "nodes"), [(1, 0), (3, 1), (4, 2), (-1, 0), (0, 1)])
def test_a_frontier_refuses_an_edge_that_does_not_fit_its_size(size: int, nodes: int) -> None:
    with pytest.raises(ValueError):
        Frontier(size, [EMPTY_ROOT] * nodes)


@given(sizes, st.data())
def test_inclusion_proofs_are_those_of_the_reference_and_verify(size: int, data: st.DataObject) -> None:
    these = leaves(size)
    position = data.draw(st.integers(0, size - 1))
    proof = Tree(these).inclusion_proof(position)
    assert proof == reference_tree.path(position, these)
    assert verify_inclusion(these[position], position, size, proof, root_of(these))


@given(sizes, st.data())
def test_consistency_proofs_are_those_of_the_reference_and_verify(size: int, data: st.DataObject) -> None:
    these = leaves(size)
    old = data.draw(st.integers(1, size))
    proof = Tree(these).consistency_proof(old)
    assert proof == reference_tree.proof(old, these)
    assert verify_consistency(old, size, root_of(these[:old]), root_of(these), proof)


@given(st.integers(2, 200), st.data())
def test_proofs_also_hold_for_an_older_part_of_the_tree(size: int, data: st.DataObject) -> None:
    these, tree = leaves(size), Tree(leaves(size))
    part = data.draw(st.integers(1, size))
    position, old = data.draw(st.integers(0, part - 1)), data.draw(st.integers(1, part))
    root = root_of(these[:part])
    assert tree.root(part) == root
    assert verify_inclusion(these[position], position, part, tree.inclusion_proof(position, part), root)
    proof = tree.consistency_proof(old, part)
    assert verify_consistency(old, part, root_of(these[:old]), root, proof)


def flipped(value: bytes, at: int) -> bytes:
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]


@given(sizes, st.randoms(use_true_random=False))
def test_no_inclusion_proof_survives_a_change(size: int, chance: random.Random) -> None:
    these = leaves(size)
    position = chance.randrange(size)
    proof, root = Tree(these).inclusion_proof(position), root_of(these)
    leaf = these[position]
    changes = [
        (flipped(leaf, chance.randrange(32)), position, size, proof, root),
        (leaf, position, size, proof, flipped(root, chance.randrange(32))),
        (leaf, size, size, proof, root),
        (leaf, -1, size, proof, root),
        (leaf, position, 0, proof, root),
        (leaf, position, size, [*proof, root], root),
        (leaf, position, size, [EMPTY_ROOT, *proof], root),
        (leaf, position, size, [*proof, root[:31]], root),
    ]
    changes += [(leaf, other, size, proof, root) for other in range(size) if other != position]
    for index, node in enumerate(proof):
        changed = [*proof[:index], flipped(node, 5), *proof[index + 1 :]]
        changes += [(leaf, position, size, changed, root), (leaf, position, size, proof[:index], root)]
    assert not any(verify_inclusion(*change) for change in changes)


@given(st.integers(2, 200), st.randoms(use_true_random=False))
def test_no_consistency_proof_survives_a_change(size: int, chance: random.Random) -> None:
    these = leaves(size)
    old = chance.randrange(1, size)
    proof, old_root, root = Tree(these).consistency_proof(old), root_of(these[:old]), root_of(these)
    changes = [
        (old, size, flipped(old_root, chance.randrange(32)), root, proof),
        (old, size, old_root, flipped(root, chance.randrange(32)), proof),
        (old, size, old_root, root, [*proof, root]),
        (old, size, old_root, root, proof[:-1]),
        (size, old, old_root, root, proof),
        (0, size, old_root, root, proof),
        (size, size, old_root, root, proof),
        (size, size, old_root, root, []),
    ]
    for index, node in enumerate(proof):
        changed = [*proof[:index], flipped(node, 9), *proof[index + 1 :]]
        changes.append((old, size, old_root, root, changed))
    assert not any(verify_consistency(*change) for change in changes)


def test_a_tree_refuses_questions_about_leaves_that_it_does_not_have() -> None:
    tree = Tree(leaves(5))
    for question in (
        lambda: tree.root(6),
        lambda: tree.inclusion_proof(5),
        lambda: tree.inclusion_proof(-1),
        lambda: tree.consistency_proof(0),
        lambda: tree.consistency_proof(6),
    ):
        with pytest.raises(ValueError):
            question()
