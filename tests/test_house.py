"""The house stays a house: small folders, which a stranger finds the way in."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_FILES = 15
PARTS = ("vuurtoren", "verenigingen", "tests", "benchmarks", "scripts", "docs")
RECORDED = {"tests/error_kinds/tracebacks"}
"""Recorded input, a file a case."""


READERS = (
    "alerts",
    "analytics",
    "error_kinds",
    "health",
    "metrics",
    "notifications",
    "reports",
    "rounds",
    "signals",
)


def test_what_is_stored_is_read_through_the_one_reader_of_strangers() -> None:
    """`json.loads` raises RecursionError, and gives values of any kind and depth; see `site/strangers.py`."""
    found = [
        str(path)
        for room in READERS
        for path in (ROOT / "vuurtoren" / room).rglob("*.py")
        if "json.loads(" in path.read_text("utf-8")
    ]
    assert found == []


def test_who_may_is_asked_at_one_gate() -> None:
    """Whoever needs to know asks `permission.may_see` or `may_act`, or takes the site from there."""
    found = {
        path.relative_to(ROOT).as_posix()
        for part in ("vuurtoren", "verenigingen")
        for path in (ROOT / part).rglob("*.py")
        if re.search(r"has_role\([^)]*\*PEOPLE", path.read_text("utf-8"))
    }
    assert found == {"vuurtoren/endpoints/permission.py"}


def test_a_user_of_a_test_inside_a_bench_is_removed_in_the_one_way() -> None:
    """14 and 15 keep the last System Manager, so another way fails on a new site: `remove_user`."""
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "verenigingen").rglob("*.py")
        if re.search(r"delete_doc\(\s*[\"']User[\"']", path.read_text("utf-8"))
    ]
    assert found == ["verenigingen/tests/support/visitor.py"]


def test_a_value_cannot_be_changed_by_whoever_gets_it() -> None:
    """A plain `@dataclass` gathers; one that is given anything is a value, and frozen."""
    found = [
        f"{path.relative_to(ROOT)}: {options}"
        for part in ("vuurtoren", "verenigingen")
        for path in (ROOT / part).rglob("*.py")
        for options in re.findall(r"@dataclass\(([^)]*)\)", path.read_text("utf-8"))
        if "frozen=True" not in options
    ]
    assert found == []


def test_no_folder_holds_more_than_fifteen_files() -> None:
    crowded = {}
    for part in PARTS:
        for folder in [ROOT / part, *(path for path in (ROOT / part).rglob("*") if path.is_dir())]:
            files = [
                path.name
                for path in folder.iterdir()
                if path.is_file() and path.suffix != ".pyc" and path.name != "__init__.py"
            ]
            if len(files) > MOST_FILES and folder.relative_to(ROOT).as_posix() not in RECORDED:
                crowded[folder.relative_to(ROOT).as_posix()] = len(files)
    assert crowded == {}
