"""Which tests run the statement that a mutant changes, found by one pass over the tests."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from scripts.mutants.mutant import Mutant
from scripts.mutants.nearest import Imports, likeness

WAVES = (8, 24)
"""So many tests judge a mutant, and so many more if it survived."""
DECLARED = ("tests/docs/test_documents.py", "tests/rules/test_rule_records.py", "tests/test_house.py")
"""Where what is declared as modules are imported is held against documents and house, and read back."""
RECORDER = "vuurtoren/_mutants_reached.py"
RECORDER_TEXT = """import os

FILE = {file!r}
seen = set()


def hit(number):
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0].partition("[")[0]
    if (number, test) not in seen:
        seen.add((number, test))
        with open(FILE, "a") as file:
            file.write(f"{{number}} {{test}}\\n")
"""


class Reach:
    """By mutant the tests that run its statement, and which tests fail without any mutant.

    A test that starts another process, a thread or a site of its own is seen to run what that runs.
    """

    def __init__(self, root: Path, mutants: list[Mutant], workers: int) -> None:
        self.imports = Imports(root)
        self.numbers = {mutant: number for number, mutant in enumerate(mutants)}
        self.at_import: set[int] = set()
        kept = root / "reached.txt"
        (root / RECORDER).write_text(RECORDER_TEXT.format(file=str(kept)), encoding="utf-8")
        for module in {mutant.module for mutant in mutants}:
            numbered = [(n, mutant.line) for mutant, n in self.numbers.items() if mutant.module == module]
            source = Source((root / module).read_text(encoding="utf-8"))
            self.at_import |= {number for number, line in numbered if source.runs_at_import(line)}
            (root / module).write_text(source.marked(numbered), encoding="utf-8")
        _status, self.failed = run_tests(root, ["-n", str(workers), "tests"])
        self.tests: dict[int, set[str]] = {}
        for line in kept.read_text(encoding="utf-8").splitlines() if kept.exists() else ():
            number, _, test = line.partition(" ")
            if test and test not in self.failed:
                self.tests.setdefault(int(number), set()).add(test)
        self.breadth = Counter(test for reached in self.tests.values() for test in reached)

    def waves(self, mutant: Mutant) -> Iterator[list[str]]:
        """The tests to run, nearest and narrowest first; what is declared is held against documents first."""
        number = self.numbers[mutant]
        declared = [name for name in DECLARED if name in self.imports.tests]
        if declared and number in self.at_import:
            yield declared
        near = likeness(mutant.module)
        nearest = sorted(
            self.tests.get(number, ()),
            key=lambda test: (near(test.partition("::")[0])[:2], self.breadth[test], test),
        )
        first, more = WAVES
        reached = [wave for wave in (nearest[:first], nearest[first : first + more]) if wave]
        yield from reached or self.imports.waves(mutant.module)


def run_tests(root: Path, asked: Iterable[str], seconds: float | None = None) -> tuple[int, list[str]]:
    """Run tests of a copy, browsers left out: pytest's exit code, and what failed without its parameters.

    Raises `subprocess.TimeoutExpired`.
    """
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no", "-rfE"]
    command += ["-p", "no:cacheprovider", "-m", "not slow and not browser"]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
    run = subprocess.run(
        [*command, *asked],
        cwd=root,
        env=environment,
        timeout=seconds,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.findall(r"^(?:FAILED|ERROR) ([^\s\[]+)", run.stdout, re.MULTILINE)
    return run.returncode, list(dict.fromkeys(failed))


class Source:
    """A module in which a call is written before each statement that a change is about."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parents = {
            child: node for node in ast.walk(ast.parse(text)) for child in ast.iter_child_nodes(node)
        }

    def runs_at_import(self, line: int) -> bool:
        return self._statement(line) is None

    def marked(self, numbered: Iterable[tuple[int, int]]) -> str:
        """The text with a call before each (number, line), or before what reads it in a function."""
        lines = self.text.splitlines(keepends=True)
        places = {(place, number) for number, line in numbered for place in self._places(line)}
        for node, number in sorted(places, key=lambda each: (_start(each[0]), each[1]), reverse=True):
            line, column = _start(node)
            hit = f'__import__("vuurtoren._mutants_reached")._mutants_reached.hit({number})'
            before, after = (
                lines[line - 1].encode()[:column].decode(),
                lines[line - 1].encode()[column:].decode(),
            )
            lines[line - 1] = (
                f"{before}{hit}\n{before}{after}" if not before.strip() else f"{before}{hit}; {after}"
            )
        return "".join(lines)

    def _places(self, line: int) -> Iterable[ast.stmt]:
        if statement := self._statement(line):
            return [statement]
        at_import = self._innermost(line, lambda node: isinstance(node, ast.stmt))
        if isinstance(at_import, ast.FunctionDef | ast.AsyncFunctionDef):
            return [node for node in at_import.body if self._takes_a_mark(node)][:1]
        targets = getattr(at_import, "targets", [getattr(at_import, "target", None)])
        names = {
            node.id for target in targets if target for node in ast.walk(target) if isinstance(node, ast.Name)
        }
        readers = (node for node in self.parents if getattr(node, "id", getattr(node, "attr", None)) in names)
        return {place for reader in readers if (place := self._around(reader))}

    def _statement(self, line: int) -> ast.stmt | None:
        """The innermost statement of a function at this line before which another can stand."""
        return self._innermost(line, self._takes_a_mark)

    def _innermost(self, line: int, wanted: Callable[[ast.AST], bool]) -> Any:
        found = [
            node
            for node in self.parents
            if isinstance(node, ast.stmt)
            and node.lineno <= line <= (node.end_lineno or node.lineno)
            and wanted(node)
        ]
        return max(found, key=lambda node: (node.lineno, node.col_offset), default=None)

    def _around(self, node: ast.AST | None) -> ast.stmt | None:
        while node is not None and not self._takes_a_mark(node):
            node = self.parents.get(node)
        return node  # type: ignore[return-value]

    def _takes_a_mark(self, node: ast.AST) -> bool:
        return (
            isinstance(node, ast.stmt)
            and _in_function(self.parents, node)
            and not _is_elif(self.parents, node)
            and not _is_docstring(node)
        )


def _in_function(parents: dict[ast.AST, ast.AST], node: ast.AST) -> bool:
    """Directly below a function, whatever stands between that is no class of its own."""
    above = parents.get(node)
    if above is None or isinstance(above, ast.ClassDef):
        return False
    return isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef) or _in_function(parents, above)


def _is_elif(parents: dict[ast.AST, ast.AST], node: ast.stmt) -> bool:
    above = parents[node]
    return isinstance(node, ast.If) and isinstance(above, ast.If) and node in above.orelse


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _start(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    first = min([node, *decorators], key=lambda each: each.lineno)
    return first.lineno, node.col_offset
