"""What a contract leaves to its subclass is given by it, also in a bench, whose tests only a bench runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACTS = ROOT / "verenigingen" / "tests" / "contracts"
PARTS = (ROOT / "tests", ROOT / "verenigingen")


def _classes(folder: Path) -> Iterator[ast.ClassDef]:
    for path in folder.rglob("*.py"):
        yield from (
            node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.ClassDef)
        )


def _methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {part.name: part for part in node.body if isinstance(part, ast.FunctionDef)}


def _bases(node: ast.ClassDef) -> list[str]:
    return [base.id if isinstance(base, ast.Name) else ast.unparse(base) for base in node.bases]


def _is_left_open(method: ast.FunctionDef) -> bool:
    last = method.body[-1]
    return isinstance(last, ast.Raise) and last.exc is not None and "NotImplemented" in ast.unparse(last.exc)


def _not_given(
    node: ast.ClassDef, contracts: dict[str, set[str]], known: dict[str, ast.ClassDef]
) -> set[str]:
    """What the class's contract leaves open, and neither its body nor a base before the contract gives."""
    bases, given = _bases(node), set(_methods(node))
    for index, contract in enumerate(bases):
        if contract in contracts:
            before = [known[name] for name in bases[:index] if name in known]
            return contracts[contract] - given - set().union(*(_inherited(base, known) for base in before))
    return set()


def _inherited(node: ast.ClassDef, known: dict[str, ast.ClassDef]) -> set[str]:
    above = (_inherited(known[name], known) for name in _bases(node) if name in known)
    return set(_methods(node)).union(*above)


def _left_open(contracts: dict[str, ast.ClassDef]) -> dict[str, set[str]]:
    """By contract what it, or another on which it builds, leaves to its subclass."""
    found: dict[str, set[str]] = {}
    for name, node in contracts.items():
        lineage = [node, *(contracts[base] for base in _bases(node) if base in contracts)]
        methods = [_methods(each) for each in lineage]
        given = {key for each in methods for key, method in each.items() if not _is_left_open(method)}
        found[name] = {key for each in methods for key in each} - given
    return found


CONTRACTS_FOUND = _left_open(
    {node.name: node for node in _classes(CONTRACTS) if node.name.endswith("Contract")}
)
IN_BENCH = {node.name: node for node in _classes(PARTS[1])}


def test_each_contract_leaves_something_open() -> None:
    assert CONTRACTS_FOUND
    assert all(CONTRACTS_FOUND.values())


@pytest.mark.parametrize("part", PARTS, ids=["tests", "verenigingen"])
def test_whoever_takes_a_contract_gives_what_it_leaves_open(part: Path) -> None:
    """A contract that stands before the base which has the methods hides them."""
    known = IN_BENCH | {node.name: node for node in _classes(part)}
    nodes = [node for node in _classes(part) if node.name not in CONTRACTS_FOUND]
    takers = [node for node in nodes if set(_bases(node)) & set(CONTRACTS_FOUND)]
    assert takers
    missing = {node.name: _not_given(node, CONTRACTS_FOUND, known) for node in takers}
    assert {name: names for name, names in missing.items() if names} == {}


def test_a_contract_before_its_base_is_seen() -> None:
    (base, hidden, right) = ast.parse(
        "class Base:\n def tick(self): ...\n"
        "class Hidden(OneContract, Base): ...\n"
        "class Right(Base, OneContract): ..."
    ).body
    assert isinstance(base, ast.ClassDef)
    known = {"Base": base}
    answers = [
        _not_given(node, {"OneContract": {"tick"}}, known)
        for node in (hidden, right)
        if isinstance(node, ast.ClassDef)
    ]
    assert answers == [{"tick"}, set()]
