"""Changes one sign or word of the product at a time and asks its tests whether they notice: `make mutants`.

The changes are cosmic-ray's operators. A sample, the same for the same seed and code, is spread over all
rooms in proportion to their size. Each mutant lives in a copy of the tree; its tests run nearest first: those
that import the changed module, those of its room, then those that import what imports it. Exit code 1 below
the share that is asked.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = "vuurtoren"
NOT_MUTATED = ("demo", "templates", "frappe_adapter")
"""Folders without promises of their own, and the adapter, whose tests run inside a bench alone."""
EQUIVALENT = re.compile(r"BitOr|RemoveDecorator|NoOp|_(Is|In|IsNot|NotIn)(_|$)")
"""Operators whose mutants mean the same (`int | None` of an annotation, `==` for `is`) or never run."""
OPPOSITES = ("Is_IsNot", "IsNot_Is", "In_NotIn", "NotIn_In")
MEANINGLESS = ("newline", "string", "error_leaf", "endmarker")
"""Leaves of the syntax tree at which no operator applies."""
CAUGHT, SURVIVED, UNDECIDED = "caught", "SURVIVED", "undecided"
WAVE_SECONDS = 300
"""A test that hangs ends by its own limit; what lasts longer is a slow machine, and says nothing."""
WAVE_FILES = 12


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
        return f"{self.module}:{self.line} {self.operator.removeprefix('core/')}"


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
    """Every place of a module where an operator applies, annotations left out."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path

    occurrences: Counter[str] = Counter()
    for node in ast_nodes(get_ast_from_path(module)):
        if node.type in MEANINGLESS:
            continue
        for name, operator in applied.items():
            for (line, _column), _end in operator.mutation_positions(node):
                yield Mutant(module.relative_to(ROOT).as_posix(), name, occurrences[name], line)
                occurrences[name] += 1


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


class Imports:
    """Which files import which modules, read from the source."""

    def __init__(self, root: Path) -> None:
        self.files = {
            path.relative_to(root).as_posix(): frozenset(_imported(path))
            for folder in (PRODUCT, "tests", "verenigingen")
            for path in sorted((root / folder).rglob("*.py"))
        }

    @cached_property
    def tests(self) -> tuple[str, ...]:
        return tuple(
            name for name in self.files if name.startswith("tests/") and Path(name).name.startswith("test_")
        )

    def waves(self, module: str) -> Iterator[list[str]]:
        """Test files for a changed module, nearest first and none twice."""
        seen: set[str] = set()
        nearest = self._importers({module})
        folders = [Path(module).parts[1:depth] for depth in range(len(Path(module).parts) - 1, 1, -1)]
        rooms = tuple("/".join(("tests", *parts)) + "/" for parts in folders)
        helpers = self._importers({name for name in nearest if name not in self.tests})
        for wave in (nearest, {name for name in self.tests if name.startswith(rooms)}, helpers):
            files = sorted(
                (name for name in wave if name in self.tests and name not in seen), key=_likeness(module)
            )
            seen.update(files)
            if files:
                yield files[:WAVE_FILES]

    def _importers(self, modules: Iterable[str]) -> set[str]:
        names = {_dotted(module) for module in modules}
        return {name for name, imported in self.files.items() if imported & names}


def _likeness(module: str) -> Callable[[str], tuple[bool, bool, str]]:
    """Orders test files: the one of the module's own name first, then those of its room."""
    own, room = f"test_{Path(module).name}", f"tests/{Path(module).parts[1]}/"
    return lambda name: (Path(name).name != own, not name.startswith(room), name)


def _dotted(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


class Copy:
    """A copy of the tree in which one mutant at a time lives."""

    def __init__(self, root: Path) -> None:
        self.root = root
        tracked = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        for name in filter(None, tracked.stdout.split("\0")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
        subprocess.run([sys.executable, "-m", "compileall", "-q", "."], cwd=root, check=True)

    def outcome(self, mutant: Mutant, operator: Any, waves: Iterable[list[str]]) -> str:
        """`CAUGHT` when a test fails with this change in place, else `SURVIVED`; `UNDECIDED` out of time."""
        from cosmic_ray.mutating import MutationVisitor

        module = self.root / mutant.module
        original, times = module.read_text(encoding="utf-8"), module.stat()
        changed = MutationVisitor.mutate_code(original, operator, mutant.occurrence)
        assert changed and changed != original, f"{mutant} changes nothing"
        try:
            module.write_text(changed, encoding="utf-8")
            # a compiled file is told by seconds and size: a time of its own makes sure that this one is read
            os.utime(module, (time.time(), times.st_mtime + 1 + mutant.occurrence))
            outcomes = set()
            for files in waves:
                outcomes.add(self._run(files))
                if CAUGHT in outcomes:
                    return CAUGHT
            return UNDECIDED if UNDECIDED in outcomes else SURVIVED
        finally:
            module.write_text(original, encoding="utf-8")
            os.utime(module, ns=(times.st_atime_ns, times.st_mtime_ns))

    def _run(self, files: list[str]) -> str:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "--no-header",
            "-p",
            "no:cacheprovider",
            *files,
        ]
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
        try:
            run = subprocess.run(
                command,
                cwd=self.root,
                env=environment,
                timeout=WAVE_SECONDS,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return UNDECIDED
        return CAUGHT if run.returncode else SURVIVED


def all_mutants(applied: dict[str, Any]) -> list[Mutant]:
    """Every mutant of every module of the product."""
    modules = (
        path for path in sorted((ROOT / PRODUCT).rglob("*.py")) if not set(path.parts) & set(NOT_MUTATED)
    )
    return [mutant for module in modules for mutant in mutants_of(module, applied)]


def try_all(mutants: list[Mutant], applied: dict[str, Any], workers: int) -> dict[Mutant, str]:
    """Each mutant with its outcome, printed as it is known."""
    imports = Imports(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        free: SimpleQueue[Copy] = SimpleQueue()
        for number in range(workers):
            free.put(Copy(Path(folder) / str(number)))

        def try_one(mutant: Mutant) -> str:
            copy = free.get()
            try:
                outcome = copy.outcome(mutant, applied[mutant.operator], imports.waves(mutant.module))
            finally:
                free.put(copy)
            print(f"{outcome:<10}{mutant}", flush=True)
            return outcome

        with ThreadPoolExecutor(workers) as pool:
            return dict(zip(mutants, pool.map(try_one, mutants), strict=True))


def main(arguments: list[str] | None = None) -> int:
    """Tries a sample and prints what survived, by room, and the share that was caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--share", type=float, default=0.9, help="of the mutants that must be caught")
    parser.add_argument("--only", default="", help="modules whose path begins so")
    parser.add_argument("--list", action="store_true", help="name the sample without trying it")
    asked = parser.parse_args(arguments)
    applied = operators()
    chosen = [
        one
        for one in sample(all_mutants(applied), asked.size, asked.seed)
        if one.module.startswith(asked.only)
    ]
    if asked.list:
        print(*chosen, sep="\n")
        return 0
    results = try_all(chosen, applied, asked.workers)
    counts = Counter(results.values())
    lost = Counter(mutant.room for mutant, outcome in results.items() if outcome == SURVIVED)
    share = counts[CAUGHT] / (counts[CAUGHT] + counts[SURVIVED] or 1)
    survived = ", ".join(f"{room} {count}" for room, count in sorted(lost.items())) or "none"
    print(
        f"{counts[CAUGHT]} caught ({share:.1%}), {counts[UNDECIDED]} undecided; survived by room: {survived}"
    )
    return 0 if share >= asked.share else 1


if __name__ == "__main__":
    sys.exit(main())
