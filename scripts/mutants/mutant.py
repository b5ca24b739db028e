"""What may be changed in the product: cosmic-ray's operators, each at each place, and a sample of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = "vuurtoren"
NOT_MUTATED = ("demo", "templates", "frappe_adapter")
"""Folders without promises of their own, and the adapter, whose tests run inside a bench alone."""
EQUIVALENT = re.compile(r"BitOr|RemoveDecorator|NoOp|_(Is|In|IsNot|NotIn)(_|$)")
"""Operators whose mutants mean the same (`int | None` of an annotation, `==` for `is`) or never run."""
OPPOSITES = ("Is_IsNot", "IsNot_Is", "In_NotIn", "NotIn_In")
MEANINGLESS = ("newline", "string", "error_leaf", "endmarker")
"""Leaves of the syntax tree at which no operator applies."""
BETWEEN_VALUES = ("comparison", "expr", "xor_expr", "and_expr", "shift_expr", "arith_expr", "term", "power")
"""What a sign stands in that can be another one; the star of an argument cannot."""
PRINTED = re.compile(r"(?m)^(?:(caught|SURVIVED|undecided) +)?(\S+\.py):(\d+) (\w+) (\d+)$")


@dataclass(frozen=True, order=True)
class Mutant:
    """One change: the occurrence-th place in a module where an operator applies."""

    module: str
    operator: str
    occurrence: int
    line: int

    @property
    def room(self) -> str:
        return self.module.split("/")[1]

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.operator.removeprefix('core/')} {self.occurrence}"


def operators() -> dict[str, Any]:
    """The operators of cosmic-ray that need no arguments and change what the code does."""
    from cosmic_ray import plugins

    found = {name: plugins.get_operator(name) for name in sorted(plugins.operator_names())}
    return {
        name: operator()
        for name, operator in found.items()
        if not operator.arguments() and (name.endswith(OPPOSITES) or not EQUIVALENT.search(name))
    }


def mutants_of(module: Path, applied: dict[str, Any]) -> Iterator[Mutant]:
    """Every place of a module where an operator applies and leaves Python, annotations left out."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path

    occurrences: Counter[str] = Counter()
    for node in ast_nodes(get_ast_from_path(module)):
        if node.type in MEANINGLESS:
            continue
        readable = _readable_when_changed(node)
        for name, operator in applied.items():
            for (line, _column), _end in operator.mutation_positions(node):
                if readable:
                    yield Mutant(module.relative_to(ROOT).as_posix(), name, occurrences[name], line)
                occurrences[name] += 1


def _readable_when_changed(node: Any) -> bool:
    """Whether what an operator makes of this node is still Python."""
    if node.type == "operator":
        return node.parent.type in BETWEEN_VALUES
    return node.type not in ("if_stmt", "while_stmt") or node.children[1].type != "namedexpr_test"


def named_in(printed: str) -> list[Mutant]:
    """The mutants of what an earlier run printed, in its order, without those that it called caught."""
    outcomes: dict[Mutant, set[str]] = {}
    for outcome, module, line, operator, occurrence in PRINTED.findall(printed):
        mutant = Mutant(module, f"core/{operator}", int(occurrence), int(line))
        outcomes.setdefault(mutant, set()).add(outcome)
    return [mutant for mutant, said in outcomes.items() if "caught" not in said]


def sample(mutants: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """So many mutants, one for each line at most, each room in proportion to its size and by one at least.

    They come in an order without meaning, so that the first of them are a sample too. A change of one
    module leaves most of the sample as it was.
    """

    def drawn(mutant: Mutant) -> bytes:
        return sha256(f"{seed} {mutant.module} {mutant.operator} {mutant.occurrence}".encode()).digest()

    by_line = {(mutant.module, mutant.line): mutant for mutant in sorted(mutants, key=drawn, reverse=True)}
    rooms: dict[str, list[Mutant]] = {}
    for mutant in sorted(by_line.values(), key=drawn):
        rooms.setdefault(mutant.room, []).append(mutant)
    chosen = []
    for room in sorted(rooms):
        share = max(1, round(size * len(rooms[room]) / len(by_line)))
        chosen += rooms[room][:share]
    return sorted(chosen, key=drawn)[:size]


def all_mutants(applied: dict[str, Any]) -> list[Mutant]:
    """Every mutant of every module of the product."""
    modules = (
        path for path in sorted((ROOT / PRODUCT).rglob("*.py")) if not set(path.parts) & set(NOT_MUTATED)
    )
    return [mutant for module in modules for mutant in mutants_of(module, applied)]
