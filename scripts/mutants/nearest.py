"""Which test files are nearest to a changed module, by who imports what."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from scripts.mutants.mutant import PRODUCT

WAVE_FILES = 12


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
                (name for name in wave if name in self.tests and name not in seen), key=likeness(module)
            )
            seen.update(files)
            if files:
                yield files[:WAVE_FILES]

    def _importers(self, modules: Iterable[str]) -> set[str]:
        names = {_dotted(module) for module in modules}
        return {name for name, imported in self.files.items() if imported & names}


def likeness(module: str) -> Callable[[str], tuple[bool, bool, str]]:
    """Orders test files: the one of the module's own name or its folder's first, then those of its room."""
    path = Path(module)
    own, room = {f"test_{path.name}", f"test_{path.parent.name}.py"}, f"tests/{path.parts[1]}/"
    return lambda name: (Path(name).name not in own, not name.startswith(room), name)


def _dotted(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
