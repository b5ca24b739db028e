"""The tree that is laid beside another app: the thin app under its second name, the product unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from verenigingen.beside.names import Names, renamed_path, renamed_text

Tree = dict[PurePosixPath, bytes]
"""The contents of each file, by its path in the tree."""
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OLD = Names(HERE.parent.name, "Verenigingen")
NEW = Names("verenigingen_monitor", "Verenigingen Monitor")
PRODUCT = "vuurtoren"
MARK = "laid-beside.txt"
"""The file by which a folder is known as laid by this command."""
MARK_TEXT = """This app is laid by a command and is not edited here: the next update would be refused.
Its source is in the repository of the app that it was made from.
"""
DOCUMENTS = "docs"
PACKAGING = ("LICENSE", "MANIFEST.in", "pyproject.toml")
SETUP = f"""from setuptools import setup

setup(name="{NEW.package}")
"""
README = f"""# {NEW.module}

Monitoring, alerting and a provable SEPA audit trail, laid beside another app in this bench. For a site:

    bench --site SITE install-app {NEW.package}

The manuals are in `docs/monitoring`: begin with `OPERATIONS_MANUAL.md`.

It is updated by the command that laid it, followed by `bench --site SITE migrate`. It has no remote, so that
`bench update` leaves it alone.
"""
IGNORED = "__pycache__/\n*.pyc\n*.egg-info/\nbuild/\ndist/\n"
NOT_LAID = (HERE.name,)
"""Folders of the app that belong to its repository only."""
LINTERS = re.compile(r"^\[tool\.(pytest|ruff|importlinter|mypy)", re.MULTILINE)


def laid_tree(root: Path = ROOT) -> Tree:
    """Every file of the tree, from a checkout of this repository."""
    tree: Tree = {
        PurePosixPath(MARK): MARK_TEXT.encode(),
        PurePosixPath("README.md"): README.encode(),
        PurePosixPath("setup.py"): SETUP.encode(),
        PurePosixPath(".gitignore"): IGNORED.encode(),
    }
    for path, content in _packaging(root):
        tree[path] = content
    for folder in (PRODUCT, DOCUMENTS):
        for file in _files(root / folder):
            tree[_within(root, file)] = file.read_bytes()
    for file in _files(root / OLD.package):
        old = _within(root, file)
        if old.parts[1] not in NOT_LAID:
            tree[renamed_path(old, OLD, NEW)] = _renamed(old, file.read_bytes())
    return tree


def _within(root: Path, file: Path) -> PurePosixPath:
    return PurePosixPath(file.relative_to(root).as_posix())


def _packaging(root: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    for name in PACKAGING:
        path = PurePosixPath(name)
        text = (root / name).read_text("utf-8")
        if name == "pyproject.toml":
            text = LINTERS.split(text)[0].rstrip() + "\n"
        elif name == "MANIFEST.in":
            text = text.replace(" CHANGELOG.md", "")
        yield path, renamed_text(path, text, OLD, NEW).encode()


def _renamed(path: PurePosixPath, content: bytes) -> bytes:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    return renamed_text(path, text, OLD, NEW).encode()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path
