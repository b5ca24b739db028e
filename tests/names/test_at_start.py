"""What waits for the other app's modules from the start of Python on, and never stands in the way."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from vuurtoren.names import answering, checklist, importing, state, switch, waiting
from vuurtoren.names.shims import LINE

ROOT = Path(__file__).resolve().parents[2]
NAME = "made_up_app.utils.alert_manager"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An app whose module is one of the checklist's, waited for in this process."""
    file = tmp_path / "made_up_app/utils/alert_manager.py"
    file.parent.mkdir(parents=True)
    file.write_text("known = 1\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(checklist.MODULES, NAME, "utils.alert_manager")
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    importing.FAILED.clear()
    monkeypatch.setattr(waiting.WaitingForNames, "waits_for", "made_up_app.")
    waiting.begin()
    yield file
    for name in [name for name in sys.modules if name.split(".")[0] == "made_up_app"]:
        del sys.modules[name]


def mark(module: ModuleType) -> None:
    module.answered = getattr(module, "answered", 0) + 1  # type: ignore[attr-defined]


def fail(module: ModuleType) -> None:
    raise RuntimeError("made up")


def test_a_module_answers_when_it_is_imported(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "answer_in", mark)
    assert importlib.import_module(NAME).answered == 1
    assert not hasattr(importlib.import_module("made_up_app.utils"), "answered")


def test_and_again_when_it_is_imported_anew(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "answer_in", mark)
    module = importlib.import_module(NAME)
    app.write_text("known = 2\nanswered = 0\n", "utf-8")
    importlib.invalidate_caches()
    assert importlib.reload(module).answered == 1


def test_a_module_keeps_its_source(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "answer_in", mark)
    module = importlib.import_module(NAME)
    assert module.__spec__ and module.__loader__.get_source(NAME) == "known = 1\n"


def test_what_goes_wrong_breaks_no_import_and_is_kept(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "answer_in", fail)
    assert importlib.import_module(NAME).known == 1
    assert importing.FAILED == {NAME: "RuntimeError('made up')"}


def test_what_the_module_itself_raises_is_raised(app: Path) -> None:
    app.write_text("raise LookupError('their own')\n", "utf-8")
    with pytest.raises(LookupError, match="their own"):
        importlib.import_module(NAME)


def test_a_module_that_is_not_there_is_not_found(app: Path) -> None:
    app.unlink()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(NAME)


def test_beginning_twice_is_beginning_once(app: Path) -> None:
    waiting.begin()
    assert len(state.waiting()) == 1


def test_a_shim_does_the_same_from_within(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [f for f in sys.meta_path if f not in state.waiting()])
    monkeypatch.setattr(answering, "answer_in", mark)
    app.write_text(f"known = 1\n{LINE}\n", "utf-8")
    assert importlib.import_module(NAME).answered == 1


def test_a_shim_does_nothing_where_the_product_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text(f"known = 1\n{LINE}\n", "utf-8")
    asked = [sys.executable, "-S", "-c", "import alone; print(alone.known)"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("1", "")


def started(folder: Path, program: str, *, product: bool = True) -> str:
    """What a Python says that reads the file at its start, as an environment's own."""
    (folder / switch.FILE).write_text(switch.line(), "utf-8")
    begin = f"import site, sys; site.addsitedir({str(folder)!r}); {program}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT) if product else ""}
    done = subprocess.run(
        [sys.executable, "-S", "-c", begin],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


STATE = "from vuurtoren.names import state; print(state.of_this_process())"


def test_the_file_lets_python_wait_from_its_start(tmp_path: Path) -> None:
    assert started(tmp_path, STATE) == "on"


def test_the_file_imports_nothing(tmp_path: Path) -> None:
    loaded = "print(json.dumps(sorted(sys.modules)))"
    with_file = set(json.loads(started(tmp_path, f"import json; {loaded}")))
    without = subprocess.run(
        [sys.executable, "-S", "-c", f"import json, site, sys; {loaded}"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert with_file == set(json.loads(without.stdout))


def imported(folder: Path, then: str, *, product: bool = True) -> str:
    """The same with a first import of an app that has the name of the checklist's."""
    package = folder / "verenigingen/utils"
    package.mkdir(parents=True)
    (package / "alert_manager.py").write_text("known = 1\n", "utf-8")
    program = f"sys.path.insert(0, {str(folder)!r}); import verenigingen.utils.alert_manager as it; {then}"
    return started(folder, program, product=product)


FAILED = "print(it.known, [finder.failed for finder in sys.meta_path if hasattr(finder, 'failed')])"


def test_without_the_product_the_other_app_is_imported_and_the_reason_is_kept(tmp_path: Path) -> None:
    said = imported(tmp_path, FAILED, product=False)
    assert said == "1 ['ModuleNotFoundError(\"No module named \\'vuurtoren\\'\")']"


def test_a_product_that_is_broken_keeps_nobody_from_importing_the_other_app(tmp_path: Path) -> None:
    package = tmp_path / "vuurtoren/names"
    package.mkdir(parents=True)
    (package / "importing.py").write_text("this is no Python\n", "utf-8")
    assert imported(tmp_path, FAILED, product=False).startswith('1 ["SyntaxError(')
