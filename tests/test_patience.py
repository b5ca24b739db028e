"""No test waits for ever: each wait has a limit, and says what did not come."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = ROOT / "tests/error_kinds/corpus"
"""Programs that run only when the corpus is written anew; endless loops are among what they show."""
WAITS = {"wait": 0, "join": 0, "result": 0, "communicate": 1, "get": 0, "acquire": 0}
"""Methods that wait for ever when they are given no more than so many positional arguments and no timeout."""
RUNS = {"run", "call", "check_call", "check_output"}
OPENS = {"urlopen": 2, "create_connection": 1, "HTTPConnection": 2, "HTTPSConnection": 2}
"""Connections, and after how many positional arguments comes their timeout."""
SERVES = {"StreamRequestHandler"}


def unbounded(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The lines that may wait for ever, and why."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not any(given.arg == "timeout" for given in node.keywords):
            yield from ((node.lineno, why) for why in _of_call(node))
        elif isinstance(node, ast.While):
            if _may_turn_for_ever(node):
                yield node.lineno, "while: use turns() or until() of verenigingen.tests.support.patience"
        elif isinstance(node, ast.ClassDef):
            names = {
                base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
                for base in node.bases
            }
            own = {target.id for step in node.body if isinstance(step, ast.Assign)
                   for target in step.targets if isinstance(target, ast.Name)}  # fmt: skip
            if names & SERVES and "timeout" not in own:
                yield node.lineno, "a handler whose socket has no timeout"


def _of_call(node: ast.Call) -> Iterator[str]:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    owner = getattr(function.value, "id", "") if isinstance(function, ast.Attribute) else ""
    given = len(node.args)
    if owner == "subprocess" and name in RUNS:
        yield f"subprocess.{name} without a timeout"
    elif owner == "os" and name in ("wait", "waitpid") and "WNOHANG" not in ast.dump(node):
        yield f"os.{name} without WNOHANG: use ended() of verenigingen.tests.support.patience"
    elif name in OPENS and given <= OPENS[name]:
        yield f"{name} without a timeout"
    elif name in ("starmap", "map") and "pool" in owner:
        yield f"{name} of a pool: it has no timeout"
    elif owner != "os" and isinstance(function, ast.Attribute) and name in WAITS and given <= WAITS[name]:
        yield f"{name}() without a limit"


def _may_turn_for_ever(loop: ast.While) -> bool:
    """Whether the end of the loop depends on more than what it computes itself."""
    asked = list(ast.walk(loop.test))
    return isinstance(loop.test, ast.Constant) or any(isinstance(part, ast.Call) for part in asked)


def test_no_wait_in_any_test_is_without_a_limit() -> None:
    files = [
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "verenigingen/tests").rglob("*.py"),
        *(ROOT / "verenigingen/verenigingen/doctype").rglob("test_*.py"),
    ]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {why}"
        for path in sorted(files)
        if NO_TESTS not in path.parents
        for line, why in unbounded(ast.parse(path.read_text()))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "event.wait()",
        "thread.join()",
        "queue.get()",
        "future.result()",
        "process.communicate('go')",
        "lock.acquire()",
        "subprocess.run(['true'], check=True)",
        "urllib.request.urlopen(address)",
        "os.waitpid(child, 0)",
        "pool.starmap(work, jobs)",
        "while True:\n    pass",
        "while not there():\n    pass",
        "class Handler(socketserver.StreamRequestHandler):\n    pass",
    ],
)
def test_a_wait_without_a_limit_is_found(code: str) -> None:
    assert [line for line, _ in unbounded(ast.parse(code))] == [1]


@pytest.mark.parametrize(
    "code",
    [
        "event.wait(5)",
        "thread.join(timeout=5)",
        "queue.get(timeout=5)",
        "', '.join(words)",
        "row.get('name')",
        "process.communicate('go', timeout=5)",
        "subprocess.run(['true'], timeout=5)",
        "os.waitpid(child, os.WNOHANG)",
        "while power * 2 < count:\n    power *= 2",
    ],
)
def test_a_wait_with_a_limit_is_left_alone(code: str) -> None:
    assert list(unbounded(ast.parse(code))) == []
