"""The mutation check runs the tests that reach a change: what is marked, and what the marks say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.mutants.mutant import Mutant
from scripts.mutants.reach import Reach, Source

SOURCE = '''"""What it is."""
LIMIT = 3 + 4


def judged(value: int, é: str = "é") -> list[int]:
    """What it says."""
    if value > 1:
        return [value + 1]
    elif value > LIMIT:
        return [
            value
            - 1
        ]

    @staticmethod
    def inner() -> int: return value * 2
    for each in range(inner()):
        value += each
    return [value]


class Held:
    most = 3 * 4

    def half(self) -> float: return self.most / 2
'''


def hit(number: int) -> str:
    return f'__import__("vuurtoren._mutants_reached")._mutants_reached.hit({number})'


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        (7, f"    {hit(0)}\n    if value > 1:\n"),
        (8, f"        {hit(0)}\n        return [value + 1]\n"),
        (9, f"    {hit(0)}\n    if value > 1:\n"),
        (12, f"        {hit(0)}\n        return [\n"),
        (16, f"    def inner() -> int: {hit(0)}; return value * 2\n"),
        (18, f"        {hit(0)}\n        value += each\n"),
        (25, f"    def half(self) -> float: {hit(0)}; return self.most / 2\n"),
    ],
)
def test_a_mark_stands_before_the_statement_of_a_line_and_changes_nothing_else(line: int, marks: str) -> None:
    text = Source(SOURCE).marked([(0, line)])
    compile(text, "marked.py", "exec")
    assert marks in text
    assert re.sub(re.escape(hit(0)) + r"(?:; |\n *)", "", text) == SOURCE


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        (2, f"    {hit(0)}\n    if value > 1:\n"),
        (5, f"    {hit(0)}\n    if value > 1:\n"),
        (23, f"    def half(self) -> float: {hit(0)}; return self.most / 2\n"),
    ],
)
def test_what_runs_at_import_is_marked_where_a_function_reads_it(line: int, marks: str) -> None:
    source = Source(SOURCE)
    text = source.marked([(0, line)])
    compile(text, "marked.py", "exec")
    assert source.runs_at_import(line) and marks in text and text.count(hit(0)) == 1


def test_what_no_function_reads_has_no_mark() -> None:
    assert Source("LIMIT = 3\n").marked([(0, 1)]) == "LIMIT = 3\n"


def test_every_change_of_a_module_has_its_mark() -> None:
    lines = (7, 8, 9, 12, 16, 18, 25)
    text = Source(SOURCE).marked(list(enumerate(lines)))
    compile(text, "marked.py", "exec")
    assert all(hit(number) in text for number in range(len(lines)))


PRODUCT = """def doubled(value: int) -> int:
    return value * 2


def halved(value: int) -> float:
    return value / 2


def unused(value: int) -> int:
    return value - 1


LEAST = 3


def raised(value: int) -> int:
    return max(value, LEAST)
"""
TESTS = """import subprocess, sys
import pytest
from vuurtoren.room import sums


@pytest.mark.parametrize("value", [1, 2])
def test_doubled(value): assert sums.doubled(value) == 2 * value


def test_raised(): assert sums.raised(1) == 3


def test_elsewhere():
    command = "from vuurtoren.room.sums import halved; halved(2)"
    subprocess.run([sys.executable, "-c", command], check=True)


def test_that_fails(): assert sums.doubled(1) == 3
"""


def test_it_sees_which_tests_run_a_change_also_in_another_process_and_which_fail_without_any(
    tmp_path: Path,
) -> None:
    for name, text in (
        ("vuurtoren/__init__.py", ""),
        ("vuurtoren/room/__init__.py", ""),
        ("vuurtoren/room/sums.py", PRODUCT),
        ("tests/room/test_sums.py", TESTS),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    doubled, halved, unused, least = (
        Mutant("vuurtoren/room/sums.py", "core/Any", 0, line) for line in (2, 6, 10, 13)
    )
    reach = Reach(tmp_path, [doubled, halved, unused, least], workers=1)
    file = "tests/room/test_sums.py"
    assert reach.failed == [f"{file}::test_that_fails"]
    assert list(reach.waves(doubled)) == [[f"{file}::test_doubled"]]
    assert list(reach.waves(halved)) == [[f"{file}::test_elsewhere"]]
    assert list(reach.waves(unused)) == [[file]]
    assert list(reach.waves(least)) == [[f"{file}::test_raised"]]
